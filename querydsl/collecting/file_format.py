"""The file that videos are kept in: its tables, its version, its name, and what can go wrong with it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import StoreError
from ..requests.request import Request
from .columns import VIDEOS_TABLE

#: "qdsl", in SQLite's application_id: the file is ours.
APPLICATION_ID: Final = 0x7164736C
#: In SQLite's user_version. It grows when an older querydsl cannot read the file any more; a new Video field does not
#: change it, since each version reads the columns that it knows.
VERSION: Final = 1

SCHEMA: Final = (
    VIDEOS_TABLE,
    "CREATE TABLE requests (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE, "
    "state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done')), cursor INTEGER, search_id TEXT, "
    "pages INTEGER NOT NULL DEFAULT 0, videos INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE found (video_id INTEGER NOT NULL REFERENCES videos, request_id INTEGER NOT NULL REFERENCES requests, "
    "PRIMARY KEY (video_id, request_id)) WITHOUT ROWID",
    "CREATE TABLE restarts (request_id INTEGER PRIMARY KEY REFERENCES requests, furthest INTEGER NOT NULL)",
    "CREATE TABLE origin (host TEXT NOT NULL)",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)


def body(request: Request) -> str:
    """The canonical JSON of a request, with its fields: two requests with the same are the same.

    `id` is always among the fields, since `collect` always asks for it.

    >>> from querydsl import Region, select
    >>> body(select("username", "id").where(Region == "US").on("20230101").request())
    '{"end_date":"20230101","fields":["id","username"],"max_count":100,"query":{"and":[{"field_name":"region_code",\
"field_values":["US"],"operation":"EQ"}]},"start_date":"20230101"}'
    """
    whole = {"fields": sorted({"id", *request.fields}), **request.to_dict()}
    for key, default in (("cursor", 0), ("is_random", False)):
        if whole.get(key) == default:
            del whole[key]
    return json.dumps(whole, sort_keys=True, separators=(",", ":"))


@contextmanager
def failures(path: Path) -> Iterator[None]:
    """Raise what goes wrong with the file as a StoreError."""
    try:
        yield
    except sqlite3.Error as failure:
        raise StoreError(f"{path}: {_reason(failure)}") from failure
    except PermissionError as failure:
        raise StoreError(f"{path}: {failure.strerror}; {_WRITABLE}") from failure
    except OSError as failure:
        raise StoreError(f"{path}: {failure.strerror or failure}") from failure


def _reason(failure: sqlite3.Error) -> str:
    text = str(failure)
    return next((f"{text}; {hint}" for beginning, hint in _HINTS.items() if text.startswith(beginning)), text)


_WRITABLE: Final = "make the file and its folder writable, or give another file"

#: What to do, by the beginning of SQLite's message.
_HINTS: Final = {
    "database or disk is full": "make room and run it again: what was kept so far is safe",
    "disk I/O error": "what was kept so far is safe: see to the disk and run it again",
    "unable to open database file": "give a file in a folder that exists and can be written to",
    "attempt to write a readonly database": _WRITABLE,
    "database is locked": "another program is writing to it: close that and run it again",
    "file is not a database": "querydsl has not made it: give the name of one that it has",
    "database disk image is malformed": "the file is damaged: restore it, or begin a new one",
}


def check_header(path: Path) -> bool:
    """Whether the file exists and has content; it must be one of ours.

    Reads the first bytes and changes nothing. Raises StoreError for a file of another program or of a newer version.
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
    """Raise StoreError unless these belong to a file that this version can read."""
    if application_id != APPLICATION_ID:
        raise StoreError(f"{path}: querydsl has not made this file, and it is left as it is; give another name")
    if user_version > VERSION:
        known = f"format {user_version}; this one knows {VERSION}"
        raise StoreError(f"{path}: a newer querydsl has made it ({known}), and it is left as it is; update querydsl")


def as_path(given: str | os.PathLike[str]) -> Path:
    """The name of a file as a path; raises StoreError for what cannot be one."""
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


def real(path: Path) -> Path:
    """The path of a file with all links followed."""
    return Path(os.path.realpath(path))
