"""The state of each day of a query: done, unsettled, failed, to ask, or still ahead. No I/O, no clock.

A search sees the videos that could be found when it started. A video takes up to 48 hours to be found. So a day is done
once a search covers it that started 48 hours or more after its end. If only an earlier search covers it, it is
unsettled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final, Literal

import attrs

from . import days as spans
from .days import Days

#: open: it continues, or waits for its turn; done: its days are covered; failed: its days failed; closed: other
#: searches replace it.
SearchState = Literal["open", "done", "failed", "closed"]

#: How many days after a day a search must start for the day to be done: the day itself and 48 hours.
SETTLES_AFTER: Final = 3


@attrs.frozen
class Fields:
    """The fields of a search, and whether the user has named them."""

    names: frozenset[str]
    named: bool = True

    def cover(self, wanted: Fields) -> bool:
        """Whether these fields include the others: all fields of an earlier version count as all fields."""
        return (not self.named and not wanted.named) or wanted.names <= self.names


@attrs.frozen
class Search:
    """A search in the form of the file."""

    id: int
    days: Days
    fields: Fields
    state: SearchState
    #: The UTC day of its start, as an ordinal; None before its first page.
    began: int | None = None
    #: Where it continues, and the id of the last video received.
    cursor: int | None = None
    search_id: str | None = None
    last_video: int | None = None
    pages: int = 0
    calls: int = 0
    #: The failed search that this one is a part of: a part gets one attempt.
    root: int | None = None
    error: str | None = None
    max_count: int | None = None
    #: For a run that has not asked everything: "aside": it is put aside, to be recovered; "failed": it failed
    #: permanently.
    in_run: str | None = None
    #: For its next page: how many attempts failed, and how often the API said that it does not know the search.
    attempts: int = 0
    rejections: int = 0
    #: Whether its days failed in an earlier run.
    late: bool = False
    #: For a single day: the calls that a run has spent on it from its first page on, if it had no more calls.
    spent: int = 0


@attrs.frozen
class Standing:
    """The days asked for of one query; each is in exactly one of the first five sets."""

    done: Days
    unsettled: Days
    failed: Days
    to_ask: Days
    #: The days that are still ahead.
    ahead: Days
    #: The unsettled days that a run on this day asks again.
    due: Days


def standing(asked: Days, searches: Collection[Search], wanted: Fields, today: int) -> Standing:
    """The state of the days of a query on a UTC day.

    A failed search counts for the days that no later search has covered: its row no longer has the covered ones.
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
