"""Filtering dataframes, on real engines, held to `matcher`."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.io.plugins import register_io_source
from pyspark.sql import SparkSession

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
    all_of,
    any_of,
    frames,
    matcher,
    none_of,
)
from querydsl.language.expressions import conditions
from querydsl.matching.letter_case import lowered, spellings
from querydsl.matching.predicate import ABSENT, VIDEO_FIELD
from querydsl.spec.values import ACCEPTS
from querydsl.tables import FIELDS, INT64_MAX, LENGTHS

#: Spark before its version 4.2 leaves the sockets over which it answers to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

TYPES = pa.schema(
    {
        "id": pa.int64(),
        "create_time": pa.int64(),
        "username": pa.string(),
        "region_code": pa.string(),
        "video_description": pa.string(),
        "hashtag_names": pa.list_(pa.string()),
        "effect_ids": pa.list_(pa.string()),
        "music_id": pa.int64(),
        "video_duration": pa.int64(),
    }
)
Video = dict[str, Any]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A session of Spark, which takes a table as a frame."""
    if shutil.which("java") is None:
        pytest.skip("Spark runs on Java, and there is none here")
    options = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "ERROR",
    }
    session = SparkSession.builder.master("local[1]").config(map=options).getOrCreate()
    yield session
    session.stop()


#: For each engine, how it takes a table. Spark is asked for last, and less: each question costs it a tenth of a second.
ENGINES: dict[str, Callable[[pa.Table], Any]] = {
    "polars": pl.from_arrow,
    "polars, lazy": lambda table: pl.from_arrow(table).lazy(),  # type: ignore[union-attr]
    "pandas": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "pyarrow": lambda table: table,
    "duckdb": duckdb.from_arrow,
}


@pytest.fixture(scope="module", params=[*ENGINES, "spark"])
def engine(request: pytest.FixtureRequest) -> Callable[[pa.Table], Any]:
    """An engine, as a function from a table to its frame."""
    if request.param == "spark":
        take: Callable[[pa.Table], Any] = request.getfixturevalue("spark").createDataFrame
        return take
    return ENGINES[request.param]


def rows(frame: Any) -> list[int]:
    """Which rows are in a frame, by their column `row`."""
    held = nw.from_native(frame).select("row")
    return sorted((held.collect() if isinstance(held, nw.LazyFrame) else held)["row"].to_list())


def table(videos: list[Video], types: pa.Schema = TYPES) -> pa.Table:
    """The videos as a table, with the number of each as the column `row`."""
    return pa.Table.from_pylist(videos, types).append_column("row", pa.array(range(len(videos))))


def expected(expr: Expression, videos: list[Video]) -> list[int]:
    """The rows that `matcher` keeps; a video without a field that may not be absent is none to keep."""
    matching, kept = matcher(expr), []
    for row, video in enumerate(videos):
        with suppress(MissingFieldError):
            kept += [row] if matching(video) else []
    return kept


# Random videos, and expressions that some of them meet

#: What a character may get wrong: its case, its length in some encoding, its meaning in a pattern or a literal.
ALPHABET = "aAbiIİıkK\u212asSſßẞσΣς\u0307éÉдДǆǅǄ𐐀𐐨🐈猫 \0\n\t\\.*+?()[]{}^$|&-~<>#'\"%_/0x"
texts = st.text(st.sampled_from(ALPHABET) | st.characters(exclude_categories=["Cs"]), max_size=4)
words = texts.filter(lambda text: ACCEPTS["username"](text) and ACCEPTS["hashtag_name"](text))
VALUES = {
    "create_date": st.sampled_from(
        ["00010101", "19691231", "19700101", "20240229", "20240301", "20250101", "99991231"]
    ),
    "username": words,
    "region_code": st.sampled_from(["US", "GB", "JP"]),
    "video_id": st.integers(1, 9).map(str),
    "hashtag_name": words,
    "keyword": words,
    "music_id": st.sampled_from(["1", "2", str(2**53), str(2**53 + 1), str(INT64_MAX - 1), str(INT64_MAX)]),
    "effect_id": st.sampled_from(["0", "1", "2", str(INT64_MAX)]),
    "video_length": st.sampled_from(LENGTHS),
}


