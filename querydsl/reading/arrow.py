"""The videos of a file -> an Arrow table, and from there a dataframe; no video becomes a Python object on the way.

Needs the extra `frames`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ..errors import StoreError
from ..showing import shown
from ..storage.columns import COLUMNS, EXISTING, selected

try:
    import pyarrow
    import pyarrow.compute
    import pyarrow.json
    from adbc_driver_sqlite import dbapi

    from ..frames.engines import backends
except ImportError as missing:
    raise StoreError(f"dataframes take {missing.name}: pip install 'querydsl[frames]'") from None

#: Bytes to parse at a time; no list of a video is longer.
_BLOCK: Final = 64 * 1024 * 1024

_LIST: Final = pyarrow.list_(pyarrow.string())


def frame(path: Path, count: int, backend: str, numbers: Sequence[int] | None = None) -> Any:
    """The videos, or those with these ids, as a frame of a library: that of `table`, with the library's own types."""
    known = backends()
    if backend not in known:
        *others, last = map(repr, known)
        raise StoreError(f"{shown(backend)} is not a kind of frame: write {', '.join(others)} or {last}")
    videos = table(path, count)
    if numbers is not None:
        chosen = pyarrow.array(numbers, pyarrow.int64())
        videos = videos.filter(pyarrow.compute.is_in(videos["id"], value_set=chosen))
    try:
        return known[backend](videos)
    except ImportError:
        raise StoreError(f"{backend} is not installed: pip install {backend}") from None


def table(path: Path, count: int) -> pyarrow.Table:
    """The videos with a column for each documented field, in order of their ids; structs are JSON text."""
    # the driver takes a column's type from the first batch: let that be all rows
    batch = {"adbc.sqlite.query.batch_rows": str(max(count, 1))}
    try:
        with dbapi.connect(f"{path.absolute().as_uri()}?mode=ro") as database, database.cursor() as cursor:
            cursor.execute(EXISTING)
            columns = selected({name for [name] in cursor.fetchall()})
            cursor.adbc_statement.set_options(**batch)
            cursor.execute(f"SELECT {columns} FROM videos ORDER BY id")  # noqa: S608  # names of ours
            read = cursor.fetch_arrow_table()
    except dbapi.Error as failure:
        raise StoreError(f"{path}: {failure}") from failure
    return pyarrow.table({name: _typed(read[name], column.arrow(pyarrow)) for name, column in COLUMNS.items()})


def _typed(column: pyarrow.ChunkedArray, kind: pyarrow.DataType) -> pyarrow.ChunkedArray:
    return _lists(column) if kind == _LIST else column.cast(kind)


def _lists(texts: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """A column of JSON texts as a column of lists."""
    values = pyarrow.compute.fill_null(texts.cast(pyarrow.string()), "null")
    lines = pyarrow.compute.binary_join_element_wise('{"list": ', values, "}\n", "")
    parsing = pyarrow.json.ParseOptions(explicit_schema=pyarrow.schema([("list", _LIST)]))
    reading = pyarrow.json.ReadOptions(block_size=_BLOCK)
    chunks = []
    for chunk in lines.chunks:
        length = pyarrow.compute.sum(pyarrow.compute.binary_length(chunk)).as_py()
        if length:
            # the texts of a computed column stand in one buffer, one after the other: here that is JSON Lines
            source = pyarrow.BufferReader(chunk.buffers()[2].slice(0, length))
            chunks += pyarrow.json.read_json(source, reading, parsing)["list"].chunks
    return pyarrow.chunked_array(chunks, _LIST)
