"""What was seen of a plan's searches -> how many videos and calls it takes, as ranges. No I/O, no clock.

Videos come newest first, so a first page tells how densely they lie at the end of its window. Between two measured
places the density is taken to change evenly; how far that can be wrong was measured on made-up corpora: even ones,
bursty ones, growing ones.
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

#: With so many places measured, a range is at most `WIDEST` wide.
ENOUGH: Final = 12
WIDEST: Final = 3.0
#: Fewer videos than this may be any number up to it: a ratio says little of them.
_FEW: Final = 10

#: By how much what was not seen may be more or less than it seems, as logarithms.
_LEAST, _MOST = -0.8, 1.3
#: Where in between it is: a burst that no page met makes it more, the likelier the less the pages differ. Where all
#: pages are whole, there is none that they did not meet.
_MIDDLE_EVEN, _MIDDLE_UNEVEN, _MIDDLE_WHOLE = 0.52, 0.22, -0.1
#: Videos that each measured place borrows from all.
_BORROWED: Final = 3.0
#: What a single measured place adds on both sides.
_ALONE: Final = 0.8


@attrs.frozen
class Range:
    """What a number is likely to be, and what it is between, both ends included."""

    low: int
    likely: int
    high: int

    @property
    def is_exact(self) -> bool:
        """Whether it can be no other number."""
        return self.low == self.high

    def plus(self, other: Range | int) -> Range:
        """The range of the sum; nothing is below 0."""
        more = Range(other, other, other) if isinstance(other, int) else other
        return Range(max(0, self.low + more.low), max(0, self.likely + more.likely), max(0, self.high + more.high))

    def said(self, noun: str) -> str:
        """The range in words, with two digits that count; the ends are rounded outwards.

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
    """A search of a plan, and what is seen of its window; nothing before its first page."""

    #: Its query, as an index.
    query: int
    #: The seconds of its window.
    seconds: float
    #: How many videos a page has at most.
    page_size: int
    pages: int = 0
    #: How far the pages reach: the API drops videos that have gone after it has cut the pages, and counts them here.
    places: int = 0
    #: The videos that came, and for how many of them the expression holds.
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
        """Whether its pages tell how densely its videos lie."""
        return self.is_whole or self.videos > 0

    @property
    def density(self) -> float:
        """Videos a second, where some were measured; the last video of a page ends the time that it covers."""
        return self.videos / self.seconds if self.is_whole else (self.videos - 0.5) / max(self.covered, 1.0)

    @property
    def unseen(self) -> float:
        """The seconds that no page covers."""
        return 0.0 if self.is_whole else max(0.0, self.seconds - self.covered)


def estimated(searches: Sequence[Seen], here: int, calls: int) -> tuple[Range, Range]:
    """How many videos a plan has, and how many calls it takes, the pages that are seen included.

    `searches` are in the order of their queries and their days; `here` videos are known, and `calls` were spent to
    know. The expression holds for as many of the videos that were not seen as for those that were.

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
    return _range(videos, bounds, is_bounded=is_bounded), _range(needed, bounds, is_bounded=is_bounded)


def quota_days(calls: Range) -> Range:
    """How many days of quota so many calls take."""
    return Range(*(-(-number // DAILY_CALLS) for number in (calls.low, calls.likely, calls.high)))


def _ratio(searches: Sequence[Seen], numerator: Callable[[Seen], int]) -> float:
    """Of something so many for each video that came; 1 where none came."""
    videos = sum(one.videos for one in searches)
    return sum(numerator(one) for one in searches if one.videos) / videos if videos else 1.0


def _pages(one: Seen, more: float, partial: float) -> float:
    """The pages of a search with so many pages more; a last one that is not full counts as `partial` more."""
    if one.is_whole:
        return one.pages
    return one.pages + max(1.0, more + partial * min(1.0, more))


# Density


def _unseen(searches: Sequence[Seen]) -> list[float]:
    """How many videos each search has that were not seen, by the densities measured before and after."""
    by_query = [[*group] for _, group in groupby(searches, attrgetter("query"))]
    known = [_measured(group) for group in by_query]
    means = [fmean(densities) for densities in known if densities]
    elsewhere = fmean(means) if means else 0.0
    return [
        one.unseen * density
        for group, densities in zip(by_query, known, strict=True)
        for one, density in zip(group, _densities(group, densities, elsewhere), strict=True)
    ]


def _measured(group: Sequence[Seen]) -> list[float]:
    """The densities of those searches of a query that are measured, in videos a second.

    A window without many videos borrows a few from all that are like it, so that none of it says nothing too strong.
    """
    whole = [one for one in group if one.is_whole]
    videos, seconds = (sum(map(attrgetter(name), whole)) for name in ("videos", "seconds"))
    borrowed = _BORROWED * seconds / max(videos, 0.5)
    return _calmed(
        [
            (one.videos + _BORROWED) / (one.seconds + borrowed) if one.is_whole else one.density
            for one in group
            if one.is_measured
        ]
    )


def _densities(group: Sequence[Seen], measured: Sequence[float], elsewhere: float) -> list[float]:
    """The density of what no page covers of each search of a query: between those measured at both its ends."""
    if not measured:
        return [elsewhere] * len(group)
    found = []
    newer = 0  # the first that is measured at the end of the search, or after it
    for one in group:
        found.append(_between(measured[max(0, newer - 1)], measured[min(newer, len(measured) - 1)]))
        newer += one.is_measured
    return found


def _calmed(densities: Sequence[float]) -> list[float]:
    """The densities with those that stand out from both their neighbours drawn halfway to them: a page in a burst."""
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
    """By how much less and more there may be than it seems, as logarithms."""

    #: How many places tell it.
    measured: int
    least: float
    middle: float
    most: float

    @classmethod
    def of(cls, measured: Sequence[Seen]) -> _Bounds:
        """The bounds that so many places and videos leave."""
        number, videos = len(measured), sum(one.videos for one in measured)
        alone = _ALONE * max(0.0, ENOUGH / max(number, 1) - 1.0) / (ENOUGH - 1)
        least = _LEAST - alone - 1.2 / math.sqrt(videos + 1)
        most = _MOST + alone + 1.5 / math.sqrt(videos + 0.5)
        return cls(number, least, _middle([one for one in measured if not one.is_whole]), most)

    def at(self, share: float) -> tuple[float, float]:
        """Factors for so large a share of the whole range, round its middle."""
        low, high = (math.exp(self.middle + share * (end - self.middle)) for end in (self.least, self.most))
        return low, high


def _middle(pages: Sequence[Seen]) -> float:
    """Where what was not seen is most often, by the pages at the ends of windows, which whole ones lack."""
    if not pages:
        return _MIDDLE_WHOLE
    unevenness = min(1.0, pstdev([math.log(one.density) for one in pages]) / 0.8)
    chance = 1.5 / math.sqrt(sum(one.videos for one in pages))
    return _MIDDLE_EVEN + unevenness * (_MIDDLE_UNEVEN - _MIDDLE_EVEN) - chance


def _range(amount: Callable[[float, float], float], bounds: _Bounds, *, is_bounded: bool) -> Range:
    """The range of an amount, which grows with both its arguments: a factor, and what a last page counts."""

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