@st.composite
def some_conditions(draw: st.DrawFn) -> Condition:
    field = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
    operation = draw(st.sampled_from(sorted(field.operations)))
    most = 7 if operation == "IN" else 1
    values = draw(st.lists(VALUES[field.name], min_size=1, max_size=most, unique=True))
    return Condition(field.name, operation, values)


expressions: st.SearchStrategy[Expression] = st.recursive(
    some_conditions(),
    lambda inner: st.one_of(
        inner.map(lambda term: ~term),
        st.lists(inner, min_size=1, max_size=4).map(all_of),
        st.lists(inner, min_size=1, max_size=4).map(any_of),
        st.lists(inner, min_size=1, max_size=4).map(none_of),
    ),
    max_leaves=8,
)


def some_videos(chance: random.Random, expr: Expression, number: int = 100) -> list[Video]:
    """Videos that carry what the expression asks for in about half the places, nulls and empty lists among them."""
    asked: dict[str, list[str]] = {name: [] for name in FIELDS}
    for condition in conditions(expr):
        asked[condition.field_name] += condition.field_values

    def one(field: str, *others: str) -> str:
        return chance.choice([*asked[field], *others])

    def written(text: str) -> str:
        return "".join(chance.choice(spellings(character)) for character in text)

    def video(place: int) -> Video:
        said = [one("keyword", "", "a", "\0"), one("keyword", "x")[:-1], one("keyword", "ßa")[1:], one("username", "İ")]
        names = [None, one("hashtag_name", "b"), lowered(one("hashtag_name", "a")), lowered(one("hashtag_name", "a"))]
        day = datetime.strptime(one("create_date", "19691231", "20240301"), "%Y%m%d")
        moment = (day - datetime(1970, 1, 1)) // timedelta(seconds=1)
        music = one("music_id", "3", "")
        return {
            "id": place,
            "create_time": moment + chance.choice([-1, 0, 1, 43_200, 86_399, 86_400]),
            "username": chance.choice([one("username", "x"), written(one("username", "x"))]),
            "region_code": one("region_code", "FR", "ZZ"),
            "video_description": "".join(map(written, chance.choices(said, k=chance.randrange(4)))),
            "hashtag_names": chance.choice([None, [], chance.choices(names, k=chance.randrange(4))]),
            "effect_ids": chance.choice([None, [], [one("effect_id", "0"), one("effect_id", "3")]]),
            "music_id": int(music) if music else None,
            "video_duration": chance.choice([0, 14, 15, 60, 61, 300, 301]),
        }

    videos = [video(place) for place in range(1, number + 1)]
    for field in chance.choices(sorted(VIDEO_FIELD.values()), k=5):
        chance.choice(videos)[field] = None
    return videos


class TestLaw:
    """A frame keeps the rows that `matcher` keeps."""

    @pytest.mark.parametrize("name", ENGINES)
    @given(expressions, st.integers(0, 2**32))
    def test_in_every_engine(self, name: str, expr: Expression, seed: int) -> None:
        videos = some_videos(random.Random(seed), expr)
        assert rows(frames.filter(ENGINES[name](table(videos)), expr)) == expected(expr, videos)

    @given(expressions, st.integers(0, 2**32))
    @settings(max_examples=25)
    def test_in_spark(self, spark: Any, expr: Expression, seed: int) -> None:
        videos = some_videos(random.Random(seed), expr)
        assert rows(frames.filter(spark.createDataFrame(table(videos)), expr)) == expected(expr, videos)

    @pytest.mark.parametrize("name", ENGINES)
    @given(expressions, st.integers(0, 2**32))
    @settings(max_examples=30)
    def test_by_the_bare_expression(self, name: str, expr: Expression, seed: int) -> None:
        videos = some_videos(random.Random(seed), expr)
        held = nw.from_native(ENGINES[name](table(videos)))
        assert rows(held.filter(frames.expression(expr)).to_native()) == expected(expr, videos)
        assert rows(held.filter(~frames.expression(expr)).to_native()) == sorted(
            {*range(len(videos))} - {*expected(expr, videos)}
        )

    @pytest.mark.parametrize("name", ENGINES)
    @given(expressions, st.integers(0, 2**32))
    @settings(max_examples=30)
    def test_with_ids_as_text_and_effects_as_numbers(self, name: str, expr: Expression, seed: int) -> None:
        videos = some_videos(random.Random(seed), expr)
        for video in videos:
            for field in ("id", "music_id"):
                video[field] = None if video[field] is None else str(video[field])
            video["effect_ids"] = None if video["effect_ids"] is None else list(map(int, video["effect_ids"]))
        types = TYPES
        for field, kind in (("id", pa.string()), ("music_id", pa.string()), ("effect_ids", pa.list_(pa.int64()))):
            types = types.set(types.get_field_index(field), pa.field(field, kind))
        assert rows(frames.filter(ENGINES[name](table(videos, types)), expr)) == expected(expr, videos)

    def test_in_every_script_and_with_every_character_that_means_something(self, engine: Any) -> None:
        """Each keyword against each description, in one question to the engine for each keyword."""
        words = ["kedi", "KEDİ", "ΟΔΟΣ", "οδός", "ß", "ẞ", "ss", "кот", "𐐀x", "猫", "🐈", "a\0b", "a\nb", "i\u0307"]
        words += [f"a{character}b" for character in "\\.*+?()[]{}^$|&-~<>#'\"%_/ \t"]
        held = [spelt for word in words for spelt in (word, word.swapcase(), word[::-1])]
        around = [("", ""), ("x", "\n"), ("İ", "🐈")]
        videos = [{"video_description": f"{left}{one}{right}"} for one in held for left, right in around]
        types = pa.schema([TYPES.field("video_description")])
        frame = engine(table(videos, types))
        for word in words:
            assert rows(frames.filter(frame, Keyword == word)) == expected(Keyword == word, videos), word


