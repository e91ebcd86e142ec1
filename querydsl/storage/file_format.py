"""The collection file: its tables, its version, its name, and its errors."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import quote

from ..errors import StoreError
from ..version import FILE_FORMAT
from .columns import VIDEOS_TABLE

#: "qdsl" in SQLite's application_id marks a file of querydsl.
APPLICATION_ID: Final = 0x7164736C

SCHEMA: Final = (
    VIDEOS_TABLE,
    # what a user asked to keep; `named`: whether the user gave the name; `is_checked`: whether the user wrote the
    # expression, so that each video is checked against it; while a round is open, searches up to `round_after` do not
    # count
    "CREATE TABLE collections (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, named INTEGER NOT NULL, "
    "expression TEXT NOT NULL, is_checked INTEGER NOT NULL, fields TEXT NOT NULL, begun_at TEXT NOT NULL, "
    "round_after INTEGER, round_begun_at TEXT)",
    # the queries of days: without conditions on create_date
    "CREATE TABLE queries (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, query TEXT NOT NULL)",
    # the compiled queries of a rest of a collection's expression
    "CREATE TABLE compiled (collection_id INTEGER NOT NULL REFERENCES collections, rest TEXT NOT NULL, "
    "queries TEXT NOT NULL, PRIMARY KEY (collection_id, rest)) WITHOUT ROWID",
    # the days of each query in a collection; `draws`: random samples of exactly these days
    "CREATE TABLE asked (collection_id INTEGER NOT NULL REFERENCES collections, "
    "query_id INTEGER NOT NULL REFERENCES queries, days TEXT NOT NULL, draws INTEGER NOT NULL DEFAULT 0, "
    "max_count INTEGER)",
    "CREATE TABLE searches (id INTEGER PRIMARY KEY, query_id INTEGER NOT NULL REFERENCES queries, "
    "collection_id INTEGER NOT NULL REFERENCES collections, days TEXT NOT NULL, fields TEXT NOT NULL, "
    "max_count INTEGER, is_random INTEGER NOT NULL DEFAULT 0, "
    "state TEXT NOT NULL CHECK (state IN ('open', 'done', 'failed', 'closed')), cursor INTEGER, search_id TEXT, "
    "last_video INTEGER, lag INTEGER NOT NULL DEFAULT 0, root INTEGER REFERENCES searches, "
    "pages INTEGER NOT NULL DEFAULT 0, videos INTEGER NOT NULL DEFAULT 0, new_videos INTEGER NOT NULL DEFAULT 0, "
    "calls INTEGER NOT NULL DEFAULT 0, error TEXT, in_run TEXT, attempts INTEGER NOT NULL DEFAULT 0, "
    "rejections INTEGER NOT NULL DEFAULT 0, is_late INTEGER NOT NULL DEFAULT 0, "
    "spent INTEGER NOT NULL DEFAULT 0, began_at TEXT, ended_at TEXT)",
    "CREATE INDEX searches_of_query ON searches (query_id)",
    "CREATE INDEX failed_searches ON searches (query_id) WHERE state = 'failed'",
    "CREATE TABLE found (video_id INTEGER NOT NULL REFERENCES videos, search_id INTEGER NOT NULL REFERENCES searches, "
    "PRIMARY KEY (video_id, search_id)) WITHOUT ROWID",
    # the state of a run that has not asked everything; `windows`: those that it began with, until it ends
    "CREATE TABLE run (collection_id INTEGER PRIMARY KEY REFERENCES collections, windows TEXT, state TEXT NOT NULL)",
    # the number of videos of a collection per UTC day, so that reading it needs no count
    "CREATE TABLE counts (collection_id INTEGER NOT NULL REFERENCES collections, day TEXT NOT NULL, "
    "videos INTEGER NOT NULL, PRIMARY KEY (collection_id, day)) WITHOUT ROWID",
    "CREATE TABLE unreadable (id INTEGER PRIMARY KEY, search_id INTEGER NOT NULL REFERENCES searches, "
    "raw TEXT NOT NULL, received_at TEXT NOT NULL)",
    # `forgets`: the API did not know the last search that a run wanted to continue
    "CREATE TABLE origin (host TEXT NOT NULL, forgets INTEGER NOT NULL DEFAULT 0)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {FILE_FORMAT}",
)


def moment_text(moment: datetime) -> str:
    """An aware moment as text in a file: UTC, ISO 8601, to the second.

    >>> from datetime import timezone
    >>> moment_text(datetime(2023, 1, 1, 12, tzinfo=timezone.utc))
    '2023-01-01T12:00:00Z'
    """
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


class Refused(Exception):
    """An operation on a file is not possible; the name of the file is added to the message later."""


class Damaged(Exception):
    """A row of a table contains something that querydsl does not write there."""

    def __init__(self, table: str, row: object, reason: object) -> None:
        super().__init__(table, row, reason)
        self.table = table
        self.row = row
        self.reason = reason

    def __str__(self) -> str:
        return f"the file is damaged in the table {self.table}, row {self.row}: {self.reason}"


def undecodable(path: Path) -> Damaged | None:
    """The first row with a text that is not UTF-8; None if there is none, or if the file cannot be read.

    SQLite does not name the row when it reads such a text, so this function searches for it.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.text_factory = bytes
            tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").fetchall()
            found = (_undecodable(database, name.decode()) for [name] in tables)
            return next(filter(None, found), None)
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def _undecodable(database: sqlite3.Connection, table: str) -> Damaged | None:
    quoted = table.replace('"', '""')
    rows = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  # the name is quoted
    names = [column[0] for column in rows.description]
    for row in rows:
        wrong = [name for name, value in zip(names, row, strict=True) if not _is_utf8(value)]
        if wrong:
            return Damaged(table, row[0], f"{wrong[0]} is not text in UTF-8")
    return None


