"""Filtering dataframes, on real engines, held to `matcher`."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    matcher,
    none_of,
)
from querydsl.casing import lowered, spellings
from querydsl.expressions import conditions
from querydsl.frames import expression, filter
from querydsl.matching import ABSENT, VIDEO_FIELD
from querydsl.tables import FIELDS, INT64_MAX, LENGTHS, REGION_CODES

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
    if shutil.which("java") is None:
        pytest.skip("Spark runs on Java, and there is none here")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyspark warns of the newest pandas, which it is not given here
        from pyspark.sql import SparkSession

        options = {
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.log.level": "ERROR",
        }
        session = SparkSession.builder.master("local[1]").config(map=options).getOrCreate()
        yield session
        session.stop()


#: For each engine, a frame from a PyArrow table. Spark takes one by file or by session.
FRAMES: dict[str, Callable[[pa.Table], Any]] = {
    "polars": pl.from_arrow,
    "polars, lazy": lambda table: pl.from_arrow(table).lazy(),
    "pandas": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "pyarrow": lambda table: table,
    "duckdb": duckdb.from_arrow,
}


def ids(frame: Any, name: str = "id") -> list[int]:
    """The ids of the rows of a frame, in order."""
    held = nw.from_native(frame).select(name)
    if isinstance(held, nw.LazyFrame):
        held = held.collect()
    return sorted(held[name].to_list())


# Random videos, and expressions that some of them meet

#: What a character may get wrong: its case, its length in some encoding, its meaning in a pattern or a literal.
ALPHABET = "aAbiIİıkK\u212asSſßẞσΣς\u0307éÉдДǆǅǄ𐐀𐐨🐈猫 \0\n\t\\.*+?()[]{}^$|&-~<>#'\"%_/0x"
texts = st.text(st.sampled_from(ALPHABET) | st.characters(exclude_categories=["Cs"]), max_size=4)
words = texts.filter(lambda text: text.strip(" \0\n\t").strip() != "" and text[0] not in "@#")
VALUES = {
    "create_date": st.sampled_from(["00010101", "19691231", "19700101", "20240229", "20240301", "20250101", "99991231"]),
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

    def one(field: str, *others: Any) -> Any:
        return chance.choice([*asked[field], *others])

    def written(text: str) -> str:
        return "".join(chance.choice(spellings(character)) for character in text)

    def video(number: int) -> Video:
        said = [one("keyword", "", "ß", "a", "\0"), one("keyword", "x")[:-1], one("hashtag_name", " "), one("username", "İ")]
        some = chance.choices(said, k=chance.randrange(4))
        day = one("create_date", "19691231", "20240301")
        tags = [None, one("hashtag_name", "b"), lowered(one("hashtag_name", "a")), lowered(one("hashtag_name", "a"))]
        moment = pd.Timestamp(1970, 1, 1)
        seconds = (datetime.strptime(day, "%Y%m%d") - datetime(1970, 1, 1)) // timedelta(seconds=1)
        return {
            "id": number,
            "create_time": seconds + chance.choice([-1, 0, 1, 86_399, 86_400, 43_200]),
            "username": chance.choice([one("username", "x"), written(one("username", "x"))]),
            "region_code": one("region_code", "FR", "ZZ"),
            "video_description": "".join(map(written, some)),
            "hashtag_names": chance.choice([None, [], chance.choices(tags, k=chance.randrange(4))]),
            "effect_ids": chance.choice([None, [], [one("effect_id", "0"), one("effect_id", "3")]]),
            "music_id": chance.choice([None, int(one("music_id", "3"))]),
            "video_duration": chance.choice([0, 14, 15, 60, 61, 300, 301]),
        }

    videos = [video(place) for place in range(1, number + 1)]
    for field in chance.choices(sorted(VIDEO_FIELD.values()), k=5):
        chance.choice(videos)[field] = None
    return videos


def kept(expr: Expression, videos: list[Video]) -> list[int]:
    """What `matcher` keeps; a video without a field that may not be absent is none to keep."""
    matching = matcher(expr)

    def holds(video: Video) -> bool:
        try:
            return matching(video)
        except MissingFieldError:
            return False

    return [video["id"] for video in videos if holds(video)]


class TestLaw:
    @pytest.mark.parametrize("engine", FRAMES)
    @given(expressions, st.integers(0, 2**32))
    def test_a_frame_keeps_the_rows_that_matcher_keeps(self, engine: str, expr: Expression, seed: int) -> None:
        videos = some_videos(random.Random(seed), expr)
        table = pa.Table.from_pylist([{"row": row, **video} for row, video in enumerate(videos)], pa.schema([("row", pa.int64()), *TYPES]))
        matching = matcher(expr)
        expected = []
        for row, video in enumerate(videos):
            try:
                if matching(video): expected.append(row)
            except MissingFieldError:
                pass
        assert ids(filter(FRAMES[engine](table), expr), "row") == expected
