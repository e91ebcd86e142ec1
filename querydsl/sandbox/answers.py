"""What the API answers with: a status, headers and a body, in the documented JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import attrs

from ..tables import API_ERRORS

_encode: Final = json.JSONEncoder(separators=(",", ":"), default=str).encode


@attrs.frozen
class Answer:
    """An HTTP answer. The body comes in pieces; its length is said where a header says it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: Iterable[bytes]


def whole(content: bytes, status: int, content_type: str, *headers: tuple[str, str]) -> Answer:
    """An answer whose body is known, and so its length."""
    lengths = (("Content-Type", content_type), ("Content-Length", str(len(content))))
    return Answer(status, (*lengths, *headers), (content,))


def document(content: dict[str, Any], status: int = 200, *headers: tuple[str, str]) -> Answer:
    """An answer in JSON, which is ASCII."""
    return whole(_encode(content).encode("ascii"), status, "application/json", *headers)


def data(content: dict[str, Any], log_id: str) -> Answer:
    """A success, as the API writes it."""
    return document({"data": content, "error": {"code": "ok", "message": "", "log_id": log_id}})


def refusal(
    code: str, message: str, log_id: str, status: int | None = None, headers: Iterable[tuple[str, str]] = ()
) -> Answer:
    """An error, as the API writes it: with the documented status of its code, unless another is given."""
    error = {"code": code, "message": message, "log_id": log_id}
    return document({"data": {}, "error": error}, status or API_ERRORS[code], *headers)


def invalid(message: str, log_id: str) -> Answer:
    """What is asked for breaks a documented rule."""
    return refusal("invalid_params", message, log_id)
