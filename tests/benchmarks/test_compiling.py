"""The compiler in units of `json.dumps` of the resulting query, and the matcher beside a lambda.

make bench
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from querydsl import (
    CreateDate,
    EffectId,
    Expression,
    Hashtag,
    Keyword,
    Length,
    MusicId,
    NeedsSeveralQueries,
    Region,
    Username,
    ValidationError,
    VideoId,
    all_of,
    any_of,
    matcher,
    to_queries,
)

SHAPED = Region.in_("JP", "US") & (Hashtag == "animal") & ~(Length == "SHORT")

#: Twenty conditions of a researcher; none has the API's shape.
ONE_QUERY = all_of(
    any_of(Region == code for code in ("US", "GB", "CA")),
    any_of(*(Hashtag == name for name in ("climate", "climatechange", "globalwarming")), Keyword == "climate"),
    *(Username != name for name in ("bbc", "cnn", "nbc")),
    ~(~(Length == "MID") & ~(Length == "LONG")),
    ~any_of(Hashtag == name for name in ("ad", "sponsored", "fyp")),
    any_of(MusicId == number for number in (1, 2, 3)),
    CreateDate >= "20230101",
    CreateDate <= "20230131",
)
TWO_QUERIES = all_of(
    any_of(Hashtag.in_("climate", "climatechange"), Keyword == "climate", Keyword == "global warming"),
    any_of(Hashtag.in_("vote", "election"), Keyword.in_("vote", "ballot")),
    *(Username != name for name in ("bbc", "cnn", "nbc")),
    any_of(Region == code for code in ("US", "GB", "CA")),
    ~(~(Length == "MID") & ~(Length == "LONG")),
    ~any_of(Hashtag == name for name in ("ad", "sponsored", "fyp")),
    CreateDate >= "20230101",
    CreateDate <= "20230131",
)


def seconds(job: Callable[[], object], runs: int = 5, times: int = 20) -> float:
    """The shortest time of a call."""
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        for _ in range(times):
            job()
        best = min(best, (time.process_time() - start) / times)
    return best


def units(expression: Expression, times: int = 20) -> float:
    documents = [query.to_dict() for query in to_queries(expression)]
    return seconds(lambda: to_queries(expression), times=times) / seconds(lambda: json.dumps(documents), times=times)


@pytest.mark.parametrize(
    ("name", "expression", "most"),
    [
        ("in API shape", SHAPED, 3),
        ("10,000 conditions in API shape", any_of(Hashtag == f"tag{n}" for n in range(10_000)), 3),
        ("20 conditions into one query", ONE_QUERY, 30),
        ("20 conditions into two queries", TWO_QUERIES, 30),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_units_of_json_dumps(name: str, expression: Expression, most: int) -> None:
    taken = units(expression, times=2 if name.startswith("10,000") else 200)
    sys.stdout.write(f"{name}: {taken:.1f} units (target {most})\n")
    assert taken < 3 * most  # with slack for a busy machine


def random_tree(chance: random.Random, atoms: list[Expression]) -> Expression:
    if len(atoms) == 1:
        return ~atoms[0] if chance.random() < 0.4 else atoms[0]
    cut = chance.randint(1, len(atoms) - 1)
    combine = chance.choice([all_of, any_of])
    tree = combine(random_tree(chance, atoms[:cut]), random_tree(chance, atoms[cut:]))
    return ~tree if chance.random() < 0.2 else tree


def test_random_trees_of_twelve_conditions() -> None:
    """The 99th percentile stays within 20 times the median."""
    chance = random.Random(5)
    atoms = [
        *(Hashtag == name for name in "abc"), *(Keyword == word for word in ("k", "l", "m")), Region == "US",
        Username == "x", MusicId == 1, EffectId == 2, Length == "SHORT", VideoId == 9,
    ]  # fmt: skip
    taken = []
    for _ in range(200):
        chance.shuffle(atoms)
        tree = random_tree(chance, atoms)
        start = time.process_time()
        try:
            to_queries(tree)
        except (ValidationError, NeedsSeveralQueries):
            pass
        taken.append(time.process_time() - start)
    taken.sort()
    middle, high = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
    sys.stdout.write(f"12 conditions: median {middle * 1000:.2f} ms, 99th percentile {high / middle:.1f} times that\n")
    assert high < 20 * middle


# The matcher

MIXED = (
    Region.in_("US", "GB")
    & ~(Length == "SHORT")
    & (Hashtag.in_("cat", "dog") | (Keyword == "Cat"))
    & ~Username.in_("a", "b")
)
REGIONS, TAGS, USERS = {"US", "GB"}, {"cat", "dog"}, {"a", "b"}


def by_hand(video: dict[str, Any]) -> bool:
    return (
        video["region_code"] in REGIONS
        and not video["video_duration"] < 15
        and (not TAGS.isdisjoint(video["hashtag_names"]) or "cat" in video["video_description"].lower())
        and video["username"] not in USERS
    )


def by_hand_with_care(video: dict[str, Any]) -> bool:
    """The same, with the rule for missing fields, so that it is never silently False."""
    region, duration, tags = video["region_code"], video["video_duration"], video.get("hashtag_names") or ()
    description, username = video["video_description"], video["username"]
    if region is None or duration is None or description is None or username is None:
        raise KeyError
    return (
        region in REGIONS
        and not duration < 15
        and (not TAGS.isdisjoint(tags) or "cat" in description.lower())
        and username not in USERS
    )


def some_videos() -> list[dict[str, Any]]:
    chance = random.Random(1)
    return [
        {
            "region_code": chance.choice(["US", "GB", "JP", "FR"]),
            "video_duration": chance.choice([5, 20, 100, 400]),
            "hashtag_names": chance.sample(["cat", "dog", "fyp", "x", "y"], 2),
            "video_description": chance.choice(["I love my CAT", "nothing here to see at all"]) * 3,
            "username": chance.choice("abcdef"),
        }
        for _ in range(1_000)
    ]


@pytest.mark.benchmark(group="match 1,000 videos with five conditions")
@pytest.mark.parametrize("which", ["matcher", "lambda", "lambda with the rule for missing fields"])
def test_matching(benchmark: Any, which: str) -> None:
    videos = some_videos()
    predicate: Callable[[Any], bool] = {"matcher": matcher(MIXED), "lambda": by_hand}.get(which, by_hand_with_care)
    assert benchmark(lambda: [predicate(video) for video in videos]) == [by_hand(video) for video in videos]
