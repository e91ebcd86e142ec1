"""What to write instead of a wrong name: known words, other spellings, misspellings, and nothing far-fetched."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies as st

from querydsl.spec import suggestions
from querydsl.spec.countries import COUNTRIES, FORMER
from querydsl.tables import (
    CONDITION_KEYS,
    FIELDS,
    LENGTHS,
    OPERATIONS,
    QUERY_KEYS,
    REGION_CODES,
    REQUEST_KEYS,
    VIDEO_FIELDS,
)

THE_FIELDS = f"the fields are {', '.join(FIELDS)}"


def spelt(name: str) -> str:
    return f"it is spelt {name!r}"


class TestFieldNames:
    @pytest.mark.parametrize("name", FIELDS)
    def test_the_name_of_the_object_and_of_what_it_searches_mean_the_field(self, name):
        field = FIELDS[name]
        for given in (field.title, field.title.lower(), field.video_field, name.upper(), name.replace("_", "-")):
            assert suggestions.field_name(given) == (name, spelt(name))

    @pytest.mark.parametrize(
        "name", [name for name in VIDEO_FIELDS if name not in {field.video_field for field in FIELDS.values()}]
    )
    def test_fields_that_cannot_be_searched_are_named(self, name):
        expected = (None, f"{name} cannot be searched: filter the videos that come back")
        assert suggestions.field_name(name) == suggestions.field_name(name.title()) == expected

    @pytest.mark.parametrize(("given", "meant"), suggestions._FIELD_WORDS.items())
    def test_other_words(self, given, meant):
        assert meant in FIELDS
        assert suggestions.field_name(given) == (meant, spelt(meant))

    @pytest.mark.parametrize(
        ("given", "meant"),
        [("keywrod", "keyword"), ("hashtg_name", "hashtag_name"), ("user name", "username"), ("regoin", "region_code")],
    )
    def test_slips_of_the_pen(self, given, meant):
        assert suggestions.field_name(given) == (meant, spelt(meant))

    @pytest.mark.parametrize("given", ["", "zzz", "keyword" * 5, "k" * 10_000])
    def test_what_could_be_anything_gets_the_list(self, given):
        assert suggestions.field_name(given) == (None, THE_FIELDS)


class TestVideoFields:
    @pytest.mark.parametrize(("given", "meant"), suggestions._VIDEO_FIELD_WORDS.items())
    def test_other_words(self, given, meant):
        assert meant in VIDEO_FIELDS
        assert suggestions.video_field(given) == spelt(meant)

    @pytest.mark.parametrize("name", FIELDS)
    def test_the_name_of_a_condition_field_means_what_it_searches(self, name):
        meant = FIELDS[name].video_field
        assert meant == name or suggestions.video_field(name) == spelt(meant)

    def test_what_could_be_anything_gets_the_list(self):
        assert suggestions.video_field("zzz") == f"the fields are {', '.join(VIDEO_FIELDS)}"


class TestOperations:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_another_case_means_the_same(self, operation):
        assert suggestions.operation(f" {operation.lower()} ") == f"write {operation!r}"

    @pytest.mark.parametrize(("given", "hint"), suggestions._OPERATIONS.items())
    def test_other_words_and_signs(self, given, hint):
        assert suggestions.operation(given) == suggestions.operation(given.upper()) == hint

    def test_what_could_be_anything_gets_the_list(self):
        assert suggestions.operation("EXISTS") == "the operations are EQ, IN, GT, GTE, LT, LTE"


class TestKeys:
    @pytest.mark.parametrize(
        ("meant_by", "words", "keys"),
        [
            (suggestions.condition_key, suggestions._CONDITION_KEYS, CONDITION_KEYS),
            (suggestions.query_key, suggestions._QUERY_KEYS, QUERY_KEYS),
            (suggestions.request_key, suggestions._REQUEST_KEYS, REQUEST_KEYS),
        ],
        ids=["condition", "query", "request"],
    )
    def test_other_words(self, meant_by, words, keys):
        assert set(words.values()) <= set(keys)
        assert {given: meant_by(given, keys) for given in words} == words
        assert {key: meant_by(key.title(), keys) for key in keys} == {key: key for key in keys}
        assert meant_by("zzz", keys) is None

    def test_a_present_key_is_not_suggested(self):
        assert suggestions.request_key("max_counts", ["max_count"]) == "max_count"
        assert suggestions.request_key("max_counts", ["cursor"]) is None


ID = "7300123456789012345"


class TestDigits:
    @pytest.mark.parametrize(
        "given",
        [
            f"'{ID}",
            f"\u2019{ID}",
            f'"{ID}"',
            f'="{ID}"',
            f" {ID}\u00a0",
            f"\u200b{ID}\ufeff",
            f"{ID}.0",
            f"{ID}.",
            f"{ID}.000",
            f"{ID},",
            f"{ID}L",
            f"id_{ID}",
            f"ID: {ID}",
            "7,300,123,456,789,012,345",
            "7.300.123.456.789.012.345",
            "7 300 123 456 789 012 345",
            "7\u202f300\u202f123\u202f456\u202f789\u202f012\u202f345",
            "7'300'123'456'789'012'345",
            "7.300123456789012345E+18",
            "7.300123456789012345e18",
            "\uff17\uff13\uff10\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10\uff11\uff12\uff13\uff14\uff15",
            f"000{ID}",
        ],
    )
    def test_an_id_as_a_spreadsheet_leaves_it(self, given):
        assert suggestions.digits(given) == ID
        assert not suggestions.is_rounded(given)

    @pytest.mark.parametrize("given", ["7.3E+18", "7.30012345678901E+18", "7,3e18", "'7E18"])
    def test_digits_that_are_lost_are_not_made_up(self, given):
        assert suggestions.digits(given) is None
        assert suggestions.is_rounded(given)

    @pytest.mark.parametrize(
        ("given", "meant"),
        [
            ("1,000", "1000"),
            ("1000.0", "1000"),
            ("1k", "1000"),
            ("1.5M", "1500000"),
            ("2 B", "2000000000"),
            ("1E3", "1000"),
        ],
    )
    def test_a_count_as_people_write_it(self, given, meant):
        assert suggestions.digits(given) == meant

    @pytest.mark.parametrize("given", ["", "x", "1.5", "1,00", "1,0000", "-1", "1 2", "1.0005k", "9" * 61, "1E-3"])
    def test_anything_but_a_whole_number_is_left_alone(self, given):
        assert suggestions.digits(given) is None
        assert not suggestions.is_rounded(given)

    @hypothesis.given(st.integers(0, 2**63), st.sampled_from(["{}", "'{}", "{}.0", "{:,}", " {} ", "id_{}", '"{}"']))
    def test_a_number_is_found_inside_other_characters(self, number, form):
        assert suggestions.digits(form.format(number)) == str(number)


class TestDays:
    @pytest.mark.parametrize(
        ("given", "meant"),
        [
            ("31/01/2023", ["20230131"]),
            ("01/31/2023", ["20230131"]),
            ("31.1.2023", ["20230131"]),
            ("02-01-2023", ["20230102", "20230201"]),
            ("01/01/2023", ["20230101"]),
            ("2023-1-5", ["20230105"]),
            ("2023/1/5", ["20230105"]),
            ("1672531200", ["20230101"]),
            ("1672617599", ["20230101"]),
            ("1672531200000", ["20230101"]),
            ("31/13/2023", []),
            ("2023-02-30", []),
            ("1/2/3", []),
            ("2023-01/02", []),
            ("", []),
            ("yesterday", []),
            ("9999999999", ["22861120"]),
        ],
    )
    def test_as_other_programs_write_them(self, given, meant):
        assert suggestions.days(given) == meant


class TestRegions:
    @pytest.mark.parametrize("code", REGION_CODES)
    def test_each_region_is_known_by_all_its_names(self, code):
        names = COUNTRIES[code]
        assert len(names[1]) == 3
        for name in names:
            for given in (name, f" {name.lower()} ", name.replace(" ", "-"), name.replace(" ", "_")):
                assert f" is {code!r}" in suggestions.region(given)

    @pytest.mark.parametrize(
        ("given", "meant"),
        [
            ("UK", "the United Kingdom is 'GB'"),
            ("England", "the United Kingdom is 'GB'"),
            ("EL", "Greece is 'GR'"),
            ("SP", "Spain is 'ES'"),
            ("CHE", "Switzerland is 'CH'"),
            ("NOR", "Norway is 'NO'"),
            ("KEN", "Kenya is 'KE'"),
            ("Denmark", "Denmark is 'DK'"),
            ("Ivory Coast", "Côte d'Ivoire is 'CI'"),
            ("turkey", "Türkiye is 'TR'"),
            ("Turkiye", "Türkiye is 'TR'"),
            ("Czech Republic", "Czechia is 'CZ'"),
            ("Viet Nam", "Vietnam is 'VN'"),
            ("Russian Federation", "Russia is 'RU'"),
            ("Korea, Republic of", "South Korea is 'KR'"),
            ("the Netherlands", "the Netherlands is 'NL'"),
            ("St Lucia", "St. Lucia is 'LC'"),
            ("U.S.A.", "the United States is 'US'"),
            ("Congo", "the Democratic Republic of the Congo is 'CD' and the Republic of the Congo is 'CG'"),
            ("East Timor", "Timor-Leste is 'TL' and East Timor is 'TP'"),
        ],
    )
    def test_countries_as_users_write_them(self, given, meant):
        assert suggestions.region(given) == meant

    @pytest.mark.parametrize("code", REGION_CODES)
    def test_every_code_in_small_letters_gets_its_capitals(self, code):
        for given in (code.lower(), code.title(), f" {code.lower()}\n"):
            assert suggestions.region(given) == f"write {code!r}"

    @pytest.mark.parametrize("given", ["us", " US ", "Us\n", "u-s", "U S", "u.s.", "en-US", "en_us"])
    def test_another_case_blanks_hyphens_and_the_names_of_locales(self, given):
        assert suggestions.region(given) == "write 'US'"

    @pytest.mark.parametrize(
        ("given", "what"),
        [
            ("EN", "EN is a language, English, and no country; name a country, such as 'US' for the United States"),
            ("da", "DA is a language, Danish, and no country; name a country, such as 'DK' for Denmark"),
            ("ZH", "ZH is a language, Chinese, and no country; name a country, such as 'CN' for China"),
            ("Danish", "Danish is a language, and no country; name a country, such as 'DK' for Denmark"),
            ("EO", "EO is a language, Esperanto, and no country; name a country, such as 'US' for the United States"),
            ("Latin America", "LATINAMERICA is a group of countries, and no country: list its countries with IN: "),
            ("EU", "EU is the European Union, and no country: list its countries with IN: AT, BE, BG, CY, "),
            ("world", "WORLD is no country: for all of them leave the condition out"),
            ("PRK", "North Korea is 'KP', which the API does not document"),
            ("YU", "YU is a code of former times: Serbia is 'RS' and Montenegro is 'ME'"),
            ("SU", "SU is a code of former times: write one of RU, AM, AZ, BY, "),
        ],
    )
    def test_names_that_are_not_countries_are_explained(self, given, what):
        assert suggestions.region(given).startswith(what)

    @hypothesis.given(st.text(max_size=3) | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=3))
    def test_no_code_is_suggested_because_it_is_spelt_like_it(self, text):
        hint = suggestions.region(text)
        known = {*suggestions._spellings(), *suggestions._languages(), *FORMER, *suggestions._GROUPS}
        letters = suggestions.letters_of(text)
        if letters not in known and letters not in REGION_CODES:
            assert hint == "region codes are two capitals, such as 'US'"

    @pytest.mark.parametrize("text", ["US,JP", "us, jp", "US JP", "US;JP", "[US, JP]"])
    def test_several_codes_in_one_text(self, text):
        assert suggestions.region(text) == "write each as a value of its own, with IN: 'US', 'JP'"

    @pytest.mark.parametrize("text", ["", "Atlantis", "Ü", "1", "Germny", "QQ", "NY"])
    def test_anything_else_is_not_a_code(self, text):
        assert suggestions.region(text) == "region codes are two capitals, such as 'US'"


class TestLengths:
    @pytest.mark.parametrize("length", LENGTHS)
    def test_another_case_or_spacing(self, length):
        for given in (length.lower(), length.replace("_", " "), length.replace("_", "-").title()):
            assert suggestions.length(given) == f"write {length!r}"

    @pytest.mark.parametrize(
        ("given", "meant"),
        [("medium", "MID"), ("Middle", "MID"), ("extralong", "EXTRA_LONG"), ("xl", "EXTRA_LONG"), ("SHRT", "SHORT")],
    )
    def test_other_words_and_slips(self, given, meant):
        assert suggestions.length(given) == f"the nearest one is {meant!r} of SHORT, MID, LONG, EXTRA_LONG"

    @pytest.mark.parametrize(
        ("given", "meant"),
        [("14", "SHORT"), ("15", "MID"), ("30s", "MID"), ("60 sec", "MID"), ("61", "LONG"), ("301", "EXTRA_LONG")],
    )
    def test_seconds(self, given, meant):
        assert suggestions.length(given).endswith(f" seconds are {meant!r}")

    def test_what_could_be_anything_gets_the_list(self):
        assert suggestions.length("zzz") == "the lengths are SHORT, MID, LONG, EXTRA_LONG"
