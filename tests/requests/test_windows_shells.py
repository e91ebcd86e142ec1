"""The words of a command as the shells of Windows read them, by their documented rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import ValidationError
from querydsl.requests.windows_shells import cmd, powershell, runtime, windows_powershell
from tests.requests.pasted import (
    chrome_for_cmd,
    double_quoted_for_powershell,
    for_the_runtime,
    for_windows_powershell,
    single_quoted_for_powershell,
)

#: Texts without characters that are special in some shell.
texts = st.text(alphabet="ab \"\\{}[]:,.=/?é'")


def texts_of(words):
    return [word.text for word in words]


class TestRuntime:
    @pytest.mark.parametrize(
        ("line", "words"),
        [
            # the examples of Microsoft's page on parsing C command-line arguments
            (r'"a b c" d e', ["a b c", "d", "e"]),
            (r'"ab\"c" "\\" d', ['ab"c', "\\", "d"]),
            (r'a\\\b d"e f"g h', [r"a\\\b", "de fg", "h"]),
            (r"a\\\"b c d", [r"a\"b", "c", "d"]),
            (r'a\\\\"b c" d e', [r"a\\b c", "d", "e"]),
            (r'"a b"" c"', ['a b" c']),
            ("  a \t b ", ["a", "b"]),
        ],
    )
    def test_words(self, line, words):
        assert texts_of(runtime(line)) == words

    @given(st.lists(texts, min_size=1, max_size=3))
    def test_what_is_written_for_it_is_read(self, given):
        assert texts_of(runtime(" ".join(map(for_the_runtime, given)))) == given


class TestCmd:
    @pytest.mark.parametrize(
        ("command", "words"),
        [
            ("curl ^\n  a ^\r\n  b", ["curl", "a", "b"]),
            ("curl ^ \n  a", ["curl", "a"]),
            ('curl "a ^ b"', ["curl", "a ^ b"]),
            ("curl a^&b", ["curl", "a&b"]),
            ('curl ^"a^\n\nb^"', ["curl", "a\nb"]),
            ('curl "a"^\r\n\r\n"b"', ["curl", "a\nb"]),
            ('curl "fields=id%2Cname%2Cage"', ["curl", "fields=id%2Cname%2Cage"]),
            ('curl "{""a"": 1}"', ["curl", '{"a": 1}']),
        ],
        ids=repr,
    )
    def test_words(self, command, words):
        assert texts_of(cmd(command)) == words

    @given(st.lists(texts.map(lambda text: text.replace("\\", "")) | st.just("a%b&c|d>e<f^g\nh"), max_size=3))
    def test_what_chrome_writes_is_read(self, given):
        assert texts_of(cmd(" ".join(["curl", *map(chrome_for_cmd, given)]))) == ["curl", *given]

    @pytest.mark.parametrize(
        ("command", "unknown"),
        [("curl %URL%", "%URL%"), ('curl "a %B:~0,4% c"', "%B:~0,4%"), ('curl "{\\"a^b\\"}"', "^")],
    )
    def test_what_it_changes_is_named(self, command, unknown):
        assert [word.unknown for word in cmd(command)] == [None, unknown]

    @pytest.mark.parametrize(
        ("command", "message"),
        [
            ("curl 'a'", '"\'a\'": cmd knows no single quotes; write "…", and \\" for each quote inside'),
            (
                'curl "{\n}"',
                "a line of the command ends inside a quote; copy the whole command; in cmd, each line but the last "
                "ends with ^",
            ),
            (
                'curl "{\\"a & b\\"}"',
                "'& b\\\\\"}\"': another command, and only one curl command is read; "
                "give the command alone, with its URL and its JSON in quotes",
            ),
        ],
    )
    def test_what_it_cannot_read_it_names(self, command, message):
        with pytest.raises(ValidationError) as refusal:
            cmd(command)
        assert str(refusal.value) == f"curl: {message}"


class TestPowerShell:
    @pytest.mark.parametrize(
        ("command", "words"),
        [
            ("curl.exe `\n  a `\r\n  b", ["curl.exe", "a", "b"]),
            ("curl.exe ` \n  a`\n  b", ["curl.exe", "a", "b"]),
            ("curl 'it''s'", ["curl", "it's"]),
            ('curl "{`"a`": ""b""}"', ["curl", '{"a": "b"}']),
            ('curl "`$5 `u{e9} ``"', ["curl", "$5 é `"]),
            ("curl @'\n{\"a\": '1'}\n'@ -o b", ["curl", "{\"a\": '1'}", "-o", "b"]),
            ("curl a # b\nc", ["curl", "a", "c"]),
        ],
        ids=repr,
    )
    def test_words(self, command, words):
        assert texts_of(powershell(command)) == words

    @given(st.lists(texts, max_size=3), st.sampled_from([single_quoted_for_powershell, double_quoted_for_powershell]))
    def test_what_is_written_for_it_is_read(self, given, quote):
        assert texts_of(powershell(" ".join(["curl", *map(quote, given)]))) == ["curl", *given]

    @given(st.lists(texts.map("{0}x".format), max_size=3))
    def test_what_is_written_for_windows_powershell_is_read(self, given):
        given = [f"{{ {text}}}" for text in given]
        assert texts_of(windows_powershell(" ".join(["curl", *map(for_windows_powershell, given)]))) == ["curl", *given]

    @pytest.mark.parametrize("command", ['curl "$body"', "curl $body", 'curl "a $($b.c) d"', "curl 'a\u2019\u2019b'"])
    def test_what_it_changes_is_named(self, command):
        assert powershell(command)[1].unknown is not None

    @pytest.mark.parametrize(
        ("command", "message"),
        [
            (
                "curl 'a'\"b\"",
                "'curl \\'a\\'\"b\"': PowerShell begins another word after a quote; "
                "put the whole word into one pair of quotes",
            ),
            ("curl 'a", "at character 6, a quote is not closed; copy the whole command"),
            (
                "curl a; b",
                "'; b': another command, and only one curl command is read; "
                "give the command alone, with its URL and its JSON in quotes",
            ),
            (
                "curl a,b",
                "',b': a comma outside quotes, and only one curl command is read; "
                "give the command alone, with its URL and its JSON in quotes",
            ),
        ],
    )
    def test_what_it_cannot_read_it_names(self, command, message):
        with pytest.raises(ValidationError) as refusal:
            powershell(command)
        assert str(refusal.value) == f"curl: {message}"
