"""The engines that the tests of frames run on, each only where it is installed, and videos as tables for them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from querydsl import Expression, MissingFieldError, matcher

nw = pytest.importorskip("narwhals")
pa = pytest.importorskip("pyarrow")

Video = dict[str, Any]

#: How to make a frame of each engine from a table. Spark, which needs a session, is a fixture in `conftest`.
TAKEN: dict[str, Callable[[Any], Any]] = {
    "polars": lambda table: pytest.importorskip("polars").from_arrow(table),
    "polars, lazy": lambda table: pytest.importorskip("polars").from_arrow(table).lazy(),
    "pandas": lambda table: table.to_pandas(types_mapper=pytest.importorskip("pandas").ArrowDtype),
    "pyarrow": lambda table: table,
    "duckdb": lambda table: pytest.importorskip("duckdb").from_arrow(table),
}

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
        "view_count": pa.int64(),
        "comment_count": pa.int64(),
    }
)

VIDEOS: list[Video] = [
    {
        "id": 1, "create_time": 1_709_251_200, "username": "ann", "region_code": "US", "video_description": "My Cat",
        "hashtag_names": ["cat", "fyp"], "effect_ids": ["7"], "music_id": 5, "video_duration": 61,
        "view_count": 5, "comment_count": 0,
    },
    {
        "id": 2, "create_time": 1_709_251_199, "username": "bob", "region_code": "JP", "video_description": "",
        "hashtag_names": [], "effect_ids": None, "music_id": None, "video_duration": 14,
        "view_count": 6, "comment_count": 0,
    },
]  # fmt: skip


def table(videos: list[Video], types: Any = TYPES) -> Any:
    """The videos as a table, with the number of each as the column `row`."""
    return pa.Table.from_pylist(videos, types).append_column("row", pa.array(range(len(videos))))


def rows(frame: Any) -> list[int]:
    """Which rows are in a frame, by their column `row`."""
    held = nw.from_native(frame).select("row")
    return sorted((held.collect() if isinstance(held, nw.LazyFrame) else held)["row"].to_list())


def expected(expr: Expression, videos: list[Video]) -> list[int]:
    """The rows that `matcher` keeps; it keeps no video without a required field."""
    matching, kept = matcher(expr), []
    for row, video in enumerate(videos):
        with suppress(MissingFieldError):
            kept += [row] if matching(video) else []
    return kept
