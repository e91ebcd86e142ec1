"""The truth table of an expression: a row for each kind of video that it can tell apart; a set of rows is an int.

The fields are independent, so the rows are all combinations of what can be true of each field. A set of rows has a bit
for each row: `&`, `|` and `~` on ints then answer any question about an expression exactly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce
from itertools import pairwise
from operator import and_, or_

import attrs

from ..language.negation import Ready, pop_last
from ..spec.value_sets import Days, ValueSet, Words, complement, days, join, meet
from ..tables import FIELDS
from .constraints import Constraint
from .terms import Compound, Form

#: No table has more rows than this: each set of them would take over 8 KiB.
MAX_ROWS = 1 << 16


#: Up to this many single days cut the calendar in two; more of them would make too many rows.
_MAX_CUT_DAYS = 4
#: Pieces of the calendar, and look-ups of single days in sets, beyond which there are too many rows anyway.
_MAX_PIECES, _MAX_LOOKS = 256, 20_000


@attrs.frozen
class Block:
    """Values of a single-valued field that no constraint tells apart, and the rows whose value is one of them."""

    values: ValueSet
    rows: int


@attrs.frozen
class Carried:
    """Values of a many-valued field that stand in the same constraints, and the rows that carry any of them."""

    values: frozenset[str]
    rows: int


@attrs.frozen
class TruthTable:
    """All combinations of what can be true of each field."""

    #: For each single-valued field its blocks: each row has a value of one of them.
    blocks: dict[str, tuple[Block, ...]]
    #: For each many-valued field its groups of values, each row carries any number of them.
    carried: dict[str, tuple[Carried, ...]]
    #: The set of all rows.
    all_rows: int
    #: The sets of values that the constraints name, of each many-valued field.
    named: dict[str, tuple[frozenset[str], ...]]
    #: The ordinals at which a range of days begins, or the days after one.
    cuts: tuple[int, ...]

    @classmethod
    def of(cls, constraints: Iterable[Constraint], most: int = MAX_ROWS) -> TruthTable | None:
        """The table of all that some constraints tell apart; None if it has more than `most` rows."""
        by_field: dict[str, list[Constraint]] = {}
        for one in dict.fromkeys(constraints):
            by_field.setdefault(one.field, []).append(one)
        count = 1
        cuts: tuple[int, ...] = ()
        pieces: dict[str, list[ValueSet]] = {}
        groups: dict[str, list[frozenset[str]]] = {}
        for field, of_field in by_field.items():
            if FIELDS[field].many_valued:
                groups[field] = _groups([one.values for one in of_field])  # type: ignore[misc]
                count <<= min(len(groups[field]), most.bit_length())
            else:
                sets = [one.values for one in of_field if not isinstance(one.values, frozenset)]
                if isinstance(sets[0], Days):
                    found = _pieces_of_days([one for one in sets if isinstance(one, Days)])
                    if found is None:
                        return None
                    cuts, pieces[field] = found
                else:
                    pieces[field] = _pieces([one for one in sets if isinstance(one, Words)])
                count *= len(pieces[field])
            if count > most:
                return None
        all_rows = (1 << count) - 1
        stride = 1
        blocks: dict[str, tuple[Block, ...]] = {}
        carried: dict[str, tuple[Carried, ...]] = {}
        for field, values in pieces.items():
            size = len(values)
            masks = [_every(stride, place, size, count) & all_rows for place in range(size)]
            blocks[field] = tuple(map(Block, values, masks))
            stride *= size
        for field, carried_sets in groups.items():
            masks = [_every(stride << place, 1, 2, count) & all_rows for place in range(len(carried_sets))]
            carried[field] = tuple(map(Carried, carried_sets, masks))
            stride <<= len(carried_sets)
        named = {
            field: tuple(one.values for one in by_field[field] if isinstance(one.values, frozenset)) for field in groups
        }
        return cls(blocks, carried, all_rows, named, cuts)

    def where(self, constraint: Constraint) -> int:
        """The rows in which a constraint holds.

        It has to be one that the table was made of, or a union of its blocks: then a block that it overlaps is in it.
        """
        values = constraint.values
        found = 0
        if isinstance(values, frozenset):
            for group in self.carried[constraint.field]:
                if not group.values.isdisjoint(values):
                    found |= group.rows
            return found if constraint.positive else self.all_rows & ~found
        for block in self.blocks[constraint.field]:
            if block.values.overlaps(values):  # type: ignore[arg-type]
                found |= block.rows
        return found

    def where_any(self, constraints: Iterable[Constraint]) -> int:
        """The rows in which at least one constraint holds."""
        found = 0
        for constraint in constraints:
            found |= self.where(constraint)
        return found

    def where_all(self, constraints: Iterable[Constraint]) -> int:
        """The rows in which all the constraints hold."""
        found = self.all_rows
        for constraint in constraints:
            found &= self.where(constraint)
        return found

    def where_form(self, form: Compound | Constraint) -> int:
        """The rows in which a normal form holds."""
        built: list[int] = []
        stack: list[Form | Ready] = [form]
        while stack:
            part = stack.pop()
            if isinstance(part, Constraint):
                built.append(self.where(part))
            elif isinstance(part, Compound):
                stack.append(Ready(part.kind, len(part.parts)))
                stack += reversed(part.parts)
            else:
                assert isinstance(part, Ready)
                built.append(reduce(and_ if part.kind == "&" else or_, pop_last(built, part.size)))
        [found] = built
        return found


def _every(stride: int, place: int, size: int, count: int) -> int:
    """The bits whose number, divided by the stride, leaves `place` modulo `size`; there may be more than `count`."""
    bits = ((1 << stride) - 1) << (place * stride)
    width = stride * size
    while width < count:
        bits |= bits << width
        width *= 2
    return bits


def _groups(sets: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """The values that stand in exactly the same of some sets, together."""
    found: dict[tuple[int, ...], set[str]] = {}
    for value, signature in _signatures(sets).items():
        found.setdefault(signature, set()).add(value)
    return [frozenset(found[signature]) for signature in sorted(found)]


def _signatures(sets: Sequence[frozenset[str]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for number, values in enumerate(sets):
        for value in values:
            found.setdefault(value, []).append(number)
    return {value: tuple(numbers) for value, numbers in found.items()}


def _pieces(words: Sequence[Words]) -> list[ValueSet]:
    """All values of a field, cut so that no piece is partly in one of some sets."""
    table = words[0].table
    pieces: list[ValueSet] = [Words(values, False, table) for values in _groups([one.texts for one in words])]
    named = frozenset[str]().union(*(one.texts for one in words))
    if table is None:
        pieces.append(Words(named, True))
    elif table - named:
        pieces.append(Words(table - named, False, table))
    return pieces


def _pieces_of_days(sets: Sequence[Days]) -> tuple[tuple[int, ...], list[ValueSet]] | None:
    """Where the calendar is cut, and all days, cut so that no piece is partly in one of some sets; None for very many.

    Ranges cut the calendar, since a query cannot say what it likes of both sides. Single days, in a set or left out of
    one, cut it only while they are few: a query lists them.
    """
    cuts: set[int] = set()
    single: set[int] = set()
    for one in sets:
        single.update(first for first, last in one.spans if first == last)
        ranges = [span for span in one.spans if span[0] < span[1]]
        for (_, before), (after, _) in pairwise(ranges):
            if after - before == 2:
                single.add(before + 1)
            else:
                cuts.update((before + 1, after))
        if ranges:
            cuts.update((ranges[0][0], ranges[-1][1] + 1))
    if len(single) <= _MAX_CUT_DAYS:
        cuts.update(day for alone in single for day in (alone, alone + 1))
        single.clear()
    [(first_day, last_day)] = days(date.min, date.max).spans
    starts = sorted({first_day, *(cut for cut in cuts if cut <= last_day)})
    if len(starts) > _MAX_PIECES or len(single) * len(sets) > _MAX_LOOKS:
        return None
    ordered = sorted(single)
    pieces: list[ValueSet] = []
    for start, after in zip(starts, [*starts[1:], last_day + 1], strict=True):
        listed: dict[tuple[bool, ...], list[ValueSet]] = {}
        for day in ordered[bisect_left(ordered, start) : bisect_left(ordered, after)]:
            alone = Days(((day, day),), "in")
            listed.setdefault(tuple(one.overlaps(alone) for one in sets), []).append(alone)
        alike = [join(group) for group in listed.values()]
        rest = meet([Days(((start, after - 1),)), *map(complement, alike)])
        pieces += [*alike, *([] if rest.is_empty else [rest])]
    return tuple(starts), pieces
