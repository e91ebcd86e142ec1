"""The single table of comparisons: fields, parser and the source of an expression agree because they all use it."""

from __future__ import annotations

import operator

import pytest

from querydsl import Condition, CreateDate, Region, parse
from querydsl.language.comparisons import BY_OPERATION, COMPARISONS
from querydsl.tables import OPERATIONS, VALUES_TAKEN

OF_ONE_VALUE = [one for one in COMPARISONS.values() if one.values == 1]
PYTHON = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
DAY = "20230131"

each = pytest.mark.parametrize("comparison", COMPARISONS.values(), ids=lambda one: one.method)
each_of_one_value = pytest.mark.parametrize("comparison", OF_ONE_VALUE, ids=lambda one: one.method)


class TestComparisons:
    @each
    def test_the_method_of_a_field_makes_the_condition(self, comparison):
        condition = Condition("create_date", comparison.operation, [DAY])
        compared = getattr(CreateDate, comparison.method)(DAY)
        assert compared == (~condition if comparison.is_negated else condition)

    @each_of_one_value
    def test_the_sign_says_the_same_in_python(self, comparison):
        assert PYTHON[comparison.sign](CreateDate, DAY) == getattr(CreateDate, comparison.method)(DAY)

    @each
    def test_the_sign_says_the_same_in_text(self, comparison):
        assert parse(f"create_date {comparison.sign} '{DAY}'") == getattr(CreateDate, comparison.method)(DAY)

    @each_of_one_value
    def test_the_mirrored_comparison_says_the_same_with_the_sides_swapped(self, comparison):
        mirrored = COMPARISONS[comparison.mirrored]
        assert PYTHON[mirrored.sign](DAY, CreateDate) == getattr(CreateDate, comparison.method)(DAY)
        assert parse(f"'{DAY}' {mirrored.sign} create_date") == getattr(CreateDate, comparison.method)(DAY)

    @each
    def test_it_takes_as_many_values_as_the_operation(self, comparison):
        assert comparison.values == VALUES_TAKEN[comparison.operation]

    def test_the_source_of_a_condition_is_written_with_it(self):
        assert repr(Region.in_("US", "JP")) == "Region.in_('US', 'JP')"
        assert repr(CreateDate >= DAY) == f"CreateDate >= '{DAY}'"


class TestOperations:
    def test_each_operation_comes_from_a_comparison(self):
        assert {*BY_OPERATION} == {*OPERATIONS}
        assert not any(one.is_negated for one in BY_OPERATION.values())
