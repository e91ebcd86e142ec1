"""Follows a search from page to page, without I/O: the function that sends is an argument."""

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

#: How many times a search starts again from its beginning after the API has lost it.
RESTARTS: Final = 3
#: A search is stuck after this many pages in a row that have videos but no new ones, or after this many empty ones.
REPEATED_PAGES: Final = 20
EMPTY_PAGES: Final = 200


@attrs.frozen
class Place:
    """Where a search continues."""

    cursor: int | None = None
    search_id: str | None = None
    #: The cursor that the search had reached before it started again: pages up to it are known.
    furthest: int = -1


@attrs.frozen
class Step(Generic[T]):
    """A page of a search, and the place of the next one; None after the last page."""

    answer: Answer[T]
    place: Place | None


class Lost(Exception):
    """The API has lost a search, and it may not start again; has the API's error."""


def walk(
    ask: Callable[[Request], Answer[T]], request: Request, place: Place | None = None, restarts_left: int = RESTARTS
) -> Generator[Step[T], int, None]:
    """Yield the pages of a search from `place`, or from the request's own place.

    The caller sends back how many videos of each page were new. A search that the API has lost starts again from its
    beginning; Lost is raised if no `restarts_left` remain. Raises the errors of `ask`, the error of a Failed, and
    StuckSearch if the pages do not advance.
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
