"""Videos: anything that the API may send, and the same JSON again."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import ALL_FIELDS, Page, Video
from querydsl.showing import shown
from querydsl.tables import INT64_MAX, VIDEO_FIELDS
from querydsl.videos import READERS, _reader, cells, documented, merged, once_each, read_video

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
    "favorites_count": 2,
    "video_duration": 27,
    "hashtag_info_list": [{"hashtag_id": 1, "hashtag_name": "capcut"}],
    "sticker_info_list": [{"sticker_id": 1, "sticker_name": "cat"}],
    "effect_info_list": [{"effect_id": 7, "effect_name": "\u732b", "effect_photo_url": "https://example.com"}],
    "video_mention_list": ["other"],
    "video_label": {"content": "", "type": 0},
    "video_tag": [{"type": "AIGC Type", "number": 1}],
}
OTHER = {field.other_spelling: field.name for field in VIDEO_FIELDS.values() if field.other_spelling}

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
    st.text().filter(lambda name: name not in {*ALL_FIELDS, "video_id", "favourites_count"}), json_values, max_size=3
)


class TestFromDict:
    def test_every_documented_field_is_an_attribute(self):
        video = Video.from_dict(WHOLE)
        found = attrs.asdict(video, recurse=False)
        lists = {name: tuple(value) for name, value in WHOLE.items() if VIDEO_FIELDS[name].type == "list<string>"}
        assert found == {**WHOLE, **lists, "extra": {}}
        assert list(found) == [*ALL_FIELDS, "extra"]

    def test_omitted_values_are_none(self):
        assert set(attrs.astuple(Video.from_dict({"id": 7}), recurse=False)[1:-1]) == {None}

    @pytest.mark.parametrize(
        ("given", "number"),
        [(7, 7), ("7", 7), ("702874395068494965", 702874395068494965), (INT64_MAX, INT64_MAX), ("-1", -1), ("007", 7)],
    )
    def test_ids_in_any_form_become_numbers(self, given, number):
        for name in ("id", "music_id", "playlist_id"):
            assert getattr(Video.from_dict({name: given}), name) == number

    def test_the_vendors_example_has_video_id(self):
        assert Video.from_dict({"video_id": "7"}) == Video(id=7)

    def test_the_older_page_spells_favourites_count_so(self):
        assert Video.from_dict({"id": 7, "favourites_count": 3}) == Video(id=7, favorites_count=3)

    def test_if_both_spellings_come_nothing_is_lost(self):
        video = Video.from_dict({"id": 7, "video_id": 8, "favorites_count": 1, "favourites_count": 2})
        assert (video.id, video.favorites_count) == (7, 1)
        assert video.extra == {"video_id": 8, "favourites_count": 2}

    def test_if_the_first_spelling_is_null_the_other_counts(self):
        assert Video.from_dict({"id": None, "video_id": 8}) == Video(id=8)

    def test_effects_may_come_as_numbers(self):
        assert Video.from_dict({"effect_ids": [0, "7", 123]}).effect_ids == ("0", "7", "123")

    def test_undocumented_values_are_kept(self):
        video = Video.from_dict({"id": 7, "shop": [{"number": 1}], "sound": None})
        assert video.extra == {"shop": [{"number": 1}], "sound": None}

    def test_a_struct_is_kept_as_it_is(self):
        assert Video.from_dict({"video_label": 7}).video_label == 7
        assert Video.from_dict({"hashtag_info_list": {"a": []}}).hashtag_info_list == {"a": []}

    @given(received, unknown, st.dictionaries(st.sampled_from(ALL_FIELDS), json_values))
    def test_all_values_are_given_back_even_odd_ones(self, known, extra, anything):
        whole = {**known, **extra, **anything}
        given = Video.from_dict(whole).to_dict()
        assert given.keys() == {name for name, value in whole.items() if value is not None or name in extra}
        assert {name: given[name] for name in given.keys() - anything.keys()} == {
            name: whole[name] for name in given.keys() - anything.keys()
        }

    @given(received, unknown)
    def test_to_dict_equals_the_received_object(self, known, extra):
        whole = {**known, **extra}
        assert Video.from_dict(whole).to_dict() == whole

    @given(received, unknown)
    def test_a_round_trip_is_exact(self, known, extra):
        video = Video.from_dict({**known, **extra})
        assert Video.from_dict(video.to_dict()) == video
        assert Video.from_dict(json.loads(json.dumps(video.to_dict()))) == video

    def test_the_received_object_is_not_changed(self):
        given = {**WHOLE, "favourites_count": 3, "effect_ids": [7], "music_id": ""}
        before = json.dumps(given)
        Video.from_dict(given)
        assert json.dumps(given) == before

    def test_threads_may_see_shapes_of_all_kinds_at_once(self):
        def read(number):
            shape = {name: WHOLE[name] for place, name in enumerate(ALL_FIELDS) if number >> place & 1}
            return Video.from_dict(shape).to_dict() == shape

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(read, range(6_000)))


#: Values that are not of the type of their field.
ODD = [
    {"id": "x"},
    {"id": ""},
    {"id": True},
    {"id": 1.0},
    {"id": 2**63},
    {"id": "9" * 20},
    {"id": "\u0667"},
    {"id": 10**5000},
    {"video_id": "x"},
    {"music_id": ""},
    {"music_id": -(2**63) - 1},
    {"like_count": float("inf")},
    {"favorites_count": {}},
    {"favourites_count": []},
    {"create_time": 253_402_300_800},
    {"create_time": -(10**11)},
    {"username": 7},
    {"is_stem_verified": 1},
    {"is_stem_verified": "true"},
    {"hashtag_names": "cat"},
    {"hashtag_names": [None]},
    {"hashtag_names": [True]},
    {"effect_ids": [["7"]]},
    {"effect_ids": [10**5000]},
]


def shown_case(odd):
    [(name, value)] = odd.items()
    return f"{name} {shown(value)}"


class TestOddValues:
    @pytest.mark.parametrize("odd", ODD, ids=map(shown_case, ODD))
    def test_the_field_is_none_and_the_value_is_in_extra(self, odd):
        video, count = read_video({"view_count": 3, **odd})
        assert video == Video(view_count=3, extra=odd)
        assert count == 1

    @pytest.mark.parametrize("odd", ODD, ids=map(shown_case, ODD))
    def test_it_is_given_back(self, odd):
        assert Video.from_dict({"view_count": 3, **odd}).to_dict() == {"view_count": 3, **odd}

    @pytest.mark.parametrize(
        "fine",
        [{"id": "7"}, {"music_id": None}, {"effect_ids": [0, "7"]}, {"new": object}, {"video_label": 7}, {}],
        ids=str,
    )
    def test_digits_nulls_and_undocumented_values_are_not_odd(self, fine):
        assert read_video(fine)[1] == 0

    def test_each_counts(self):
        assert read_video({"id": 7, "music_id": "", "username": 7, "view_count": "1"})[1] == 2

    @pytest.mark.parametrize(
        "received", [{"id": "x", "video_id": 8}, {"video_id": "8", "id": ""}, {"id": [], "video_id": 8, "a": None}]
    )
    def test_if_the_first_spelling_is_odd_the_other_counts(self, received):
        video, count = read_video(received)
        assert (video.id, count) == (8, 1)
        assert video.to_dict() == {**received, "video_id": 8}
        assert Video.from_dict(video.to_dict()) == video

    @given(st.dictionaries(st.sampled_from([*ALL_FIELDS, "video_id", "favourites_count", "x"]), json_values))
    def test_anything_is_a_video(self, anything):
        video, odd = read_video(anything)
        assert isinstance(video.id, (int, type(None)))
        assert video.created_at is None or video.created_at.tzinfo is timezone.utc
        values, extra, count = documented(anything, READERS)
        assert values.keys() <= set(ALL_FIELDS)
        assert odd == count <= len(extra)
        for name, value in anything.items():
            assert value is None or name in extra or OTHER.get(name, name) in values

    def test_a_type_that_nothing_reads_is_refused(self):
        with pytest.raises(TypeError) as caught:
            _reader(attrs.evolve(VIDEO_FIELDS["id"], name="volume", type="float64"))
        assert str(caught.value) == "the Video field volume is of the type 'float64': add a reader to _TYPES"


class TestMerged:
    def test_members_of_only_the_older_answer_stay(self):
        older = Video.from_dict({"id": 7, "username": "a", "like_count": 1, "new": 1, "sound": "off"})
        newer = Video.from_dict({"id": 7, "like_count": 2, "view_count": 0, "new": 2})
        assert merged(older, newer) == Video(
            id=7, username="a", like_count=2, view_count=0, extra={"new": 2, "sound": "off"}
        )

    @given(received, unknown)
    def test_with_itself_it_is_the_same(self, known, extra):
        video = Video.from_dict({**known, **extra})
        assert merged(video, video) == merged(video, Video()) == merged(Video(), video) == video

    def test_each_id_comes_once_at_its_first_place(self):
        first, second, again = Video(id=7, username="a"), Video(id=6), Video(id=7, like_count=1)
        assert once_each([first, second, again]) == (Video(id=7, username="a", like_count=1), second)

    def test_those_without_an_id_are_each_themselves(self):
        assert once_each([Video(), Video(), Video(id=1)]) == (Video(), Video(), Video(id=1))


class TestVideo:
    def test_both_spellings_give_the_favorites(self):
        assert Video(favorites_count=3).favourites_count == 3
        assert Video().favourites_count is None

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

    def test_none_is_an_empty_cell(self):
        assert cells(Video()) == ("",) * 6
