"""The videos of a page -> rows of the file: new videos, newer answers about known ones, and objects without an id."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

import attrs

from ..moments import ordinal_of
from ..raw_json import read_whole
from .columns import COLUMNS, ColumnType, existing_columns
from .file_format import Damaged
from .rows import Row, encodable, renewed


def by_id(rows: Iterable[Row]) -> list[Row]:
    """The videos of a page, each once with everything that its answers contain, the lowest id first.

    In the API's order (newest first), SQLite would split page after page, which takes a fifth longer.
    """
    page: dict[int, Row] = {}
    for one in rows:
        if one.id is not None:
            page[one.id] = renewed(page[one.id].raw, one) if one.id in page else one
    return [page[number] for number in sorted(page)]


def insert(database: sqlite3.Connection, page: Iterable[Row], now: str) -> int:
    """Insert the videos that are not in the file, and return their number.

    Each statement is for the videos with the same columns: to bind None takes Python longer than to bind a text.
    """
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for one in page:
        alike.setdefault(tuple(one.columns), []).append((*one.columns.values(), now, now))
    return sum(
        database.executemany(f"INSERT OR IGNORE INTO videos {_values(columns)}", videos).rowcount
        for columns, videos in alike.items()
    )


@attrs.frozen
class Known:
    """A video that was already in the file: its JSON and `create_time` before a page, and after it."""

    raw_before: str
    created_before: int | None
    raw: str
    created: int | None


def renew(database: sqlite3.Connection, page: Iterable[Row], now: str) -> dict[int | None, Known]:
    """Store newer answers about known videos, together with members that only an earlier answer had.

    Returns the videos whose JSON in the file has changed.
    """
    changed = {}
    for newest in page:
        [known, created, first, last] = database.execute(
            "SELECT raw, create_time, first_received, last_received FROM videos WHERE id = ?", (newest.id,)
        ).fetchone()
        if known != newest.raw:
            columns = encodable(_renewed(known, newest)).columns
            database.execute(f"INSERT OR REPLACE INTO videos {_values(columns)}", (*columns.values(), first, now))
            changed[newest.id] = Known(known, created, columns["raw"], columns.get("create_time"))
        elif last != now:
            database.execute("UPDATE videos SET last_received = ? WHERE id = ?", (now, newest.id))
    return changed


def read_video(number: int, raw: str) -> dict[str, Any]:
    """The video in a row of the table; raises Damaged if it is not an object with this id."""
    try:
        video = read_whole(raw)
        if not isinstance(video, dict):
            raise TypeError(f"raw is not a JSON object but {_brief(raw)}")
    except (ValueError, TypeError) as reason:
        raise Damaged("videos", number, reason) from None
    return video


def check_cells(database: sqlite3.Connection) -> None:
    """Raise Damaged for the first video with a cell that is not of the type of its column."""
    there = existing_columns(database)
    wrong = {name: _is_wrong(name, column) for name, column in COLUMNS.items() if name in there}
    any_wrong = " OR ".join(f"ifnull({condition}, FALSE)" for condition in wrong.values())
    found = f"SELECT id, {', '.join([*wrong.values(), *wrong])} FROM videos WHERE {any_wrong} LIMIT 1"  # noqa: S608  # names of ours
    row = database.execute(found).fetchone()
    if row is not None:
        number, *cells = row
        name, value = next((name, cells[len(wrong) + at]) for at, name in enumerate(wrong) if cells[at])
        raise Damaged("videos", number, f"{name} is {_brief(value)}")


def _is_wrong(name: str, column: ColumnType) -> str:
    """The SQL that is true for a wrong cell; SQLite knows no JSON as deep as `extra` may be."""
    if column.sql != "TEXT":
        return f"typeof({name}) NOT IN ('integer', 'null')"
    if column.store is not None and name != "extra":
        return f"typeof({name}) NOT IN ('text', 'null') OR ({name} IS NOT NULL AND NOT json_valid({name}))"
    return f"typeof({name}) NOT IN ('text', 'null')"


def day_of(number: int, create_time: object) -> int | None:
    """The UTC day in a row of the table, as an ordinal; None if there is none. Raises Damaged for an invalid time."""
    if create_time is None:
        return None
    if not isinstance(create_time, int):
        raise Damaged("videos", number, f"create_time is {create_time!r}")
    return ordinal_of(create_time)


def _brief(raw: object) -> str:
    text = repr(raw)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


_LONGEST: Final = 60


def _renewed(known: str, newest: Row) -> Row:
    try:
        return renewed(known, newest)
    except (ValueError, TypeError, IndexError, StopIteration) as reason:
        raise Damaged("videos", newest.id, reason) from None


def _values(columns: Iterable[str]) -> str:
    """The SQL for the values of these columns and the two times."""
    names = [*columns, "first_received", "last_received"]
    return f"({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def set_apart(database: sqlite3.Connection, rows: Iterable[Row], search: int, now: str) -> None:
    """Store the objects without a readable id, in a table of their own."""
    statement = (
        "INSERT INTO unreadable (search_id, raw, received_at) SELECT ?1, ?2, ?3 "
        "WHERE NOT EXISTS (SELECT 1 FROM unreadable WHERE search_id = ?1 AND raw = ?2)"
    )
    database.executemany(statement, [(search, row.raw, now) for row in rows if row.id is None])
