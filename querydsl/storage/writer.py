"""The writer of a file: it locks the file, and commits each page together with the progress of its search."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from threading import Lock
from typing import Final

import attrs

from ..errors import StoreError
from ..ledger import days as spans
from ..ledger.days import Days
from ..ledger.recovery import Job, Outcome
from ..moments import SECONDS_A_DAY
from ..raw_json import read_whole
from . import catalogue, counts, pages, searches
from .catalogue import Collection
from .columns import COLUMNS, batches, existing_columns, missing_columns
from .counts import Predicate
from .file_format import SCHEMA, as_path, check_header, failures, moment_text, real
from .lock import FileLock
from .rows import Row, encodable, row
from .searches import Target

#: Seconds to wait for another program that writes to the file.
_BUSY: Final = 30.0


@attrs.frozen
class Arrived:
    """A page, and the place where its search continues."""

    videos: Sequence[Row]
    cursor: int | None
    search_id: str | None
    #: Whether this is the last page.
    is_last: bool
    now: datetime
    #: The client's time just before the first call of the search; None for later pages.
    began: datetime | None = None
    #: Whether the API has continued a search of an earlier run.
    is_remembered: bool = False


@attrs.frozen
class Added:
    """What a page has added."""

    #: Videos that are new to the search.
    found: int = 0
    #: How many more videos of the run's days the collection has now, that meet its expression.
    selected: int = 0
    #: Videos that are new in this run, but whose first answer did not meet the expression.
    unmatched: int = 0
    #: Videos that are new to the file.
    new: int = 0


class Writer:
    """A file to which a collection is written; a context manager that threads can share.

    If a Video field is newer than the file, its column is added here, filled from `raw`. Without an `origin`, no videos
    can be added.

    Raises StoreError, before anything is written, in these cases: the file belongs to another program or has another
    version; another collection is using it; its videos come from another `origin` (made-up videos and the API's are
    never mixed); or it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], origin: str | None) -> None:
        self._path = as_path(path)
        self._using = Lock()
        self._lock = FileLock(self._path)
        try:
            with failures(self._path):
                exists = check_header(self._path)
                if exists:  # before SQLite opens it, which would make its journals for this name
                    self._lock.lock_all_names()
                self._database = self._open(origin, exists=exists)
                if not exists:
                    self._lock.lock_all_names()
        except BaseException:
            self._lock.release()
            raise

    def _open(self, origin: str | None, *, exists: bool) -> sqlite3.Connection:
        database = sqlite3.connect(real(self._path), timeout=_BUSY, isolation_level=None, check_same_thread=False)
        try:
            if not exists or database.execute("PRAGMA user_version").fetchone() == (0,):
                with _transaction(database):
                    for statement in SCHEMA:
                        database.execute(statement)
                    database.execute("INSERT INTO origin (host) VALUES (?)", (origin,))
            if origin is not None:
                self._check_origin(database, origin)
            # With this, a commit is an append. A killed process loses nothing. A power failure loses the last pages,
            # which are asked for again. Readers can read at the same time.
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            _add_missing_columns(database)
            for statement in _OF_THE_RUN:
                database.execute(statement)
        except BaseException:
            database.close()
            raise
        return database

    def _check_origin(self, database: sqlite3.Connection, origin: str) -> None:
        other = catalogue.origin(database)
        if other == origin:
            return
        if database.execute("SELECT 1 FROM videos LIMIT 1").fetchone():
            message = f"{self._path}: its videos come from {other}, and these would from {origin}; give another file"
            raise StoreError(message)
        with _transaction(database):  # the file has no video, so another origin does not matter
            for table in (
                "run",
                "counts",
                "unreadable",
                "found",
                "searches",
                "asked",
                "compiled",
                "collections",
                "queries",
            ):
                database.execute(f"DELETE FROM {table}")  # noqa: S608  # names of ours
            database.execute("UPDATE origin SET host = ?, forgets = 0", (origin,))

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and unlock it. Nothing stays beside it, so a copy of the file is complete."""
        with self._using:
            try:
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._database.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.Error:
                pass  # a reader is open, or the disk is full: SQLite cleans up later
            finally:
                self._database.close()
                self._lock.release()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The database, for one transaction: everything inside is committed, or nothing."""
        with self._using, failures(self._path):
            self._lock.check_name()
            with _transaction(self._database):
                yield self._database

    def watch(self, collection: Collection, days: Days, predicates: Mapping[int, Predicate | None]) -> None:
        """Count new videos for a collection and for all others of the file, with the predicates of these."""
        self._days = {date.fromordinal(day).isoformat() for day in spans.each(days)}
        self._predicates = predicates
        for number in {collection.id, *predicates}:
            statement = (
                "INSERT OR IGNORE INTO interest SELECT query_id, collection_id FROM asked WHERE collection_id = ?"
            )
            self._database.execute(statement, (number,))

    def keep(self, target: Target, outcome: Outcome, now: datetime, state: str | None = None) -> None:
        """Store the outcome of a search that ended early, and open the searches in its place."""
        with self.transaction() as database:
            searches.keep(database, target, outcome, now)
            catalogue.keep_state(database, target.collection, state)

    def count_failed(self, target: Target, job: Job, state: str | None = None) -> None:
        """Store that a call of a search failed: it is retried, or asked in a later run."""
        with self.transaction() as database:
            searches.count_failed(database, target, job)
            catalogue.keep_state(database, target.collection, state)

    def add(
        self,
        target: Target,
        job: Job,
        page: Arrived,
        outcome: Outcome | None = None,
        state: str | None = None,
    ) -> Added:
        """Store a page, the progress of its search, and the outcome if the search ends: all or nothing."""
        row_before = job.row
        try:
            with self.transaction() as database:
                added = self._add(database, target, job, page)
                if outcome is not None:
                    searches.keep(database, target, outcome, page.now)
                catalogue.keep_state(database, target.collection, state)
                return added
        except UnicodeEncodeError:
            job.row = row_before
            escaped = [encodable(one) for one in page.videos]
            return self.add(target, job, attrs.evolve(page, videos=escaped), outcome, state)

    def _add(self, database: sqlite3.Connection, target: Target, job: Job, page: Arrived) -> Added:
        if job.row is None:
            job.row = searches.open_search(database, target, job)
        if page.is_remembered:
            database.execute("UPDATE origin SET forgets = 0 WHERE forgets")
        added = self._add_videos(database, target, job, page) if page.videos else Added()
        last = next((one.id for one in reversed(page.videos) if one.id is not None), None)
        began = None if page.began is None else moment_text(page.began)
        counted = (last, _lag(page.videos), added.found, added.new, job.calls, began, job.spent, job.row)
        database.execute(_PROGRESS, (page.cursor, page.search_id, *counted))
        if page.is_last and job.draw:
            searches.end_sample(database, job.row, page.now)
        elif page.is_last:
            searches.end(database, target, job.row, job.days, page.now)
        return added

    def _add_videos(self, database: sqlite3.Connection, target: Target, job: Job, page: Arrived) -> Added:
        assert job.row is not None
        now = moment_text(page.now)
        rows = pages.by_id(page.videos)
        if len(rows) < len(page.videos):
            pages.set_apart(database, page.videos, job.row, now)
        if not rows:
            return Added()
        new = pages.insert(database, rows, now)
        had = _collections_with(database, rows) if new < len(rows) else {}
        changed = pages.renew(database, rows, now) if new < len(rows) else {}
        found = database.execute(_FOUND, (job.row, json.dumps([one.id for one in rows]))).rowcount
        unmatched = {one.id for one in page.videos if one.id is not None and not one.is_selected}
        # A video that was in the file, or came twice, was merged with other answers: the page's verdict is outdated.
        is_as_it_came = new == len(rows) == len(page.videos)
        selected = 0
        asking = {number for [number] in database.execute(_SHARING, (target.query,))}
        for number in asking.union(*had.values()):
            fresh = [one for one in rows if number not in had.get(one.id, ())] if number in asking else []
            renewed = [changed[one] for one, by in had.items() if number in by and one in changed]
            came = unmatched if is_as_it_came and number == target.collection else None
            days = counts.days_of(self._selected(number, fresh, changed, came), job.days)
            if renewed:
                after = self._held(number, [(one.raw, one.created) for one in renewed])
                before = self._held(number, [(one.raw_before, one.created_before) for one in renewed])
                days.update(counts.days_of(after, job.days))
                days.subtract(counts.days_of(before, job.days))
            counts.add_counts(database, number, days)
            if number == target.collection:
                selected = sum(videos for day, videos in days.items() if day in self._days)
        came_first = database.executemany(_UNMATCHED, [(number,) for number in unmatched]).rowcount if unmatched else 0
        return Added(found, selected, came_first, new)

    def _selected(
        self, number: int, fresh: Sequence[Row], changed: _Changed, unmatched: set[int] | None
    ) -> list[int | None]:
        """The times of videos that are new to a collection and meet its expression; None for a video without one."""
        if unmatched is not None:
            return [one.columns.get("create_time") for one in fresh if one.id not in unmatched]
        now = [
            (changed[one.id].raw, changed[one.id].created)
            if one.id in changed
            else (one.raw, one.columns.get("create_time"))
            for one in fresh
        ]
        return self._held(number, now)

    def _held(self, number: int, videos: Sequence[tuple[str, int | None]]) -> list[int | None]:
        predicate = self._predicates.get(number)
        return [created for raw, created in videos if predicate is None or predicate(read_whole(raw))]


