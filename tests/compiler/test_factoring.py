"""Values that play the same part are written once: the number of queries does not depend on the number of values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import (
    CreateDate,
    EffectId,
    Expression,
    Hashtag,
    Keyword,
    Length,
    Region,
    Username,
    ValidationError,
    all_of,
    any_of,
    none_of,
    to_queries,
    to_query,
)
from querydsl.compiler.constraints import MAX_REQUIRED
from querydsl.compiler.factoring import normal_form, set_apart
from querydsl.compiler.forms import Compound, Part, constraints_of
from querydsl.language.expressions import conditions
from tests.compiler.test_forms import shown
from tests.compiler.test_queries import small_expressions, steps
from tests.worlds import distinguishable, holds, selects

A, B, C, K, L = Hashtag == "a", Hashtag == "b", Hashtag == "c", Keyword == "qk", Keyword == "ql"
US, JP, SHORT = Region == "US", Region == "JP", Length == "SHORT"

#: Shapes as programs write them: a list of values, each combined with the same part.
COMPOSED: dict[str, tuple[int, Callable[[Sequence[str]], Expression]]] = {
    "tags of a region": (1, lambda names: any_of(US & (Hashtag == name) for name in names)),
    "words of a region": (1, lambda names: any_of(US & (Keyword == name) for name in names)),
    "effects of a region": (1, lambda names: any_of(US & (EffectId == int(name[1:])) for name in names)),
    "two lengths and tags": (
        1,
        lambda names: any_of((Length == length) & (Hashtag == name) for name in names for length in ("SHORT", "MID")),
    ),
    "two regions and tags": (
        1,
        lambda names: any_of((Region == region) & (Hashtag == name) for region in ("US", "JP") for name in names),
    ),
    "days and tags": (
        1,
        lambda names: any_of(
            (CreateDate == f"202301{day:02}") & (Hashtag == name) for name in names for day in (1, 5, 9)
        ),
    ),
    "a word and other words": (1, lambda names: any_of(K & (Keyword == name) for name in names)),
    "either of two beside each tag": (1, lambda names: any_of((Hashtag == name) & (US | K) for name in names)),
    "each tag only in a region": (2, lambda names: all_of(~(Hashtag == name) | US for name in names)),
    "no tag in a region": (2, lambda names: none_of((Hashtag == name) & US for name in names)),
    "each tag or a region": (2, lambda names: all_of((Hashtag == name) | US for name in names)),
    "three parts": (
        2,
        lambda names: (
            any_of((Hashtag == name) & K for name in names)
            | any_of((Hashtag == f"s{name}") & L for name in names)
            | any_of(Hashtag == f"u{name}" for name in names)
        ),
    ),
}


def names(count: int) -> list[str]:
    return [f"t{n}" for n in range(1, count + 1)]


class TestNumberOfValues:
    @pytest.mark.parametrize("count", [2, 15, 16, 200, 5_000])
    @pytest.mark.parametrize("part", COMPOSED)
    def test_the_number_of_queries_is_the_same_for_any(self, part: str, count: int) -> None:
        needed, composed = COMPOSED[part]
        assert len(to_queries(composed(names(count)))) == needed

    @settings(max_examples=50)
    @given(small_expressions(4), st.sampled_from([A, B, C, K, L]), st.booleans())
    def test_one_more_value_that_plays_the_part_of_another_changes_nothing(
        self, beside: Expression, one: Expression, positive: bool
    ) -> None:
        """In any context: (x & a) | (x & b) takes as many queries as x & a, if b appears nowhere else."""
        other = (Hashtag == "z") if one in (A, B, C) else (Keyword == "qz")
        alone, both = (one & beside, (one & beside) | (other & beside)) if positive else (
            ~one | beside, (~one | beside) & (~other | beside)
        )  # fmt: skip
        renamed = other & beside if positive else ~other | beside
        assert number(both) <= max(number(alone), number(renamed))


def number(expression: Expression) -> int:
    try:
        return len(to_queries(expression, limit=1_000))
    except ValidationError:
        return 1


class TestFactors:
    @pytest.mark.parametrize(
        ("written", "factored"),
        [
            ((US & A) | (US & K), US & (A | K)),
            ((US | A) & (US | K), US | (A & K)),
            ((US & A) | (US & B), US & Hashtag.in_("a", "b")),
            ((~A | US) & (~B | US), ~Hashtag.in_("a", "b") | US),
            ((US & A & K) | (US & A & L & SHORT), US & A & (K | (L & SHORT))),
            ((US & A) | (US & K) | (JP & L & SHORT), (US & (A | K)) | (JP & L & SHORT)),
            ((US & A) | (JP & A) | (US & B) | (JP & B), Region.in_("US", "JP") & Hashtag.in_("a", "b")),
            ((US & A) | (~US & A), A),
            ((US & (A | K)) | (SHORT & (A | K)), (US | SHORT) & (A | K)),
        ],
        ids=repr,
    )
    def test_common_parts_are_written_once(self, written: Expression, factored: Expression) -> None:
        assert same(normal_form(written)) == same(normal_form(factored))

    def test_parts_without_a_common_factor_stay_unchanged(self) -> None:
        pairs = [(Hashtag == f"t{n}") & (Keyword == f"w{n}") for n in range(300)]
        assert len(to_queries(any_of(pairs), limit=300)) == 300

    def test_factors_can_be_nested(self) -> None:
        expression = any_of(
            all_of(Hashtag == f"t{n}" for n in range(depth)) & (Keyword == f"w{depth}") for depth in range(1, 40)
        )
        assert len(to_queries(expression)) == 39


class TestSteps:
    def test_a_form_that_grows_at_each_level_is_left_as_it_is_written(self) -> None:
        """(e | k) & (h | e) = e | (k & h): factored, each level would contain all lower levels."""

        def refused(levels: int) -> int:
            expression: Expression = A
            for n in range(levels):
                expression = (expression | (Keyword == f"k{n}")) & ((Hashtag == f"h{n}") | expression)
            return steps(lambda: to_queries(expression, limit=10))

        assert refused(400) < 3 * refused(200)

    def test_long_terms_cost_no_more_than_their_conditions(self) -> None:
        def grown(depth: int) -> Expression:
            return any_of(
                all_of(Hashtag == f"t{n}" for n in range(level)) & (Keyword == f"w{level}") for level in range(1, depth)
            )

        def refused(depth: int) -> int:
            return steps(lambda: to_queries(grown(depth), limit=10))

        assert refused(80) < 6 * refused(40)  # there are four times as many


class TestConjunctions:
    """ "A field carries some values together, or some others" is one query: a conjunction of "any of these"."""

    @pytest.mark.parametrize("field", [Hashtag, Keyword], ids=["hashtags", "keywords"])
    @pytest.mark.parametrize("pairs", [2, 3, 4, 5, 6])
    def test_any_of_some_pairs_is_one_query(self, field: Any, pairs: int) -> None:
        query = to_query(any_of((field == f"a{n}") & (field == f"b{n}") for n in range(pairs)))
        assert len(query.and_) == 2**pairs
        assert not query.or_

    @pytest.mark.parametrize("of", [3, 6, 20])
    def test_any_two_of_several_is_one_query(self, of: int) -> None:
        """One condition for each value: any of all the others."""
        tags = [Hashtag == f"t{n}" for n in range(of)]
        query = to_query(any_of(one & other for one, other in combinations(tags, 2)))
        assert sorted(len(condition.field_values) for condition in query.and_) == [of - 1] * of

    def test_it_has_no_more_conditions_than_one_query_may_have(self) -> None:
        queries = to_queries(any_of((Keyword == f"a{n}") & (Keyword == f"b{n}") for n in range(12)))
        assert [len(query.and_) for query in queries] == [MAX_REQUIRED, MAX_REQUIRED]

    @pytest.mark.parametrize("count", [2, 15, 16, 200])
    def test_any_number_of_values_in_each_set_is_one_query(self, count: int) -> None:
        parts = [[f"{part}{n}" for n in range(count)] for part in "abcd"]
        a, b, c, d = (any_of(Keyword == word for word in words) for words in parts)
        assert len(to_queries((a & b) | (c & d))) == 1

    @given(
        st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3), min_size=2, max_size=6),
    )
    def test_it_means_the_same(self, alternatives: list[list[str]]) -> None:
        expression = any_of(all_of(Hashtag == tag for tag in tags) for tags in alternatives)
        query = to_query(expression)
        for video in distinguishable(expression):
            assert selects(query, video) is holds(expression, video)


class TestBesideEverything:
    """A condition on an unrelated field adds no query: it is in each query, and shares no field with the rest."""

    BESIDE = (
        (Region == "FR") & (Username != "spam"),
        ~(Hashtag == "spam"),
        EffectId == 7,
        CreateDate.between("20220101", "20230901") & (Length > "SHORT"),
    )

    @given(small_expressions().filter(lambda one: not {"region_code", "username"} & fields(one)))
    def test_a_condition_on_an_unrelated_field_adds_no_query(self, expression: Expression) -> None:
        assert number(expression & self.BESIDE[0]) == number(expression)

    @pytest.mark.parametrize("beside", BESIDE, ids=repr)
    def test_conditions_on_many_unrelated_fields_cost_nothing(self, beside: Expression) -> None:
        expression = (A & K) | (B & L) | C | (Hashtag == "d")
        assert len(to_queries(expression & beside)) == len(to_queries(expression)) == 2

    def test_a_part_that_always_holds_is_dropped(self) -> None:
        assert to_query(((A & K) | ~A | ~K) & US & (Username != "spam")).to_expression() == US & (Username != "spam")

    def test_contradicting_parts_are_refused(self) -> None:
        with pytest.raises(ValidationError, match="no video can match"):
            to_queries(US & (A | K) & ((~A & L) | SHORT) & ~(A & L) & ~SHORT & ~(K & L & ~A))

    def test_days_that_do_not_fit_beside_alternatives_stay_with_the_rest(self) -> None:
        days = CreateDate.between("20230101", "20230301") | CreateDate.between("20230601", "20230901")
        beside, rest = set_apart(form(days & (A | K) & US))
        assert [one.field for one in beside] == ["region_code"]
        assert [one.field for one in constraints_of(rest)] == ["create_date", "hashtag_name", "keyword"]

    def test_constraints_that_share_a_value_with_the_rest_stay_with_it(self) -> None:
        beside, rest = set_apart(
            form(Hashtag.in_("a", "x") & Hashtag.in_("x", "y") & ~(Hashtag == "z") & ((A & K) | L))
        )
        assert [sorted(one.values) for one in beside] == [["z"]]  # type: ignore[arg-type]
        assert isinstance(rest, Compound)


def form(expression: Expression) -> Part:
    found = normal_form(expression)
    assert not isinstance(found, bool)
    return found


def fields(expression: Expression) -> set[str]:
    return {condition.field_name for condition in conditions(expression)}


def same(form: object) -> object:
    """A form without the order of its parts."""
    written = shown(form)  # type: ignore[arg-type]
    return frozenset(map(_unordered, written[1:])) | {written[0]} if isinstance(written, tuple) else written


def _unordered(part: object) -> object:
    is_compound = isinstance(part, tuple) and part[0] in ("&", "|")
    return frozenset(map(_unordered, part)) if is_compound else part  # type: ignore[arg-type]
