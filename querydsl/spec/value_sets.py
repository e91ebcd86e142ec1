"""The sets of values that a condition allows, with join, meet and complement.

There are three kinds: `Words` for texts, ids and closed tables; `Spans` for fields with an order; a frozenset of the
named values for a field of which a video carries several values. Words and Spans have one canonical form each, so equal
sets compare equal. `value_set` alone knows the meaning of operations; it refuses one that it does not know.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date
from typing import Final

import attrs

from ..tables import FIELDS, ConditionField
from .values import DAYS, SCALES, Scale


@attrs.frozen
class Words:
    """Some texts, or all texts except some; for a closed table always the texts themselves."""

    texts: frozenset[str]
    excluded: bool = False
    #: All texts, for a closed table.
    table: frozenset[str] | None = attrs.field(default=None, repr=False)

    @property
    def is_empty(self) -> bool:
        return not self.texts and not self.excluded

    @property
    def is_full(self) -> bool:
        return self.texts == self.table if self.table is not None else self.excluded and not self.texts

    def overlaps(self, other: Words) -> bool:
        """Whether some text is in both."""
        if self.excluded:
            return other.excluded or not other.texts <= self.texts
        return not self.texts <= other.texts if other.excluded else not self.texts.isdisjoint(other.texts)


@attrs.frozen
class Spans:
    """Values with an order, as spans of numbers: sorted, both ends included, with a gap between any two."""

    spans: tuple[tuple[int, int], ...]
    scale: Scale = attrs.field(default=DAYS, repr=False)
    #: Values that the user has listed one by one (in this set or not): a rewrite may list them too.
    listed: frozenset[int] = attrs.field(default=frozenset(), eq=False, repr=False)

    @property
    def is_empty(self) -> bool:
        return not self.spans

    @property
    def is_full(self) -> bool:
        return self.spans == ((self.scale.least, self.scale.most),)

    @property
    def reaches_ends(self) -> tuple[bool, bool]:
        """Whether this set has the lowest, and the highest, of all values. The set must not be empty."""
        return self.spans[0][0] == self.scale.least, self.spans[-1][1] == self.scale.most

    def overlaps(self, other: Spans) -> bool:
        """Whether some value is in both."""
        if len(other.spans) > len(self.spans):
            return other.overlaps(self)
        return any(self._meets(first, last) for first, last in other.spans)

    def _meets(self, first: int, last: int) -> bool:
        place = bisect_left(self.spans, (first, first))
        after = place < len(self.spans) and self.spans[place][0] <= last
        return after or (place > 0 and self.spans[place - 1][1] >= first)

    def covers(self, other: Spans) -> bool:
        """Whether every value of the other set is in this one."""
        return all(self._holds(first, last) for first, last in other.spans)

    def _holds(self, first: int, last: int) -> bool:
        place = bisect_right(self.spans, (first, self.scale.most)) - 1
        return place >= 0 and self.spans[place][1] >= last

    def only(self, *spans: tuple[int, int]) -> Spans:
        """Another set on the same scale, with the same listed values."""
        return Spans(spans, self.scale, self.listed)

    def is_listable(self) -> bool:
        """Whether a rewrite may list the values one by one: they are few, have no neighbours, or were listed before."""
        count = sum(last - first + 1 for first, last in self.spans)
        return (
            count <= self.scale.listable
            or count == len(self.spans)
            or (count <= len(self.listed) and all(n in self.listed for a, b in self.spans for n in range(a, b + 1)))
        )

    def apart(self) -> list[Spans]:
        """Each span as a set of its own."""
        return [self.only(span) for span in self.spans]

    def hull(self) -> Spans:
        """All values from the first to the last. The set must not be empty."""
        return self.only((self.spans[0][0], self.spans[-1][1]))

    def gaps_between(self, first: date, last: date) -> Spans:
        """The given days between the first and the last day that are not in this set, in time proportional to them."""
        low, high = first.toordinal(), last.toordinal()
        gaps = []
        for place in range(max(bisect_right(self.spans, (low, self.scale.most)) - 1, 0), len(self.spans)):
            start, end = self.spans[place]
            if start > high:
                break
            if low < start:
                gaps.append((low, start - 1))
            low = max(low, end + 1)
        if low <= high:
            gaps.append((low, high))
        return self.only(*gaps)

    def texts(self) -> list[str]:
        """Each value, as sent; only for sets with few values."""
        return [self.scale.text(n) for first, last in self.spans for n in range(first, last + 1)]


ValueSet = Words | Spans

_TABLES: Final = {name: frozenset(field.values) for name, field in FIELDS.items() if field.form == "table"}
_WORDS: Final = ("text", "id", "table")


def value_set(field: ConditionField, operation: str, values: Iterable[str]) -> ValueSet | frozenset[str]:
    """The values that a valid condition allows; a video must carry any of them on a many-valued field.

    Raises NotImplementedError for an operation or a form that is in the tables but not known here.

    >>> value_set(FIELDS["region_code"], "IN", ["US"]).texts
    frozenset({'US'})
    >>> value_set(FIELDS["hashtag_name"], "EQ", ["cat"])
    frozenset({'cat'})
    """
    scale = SCALES.get(field.form)
    if scale is not None and not field.many_valued:
        return _spans_of(scale, field, operation, values)
    if operation not in ("EQ", "IN"):
        raise _unknown(f"{field.name} {operation}", "what has no order takes EQ and IN alone")
    if field.many_valued:
        return frozenset(values)
    if field.form not in _WORDS:
        raise _unknown(f"{field.name}, of the form {field.form!r},", f"the forms are {', '.join([*SCALES, *_WORDS])}")
    return Words(frozenset(values), False, _TABLES.get(field.name))


def _spans_of(scale: Scale, field: ConditionField, operation: str, values: Iterable[str]) -> Spans:
    numbers = [scale.number(value) for value in values]
    if operation in ("EQ", "IN"):
        return spans(((number, number) for number in numbers), scale, frozenset(numbers))
    [number] = numbers
    bounds = {
        "GT": (number + 1, scale.most),
        "GTE": (number, scale.most),
        "LT": (scale.least, number - 1),
        "LTE": (scale.least, number),
    }
    if operation not in bounds:
        raise _unknown(f"{field.name} {operation}", f"what has an order takes EQ, IN, {', '.join(bounds)}")
    first, last = bounds[operation]
    return Spans(((first, last),) if first <= last else (), scale)


def _unknown(what: str, known: str) -> NotImplementedError:
    return NotImplementedError(f"value_sets does not know which values {what} allows; {known}")


def days(first: date, last: date) -> Spans:
    """The days from the first to the last, both included."""
    return Spans(((first.toordinal(), last.toordinal()),) if first <= last else ())


def spans(pairs: Iterable[tuple[int, int]], scale: Scale = DAYS, listed: frozenset[int] = frozenset()) -> Spans:
    """The values in any of several spans, in any order and with any overlap."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return Spans(tuple(merged), scale, listed)


