"""Made-up videos: always the same ones, with everything that is documented."""

from __future__ import annotations

import gc
import hashlib
import json
from collections import Counter
from datetime import date, datetime, timezone
from typing import Any

import pytest

from querydsl import ValidationError
from querydsl.language.parser import parse
from querydsl.matching.predicate import matches
from querydsl.sandbox import corpus
from querydsl.sandbox.corpus import _distinct, calendar
from querydsl.tables import INT64_MAX, LENGTHS, REGION_CODES, VIDEO_FIELDS

VIDEOS = corpus(5_000)

#: The fields that a video may lack.
SPARSE = {
    "playlist_id", "video_mention_list", "sticker_info_list", "effect_info_list", "video_label", "video_tag",
}  # fmt: skip

#: The structs of today's page, with their members.
STRUCTS = {
    "sticker_info_list": {"sticker_id", "sticker_name"},
    "effect_info_list": {"effect_id", "effect_name", "effect_photo_url"},
    "video_tag": {"type", "number"},
}

TYPES = {"int64": int, "string": str, "bool": bool, "list<string>": list, "struct": (dict, list)}


def digest(videos: list[dict[str, Any]]) -> str:
    """A digest of all values in order."""
    return hashlib.sha256(json.dumps([[*video.values()] for video in videos]).encode()).hexdigest()


class TestSameness:
    def test_the_same_arguments_give_the_same_videos_on_every_machine(self):
        assert digest(corpus(2_000, seed=7)) == "11c3ac5ca57dc438ccc7264d721f506cad037a0aca26707f52869ed2ee708fcb"

    def test_another_seed_gives_others(self):
        assert corpus(10) == corpus(10, seed=0) != corpus(10, seed=1)

    def test_the_garbage_collector_is_left_as_it_is(self):
        enabled, thresholds = gc.isenabled(), gc.get_threshold()
        seen = []
        gc.callbacks.append(lambda phase, _: seen.append(phase))
        try:
            corpus(10_000)
        finally:
            gc.callbacks.pop()
        assert seen  # the garbage collector ran meanwhile
        assert (gc.isenabled(), gc.get_threshold()) == (enabled, thresholds)

    def test_each_video_has_lists_of_its_own(self):
        containers = [value for video in corpus(500) for value in video.values() if isinstance(value, (list, dict))]
        assert len({id(container) for container in containers}) == len(containers) > 3 * 500


class TestVideos:
    @pytest.mark.parametrize(("field", "kind"), [(name, field.type) for name, field in VIDEO_FIELDS.items()])
    def test_every_field_has_its_documented_type(self, field: str, kind: str):
        values = [video[field] for video in VIDEOS if field in video]
        assert 0 < len(values) < len(VIDEOS) if field in SPARSE else len(values) == len(VIDEOS)
        assert all(isinstance(value, TYPES[kind]) and (type(value) is not bool or kind == "bool") for value in values)

    def test_no_field_is_made_up(self):
        assert {field for video in VIDEOS for field in video} == set(VIDEO_FIELDS) | set(STRUCTS)

    @pytest.mark.parametrize(("field", "members"), STRUCTS.items())
    def test_structs_have_the_members_that_the_page_says(self, field: str, members: set[str]):
        structs = [struct for video in VIDEOS for struct in video.get(field, ())]
        assert structs
        assert all(struct.keys() == members for struct in structs)

    def test_a_tag_says_that_a_video_is_made_by_ai_or_advertises(self):
        tags = {(tag["type"], tag["number"]) for video in VIDEOS for tag in video.get("video_tag", ())}
        assert tags == {("AIGC Type", 1), ("AIGC Type", 2), ("Branded Type", 1), ("Branded Type", 7)}

    def test_effect_infos_have_the_order_of_the_effect_ids(self):
        for video in VIDEOS:
            told = [info["effect_id"] for info in video.get("effect_info_list", ())]
            assert told == [effect_id for effect_id in video["effect_ids"] if effect_id != "0"]

    def test_ids_are_distinct_int64s_of_19_digits_and_come_newest_first(self):
        ids = [video["id"] for video in VIDEOS]
        assert ids == sorted(set(ids), reverse=True)
        assert all(10**18 <= video_id <= INT64_MAX for video_id in ids)

    def test_ids_begin_with_the_second_of_creation(self):
        assert all(video["id"] >> 32 == video["create_time"] for video in VIDEOS)

    def test_two_that_would_have_one_id_have_two(self):
        assert _distinct([5, 5, 5, 4, 3, 3]) == [8, 7, 6, 5, 4, 3]

    def test_a_description_holds_the_hashtags_which_are_in_lower_case(self):
        for video in VIDEOS:
            assert all(f"#{name}" in video["video_description"].lower() for name in video["hashtag_names"])
            assert [info["hashtag_name"] for info in video["hashtag_info_list"]] == video["hashtag_names"]
            assert all(name == name.lower() for name in video["hashtag_names"])
        assert any(video["video_description"] != video["video_description"].lower() for video in VIDEOS)

    def test_a_hashtag_has_one_id(self):
        infos = {(info["hashtag_name"], info["hashtag_id"]) for video in VIDEOS for info in video["hashtag_info_list"]}
        assert len(infos) == len({name for name, _ in infos}) == len({number for _, number in infos})

    def test_a_username_stands_for_one_creator(self):
        assert len({video["username"] for video in VIDEOS}) == len(
            {(video["username"], video["region_code"]) for video in VIDEOS}
        )


