"""Expressions: values that combine, compare by structure, and print as the Python that builds them."""

from __future__ import annotations

import copy
import functools
import itertools
import operator
import pickle
import sys
from collections.abc import Callable
from enum import Enum
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import querydsl
from querydsl import (
    Condition,
    CreateDate,
    Expression,
    Keyword,
    Region,
    ValidationError,
    all_of,
    any_of,
    none_of,
    parse,
    validate,
)
from querydsl.language.expressions import MAX_ITEMS, conditions, from_prefix, prefix, source
from querydsl.tables import OPERATIONS
from tests import documents, strategies

CAT, DOG, US = Keyword == "cat", Keyword == "dog", Region == "US"
DEEP = 50_000
MANY = 10_000
PUBLIC = {name: getattr(querydsl, name) for name in querydsl.__all__}

expressions = strategies.expressions


def deep(depth: int) -> Expression:
    """An expression in which ~, & and | alternate, so that nothing in it can be flattened."""
    expression: Expression = CAT
    for level in range(depth // 3):
        expression = ~((expression | US) & DOG) if level % 2 else ~(DOG & (US | expression))
    return expression


@pytest.fixture(scope="module")
def pair() -> tuple[Expression, Expression]:
    """Two very deep expressions, equal but built separately."""
    return deep(DEEP), deep(DEEP)


def from_the_right(combine: Callable[[Expression, Expression], Expression], terms: list[Expression]) -> Expression:
    return functools.reduce(lambda right, left: combine(left, right), reversed(terms))


def steps(work: Callable[[], object]) -> int:
    """How many lines of Python run: a measure of cost that does not depend on the machine."""
    lines = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Callable[..., object]:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines


class TestCombining:
    @given(expressions, expressions, expressions)
    def test_it_is_associative(self, a, b, c):
        assert a & (b & c) == (a & b) & c == all_of(a, b, c) == all_of([a, all_of(b, c)])
        assert a | (b | c) == (a | b) | c == any_of(a, b, c) == any_of([a, any_of(b, c)])

    @given(expressions)
    def test_two_negations_cancel(self, a):
        assert ~~a == a

    @given(st.lists(expressions, min_size=1, max_size=4))
    def test_none_of_is_the_negation_of_any_of(self, terms):
        assert none_of(terms) == none_of(*terms) == ~any_of(terms)

    @given(expressions)
    def test_a_group_of_one_is_that_one(self, a):
        assert all_of(a) == any_of([a]) == a

    def test_order_is_kept_as_written(self):
        assert (DOG & CAT) != (CAT & DOG)
        assert list(conditions(DOG | ~(US & CAT) | DOG)) == [DOG, US, CAT, DOG]

    @pytest.mark.parametrize("combine", [all_of, any_of, none_of])
    @pytest.mark.parametrize(
        "kind", [tuple, list, dict.fromkeys, iter, lambda terms: (term for term in terms)],
        ids=["tuple", "list", "dict", "iterator", "generator"],
    )  # fmt: skip
    def test_several_terms_may_come_as_one_iterable(self, combine, kind):
        assert combine(kind([CAT, DOG])) == combine(CAT, DOG)

    @pytest.mark.parametrize("combine", [all_of, any_of, none_of])
    @pytest.mark.parametrize("nothing", [[()], [[]], [iter(())], []], ids=["tuple", "list", "iterator", "no argument"])
    def test_an_empty_list_cannot_be_combined(self, combine, nothing):
        with pytest.raises(ValidationError) as refusal:
            combine(*nothing)
        text = f"{combine.__name__}(): there is nothing to combine; give at least one expression"
        assert str(refusal.value) == text

    @pytest.mark.parametrize(
        ("terms", "shown"),
        [
            (["cats"], "'cats'"),
            ([None], "null"),
            ([CAT, "US"], "'US'"),
            ([CAT, [DOG]], "a list"),
            ([[CAT, 7]], "7"),
            ([Region], "Region"),
            ([CAT, CAT & ~Region], "(Keyword == 'cat') & ~Region"),
        ],
        ids=["a text", "nothing", "a value", "a second list", "a value in a list", "a field", "a pending field"],
    )
    def test_only_expressions_combine(self, terms, shown):
        with pytest.raises(TypeError) as refusal:
            any_of(*terms)
        text = f"any_of({shown}): it takes expressions, such as Region == 'US', or one iterable of them"
        assert str(refusal.value) == text

    @pytest.mark.parametrize("combine", [all_of, any_of, none_of])
    def test_an_endless_iterable_is_refused(self, combine):
        with pytest.raises(ValidationError) as refusal:
            combine(itertools.repeat(CAT))
        assert str(refusal.value) == f"{combine.__name__}(…): more than {MAX_ITEMS:,} of them; give fewer"


class TestConditions:
    @given(strategies.conditions)
    def test_it_holds_the_documents_own_form(self, condition):
        assert Condition(**condition.to_dict()) == condition
        assert all(type(value) is str for value in condition.field_values)

    @pytest.mark.parametrize("kind", [tuple, list, iter], ids=["tuple", "list", "iterator"])
    def test_values_come_in_any_iterable(self, kind):
        assert Condition("keyword", "IN", kind(["a", "b"])).field_values == ("a", "b")

    @pytest.mark.parametrize(
        ("parts", "subject", "codes"),
        [
            (("region_code", "EQ", ["UK"]), "Region == 'UK'", ["region-code"]),
            (("keyword", "GT", ["a"]), "Keyword > 'a'", ["operation-for-field"]),
            (("keyword", "IN", []), "Keyword.in_()", ["value-count"]),
            (("video_id", "IN", ["1", "01", 1]), "VideoId.in_('1', '01', 1)", ["id", "type"]),
            (("keyword", "EQ", ["a", "b"]), "Condition('keyword', 'EQ', ('a', 'b'))", ["value-count"]),
            (("keyword", "EQ", "cat"), "Condition('keyword', 'EQ', 'cat')", ["type"]),
            (("Keyword", "==", None), "Condition('Keyword', '==', null)", ["field-name", "operation", "type"]),
        ],
        ids=["value", "operation", "no value", "two values", "two for EQ", "no list", "everything"],
    )
    def test_a_wrong_one_cannot_exist(self, parts, subject, codes):
        with pytest.raises(ValidationError) as refusal:
            Condition(*parts)
        assert (refusal.value.subject, [problem.code for problem in refusal.value.problems]) == (subject, codes)

    @given(
        st.sampled_from(strategies.FIELD_NAMES) | documents.junk,
        st.sampled_from(OPERATIONS) | documents.junk,
        st.lists(documents.junk, max_size=3) | documents.junk,
    )
    def test_it_is_refused_exactly_when_a_document_with_it_would_be(self, field_name, operation, values):
        parts = {"field_name": field_name, "operation": operation, "field_values": values}
        wrong = [problem for problem in validate({"and": [parts]}, kind="query") if problem.severity == "error"]
        try:
            Condition(**parts)
            refused = 0
        except ValidationError as refusal:
            refused = len(refusal.problems)
        assert refused == len(wrong)

    def test_an_endless_iterable_of_values_is_refused(self):
        with pytest.raises(ValidationError) as refusal:
            Condition("keyword", "IN", itertools.repeat("cat"))
        assert str(refusal.value) == "Condition(…): more than 1,000,000 of them; give fewer"

    def test_the_member_of_a_text_enum_is_its_text(self):
        class Name(str, Enum):
            FIELD = "region_code"
            OPERATION = "EQ"
            AMERICA = "US"

        condition = Condition(Name.FIELD, Name.OPERATION, [Name.AMERICA])
        assert condition == US
        assert hash(condition) == hash(US)


class TestValues:
    """Expressions as Python values."""

    @pytest.mark.parametrize("name", ["field_name", "parts", "term", "new"])
    @pytest.mark.parametrize("expression", [CAT, CAT & DOG, ~CAT], ids=repr)
    def test_they_cannot_be_changed(self, expression, name):
        with pytest.raises(AttributeError):
            setattr(expression, name, ())

    @given(expressions, expressions)
    def test_equal_structures_are_equal_and_hash_alike(self, a, b):
        assert (a == b) is (prefix(a) == prefix(b)) is not (a != b)
        rebuilt = from_prefix(prefix(a))
        assert rebuilt == a
        assert {a, rebuilt} == {a}

    @pytest.mark.parametrize("other", [None, "US", 0, (), Keyword.__class__], ids=repr)
    def test_anything_else_is_not_equal(self, other):
        assert US != other
        assert (US == other) is False

    @given(expressions, st.integers(0, pickle.HIGHEST_PROTOCOL))
    def test_they_survive_pickling(self, expression, protocol):
        assert pickle.loads(pickle.dumps(expression, protocol)) == expression

    @given(expressions)
    def test_a_copy_is_the_same_object(self, expression):
        assert copy.copy(expression) is copy.deepcopy(expression) is expression


class TestRepr:
    @given(expressions)
    def test_it_is_the_source_of_an_equal_expression(self, expression):
        assert eval(repr(expression), dict(PUBLIC)) == expression

    @given(expressions)
    def test_it_can_be_parsed(self, expression):
        assert parse(repr(expression)) == expression

    @pytest.mark.parametrize(
        ("expression", "source"),
        [
            (US, "Region == 'US'"),
            (Region != "US", "~(Region == 'US')"),
            (Region.not_in("US", "JP"), "~Region.in_('US', 'JP')"),
            (CreateDate.between("20230101", "20230131"), "(CreateDate >= '20230101') & (CreateDate <= '20230131')"),
            ((CAT | ~US) & Region.in_("JP"), "((Keyword == 'cat') | ~(Region == 'US')) & Region.in_('JP')"),
            (~(CAT & DOG), "~((Keyword == 'cat') & (Keyword == 'dog'))"),
            (Keyword == "it's\n\N{SNOWMAN}\u202e", "Keyword == \"it's\\n\N{SNOWMAN}\\u202e\""),
            (Condition("keyword", "IN", ["a", "a"]), "Condition('keyword', 'IN', ('a', 'a'))"),
            (Condition("create_date", "LT", ["00010101"]), "Condition('create_date', 'LT', ('00010101',))"),
        ],
        ids=["a condition", "a negation", "not in", "between", "groups", "a negated group", "odd characters",
             "a repeated value", "no day"],
    )  # fmt: skip
    def test_the_repr_looks_like_the_written_source(self, expression, source):
        assert repr(expression) == source

    @pytest.mark.parametrize("length", [16, 17, 3_500], ids="{} terms".format)
    @pytest.mark.parametrize("combine", [all_of, any_of])
    def test_a_long_group_evaluates_back_too(self, combine, length):
        expression = ~combine(Keyword == f"k{n}" for n in range(length)) | US
        assert eval(repr(expression), dict(PUBLIC)) == parse(repr(expression)) == expression

    @pytest.mark.parametrize("width", [1, 15], ids="groups of {} and one".format)
    @pytest.mark.parametrize("depth", [3, 90], ids="{} deep".format)
    def test_a_deep_one_evaluates_back(self, depth, width):
        expression: Expression = CAT
        for level in range(depth):
            expression = (any_of if level % 2 else all_of)([*[DOG] * width, expression])
        assert eval(repr(expression), dict(PUBLIC)) == parse(repr(expression)) == expression


class TestNoTruth:
    @pytest.mark.parametrize(
        "asked",
        [bool, lambda x: x and x, lambda x: x or x, lambda x: not x, lambda x: 1 if x else 2],
        ids=["bool", "and", "or", "not", "if"],
    )
    def test_an_expression_is_neither_true_nor_false(self, asked):
        with pytest.raises(TypeError) as refusal:
            asked(US)
        assert str(refusal.value) == (
            "Region == 'US' has no truth value: write & for and, | for or, ~ for not, Field.between(a, b) for "
            "a <= Field <= b, Field.in_(a, b) for Field in (a, b)"
        )

    def test_an_expression_contains_nothing(self):
        with pytest.raises(TypeError) as refusal:
            "US" in US
        assert str(refusal.value) == "'US' in Region == 'US': for one of several values write Field.in_(...)"


class TestSize:
    """Users choose depth and length."""

    @pytest.mark.parametrize(
        "use",
        [
            lambda a, b: a == b,
            lambda a, b: a != ~b,
            lambda a, b: hash(a) == hash(b),
            lambda a, b: pickle.loads(pickle.dumps(a)) == b,
            lambda a, b: copy.deepcopy(a) == b,
            lambda a, b: repr(a) == repr(b),
            lambda a, b: sum(1 for _ in conditions(a | b)) == 2 * (2 * (DEEP // 3) + 1),
            lambda a, b: ~~(a & b) == a & b,
        ],
        ids=["equal", "unequal", "hash", "pickle", "copy", "repr", "conditions", "combine"],
    )
    def test_depth_costs_no_recursion(self, pair, use):
        assert use(*pair)

    def test_a_deep_one_is_freed_without_recursion(self):
        expression = deep(DEEP)
        del expression
        chained = functools.reduce(operator.or_, [CAT] * DEEP)
        del chained

    @pytest.mark.parametrize("combine", [operator.or_, operator.and_])
    @pytest.mark.parametrize("order", [functools.reduce, from_the_right], ids=["from the left", "from the right"])
    def test_a_chain_of_ten_thousand_is_one_flat_group(self, order, combine):
        terms = [Keyword == f"k{n}" for n in range(MANY)]
        chained = order(combine, terms)
        assert chained.terms == tuple(terms)
        assert chained == {operator.or_: any_of, operator.and_: all_of}[combine](terms)

    def test_the_steps_to_build_and_print_a_chain_grow_with_its_length_and_not_its_square(self):
        few, many = (steps(lambda n=n: repr(functools.reduce(operator.or_, [CAT] * n))) for n in (MANY // 10, MANY))
        assert many < 12 * few

    def test_ten_thousand_terms_combine_at_once(self):
        terms = [Keyword == f"k{n}" for n in range(MANY)]
        assert any_of(terms).terms == any_of(*terms).terms == tuple(terms)
        assert len(none_of(terms).term.terms) == MANY


class TestSharedParts:
    """Twenty steps of `p = (p & ~a) | (~p & a)` make a hundred objects, and a million leaves if written out."""

    @staticmethod
    def parity(conditions):
        whole = DOG
        for n in range(1, conditions):
            one = Keyword == f"word{n}"
            whole = (whole & ~one) | (~whole & one)
        return whole

    def test_equal_ones_are_equal_and_have_the_same_hash(self):
        one, other = self.parity(300), self.parity(300)
        assert one == other
        assert hash(one) == hash(other)
        assert one != ~other
        assert one != self.parity(299)

    def test_each_condition_object_comes_with_each_part_that_has_it_once(self):
        assert len(list(conditions(self.parity(300)))) <= 4 * 300

    def test_the_source_of_shared_parts_makes_an_equal_expression(self):
        assert parse(repr(self.parity(8))) == self.parity(8)

    def test_the_repr_of_a_too_large_expression_is_cut(self):
        text = repr(self.parity(21))
        assert len(text) < 1_000
        assert text.endswith("… (more than 1,000,000 conditions, written out)")
        assert "more than 1,000,000 conditions" in self.parity(300)._repr_html_()

    @pytest.mark.parametrize("write", [source, pickle.dumps, prefix], ids=["source", "pickle", "prefix"])
    def test_operations_on_the_whole_refuse_a_too_large_expression(self, write):
        with pytest.raises(ValidationError, match="more than 1,000,000 conditions"):
            write(self.parity(21))

    def test_a_group_of_itself_has_so_many_terms_as_are_written(self):
        doubled = DOG | CAT
        for _ in range(3):
            doubled = doubled & doubled
        assert doubled.terms == (DOG | CAT,) * 8
        assert doubled.different == [DOG | CAT]

    def test_more_terms_than_can_be_written_are_refused(self):
        doubled = DOG
        for _ in range(60):
            doubled = doubled & doubled
        with pytest.raises(ValidationError, match="it combines more than 1,000,000 conditions"):
            doubled.terms  # noqa: B018
        assert repr(doubled).startswith("all_of(Keyword == 'dog', ")
        assert doubled.different == [DOG]