VIDEOS: list[Video] = [
    {
        "id": 1, "create_time": 1_709_251_200, "username": "ann", "region_code": "US", "video_description": "My Cat",
        "hashtag_names": ["cat", "fyp"], "effect_ids": ["7"], "music_id": 5, "video_duration": 61,
    },
    {
        "id": 2, "create_time": 1_709_251_199, "username": "bob", "region_code": "JP", "video_description": "",
        "hashtag_names": [], "effect_ids": None, "music_id": None, "video_duration": 14,
    },
]  # fmt: skip

ALL_FIELDS = any_of(
    CreateDate == "20240301", Username == "ann", Region == "US", VideoId == 1, Hashtag == "cat", Keyword == "cat",
    MusicId == 5, EffectId == 7, Length == "LONG",
)  # fmt: skip


class TestNulls:
    @pytest.mark.parametrize("field", sorted(set(VIDEO_FIELD.values()) - set(ABSENT)))
    def test_a_row_without_what_is_needed_is_never_kept(self, engine: Any, field: str) -> None:
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

    def test_not_a_number_is_a_null(self) -> None:
        frame = pl.DataFrame({"row": [0, 1], "video_duration": [float("nan"), 400.0]})
        assert rows(frames.filter(frame, Length == "EXTRA_LONG")) == [1]
        assert rows(frames.filter(frame.to_pandas(), Length == "EXTRA_LONG")) == [1]
        assert rows(frames.filter(frame, Length != "EXTRA_LONG")) == []