@pytest.fixture(scope="module")
def many() -> list[dict[str, Any]]:
    return corpus(50_000)


class TestMixture:
    def test_most_regions_occur_and_no_other(self, many: list[dict[str, Any]]):
        regions = Counter(video["region_code"] for video in many)
        assert set(regions) <= set(REGION_CODES)
        assert len(regions) > 200
        assert regions.most_common(1)[0][0] == "US"

    @pytest.mark.parametrize("length", LENGTHS)
    def test_every_length_occurs(self, length: str):
        assert any(matches(parse(f'video_length == "{length}"'), video) for video in VIDEOS)

    @pytest.mark.parametrize(
        "tag",
        ["animal", "animals", "cat", "cats", "dog", "pet", "cooking", "recipe", "football", "travel", "climate",
         "election", "vaccine", "health", "dance", "music", "fyp", "foryou", "viral", "science", "猫"],
    )  # fmt: skip
    def test_the_hashtags_that_examples_ask_for_occur(self, tag: str):
        assert any(tag in video["hashtag_names"] for video in VIDEOS)

    def test_half_of_the_videos_have_fewer_than_a_thousand_views_and_a_few_have_millions(self, many: Any):
        views = sorted(video["view_count"] for video in many)
        assert 100 < views[25_000] < 1_000 < views[45_000] < 1_000_000 < views[-50]
        assert views[0] == 0

    def test_no_count_is_above_the_views_and_comments_are_fewer_than_likes(self):
        for video in VIDEOS:
            assert 0 <= video["comment_count"] <= video["like_count"] <= video["view_count"]
        assert any(video["comment_count"] for video in VIDEOS)

    @pytest.mark.parametrize("text", ["\0", "\x1b", "\n", "🐱", "👨‍👩‍👧‍👦", "猫", "кот", "قطتي", "बिल्ली", "แมว", "<b>"])
    def test_difficult_values_occur(self, text: str, many: list[dict[str, Any]]):
        assert any(text in video["video_description"] for video in many)

    @pytest.mark.parametrize("field", ["effect_ids", "hashtag_names", "voice_to_text"])
    def test_optional_values_are_sometimes_empty(self, field: str):
        assert 0 < sum(not video[field] for video in VIDEOS) < len(VIDEOS)

    def test_it_is_json_in_any_encoding(self):
        assert json.loads(json.dumps(VIDEOS, ensure_ascii=False).encode()) == VIDEOS


class TestDays:
    def test_a_corpus_is_of_january_2023_unless_said_otherwise(self):
        assert corpus(100) == corpus(100, start="20230101", end="20230131")
        assert days(VIDEOS) == {date(2023, 1, number) for number in range(1, 32)}

    @pytest.mark.parametrize(
        "given", [("20240229", "2024-03-01"), (date(2024, 2, 29), datetime(2024, 3, 1, 12))], ids=["text", "dates"]
    )
    def test_both_days_are_included(self, given: tuple[date | str, date | str]):
        assert days(corpus(200, 0, *given)) == {date(2024, 2, 29), date(2024, 3, 1)}

    @pytest.mark.parametrize("day", ["19700102", "20380118"])
    def test_the_first_and_the_last_day_that_an_id_can_hold(self, day: str):
        videos = corpus(1_000, start=day, end=day)
        assert all(0 < video["id"] <= INT64_MAX for video in videos)
        assert {f"{created:%Y%m%d}" for created in days(videos)} == {day}

    @pytest.mark.parametrize(
        ("start", "end", "message"),
        [
            ("20230102", "20230101", "corpus: the end 20230101 is before the start 20230102; swap the two"),
            ("20230101", "20380119", "corpus: no video id holds the day 20380119; give days from 19700102 to 20380118"),
            ("19700101", "20230101", "corpus: no video id holds the day 19700101; give days from 19700102 to 20380118"),
        ],
    )
    def test_other_days_are_refused(self, start: str, end: str, message: str):
        with pytest.raises(ValidationError) as caught:
            corpus(1, start=start, end=end)
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        ("start", "last"),
        [("20240201", "20240229"), ("20240229", "20240229"), ("20231231", "20231231"), ("20380110", "20380118")],
    )
    def test_with_only_a_start_the_days_end_with_its_month(self, start: str, last: str):
        assert corpus(50, start=start) == corpus(50, start=start, end=last)

    @pytest.mark.parametrize(
        ("first", "end"),
        [("20230101", "20230101"), ("20230101", "20230315"), ("20221201", "20221231"), ("19700102", "19700110")],
    )
    def test_an_end_alone_begins_with_2023_or_before_that_with_its_month(self, first: str, end: str):
        assert corpus(50, end=end) == corpus(50, start=first, end=end)


