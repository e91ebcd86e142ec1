"""What became of each day of a query: done, unsettled, failed, to ask, or still ahead. No I/O, no clock.

A search sees what could be found when it began. A video takes up to 48 hours to be found, so that a day is done once a
search that began 48 hours or more after its end covers it; covered by an earlier search alone, it is unsettled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, Literal

import attrs

from . import days as spans
from .days import Days

#: open: it goes on, or waits for its turn; done: its days are covered; failed: its days failed; closed: others are
#: asked in its place.
SearchState = Literal["open", "done", "failed", "closed"]

#: The days that a search has to begin after a day, at least, for the day to be done: its own and 48 hours.
SETTLES_AFTER: Final = 3


@attrs.frozen
class Fields:
    """The fields that were asked for, and whether the user has named them."""

    names: frozenset[str]
    named: bool = True

    def cover(self, wanted: Fields) -> bool:
        """Whether who has these needs no other search: all fields of an earlier version count as all fields."""
        return (not self.named and not wanted.named) or wanted.names <= self.names


@attrs.frozen
class Search:
    """A search as the file has it."""

    id: int
    days: Days
    fields: Fields
    state: SearchState
    #: The UTC day that it began on, as an ordinal; None before its first page.
    began: int | None = None
    #: Where it goes on, and the id of the last video received.
    cursor: int | None = None
    search_id: str | None = None
    last_video: int | None = None
    pages: int = 0
    calls: int = 0
    #: The search that failed and that this is a part of: a part is asked with one attempt.
    root: int | None = None
    error: str | None = None
    max_count: int | None = None
    #: In a run that has not ended by itself: "aside": it is put aside, to be recovered; "probes 5": so many single days
    #: of it are asked before it is given up; "failed": it failed for good.
    in_run: str | None = None
    #: The attempts for its next page that failed, and how often the API said that it does not know the search.
    attempts: int = 0
    rejections: int = 0
    #: Whether its days failed in an earlier run.
    late: bool = False


@attrs.frozen
class Standing:
    """The days asked for of one query, each in exactly one of the first five."""

    done: Days
    unsettled: Days
    failed: Days
    to_ask: Days
    #: The days that lie ahead.
    ahead: Days
    #: The unsettled days that a run on this day asks again.
    due: Days


def standing(asked: Days, searches: Collection[Search], wanted: Fields, today: int) -> Standing:
    """What became of the days of a query on a UTC day.

    A failed search counts as far as its days were not covered since: its row no longer has those.
    """
    covering = [search for search in searches if search.state == "done" and search.fields.cover(wanted)]
    covered = spans.union(search.days for search in covering)
    fresh = spans.union(search.days for search in covering if _began(search) >= today)
    done = spans.common(asked, _settled(covering))
    ahead = spans.minus(spans.after(asked, today), done)
    left = spans.minus(spans.up_to(asked, today), done)
    failed = spans.common(left, spans.union(search.days for search in searches if search.state == "failed"))
    left = spans.minus(left, failed)
    unsettled = spans.common(left, covered)
    return Standing(done, unsettled, failed, spans.minus(left, covered), ahead, spans.minus(unsettled, fresh))


def _began(search: Search) -> int:
    assert search.began is not None
    return search.began


def _settled(covering: Iterable[Search]) -> Days:
    """The days that were covered late enough."""
    by_day: dict[int, list[Days]] = {}
    for search in covering:
        by_day.setdefault(_began(search), []).append(search.days)
    return spans.union(spans.up_to(spans.union(sets), began - SETTLES_AFTER) for began, sets in by_day.items())


def utc_day(moment: datetime) -> int:
    """The UTC day of an aware moment, as an ordinal."""
    return moment.toordinal()
