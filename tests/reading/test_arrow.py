"""A file's videos as a frame: the same values as its columns, in the types of each library."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import ALL_FIELDS, Client, Region, Store, StoreError, collect, select
from querydsl.sandbox import App, corpus, serve
from querydsl.tables import VIDEO_FIELDS

PLAN = select().where(~(Region == "AQ")).on("20230101").plan()

INTS = st.integers(0, 2**63 - 1)
OF_TYPE = {
    "int64": INTS,
    "string": st.text(max_size=8),
    "bool": st.booleans(),
    "list<string>": st.lists(st.text(max_size=4), max_size=3),
    "struct": st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=2),
}
STRUCTS = [name for name, field in VIDEO_FIELDS.items() if field.type == "struct"]
OWN = {"id", "create_time", "region_code"}


@st.composite
def videos(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Videos of that day with any of the fields, and any values."""
    found = {}
    for number in draw(st.lists(INTS.filter(bool), max_size=5, unique=True)):
        others = {name: OF_TYPE[VIDEO_FIELDS[name].type] for name in ALL_FIELDS if name not in OWN}
        video = draw(st.fixed_dictionaries({}, optional=others))
        found[number] = {"id": number, "create_time": 1_672_531_200, "region_code": "US", **video}
    return list(found.values())


@contextmanager
def stored(given_videos: list[dict[str, Any]]):
    with TemporaryDirectory() as folder:
        path = Path(folder, "videos.db")
        with serve(App(given_videos)) as url, Client("any", base_url=url) as client:
            collect(PLAN, path, client=client)
        with Store(path) as store:
            yield store


class TestTable:
    @settings(max_examples=25)
    @given(videos())
    def test_it_has_the_values_of_all_videos(self, given_videos):
        with stored(given_videos) as store:
            rows = store.frame("pyarrow").to_pylist()
            kept = list(store.videos())
        for row in rows:
            for name in STRUCTS:
                row[name] = row[name] if row[name] is None else json.loads(row[name])
        for row, video in zip(rows, kept, strict=True):
            assert {name: value for name, value in row.items() if value is not None} == video.to_dict()

    def test_it_has_the_columns_of_an_exported_parquet_file(self, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet")
        with stored(corpus(300)) as store:
            store.export(tmp_path / "all.parquet")
            table = store.frame("pyarrow")
        assert table.equals(parquet.read_table(tmp_path / "all.parquet"))

    def test_a_file_without_videos_has_the_columns_too(self):
        with stored([]) as store:
            table = store.frame("pyarrow")
        assert (table.num_rows, table.column_names) == (0, list(ALL_FIELDS))


class TestBackends:
    @pytest.mark.parametrize(
        ("backend", "count", "first_tags"),
        [
            ("polars", len, lambda frame: frame["hashtag_names"][0].to_list()),
            ("pandas", len, lambda frame: list(frame["hashtag_names"][0])),
            ("pyarrow", len, lambda table: table["hashtag_names"][0].as_py()),
            (
                "duckdb",
                lambda relation: len(relation.fetchall()),
                lambda relation: relation.limit(1).fetchall()[0][ALL_FIELDS.index("hashtag_names")],
            ),
        ],
    )
    def test_it_is_a_frame_of_that_library_with_lists_as_lists(self, backend, count, first_tags):
        pytest.importorskip(backend)
        with stored(corpus(3000)) as store:
            frame = store.frame(backend)
            first = next(store.videos())
            assert type(frame).__module__.split(".")[0].lstrip("_") == backend
            assert first_tags(frame) == list(first.hashtag_names)
            assert count(store.frame(backend)) == len(store) > 50

    def test_another_is_refused(self):
        with stored([]) as store, pytest.raises(StoreError) as caught:
            store.frame("excel")  # type: ignore[arg-type]
        message = "'excel' is not a kind of frame: write 'polars', 'pandas', 'pyarrow' or 'duckdb'"
        assert str(caught.value) == message
