"""Terms that share rows -> terms with the same union and fewer shared rows: a video found twice costs quota twice.

If two terms share a row, either may give it up. So a term may be *narrowed* towards the rows that only it covers: any
term between those rows and its old rows can replace it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, combinations
from operator import or_
from typing import Final

from ..spec.value_sets import Words
from .constraints import Constraint
from .implicants import Implicants, union

#: Attempts to make two overlapping terms disjoint: enough for any four conditions.
MAX_TRIES: Final = 2_500


def narrowed(implicants: Implicants, sets: Sequence[int], conjunctions: Sequence[int] | None) -> list[int]:
    """Narrow each set towards the rows that only it covers. Two sets become disjoint if any two such terms are."""
    found = list(sets)
    if _shared(found) and len(found) == 2:
        found = _disjoint_pair(implicants, found, conjunctions or [])
    if not _shared(found):
        return found
    orders = [range(len(found)), range(len(found) - 1, -1, -1)]
    return min((_narrowed_in(implicants, found, order) for order in orders), key=_shared)


def _shared(sets: Sequence[int]) -> int:
    """The number of shared rows; a row in n sets counts n - 1 times."""
    return sum(map(int.bit_count, sets)) - union(sets).bit_count()


def _narrowed_in(implicants: Implicants, sets: Sequence[int], order: Sequence[int]) -> list[int]:
    found = list(sets)
    before = 0
    for n, after in zip(
        order, reversed([*accumulate((sets[n] for n in reversed(order[1:])), or_, initial=0)]), strict=True
    ):
        others = before | after
        if found[n] & others:
            narrow = _narrowest(implicants, found[n] & ~others, found[n])
            found[n] = narrow if implicants.is_term(narrow) else found[n]
        before |= found[n]
    return found


def _narrowest(implicants: Implicants, own: int, within: int) -> int:
    """The rows of a conjunction and a clause that has its own rows, and few of the others."""
    inside = implicants.hull(own)
    wide = inside if not inside & ~within else within
    clause = [rows for one, rows in implicants.smallest if not (rows & inside & ~within or _is_most_of_a_table(one))]
    if own & ~(inside & union(clause)):
        return wide
    clause.sort(key=lambda rows: (rows & inside & ~own).bit_count(), reverse=True)
    for rows in list(clause):
        fewer = [other for other in clause if other is not rows]
        if not own & ~union(fewer):
            clause = fewer
    return min(inside & union(clause), wide, key=int.bit_count)


def _is_most_of_a_table(one: Constraint) -> bool:
    """Whether a constraint lists most of a closed table: that would lose values that are not in the table."""
    values = one.values
    return isinstance(values, Words) and values.table is not None and 2 * len(values.texts) > len(values.table)


def needed(sets: Sequence[int]) -> list[int]:
    """The sets without those that the others cover; later sets are dropped first."""
    before = [*accumulate(sets, or_, initial=0)]
    kept: list[int] = []
    after = 0
    for n in range(len(sets) - 1, -1, -1):
        if sets[n] & ~(before[n] | after):
            kept.append(sets[n])
            after |= sets[n]
    return kept[::-1]


def own_rows(sets: Sequence[int]) -> list[int]:
    """The rows of each set that no other set has."""
    once = several = 0
    for rows in sets:
        several |= once & rows
        once |= rows
    return [rows & ~several for rows in sets]


def _disjoint_pair(implicants: Implicants, sets: list[int], conjunctions: Sequence[int]) -> list[int]:
    first, second = sets
    for whole, other in ((first, second), (second, first)):
        if implicants.is_term(other & ~whole):
            return [whole, other & ~whole]
    tries = 0
    for inside in conjunctions:
        outside = inside & ~implicants.meant
        clause = [rows for _, rows in implicants.smallest if not rows & outside] if outside else []
        for size in range(len(clause), -1, -1):
            for some in combinations(clause, size):
                tries += 1
                if tries > MAX_TRIES:
                    return sets
                part = inside & union(some) if some else inside
                if not part or part & ~implicants.meant or part == implicants.meant:
                    continue
                if implicants.is_term(part) and implicants.is_term(implicants.meant & ~part):
                    return [part, implicants.meant & ~part]
    return sets
