"""The videos of a file -> Arrow tables of limited size, and a dataframe; no video becomes a Python object.

Needs the packages of the extra `parquet`, and for dataframes those of the extra `frames`.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow
import pyarrow.compute
import pyarrow.json
from adbc_driver_sqlite import dbapi

from ..errors import StoreError
from ..showing import shown
from ..storage.columns import COLUMNS, existing_columns, selected
from ..storage.file_format import uri
from ..storage.pages import check_cells
from ..tables import INT64_MAX

#: How many bytes to read at a time. Arrow counts the bytes of a column's texts in 32 bits: a part has to be much
#: smaller.
PART: Final = 32 * 1024 * 1024
#: The bytes of a video's numbers, and of the offsets of its texts.
_NUMBERS: Final = 256

SCHEMA: Final = pyarrow.schema([(name, column.arrow(pyarrow)) for name, column in COLUMNS.items()])
_LIST: Final = pyarrow.list_(pyarrow.string())


def frame(database: sqlite3.Connection, path: Path, backend: str, numbers: Sequence[int] | None = None) -> Any:
    """The videos (or those with these ids) as a frame of a library: the frame of `table`, with the library's types."""
    from ..frames.engines import backends  # noqa: PLC0415  # an extra that Parquet does without

    known = backends()
    if backend not in known:
        *others, last = map(repr, known)
        raise StoreError(f"{shown(backend)} is not a kind of frame: write {', '.join(others)} or {last}")
    videos = table(database, path, numbers)
    try:
        return known[backend](videos)
    except ImportError:
        raise StoreError(f"{backend} is not installed: pip install {backend}") from None


def table(database: sqlite3.Connection, path: Path, numbers: Sequence[int] | None = None) -> pyarrow.Table:
    """Join the parts to one table."""
    found = list(parts(database, path, numbers))
    return pyarrow.concat_tables(found) if found else SCHEMA.empty_table()


def parts(
    database: sqlite3.Connection, path: Path, numbers: Sequence[int] | None = None, most: int = PART
) -> Iterator[pyarrow.Table]:
    """The videos (or those with these ids) ordered by id, with a column for each documented field, and `extra`.

    Structs are JSON text. A part has at most this many bytes, or a single video.
    """
    # the driver takes a column's type from the first batch, so the first batch has all rows of a part
    batch = {"adbc.sqlite.query.batch_rows": str(2**30)}
    columns = selected(existing_columns(database))
    select = f"SELECT {columns} FROM videos WHERE id BETWEEN {{}} AND {{}} ORDER BY id"  # noqa: S608  # names of ours
    first = -INT64_MAX - 1
    try:
        # no transaction stays open between two parts; otherwise a collection could not start before the end of the
        # reading
        with (
            dbapi.connect(uri(path.absolute()), autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.adbc_statement.set_options(**batch)
            for last in _ends(database, most):
                cursor.execute(select.format(first, last))
                read = _typed(cursor.fetch_arrow_table())
                if numbers is not None:
                    wanted = numbers[bisect_left(numbers, first) : bisect_right(numbers, last)]
                    read = read.filter(pyarrow.compute.is_in(read["id"], pyarrow.array(wanted, pyarrow.int64())))
                yield read
                first = last + 1
    except (dbapi.Error, pyarrow.ArrowInvalid) as failure:
        check_cells(database)
        raise StoreError(f"{path}: {failure}") from failure


def _ends(database: sqlite3.Connection, most: int) -> list[int]:
    """The last id of each part; the last part includes videos that are added later."""
    texts = [name for name, column in COLUMNS.items() if column.sql == "TEXT"]
    there = existing_columns(database)
    lengths = [f"ifnull(length(CAST({name} AS BLOB)), 0)" for name in texts if name in there]
    sizes = f"SELECT id, {' + '.join([str(_NUMBERS), *lengths])} FROM videos ORDER BY id"  # noqa: S608  # names of ours
    ends: list[int] = []
    total, last = 0, None
    for number, size in database.execute(sizes):
        total += size
        if total > most and last is not None:
            ends.append(last)
            total = size
        last = number
    return [*ends, INT64_MAX]


def _typed(read: pyarrow.Table) -> pyarrow.Table:
    columns = [_lists(read[kind.name]) if kind.type == _LIST else read[kind.name].cast(kind.type) for kind in SCHEMA]
    return pyarrow.table(columns, schema=SCHEMA)


def _lists(texts: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """Convert a column of JSON texts to a column of lists."""
    values = pyarrow.compute.fill_null(texts.cast(pyarrow.string()), "null")
    lines = pyarrow.compute.binary_join_element_wise('{"list": ', values, "}\n", "")
    parsing = pyarrow.json.ParseOptions(explicit_schema=pyarrow.schema([("list", _LIST)]))
    chunks = []
    for chunk in lines.chunks:
        length = pyarrow.compute.sum(pyarrow.compute.binary_length(chunk)).as_py()
        if length:
            # the texts of a computed column are in one buffer, one after the other: this is JSON Lines
            source = pyarrow.BufferReader(chunk.buffers()[2].slice(0, length))
            reading = pyarrow.json.ReadOptions(block_size=length)  # for a list of any length
            chunks += pyarrow.json.read_json(source, reading, parsing)["list"].chunks
    return pyarrow.chunked_array(chunks, _LIST)
