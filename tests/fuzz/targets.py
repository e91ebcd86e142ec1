"""The fuzz targets: each takes any text, and raises only an AssertionError for a broken promise."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from querydsl import (
    NeedsSeveralQueries,
    ParseError,
    Query,
    Request,
    ValidationError,
    parse,
    to_queries,
    validate,
)
from querydsl.client.responses import Response, read_answer
from querydsl.client.retry_policy import Failed
from querydsl.raw_json import read_whole
from querydsl.reading.export import ids_as_text
from querydsl.requests.curl import read as read_curl
from querydsl.showing import HARMFUL, code, one_line, source
from querydsl.storage.rows import Row, encodable, members, renewed, row
from querydsl.videos import TooDeep, Video


def expression(text: str) -> None:
    """`parse` returns an expression whose source means the same, or an error that points into the text."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = _result(lambda: parse(text), ParseError)
    assert warned == []
    if isinstance(found, ParseError):
        assert found.line >= 1 <= found.column
        assert not HARMFUL.search(str(found).replace("\n", ""))
        return
    assert parse(repr(found)) == found
    with suppress(NeedsSeveralQueries, ValidationError):
        to_queries(found, limit=5)


def document(text: str) -> None:
    """`validate` reports on any input, and an object can be made from every accepted document."""
    for kind, make in (("query", Query.from_json), ("request", Request.from_json)):
        problems = validate(text, kind)  # type: ignore[arg-type]
        assert validate(text.encode("utf-8", "surrogatepass"), kind) is not None  # type: ignore[arg-type]
        assert not HARMFUL.search("".join(f"{one.message}{one.hint}" for one in problems))
        if any(one.severity == "error" for one in problems):
            continue
        made: Any = make(text)
        assert make(made.to_json()) == made


def curl(text: str) -> None:
    """A curl command is read, or refused with a reason."""
    with suppress(ValidationError):
        read_curl(text)


def answer(text: str) -> None:
    """An answer is a page, or a readable failure; every video of it can be stored, and read again."""
    body = text.encode("utf-8", "surrogatepass")
    for status in (200, 429, 500):
        response = Response(status, {"Content-Type": text}, body)
        found = _result(partial(read_answer, response, row, str), Failed)
        if isinstance(found, Failed):
            assert not HARMFUL.search(str(found.error))
        else:
            for kept in found.videos:
                _is_kept(encodable(kept))


def _result(act: Callable[[], Any], error: type[Exception]) -> Any:
    """The result, or the error of this type."""
    try:
        return act()
    except error as raised:
        return raised


def _is_kept(kept: Row) -> None:
    assert "\n" not in kept.raw
    if kept.id is None:
        return
    video = Video.from_dict(read_whole(kept.raw))
    assert video.id == kept.id
    assert repr(video)
    assert renewed(kept.raw, kept).id == kept.id
    assert len(members(kept.raw)) >= 1


def raw(text: str) -> None:
    """JSON is read as `json.loads` reads it, except for deep values; with its ids as text it is still JSON."""
    with suppress(ValueError):
        found = read_whole(text)
        parts = [found, *(found.values() if isinstance(found, dict) else ())]
        if not any(isinstance(one, TooDeep) for one in parts):
            assert found == json.loads(text)
        again = read_whole(ids_as_text(text))
        assert type(again) is type(found)


def shown(text: str) -> None:
    """Any text can be shown safely."""
    for safe in (one_line(text), source(text), code(text).replace("\n", "")):
        assert not HARMFUL.search(safe)


#: The targets by name; the seeds of each are the files in the folder of its name, one text each.
TARGETS: Final[dict[str, Callable[[str], None]]] = {
    one.__name__: one for one in (expression, document, curl, answer, raw, shown)
}
