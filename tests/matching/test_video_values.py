"""A value that is not of its field's type raises an error with the field, the value and the conversion."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from collections import UserString
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import (
    CommentCount,
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
    ViewCount,
    all_of,
    any_of,
    matches,
    none_of,
)
from querydsl.matching.meaning import fields_of, holds
from querydsl.matching.video_values import ids_as_usual, taken

NAN = math.nan
PANDAS = "pandas writes it for what is missing: put None in its place"
NUMBER = "convert it: int(text) if text else None"
LIST = "convert it: json.loads(text) if text else []"
LITERAL = "convert it: ast.literal_eval(text) if text else []"
COUNT = "a count, which is a whole number"
MILLISECONDS = "these seem to be milliseconds: divide it by 1000"
TIME = "a time, which is a whole number of seconds since 1970"
AS_SENT = "give it as the API sends it: a whole number, times in seconds since 1970"

#: An expression, a value for the Video field that it reads, and the error text.
REFUSED: list[tuple[Expression, Any, str]] = [
    (Hashtag == "cat", '["cat", "dog"]', f"hashtag_names of the video: '[\"cat\", \"dog\"]' is not a list; {LIST}"),
    (Hashtag == "c", "cat", f"hashtag_names of the video: 'cat' is not a list; {LIST}"),
    (Hashtag.in_("c", "d"), "cat", f"hashtag_names of the video: 'cat' is not a list; {LIST}"),
    (Hashtag == "cat", "", f"hashtag_names of the video: '' is not a list; {LIST}"),
    (Hashtag == "cat", "['cat', 'dog']", f"hashtag_names of the video: \"['cat', 'dog']\" is not a list; {LITERAL}"),
    (EffectId == 7, "['7']", f"effect_ids of the video: \"['7']\" is not a list; {LITERAL}"),
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
    (CreateDate > "20240101", NAN, f"create_time of the video: NaN is not {TIME}; {PANDAS}"),
    (CreateDate >= "00010101", "x", f"create_time of the video: 'x' is not {TIME}; {NUMBER}"),
    (CreateDate.in_("20240101", "20250101"), "20240101",
     f"create_time of the video: '20240101' is not {TIME}; {NUMBER}"),
    (CreateDate == "20240101", False, f"create_time of the video: false is not {TIME}; {AS_SENT}"),
    (Condition("view_count", "GT", ["4"]), "5", f"view_count of the video: '5' is not {COUNT}; {NUMBER}"),
    (Condition("view_count", "EQ", ["5"]), "5", f"view_count of the video: '5' is not {COUNT}; {NUMBER}"),
    (Condition("view_count", "IN", ["5", "7"]), "5", f"view_count of the video: '5' is not {COUNT}; {NUMBER}"),
    (Condition("comment_count", "LTE", ["4"]), NAN, f"comment_count of the video: NaN is not {COUNT}; {PANDAS}"),
    (Region == "US", NAN, f"region_code of the video: NaN is not text; {PANDAS}"),
    (Region.in_("US", "JP"), ["US"], "region_code of the video: a list is not text; convert it to text"),
    (Username == "5", 5, "username of the video: 5 is not text; convert it to text"),
    (Keyword == "cat", NAN, f"video_description of the video: NaN is not text; {PANDAS}"),
    (Keyword == "cat", b"cat", "video_description of the video: a Python bytes is not text; convert it to text"),
    (Keyword.in_("cat", "dog"), ["cat"], "video_description of the video: a list is not text; convert it to text"),
    # A time is a whole number of seconds in the years 1 to 9999, in any comparison.
    *(
        (expression, value, f"create_time of the video: {shown} is not {TIME}; {hint}")
        for expression in (CreateDate >= "20230101", CreateDate == "20230101", CreateDate.in_("20230101", "20240101"))
        for value, shown, hint in (
            (1_672_531_200_000, "1672531200000", MILLISECONDS),
            (1_672_531_200_000.0, "1672531200000.0", MILLISECONDS),
            (10**30, "1" + 30 * "0", AS_SENT),
            (-62_135_596_801, "-62135596801", AS_SENT),
            (253_402_300_800, "253402300800", MILLISECONDS),
            (1_672_531_200.5, "1672531200.5", AS_SENT),
        )
    ),
    # A count has no fraction, in any comparison.
    *(
        (expression, 5.5, f"view_count of the video: 5.5 is not {COUNT}; {AS_SENT}")
        for expression in (ViewCount == 5, ViewCount > 4, ViewCount.in_(5, 6), ViewCount.in_(5, 7), ViewCount >= 0)
    ),
    # These values would pass the test, but have the wrong type.
    (ViewCount < 6, True, f"view_count of the video: true is not {COUNT}; {AS_SENT}"),
    (ViewCount.in_(1, 5), True, f"view_count of the video: true is not {COUNT}; {AS_SENT}"),
    (ViewCount > 4, math.inf, f"view_count of the video: inf is not {COUNT}; {AS_SENT}"),
    (ViewCount < 4, -math.inf, f"view_count of the video: -inf is not {COUNT}; {AS_SENT}"),
    (CreateDate < "20230101", True, f"create_time of the video: true is not {TIME}; {AS_SENT}"),
    (CreateDate > "20230101", math.inf, f"create_time of the video: inf is not {TIME}; {AS_SENT}"),
    (Length == "SHORT", False, f"video_duration of the video: false is not a number; {AS_SENT}"),
    (Length == "SHORT", Decimal(5), f"video_duration of the video: a Python Decimal is not a number; {AS_SENT}"),
    (Length == "LONG", Fraction(10**400, 3),
     f"video_duration of the video: a Python Fraction is not a number; {AS_SENT}"),
    # Values that cannot be compared, or do not behave like numbers.
    (Region == "US", 10**400, "region_code of the video: a number of very many digits is not text; convert it to text"),
    (Hashtag == "a", 10**400,
     "hashtag_names of the video: a number of very many digits is not a list; convert it to a list"),
    (ViewCount > 5, Decimal("NaN"), f"view_count of the video: NaN is not {COUNT}; {PANDAS}"),
    (ViewCount > 5, Decimal("sNaN"), f"view_count of the video: NaN is not {COUNT}; {PANDAS}"),
    (Keyword == "cat", UserString("cat"),
     "video_description of the video: a Python UserString is not text; convert it to text"),
    # The members of a list must be of its type too.
    (Hashtag == "1", [1], "hashtag_names of the video: 1 is not text; convert it to text"),
    (Hashtag == "a", ["a", NAN], f"hashtag_names of the video: NaN is not text; {PANDAS}"),
    (Hashtag.in_("a", "b"), ["a", 1], "hashtag_names of the video: 1 is not text; convert it to text"),
    (Hashtag == "a", ({},), "hashtag_names of the video: {} is not text; convert it to text"),
    (EffectId == 1, ["x"], f"effect_ids of the video: 'x' is not an id, which is a whole number; {NUMBER}"),
    (EffectId == 1, ["1", ""], f"effect_ids of the video: '' is not an id, which is a whole number; {NUMBER}"),
    (EffectId == 1, ["１"], f"effect_ids of the video: '１' is not an id, which is a whole number; {NUMBER}"),
    (EffectId == 1, [True],
     "effect_ids of the video: true is not an id, which is a whole number; read ids as int64 or as text: other numbers "
     "lose digits"),
    (EffectId == 1, [1.0],
     "effect_ids of the video: 1.0 is not an id, which is a whole number; read ids as int64 or as text: other numbers "
     "lose digits"),
    # An iterator and a mapping are not lists.
    (Hashtag == "a", iter(["a"]),
     "hashtag_names of the video: a Python list_iterator is not a list; convert it to a list"),
    (Hashtag == "a", (tag for tag in "a"),
     "hashtag_names of the video: a Python generator is not a list; convert it to a list"),
    (EffectId.in_(1, 97), bytearray(b"a"),
     "effect_ids of the video: a Python bytearray is not a list; convert it to a list"),
]  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize(("expression", "value", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
    def test_the_error_names_value_and_conversion(self, expression: Expression, value: Any, message: str) -> None:
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
            (Hashtag == "cat", frozenset({"cat", "fyp"})),
            (EffectId == 7, [7, "8"]),
            (EffectId == 7, ("7", "8")),
            ((EffectId == 7) & (EffectId == 8), {7, 8}),
            (ViewCount == 5, 5.0),
            (ViewCount.in_(5, 7), Fraction(5)),
            (CreateDate.in_("19700101", "20240101"), 86_399.0),
            (CreateDate == "00010101", -62_135_596_800),
            (CreateDate == "99991231", 253_402_300_799),
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
        assert taken("view_count", "count", number) == number

    def test_values_of_numpy_and_pandas_are_accepted(self) -> None:
        np = pytest.importorskip("numpy")
        pd = pytest.importorskip("pandas")
        for tags in (np.array(["cat"]), np.array(["cat"], object), pd.Series(["cat"]), pd.Series(["cat"], [7])):
            assert matches(Hashtag == "cat", {"hashtag_names": tags}) is True
            assert matches(Hashtag == "dog", {"hashtag_names": tags}) is False
        assert matches(EffectId.in_(1, 5), {"effect_ids": np.array([5])}) is True
        assert matches(VideoId == 5, {"id": np.int64(5)}) is True
        assert matches(ViewCount == 5, {"view_count": np.int64(5)}) is True
        assert matches(CreateDate < "20240101", {"create_time": np.float64(5)}) is True
        assert matches(Length == "LONG", {"video_duration": np.float32(61)}) is True
        with pytest.raises(ValidationError, match="NaN"):
            matches(Length != "LONG", {"video_duration": np.float32("nan")})

    def test_arrays_are_neither_text_nor_numbers(self) -> None:
        np = pytest.importorskip("numpy")
        pd = pytest.importorskip("pandas")
        asked = [
            Region == "US",
            Username.in_("a", "b"),
            Keyword == "a",
            VideoId == 5,
            ViewCount == 5,
            Length == "SHORT",
        ]
        values = [np.array([]), np.array([5]), np.array(["a", "b"]), pd.Series([5, 6]), np.bool_(True), pd.NA, pd.NaT]
        for expression, value in itertools.product(asked, values):
            [field] = fields_of(expression)
            with pytest.raises(ValidationError, match=f"^{field.video_field} of the video: "):
                matches(expression, {field.video_field: value})
        for value in (np.array("cat"), np.array([["cat"]])):
            with pytest.raises(ValidationError, match=r"^hashtag_names of the video: "):
                matches(Hashtag == "cat", {"hashtag_names": value})

    def test_an_absent_value_differs_from_a_wrong_one(self) -> None:
        with pytest.raises(ValidationError, match="hashtag_names"):
            matches((MusicId == 5) | Hashtag.in_("a", "b"), {"music_id": None, "hashtag_names": [["a"]]})

    def test_a_failure_of_the_value_itself_is_not_hidden(self) -> None:
        class Failing(str):
            def isascii(self) -> bool:
                raise TypeError("mine")

        with pytest.raises(TypeError, match="mine"):
            matches(Keyword == "cat", {"video_description": Failing("cat")})

    def test_a_null_in_a_list_is_ignored(self) -> None:
        for tags in ([None], [None, "dog"], ("dog", None)):
            assert matches(Hashtag == "cat", {"hashtag_names": tags}) is False
            assert matches(Hashtag != "cat", {"hashtag_names": tags}) is True
            assert matches(Hashtag.in_("dog", "cat"), {"hashtag_names": tags}) is ("dog" in tags)
        assert matches(EffectId == 5, {"effect_ids": [None, 5]}) is True


class TestEveryField:
    """For any other conditions, and in any order."""

    #: The possible values of a video, and for each field a condition that holds, and one that does not.
    VIDEO: ClassVar[dict[str, Any]] = {
        "id": "5", "create_time": 0, "username": "ann", "region_code": "US", "video_description": "cat",
        "hashtag_names": ["cat"], "music_id": 5, "effect_ids": ["5"], "video_duration": 14, "view_count": 5,
        "comment_count": 5,
    }  # fmt: skip
    HOLDING: ClassVar[tuple[Expression, ...]] = (
        VideoId == 5, CreateDate == "19700101", Username == "ann", Region == "US", Keyword == "cat", Hashtag == "cat",
        MusicId == 5, EffectId == 5, Length == "SHORT", ViewCount == 5, CommentCount == 5,
    )  # fmt: skip

    @pytest.mark.parametrize("field", VIDEO)
    @pytest.mark.parametrize("value", [math.nan, "", {}, True], ids=repr)
    def test_a_wrong_value_is_refused(self, field: str, value: Any) -> None:
        if value == "" and isinstance(self.VIDEO[field], str) and field != "id":
            return  # an empty text is a text
        video = {**self.VIDEO, field: value}
        for held in (video, SimpleNamespace(**video)):
            for order in (self.HOLDING, self.HOLDING[::-1]):
                for expression in (all_of(order), any_of(order), none_of(order), none_of(~one for one in order)):
                    with pytest.raises(ValidationError, match=f"^{field} of the video: "):
                        matches(expression, held)

    def test_rows_of_a_csv_reader(self) -> None:
        written = io.StringIO()
        writer = csv.DictWriter(written, self.VIDEO)
        writer.writeheader()
        writer.writerow({**self.VIDEO, "hashtag_names": json.dumps(["cat"]), "effect_ids": json.dumps(["5"])})
        [row] = csv.DictReader(io.StringIO(written.getvalue()))
        for expression in self.HOLDING:
            [field] = fields_of(expression)
            if holds(field) in ("text", "id"):
                assert matches(expression, row) is True
            else:
                with pytest.raises(
                    ValidationError, match=f"^{field.video_field} of the video: .*; convert it: "
                ) as refused:
                    matches(expression, row)
                conversion = str(refused.value).partition("convert it: ")[2]
                converted = eval(conversion, {"json": json, "text": row[field.video_field]})
                assert matches(expression, {**row, field.video_field: converted}) is True


class TestIds:
    @given(st.lists(st.integers(0, 99).map(str) | st.sampled_from(["", "x", "-1", "１", 5, None, True])))
    def test_those_that_are_as_usual_are_taken_as_they_are(self, values: list[Any]) -> None:
        if ids_as_usual(values):
            assert taken("effect_ids", "list of ids", values) == values
        else:
            assert not all(isinstance(value, str) and value.isascii() and value.isdigit() for value in values)
