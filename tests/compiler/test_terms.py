"""The normal form of an expression, and its terms: what one query can hold."""

from __future__ import annotations

import pytest
from hypothesis import given

from querydsl import Condition, CreateDate, Expression, Hashtag, Keyword, Length, Region, Username, all_of, any_of
from querydsl.compiler.constraints import Constraint, constraint, fits_and, fits_or
from querydsl.compiler.queries import _query
from querydsl.compiler.terms import Compound, Form, Term, TooManyTerms, constraints_of, normal_form, terms
from tests.compiler.test_queries import plain_disjunctive_form, small_expressions
from tests.worlds import distinguishable, holds, selects

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
        assert form == Compound("|", (constraint(Length.in_("SHORT", "LONG")), Compound("&", (_said(A), _said(K)))))  # type: ignore[arg-type]

    def test_its_constraints_come_in_order(self) -> None:
        form = normal_form((A & US) | (K & ~SHORT))
        assert isinstance(form, Compound)
        assert [one.field for one in constraints_of(form)] == ["hashtag_name", "region_code", "keyword", "video_length"]


def _said(condition: Expression) -> Constraint:
    assert isinstance(condition, Condition)
    return constraint(condition)


class TestTerms:
    @given(small_expressions())
    def test_together_they_mean_the_expression_and_a_query_can_hold_each(self, expression: Expression) -> None:
        form = normal_form(expression)
        if isinstance(form, bool):
            return
        found = terms(form, 1_000)
        assert len(found) <= plain_disjunctive_form(expression)
        for term in found:
            assert all(map(fits_and, term.constraints))
            assert all(map(fits_or, term.clause))
        queries = [_query(term, {}) for term in found if term != Term()]
        for video in distinguishable(expression):
            met = Term() in found or any(selects(query, video) for query in queries)
            assert met is holds(expression, video)

    @pytest.mark.parametrize(
        ("expression", "count"),
        [
            (CreateDate.between("20230101", "20230301") | CreateDate.between("20230601", "20230901"), 2),
            (SHORT | (~SHORT & (A | ~SHORT)), 1),
            (US & (K | (~US & (A | ~US))), 1),
            ((A | K) & (B | L), 2),
            ((A | K) & (A | K), 1),
            ((~A | K) & (~B | L) & (US | K), 4),
        ],
        ids=["long spans", "always", "never", "two clauses", "one clause twice", "negative clauses"],
    )
    def test_how_many_there_are(self, expression: Expression, count: int) -> None:
        form = normal_form(expression)
        assert isinstance(form, (Compound, Constraint))
        assert len(terms(form, 100)) == count

    def test_what_always_holds_is_the_term_that_asks_nothing(self) -> None:
        form = normal_form(SHORT | (~SHORT & (A | ~SHORT)))
        assert isinstance(form, Compound)
        assert terms(form, 10) == [Term()]

    def test_no_more_are_made_than_there_may_be(self) -> None:
        form = normal_form(all_of(Username.not_in(f"u{n}") & A | (Keyword == f"k{n}") & K for n in range(12)))
        assert isinstance(form, Compound)
        with pytest.raises(TooManyTerms):
            terms(form, 50)

    def test_spans_that_together_are_too_many_days_to_list_stay_apart(self) -> None:
        first, second = CreateDate.between("20230101", "20230120"), CreateDate.between("20230301", "20230320")
        form = normal_form(any_of(A, (first & (K | first)), (second & (K | second)), US))
        assert isinstance(form, Compound)
        [term] = terms(form, 10)
        assert sum(one.field == "create_date" for one in term.clause) == 2
