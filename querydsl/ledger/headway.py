"""What a search has covered when it ends early, and in which windows to ask the rest. No I/O, no clock.

Videos come in decreasing order of their ids, and an id holds a time (`id >> 32`, in seconds) up to three days before
the video's `create_time`. So the last video received tells which days are complete.
"""

from __future__ import annotations

import math
from typing import Final

import attrs

from .. import moments
from ..tables import DAILY_CALLS
from . import days as spans
from .days import Days

DAY: Final = moments.SECONDS_A_DAY
#: The ordinal of 1970-01-01.
EPOCH: Final = moments.EPOCH.toordinal()
#: The time by which an id is older than its video's `create_time` at most, in seconds, unless the file has seen more.
MARGIN: Final = 3 * DAY
#: The calls that one window may take after a search was forgotten: a tenth of a day's quota.
WINDOW_CALLS: Final = DAILY_CALLS // 10
#: The calls that it takes to learn that the API has forgotten a search.
LOSS_CALLS: Final = 2


@attrs.frozen
class Ended:
    """A search that ended early."""

    days: Days
    pages: int
    #: The id of the last video received; None before the first.
    last_video: int | None
    #: The longest time between id and `create_time` that the file has seen, in seconds.
    lag: int = 0

    @property
    def reached(self) -> int | None:
        """The time in the id of the last video, in seconds since 1970; None where it says nothing about these days."""
        if self.last_video is None:
            return None
        seconds = self.last_video >> 32
        first, last = spans.bounds(self.days)
        plausible = (first - EPOCH) * DAY - self._margin <= seconds < (last + 1 - EPOCH) * DAY
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

    def is_better_anew(self, run_calls: int) -> bool:
        """Whether a run of so many calls asks it from its start, and not where it was.

        So it is with a single day, where the calls to learn of a forgotten search are those that its last pages need.
        """
        if not self.pages or not spans.single(self.days) or self.pages >= run_calls:
            return False
        needed = max(self.pages + 1, math.ceil(self._calls_a_day()))
        too_many = run_calls - LOSS_CALLS
        return self.pages >= too_many or too_many < needed <= run_calls

    def windows(self, longest: int, calls_left: int | None) -> list[Days]:
        """Windows for the rest that each end within a tenth of a day's quota, or within the calls that are left.

        With a bound on the calls the first window is a single day: so each run that can page through one covers one.
        """
        calls = WINDOW_CALLS if calls_left is None else min(WINDOW_CALLS, calls_left)
        size = min(longest, max(1, int(calls / self._calls_a_day())))
        windows = spans.cut(self.rest, size)
        if calls_left is None or size == 1 or spans.single(windows[0]):
            return windows
        first = windows[0].spans[0][0]
        return [spans.span(first, first), *spans.cut(spans.after(self.rest, first), size)]

    def _calls_a_day(self) -> float:
        pages = max(self.pages, 1)
        if self.reached is None:
            return pages / spans.count(self.days)
        end = (spans.bounds(self.days)[1] + 1 - EPOCH) * DAY
        return pages / max((end - self.reached) / DAY, 1e-6)
