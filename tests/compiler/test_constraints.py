"""Constraints on one field: how they merge, and the conditions that express them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import Condition, CreateDate, EffectId, Expression, Hashtag, Keyword, Length, Query, Region, Username
from querydsl.compiler.constraints import (
    Constraint,
    alternatives,
    and_not,
    conjoined,
    constraint,
    disjoined,
    fits_and,
    fits_or,
    negated,
)
from querydsl.language.expressions import Not, all_of, any_of
from tests.compiler.test_queries import small_conditions
from tests.worlds import distinguishable, holds, selects

signed = st.tuples(small_conditions(), st.booleans())


def written(condition: Condition, positive: bool) -> Expression:
    return condition if positive else ~condition


def query_of(given: Constraint) -> Query:
    lists = and_not(given, {})
    assert lists is not None
    return Query(and_=lists[0], not_=lists[1])


class TestMerging:
    @given(st.lists(signed, min_size=1, max_size=4))
    def test_conjoined_constraints_hold_if_all_of_them_hold(self, parts: list[tuple[Condition, bool]]) -> None:
        merged = conjoined(constraint(*part) for part in parts)
        whole = all_of(written(*part) for part in parts)
        if merged is None or all(map(fits_and, merged)):
            for video in distinguishable(whole):
                met = merged is not None and all(selects(query_of(one), video) for one in merged)
                assert met is holds(whole, video)

    @given(st.lists(signed, min_size=1, max_size=4))
    def test_disjoined_constraints_hold_if_one_of_them_holds(self, parts: list[tuple[Condition, bool]]) -> None:
        merged = disjoined(constraint(*part) for part in parts)
        whole = any_of(written(*part) for part in parts)
        if merged is None or all(map(fits_and, merged)):
            for video in distinguishable(whole):
                met = merged is None or any(selects(query_of(one), video) for one in merged)
                assert met is holds(whole, video)

    @given(st.lists(signed, max_size=4))
    def test_merging_again_changes_nothing(self, parts: list[tuple[Condition, bool]]) -> None:
        once = conjoined(constraint(*part) for part in parts)
        if once is not None:
            assert conjoined(once) == once

    @given(signed)
    def test_a_constraint_and_its_opposite_are_a_constant(self, part: tuple[Condition, bool]) -> None:
        one = constraint(*part)
        assert negated(negated(one)) == one
        assert conjoined([one, negated(one)]) is None
        assert disjoined([one, negated(one)]) is None

    def test_no_constraints_give_an_empty_list(self) -> None:
        assert conjoined([]) == disjoined([]) == []
        assert conjoined([constraint(Condition("video_length", "IN", ["SHORT", "MID", "LONG", "EXTRA_LONG"]))]) == []

    @pytest.mark.parametrize(
        ("parts", "merged"),
        [
            ([Hashtag == "a", Hashtag.in_("a", "b")], [Hashtag == "a"]),
            ([Hashtag.in_("a", "b"), ~(Hashtag == "b")], [~(Hashtag == "b"), Hashtag == "a"]),
            ([~(EffectId == 1), ~(EffectId == 2)], [~EffectId.in_(1, 2)]),
            ([Keyword == "a", Keyword == "b"], [Keyword == "a", Keyword == "b"]),
        ],
        ids=str,
    )
    def test_many_valued_constraints_merge(self, parts: list[Expression], merged: list[Expression]) -> None:
        def said(terms: list[Expression]) -> list[Constraint]:
            return [
                constraint(term.term, False) if isinstance(term, Not) else constraint(term)  # type: ignore[arg-type]
                for term in terms
            ]

        assert conjoined(said(parts)) == said(merged)


class TestConditions:
    @given(signed)
    def test_conditions_for_and_and_not_mean_exactly_the_constraint(self, part: tuple[Condition, bool]) -> None:
        one = constraint(*part)
        if not fits_and(one):
            assert and_not(one, {}) is None
            return
        lists = and_not(one, {})
        assert lists is not None
        for video in distinguishable(part[0]):
            met = all(holds(each, video) for each in lists[0]) and not any(holds(each, video) for each in lists[1])
            assert met is holds(written(*part), video)

    @given(signed)
    def test_conditions_for_or_mean_exactly_the_constraint(self, part: tuple[Condition, bool]) -> None:
        one = constraint(*part)
        found = alternatives(one, {})
        assert fits_or(one) is (found is not None)
        for video in distinguishable(part[0]) if found is not None else ():
            assert any(holds(each, video) for each in found or ()) is holds(written(*part), video)

    @pytest.mark.parametrize(
        ("one", "and_", "not_"),
        [
            (negated(constraint(Username.in_("b", "a"))), [], [Username.in_("a", "b")]),
            (negated(constraint(Length == "SHORT")), [], [Length == "SHORT"]),
            (constraint(Region.in_("US", "FR")), [], None),
            (negated(constraint(CreateDate == "20230105")), [], [CreateDate == "20230105"]),
            (constraint(CreateDate >= "20230105"), [CreateDate >= "20230105"], []),
        ],
        ids=["not names", "not a length", "regions nobody named", "not a day", "from a day"],
    )
    def test_a_not_is_preferred_to_a_complement(
        self, one: Constraint, and_: list[Condition], not_: list[Condition] | None
    ) -> None:
        lists = and_not(one, {})
        assert lists is not None
        assert lists[0] == and_
        assert not_ is None or lists[1] == not_

    def test_a_long_gap_fits_in_neither_list(self) -> None:
        gaps = disjoined(
            map(constraint, (CreateDate.in_("20230101", "20230102"), CreateDate >= "20230601"))  # type: ignore[arg-type]
        )
        assert gaps is not None
        assert not fits_and(gaps[0])
        assert fits_or(gaps[0])
        both = conjoined([gaps[0], constraint(CreateDate <= "20231231")])  # type: ignore[arg-type]
        assert both is not None
        assert not fits_and(both[0])
        assert not fits_or(both[0])
