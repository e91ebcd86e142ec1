"""A value that is not of its field's type is an error that names the field, what came and the conversion."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import (
    Condition,
    CreateDate,
    EffectId,
    Expression,
    Hashtag,
    Keyword,
    Length,
    MusicId,
    Region,
    Username,
    ValidationError,
    VideoId,
    matches,
)
from querydsl.matching.meaning import fields_of
from querydsl.matching.video_values import checked

NAN = math.nan
PANDAS = "pandas writes it for what is missing: put None in its place"
NUMBER = "convert it: int(text) if text else None"
LIST = "convert it: json.loads(text) if text else []"
AS_SENT = "give it as the API sends it: a whole number, times in seconds since 1970"

#: An expression, a value for the Video field that it reads, and what is said of it.
REFUSED: list[tuple[Expression, Any, str]] = [
    (Hashtag == "cat", '["cat", "dog"]', f"hashtag_names of the video: '[\"cat\", \"dog\"]' is not a list; {LIST}"),
    (Hashtag == "c", "cat", f"hashtag_names of the video: 'cat' is not a list; {LIST}"),
    (Hashtag.in_("c", "d"), "cat", f"hashtag_names of the video: 'cat' is not a list; {LIST}"),
    (Hashtag == "cat", "", f"hashtag_names of the video: '' is not a list; {LIST}"),
    (Hashtag == "cat", NAN, f"hashtag_names of the video: NaN is not a list; {PANDAS}"),
    (Hashtag.in_("a", "b"), [["a"]], "hashtag_names of the video: a list is not text; convert it to text"),
    (EffectId == 7, "7", f"effect_ids of the video: '7' is not a list; {LIST}"),
    (EffectId.in_(7, 8), {"7": 1}, "effect_ids of the video: an object is not a list; convert it to a list"),
    (MusicId == 5, "", f"music_id of the video: '' is not an id, which is a whole number; {NUMBER}"),
    (
        MusicId == 5, 5.0,
        "music_id of the video: 5.0 is not an id, which is a whole number; read ids as int64 or as text: other numbers "
        "lose digits",
    ),
    (VideoId == 5, NAN, f"id of the video: NaN is not an id, which is a whole number; {PANDAS}"),
    (Length == "SHORT", "14", f"video_duration of the video: '14' is not a number; {NUMBER}"),
    (Length.in_("SHORT", "LONG"), "", f"video_duration of the video: '' is not a number; {NUMBER}"),
    (Length == "EXTRA_LONG", NAN, f"video_duration of the video: NaN is not a number; {PANDAS}"),
    (CreateDate > "20240101", NAN, f"create_time of the video: NaN is not a number; {PANDAS}"),
    (CreateDate >= "00010101", "x", f"create_time of the video: 'x' is not a number; {NUMBER}"),
    (CreateDate.in_("20240101", "20250101"), "20240101",
     f"create_time of the video: '20240101' is not a number; {NUMBER}"),
    (CreateDate == "20240101", False, f"create_time of the video: false is not a number; {AS_SENT}"),
    (Condition("view_count", "GT", ["4"]), "5", f"view_count of the video: '5' is not a number; {NUMBER}"),
    (Condition("view_count", "EQ", ["5"]), "5", f"view_count of the video: '5' is not a number; {NUMBER}"),
    (Condition("view_count", "IN", ["5", "7"]), "5", f"view_count of the video: '5' is not a number; {NUMBER}"),
    (Condition("comment_count", "LTE", ["4"]), NAN, f"comment_count of the video: NaN is not a number; {PANDAS}"),
    (Region == "US", NAN, f"region_code of the video: NaN is not text; {PANDAS}"),
    (Region.in_("US", "JP"), ["US"], "region_code of the video: a list is not text; convert it to text"),
    (Username == "5", 5, "username of the video: 5 is not text; convert it to text"),
    (Keyword == "cat", NAN, f"video_description of the video: NaN is not text; {PANDAS}"),
    (Keyword == "cat", b"cat", "video_description of the video: a Python bytes is not text; convert it to text"),
    (Keyword.in_("cat", "dog"), ["cat"], "video_description of the video: a list is not text; convert it to text"),
]  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize(("expression", "value", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
    def test_what_came_is_named_with_the_conversion(self, expression: Expression, value: Any, message: str) -> None:
        [field] = fields_of(expression)
        for video in ({field.video_field: value}, SimpleNamespace(**{field.video_field: value})):
            for asked in (expression, ~expression):
                with pytest.raises(ValidationError) as refused:
                    matches(asked, video)
                assert str(refused.value) == message
                assert refused.value.problems[0].path == f"/{field.video_field}"


class TestWhatIsTaken:
    @pytest.mark.parametrize(
        ("expression", "value"),
        [
            (Hashtag == "cat", ("cat",)),
            (Hashtag.in_("cat", "dog"), {"cat", "fyp"}),
            (EffectId == 7, [7, "8"]),
            (VideoId == 5, "5"),
            (Length == "SHORT", 14.9),
            (Region == "US", type("Text", (str,), {})("US")),
        ],
    )
    def test_other_types_that_mean_the_same(self, expression: Expression, value: Any) -> None:
        [field] = fields_of(expression)
        assert matches(expression, {field.video_field: value}) is True

    @given(st.integers(-(2**70), 2**70))
    def test_a_whole_number_of_any_size_is_a_number(self, number: int) -> None:
        assert checked("view_count", "number", number)

    def test_what_numpy_and_pandas_hold(self) -> None:
        np = pytest.importorskip("numpy")
        assert matches(Hashtag == "cat", {"hashtag_names": np.array(["cat"])})
        assert matches(VideoId == 5, {"id": np.int64(5)})
        assert matches(Length == "LONG", {"video_duration": np.float64(61)})
        with pytest.raises(ValidationError, match="NaN"):
            matches(Length != "LONG", {"video_duration": np.float32("nan")})

    def test_what_is_absent_is_not_what_is_wrong(self) -> None:
        with pytest.raises(ValidationError, match="hashtag_names"):
            matches((MusicId == 5) | Hashtag.in_("a", "b"), {"music_id": None, "hashtag_names": [["a"]]})

    def test_a_failure_of_the_value_itself_is_not_hidden(self) -> None:
        class Failing(str):
            def isascii(self) -> bool:
                raise TypeError("mine")

        with pytest.raises(TypeError, match="mine"):
            matches(Keyword == "cat", {"video_description": Failing("cat")})

    def test_a_value_that_is_not_needed_to_decide_is_not_looked_at(self) -> None:
        assert not matches((Region == "US") & (Length == "SHORT"), {"region_code": "JP", "video_duration": "14"})
