"""How near `to_queries` comes to the true optimum: every Boolean function of up to four conditions.

    python tests/benchmarks/optimality.py [--every N]

The optimum is found without the compiler: it makes all queries over the conditions, as sets of videos, and all unions
of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, product

from querydsl import Condition, Expression, Query, all_of, any_of, to_queries

#: The conditions, on different fields and on shared ones.
SETTINGS: dict[str, list[tuple[str, str]]] = {
    "different fields": [("hashtag_name", "a"), ("keyword", "b"), ("effect_id", "1"), ("music_id", "2")],
    "one many-valued field": [("hashtag_name", value) for value in "abcd"],
    "two many-valued fields": [("hashtag_name", "a"), ("hashtag_name", "b"), ("keyword", "a"), ("keyword", "b")],
    "three and one": [("hashtag_name", "a"), ("hashtag_name", "b"), ("hashtag_name", "c"), ("music_id", "2")],
    "a pair and two": [("hashtag_name", "a"), ("hashtag_name", "b"), ("username", "c"), ("music_id", "2")],
}

#: A video, as the conditions it meets.
Video = frozenset[tuple[str, str]]


def videos(atoms: Sequence[tuple[str, str]]) -> list[Video]:
    """Every video that the conditions tell apart (each is on its own field, or on a many-valued one)."""
    choices = product((False, True), repeat=len(atoms))
    return [frozenset(atom for atom, met in zip(atoms, met_by, strict=True) if met) for met_by in choices]


def condition_sets(atoms: Sequence[tuple[str, str]]) -> list[frozenset[tuple[str, str]]]:
    """Every possible condition on one field, as the atoms of which one must hold."""
    fields = dict.fromkeys(field for field, _ in atoms)
    groups = [[atom for atom in atoms if atom[0] == field] for field in fields]
    return [
        frozenset(some) for group in groups for size in range(1, len(group) + 1) for some in combinations(group, size)
    ]


def query_sets(atoms: Sequence[tuple[str, str]]) -> set[int]:
    """The videos that each possible query selects, one bit per video."""
    worlds = videos(atoms)
    meets = [sum(1 << n for n, video in enumerate(worlds) if video & some) for some in condition_sets(atoms)]
    everything = (1 << len(worlds)) - 1
    ands = {everything}
    for where in meets:
        ands |= {one & where for one in ands}
        ands |= {one & ~where for one in ands}
    ors = {everything} | set(meets)
    for where in meets:
        ors |= {one | where for one in ors if one != everything}
    return {one & other for one in ands for other in ors} - {0, everything}


def optima(atoms: Sequence[tuple[str, str]]) -> dict[int, int]:
    """For each set of videos, the fewest queries that select exactly this set."""
    queries = query_sets(atoms)
    found = dict.fromkeys(queries, 1)
    newest = set(queries)
    count = 1
    while newest:
        count += 1
        newest = {one | query for one in newest for query in queries} - found.keys()
        found |= dict.fromkeys(newest, count)
    found.pop((1 << (1 << len(atoms))) - 1, None)
    return found


def expression(atoms: Sequence[tuple[str, str]], selected: int) -> Expression:
    """An expression for a set of videos: one alternative for each."""
    conditions = [Condition(field, "EQ", [value]) for field, value in atoms]
    return any_of(
        all_of(condition if atom in video else ~condition for atom, condition in zip(atoms, conditions, strict=True))
        for n, video in enumerate(videos(atoms))
        if selected >> n & 1
    )


def selects(query: Query, video: Video) -> bool:
    """Whether a query selects a video."""

    def met(condition: Condition) -> bool:
        return any((condition.field_name, value) in video for value in condition.field_values)

    return all(map(met, query.and_)) and (not query.or_ or any(map(met, query.or_))) and not any(map(met, query.not_))


def shortfalls(atoms: Sequence[tuple[str, str]], every: int = 1) -> Iterator[tuple[int, int, bool]]:
    """For every function (or every N-th): the optimum, how many more queries we need, and whether two overlap."""
    worlds = videos(atoms)
    for selected, optimum in sorted(optima(atoms).items())[::every]:
        queries = to_queries(expression(atoms, selected))
        times = [sum(selects(query, video) for query in queries) for video in worlds]
        assert [bool(count) for count in times] == [bool(selected >> n & 1) for n in range(len(worlds))], selected
        yield optimum, len(queries) - optimum, max(times) > 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="look at every Nth function only")
    every = parser.parse_args().every
    for name, atoms in SETTINGS.items():
        start = time.perf_counter()
        results = list(shortfalls(atoms, every))
        taken = time.perf_counter() - start
        sys.stdout.write(
            f"{name}: {len(results):,} functions, {taken / len(results) * 1000:.2f} ms each; "
            f"optimum {dict(sorted(Counter(optimum for optimum, _, _ in results).items()))}; "
            f"queries more than the optimum {dict(sorted(Counter(more for _, more, _ in results).items()))}; "
            f"with overlaps, by number of queries "
            f"{dict(sorted(Counter(optimum + more for optimum, more, overlap in results if overlap).items()))}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
