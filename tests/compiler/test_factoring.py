"""What plays the same part is written once: the number of queries does not depend on the number of values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
    ValidationError,
    all_of,
    any_of,
    none_of,
    to_queries,
)
from querydsl.compiler.factoring import normal_form
from tests.compiler.test_forms import shown
from tests.compiler.test_queries import small_expressions

A, B, C, K, L = Hashtag == "a", Hashtag == "b", Hashtag == "c", Keyword == "qk", Keyword == "ql"
US, JP, SHORT = Region == "US", Region == "JP", Length == "SHORT"

#: What plays each part, written as programs write it: a list of values, each with what it stands beside.
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
        """Whatever stands beside: (x & a) | (x & b) takes as many queries as x & a, where b stands nowhere else."""
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
    def test_what_is_common_is_written_once(self, written: Expression, factored: Expression) -> None:
        assert same(normal_form(written)) == same(normal_form(factored))

    def test_what_has_nothing_in_common_stays_as_it_is(self) -> None:
        pairs = [(Hashtag == f"t{n}") & (Keyword == f"w{n}") for n in range(300)]
        assert len(to_queries(any_of(pairs), limit=300)) == 300

    def test_factors_stand_in_factors(self) -> None:
        expression = any_of(
            all_of(Hashtag == f"t{n}" for n in range(depth)) & (Keyword == f"w{depth}") for depth in range(1, 40)
        )
        assert len(to_queries(expression)) == 39


def same(form: object) -> object:
    """A form whatever the order of its parts."""
    written = shown(form)  # type: ignore[arg-type]
    return frozenset(map(_unordered, written[1:])) | {written[0]} if isinstance(written, tuple) else written


def _unordered(part: object) -> object:
    is_compound = isinstance(part, tuple) and part[0] in ("&", "|")
    return frozenset(map(_unordered, part)) if is_compound else part  # type: ignore[arg-type]
