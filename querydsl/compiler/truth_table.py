"""The truth table of an expression: a row for each kind of video that it can tell apart; a set of rows is an int.

The fields are independent, so the rows are all combinations of the possibilities of each field. A set of rows has a bit
for each row: `&`, `|` and `~` on ints then answer any question about an expression exactly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from itertools import pairwise
from math import prod
from operator import and_, or_
from typing import Generic, NamedTuple, TypeVar

import attrs

from ..language.walks import folded
from ..spec.value_sets import Spans, ValueSet, Words, complement, join, meet
from .constraints import Constraint
from .forms import Part, parts_of

#: The most rows of a table: beyond, each set of rows would take over 8 KiB.
MAX_ROWS = 1 << 16


#: Up to this number, single values cut an order in two; more of them would make too many rows.
_MAX_CUT_VALUES = 4
#: Limits: pieces of an order, and look-ups of single values in sets. Beyond them there are too many rows anyway.
_MAX_PIECES, _MAX_LOOKS = 256, 20_000


V = TypeVar("V", ValueSet, frozenset[str])


@attrs.frozen
class Block(Generic[V]):
    """Values of a field that no constraint tells apart, and the rows that have (or carry) any of them."""

    values: V
    rows: int


class Layout(NamedTuple):
    """The positions of rows that differ in one field only; the *kind* of a row is its possibility in this field.

    A set of kinds is an int too: the rows of these kinds, where every other field has its first kind.
    """

    #: The distance between rows of one kind and the next; and the distance after which kinds repeat.
    stride: int
    period: int
    #: All kinds.
    kinds: int
    #: For each group of carried values: the distance between the kinds without and with it, and the kinds with it.
    groups: tuple[tuple[int, int], ...] = ()


@attrs.frozen
class TruthTable:
    """All combinations of what can be true of each field."""

    #: For each single-valued field, its blocks: each row has a value of exactly one.
    blocks: dict[str, tuple[Block[ValueSet], ...]]
    #: For each many-valued field, its groups of values: each row carries any number of them.
    carried: dict[str, tuple[Block[frozenset[str]], ...]]
    #: The set of all rows.
    all_rows: int
    #: For each many-valued field, the sets of values that the constraints name.
    named: dict[str, tuple[frozenset[str], ...]]
    #: For each field with an order, the numbers at which a range starts, or at which the values after a range start.
    cuts: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, constraints: Iterable[Constraint], most: int = MAX_ROWS) -> TruthTable | None:
        """The table of all that some constraints tell apart; None if it has more than `most` rows."""
        named: dict[str, list[frozenset[str]]] = {}
        single: dict[str, list[ValueSet]] = {}
        for field, values, _ in dict.fromkeys(constraints):
            if isinstance(values, frozenset):
                named.setdefault(field, []).append(values)
            else:
                single.setdefault(field, []).append(values)
        splits = {field: _split(sets) for field, sets in single.items()}
        groups = {field: _groups(sets) for field, sets in named.items()}
        count = prod(len(split.pieces) for split in splits.values()) << sum(map(len, groups.values()))
        if count > most or not all(split.pieces for split in splits.values()):
            return None
        stride = 1
        blocks: dict[str, tuple[Block[ValueSet], ...]] = {}
        for field, split in splits.items():
            size = len(split.pieces)
            blocks[field] = tuple(
                Block(values, _every(stride, place, size, count)) for place, values in enumerate(split.pieces)
            )
            stride *= size
        carried: dict[str, tuple[Block[frozenset[str]], ...]] = {}
        for field, sets in groups.items():
            carried[field] = tuple(
                Block(values, _every(stride << place, 1, 2, count)) for place, values in enumerate(sets)
            )
            stride <<= len(sets)
        return cls(
            blocks,
            carried,
            (1 << count) - 1,
            {field: tuple(sets) for field, sets in named.items()},
            {field: split.cuts for field, split in splits.items() if split.cuts},
        )

    def where(self, constraint: Constraint) -> int:
        """The rows in which a constraint holds.

        The table must have been made of the constraint, or the constraint must be a union of blocks: then it contains
        every block that it overlaps.
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

    def where_form(self, form: Part) -> int:
        """The rows in which a normal form holds."""

        def made(part: Part, sets: list[int]) -> int:
            if isinstance(part, Constraint):
                return self.where(part)
            return reduce(and_ if part.kind == "&" else or_, sets)

        return folded(form, parts_of, made, key=lambda part: part)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self.all_rows.bit_length()

    # The kinds of one field

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """The layout of each field."""
        found: dict[str, Layout] = {}
        stride = 1
        for field, blocks in self.blocks.items():
            period = stride * len(blocks)
            found[field] = Layout(stride, period, _every(1, 0, stride, period))
            stride = period
        for field, groups in self.carried.items():
            period = stride << len(groups)
            kinds = _every(1, 0, stride, period)
            found[field] = Layout(
                stride, period, kinds, tuple((stride << n, group.rows & kinds) for n, group in enumerate(groups))
            )
            stride = period
        return found

    def kinds(self, field: str, rows: int) -> int:
        """The kinds of a field that some rows have."""
        stride, period, kinds, _ = self.layouts[field]
        count = rows.bit_length()
        while count > period:  # move the later half of the periods onto the earlier half
            half = -(-count // period // 2) * period or period
            rows = (rows & ((1 << half) - 1)) | rows >> half
            count = half
        done = 1
        while done < stride:  # move all rows of a stride onto the first one
            more = min(done, stride - done)
            rows |= rows >> more
            done += more
        return rows & kinds

    def rows_of(self, field: str, kinds: int) -> int:
        """The rows that have any of some kinds of a field."""
        stride, period, _, _ = self.layouts[field]
        rows = (kinds << stride) - kinds
        count = self.all_rows.bit_length()
        while period < count:
            rows |= rows << period
            period *= 2
        return rows & self.all_rows

    def with_more(self, field: str, kinds: int) -> int:
        """The given kinds, and those that carry further values."""
        for stride, having in self.layouts[field].groups:
            kinds |= (kinds & ~having) << stride
        return kinds

    def with_fewer(self, field: str, kinds: int) -> int:
        """The given kinds, and those that carry only some of their values."""
        for stride, having in self.layouts[field].groups:
            kinds |= (kinds & having) >> stride
        return kinds

    def without_one(self, field: str, kinds: int) -> int:
        """The kinds that equal one of the given kinds without the values of one group."""
        return reduce(or_, ((kinds & having) >> stride for stride, having in self.layouts[field].groups))


def _every(stride: int, place: int, size: int, count: int) -> int:
    """The bits out of `count` whose number, divided by the stride, leaves `place` modulo `size`."""
    bits = ((1 << stride) - 1) << (place * stride)
    width = stride * size
    while width < count:
        bits |= bits << width
        width *= 2
    return bits & ((1 << count) - 1)


def _groups(sets: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Group the values that are in exactly the same sets."""
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


class _Split(NamedTuple):
    """All values of a single-valued field, cut into pieces; each set has a piece as a whole, or not at all."""

    #: An empty list means that there are too many pieces.
    pieces: list[ValueSet]
    cuts: tuple[int, ...] = ()


def _split(sets: Sequence[ValueSet]) -> _Split:
    ordered = [one for one in sets if isinstance(one, Spans)]
    return _split_spans(ordered) if ordered else _split_words([one for one in sets if isinstance(one, Words)])


def _split_words(sets: Sequence[Words]) -> _Split:
    table = sets[0].table
    pieces: list[ValueSet] = [Words(values, False, table) for values in _groups([one.texts for one in sets])]
    named = frozenset[str]().union(*(one.texts for one in sets))
    if table is None:
        pieces.append(Words(named, True))
    elif table - named:
        pieces.append(Words(table - named, False, table))
    return _Split(pieces)


def _split_spans(sets: Sequence[Spans]) -> _Split:
    """Ranges cut an order, since one query cannot treat both sides independently. Single values, in a set or left out
    of one, cut it only while they are few: a query lists them.
    """
    cuts, single = _cuts(sets)
    scale = sets[0].scale
    named = frozenset[int]().union(*{id(one.listed): one.listed for one in sets}.values())
    starts = sorted({scale.least, *(cut for cut in cuts if cut <= scale.most)})
    if len(starts) > _MAX_PIECES or len(single) * len(sets) > _MAX_LOOKS:
        return _Split([])
    pieces: list[ValueSet] = []
    for start, after in zip(starts, [*starts[1:], scale.most + 1], strict=True):
        alike: dict[tuple[bool, ...], list[ValueSet]] = {}
        for number in single[bisect_left(single, start) : bisect_left(single, after)]:
            alone = Spans(((number, number),), scale, named)
            alike.setdefault(tuple(one.overlaps(alone) for one in sets), []).append(alone)
        together = [join(group) for group in alike.values()]
        rest = meet([Spans(((start, after - 1),), scale, named), *map(complement, together)])
        pieces += [*together, *([] if rest.is_empty else [rest])]
    return _Split(pieces, tuple(starts))


def _cuts(sets: Sequence[Spans]) -> tuple[set[int], list[int]]:
    """The positions at which ranges cut an order, and the single values that do not cut it, sorted."""
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
    if len(single) <= _MAX_CUT_VALUES:
        cuts.update(cut for number in single for cut in (number, number + 1))
        single.clear()
    return cuts, sorted(single)