class TestNumbers:
    def test_no_videos(self):
        assert corpus(0) == []

    @pytest.mark.parametrize(
        ("given", "named"), [(-1, "-1"), (1.0, "1.0"), ("10", "'10'"), (True, "True"), (None, "None")], ids=repr
    )
    def test_an_invalid_number_of_videos_is_refused(self, given: object, named: str):
        with pytest.raises(ValidationError) as caught:
            corpus(given)  # type: ignore[arg-type]
        assert str(caught.value) == f"corpus: n={named} is no number of videos; give a whole number from 0 on"

    @pytest.mark.parametrize(("given", "named"), [(None, "None"), ("1", "'1'"), (0.5, "0.5")], ids=repr)
    def test_a_seed_that_could_be_another_next_time_is_refused(self, given: object, named: str):
        with pytest.raises(ValidationError) as caught:
            corpus(1, seed=given)  # type: ignore[arg-type]
        assert str(caught.value) == f"corpus: seed={named} is no whole number; give one"


class TestCalendar:
    YEAR = calendar("20230101", "20231231", a_month=300)

    def test_every_month_has_as_many_and_they_come_newest_first(self):
        months = Counter(datetime.fromtimestamp(video["create_time"], timezone.utc).month for video in self.YEAR)
        assert months == dict.fromkeys(range(1, 13), 300)
        ids = [video["id"] for video in self.YEAR]
        assert ids == sorted(set(ids), reverse=True)

    @pytest.mark.parametrize(
        ("start", "end"),
        [("20230101", "20230131"), ("20230115", "20230302"), ("20231231", "20231231"), ("20230630", "20230701")],
    )
    def test_a_day_has_the_same_videos_in_any_span(self, start: str, end: str):
        found = calendar(start, end, a_month=300)
        assert found
        assert found == [video for video in self.YEAR if start <= _day(video) <= end]

    def test_no_two_months_are_alike(self):
        ids = {(video["id"] >> 32) % 86_400 for video in self.YEAR}
        assert len(ids) > 3_400  # of 3,600
        assert calendar("20230301", "20230331", a_month=300)[0]["username"] != self.YEAR[0]["username"]

    def test_a_username_stands_for_one_creator_in_all_months(self):
        regions = {(video["username"], video["region_code"]) for video in self.YEAR}
        assert len(regions) == len({username for username, _ in regions}) < len(self.YEAR)

    def test_the_same_arguments_give_the_same_videos_on_every_machine(self):
        assert digest(self.YEAR) == "803ef939b1f3f5e22284a503f4d5eea0cc574f924156bbdb68d80529b73c74ae"

    @pytest.mark.parametrize("day", ["19700102", "20380118"])
    def test_the_first_and_the_last_day_that_an_id_can_hold(self, day: str):
        assert {_day(video) for video in calendar(day, day)} == {day}

    def test_60_months_are_not_too_many(self):
        assert len(calendar("20200131", "20241231", a_month=10)) > 580

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ("20200131", "20250101"),
                "corpus: the days from 20200131 to 20250101 are of 61 months; give fewer days, of 60 months at most",
            ),
            (("20230102", "20230101"), "corpus: the end 20230101 is before the start 20230102; swap the two"),
            (
                ("20230101", "20380119"),
                "corpus: no video id holds the day 20380119; give days from 19700102 to 20380118",
            ),
            (("20230101", "20230101", -1), "corpus: a_month=-1 is no number of videos; give a whole number from 0 on"),
        ],
        ids=str,
    )
    def test_invalid_options_are_refused(self, arguments: tuple[Any, ...], message: str):
        with pytest.raises(ValidationError) as caught:
            calendar(*arguments)
        assert str(caught.value) == message


def _day(video: dict[str, Any]) -> str:
    return f"{datetime.fromtimestamp(video['create_time'], timezone.utc):%Y%m%d}"


def days(videos: list[dict[str, object]]) -> set[date]:
    return {datetime.fromtimestamp(video["create_time"], timezone.utc).date() for video in videos}  # type: ignore[arg-type]
