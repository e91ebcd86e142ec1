"""Splits a command into words as bash and other POSIX shells do: quotes, `$'…'`, a here-document."""

from __future__ import annotations

import re
from typing import Final

from .words import (
    MAX_COMMAND,
    Word,
    check_size,
    refuse,
    refuse_special,
    refuse_typographic,
    refuse_unclosed,
    refuse_unknown,
)

_PIECE: Final = re.compile(
    r"(?P<blank>[ \t\r\n\xa0]+)"
    r"|(?P<continued>\\[ \t\xa0]*\r?\n)"  # shells do not allow a blank there, but people paste one
    r"|'(?P<single>[^']*)'"
    r"|\$'(?P<ansi>[^'\\]*(?:\\[\s\S][^'\\]*)*)'"
    r'|"(?P<double>[^"\\]*(?:\\[\s\S][^"\\]*)*)"'
    r"|\\(?P<escaped>[^\r\n])"
    r"""|(?P<bare>(?:[^ \t\r\n\xa0'"\\;&|<>()$]|\$(?!'))+)"""
)
_ESCAPE_IN_DOUBLE: Final = re.compile(r"""\\(?:([$`"\\])|\r?\n)""")
#: Characters with which the shell inserts something else.
_EXPANSION: Final = re.compile(r"""(?<!\\)(?:\\\\)*(`[^`]*`?|\$(?:\w+|\{[^}]*\}?|\([^)]*\)?|[@*#?!$"-]|\\\r?\n|\Z))""")
_HEREDOC: Final = re.compile(r"""<<-?[ \t]*(['"]?)(\w+)\1[ \t]*\r?\n""")


def words(command: str) -> tuple[list[Word], str | None]:
    """The words of a command, and the here-document at its end."""
    found: list[Word] = []
    pieces: list[str] = []
    unknown: str | None = None
    position, begins_line = 0, True
    while position < len(command):
        if command[position] == "#" and not pieces:  # a comment
            position = (command.find("\n", position) + 1) or len(command)
            continue
        piece = _PIECE.match(command, position, MAX_COMMAND)
        if piece is None:
            begins = _HEREDOC.match(command, position) or _refuse_at(command, position)
            found += [Word("".join(pieces), unknown, begins_line)] if pieces else []
            return found, _heredoc(command[begins.end() :], begins[2], bool(begins[1]))
        kind, position = piece.lastgroup, piece.end()
        if kind == "blank":
            found += [Word("".join(pieces), unknown, begins_line)] if pieces else []
            begins_line = "\n" in piece[0] or (begins_line and not pieces)
            pieces, unknown = [], None
        elif kind != "continued":
            assert kind is not None
            if kind in ("double", "bare"):
                expansion = _EXPANSION.search(piece[kind])
                unknown = unknown or (expansion[1] if expansion else None)
            pieces.append(_text(kind, piece[kind]))
    found += [Word("".join(pieces), unknown, begins_line)] if pieces else []
    return found, None


def _text(kind: str, piece: str) -> str:
    """A piece as the shell reads it, without its quotes."""
    if kind == "double":
        return _ESCAPE_IN_DOUBLE.sub(r"\1", piece)
    if kind == "ansi":
        return _ansi(piece)
    if kind == "bare":
        refuse_typographic(piece)
    return piece


def _refuse_at(command: str, position: int) -> re.Match[str]:
    check_size(command)
    if command[position] == "\\":
        refuse(f"at character {position + 1}, a backslash has nothing after it", "copy the whole command")
    if command[position] in "'\"$":
        refuse_unclosed(position)
    if command[position] == "(" and command[position - 1] in "$<>":
        refuse_unknown(command[position - 1 :].split("\n", 1)[0])
    refuse_special(command, position)


def _heredoc(text: str, end: str, is_quoted: bool) -> str:
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if end not in lines:
        refuse(f"the here-document has no end: no line {end}", "copy the whole command")
    body = "\n".join(lines[: lines.index(end)])
    if any(line.strip() for line in lines[lines.index(end) + 1 :]):
        refuse("something follows the here-document", "give one command")
    if not is_quoted and any(character in body for character in "$`\\"):
        refuse("the shell would change the here-document", f"put quotes round its end: <<'{end}'")
    return body


# The text in $'…'

_ANSI: Final = re.compile(
    r"\\(?:(?P<octal>[0-7]{1,3})|x(?P<byte>[0-9A-Fa-f]{1,2})|u(?P<short>[0-9A-Fa-f]{1,4})|U(?P<long>[0-9A-Fa-f]{1,8})"
    r"|c(?P<control>[\s\S])|(?P<letter>[\s\S]))"
)
_LETTERS: Final = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip


def _ansi(text: str) -> str:
    """The text between $' and ' as bash reads it."""
    try:
        # bytes stay lone surrogates until the whole text is there: \xc3\xa9 is one character
        return _ANSI.sub(_unescaped, text).encode("utf-8", "surrogateescape").decode()
    except UnicodeError:
        refuse("what stands between $' and ' is not UTF-8", "write the characters themselves")


def _unescaped(escape: re.Match[str]) -> str:
    kind = escape.lastgroup
    assert kind is not None
    value = escape[kind]
    if kind == "letter":
        return _LETTERS.get(value, "\\" + value)
    if kind == "control":
        return chr(ord(value.upper()) & 0x1F)
    code = int(value, 8 if kind == "octal" else 16)
    if kind in ("octal", "byte"):
        code &= 0xFF
    if code == 0:
        refuse("between $' and ' stands \\0, where bash ends the text", "leave it out")
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        refuse(f"between $' and ', \\{'u' if kind == 'short' else 'U'}{value} is no character", "write it itself")
    return chr(code) if kind in ("short", "long") or code < 0x80 else chr(0xDC00 + code)
