"""The writer of a file: it locks the file, and commits each page together with the progress past it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

import attrs

from ..client.paging import Place
from ..errors import StoreError
from ..requests.request import Request
from ..tables import VIDEO_FIELDS
from .columns import COLUMNS, batches, existing_columns, missing_columns
from .file_format import SCHEMA, as_path, body, check_header, failures, real
from .lock import FileLock
from .rows import Row, encodable, row

#: Seconds to wait for another program that writes to the file.
_BUSY: Final = 30.0


@attrs.frozen
class Task:
    """A request of the plan as the file has it."""

    id: int
    request: Request
    done: bool
    #: Where it goes on; None for its beginning.
    place: Place | None


@attrs.frozen
class Added:
    """What a page brought."""

    #: Videos that the request had not found.
    found: int
    #: Videos that no request of the plan had found.
    plan: int
    #: Videos that the file did not have.
    file: int


class Writer:
    """A file that a collection writes; a context manager that threads can share.

    A file that was made before a Video field was added gets its column here, filled from `raw`.

    Raises StoreError, before anything is written, for a file that is another program's, of a newer version, or in use
    by another collection; for a file whose videos come from another `origin`, so that made-up videos are not mixed
    with the API's; and for a file that cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], origin: str) -> None:
        self._path = as_path(path)
        self._using = Lock()
        self._lock = FileLock(self._path)
        try:
            with failures(self._path):
                self._database = self._open(origin)
        except BaseException:
            self._lock.release()
            raise

    def _open(self, origin: str) -> sqlite3.Connection:
        exists = check_header(self._path)
        database = sqlite3.connect(real(self._path), timeout=_BUSY, isolation_level=None, check_same_thread=False)
        try:
            if not exists or database.execute("PRAGMA user_version").fetchone() == (0,):
                with _transaction(database):
                    for statement in SCHEMA:
                        database.execute(statement)
                    database.execute("INSERT INTO origin VALUES (?)", (origin,))
            self._check_origin(database, origin)
            # A commit is an append then: a killed process loses nothing; a power failure loses the last pages, which
            # are asked for again. Readers can read at the same time.
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            _add_missing_columns(database)
            database.execute("CREATE TEMP TABLE plan (request_id INTEGER PRIMARY KEY)")
        except BaseException:
            database.close()
            raise
        return database

    def _check_origin(self, database: sqlite3.Connection, origin: str) -> None:
        [other] = database.execute("SELECT host FROM origin").fetchone()
        if other == origin:
            return
        if database.execute("SELECT 1 FROM videos LIMIT 1").fetchone():
            message = f"{self._path}: its videos come from {other}, and these would from {origin}; give another file"
            raise StoreError(message)
        with _transaction(database):  # no video came from there, and that says nothing about this origin
            for table in ("restarts", "requests"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608  # names of ours
            database.execute("UPDATE origin SET host = ?", (origin,))

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and unlock it; nothing stays beside it."""
        with self._using:
            try:
                self._database.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.Error:
                pass  # it still has a reader, or the disk is full: SQLite tidies up at the next chance
            finally:
                self._database.close()
                self._lock.release()

    def begin(self, requests: Iterable[Request]) -> tuple[list[Task], int]:
        """The requests as tasks, each once, in their order, and how many videos they have found so far."""
        tasks: dict[int, Task] = {}
        with self._using, failures(self._path), _transaction(self._database):
            for request in requests:
                text = body(request)
                self._database.execute("INSERT OR IGNORE INTO requests (body) VALUES (?)", (text,))
                found = self._database.execute(
                    "SELECT id, state, cursor, search_id, furthest FROM requests "
                    "LEFT JOIN restarts ON request_id = id WHERE body = ?",
                    (text,),
                ).fetchone()
                number, state, cursor, search_id, furthest = found
                place = None if cursor is None else Place(cursor, search_id, -1 if furthest is None else furthest)
                tasks[number] = Task(number, request, state == "done", place)
            self._database.executemany("INSERT INTO plan VALUES (?)", [(number,) for number in tasks])
            [known] = self._database.execute(
                "SELECT count(DISTINCT video_id) FROM found WHERE request_id IN plan"
            ).fetchone()
        return list(tasks.values()), known

    def add(self, task: Task, rows: Sequence[Row], place: Place | None) -> Added:
        """Keep a page and where the search goes on (None: it is done), both or neither."""
        # newest first, as they come, SQLite would split page after page: that takes a fifth longer
        page = {columns["id"]: columns for columns in sorted(rows, key=lambda columns: columns["id"])}
        try:
            with self._using, failures(self._path), _transaction(self._database):
                return self._add(task, page, place)
        except UnicodeEncodeError:
            return self.add(task, [encodable(columns) for columns in rows], place)

    def _add(self, task: Task, page: dict[int, Row], place: Place | None) -> Added:
        file = plan = found = 0
        if page:
            file = self._insert(page.values())
            known = 0
            if file < len(page):
                self._renew(page)
                known = sum(self._one(_IN_PLAN, video) is not None for video in page)
            plan = len(page) - known
            found = self._database.executemany(_FOUND, [(video, task.id) for video in page]).rowcount
        cursor, search_id = (place.cursor, place.search_id) if place else (None, None)
        self._database.execute(_PROGRESS, ("pending" if place else "done", cursor, search_id, found, task.id))
        if place and place.furthest >= (place.cursor or 0):
            self._database.execute("INSERT OR REPLACE INTO restarts VALUES (?, ?)", (task.id, place.furthest))
        elif place is None or place.furthest >= 0:
            self._database.execute("DELETE FROM restarts WHERE request_id = ?", (task.id,))
        return Added(found, plan, file)

    def _insert(self, rows: Collection[Row]) -> int:
        """Insert the rows that the file does not have, and return how many they are.

        Columns that none of them has are left out: to bind None takes Python longer than to bind a text.
        """
        given = sorted(set().union(*rows))
        statement = f"INSERT OR IGNORE INTO videos {_values(given)}"
        return self._database.executemany(statement, [tuple(map(columns.get, given)) for columns in rows]).rowcount

    def _renew(self, page: dict[int, Row]) -> None:
        """Keep what is new about videos that the file has, and what only an earlier answer said of them."""
        for video, columns in page.items():
            [raw] = self._one("SELECT raw FROM videos WHERE id = ?", video) or (columns["raw"],)
            if raw != columns["raw"]:
                older, newer = _given(raw), _given(columns["raw"])
                if not older.keys() <= newer.keys():
                    newer = {**older, **newer}
                    columns = encodable(row(newer, json.dumps(newer)))  # noqa: PLW2901
                statement = f"INSERT OR REPLACE INTO videos {_values(columns)}"
                self._database.execute(statement, tuple(columns.values()))

    def _one(self, statement: str, video: int) -> Any:
        return self._database.execute(statement, (video,)).fetchone()


def _given(raw: str) -> dict[str, Any]:
    """What an answer said of a video, by the documented names."""
    given = {name: value for name, value in json.loads(raw).items() if value is not None}
    for name, field in VIDEO_FIELDS.items():
        if name not in given and field.other_spelling in given:
            given[name] = given.pop(field.other_spelling)
    return given


def _values(columns: Collection[str]) -> str:
    return f"({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


_FOUND: Final = "INSERT OR IGNORE INTO found VALUES (?, ?)"
_IN_PLAN: Final = "SELECT 1 FROM found WHERE video_id = ? AND request_id IN plan"
_PROGRESS: Final = (
    "UPDATE requests SET state = ?, cursor = ?, search_id = ?, pages = pages + 1, videos = videos + ? WHERE id = ?"
)


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
            rows = [encodable(row(json.loads(raw), raw)) for [raw] in batch]
            values = [(*map(columns.get, missing), columns["id"]) for columns in rows]
            database.executemany(f"UPDATE videos SET {filled} WHERE id = ?", values)  # noqa: S608  # names of ours


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Commit all that is done inside, or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # after some failures SQLite has rolled back itself
            database.execute("ROLLBACK")
        raise
