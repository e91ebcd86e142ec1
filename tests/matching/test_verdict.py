"""Whether a collection's expression holds for a received video."""

from __future__ import annotations

import pytest

from querydsl import Hashtag, Length, Region
from querydsl.matching.verdict import predicate_of


class TestPredicate:
    @pytest.mark.parametrize(
        ("expression", "video", "holds"),
        [
            (Region == "US", {"region_code": "US"}, True),
            (Region == "US", {"region_code": "JP"}, False),
            (Hashtag == "cat", {}, False),
        ],
    )
    def test_it_is_what_the_expression_says(self, expression, video, holds):
        assert predicate_of(expression)(video) is holds

    @pytest.mark.parametrize("video", [{}, {"video_duration": None}, {"video_duration": "long"}])
    def test_an_undecidable_video_is_kept(self, video):
        assert predicate_of(Length == "SHORT")(video) is True
