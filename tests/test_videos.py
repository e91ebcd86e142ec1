"""Videos: what the API sends, whatever it sends, and the same again."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import ALL_FIELDS, Page, ServerError, Video
from querydsl.tables import INT64_MAX, VIDEO_FIELDS
from querydsl.videos import cells, documented

#: A video with a value in each documented field.
WHOLE = {
    "id": 702874395068494965,
    "video_description": "Catch it? #CapCut \u0000 \U0001f600",
    "create_time": 1633823999,
    "region_code": "US",
    "share_count": 0,
    "view_count": 10,
    "like_count": 3,
    "comment_count": 1,
    "music_id": 6833934234948732941,
    "hashtag_names": ["capcut", "\u732b"],
    "username": "someone",
    "effect_ids": ["0", "7"],
    "playlist_id": 6907271804242495234,
    "voice_to_text": "hello",
    "is_stem_verified": False,
    "favourites_count": 2,
    "video_duration": 27,
    "hashtag_info_list": [{"hashtag_id": 1, "hashtag_name": "capcut"}],
    "video_mention_list": ["other"],
    "video_label": {"content": "", "type": 0},
}

int64 = st.integers(-INT64_MAX - 1, INT64_MAX)
json_values = st.recursive(
    st.none() | st.booleans() | int64 | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
VALUES = {
    "int64": int64,
    "string": st.text(),
    "bool": st.booleans(),
    "list<string>": st.lists(st.text(), max_size=3),
    "struct": json_values.filter(lambda value: value is not None),
}
received = st.fixed_dictionaries(
    {},
    optional={
        **{name: VALUES[VIDEO_FIELDS[name].type] for name in ALL_FIELDS},
        "create_time": st.integers(-62_135_596_800, 253_402_300_799),
    },
)
unknown = st.dictionaries(
    st.text().filter(lambda name: name not in {*ALL_FIELDS, "video_id", "favorites_count"}), json_values, max_size=3
)


class TestFromDict:
    def test_every_documented_field_is_an_attribute(self):
        video = Video.from_dict(WHOLE)
        found = attrs.asdict(video, recurse=False)
        lists = {name: tuple(value) for name, value in WHOLE.items() if VIDEO_FIELDS[name].type == "list<string>"}
        assert found == {**WHOLE, **lists, "extra": {}}
        assert list(found) == [*ALL_FIELDS, "extra"]

    def test_what_is_left_out_is_none(self):
        assert set(attrs.astuple(Video.from_dict({"id": 7}), recurse=False)[1:-1]) == {None}

    @pytest.mark.parametrize(
        ("given", "number"),
        [(7, 7), ("7", 7), ("702874395068494965", 702874395068494965), (INT64_MAX, INT64_MAX), ("-1", -1), ("007", 7)],
    )
    def test_ids_are_numbers_however_they_are_sent(self, given, number):
        for name in ("id", "music_id", "playlist_id"):
            assert getattr(Video.from_dict({name: given}), name) == number

    def test_the_vendors_example_has_video_id(self):
        assert Video.from_dict({"video_id": "7"}) == Video(id=7)

    def test_the_newer_page_spells_favorites_count_so(self):
        assert Video.from_dict({"id": 7, "favorites_count": 3}) == Video(id=7, favourites_count=3)

    def test_where_both_come_nothing_is_lost(self):
        video = Video.from_dict({"id": 7, "video_id": 8, "favourites_count": 1, "favorites_count": 2})
        assert (video.id, video.favourites_count) == (7, 1)
        assert video.extra == {"video_id": 8, "favorites_count": 2}

    def test_where_the_first_is_null_the_other_counts(self):
        assert Video.from_dict({"id": None, "video_id": 8}) == Video(id=8)

    def test_effects_may_come_as_numbers(self):
        assert Video.from_dict({"effect_ids": [0, "7", 123]}).effect_ids == ("0", "7", "123")

    def test_what_is_undocumented_is_kept(self):
        video = Video.from_dict({"id": 7, "video_tag": [{"number": 1}], "sticker_info_list": None})
        assert video.extra == {"video_tag": [{"number": 1}], "sticker_info_list": None}

    def test_a_struct_is_kept_as_it_is(self):
        assert Video.from_dict({"video_label": 7}).video_label == 7
        assert Video.from_dict({"hashtag_info_list": {"a": []}}).hashtag_info_list == {"a": []}

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"id": "x"}, "a video's id is 'x', which is not of the type int64"),
            ({"id": True}, "a video's id is true, which is not of the type int64"),
            ({"id": 1.0}, "a video's id is 1.0, which is not of the type int64"),
            ({"id": 2**63}, "a video's id is 9223372036854775808, which is not of the type int64"),
            ({"id": -(2**63), "music_id": 2**63},
             "a video's music_id is 9223372036854775808, which is not of the type int64"),
            ({"id": "9" * 20}, "a video's id is '99999999999999999999', which is not of the type int64"),
            ({"id": "\u0667"}, "a video's id is '\u0667', which is not of the type int64"),
            ({"id": 10**5000}, "a video's id is a number of very many digits, which is not of the type int64"),
            ({"video_id": "x"}, "a video's id is 'x', which is not of the type int64"),
            ({"favorites_count": {}}, "a video's favourites_count is {}, which is not of the type int64"),
            ({"create_time": 253_402_300_800}, "a video's create_time is 253402300800, which is not of the type int64"),
            ({"create_time": -(10**11)}, "a video's create_time is -100000000000, which is not of the type int64"),
            ({"username": 7}, "a video's username is 7, which is not of the type string"),
            ({"is_stem_verified": 1}, "a video's is_stem_verified is 1, which is not of the type bool"),
            ({"hashtag_names": "cat"}, "a video's hashtag_names is 'cat', which is not of the type list<string>"),
            ({"hashtag_names": [None]}, "a video's hashtag_names is null, which is not of the type list<string>"),
            ({"effect_ids": [["7"]]}, "a video's effect_ids is a list, which is not of the type list<string>"),
        ],
    )  # fmt: skip
    def test_a_malformed_one_is_a_server_error(self, wrong, message):
        with pytest.raises(ServerError) as caught:
            Video.from_dict(wrong)
        assert str(caught.value) == message

    @given(received, unknown)
    def test_to_dict_is_what_was_received(self, known, extra):
        whole = {**known, **extra}
        assert Video.from_dict(whole).to_dict() == whole

    @given(received, unknown)
    def test_a_round_trip_is_exact(self, known, extra):
        video = Video.from_dict({**known, **extra})
        assert Video.from_dict(video.to_dict()) == video
        assert Video.from_dict(json.loads(json.dumps(video.to_dict()))) == video

    @given(st.dictionaries(st.sampled_from([*ALL_FIELDS, "video_id", "x"]), json_values))
    def test_anything_is_a_video_or_a_server_error(self, anything):
        try:
            video = Video.from_dict(anything)
        except ServerError:
            return
        assert isinstance(video.id, (int, type(None)))
        assert video.created_at is None or video.created_at.tzinfo is timezone.utc
        values, extra = documented(anything)
        assert values.keys() <= set(ALL_FIELDS)
        assert extra.keys().isdisjoint(ALL_FIELDS)

    def test_what_was_received_is_not_changed(self):
        given = {**WHOLE, "favorites_count": 3, "effect_ids": [7]}
        before = json.dumps(given)
        Video.from_dict(given)
        assert json.dumps(given) == before

    def test_threads_may_see_shapes_of_all_kinds_at_once(self):
        def read(number):
            shape = {name: WHOLE[name] for place, name in enumerate(ALL_FIELDS) if number >> place & 1}
            return Video.from_dict(shape).to_dict() == shape

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(read, range(6_000)))


class TestVideo:
    def test_created_at_is_a_moment_in_utc(self):
        assert Video(create_time=0).created_at == datetime(1970, 1, 1, tzinfo=timezone.utc)
        assert Video.from_dict({"create_time": -62_135_596_800}).created_at.year == 1
        assert Video.from_dict({"create_time": 253_402_300_799}).created_at.year == 9999

    def test_its_repr_has_what_is_known(self):
        assert repr(Video()) == "Video()"
        assert repr(Video(id=7, username="x")) == "Video(id=7, username='x')"
        assert repr(Video.from_dict({"hashtag_names": [], "share_count": 0, "is_stem_verified": False, "new": 1})) == (
            "Video(share_count=0, hashtag_names=(), is_stem_verified=False, extra={'new': 1})"
        )

    @given(received, unknown)
    def test_its_repr_makes_it_again(self, known, extra):
        video = Video.from_dict({**known, **extra})
        assert eval(repr(video)) == video

    def test_it_is_a_value(self):
        video = Video.from_dict({**WHOLE, "extra_one": []})
        assert {video, pickle.loads(pickle.dumps(video))} == {video}
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            video.id = 8


class TestPage:
    def test_one_that_is_empty_is_not_false_for_it_may_not_be_the_last(self):
        assert Page((), 100, True)

    def test_its_videos_are_gone_through_by_name(self):
        with pytest.raises(TypeError, match="not iterable"):
            list(Page((Video(id=1),), 100, True))

    def test_in_a_notebook_every_value_is_escaped(self):
        page = Page((Video.from_dict({"id": 7, "video_description": "<b>", "create_time": 0}),), None, False)
        shown = page._repr_html_()
        assert "&lt;b&gt;" in shown
        assert "<b>" not in shown
        assert "1970-01-01 00:00" in shown

    def test_what_is_none_is_an_empty_cell(self):
        assert cells(Video()) == ("",) * 6
