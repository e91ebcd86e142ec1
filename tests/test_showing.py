"""Values from outside in messages and in notebooks: short, harmless and quick, whatever they are."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl.showing import LONGEST_SHOWN, MAX_CHARACTERS, MAX_ROWS, block, code, json_text, shown, table

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
)


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
        assert text.isprintable()
        assert len(text) < 10 * LONGEST_SHOWN

    def test_what_lies_about_itself_is_named_by_its_type(self):
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
        assert json_text("\x1b\u202e") == '"\\u001b\\u202e"'


class TestHtml:
    @given(st.text())
    def test_whatever_the_text_it_is_inside_one_element(self, text):
        shown_text = code(text)
        assert re.fullmatch("<code>[^<>]*</code>", shown_text)
        inside = html.unescape(shown_text.removeprefix("<code>").removesuffix("</code>"))
        assert inside == "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in text)

    def test_all_five_characters_that_html_reads_are_escaped(self):
        assert block('<a href="x">\'&') == "<pre>&lt;a href=&quot;x&quot;&gt;&#x27;&amp;</pre>"

    def test_a_long_text_is_cut(self):
        assert code("x" * MAX_CHARACTERS) == f"<code>{'x' * MAX_CHARACTERS}</code>"
        assert code("x" * (MAX_CHARACTERS + 1)) == f"<code>{'x' * MAX_CHARACTERS}…</code>"

    def test_a_table_has_its_head_and_its_rows(self):
        assert table(["a", "<b>"], [["1", "2&"]], 1) == (
            "<table><thead><tr><th>a</th><th>&lt;b&gt;</th></tr></thead>"
            "<tbody><tr><td>1</td><td>2&amp;</td></tr></tbody></table>"
        )

    def test_of_many_rows_the_first_are_shown_and_all_are_counted(self):
        def rows():
            for number in range(MAX_ROWS + 1):
                yield [str(number)]
            raise AssertionError("no more rows are needed")

        shown_table = table(["n"], rows(), 12_345)
        assert shown_table.count("<td>") == MAX_ROWS
        assert shown_table.endswith('<tr><td colspan="1">… 12,345 in all</td></tr></tbody></table>')

    def test_as_many_rows_as_there_is_room_for_are_all_shown(self):
        assert "in all" not in table(["n"], [[str(number)] for number in range(MAX_ROWS)], MAX_ROWS)