class TestColumns:
    def test_what_the_api_leaves_out_holds_nothing(self, engine: Any) -> None:
        frame = engine(table(VIDEOS).drop_columns([*ABSENT]))
        for expr in (Hashtag == "cat", EffectId.in_(*range(9)), MusicId == 5, (Hashtag == "cat") & (Region == "US")):
            assert rows(frames.filter(frame, expr)) == []
            assert rows(frames.filter(frame, ~expr)) == [0, 1]
        assert rows(frames.filter(frame, (Hashtag == "cat") | (Region == "US"))) == [0]

    @pytest.mark.parametrize("field", sorted(set(VIDEO_FIELD.values()) - set(ABSENT)))
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
        frame = pd.DataFrame({"row": [0, 1, 2], "region_code": pd.Categorical(["US", "JP", None])})
        assert rows(frames.filter(frame, Region != "US")) == [1]
        arrow = pl.DataFrame(frame, schema_overrides={"region_code": pl.Enum(["US", "JP"])})
        assert rows(frames.filter(arrow, Region.in_("US", "FR"))) == [0]

    def test_smaller_and_unsigned_numbers_are_numbers(self) -> None:
        for kind in (pl.Int8, pl.UInt64, pl.Int32):
            frame = pl.DataFrame({"row": [0, 1], "id": pl.Series([1, 2], dtype=kind)})
            assert rows(frames.filter(frame, VideoId.in_(2, INT64_MAX))) == [1]
            assert rows(frames.filter(frame, VideoId != INT64_MAX)) == [0, 1]

    def test_pandas_keeps_its_index(self) -> None:
        frame = pd.DataFrame({"region_code": ["US", "JP", None]}, index=[7, 8, 9])
        assert list(frames.filter(frame, Region != "US").index) == [8]

    def test_lists_that_are_all_empty_in_json_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "videos.jsonl"
        path.write_text('{"row": 0, "hashtag_names": []}\n{"row": 1, "hashtag_names": []}\n')
        for frame in (duckdb.read_json(str(path)), pl.read_ndjson(path), pl.scan_ndjson(path)):
            for expr in (Hashtag == "cat", Hashtag.in_(*"abcdefg")):
                assert (rows(frames.filter(frame, expr)), rows(frames.filter(frame, ~expr))) == ([], [0, 1])

    def test_a_frame_of_narwhals_stays_one(self) -> None:
        held = nw.from_native(pl.DataFrame(VIDEOS))
        assert isinstance(frames.filter(held, Hashtag.in_("cat", "dog")), nw.DataFrame)
        assert isinstance(frames.filter(held.lazy(), Hashtag == "cat"), nw.LazyFrame)

    def test_anything_else_is_no_frame(self) -> None:
        with pytest.raises(TypeError, match="dataframe"):
            frames.filter([1], Region == "US")


def refusal(frame: Any, expr: Expression) -> str:
    with pytest.raises(ValidationError) as caught:
        frames.filter(frame, expr)
    return str(caught.value)


