"""The words of made-up videos have the properties that the corpus relies on."""

from __future__ import annotations

import pytest

from querydsl.sandbox import words
from querydsl.tables import REGION_CODES

ALL_TAGS = [*words.COMMON_TAGS, *(tag for topic in words.TOPICS for tag in topic)]


class TestRegions:
    @pytest.mark.parametrize("table", [words.REGION_WEIGHTS, words.LANGUAGES], ids=["weights", "languages"])
    def test_they_are_documented_codes(self, table: dict[str, object]) -> None:
        assert set(table) <= set(REGION_CODES)

    def test_most_creators_are_of_the_frequent_regions(self) -> None:
        assert sum(words.REGION_WEIGHTS.values()) > 3 * len(REGION_CODES)

    def test_every_language_has_openings(self) -> None:
        assert set(words.LANGUAGES.values()) <= set(words.OPENINGS)
        assert all(len(openings) <= 64 for openings in words.OPENINGS.values())


class TestHashtags:
    @pytest.mark.parametrize("tag", ALL_TAGS)
    def test_they_are_spelt_as_the_api_spells_them(self, tag: str) -> None:
        assert tag == tag.lower()
        assert tag.isalnum()

    def test_eight_are_common(self) -> None:
        assert len(set(words.COMMON_TAGS)) == 8

    @pytest.mark.parametrize("topic", words.TOPICS, ids=lambda topic: topic[0])
    def test_no_topic_has_one_twice(self, topic: tuple[str, ...]) -> None:
        assert len(set(topic)) == len(topic)


class TestTexts:
    @pytest.mark.parametrize("part", words.NAME_PARTS)
    def test_a_part_of_a_username_is_what_tiktok_allows(self, part: str) -> None:
        assert part.isascii()
        assert part.isalpha()
        assert part.islower()

    def test_there_are_as_many_speeches_and_odd_openings_as_a_few_bits_choose_from(self) -> None:
        assert len(words.SPEECHES) <= 16
        assert all(words.ODD_OPENINGS)
