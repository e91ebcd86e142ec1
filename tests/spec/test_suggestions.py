"""What to write instead of a wrong name: known words, other spellings, slips of the pen, and nothing far-fetched."""

from __future__ import annotations

import pytest

from querydsl.spec import suggestions
from querydsl.tables import CONDITION_KEYS, FIELDS, LENGTHS, OPERATIONS, QUERY_KEYS, REQUEST_KEYS, VIDEO_FIELDS

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
    def test_what_no_condition_searches_is_said_so(self, name):
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

    def test_of_a_key_that_is_there_nothing_is_a_slip(self):
        assert suggestions.request_key("max_counts", ["max_count"]) == "max_count"
        assert suggestions.request_key("max_counts", ["cursor"]) is None


class TestRegions:
    @pytest.mark.parametrize(("given", "country"), suggestions.COUNTRIES.items())
    def test_countries_by_another_code_or_by_name(self, given, country):
        name, code = country
        assert suggestions.region(f" {given.lower()} ") == f"{name} is {code!r}"

    def test_another_case(self):
        assert suggestions.region("us") == "write 'US'"

    @pytest.mark.parametrize("given", ["", "Atlantis", "Ü", "1", "U S"])
    def test_what_is_no_code_at_all(self, given):
        assert suggestions.region(given) == "region codes are two capitals, such as 'US'"


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

    def test_what_could_be_anything_gets_the_list(self):
        assert suggestions.length("zzz") == "the lengths are SHORT, MID, LONG, EXTRA_LONG"
