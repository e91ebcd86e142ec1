"""Days -> windows: as few spans of days as requests can cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from ..spec.value_sets import Spans
from ..tables import MAX_DAYS_APART

Window = tuple[date, date]

#: The longest window, in days: end_date is no more than 30 days after start_date.
MAX_DAYS: Final = MAX_DAYS_APART + 1

#: The cost of windows: their number, how many have a gap, and how many days are left out in gaps.
_Cost = tuple[int, int, int]
#: The start of the next window: the number of the span, and the day in it. After the last span it is day 0.
_Place = tuple[int, int]


class _Step(NamedTuple):
    """Windows from a place on: full ones first; the last one ends at `end` and may reach into later spans."""

    begins: _Place
    end: int
    cost: _Cost
    next: _Place


def windows(days: Spans, most: int = MAX_DAYS) -> list[Window]:
    """The fewest windows of at most `most` days that contain all the given days, of which there is at least one.

    No day is in two windows. A window has a gap, of days that are not given, only if that saves a window.

    >>> from querydsl.spec.value_sets import days
    >>> [f"{first} to {last}" for first, last in windows(days(date(2023, 1, 1), date(2023, 2, 10)))]
    ['2023-01-01 to 2023-01-31', '2023-02-01 to 2023-02-10']
    """
    found: list[Window] = []
    for step in _cheapest(days.spans, most):
        found += [
            (date.fromordinal(first), date.fromordinal(min(first + most - 1, step.end)))
            for first in range(step.begins[1], step.end + 1, most)
        ]
    return found


def _cheapest(spans: Sequence[tuple[int, int]], most: int) -> list[_Step]:
    """The cheapest steps through all spans: the best step to each place, starting at the first place."""
    start, end = (0, spans[0][0]), (len(spans), 0)
    costs: dict[_Place, _Cost] = {start: (0, 0, 0)}
    best: dict[_Place, _Step] = {}
    waiting: list[list[_Place]] = [[start], *([] for _ in spans)]
    for places in waiting[:-1]:
        for place in places:
            for step in _steps(spans, most, place):
                count, gaps, left_out = (sum(pair) for pair in zip(costs[place], step.cost, strict=True))
                known = costs.get(step.next)
                if known is None:
                    waiting[step.next[0]].append(step.next)
                if known is None or (count, gaps, left_out) < known:
                    costs[step.next], best[step.next] = (count, gaps, left_out), step
    found = []
    while end != start:
        found.append(best[end])
        end = found[-1].begins
    return found[::-1]


def _steps(spans: Sequence[tuple[int, int]], most: int, place: _Place) -> Iterator[_Step]:
    """The steps from a place: the last window ends with the span, or reaches over gaps into later spans.

    A window that starts late, or ends inside a span before it is full, cannot save anything.
    """

    def after(span: int) -> _Place:
        return (span, spans[span][0] if span < len(spans) else 0)

    span, first = place
    full = (spans[span][1] - first) // most
    reach = first + full * most + most - 1
    yield _Step(place, spans[span][1], (full + 1, 0, 0), after(span + 1))
    left_out = 0
    for other in range(span + 1, len(spans)):
        begins, ends = spans[other]
        if begins > reach:
            return
        left_out += begins - spans[other - 1][1] - 1
        beyond = after(other + 1) if ends <= reach else (other, reach + 1)
        yield _Step(place, min(ends, reach), (full + 1, 1, left_out), beyond)