def complement(values: ValueSet) -> ValueSet:
    """All other values."""
    if isinstance(values, Spans):
        return gaps(values)
    if values.table is not None:
        return Words(values.table - values.texts, False, values.table)
    return Words(values.texts, not values.excluded)


def gaps(values: Spans) -> Spans:
    """All other values of the scale."""
    found, start = [], values.scale.least
    for first, last in values.spans:
        if start < first:
            found.append((start, first - 1))
        start = last + 1
    if start <= values.scale.most:
        found.append((start, values.scale.most))
    return values.only(*found)


def join(sets: Iterable[ValueSet]) -> ValueSet:
    """The union of sets of one field (at least one). Linear, except for sorting spans."""
    given = list(sets)
    ordered = [one for one in given if isinstance(one, Spans)]
    if ordered:
        lists = {id(one.listed): one.listed for one in ordered}  # usually there is one
        listed = ordered[0].listed if len(lists) == 1 else frozenset[int]().union(*lists.values())
        return spans((span for one in ordered for span in one.spans), ordered[0].scale, listed)
    words = [one for one in given if isinstance(one, Words)]
    included = frozenset[str]().union(*(one.texts for one in words if not one.excluded))
    left_out = [one.texts for one in words if one.excluded]
    if left_out:
        return Words(min(left_out, key=len).intersection(*left_out) - included, True)
    return Words(included, False, words[0].table)


def meet(sets: Iterable[ValueSet]) -> ValueSet:
    """The intersection of sets of one field (at least one)."""
    given = list(sets)
    return given[0] if len(given) == 1 else complement(join(map(complement, given)))


#: A condition as plain parts: field name, operation, values.
Parts = tuple[str, str, tuple[str, ...]]


@attrs.frozen
class Limits:
    """The values that are left in each field, given conditions that must hold and conditions that must not."""

    #: For single-valued fields: the values left.
    left: dict[str, ValueSet]
    #: For many-valued fields: the values that no video may carry.
    forbidden: dict[str, frozenset[str]]
    #: Whether no video can meet the conditions. Fields are independent: one impossible field is enough.
    is_empty: bool
    #: Whether every video meets them.
    is_full: bool

    def allows(self, parts: Parts) -> bool:
        """Whether some video meets the conditions and this one."""
        name, operation, values = parts
        if self.is_empty:
            return False
        allowed = value_set(FIELDS[name], operation, values)
        if isinstance(allowed, frozenset):
            return not self.forbidden.get(name, frozenset()).issuperset(allowed)
        left = self.left.get(name)
        return not allowed.is_empty if left is None else left.overlaps(allowed)  # type: ignore[arg-type]


def limits(required: Iterable[Parts], excluded: Iterable[Parts]) -> Limits:
    """The values of each field that conditions leave, in time that grows with their values (days: n log n).

    >>> limits([("region_code", "IN", ("US", "JP"))], [("region_code", "EQ", ("US",))]).left["region_code"].texts
    frozenset({'JP'})
    """
    allowed: dict[str, list[ValueSet]] = {}
    carried: list[tuple[str, frozenset[str]]] = []
    forbidden: dict[str, set[str]] = {}
    for name, operation, given in required:
        values = value_set(FIELDS[name], operation, given)
        if isinstance(values, frozenset):
            carried.append((name, values))
        else:
            allowed.setdefault(name, []).append(values)
    for name, operation, given in excluded:
        values = value_set(FIELDS[name], operation, given)
        if isinstance(values, frozenset):
            forbidden.setdefault(name, set()).update(values)
        else:
            allowed.setdefault(name, []).append(complement(values))
    left = {name: meet(sets) for name, sets in allowed.items()}
    is_empty = any(values.is_empty for values in left.values()) or any(
        values <= forbidden.get(name, set()) for name, values in carried
    )
    is_full = not carried and not forbidden and all(values.is_full for values in left.values())
    return Limits(left, {name: frozenset(values) for name, values in forbidden.items()}, is_empty, is_full)
