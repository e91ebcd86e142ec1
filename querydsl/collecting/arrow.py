"""The videos of a file -> an Arrow table, and from there a dataframe; no video becomes a Python object on the way.

Needs the extra `frames`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ..errors import StoreError
from ..tables import ALL_FIELDS, VIDEO_FIELDS

try:
    import pyarrow
    import pyarrow.compute
    import pyarrow.json
    from adbc_driver_sqlite import dbapi

    from ..frames.engines import backends
except ImportError as missing:
    raise StoreError(f"dataframes take {missing.name}: pip install 'querydsl[frames]'") from None

#: Bytes that are parsed at a time; no list is longer.
_BLOCK: Final = 64 * 1024 * 1024

_LIST: Final = pyarrow.list_(pyarrow.string())
_TYPES: Final = {
    "int64": pyarrow.int64(),
    "string": pyarrow.string(),
    "bool": pyarrow.bool_(),
    "list<string>": _LIST,
    "struct": pyarrow.string(),  # its members are not documented: JSON text
}


def frame(path: Path, count: int, backend: str) -> Any:
    """The videos as a frame of a library: that of `table`, with the library's own types."""
    known = backends()
    if backend not in known:
        *others, last = map(repr, known)
        raise StoreError(f"{backend!r} is not a kind of frame: write {', '.join(others)} or {last}")
    videos = table(path, count)
    try:
        return known[backend](videos)
    except ImportError:
        raise StoreError(f"{backend} is not installed: pip install {backend}") from None


def table(path: Path, count: int) -> pyarrow.Table:
    """The videos with a column for each documented field, the oldest id first; structs are JSON text."""
    query = f"SELECT {', '.join(ALL_FIELDS)} FROM videos ORDER BY id"  # noqa: S608  # names of ours
    # the driver takes a column's type from the first batch, which is all of them
    batch = {"adbc.sqlite.query.batch_rows": str(max(count, 1))}
    try:
        with dbapi.connect(f"{path.absolute().as_uri()}?mode=ro") as database, database.cursor() as cursor:
            cursor.adbc_statement.set_options(**batch)
            cursor.execute(query)
            read = cursor.fetch_arrow_table()
    except dbapi.Error as failure:
        raise StoreError(f"{path}: {failure}") from failure
    columns = []
    for name in ALL_FIELDS:
        kind = _TYPES[VIDEO_FIELDS[name].type]
        columns.append(_lists(read[name]) if kind == _LIST else read[name].cast(kind))
    return pyarrow.table(columns, names=ALL_FIELDS)


def _lists(texts: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """The lists that a column of JSON texts stands for."""
    values = pyarrow.compute.fill_null(texts.cast(pyarrow.string()), "null")
    lines = pyarrow.compute.binary_join_element_wise('{"list": ', values, "}\n", "")
    parsing = pyarrow.json.ParseOptions(explicit_schema=pyarrow.schema([("list", _LIST)]))
    reading = pyarrow.json.ReadOptions(block_size=_BLOCK)
    chunks = []
    for chunk in lines.chunks:
        length = pyarrow.compute.sum(pyarrow.compute.binary_length(chunk)).as_py()
        if length:
            # a computed column has its texts one after the other in one buffer: here, JSON Lines
            source = pyarrow.BufferReader(chunk.buffers()[2].slice(0, length))
            chunks += pyarrow.json.read_json(source, reading, parsing)["list"].chunks
    return pyarrow.chunked_array(chunks, _LIST)
