"""Values from outside in messages and in notebooks: short, harmless and quick for any value."""

from __future__ import annotations

import ast
import html
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import Keyword, Request, Video, select
from querydsl.showing import (
    HARMFUL,
    LONGEST_SHOWN,
    MAX_CHARACTERS,
    MAX_ROWS,
    block,
    code,
    columns,
    json_text,
    laid_out,
    one_line,
    printable,
    shown,
    source,
    table,
)

#: Emoji with a joiner, Persian with a non-joiner, blanks of other widths, a flag made of tags, a mark of direction.
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
ORDINARY = ["🤷🏿\u200d♀️", "می\u200cخواهم", "猫\u3000犬", "10\u00a0km", ENGLAND, "a\u200fb"]
#: Control characters, changes of direction, ends of lines and paragraphs, and characters that cannot be encoded.
HARMING = [*"\x00\x1b\r\x7f\x85\x9b", *"\u2028\u2029", *"\u202a\u202e\u2066\u2069", "\ud800"]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
)


class TestTextFromOutside:
    @pytest.mark.parametrize("text", ORDINARY, ids=ascii)
    def test_ordinary_text_is_shown_as_it_is(self, text):
        assert printable(text) == one_line(text) == text
        assert shown(text) == source(text) == f"'{text}'"
        assert json_text(text) == f'"{text}"'
        assert code(text) == f"<code>{text}</code>"

    @pytest.mark.parametrize("text", ORDINARY, ids=ascii)
    def test_ordinary_text_is_shown_unchanged_in_a_notebook(self, text):
        selection = select("id").where(Keyword == text).on("20230101")
        request: Request = selection.request()
        for view in (Keyword == text, request.query, request, selection.plan()):
            assert text in view._repr_html_()
        video = Video.from_dict({"id": 1, "video_description": text, "hashtag_names": [text], "sound": text})
        assert repr(video).count(text) == 3

    @pytest.mark.parametrize("text", HARMING, ids=ascii)
    def test_harmful_characters_are_escaped(self, text):
        escaped = repr(text)[1:-1]
        assert printable(text) == one_line(text) == escaped
        assert shown(text) == source(text) == f"'{escaped}'"
        assert json_text(text).isascii()
        assert code(text) == f"<code>{escaped}</code>"

    def test_lines_stay_lines_unless_one_is_wanted(self):
        assert printable("a\nb") == "a\nb"
        assert one_line("a\nb") == "a\\nb"

    @given(st.lists(st.text()))
    def test_a_source_is_that_of_the_same_value(self, texts):
        assert ast.literal_eval(source(texts)) == texts
        assert not HARMFUL.search(source(texts))


class TestColumns:
    @pytest.mark.parametrize(
        ("text", "width"), [("", 0), ("cat", 3), ("猫", 2), ("e\u0301", 1), ("می\u200cخ", 3)], ids=ascii
    )
    def test_a_text_takes_as_many(self, text, width):
        assert columns(text) == width


class TestShown:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("a'b", '"a\'b"'),
            ("\x1b[31m\n", "'\\x1b[31m\\n'"),
            ("\ud800", "'\\ud800'"),
            ("x" * LONGEST_SHOWN, "'" + "x" * 60 + "'"),
            ("x" * (LONGEST_SHOWN + 1), "'" + "x" * 60 + "'…"),
            (None, "null"),
            (True, "true"),
            (False, "false"),
            (-7, "-7"),
            (10**59, "1" + "0" * 59),
            (10**60, "a number of very many digits"),
            (-(10**10**5), "a number of very many digits"),
            (float("nan"), "nan"),
            (0.5, "0.5"),
            ({}, "{}"),
            ({1: 2}, "an object"),
            ((), "[]"),
            ([1], "a list"),
            (b"x", "a Python bytes"),
        ],
        ids=lambda value: repr(value)[:20] if not isinstance(value, int) else "int",
    )
    def test_a_message_says_so(self, value, text):
        assert shown(value) == text

    @given(values)
    def test_it_is_short_and_on_one_line(self, value):
        text = shown(value)
        assert not HARMFUL.search(text)
        assert len(text) < 10 * LONGEST_SHOWN

    def test_a_misleading_object_is_named_by_its_type(self):
        class Liar:
            def __repr__(self) -> str:
                raise RuntimeError

        assert shown(Liar()) == "a Python Liar"
        assert shown(type("X" * 100, (), {})()) == "a Python " + "X" * 60

    def test_a_subclass_of_text_is_shown_as_text(self):
        class Text(str):
            __slots__ = ()

            def __repr__(self) -> str:
                return "hidden"

        assert shown(Text("US")) == "'US'"


