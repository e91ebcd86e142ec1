"""Videos matched one by one, by `matcher` and by a function written by hand, in the best order.

    make bench

Each group is one expression; the ratios are in brackets. "types" is what `matcher` does besides: it reads the fields
and looks at the types of all values, so that no wrong one is answered silently.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from querydsl import CreateDate, Expression, Hashtag, Keyword, Length, Region, Username, ViewCount, matcher
from querydsl.matching.letter_case import folded

Video = dict[str, Any]

TAGS, COUNTRIES, USERS = frozenset({"cat", "dog"}), frozenset({"US", "GB"}), frozenset({"user1", "user2"})


def tags_or_words_of_a_region(video: Video) -> bool:
    region, tags, said = video["region_code"], video.get("hashtag_names", ()), video["video_description"]
    return region == "US" and (not TAGS.isdisjoint(tags) or "cat" in (text := lower(said)) or "berlin" in text)


def five_conditions(video: Video) -> bool:
    region, user, seconds = video["region_code"], video["username"], video["video_duration"]
    tags, said = video.get("hashtag_names", ()), video["video_description"]
    return (
        region in COUNTRIES
        and seconds >= 15
        and user not in USERS
        and (not TAGS.isdisjoint(tags) or "cat" in (said.lower() if said.isascii() else folded(said)))
    )


def a_tag_or_a_word(video: Video) -> bool:
    tags, said = video.get("hashtag_names", ()), video["video_description"]
    return "cat" in tags or "кот" in (said.lower() if said.isascii() else folded(said))


def a_count_a_tag_and_not_a_word(video: Video) -> bool:
    views, tags, said = video["view_count"], video.get("hashtag_names", ()), video["video_description"]
    return views > 5_000 and "cat" in tags and "lol" not in (said.lower() if said.isascii() else folded(said))


def words_of_a_region_or_a_month(video: Video) -> bool:
    region, moment, said = video["region_code"], video["create_time"], video["video_description"]
    return (region == "JP" or 1_640_995_200 <= moment < 1_643_673_600) and any(
        word in text for text in (lower(said),) for word in ("cat", "dog", "lol", "see", "berlin")
    )


def lower(said: str) -> str:
    return said.lower() if said.isascii() else folded(said)


#: For each function, the equivalent expression, in an order that is not the best.
JOBS: dict[Callable[[Video], bool], Expression] = {
    tags_or_words_of_a_region: (Hashtag.in_("cat", "dog") | Keyword.in_("cat", "Berlin")) & (Region == "US"),
    five_conditions: (
        (Hashtag.in_("cat", "dog") | (Keyword == "Cat"))
        & ~Username.in_("user1", "user2")
        & ~(Length == "SHORT")
        & Region.in_("US", "GB")
    ),
    a_tag_or_a_word: (Keyword == "кот") | (Hashtag == "cat"),
    a_count_a_tag_and_not_a_word: ~(Keyword == "lol") & (Hashtag == "cat") & (ViewCount > 5_000),
    words_of_a_region_or_a_month: (
        Keyword.in_("cat", "dog", "lol", "see", "berlin")
        & ((Region == "JP") | CreateDate.between("20220101", "20220131"))
    ),
}


def types(video: Video) -> bool:
    """Read four fields, and check their types, as `matcher` does; this is the cost of it."""
    region, seconds = video["region_code"], video["video_duration"]
    tags, said = video.get("hashtag_names", ()), video["video_description"]
    return (
        region.__class__ is str
        and seconds.__class__ is int
        and said.__class__ is str
        and (tags.__class__ is list or tags.__class__ is tuple)
        and "".join(tags) is not None
    )


def a_video(chance: random.Random, number: int) -> Video:
    words = "the of and cat dog LOL fyp my today see Berlin straße КОТ кот dance #fyp #Cat İstanbul 猫 video 🐈".split()
    video: Video = {
        "id": number,
        "create_time": 1_600_000_000 + chance.randrange(10**8),
        "username": f"user{chance.randrange(50)}",
        "region_code": chance.choice(["US", "GB", "JP", "FR", "DE", "BR"]),
        "video_duration": chance.choice([5, 14, 15, 20, 60, 61, 100, 400]),
        "video_description": " ".join(chance.choices(words, k=chance.randint(3, 18))),
        "view_count": chance.randrange(10_000),
    }
    if chance.random() < 0.8:
        video["hashtag_names"] = chance.sample(["cat", "dog", "fyp", "foryou", "x", "y"], chance.randint(1, 6))
    return video


@pytest.fixture(scope="module")
def videos() -> list[Video]:
    chance = random.Random(1)
    return [a_video(chance, number) for number in range(4_000)]


@pytest.mark.parametrize("way", ["ours", "by hand", "types"])
@pytest.mark.parametrize("by_hand", JOBS, ids=lambda job: job.__name__)
def test_matching(benchmark: Any, videos: list[Video], by_hand: Callable[[Video], bool], way: str) -> None:
    ways = {"ours": matcher(JOBS[by_hand]), "by hand": by_hand, "types": types}
    asked = ways[way]
    benchmark.group = f"matcher: {by_hand.__name__.replace('_', ' ')}"
    found = benchmark(lambda: sum(map(asked, videos)))
    assert found == sum(map(ways["ours"], videos)) or way == "types"
