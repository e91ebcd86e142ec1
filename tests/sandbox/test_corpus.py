"""Made-up videos: always the same ones, with all that is documented."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date, datetime, timezone

import pytest

from querydsl import ValidationError
from querydsl.matching import matches
from querydsl.parser import parse
from querydsl.sandbox import corpus
from querydsl.sandbox.corpus import FIRST_DAY, LAST_DAY, _distinct
from querydsl.tables import INT64_MAX, LENGTHS, REGION_CODES, VIDEO_FIELDS

VIDEOS = corpus(5_000)

TYPES = {"int64": int, "string": str, "bool": bool, "list<string>": list, "struct": (dict, list)}


class TestSameness:
    def test_the_same_arguments_give_the_same_videos_on_every_machine(self):
        digest = hashlib.sha256(json.dumps(corpus(2_000, seed=7)).encode()).hexdigest()
        assert digest == "6ade25d299aa2e512d21cbf64b3b52f949be7adbc41004a12b0684c3aff7f4a8"

    def test_another_seed_gives_others(self):
        assert corpus(10) == corpus(10, seed=0) != corpus(10, seed=1)

    def test_each_video_has_lists_of_its_own(self):
        containers = [value for video in corpus(500) for value in video.values() if isinstance(value, (list, dict))]
        assert len({id(container) for container in containers}) == len(containers) == 5 * 500


class TestVideos:
    @pytest.mark.parametrize(("field", "kind"), [(name, kind) for name, (kind, _) in VIDEO_FIELDS.items()])
    def test_every_field_has_its_documented_type(self, field: str, kind: str):
        values = [video[field] for video in VIDEOS if field in video]
        assert len(values) == len(VIDEOS) or field == "playlist_id"
        assert 0 < len(values)
        assert all(isinstance(value, TYPES[kind]) and (type(value) is not bool or kind == "bool") for value in values)

    def test_no_field_is_made_up(self):
        assert {field for video in VIDEOS for field in video} == set(VIDEO_FIELDS)

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


class TestMixture:
    def test_most_regions_occur_and_no_other(self):
        regions = Counter(video["region_code"] for video in corpus(50_000))
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

    @pytest.mark.parametrize("text", ["\0", "\x1b", "\n", "🐱", "👨‍👩‍👧‍👦", "猫", "кот", "قطتي", "बिल्ली", "แมว", "<b>"])
    def test_what_programs_have_to_be_ready_for_occurs(self, text: str):
        assert any(text in video["video_description"] for video in corpus(50_000))

    @pytest.mark.parametrize(
        "field", ["effect_ids", "hashtag_names", "voice_to_text", "video_mention_list", "video_label"]
    )
    def test_what_may_be_empty_is_so_sometimes(self, field: str):
        assert 0 < sum(not video[field] for video in VIDEOS) < len(VIDEOS)

    def test_it_is_json_in_any_encoding(self):
        assert json.loads(json.dumps(VIDEOS, ensure_ascii=False).encode()) == VIDEOS


class TestDays:
    def test_a_corpus_is_of_january_2023_unless_said_otherwise(self):
        assert (FIRST_DAY, LAST_DAY) == (date(2023, 1, 1), date(2023, 1, 31))
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

    def test_no_videos_and_fewer(self):
        assert corpus(0) == []
        with pytest.raises(ValueError, match=r"^corpus\(-1\): give the number of videos, 0 or more$"):
            corpus(-1)


def days(videos: list[dict[str, object]]) -> set[date]:
    return {datetime.fromtimestamp(video["create_time"], timezone.utc).date() for video in videos}  # type: ignore[arg-type]
