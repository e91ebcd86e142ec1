"""The normal form of an expression: negations only at constraints, and implied parts left out."""

from __future__ import annotations

import pytest
from hypothesis import given

from querydsl import Condition, Expression, Hashtag, Keyword, Length, Region, Username, any_of
from querydsl.compiler.constraints import Constraint, constraint
from querydsl.compiler.factoring import normal_form
from querydsl.compiler.forms import Compound, Form, constraints_of, plain_form
from querydsl.language.expressions import And
from tests.compiler.test_queries import small_expressions

A, B, K, L = Hashtag == "a", Hashtag == "b", Keyword == "qk", Keyword == "ql"
US, SHORT, LONG = Region == "US", Length == "SHORT", Length == "LONG"
NO_DAY = Condition("create_date", "LT", ["00010101"])


class TestNormalForm:
    @given(small_expressions())
    def test_a_compound_has_no_constant_and_no_compound_of_its_own_kind(self, expression: Expression) -> None:
        stack: list[Form] = [normal_form(expression)]
        while stack:
            part = stack.pop()
            if isinstance(part, Compound):
                assert len(part.parts) > 1
                assert not any(isinstance(one, bool) for one in part.parts)
                assert not any(isinstance(one, Compound) and one.kind == part.kind for one in part.parts)
                stack += part.parts

    @pytest.mark.parametrize(
        ("expression", "constant"),
        [
            (NO_DAY, False),
            (~NO_DAY, True),
            (NO_DAY & (A | K), False),
            (~NO_DAY | (A & K), True),
            (US & ~US, False),
            (SHORT | ~SHORT, True),
            (NO_DAY | NO_DAY, False),
        ],
        ids=repr,
    )
    def test_a_constant_stands_alone(self, expression: Expression, constant: bool) -> None:
        assert normal_form(expression) is constant

    def test_negations_go_to_the_constraints_and_one_field_is_said_once(self) -> None:
        form = normal_form(~(~SHORT & ~LONG & (~A | ~K)))
        assert shown(form) == ("|", _said(Length.in_("SHORT", "LONG")), ("&", _said(A), _said(K)))

    def test_its_constraints_come_in_order(self) -> None:
        form = normal_form((A & US) | (K & ~SHORT))
        assert isinstance(form, Compound)
        assert [one.field for one in constraints_of(form)] == ["hashtag_name", "region_code", "keyword", "video_length"]


def shown(form: Form) -> object:
    """A form that can be compared: a compound as its kind and its parts."""
    return (form.kind, *map(shown, form.parts)) if isinstance(form, Compound) else form


def _said(condition: Expression) -> Constraint:
    assert isinstance(condition, Condition)
    return constraint(condition)


class TestAbsorption:
    """x | (x & c) = x, and its dual, for any x and c."""

    @given(small_expressions(), small_expressions())
    def test_implied_parts_are_removed(self, x: Expression, c: Expression) -> None:
        assert shown(plain_form(x | (x & c))) == shown(plain_form(x))
        assert shown(plain_form(x & (x | c))) == shown(plain_form(x))

    @pytest.mark.parametrize(
        ("expression", "left"),
        [
            ((Username != "x") | (Username.not_in("x", "y") & A), Username != "x"),
            (Hashtag.in_("a", "b") | (A & K), Hashtag.in_("a", "b")),
            (A | (~A & K), A | K),
            (US | (~US & A & K), US | (A & K)),
            (US & (~US | A), US & A),
            (A & (K | Hashtag.in_("a", "b")), A),
        ],
        ids=repr,
    )
    def test_parts_implied_through_one_field_are_removed(self, expression: Expression, left: Expression) -> None:
        assert shown(normal_form(expression)) == shown(normal_form(left))


class TestSharedParts:
    """An expression may have far more leaves than objects: each object is visited once."""

    def test_parity_has_two_compounds_a_step_and_side(self) -> None:
        parity: Expression = A
        for n in range(200):
            atom = Username == f"u{n}" if n % 2 else Keyword == f"k{n}"
            parity = (parity & ~atom) | (~parity & atom)
        form = plain_form(parity)
        assert isinstance(form, Compound)
        seen, stack = set(), [form]
        while stack:
            part = stack.pop()
            if part not in seen:
                seen.add(part)
                stack += [one for one in part.parts if isinstance(one, Compound)]
        assert len(seen) <= 2 * 3 * 200

    def test_a_group_of_itself_is_itself(self) -> None:
        doubled: Expression = A | K
        for _ in range(100):
            doubled = And((doubled, doubled))
        assert shown(normal_form(doubled)) == shown(normal_form(A | K))

    def test_constraints_come_once(self) -> None:
        form = normal_form(any_of(A & K, A & L & US, SHORT & K))
        assert isinstance(form, Compound)
        found = constraints_of(form)
        assert len(set(found)) == len(found)
