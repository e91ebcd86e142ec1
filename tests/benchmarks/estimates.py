"""How often the truth is in the range of an estimate, and how wide the ranges are: for a hundred corpora of each kind.

Run it from the root of the checkout: `python -m tests.benchmarks.estimates [corpora of each kind]`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from random import Random
from typing import Any, Final

import attrs

from querydsl import Client, Estimate, Hashtag, Range, estimate, select
from querydsl.moments import SECONDS_A_DAY, start_of_day
from querydsl.sandbox import App, serve

Video = dict[str, Any]

FIRST, LAST = date(2023, 1, 1), date(2023, 12, 31)
DAYS: Final = 365
PLAN = select("id").where(Hashtag == "cat").between(FIRST, LAST)


def corpus(random: Random, weights: Sequence[float], videos: int) -> list[Video]:
    """The given number of videos in a year, by the weights of its days."""
    start = start_of_day(FIRST)
    days = random.choices(range(DAYS), weights, k=videos)
    times = sorted(start + day * SECONDS_A_DAY + random.randrange(SECONDS_A_DAY) for day in days)
    return [
        {"id": (time << 32) + number, "create_time": time, "hashtag_names": ["cat"]}
        for number, time in enumerate(times)
    ]


def even(random: Random) -> list[Video]:
    return corpus(random, [1.0] * DAYS, random.randrange(1_000, 30_000))


def bursty(random: Random) -> list[Video]:
    """Half of the videos, and up to two thirds, in ten to thirty bursts of one to five days."""
    weights = [1.0] * DAYS
    bursts = random.randrange(10, 31)
    share = random.uniform(0.5, 0.67)
    for _ in range(bursts):
        first, days = random.randrange(DAYS), random.randrange(1, 6)
        for day in range(first, first + days):
            weights[day % DAYS] += DAYS * share / (1 - share) / bursts / days
    return corpus(random, weights, random.randrange(1_000, 30_000))


def growing(random: Random) -> list[Video]:
    """A hashtag that at first nobody uses, then everybody, then fewer and fewer."""
    begins, fades = random.randrange(60, 250), random.uniform(20, 120)
    weights = [1e-4 if day < begins else 2 ** ((begins - day) / fades) for day in range(DAYS)]
    return corpus(random, weights, random.randrange(1_000, 30_000))


def nearly_empty(random: Random) -> list[Video]:
    return corpus(random, [1.0] * DAYS, random.randrange(60))


class Deleting:
    """An app with some deleted videos: the API drops those after it has cut the pages."""

    def __init__(self, videos: Sequence[Video], gone: set[int]) -> None:
        self._app, self._gone = App(videos), gone

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        started: list[Any] = []
        document = json.loads(b"".join(self._app(environ, lambda *given: started.extend(given))))
        document["data"]["videos"] = [one for one in document["data"]["videos"] if one["id"] not in self._gone]
        body = json.dumps(document).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(started[0], headers)
        return [body]


#: The kinds, each with the greatest share of deleted videos.
KINDS: Final[dict[str, tuple[Callable[[Random], list[Video]], float]]] = {
    "even": (even, 0.0),
    "bursty": (bursty, 0.0),
    "growing": (growing, 0.0),
    "nearly empty": (nearly_empty, 0.0),
    "many deleted": (even, 0.9),
    "bursty and deleted": (bursty, 0.9),
}


@attrs.frozen
class Result:
    """An estimate, and the truth."""

    estimate: Estimate
    videos: int
    calls: int

    @property
    def holds(self) -> tuple[bool, bool]:
        """Whether the true numbers of videos and calls are in the ranges."""
        found = self.estimate
        return _within(self.videos, found.videos), _within(self.calls, found.calls)

    @property
    def width(self) -> float:
        """The upper end of the wider range, divided by its lower end."""
        return max(one.high / max(one.low, 10) for one in (self.estimate.videos, self.estimate.calls))


def _within(truth: int, found: Range) -> bool:
    return found.low <= truth <= found.high


def tried(kind: str, seed: int, days: int = 31, calls: int = 12) -> Result:
    """The estimate for one corpus, in windows of this number of days."""
    make, share = KINDS[kind]
    random = Random(f"{kind}/{seed}")
    videos = make(random)
    gone = {one["id"] for one in videos if random.random() < share * random.random()} if share else set()
    plan = PLAN.windows(days).plan()
    with serve(Deleting(videos, gone)) as url, Client("any", base_url=url) as client:
        found = estimate(plan, client=client, calls=calls)
        assert found.asked == client.calls <= calls
    needed = sum(max(1, -(-_between(videos, one.start_date, one.end_date) // 100)) for one in plan)
    return Result(found, len(videos) - len(gone), needed)


def _between(videos: Sequence[Video], first: date, last: date) -> int:
    after = start_of_day(last) + SECONDS_A_DAY
    return sum(1 for one in videos if start_of_day(first) <= one["create_time"] < after)


def told(corpora: int) -> Iterator[str]:
    """The figures as lines."""
    yield f"{'':20} {'days, calls':>12} {'videos':>7} {'calls':>7} {'widest':>7} {'median':>7}"
    for days, calls in ((31, 12), (7, 12), (7, 53), (31, 6)):
        for kind in KINDS:
            results = [*map(partial(tried, kind, days=days, calls=calls), range(corpora))]
            videos, needed = (sum(column) for column in zip(*(one.holds for one in results), strict=True))
            widths = sorted(one.width for one in results)
            said = f"{kind:20} {f'{days}, {calls}':>12} {videos:>7} {needed:>7}"
            yield f"{said} {widths[-1]:>7.1f} {widths[len(widths) // 2]:>7.1f}"


if __name__ == "__main__":
    for line in told(int(sys.argv[1]) if len(sys.argv) > 1 else 100):
        print(line, flush=True)
