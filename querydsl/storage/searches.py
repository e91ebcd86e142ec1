"""The searches of a file: read as values of the ledger, and written from its outcomes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

import attrs

from ..errors import ValidationError
from ..ledger import days as spans
from ..ledger.agenda import Want
from ..ledger.days import Days
from ..ledger.recovery import Job, Outcome
from ..ledger.rests import Rest
from ..ledger.standing import Fields, Search
from ..moments import EPOCH, SECONDS_A_DAY
from ..tables import ALL_FIELDS, INT64_MAX, MAX_COUNT, MAX_DAYS_APART
from .file_format import Damaged, moment_text

#: The prefix of the text of fields that no user has named.
_ALL: Final = "*,"


@attrs.frozen
class Target:
    """The searches in the file that belong to a want."""

    want: Want
    query: int
    collection: int


def fields_text(fields: Fields) -> str:
    """Fields as text in a file: names with commas, in the order of the documentation."""
    names = [name for name in ALL_FIELDS if name in fields.names]
    names += sorted(fields.names.difference(names))
    return ("" if fields.named else _ALL) + ",".join(names)


def read_fields(text: str) -> Fields:
    """The fields in a text of `fields_text`."""
    named = not text.startswith(_ALL)
    return Fields(frozenset((text if named else text[len(_ALL) :]).split(",")), named)


def fields_of(table: str, number: int, text: str) -> Fields:
    """The fields in a row of a table; raises Damaged if they are not valid."""
    try:
        return read_fields(text)
    except (TypeError, AttributeError):
        raise Damaged(table, number, f"fields is {text!r}") from None


_READ: Final = (
    "SELECT id, days, fields, state, began_at, cursor, search_id, last_video, pages, calls, root, error, max_count, "
    "in_run, attempts, rejections, is_late, spent FROM searches WHERE query_id = ? AND id > ?"
)
_SAMPLES: Final = f"{_READ} AND is_random = 1 AND collection_id = ? AND days = ? AND max_count IS ?"
#: The searches that are read one by one, and those that only cover their days: a file may have very many of these.
_SINGLE: Final = f"{_READ} AND is_random = 0 AND (state IN ('open', 'failed') OR root IS NOT NULL)"
_DONE: Final = f"{_READ} AND state = 'done' AND is_random = 0 AND root IS NULL"
_COVERING: Final = (
    "SELECT max(id), group_concat(days), fields, substr(began_at, 1, 10) AS began, sum(pages), sum(calls), "
    "count(*) FILTER (WHERE typeof(pages) <> 'integer' OR typeof(calls) <> 'integer') "
    "FROM searches WHERE query_id = ? AND id > ? AND state = 'done' AND is_random = 0 AND root IS NULL "
    "GROUP BY fields, began"
)


def read(database: sqlite3.Connection, target: Target, after: int = 0) -> list[Search]:
    """The searches for a want: those of its query, by any collection; for a sample, those of its own collection.

    Only those with a number above `after`. Done searches are merged if they started on the same day with the same
    fields. Raises Damaged for a row that cannot be read.
    """
    given: tuple[Any, ...] = (target.query, after)
    if target.want.draws:
        given = (*given, target.collection, spans.to_text(target.want.days), target.want.max_count)
        return [_search(row) for row in database.execute(_SAMPLES, given)]
    covering = database.execute(_COVERING, given).fetchall()
    try:
        merged = [_covering(row) for row in covering]
    except (ValueError, TypeError, AttributeError):
        merged = [_search(row) for row in database.execute(_DONE, given)]  # says which of them is damaged
    return [*merged, *(_search(row) for row in database.execute(_SINGLE, given))]


def _covering(row: tuple[Any, ...]) -> Search:
    number, days, fields, began, pages, calls, wrong = row
    if wrong:
        raise TypeError
    whole = spans.union(map(spans.from_text, days.split(",")))
    day = date.fromisoformat(began).toordinal()
    return Search(number, whole, read_fields(fields), "done", day, pages=pages, calls=calls)


def _search(row: tuple[Any, ...]) -> Search:
    number, days, fields, state, began_at, *others = row
    try:
        _check(others)
        if state == "done" and began_at is None:
            raise TypeError("it is done, and began_at is NULL")
        began = None if began_at is None else date.fromisoformat(began_at[:10]).toordinal()
        return Search(number, spans.from_text(days), read_fields(fields), state, began, *others)
    except (ValueError, TypeError, AttributeError) as reason:
        raise Damaged("searches", number, reason) from None


#: The columns of a search after `began_at`, in order: texts, or numbers with the least and the most.
_COLUMNS: Final[tuple[tuple[str, tuple[int, int] | None], ...]] = (
    ("cursor", (0, INT64_MAX)),
    ("search_id", None),
    ("last_video", (-INT64_MAX, INT64_MAX)),
    ("pages", (0, INT64_MAX)),
    ("calls", (0, INT64_MAX)),
    ("root", (1, INT64_MAX)),
    ("error", None),
    ("max_count", (1, MAX_COUNT)),
    ("in_run", None),
    ("attempts", (0, INT64_MAX)),
    ("rejections", (0, INT64_MAX)),
    ("is_late", (0, 1)),
    ("spent", (0, INT64_MAX)),
)
#: The values of `in_run`, for a run that has not ended.
_IN_RUN: Final = ("aside", "failed", None)


def _check(values: Iterable[object]) -> None:
    for (name, bounds), value in zip(_COLUMNS, values, strict=True):
        is_right = isinstance(value, str) if bounds is None else _is_within(value, *bounds)
        if (value is not None and not is_right) or (name == "in_run" and value not in _IN_RUN):
            raise TypeError(f"{name} is {value!r}")
        if name == "search_id" and value == "":
            raise ValueError("search_id is empty")


def _is_within(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and least <= value <= most


def read_days(table: str, number: int, text: str) -> Days:
    """The days in a row of a table; raises Damaged if they are not valid."""
    try:
        return spans.from_text(text)
    except (ValueError, TypeError, AttributeError) as reason:
        raise Damaged(table, number, reason) from None


def read_rest(table: str, number: object, text: str) -> Rest:
    """The query in a row of a table; raises Damaged if it is not valid."""
    try:
        return Rest.from_text(text)
    except (ValidationError, ValueError, TypeError, AttributeError) as reason:
        raise Damaged(table, number, reason) from None


def longest_lag(database: sqlite3.Connection) -> int:
    """The longest time between a video's id and its `create_time` in the file, in seconds."""
    number, lag = database.execute("SELECT id, max(lag) FROM searches").fetchone()
    if lag is not None and not isinstance(lag, int):
        raise Damaged("searches", number, f"lag is {lag!r}")
    return lag or 0


