"""The rests of an expression on each day, compared with deciding each day separately."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import (
    Condition,
    CreateDate,
    Expression,
    Hashtag,
    Keyword,
    NeedsSeveralQueries,
    Query,
    Region,
    ValidationError,
    all_of,
    any_of,
    parse,
)
from querydsl.language.expressions import And, Not, Or, conditions
from querydsl.planning.days import by_query, rests, stretches
from querydsl.spec.value_sets import Spans, days
from tests.language.test_expressions import steps
from tests.worlds import holds

BEGIN = date(2023, 1, 1)
DAYS = [BEGIN + timedelta(n) for n in (0, 1, 2, 5, 29, 30, 31, 32, 61, 62, 100)]
A, K, US = Hashtag == "a", Keyword == "qk", Region == "US"

dated = st.one_of(
    st.sampled_from(DAYS).flatmap(
        lambda day: st.sampled_from(
            [CreateDate == day, CreateDate < day, CreateDate <= day, CreateDate > day, CreateDate >= day]
        )
    ),
    st.sets(st.sampled_from(DAYS), min_size=1).map(lambda some: CreateDate.in_(sorted(some))),
    st.sampled_from([Condition("create_date", "LT", ["00010101"]), Condition("create_date", "LTE", ["99991231"])]),
)
expressions = st.recursive(
    st.one_of(dated, dated, st.sampled_from([A, K, US])),
    lambda inner: st.one_of(
        inner.map(lambda one: ~one),
        st.lists(inner, min_size=2, max_size=3).map(all_of),
        st.lists(inner, min_size=2, max_size=3).map(any_of),
    ),
    max_leaves=7,
)


def decided(expression: Expression, day: date) -> Expression | bool:
    """The rest of an expression on a day, computed directly."""
    if isinstance(expression, Condition):
        if expression.field_name != "create_date":
            return expression
        moment = datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc)
        return holds(expression, {"create_time": int(moment.timestamp())})
    if isinstance(expression, Not):
        inner = decided(expression.term, day)
        return not inner if isinstance(inner, bool) else ~inner
    assert isinstance(expression, (And, Or))
    terms = [decided(term, day) for term in expression.terms]
    decisive = isinstance(expression, Or)
    if decisive in terms:
        return decisive
    left = [term for term in terms if not isinstance(term, bool)]
    return (any_of(left) if decisive else all_of(left)) if left else not decisive


def left_on(expression: Expression, day: date) -> Expression | bool:
    [rest] = [rest for rest, held in rests(expression).items() if held.overlaps(days(day, day))]
    return rest


class TestRests:
    @given(expressions)
    def test_rests_equal_deciding_each_day_separately(self, expression: Expression) -> None:
        for day in (*DAYS, BEGIN - timedelta(1), BEGIN + timedelta(3), BEGIN + timedelta(500)):
            assert left_on(expression, day) == decided(expression, day)

    @given(expressions)
    def test_no_condition_on_create_date_is_left(self, expression: Expression) -> None:
        for rest in rests(expression):
            if not isinstance(rest, bool):
                assert all(condition.field_name != "create_date" for condition in conditions(rest))

    @given(expressions)
    def test_each_day_of_the_calendar_leaves_one(self, expression: Expression) -> None:
        spans = sorted(span for held in rests(expression).values() for span in held.spans)
        assert spans[0][0] == date.min.toordinal()
        assert spans[-1][1] == date.max.toordinal()
        assert all(after == before + 1 for (_, before), (after, _) in pairwise(spans))

    def test_without_conditions_on_days_it_is_the_expression_as_written(self) -> None:
        expression = parse("not (hashtag_name == 'a' and keyword == 'qk') or region_code == 'US'")
        [(rest, held)] = rests(expression).items()
        assert (rest, held.is_full) == (expression, True)

    def test_equal_rests_are_one_in_any_spelling(self) -> None:
        expression = ((CreateDate == "20230101") & A) | ((CreateDate == "20230301") & A)
        assert list(rests(expression)) == [False, A]

    def test_thousands_of_days_may_each_leave_something_else(self) -> None:
        alternatives = [(CreateDate == BEGIN + timedelta(2 * n)) & (Hashtag == f"h{n}") for n in range(3_000)]
        left = rests(any_of(alternatives))
        assert len(left) == 3_001
        several = [*alternatives[:50], *(Keyword == f"k{n}" for n in range(3_000))]
        assert len(rests(any_of(several))) == 51


def nested(levels: int) -> Expression:
    """An expression in which each level has one more day with another rest."""
    expression: Expression = A
    for n in range(levels):
        day = BEGIN + timedelta(n)
        expression = (expression & (CreateDate != day)) | ((CreateDate == day) & (Hashtag == f"h{n}"))
    return expression


def test_the_steps_grow_with_the_levels() -> None:
    assert len(rests(nested(200))) == 201
    assert steps(lambda: rests(nested(400))) < 3 * steps(lambda: rests(nested(200)))


ASKED = days(BEGIN, date(2023, 12, 31))


def as_sets(query: Query) -> object:
    """A query without the order of its lists and of their values."""
    return tuple(
        frozenset((one.field_name, one.operation, frozenset(one.field_values)) for one in conditions)
        for conditions in (query.and_, query.or_, query.not_)
    )


class TestStretches:
    def test_each_stretch_has_the_queries_of_its_rest(self) -> None:
        expression = (A & (CreateDate < "20230201")) | (A & K)
        first, second = stretches(expression, ASKED, 100)
        assert first.queries == ((Query([A]), days(BEGIN, date(2023, 1, 31))),)
        assert second.queries == ((Query([A, K]), days(date(2023, 2, 1), date(2023, 12, 31))),)

    def test_only_days_asked_for_are_compiled(self) -> None:
        costly = all_of((Hashtag == f"h{n}") | (Keyword == f"k{n}") for n in range(60))
        expression = ((CreateDate < "20200101") & costly) | ((CreateDate >= "20200101") & A)
        [only] = stretches(expression, ASKED, 100)
        assert only.rest == A
        with pytest.raises(NeedsSeveralQueries):
            stretches(expression, days(date(2019, 1, 1), date(2023, 1, 1)), 100)

    @pytest.mark.parametrize(
        ("expression", "query"),
        [
            (CreateDate == "20230105", Query([CreateDate == "20230105"])),
            (CreateDate >= "20230105", Query([CreateDate >= "20230105"])),
            (CreateDate.in_("20230105", "20230109"), Query([CreateDate >= "20230105", CreateDate <= "20230109"])),
            (~(CreateDate == "20230105"), Query(not_=[CreateDate == "20230105"])),
            ((CreateDate > "20230105") & (US | ~US), Query([CreateDate >= "20230106"])),
        ],
        ids=repr,
    )
    def test_for_every_video_of_some_days_the_query_is_a_condition_on_days(
        self, expression: Expression, query: Query
    ) -> None:
        [only] = stretches(expression, ASKED, 100)
        assert [one for one, _ in only.queries] == [query]

    def test_a_gap_that_no_window_spans_parts_the_days(self) -> None:
        outside = ~CreateDate.between("20230301", "20230430")
        [only] = stretches(outside, ASKED, 100)
        assert [query for query, _ in only.queries] == [
            Query([CreateDate <= "20230228"]),
            Query([CreateDate >= "20230501"]),
        ]

    @pytest.mark.parametrize("first", [BEGIN, date(2023, 1, 20)], ids=["all days", "some days"])
    def test_a_tautology_is_one_rest_in_any_spelling(self, first: date) -> None:
        expression = ((CreateDate <= "20230115") & (A | ~A)) | CreateDate.between("20230116", "20230212")
        [only] = stretches(expression, days(first, date(2023, 12, 31)), 100)
        assert only.queries == ((Query([CreateDate <= "20230212"]), days(first, date(2023, 2, 12))),)

    @pytest.mark.parametrize("first", [BEGIN, date(2023, 6, 1)], ids=["all days", "one part"])
    def test_a_tautology_on_each_day_is_refused(self, first: date) -> None:
        with pytest.raises(ValidationError, match="every video matches"):
            stretches((CreateDate > "20230104") | A | ~A, days(first, date(2023, 12, 31)), 100)

    def test_a_contradiction_on_each_day_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="no video can match"):
            stretches((CreateDate > "20230104") & A & ~A, ASKED, 100)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (Region.in_("US", "JP"), Region.in_("JP", "US")),
            (A & K, K & A),
            (A | K, K | A),
            (~A & ~K & US, US & ~K & ~A),
            (Condition("hashtag_name", "IN", ["a"]), A),
        ],
        ids=repr,
    )
    def test_rests_with_the_same_queries_are_one(self, before: Expression, after: Expression) -> None:
        expression = ((CreateDate < "20230105") & before) | ((CreateDate >= "20230105") & after)
        [only] = stretches(expression, ASKED, 100)
        assert only.rest == before
        assert [held for _, held in only.queries] == [ASKED] * len(only.queries)

    def test_a_query_that_two_rests_share_has_the_days_of_both(self) -> None:
        expression = (~(A & K) & (CreateDate < "20230105")) | (~A & (CreateDate >= "20230105"))
        assert by_query(stretches(expression, ASKED, 100)) == [
            (Query(not_=[A]), ASKED),
            (Query([A], (), [K]), days(BEGIN, date(2023, 1, 4))),
        ]

    @given(expressions, st.sampled_from(DAYS), st.sampled_from(DAYS))
    def test_the_queries_of_a_day_depend_on_no_other_day(self, expression: Expression, day: date, other: date) -> None:
        first, last = min(day, other), max(day, other)

        def queries(asked: Spans) -> set[object]:
            try:
                found = stretches(expression, asked, 100)
            except ValidationError:
                return set()
            alone = days(day, day)
            return {as_sets(query) for query, held in by_query(found) if held.overlaps(alone)}

        assert queries(days(day, day)) == queries(days(first, last)) == queries(days(first, last + timedelta(1)))

    @pytest.mark.parametrize(
        ("expression", "code"),
        [(US & ~US, "contradiction"), (US | ~US, "empty-query"), (CreateDate <= "99991231", "empty-query")],
        ids=repr,
    )
    def test_a_constant_on_every_day_is_refused_by_name(self, expression: Expression, code: str) -> None:
        with pytest.raises(ValidationError) as caught:
            stretches(expression, ASKED, 100)
        assert [problem.code for problem in caught.value.problems] == [code]


def test_queries_come_in_the_order_of_their_first_days() -> None:
    expression = ((CreateDate >= "20230601") & A) | ((CreateDate < "20230601") & K)
    found = by_query(stretches(expression, ASKED, 100))
    assert [query for query, _ in found] == [Query([K]), Query([A])]


def test_a_query_of_several_stretches_has_all_their_days() -> None:
    expression = (A & K) | (US & (CreateDate >= "20230601") & ~A)
    found = dict(by_query(stretches(expression, ASKED, 100)))
    assert found[Query([A, K])] == ASKED


def test_a_part_that_several_share_is_looked_at_once() -> None:
    parity: Expression = CreateDate >= "20230101"
    for n in range(100):
        one = Hashtag == f"t{n}"
        parity = (parity & ~one) | (~parity & one)
    before, after = rests(parity)
    assert before != after
