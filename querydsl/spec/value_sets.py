"""The values that a field can be held to, as sets: join, meet and complement, and whether anything is left.

Two kinds: `Words` for texts, ids and closed tables, `Days` for days in order. Each has one canonical form, so that
equal sets compare equal. A field that holds several values at once (hashtags, effects, keywords) has no such set.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date
from typing import Final, Literal

import attrs

from ..tables import FIELDS, ConditionField
from .values import day, day_text

_FIRST_DAY: Final = date.min.toordinal()
_LAST_DAY: Final = date.max.toordinal()


@attrs.frozen
class Words:
    """Some texts, or all but some; of a closed table always the texts themselves."""

    texts: frozenset[str]
    excluded: bool = False
    #: All there is, for a closed table.
    table: frozenset[str] | None = attrs.field(default=None, repr=False)

    @property
    def is_empty(self) -> bool:
        return not self.texts and not self.excluded

    @property
    def is_full(self) -> bool:
        return self.texts == self.table if self.table is not None else self.excluded and not self.texts

    def overlaps(self, other: Words) -> bool:
        """Whether there is a text in both."""
        if self.excluded:
            return other.excluded or not other.texts <= self.texts
        return not self.texts <= other.texts if other.excluded else not self.texts.isdisjoint(other.texts)


@attrs.frozen
class Days:
    """Days as spans of ordinals: sorted, both ends included, with a gap between any two."""

    spans: tuple[tuple[int, int], ...]
    #: Whether a user has listed these days one by one ("in"), or the days that are not among them ("out").
    listed: Literal["in", "out"] | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def is_empty(self) -> bool:
        return not self.spans

    @property
    def is_full(self) -> bool:
        return self.spans == ((_FIRST_DAY, _LAST_DAY),)

    def overlaps(self, other: Days) -> bool:
        """Whether there is a day in both."""
        if len(other.spans) > len(self.spans):
            return other.overlaps(self)
        return any(self._meets(first, last) for first, last in other.spans)

    def _meets(self, first: int, last: int) -> bool:
        place = bisect_left(self.spans, (first, first))
        after = place < len(self.spans) and self.spans[place][0] <= last
        return after or (place > 0 and self.spans[place - 1][1] >= first)

    def covers(self, other: Days) -> bool:
        """Whether all the other days are among these."""
        return all(self._holds(first, last) for first, last in other.spans)

    def _holds(self, first: int, last: int) -> bool:
        place = bisect_right(self.spans, (first, _LAST_DAY)) - 1
        return place >= 0 and self.spans[place][1] >= last

    def dates(self) -> list[tuple[date, date]]:
        """The spans as dates."""
        return [(date.fromordinal(first), date.fromordinal(last)) for first, last in self.spans]


ValueSet = Words | Days

_OTHERS: Final[dict[Literal["in", "out"] | None, Literal["in", "out"] | None]] = {"in": "out", "out": "in", None: None}
_TABLES: Final = {name: frozenset(field.values) for name, field in FIELDS.items() if field.form == "table"}


def value_set(field: ConditionField, operation: str, values: Iterable[str]) -> ValueSet:
    """The values that a valid condition on a single-valued field allows.

    >>> value_set(FIELDS["create_date"], "GT", ["99991230"]).dates()
    [(datetime.date(9999, 12, 31), datetime.date(9999, 12, 31))]
    """
    assert not field.many_valued
    if field.form != "day":
        return Words(frozenset(values), False, _TABLES.get(field.name))
    ordinals = [day(value).toordinal() for value in values]
    if operation in ("EQ", "IN"):
        return _days(((ordinal, ordinal) for ordinal in ordinals), "in")
    [ordinal] = ordinals
    first = {"GT": ordinal + 1, "GTE": ordinal}.get(operation, _FIRST_DAY)
    last = {"LT": ordinal - 1, "LTE": ordinal}.get(operation, _LAST_DAY)
    return Days(((first, last),) if first <= last else ())


def days(first: date, last: date) -> Days:
    """The days from the first to the last, both included."""
    return Days(((first.toordinal(), last.toordinal()),) if first <= last else ())


def _days(spans: Iterable[tuple[int, int]], listed: Literal["in", "out"] | None = None) -> Days:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return Days(tuple(merged), listed)


def complement(values: ValueSet) -> ValueSet:
    """Everything else."""
    if isinstance(values, Words):
        if values.table is not None:
            return Words(values.table - values.texts, False, values.table)
        return Words(values.texts, not values.excluded)
    gaps, start = [], _FIRST_DAY
    for first, last in values.spans:
        if start < first:
            gaps.append((start, first - 1))
        start = last + 1
    if start <= _LAST_DAY:
        gaps.append((start, _LAST_DAY))
    return Days(tuple(gaps), _OTHERS[values.listed])


def join(sets: Iterable[ValueSet]) -> ValueSet:
    """What at least one of the sets (of one field, at least one) has. Linear, but for sorting days."""
    given = list(sets)
    if isinstance(given[0], Days):
        ways = {one.listed for one in given if isinstance(one, Days)}
        # what is missing from one list of missing days is a part of that list
        way: Literal["in", "out"] | None = "out" if "out" in ways else "in" if ways == {"in"} else None
        return _days((span for one in given if isinstance(one, Days) for span in one.spans), way)
    words = [one for one in given if isinstance(one, Words)]
    listed = frozenset[str]().union(*(one.texts for one in words if not one.excluded))
    left_out = [one.texts for one in words if one.excluded]
    if left_out:
        return Words(min(left_out, key=len).intersection(*left_out) - listed, True)
    return Words(listed, False, words[0].table)


def meet(sets: Iterable[ValueSet]) -> ValueSet:
    """What every one of the sets (of one field, at least one) has."""
    given = list(sets)
    return given[0] if len(given) == 1 else complement(join(map(complement, given)))


def reaches_ends(values: Days) -> tuple[bool, bool]:
    """Whether the first, and the last, day of the calendar are among the days (of which there is at least one)."""
    return values.spans[0][0] == _FIRST_DAY, values.spans[-1][1] == _LAST_DAY


def listed(values: Days) -> list[str]:
    """Each of the days, as sent."""
    return [day_text(date.fromordinal(n)) for first, last in values.spans for n in range(first, last + 1)]


#: A condition as plain parts: field name, operation, values.
Parts = tuple[str, str, tuple[str, ...]]


@attrs.frozen
class Limits:
    """What several conditions that must hold, and several that must not, leave of each field."""

    #: For single-valued fields: the values left.
    left: dict[str, ValueSet]
    #: For many-valued fields: the values that no video may carry.
    forbidden: dict[str, frozenset[str]]
    #: Whether no video can meet the conditions. Fields do not depend on each other: it takes one that cannot.
    is_empty: bool
    #: Whether every video meets them.
    is_full: bool

    def allows(self, parts: Parts) -> bool:
        """Whether some video meets the conditions and this one."""
        name, operation, values = parts
        if self.is_empty:
            return False
        if FIELDS[name].many_valued:
            return not self.forbidden.get(name, frozenset()).issuperset(values)
        held = value_set(FIELDS[name], operation, values)
        left = self.left.get(name)
        if left is None:
            return not held.is_empty
        return left.overlaps(held)  # type: ignore[arg-type]


def limits(required: Iterable[Parts], excluded: Iterable[Parts]) -> Limits:
    """What the conditions leave of each field, in time that grows with their values (days: n log n).

    >>> limits([("region_code", "IN", ("US", "JP"))], [("region_code", "EQ", ("US",))]).left["region_code"].texts
    frozenset({'JP'})
    """
    held: dict[str, list[ValueSet]] = {}
    carried: list[Parts] = []
    forbidden: dict[str, set[str]] = {}
    for parts in required:
        name, operation, values = parts
        if FIELDS[name].many_valued:
            carried.append(parts)
        else:
            held.setdefault(name, []).append(value_set(FIELDS[name], operation, values))
    for name, operation, values in excluded:
        if FIELDS[name].many_valued:
            forbidden.setdefault(name, set()).update(values)
        else:
            held.setdefault(name, []).append(complement(value_set(FIELDS[name], operation, values)))
    left = {name: meet(sets) for name, sets in held.items()}
    is_empty = any(values.is_empty for values in left.values()) or any(
        forbidden.get(name, set()).issuperset(values) for name, _, values in carried
    )
    is_full = not carried and not forbidden and all(values.is_full for values in left.values())
    return Limits(left, {name: frozenset(values) for name, values in forbidden.items()}, is_empty, is_full)
