"""The columns: one for each documented field, in any order; an unknown type is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import ALL_FIELDS
from querydsl.storage import columns
from querydsl.storage.columns import (
    COLUMNS,
    TYPES,
    VIDEOS_TABLE,
    batches,
    columns_of,
    existing_columns,
    missing_columns,
    selected,
)
from querydsl.tables import VIDEO_FIELDS


@pytest.fixture
def database():
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(VIDEOS_TABLE)
        yield database


class TestColumns:
    def test_there_is_one_for_each_documented_field_and_one_for_what_is_in_none(self):
        assert list(COLUMNS) == [*ALL_FIELDS, "extra"]

    def test_the_table_has_them_beside_what_came_and_when(self, database):
        assert existing_columns(database) == {"raw", "first_received", "last_received", *COLUMNS}

    @pytest.mark.parametrize(("name", "column"), COLUMNS.items(), ids=COLUMNS.keys())
    def test_they_are_of_the_type_of_the_field(self, name, column, database):
        assert column is TYPES["struct" if name == "extra" else VIDEO_FIELDS[name].type]
        declared = dict(database.execute("SELECT name, type FROM pragma_table_info('videos')").fetchall())
        assert declared[name] == column.sql

    def test_a_type_that_is_not_known_is_refused(self):
        made_up = attrs.evolve(VIDEO_FIELDS["id"], name="volume", type="float64")
        with pytest.raises(TypeError) as caught:
            columns_of({**VIDEO_FIELDS, "volume": made_up})
        assert str(caught.value) == (
            "the Video field volume is of the type 'float64', which has no column type yet: "
            "add it to TYPES in storage/columns.py"
        )


VALUES = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "string": st.text(),
    "bool": st.booleans(),
    "list<string>": st.lists(st.text()),
    "struct": st.dictionaries(st.text(), st.integers() | st.text() | st.none()),
}


class TestTypes:
    def test_each_is_tried_here(self):
        assert VALUES.keys() == TYPES.keys()

    @given(st.data(), st.sampled_from(sorted(TYPES)))
    def test_a_stored_value_is_read_as_pyarrow_takes_it(self, data, name):
        pyarrow = pytest.importorskip("pyarrow")
        value, column = data.draw(VALUES[name]), TYPES[name]
        stored = value if column.store is None else column.store(VIDEO_FIELDS["id"], value)
        read = stored if column.read is None else column.read(stored)
        array = pyarrow.array([read, None], column.arrow(pyarrow))
        assert array.to_pylist() == [read, None]


class TestSelected:
    def test_all_columns_of_a_whole_table(self):
        assert selected({"raw", *COLUMNS}) == ", ".join(COLUMNS)
        assert missing_columns({"raw", *COLUMNS}) == []

    def test_null_stands_for_one_that_is_not_there(self, database):
        database.execute("ALTER TABLE videos DROP COLUMN like_count")
        database.execute("INSERT INTO videos (id, raw, username) VALUES (7, '', 'a')")
        assert missing_columns(existing_columns(database)) == ["like_count"]
        found = database.execute(f"SELECT {selected(existing_columns(database))} FROM videos")
        assert [name for name, *_ in found.description] == list(COLUMNS)
        assert {value for value in found.fetchone() if value is not None} == {7, "a"}


class TestBatches:
    @pytest.mark.parametrize("count", [0, 1, 3, 4, 7])
    def test_every_row_comes_once_in_order(self, database, count, monkeypatch):
        monkeypatch.setattr(columns, "BATCH", 3)
        ids = [-(2**63), -1, 0, 5, 6, 7, 2**63 - 1][:count]
        database.executemany("INSERT INTO videos (id, raw) VALUES (?, '')", [(number,) for number in reversed(ids)])
        found = list(batches(database, "id, username"))
        assert [row for batch in found for row in batch] == [(number, None) for number in ids]
        assert all(len(batch) <= 3 for batch in found)
