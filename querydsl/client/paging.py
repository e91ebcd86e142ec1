"""How a search is followed from page to page: no I/O, for what asks is handed in."""

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
_RESTARTS: Final = 3
#: So many pages running may bring no video that is new.
BARREN_PAGES: Final = 20


@attrs.frozen
class Place:
    """Where a search goes on."""

    cursor: int | None = None
    search_id: str | None = None
    #: How far the search had come before it began again: what comes up to here is known.
    furthest: int = -1


@attrs.frozen
class Step(Generic[T]):
    """A page of a search, and where it goes on; None after the last page."""

    answer: Answer[T]
    place: Place | None


def walk(
    ask: Callable[[Request], Answer[T]], request: Request, place: Place | None = None
) -> Generator[Step[T], int, None]:
    """The pages of a search from `place`, or from the request's own; it is sent how many videos of each were new.

    A search that the API does not know any more begins again from its start. Raises what `ask` raises, for a Failed the
    error that it is, and StuckSearch for pages that lead nowhere.
    """
    start = Place(request.cursor, request.search_id)
    place = place or start
    restarts = barren = 0
    while True:
        try:
            answer = ask(attrs.evolve(request, cursor=place.cursor, search_id=place.search_id))
        except Failed as failed:
            began_it = place.search_id is not None and request.search_id is None
            if not (began_it and failed.kind == "search") or restarts == _RESTARTS:
                raise failed.error from failed.__cause__
            restarts += 1
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
            raise _stuck(f"there is more, it says, but the cursor is {answer.cursor} after {before}", answer)
        barren = 0 if new or answer.cursor <= place.furthest else barren + 1
        if barren == BARREN_PAGES:
            raise _stuck(f"{BARREN_PAGES} pages running brought no new video", answer)
        place = after


def _stuck(message: str, answer: Answer[T]) -> StuckSearch:
    return StuckSearch("stuck_search", message, None, answer.log_id)
