"""The row of a video, column by column."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import ALL_FIELDS, Video
from querydsl.storage.rows import Row, encodable, members, renewed, row
from tests.test_videos import WHOLE, json_values, received, unknown

lone = st.sampled_from(["\ud800", "\udfff", "\0", "\n", "\u2028", "\U0001f600", "\u00e9"])


class TestRow:
    def test_it_has_a_value_for_each_column(self):
        kept = row(WHOLE, json.dumps(WHOLE)).columns
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
            ('{"id": 7, "x\u00e9": "\u732b\U0001f600\u2028"}',) * 2,
            ('{"id": 7, "x": "\u00e9\\u00e9", "y": 1.10}',) * 2,
            ('{"id": 7, "x": "\\ud800"}',) * 2,
        ],
    )  # fmt: skip
    def test_raw_is_the_received_json_on_one_line(self, raw, kept):
        assert row(json.loads(raw), raw).raw == kept
        assert json.loads(kept) == json.loads(raw)

    @given(received, unknown, st.dictionaries(lone, lone), st.booleans(), st.sampled_from([None, 0, "\t"]))
    def test_raw_loses_nothing(self, known, extra, odd, ascii_only, indent):
        whole = {**known, **extra, **odd, "id": 7}
        raw = encodable(row(whole, json.dumps(whole, ensure_ascii=ascii_only, indent=indent))).raw
        assert len(raw.encode().split(b"\n")) == 1
        assert json.loads(raw) == whole
        assert Video.from_dict(json.loads(raw)) == Video.from_dict(whole)

    @given(st.text(st.sampled_from('\\"/\u00e9\U0001f600\ud800\n a{')))
    def test_raw_changes_in_nothing_but_lone_surrogates_which_are_escaped(self, text):
        raw = json.dumps({"id": 7, "x": text, "z": 1.10}, ensure_ascii=False)
        assert row(json.loads(raw), raw).raw == raw
        assert encodable(row(json.loads(raw), raw)).raw == raw.replace("\ud800", "\\ud800")

    @given(received, st.dictionaries(lone, lone))
    def test_lists_and_structs_are_json_text(self, known, odd):
        whole = {**known, "id": 7, "hashtag_names": list(odd), "video_label": odd}
        kept = row(whole, "{}").columns
        assert json.loads(kept["hashtag_names"]) == list(odd)
        assert json.loads(kept["video_label"]) == odd

    @given(received)
    def test_it_has_the_columns_of_the_fields_that_the_video_has(self, known):
        kept = row({**known, "id": 7}, "{}").columns
        assert kept.keys() == {"id", "raw", *known}

    @given(received, st.randoms(use_true_random=False))
    def test_the_order_of_the_members_does_not_matter(self, known, random):
        whole = {**known, "id": 7}
        names = list(whole)
        random.shuffle(names)
        assert row({name: whole[name] for name in names}, "{}") == row(whole, "{}")


class TestOddValues:
    def test_the_column_is_left_out_and_raw_is_as_it_came(self):
        raw = '{"id": 7, "music_id": "", "like_count": "3", "username": 5}'
        extra = '{"music_id": "", "username": 5}'
        assert row(json.loads(raw), raw) == Row(7, {"id": 7, "like_count": 3, "extra": extra, "raw": raw}, 2)

    def test_values_that_are_in_no_column_stay_together_as_they_came(self):
        raw = '{"video_id": "7", "zzz": 1.10e999, "favourites_count": 3, "\u00e9": [1,  2], "none": null}'
        kept = row(json.loads(raw), raw)
        assert kept.columns["extra"] == '{"zzz": 1.10e999, "\\u00e9": [1,  2], "none": null}'
        assert (kept.columns["favorites_count"], kept.odd) == (3, 0)

    @given(st.dictionaries(st.sampled_from([*ALL_FIELDS, "video_id", "favourites_count", "x", "y"]), json_values))
    def test_they_are_those_that_a_video_has_as_extra(self, anything):
        kept = row(anything, json.dumps(anything))
        if kept.id is not None:
            assert json.loads(kept.columns.get("extra", "{}")) == Video.from_dict(anything).extra

    @pytest.mark.parametrize(
        "raw", ["{}", '{"id": null}', '{"username": "a"}', '{"id": "x", "music_id": ""}', '{"video_id": [7]}']
    )
    def test_without_a_readable_id_there_is_raw_alone_and_it_counts_as_one(self, raw):
        assert row(json.loads(raw), raw) == Row(None, {"raw": raw}, 1)

    def test_a_number_that_python_cannot_write_stays_in_a_struct(self):
        raw = '{"id": 7, "video_label": {"a": 1e999, "b": [1.10, "\u00e9"]}, "hashtag_names": ["b"]}'
        kept = row(json.loads(raw), raw)
        assert kept.columns["video_label"] == '{"a": 1e999, "b": [1.10, "é"]}'
        assert kept.columns["hashtag_names"] == '["b"]'

    def test_the_other_values_of_such_a_video_are_read_as_in_any_other(self):
        raw = '{"id": "7", "video_label": 1e999, "video_tag": null, "is_stem_verified": true, "username": 5}'
        columns = {"id": 7, "is_stem_verified": 1, "video_label": "1e999", "extra": '{"username": 5}', "raw": raw}
        assert row(json.loads(raw), raw) == Row(7, columns, 1)

    @pytest.mark.parametrize(
        ("names", "kept"), [('["a", "\u00e9"]', '["a", "é"]'), ("[1, 22]", '["1", "22"]'), ("[]", "[]")]
    )
    def test_ids_in_a_list_are_texts(self, names, kept):
        raw = f'{{"id": 7, "effect_ids": {names}}}'
        assert row(json.loads(raw), raw).columns["effect_ids"] == kept

    @pytest.mark.parametrize("names", ['"a"', "7", "{}", '["a", null]', "[true]", "[[]]", "[1.0]"])
    def test_anything_else_is_no_list_of_texts(self, names):
        raw = f'{{"id": 7, "effect_ids": {names}}}'
        assert row(json.loads(raw), raw) == Row(7, {"id": 7, "extra": f'{{"effect_ids": {names}}}', "raw": raw}, 1)

    @given(st.dictionaries(st.sampled_from([*ALL_FIELDS, "video_id", "x"]), json_values))
    def test_any_object_is_kept(self, anything):
        raw = json.dumps(anything)
        kept = row(anything, raw)
        assert kept.raw == raw
        assert kept.id == Video.from_dict(anything).id
        assert kept.columns.keys() <= {"raw", "extra", *ALL_FIELDS}


class TestMembers:
    @given(st.dictionaries(st.text(), json_values), st.sampled_from([None, 0, "\t"]))
    def test_each_is_the_text_of_its_value(self, whole, indent):
        found = members(json.dumps(whole, indent=indent))
        assert {name: json.loads(text) for name, text in found.items()} == whole

    @pytest.mark.parametrize("number", ["1e999", "-1.10", "1E+2", "12345678901234567890.12345"])
    def test_numbers_are_as_they_came(self, number):
        assert members(f'{{"a":{number} , "b" : [{number}]}}') == {"a": number, "b": f"[{number}]"}

    def test_the_last_of_repeated_members_counts(self):
        assert members('{"a": 1, "a": 2}') == {"a": "2"}


class TestRenewed:
    def renewed(self, older, newer):
        return renewed(older, row(json.loads(newer), newer)).raw

    @pytest.mark.parametrize(
        ("older", "newer", "kept"),
        [
            ('{"id":7,"a":1}', '{ "id": 7, "a":2.0 }', '{ "id": 7, "a":2.0 }'),
            ('{"id":7,"a":1e999}', '{"id":7,"b":1.10}', '{"id": 7, "a": 1e999, "b": 1.10}'),
            ('{"id":7,"a":[1E400,0.1]}', '{"id":7}', '{"id": 7, "a": [1E400,0.1]}'),
            ('{"id":7,"a":1}', '{"id":7,"a":null}', '{"id": 7, "a": 1}'),
            ('{"id":7,"a":null}', '{"id":7}', '{"id":7}'),
            ('{"video_id":7,"a":1}', '{"id":7}', '{"id": 7, "a": 1}'),
            ('{"id":7,"favourites_count":1,"a":1}', '{"id":7,"favorites_count":2}',
             '{"id": 7, "a": 1, "favorites_count": 2}'),
            ('{"id":7,"\\u00e9\\ud800":"\\u732b"}', '{"id":7}', '{"id": 7, "\\u00e9\\ud800": "\\u732b"}'),
        ],
    )  # fmt: skip
    def test_the_newer_answer_counts_and_older_members_stay_exact(self, older, newer, kept):
        assert json.loads(self.renewed(older, newer)) == json.loads(kept)
        assert members(self.renewed(older, newer)) == members(kept)

    @given(received, unknown, received, unknown)
    def test_it_is_the_union_of_both(self, known, extra, known_later, extra_later):
        older, newer = {**known, **extra, "id": 7}, {**known_later, **extra_later, "id": 7}
        raw = json.dumps(newer)
        both = {**older, **{name: value for name, value in newer.items() if value is not None or name not in older}}
        found = json.loads(renewed(json.dumps(older), row(newer, raw)).raw)
        assert {name: value for name, value in found.items() if value is not None} == {
            name: value for name, value in both.items() if value is not None
        }


class TestEncodable:
    @given(st.text(), st.integers(), st.text())
    def test_every_text_can_be_written_then(self, username, count, raw):
        kept = encodable(Row(7, {"username": username, "like_count": count, "raw": raw})).columns
        assert [str(value).encode() for value in kept.values()]
        assert kept["like_count"] == count

    def test_only_lone_surrogates_change(self):
        fine = Row(7, {"username": "a\U0001f600\0", "id": 7}, 2)
        assert encodable(fine) == fine
        assert encodable(Row(7, {"username": "a\ud800\udc00"})) == Row(7, {"username": "a\ufffd\ufffd"})
