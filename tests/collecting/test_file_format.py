"""What a video becomes in the file, and what makes a request the same as another."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import ALL_FIELDS, Region, Request, ServerError, Video, select
from querydsl.collecting.file_format import COLUMNS, body, encodable, row
from tests import documents
from tests.test_videos import WHOLE, received, unknown

lone = st.sampled_from(["\ud800", "\udfff", "\0", "\n", "\u2028", "\U0001f600", "\u00e9"])


class TestRow:
    def test_it_has_a_value_for_each_column(self):
        values = row(WHOLE, json.dumps(WHOLE))
        kept = dict(zip(COLUMNS, values, strict=True))
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
        assert row(json.loads(raw), raw)[1] == kept
        assert json.loads(kept) == json.loads(raw)

    @given(received, unknown, st.dictionaries(lone, lone), st.booleans(), st.sampled_from([None, 0, "\t"]))
    def test_raw_loses_nothing(self, known, extra, odd, ascii_only, indent):
        whole = {**known, **extra, **odd, "id": 7}
        raw = row(whole, json.dumps(whole, ensure_ascii=ascii_only, indent=indent))[1]
        assert raw.isascii()
        assert len(raw.splitlines()) == 1
        assert json.loads(raw) == whole
        assert Video.from_dict(json.loads(raw)) == Video.from_dict(whole)

    @given(received, st.dictionaries(lone, lone))
    def test_lists_and_structs_are_json_text(self, known, odd):
        whole = {**known, "id": 7, "hashtag_names": list(odd), "video_label": odd}
        kept = dict(zip(COLUMNS, row(whole, "{}"), strict=True))
        assert json.loads(kept["hashtag_names"]) == list(odd)
        assert json.loads(kept["video_label"]) == odd

    @pytest.mark.parametrize("whole", [{}, {"id": None}, {"username": "a"}])
    def test_one_without_an_id_is_a_server_error(self, whole):
        with pytest.raises(ServerError) as caught:
            row(whole, json.dumps(whole))
        assert str(caught.value) == "a video has no id"

    def test_the_columns_are_the_documented_fields(self):
        assert COLUMNS == ("id", "raw", *ALL_FIELDS[1:])


class TestEncodable:
    @given(st.tuples(st.text(), st.integers(), st.text(), st.none()))
    def test_every_text_can_be_written_then(self, values):
        kept = encodable(values)
        assert [str(value).encode() for value in kept]
        assert kept[1] == values[1]

    def test_of_what_can_nothing_changes(self):
        assert encodable(("a\U0001f600\0", 7, None)) == ("a\U0001f600\0", 7, None)
        assert encodable(("a\ud800\udc00",)) == ("a\ufffd\ufffd",)


class TestBody:
    @given(documents.requests())
    def test_it_is_canonical(self, document):
        request = Request.from_dict(document)
        text = body(request)
        assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
        whole = json.loads(text)
        assert whole.pop("fields") == sorted(ALL_FIELDS)
        told = {"cursor": request.cursor or None, "is_random": request.is_random or None}
        assert Request.from_dict(whole) == attrs.evolve(request, **told)

    @pytest.mark.parametrize("told", [{"cursor": 0}, {"is_random": False}], ids=str)
    def test_what_says_nothing_makes_no_other_request(self, told):
        request = select("id").where(Region == "US").on("20230101").request()
        assert body(attrs.evolve(request, **told)) == body(request)

    def test_the_order_of_fields_is_of_no_account(self):
        request = Request.from_dict(
            {"query": {"and": [{"field_name": "region_code", "operation": "EQ", "field_values": ["US"]}]},
             "start_date": "20230101", "end_date": "20230101"},
            fields="id,username",
        )  # fmt: skip
        assert body(request) == body(attrs.evolve(request, fields="username,id"))
        assert body(request) != body(attrs.evolve(request, fields="id"))
        assert body(request) != body(attrs.evolve(request, max_count=100))
