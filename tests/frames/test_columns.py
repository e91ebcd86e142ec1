"""The columns that an expression needs: which are found, which types they may have, and which are refused."""

from __future__ import annotations

import ast
import json
import math
import re
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from querydsl import (
    Condition,
    CreateDate,
    EffectId,
    Expression,
    Hashtag,
    Keyword,
    Length,
    MissingFieldError,
    MusicId,
    Region,
    Username,
    ValidationError,
    VideoId,
    ViewCount,
    any_of,
    frames,
    matches,
)
from querydsl.tables import FIELDS, INT64_MAX, VIDEO_FIELDS
from tests.frames.engines import TAKEN, VIDEOS, expected, nw, pa, rows, table

#: Before version 4.2, Spark leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

#: The Video fields that conditions read: those that a video may lack, and the others.
READ = sorted({field.video_field for field in FIELDS.values()})
ABSENT = [name for name in READ if VIDEO_FIELDS[name].may_be_absent]
NEEDED = [name for name in READ if name not in ABSENT]

ALL_FIELDS = any_of(
    CreateDate == "20240301", Username == "ann", Region == "US", VideoId == 1, Hashtag == "cat", Keyword == "cat",
    MusicId == 5, EffectId == 7, Length == "LONG",
    Condition("view_count", "EQ", ["5"]), Condition("comment_count", "GT", ["0"]),
)  # fmt: skip


class TestNulls:
    @pytest.mark.parametrize("field", NEEDED)
    def test_a_row_without_a_needed_value_is_never_kept(self, engine: Any, field: str) -> None:
        frame = engine(table([{**VIDEOS[0], field: None}, *VIDEOS]))
        assert rows(frames.filter(frame, ALL_FIELDS)) == [1]
        assert rows(frames.filter(frame, ~ALL_FIELDS)) == [2]

    def test_a_column_of_nothing_but_nulls(self, engine: Any) -> None:
        """Polars, PyArrow and DuckDB give it a type of its own."""
        nothing = {field: pa.null() for field in ("username", "video_duration", "id", "music_id")}
        lists = {"hashtag_names": pa.list_(pa.null()), "effect_ids": pa.null()}
        frame = pa.Table.from_pylist([{"hashtag_names": []}] * 2, pa.schema({**nothing, **lists}))
        frame = engine(frame.append_column("row", pa.array([0, 1])))
        if nw.from_native(frame).collect_schema()["username"] == nw.Int32:
            pytest.skip("DuckDB up to its version 1 takes them for int32")
        for expr in (Username == "ann", Length == "LONG", VideoId.in_(1, 2), (Username == "ann") | (Hashtag == "a")):
            assert rows(frames.filter(frame, expr)) == rows(frames.filter(frame, ~expr)) == []
        for expr in (MusicId == 1, MusicId.in_(1, 2), Hashtag == "a", Hashtag.in_(*"abcdefg")):
            assert (rows(frames.filter(frame, expr)), rows(frames.filter(frame, ~expr))) == ([], [0, 1])

    def test_nan_counts_as_null(self) -> None:
        pl = pytest.importorskip("polars")
        frame = pl.DataFrame({"row": [0, 1], "video_duration": [float("nan"), 400.0]})
        assert rows(frames.filter(frame, Length == "EXTRA_LONG")) == [1]
        assert rows(frames.filter(frame.to_pandas(), Length == "EXTRA_LONG")) == [1]
        assert rows(frames.filter(frame, Length != "EXTRA_LONG")) == []

    def test_a_null_in_a_list_is_ignored(self, engine: Any) -> None:
        videos = [{**VIDEOS[0], "hashtag_names": tags} for tags in ([None], [None, "cat"], ["cat", None])]
        frame = engine(table(videos))
        for expr in (Hashtag == "cat", Hashtag.in_(*"abcdef", "cat")):
            assert rows(frames.filter(frame, expr)) == expected(expr, videos) == [1, 2]
            assert rows(frames.filter(frame, ~expr)) == expected(~expr, videos) == [0]