#: The row of a search that the API forgot has only the days that it covers, but the search also found videos of earlier
#: days. A request never asks for days further back than this.
_LONGEST_SEARCH: Final = MAX_DAYS_APART


def total(database: sqlite3.Connection, column: str, where: str = "1", given: Sequence[object] = ()) -> int:
    """The sum of a column over some searches; raises Damaged for a row where it is not a number."""
    found = f"SELECT total({column}), max(id) FILTER (WHERE typeof({column}) <> 'integer') FROM searches WHERE {where}"  # noqa: S608  # names of ours
    number, wrong = database.execute(found, given).fetchone()
    if wrong is not None:
        [value] = database.execute(f"SELECT {column} FROM searches WHERE id = ?", (wrong,)).fetchone()  # noqa: S608
        raise Damaged("searches", wrong, f"{column} is {value!r}")
    return int(number)


def found_near(database: sqlite3.Connection, queries: Iterable[int], days: Days) -> list[int]:
    """The searches of queries that may have found videos of some of the days."""
    first, last = spans.bounds(days)
    latest = date.fromordinal(min(last + _LONGEST_SEARCH, date.max.toordinal())).isoformat()
    near = "query_id = ? AND videos > 0 AND substr(days, 1, 10) <= ? AND substr(days, -10) >= ?"
    found = f"SELECT id, days FROM searches WHERE {near}"  # noqa: S608  # text of ours
    earliest = date.fromordinal(first).isoformat()
    rows = [row for query in queries for row in database.execute(found, (query, latest, earliest)).fetchall()]
    return [number for number, text in rows if _is_near(read_days("searches", number, text), days)]


def _is_near(searched: Days, days: Days) -> bool:
    first, last = spans.bounds(searched)
    return bool(spans.common(spans.span(max(1, first - _LONGEST_SEARCH), last), days).spans)


def videos_of(database: sqlite3.Connection, rows: Iterable[int]) -> Iterator[tuple[int, int | None, str]]:
    """The videos that some searches have found: the search's number, `create_time` and JSON of each video."""
    numbers = json.dumps([*rows])
    yield from database.execute(
        "SELECT search_id, create_time, raw FROM found JOIN videos ON videos.id = video_id "
        "WHERE search_id IN (SELECT value FROM json_each(?))",
        (numbers,),
    )


def raw_videos(database: sqlite3.Connection, query: int, days: Days) -> Iterator[str]:
    """The JSON of the videos that the searches of a query have found, of the given days."""
    numbers = json.dumps(found_near(database, [query], days))
    for first, last in days.spans:
        within = ((first - EPOCH.toordinal()) * SECONDS_A_DAY, (last + 1 - EPOCH.toordinal()) * SECONDS_A_DAY)
        for [raw] in database.execute(
            "SELECT raw FROM videos WHERE id IN (SELECT video_id FROM found WHERE search_id IN "
            "(SELECT value FROM json_each(?))) AND create_time >= ? AND create_time < ?",
            (numbers, *within),
        ):
            yield raw


def end_run(database: sqlite3.Connection, queries: Iterable[int], *, is_stopped: bool) -> None:
    """A run has ended: the next one asks again for what failed; after a stopped run, it recovers what was put aside."""
    kept = " AND in_run = 'failed'" if is_stopped else ""
    statement = f"UPDATE searches SET in_run = NULL WHERE query_id = ? AND state = 'failed'{kept}"  # noqa: S608  # text of ours
    database.executemany(statement, [(query,) for query in queries])


