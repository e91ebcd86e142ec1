"""The warnings about a query: repeats, conditions that find nothing, and values that only look right."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from querydsl import Problem, Query, validate
from querydsl.tables import LENGTHS
from tests.documents import EXAMPLE, US, condition, request
from tests.worlds import distinguishable, selects


def found(document: object, kind: str = "auto") -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in validate(document, kind)]


def dated(operation: str, *days: str) -> dict[str, Any]:
    return condition(field_name="create_date", operation=operation, field_values=[*days])


class TestDuplicates:
    def test_a_value_given_twice(self):
        document = {"and": [condition(operation="IN", field_values=["US", "JP", "US", "US"])]}
        assert validate(document) == [
            Problem("warning", "duplicate", f"/and/0/field_values/{n}", "'US' is given twice", "leave one out")
            for n in (2, 3)
        ]

    def test_a_condition_given_twice(self):
        assert validate(request(query={"and": [US, condition(field_values=["US"])]})) == [
            Problem("warning", "duplicate", "/query/and/1", "this condition is given twice", "leave one out")
        ]

    @pytest.mark.parametrize(
        "document",
        [
            {"and": [US], "or": [US]},
            {"or": [US, condition(operation="IN")]},
            {"and": [condition(field_name="hashtag_name"), condition(field_name="keyword")]},
        ],
        ids=["in two lists", "with two operations", "with two fields"],
    )
    def test_equivalent_conditions_are_not_duplicates(self, document):
        assert validate(document) == []

    def test_they_are_also_seen_beside_errors(self):
        document = {"and": [US, condition(field_values=["UK"]), US]}
        assert found(document) == [("region-code", "/and/1/field_values/0"), ("duplicate", "/and/2")]


class TestContradictions:
    @pytest.mark.parametrize(
        ("document", "why"),
        [
            ({"and": [US, condition(field_values=["JP"])]}, "the conditions on region_code leave no value"),
            ({"and": [US], "not": [US]}, "the conditions on region_code leave no value"),
            (
                {"and": [dated("GT", "20230131"), dated("LT", "20230201")]},
                "the conditions on create_date leave no value",
            ),
            ({"and": [dated("LT", "00010101")]}, "the conditions on create_date leave no value"),
            (
                {"not": [condition(field_name="video_length", operation="IN", field_values=[*LENGTHS])]},
                "the conditions on video_length leave no value",
            ),
            (
                {
                    "and": [condition(field_name="hashtag_name", operation="IN", field_values=["a", "b"])],
                    "not": [condition(field_name="hashtag_name", field_values=[tag]) for tag in "ab"],
                },
                "a condition asks for what 'not' excludes",
            ),
            (
                {"and": [US], "or": [condition(field_values=["JP"]), condition(field_values=["FR"])]},
                "none of the alternatives in 'or' fits the rest",
            ),
        ],
        ids=[
            "two regions",
            "and and not",
            "no day between",
            "before the calendar",
            "no length",
            "tags",
            "alternatives",
        ],
    )
    def test_a_query_that_can_match_no_video(self, document, why):
        hint = "take out or widen one of these conditions"
        problem = Problem("warning", "contradiction", "/query", f"no video can match: {why}", hint)
        assert validate(request(query=document)) == [problem]

    @pytest.mark.parametrize(
        "document",
        [
            {"and": [condition(field_name="hashtag_name", field_values=[tag]) for tag in "ab"]},
            {"and": [US], "or": [condition(field_values=["JP"]), condition(field_name="keyword")]},
            {"and": [condition(operation="IN", field_values=["US", "JP"])], "not": [US]},
            {"and": [dated("GTE", "20230131"), dated("LTE", "20230131")]},
        ],
        ids=["a video has many tags", "one alternative left", "one region left", "one day left"],
    )
    def test_a_query_that_can_match_one(self, document):
        assert validate(document) == []

    def test_a_wrong_alternative_could_be_the_one_that_matches(self):
        document = {"and": [US], "or": [condition(field_values=["JP"]), condition(field_values=["us"])]}
        assert found(document) == [("region-code", "/or/1/field_values/0")]

    @given(st.data())
    def test_they_are_found_exactly_where_no_video_matches(self, data):
        small = st.one_of(
            *(
                st.builds(
                    lambda name, values: condition(field_name=name, operation="IN", field_values=sorted(values)),
                    st.just(name),
                    st.sets(st.sampled_from(values), min_size=1),
                )
                for name, values in {
                    "region_code": ["US", "JP"],
                    "hashtag_name": ["ha", "hb"],
                    "effect_id": ["1", "2"],
                    "video_length": LENGTHS,
                    "create_date": ["20230101", "20230103"],
                }.items()
            ),
            st.sampled_from([dated("GT", "20230101"), dated("LT", "20230103"), dated("GTE", "20230103")]),
        )
        document = {key: data.draw(st.lists(small, max_size=3)) for key in ("and", "or", "not")}
        assume(any(document.values()))
        query = Query.from_dict(document)
        matches = any(selects(query, video) for video in distinguishable(query.to_expression()))
        assert ("contradiction" in {code for code, _ in found(document)}) is not matches


class TestWindows:
    @pytest.mark.parametrize(
        ("query", "place", "message"),
        [
            ({"and": [US, dated("GT", "20230131")]}, "and/1", "no day from 20230101 to 20230131 meets this"),
            ({"and": [dated("IN", "20221231", "20230201")]}, "and/0", "no day from 20230101 to 20230131 meets this"),
            ({"or": [US, dated("LT", "20230101")]}, "or/1", "no day from 20230101 to 20230131 meets this"),
            ({"not": [dated("GTE", "20220601")]}, "not/0", "this excludes every day from 20230101 to 20230131"),
            (
                {"and": [dated("IN", "20230115", "20220101")], "or": [dated("IN", "20230116", "20220101")]},
                "and/0",
                "no day from 20230101 to 20230131 meets this and the other conditions",
            ),
        ],
        ids=["after", "before and after", "an alternative", "all excluded", "only together"],
    )
    def test_a_condition_that_no_day_of_the_request_meets(self, query, place, message):
        hint = "change the condition, or start_date and end_date"
        assert validate(request(query=query)) == [
            Problem("warning", "outside-window", f"/query/{place}", message, hint)
        ]

    @pytest.mark.parametrize(
        "query",
        [
            {"and": [dated("GTE", "20230131")]},
            {"and": [dated("EQ", "20230101")]},
            {"not": [dated("GT", "20230101")]},
            {"or": [US, dated("LTE", "20230101")]},
        ],
        ids=repr,
    )
    def test_one_that_a_day_meets(self, query):
        assert validate(request(query=query)) == []

    def test_without_valid_dates_there_is_no_window(self):
        query = {"and": [dated("EQ", "20200101")]}
        assert found(request(query=query, start_date="20230231")) == [("date", "/start_date")]
        assert found(request(query=query, start_date="20230201")) == [("date-order", "/end_date")]
        assert validate(query) == []

    @given(st.data())
    def test_they_are_found_where_no_day_can_match(self, data):
        days = [f"2023010{n}" for n in range(1, 7)]
        conditions = st.builds(dated, st.sampled_from(["EQ", "GT", "GTE", "LT", "LTE"]), st.sampled_from(days)) | (
            st.sets(st.sampled_from(days), min_size=1).map(lambda some: dated("IN", *sorted(some)))
        )
        document = {key: data.draw(st.lists(conditions, max_size=3)) for key in ("and", "or", "not")}
        assume(any(document.values()))
        start, end = sorted(data.draw(st.lists(st.sampled_from(days), min_size=2, max_size=2)))
        query = Query.from_dict(document)
        matched = [
            day
            for day in [*days, "20221231", "20230107"]
            if selects(query, {"create_time": datetime.strptime(day + "+0000", "%Y%m%d%z").timestamp()})
        ]
        codes = {code for code, _ in found(request(query=document, start_date=start, end_date=end))}
        assert ("contradiction" in codes) is not matched
        if matched and not any(start <= day <= end for day in matched):
            assert "outside-window" in codes


def hints(field: str, *values: str) -> list[str | None]:
    """The hints of the lookalikes among the values, which have no other problem."""
    problems = validate({"or": [condition(field_name=field, operation="IN", field_values=[*values])]})
    assert {(problem.severity, problem.code) for problem in problems} <= {("warning", "lookalike")}
    return [problem.hint for problem in problems]


CAT_DOG = "write each as a value of its own, with IN: 'cat', 'dog'"
LOST = "take the id as text from where it came: its last digits are lost here"


QUOTED = ('"cat"', "'cat'", "\u201ccat\u201d", "\u2018cat\u2019", '"#cat"')


class TestLookalikes:
    @pytest.mark.parametrize(
        ("field", "value", "hint"),
        [
            ("hashtag_name", "cat dog", f"write 'catdog', or {CAT_DOG}"),
            ("hashtag_name", "cat,#dog", CAT_DOG),
            ("hashtag_name", "cat OR dog", CAT_DOG),
            ("hashtag_name", "cat\u3000dog", f"write 'catdog', or {CAT_DOG}"),
            ("keyword", "cat, dog", CAT_DOG),
            ("keyword", "cat,dog", CAT_DOG),
            ("keyword", "a,b,c,d,e,f", "write each as a value of its own, with IN: 'a', 'b', 'c', 'd', 'e', …"),
            ("keyword", "climate change, CO2", "write each as a value of its own, with IN: 'climate change', 'CO2'"),
            ("keyword", "cat OR dog", CAT_DOG),
            ("keyword", '("cat" || "dog")', CAT_DOG),
            ("keyword", "cat AND dog", "write a condition for each, in 'and' or in 'not': 'cat', 'dog'"),
            ("keyword", "NOT cat", "write a condition for each, in 'and' or in 'not': 'cat'"),
            ("keyword", "#cat", "for the hashtag write hashtag_name 'cat', for the word leave the # out"),
            ("username", "https://www.tiktok.com/@cookie_love_122?lang=en", "write 'cookie_love_122'"),
            ("username", "tiktok.com/@a.b/video/7", "write 'a.b'"),
            ("username", "https://vm.tiktok.com/xyz", "write what stands after the @ in it"),
            (
                "username",
                "Jane Doe",
                "write the name in the address of the account, after the @: tiktok.com/@…",
            ),
            ("username", "cat,dog", CAT_DOG),
            ("hashtag_name", "cat;dog", CAT_DOG),
            ("username", "cat; dog", CAT_DOG),
            ("hashtag_name", '"cat", "dog"', CAT_DOG),
            *((field, quoted, "write 'cat'") for field in ("hashtag_name", "username", "keyword") for quoted in QUOTED),
            ("video_id", "7300000000000000000", LOST),
            ("video_id", "1234567890120000", LOST),
            ("music_id", "7123456789012350000", LOST),
            ("effect_id", "7123456789012350000", LOST),
        ],
    )
    def test_values_that_find_nothing_or_something_else(self, field, value, hint):
        assert hints(field, value) == [hint]

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("hashtag_name", ["cat", "café", "고양이", "cat_dog", "2024", "fyp\u30fc", "a&b", "x-mas"]),
            (
                "keyword",
                [
                    "climate change",
                    "1,000",
                    "10,000 steps",
                    "cat,",
                    ", cat",
                    "so, what has happened to all of them",
                    "THIS OR THAT",
                    "this or that",
                    "rock and roll",
                    "R&B",
                    "No. #1",
                    "not",
                    "ORANGE",
                    "a|b",
                    "tiktok.com/@x",
                    '"',
                    '""',
                    'the "cat"',
                    "rock 'n' roll",
                    "a; b",
                ],
            ),
            ("username", ["cookie_love_122", "a.b", "tiktok.com", "用户"]),
            ("video_id", ["6978662169214864645", "7300000000000001000", "123450000", "100000000000000"]),
            ("effect_id", ["0", "10000"]),
            ("view_count", ["1000000000000000000"]),
        ],
    )
    def test_plausible_values_have_no_warning(self, field, values):
        assert hints(field, *values) == []

    def test_each_has_its_place_also_beside_a_wrong_value(self):
        values = ["cat", "cat dog", "#dog", "a,b"]
        document = request(
            query={"not": [US, condition(field_name="hashtag_name", operation="IN", field_values=values)]}
        )
        assert found(document) == [
            ("text", "/query/not/1/field_values/2"),
            ("lookalike", "/query/not/1/field_values/1"),
            ("lookalike", "/query/not/1/field_values/3"),
        ]

    def test_a_wrong_value_is_one_problem(self):
        assert found({"and": [condition(field_name="hashtag_name", field_values=["#cat, dog"])]}) == [
            ("text", "/and/0/field_values/0")
        ]

    @pytest.mark.parametrize("junk", [None, 7, "x", [], {}, [["a,b"]], {"field_name": "keyword"}, US])
    def test_an_invalid_condition_has_no_lookalikes(self, junk):
        assert "lookalike" not in {code for code, _ in found({"and": [junk], "or": junk})}

    def test_the_vendors_example_is_warned_of_nothing(self):
        assert validate(EXAMPLE) == []

    def test_warnings_are_reported_up_to_the_limit(self):
        values = [f"cat {n}" for n in range(30_000)]
        document = {"and": [condition(field_name="hashtag_name", operation="IN", field_values=values)]}
        assert len(validate(document)) == 20_000
