"""The errors of conditions and queries: every code, its place, and its hint."""

from __future__ import annotations

import json

import pytest

from querydsl import Problem, validate
from querydsl.spec.query_rules import condition_errors
from querydsl.tables import FIELDS, INT64_MAX, OPERATIONS
from tests.documents import US, condition, request

NESTED = "groups do not nest in the API: to_queries(...) and `querydsl compile` turn a nested expression into requests"


def query(*conditions: object) -> dict[str, object]:
    return {"and": [*conditions]}


def only(document: object, kind: str = "auto") -> Problem:
    """The single problem of a document."""
    [problem] = validate(document, kind)
    return problem


def found(document: object) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in validate(document)]


class TestConditions:
    @pytest.mark.parametrize("name", sorted(FIELDS))
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_field_takes_its_operations_and_no_other(self, name, operation):
        field = FIELDS[name]
        document = query(condition(field_name=name, operation=operation, field_values=[field.example]))
        if operation in field.operations:
            assert validate(document) == []
        else:
            hint = "write 'IN' with the values on that side" if name == "video_length" else "write 'EQ' or 'IN'"
            assert only(document) == Problem(
                "error",
                "operation-for-field",
                "/and/0/operation",
                f"{name} does not take {operation}: only create_date, view_count and comment_count can be compared so",
                hint,
            )

    @pytest.mark.parametrize(
        ("changes", "code", "path", "text"),
        [
            (
                {"field_name": "region"},
                "field-name",
                "/field_name",
                "'region' is not a condition field; it is spelt 'region_code'",
            ),
            (
                {"field_name": 7},
                "type",
                "/field_name",
                f"7 is not text; the fields are {', '.join(FIELDS)}",
            ),
            ({"operation": "eq"}, "operation", "/operation", "'eq' is not an operation; write 'EQ'"),
            (
                {"operation": None},
                "type",
                "/operation",
                "null is not text; the operations are EQ, IN, GT, GTE, LT, LTE",
            ),
            (
                {"field_values": []},
                "value-count",
                "/field_values",
                "there are no values; give at least one, such as 'FR'",
            ),
            (
                {"field_values": ["US", "JP"]},
                "value-count",
                "/field_values",
                "EQ takes one value, and here are 2; write 'IN'",
            ),
            ({"field_values": "US"}, "type", "/field_values", "'US' is not a list; write [\"US\"]"),
            ({"field_values": 'U"S'}, "type", "/field_values", '\'U"S\' is not a list; write ["U\\"S"]'),
            ({"field_values": None}, "type", "/field_values", "null is not a list; give a list of texts"),
            (
                {"field_values": ["UK"]},
                "region-code",
                "/field_values/0",
                "'UK' is not a documented region code; the United Kingdom is 'GB'",
            ),
            ({"field_values": [None]}, "type", "/field_values/0", "null is not text; values are text, such as 'FR'"),
            (
                {"operater": "EQ", "operation": ...},
                "unknown-key",
                "/operater",
                "'operater' is not a documented key; it is spelt 'operation'",
            ),
            ({"operation": ...}, "missing", "", "'operation' is missing; write 'EQ' for one value, 'IN' for several"),
            ({"field_values": ...}, "missing", "", "'field_values' is missing; give a list of texts"),
            (
                {"comment": "x"},
                "unknown-key",
                "/comment",
                "'comment' is not a documented key; a condition has field_name, operation, field_values",
            ),
            (
                {"a/b~c": "x"},
                "unknown-key",
                "/a~1b~0c",
                "'a/b~c' is not a documented key; a condition has field_name, operation, field_values",
            ),
        ],
        ids=lambda value: ",".join(value) if isinstance(value, dict) else None,
    )
    def test_a_wrong_part_is_one_problem_at_its_place(self, changes, code, path, text):
        document = {key: value for key, value in condition(**changes).items() if value is not ...}
        problem = only(query(US, document))
        assert (problem.severity, problem.code, problem.path) == ("error", code, "/and/1" + path)
        assert str(problem) == text

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("create_date", "20230229", "date"),
            ("create_date", "2023-01-31", "date"),
            ("region_code", "us", "region-code"),
            ("video_length", "MEDIUM", "video-length"),
            ("video_id", "0", "id"),
            ("music_id", "7 ", "id"),
            ("effect_id", "00", "id"),
            ("effect_id", str(INT64_MAX + 1), "id"),
            ("username", "@cat", "text"),
            ("hashtag_name", "#cat", "text"),
            ("keyword", "\u2003", "text"),
            ("keyword", "\ud800", "text"),
            ("view_count", "-1", "count"),
            ("comment_count", "1.5", "count"),
        ],
    )
    def test_a_value_outside_its_table_or_form_has_the_code_of_the_field(self, name, value, code):
        problem = only(query(condition(field_name=name, field_values=[value])))
        assert (problem.code, problem.path) == (code, "/and/0/field_values/0")

    def test_two_keys_for_one_are_not_both_taken_for_its_misspelling(self):
        document = {"field_name": "region_code", "operator": "EQ", "op": "EQ", "field_values": ["US"]}
        hints = [problem.hint for problem in validate(query(document))]
        assert hints == ["it is spelt 'operation'", "a condition has field_name, operation, field_values"]

    def test_an_alias_of_a_present_key_is_not_a_misspelling_of_it(self):
        assert only(query({**US, "op": "EQ"})).hint == "a condition has field_name, operation, field_values"

    def test_several_days_after_which_a_video_was_made_are_one_too_many(self):
        document = condition(field_name="create_date", operation="GT", field_values=["20230101", "20230102"])
        assert str(only(query(document))) == "GT takes one value, and here are 2; keep the one that is meant"

    @pytest.mark.parametrize("nothing", [{}, {"comment": "x"}], ids=repr)
    def test_an_object_of_nothing_known_lacks_all_three_keys(self, nothing):
        missing = [problem.message for problem in validate(query(nothing)) if problem.code == "missing"]
        assert missing == [f"{key!r} is missing" for key in ("field_name", "operation", "field_values")]

    def test_every_wrong_value_is_reported(self):
        document = query(condition(operation="IN", field_values=["US", "us", None, "JP", "UK"]))
        assert found(document) == [
            ("region-code", "/and/0/field_values/1"),
            ("type", "/and/0/field_values/2"),
            ("region-code", "/and/0/field_values/4"),
        ]

    def test_values_of_an_unknown_field_are_at_least_text(self):
        document = query(condition(field_name="like_count", operation="GT", field_values=[1000]))
        assert found(document) == [("field-name", "/and/0/field_name"), ("type", "/and/0/field_values/0")]
        assert str(validate(document)[1]) == "1000 is not text; values are text"

    def test_parts_beside_an_unknown_key_are_still_checked(self):
        document = {**condition(field_name="x", operation="y", field_values="z"), "comment": "w"}
        assert found(query(document)) == [
            ("unknown-key", "/and/0/comment"),
            ("field-name", "/and/0/field_name"),
            ("operation", "/and/0/operation"),
            ("type", "/and/0/field_values"),
        ]

    def test_values_beside_an_unknown_key_are_checked_by_the_field(self):
        document = {**condition(field_values=["UK"]), "comment": "w"}
        assert found(query(document)) == [("unknown-key", "/and/0/comment"), ("region-code", "/and/0/field_values/0")]

    def test_a_list_for_a_name_beside_an_unknown_key_is_a_type_error(self):
        document = {**condition(field_name=["keyword"]), "comment": "w"}
        assert found(query(document)) == [("unknown-key", "/and/0/comment"), ("type", "/and/0/field_name")]

    def test_a_key_is_text(self):
        assert str(only(query({**US, 7: "x"}))) == "the key 7 is not text; the keys of an object are text"

    def test_without_a_field_name_the_fields_are_listed(self):
        document = {"operation": "EQ", "field_values": ["US"]}
        problem = only(query(document))
        assert str(problem) == f"'field_name' is missing; name one of {', '.join(FIELDS)}"

    def test_an_unknown_field_has_no_example_value(self):
        problems = validate(query(condition(field_name="zzz", field_values=[])))
        assert problems[1].hint == "give at least one value"

    def test_a_condition_with_a_key_of_a_query_still_lacks_its_own(self):
        assert found(query({"field_name": "region_code", "or": [US]})) == [
            ("unknown-key", "/and/0/or"),
            ("missing", "/and/0"),
            ("missing", "/and/0"),
        ]

    @pytest.mark.parametrize("key", ["field_name", "operation"])
    def test_a_list_for_a_name_is_a_type_error(self, key):
        assert found(query(condition(**{key: ["EQ"]}))) == [("type", f"/and/0/{key}")]
        several = condition(**{key: ["EQ"], "field_values": ["US", "JP"]})
        assert ("type", f"/and/0/{key}") in found(query(several))

    @pytest.mark.parametrize(("length", "hint"), [(60, f'write ["{"x" * 60}"]'), (61, "give a list of texts")])
    def test_a_short_text_for_a_list_is_written_as_one(self, length, hint):
        assert only(query(condition(field_values="x" * length))).hint == hint

    @pytest.mark.parametrize(("wrong", "told"), [(19_999, 19_999), (20_000, 20_000), (20_001, 20_000)])
    def test_at_most_20_000_problems_are_reported(self, wrong, told):
        assert len(validate(query(condition(operation="IN", field_values=["x"] * wrong)))) == told
        assert len(validate(query(*[condition(field_values=["x"])] * wrong))) == told
        assert len(validate({"and": [US], **{f"key{n}": n for n in range(wrong)}}, "query")) == told

    def test_the_problems_of_one_condition_end_soon_after_the_limit(self):
        assert len(condition_errors("region_code", "IN", ["x"] * 30_000)) == 20_001

    @pytest.mark.parametrize("wrong", [None, 7, "US", [US], True], ids=repr)
    def test_a_condition_is_an_object(self, wrong):
        problem = only(query(wrong))
        assert (problem.code, problem.path) == ("type", "/and/0")
        assert problem.message.endswith(" is not a condition")
        assert problem.hint == 'a condition is {"field_name": …, "operation": …, "field_values": […]}'


