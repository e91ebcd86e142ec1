"""The videos of a file -> JSON Lines, CSV or Parquet, in batches, with constant memory."""

from __future__ import annotations

import csv
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES
from pathlib import Path
from stat import S_IMODE
from threading import get_ident
from typing import Any, Final, Literal

import attrs

from ..errors import StoreError
from ..showing import in_python
from ..storage.columns import COLUMNS, ColumnType, batches, existing_columns, selected
from ..storage.file_format import failures, real
from ..storage.pages import check_cells, read_video

#: How ids are written: unchanged, or in a form that no reader rounds.
Ids = Literal["number", "text"]


@attrs.frozen
class Videos:
    """The videos of a file that meet a condition in SQL, and how to write them."""

    database: sqlite3.Connection
    path: Path
    where: str = "TRUE"
    #: Whether ids are text that no reader takes for a number.
    ids_are_text: bool = False
    #: Whether no cell of a CSV file may be a formula.
    guard: bool = False

    def batches(self, columns: str) -> Iterator[list[tuple[Any, ...]]]:
        """Some columns, in batches of rows."""
        return batches(self.database, columns, self.where)

    def numbers(self) -> list[int] | None:
        """The ids of the videos, in order; None means all videos of the file."""
        return None if self.where == "TRUE" else [number for batch in self.batches("id") for [number] in batch]


def export(videos: Videos, target: Path) -> int:
    """Write videos to a file in the format of its ending, and return their number."""
    ending = target.suffix.lower()
    write = _WRITERS.get(ending)
    if write is None:
        raise StoreError(f"{target}: the name has to end in {', '.join(_WRITERS)}, which says how to write it")
    if videos.guard and ending != ".csv":
        raise StoreError(f"{target}: only .csv has cells to guard; leave guard out")
    with failures(videos.path), in_place(target, videos.path) as beside:
        return write(videos, beside)


def checked_ids(ids: str) -> bool:
    """Whether ids are written as text; raises StoreError for an unknown option."""
    if ids not in ("number", "text"):
        raise StoreError(f"ids={in_python(ids)} is no way to write ids: write 'number' or 'text'")
    return ids == "text"


@contextmanager
def in_place(target: Path, source: Path) -> Iterator[Path]:
    """A temporary file beside the target, which replaces the target once it is complete, with the target's permissions.

    The target must not be the source.
    """
    target = real(target)
    if target.exists() and target.samefile(source):
        raise StoreError(f"{target}: this is the file itself; give another name")
    # a short name: the target's name may have the greatest allowed length
    beside = target.with_name(f".querydsl-{os.getpid()}-{get_ident()}.part")
    try:
        rights = S_IMODE(target.stat().st_mode) if target.exists() else None
        if rights is not None and not os.access(target, os.W_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
        # nobody may read it meanwhile without the right to read the target
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if rights is None else 0o600))
        yield beside
        if rights is not None:
            beside.chmod(rights)
        beside.replace(target)
    except OSError as failure:
        raise StoreError(f"{target}: {failure.strerror or failure}") from failure
    finally:
        with suppress(OSError):  # this error already has its message
            beside.unlink(missing_ok=True)


# JSON Lines


def _write_jsonl(videos: Videos, path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        is_object = "CASE WHEN json_valid(raw) THEN json_type(raw) = 'object' END"
        for batch in videos.batches(f"raw, id, {is_object}"):
            for raw, number, is_valid in batch:
                if not is_valid:  # SQLite knows no JSON that is nested a thousand deep
                    read_video(number, raw)
            file.writelines(f"{ids_as_text(raw) if videos.ids_are_text else raw}\n" for raw, *_ in batch)
            count += len(batch)
    return count


_STRING: Final = r'"(?:[^"\\]|\\.)*"'
#: A member with a name that ends like an id's name, and a number or a list of numbers as its value; or else a text, so
#: that nothing inside a text is taken for a member.
_ID: Final = re.compile(rf'("(?:[^"\\]*_)?ids?"\s*:\s*)(-?[0-9]+(?![0-9.eE])|\[[-\s0-9,]*\])|{_STRING}')
_NUMBER: Final = re.compile("-?[0-9]+")


def ids_as_text(json_text: str) -> str:
    """JSON with every id that is a number changed to text, at any depth; everything else is unchanged.

    >>> ids_as_text('{"id": 7, "effect_ids": [8, 9], "like_count": 3, "video_description": "\\\\"id\\\\": 7"}')
    '{"id": "7", "effect_ids": ["8", "9"], "like_count": 3, "video_description": "\\\\"id\\\\": 7"}'
    """
    return _ID.sub(_quoted_numbers, json_text)


def _quoted_numbers(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else found[1] + _NUMBER.sub(r'"\g<0>"', found[2])


# CSV

#: Characters that start a formula in a spreadsheet, in full width too.
_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def _write_csv(videos: Videos, path: Path) -> int:
    count = 0
    check_cells(videos.database)
    changes = [_change(videos, name, column) for name, column in COLUMNS.items()]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for batch in videos.batches(selected(existing_columns(videos.database))):
            for stored in batch:
                values = [
                    change(value) if change and value is not None else value
                    for change, value in zip(changes, stored, strict=True)
                ]
                try:
                    writer.writerow(values)
                except csv.Error:  # Python 3.10 writes no NUL
                    file.write(f"{','.join(map(_quoted, values))}\r\n")
            count += len(batch)
    return count


def _change(videos: Videos, name: str, column: ColumnType) -> Callable[[Any], Any] | None:
    """The function that makes cells from the stored values of a column; None if they are the same."""
    if column.sql != "TEXT":
        return "id_{}".format if videos.ids_are_text and _is_id(name) else None
    if videos.ids_are_text and column.store is not None:  # JSON
        return (lambda text: _guarded(ids_as_text(text))) if videos.guard else ids_as_text
    return _guarded if videos.guard else None


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _quoted(value: object) -> str:
    return "" if value is None else '"{}"'.format(str(value).replace('"', '""'))


# Parquet


def _write_parquet(videos: Videos, path: Path) -> int:
    try:
        from pyarrow import parquet  # noqa: PLC0415  # an extra

        from . import arrow  # noqa: PLC0415  # an extra
    except ImportError as missing:
        raise StoreError(f"Parquet takes {missing.name}: pip install 'querydsl[parquet]'") from None
    change = _with_ids_as_text if videos.ids_are_text else _as_it_is
    count = 0
    with parquet.ParquetWriter(path, change(arrow.SCHEMA.empty_table()).schema) as writer:
        for part in arrow.parts(videos.database, videos.path, videos.numbers()):
            writer.write_table(change(part))
            count += part.num_rows
    return count


def _as_it_is(part: Any) -> Any:
    return part


def _with_ids_as_text(part: Any) -> Any:
    """An Arrow table with all ids as text, in its columns and inside JSON."""
    import pyarrow  # noqa: PLC0415  # an extra

    for at, (name, column) in enumerate(COLUMNS.items()):
        if column.sql == "TEXT" and column.store is not None and column.read is None:
            texts = [text if text is None else ids_as_text(text) for text in part[name].to_pylist()]
            part = part.set_column(at, name, pyarrow.chunked_array([pyarrow.array(texts, pyarrow.string())]))
        elif column.sql != "TEXT" and _is_id(name):
            part = part.set_column(at, name, part[name].cast(pyarrow.string()))
    return part


_WRITERS: Final = {".jsonl": _write_jsonl, ".csv": _write_csv, ".parquet": _write_parquet}
