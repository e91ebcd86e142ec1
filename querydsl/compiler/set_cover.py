"""A set of rows of the truth table -> the fewest terms that together are exactly that set.

The widest clause beside a conjunction is unique: every positive constraint that adds only rows that are meant. So it is
enough to look at conjunctions: a set is a single term exactly if its tightest conjunction, with the widest clause, is
the set. The terms of the fewest are prime implicants: terms of rows that are meant, that cannot be widened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, reduce
from itertools import combinations
from operator import and_, or_
from typing import Final

import attrs

from ..spec.value_sets import Spans, ValueSet, join
from .constraints import Constraint, conjoined, disjoined, fits_and, fits_or
from .terms import Term
from .truth_table import Block, TruthTable

#: Conjunctions that the exact cover looks at: enough for any four conditions.
MAX_CONJUNCTIONS: Final = 2_500
#: Steps that the search for the smallest cover may take.
MAX_STEPS: Final = 20_000
#: Tries at making two overlapping terms disjoint: enough for any four conditions.
MAX_TRIES: Final = 2_500
#: Of more values than this that can be carried together, not every combination is tried.
_MAX_COMBINED: Final = 4


#: A constraint, and the rows in which it holds.
Placed = tuple[Constraint, int]
#: Constraints that all hold, and the rows in which they do.
Conjunction = tuple[list[Placed], int]


@attrs.frozen
class CoverSearch:
    """The search for the fewest terms that together are the rows that an expression means."""

    table: TruthTable
    meant: int
    #: Constraints for clauses, besides the smallest ones.
    known: tuple[Constraint, ...] = ()

    # One term

    def single_term(self, target: int) -> Term | None:
        """The term that is exactly the target, if there is one."""
        conjunction = self._tightest_conjunction(target)
        inside = self._all(conjunction)
        clause: list[Placed] = []
        if inside != target:
            clause = self._widest_clause(inside & ~target)
            if inside & _any(clause) != target:
                return None
        return self._trimmed(conjunction, clause, target)

    def _placed(self, constraint: Constraint) -> Placed:
        return constraint, self.table.where(constraint)

    def _all(self, conjunction: Iterable[Placed]) -> int:
        """The rows in which all the constraints hold."""
        return reduce(and_, (rows for _, rows in conjunction), self.table.all_rows)

    def _tightest_conjunction(self, target: int) -> list[Placed]:
        """The constraints that hold in every row of the target."""
        found: list[Placed] = []
        for field, blocks in self.table.blocks.items():
            present = [block for block in blocks if block.rows & target]
            if len(present) == len(blocks):
                continue
            values = join(block.values for block in present) if len(present) > 1 else present[0].values
            constraint = Constraint(field, values)
            if fits_and(constraint):
                found.append((constraint, _union(block.rows for block in present)))
            elif isinstance(values, Spans) and not values.hull().is_full:
                found.append(self._placed(Constraint(field, values.hull())))
        for field, groups in self.table.carried.items():
            absent = [group for group in groups if not group.rows & target]
            found += [(Constraint(field, group.values, False), self.table.all_rows & ~group.rows) for group in absent]
            found += self._required(field, target, frozenset[str]().union(*(group.values for group in absent)))
        return found

    def _required(self, field: str, target: int, absent: frozenset[str]) -> Iterator[Placed]:
        """The least sets of values of which every row of the target carries any."""
        present = [group for group in self.table.carried[field] if group.values.isdisjoint(absent)]
        sets: Iterator[frozenset[str]] | list[frozenset[str]]
        if len(present) <= _MAX_COMBINED + 1:
            choices = (some for size in range(1, len(present) + 1) for some in combinations(present, size))
            sets = (frozenset[str]().union(*(group.values for group in some)) for some in choices)
        else:
            named = {values - absent for values in self.table.named[field]} | {group.values for group in present}
            sets = sorted(named - {frozenset()}, key=lambda values: (len(values), sorted(values)))
        found: list[frozenset[str]] = []
        for values in sets:
            if not any(less <= values for less in found):
                placed = self._placed(Constraint(field, values))
                if not target & ~placed[1]:
                    found.append(values)
                    yield placed

    @cached_property
    def _smallest(self) -> list[Placed]:
        """The smallest positive constraints, and all values before, or from, a cut on."""
        found: list[Placed] = []
        for field, blocks in self.table.blocks.items():
            placed = [(Constraint(field, block.values), block.rows) for block in blocks]
            found += [one for one in placed if fits_or(one[0])]
            some = blocks[0].values
            for cut in self.table.cuts.get(field, ())[1:]:
                assert isinstance(some, Spans)
                for span in ((some.scale.least, cut - 1), (cut, some.scale.most)):
                    found.append(self._placed(Constraint(field, some.only(span))))
        for field, groups in self.table.carried.items():
            found += [(Constraint(field, group.values), group.rows) for group in groups]
        return [*found, *map(self._placed, self.known)]

    def _widest_clause(self, outside: int) -> list[Placed]:
        """Every positive constraint that holds in no row outside."""
        return [placed for placed in self._smallest if not placed[1] & outside]

    def _trimmed(self, conjunction: Sequence[Placed], clause: Sequence[Placed], target: int) -> Term:
        """The term of a conjunction and a clause without what is implied."""
        inside = self._all(conjunction)
        kept = [placed for placed in clause if placed[1] & inside]
        for placed in list(kept):
            fewer = [other for other in kept if other is not placed]
            if inside & _any(fewer) == target:
                kept = fewer
        within = _any(kept) if kept else self.table.all_rows
        needed = list(conjunction)
        for placed in reversed(conjunction):
            fewer = [other for other in needed if other is not placed]
            if self._all(fewer) & within == target:
                needed = fewer
        constraints = conjoined(one for one, _ in needed)
        ordered = [one for one, _ in kept if isinstance(one.values, Spans)]
        others = disjoined(one for one, _ in kept if not isinstance(one.values, Spans))
        assert constraints is not None  # the target has rows
        assert others is not None  # no constraint of a clause holds everywhere
        return Term(tuple(constraints), (*ordered, *others))

    # Several terms

    def cover(self, written: Sequence[Term], limit: int) -> list[Term]:
        """As few terms as possible that together are what is meant: never more than those given, if any are."""
        options = self._options()
        if options is not None:
            return self._exact_cover(options)
        widened = self._greedy_cover(written, limit)
        return list(written) if written and len(written) <= len(widened) else widened

    def where(self, term: Term) -> int:
        """The rows of a term."""
        inside = self.table.where_all(term.constraints)
        return inside & self.table.where_any(term.clause) if term.clause else inside

    def _implicant(self, inside: int) -> tuple[int, list[Placed]]:
        """What is meant of the rows of a conjunction, as far as one term can hold it, and the clause for that."""
        outside = inside & ~self.meant
        if not outside:
            return inside, []
        clause = self._widest_clause(outside)
        return inside & _any(clause), clause

    def _options(self) -> list[list[Conjunction]] | None:
        """For each field, all that a conjunction can say of it; None if that makes too many conjunctions."""
        found: list[list[Conjunction]] = []
        count = 1
        for field, blocks in self.table.blocks.items():
            count *= (1 << min(len(blocks), 30)) - 1
            if count > MAX_CONJUNCTIONS:
                return None
            found.append(self._options_of_blocks(field, blocks))
        for field, groups in self.table.carried.items():
            if len(groups) > _MAX_COMBINED:
                return None
            found.append(self._options_of_groups(field, groups))
            count *= len(found[-1])
            if count > MAX_CONJUNCTIONS:
                return None
        return found

    def _options_of_blocks(self, field: str, blocks: Sequence[Block[ValueSet]]) -> list[Conjunction]:
        found: list[Conjunction] = [([], self.table.all_rows)]
        for size in range(len(blocks) - 1, 0, -1):
            for some in combinations(blocks, size):
                constraint = Constraint(field, join(block.values for block in some))
                if fits_and(constraint):
                    rows = _union(block.rows for block in some)
                    found.append(([(constraint, rows)], rows))
        return found

    def _options_of_groups(self, field: str, groups: Sequence[Block[frozenset[str]]]) -> list[Conjunction]:
        found: list[Conjunction] = []
        for absent, sets in _carryings(len(groups)):
            constraints = [Constraint(field, groups[n].values, False) for n in absent]
            constraints += [Constraint(field, frozenset().union(*(groups[n].values for n in some))) for some in sets]
            conjunction = [self._placed(one) for one in constraints]
            found.append((conjunction, self._all(conjunction)))
        return found

    def _exact_cover(self, options: list[list[Conjunction]]) -> list[Term]:
        """The fewest terms, among the prime implicants."""
        widest: dict[int, tuple[list[Placed], list[Placed]]] = {}
        for conjunction, inside in self._conjunctions(options):
            rows, clause = self._implicant(inside)
            if rows and (rows not in widest or len(conjunction) < len(widest[rows][0])):
                widest[rows] = conjunction, clause
        sets = sorted(widest, key=lambda rows: (-rows.bit_count(), rows))
        prime = [rows for n, rows in enumerate(sets) if not any(not rows & ~wider for wider in sets[:n])]
        return [self._trimmed(*widest[prime[n]], prime[n]) for n in _smallest_cover(prime, self.meant)]

    def _conjunctions(self, options: list[list[Conjunction]]) -> list[Conjunction]:
        """Every conjunction with anything of what is meant in it."""
        found: list[Conjunction] = [([], self.table.all_rows)]
        for of_field in options:
            found = [
                ([*conjunction, *more], rows)
                for conjunction, inside in found
                for more, within in of_field
                if (rows := inside & within) & self.meant
            ]
        return found

    def _greedy_cover(self, written: Sequence[Term], limit: int) -> list[Term]:
        """Terms from given ones, or from single rows, widened one after the other until all is covered."""
        found: list[tuple[int, Term]] = []
        left = self.meant
        starts = sorted(((self.where(term), term) for term in written), key=lambda one: -one[0].bit_count())
        for rows, term in starts:
            if rows & left:
                found.append(self._widened([self._placed(one) for one in term.constraints], rows & left))
                left &= ~found[-1][0]
        while left and len(found) <= limit:
            row = left & -left
            found.append(self._widened(self._tightest_conjunction(row), row))
            left &= ~found[-1][0]
        return self._needed(found)

    def _needed(self, found: list[tuple[int, Term]]) -> list[Term]:
        """The terms without those that the others cover."""
        kept = list(found)
        for one in reversed(found):
            others = _union(rows for rows, term in kept if term is not one[1])
            if not self.meant & ~others:
                kept = [other for other in kept if other[1] is not one[1]]
        return [term for _, term in kept]

    def _widened(self, conjunction: list[Placed], target: int) -> tuple[int, Term]:
        """A term that has the target and as much more of what is meant as dropping constraints gives."""
        kept = conjunction
        for placed in conjunction:
            fewer = [other for other in kept if other is not placed]
            rows, _ = self._implicant(self._all(fewer))
            if not target & ~rows:
                kept = fewer
        rows, clause = self._implicant(self._all(kept))
        assert not target & ~rows
        return rows, self._trimmed(kept, clause, rows)

    # Disjoint terms

    def disjoint(self, found: Sequence[Term]) -> list[Term]:
        """As many terms that together are the same, without a row in two of them where that can be had."""
        terms = self._needed([(self.where(term), term) for term in found])
        sets = [self.where(term) for term in terms]
        if len(terms) == 2 and sets[0] & sets[1]:
            return self._disjoint_pair(terms, sets)
        before = sets[0]
        for n in range(1, len(terms)):
            if sets[n] & before:
                rest = self.single_term(sets[n] & ~before)
                if rest is not None:
                    terms[n], sets[n] = rest, sets[n] & ~before
            before |= sets[n]
        return terms

    def _disjoint_pair(self, terms: list[Term], sets: list[int]) -> list[Term]:
        first, second = sets
        for kept, whole, other in ((terms[0], first, second), (terms[1], second, first)):
            rest = self.single_term(other & ~whole)
            if rest is not None:
                return [kept, rest]
        tries = 0
        for conjunction, inside in self._conjunctions(self._options() or []):
            _, clause = self._implicant(inside)
            for size in range(len(clause), -1, -1):
                for some in combinations(clause, size):
                    tries += 1
                    if tries > MAX_TRIES:
                        return terms
                    part = inside & _any(some) if some else inside
                    if not part or part & ~self.meant or part == self.meant:
                        continue
                    rest = self.single_term(self.meant & ~part)
                    if rest is not None:
                        return [self._trimmed(conjunction, some, part), rest]
        return terms


def _union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def _any(clause: Iterable[Placed]) -> int:
    return reduce(or_, (rows for _, rows in clause), 0)


@lru_cache(maxsize=8)
def _carryings(count: int) -> list[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]]:
    """All that a conjunction can say of a field that carries any of `count` values, what says least first: the values
    that are absent, and sets of the others of which one is carried (no set inside another).
    """
    found = []
    for size in range(count + 1):
        for absent in combinations(range(count), size):
            present = [n for n in range(count) if n not in absent]
            subsets = [some for width in range(1, len(present) + 1) for some in combinations(present, width)]
            found += [(absent, sets) for sets in _antichains(tuple(subsets))]
    return sorted(found, key=lambda one: len(one[0]) + len(one[1]))


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
        row = left & -left
        rows.add(sum(1 << n for n, one in enumerate(sets) if one & row))
        left ^= row
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
