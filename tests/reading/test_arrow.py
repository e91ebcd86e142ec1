"""The videos of a file as a frame: the same values as its columns, in the types of each library."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import ALL_FIELDS, Client, Region, Store, StoreError, collect, select
from querydsl.sandbox import App, corpus, serve
from querydsl.storage.rows import row
from querydsl.tables import VIDEO_FIELDS

from ..storage.files import fill

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("adbc_driver_sqlite")

from querydsl.reading.arrow import parts, table  # noqa: E402  # it takes both

REQUEST = select("id").where(Region == "US").on("20230101").request()
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
        for found in rows:
            for name in STRUCTS:
                found[name] = found[name] if found[name] is None else json.loads(found[name])
        for found, video in zip(rows, kept, strict=True):
            assert {name: value for name, value in found.items() if value is not None} == video.to_dict()

    def test_it_has_the_columns_of_an_exported_parquet_file(self, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet")
        with stored(corpus(300)) as store:
            store.export(tmp_path / "all.parquet")
            table = store.frame("pyarrow")
        assert table.equals(parquet.read_table(tmp_path / "all.parquet"))

    def test_a_file_without_videos_has_the_columns_too(self):
        with stored([]) as store:
            table = store.frame("pyarrow")
        assert (table.num_rows, table.column_names) == (0, [*ALL_FIELDS, "extra"])


HUGE = 3_000_000


def texts(table):
    """The bytes of text in a table."""
    return sum(
        pyarrow.compute.sum(pyarrow.compute.binary_length(column)).as_py() or 0
        for column in table.columns
        if column.type == pyarrow.string()
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A few videos with huge texts, among them a list and a struct, and one video without texts."""
    huge = [
        {"video_description": "a" * HUGE},
        {"username": "猫" * HUGE},
        {},
        {"hashtag_names": ["b" * HUGE, "c" * HUGE]},
        {"video_label": {"d": "d" * HUGE}, "video_description": "d"},
        *({"voice_to_text": letter * HUGE} for letter in "efg"),
    ]
    path = tmp_path_factory.mktemp("huge") / "huge.db"
    fill(path, [row(one, json.dumps(one)) for one in ({"id": at, **one} for at, one in enumerate(huge, 1))], REQUEST)
    return path


class TestParts:
    """Arrow counts the bytes of a column in 32 bits, and a file may have more: each part stays far below that."""

    @pytest.fixture
    def huge(self, made, tmp_path):
        return shutil.copy(made, tmp_path / "huge.db")

    @pytest.mark.parametrize("most", [1, 2 * HUGE, 4 * HUGE, 100 * HUGE])
    def test_each_is_as_large_as_it_may_be_or_one_video(self, huge, most):
        with closing(sqlite3.connect(huge)) as database:
            found = list(parts(database, huge, most=most))
            whole = table(database, huge)
        assert all(part.num_rows == 1 or texts(part) <= most for part in found)
        assert all(part.schema == whole.schema for part in found)
        assert pyarrow.concat_tables(found).equals(whole)
        assert whole["id"].to_pylist() == list(range(1, 9))

    def test_no_two_next_to_each_other_would_be_one(self, huge):
        most = 4 * HUGE
        with closing(sqlite3.connect(huge)) as database:
            found = [texts(part) + 256 * part.num_rows for part in parts(database, huge, most=most)]
        assert len(found) > 2
        assert all(one + after > most for one, after in pairwise(found))

    def test_the_texts_are_those_of_the_videos(self, huge):
        with Store(huge) as store:
            kept = list(store.videos())
            frame = store.frame("pyarrow")
        for name in ("video_description", "username", "voice_to_text"):
            assert frame[name].to_pylist() == [getattr(video, name) for video in kept]
        assert frame["hashtag_names"].to_pylist()[3] == list(kept[3].hashtag_names)
        assert json.loads(frame["video_label"][4].as_py()) == kept[4].video_label

    def test_some_videos_are_chosen_from_each(self, huge):
        with closing(sqlite3.connect(huge)) as database:
            found = table(database, huge, [2, 3, 5, 99])
        assert found["id"].to_pylist() == [2, 3, 5]

    def test_videos_added_meanwhile_are_in_the_last_part(self, huge):
        with closing(sqlite3.connect(huge)) as database:
            reading = parts(database, huge, most=1)
            next(reading)
            database.execute("INSERT INTO videos (id, raw, username) VALUES (100, '{}', 'late')")
            database.commit()
            assert list(reading)[-1]["username"].to_pylist()[-1] == "late"

    def test_a_collection_can_begin_meanwhile(self, huge):
        with closing(sqlite3.connect(huge)) as database:
            reading = parts(database, huge, most=1)
            next(reading)
            database.execute("PRAGMA journal_mode = DELETE")
            database.execute("DELETE FROM videos WHERE id = 8")
            database.commit()

    def test_a_damaged_list_names_the_file(self, huge):
        with closing(sqlite3.connect(huge)) as database:
            database.execute("UPDATE videos SET hashtag_names = '[' WHERE id = 2")
            database.commit()
        with (
            Store(huge) as store,
            pytest.raises(StoreError, match=f"^{re.escape(str(huge))}: the file is damaged in the table videos, row 2"),
        ):
            store.frame("pyarrow")


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
