"""What the documentation rules out in requests and in the parameter `fields`."""

from __future__ import annotations

from datetime import date

import pytest

from querydsl import ALL_FIELDS, Problem, validate, validate_fields
from querydsl.tables import INT64_MAX
from tests.documents import EXAMPLE, US, request


def query(*conditions: object) -> dict[str, object]:
    return {"and": [*conditions]}


def only(document: object, kind: str = "auto") -> Problem:
    """The one problem of a document."""
    [problem] = validate(document, kind)
    return problem


def found(document: object) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in validate(document)]


class TestRequests:
    def test_the_example_of_the_page_is_valid(self):
        assert validate(EXAMPLE) == []

    @pytest.mark.parametrize(
        ("key", "hint"),
        [
            ("query", 'give the conditions: "query": {"and": […]}'),
            ("start_date", 'give the first day, such as "start_date": "20230101" (UTC, included)'),
            ("end_date", 'give the last day, such as "end_date": "20230131" (UTC, included)'),
        ],
    )
    def test_three_keys_are_required(self, key, hint):
        document = request()
        del document[key]
        assert only(document, kind="request") == Problem("error", "missing", "", f"{key!r} is missing", hint)

    @pytest.mark.parametrize("value", [20231301, True, 20230131.0], ids=repr)
    def test_a_number_that_is_no_day_is_not_written_as_one(self, value):
        assert only(request(end_date=value)).hint == 'write it as text, such as "20230131"'

    def test_a_date_of_python_is_written_as_text(self):
        assert only(request(end_date=date(2023, 1, 31))).hint == 'write it as text: "20230131"'

    def test_a_key_that_is_no_text_is_told_and_no_more(self):
        assert str(only(request() | {7: "x"})) == "the key 7 is not text; the keys of an object are text"

    def test_the_others_are_not(self):
        assert validate(request()) == []

    @pytest.mark.parametrize(
        ("changes", "code", "path", "text"),
        [
            (
                {"start_date": "2023-01-01"},
                "date",
                "/start_date",
                "'2023-01-01' is not written as the API writes days; write '20230101'",
            ),
            ({"end_date": 20230131}, "type", "/end_date", '20230131 is not text; write it as text: "20230131"'),
            ({"end_date": None}, "type", "/end_date", 'null is not text; write it as text, such as "20230131"'),
            (
                {"start_date": "20230131", "end_date": "20230101"},
                "date-order",
                "/end_date",
                "the end 20230101 is before the start 20230131; swap the two",
            ),
            (
                {"end_date": "20230201"},
                "date-span",
                "/end_date",
                "the end is 31 days after the start, and the API takes at most 30; "
                "send 2 requests: select().where(…).between(…).plan() and `querydsl compile` cut the days",
            ),
            ({"max_count": 0}, "range", "/max_count", "0 is outside 1 to 100; write 1"),
            ({"max_count": 101}, "range", "/max_count", "101 is outside 1 to 100; write 100"),
            ({"max_count": "100"}, "type", "/max_count", "'100' is not a whole number; write 100, without quotes"),
            ({"max_count": 100.0}, "type", "/max_count", "100.0 is not a whole number; write 100"),
            (
                {"max_count": True},
                "type",
                "/max_count",
                "true is not a whole number; write a whole number, without quotes",
            ),
            ({"max_count": None}, "type", "/max_count", "null is not a whole number; leave the key out"),
            (
                {"cursor": -1},
                "range",
                "/cursor",
                f"-1 is outside 0 to {INT64_MAX}; write the cursor of the answer before, or leave it out",
            ),
            (
                {"cursor": 2**63},
                "range",
                "/cursor",
                f"{2**63} is outside 0 to {INT64_MAX}; write the cursor of the answer before, or leave it out",
            ),
            (
                {"search_id": ""},
                "text",
                "/search_id",
                "'' is blank; leave search_id out on the first request of a search",
            ),
            ({"search_id": 7}, "type", "/search_id", '7 is not text; write it as text: "7"'),
            (
                {"is_random": "true"},
                "type",
                "/is_random",
                "'true' is neither true nor false; write true or false, without quotes",
            ),
            (
                {"is_random": 1},
                "type",
                "/is_random",
                "1 is neither true nor false; write true or false, without quotes",
            ),
            ({"limit": 10}, "unknown-key", "/limit", "'limit' is not a documented key; it is spelt 'max_count'"),
            (
                {"fields": "id"},
                "unknown-key",
                "/fields",
                "'fields' is not a documented key; "
                "fields is a parameter of the URL: …/video/query/?fields=id,create_time",
            ),
            (
                {"not": [US]},
                "unknown-key",
                "/not",
                '\'not\' is not a documented key; put it inside the query: "query": {"not": […]}',
            ),
        ],
        ids=lambda value: ",".join(map(str, value)) if isinstance(value, dict) else None,
    )
    def test_a_wrong_part_is_one_problem_at_its_place(self, changes, code, path, text):
        problem = only(request(**changes))
        assert (problem.severity, problem.code, problem.path, str(problem)) == ("error", code, path, text)

    @pytest.mark.parametrize("end", ["20230101", "20230102", "20230131"])
    def test_the_end_is_up_to_30_days_after_the_start(self, end):
        assert validate(request(end_date=end)) == []

    @pytest.mark.parametrize(("least", "most", "key"), [(1, 100, "max_count"), (0, INT64_MAX, "cursor")])
    def test_numbers_include_their_bounds(self, least, most, key):
        assert validate(request(**{key: least})) == validate(request(**{key: most})) == []
        assert only(request(**{key: least - 1})).code == only(request(**{key: most + 1})).code == "range"


