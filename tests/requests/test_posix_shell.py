"""The words of a command, compared with those that bash passes to curl."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from querydsl import ValidationError
from querydsl.requests import posix_shell

PIECES = ["a", " ", "'", '"', "\\", "\\\n", "b c", "é", "#", "-", "$", "\\$"]
ESCAPES = [
    *[
        r"\n",
        r"\'",
        r"\"",
        r"\\",
        r"\e",
        r"\q",
        r"\101",
        r"\x41",
        r"\xc3\xa9",
        r"\u00e9",
        r"\u4e2d",
        r"\U0001F600",
        "%",
    ],
    *[piece for piece in PIECES if piece not in ("'", "\\", "\\\n")],
]


def texts_of(command: str) -> list[str]:
    words, _ = posix_shell.words(command)
    return [word.text for word in words]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_words_are_those_of_the_shell(shell, pieces):
    command = "curl x" + "".join(pieces)
    assume("\\\\\n" not in command)  # after this, as after a comment, another command starts
    assume("\n" not in command.partition("#")[2])
    assume("\\ \\\n" not in command)  # a blank after a backslash is ignored
    try:
        words, _ = posix_shell.words(command)
    except ValidationError:
        return
    if not any(word.unknown for word in words):
        assert shell(command, "bash")[0] == [word.text for word in words[1:]]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@settings(max_examples=100)
@given(
    st.lists(st.sampled_from([*ESCAPES, *PIECES]).filter(lambda piece: piece not in ("'", "\\", "\\\n")), max_size=8)
)
def test_escapes_are_those_of_bash(shell, pieces):
    command = f"curl $'{''.join(pieces)}'"
    assert shell(command, "bash")[0] == texts_of(command)[1:]


class TestWords:
    @pytest.mark.parametrize("blank", [" ", "\t", "\xa0", "  \t"], ids=ascii)
    def test_blanks_after_a_backslash_are_ignored(self, blank):
        assert texts_of(f"curl \\{blank}\n  -d x \\{blank}\r\n  -o y") == ["curl", "-d", "x", "-o", "y"]

    def test_the_start_of_another_command_is_marked(self):
        words, _ = posix_shell.words("curl a \\\n b\nc d")
        assert [word.text for word in words if word.begins_line] == ["curl", "c"]

    @pytest.mark.parametrize(
        ("piece", "unknown"),
        [
            ("$BODY", "$BODY"),
            ('"a $BODY b"', "$BODY"),
            ('"${BODY:-x}"', "${BODY:-x}"),
            ('"$(cat body.json)"', "$(cat body.json)"),
            ('"`cat body.json`"', "`cat body.json`"),
            ("'[\"'\"$region\"'\"]'", "$region"),
        ],
    )
    def test_a_substitution_is_refused_by_name(self, piece, unknown):
        words, _ = posix_shell.words(f"curl {piece}")
        assert words[1].unknown == unknown

    @pytest.mark.parametrize("piece", ["'$BODY'", r"$'$BODY'", r'"\$BODY"', r"\$BODY", "'`id`'", '"5 $ or 6"'])
    def test_text_without_a_substitution_is_not_refused(self, piece):
        words, _ = posix_shell.words(f"curl {piece}")
        assert words[1].unknown is None

    @pytest.mark.parametrize(
        ("command", "message"),
        [
            (r"curl $'a\0b'", "between $' and ' stands \\0, where bash ends the text; leave it out"),
            (r"curl $'\xe9'", "what stands between $' and ' is not UTF-8; write the characters themselves"),
            (r"curl $'\ud83d'", r"between $' and ', \ud83d is no character; write it itself"),
            ("curl $'a", "at character 6, a quote is not closed; copy the whole command"),
            (
                "curl a > out.json",
                "'> out.json': a redirection to a file, and only one curl command is read; "
                "give the command alone, with its URL and its JSON in quotes",
            ),
            (
                "curl $(cat url)",
                "'$(cat url)': the shell puts in something else here, and nothing is run; write the value itself",
            ),
            (
                "curl \u201chttps://a\u201d 'b'",
                "'\u201chttps://a\u201d': the quote \u201c is typographic, as text programs make them of ' and \"; "
                "write ' or \", whichever is meant",
            ),
        ],
    )
    def test_unreadable_text_is_refused_by_name(self, command, message):
        with pytest.raises(ValidationError) as refusal:
            posix_shell.words(command)
        assert str(refusal.value) == f"curl: {message}"
