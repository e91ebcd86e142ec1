"""Every video that an expression can tell from another, numbered; a set of them is an int with a bit for each.

With `&`, `|` and `~` on ints the compiler can ask anything about an expression, exactly: the fields are independent,
so the worlds are all the combinations of what can be so in each field.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce
from itertools import pairwise
from operator import and_, or_

import attrs

from ..language.negation import Ready, taken_off
from ..spec.value_sets import Days, Domain, Words, complement, days, join, meet
from ..tables import FIELDS
from .constraints import Literal
from .terms import Compound, Form

#: More worlds than this are not numbered: each set of them would take over 8 KiB.
MAX_WORLDS = 1 << 16


#: Single days that cut the calendar in two; more of them would make too many worlds.
_MAX_CUT_DAYS = 4
#: Pieces of the calendar, and look-ups of single days in sets, beyond which there are too many worlds anyway.
_MAX_PIECES, _MAX_LOOKS = 256, 20_000


@attrs.frozen
class Cell:
    """Values of a single-valued field that no literal tells apart, and the worlds that have one of them."""

    values: Domain
    worlds: int


@attrs.frozen
class Carried:
    """Values of a many-valued field that stand in the same literals, and the worlds that carry any of them."""

    values: frozenset[str]
    worlds: int


@attrs.frozen
class Worlds:
    """All combinations of what can be so in each field."""

    #: For each single-valued field its cells, of which each world has one.
    cells: dict[str, tuple[Cell, ...]]
    #: For each many-valued field its groups of values, of which each world carries any number.
    carried: dict[str, tuple[Carried, ...]]
    #: All of them.
    everything: int
    #: The sets of values that the literals name, of each many-valued field.
    named: dict[str, tuple[frozenset[str], ...]]
    #: The ordinals at which a range of days begins, or the days after one.
    cuts: tuple[int, ...]

    @classmethod
    def of(cls, literals: Iterable[Literal], most: int = MAX_WORLDS) -> Worlds | None:
        """The worlds that some literals tell apart; None if there are more than `most`."""
        by_field: dict[str, list[Literal]] = {}
        for said in dict.fromkeys(literals):
            by_field.setdefault(said.field, []).append(said)
        count = 1
        cuts: tuple[int, ...] = ()
        pieces: dict[str, list[Domain]] = {}
        groups: dict[str, list[frozenset[str]]] = {}
        for field, said_of in by_field.items():
            if FIELDS[field].many_valued:
                groups[field] = _groups([said.values for said in said_of])  # type: ignore[misc]
                count <<= min(len(groups[field]), most.bit_length())
            else:
                domains = [said.values for said in said_of if not isinstance(said.values, frozenset)]
                if isinstance(domains[0], Days):
                    found = _pieces_of_days([one for one in domains if isinstance(one, Days)])
                    if found is None:
                        return None
                    cuts, pieces[field] = found
                else:
                    pieces[field] = _pieces([one for one in domains if isinstance(one, Words)])
                count *= len(pieces[field])
            if count > most:
                return None
        everything = (1 << count) - 1
        stride = 1
        cells: dict[str, tuple[Cell, ...]] = {}
        carried: dict[str, tuple[Carried, ...]] = {}
        for field, values in pieces.items():
            size = len(values)
            masks = [_every(stride, place, size, count) & everything for place in range(size)]
            cells[field] = tuple(map(Cell, values, masks))
            stride *= size
        for field, sets in groups.items():
            masks = [_every(stride << place, 1, 2, count) & everything for place in range(len(sets))]
            carried[field] = tuple(map(Carried, sets, masks))
            stride <<= len(sets)
        named = {
            field: tuple(said.values for said in by_field[field] if isinstance(said.values, frozenset))
            for field in groups
        }
        return cls(cells, carried, everything, named, cuts)

    def where(self, said: Literal) -> int:
        """The worlds in which a literal holds; it has to be among those that the worlds were made of, or put together
        from their cells, so that a cell which it overlaps is in it.
        """
        values = said.values
        found = 0
        if isinstance(values, frozenset):
            for group in self.carried[said.field]:
                if not group.values.isdisjoint(values):
                    found |= group.worlds
            return found if said.positive else self.everything & ~found
        for cell in self.cells[said.field]:
            if cell.values.overlaps(values):  # type: ignore[arg-type]
                found |= cell.worlds
        return found

    def where_any(self, literals: Iterable[Literal]) -> int:
        """The worlds in which at least one literal holds."""
        found = 0
        for said in literals:
            found |= self.where(said)
        return found

    def where_all(self, literals: Iterable[Literal]) -> int:
        """The worlds in which all the literals hold."""
        found = self.everything
        for said in literals:
            found &= self.where(said)
        return found

    def where_form(self, form: Compound | Literal) -> int:
        """The worlds in which a normal form holds."""
        built: list[int] = []
        stack: list[Form | Ready] = [form]
        while stack:
            part = stack.pop()
            if isinstance(part, Literal):
                built.append(self.where(part))
            elif isinstance(part, Compound):
                stack.append(Ready(part.kind, len(part.parts)))
                stack += reversed(part.parts)
            else:
                assert isinstance(part, Ready)
                built.append(reduce(and_ if part.kind == "&" else or_, taken_off(built, part.size)))
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


def _pieces(words: Sequence[Words]) -> list[Domain]:
    """All values of a field, cut so that no piece is partly in one of some sets."""
    table = words[0].table
    pieces: list[Domain] = [Words(values, False, table) for values in _groups([one.texts for one in words])]
    named = frozenset[str]().union(*(one.texts for one in words))
    if table is None:
        pieces.append(Words(named, True))
    elif table - named:
        pieces.append(Words(table - named, False, table))
    return pieces


def _pieces_of_days(sets: Sequence[Days]) -> tuple[tuple[int, ...], list[Domain]] | None:
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
    pieces: list[Domain] = []
    for start, after in zip(starts, [*starts[1:], last_day + 1], strict=True):
        listed: dict[tuple[bool, ...], list[Domain]] = {}
        for day in ordered[bisect_left(ordered, start) : bisect_left(ordered, after)]:
            alone = Days(((day, day),), "in")
            listed.setdefault(tuple(one.overlaps(alone) for one in sets), []).append(alone)
        alike = [join(group) for group in listed.values()]
        rest = meet([Days(((start, after - 1),)), *map(complement, alike)])
        pieces += [*alike, *([] if rest.is_empty else [rest])]
    return tuple(starts), pieces