def open_search(database: sqlite3.Connection, target: Target, job: Job) -> int:
    """Insert a search that has to be asked, and return its number."""
    return _insert(database, target, job, job.days, "open")


def count_failed(database: sqlite3.Connection, target: Target, job: Job) -> None:
    """Store that a call of a search failed, which is retried; a search without a row gets one."""
    if job.row is None:
        job.row = open_search(database, target, job)
    values = (job.calls, job.attempts, job.rejections, job.spent, job.row)
    database.execute("UPDATE searches SET calls = ?, attempts = ?, rejections = ?, spent = ? WHERE id = ?", values)


def _insert(database: sqlite3.Connection, target: Target, job: Job | None, days: Days, state: str) -> int:
    fields = fields_text(target.want.fields)
    root = None if job is None or job.recovery is None else job.recovery.root
    is_random, is_late, spent = (False, False, 0) if job is None else (job.draw, job.is_late, job.spent)
    values = (target.query, target.collection, spans.to_text(days), fields, target.want.max_count, is_random, state)
    number = database.execute(
        "INSERT INTO searches (query_id, collection_id, days, fields, max_count, is_random, state, root, is_late, "
        "spent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, root, is_late, spent),
    ).lastrowid
    assert number is not None
    return number


def end(database: sqlite3.Connection, target: Target, row: int, covered: Days, now: datetime) -> None:
    """A search has ended: its row has the days that it covers, and is closed if there are none."""
    if covered.spans:
        statement = "UPDATE searches SET state = 'done', days = ?, ended_at = ?, error = NULL WHERE id = ?"
        database.execute(statement, (spans.to_text(covered), moment_text(now), row))
        _settle(database, target, covered, any_fields=False)
    else:
        database.execute("UPDATE searches SET state = 'closed', ended_at = ? WHERE id = ?", (moment_text(now), row))


def end_sample(database: sqlite3.Connection, row: int, now: datetime) -> None:
    """A random sample is done."""
    database.execute("UPDATE searches SET state = 'done', ended_at = ? WHERE id = ?", (moment_text(now), row))


def _settle(database: sqlite3.Connection, target: Target, days: Days, *, any_fields: bool) -> None:
    """Remove days from the failed searches of the query: they were covered, asked again or failed again."""
    failed = (
        "SELECT id, days, fields FROM searches INDEXED BY failed_searches WHERE query_id = ? AND state = 'failed' "
        "AND is_random = 0"
    )
    for number, text, fields in database.execute(failed, (target.query,)).fetchall():
        if any_fields or target.want.fields.cover(fields_of("searches", number, fields)):
            had = read_days("searches", number, text)
            left = spans.minus(had, days)
            if left != had:
                state = "failed" if left.spans else "closed"
                values = (spans.to_text(left if left.spans else had), state, number)
                database.execute("UPDATE searches SET days = ?, state = ? WHERE id = ?", values)


def keep(database: sqlite3.Connection, target: Target, outcome: Outcome, now: datetime) -> None:
    """Store the outcome of a search that ended early, and open the searches in its place."""
    job = outcome.job
    if outcome.is_forgotten:
        database.execute("UPDATE origin SET forgets = 1")
    failed_row = None
    if job is not None and job.row is not None:
        values = (job.calls, outcome.error, job.row)
        database.execute("UPDATE searches SET calls = ?, error = ? WHERE id = ?", values)
        if outcome.failed.spans and not outcome.covered.spans:
            failed_row = job.row
        else:
            end(database, target, job.row, outcome.covered, now)
    elif job is not None and job.calls and not outcome.failed.spans:  # its days are asked later, but its calls count
        row = _insert(database, target, job, job.days, "closed")
        database.execute("UPDATE searches SET calls = ?, ended_at = ? WHERE id = ?", (job.calls, moment_text(now), row))
    for number in outcome.closes:
        end(database, target, number, spans.NONE, now)
    if job is None or not job.draw:
        gone = spans.union([outcome.failed, *(part.days for part in outcome.parts)])
        _settle(database, target, gone, any_fields=True)
    for part in outcome.parts:
        part.row = open_search(database, target, part)
    if outcome.failed.spans:
        row = _fail(database, target, outcome, failed_row, now)
        if outcome.recovery is not None:
            outcome.recovery.root = row


def _fail(database: sqlite3.Connection, target: Target, outcome: Outcome, row: int | None, now: datetime) -> int:
    """Store failed days as a search: the one that failed, if it has a row and covers nothing."""
    job = outcome.job
    if row is None:
        row = _insert(database, target, job, outcome.failed, "failed")
        if job is not None and job.row is None:
            database.execute("UPDATE searches SET calls = ?, pages = ? WHERE id = ?", (job.calls, job.pages, row))
    in_run = "failed" if outcome.recovery is None else "aside"
    values = (spans.to_text(outcome.failed), outcome.error, in_run, moment_text(now), row)
    database.execute(
        "UPDATE searches SET state = 'failed', days = ?, error = ?, in_run = ?, ended_at = ? WHERE id = ?", values
    )
    return row
