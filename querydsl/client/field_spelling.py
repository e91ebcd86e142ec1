"""Two spellings of one Video field: a client tries once which of them the API accepts."""

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
#: The spelling that requests have, and the other one that the API may want: the pages of 2023 and of today differ
#: (users).
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
    """The spelling that the API accepts, as far as a client knows. Threads share it: one tries, the others wait."""

    def __init__(self) -> None:
        self._accepted: str | None = None
        #: Queries that the API refused with both spellings.
        self._refused: set[Query] = set()
        self._turn = Turn()

    def ask(self, request: Request, send: Callable[[str], T], stop: Event | None) -> T:
        """The result of `send` for the URL of a request, in the spelling that the API accepts.

        Raises the errors of `send`; if the API refuses both spellings, the first error.
        """
        url = request.url("")
        given = next((name for name in request.fields if name in SPELLINGS), None)
        if given is None:
            return send(url)
        self._turn.wait(stop)
        first = self._accepted or given
        try:
            answer = send(url if first == given else spelt(url, first))
        except Failed as failed:
            if not _refuses(failed):
                raise
            return self._other(request.query, first, failed, lambda spelling: send(spelt(url, spelling)), stop)
        self._accepted = first
        return answer

    def _other(self, query: Query, first: str, failed: Failed, send: Callable[[str], T], stop: Event | None) -> T:
        """The result of `send` with the other spelling, unless that spelling cannot help."""
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
    """Whether the API refuses the request itself, for which the spelling of a field may be the cause."""
    return failed.kind == "final" and isinstance(failed.error, InvalidParams) and failed.error.status == 400
