"""The cost of six jobs in calls: exact, in wider queries, and by hand.

    python -m tests.benchmarks.six_jobs [--videos N]

All are sent to one sandbox, over one corpus of a year; the cost is the number of calls that it receives, including
further pages. "By hand" is one query for each alternative as written, over its days, even if another one has found the
same videos. Excluded pairs are left out on the own computer, because no query can express them. Each way finds the same
videos: the script checks that. The table is in docs/wider.md.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from querydsl import (
    Client,
    CreateDate,
    Expression,
    Hashtag,
    Keyword,
    Region,
    Request,
    Username,
    any_of,
    matcher,
    none_of,
    select,
)
from querydsl.sandbox import App, corpus, serve

Video = dict[str, Any]

FIRST, LAST = "20230101", "20231231"
DAYS_OF_EVENTS = (
    ("20230110", "20230123"), ("20230305", "20230318"), ("20230501", "20230514"),
    ("20230620", "20230703"), ("20230901", "20230914"), ("20231110", "20231123"),
)  # fmt: skip


class Job(NamedTuple):
    """An expression, and the queries that people type for it, each with its days."""

    name: str
    expression: Expression
    by_hand: Sequence[tuple[Expression, str, str]]


def all_year(*expressions: Expression) -> list[tuple[Expression, str, str]]:
    return [(expression, FIRST, LAST) for expression in expressions]


def jobs(tags_of_accounts: Mapping[str, str]) -> Iterator[Job]:
    """The six jobs, over tags, words and accounts that the corpus has."""
    topics = [
        (Hashtag.in_("climate", "nature") | (Keyword == "weather")) & Region.in_("US", "GB"),
        (Hashtag.in_("election", "politics") | (Keyword == "vote")) & Region.in_("BR", "MX"),
        (Hashtag.in_("vaccine", "health") | (Keyword == "doctor")) & Region.in_("ID", "PH"),
    ]
    yield Job("Three topics, each with its regions", any_of(topics), all_year(*topics))

    accounts = [(Username == name) & (Hashtag == tag) for name, tag in tags_of_accounts.items()]
    yield Job("A hundred accounts, each with its own tag", any_of(accounts), all_year(*accounts))

    context = (Region == "US") & (Username != "spam")
    alternatives = [
        (Hashtag == "cat") & (Keyword == "funny") & context,
        (Hashtag == "dog") & (Keyword == "walk") & context,
        (Hashtag == "bird") & context,
        (Keyword == "hamster") & context,
    ]
    yield Job("`(A & K) \\| (B & L) \\| C \\| D`, in one region", any_of(alternatives), all_year(*alternatives))

    tags = Hashtag.in_("election", "politics"), Hashtag.in_("climate", "nature")
    words = Keyword == "vote", Keyword == "weather"
    pairs = [one & other for one in (tags[0], words[0]) for other in (tags[1], words[1])]
    yield Job("Two topics at once", (tags[0] | words[0]) & (tags[1] | words[1]), all_year(*pairs))

    names = ("football", "election", "music", "school", "fashion", "travel")
    events = [(Hashtag == name, *days) for name, days in zip(names, DAYS_OF_EVENTS, strict=True)]
    yield Job(
        "Six events, each with its own fortnight",
        any_of(tag & CreateDate.between(first, last) for tag, first, last in events),
        events,
    )

    topic = Hashtag.in_("cat", "catsoftiktok")
    tagged_twice = (("dog", "fyp"), ("viral", "foryou"), ("art", "edit"))
    excluded = [(Hashtag == one) & (Hashtag == other) for one, other in tagged_twice]
    yield Job("A topic less three pairs of tags", topic & none_of(excluded), all_year(topic))


def campaigns(videos: Sequence[Video], number: int) -> dict[str, str]:
    """Give a third of the videos of some accounts a tag that only this account has; returns the tags by account."""
    chance = random.Random(1)
    names = sorted({str(video["username"]) for video in videos})
    tags = {name: f"campaign{n}" for n, name in enumerate(chance.sample(names, number))}
    for video in videos:
        if video["username"] in tags and chance.random() < 1 / 3:
            video["hashtag_names"] = [*video.get("hashtag_names", ()), tags[video["username"]]]
    return tags


class Cost(NamedTuple):
    """Calls to the sandbox, videos that it sent (repeated ones count twice), and wanted videos."""

    calls: int
    videos: int
    meant: frozenset[int]


@contextmanager
def asking(app: App) -> Iterator[Client]:
    with serve(app) as url, Client(token="any", base_url=url) as client:
        yield client


def cost(client: Client, app: App, requests: Sequence[Request], expression: Expression) -> Cost:
    """The cost of some requests, and how many of their videos the expression selects."""
    before, sent, found, holds = app.calls, 0, set(), matcher(expression)
    for request in requests:
        for page in client.pages(request):
            sent += len(page.videos)
            found |= {video.id for video in page.videos if video.id is not None and holds(video)}
    return Cost(app.calls - before, sent, frozenset(found))


def rows(number: int) -> Iterator[tuple[str, list[Cost]]]:
    """The name of each job, and its cost in exact queries, wider queries and by hand, for this number of videos."""
    videos = corpus(number, start=FIRST, end=LAST)
    tags_of_accounts = campaigns(videos, 100)
    app = App(videos)
    with asking(app) as client:
        for job in jobs(tags_of_accounts):
            chosen = select("id").where(job.expression).between(FIRST, LAST)
            wider = chosen.plan(1_000, wider=True)
            fields = wider[0].fields
            ways = (
                select(fields).where(job.expression).between(FIRST, LAST).plan(1_000),
                wider,
                [one for asked, *days in job.by_hand for one in select(fields).where(asked).between(*days).plan()],
            )
            costs = [cost(client, app, [*way], job.expression) for way in ways]
            meant = {video["id"] for video in videos if matcher(job.expression)(video)}
            assert all(one.meant == meant for one in costs), job.name
            yield job.name, costs


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Count the calls of six jobs.")
    parser.add_argument("--videos", type=int, default=20_000, metavar="N", help="of the corpus (default: 20000)")
    print("| Job | Exact | Wider | By hand | Videos that come: exact, wider, by hand |")
    print("|---|--:|--:|--:|--:|")
    for name, costs in rows(parser.parse_args().videos):
        calls = " | ".join(f"{one.calls:,}" for one in costs)
        print(f"| {name} | {calls} | {', '.join(f'{one.videos:,}' for one in costs)} |")


if __name__ == "__main__":
    main()
