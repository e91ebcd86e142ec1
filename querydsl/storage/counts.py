"""The number of videos per collection and day: counted as they arrive, and again if other collections found some."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from ..ledger import days as spans
from ..ledger.days import Days
from ..moments import ordinal_of
from .file_format import Damaged
from .pages import day_of, read_video
from .searches import found_near, read_days

#: Decides whether the expression of a collection holds for a video, given as its JSON object.
Predicate = Callable[[dict[str, Any]], bool]


def days_of(create_times: Iterable[int | None], days: Days) -> Counter[str]:
    """The number of videos per UTC day, as text; a video without a `create_time` counts for the first day asked for."""
    first = spans.bounds(days)[0]
    ordinals = Counter([first if time is None else ordinal_of(time) for time in create_times])
    return Counter({date.fromordinal(ordinal).isoformat(): number for ordinal, number in ordinals.items()})


def add_counts(database: sqlite3.Connection, collection: int, days: Mapping[str, int]) -> None:
    """Count new videos of a collection, by their days."""
    database.executemany(
        "INSERT INTO counts VALUES (?, ?, ?) "
        "ON CONFLICT (collection_id, day) DO UPDATE SET videos = videos + excluded.videos",
        [(collection, day, number) for day, number in days.items()],
    )


def count(database: sqlite3.Connection, collection: int, days: Days) -> int:
    """The number of videos of a collection on these days."""
    total = 0
    for first, last in days.dates():
        given = (collection, first.isoformat(), last.isoformat())
        number, wrong, value = database.execute(_COUNTED, given).fetchone()
        if wrong is not None:
            raise Damaged("counts", f"({collection}, {wrong})", f"videos is {value!r}")
        total += int(number)
    return total


#: The number of videos; and a day whose count in the file is not a number, with that count.
_COUNTED: Final = (
    "SELECT total(videos), max(day) FILTER (WHERE typeof(videos) <> 'integer'), "
    "max(videos) FILTER (WHERE typeof(videos) <> 'integer') "
    "FROM counts WHERE collection_id = ? AND day BETWEEN ? AND ?"
)
#: The videos that the queries of a collection have found.
FOUND_BY: Final = (
    "SELECT video_id FROM found JOIN searches ON searches.id = found.search_id "
    "WHERE query_id IN (SELECT query_id FROM asked WHERE collection_id IN ({}))"
)


def recount(database: sqlite3.Connection, collection: int, days: Days, predicate: Predicate | None) -> None:
    """Count the videos of some days of a collection again, because other collections have found some of them.

    It reads only videos of these days, from searches near these days.
    """
    queries = [query for [query] in database.execute(_QUERIES, (collection,)).fetchall()]
    near = found_near(database, queries, days)
    database.execute("CREATE TEMP TABLE IF NOT EXISTS near (search_id INTEGER PRIMARY KEY)")
    database.execute("DELETE FROM near")
    database.executemany("INSERT INTO near VALUES (?)", [(number,) for number in near])
    for first, last in days.dates():
        span = (collection, first.isoformat(), last.isoformat())
        database.execute("DELETE FROM counts WHERE collection_id = ? AND day BETWEEN ? AND ?", span)
    wanted = set(spans.each(days))
    found: Counter[str] = Counter()
    for number, created in database.execute(_NEAR):
        day = day_of(number, created)
        if day is None:
            day = _first_found(database, number)
        if day in wanted and _holds(database, number, predicate):
            found[date.fromordinal(day).isoformat()] += 1
    add_counts(database, collection, found)


def _first_found(database: sqlite3.Connection, video: int) -> int:
    """The day for a video without a `create_time`: the first day of the first search that found it."""
    first = "SELECT id, days FROM searches WHERE id = (SELECT min(search_id) FROM found WHERE video_id = ?)"
    number, text = database.execute(first, (video,)).fetchone()
    return spans.bounds(read_days("searches", number, text))[0]


_QUERIES: Final = "SELECT DISTINCT query_id FROM asked WHERE collection_id = ?"
_NEAR: Final = (
    "SELECT id, create_time FROM videos WHERE id IN "
    "(SELECT video_id FROM found WHERE search_id IN (SELECT search_id FROM near))"
)


def _holds(database: sqlite3.Connection, number: int, predicate: Predicate | None) -> bool:
    if predicate is None:
        return True
    [raw] = database.execute("SELECT raw FROM videos WHERE id = ?", (number,)).fetchone()
    return predicate(read_video(number, raw))
