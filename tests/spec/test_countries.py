"""Names of regions: complete for the table of codes, and as in the sources."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from querydsl.spec import countries
from querydsl.spec.suggestions import region
from querydsl.tables import REGION_CODES

SCRIPT = Path(__file__).parents[2] / "docs" / "generate_regions.py"


class TestData:
    def test_every_region_code_has_a_name_and_a_code_of_three_letters(self):
        assert sorted(countries.COUNTRIES) == sorted(REGION_CODES)
        assert len({names[0] for names in countries.COUNTRIES.values()}) == len(REGION_CODES)
        assert len({names[1] for names in countries.COUNTRIES.values()}) == len(REGION_CODES)

    def test_undocumented_codes_are_disjoint_from_documented_ones(self):
        others = {*countries.UNDOCUMENTED, *countries.FORMER, *countries.LANGUAGES}
        assert others.isdisjoint(REGION_CODES)
        assert countries.FORMER.keys().isdisjoint(countries.LANGUAGES)

    def test_suggested_codes_are_documented(self):
        meant = {code for codes in countries.FORMER.values() for code in codes}
        meant |= {code for _, *codes in countries.LANGUAGES.values() for code in codes}
        assert meant | {*countries.EUROPEAN_UNION} <= {*REGION_CODES}


class TestSources:
    """These need the extra `regions`, which only the script uses."""

    def test_the_script_covers_every_code_with_the_sources_of_today(self):
        pytest.importorskip("babel")
        pytest.importorskip("pycountry")
        made: dict[str, object] = {}
        exec(runpy.run_path(str(SCRIPT))["module"](), made)  # the source code of the module
        assert made["COUNTRIES"].keys() == countries.COUNTRIES.keys()
        assert made["EUROPEAN_UNION"] == countries.EUROPEAN_UNION

    def test_every_country_of_iso_3166_is_known_by_its_name_and_its_three_letters(self):
        for country in pytest.importorskip("pycountry").countries:
            for given in (country.name, country.alpha_3, getattr(country, "official_name", country.name)):
                assert f" is {country.alpha_2!r}" in region(given)
