"""The videos of a file -> JSON Lines, CSV or Parquet, some rows at a time: memory does not grow with them."""

from __future__ import annotations

import csv
import json
import math
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import Any, Final

from ..errors import StoreError
from ..tables import ALL_FIELDS, VIDEO_FIELDS
from .file_format import failures, real

#: Rows that are held at a time.
_BATCH: Final = 5_000


def export(database: sqlite3.Connection, source: Path, target: Path) -> int:
    """Write all videos to a file, in the form that its ending names, and give their number."""
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        raise StoreError(f"{target}: the name has to end in {', '.join(_WRITERS)}, which says how to write it")
    target = real(target)
    if target.exists() and target.samefile(source):
        raise StoreError(f"{target}: this is the file itself; give another name")
    with failures(source), _in_place(target) as beside:
        return write(database, beside)


@contextmanager
def _in_place(target: Path) -> Iterator[Path]:
    """A file beside, which takes the place of the target once it is whole."""
    beside = target.with_name(f".{target.name}.{os.getpid()}-{get_ident()}.part")
    try:
        yield beside
        beside.replace(target)
    except OSError as failure:
        raise StoreError(f"{target}: {failure.strerror or failure}") from failure
    finally:
        beside.unlink(missing_ok=True)


def batches(database: sqlite3.Connection, columns: str) -> Iterator[list[tuple[Any, ...]]]:
    """All rows by id, which is the first of the columns.

    Between two batches nothing is read, or a collection could not begin before the last one was.
    """
    select = f"SELECT {columns} FROM videos WHERE id > ? ORDER BY id LIMIT {_BATCH}"  # noqa: S608  # names of ours
    last = -math.inf
    while batch := database.execute(select, (last,)).fetchall():
        yield batch
        last = batch[-1][0]


def _write_jsonl(database: sqlite3.Connection, path: Path) -> int:
    count = 0
    with path.open("w", encoding="ascii", newline="\n") as file:
        for batch in batches(database, "id, raw"):
            file.writelines(f"{raw}\n" for _, raw in batch)
            count += len(batch)
    return count


def _write_csv(database: sqlite3.Connection, path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ALL_FIELDS)
        for batch in batches(database, ", ".join(ALL_FIELDS)):
            for values in batch:
                try:
                    writer.writerow(values)
                except csv.Error:  # noqa: PERF203  # Python 3.10 writes no NUL
                    file.write(f"{','.join(map(_quoted, values))}\r\n")
            count += len(batch)
    return count


def _quoted(value: object) -> str:
    return "" if value is None else '"{}"'.format(str(value).replace('"', '""'))


def _write_parquet(database: sqlite3.Connection, path: Path) -> int:
    try:
        import pyarrow  # noqa: PLC0415  # an extra
        from pyarrow import parquet  # noqa: PLC0415  # an extra
    except ImportError:
        raise StoreError("Parquet takes pyarrow: pip install 'querydsl[parquet]'") from None
    types = {
        "int64": pyarrow.int64(),
        "string": pyarrow.string(),
        "bool": pyarrow.bool_(),
        "list<string>": pyarrow.list_(pyarrow.string()),
        "struct": pyarrow.string(),  # its members are not documented: JSON text
    }
    schema = pyarrow.schema([(name, types[VIDEO_FIELDS[name].type]) for name in ALL_FIELDS])
    readers = [_READERS.get(VIDEO_FIELDS[name].type) for name in ALL_FIELDS]
    count = 0
    with parquet.ParquetWriter(path, schema) as writer:
        for batch in batches(database, ", ".join(ALL_FIELDS)):
            columns = [
                list(column) if read is None else [None if value is None else read(value) for value in column]
                for read, column in zip(readers, zip(*batch, strict=True), strict=True)
            ]
            writer.write_table(pyarrow.table(columns, schema=schema))
            count += len(batch)
    return count


_READERS: Final[dict[str, Callable[[Any], Any]]] = {"bool": bool, "list<string>": json.loads}

_WRITERS: Final = {".jsonl": _write_jsonl, ".csv": _write_csv, ".parquet": _write_parquet}
