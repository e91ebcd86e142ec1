"""The file that videos are kept in: its tables, its version, and what a video becomes in it."""

from __future__ import annotations

import codecs
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from json.encoder import encode_basestring, encode_basestring_ascii
from pathlib import Path
from typing import Any, Final

from ..errors import ServerError, StoreError
from ..requests.request import Request
from ..tables import ALL_FIELDS, VIDEO_FIELDS
from ..videos import documented

#: "qdsl", in SQLite's application_id: whose file it is.
APPLICATION_ID: Final = 0x7164736C
#: In SQLite's user_version; it grows when an older querydsl could not read the file any more.
VERSION: Final = 1

_TYPES: Final = {"int64": "INTEGER", "bool": "INTEGER"}

#: The columns of a video: its id, the JSON as it came, and each documented field.
COLUMNS: Final = ("id", "raw", *(name for name in ALL_FIELDS if name != "id"))

SCHEMA: Final = (
    "CREATE TABLE videos (id INTEGER PRIMARY KEY, raw TEXT NOT NULL, "
    + ", ".join(f"{name} {_TYPES.get(VIDEO_FIELDS[name].type, 'TEXT')}" for name in COLUMNS[2:])
    + ")",
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

#: What has come as JSON is no circle; to look for one takes a third longer.
_to_json: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LINE_ENDS: Final = re.compile("[\r\n]")


def row(received: dict[str, Any], raw: str) -> tuple[Any, ...]:
    """A video as a row of the table: its values under `COLUMNS`.

    Raises ServerError for one without an id, or with a value that is not of its documented type.

    >>> row({"id": "7", "hashtag_names": ["cat"]}, '{"id": "7", "hashtag_names": ["cat"]}')[:2]
    (7, '{"id": "7", "hashtag_names": ["cat"]}')
    """
    values, _ = documented(received)
    if "id" not in values:
        raise ServerError("a video has no id")
    if not raw.isascii():
        raw = raw.encode("ascii", _ESCAPED).decode("ascii")
    if "\n" in raw or "\r" in raw:
        raw = _LINE_ENDS.sub(" ", raw)  # they can only stand between the parts: inside a text they are escaped
    columns = ((store, values.get(name)) for name, store in _STORED)
    return values["id"], raw, *(value if store is None or value is None else store(value) for store, value in columns)


def _json_list(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(encode_basestring, texts))}]"


#: How a value of each type is stored, where not as it is; SQLite has no bools, and sqlite3 takes longer to find out.
_STORE: Final[dict[str, Callable[[Any], Any] | None]] = {
    "int64": None,
    "string": None,
    "bool": int,
    "list<string>": _json_list,
    "struct": _to_json,
}
_STORED: Final = [(name, _STORE[VIDEO_FIELDS[name].type]) for name in COLUMNS[2:]]


def _escape(beyond: UnicodeError) -> tuple[str, int]:
    """What stands in JSON for characters beyond ASCII, and where they end."""
    assert isinstance(beyond, UnicodeEncodeError)
    return encode_basestring_ascii(beyond.object[beyond.start : beyond.end])[1:-1], beyond.end


#: How `str.encode` is to handle them: it finds them far sooner than a regular expression.
_ESCAPED: Final = "querydsl.json"
codecs.register_error(_ESCAPED, _escape)


def encodable(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row with U+FFFD for each lone surrogate, which no UTF-8 can hold; `raw` has it escaped."""
    return tuple(_LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value for value in values)


def body(request: Request) -> str:
    """What makes a request the same as another: canonical JSON, with `fields`.

    >>> from querydsl import Region, select
    >>> body(select("username", "id").where(Region == "US").on("20230101").request())
    '{"end_date":"20230101","fields":["id","username"],"max_count":100,"query":{"and":[{"field_name":"region_code",\
"field_values":["US"],"operation":"EQ"}]},"start_date":"20230101"}'
    """
    whole = {"fields": sorted(request.fields), **request.to_dict()}
    for key, meaning in (("cursor", 0), ("is_random", False)):
        if whole.get(key) == meaning:  # as if it were not given
            del whole[key]
    return json.dumps(whole, sort_keys=True, separators=(",", ":"))


@contextmanager
def failures(path: Path) -> Iterator[None]:
    """What goes wrong with the file, as a StoreError."""
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

#: By how SQLite's message begins.
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
    """Whether a file exists that this version can go on with; False for none, and for an empty one.

    It reads the first bytes and touches nothing. Raises StoreError for a file of another program or of a newer version.
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
    """Raises StoreError unless these are of a file that this version can read."""
    if application_id != APPLICATION_ID:
        raise StoreError(f"{path}: querydsl has not made this file, and it is left as it is; give another name")
    if user_version > VERSION:
        known = f"format {user_version}; this one knows {VERSION}"
        raise StoreError(f"{path}: a newer querydsl has made it ({known}), and it is left as it is; update querydsl")


def as_path(given: str | os.PathLike[str]) -> Path:
    """A file's name as a path; raises StoreError for what is none."""
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
    """Where a file is, whatever links lead to it."""
    return Path(os.path.realpath(path))