class TestJsonText:
    def test_it_is_readable_unless_that_would_hide_something(self):
        assert json_text('猫"') == '"猫\\""'
        assert json_text({"a": "\u200d\n"}) == '{"a": "\u200d\\n"}'
        assert json_text("\x1b\u202e") == '"\\u001b\\u202e"'


class TestHtml:
    @given(st.text())
    def test_any_text_is_inside_one_element(self, text):
        shown_text = code(text)
        assert re.fullmatch("<code>[^<>]*</code>", shown_text)
        inside = html.unescape(shown_text.removeprefix("<code>").removesuffix("</code>"))
        assert inside == printable(text)

    def test_all_five_characters_that_html_reads_are_escaped(self):
        assert block('<a href="x">\'&') == "<pre><code>&lt;a href=&quot;x&quot;&gt;&#x27;&amp;</code></pre>"

    def test_a_long_text_is_cut(self):
        assert code("x" * MAX_CHARACTERS) == f"<code>{'x' * MAX_CHARACTERS}</code>"
        assert code("x" * (MAX_CHARACTERS + 1)) == f"<code>{'x' * MAX_CHARACTERS}…</code>"

    def test_a_table_has_its_head_and_its_rows(self):
        html = table(["a", "<b>"], [["1", "2&"]], 1)
        assert re.sub(' style="[^"]*"', "", html) == (
            "<table><thead><tr><th>a</th><th>&lt;b&gt;</th></tr></thead>"
            "<tbody><tr><td>1</td><td>2&amp;</td></tr></tbody></table>"
        )

    def test_a_long_table_shows_its_first_rows_and_the_total(self):
        def rows():
            for number in range(MAX_ROWS + 1):
                yield [str(number)]
            raise AssertionError("no more rows are needed")

        shown_table = table(["n"], rows(), 12_345)
        assert shown_table.count("<tr>") == 1 + MAX_ROWS + 1
        assert shown_table.endswith("… 12,345 in all</td></tr></tbody></table>")

    def test_as_many_rows_as_there_is_room_for_are_all_shown(self):
        assert "in all" not in table(["n"], [[str(number)] for number in range(MAX_ROWS)], MAX_ROWS)


class TestLaidOut:
    @given(values)
    def test_it_is_the_same_json(self, value):
        document = json.loads(json.dumps(value, default=str))
        for is_ascii in (True, False):
            assert json.dumps(json.loads(laid_out(document, is_ascii=is_ascii))) == json.dumps(document)

    def test_short_values_stay_on_one_line(self):
        condition = {"field_name": "hashtag_name", "operation": "IN", "field_values": ["cat", "dog"]}
        assert laid_out({"and": [condition, condition]}).splitlines() == [
            "{",
            '  "and": [',
            f"    {json.dumps(condition)},",
            f"    {json.dumps(condition)}",
            "  ]",
            "}",
        ]


class TestTable:
    def test_text_is_escaped_and_aligned_to_the_left(self):
        html = table(["<head>"], [["<cell>"], ["a", "b"]], 2, "<foot>")
        assert "<cell>" not in html
        assert "<head>" not in html
        assert "<foot>" not in html
        assert html.count("text-align: left") == 5

    def test_a_long_table_is_cut(self):
        html = table(["a", "b"], [["1", "2"]] * 1_000, 1_000, "the end")
        assert html.count("<tr>") == MAX_ROWS + 3
        assert "1,000 in all" in html
        assert html.endswith(">the end</th></tr></tbody></table>")

    def test_one_cell_is_as_wide_as_all(self):
        assert '<td colspan="2"' in table(["a", "b"], [["all"]], 1)
