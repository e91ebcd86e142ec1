"""A set of rows of the truth table -> the term that is exactly this set, or a wider term within the wanted rows.

A term constrains each field independently, and has at most one clause. So two choices are unique for each field: the
*tightest* constraint that holds in some rows, and, given those of the other fields, the *widest* that keeps other rows
out. K is the set of kinds of a field in these rows (`TruthTable.kinds`), and A the set of values that a term says are
absent:

    single-valued    tightest = K                           widest = not K
    many-valued      tightest = (K, or with more) & no A    widest = not (K, or with fewer) & no A

The widest clause beside a conjunction is unique too: every positive constraint that adds only wanted rows. So a set of
rows is a single term exactly if it equals its tightest conjunction with the widest clause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial, reduce
from math import comb
from operator import and_, or_

import attrs

from ..spec.value_sets import Spans, ValueSet, join
from .constraints import MAX_REQUIRED, Constraint, conjoined, disjoined, fits_and, fits_or
from .terms import Term
from .truth_table import Block, TruthTable

#: A constraint, and the rows in which it holds.
Placed = tuple[Constraint, int]


@attrs.frozen
class Implicants:
    """The terms within the rows that an expression means."""

    table: TruthTable
    meant: int
    #: Constraints for clauses, in addition to the smallest ones.
    known: tuple[Constraint, ...] = ()

    # Results as rows

    def hull(self, target: int) -> int:
        """The rows of the tightest conjunction that holds in every row of the target."""
        return self._all(self._tightest_of_each(target))

    def beside(self, inside: int, within: int) -> int:
        """The rows of a conjunction with its widest clause: no other clause keeps more of the allowed rows."""
        outside = inside & ~within
        return inside & self._clause_rows(outside) if outside else inside

    def holds(self, target: int) -> bool:
        """Whether some term has every row of the target, and only wanted rows."""
        return not target & ~self.beside(self.hull(target), self.meant)

    def is_term(self, target: int) -> bool:
        """Whether some term is exactly the target."""
        said = self._tightest_of_each(target)
        return self.beside(self._all(said), target) == target and all(
            self._is_sayable(field, kinds) for field, kinds in said.items()
        )

    def widened(self, target: int, fields: Sequence[str] = ()) -> int:
        """The rows of a term that contains the target, widened one field after the other; 0 if there is no such term.

        First it loosens each field where a narrower clause compensates for that. Then it takes the widest constraint on
        each field.
        """
        said = self._tightest_of_each(target)
        is_sayable = all(self._is_sayable(field, kinds) for field, kinds in said.items())
        if not is_sayable or target & ~self.beside(self._all(said), self.meant):
            return 0
        for field in fields or said:
            others = self._all(said, field)
            for less in self._ways_to_say_less(field):
                kinds = less(said[field])
                inside = others & self.table.rows_of(field, kinds)
                if (
                    kinds != said[field]
                    and not target & ~self.beside(inside, self.meant)
                    and self._is_sayable(field, kinds)
                ):
                    said[field] = kinds
        outside = self._all(said) & ~self.meant
        clause = self._clause_rows(outside) if outside else self.table.all_rows
        for field in fields or said:
            keep_out = self._all(said, field) & clause & ~self.meant
            if keep_out:
                said[field] = self._widest(field, said[field], keep_out)
        rows = self.beside(self._all(said), self.meant)
        return 0 if self._may_be_too_long and not self.is_term(rows) else rows

    def widest_without(self, field: str, absent: int) -> int:
        """The rows of the widest term that says only that some groups of one many-valued field are absent.

        Zero if no term can say this.
        """
        kinds = self.table.layouts[field].kinds
        for n, (_, having) in enumerate(self.table.layouts[field].groups):
            kinds &= ~having if absent >> n & 1 else kinds
        keep_out = self.table.rows_of(field, kinds) & ~self.meant
        rows = self.table.rows_of(field, self._widest(field, kinds, keep_out))
        return 0 if rows & ~self.meant else rows

    def _all(self, said: dict[str, int], but: str = "") -> int:
        """The rows in which the constraints of all fields hold, except one field."""
        rows = self.table.all_rows
        for field, kinds in said.items():
            if field != but and kinds != self.table.layouts[field].kinds:
                rows &= self.table.rows_of(field, kinds)
        return rows

    def _tightest_of_each(self, target: int) -> dict[str, int]:
        return {field: self._tightest(field, target) for field in self.table.layouts}

    def _tightest(self, field: str, target: int) -> int:
        """The kinds of a field that the tightest conjunction for the target leaves."""
        kinds = self.table.kinds(field, target)
        if field in self.table.carried:
            return self.table.with_more(field, kinds) & self._without_absent(field, kinds)
        if self._is_sayable(field, kinds):
            return kinds
        values = join(block.values for _, block in self._blocks(field, kinds))
        assert isinstance(values, Spans)  # a conjunction cannot say this of a field with an order
        return self.table.kinds(field, self.table.where(Constraint(field, values.hull())))

    def _widest(self, field: str, said: int, keep_out: int) -> int:
        """The kinds that the loosest constraint on a field leaves, while it still keeps some rows out."""
        wrong = self.table.kinds(field, keep_out)
        if field in self.table.carried:
            none = self._without_absent(field, said)
            kinds = none & ~self.table.with_fewer(field, wrong & none)
            return kinds if self._is_sayable(field, kinds) else said
        kinds = self.table.layouts[field].kinds & ~wrong
        if self._is_sayable(field, kinds):
            return kinds
        more = [kind for kind, _ in self._blocks(field, kinds)]
        for kind in (*more, *reversed(more)):
            if self._is_sayable(field, said | kind):
                said |= kind
        return said

    def _ways_to_say_less(self, field: str) -> list[Callable[[int], int]]:
        """Looser constraints on a field: none; on a many-valued field also without its absent values, without its
        carried values, or without one absent value.
        """
        layout = self.table.layouts[field]
        ways: list[Callable[[int], int]] = [lambda _: layout.kinds]
        if layout.groups:
            ways += [partial(self.table.with_more, field), partial(self._without_absent, field)]
            ways += [partial(self._allowing, field, having) for _, having in layout.groups]
        return ways

    def _allowing(self, field: str, having: int, said: int) -> int:
        """The kinds that a constraint leaves when videos may also carry some further values."""
        return self.table.with_more(field, said) & self._without_absent(field, said | having)

    def _without_absent(self, field: str, said: int) -> int:
        """The kinds that carry no other values than the given kinds do."""
        kinds = self.table.layouts[field].kinds
        for _, having in self.table.layouts[field].groups:
            if not having & said:
                kinds &= ~having
        return kinds

    def _blocks(self, field: str, kinds: int) -> list[tuple[int, Block[ValueSet]]]:
        """The blocks of a field that are among some kinds, and the kind of each block."""
        stride = self.table.layouts[field].stride
        placed = ((1 << n * stride, block) for n, block in enumerate(self.table.blocks[field]))
        return [(kind, block) for kind, block in placed if kind & kinds]

    def _is_sayable(self, field: str, kinds: int) -> bool:
        """Whether a conjunction can say that a row is one of these kinds, as the tightest constraint leaves them."""
        if field in self.table.carried:
            return not self._may_be_too_long or self._most_without(field, kinds).bit_count() <= MAX_REQUIRED
        if field not in self.table.cuts or kinds == self.table.layouts[field].kinds:
            return True
        return fits_and(Constraint(field, join(block.values for _, block in self._blocks(field, kinds))))

    @cached_property
    def _may_be_too_long(self) -> bool:
        """Whether a term can take too many conditions on one field: n values take at most n over n/2 (Sperner)."""
        sizes = map(len, self.table.carried.values())
        return any(comb(size, size // 2) > MAX_REQUIRED for size in sizes)

    def _most_without(self, field: str, said: int) -> int:
        """The largest kinds that are missing only because they lack a carried value."""
        without = self._without_absent(field, said) & ~said
        return without & ~self.table.without_one(field, without)

    # Results as constraints

    def term(self, target: int) -> Term | None:
        """The term that is exactly the target, if there is one."""
        if not self.is_term(target):
            return None
        outside = self.hull(target) & ~target
        return self._trimmed(self._tightest_conjunction(target), self._widest_clause(outside), target)

    def placed(self, constraint: Constraint) -> Placed:
        return constraint, self.table.where(constraint)

    def _tightest_conjunction(self, target: int) -> list[Placed]:
        """The constraints that hold in every row of the target."""
        found: list[Placed] = []
        for field, kinds in self._tightest_of_each(target).items():
            if field in self.table.carried:
                found += map(self.placed, self._carrying(field, kinds))
            elif kinds != self.table.layouts[field].kinds:
                values = join(block.values for _, block in self._blocks(field, kinds))
                found.append((Constraint(field, values), self.table.rows_of(field, kinds)))
        return found

    def _carrying(self, field: str, said: int) -> Iterator[Constraint]:
        """The absent values, and the smallest sets of values of which one is carried."""
        groups = [*zip(self.table.layouts[field].groups, self.table.carried[field], strict=True)]
        yield from (Constraint(field, group.values, False) for (_, having), group in groups if not having & said)
        present = [(having, group.values) for (_, having), group in groups if having & said]
        left = self._most_without(field, said)
        sets: list[tuple[int, ...]] = []
        while left:
            kind = left & -left
            sets.append(tuple(n for n, (having, _) in enumerate(present) if not having & kind))
            left ^= kind
        for some in sorted(sets, key=lambda some: (len(some), some)):
            yield Constraint(field, frozenset[str]().union(*(present[n][1] for n in some)))

    @cached_property
    def smallest(self) -> list[Placed]:
        """The smallest positive constraints, and for an order all values before, or from, each cut."""
        found: list[Placed] = []
        for field, blocks in self.table.blocks.items():
            placed = [(Constraint(field, block.values), block.rows) for block in blocks]
            found += [one for one in placed if fits_or(one[0])]
            some = blocks[0].values
            for cut in self.table.cuts.get(field, ())[1:]:
                assert isinstance(some, Spans)
                for span in ((some.scale.least, cut - 1), (cut, some.scale.most)):
                    found.append(self.placed(Constraint(field, some.only(span))))
        for field, groups in self.table.carried.items():
            found += [(Constraint(field, group.values), group.rows) for group in groups]
        return [*found, *map(self.placed, self.known)]

    def _widest_clause(self, outside: int) -> list[Placed]:
        """Every positive constraint that holds in no row outside; nothing if there is no row outside."""
        return [placed for placed in self.smallest if not placed[1] & outside] if outside else []

    def _clause_rows(self, outside: int) -> int:
        """The rows of the widest clause that holds in no row outside."""
        found = 0
        for _, rows in self.smallest:
            if not rows & outside:
                found |= rows
        return found

    def _trimmed(self, conjunction: Sequence[Placed], clause: Sequence[Placed], target: int) -> Term:
        """The term of a conjunction and a clause, without implied parts."""
        inside = reduce(and_, (rows for _, rows in conjunction), self.table.all_rows)
        kept = [placed for placed in clause if placed[1] & inside]
        for placed in list(kept):
            fewer = [other for other in kept if other is not placed]
            if inside & union(rows for _, rows in fewer) == target:
                kept = fewer
        within = union(rows for _, rows in kept) if kept else self.table.all_rows
        needed = list(conjunction)
        for placed in reversed(conjunction):
            fewer = [other for other in needed if other is not placed]
            if reduce(and_, (rows for _, rows in fewer), within) == target:
                needed = fewer
        constraints = conjoined(one for one, _ in needed)
        ordered = [one for one, _ in kept if isinstance(one.values, Spans)]
        others = disjoined(one for one, _ in kept if not isinstance(one.values, Spans))
        assert constraints is not None  # the target has rows
        assert others is not None  # no constraint of a clause holds everywhere
        return Term(tuple(constraints), (*ordered, *others))


def union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)
