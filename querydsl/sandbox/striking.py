"""What each kind of fault does: to a request before it is looked at, to a search, to a page, to an answer."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from typing import Final

import attrs

from .faults import Fault
from .responses import Answer, Environ, Refused, whole
from .searches import Page, Search

#: Where a server leaves, in the environment of a request, the event that it sets when it closes.
CLOSING: Final = "querydsl.sandbox.closing"


def pause(environ: Environ, seconds: float | None) -> bool:
    """Wait so long (None: without end), but no longer than the server is open; whether it has closed."""
    closing: threading.Event = environ.get(CLOSING) or threading.Event()
    return closing.wait(None if seconds is None else min(seconds, threading.TIMEOUT_MAX))


# Before the request is looked at


def at_once(fault: Fault, environ: Environ) -> Answer | None:
    """The answer of a fault that answers whatever is asked; may raise Refused. None: the request is looked at."""
    strike = _AT_ONCE.get(fault.kind)
    return None if strike is None else strike(fault, environ)


def _rate_limit(fault: Fault, _: Environ) -> Answer:
    headers = () if fault.retry_after is None else (("Retry-After", str(fault.retry_after)),)
    raise Refused("rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.", headers=headers)


def _server_error(fault: Fault, _: Environ) -> Answer:
    raise Refused("internal_error", "Something is wrong. Please try again later.", status=fault.status)


def _html(_: Fault, __: Environ) -> Answer:
    page = b"<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>Gateway Time-out</body>\r\n</html>\r\n"
    return whole(page, "text/html", 504)


def _not_json(_: Fault, __: Environ) -> Answer:
    return whole(b'{"data": upstream connect error or disconnect', "application/json")


def _hung(_: Fault, environ: Environ) -> Answer:
    pause(environ, None)
    raise ConnectionAbortedError("the server closes")


def _redirect(_: Fault, environ: Environ) -> Answer:
    place = f"{environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}"
    return whole(b"", "text/html", 307, (("Location", place),))


#: What the two great bodies consist of: JSON that begins as documented and has only white space then.
_BEGINNING: Final = b'{"data": {"videos": ['
_MEBIBYTE: Final = b" " * 2**20
_MEBIBYTES: Final = 4096


def _huge(_: Fault, __: Environ) -> Answer:
    return Answer(200, (("Content-Type", "application/json"),), _spaces())


def _spaces() -> Iterator[bytes]:
    yield _BEGINNING
    for _ in range(_MEBIBYTES):
        yield _MEBIBYTE


def _gzip_bomb(_: Fault, __: Environ) -> Answer:
    headers = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
    return Answer(200, headers, _packed_spaces())


def _packed_spaces() -> Iterator[bytes]:
    """The same body, packed: after a full flush each mebibyte is packed alike, into about a kibibyte."""
    packer = zlib.compressobj(wbits=31)
    yield packer.compress(_BEGINNING) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = packer.compress(_MEBIBYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(_MEBIBYTES):
        yield packed


_AT_ONCE: Final[dict[str, Callable[[Fault, Environ], Answer]]] = {
    "rate-limit": _rate_limit,
    "server-error": _server_error,
    "html": _html,
    "not-json": _not_json,
    "hung": _hung,
    "redirect": _redirect,
    "huge": _huge,
    "gzip-bomb": _gzip_bomb,
}


# To a page, and to an answer

#: What leaves a search with other pages than it would have if it began again.
LASTING: Final = ("short", "empty", "repeated", "endless")


def page(fault: Fault | None, search: Search, cursor: int, count: int) -> Page:
    """A page of a search, with what the fault does to it or to the search."""
    kind = None if fault is None else fault.kind
    if kind == "short":
        kept = (len(search.page(cursor, count).videos) + 1) // 2
        search.insert_missing(cursor + kept, count - kept)
    elif kind == "empty":
        search.insert_missing(cursor, count)
    elif kind == "repeated":
        search.insert_repeated(cursor, count // 2)
    elif kind == "endless":
        search.is_endless = True
    found = search.page(cursor, count)
    if kind == "stuck":
        return attrs.evolve(found, cursor=cursor, has_more=True)
    return attrs.evolve(found, has_more=True) if kind == "empty" else found


def cut(answer: Answer) -> Answer:
    """The first half of an answer, which goes on saying how long the whole is."""
    content = b"".join(answer.body)
    return attrs.evolve(answer, body=(content[: len(content) // 2],))