#: Temporary tables for a run: the collections that ask a query, and the videos that do not meet the expression, of
#: which there may be very many.
_OF_THE_RUN: Final = (
    "CREATE TEMP TABLE interest (query_id INTEGER, collection_id INTEGER, PRIMARY KEY (query_id, collection_id)) "
    "WITHOUT ROWID",
    "CREATE TEMP TABLE unmatched (video_id INTEGER PRIMARY KEY)",
)
_UNMATCHED: Final = "INSERT OR IGNORE INTO unmatched VALUES (?)"
#: In one statement, which takes less time than one for each video.
_FOUND: Final = "INSERT OR IGNORE INTO found SELECT value, ? FROM json_each(?)"
_SHARING: Final = "SELECT collection_id FROM interest WHERE query_id = ?"
_PROGRESS: Final = (
    "UPDATE searches SET cursor = ?, search_id = ?, last_video = coalesce(?, last_video), lag = max(lag, ?), "
    "pages = pages + 1, videos = videos + ?, new_videos = new_videos + ?, calls = ?, began_at = coalesce(began_at, ?), "
    "attempts = 0, rejections = 0, spent = ? WHERE id = ?"
)
_HAD: Final = (
    "SELECT DISTINCT interest.collection_id FROM found JOIN searches ON searches.id = found.search_id "
    "JOIN interest USING (query_id) WHERE video_id = ?"
)

