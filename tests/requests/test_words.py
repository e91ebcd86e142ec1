"""Typographic quotes: straightened if they can only be shell quotes, refused if they may be part of a value."""

from __future__ import annotations

import pytest

from querydsl import ValidationError
from querydsl.requests.words import Unclear, check_doubled, straightened


class TestStraightened:
    @pytest.mark.parametrize(
        ("text", "straight"),
        [
            ("curl \u2018a b\u2019 -d\u201cc\u201d", "curl 'a b' -d\"c\""),
            ("curl \u2019a\u2019 \u201dc\u201d", "curl 'a' \"c\""),
            ("curl \u2018{\u201ca\u201d: 1}\u2019", "curl '{\"a\": 1}'"),
            ("curl \u201c{\\\u201ca\\\u201d: 1}\u201d", 'curl "{\\"a\\": 1}"'),
            ('curl \u2019a\u2019 -d \u2019{"a": 1}\u2019', "curl 'a' -d '{\"a\": 1}'"),
            ('curl \u2018a\u2019 -H "it\'s" -d \u2018{"a": 1}\u2019', "curl 'a' -H \"it's\" -d '{\"a\": 1}'"),
            ('curl \u201ca\u201d -d \'{"a": "b"}\'', 'curl "a" -d \'{"a": "b"}\''),
            ('curl \u201ca\u201d -d \'{"a": " \u2018b\u2019 "}\'', 'curl "a" -d \'{"a": " \u2018b\u2019 "}\''),
            ('curl \u2018{"a": "\u201cb\u201d"}\u2019', 'curl \'{"a": "\u201cb\u201d"}\''),
            ("curl a", "curl a"),
            ("curl 'it\u2019s'", "curl 'it\u2019s'"),
        ],
        ids=ascii,
    )
    def test_quotes_that_begin_and_end_words(self, text, straight):
        assert straightened(text) == straight

    @pytest.mark.parametrize(
        "text",
        [
            "curl \u2018it\u2019s\u2019",
            "curl \u2018rock \u2019n\u2019 roll\u2019",
            "curl \u201cit\u2019s\u201d",
            "curl \u2018a",
        ],
        ids=ascii,
    )
    def test_one_that_may_be_part_of_a_value_is_named(self, text):
        with pytest.raises(ValidationError, match="is typographic, as text programs make them of"):
            straightened(text)

    @pytest.mark.parametrize(
        "text",
        [
            'curl \u2018{"a": "it\u2019s"}\u2019',
            'curl \u2018{"a": "it\'s"}\u2019',
            'curl \u201c{"a": 1}\u201d',
            "curl \u201ca\u201d -d 'it''s'",
            "curl \u201ca\u201d -d $'b'",
            'curl \u201ca\u201d -d "{`"a`" : 1}"',
            "curl \u201ca\u201d -d '" + "b" * 1_000_000 + "'",
        ],
        ids=lambda text: ascii(text[:40]),
    )
    def test_beside_straight_quotes_an_unclear_one_stays_for_the_shell(self, text):
        assert straightened(text) == text

    def test_ten_megabytes_are_looked_at_once(self):
        with pytest.raises(ValidationError):
            straightened("\u2018" + "a" * 10_000_000)


class TestDoubled:
    @pytest.mark.parametrize("body", [r'"a\nb"', r'"a\\"', r'"\"a\""', r'"a\\\nb"', '"5 ` 6 $"'])
    def test_undoubled_backslashes_are_accepted(self, body):
        check_doubled(body)

    @pytest.mark.parametrize("body", [r'"a\\nb"', r'"a\\\\b"', '"a``b"', '"`$5"'])
    def test_doubled_backslashes_are_refused(self, body):
        with pytest.raises(Unclear, match=r"curl for Windows gets that, and browsers mean . alone"):
            check_doubled(body)
