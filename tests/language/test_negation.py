"""The negation normal form: every "not" is at a condition, and the meaning is unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given

from querydsl import Hashtag, Keyword, Length, Region, all_of, any_of
from querydsl.language.expressions import conditions
from querydsl.language.negation import negation_normal_form
from tests import strategies
from tests.worlds import holds

A, B, C, D = Keyword == "a", Hashtag == "b", Region == "US", Length == "MID"


def normal(expression):
    """The normal form as nested tuples: a kind with its parts, or a condition with its sign."""
    return negation_normal_form(
        expression,
        lambda condition, positive: condition if positive else ("not", condition),
        lambda kind, parts: (kind, *parts),
    )


class TestShape:
    @pytest.mark.parametrize(
        ("expression", "becomes"),
        [
            (A, A),
            (~A, ("not", A)),
            (~~A, A),
            (A & B, ("&", A, B)),
            (~(A & B), ("|", ("not", A), ("not", B))),
            (~(A | B), ("&", ("not", A), ("not", B))),
            (~(A & ~B), ("|", ("not", A), B)),
            (A & (B | ~(C & D)), ("&", A, ("|", B, ("not", C), ("not", D)))),
            (A | ~(~B & ~C), ("|", A, B, C)),
            (~(A | ~(B & C)), ("&", ("not", A), B, C)),
        ],
        ids=repr,
    )
    def test_each_not_is_at_a_condition_and_no_group_holds_its_own_kind(self, expression, becomes):
        assert normal(expression) == becomes

    @given(strategies.expressions)
    def test_conditions_keep_their_order(self, expression):
        met = []
        negation_normal_form(expression, lambda condition, _: met.append(condition), lambda _kind, _parts: None)
        assert met == [*conditions(expression)]

    def test_no_depth_is_too_deep(self):
        expression = A
        for _ in range(20_000):
            expression = ~((expression | B) & C)
        deepest = negation_normal_form(expression, lambda _c, _p: 1, lambda _kind, parts: sum(parts))
        assert deepest == 40_001


class TestMeaning:
    @given(strategies.expressions)
    def test_it_stays(self, expression):
        again = negation_normal_form(
            expression,
            lambda condition, positive: condition if positive else ~condition,
            lambda kind, parts: all_of(parts) if kind == "&" else any_of(parts),
        )
        video = {
            "create_time": 1_675_000_000, "username": "a", "region_code": "US", "id": 7, "hashtag_names": ["cat"],
            "video_description": "a cat", "music_id": 7, "effect_ids": ["0"], "video_duration": 10,
            "view_count": 0, "comment_count": 7,
        }  # fmt: skip
        assert holds(again, video) is holds(expression, video)