class TestRefusals:
    """What cannot be compared rightly is refused, with what to write: and that works."""

    def test_lists_that_are_objects(self) -> None:
        frame = table(VIDEOS).to_pandas()
        assert refusal(frame, Hashtag == "cat") == (
            "column 'hashtag_names' (Object): pandas keeps its lists as objects, which no engine can search; write "
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
                "column 'create_time' (Datetime(time_unit='us', time_zone=None)): it is not a number of seconds; leave "
                "it as the API sends it: seconds since 1970, or of a duration",
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
        assert refusal(pl.DataFrame(column), expr) == message

    def test_the_text_of_csv_where_lists_belong(self, engine: Any) -> None:
        text = [None if video["effect_ids"] is None else json.dumps(video["effect_ids"]) for video in VIDEOS]
        frame = engine(table(VIDEOS).drop_columns(["effect_ids"]).append_column("effect_ids", pa.array(text)))
        said = refusal(frame, EffectId == 7)
        assert said.startswith("column 'effect_ids' (String): it is not a list but text, as in CSV; ")
        hint = said.partition("; ")[2].removeprefix("write ")
        if isinstance(frame, pa.Table):
            assert hint == "read Parquet or JSON Lines instead"
            return
        names = {"frame": frame, "json": json, "pandas": pd, "polars": pl, "pyarrow": pa}
        if hint.startswith("frame.withColumn"):
            names["from_json"] = nw.dependencies.get_pyspark_sql().functions.from_json
        assert rows(frames.filter(eval(hint, names), EffectId == 7)) == [0]


class TestLaziness:
    def test_the_type_of_a_frame_stays(self, engine: Any) -> None:
        frame = engine(table(VIDEOS))
        for expr in (Hashtag == "cat", Hashtag.in_(*map(str, range(100))), Region == "US"):
            assert type(frames.filter(frame, expr)) is type(frame)
        assert type(frames.filter(engine(table(VIDEOS).drop_columns(["music_id"])), MusicId == 1)) is type(frame)

    #: One that asks the file, and one for which a column has to be added.
    EXPR = (Region == "US") & Hashtag.in_(*map(str, range(100)), "cat")

    def test_polars_asks_the_file(self, tmp_path: Path) -> None:
        pl.DataFrame(VIDEOS).write_parquet(tmp_path / "videos.parquet")
        plan = frames.filter(pl.scan_parquet(tmp_path / "videos.parquet"), self.EXPR).explain()
        assert "region_code" in plan[plan.index("SELECTION") :]

    def test_duckdb_asks_the_file(self, tmp_path: Path) -> None:
        path = str(tmp_path / "videos.parquet")
        pl.DataFrame(VIDEOS).write_parquet(path)
        plan = frames.filter(duckdb.read_parquet(path), self.EXPR).explain()
        assert "region_code='US'" in plan[plan.index("PARQUET_SCAN") :].replace(" ", "")
        assert "list_filter" in plan

    def test_spark_asks_the_file(self, spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        pl.DataFrame(VIDEOS).write_parquet(tmp_path / "videos.parquet")
        frames.filter(spark.read.parquet(str(tmp_path)), self.EXPR).explain()
        plan = capsys.readouterr().out
        assert "EqualTo(region_cod" in plan[plan.index("PushedFilters") :]
        assert "arrays_overlap(hashtag_names" in plan

    def test_rows_are_not_looked_at(self) -> None:
        """A scan of a file that fails as soon as it is read."""
        schema = {"region_code": pl.String, "hashtag_names": pl.List(pl.String)}

        def fails(*_: Any) -> Iterator[pl.DataFrame]:
            raise AssertionError("read")

        frames.filter(register_io_source(fails, schema=schema), self.EXPR)


def nested(number: int) -> Expression:
    """An expression of so many conditions, each inside the one before."""
    expr: Expression = Hashtag == "fyp"
    for n in range(number // 2):
        expr = (Hashtag != f"a{n}") & ((Keyword == f"b{n}") | ~expr)
    return expr


def wide(number: int) -> dict[str, Expression]:
    """Expressions of so many conditions, of each shape."""
    return {
        "any of one field": any_of(Hashtag == f"tag{n}" for n in range(number)),
        "any of several": any_of(f == f"b{n}" for n in range(number // 3) for f in (Hashtag, Keyword, Username)),
        "none": all_of(Keyword != f"b{n}" for n in range(number - 1)) & (Region == "US"),
        "all carried": all_of(Hashtag == f"tag{n}" for n in range(number)),
        "days": any_of(CreateDate == date(1990, 1, 1) + timedelta(2 * n) for n in range(number)),
        "pairs": any_of((Hashtag == f"t{n}") & ~(Keyword == f"k{n}") for n in range(number // 2)),
        "nested": nested(number),
    }


class TestSize:
    @pytest.mark.parametrize("shape", wide(9))
    def test_a_thousand_conditions(self, engine: Any, shape: str) -> None:
        frame = engine(table(VIDEOS))
        # Spark takes some 8 ms to be told a condition, and the tests are not to take minutes
        expr = wide(250 if nw.from_native(frame).implementation.is_pyspark() else 1_000)[shape]
        assert rows(frames.filter(frame, expr)) == expected(expr, VIDEOS)

    def test_ten_times_as_many_take_about_ten_times_as_long(self) -> None:
        frame = pl.DataFrame(table(VIDEOS))

        def seconds(number: int) -> float:
            started = time.process_time()
            for expr in wide(number).values():
                frames.filter(frame, expr)
            return time.process_time() - started

        seconds(20)
        assert seconds(1_000) < 50 * seconds(100)

    def test_no_depth_is_too_deep_to_write(self) -> None:
        assert isinstance(frames.expression(nested(20_000)), nw.Expr)
        expr = nested(4_000)
        assert rows(frames.filter(pl.DataFrame(table(VIDEOS)), expr)) == expected(expr, VIDEOS)

    def test_thousands_of_keywords(self, engine: Any) -> None:
        expr = Keyword.in_(*(f"кот{n}" for n in range(5_000)), "CAT")
        assert rows(frames.filter(engine(table(VIDEOS)), expr)) == [0]


class TestImport:
    def test_the_error_says_what_to_install(self) -> None:
        program = "import sys; sys.modules['narwhals'] = None\nimport querydsl.frames.filter"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert done.stderr.strip().endswith("querydsl.frames needs narwhals; write: pip install 'querydsl[frames]'")


class TestArrow:
    def test_values_below_a_null_are_not_looked_at(self):
        values = pa.array(["x", "a", "q", "a"])
        lists = pa.ListArray.from_arrays(pa.array([0, 2, 3, 4]), values, mask=pa.array([False, True, False]))
        table = pa.table({"id": [1, 2, 3], "hashtag_names": lists})
        wanted = Hashtag.in_("a", "q", "c", "d", "e", "f")
        assert frames.filter(table, wanted)["id"].to_pylist() == [1, 3]
        assert frames.filter(table, ~wanted)["id"].to_pylist() == [2]
