"""The videos of a file -> JSON Lines, CSV or Parquet, in batches, so that memory does not grow with the videos."""

from __future__ import annotations

import csv
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import Any, Final

from ..errors import StoreError
from ..storage.columns import COLUMNS, ColumnType, batches, existing_columns, selected
from ..storage.file_format import failures, real


def export(database: sqlite3.Connection, source: Path, target: Path, where: str = "TRUE") -> int:
    """Write the videos that meet a condition in SQL to a file in the format of its ending, and return their number."""
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        raise StoreError(f"{target}: the name has to end in {', '.join(_WRITERS)}, which says how to write it")
    with failures(source), in_place(target, source) as beside:
        return write(database, beside, where)


@contextmanager
def in_place(target: Path, source: Path) -> Iterator[Path]:
    """A file beside the target, which replaces the target once it is complete; the target must not be the source."""
    target = real(target)
    if target.exists() and target.samefile(source):
        raise StoreError(f"{target}: this is the file itself; give another name")
    beside = target.with_name(f".{target.name}.{os.getpid()}-{get_ident()}.part")
    try:
        yield beside
        beside.replace(target)
    except OSError as failure:
        raise StoreError(f"{target}: {failure.strerror or failure}") from failure
    finally:
        beside.unlink(missing_ok=True)


def _write_jsonl(database: sqlite3.Connection, path: Path, where: str) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for batch in batches(database, "raw", where):
            file.writelines(f"{raw}\n" for [raw] in batch)
            count += len(batch)
    return count


def _write_csv(database: sqlite3.Connection, path: Path, where: str) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for batch in batches(database, selected(existing_columns(database)), where):
            for values in batch:
                try:
                    writer.writerow(values)
                except csv.Error:  # noqa: PERF203  # Python 3.10 writes no NUL
                    file.write(f"{','.join(map(_quoted, values))}\r\n")
            count += len(batch)
    return count


def _quoted(value: object) -> str:
    return "" if value is None else '"{}"'.format(str(value).replace('"', '""'))


def _write_parquet(database: sqlite3.Connection, path: Path, where: str) -> int:
    try:
        import pyarrow  # noqa: PLC0415  # an extra
        from pyarrow import parquet  # noqa: PLC0415  # an extra
    except ImportError:
        raise StoreError("Parquet takes pyarrow: pip install 'querydsl[parquet]'") from None
    schema = pyarrow.schema([(name, column.arrow(pyarrow)) for name, column in COLUMNS.items()])
    count = 0
    with parquet.ParquetWriter(path, schema) as writer:
        for batch in batches(database, selected(existing_columns(database)), where):
            values = map(_read, COLUMNS.values(), zip(*batch, strict=True))
            writer.write_table(pyarrow.table(dict(zip(COLUMNS, values, strict=True)), schema=schema))
            count += len(batch)
    return count


def _read(column: ColumnType, stored: Sequence[Any]) -> list[Any]:
    """The values of a column for Parquet."""
    if column.read is None:
        return list(stored)
    return [None if value is None else column.read(value) for value in stored]


_WRITERS: Final = {".jsonl": _write_jsonl, ".csv": _write_csv, ".parquet": _write_parquet}
