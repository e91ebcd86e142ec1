"""Sets of days for the ledger: union, difference, halves, samples, and windows. Days are UTC, as ordinals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import attrs

from ..spec import value_sets


@attrs.frozen
class Days:
    """Days as spans of ordinals: sorted, both ends included, with a gap between any two."""

    spans: tuple[tuple[int, int], ...]

    def dates(self) -> list[tuple[date, date]]:
        """The spans as dates."""
        return [(date.fromordinal(first), date.fromordinal(last)) for first, last in self.spans]


NONE: Final = Days(())
#: The last day of the calendar.
LAST_DAY: Final = date.max.toordinal()
_FIRST_DAY: Final = 1


def span(first: int, last: int) -> Days:
    """The days from the first to the last, both included; empty if the last is before the first."""
    return Days(((first, last),)) if first <= last else NONE


def union(sets: Iterable[Days]) -> Days:
    """The days of any of the sets.

    >>> union([span(1, 3), span(4, 5), span(9, 9)]).spans
    ((1, 5), (9, 9))
    """
    return Days(value_sets.spans(one for given in sets for one in given.spans).spans)


def common(one: Days, other: Days) -> Days:
    """The days of both sets."""
    found: list[tuple[int, int]] = []
    here, there = list(one.spans), list(other.spans)
    at = beside = 0
    while at < len(here) and beside < len(there):
        first = max(here[at][0], there[beside][0])
        last = min(here[at][1], there[beside][1])
        if first <= last:
            found.append((first, last))
        if here[at][1] < there[beside][1]:
            at += 1
        else:
            beside += 1
    return Days(tuple(found))


def minus(one: Days, other: Days) -> Days:
    """The days of the first set that the other does not have.

    >>> minus(span(1, 9), span(4, 5)).spans
    ((1, 3), (6, 9))
    """
    return common(one, Days(value_sets.gaps(value_sets.Spans(other.spans)).spans))


def up_to(given: Days, last: int) -> Days:
    """The days up to the last one, which is included."""
    return common(given, span(_FIRST_DAY, last))


def after(given: Days, day: int) -> Days:
    """The days after the given one."""
    return common(given, span(day + 1, LAST_DAY))


def count(given: Days) -> int:
    """How many days there are."""
    return sum(last - first + 1 for first, last in given.spans)


def each(given: Days) -> list[int]:
    """The days one by one, the oldest first."""
    return [day for first, last in given.spans for day in range(first, last + 1)]


def single(given: Days) -> bool:
    """Whether it is a single day."""
    return len(given.spans) == 1 and given.spans[0][0] == given.spans[0][1]


def bounds(given: Days) -> tuple[int, int]:
    """The first and the last day; the set must not be empty."""
    return given.spans[0][0], given.spans[-1][1]


def halves(given: Days) -> tuple[Days, Days]:
    """The older and the newer half; the set must have two days or more.

    >>> [half.spans for half in halves(span(1, 31))]
    [((1, 15),), ((16, 31),)]
    """
    days = each(given)
    middle = days[len(days) // 2 - 1]
    return up_to(given, middle), after(given, middle)


def spread(given: Days, number: int) -> list[int]:
    """At most this many days, spread evenly over the set; those in the middle come first.

    >>> spread(span(1, 31), 5), spread(span(1, 2), 5)
    ([16, 10, 22, 4, 28], [1, 2])
    """
    days = each(given)
    if len(days) <= number:
        return days
    places = [(2 * n + 1) * len(days) // (2 * number) for n in range(number)]
    return [days[place] for place in sorted(places, key=lambda place: (abs(2 * place + 1 - len(days)), place))]


def cut(given: Days, longest: int, bridges: Days = NONE) -> list[Days]:
    """The fewest windows of limited length that contain the given days, the oldest first.

    A gap may be inside a window only if all its days are among the `bridges`.

    >>> [window.spans for window in cut(Days(((1, 3), (5, 9))), 7, bridges=span(4, 4))]
    [((1, 3), (5, 7)), ((8, 9),)]
    >>> [window.spans for window in cut(Days(((1, 3), (5, 9))), 7)]
    [((1, 3),), ((5, 9),)]
    """
    windows: list[Days] = []
    for stretch in union([given, bridges]).spans:
        left = common(given, span(*stretch))
        while left.spans:
            first = left.spans[0][0]
            windows.append(up_to(left, first + longest - 1))
            left = after(left, first + longest - 1)
    return windows


def to_text(given: Days) -> str:
    """The days in the form of the file: `2023-01-01/2023-01-31`, with commas between spans.

    >>> to_text(span(date(2023, 1, 1).toordinal(), date(2023, 1, 2).toordinal()))
    '2023-01-01/2023-01-02'
    """
    return ",".join(
        f"{date.fromordinal(first).isoformat()}/{date.fromordinal(last).isoformat()}" for first, last in given.spans
    )


def from_text(text: str) -> Days:
    """The days in a text of `to_text`; raises ValueError for any other text."""
    if len(text) == _ONE_SPAN:
        first, last = _ordinal(text[:10]), _ordinal(text[11:])
        if first > last:
            raise ValueError(f"{text} is not a span of days")
        return Days(((first, last),))
    spans: list[tuple[int, int]] = []
    for part in text.split(",") if text else ():
        first, last = _ordinal(part[:10]), _ordinal(part[11:])
        if first > last or (spans and first <= spans[-1][1] + 1):
            raise ValueError(f"{part} is not a span of days")
        spans.append((first, last))
    return Days(tuple(spans))


_ONE_SPAN: Final = len("2023-01-01/2023-01-31")


def _ordinal(text: str) -> int:
    return date.fromisoformat(text).toordinal()
