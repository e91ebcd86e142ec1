"""A million videos filtered by an expression, and by the same filter written by hand in the engine.

    make bench

Each group is one filter in one engine; the ratios are in brackets.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from querydsl import CreateDate, Expression, Hashtag, Keyword, Length, Region, Username, VideoId, any_of, frames

pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")

TAGS = [f"tag{n}" for n in range(999)] + ["cat"]
IDS = range(1, 3_000, 3)

tags, description, seconds = pl.col("hashtag_names"), pl.col("video_description"), pl.col("video_duration")
long, moment = seconds >= 15, pl.col("create_time")

#: For each job, the expression, and the equivalent written by hand in Polars and in DuckDB.
JOBS: dict[str, tuple[Expression, Any, str]] = {
    "five conditions": (
        Region.in_("US", "GB")
        & ~(Length == "SHORT")
        & (Hashtag.in_("cat", "dog") | (Keyword == "Cat"))
        & ~Username.in_("user1", "user2"),
        pl.col("region_code").is_in(["US", "GB"])
        & long
        & (tags.list.contains("cat") | tags.list.contains("dog") | description.str.to_lowercase().str.contains("cat"))
        & ~pl.col("username").is_in(["user1", "user2"]),
        "region_code IN ('US', 'GB') AND video_duration >= 15 AND (list_contains(hashtag_names, 'cat') OR "
        "list_contains(hashtag_names, 'dog') OR contains(lower(video_description), 'cat')) "
        "AND username NOT IN ('user1', 'user2')",
    ),
    "a keyword": (
        Keyword == "cat",
        description.str.to_lowercase().str.contains("cat", literal=True),
        "contains(lower(video_description), 'cat')",
    ),
    "a keyword in Cyrillic": (
        Keyword == "кот",
        description.str.to_lowercase().str.contains("кот", literal=True),
        "contains(lower(video_description), 'кот')",
    ),
    "a hashtag": (Hashtag == "cat", tags.list.contains("cat"), "list_contains(hashtag_names, 'cat')"),
    "a month of one country": (
        CreateDate.between("20220101", "20220131") & (Region == "JP"),
        (moment >= 1_640_995_200) & (moment < 1_643_673_600) & (pl.col("region_code") == "JP"),
        "create_time >= 1640995200 AND create_time < 1643673600 AND region_code = 'JP'",
    ),
    "1,000 hashtags": (
        any_of(Hashtag == tag for tag in TAGS),
        tags.list.eval(pl.element().is_in(TAGS)).list.any(),
        f"len(list_filter(hashtag_names, lambda tag: tag IN {TAGS})) > 0",
    ),
    "1,000 ids": (VideoId.in_(IDS), pl.col("id").is_in(IDS), f"id IN ({', '.join(map(str, IDS))})"),
    "1,000 keywords": (
        any_of(Keyword == tag for tag in TAGS),
        description.str.contains_any(TAGS, ascii_case_insensitive=True),
        f"regexp_matches(video_description, '(?i){'|'.join(TAGS)}')",
    ),
}


@pytest.fixture(scope="module")
def videos(request: pytest.FixtureRequest) -> Any:
    """A million videos in a benchmark, otherwise a thousand."""
    number = 1_000_000 if request.config.getoption("--benchmark-enable") else 1_000
    chance = random.Random(1)
    words = "the of and cat dog LOL fyp my today see Berlin straße КОТ кот dance #fyp #Cat İstanbul 猫 video 🐈".split()
    names = ["cat", "dog", "fyp", "foryou", "dance", "comedy", "x", "y", "z", "berlin"]
    descriptions = [" ".join(chance.choices(words, k=chance.randint(3, 18))) for _ in range(20_000)]
    lists = [chance.sample(names, chance.randint(0, 6)) for _ in range(5_000)]
    return pl.DataFrame(
        {
            "id": range(1, number + 1),
            "create_time": [1_600_000_000 + chance.randrange(10**8) for _ in range(number)],
            "username": [f"user{chance.randrange(50_000)}" for _ in range(number)],
            "region_code": chance.choices(["US", "GB", "JP", "FR", "DE", "BR"], k=number),
            "video_duration": chance.choices([5, 14, 15, 20, 60, 61, 100, 400], k=number),
            "video_description": chance.choices(descriptions, k=number),
            "hashtag_names": chance.choices(lists, k=number),
        }
    )


@pytest.fixture(scope="module")
def relation(videos: Any) -> Any:
    connection = duckdb.connect()
    connection.register("videos", videos)
    connection.execute("CREATE TABLE corpus AS FROM videos")
    return connection.table("corpus")


def count(relation: Any) -> int:
    [(number,)] = relation.aggregate("count(*)").fetchall()
    return int(number)


@pytest.mark.parametrize("way", ["ours", "by hand"])
@pytest.mark.parametrize("job", JOBS)
class TestAMillionVideos:
    def test_polars(self, benchmark: Any, videos: Any, job: str, way: str) -> None:
        expr, by_hand, _ = JOBS[job]
        ways = {
            "ours": lambda: frames.filter(videos, expr).height,
            "by hand": lambda: videos.filter(by_hand).height,
        }
        benchmark.group = f"Polars: {job}"
        assert benchmark(ways[way]) == ways["ours"]()

    def test_duckdb(self, benchmark: Any, relation: Any, job: str, way: str) -> None:
        expr, _, by_hand = JOBS[job]
        ways = {
            "ours": lambda: count(frames.filter(relation, expr)),
            "by hand": lambda: count(relation.filter(by_hand)),
        }
        benchmark.group = f"DuckDB: {job}"
        assert benchmark(ways[way]) == ways["ours"]()
