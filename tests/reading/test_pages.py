"""The parts of a report, in Markdown and in HTML."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from querydsl.reading.pages import Bars, Calendar, Chart, Code, Heading, Paragraph, Table, markdown, page

EVIL = '<script>alert("x")</script> | `code` [a](http://b) **c** &amp; \\ \x1b[2J\nnext'
PARTS = [
    Heading(1, EVIL),
    Paragraph(EVIL),
    Code(EVIL),
    Table((EVIL, "Videos"), ((EVIL, "1"),)),
    Bars(EVIL, ((EVIL, 3), ("b", 1))),
    Chart(EVIL, "<svg></svg>", "<svg></svg>", Table((EVIL,), ((EVIL,),))),
]


class Reader(HTMLParser):
    """The tags of a page, their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


class TestHtml:
    def test_text_from_outside_is_text(self):
        read = Reader("\n".join(page(PARTS)))
        assert "script" not in {tag for tag, _ in read.tags}
        assert read.text.count('<script>alert("x")</script>') == 11
        assert "\x1b" not in read.text

    def test_nothing_is_loaded(self):
        read = Reader("\n".join(page(PARTS)))
        assert not {tag for tag, _ in read.tags} & {"script", "link", "img", "iframe", "object", "embed"}
        assert not [name for _, attributes in read.tags for name in attributes if name in ("src", "href", "onload")]
        policy = [attributes for tag, attributes in read.tags if attributes.get("http-equiv")]
        assert policy[0]["content"] == "default-src 'none'; style-src 'unsafe-inline'"

    def test_a_calendar_has_each_day_with_its_state(self):
        days = {"done": ((date(2023, 1, 30), date(2023, 2, 2)),), "failed": ((date(2023, 2, 3), date(2023, 2, 3)),)}
        read = Reader("\n".join(page([Heading(1, "x"), Calendar(days)])))
        titles = [attributes["title"] for tag, attributes in read.tags if tag == "td" and "title" in attributes]
        assert titles == [
            *["2023-01-30: done", "2023-01-31: done", "2023-02-01: done", "2023-02-02: done"],
            "2023-02-03: failed",
        ]

    @pytest.mark.parametrize("days", [(date.min, date.min), (date(9999, 12, 31), date.max)])
    def test_a_calendar_has_the_first_and_the_last_day_there_is(self, days):
        assert "title=" in "\n".join(page([Heading(1, "x"), Calendar({"done": (days,)})]))


class TestMarkdown:
    @given(st.text(max_size=40))
    def test_text_in_a_cell_stays_in_its_cell(self, text):
        lines = [*markdown([Table(("Head", "Videos"), ((text, "1"),))])]
        html = MarkdownIt("commonmark").enable("table").render("\n".join(lines))
        assert html.count("<td") == 2
        assert "<script" not in html

    def test_text_from_outside_is_text(self):
        rendered = MarkdownIt("commonmark").enable("table").render("\n".join(markdown(PARTS)))
        read = Reader(rendered)
        assert {tag for tag, _ in read.tags} <= {
            *["h1", "p", "pre", "code", "table", "thead", "tbody", "tr", "th", "td"],
        }
        assert read.text.count('<script>alert("x")</script>') == 9
        assert "\x1b" not in rendered

    def test_source_may_hold_fences(self):
        [opening, text, closing, _] = markdown([Code("```\nx")])
        assert (opening, text, closing) == ("````", "```\nx", "````")

    def test_a_calendar_has_a_row_a_month(self):
        days = {"done": ((date(2023, 1, 30), date(2023, 2, 2)),), "failed": ((date(2023, 2, 3), date(2023, 2, 3)),)}
        assert [*markdown([Calendar(days)])][:-1] == [
            "| Month | failed | done |",
            "| --- | ---: | ---: |",
            "| 2023-01 | 0 | 2 |",
            "| 2023-02 | 1 | 2 |",
        ]
