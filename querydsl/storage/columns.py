"""The columns of a video in a file: the type of each documented type in SQLite, and in exported files."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from json.encoder import encode_basestring
from typing import Any, Final

import attrs

from ..tables import VIDEO_FIELDS
from ..videos import READERS, Read, TooDeep, VideoField, strings

#: Rows in memory at a time.
BATCH: Final = 5_000


def _json_list(field: VideoField, value: Any) -> str | None:
    if type(value) is not list:
        return None
    if not value:  # most lists of effects are empty
        return "[]"
    try:
        return f"[{', '.join(map(encode_basestring, value))}]"
    except TypeError:  # it has something else than texts; it may have ids that are numbers
        texts = strings(field, value)
        return None if texts is None else _json_list(field, [*texts])


#: Without the check for circular references, which takes a third longer: JSON has none. Raises ValueError for an
#: infinite number, which is how Python reads 1e999.
_to_json: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False).encode


def _json_struct(_: VideoField, value: Any) -> str | None:
    if not value and type(value) in _EMPTY:  # most are, and the encoder takes ten times as long for them
        return _EMPTY[type(value)]
    return None if type(value) is TooDeep else _to_json(value)


_EMPTY: Final[dict[type, str]] = {list: "[]", dict: "{}"}


def _number(_: VideoField, value: Any) -> int | None:
    return int(value) if type(value) is bool else None


@attrs.frozen
class ColumnType:
    """The form of a documented type in a file."""

    #: Its column type in SQLite.
    sql: str
    #: Its column type in Parquet and Arrow, from the module pyarrow.
    arrow: Callable[[Any], Any]
    #: Reads a received value as it is stored; None if it is stored as a `Video` has it.
    store: Read | None = None
    #: Makes the value for Parquet from the stored one; None if both are the same.
    read: Callable[[Any], Any] | None = None


#: The documented types, in the words of the documentation.
TYPES: Final[dict[str, ColumnType]] = {
    "int64": ColumnType("INTEGER", lambda pyarrow: pyarrow.int64()),
    "string": ColumnType("TEXT", lambda pyarrow: pyarrow.string()),
    # SQLite has no bools, and a bool takes sqlite3 longer than an int
    "bool": ColumnType("INTEGER", lambda pyarrow: pyarrow.bool_(), store=_number, read=bool),
    "list<string>": ColumnType("TEXT", lambda pyarrow: pyarrow.list_(pyarrow.string()), _json_list, json.loads),
    # the documentation does not describe its members: JSON text
    "struct": ColumnType("TEXT", lambda pyarrow: pyarrow.string(), _json_struct),
}


def columns_of(fields: Mapping[str, VideoField]) -> dict[str, ColumnType]:
    """The column of each field, by name. Raises TypeError for a field whose type is not one of `TYPES`."""
    for field in fields.values():
        if field.type not in TYPES:
            message = f"the Video field {field.name} is of the type {field.type!r}, which has no column type yet"
            raise TypeError(f"{message}: add it to TYPES in storage/columns.py")
    return {field.name: TYPES[field.type] for field in fields.values()}


#: The columns of the documented fields, and `extra`: a JSON object of all other values, as in `Video.extra`. The table
#: of videos also has `raw`, the JSON as received.
COLUMNS: Final = {**columns_of(VIDEO_FIELDS), "extra": TYPES["struct"]}

#: The readers for a row, by the names of the fields.
CELLS: Final = {
    name: reader if (store := COLUMNS[name].store) is None else (None, reader[1], store)
    for name, reader in READERS.items()
}

VIDEOS_TABLE: Final = (
    "CREATE TABLE videos (id INTEGER PRIMARY KEY, raw TEXT NOT NULL, {}, first_received TEXT, last_received TEXT)"
).format(", ".join(f"{name} {column.sql}" for name, column in COLUMNS.items() if name != "id"))


def missing_columns(existing: Collection[str]) -> list[str]:
    """The columns that the file does not have: they were added after it was made."""
    return [name for name in COLUMNS if name not in existing]


def selected(existing: Collection[str]) -> str:
    """The SQL that selects all columns; NULL if the file has no such column."""
    return ", ".join(name if name in existing else f"NULL AS {name}" for name in COLUMNS)


def existing_columns(database: sqlite3.Connection) -> set[str]:
    """The names of the columns that the table of videos has."""
    return {name for [name] in database.execute(EXISTING)}


EXISTING: Final = "SELECT name FROM pragma_table_info('videos')"


def batches(database: sqlite3.Connection, columns: str, where: str = "TRUE") -> Iterator[list[tuple[Any, ...]]]:
    """The columns of all videos, or of those that meet a condition in SQL, ordered by id, in batches of rows.

    No statement stays open between two batches; otherwise a collection could not start before the end of the reading.
    """
    select = f"SELECT {columns}, id FROM videos WHERE id > ? AND {where} ORDER BY id LIMIT {BATCH}"  # noqa: S608  # names of ours
    last = -math.inf
    while batch := database.execute(select, (last,)).fetchall():
        yield [values[:-1] for values in batch]
        last = batch[-1][-1]