def _is_utf8(value: object) -> bool:
    try:
        value.decode() if isinstance(value, bytes) else None
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def failures(path: Path) -> Iterator[None]:
    """Turn errors of the file into StoreError."""
    try:
        yield
    except sqlite3.Error as failure:
        raise StoreError(f"{path}: {_reason(failure)}") from failure
    except UnicodeDecodeError as failure:  # SQLite's message about a damaged schema repeats a part of it
        raise StoreError(f"{path}: {_DAMAGED}") from failure
    except Refused as refused:
        raise StoreError(f"{path}: {refused}") from None
    except Damaged as damage:
        raise StoreError(f"{path}: {damage}; restore the file, or begin a new one") from None
    except PermissionError as failure:
        raise StoreError(f"{path}: {failure.strerror}; {_WRITABLE}") from failure
    except OSError as failure:
        raise StoreError(f"{path}: {failure.strerror or failure}") from failure


def _reason(failure: sqlite3.Error) -> str:
    text = str(failure)
    if not text:  # Python 3.10 passes on no message that is not UTF-8, as one about a damaged schema
        return _DAMAGED
    if text == _OF_OTHERS:  # SQLite's words say nothing more
        return _HINTS[text]
    return next((f"{text}; {hint}" for beginning, hint in _HINTS.items() if text.startswith(beginning)), text)


_OF_OTHERS: Final = "file is not a database"
_DAMAGED: Final = "the file is damaged: restore it, or begin a new one"
_WRITABLE: Final = "make the file and its folder writable, or give another file"

#: What to do, by the beginning of SQLite's message.
_HINTS: Final = {
    "database or disk is full": "make room and run it again: what was kept so far is safe",
    "disk I/O error": "what was kept so far is safe: see to the disk and run it again",
    "unable to open database file": "give a file in a folder that exists and can be written to",
    "attempt to write a readonly database": _WRITABLE,
    "database is locked": "another program is writing to it: close that and run it again",
    _OF_OTHERS: "querydsl has not made this file: give the name of one that querydsl collect has made",
    "malformed database schema": _DAMAGED,
    "database disk image is malformed": _DAMAGED,
}


