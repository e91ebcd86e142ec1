"""What a search has covered when it ends early, and in which windows to ask the rest. Without I/O.

Videos come in decreasing order of their ids. An id contains a time (`id >> 32`, in seconds) that is up to three days
before the video's `create_time`. So the last video received tells which days are complete.
"""

from __future__ import annotations

from typing import Final

import attrs

from .. import moments
from ..moments import SECONDS_A_DAY
from ..tables import DAILY_CALLS
from . import days as spans
from .days import Days

#: The ordinal of 1970-01-01.
EPOCH: Final = moments.EPOCH.toordinal()
#: How much older an id may be than its video's `create_time`, in seconds, unless the file has seen more.
MARGIN: Final = 3 * SECONDS_A_DAY
#: The calls that one window may take after the API forgot a search: a tenth of a day's quota.
WINDOW_CALLS: Final = DAILY_CALLS // 10


@attrs.frozen
class Ended:
    """A search that ended early."""

    days: Days
    pages: int
    #: The id of the last video received; None before the first.
    last_video: int | None
    #: The longest time between id and `create_time` seen in the file, in seconds.
    lag: int = 0

    @property
    def reached(self) -> int | None:
        """The time in the id of the last video, in seconds since 1970; None if it tells nothing about these days."""
        if self.last_video is None:
            return None
        seconds = self.last_video >> 32
        first, last = spans.bounds(self.days)
        plausible = (first - EPOCH) * SECONDS_A_DAY - self._margin <= seconds < (last + 1 - EPOCH) * SECONDS_A_DAY
        return seconds if plausible else None

    @property
    def _margin(self) -> int:
        return max(MARGIN, self.lag)

    @property
    def covered(self) -> Days:
        """The days whose videos have all been received."""
        if self.reached is None:
            return spans.NONE
        return spans.after(self.days, moments.ordinal_of(self.reached + self._margin - 1))

    @property
    def rest(self) -> Days:
        """The other days."""
        return spans.minus(self.days, self.covered)

    @property
    def days_covered(self) -> float:
        """How far back its pages reach, in days and fractions; 0 if that is unknown."""
        if self.reached is None:
            return 0.0
        return spans.count(self.days) - seconds_before(self.days, self.reached) / SECONDS_A_DAY

    @property
    def calls_a_day(self) -> float:
        """The calls per day of this search, at the density of its videos."""
        pages = max(self.pages, 1)
        if self.reached is None:
            return pages / spans.count(self.days)
        end = (spans.bounds(self.days)[1] + 1 - EPOCH) * SECONDS_A_DAY
        return pages / max((end - self.reached) / SECONDS_A_DAY, 1e-6)


def seconds_before(days: Days, moment: float) -> float:
    """The seconds of some days before a moment, which is in seconds since 1970.

    >>> seconds_before(spans.span(EPOCH, EPOCH + 9), 1.5 * SECONDS_A_DAY) / SECONDS_A_DAY
    1.5
    """
    return sum(
        min(max(0.0, moment - (first - EPOCH) * SECONDS_A_DAY), float((last + 1 - first) * SECONDS_A_DAY))
        for first, last in days.spans
    )


def window(days: Days, longest: int, calls_a_day: float, calls_left: int | None) -> Days:
    """The oldest of the days: as many as a search can page through within a tenth of a day's quota.

    If fewer calls are left, these are the limit; it is at least one day.

    >>> window(spans.span(1, 31), 31, 5.0, 60).spans
    ((1, 12),)
    """
    calls = WINDOW_CALLS if calls_left is None else min(WINDOW_CALLS, calls_left)
    return spans.cut(days, min(longest, max(1, int(calls / calls_a_day))))[0]
