"""How near `to_queries` comes to the fewest queries on realistic expressions, its cost, and whether it is correct.

    python -m tests.benchmarks.fewest [--count 492] [--seed 1] [--videos 110] [--hashtags N] [--optima FILE]

The expressions come from `tests.benchmarks.realistic`, which describes their distribution. A SAT solver proves the
optimum of each (`tests.benchmarks.proven_optimum`, extra `bench`); `--optima` keeps the optima in a file, since the
proofs take minutes. With `--hashtags N` the expressions are random functions of N hashtags. The queries of each
expression are then compared with a direct evaluation on made-up videos.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import attrs

from querydsl import Query, to_queries
from tests.worlds import holds, selects

from . import realistic
from .proven_optimum import NotProven, optimum
from .realistic import Sample

write = sys.stdout.write


@attrs.frozen
class Outcome:
    """The result for one expression."""

    sample: Sample
    queries: tuple[Query, ...]
    #: Seconds of CPU, the lowest of three.
    cpu: float
    #: The numbers of sampled videos, matching ones, those that several queries select, and those with a wrong result.
    videos: int
    matching: int
    twice: int
    wrong: int


def outcome(sample: Sample, videos: int, chance: random.Random) -> Outcome:
    """Compile an expression, and compare its queries with it on made-up videos."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        queries = to_queries(sample.expression)
        taken.append(time.process_time() - start)
    matching = twice = wrong = 0
    for _ in range(videos):
        video = sample.world.any_video(chance)
        found, meant = sum(selects(query, video) for query in queries), holds(sample.expression, video)
        matching += meant
        twice += found > 1
        wrong += (found > 0) is not meant
    return Outcome(sample, queries, min(taken), videos, matching, twice, wrong)


def proven(outcomes: Sequence[Outcome], file: Path | None) -> list[int | None]:
    """The optimum of each, None where the solver gave up; stored in the file, by expression."""
    known: dict[str, int | None] = json.loads(file.read_text()) if file is not None and file.exists() else {}
    found = []
    for one in outcomes:
        key = repr(one.sample.expression)
        if key not in known:
            try:
                known[key] = optimum(one.sample.world, len(one.queries))
            except NotProven:
                known[key] = None
        found.append(known[key])
    if file is not None:
        file.write_text(json.dumps(known, indent=0))
    return found


def report(outcomes: Sequence[Outcome], optima: Sequence[int | None]) -> None:
    """Print the results."""
    pairs = [(one, least) for one, least in zip(outcomes, optima, strict=True) if least is not None]
    several = [(one, least) for one, least in pairs if least > 1]
    more = [len(one.queries) - least for one, least in several]
    cpu = sorted(one.cpu for one in outcomes)
    write(f"{len(outcomes)} expressions, {len(outcomes) - len(pairs)} of them without a proof\n")
    write(f"the fewest queries: {dict(sorted(Counter(least for _, least in pairs).items()))}\n")
    write(
        f"queries: {sum(len(one.queries) for one, _ in pairs):,} for {sum(least for _, least in pairs):,}; "
        f"{sum(map(bool, more))} of {len(several)} that need several take too many, by {dict(Counter(more))}\n"
    )
    write(
        f"CPU: {sum(cpu) * 1000:,.0f} ms in all, median {cpu[len(cpu) // 2] * 1000:.2f} ms, "
        f"worst {cpu[-1] * 1000:.0f} ms\n"
    )
    for name, some in (("all", outcomes), ("tag-heavy", [one for one in outcomes if one.sample.is_tag_heavy])):
        matching = sum(one.matching for one in some)
        write(
            f"in two queries, {name}: {sum(one.twice for one in some) / matching:.1%} of {matching:,} matching videos\n"
        )
    write(f"wrong answers: {sum(one.wrong for one in outcomes)} of {sum(one.videos for one in outcomes):,} videos\n")
    for one, least in several:
        if len(one.queries) > least:
            write(f"  {len(one.queries)} for {least}: {one.sample.expression!r}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=492, help="expressions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--videos", type=int, default=110, help="sampled videos for each expression")
    parser.add_argument("--hashtags", type=int, default=0, help="random functions of so many hashtags instead")
    parser.add_argument("--optima", type=Path, help="a JSON file that keeps the optima")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    if arguments.hashtags:
        write(f"{realistic.functions_of_hashtags.__doc__}\n")
        samples = realistic.functions_of_hashtags(arguments.count, arguments.hashtags, arguments.seed)
    else:
        write(f"{realistic.__doc__}\n")
        samples = realistic.samples(arguments.count, arguments.seed)
    outcomes = [outcome(sample, arguments.videos, chance) for sample in samples]
    report(outcomes, proven(outcomes, arguments.optima))


if __name__ == "__main__":
    main()