class TestQueries:
    @pytest.mark.parametrize("empty", [{}, {"and": []}, {"and": [], "or": [], "not": []}], ids=repr)
    def test_it_has_a_condition_somewhere(self, empty):
        assert only(request(query=empty)) == Problem(
            "error", "empty-query", "/query", "the query has no condition", 'give one in "and", "or" or "not"'
        )

    @pytest.mark.parametrize("key", ["and", "or", "not"])
    def test_one_list_is_enough(self, key):
        assert validate({key: [US], **{other: [] for other in {"and", "or", "not"} - {key}}}) == []

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "null is not a list of conditions; leave the key out, or give a list of conditions"),
            ({}, "{} is not a list of conditions; leave the key out, or give a list of conditions"),
            (US, 'an object is not a list of conditions; put the condition into a list: "not": [{…}]'),
            (
                "region_code == 'US'",
                "\"region_code == 'US'\" is not a list of conditions; querydsl.parse and `querydsl compile` read "
                "expressions; here a list of conditions belongs",
            ),
        ],
        ids=["null", "{}", "a condition", "bare text"],
    )
    def test_each_key_holds_a_list(self, value, text):
        problem = only({"and": [US], "not": value})
        assert (problem.code, problem.path, str(problem)) == ("type", "/not", text)

    @pytest.mark.parametrize("value", [None, 7, "x", [US], True], ids=repr)
    def test_it_is_an_object(self, value):
        problem = only(request(query=value))
        assert (problem.code, problem.path) == ("type", "/query")
        assert problem.message.endswith(" is not a query")
        if not isinstance(value, list):
            assert problem.hint == 'a query is {"and": […], "or": […], "not": […]}'


