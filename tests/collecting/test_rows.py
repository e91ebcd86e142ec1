"""What a video becomes in the file, column by column."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import ServerError, Video
from querydsl.collecting.rows import encodable, row
from tests.test_videos import WHOLE, received, unknown

lone = st.sampled_from(["\ud800", "\udfff", "\0", "\n", "\u2028", "\U0001f600", "\u00e9"])


class TestRow:
    def test_it_has_a_value_for_each_column(self):
        kept = row(WHOLE, json.dumps(WHOLE))
        assert kept["raw"] == json.dumps(WHOLE)
        assert kept["hashtag_names"] == '["capcut", "\u732b"]'
        assert kept["video_label"] == '{"content": "", "type": 0}'
        assert {name: kept[name] for name in ("id", "create_time", "username", "is_stem_verified")} == {
            "id": 702874395068494965, "create_time": 1633823999, "username": "someone", "is_stem_verified": False,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("raw", "kept"),
        [
            ('{"id": 7}', '{"id": 7}'),
            ('{"id":7,"x":1.10,"y":1e400,"z":12345678901234567890.12345}',) * 2,
            ('{\n "id": 7,\r\n "x": "\\n"}', '{  "id": 7,   "x": "\\n"}'),
            ('{"id": 7, "x\u00e9": "\u732b\U0001f600\u2028"}',
             '{"id": 7, "x\\u00e9": "\\u732b\\ud83d\\ude00\\u2028"}'),
            ('{"id": 7, "x": "\u00e9\\u00e9", "y": 1.10}', '{"id": 7, "x": "\\u00e9\\u00e9", "y": 1.10}'),
            ('{"id": 7, "x": "\\ud800"}',) * 2,
            ('{"id": 7, "x": "\ud800"}', '{"id": 7, "x": "\\ud800"}'),
        ],
    )  # fmt: skip
    def test_raw_is_what_came_as_a_line_of_ascii(self, raw, kept):
        assert row(json.loads(raw), raw)["raw"] == kept
        assert json.loads(kept) == json.loads(raw)

    @given(received, unknown, st.dictionaries(lone, lone), st.booleans(), st.sampled_from([None, 0, "\t"]))
    def test_raw_loses_nothing(self, known, extra, odd, ascii_only, indent):
        whole = {**known, **extra, **odd, "id": 7}
        raw = row(whole, json.dumps(whole, ensure_ascii=ascii_only, indent=indent))["raw"]
        assert raw.isascii()
        assert len(raw.splitlines()) == 1
        assert json.loads(raw) == whole
        assert Video.from_dict(json.loads(raw)) == Video.from_dict(whole)

    @given(st.text(st.sampled_from('\\"/\u00e9\U0001f600\ud800\n a{')))
    def test_raw_changes_in_nothing_but_the_characters_beyond_ascii(self, text):
        raw = json.dumps({"id": 7, "x": text, "z": 1.10}, ensure_ascii=False)
        escaped = re.sub("[^\x00-\x7f]+", lambda beyond: json.dumps(beyond[0])[1:-1], raw)
        assert row(json.loads(raw), raw)["raw"] == escaped

    @given(received, st.dictionaries(lone, lone))
    def test_lists_and_structs_are_json_text(self, known, odd):
        whole = {**known, "id": 7, "hashtag_names": list(odd), "video_label": odd}
        kept = row(whole, "{}")
        assert json.loads(kept["hashtag_names"]) == list(odd)
        assert json.loads(kept["video_label"]) == odd

    @pytest.mark.parametrize("whole", [{}, {"id": None}, {"username": "a"}])
    def test_one_without_an_id_is_a_server_error(self, whole):
        with pytest.raises(ServerError) as caught:
            row(whole, json.dumps(whole))
        assert str(caught.value) == "a video has no id"

    @given(received)
    def test_it_has_the_columns_of_the_fields_that_the_video_has(self, known):
        kept = row({**known, "id": 7}, "{}")
        assert kept.keys() == {"id", "raw", *known}

    @given(received, st.randoms(use_true_random=False))
    def test_the_order_of_the_members_does_not_matter(self, known, random):
        whole = {**known, "id": 7}
        names = list(whole)
        random.shuffle(names)
        assert row({name: whole[name] for name in names}, "{}") == row(whole, "{}")


class TestEncodable:
    @given(st.text(), st.integers(), st.text())
    def test_every_text_can_be_written_then(self, username, count, raw):
        kept = encodable({"username": username, "like_count": count, "raw": raw})
        assert [str(value).encode() for value in kept.values()]
        assert kept["like_count"] == count

    def test_only_lone_surrogates_change(self):
        assert encodable({"username": "a\U0001f600\0", "id": 7}) == {"username": "a\U0001f600\0", "id": 7}
        assert encodable({"username": "a\ud800\udc00"}) == {"username": "a\ufffd\ufffd"}
