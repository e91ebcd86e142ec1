"""A set of worlds -> the fewest terms that together are exactly that set.

The widest clause inside a box is unique: every positive literal that adds nothing but what is meant. So it is enough to
look at boxes, and a set is one term exactly if its tightest box, with the widest clause in it, is the set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, reduce
from itertools import combinations
from operator import and_, or_
from typing import Final

import attrs

from ..spec.value_sets import Days, join
from .constraints import Literal, fits_box, fits_clause, merged
from .terms import Term
from .truth_table import Worlds

#: Boxes that the exact cover looks at: enough for any four conditions.
MAX_BOXES: Final = 2_500
#: Steps that the search for the smallest cover may take.
MAX_STEPS: Final = 20_000
#: Tries at taking two overlapping terms apart: enough for any four conditions.
MAX_TRIES: Final = 2_500
#: Of more values than this that can be carried together, not every combination is tried.
_MAX_COMBINED: Final = 4


#: A literal, and the worlds in which it holds.
Placed = tuple[Literal, int]
#: Literals of one box that all hold, and the worlds in which they do.
Option = tuple[list[Placed], int]


@attrs.frozen
class Search:
    """The search for terms, among the worlds of an expression, that together are the worlds it means."""

    worlds: Worlds
    meant: int
    #: Literals for clauses, besides the smallest ones.
    known: tuple[Literal, ...] = ()

    # One term

    def one_term(self, target: int) -> Term | None:
        """The term that is exactly the target, if there is one."""
        box = self._tightest_box(target)
        inside = self._all(box)
        clause: list[Placed] = []
        if inside != target:
            clause = self._widest_clause(inside & ~target)
            if inside & _any(clause) != target:
                return None
        return self._trimmed(box, clause, target)

    def _placed(self, said: Literal) -> Placed:
        return said, self.worlds.where(said)

    def _all(self, box: Iterable[Placed]) -> int:
        """The worlds in a box."""
        return reduce(and_, (where for _, where in box), self.worlds.everything)

    def _tightest_box(self, target: int) -> list[Placed]:
        """The literals that hold in every world of the target."""
        found: list[Placed] = []
        for field, cells in self.worlds.cells.items():
            held = [cell for cell in cells if cell.worlds & target]
            if len(held) == len(cells):
                continue
            said = Literal(field, join(cell.values for cell in held) if len(held) > 1 else held[0].values)
            if fits_box(said):
                found.append((said, _union(cell.worlds for cell in held)))
            elif isinstance(said.values, Days):
                hull = Days(((said.values.spans[0][0], said.values.spans[-1][1]),))
                found += [] if hull.is_full else [self._placed(Literal(field, hull))]
        for field, groups in self.worlds.carried.items():
            absent = [group for group in groups if not group.worlds & target]
            found += [(Literal(field, group.values, False), self.worlds.everything & ~group.worlds) for group in absent]
            found += self._required(field, target, frozenset[str]().union(*(group.values for group in absent)))
        return found

    def _required(self, field: str, target: int, absent: frozenset[str]) -> Iterator[Placed]:
        """The least sets of values of which every world of the target carries any."""
        present = [group for group in self.worlds.carried[field] if group.values.isdisjoint(absent)]
        sets: Iterator[frozenset[str]] | list[frozenset[str]]
        if len(present) <= _MAX_COMBINED + 1:
            choices = (some for size in range(1, len(present) + 1) for some in combinations(present, size))
            sets = (frozenset[str]().union(*(group.values for group in some)) for some in choices)
        else:
            named = {values - absent for values in self.worlds.named[field]} | {group.values for group in present}
            sets = sorted(named - {frozenset()}, key=lambda values: (len(values), sorted(values)))
        found: list[frozenset[str]] = []
        for values in sets:
            if not any(less <= values for less in found):
                placed = self._placed(Literal(field, values))
                if not target & ~placed[1]:
                    found.append(values)
                    yield placed

    @cached_property
    def _pieces(self) -> list[Placed]:
        """The smallest positive literals, and half-lines of days."""
        found: list[Placed] = []
        for field, cells in self.worlds.cells.items():
            said = [(Literal(field, cell.values), cell.worlds) for cell in cells]
            found += [one for one in said if fits_clause(one[0])]
            if field == "create_date":
                first, *later = self.worlds.cuts
                last = max(cell.values.spans[-1][1] for cell in cells if isinstance(cell.values, Days))
                for cut in later:
                    found.append(self._placed(Literal(field, Days(((first, cut - 1),)))))
                    found.append(self._placed(Literal(field, Days(((cut, last),)))))
        for field, groups in self.worlds.carried.items():
            found += [(Literal(field, group.values), group.worlds) for group in groups]
        return [*found, *map(self._placed, self.known)]

    def _widest_clause(self, outside: int) -> list[Placed]:
        """Every positive literal that holds in no world outside."""
        return [placed for placed in self._pieces if not placed[1] & outside]

    def _trimmed(self, box: Sequence[Placed], clause: Sequence[Placed], target: int) -> Term:
        """The term of a box and a clause without what is implied."""
        inside = self._all(box)
        kept = [placed for placed in clause if placed[1] & inside]
        for placed in list(kept):
            fewer = [other for other in kept if other is not placed]
            if inside & _any(fewer) == target:
                kept = fewer
        within = _any(kept) if kept else self.worlds.everything
        held = list(box)
        for placed in reversed(box):
            fewer = [other for other in held if other is not placed]
            if self._all(fewer) & within == target:
                held = fewer
        literals = merged("&", (said for said, _ in held))
        days = [said for said, _ in kept if isinstance(said.values, Days)]
        others = merged("|", (said for said, _ in kept if not isinstance(said.values, Days)))
        return Term(
            () if isinstance(literals, bool) else tuple(literals),
            (*days, *([] if isinstance(others, bool) else others)),
        )

    # Several terms

    def cover(self, written: Sequence[Term], limit: int) -> list[Term]:
        """As few terms as possible that together are what is meant: never more than those given, if any are."""
        options = self._options()
        if options is not None:
            return self._exact_cover(options)
        widened = self._greedy_cover(written, limit)
        return list(written) if written and len(written) <= len(widened) else widened

    def where(self, term: Term) -> int:
        """The worlds of a term."""
        inside = self.worlds.where_all(term.literals)
        return inside & self.worlds.where_any(term.clause) if term.clause else inside

    def _in_box(self, inside: int) -> tuple[int, list[Placed]]:
        """What is meant of a box, as far as one term can hold it, and its clause."""
        outside = inside & ~self.meant
        if not outside:
            return inside, []
        clause = self._widest_clause(outside)
        return inside & _any(clause), clause

    def _options(self) -> list[list[Option]] | None:
        """For each field, everything that a box can say of it; None if that makes too many boxes."""
        everything = self.worlds.everything
        found: list[list[Option]] = []
        count = 1
        for field, cells in self.worlds.cells.items():
            count *= (1 << min(len(cells), 30)) - 1
            if count > MAX_BOXES:
                return None
            said: list[Option] = [([], everything)]
            for size in range(len(cells) - 1, 0, -1):
                for some in combinations(cells, size):
                    one = Literal(field, join(cell.values for cell in some))
                    if fits_box(one):
                        where = _union(cell.worlds for cell in some)
                        said.append(([(one, where)], where))
            found.append(said)
        for field, groups in self.worlds.carried.items():
            if len(groups) > _MAX_COMBINED:
                return None
            said = []
            for absent, sets in _carryings(len(groups)):
                literals = [Literal(field, groups[n].values, False) for n in absent]
                literals += [Literal(field, frozenset().union(*(groups[n].values for n in some))) for some in sets]
                box = [self._placed(one) for one in literals]
                said.append((box, self._all(box)))
            count *= len(said)
            if count > MAX_BOXES:
                return None
            found.append(said)
        return found

    def _exact_cover(self, options: list[list[Option]]) -> list[Term]:
        """The fewest terms, among the widest ones of all boxes."""
        widest: dict[int, tuple[list[Placed], list[Placed]]] = {}
        for box, inside in self._boxes(options):
            where, clause = self._in_box(inside)
            if where and (where not in widest or len(box) < len(widest[where][0])):
                widest[where] = box, clause
        sets = sorted(widest, key=lambda where: (-where.bit_count(), where))
        sets = [where for n, where in enumerate(sets) if not any(not where & ~wider for wider in sets[:n])]
        return [self._trimmed(*widest[sets[n]], sets[n]) for n in _smallest_cover(sets, self.meant)]

    def _boxes(self, options: list[list[Option]]) -> list[Option]:
        """Every box with anything of what is meant in it."""
        boxes: list[Option] = [([], self.worlds.everything)]
        for said in options:
            boxes = [
                ([*box, *more], where)
                for box, inside in boxes
                for more, within in said
                if (where := inside & within) & self.meant
            ]
        return boxes

    def _greedy_cover(self, written: Sequence[Term], limit: int) -> list[Term]:
        """Terms from given ones, or from single worlds, widened one after the other until all is covered."""
        found: list[tuple[int, Term]] = []
        left = self.meant
        starts = sorted(((self.where(term), term) for term in written), key=lambda one: -one[0].bit_count())
        for where, term in starts:
            if where & left:
                found.append(self._widened([self._placed(said) for said in term.literals], where & left))
                left &= ~found[-1][0]
        while left and len(found) <= limit:
            world = left & -left
            found.append(self._widened(self._tightest_box(world), world))
            left &= ~found[-1][0]
        return self._needed(found)

    def _needed(self, found: list[tuple[int, Term]]) -> list[Term]:
        """The terms without those that the others cover."""
        kept = list(found)
        for one in reversed(found):
            others = _union(where for where, term in kept if term is not one[1])
            if not self.meant & ~others:
                kept = [other for other in kept if other[1] is not one[1]]
        return [term for _, term in kept]

    def _widened(self, box: list[Placed], target: int) -> tuple[int, Term]:
        """A term that holds the target and as much more of what is meant as dropping literals gives."""
        held = box
        for placed in box:
            fewer = [other for other in held if other is not placed]
            where, _ = self._in_box(self._all(fewer))
            if not target & ~where:
                held = fewer
        where, clause = self._in_box(self._all(held))
        assert not target & ~where
        return where, self._trimmed(held, clause, where)

    # Disjoint terms

    def disjoint(self, found: Sequence[Term]) -> list[Term]:
        """The same number of terms that together are the same, without a world in two of them where that can be had."""
        terms = self._needed([(self.where(term), term) for term in found])
        sets = [self.where(term) for term in terms]
        if len(terms) == 2 and sets[0] & sets[1]:
            return self._two_apart(terms, sets)
        before = sets[0]
        for n in range(1, len(terms)):
            if sets[n] & before:
                rest = self.one_term(sets[n] & ~before)
                if rest is not None:
                    terms[n], sets[n] = rest, sets[n] & ~before
            before |= sets[n]
        return terms

    def _two_apart(self, terms: list[Term], sets: list[int]) -> list[Term]:
        first, second = sets
        for kept, whole, other in ((terms[0], first, second), (terms[1], second, first)):
            rest = self.one_term(other & ~whole)
            if rest is not None:
                return [kept, rest]
        tries = 0
        for box, inside in self._boxes(self._options() or []):
            _, clause = self._in_box(inside)
            for size in range(len(clause), -1, -1):
                for some in combinations(clause, size):
                    tries += 1
                    if tries > MAX_TRIES:
                        return terms
                    part = inside & _any(some) if some else inside
                    if not part or part & ~self.meant or part == self.meant:
                        continue
                    rest = self.one_term(self.meant & ~part)
                    if rest is not None:
                        return [self._trimmed(box, some, part), rest]
        return terms


def _union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def _any(clause: Iterable[Placed]) -> int:
    return reduce(or_, (where for _, where in clause), 0)


@lru_cache(maxsize=8)
def _carryings(count: int) -> list[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]]:
    """What a box can say of a field that carries any of `count` values: those that are absent, and sets of the others
    of which one is carried (no set inside another). What says least comes first.
    """
    found = []
    for size in range(count + 1):
        for absent in combinations(range(count), size):
            present = [n for n in range(count) if n not in absent]
            subsets = [some for width in range(1, len(present) + 1) for some in combinations(present, width)]
            found += [(absent, sets) for sets in _antichains(tuple(subsets))]
    return sorted(found, key=lambda said: len(said[0]) + len(said[1]))


def _antichains(subsets: tuple[tuple[int, ...], ...]) -> list[tuple[tuple[int, ...], ...]]:
    """Every choice of subsets of which none holds another."""
    found: list[tuple[tuple[int, ...], ...]] = [()]
    for subset in subsets:  # the smaller ones come first
        found += [(*chosen, subset) for chosen in found if not any(set(other) <= set(subset) for other in chosen)]
    return found


def _smallest_cover(sets: Sequence[int], whole: int) -> list[int]:
    """The numbers of as few sets as possible that together have every bit of the whole; within MAX_STEPS the fewest."""
    rows: set[int] = set()
    left = whole
    while left:
        world = left & -left
        rows.add(sum(1 << n for n, one in enumerate(sets) if one & world))
        left ^= world
    hard = [row for row in rows if not any(other != row and not other & ~row for other in rows)]
    best = _greedy_numbers(hard, len(sets))
    steps = 0
    stack: list[tuple[list[int], list[int]]] = [([], sorted(hard, key=lambda row: (row.bit_count(), row)))]
    while stack and steps < MAX_STEPS:
        chosen, open_rows = stack.pop()
        steps += 1
        if not open_rows:
            if len(chosen) < len(best):
                best = chosen
            continue
        if len(chosen) + _apart(open_rows) >= len(best):
            continue
        row = open_rows[0]
        branches = [n for n in range(len(sets)) if row >> n & 1]
        stack += [([*chosen, n], [row for row in open_rows if not row >> n & 1]) for n in reversed(branches)]
    return best


def _greedy_numbers(rows: Sequence[int], count: int) -> list[int]:
    chosen: list[int] = []
    left = list(rows)
    while left:
        most = max(range(count), key=lambda n: sum(row >> n & 1 for row in left))
        chosen.append(most)
        left = [row for row in left if not row >> most & 1]
    return chosen


def _apart(rows: Sequence[int]) -> int:
    """How many rows share no set with each other: so many sets are needed at least."""
    taken = count = 0
    for row in rows:
        if not row & taken:
            taken |= row
            count += 1
    return count