#: For each video, the collections whose queries have found it.
_Had = dict[int | None, set[int]]
#: By id, the videos whose JSON has changed since a page.
_Changed = dict[int | None, pages.Known]


def _collections_with(database: sqlite3.Connection, rows: Sequence[Row]) -> _Had:
    return {one.id: {number for [number] in database.execute(_HAD, (one.id,))} for one in rows}


def _lag(page: Sequence[Row]) -> int:
    """The longest time between id and `create_time` on a page, in seconds; a year or more is ignored."""
    lags = [
        created - (number >> 32)
        for one in page
        if (number := one.id) is not None and (created := one.columns.get("create_time")) is not None
    ]
    return max((lag for lag in lags if 0 < lag < 365 * SECONDS_A_DAY), default=0)


def _add_missing_columns(database: sqlite3.Connection) -> None:
    """Add the columns of Video fields that are newer than the file, filled from `raw`."""
    missing = missing_columns(existing_columns(database))
    if not missing:
        return
    filled = ", ".join(f"{name} = ?" for name in missing)
    with _transaction(database):
        for name in missing:
            database.execute(f"ALTER TABLE videos ADD COLUMN {name} {COLUMNS[name].sql}")
        for batch in batches(database, "raw"):
            rows = [encodable(row(read_whole(raw), raw)) for [raw] in batch]
            values = [(*map(one.columns.get, missing), one.id) for one in rows]
            database.executemany(f"UPDATE videos SET {filled} WHERE id = ?", values)  # noqa: S608  # names of ours


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Commit everything inside, or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # after some errors SQLite has already rolled back
            database.execute("ROLLBACK")
        raise
