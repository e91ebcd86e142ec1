"""A response of the server -> the videos of a page, or a failure: the vendor's "Response"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

import attrs

from ..errors import (
    ERRORS_BY_CODE,
    AccessTokenInvalid,
    ApiError,
    InternalError,
    InvalidParams,
    RateLimitExceeded,
    ServerError,
)
from ..raw_json import DECODER, read_value
from ..showing import one_line
from ..spec.request_rules import REQUEST_RULES
from ..tables import INT64_MAX
from .retry_policy import Failed

T = TypeVar("T")
#: Makes the result for a video from its JSON object and its own text.
Make = Callable[[dict[str, Any], str], T]


@attrs.frozen
class Response:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@attrs.frozen
class Answer(Generic[T]):
    """A page, with each video in the form that `Make` gives it."""

    videos: tuple[T, ...]
    cursor: int | None
    has_more: bool
    search_id: str | None
    log_id: str | None


def read_answer(response: Response, make: Make[T], redact: Callable[[str], str]) -> Answer[T]:
    """The page in a response; raises Failed for everything else.

    `redact` removes secrets from a text of the server.
    """
    try:
        received, data = _read(response.body, make)
        error = error_object({"code": "ok"} if received is None else received)
        if error["code"] != "ok" or not 200 <= response.status < 300:
            raise failure(response, error, redact)
        return _page(data, received is not None, told(error["log_id"], redact) or None)
    except (ValueError, RecursionError, ServerError) as reason:
        raise undocumented(response, str(reason), redact) from None


class _Undocumented(ValueError):
    """A part of a response is not as documented."""


def undocumented(response: Response, reason: str, redact: Callable[[str], str]) -> Failed:
    """The `Failed` for a response that is not the documented JSON."""
    if response.status == 429:
        return Failed(ApiError(_TOO_FAST, "", 429), "too fast", response.headers.get("Retry-After"))
    kind, what = (told(text, redact) for text in (response.headers.get("Content-Type", "no type"), reason))
    message = f"the server's answer is not the documented JSON (status {response.status}, {kind}): {what}"
    return Failed(ServerError(message[:_LONGEST], response.status), "again")


# The API's errors

_TOO_FAST, _QUOTA = RateLimitExceeded.codes

#: The documented codes. They are public words, so they are never redacted.
_DOCUMENTED: Final = frozenset(["ok", *ERRORS_BY_CODE])

#: The API's message, for some seconds, about a search that it has just started (seen by users).
_LOST: Final = re.compile(r"search id\b.*\b(invalid|expired)|invalid count or cursor", re.IGNORECASE | re.DOTALL)

#: The longest text of a server that an error repeats.
_LONGEST: Final = 1_000


def told(text: str, redact: Callable[[str], str]) -> str:
    """A text of the server for an error: without secrets, cut, and on one line, so that it cannot fake another line.

    >>> told("no\\nINFO all is well", str)
    'no\\\\nINFO all is well'
    """
    return one_line(redact(text)[:_LONGEST])[:_LONGEST]


def failure(response: Response, error: Mapping[str, str], redact: Callable[[str], str]) -> Failed:
    """The `Failed` for an error object of the API.

    Its kind depends on the text as received. `redact` changes only the shown text, since a secret may be as short as
    "id".
    """
    code, message, log_id = (told(error[key], redact) for key in ("code", "message", "log_id"))
    received, status = error["code"], response.status
    if received in _DOCUMENTED:
        code = received
    if received == _QUOTA:
        return Failed(ApiError(code, message, status, log_id or None), "quota")
    kind = ERRORS_BY_CODE.get(received, ApiError)
    if kind is InternalError:  # under any status, also a 429
        return Failed(kind(code, message, status, log_id or None), "again")
    if status == 429 or received == _TOO_FAST:
        code = _TOO_FAST if received == "ok" else code
        return Failed(ApiError(code, message, status, log_id or None), "too fast", response.headers.get("Retry-After"))
    found = kind(code, message, status, log_id or None)
    if status >= 500:
        text = f"the server failed (status {status}): {code}: {message}"
        return Failed(ServerError(text, status, log_id or None), "again")
    if isinstance(found, AccessTokenInvalid):
        return Failed(found, "token")
    is_lost = isinstance(found, InvalidParams) and _LOST.search(error["message"][:_LONGEST]) is not None
    return Failed(found, "search" if is_lost else "final")


# The JSON above the videos is read by our own code. This keeps the exact text of each video, and parses it once.


def _read(body: bytes, make: Make[T]) -> tuple[object, object]:
    """The error object of a response (or None), and its data, with each video in the form that `make` gives it."""

    def read_video(text: str, at: int) -> tuple[T, int]:
        video, end = read_value(text, at)
        # an item that is not an object gets an empty name: one odd video never costs a page
        return make(video if type(video) is dict else {"": video}, text[at:end]), end

    def read_videos(text: str, at: int) -> tuple[object, int]:
        return _array(text, at, read_video) if text.startswith("[", at) else _value(text, at)

    def read_data(text: str, at: int) -> tuple[object, int]:
        return _object(text, at, {"videos": read_videos}) if text.startswith("{", at) else _value(text, at)

    text = body.decode("utf-8-sig")
    document, end = _object(text, _space(text, 0), {"data": read_data})
    if end != len(text):
        raise _Undocumented("it goes on after its end")
    if "error" in document and document["error"] is None:
        raise _Undocumented("its error has no code")
    return document.get("error"), document.get("data")


def error_object(error: object) -> dict[str, str]:
    """The texts of an error object; raises ValueError for anything else."""
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        raise _Undocumented("its error has no code")
    return {key: value if isinstance(value := error.get(key), str) else "" for key in ("code", "message", "log_id")}


def _page(data: object, says_ok: bool, log_id: str | None) -> Answer[Any]:
    """The page in the data; raises ValueError if there is none.

    The API omits empty values. So a missing `has_more` means the last page, if the rest of the data looks like a page.
    """
    if not isinstance(data, dict) or not (says_ok or "has_more" in data):
        raise _Undocumented("it has no data")
    videos, cursor, has_more, search_id = (data.get(key) for key in ("videos", "cursor", "has_more", "search_id"))
    has_more = False if has_more is None and says_ok else has_more
    if not (videos is None or isinstance(videos, list)):
        raise _Undocumented("videos is not a list")
    if not (cursor is None or (type(cursor) is int and 0 <= cursor <= INT64_MAX)):
        raise _Undocumented("cursor is not an index")
    if type(has_more) is not bool or (has_more and cursor is None):
        raise _Undocumented("has_more is not a bool, or there is no cursor to go on from")
    if search_id and REQUEST_RULES["search_id"](search_id):
        raise _Undocumented("search_id is none that could be sent back")
    return Answer(tuple(videos or ()), cursor, has_more, search_id or None, log_id)


_WHITESPACE: Final = re.compile("[ \\t\\n\\r]*")
_COMMA: Final = re.compile("[ \\t\\n\\r]*,[ \\t\\n\\r]*")

#: Reads the value at an index of a text, and returns it with the index after it.
_Reader = Callable[[str, int], tuple[Any, int]]


def _space(text: str, at: int) -> int:
    match = _WHITESPACE.match(text, at)
    assert match is not None
    return match.end()


def _after(text: str, at: int, character: str) -> int:
    if not text.startswith(character, at):
        raise _Undocumented(f"{character} is missing at character {at + 1}")
    return _space(text, at + 1)


def _value(text: str, at: int) -> tuple[Any, int]:
    value, end = DECODER.raw_decode(text, at)
    return value, _space(text, end)


def _object(text: str, at: int, readers: Mapping[str, _Reader]) -> tuple[dict[str, Any], int]:
    """Read an object; `readers` has a reader for each member that is not plain JSON."""
    members: dict[str, Any] = {}
    at = _after(text, at, "{")
    if text.startswith("}", at):
        return members, _after(text, at, "}")
    while True:
        key, at = _value(text, at)
        if not isinstance(key, str):
            raise _Undocumented("a key is not text")
        members[key], at = readers.get(key, _value)(text, _after(text, at, ":"))
        if not text.startswith(",", at):
            return members, _after(text, at, "}")
        at = _after(text, at, ",")


def _array(text: str, at: int, read: _Reader) -> tuple[list[Any], int]:
    """Read an array; `read` may stop before the white space after an item."""
    items: list[Any] = []
    at = _after(text, at, "[")
    if text.startswith("]", at):
        return items, _after(text, at, "]")
    while True:
        item, at = read(text, at)
        items.append(item)
        comma = _COMMA.match(text, at)
        if comma is None:
            return items, _after(text, _space(text, at), "]")
        at = comma.end()
