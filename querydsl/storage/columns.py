"""The columns of a video in a file: what each documented type is in SQLite, and in the files made from it."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from json.encoder import encode_basestring
from typing import Any, Final

import attrs

from ..tables import VIDEO_FIELDS
from ..videos import VideoField

#: Rows in memory at a time.
BATCH: Final = 5_000


def _json_list(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(encode_basestring, texts))}]"


#: A value parsed from JSON has no circles; to look for them takes a third longer. Raises ValueError for an infinite
#: number, which is what Python makes of 1e999.
_to_json: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False).encode


def _json_struct(value: Any) -> str:
    if not value and type(value) in _EMPTY:  # most are, and the encoder takes ten times as long for them
        return _EMPTY[type(value)]
    return _to_json(value)


_EMPTY: Final[dict[type, str]] = {list: "[]", dict: "{}"}


@attrs.frozen
class ColumnType:
    """What a documented type is in a file."""

    #: The type of the column in SQLite.
    sql: str
    #: The type of the column in Parquet and Arrow, of the module pyarrow.
    arrow: Callable[[Any], Any]
    #: Makes the stored value; None where the value is stored as it is.
    store: Callable[[Any], Any] | None = None
    #: Makes the value for Parquet from the stored one; None where that is the stored one.
    read: Callable[[Any], Any] | None = None


#: The documented types, in the documentation's words.
TYPES: Final[dict[str, ColumnType]] = {
    "int64": ColumnType("INTEGER", lambda pyarrow: pyarrow.int64()),
    "string": ColumnType("TEXT", lambda pyarrow: pyarrow.string()),
    # SQLite has no bools, and sqlite3 takes longer to find that out
    "bool": ColumnType("INTEGER", lambda pyarrow: pyarrow.bool_(), store=int, read=bool),
    "list<string>": ColumnType("TEXT", lambda pyarrow: pyarrow.list_(pyarrow.string()), _json_list, json.loads),
    # its members are not documented: JSON text
    "struct": ColumnType("TEXT", lambda pyarrow: pyarrow.string(), _json_struct),
}


def columns_of(fields: Mapping[str, VideoField]) -> dict[str, ColumnType]:
    """The column of each field, by name. Raises TypeError for a field whose type is not one of `TYPES`."""
    for field in fields.values():
        if field.type not in TYPES:
            message = f"the Video field {field.name} is of the type {field.type!r}, which has no column type yet"
            raise TypeError(f"{message}: add it to TYPES in storage/columns.py")
    return {field.name: TYPES[field.type] for field in fields.values()}


#: The columns of the documented fields; the table of videos has `raw` besides, the JSON as it came.
COLUMNS: Final = columns_of(VIDEO_FIELDS)

VIDEOS_TABLE: Final = (
    "CREATE TABLE videos (id INTEGER PRIMARY KEY, raw TEXT NOT NULL, {}, first_received TEXT, last_received TEXT)"
).format(", ".join(f"{name} {column.sql}" for name, column in COLUMNS.items() if name != "id"))


def missing_columns(existing: Collection[str]) -> list[str]:
    """The documented fields without a column: those that were added since the file was made."""
    return [name for name in COLUMNS if name not in existing]


def selected(existing: Collection[str]) -> str:
    """What to select for the columns of all documented fields; NULL where the file has no such column."""
    return ", ".join(name if name in existing else f"NULL AS {name}" for name in COLUMNS)


def existing_columns(database: sqlite3.Connection) -> set[str]:
    """The names of the columns that the table of videos has."""
    return {name for [name] in database.execute(EXISTING)}


EXISTING: Final = "SELECT name FROM pragma_table_info('videos')"


def batches(database: sqlite3.Connection, columns: str, where: str = "TRUE") -> Iterator[list[tuple[Any, ...]]]:
    """The columns of all videos, or of those that meet a condition in SQL, by id, some rows at a time.

    No statement stays open between two batches, or a collection could not begin before the last one was read.
    """
    select = f"SELECT {columns}, id FROM videos WHERE id > ? AND {where} ORDER BY id LIMIT {BATCH}"  # noqa: S608  # names of ours
    last = -math.inf
    while batch := database.execute(select, (last,)).fetchall():
        yield [values[:-1] for values in batch]
        last = batch[-1][-1]