def check_header(path: Path) -> bool:
    """Whether the file exists and has content; raises StoreError unless querydsl made it.

    Reads the first bytes and changes nothing. A file of another program or of a newer version raises StoreError.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return False
    if not head:
        return False
    is_sqlite = head.startswith(b"SQLite format 3\0")
    check_version(path, *(int.from_bytes(head[at : at + 4], "big") if is_sqlite else 0 for at in (68, 60)))
    return True


def check_version(path: Path, application_id: int, user_version: int) -> None:
    """Raise StoreError unless these values belong to a file that this version can read."""
    if application_id != APPLICATION_ID:
        raise StoreError(f"{path}: querydsl has not made this file, and it is left as it is; give another name")
    if user_version < FILE_FORMAT:
        made = f"it is of format {user_version}, which was never released; this querydsl knows format {FILE_FORMAT}"
        raise StoreError(f"{path}: {made}; it is left as it is: collect into another file")
    if user_version > FILE_FORMAT:
        known = f"format {user_version}; this one knows {FILE_FORMAT}"
        raise StoreError(f"{path}: a newer querydsl has made it ({known}), and it is left as it is; update querydsl")


def roll_back(path: Path) -> None:
    """Let SQLite undo the transaction of a process that was killed while it began or ended a run.

    Only a connection that may write can do that. Where the folder is read-only, the error of reading says so.
    """
    journal = real(path).with_name(f"{real(path).name}-journal")
    if journal.exists() and check_header(path):
        with suppress(sqlite3.Error), closing(sqlite3.connect(real(path))) as database:
            database.execute("PRAGMA user_version").fetchone()


def has_journal(path: Path) -> bool:
    """Whether the newest pages are not in the file yet: a run is going on, or was killed."""
    journal = real(path).with_name(f"{real(path).name}-wal")
    return journal.exists() and journal.stat().st_size > 0


def as_path(given: str | os.PathLike[str]) -> Path:
    """The name of a file as a path; raises StoreError for an invalid name."""
    try:
        text = os.fspath(given)
    except TypeError:
        raise StoreError(f"{given!r} is not the name of a file") from None
    if not isinstance(text, str) or not text or "\0" in text:
        raise StoreError(f"{text!r} is not the name of a file")
    path = Path(text)
    with failures(path):
        if path.is_dir():
            raise StoreError(f"{path}: this is a folder; give the name of a file in it")
        if path.exists() and not path.is_file():
            raise StoreError(f"{path}: this is not a file but a device or a pipe; give the name of a file")
        if not path.parent.is_dir():
            raise StoreError(f"{path}: there is no folder {path.parent}; make it first")
    return path


def uri(path: PurePath) -> str:
    """The URI with which SQLite opens a file for reading, from an absolute path; a network share is part of the path.

    >>> from pathlib import PurePosixPath, PureWindowsPath
    >>> uri(PurePosixPath("/a b/x.db"))
    'file:///a%20b/x.db?mode=ro'
    >>> uri(PureWindowsPath("C:/x.db")), uri(PureWindowsPath("//server/share/x.db"))
    ('file:///C:/x.db?mode=ro', 'file:////server/share/x.db?mode=ro')
    """
    name = path.as_posix()
    return f"file://{'' if name.startswith('/') else '/'}{quote(os.fsencode(name), safe='/:')}?mode=ro"


#: Linux's table of mounted file systems.
MOUNTS: Final = Path("/proc/self/mounts")


def is_on_a_network(path: Path) -> bool:
    """Whether a file is on a network drive, as far as its name, or the table of mounts on Linux, shows it."""
    absolute = real(path)
    if absolute.drive.startswith("\\\\"):
        return True
    try:
        lines = MOUNTS.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    tables = (line.split() for line in lines)
    kinds = {words[1].replace("\\040", " "): words[2] for words in tables if len(words) > 2}
    mounted = next((kinds[str(one)] for one in absolute.parents if str(one) in kinds), "")
    return mounted.startswith(_NETWORK)


#: The beginnings of the names of network file systems.
_NETWORK: Final = (
    *("nfs", "cifs", "smb", "afs", "9p", "ceph", "lustre", "gpfs", "beegfs", "davfs"),
    *("fuse.sshfs", "fuse.rclone"),
)


def real(path: Path) -> Path:
    """The path of a file with all links followed."""
    return Path(os.path.realpath(path))
