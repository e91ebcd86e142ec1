"""How a search is followed from page to page: no I/O, for the function that sends is an argument."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from typing import Final, Generic, TypeVar

import attrs

from ..errors import StuckSearch
from ..requests.request import Request
from .responses import Answer
from .retry_policy import Failed

T = TypeVar("T")

_LOG: Final = logging.getLogger("querydsl")

#: How often a search begins again from its start when the API does not know it any more.
RESTARTS: Final = 3
#: A search is stuck after this many pages running with videos, none of them new to it, and after this many empty ones.
REPEATED_PAGES: Final = 20
EMPTY_PAGES: Final = 200


@attrs.frozen
class Place:
    """Where a search goes on."""

    cursor: int | None = None
    search_id: str | None = None
    #: The cursor that the search had reached before it began again: pages up to it are known.
    furthest: int = -1


@attrs.frozen
class Step(Generic[T]):
    """A page of a search, and where it goes on; None after the last page."""

    answer: Answer[T]
    place: Place | None


class Lost(Exception):
    """The API does not know a search any more, and it is not to begin again from its start; the error that it gave."""


def walk(
    ask: Callable[[Request], Answer[T]], request: Request, place: Place | None = None, restarts_left: int = RESTARTS
) -> Generator[Step[T], int, None]:
    """The pages of a search from `place`, or from the request's own.

    The generator is sent how many videos of each page were new to the search. A search that the API does not know any
    more begins again from its start; with no `restarts_left` from the beginning, Lost is raised for it. Raises what
    `ask` raises, the error of a Failed, and StuckSearch for pages that lead nowhere.
    """
    start = Place(request.cursor, request.search_id)
    place = place or start
    may_restart = restarts_left > 0
    repeated = empty = 0
    while True:
        try:
            answer = ask(attrs.evolve(request, cursor=place.cursor, search_id=place.search_id))
        except Failed as failed:
            began_it = place.search_id is not None and request.search_id is None
            is_lost = began_it and failed.kind == "search"
            if is_lost and not may_restart:
                raise Lost(str(failed.error)) from None
            if not is_lost or not restarts_left:
                raise failed.error from failed.__cause__
            restarts_left -= 1
            _LOG.info("%s; the search begins again from its start", failed)
            place = attrs.evolve(start, furthest=max(place.furthest, place.cursor or 0))
            continue
        if not answer.has_more or request.is_random:
            yield Step(answer, None)
            return
        assert answer.cursor is not None
        after = Place(answer.cursor, answer.search_id or place.search_id, place.furthest)
        grows = answer.cursor > (place.cursor or 0)
        new = yield Step(answer, after if grows else place)
        if not grows:
            before = place.cursor or 0
            raise _stuck(f"has_more is true, but the cursor did not advance ({answer.cursor} after {before})", answer)
        is_known = answer.cursor <= place.furthest
        empty = 0 if answer.videos or is_known else empty + 1
        if new or is_known:
            repeated = 0
        elif answer.videos:
            repeated += 1
        if repeated == REPEATED_PAGES:
            raise _stuck(f"{REPEATED_PAGES} pages running brought no new video", answer)
        if empty == EMPTY_PAGES:
            raise _stuck(f"{EMPTY_PAGES} pages running were empty", answer)
        place = after


def _stuck(message: str, answer: Answer[T]) -> StuckSearch:
    return StuckSearch("stuck_search", message, None, answer.log_id)
