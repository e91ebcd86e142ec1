"""Counts the videos of a collection by day and region, by hashtag and by creator: in SQL, with constant memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Final

import attrs

from ..moments import SECONDS_A_DAY, ordinal_of
from ..storage.columns import batches
from ..storage.file_format import Damaged

#: The relation of a video to a collection: outside its days, on its days but without meeting its expression, or
#: selected.
OTHER, UNMATCHED, SELECTED = 0, 1, 2

#: How many hashtags and creators are named.
TOP: Final = 20


@attrs.frozen
class Counts:
    """The numbers of videos in a collection that its expression selects."""

    videos: int
    #: Videos of its days that do not meet its expression; no other number includes them.
    unmatched: int
    #: By UTC day of `create_time`, then by region code; "" means no code.
    days: Mapping[date, Mapping[str, int]]
    #: Videos without a `create_time`.
    undated: int
    #: The hashtags with the most videos, and the creators with the most videos; the highest number is first.
    hashtags: tuple[tuple[str, int], ...]
    creators: tuple[tuple[str, int], ...]

    def regions(self) -> dict[str, int]:
        """The number of videos per region, the highest first."""
        found: dict[str, int] = {}
        for by_region in self.days.values():
            for code, videos in by_region.items():
                found[code] = found.get(code, 0) + videos
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


Verdict = Callable[[int, "int | None", str], int]


def counted(database: sqlite3.Connection, found: str, verdict: Verdict) -> Counts:
    """Count the videos of a condition in SQL; `verdict` classifies a video by its id, create_time and raw.

    Raises Damaged for a row with a value of the wrong type.
    """
    with _selected(database, found, verdict) as unmatched:
        [videos] = database.execute("SELECT count(*) FROM selected").fetchone()
        undated = 0
        days: dict[date, dict[str, int]] = {}
        for number, created, region, count in database.execute(_BY_DAY):
            if created is None:
                undated += count
                continue
            if not isinstance(created, int) or not isinstance(region, str):
                raise Damaged("videos", number, f"create_time is {created!r}, region_code is {region!r}")
            by_region = days.setdefault(date.fromordinal(ordinal_of(created)), {})
            by_region[region] = by_region.get(region, 0) + count
        _check_lists(database)
        return Counts(videos, unmatched, days, undated, _top(database, _HASHTAGS), _top(database, _CREATORS))


@contextmanager
def _selected(database: sqlite3.Connection, found: str, verdict: Verdict) -> Iterator[int]:
    """A temporary table with the ids of the selected videos; yields how many others do not meet the expression.

    If it exceeds SQLite's cache, it is kept on disk.
    """
    database.create_function("verdict", 3, verdict)
    database.execute("CREATE TEMP TABLE selected (id INTEGER PRIMARY KEY)")
    try:
        unmatched = 0
        for batch in batches(database, "id, verdict(id, create_time, raw)", found):
            unmatched += sum(1 for _, what in batch if what == UNMATCHED)
            rows = [(number,) for number, what in batch if what == SELECTED]
            database.executemany("INSERT INTO selected VALUES (?)", rows)
        yield unmatched
    finally:
        database.execute("DROP TABLE selected")


_BY_DAY: Final = (
    f"SELECT min(id), CASE WHEN typeof(create_time) = 'integer' "  # noqa: S608  # a number of ours
    f"THEN create_time - (create_time % {SECONDS_A_DAY} + {SECONDS_A_DAY}) % {SECONDS_A_DAY} ELSE create_time END, "
    "coalesce(region_code, ''), count(*) FROM selected JOIN videos USING (id) GROUP BY 2, 3"
)
_CREATORS: Final = (
    "SELECT username, count(*) FROM selected JOIN videos USING (id) WHERE username IS NOT NULL "
    "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"
)
_HASHTAGS: Final = (
    "SELECT value, count(*) FROM (SELECT DISTINCT selected.id, value FROM selected JOIN videos USING (id), "
    "json_each(hashtag_names)) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"
)
_WRONG_LISTS: Final = (
    "SELECT id, hashtag_names FROM selected JOIN videos USING (id) "
    "WHERE hashtag_names IS NOT NULL AND NOT json_valid(hashtag_names) LIMIT 1"
)


def _check_lists(database: sqlite3.Connection) -> None:
    for number, text in database.execute(_WRONG_LISTS):
        raise Damaged("videos", number, f"hashtag_names is {text[:60]!r}")


def _top(database: sqlite3.Connection, statement: str) -> tuple[tuple[str, int], ...]:
    return tuple((str(name), count) for name, count in database.execute(statement, (TOP,)))
