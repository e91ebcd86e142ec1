"""The terms of a normal form: what one query can hold."""

from __future__ import annotations

import pytest
from hypothesis import given

from querydsl import CreateDate, Expression, Hashtag, Keyword, Length, Region, Username, all_of, any_of
from querydsl.compiler.constraints import Constraint, fits_and, fits_or
from querydsl.compiler.forms import Compound, plain_form
from querydsl.compiler.queries import _query
from querydsl.compiler.terms import Term, TooManyTerms, terms
from tests.compiler.test_queries import plain_disjunctive_form, small_expressions
from tests.worlds import distinguishable, holds, selects

A, B, K, L = Hashtag == "a", Hashtag == "b", Keyword == "qk", Keyword == "ql"
US, SHORT, LONG = Region == "US", Length == "SHORT", Length == "LONG"


class TestTerms:
    @given(small_expressions())
    def test_together_they_mean_the_expression_and_a_query_can_hold_each(self, expression: Expression) -> None:
        form = plain_form(expression)
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
        form = plain_form(expression)
        assert isinstance(form, (Compound, Constraint))
        assert len(terms(form, 100)) == count

    def test_what_always_holds_is_the_term_that_asks_nothing(self) -> None:
        form = plain_form(SHORT | (~SHORT & (A | ~SHORT)))
        assert isinstance(form, Compound)
        assert terms(form, 10) == [Term()]

    def test_no_more_are_made_than_there_may_be(self) -> None:
        form = plain_form(all_of(Username.not_in(f"u{n}") & A | (Keyword == f"k{n}") & K for n in range(12)))
        assert isinstance(form, Compound)
        with pytest.raises(TooManyTerms):
            terms(form, 50)

    def test_spans_that_together_are_too_many_days_to_list_stay_apart(self) -> None:
        first, second = CreateDate.between("20230101", "20230120"), CreateDate.between("20230301", "20230320")
        form = plain_form(any_of(A, (first & (K | first)), (second & (K | second)), US))
        assert isinstance(form, Compound)
        [term] = terms(form, 10)
        assert sum(one.field == "create_date" for one in term.clause) == 2
