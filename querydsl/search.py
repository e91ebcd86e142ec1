"""A set of worlds -> the fewest terms that together are exactly that set.

The widest clause inside a box is unique: every positive literal that adds nothing but what is meant. So it is enough to
look at boxes, and a set is one term exactly if its tightest box, with the widest clause in it, is the set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache, reduce
from itertools import combinations, pairwise
from operator import or_
from typing import Final

import attrs

from .domains import Days, join
from .literals import Literal, fits_box, fits_clause, merged
from .normal import Term
from .worlds import Worlds

#: Boxes that the exact cover looks at: enough for any four conditions.
MAX_BOXES: Final = 2_500
#: Steps that the search for the smallest cover may take, and tries at taking two overlapping terms apart.
MAX_STEPS: Final = 20_000
#: Of more values than this that can be carried together, not every combination is tried.
_MAX_COMBINED: Final = 4


@attrs.frozen
class Search:
    """The search for terms, among the worlds of an expression, that together are the worlds it means."""

    worlds: Worlds
    meant: int

    # One term

    def one_term(self, target: int) -> Term | None:
        """The term that is exactly the target, if there is one."""
        literals = self._tightest_box(target)
        inside = self.worlds.where_all(literals)
        clause: list[Literal] = []
        if inside != target:
            clause = self._widest_clause(inside & ~target)
            if inside & self.worlds.where_any(clause) != target:
                return None
        return self._trimmed(literals, clause, target)

    def _tightest_box(self, target: int) -> list[Literal]:
        """The literals that hold in every world of the target."""
        found: list[Literal] = []
        for field, cells in self.worlds.cells.items():
            values = join(cell.values for cell in cells if cell.worlds & target)
            said = Literal(field, values)
            if isinstance(values, Days) and not fits_box(said):
                said = Literal(field, Days(((values.spans[0][0], values.spans[-1][1]),)))
            found += [] if said.values.is_full else [said]  # type: ignore[union-attr]
        for field, groups in self.worlds.carried.items():
            absent = [group.values for group in groups if not group.worlds & target]
            found += [Literal(field, values, False) for values in absent]
            found += self._required(field, target, frozenset[str]().union(*absent))
        return found

    def _required(self, field: str, target: int, absent: frozenset[str]) -> Iterator[Literal]:
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
                said = Literal(field, values)
                if not target & ~self.worlds.where(said):
                    found.append(values)
                    yield said

    @cached_property
    def _pieces(self) -> list[tuple[Literal, int]]:
        """The smallest positive literals, and half-lines of days, with their worlds."""
        found: list[Literal] = []
        for field, cells in self.worlds.cells.items():
            found += [said for cell in cells if fits_clause(said := Literal(field, cell.values))]
            if field == "create_date":
                last = max(cell.values.spans[-1][1] for cell in cells if isinstance(cell.values, Days))
                for before, after in pairwise(self.worlds.cuts):
                    assert before < after
                    found.append(Literal(field, Days(((self.worlds.cuts[0], after - 1),))))
                    found.append(Literal(field, Days(((after, last),))))
        for field, groups in self.worlds.carried.items():
            found += [Literal(field, group.values) for group in groups]
        return [(said, self.worlds.where(said)) for said in found]

    def _widest_clause(self, outside: int) -> list[Literal]:
        """Every positive literal that holds in no world outside."""
        return [said for said, where in self._pieces if not where & outside]

    def _trimmed(self, literals: list[Literal], clause: list[Literal], target: int) -> Term:
        """The term of a box and a clause without what is implied."""
        where = self.worlds.where
        inside = self.worlds.where_all(literals)
        kept = list(clause)
        for said in clause:
            fewer = [other for other in kept if other is not said]
            if inside & self.worlds.where_any(fewer) == target:
                kept = fewer
        any_of = self.worlds.where_any(kept) if kept else self.worlds.everything
        held = list(literals)
        for said in reversed(literals):
            fewer = [other for other in held if other is not said]
            if self.worlds.where_all(fewer) & any_of == target:
                held = fewer
        assert all(where(said) for said in held)
        box = merged("&", held)
        days = [said for said in kept if isinstance(said.values, Days)]
        others = merged("|", [said for said in kept if not isinstance(said.values, Days)])
        return Term(() if isinstance(box, bool) else tuple(box), (*days, *([] if isinstance(others, bool) else others)))

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

    def _in_box(self, inside: int) -> tuple[int, list[Literal]]:
        """What is meant of a box, as far as one term can hold it, and its clause."""
        outside = inside & ~self.meant
        if not outside:
            return inside, []
        clause = self._widest_clause(outside)
        return inside & self.worlds.where_any(clause), clause

    def _options(self) -> list[list[tuple[list[Literal], int]]] | None:
        """For each field, everything that a box can say of it; None if that makes too many boxes."""
        everything = self.worlds.everything
        found: list[list[tuple[list[Literal], int]]] = []
        count = 1
        for field, cells in self.worlds.cells.items():
            count *= (1 << min(len(cells), 30)) - 1
            if count > MAX_BOXES:
                return None
            said: list[tuple[list[Literal], int]] = [([], everything)]
            for size in range(len(cells) - 1, 0, -1):
                for some in combinations(cells, size):
                    one = Literal(field, join(cell.values for cell in some))
                    if fits_box(one):
                        said.append(([one], sum(cell.worlds for cell in some)))
            found.append(said)
        for field, groups in self.worlds.carried.items():
            if len(groups) > _MAX_COMBINED:
                return None
            said = []
            for absent, sets in _carryings(len(groups)):
                literals = [Literal(field, groups[n].values, False) for n in absent]
                literals += [Literal(field, frozenset().union(*(groups[n].values for n in some))) for some in sets]
                said.append((literals, self.worlds.where_all(literals)))
            count *= len(said)
            if count > MAX_BOXES:
                return None
            found.append(said)
        return found

    def _exact_cover(self, options: list[list[tuple[list[Literal], int]]]) -> list[Term]:
        """The fewest terms, among the widest ones of all boxes."""
        boxes: list[tuple[list[Literal], int]] = [([], self.worlds.everything)]
        for said in options:
            boxes = [
                ([*literals, *more], where)
                for literals, inside in boxes
                for more, within in said
                if (where := inside & within) & self.meant
            ]
        widest: dict[int, tuple[list[Literal], list[Literal]]] = {}
        for literals, inside in boxes:
            where, clause = self._in_box(inside)
            if where and (where not in widest or len(literals) < len(widest[where][0])):
                widest[where] = literals, clause
        sets = sorted(widest, key=lambda where: (-where.bit_count(), where))
        sets = [where for n, where in enumerate(sets) if not any(not where & ~wider for wider in sets[:n])]
        return [self._trimmed(*widest[sets[n]], sets[n]) for n in _smallest_cover(sets, self.meant)]

    def _greedy_cover(self, written: Sequence[Term], limit: int) -> list[Term]:
        """Terms from given ones, or from single worlds, widened one after the other until all is covered."""
        found: list[tuple[int, Term]] = []
        left = self.meant
        starts = sorted(((self.where(term), term) for term in written), key=lambda one: -one[0].bit_count())
        for where, term in starts:
            if where & left:
                found.append(self._widened(list(term.literals), where & left))
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
            others = reduce(or_, (where for where, term in kept if term is not one[1]), 0)
            if not self.meant & ~others:
                kept = [other for other in kept if other[1] is not one[1]]
        return [term for _, term in kept]

    def _widened(self, literals: list[Literal], target: int) -> tuple[int, Term]:
        """A term that holds the target and as much more of what is meant as dropping literals gives."""
        held = literals
        for said in literals:
            fewer = [other for other in held if other is not said]
            where, _ = self._in_box(self.worlds.where_all(fewer))
            if not target & ~where:
                held = fewer
        where, clause = self._in_box(self.worlds.where_all(held))
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
        options = self._options() or []
        tries = 0
        boxes: list[tuple[list[Literal], int]] = [([], self.worlds.everything)]
        for said in options:
            boxes = [([*literals, *more], inside & within) for literals, inside in boxes for more, within in said]
        for literals, inside in boxes if options else []:
            _, clause = self._in_box(inside)
            for size in range(len(clause), -1, -1):
                for some in combinations(clause, size):
                    tries += 1
                    if tries > MAX_STEPS:
                        return terms
                    part = inside & self.worlds.where_any(some) if some else inside
                    if not part or part & ~self.meant or part == self.meant:
                        continue
                    rest = self.one_term(self.meant & ~part)
                    if rest is not None:
                        return [self._trimmed(literals, list(some), part), rest]
        return terms


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
