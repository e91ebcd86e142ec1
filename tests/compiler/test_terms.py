"""The terms of a normal form; one query can hold one term."""

from __future__ import annotations

import pytest
from hypothesis import given

from querydsl import CreateDate, Expression, Hashtag, Keyword, Length, Region, Username, all_of, any_of
from querydsl.compiler.constraints import Constraint, constraint, fits_and, fits_or
from querydsl.compiler.forms import Compound, Part, plain_form
from querydsl.compiler.queries import query_of
from querydsl.compiler.terms import Term, TooManyTerms, disjoint, terms, without_implied
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
        queries = [query_of(term, {}) for term in found if term != Term()]
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

    def test_a_tautology_is_the_empty_term(self) -> None:
        form = plain_form(SHORT | (~SHORT & (A | ~SHORT)))
        assert isinstance(form, Compound)
        assert terms(form, 10) == [Term()]

    def test_no_more_terms_than_the_limit_are_made(self) -> None:
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


class TestWithoutTable:
    """Terms compared constraint by constraint: this may miss an implication, but never invents one."""

    @given(small_expressions(), small_expressions(3))
    def test_terms_that_imply_others_can_go_and_the_rest_can_be_made_disjoint(
        self, expression: Expression, other: Expression
    ) -> None:
        form = plain_form(expression | (other & A))
        if isinstance(form, bool):
            return
        found = [term for term in terms(form, 1_000) if term != Term()]
        fewer = without_implied(found)
        assert set(fewer) <= set(found)
        apart = disjoint(fewer)
        videos = list(distinguishable(expression, other & A))
        assert len(apart) == len(fewer)
        for some in (fewer, apart):
            assert covered(some, videos) == covered(found, videos)

    @pytest.mark.parametrize(
        ("term", "other"),
        [(US & A & K, US & A), (US & A, Region.in_("US", "JP")), (US & (A | K), A | K | L), (US & A, A | K)],
        ids=repr,
    )
    def test_a_term_that_implies_another_is_removed(self, term: Expression, other: Expression) -> None:
        kept = terms(plain(other), 1)
        assert without_implied(terms(plain(term), 1) + kept) == kept

    @pytest.mark.parametrize(
        ("term", "other", "less"),
        [
            (A & K, US, A & K & ~US),
            (A & US, A & K, A & US & ~K),
            (A & US, K | L, A & US & ~Keyword.in_("qk", "ql")),
            (A & K, US & SHORT, A & K & (~US | ~SHORT)),
            (A & (K | L), US & SHORT & B, A & (K | L)),
            (A & K, B & (K | L), A & K & ~B),
        ],
        ids=repr,
    )
    def test_a_term_leaves_out_the_one_before_if_it_stays_one_term(
        self, term: Expression, other: Expression, less: Expression
    ) -> None:
        [first] = terms(plain(other), 1)
        apart = disjoint([first, *terms(plain(term), 1)])
        [expected] = terms(plain(less), 1)
        assert set(apart[1].constraints) == set(expected.constraints)
        assert set(apart[1].clause) == set(expected.clause)

    def test_one_of_two_terms_leaves_out_the_other(self) -> None:
        pair = terms(plain(US & SHORT), 1) + terms(plain(A), 1)
        assert disjoint(pair) == disjoint(pair[::-1]) == [*terms(plain(A), 1), *terms(plain(US & SHORT & ~A), 1)]

    def test_it_compares_a_bounded_number_of_pairs(self) -> None:
        found = [Term((constraint(Hashtag == f"t{n}"), constraint(Keyword == f"w{n}"))) for n in range(20_000)]  # type: ignore[arg-type]
        assert without_implied([*found, *found]) == found


def plain(expression: Expression) -> Part:
    form = plain_form(expression)
    assert not isinstance(form, bool)
    return form


def covered(found: list[Term], videos: list[dict[str, object]]) -> list[bool]:
    queries = [query_of(term, {}) for term in found]
    return [any(selects(query, video) for query in queries) for video in videos]
