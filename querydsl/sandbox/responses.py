"""Answers of the sandbox: a status, headers and a body, in the documented JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final
from zlib import crc32

import attrs

from ..tables import API_ERRORS, VIDEO_FIELDS
from .words import ODD_VALUES

#: Without the check for circular references, which takes an eighth of the time: videos from JSON have none.
_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=str).encode

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}

Headers = tuple[tuple[str, str], ...]

#: The types of WSGI used here; the standard library has them from Python 3.11 on.
Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
WSGIApp = Callable[[Environ, StartResponse], Iterable[bytes]]

#: The key in the environment of a request under which a server puts the event that it sets when it closes.
CLOSING: Final = "querydsl.sandbox.closing"


def pause(environ: Environ, seconds: float | None) -> bool:
    """Wait this number of seconds (None: for ever), or until the server closes; True if it has closed."""
    closing: threading.Event = environ.get(CLOSING) or threading.Event()
    return closing.wait(None if seconds is None else min(seconds, threading.TIMEOUT_MAX))


@attrs.frozen
class Answer:
    """An HTTP answer; the body comes in pieces."""

    status: int
    headers: Headers
    body: Iterable[bytes]

    @property
    def status_line(self) -> str:
        """The status and its phrase, in the form of WSGI."""
        return f"{self.status} {_PHRASES.get(self.status, 'Unknown')}"


class Refused(Exception):
    """Raised to answer a request with an error; `status` replaces the usual status of the code."""

    def __init__(self, code: str, message: str, status: int | None = None, headers: Headers = ()) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status or API_ERRORS[code] or 500
        self.headers = headers

    def answer(self, log_id: str) -> Answer:
        """The error in the API's form."""
        error = {"code": self.code, "message": self.message, "log_id": log_id}
        return document({"data": {}, "error": error}, self.status, self.headers)


def success(data: dict[str, Any], log_id: str) -> Answer:
    """The successful answer in the API's form."""
    return document({"data": data, "error": {"code": "ok", "message": "", "log_id": log_id}})


def document(content: dict[str, Any], status: int = 200, headers: Headers = ()) -> Answer:
    """An answer in JSON, in ASCII."""
    return whole(_encode(content).encode("ascii"), "application/json", status, headers)


def whole(content: bytes, content_type: str, status: int = 200, headers: Headers = ()) -> Answer:
    """An answer with a known length."""
    return Answer(status, (("Content-Type", content_type), ("Content-Length", str(len(content))), *headers), (content,))


# Videos

#: Fields that are omitted if they are empty, and fields that have another spelling.
_LEFT_OUT: Final = frozenset(name for name, field in VIDEO_FIELDS.items() if field.left_out_when_empty)
_SPELLINGS: Final = {name: field.other_spelling for name, field in VIDEO_FIELDS.items() if field.other_spelling}
_OTHER_SPELLING: Final = _SPELLINGS | {other: name for name, other in _SPELLINGS.items()}


def as_answered(video: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """The requested fields of a video, if it has them, in the requested spelling."""
    shown = {}
    for field in fields:
        value = video.get(field)
        if value is None and field in _OTHER_SPELLING:
            value = video.get(_OTHER_SPELLING[field])
        if field == "hashtag_names":
            value = value or []
        elif value is None or (not value and field in _LEFT_OUT):
            continue
        shown[field] = value
    return shown


def with_odd_value(number: int, video: dict[str, Any]) -> dict[str, Any]:
    """The video with this id as it is answered; one in ten has an odd value, if its field was requested."""
    chance = crc32(str(number).encode())
    field, value = ODD_VALUES[chance // 10 % len(ODD_VALUES)]
    if chance % 10 or field not in video:
        return video
    odd = {**video, field: value}
    return {name: kept for name, kept in odd.items() if kept is not None}
