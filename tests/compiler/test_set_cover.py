"""The search for the fewest terms that together are a set of rows."""

from __future__ import annotations

import random

import pytest
from hypothesis import given

from querydsl import Expression, Hashtag, Keyword, Length, Region, Username
from querydsl.compiler import set_cover
from querydsl.compiler.constraints import Constraint
from querydsl.compiler.factoring import normal_form
from querydsl.compiler.forms import Compound, constraints_of
from querydsl.compiler.set_cover import CoverSearch
from querydsl.compiler.terms import Term, terms
from querydsl.compiler.truth_table import TruthTable
from tests.compiler.test_queries import small_expressions

A, B, C = (Hashtag == name for name in "abc")
K, L = Keyword == "qk", Keyword == "ql"
US, SHORT = Region == "US", Length == "SHORT"


def search_for(expression: Expression) -> CoverSearch | None:
    form = normal_form(expression)
    if isinstance(form, bool):
        return None
    table = TruthTable.of(constraints_of(form))
    assert table is not None
    meant = table.where_form(form)
    return None if meant in (0, table.all_rows) else CoverSearch(table, meant)


def rows(search: CoverSearch, found: list[Term]) -> int:
    union = 0
    for term in found:
        union |= search.where(term)
    return union


class TestSingleTerm:
    @given(small_expressions())
    def test_it_is_exactly_the_target(self, expression: Expression) -> None:
        search = search_for(expression)
        if search is not None:
            term = search.single_term(search.meant)
            assert term is None or search.where(term) == search.meant

    @given(small_expressions())
    def test_where_the_normal_form_has_one_term_there_is_one(self, expression: Expression) -> None:
        search = search_for(expression)
        form = normal_form(expression)
        if search is not None and isinstance(form, (Compound, Constraint)) and len(terms(form, 1_000)) == 1:
            assert search.single_term(search.meant) is not None

    def test_two_hashtags_that_must_not_come_together_are_no_term(self) -> None:
        search = search_for(~(A & B))
        assert search is not None
        assert search.single_term(search.meant) is None


class TestCover:
    @given(small_expressions())
    def test_the_terms_together_are_exactly_what_is_meant(self, expression: Expression) -> None:
        search = search_for(expression)
        if search is not None:
            found = search.cover([], 100)
            assert rows(search, found) == search.meant
            assert rows(search, search.disjoint(found)) == search.meant
            assert len(search.disjoint(found)) <= len(found)

    @given(small_expressions())
    def test_no_term_can_be_left_out(self, expression: Expression) -> None:
        search = search_for(expression)
        if search is not None:
            found = search.cover([], 100)
            for n in range(len(found)):
                assert rows(search, found[:n] + found[n + 1 :]) != search.meant

    def test_beyond_the_exact_search_there_are_never_more_than_were_given(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(set_cover, "MAX_CONJUNCTIONS", 1)
        chance = random.Random(3)
        atoms = [A, B, C, K, L, US, SHORT]
        for _ in range(50):
            some = [one if chance.random() < 0.7 else ~one for one in chance.choices(atoms, k=6)]
            expression = (some[0] & some[1]) | (some[2] & some[3]) | (some[4] & some[5])
            search, form = search_for(expression), normal_form(expression)
            if search is not None and isinstance(form, Compound):
                given_terms = terms(form, 100)
                found = search.cover(given_terms, 100)
                assert len(found) <= len(given_terms)
                assert rows(search, found) == search.meant

    def test_it_stops_soon_after_the_limit(self) -> None:
        search = search_for(~(A & B & C & (Username == "x")))
        assert search is not None
        assert len(search._greedy_cover([], 1)) == 2


class TestDisjoint:
    @pytest.mark.parametrize(
        "expression",
        [~(A & B), (A & K) | (B & L), (A & (K | L)) | (US & K)],
        ids=repr,
    )
    def test_two_terms_share_no_row_where_that_can_be_had(self, expression: Expression) -> None:
        search = search_for(expression)
        assert search is not None
        first, second = search.disjoint(search.cover([], 10))
        assert search.where(first) & search.where(second) == 0

    def test_after_as_many_tries_as_it_may_take_it_keeps_what_it_has(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(set_cover, "MAX_TRIES", 0)
        search = search_for((A | K) & (B | L))
        assert search is not None
        found = search.cover([], 10)
        assert rows(search, search.disjoint(found)) == search.meant


class TestSmallestCover:
    @pytest.mark.parametrize(
        ("sets", "count"),
        [([0b1111], 1), ([0b0011, 0b1100, 0b0110], 2), ([0b0111, 0b1110, 0b1011], 2), ([1, 2, 4, 8], 4)],
        ids=str,
    )
    def test_as_few_sets_as_have_every_bit(self, sets: list[int], count: int) -> None:
        chosen = set_cover._smallest_cover(sets, 0b1111)
        assert len(chosen) == count
        assert 0b1111 == sum({bit for n in chosen for bit in (1, 2, 4, 8) if sets[n] & bit})

    def test_without_steps_left_it_is_a_cover_still(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(set_cover, "MAX_STEPS", 0)
        sets = [0b011110, 0b000111, 0b111000, 0b100001]
        chosen = set_cover._smallest_cover(sets, 0b111111)
        assert all(any(sets[n] >> bit & 1 for n in chosen) for bit in range(6))
