"""The errors of requests and of the parameter `fields`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

import pytest

from querydsl import ALL_FIELDS, Problem, Request, validate, validate_fields
from querydsl.tables import INT64_MAX
from tests.documents import EXAMPLE, US, condition, day_text, request


def query(*conditions: object) -> dict[str, object]:
    return {"and": [*conditions]}


def only(document: object, kind: str = "auto") -> Problem:
    """The single problem of a document."""
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
    def test_a_number_that_is_not_a_day_has_no_hint_of_a_day(self, value):
        assert only(request(end_date=value)).hint == 'write it as text, such as "20230131"'

    def test_a_date_of_python_is_written_as_text(self):
        assert only(request(end_date=date(2023, 1, 31))).hint == 'write it as text: "20230131"'

    def test_a_key_that_is_not_text_is_one_problem(self):
        assert str(only(request() | {7: "x"})) == "the key 7 is not text; the keys of an object are text"

    def test_other_keys_are_not_required(self):
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
                "send 2 requests: select().where(…).between(…).plan() or the option --between 20230101 20230201 cuts "
                "the days",
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
            ({"offset": 10}, "unknown-key", "/offset", "'offset' is not a documented key; it is spelt 'cursor'"),
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

    @pytest.mark.parametrize("key", ["conditions", "Conditions", "condition", "filter", "filters", "where"])
    def test_another_word_for_the_query_is_one_problem(self, key):
        body = request()
        body[key] = body.pop("query")
        problem = only(body)
        assert (problem.code, problem.path, problem.hint) == ("unknown-key", f"/{key}", "it is spelt 'query'")

    def test_conditions_in_a_query_are_one_problem(self):
        problem = only(request(query={"conditions": [US]}))
        assert (problem.code, problem.path, problem.hint) == ("unknown-key", "/query/conditions", "it is spelt 'and'")

    @pytest.mark.parametrize("kind", ["request", "query", "auto"])
    def test_an_object_of_ours_is_told_to_give_its_document(self, kind):
        for value in (Request.from_dict(request()), Request.from_dict(request()).query):
            problem = only(value, kind)
            assert (problem.code, problem.hint) == ("type", "give its document: write .to_dict() after it")

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
            *(
                (
                    names,
                    (
                        "error",
                        "select-field",
                        "/0",
                        f"{text!r} is not a field of a Video Object; give each name by itself, or one text with "
                        "commas: 'id,username'",
                    ),
                )
                for names, text in (
                    ("id;username", "id;username"),
                    ("id username", "id username"),
                    (["id,username"], "id,username"),
                    (["id, username"], "id, username"),
                )
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
    def test_new_fields_of_todays_page_are_valid(self, name):
        assert validate_fields(name) == []

    def test_an_endless_iterable_is_refused(self):
        def endless():
            while True:
                yield "id"

        [problem] = validate_fields(endless())
        assert str(problem) == "more than 20,000 names; give fewer"


class TestKeysOfOtherPrograms:
    @pytest.mark.parametrize(
        ("key", "hint"),
        [
            ("and_", 'put it inside the query: "query": {"and": […]}'),
            ("access_token", "the access token is a header of the request: Authorization: Bearer …"),
            (
                "condition_groups",
                "that is the form of the vendor's compute environment: here the query has the lists and, or, not",
            ),
        ],
    )
    def test_keys_of_other_programs_get_a_hint(self, key, hint):
        assert only(request(**{key: []})).hint == hint

    def test_days_inside_the_query_are_not_also_missing(self):
        days = {"start_date": "20230101", "end_date": "20230131"}
        document = {"query": {"and": [US], **days}, "max_count": 100}
        assert found(document) == [("unknown-key", "/query/start_date"), ("unknown-key", "/query/end_date")]


class TestMaxCount:
    WARNING = Problem(
        "warning",
        "max-count",
        "",
        "no max_count: a call brings 20 videos, where 100 cost the same quota",
        'give "max_count": 100',
    )

    def without(self, **others: object) -> dict[str, object]:
        document = request(**others)
        del document["max_count"]
        return document

    def test_without_one_a_call_brings_20_videos_for_the_quota_of_100(self):
        assert validate(self.without()) == [self.WARNING]

    def test_max_count_is_reported_once_with_other_problems(self):
        document = self.without(query={"and": [condition(field_values=["UK"])]}, start_date="x")
        assert [problem.code for problem in validate(document)] == ["region-code", "date", "max-count"]

    @pytest.mark.parametrize("key", ["max_counts", "maxCount", "MAX_COUNT", "limit", "count"])
    def test_a_misspelt_max_count_is_not_also_missing(self, key):
        assert [problem.code for problem in validate(self.without(**{key: 100}))] == ["unknown-key"]

    def test_a_max_count_in_the_query_is_not_also_missing(self):
        document = self.without(query={"and": [US], "max_count": 100})
        assert [problem.path for problem in validate(document)] == ["/query/max_count"]

    @pytest.mark.parametrize("value", [1, 20, 0, 101, "100", None])
    def test_a_given_max_count_has_no_warning(self, value):
        assert "max-count" not in {problem.code for problem in validate(request(max_count=value))}

    @pytest.mark.parametrize("document", [{"and": [US]}, {}, [US], {"AND": [US]}, None, "x"], ids=repr)
    def test_a_query_has_no_warning_about_max_count(self, document):
        assert "max-count" not in {problem.code for problem in validate(document)}


class TestPaging:
    @pytest.mark.parametrize(
        ("parts", "path", "text"),
        [
            (
                {"search_id": "7378809778820092971"},
                "/search_id",
                "search_id without cursor asks for the first page of that search once more; "
                "give the cursor of the same answer too, or leave search_id out",
            ),
            (
                {"is_random": True, "cursor": 100},
                "/is_random",
                "a random answer has one page, and cursor asks for another; leave cursor out, or is_random",
            ),
            (
                {"is_random": True, "search_id": "7"},
                "/is_random",
                "a random answer has one page, and search_id asks for another; leave search_id out, or is_random",
            ),
            (
                {"is_random": True, "cursor": 0, "search_id": "7"},
                "/is_random",
                "a random answer has one page, and cursor and search_id ask for another; "
                "leave cursor and search_id out, or is_random",
            ),
            *(
                (
                    {"search_id": null, **cursor},
                    "/search_id",
                    f"{null!r} is how another program writes that there is no search_id; "
                    "leave search_id out on the first request of a search",
                )
                for null in ("null", "None", "NA", "nan")
                for cursor in ({}, {"cursor": 0})
            ),
        ],
        ids=str,
    )
    def test_contradicting_paging_keys_are_warned_of_at_the_key(self, parts, path, text):
        [problem] = validate(request(**parts))
        assert (problem.severity, problem.code, problem.path, str(problem)) == ("warning", "paging", path, text)

    @pytest.mark.parametrize(
        "parts",
        [
            {"cursor": 100, "search_id": "7378809778820092971"},
            {"cursor": 0},
            {"is_random": True},
            {"is_random": False, "cursor": 100, "search_id": "7"},
        ],
        ids=str,
    )
    def test_sensible_paging_has_no_warning(self, parts):
        assert validate(request(**parts)) == []

    @pytest.mark.parametrize(
        ("parts", "code"),
        [
            ({"search_id": "7", "curser": 100}, "unknown-key"),
            ({"search_id": "", "max_count": 100}, "text"),
            ({"search_id": 0}, "type"),
            ({"search_id": "7", "cursor": "100"}, "type"),
        ],
        ids=str,
    )
    def test_another_mistake_is_not_also_this_one(self, parts, code):
        assert [problem.code for problem in validate(request(**parts))] == [code]

    @pytest.mark.parametrize("value", [0, -1, 1.5, None, True])
    def test_a_search_id_that_is_not_text_has_no_paging_warning(self, value):
        [problem] = validate(request(search_id=value))
        assert problem.hint == "leave search_id out on the first request of a search"


def today() -> date:
    return datetime.now(timezone.utc).date()


def on_one_day(check: Callable[[date], list[Problem]]) -> tuple[date, list[Problem]]:
    """The result of a check, and its day in UTC, which does not change during the check."""
    while True:
        day = today()
        problems = check(day)
        if today() == day:
            return day, problems


class TestRecent:
    @pytest.mark.parametrize("ago", [2, 1, 0, -1, -10])
    def test_a_video_takes_48_hours_to_be_found(self, ago):
        day, problems = on_one_day(
            lambda day: validate(
                request(start_date=day_text(day - timedelta(20)), end_date=day_text(day - timedelta(ago)))
            )
        )
        end, latest = day_text(day - timedelta(ago)), day_text(day - timedelta(3))
        message = f"a video takes up to 48 hours to be found, so some of {end} may not be there yet"
        hint = f"end with {latest}, or ask for the last days again later"
        assert problems == [Problem("warning", "recent", "/end_date", message, hint)]

    def test_those_of_three_days_ago_are_there(self):
        _, problems = on_one_day(
            lambda day: validate(
                request(start_date=day_text(day - timedelta(20)), end_date=day_text(day - timedelta(3)))
            )
        )
        assert problems == []

    def test_it_takes_no_right_start(self):
        assert found(request(start_date="x", end_date="29990101")) == [("date", "/start_date"), ("recent", "/end_date")]
