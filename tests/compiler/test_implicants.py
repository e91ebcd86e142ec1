"""Which sets of rows are a term, and how far a term can be widened: compared with every possible query."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import CreateDate, Expression, Hashtag, Keyword, Region, all_of, any_of
from querydsl.compiler import implicants
from querydsl.compiler.constraints import constraint
from querydsl.compiler.implicants import Implicants
from querydsl.compiler.truth_table import TruthTable
from querydsl.language.expressions import Condition
from tests.benchmarks import optimality
from tests.compiler.test_queries import small_expressions
from tests.compiler.test_set_cover import rows_of_terms, search_for


def table_and_queries(atoms: list[tuple[str, str]]) -> tuple[TruthTable, set[int]]:
    """The table of some conditions, and the sets of its rows that a query can select: found without the compiler."""
    constraints = {atom: constraint(Condition(atom[0], "EQ", [atom[1]])) for atom in atoms}
    table = TruthTable.of(constraints.values())
    assert table is not None
    rows = []
    for video in optimality.videos(atoms):
        met = [table.where(one) if atom in video else ~table.where(one) for atom, one in constraints.items()]
        row = table.all_rows
        for where in met:
            row &= where
        rows.append(row)
    queries = optimality.query_sets(atoms)
    return table, {sum(row for n, row in enumerate(rows) if query >> n & 1) for query in queries}


class TestTerm:
    @pytest.mark.parametrize("name", optimality.SETTINGS)
    def test_a_set_of_rows_is_a_term_exactly_if_a_query_selects_it(self, name: str) -> None:
        table, queries = table_and_queries(optimality.SETTINGS[name][:3])
        everything = Implicants(table, table.all_rows)
        for target in range(1, table.all_rows):
            term = everything.term(target)
            assert everything.is_term(target) is (term is not None) is (target in queries), target
            assert term is None or rows_of_terms(table, [term]) == target

    def test_any_two_of_six_hashtags_is_a_term(self) -> None:
        search = search_for(any_of(one & two for one, two in combinations([Hashtag == f"h{n}" for n in range(6)], 2)))
        assert search is not None
        term = search.single_term(search.meant)
        assert term is not None
        assert sorted(len(one.values) for one in term.constraints) == [5] * 6  # type: ignore[arg-type]

    def test_no_term_asks_for_any_of_these_very_often(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Any two of six hashtags take six conditions that must all hold."""
        search = search_for(any_of(one & two for one, two in combinations([Hashtag == f"h{n}" for n in range(6)], 2)))
        assert search is not None
        monkeypatch.setattr(implicants, "MAX_REQUIRED", 6)
        assert search.implicants.is_term(search.meant)
        monkeypatch.setattr(implicants, "MAX_REQUIRED", 5)
        assert search.single_term(search.meant) is None

    def test_it_names_no_day_that_was_not_written(self) -> None:
        """Days with a gap of more than a month cannot be a single condition that must hold."""
        gap = ~CreateDate.between("20230105", "20230310")
        search = search_for((gap & (Hashtag == "a") & (Keyword == "k")) | (gap & (Hashtag == "b")))
        assert search is not None
        term = search.single_term(search.meant)
        assert term is None or all(one.field != "create_date" for one in term.constraints)


class TestHull:
    @pytest.mark.parametrize("name", optimality.SETTINGS)
    def test_the_hull_is_the_intersection_of_all_conjunctions_around_the_target(self, name: str) -> None:
        table, _ = table_and_queries(optimality.SETTINGS[name][:3])
        everything = Implicants(table, table.all_rows)
        sets = [group.rows for groups in table.carried.values() for group in groups]
        sets += [block.rows for blocks in table.blocks.values() for block in blocks]
        anys = [one | other for one, other in combinations(sets, 2)]
        for target in range(1, table.all_rows):
            hull = everything.hull(target)
            assert not target & ~hull
            assert everything.hull(hull) == hull
            for rows in (*sets, *(table.all_rows & ~one for one in sets)):
                assert target & ~rows or not hull & ~rows
            for rows in anys if len(table.carried) == 1 and not table.blocks else []:
                assert target & ~rows or not hull & ~rows


class TestWidened:
    @given(small_expressions(), st.randoms(use_true_random=False))
    def test_it_is_a_term_that_has_the_target_and_only_rows_that_are_meant(
        self, expression: Expression, chance: random.Random
    ) -> None:
        search = search_for(expression)
        if search is None:
            return
        fields = chance.sample(sorted(search.table.layouts), len(search.table.layouts))
        row = 1 << chance.choice([n for n in range(search.meant.bit_length()) if search.meant >> n & 1])
        wide = search.implicants.widened(row, fields)
        assert row & wide
        assert not wide & ~search.meant
        assert search.implicants.is_term(wide)

    @pytest.mark.parametrize("name", optimality.SETTINGS)
    def test_there_is_one_exactly_if_a_query_has_the_target_and_only_rows_that_are_meant(self, name: str) -> None:
        table, queries = table_and_queries(optimality.SETTINGS[name][:3])
        chance = random.Random(1)
        for meant in chance.sample(range(1, table.all_rows), 40):
            within = Implicants(table, meant)
            for target in (some for some in range(1, table.all_rows) if not some & ~meant):
                wide = within.widened(target)
                can_be = any(not target & ~query and not query & ~meant for query in queries)
                assert within.holds(target) is (wide != 0) is can_be
                assert not wide or (wide in queries and not target & ~wide)

    def test_a_value_joins_those_that_were_asked_for(self) -> None:
        """(US or JP, with a) is wider than the term of one video from the US."""
        search = search_for((Region.in_("US", "JP") & (Hashtag == "a")) | ((Region == "FR") & (Hashtag == "b")))
        assert search is not None
        us = search.table.where(constraint(Region == "US"))
        wide = search.implicants.widened(us & search.meant)
        assert wide == search.table.where(constraint(Region.in_("US", "JP"))) & search.table.where(
            constraint(Hashtag == "a")
        )

    def test_the_widest_term_on_one_many_valued_field_uses_all_other_values(self) -> None:
        tags = [Hashtag == name for name in "abc"]
        search = search_for(any_of(all_of(tags[:2]), ~tags[2]))
        assert search is not None
        primes = {search.implicants.widest_without("hashtag_name", absent) for absent in range(8)}
        for target in range(1, search.table.all_rows + 1):
            if search.implicants.holds(target):
                assert any(not target & ~prime for prime in primes)
