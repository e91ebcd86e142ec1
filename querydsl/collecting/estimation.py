"""The searches of a plan as far as seen -> ranges for its videos and calls. No I/O, no clock.

Videos come newest first, so a first page tells the density of videos at the end of its window. Between two measured
places the density is assumed to change evenly. The possible error was measured on made-up corpora: even, bursty and
growing ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import attrgetter
from statistics import fmean, median, pstdev
from typing import Any, Final

import attrs

from ..tables import DAILY_CALLS

#: With this number of measured places, a range is at most `WIDEST` wide.
ENOUGH: Final = 12
WIDEST: Final = 3.0
#: A smaller number of videos may be anything from 0 to this: a ratio says little about them.
_FEW: Final = 10

#: How much higher or lower the unseen part may be than it seems, as logarithms.
_LEAST, _MOST = -0.8, 1.3
#: The likeliest place in between: a burst that no page met makes it higher, and more likely so if the pages differ
#: little. If all pages are whole, they have met every burst.
_MIDDLE_EVEN, _MIDDLE_UNEVEN, _MIDDLE_WHOLE = 0.52, 0.22, -0.1
#: How many videos of the average are added to each measured place.
_BORROWED: Final = 3.0
#: What a single measured place adds to both sides.
_ALONE: Final = 0.8


@attrs.frozen
class Range:
    """A likely number and its bounds, both included."""

    low: int
    likely: int
    high: int

    @property
    def is_exact(self) -> bool:
        """Whether the number is exact."""
        return self.low == self.high

    def plus(self, other: Range | int) -> Range:
        """The range of the sum; no number is below 0."""
        more = Range(other, other, other) if isinstance(other, int) else other
        return Range(max(0, self.low + more.low), max(0, self.likely + more.likely), max(0, self.high + more.high))

    def said(self, noun: str) -> str:
        """The range in words, with two significant digits; the bounds are rounded outwards.

        >>> Range(813, 1043, 2412).said("video"), Range(1, 1, 1).said("call")
        ('about 1,000 videos (810 to 2,500)', '1 call')
        """
        if self.is_exact:
            return counted(self.low, noun)
        low, likely, high = _rounded(self.low, math.floor), _rounded(self.likely, round), _rounded(self.high, math.ceil)
        return f"about {counted(likely, noun)} ({low:,} to {high:,})"


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "day"), counted(2_000, "day")
    ('1 day', '2,000 days')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _rounded(number: int, whole: Callable[[float], Any]) -> int:
    step: int = 10 ** max(0, len(str(number)) - 2)
    return int(whole(number / step)) * step


@attrs.frozen
class Seen:
    """A search of a plan, and what is known of its window; nothing before its first page."""

    #: The index of its query.
    query: int
    #: The length of its window in seconds.
    seconds: float
    #: The most videos on a page.
    page_size: int
    pages: int = 0
    #: How far the pages reach, counting videos that have disappeared: the API drops those after cutting the pages.
    places: int = 0
    #: The received videos, and for how many of them the expression holds.
    videos: int = 0
    selected: int = 0
    #: The newest seconds of the window, which the pages cover.
    covered: float = 0.0
    #: Whether there are no more pages.
    is_whole: bool = False
    #: Whether it was asked before: its videos are here already.
    is_repeated: bool = False

    @property
    def is_measured(self) -> bool:
        """Whether its pages tell the density of its videos."""
        return self.is_whole or self.videos > 0

    @property
    def density(self) -> float:
        """Videos per second in the measured part, which ends at the last video of a page."""
        return self.videos / self.seconds if self.is_whole else (self.videos - 0.5) / max(self.covered, 1.0)

    @property
    def unseen(self) -> float:
        """The seconds that no page covers."""
        return 0.0 if self.is_whole else max(0.0, self.seconds - self.covered)


def estimated(searches: Sequence[Seen], here: int, calls: int) -> tuple[Range, Range]:
    """The number of videos in a plan, and the number of calls for it, including those of seen pages.

    `searches` are ordered by query and days; `here` is the number of known videos, and `calls` were made for them. The
    expression is assumed to hold for the same share of unseen videos as of seen ones.

    >>> month = 31 * 86_400.0
    >>> newest = Seen(0, month, 100, pages=1, places=100, videos=100, selected=100, covered=month / 5)
    >>> whole = Seen(0, month, 100, pages=1, places=40, videos=40, selected=40, is_whole=True)
    >>> videos, needed = estimated([whole, newest], here=140, calls=2)
    >>> videos.low < 540 < videos.high, needed.low
    (True, 3)
    """
    unseen = _unseen(searches)
    new = sum(number for one, number in zip(searches, unseen, strict=True) if not one.is_repeated)
    new *= _ratio(searches, attrgetter("selected"))
    lost = _ratio([one for one in searches if not one.is_whole], attrgetter("places"))

    def videos(factor: float, _: float) -> float:
        return here + factor * new

    def needed(factor: float, partial: float) -> float:
        places = (factor * lost * number for number in unseen)
        return sum(_pages(one, number / one.page_size, partial) for one, number in zip(searches, places, strict=True))

    bounds = _Bounds.of([one for one in searches if one.is_measured])
    is_bounded = max(calls, bounds.measured) >= ENOUGH
    in_all = _range(videos, bounds, is_bounded=is_bounded)
    if not any(one.videos for one in searches):  # perhaps there are none
        in_all = attrs.evolve(in_all, low=here)
    return in_all, _range(needed, bounds, is_bounded=is_bounded)


def quota_days(calls: Range) -> Range:
    """The days of quota for a number of calls."""
    return Range(*(-(-number // DAILY_CALLS) for number in (calls.low, calls.likely, calls.high)))


def _ratio(searches: Sequence[Seen], numerator: Callable[[Seen], int]) -> float:
    """A number per received video; 1 if none came."""
    videos = sum(one.videos for one in searches)
    return sum(numerator(one) for one in searches if one.videos) / videos if videos else 1.0


def _pages(one: Seen, more: float, partial: float) -> float:
    """The pages of a search with more pages to come; a last page that is not full counts as `partial` more."""
    if one.is_whole:
        return one.pages
    return one.pages + max(1.0, more + partial * min(1.0, more))


# Density


def _unseen(searches: Sequence[Seen]) -> list[float]:
    """The number of unseen videos of each search, from the densities measured before and after."""
    by_query = [[*group] for _, group in groupby(searches, attrgetter("query"))]
    empty = sum(_whole_seconds(group) for group in by_query if not any(one.videos for one in group))
    known = [_measured(group, empty) for group in by_query]
    means = [fmean(densities) for densities in known if densities]
    elsewhere = fmean(means) if means else 0.0
    return [
        one.unseen * density
        for group, densities in zip(by_query, known, strict=True)
        for one, density in zip(group, _densities(group, densities, elsewhere), strict=True)
    ]


def _whole_seconds(group: Sequence[Seen]) -> float:
    return sum(one.seconds for one in group if one.is_whole)


def _measured(group: Sequence[Seen], empty: float) -> list[float]:
    """The densities of the measured searches of a query, in videos per second.

    Each window gets a few videos of the average of all similar windows, so that a window with few videos has little
    weight. `empty` are the seconds of the windows of all queries that have brought nothing: together they show how
    little such a query brings.
    """
    videos = sum(one.videos for one in group if one.is_whole)
    seconds = _whole_seconds(group) if any(one.videos for one in group) else empty
    borrowed = _BORROWED * seconds / max(videos, 0.5)
    return _calmed(
        [
            (one.videos + _BORROWED) / (one.seconds + borrowed) if one.is_whole else one.density
            for one in group
            if one.is_measured
        ]
    )


def _densities(group: Sequence[Seen], measured: Sequence[float], elsewhere: float) -> list[float]:
    """The density of the unseen part of each search of a query: between the densities measured at both ends."""
    if not measured:
        return [elsewhere] * len(group)
    found = []
    newer = 0  # the first one measured at the end of the search, or after it
    for one in group:
        found.append(_between(measured[max(0, newer - 1)], measured[min(newer, len(measured) - 1)]))
        newer += one.is_measured
    return found


def _calmed(densities: Sequence[float]) -> list[float]:
    """The densities, with those that differ from both neighbours moved halfway to them: a page in a burst."""
    if len(densities) < 3:
        return [*densities]
    beside = [densities[2], *densities, densities[-3]]
    return [math.sqrt(density * median(beside[n : n + 3])) for n, density in enumerate(densities)]


def _between(one: float, other: float) -> float:
    """The mean density of a time in which it changes evenly, on a logarithmic scale.

    >>> _between(5.0, 5.0), round(_between(1.0, 100.0), 1)
    (5.0, 21.5)
    """
    return one if math.isclose(one, other) else (one - other) / math.log(one / other)


# Ranges


@attrs.frozen
class _Bounds:
    """How much lower and higher the amount may be than it seems, as logarithms."""

    #: How many measured places there are.
    measured: int
    least: float
    middle: float
    most: float

    @classmethod
    def of(cls, measured: Sequence[Seen]) -> _Bounds:
        """The bounds for this number of places and videos."""
        number, videos = len(measured), sum(one.videos for one in measured)
        alone = _ALONE * max(0.0, ENOUGH / max(number, 1) - 1.0) / (ENOUGH - 1)
        least = _LEAST - alone - 1.2 / math.sqrt(videos + 1)
        most = _MOST + alone + 1.5 / math.sqrt(videos + 0.5)
        return cls(number, least, _middle([one for one in measured if not one.is_whole]), most)

    def at(self, share: float) -> tuple[float, float]:
        """The factors for this share of the whole range, around its middle."""
        low, high = (math.exp(self.middle + share * (end - self.middle)) for end in (self.least, self.most))
        return low, high


def _middle(pages: Sequence[Seen]) -> float:
    """The likeliest amount of the unseen part, from the pages at the ends of windows, which whole windows lack."""
    if not pages:
        return _MIDDLE_WHOLE
    unevenness = min(1.0, pstdev([math.log(one.density) for one in pages]) / 0.8)
    chance = 1.5 / math.sqrt(sum(one.videos for one in pages))
    return _MIDDLE_EVEN + unevenness * (_MIDDLE_UNEVEN - _MIDDLE_EVEN) - chance


def _range(amount: Callable[[float, float], float], bounds: _Bounds, *, is_bounded: bool) -> Range:
    """The range of an amount that grows with both its arguments: a factor, and how a last page counts."""

    def ends(share: float) -> tuple[float, float]:
        low, high = bounds.at(share)
        return amount(low, 0.0), amount(high, 1.0)

    def is_narrow(share: float) -> bool:
        low, high = ends(share)
        return high <= WIDEST * max(low, _FEW)

    share = 1.0
    if is_bounded and not is_narrow(share):
        narrow, wide = 0.0, 1.0
        for _ in range(20):
            share = (narrow + wide) / 2
            narrow, wide = (share, wide) if is_narrow(share) else (narrow, share)
        share = narrow
    low, high = ends(share)
    least, most = math.floor(low + 1e-6), math.ceil(high - 1e-6)
    if is_bounded and most <= WIDEST * _FEW:
        least = math.floor(ends(1.0)[0] + 1e-6)
    elif is_bounded:
        most = max(least, min(most, int(WIDEST * least)))
    return Range(least, min(max(round(amount(1.0, 0.5)), least), most), most)
