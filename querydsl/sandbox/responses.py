"""Answers of the sandbox: a status, headers and a body, in the documented JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final

import attrs

from ..tables import API_ERRORS

#: A search for circles is left out, which saves an eighth of the time: videos were JSON once, and hold none.
_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=str).encode

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}

Headers = tuple[tuple[str, str], ...]

#: The parts of WSGI that are used here; the standard library has these types from Python 3.11 on.
Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
WSGIApp = Callable[[Environ, StartResponse], Iterable[bytes]]

#: The key in the environment of a request where a server puts the event that it sets when it closes.
CLOSING: Final = "querydsl.sandbox.closing"


def pause(environ: Environ, seconds: float | None) -> bool:
    """Wait so many seconds (None: without end), or until the server closes; True if it has closed."""
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
        """The status and its phrase, as WSGI wants it."""
        return f"{self.status} {_PHRASES.get(self.status, 'Unknown')}"


class Refused(Exception):
    """Raised to answer a request with an error; `status` is for one that is not the usual status of the code."""

    def __init__(self, code: str, message: str, status: int | None = None, headers: Headers = ()) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status or API_ERRORS[code] or 500
        self.headers = headers

    def answer(self, log_id: str) -> Answer:
        """The error as the API writes it."""
        error = {"code": self.code, "message": self.message, "log_id": log_id}
        return document({"data": {}, "error": error}, self.status, self.headers)


def success(data: dict[str, Any], log_id: str) -> Answer:
    """The answer that holds what was asked for, as the API writes it."""
    return document({"data": data, "error": {"code": "ok", "message": "", "log_id": log_id}})


def document(content: dict[str, Any], status: int = 200, headers: Headers = ()) -> Answer:
    """An answer in JSON, in ASCII."""
    return whole(_encode(content).encode("ascii"), "application/json", status, headers)


def whole(content: bytes, content_type: str, status: int = 200, headers: Headers = ()) -> Answer:
    """An answer of a known length."""
    return Answer(status, (("Content-Type", content_type), ("Content-Length", str(len(content))), *headers), (content,))
