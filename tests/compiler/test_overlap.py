"""Terms that share rows are changed to share fewer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import Expression, Hashtag, Keyword, Length, Region, to_queries
from querydsl.compiler import overlap
from querydsl.compiler.overlap import narrowed, own_rows
from tests.benchmarks import realistic
from tests.compiler.test_queries import small_expressions
from tests.compiler.test_set_cover import search_for
from tests.worlds import selects

A, B, C, D = (Hashtag == name for name in "abcd")
K, L = Keyword == "qk", Keyword == "ql"


def union(sets: list[int]) -> int:
    found = 0
    for one in sets:
        found |= one
    return found


class TestOwnRows:
    @given(st.lists(st.integers(0, 255), max_size=6))
    def test_the_own_rows_of_a_set_are_those_that_no_other_has(self, sets: list[int]) -> None:
        others = [union(sets[:n] + sets[n + 1 :]) for n in range(len(sets))]
        assert own_rows(sets) == [rows & ~other for rows, other in zip(sets, others, strict=True)]


class TestNarrowed:
    @given(small_expressions())
    def test_narrowed_terms_have_the_same_union_and_share_no_more(self, expression: Expression) -> None:
        search = search_for(expression)
        if search is None:
            return
        sets = [search.where(term) for term in search.cover([], 100)]
        found = narrowed(search.implicants, sets, None)
        assert len(found) == len(sets)
        assert union(found) == search.meant
        assert all(not after & ~before for after, before in zip(found, sets, strict=True))
        assert all(map(search.implicants.is_term, found))

    def test_a_term_gives_up_what_another_covers(self) -> None:
        expression = (A & ~K) | (K & (Region == "DE")) | (K & (Length == "MID")) | (K & ~L)
        search = search_for(expression)
        assert search is not None
        wide = [search.where(term) for term in search.cover([], 100)]
        assert len(wide) == 3
        assert sum(map(int.bit_count, wide)) > search.meant.bit_count()
        assert sum(map(int.bit_count, narrowed(search.implicants, wide, None))) == search.meant.bit_count()

    def test_it_never_lists_most_of_a_table_to_save_a_few_videos(self) -> None:
        """A video from a region that is not in the tables meets the second part, and a list would lose it."""
        expression = (A & K) | (C & D & (Length == "SHORT")) | (~A & ~B & (Region == "US")) | (B & L)
        for query in to_queries(expression):
            assert all(len(condition.field_values) < 3 for condition in (*query.and_, *query.or_))

    def test_disjoint_terms_stay_unchanged(self) -> None:
        search = search_for(((Region == "US") & A & K) | ((Region == "JP") & B & L) | ((Region == "FR") & C))
        assert search is not None
        sets = [search.where(term) for term in search.cover([], 100)]
        assert narrowed(search.implicants, sets, None) == sets

    def test_after_as_many_tries_as_it_may_take_it_keeps_the_pair(self, monkeypatch: pytest.MonkeyPatch) -> None:
        search = search_for((A | K) & (B | L))
        assert search is not None
        sets = [search.where(term) for term in search.cover([], 10)]
        monkeypatch.setattr(overlap, "MAX_TRIES", 0)
        assert union(narrowed(search.implicants, sets, search._conjunctions)) == search.meant


def test_few_videos_of_realistic_expressions_are_in_two_queries() -> None:
    """It was 15 % before terms were narrowed."""
    matching = twice = 0
    for sample in (one for one in realistic.samples(40) if one.world.size <= 300):
        queries = to_queries(sample.expression)
        found = [sum(selects(query, sample.world.video(row)) for query in queries) for row in sample.world.rows()]
        matching += sum(map(bool, found))
        twice += sum(count > 1 for count in found)
    assert twice <= 0.06 * matching