class TestColumns:
    def test_a_column_that_the_api_omits_counts_as_empty(self, engine: Any) -> None:
        frame = engine(table(VIDEOS).drop_columns(ABSENT))
        for expr in (Hashtag == "cat", EffectId.in_(*range(9)), MusicId == 5, (Hashtag == "cat") & (Region == "US")):
            assert rows(frames.filter(frame, expr)) == []
            assert rows(frames.filter(frame, ~expr)) == [0, 1]
        assert rows(frames.filter(frame, (Hashtag == "cat") | (Region == "US"))) == [0]

    @pytest.mark.parametrize("field", NEEDED)
    def test_any_other_must_be_there(self, engine: Any, field: str) -> None:
        frame = engine(table(VIDEOS).drop_columns([field]))
        with pytest.raises(MissingFieldError) as caught:
            frames.filter(frame, ~ALL_FIELDS)
        assert caught.value.field == field

    def test_the_id_may_be_called_video_id(self, engine: Any) -> None:
        frame = engine(table(VIDEOS).rename_columns({"id": "video_id"}))
        assert rows(frames.filter(frame, VideoId == 2)) == [1]

    def test_columns_and_their_order_stay(self, engine: Any) -> None:
        frame = engine(table(VIDEOS))
        many = Hashtag.in_(*map(str, range(100)), "cat") & (Region == "US")
        assert nw.from_native(frames.filter(frame, many)).collect_schema() == nw.from_native(frame).collect_schema()

    def test_categories_are_text(self) -> None:
        pd = pytest.importorskip("pandas")
        pl = pytest.importorskip("polars")
        frame = pd.DataFrame({"row": [0, 1, 2], "region_code": pd.Categorical(["US", "JP", None])})
        assert rows(frames.filter(frame, Region != "US")) == [1]
        arrow = pl.DataFrame(frame, schema_overrides={"region_code": pl.Enum(["US", "JP"])})
        assert rows(frames.filter(arrow, Region.in_("US", "FR"))) == [0]

    def test_smaller_and_unsigned_numbers_are_numbers(self) -> None:
        pl = pytest.importorskip("polars")
        for kind in (pl.Int8, pl.UInt64, pl.Int32):
            frame = pl.DataFrame({"row": [0, 1], "id": pl.Series([1, 2], dtype=kind)})
            assert rows(frames.filter(frame, VideoId.in_(2, INT64_MAX))) == [1]
            assert rows(frames.filter(frame, VideoId != INT64_MAX)) == [0, 1]

    def test_pandas_keeps_its_index(self) -> None:
        pd = pytest.importorskip("pandas")
        frame = pd.DataFrame({"region_code": ["US", "JP", None]}, index=[7, 8, 9])
        assert list(frames.filter(frame, Region != "US").index) == [8]

    def test_lists_that_are_all_empty_in_json_lines(self, tmp_path: Path) -> None:
        duckdb = pytest.importorskip("duckdb")
        pl = pytest.importorskip("polars")
        path = tmp_path / "videos.jsonl"
        path.write_text('{"row": 0, "hashtag_names": []}\n{"row": 1, "hashtag_names": []}\n')
        for frame in (duckdb.read_json(str(path)), pl.read_ndjson(path), pl.scan_ndjson(path)):
            for expr in (Hashtag == "cat", Hashtag.in_(*"abcdefg")):
                assert (rows(frames.filter(frame, expr)), rows(frames.filter(frame, ~expr))) == ([], [0, 1])

    def test_a_frame_of_narwhals_stays_one(self) -> None:
        pl = pytest.importorskip("polars")
        held = nw.from_native(pl.DataFrame(VIDEOS))
        assert isinstance(frames.filter(held, Hashtag.in_("cat", "dog")), nw.DataFrame)
        assert isinstance(frames.filter(held.lazy(), Hashtag == "cat"), nw.LazyFrame)

    def test_anything_else_is_refused(self) -> None:
        with pytest.raises(TypeError, match="dataframe"):
            frames.filter([1], Region == "US")


def refusal(frame: Any, expr: Expression) -> str:
    with pytest.raises(ValidationError) as caught:
        frames.filter(frame, expr)
    return str(caught.value)