#: Without it, a request has a warning.
MANY = {"max_count": 100}


class TestOneMistakeIsOneProblem:
    @pytest.mark.parametrize(
        ("document", "place"),
        [
            (
                {**MANY, "query": query(US), "start": "20230101", "end_date": "20230131"},
                ("unknown-key", "/start"),
            ),
            (request(query={"And": [US]}), ("unknown-key", "/query/And")),
            (request(query=US), ("unknown-key", "/query/field_name")),
            (query({"or": [US]}), ("unknown-key", "/and/0/or")),
            (query({"region_code": "US"}), ("unknown-key", "/and/0/region_code")),
            ({**MANY, "and": [US], "start_date": "20230101", "end_date": "20230102"}, ("unknown-key", "/and")),
            ({**MANY, "AND": [US], "start_date": "20230101", "end_date": "20230102"}, ("unknown-key", "/AND")),
            ({**MANY, **US, "start_date": "20230101", "end_date": "20230102"}, ("unknown-key", "/field_name")),
            (query(condition(operation="GT", field_values=["US", "JP"])), ("operation-for-field", "/and/0/operation")),
            (request(query={"and": "x"}), ("type", "/query/and")),
        ],
        ids=[
            "a misspelt key is not also missing",
            "a misspelt list is not also an empty query",
            "a condition for a query",
            "a query for a condition",
            "a field for a condition",
            "lists beside the dates",
            "misspelt lists beside the dates",
            "a condition beside the dates",
            "an operation that the field does not take",
            "an expression for a list is not also an empty query",
        ],
    )
    def test_one_mistake_is_one_problem(self, document, place):
        assert found(document) == [place]

    def test_several_mistakes_are_several_problems(self):
        document = request(max_count=0, fields="id", query={"and": [condition(field_name="region"), 7]})
        assert found(document) == [
            ("unknown-key", "/fields"),
            ("field-name", "/query/and/0/field_name"),
            ("type", "/query/and/1"),
            ("range", "/max_count"),
        ]