class TestFields:
    @pytest.mark.parametrize("names", ["id,create_time", " id , create_time ", ["id", "create_time"], ALL_FIELDS])
    def test_documented_names_are_valid(self, names):
        assert validate_fields(names) == []
        assert validate_fields(iter(names) if not isinstance(names, str) else names) == []

    @pytest.mark.parametrize(
        ("names", "problem"),
        [
            (
                "id,video_id",
                ("error", "select-field", "/1", "'video_id' is not a field of a Video Object; it is spelt 'id'"),
            ),
            (
                "hashtag_name",
                (
                    "error",
                    "select-field",
                    "/0",
                    "'hashtag_name' is not a field of a Video Object; it is spelt 'hashtag_names'",
                ),
            ),
            (["id", 7], ("error", "type", "/1", "7 is not text; name fields as text")),
            ("id,id", ("warning", "duplicate", "/1", "'id' is given twice; leave it out")),
            (
                "id,favourites_count",
                (
                    "warning",
                    "select-field",
                    "/1",
                    "today's API refuses 'favourites_count'; write 'favorites_count'",
                ),
            ),
            (
                7,
                (
                    "error",
                    "type",
                    "",
                    "7 is not a list of names; give names, or one text with commas: 'id,create_time'",
                ),
            ),
            (
                b"id",
                (
                    "error",
                    "type",
                    "",
                    "a Python bytes is not a list of names; give names, or one text with commas: 'id,create_time'",
                ),
            ),
            ("", ("error", "select-field", "", f"no field is asked for; name some of {', '.join(ALL_FIELDS)}")),
            ([], ("error", "select-field", "", f"no field is asked for; name some of {', '.join(ALL_FIELDS)}")),
        ],
        ids=repr,
    )
    def test_a_wrong_name_is_one_problem_at_its_number(self, names, problem):
        [only] = validate_fields(names)
        assert (only.severity, only.code, only.path, str(only)) == problem

    @pytest.mark.parametrize("name", ["favorites_count", "sticker_info_list", "effect_info_list", "video_tag"])
    def test_what_todays_page_has_gained_is_documented(self, name):
        assert validate_fields(name) == []

    def test_an_endless_iterable_is_refused(self):
        def endless():
            while True:
                yield "id"

        [problem] = validate_fields(endless())
        assert str(problem) == "more than 20,000 names; give fewer"
