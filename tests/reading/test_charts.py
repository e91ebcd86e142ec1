"""The picture of videos by day and region."""

from __future__ import annotations

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from querydsl.reading import charts

mpl = pytest.importorskip("matplotlib")

DAYS = [date(2023, 1, 1) + timedelta(days=number) for number in range(32)]


def drawn(**series):
    return charts.by_step(DAYS, "videos a day", series)


class TestByStep:
    def test_it_is_svg_for_a_wide_page_and_for_a_narrow_one(self):
        wide, narrow = drawn(US=range(31), JP=range(31))
        sizes = [tuple(map(float, ElementTree.fromstring(svg).attrib["viewBox"].split()[2:])) for svg in (wide, narrow)]
        assert sizes[0][0] > 1.5 * sizes[1][0]

    def test_it_names_each_series(self):
        wide, narrow = drawn(US=range(31), others=range(31))
        assert all(f">{name}</text>" in svg for name in ("US", "others", "videos a day") for svg in (wide, narrow))

    def test_text_and_lines_take_the_colour_of_the_page(self):
        wide, _ = drawn(US=range(31))
        assert "currentColor" in wide
        assert not re.findall(r"(?:fill|stroke): ?#0{3,6}\b", wide)

    def test_missing_days_are_shaded_and_named(self):
        missing = [(DAYS[3], DAYS[5]), (DAYS[20], DAYS[20])]
        for svg in charts.by_step(DAYS, "videos a day", {"US": [1] * 31}, missing):
            assert svg.count(">missing</text>") == 1
            assert svg.count("opacity: 0.2") >= 2

    def test_it_loads_nothing(self):
        wide, narrow = drawn(US=range(31))
        links = re.findall(r"(?:href|src)=\"([^\"]*)\"|url\(([^)]*)\)", wide + narrow)
        assert all((href or url).startswith("#") for href, url in links)

    def test_the_same_numbers_give_the_same_picture(self):
        assert drawn(US=range(31)) == drawn(US=range(31))

    def test_no_setting_of_the_process_stays_changed(self):
        before = dict(mpl.rcParams)
        drawn(US=range(31))
        assert dict(mpl.rcParams) == before

    @pytest.mark.parametrize("days", [1, 2, 3, 4, 5, 7, 8, 14])
    def test_few_days_have_a_place_each_and_bring_no_warning(self, days):
        wide, narrow = charts.by_step(DAYS[: days + 1], "videos a day", {"US": [1] * days})
        assert all(ElementTree.fromstring(svg) is not None for svg in (wide, narrow))

    @pytest.mark.parametrize("edges", [DAYS[:2], [DAYS[0], date(2033, 1, 1)]])
    def test_one_step_is_enough(self, edges):
        wide, _ = charts.by_step(edges, "videos", {"US": [5]})
        assert ElementTree.fromstring(wide) is not None
