"""The truth table: a row for each kind of video that constraints tell apart."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import CreateDate, Expression, Hashtag, Keyword, Length, Username, any_of
from querydsl.compiler.constraints import Constraint, constraint, negated
from querydsl.compiler.factoring import normal_form
from querydsl.compiler.forms import constraints_of
from querydsl.compiler.truth_table import TruthTable
from tests.compiler.test_queries import small_conditions, small_expressions
from tests.worlds import distinguishable, holds


def table_of(*given: Constraint) -> TruthTable:
    table = TruthTable.of(given)
    assert table is not None
    return table


some = st.lists(small_conditions().map(constraint), min_size=1, max_size=4)


class TestRows:
    @given(some)
    def test_each_row_has_one_block_of_each_single_valued_field(self, constraints: list[Constraint]) -> None:
        table = table_of(*constraints)
        for blocks in table.blocks.values():
            assert sum(block.rows.bit_count() for block in blocks) == table.all_rows.bit_count()
            assert not any(one.rows & other.rows for one, other in combinations(blocks, 2))

    @given(some)
    def test_each_group_of_a_many_valued_field_is_carried_in_half_of_the_rows(
        self, constraints: list[Constraint]
    ) -> None:
        table = table_of(*constraints)
        for groups in table.carried.values():
            assert {2 * group.rows.bit_count() for group in groups} == {table.all_rows.bit_count()}

    @given(some)
    def test_a_constraint_and_its_opposite_split_the_rows(self, constraints: list[Constraint]) -> None:
        table = table_of(*constraints)
        for one in constraints:
            assert table.where(one) ^ table.where(negated(one)) == table.all_rows

    @given(some)
    def test_any_and_all_are_union_and_intersection(self, constraints: list[Constraint]) -> None:
        table = table_of(*constraints)
        union, intersection = 0, table.all_rows
        for one in constraints:
            union |= table.where(one)
            intersection &= table.where(one)
        assert table.where_any(constraints) == union
        assert table.where_all(constraints) == intersection

    @given(small_expressions())
    def test_an_expression_holds_nowhere_or_everywhere_as_it_does_for_videos(self, expression: Expression) -> None:
        form = normal_form(expression)
        if isinstance(form, bool):
            return
        table = table_of(*constraints_of(form))
        met = {holds(expression, video) for video in distinguishable(expression)}
        rows = table.where_form(form)
        assert (rows != 0) is (True in met)
        assert (rows != table.all_rows) is (False in met)


class TestSize:
    def test_conditions_on_different_fields_multiply(self) -> None:
        table = table_of(*map(constraint, (Hashtag == "a", Keyword == "b", Username == "c", Length == "SHORT")))  # type: ignore[arg-type]
        assert table.all_rows.bit_count() == 2**4

    def test_values_that_always_occur_together_are_one_block(self) -> None:
        table = table_of(constraint(Hashtag.in_("a", "b", "c")))  # type: ignore[arg-type]
        assert table.all_rows.bit_count() == 2

    def test_a_few_single_days_cut_the_calendar_and_many_do_not(self) -> None:
        few = table_of(constraint(CreateDate.in_("20230101", "20230110")))  # type: ignore[arg-type]
        many = table_of(constraint(CreateDate.in_(f"202301{day:02}" for day in range(1, 31, 2))))  # type: ignore[arg-type]
        assert few.all_rows.bit_count() == 5
        assert many.all_rows.bit_count() == 2

    @pytest.mark.parametrize(
        "constraints",
        [
            [constraint(Hashtag == f"h{n}") for n in range(17)],  # type: ignore[arg-type]
            [constraint(CreateDate >= f"{2000 + n // 12}{n % 12 + 1:02}01") for n in range(300)],  # type: ignore[arg-type]
            [constraint(CreateDate.in_(f"{2000 + n}{m:02}{d:02}" for m in range(1, 13) for d in range(1, 29, 2)))
             for n in range(40)],  # type: ignore[arg-type]
        ],
        ids=["too many rows", "too many cuts", "too many single days"],
    )  # fmt: skip
    def test_a_table_that_would_be_too_large_is_not_made(self, constraints: list[Constraint]) -> None:
        assert TruthTable.of(constraints) is None

    def test_as_many_rows_as_allowed_are_made(self) -> None:
        constraints = [constraint(Hashtag == f"h{n}") for n in range(5)]  # type: ignore[arg-type]
        assert TruthTable.of(constraints, most=32) is not None
        assert TruthTable.of(constraints, most=31) is None


def test_blocks_of_days_are_in_each_set_as_a_whole_or_not_at_all() -> None:
    expression = any_of(CreateDate.between("20230101", "20230110"), CreateDate == "20230105", CreateDate > "20230201")
    form = normal_form(expression)
    assert isinstance(form, Constraint)
    table = table_of(form, constraint(CreateDate == "20230105"))  # type: ignore[arg-type]
    assert len(table.blocks["create_date"]) == 6


class TestKinds:
    @given(some, st.lists(st.integers(0, 10**6), min_size=1, max_size=5))
    def test_the_rows_of_the_kinds_of_some_rows_are_those_like_them_in_that_field(
        self, constraints: list[Constraint], numbers: list[int]
    ) -> None:
        table = table_of(*constraints)
        rows = sum({1 << number % table.all_rows.bit_length() for number in numbers})
        for field in table.layouts:
            kinds = table.kinds(field, rows)
            pieces = [one.rows for one in (*table.blocks.get(field, ()), *table.carried.get(field, ()))]
            like = {tuple(bool(piece >> n & 1) for piece in pieces) for n in range(rows.bit_length()) if rows >> n & 1}
            for n in range(table.all_rows.bit_length()):
                is_like = tuple(bool(piece >> n & 1) for piece in pieces) in like
                assert bool(table.rows_of(field, kinds) >> n & 1) is is_like

    def test_with_more_and_with_fewer_values(self) -> None:
        table = table_of(*(Constraint("hashtag_name", frozenset([name])) for name in "abc"))
        a, b, c = (group.rows for group in table.carried["hashtag_name"])
        assert table.with_more("hashtag_name", a & b & ~c) == a & b
        assert table.with_fewer("hashtag_name", a & b & ~c) == table.all_rows & ~c
        assert table.without_one("hashtag_name", a & b & c) == (a & b & ~c) | (a & ~b & c) | (~a & b & c)
