"""The search for the fewest terms whose union is a set of rows."""

from __future__ import annotations

import random
from functools import reduce
from itertools import combinations
from operator import or_

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import Expression, Hashtag, Keyword, Length, Region, Username, to_queries
from querydsl.compiler import implicants, set_cover
from querydsl.compiler.constraints import Constraint
from querydsl.compiler.factoring import normal_form
from querydsl.compiler.forms import Compound, constraints_of
from querydsl.compiler.set_cover import CoverSearch
from querydsl.compiler.terms import Term, terms
from querydsl.compiler.truth_table import TruthTable
from tests.benchmarks import optimality
from tests.compiler.test_queries import calls, small_expressions
from tests.worlds import distinguishable, holds, selects

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


def rows_of_terms(table: TruthTable, found: list[Term]) -> int:
    union = 0
    for term in found:
        inside = table.where_all(term.constraints)
        union |= inside & table.where_any(term.clause) if term.clause else inside
    return union


def rows(search: CoverSearch, found: list[Term]) -> int:
    return rows_of_terms(search.table, found)


class TestSingleTerm:
    @given(small_expressions())
    def test_it_is_exactly_the_target(self, expression: Expression) -> None:
        search = search_for(expression)
        if search is not None:
            term = search.single_term(search.meant)
            assert term is None or search.where(term) == search.meant

    @given(small_expressions())
    def test_if_the_normal_form_has_one_term_it_is_found(self, expression: Expression) -> None:
        search = search_for(expression)
        form = normal_form(expression)
        if search is not None and isinstance(form, (Compound, Constraint)) and len(terms(form, 1_000)) == 1:
            assert search.single_term(search.meant) is not None

    def test_not_both_of_two_hashtags_is_no_single_term(self) -> None:
        search = search_for(~(A & B))
        assert search is not None
        assert search.single_term(search.meant) is None


class TestCover:
    @given(small_expressions())
    def test_the_union_of_the_terms_is_exactly_the_wanted_rows(self, expression: Expression) -> None:
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
        assert len(search._widened_cover([], 1)) == 2

    @pytest.mark.parametrize("name", optimality.SETTINGS)
    def test_without_the_list_of_all_prime_implicants_it_finds_the_fewest_of_three_conditions(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(set_cover, "MAX_CONJUNCTIONS", 1)
        monkeypatch.setattr(set_cover, "_MAX_ALONE", 0)
        assert {more for _, more, _ in optimality.shortfalls(optimality.SETTINGS[name][:3])} == {0}

    @pytest.mark.parametrize("name", optimality.SETTINGS)
    def test_without_the_list_it_often_finds_the_fewest_of_four_conditions(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(set_cover, "MAX_CONJUNCTIONS", 1)
        monkeypatch.setattr(set_cover, "_MAX_ALONE", 0)
        more = [more for _, more, _ in optimality.shortfalls(optimality.SETTINGS[name], every=401)]
        assert sum(more) <= len(more) / 50

    def test_without_attempts_left_it_is_still_a_cover(self, monkeypatch: pytest.MonkeyPatch) -> None:
        expression = (A & K) | (B & L) | (C & US) | (~A & SHORT & ~L) | (B & C & ~K)
        search = search_for(expression)
        assert search is not None
        monkeypatch.setattr(set_cover, "MAX_TRIES", 0)
        assert rows(search, search.cover([], 100)) == search.meant

    def test_a_term_that_would_take_too_many_conditions_is_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It once crashed: the rest of the second term takes seven conditions on hashtags."""
        monkeypatch.setattr(implicants, "MAX_REQUIRED", 6)
        tags = [Hashtag == f"h{n}" for n in range(6)]
        expression = ((tags[4] | tags[0]) & K) | (tags[2] & tags[0]) | (tags[3] & tags[5] & tags[4] & tags[1])
        search = search_for(expression)
        assert search is not None
        assert rows(search, search.disjoint(search.cover([], 100))) == search.meant
        queries = to_queries(expression)
        for video in distinguishable(expression):
            assert any(selects(query, video) for query in queries) == holds(expression, video)

    def test_the_work_grows_with_the_number_of_terms(self) -> None:
        """The parity of n conditions takes 2 ** (n - 1) terms: for eleven conditions four times as many as for nine."""

        def work(count: int) -> int:
            parity: Expression = A
            for n in range(count - 1):
                atom = Hashtag == f"h{n}"
                parity = (parity & ~atom) | (~parity & atom)
            return calls(lambda: len(to_queries(parity, limit=2_000)))

        assert work(11) < 8 * work(9)

    @given(st.integers(1, (1 << 32) - 2), st.integers(1, (1 << 32) - 1))
    def test_each_term_on_five_hashtags_is_within_a_prime_implicant(self, meant: int, some: int) -> None:
        table = TruthTable.of(Constraint("hashtag_name", frozenset([name])) for name in "abcde")
        assert table is not None
        search = CoverSearch(table, meant)
        primes = search._primes()
        assert primes is not None
        assert all(search.implicants.is_term(prime) and not prime & ~meant for prime in primes)
        target = search.implicants.hull(some & meant) if some & meant else 0
        assert not search.implicants.holds(target) or any(not target & ~prime for prime in primes)


class TestDisjoint:
    @pytest.mark.parametrize(
        "expression",
        [~(A & B), (A & K) | (B & L), (A & (K | L)) | (US & K)],
        ids=repr,
    )
    def test_two_terms_share_no_row_if_possible(self, expression: Expression) -> None:
        search = search_for(expression)
        assert search is not None
        first, second = search.disjoint(search.cover([], 10))
        assert search.where(first) & search.where(second) == 0


class TestSmallestCover:
    @pytest.mark.parametrize(
        ("sets", "count"),
        [([0b1111], 1), ([0b0011, 0b1100, 0b0110], 2), ([0b0111, 0b1110, 0b1011], 2), ([1, 2, 4, 8], 4)],
        ids=str,
    )
    def test_as_few_sets_as_have_every_bit(self, sets: list[int], count: int) -> None:
        chosen = set_cover._smallest_cover(sets, 0b1111)
        assert len(chosen) == count
        assert 0b1111 == sum({bit for one in chosen for bit in (1, 2, 4, 8) if one & bit})

    @given(st.lists(st.integers(1, 255), min_size=1, max_size=9, unique=True))
    def test_no_fewer_sets_have_every_bit(self, sets: list[int]) -> None:
        whole = reduce(or_, sets)
        chosen = set_cover._smallest_cover(sets, whole)
        assert set(chosen) <= set(sets)
        assert reduce(or_, chosen) == whole
        fewer = combinations(sets, len(chosen) - 1) if len(chosen) > 1 else ()
        assert not any(reduce(or_, some) == whole for some in fewer)

    def test_without_steps_left_it_is_still_a_cover(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(set_cover, "MAX_STEPS", 0)
        sets = [0b011110, 0b000111, 0b111000, 0b100001]
        chosen = set_cover._smallest_cover(sets, 0b111111)
        assert all(any(one >> bit & 1 for one in chosen) for bit in range(6))
