"""The tables match the vendor's page, which this file states independently."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import attrs
import pytest

from querydsl import ALL_FIELDS, tables
from querydsl.spec import schema
from querydsl.spec.values import fault, rule
from querydsl.tables import FIELDS, LENGTH_SECONDS, LENGTHS, OPERATIONS, REGION_CODES, VIDEO_FIELDS
from tests.documents import EXAMPLE
from tests.test_docs import GENERATE


class TestConditionFields:
    @pytest.mark.parametrize(
        ("name", "title", "operations"),
        [
            ("create_date", "CreateDate", "EQ IN GT GTE LT LTE"),
            ("username", "Username", "EQ IN"),
            ("region_code", "Region", "EQ IN"),
            ("video_id", "VideoId", "EQ IN"),
            ("hashtag_name", "Hashtag", "EQ IN"),
            ("keyword", "Keyword", "EQ IN"),
            ("music_id", "MusicId", "EQ IN"),
            ("effect_id", "EffectId", "EQ IN"),
            ("video_length", "Length", "EQ IN"),
            ("view_count", "ViewCount", "EQ IN GT GTE LT LTE"),
            ("comment_count", "CommentCount", "EQ IN GT GTE LT LTE"),
        ],
    )
    def test_each_takes_its_operations(self, name, title, operations):
        assert (FIELDS[name].title, FIELDS[name].operations) == (title, frozenset(operations.split()))

    def test_there_are_eleven(self):
        assert len(FIELDS) == 11
        assert all(name == field.name for name, field in FIELDS.items())

    def test_a_video_carries_several_hashtags_keywords_and_effects(self):
        assert {name for name in FIELDS if FIELDS[name].many_valued} == {"hashtag_name", "keyword", "effect_id"}

    def test_an_effect_can_be_0_and_no_other_id(self):
        assert {name: FIELDS[name].minimum for name in FIELDS if FIELDS[name].form == "id"} == {
            "video_id": 1,
            "music_id": 1,
            "effect_id": 0,
        }

    def test_there_are_six_operations(self):
        assert OPERATIONS == get_args(tables.Operation) == ("EQ", "IN", "GT", "GTE", "LT", "LTE")

    def test_only_in_takes_several_values(self):
        assert tables.VALUES_TAKEN == {"EQ": 1, "IN": None, "GT": 1, "GTE": 1, "LT": 1, "LTE": 1}

    def test_days_lengths_and_counts_have_an_order(self):
        ordered = ["create_date", "video_length", "view_count", "comment_count"]
        assert [name for name in FIELDS if FIELDS[name].is_ordered] == ordered


class TestUnknownForms:
    """A field with an unknown form is refused with a message: it is never treated as text."""

    COLOUR = attrs.evolve(FIELDS["keyword"], name="colour", form="hue")

    @pytest.mark.parametrize(
        ("ask", "who"),
        [
            (rule, "the rules of values"),
            (lambda field: fault(field, "red"), "the faults of values"),
            (schema._value, "json_schema"),
            (GENERATE["_values"], "docs/generate.py"),
        ],
        ids=["rules", "faults", "schema", "docs"],
    )
    def test_they_are_refused(self, ask, who):
        with pytest.raises(NotImplementedError) as refusal:
            ask(self.COLOUR)
        assert str(refusal.value).startswith(f"{who}: the form 'hue' of colour is not known; known are day, text, id")


class TestRegionCodes:
    def test_there_are_245_each_once(self):
        assert len(REGION_CODES) == 245
        assert not [code for code, times in Counter(REGION_CODES).items() if times > 1]

    def test_each_is_two_capitals(self):
        assert all(len(code) == 2 and code.isascii() and code.isalpha() and code.isupper() for code in REGION_CODES)

    def test_they_come_in_the_order_of_the_page(self):
        assert REGION_CODES[:8] == ("FR", "TH", "MM", "BD", "IT", "NP", "IQ", "BR")
        assert REGION_CODES[-4:] == ("EH", "PN", "TF", "RU")

    @pytest.mark.parametrize("code", ["XK", "TP", "AX", "BQ", "SX", "CU", "IR", "RU", "CN", "HK"])
    def test_the_unusual_ones_are_there(self, code):
        assert code in REGION_CODES

    @pytest.mark.parametrize("code", ["UK", "EU", "KP", "GS", "HM", "CC", "CX"])
    def test_codes_that_the_page_does_not_list_are_absent(self, code):
        assert code not in REGION_CODES


class TestLengths:
    def test_they_go_from_short_to_extra_long(self):
        assert LENGTHS == ("SHORT", "MID", "LONG", "EXTRA_LONG")

    def test_below_15_seconds_to_a_minute_to_5_minutes_and_over(self):
        assert LENGTH_SECONDS == {"SHORT": (0, 14), "MID": (15, 60), "LONG": (61, 300), "EXTRA_LONG": (301, None)}


class TestVideoObject:
    def test_it_has_the_documented_fields_with_their_types(self):
        assert {name: field.type for name, field in VIDEO_FIELDS.items()} == {
            "id": "int64",
            "create_time": "int64",
            "username": "string",
            "region_code": "string",
            "video_description": "string",
            "music_id": "int64",
            "like_count": "int64",
            "comment_count": "int64",
            "share_count": "int64",
            "view_count": "int64",
            "effect_ids": "list<string>",
            "hashtag_names": "list<string>",
            "hashtag_info_list": "struct",
            "video_mention_list": "list<string>",
            "video_label": "struct",
            "playlist_id": "int64",
            "voice_to_text": "string",
            "is_stem_verified": "bool",
            "video_duration": "int64",
            "favorites_count": "int64",
            "sticker_info_list": "struct",
            "effect_info_list": "struct",
            "video_tag": "struct",
        }

    def test_all_fields_is_the_complete_list_of_the_parameter_fields(self):
        assert ",".join(ALL_FIELDS) == (
            "id,video_description,create_time,region_code,share_count,view_count,like_count,comment_count,music_id,"
            "hashtag_names,username,effect_ids,playlist_id,voice_to_text,is_stem_verified,favorites_count,"
            "video_duration,hashtag_info_list,sticker_info_list,effect_info_list,video_mention_list,video_label,"
            "video_tag"
        )
        assert set(ALL_FIELDS) == set(VIDEO_FIELDS)

    def test_one_had_another_name_on_the_page_of_2023(self):
        assert tables.OLDER_VIDEO_FIELDS == {"favourites_count": "favorites_count"}


class TestRequest:
    def test_the_keys_are_the_documented_ones(self):
        assert set(tables.REQUEST_KEYS) == {
            "query", "start_date", "end_date", "max_count", "cursor", "search_id", "is_random",
        }  # fmt: skip
        assert tables.REQUIRED_REQUEST_KEYS == ("query", "start_date", "end_date")

    def test_the_example_of_the_page_uses_no_other(self):
        assert set(EXAMPLE) <= set(tables.REQUEST_KEYS)
        assert set(EXAMPLE["query"]) <= set(tables.QUERY_KEYS)

    def test_the_limits_are_the_documented_ones(self):
        assert (tables.MAX_COUNT, tables.DEFAULT_COUNT, tables.MAX_DAYS_APART) == (100, 20, 30)
        assert tables.INT64_MAX == 9_223_372_036_854_775_807
        assert (tables.DAILY_CALLS, tables.DAILY_VIDEOS, tables.LAG_DAYS) == (1_000, 100_000, 2)

    def test_it_goes_to_the_documented_url(self):
        assert tables.API_URL + tables.QUERY_PATH == "https://open.tiktokapis.com/v2/research/video/query/"

    def test_tokens_come_from_the_documented_path_and_are_good_for_two_hours(self):
        assert (tables.TOKEN_PATH, tables.TOKEN_LIFETIME) == ("/v2/oauth/token/", 7_200)


class TestErrors:
    def test_each_code_has_its_status(self):
        assert tables.API_ERRORS == {
            "access_token_invalid": 401,
            "scope_not_authorized": 401,
            "scope_permission_missed": 400,
            "invalid_params": 400,
            "rate_limit_exceeded": 429,
            "daily_quota_limit_exceeded": 429,
            "internal_error": 500,
            "timeout": 500,
        }