class TestMistakesThatUsersMakeMost:
    @pytest.mark.parametrize(
        ("given", "meant"),
        [
            ("create_time", "create_date"),
            ("id", "video_id"),
            ("hashtag", "hashtag_name"),
            ("hashtag_names", "hashtag_name"),
            ("region", "region_code"),
            ("length", "video_length"),
            ("description", "keyword"),
            ("video_description", "keyword"),
            ("video_duration", "video_length"),
            ("user_name", "username"),
            ("Region", "region_code"),
            ("CreateDate", "create_date"),
            ("keywrod", "keyword"),
            ("views", "view_count"),
            ("ViewCount", "view_count"),
            ("comments", "comment_count"),
        ],
    )
    def test_other_names_of_fields(self, given, meant):
        assert only(query(condition(field_name=given, field_values=["20230101"]))).hint == f"it is spelt {meant!r}"

    @pytest.mark.parametrize(
        "given",
        [
            "like_count",
            "share_count",
            "favorites_count",
            "is_stem_verified",
            "voice_to_text",
        ],
    )
    def test_fields_that_cannot_be_searched(self, given):
        hint = only(query(condition(field_name=given))).hint
        assert hint == f"{given} cannot be searched: filter the videos that come back"

    @pytest.mark.parametrize("given", ["zzz", "", "x" * 10_000])
    def test_ambiguous_names(self, given):
        problem = only(query(condition(field_name=given)))
        assert problem.hint == f"the fields are {', '.join(FIELDS)}"
        assert len(problem.message) < 100

    @pytest.mark.parametrize(
        ("given", "meant"), [("likes", "like_count"), ("shares", "share_count"), ("favourites", "favorites_count")]
    )
    def test_short_names_of_fields_that_cannot_be_searched(self, given, meant):
        hint = only(query(condition(field_name=given))).hint
        assert hint == f"{meant} cannot be searched: filter the videos that come back"

    @pytest.mark.parametrize(
        ("given", "hint"),
        [
            ("in", "write 'IN'"),
            ("==", "write 'EQ'"),
            (">=", "write 'GTE'"),
            ("!=", "put the condition into the list 'not', with 'EQ'"),
            ("NOT IN", "put the condition into the list 'not', with 'IN'"),
            ("AND", "'and' and 'or' are lists of the query; an operation compares: 'EQ' or 'IN'"),
            ("contains", "write 'EQ': a keyword matches any part of the description"),
            ("BETWEEN", "write two conditions, 'GTE' and 'LTE'"),
            ("EXISTS", "the operations are EQ, IN, GT, GTE, LT, LTE"),
        ],
    )
    def test_other_operations(self, given, hint):
        assert only(query(condition(operation=given))).hint == hint

    @pytest.mark.parametrize(
        ("given", "meant"),
        [("operator", "operation"), ("op", "operation"), ("field_value", "field_values"), ("field", "field_name")],
    )
    def test_other_keys_of_conditions(self, given, meant):
        document = condition()
        document[given] = document.pop(meant)
        assert only(query(document)).hint == f"it is spelt {meant!r}"

    @pytest.mark.parametrize(
        ("given", "meant"),
        [
            ("start", "start_date"),
            ("startDate", "start_date"),
            ("end-date", "end_date"),
            ("max-count", "max_count"),
            ("limit", "max_count"),
            ("searchId", "search_id"),
            ("random", "is_random"),
            ("offset", "cursor"),
        ],
    )
    def test_other_keys_of_requests(self, given, meant):
        document = {**request(), "max_count": 1, "search_id": "x", "is_random": False, "cursor": 0}
        document[given] = document.pop(meant)
        assert only(document).hint == f"it is spelt {meant!r}"

    @pytest.mark.parametrize("nested", [{"or": [US]}, {"and": [US]}, {**US, "or": [US]}], ids=["or", "and", "beside"])
    def test_groups_inside_a_list(self, nested):
        assert only(query(nested)).hint == NESTED

    def test_a_field_as_a_key(self):
        hint = only(query({"region_code": "US"})).hint
        assert hint == 'write {"field_name": "region_code", "operation": "EQ", "field_values": ["FR"]}'

    @pytest.mark.parametrize(
        ("document", "hint"),
        [
            (request(query=US), 'put the condition into a list: {"and": [{…}]}'),
            ({**US, "and": [US]}, 'put the condition into a list: {"and": [{…}]}'),
            (
                {**MANY, **US, "start_date": "20230101", "end_date": "20230131"},
                'put the condition into a list of the query: "query": {"and": [{…}]}',
            ),
            ({"and": [US], "max_count": 10}, "put it beside the query, not inside it"),
            (request(query={"and": [US], "end_date": "20230131"}), "put it beside the query, not inside it"),
            (request(query={"and": [US], "filter": [US]}), "a query has and, or, not"),
            (
                request(query_string="x"),
                "a request has query, start_date, end_date, max_count, cursor, search_id, is_random",
            ),
        ],
        ids=[
            "a condition for a query",
            "its parts beside a list",
            "and beside the dates",
            "a count in a query",
            "a date in a query",
            "another list",
            "another key",
        ],
    )
    def test_keys_in_the_wrong_place(self, document, hint):
        assert only(document).hint == hint

    def test_a_list_for_a_query(self):
        assert only(request(query=[US])).hint == 'put the list under "and", "or" or "not": {"and": […]}'

    def test_an_id_as_a_number(self):
        problem = only(query(condition(field_name="video_id", field_values=[6978662169214864645])))
        assert str(problem) == '6978662169214864645 is not text; write it as text: "6978662169214864645"'

    @pytest.mark.parametrize(
        ("given", "hint"),
        [
            ("UK", "the United Kingdom is 'GB'"),
            ("usa", "the United States is 'US'"),
            ("Germany", "Germany is 'DE'"),
            ("gb", "write 'GB'"),
            ("BX", "region codes are two capitals, such as 'US'"),
        ],
    )
    def test_other_codes_of_countries(self, given, hint):
        assert only(query(condition(field_values=[given]))).hint == hint

    @pytest.mark.parametrize(
        ("document", "path"),
        [
            (request(query=json.dumps({"and": [US]})), "/query"),
            (json.dumps(json.dumps(request())), ""),
            ({"and": json.dumps([US])}, "/and"),
            ({"and": [json.dumps(US)]}, "/and/0"),
        ],
        ids=["query", "request", "list", "condition"],
    )
    def test_json_as_text(self, document, path):
        problem = only(document)
        hint = "take off the quotes round it: the text holds JSON, and JSON belongs here (one json.dumps too many?)"
        assert (problem.code, problem.path, problem.hint) == ("type", path, hint)

    @pytest.mark.parametrize(
        ("given", "hint"),
        [
            ("US", 'write ["US"]'),
            ("US, JP", 'write ["US", "JP"]'),
            ('["US"]', 'write ["US"], without the quotes round it'),
        ],
    )
    def test_text_for_a_list_of_values(self, given, hint):
        assert only(query(condition(field_values=given))).hint == hint

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ("'7300123456789012345", "is not the plain number that video_id takes; write '7300123456789012345'"),
            (
                "7300123456789010000.0",
                "is not the plain number that video_id takes; write '7300123456789010000', unless a spreadsheet has "
                "rounded it: then take it as text from where it came",
            ),
            (
                "7.3E+18",
                "is rounded; take it as text from where it came: "
                "as a number in a spreadsheet it has lost its last digits",
            ),
            ("nan", "is not an id, but an empty cell; leave it out"),
            ("7;8;9", "is several values in one text; write each as a value of its own, with IN: '7', '8', …"),
            ("https://www.tiktok.com/@x/video/7?a=1", "is the address of a video, not its id; write '7'"),
            (
                "https://www.tiktok.com/music/original-sound-7",
                f"is not an id; write a whole number from 1 to {INT64_MAX}, in digits",
            ),
        ],
    )
    def test_ids_as_spreadsheets_and_browsers_leave_them(self, given, text):
        problem = only(query(condition(field_name="video_id", field_values=[given])))
        assert (problem.code, str(problem)) == ("id", f"{given!r} {text}")

    def test_the_address_of_a_sound(self):
        address = "https://www.tiktok.com/music/original-sound-7"
        hint = only(query(condition(field_name="music_id", field_values=[address]))).hint
        assert hint == "write '7'"

    def test_a_moment_for_a_day(self):
        document = query(condition(field_name="create_date", field_values=[1672531200]))
        assert only(document).hint == 'write the day as text: "20230101"'

    def test_a_request_for_a_query(self):
        hint = validate(request(), "query")[0].hint
        assert hint == 'this is a request: a query is what stands under "query" in it'
