"""The requests that together ask for a selection."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from itertools import product

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import (
    ALL_FIELDS,
    Condition,
    CreateDate,
    Hashtag,
    Keyword,
    Length,
    NeedsSeveralQueries,
    Plan,
    Query,
    Region,
    Request,
    ValidationError,
    all_of,
    any_of,
    select,
    validate,
)
from querydsl.planning.windows import windows
from tests.documents import day_text
from tests.planning.test_windows import covered
from tests.worlds import holds, selects

BEGIN = date(2023, 1, 1)
US = Region == "US"


def spans(requests: Sequence[Request]) -> list[tuple[str, str]]:
    return [(day_text(request.start_date), day_text(request.end_date)) for request in requests]


DAYS = [BEGIN + timedelta(n) for n in (0, 1, 2, 29, 30, 31, 32, 61, 62, 100)]

dated = st.one_of(
    st.sampled_from(DAYS).flatmap(
        lambda day: st.sampled_from(
            [CreateDate == day, CreateDate < day, CreateDate <= day, CreateDate > day, CreateDate >= day]
        )
    ),
    st.sets(st.sampled_from(DAYS), min_size=1).map(lambda days: CreateDate.in_(sorted(days))),
)


def combined(leaves):
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda term: ~term),
            st.lists(inner, min_size=2, max_size=3).map(all_of),
            st.lists(inner, min_size=2, max_size=3).map(any_of),
        ),
        max_leaves=5,
    )


def video(day: date, region: str) -> dict[str, object]:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc)
    return {"create_time": int(moment.timestamp()), "region_code": region}


class TestDays:
    @given(combined(dated | st.just(US)), st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)))
    def test_every_video_that_was_meant_is_asked_for_and_no_other(self, expression, ends):
        start, end = min(ends), max(ends)
        try:
            plan = select("id").where(expression).between(start, end).plan()
        except ValidationError:
            plan = []
        for day in sorted({day + timedelta(n) for day in DAYS for n in (-1, 0, 1)}):
            for region in ("US", "JP"):
                here = video(day, region)
                times = sum(made.start_date <= day <= made.end_date and selects(made.query, here) for made in plan)
                if plan:
                    assert (times > 0) is (start <= day <= end and holds(expression, here))
                assert times <= 1  # two queries for a day are disjoint here

    @given(combined(dated | st.sampled_from([US, US & (Hashtag == "a"), (Region == "JP") & (Hashtag == "b")])))
    def test_a_wider_plan_asks_for_every_video_that_was_meant(self, expression):
        try:
            plan = select("id").where(expression).between(min(DAYS), max(DAYS)).plan(wider=True)
        except ValidationError:
            return  # no day is left, or a constant
        for day in sorted({day + timedelta(n) for day in DAYS for n in (-1, 0, 1)}):
            for region, tag in product(("US", "JP"), "ab"):
                here = {**video(day, region), "hashtag_names": [tag]}
                if min(DAYS) <= day <= max(DAYS) and holds(expression, here):
                    assert any(made.start_date <= day <= made.end_date and selects(made.query, here) for made in plan)

    @given(combined(dated), st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)))
    def test_conditions_on_days_alone_take_no_more_windows_than_their_days(self, expression, ends):
        start, end = min(ends), max(ends)
        offsets = {
            n
            for n in range((end - BEGIN).days + 1)
            if start <= BEGIN + timedelta(n) and holds(expression, video(BEGIN + timedelta(n), "US"))
        }
        selection = select("id").where(expression, US).between(start, end)
        if offsets:
            assert len(selection.plan()) == len(windows(covered(offsets)))
        else:
            with pytest.raises(ValidationError):
                selection.plan()

    @pytest.mark.parametrize(
        ("expression", "expected", "left"),
        [
            (US & (CreateDate >= "20230110"), [("20230110", "20230131")], {"and": [US.to_dict()]}),
            (US & CreateDate.between("20230110", "20230112"), [("20230110", "20230112")], {"and": [US.to_dict()]}),
            (US & ~(CreateDate > "20230110"), [("20230101", "20230110")], {"and": [US.to_dict()]}),
            (US & (CreateDate >= "20220101"), [("20230101", "20230131")], {"and": [US.to_dict()]}),
            (US & ~(CreateDate == "20220101"), [("20230101", "20230131")], {"and": [US.to_dict()]}),
            (
                US & ((CreateDate == "20230105") | (CreateDate == "20230106")),
                [("20230105", "20230106")],
                {"and": [US.to_dict()]},
            ),
            (
                US & CreateDate.in_("20230105", "20230107"),
                [("20230105", "20230107")],
                {"and": [US.to_dict()], "not": [(CreateDate == "20230106").to_dict()]},
            ),
            (
                CreateDate == "20230105",
                [("20230105", "20230105")],
                {"and": [(CreateDate == "20230105").to_dict()]},
            ),
        ],
        ids=[
            "after",
            "between",
            "not after",
            "before the window",
            "not before it",
            "two days",
            "a gap",
            "nothing else",
        ],
    )
    def test_a_condition_on_days_narrows_the_window_and_leaves_the_query(self, expression, expected, left):
        plan = select().where(expression).between("20230101", "20230131").plan()
        assert spans(plan) == expected
        assert plan[0].query.to_dict() == left

    def test_distant_days_are_asked_for_separately(self):
        days = ["20230101", "20230515", "20231231"]
        plan = select().where(US, CreateDate.in_(days)).between("20200101", "20251231").plan()
        assert spans(plan) == [(day, day) for day in days]
        assert {made.query for made in plan} == {Query(US)}

    def test_without_any_day_left_there_is_no_plan(self):
        with pytest.raises(ValidationError) as refusal:
            select().where(US, CreateDate > "20240101").between("20230101", "20230331").plan()
        assert str(refusal.value) == (
            "(Region == 'US') & (CreateDate > '20240101'): no day from 20230101 to 20230331 meets the conditions on "
            "create_date; change the conditions, or the days"
        )
        assert [problem.code for problem in refusal.value.problems] == ["outside-window"]


SELECTIONS = [
    select(),
    select("id", "create_time"),
    select().where(Region == "US"),
    select("id").where(Region == "US", ~(Hashtag == "a")).between("20230101", "20231231").windows(7),
    select("id").random(),
    select("id").random(draws=5).max_count(20),
    select("id").paged(max_count=None, cursor=100, search_id="7", is_random=False),
]


class TestSelection:
    @pytest.mark.parametrize("selection", SELECTIONS, ids=repr)
    def test_it_shows_the_source_that_builds_it(self, selection):
        names = {"select": select, "Region": Region, "Hashtag": Hashtag}
        assert eval(repr(selection), names) == selection
        assert "_" not in re.sub("create_time|max_count|search_id|is_random", "", repr(selection))

    def test_the_fluent_form_makes_a_plan(self):
        plan = (
            select("id", "create_time")
            .where(Region.in_("US", "JP"), ~(Length == "SHORT"))
            .between("20230101", "20230331")
            .max_count(50)
            .random()
            .plan()
        )
        assert spans(plan) == [("20230101", "20230131"), ("20230201", "20230303"), ("20230304", "20230331")]
        assert {(made.fields, made.max_count, made.is_random) for made in plan} == {(("id", "create_time"), 50, True)}
        assert {made.query for made in plan} == {Query(Region.in_("US", "JP"), not_=Length == "SHORT")}

    def test_each_step_leaves_the_one_before_as_it_was(self):
        first = select("id")
        second = first.where(US)
        third = second.on("20230101").max_count(5)
        assert len({first, second, third}) == 3
        assert second.on("20230101").request() == attrs.evolve(third.request(), max_count=100)

    @pytest.mark.parametrize("fields", [(), ("id,username",), ("id", "username"), (["id", "username"],)], ids=repr)
    def test_fields_are_names_one_text_or_none_for_all(self, fields):
        made = select(*fields).where(US).on("20230101").request()
        assert made.fields == (("id", "username") if fields else ALL_FIELDS)

    def test_max_count_is_100_unless_said(self):
        assert select().where(US).on("20230101").request().max_count == 100

    def test_several_calls_of_where_all_hold(self):
        selection = select().where(US).where(Hashtag == "a", Keyword == "b").on("20230101")
        assert selection.request().query == Query([US, Hashtag == "a", Keyword == "b"])

    def test_the_last_call_of_the_others_counts(self):
        made = select().where(US).between("20200101", "20210101").max_count(5).on("20230101").max_count(7).request()
        assert (made.start_date, made.max_count) == (BEGIN, 7)

    @pytest.mark.parametrize(
        ("make", "text"),
        [
            (lambda: select("likes"), "fields: 'likes' is not a field of a Video Object; it is spelt 'like_count'"),
            (lambda: select().max_count(101), "max_count(101): 101 is outside 1 to 100; write 100"),
            (
                lambda: select().random("yes"),
                "random: draws: 'yes' is not a whole number from 1 to 1,000; write one, such as 7",
            ),
            (
                lambda: select().between("20230131", "20230101"),
                "between: the last day 20230101 is before the first 20230131; swap the two",
            ),
            (
                lambda: select().on("20230229"),
                "'20230229' is not a day of the calendar; the last day of that month is '20230228'",
            ),
            (
                lambda: select().plan(),
                "select(): 2 problems\n"
                '  there is no condition; add .where(Region == "US")\n'
                '  there are no days; add .between("20230101", "20230131")',
            ),
            (
                lambda: select().where(US).between("20230101", "20230301").request(),
                "request(): the days take 2 requests, for one spans at most 31 days; plan() gives them all",
            ),
        ],
        ids=["a field", "max_count", "random", "between", "on", "nothing said", "one request"],
    )
    def test_an_invalid_value_is_refused_at_its_step(self, make, text):
        with pytest.raises(ValidationError) as refusal:
            make()
        assert str(refusal.value) == text

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ("region_code == 'US'", "it takes expressions; querydsl.parse makes one of a text"),
            (True, "it takes expressions"),
            (Region, "nothing is compared yet; write … == …"),
            (US & Length, "nothing is compared yet; write … == …"),
        ],
        ids=["text", "a truth", "a field", "half an expression"],
    )
    def test_anything_but_an_expression_is_a_type_error(self, given, text):
        with pytest.raises(TypeError) as refusal:
            select().where(given)
        assert text in str(refusal.value)

    def test_several_queries_cannot_be_a_single_request(self):
        selection = select().where(~((Hashtag == "a") & (Hashtag == "b"))).on("20230101")
        assert len(selection.plan()) == 2
        with pytest.raises(NeedsSeveralQueries) as refusal:
            selection.request()
        assert refusal.value.needed == 2


class TestPlan:
    PLAN = select("id").where(US).between("20230101", "20230331").plan()

    def test_it_is_a_sequence_of_requests(self):
        assert isinstance(self.PLAN, Plan)
        assert len(self.PLAN) == len(list(self.PLAN)) == 3
        assert self.PLAN[-1] == [*self.PLAN][2]
        assert list(self.PLAN[1:]) == [*self.PLAN][1:]
        assert self.PLAN[0] in self.PLAN

    def test_it_is_a_value(self):
        same = select("id").where(US).between("20230101", "20230331").plan()
        assert (same, hash(same)) == (self.PLAN, hash(self.PLAN))
        assert pickle.loads(pickle.dumps(same)) == self.PLAN
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            same.requests = ()

    def test_its_json_lines_are_the_bodies(self):
        lines = self.PLAN.to_jsonl().splitlines()
        assert [json.loads(line) for line in lines] == [made.to_dict() for made in self.PLAN]
        assert all(validate(line) == [] for line in lines)
        assert self.PLAN.to_jsonl().endswith("\n")

    def test_explain_says_how_many_why_and_what_for(self):
        assert self.PLAN.explain() == (
            "3 requests at least, for 20230101 to 20230331\n"
            "A day's quota is 1,000 calls, so this takes the quota of 1 day at least.\n"
            "A request spans at most 31 days, so the days are cut into windows.\n"
            "An answer has at most 100 videos; where there are more, each further page is another call.\n"
            "\n"
            "Region == 'US'\n"
            "  requests 1 to 3: 20230101 to 20230331 (3 windows)"
        )

    def test_explain_says_that_random_requests_are_one_page_each(self):
        text = select().where(US).on("20230101").random().max_count(5).plan().explain()
        assert "Each is a single page of at most 5 videos in random order, " in text

    def test_a_slice_is_a_plan_of_its_days(self):
        part = self.PLAN[1:]
        assert isinstance(part, Plan)
        assert (part.start_date, part.end_date) == (date(2023, 2, 1), date(2023, 3, 31))
        assert part.queries == ((Query([US]), 2),)
        assert part.explain().startswith("2 requests at least, for 20230201 to 20230331\n")
        assert self.PLAN[:] == self.PLAN
        assert len(self.PLAN[5:]) == 0
        assert self.PLAN[5:].explain() == "0 requests at least, for 20230101 to 20230331"

    def test_its_queries_have_the_number_of_their_requests(self):
        plan = select("id").where(~((Hashtag == "a") & (Hashtag == "b"))).between("20230101", "20230301").plan()
        assert plan.queries == ((Query(not_=Hashtag == "a"), 2), (Query(Hashtag == "a", not_=Hashtag == "b"), 2))
        assert plan[1:3].queries == ((plan[1].query, 1), (plan[2].query, 1))

    def test_days_left_out_inside_a_window_are_not_of_its_query(self):
        plan = select("id").where(US, CreateDate != "20230105").between("20230101", "20230131").plan()
        assert plan.queries == ((Query([US]), 1),)
        assert plan[0].query == Query([US], not_=[CreateDate == "20230105"])

    def test_a_notebook_shows_a_row_for_each_request_escaped(self):
        html = select("id").where(Keyword == "<b>").between("20230101", "20230331").plan()._repr_html_()
        assert [re.sub("<[^>]*>", " ", row).split() for row in html.split("<tr>")[1:]] == [
            ["request", "first", "day", "last", "day"],
            ["Keyword", "==", "&#x27;&lt;b&gt;&#x27;"],
            ["1", "20230101", "20230131"],
            ["2", "20230201", "20230303"],
            ["3", "20230304", "20230331"],
            [*"1 query, 3 requests at least; a day&#x27;s quota is 1,000 calls".split()],
        ]
        assert "<b>" not in html

    def test_a_notebook_shows_each_query_once(self):
        plan = (
            select("id")
            .where((Hashtag == "a") & (US) | (Hashtag == "b") & (Region == "JP"))
            .between("20230101", "20231231")
            .plan()
        )
        html = plan._repr_html_()
        assert len(plan) == 24
        assert html.count("Hashtag ==") == 2


class TestLimit:
    """How many queries a day may take."""

    @pytest.mark.parametrize("limit", [0, -1, True, 1.5, "5", None], ids=repr)
    @pytest.mark.parametrize("wider", [False, True])
    def test_it_is_a_whole_number_from_1_on(self, limit, wider):
        selection = select("id").where(CreateDate >= "20230105").between("20230101", "20230131")
        with pytest.raises(ValidationError, match=r"^limit: .* is not a whole number from 1 on"):
            selection.plan(limit, wider=wider)


class TestWindows:
    def test_they_are_no_longer_than_said(self):
        plan = select("id").where(US).between("20230101", "20230110").windows(days=4).plan()
        assert spans(plan) == [("20230101", "20230104"), ("20230105", "20230108"), ("20230109", "20230110")]
        assert "As was asked, a request spans at most 4 days, so" in plan.explain()

    @pytest.mark.parametrize("wrong", [0, 32, -1, True, 7.0, "7", None], ids=repr)
    def test_an_invalid_length_is_refused(self, wrong):
        with pytest.raises(ValidationError) as refusal:
            select().windows(wrong)
        assert [problem.code for problem in refusal.value.problems] == ["range"]
        assert str(refusal.value).endswith("is not a whole number from 1 to 31; write one, such as 7")


class TestRandom:
    def test_each_window_has_as_many_requests_as_draws(self):
        plan = select("id").where(US).between("20230101", "20230228").random(draws=3).plan()
        assert spans(plan) == [("20230101", "20230131")] * 3 + [("20230201", "20230228")] * 3
        assert {made.is_random for made in plan} == {True}
        assert plan.queries == ((Query([US]), 6),)

    @pytest.mark.parametrize("wrong", [0, 1_001, True, "3"], ids=repr)
    def test_an_invalid_number_of_draws_is_refused(self, wrong):
        with pytest.raises(ValidationError, match="is not a whole number from 1 to 1,000"):
            select().random(draws=wrong)

    def test_several_draws_cannot_be_a_single_request(self):
        with pytest.raises(ValidationError, match="the days take 2 requests, for each draw is one; plan"):
            select().where(US).on("20230101").random(draws=2).request()


#: Expressions of days, a hashtag, a keyword and a count.
mixed = combined(
    st.one_of(
        dated,
        dated,
        st.sampled_from([Hashtag == "a", Keyword == "qk", US]),
        st.sampled_from(["GT", "LT", "EQ"]).map(lambda operation: Condition("view_count", operation, ["5"])),
    )
)


def videos_of(day: date):
    for tags, text, region, views in product(([], ["a"]), ("", "qk"), ("US", "JP"), (4, 5, 6)):
        yield {**video(day, region), "hashtag_names": tags, "video_description": text, "view_count": views}


class TestLaws:
    @given(mixed, st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)), st.sampled_from([1, 7, 31]))
    def test_the_requests_together_are_exactly_the_expression_on_the_days_asked_for(self, expression, ends, most):
        start, end = min(ends), max(ends)
        looked_at = sorted({day + timedelta(n) for day in DAYS for n in (-1, 0, 1)})
        meant = [start <= day <= end and holds(expression, here) for day in looked_at for here in videos_of(day)]
        try:
            plan = select("id").where(expression).between(start, end).windows(most).plan()
        except ValidationError:
            assert not any(meant) or all(holds(expression, here) for day in looked_at for here in videos_of(day))
            return
        asked = [
            any(made.start_date <= day <= made.end_date and selects(made.query, here) for made in plan)
            for day in looked_at
            for here in videos_of(day)
        ]
        assert asked == meant

    @given(mixed, st.sampled_from(DAYS[:-1]))
    def test_one_day_more_leaves_the_queries_of_the_others_as_they_were(self, expression, end):
        selection = select("id").where(expression)

        def of_days(last):
            try:
                plan = selection.between(BEGIN, last).plan()
            except ValidationError:
                plan = (
                    select("id").where(US).between(end + timedelta(9), end + timedelta(9)).plan()
                )  # no day to look at
            return {
                day: {query for made, query in zip(plan, plan.day_queries, strict=True) if _asks(made, day)}
                for day in (BEGIN + timedelta(n) for n in range((end - BEGIN).days + 1))
            }

        assert of_days(end) == of_days(end + timedelta(1))

    @given(mixed, st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)))
    def test_each_query_has_as_few_windows_as_its_days_need(self, expression, ends):
        start, end = min(ends), max(ends)
        try:
            plan = select("id").where(expression).between(start, end).plan()
        except ValidationError:
            return
        for query, count in plan.queries:
            own = [made for made, one in zip(plan, plan.day_queries, strict=True) if one == query]
            of_query = {
                n for n in range((end - BEGIN).days + 1) if any(_asks(made, BEGIN + timedelta(n)) for made in own)
            }
            assert count == len(windows(covered(of_query)))


def _asks(made, day):
    """Whether a request asks for a day: the day is in its window, and is not left out."""
    left_out = [one for one in made.query.not_ if one.field_name == "create_date"]
    return made.start_date <= day <= made.end_date and not any(holds(one, video(day, "US")) for one in left_out)


class TestCost:
    def test_ten_thousand_years(self):
        assert len(select("id").where(US).between("00010101", "99991231").plan()) == 117_809

    def test_ten_thousand_days_one_by_one(self):
        days = [BEGIN + timedelta(2 * n) for n in range(10_000)]
        plan = select("id").where(US, CreateDate.in_(days)).between(BEGIN, days[-1]).plan()
        assert len(plan) == -(-20_000 // 32)
