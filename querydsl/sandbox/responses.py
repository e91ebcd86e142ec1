"""What is answered: a status, headers and a body, in the documented JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final

import attrs

from ..tables import API_ERRORS

#: Of videos that were JSON once, nothing can hold itself: not looking for that saves an eighth of the time.
_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=str).encode

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}

Headers = tuple[tuple[str, str], ...]

#: WSGI, as far as it is used here; the standard library has these types from Python 3.11 on.
Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
WSGIApp = Callable[[Environ, StartResponse], Iterable[bytes]]


@attrs.frozen
class Answer:
    """An HTTP answer; the body comes in pieces."""

    status: int
    headers: Headers
    body: Iterable[bytes]

    @property
    def status_line(self) -> str:
        """The status with its words, as WSGI wants it."""
        return f"{self.status} {_PHRASES.get(self.status, 'Unknown')}"


class Refused(Exception):
    """The request is answered with an error: its code, its message, and its status where that is not the code's own."""

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
    """What was asked for, as the API writes it."""
    return document({"data": data, "error": {"code": "ok", "message": "", "log_id": log_id}})


def document(content: dict[str, Any], status: int = 200, headers: Headers = ()) -> Answer:
    """An answer in JSON, which is ASCII."""
    return whole(_encode(content).encode("ascii"), "application/json", status, headers)


def whole(content: bytes, content_type: str, status: int = 200, headers: Headers = ()) -> Answer:
    """An answer that is known as a whole, and so is its length."""
    return Answer(status, (("Content-Type", content_type), ("Content-Length", str(len(content))), *headers), (content,))