class TestCounts:
    BETWEEN = Condition("view_count", "GT", ["4"]) & Condition("view_count", "LT", ["7"])

    @pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.float64()], ids=str)
    def test_they_are_numbers_of_any_type(self, engine: Any, kind: Any) -> None:
        frame = engine(pa.table({"row": [0, 1, 2, 3], "view_count": pa.array([4, 5, 7, None], kind)}))
        assert rows(frames.filter(frame, self.BETWEEN)) == [1]
        assert rows(frames.filter(frame, ~self.BETWEEN)) == [0, 2]
        for values, kept in ((["5"], [1]), (["4", "7"], [0, 2]), (["4", "5", "6", "7"], [0, 1, 2]), (["9" * 18], [])):
            assert rows(frames.filter(frame, Condition("view_count", "IN", values))) == kept
        assert rows(frames.filter(frame, Condition("view_count", "GT", ["9" * 18]))) == []

    def test_times_and_durations_may_be_floats(self, engine: Any) -> None:
        videos = {"row": [0, 1, 2], "create_time": [86_399.0, 86_400.0, None], "video_duration": [60.0, 60.5, 61.0]}
        frame = engine(pa.table(videos))
        assert rows(frames.filter(frame, Length == "LONG")) == [1, 2]
        assert rows(frames.filter(frame, CreateDate == "19700101")) == [0]
        assert rows(frames.filter(frame, CreateDate.in_("19700102", "20240101"))) == [1]

    @pytest.mark.parametrize("kind", [pa.int64(), pa.float64()], ids=str)
    @pytest.mark.parametrize(
        "expr", [CreateDate >= "20230101", CreateDate != "20230101", CreateDate.in_("20230101", "20300101")], ids=repr
    )
    def test_a_time_that_matcher_refuses_counts_as_missing(self, engine: Any, kind: Any, expr: Expression) -> None:
        times: list[Any] = [1_672_531_200, 1_893_456_000, 1_672_531_200_000, -(10**12), 2**50, None]
        times += [1_672_531_200.5, math.nan] if kind == pa.float64() else []
        frame = engine(pa.table({"row": list(range(len(times))), "create_time": pa.array(times, kind)}))
        kept = []
        for row, time in enumerate(times):
            with suppress(ValidationError, MissingFieldError):
                kept += [row] if matches(expr, {"create_time": time}) else []
        assert rows(frames.filter(frame, expr)) == kept

    def test_text_in_their_place_is_refused(self, engine: Any) -> None:
        frame = engine(pa.table({"row": [0], "view_count": ["5"]}))
        assert refusal(frame, self.BETWEEN) == (
            "column 'view_count' (String): it holds neither integers nor floats; cast it to int64"
        )

    #: One of each kind: a single number, several with gaps, several without, a range, all, and their opposites.
    ASKED = (
        ViewCount == 5, ViewCount != 5, ViewCount.in_(5, 7, 9), ViewCount.not_in(5, 7, 9), ViewCount.in_(4, 5),
        ViewCount > 4, ~(ViewCount > 4), ViewCount >= 0, ViewCount <= INT64_MAX, ViewCount == INT64_MAX,
        ViewCount.in_(*range(0, 600, 2)),
    )  # fmt: skip

    @pytest.mark.parametrize("kind", [pa.float64(), pa.float32()], ids=str)
    @pytest.mark.parametrize("expr", ASKED, ids=repr)
    def test_a_float_that_matcher_refuses_counts_as_missing(self, engine: Any, kind: Any, expr: Expression) -> None:
        counts = [4.0, 5.0, -5.0, 2.0**60, 5.5, -0.5, math.nan, math.inf, -math.inf, None]
        frame = engine(pa.table({"row": list(range(len(counts))), "view_count": pa.array(counts, kind)}))
        kept = []
        for row, count in enumerate(counts):
            with suppress(ValidationError, MissingFieldError):
                kept += [row] if matches(expr, {"view_count": count}) else []
        assert rows(frames.filter(frame, expr)) == kept

    @pytest.mark.parametrize("take", TAKEN.values(), ids=TAKEN)  # Spark has no unsigned numbers
    @pytest.mark.parametrize("expr", ASKED, ids=repr)
    def test_unsigned_numbers_may_be_larger_than_any_count(self, take: Any, expr: Expression) -> None:
        counts = [4, 5, 7, INT64_MAX, 2**64 - 1, None]
        frame = take(pa.table({"row": list(range(6)), "view_count": pa.array(counts, pa.uint64())}))
        kept = [row for row, count in enumerate(counts[:-1]) if matches(expr, {"view_count": count})]
        assert rows(frames.filter(frame, expr)) == kept

    @pytest.mark.parametrize("take", TAKEN.values(), ids=TAKEN)
    @pytest.mark.parametrize("large", [INT64_MAX + 1, 2**64 - 1])
    def test_unsigned_times_durations_and_ids(self, take: Any, large: int) -> None:
        held = pa.array([0, 86_400, 172_800, large, None], pa.uint64())
        columns = dict.fromkeys(["id", "music_id", "create_time", "video_duration"], held)
        frame = take(pa.table({"row": list(range(5)), **columns}))
        for expr, kept in (
            (VideoId == 86_400, [1]),
            (VideoId != 86_400, [0, 2, 3]),
            (MusicId.in_(86_400, 5), [1]),
            (MusicId.not_in(86_400, 5), [0, 2, 3, 4]),
            (CreateDate == "19700102", [1]),
            (CreateDate >= "19700102", [1, 2]),
            (CreateDate.in_("19691230", "19700102"), [1]),
            (CreateDate.not_in("19700101", "19700103"), [1]),
            (CreateDate < "19691231", []),
            (CreateDate <= "19691231", []),
            (CreateDate > "19691231", [0, 1, 2]),
            (Length == "SHORT", [0]),
            (Length == "EXTRA_LONG", [1, 2, 3]),
        ):
            assert rows(frames.filter(frame, expr)) == kept


