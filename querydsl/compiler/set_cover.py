"""The rows that an expression means -> the fewest terms whose union is exactly these rows.

The fewest terms can always be prime implicants: terms within the wanted rows that cannot be widened. While all of them
can be listed, their smallest cover is the answer. Otherwise the search finds some of them, as the program espresso
does: it widens terms in two orders of the fields, and combines them in pairs. The answer is then the smallest cover by
those found.

If no term holds two of n rows, they need n terms: so a cover with n terms is the fewest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import chain, combinations, islice, product
from typing import Final

import attrs

from ..spec.value_sets import ValueSet, join
from .constraints import Constraint, fits_and
from .implicants import Implicants, union
from .overlap import narrowed, needed, own_rows
from .terms import Term
from .truth_table import Block, TruthTable

#: Conjunctions that the exact cover may look at: enough for any four conditions.
MAX_CONJUNCTIONS: Final = 2_500
#: Steps that the search for the smallest cover may take.
MAX_STEPS: Final = 20_000
#: Attempts to find one more prime implicant, for a table with this many rows; with more rows there are fewer attempts.
MAX_TRIES: Final = 1_200
#: Rows that all the attempts together may look at.
MAX_ROWS_TRIED: Final = 1 << 23
#: Above this number of values that can be carried together, not every combination is tried.
_MAX_COMBINED: Final = 4
#: For a single many-valued field, all prime implicants are listed up to this number of values.
_MAX_ALONE: Final = 8
#: Rows of each set that are tried for the proof that fewer terms are impossible.
_MAX_LOOKS: Final = 8
#: Covers with more terms than this are not improved.
_MAX_IMPROVED: Final = 64
#: Above this number of terms, there is no attempt to prove that fewer are impossible.
_MAX_PROVEN: Final = 16
#: How many of the rows that a cover lacks are added in each round.
_AT_ONCE: Final = 8


@attrs.frozen
class CoverSearch:
    """The search for the fewest terms whose union is the rows that an expression means."""

    table: TruthTable
    meant: int
    #: Constraints for clauses, in addition to the smallest ones.
    known: tuple[Constraint, ...] = ()

    @cached_property
    def implicants(self) -> Implicants:
        return Implicants(self.table, self.meant, self.known)

    def single_term(self, target: int) -> Term | None:
        """The term that is exactly the target, if there is one."""
        return self.implicants.term(target)

    def where(self, term: Term) -> int:
        """The rows of a term."""
        inside = self.table.where_all(term.constraints)
        return inside & self.table.where_any(term.clause) if term.clause else inside

    def cover(self, written: Sequence[Term], limit: int) -> list[Term]:
        """The fewest terms whose union is the wanted rows; never more than the given ones, if there are any."""
        primes = self._primes()
        if primes is not None:
            return self._terms(_smallest_cover(primes, self.meant))
        found = self._widened_cover(written, limit)
        if len(found) <= min(limit, _MAX_IMPROVED) and not self._is_fewest(found):
            found = self._better_cover(found, [self.where(term) for term in written])
        return list(written) if written and len(written) <= len(found) else self._terms(found, written)

    def disjoint(self, found: Sequence[Term]) -> list[Term]:
        """The same number of terms with the same union, and as few shared rows as the search finds."""
        sets = needed([*map(self.where, found)])
        conjunctions = self._conjunctions if len(sets) == 2 else None
        return self._terms(narrowed(self.implicants, sets, conjunctions), found)

    def _terms(self, sets: Sequence[int], known: Sequence[Term] = ()) -> list[Term]:
        ready = {self.where(term): term for term in known}
        found = []
        for rows in sets:
            term = ready.get(rows) or self.implicants.term(rows)
            assert term is not None  # only sets that are a term are looked at
            found.append(term)
        return found

    # All prime implicants

    def _primes(self) -> list[int] | None:
        """The prime implicants, those with most rows first; None if they take too many conjunctions."""
        if not self.table.blocks and len(self.table.carried) == 1:
            # for a single many-valued field, each choice of absent values has one widest term
            [(field, groups)] = self.table.carried.items()
            if len(groups) <= _MAX_ALONE:
                found = _widest_sets(
                    self.implicants.widest_without(field, absent) for absent in range(1 << len(groups))
                )
                if union(found) == self.meant:  # a term with too many conditions does not count
                    return found
        conjunctions = self._conjunctions
        if conjunctions is None:
            return None
        return _widest_sets(self.implicants.beside(inside, self.meant) for inside in conjunctions)

    @cached_property
    def _conjunctions(self) -> list[int] | None:
        """The rows of every distinct conjunction; None if there are too many."""
        options = self._options()
        if options is None:
            return None
        found = [self.table.all_rows]
        for of_field in options:
            found = [rows for inside in found for within in of_field if (rows := inside & within) & self.meant]
        return found

    def _options(self) -> list[list[int]] | None:
        """For each field, the rows of every constraint on it; None if they make too many conjunctions."""
        found: list[list[int]] = []
        count = 1
        for field, blocks in self.table.blocks.items():
            count *= (1 << min(len(blocks), 30)) - 1
            if count > MAX_CONJUNCTIONS:
                return None
            found.append(self._options_of_blocks(field, blocks))
        for groups in self.table.carried.values():
            if len(groups) > _MAX_COMBINED:
                return None
            found.append(self._options_of_groups(groups))
            count *= len(found[-1])
            if count > MAX_CONJUNCTIONS:
                return None
        return found

    def _options_of_blocks(self, field: str, blocks: Sequence[Block[ValueSet]]) -> list[int]:
        some_blocks = chain.from_iterable(combinations(blocks, size) for size in range(len(blocks) - 1, 0, -1))
        return [
            self.table.all_rows,
            *(
                union(block.rows for block in some)
                for some in some_blocks
                if fits_and(Constraint(field, join(block.values for block in some)))
            ),
        ]

    def _options_of_groups(self, groups: Sequence[Block[frozenset[str]]]) -> list[int]:
        found = []
        for absent, sets in _carryings(len(groups)):
            rows = self.table.all_rows & ~union(groups[n].rows for n in absent)
            for some in sets:
                rows &= union(groups[n].rows for n in some)
            found.append(rows)
        return found

    # Some prime implicants

    def _widened_cover(self, written: Sequence[Term], limit: int) -> list[int]:
        """Widen given terms, or single rows, one after the other, until they are a cover or exceed the limit."""
        found: list[int] = []
        left = self.meant
        for rows in sorted(map(self.where, written), key=int.bit_count, reverse=True):
            if rows & left:
                found.append(self.implicants.widened(rows & left) or rows)
                left &= ~found[-1]
        while left and len(found) <= limit:
            found.append(self.implicants.widened(left & -left) or left & -left)
            left &= ~found[-1]
        return found if left else needed(found)

    def _is_fewest(self, found: Sequence[int]) -> bool:
        """Whether there are n rows of which no term holds two, for n sets: then fewer terms are impossible."""
        if len(found) < 3:
            return True  # the search has already tried one term
        if len(found) > _MAX_PROVEN:
            return False
        apart: list[int] = []
        for own in own_rows(found):
            looks = islice(_from_both_ends(own), _MAX_LOOKS)
            row = next((row for row in looks if not any(self.implicants.holds(row | other) for other in apart)), None)
            if row is None:
                return False
            apart.append(row)
        return True

    def _better_cover(self, found: list[int], written: Sequence[int]) -> list[int]:
        """The smallest cover by the prime implicants found from given sets, in two orders and in pairs."""
        pool = _Pool(self.implicants, dict.fromkeys(found), min(MAX_TRIES, MAX_ROWS_TRIED // self.table.count))
        best = found
        fields = tuple(self.table.layouts)
        for is_second in (False, True, False):
            own = own_rows(best)
            ends = [row for rows in (*own, *written) for row in islice(_from_both_ends(rows), 2)]
            if is_second:
                for target, order in product(dict.fromkeys([*own, *ends, *written]), (fields, fields[::-1])):
                    pool.widen(target, order)
            for one, other in combinations(dict.fromkeys([*own, *pool.known, *ends]), 2):
                pool.widen_both(one, other)
                if not pool.tries:
                    break
            best = min(best, _smallest_cover(_widest_sets(pool.known), self.meant), key=len)
            if not pool.tries or self._is_fewest(best):
                break
        return best


@attrs.define
class _Pool:
    """The known prime implicants, and the attempts left to find more."""

    implicants: Implicants
    known: dict[int, None]
    tries: int
    _tried: set[int] = attrs.field(factory=set, init=False)

    def widen(self, target: int, order: Sequence[str] = ()) -> None:
        """Look for a prime implicant that contains the target."""
        if self.tries:
            self.tries -= 1
            if rows := self.implicants.widened(target, order):
                self.known[rows] = None

    def widen_both(self, one: int, other: int) -> None:
        """Look for a prime implicant that contains two sets, unless one is known."""
        both = one | other
        if both not in self._tried:
            self._tried.add(both)
            if all(both & ~rows for rows in self.known):
                self.widen(both)


# Sets of rows


def _from_both_ends(rows: int) -> Iterator[int]:
    """The single rows: the first and the last, which carry least and most, then inwards to the middle."""
    while rows:
        yield (first := rows & -rows)
        rows ^= first
        if rows:
            yield (last := 1 << rows.bit_length() - 1)
            rows ^= last


def _widest_sets(sets: Iterable[int]) -> list[int]:
    """The sets that no other one contains, the largest first."""
    found: list[int] = []
    for rows in sorted(set(sets) - {0}, key=lambda rows: (-rows.bit_count(), rows)):
        if not any(not rows & ~wider for wider in found):
            found.append(rows)
    return found


@lru_cache(maxsize=8)
def _carryings(count: int) -> list[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]]:
    """Everything that a conjunction can say of a field where a video carries any of `count` values, the loosest first:
    the absent values, and sets of the others of which one is carried (no set contains another).
    """
    found = []
    for size in range(count + 1):
        for absent in combinations(range(count), size):
            present = [n for n in range(count) if n not in absent]
            subsets = [some for width in range(1, len(present) + 1) for some in combinations(present, width)]
            found += [(absent, sets) for sets in _antichains(tuple(subsets))]
    return sorted(found, key=lambda one: len(one[0]) + len(one[1]))


def _antichains(subsets: tuple[tuple[int, ...], ...]) -> list[tuple[tuple[int, ...], ...]]:
    """Every choice of subsets of which none contains another."""
    found: list[tuple[tuple[int, ...], ...]] = [()]
    for subset in subsets:  # the smaller ones come first
        found += [(*chosen, subset) for chosen in found if not any(set(other) <= set(subset) for other in chosen)]
    return found


def _smallest_cover(sets: Sequence[int], whole: int) -> list[int]:
    """The fewest sets that together have every row of the whole; proven the fewest within MAX_STEPS.

    A row is added only if the fewest sets for the rows so far lack it.
    """
    hard: list[int] = []
    steps = MAX_STEPS
    while True:
        numbers, steps = _smallest_hitting(hard, steps)
        chosen = [sets[n] for n in numbers]
        left = whole & ~union(chosen)
        if not left or not steps:
            break
        some = islice(_from_both_ends(left), _AT_ONCE)
        hard += [sum(1 << n for n, one in enumerate(sets) if one & row) for row in some]
    while left:
        chosen.append(max(sets, key=lambda rows: (rows & left).bit_count()))
        left &= ~chosen[-1]
    return needed(chosen)


def _smallest_hitting(hard: Iterable[int], steps: int) -> tuple[list[int], int]:
    """The fewest numbers so that each int has the bit of one of them; and the steps left."""
    least: list[int] = []
    for row in sorted(set(hard), key=lambda row: (row.bit_count(), row)):
        if not any(not other & ~row for other in least):
            least.append(row)
    best = _greedy_numbers(least)
    stack: list[tuple[list[int], Sequence[int]]] = [([], least)]
    while stack and steps:
        chosen, open_rows = stack.pop()
        steps -= 1
        if not open_rows:
            if len(chosen) < len(best):
                best = chosen
            continue
        if len(chosen) + _apart(open_rows) >= len(best):
            continue
        row = open_rows[0]
        stack += [([*chosen, n], [row for row in open_rows if not row >> n & 1]) for n in reversed(_bits(row))]
    return best, steps


def _greedy_numbers(rows: Sequence[int]) -> list[int]:
    """For each int without a chosen bit, the hardest first, the number whose bit most of the others have."""
    chosen: list[int] = []
    left = rows
    while left:
        most = max(_bits(left[0]), key=lambda n: sum(row >> n & 1 for row in left))
        chosen.append(most)
        left = [row for row in left if not row >> most & 1]
    return chosen


def _bits(number: int) -> list[int]:
    return [n for n in range(number.bit_length()) if number >> n & 1]


def _apart(rows: Sequence[int]) -> int:
    """The number of rows found of which no set has two: a lower bound for the number of sets."""
    taken = count = 0
    for row in rows:
        if not row & taken:
            taken |= row
            count += 1
    return count
