"""Reading a video's JSON: like `json.loads`, but for any depth and any number of digits."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl.raw_json import MAX_DEPTH, read_value, read_whole
from querydsl.videos import TooDeep, Video


def nested(depth, inside="", kind="[]"):
    """Nested lists or objects."""
    begin, end = ("[", "]") if kind == "[]" else ('{"a": ', "}")
    return begin * depth + (inside or "null" * (kind == "{}")) + end * depth


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class TestOrdinary:
    @given(values, st.booleans(), st.text(max_size=3))
    def test_it_is_what_json_loads_reads(self, value, ascii_only, after):
        text = json.dumps(value, ensure_ascii=ascii_only)
        assert read_whole(text) == value
        if isinstance(value, (dict, list)):
            assert read_value(f"x{text}{after}", 1) == (value, len(text) + 1)

    @given(st.lists(values, max_size=9))
    @settings(max_examples=25)
    def test_many_brackets_are_not_deep(self, many):
        many = [[one] for one in many] + [[]] * 2 * MAX_DEPTH
        assert read_whole(json.dumps({"a": many, "b": '[{"\\\\"'})) == {"a": many, "b": '[{"\\\\"'}

    def test_a_number_of_any_length_is_text(self):
        assert read_whole('{"n": ' + "9" * 5_000 + "}") == {"n": "9" * 5_000}

    @pytest.mark.parametrize(
        "text", ["", "[", '{"a": 1', "NaN", "[1,]", '{"a" 1}', "[1] x", "[" * 100_000, '["' * 3_000]
    )
    def test_text_that_is_not_json_is_refused(self, text):
        with pytest.raises(ValueError, match=r"Expecting|not JSON|too early|after its end|Illegal trailing comma"):
            read_whole(text)


class TestDepth:
    @pytest.mark.parametrize("kind", ["[]", "{}"])
    def test_as_deep_as_is_allowed_it_is_read(self, kind):
        text = f'{{"id": 7, "a": {nested(MAX_DEPTH - 1, kind=kind)}}}'
        assert read_whole(text) == json.loads(text)

    @pytest.mark.parametrize("kind", ["[]", "{}"])
    @pytest.mark.parametrize("depth", [MAX_DEPTH, MAX_DEPTH + 1, 2 * MAX_DEPTH, 900, 10_000])
    def test_a_member_that_is_deeper_is_its_own_text(self, kind, depth):
        deep = nested(depth, '"]}"', kind)
        found = read_whole(f'{{"id": 7, "deep": {deep}, "also": {deep}, "tags": [{{"a": [1]}}], "b": "c"}}')
        assert found == {"id": 7, "deep": deep, "also": deep, "tags": [{"a": [1]}], "b": "c"}
        assert type(found["deep"]) is TooDeep

    def test_a_list_that_is_nested_deeper_is_its_own_text(self):
        assert type(read_whole(nested(900))) is TooDeep
        assert read_value(f"[{nested(900)}, 7]", 1)[1] == 1 + 2 * 900

    @pytest.mark.parametrize("wrong", ["1 2", "]", "}", "{]", '"', "nan", "[}"])
    def test_all_of_it_has_to_be_json(self, wrong):
        for depth in (99, 100, 101, 250, 5_000):
            with pytest.raises(ValueError, match=r"Expecting|too early|after its end|Unterminated"):
                read_whole(f'{{"id": 7, "deep": {nested(depth, wrong)}}}')

    def test_a_video_with_one_has_everything_else(self):
        deep = nested(900)
        video = Video.from_dict(read_whole(f'{{"id": 7, "username": "ann", "video_label": {deep}, "sound": {deep}}}'))
        assert (video.id, video.username, video.video_label) == (7, "ann", None)
        assert video.extra == {"video_label": deep, "sound": deep}
