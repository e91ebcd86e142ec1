"""Two spellings of one Video field: which of them the API takes is learnt once a client, by trial."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Final, TypeVar

from ..errors import InvalidParams
from ..requests.query import Query
from ..requests.request import Request
from ..tables import VIDEO_FIELDS
from .rate_limit import Turn
from .retry_policy import Failed

T = TypeVar("T")

_FIELD: Final = next(
    field for field in VIDEO_FIELDS.values() if "favorites_count" in (field.name, field.other_spelling)
)
#: How requests spell the field, and how else the API may want it: the pages of 2023 and of today differ (users).
SPELLINGS: Final = (_FIELD.name, str(_FIELD.other_spelling))


def spelt(url: str, spelling: str) -> str:
    """The URL of a request with the field in one spelling.

    >>> spelt("https://example.org/?fields=id,favorites_count", "favourites_count")
    'https://example.org/?fields=id,favourites_count'
    """
    base, _, fields = url.partition("?fields=")
    names = (spelling if name in SPELLINGS else name for name in fields.split(","))
    return f"{base}?fields={','.join(dict.fromkeys(names))}"


class Spelling:
    """The spelling that the API takes, as far as a client knows. Threads share it: one tries, and the others wait."""

    def __init__(self) -> None:
        self._accepted: str | None = None
        #: Queries that were refused in both spellings.
        self._refused: set[Query] = set()
        self._turn = Turn()

    def ask(self, request: Request, send: Callable[[str], T], stop: Event | None) -> T:
        """What `send` returns for the URL of a request, in the spelling that the API takes.

        Raises what `send` raises; where both spellings are refused, the first error.
        """
        url = request.url("")
        given = next((name for name in request.fields if name in SPELLINGS), None)
        if given is None:
            return send(url)
        self._turn.wait(stop)
        first = self._accepted or given
        try:
            answer = send(spelt(url, first))
        except Failed as failed:
            if not _refuses(failed):
                raise
            return self._other(request.query, first, failed, lambda spelling: send(spelt(url, spelling)), stop)
        self._accepted = first
        return answer

    def _other(self, query: Query, first: str, failed: Failed, send: Callable[[str], T], stop: Event | None) -> T:
        """What `send` returns for the other spelling, unless that one is of no use."""
        other = next(name for name in SPELLINGS if name != first)
        while True:
            if self._accepted == first or query in self._refused:
                raise failed
            if self._accepted == other:
                return send(other)
            if self._turn.take():
                break
            self._turn.wait(stop)
        try:
            answer = send(other)
        except Failed as second:
            if not _refuses(second):
                raise
            self._refused.add(query)
            raise failed from None
        else:
            self._accepted = other
            return answer
        finally:
            self._turn.end()


def _refuses(failed: Failed) -> bool:
    """Whether the API refuses the request as it stands, which the spelling of a field may be the reason for."""
    return failed.kind == "final" and isinstance(failed.error, InvalidParams) and failed.error.status == 400