class TestRefusals:
    """Columns that cannot be compared correctly are refused, and the suggested fix works."""

    def test_lists_that_are_objects(self) -> None:
        pd = pytest.importorskip("pandas")
        frame = table(VIDEOS).to_pandas()
        assert refusal(frame, Hashtag == "cat") == (
            "column 'hashtag_names' (Object): its lists are Python objects, which no engine can search; write "
            "frame.astype({'hashtag_names': pandas.ArrowDtype(pyarrow.list_(pyarrow.string()))}), or read Parquet with "
            "dtype_backend='pyarrow'"
        )
        lists = frame.astype({"hashtag_names": pd.ArrowDtype(pa.list_(pa.string()))})
        assert rows(frames.filter(lists, Hashtag == "cat")) == [0]
        assert rows(frames.filter(lists, Hashtag.in_(*"abcdef", "cat"))) == [0]

    def test_ids_that_have_lost_digits(self) -> None:
        assert refusal(table(VIDEOS).to_pandas(), MusicId == 5) == (
            "column 'music_id' (Float64): it is neither int64 nor text, and ids do not fit into anything else; read it "
            "as int64; in pandas with dtype_backend='pyarrow', which keeps whole numbers beside nulls"
        )

    @pytest.mark.parametrize(
        ("column", "expr", "message"),
        [
            ({"username": [1]}, Username == "1", "column 'username' (Int64): it is not text; cast it to text"),
            (
                {"create_time": [datetime(2024, 3, 1)]},
                CreateDate == "20240301",
                "column 'create_time' (Datetime(time_unit='us', time_zone=None)): it holds neither integers nor "
                "floats; cast it to int64, a time as seconds since 1970",
            ),
            (
                {"hashtag_names": [[1]]},
                Hashtag == "1",
                "column 'hashtag_names' (Int64): the lists do not hold text; cast them to lists of text",
            ),
        ],
        ids=["text", "number", "lists"],
    )
    def test_other_types(self, column: dict[str, Any], expr: Expression, message: str) -> None:
        pl = pytest.importorskip("polars")
        assert refusal(pl.DataFrame(column), expr) == message

    @pytest.mark.parametrize("expr", TestCounts.ASKED, ids=repr)
    @pytest.mark.parametrize(
        "column",
        [
            ([Decimal("5.00"), None], pa.decimal128(5, 2)),
            (["5", "6"], pa.dictionary(pa.int32(), pa.string())),
            ([True, None], pa.bool_()),
        ],
        ids=["decimal", "category", "bool"],
    )
    def test_values_that_engines_cast_in_different_ways(self, engine: Any, expr: Expression, column: Any) -> None:
        said = refusal(engine(pa.table({"view_count": pa.array(*column)})), expr)
        assert re.fullmatch(
            r"column 'view_count' \(.+\): it holds neither integers nor floats; cast it to int64", said, re.DOTALL
        )

    @pytest.mark.parametrize("take", TAKEN.values(), ids=TAKEN)
    def test_lists_of_ids_that_may_be_larger_than_any(self, take: Any) -> None:
        effects = pa.array([[5], [2**64 - 1], None], pa.list_(pa.uint64()))
        frame = take(pa.table({"row": [0, 1, 2], "effect_ids": effects}))
        for expr in (EffectId == 5, EffectId.in_(*range(9)), EffectId != 5):
            assert refusal(frame, expr) == (
                "column 'effect_ids' (UInt64): the lists hold more than int64; cast them to lists of int64 or text"
            )

    @pytest.mark.parametrize("written", [json.dumps, repr], ids=["JSON", "as pandas writes them"])
    def test_the_text_of_csv_in_place_of_lists(self, engine: Any, written: Any) -> None:
        pd = pytest.importorskip("pandas")
        pl = pytest.importorskip("polars")
        lists = [["it's", "cat"], ["dog"], [], None]
        texts = [None if tags is None else written(tags) for tags in lists]
        frame = engine(pa.table({"row": [0, 1, 2, 3], "hashtag_names": texts}))
        said = refusal(frame, Hashtag == "cat")
        assert said.startswith("column 'hashtag_names' (String): it is not a list but text, as in CSV; ")
        hint = said.partition("; ")[2].removeprefix("write ")
        if isinstance(frame, pa.Table):
            assert hint == "read Parquet or JSON Lines instead"
            return
        names = {"frame": frame, "json": json, "ast": ast, "pandas": pd, "polars": pl, "pyarrow": pa}
        if hint.startswith("frame.withColumn"):
            names["from_json"] = nw.dependencies.get_pyspark_sql().functions.from_json
        of_json, _, of_python = hint.partition(""", or for texts like "['cat', 'dog']" """)
        converted = eval(of_json if written is json.dumps or not of_python else of_python, names)
        assert rows(frames.filter(converted, Hashtag == "cat")) == [0]
        assert rows(frames.filter(converted, Hashtag != "cat")) == [1, 2, 3]
