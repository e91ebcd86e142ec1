"""One wider query in place of several: every video of the expression meets it, and common parts stay."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given

from querydsl import (
    Condition,
    CreateDate,
    EffectId,
    Expression,
    Hashtag,
    Keyword,
    Length,
    NeedsSeveralQueries,
    Query,
    Region,
    Username,
    VideoId,
    ViewCount,
    any_of,
    to_queries,
)
from querydsl.compiler.queries import compiled
from querydsl.planning.wider import wider
from tests.compiler.test_queries import small_expressions
from tests.worlds import distinguishable, holds

A, B, C, D = (Hashtag == tag for tag in "abcd")
K, L, M = (Keyword == word for word in "klm")
US, JP = Region == "US", Region == "JP"


class TestLaw:
    @given(small_expressions())
    def test_every_video_of_the_expression_meets_it(self, expression: Expression) -> None:
        queries = wider(expression, 1_000)
        if isinstance(queries, bool):
            assert queries == compiled(expression, 1_000)
            return
        asked = any_of(query.to_expression() for query in queries)
        for video in distinguishable(expression):
            assert not holds(expression, video) or holds(asked, video)

    @given(small_expressions())
    def test_it_is_one_query_or_the_exact_ones(self, expression: Expression) -> None:
        queries, exact = wider(expression, 1_000), compiled(expression, 1_000)
        assert queries == exact or (isinstance(queries, tuple) and isinstance(exact, tuple) and len(queries) == 1)


class TestWhatItAsksFor:
    @pytest.mark.parametrize(
        ("expression", "query"),
        [
            # (S & c) | (T & d) implies S | T: accounts, each with its own tag
            (
                ((Username == "ann") & A) | ((Username == "bob") & B),
                Query([Username.in_("ann", "bob"), Hashtag.in_("a", "b")]),
            ),
            # the clause c | d: topics with their regions
            (
                any_of((A | K) & US, (B | L) & JP),
                Query([Region.in_("US", "JP")], [Hashtag.in_("a", "b"), Keyword.in_("k", "l")]),
            ),
            # common parts stay unchanged
            (
                any_of(A & K, B & L, C, M) & US & (Username != "spam"),
                Query([US], [Hashtag.in_("a", "b", "c"), M], [Username == "spam"]),
            ),
            (any_of(A & B & US, A & C & JP), Query([Region.in_("US", "JP"), A, Hashtag.in_("b", "c")])),
            # a query has room for one "or" of several fields: the one that lets the fewest videos through
            ((A | K) & (B | C | L) & ((EffectId == 1) | D), Query((), [EffectId == 1, D])),
            # excluded pairs: no query can express them, and the rest stays
            (A & ~(B & C) & ~(B & K) & ~(C & L), Query([A])),
            # none of S common to T
            (
                any_of(A & US & ~Hashtag.in_("x", "y"), B & JP & ~Hashtag.in_("y", "z")),
                Query([Region.in_("US", "JP"), Hashtag.in_("a", "b")], (), [Hashtag == "y"]),
            ),
            # exclusions alone give nothing to ask for
            ((~A & US) | (~B & JP), Query([Region.in_("US", "JP")])),
            # for a field with an order, all values from the first to the last
            (
                any_of(A & K & ViewCount.between(10, 20), B & L & ViewCount.between(10_000, 20_000)),
                Query(
                    [Hashtag.in_("a", "b"), Keyword.in_("k", "l"), Condition("view_count", "GTE", ["10"]),
                     Condition("view_count", "LTE", ["20000"])],
                ),
            ),
        ],
        ids=repr,
    )  # fmt: skip
    def test_it_is_as_narrow_as_one_query_can_be(self, expression: Expression, query: Query) -> None:
        assert len(to_queries(expression, 1_000)) > 1
        [found] = wider(expression, 1_000)  # type: ignore[misc]
        assert {frozenset(map(str, one)) for one in (found.and_, found.or_, found.not_)} == {
            frozenset(map(str, one)) for one in (query.and_, query.or_, query.not_)
        }

    @pytest.mark.parametrize("expression", [US & A, A | K, ~A, (Length != "SHORT") | US], ids=repr)
    def test_an_expression_of_one_query_stays_exact(self, expression: Expression) -> None:
        assert wider(expression, 100) == to_queries(expression)

    @pytest.mark.parametrize("expression", [~(A & B), (A & US) | ~B, ~(A & US) & ~(B & JP)], ids=repr)
    def test_without_a_useful_wider_query_it_stays_exact(self, expression: Expression) -> None:
        assert wider(expression, 100) == to_queries(expression)
        assert len(to_queries(expression)) > 1

    @pytest.mark.parametrize("constant", [A & ~A, (US & A) & JP], ids=repr)
    def test_a_constant_stays_one(self, constant: Expression) -> None:
        assert wider(constant, 100) is False

    def test_it_makes_a_wider_query_if_the_exact_ones_are_too_many(self) -> None:
        accounts = any_of((Username == f"u{n}") & (Hashtag == f"t{n}") for n in range(500))
        with pytest.raises(NeedsSeveralQueries):
            to_queries(accounts)
        [query] = wider(accounts, 100)  # type: ignore[misc]
        assert [len(one.field_values) for one in query.and_] == [500, 500]

    def test_it_is_the_same_in_every_process(self) -> None:
        program = (
            "from querydsl import *\nfrom querydsl.planning.wider import wider\n"
            "print(wider(((Hashtag == 'a') | (Keyword == 'k')) & ((Hashtag == 'b') | (Keyword == 'l')) & "
            "~((Hashtag == 'c') & (Hashtag == 'd')), 100))"
        )
        said = set()
        for seed in "1234":
            environment = {**os.environ, "PYTHONHASHSEED": seed}
            done = subprocess.run(
                [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
            )
            said.add(done.stdout)
        assert len(said) == 1

    def test_it_takes_time_that_grows_with_the_expression(self) -> None:
        deep: Expression = (VideoId == 1) & A
        for n in range(2_000):
            deep = (deep & (Keyword == f"k{n}")) | ((Username == f"u{n}") & (CreateDate > "20200101"))
        assert wider(deep, 1)
