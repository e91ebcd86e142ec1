"""Splits a command into words as shells of Windows do: cmd, PowerShell from 7.3 on, and Windows PowerShell.

cmd and Windows PowerShell pass curl one line. Its C runtime splits the line into words by rules of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn

import attrs

from ..showing import shown
from .words import (
    DOUBLE,
    SINGLE,
    Word,
    check_size,
    refuse,
    refuse_special,
    refuse_typographic,
    refuse_unclosed,
    refuse_unknown,
)

#: Marks a place where the shell inserts something else; no command contains a NUL character.
_MARK: Final = "\0"


# cmd

_CMD: Final = re.compile(
    # cmd also escapes the character after a line end; only browsers use that, for a line break
    r"\^[ \t]*\r?\n(?P<after>\r?\n)?"
    r"|\^(?P<escaped>[^\r\n]|\Z)"
    r"|(?P<quoted>\"[^\"\r\n]*\"?)"
    r"|(?P<ends>\r?\n|\r)"
    r"|(?P<bare>[^\^\"\r\n&|<>]+)"
)
#: A variable. cmd keeps text that is not the name of a variable, and %2C in a URL is not one.
_VARIABLE: Final = re.compile(r"%[A-Za-z_]\w*(?::[^%\r\n]*)?%")


def cmd(command: str) -> list[Word]:
    """The words that cmd passes to curl."""
    check_size(command)
    command = _VARIABLE.sub(lambda variable: _MARK + variable[0], command)
    found: list[Word] = []
    line, position = _Line([], [], []), 0
    while position < len(command):
        piece = _CMD.match(command, position)
        if piece is None:
            refuse_special(command, position)
        if piece["ends"]:
            found += line.words()
            line = _Line([], [], [])
        else:
            line.add(piece)
        position = piece.end()
    return found + line.words()


@attrs.define
class _Line:
    """A line, and its continuation lines, as cmd reads them."""

    texts: list[str]
    #: The positions at which cmd removed a caret, and at which it saw quotes of its own.
    carets: list[int]
    quotes: list[int]
    length: int = 0

    def add(self, piece: re.Match[str]) -> None:
        text = piece["after"] or piece["escaped"] or piece["quoted"] or piece["bare"] or ""
        if piece["bare"]:
            refuse_typographic(text)
        if piece["escaped"]:
            self.carets.append(self.length)
        if piece["quoted"]:
            self.quotes.append(self.length)
        text = "\n" if text == "\r\n" else text
        self.texts.append(text)
        self.length += len(text)

    def words(self) -> list[Word]:
        found: list[Word] = []
        line = "".join(self.texts)
        for text, start, end in _split(line):
            if line[start] == "'":
                message = f"{shown(text[:40])}: cmd knows no single quotes"
                refuse(message, 'write "…", and \\" for each quote inside')
            word = _word(text, begins_line=not found)
            if _any_between(self.carets, start, end) and _any_between(self.quotes, start, end):
                # authors who write plain quotes may not know that `\"` ends them for cmd
                word = word._replace(unknown=word.unknown or "^")
            found.append(word)
        return found


def _any_between(places: Sequence[int], start: int, end: int) -> bool:
    """Whether one of the positions, in order, is in a span."""
    return bisect_left(places, start) < bisect_left(places, end)


def _word(text: str, begins_line: bool) -> Word:
    _, mark, variable = text.partition(_MARK)
    if not mark:
        return Word(text, None, begins_line)
    found = _VARIABLE.match(variable)
    return Word(text, found[0] if found else variable, begins_line)


# The C runtime

_RUN: Final = re.compile(r'(?P<slashes>\\*)(?P<quote>")|(?P<blank>[ \t]+)|\\+|[^\\" \t]+')


def _split(line: str) -> Iterator[tuple[str, int, int]]:
    """The words into which the C runtime splits a line, each with its position.

    Only `"` starts a quoted text, and only `\"` and `""` are a quote inside it.
    """
    pieces: list[str] = []
    is_quoted, start, position = False, -1, 0
    while position < len(line):
        run = _RUN.match(line, position)
        assert run is not None
        position = run.end()
        if run["blank"] and not is_quoted:
            if start >= 0:
                yield "".join(pieces), start, run.start()
            pieces, start = [], -1
            continue
        start = run.start() if start < 0 else start
        if not run["quote"]:
            pieces.append(run[0])
            continue
        slashes = len(run["slashes"])
        pieces.append("\\" * (slashes // 2))
        if slashes % 2:
            pieces.append('"')
        elif is_quoted and line.startswith('"', position):
            pieces.append('"')
            position += 1
        else:
            is_quoted = not is_quoted
    if is_quoted:
        hint = "copy the whole command; in cmd, each line but the last ends with ^"
        refuse("a line of the command ends inside a quote", hint)
    if start >= 0:
        yield "".join(pieces), start, len(line)


def runtime(command: str) -> list[Word]:
    """The words that the runtime alone would make of a command: many people forget that cmd changes it first."""
    check_size(command)
    return [Word(text, None, number == 0) for number, (text, _, _) in enumerate(_split(command))]


# PowerShell

_BARE: Final = r"(?:[^\s'\"`;&|<>(){},@#]|(?<!\s)[@#]|`(?![ \t\xa0]*\r?\n)[^\r\n])+"
_POWERSHELL: Final = re.compile(
    r"(?P<blank>[ \t\r\n\xa0]+)"
    r"|(?P<continued>`[ \t\xa0]*\r?\n)"
    r"|(?P<comment>#[^\n]*)"
    # a quote that starts a word also ends it
    r"|'(?P<single>[^']*(?:''[^']*)*)'(?=[\s`]|\Z)"
    r'|"(?P<double>[^"`]*(?:(?:`[\s\S]|"")[^"`]*)*)"(?=[\s`]|\Z)'
    r"|@'[ \t]*\r?\n(?P<here>[^\r\n]*(?:\r?\n(?!'@)[^\r\n]*)*)\r?\n'@(?=[\s`]|\Z)"
    rf"|(?P<bare>{_BARE})(?=[\s`]|\Z)"
)
_BACKTICK: Final = re.compile(r"`(?:u\{([0-9A-Fa-f]{1,6})\}|([\s\S]))|\"(\")")
_BACKTICKED: Final = {
    "0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip
_VARIABLES: Final = r"(?<!`)(?:``)*(\$(?:\w[\w:]*|\{[^}]*\}?|\([^)]*\)?|[?^$])"
#: Characters with which PowerShell inserts something else. It also reads typographic quotes as quotes; a doubled
#: quote is one quote.
_CHANGED: Final = {
    "single": re.compile(rf"([{SINGLE}]['{SINGLE}]|'[{SINGLE}])"),
    "double": re.compile(rf'{_VARIABLES}|[{DOUBLE}]["{DOUBLE}]|"[{DOUBLE}])'),
    "bare": re.compile(f"{_VARIABLES})"),
}


def powershell(command: str) -> list[Word]:
    """The words that PowerShell passes to curl, from version 7.3 on."""
    check_size(command)
    found: list[Word] = []
    position, begins_line = 0, True
    while position < len(command):
        piece = _POWERSHELL.match(command, position)
        if piece is None:
            _refuse_powershell(command, position)
        kind, position = piece.lastgroup, piece.end()
        assert kind is not None
        if kind == "blank":
            begins_line |= "\n" in piece[0]
        elif kind not in ("continued", "comment"):
            found.append(_powershell_word(kind, piece[kind], begins_line))
            begins_line = False
    return found


def _powershell_word(kind: str, text: str, begins_line: bool) -> Word:
    if kind == "here":
        return Word(text, None, begins_line)
    if kind == "bare":
        refuse_typographic(text)
    changed = _CHANGED[kind].search(text)
    unknown = changed[1] if changed else None
    if kind == "single":
        return Word(text.replace("''", "'"), unknown, begins_line)
    return Word(_BACKTICK.sub(_unescaped, text), unknown, begins_line)


def _unescaped(escape: re.Match[str]) -> str:
    code, letter, quote = escape.groups()
    if code is not None:
        if int(code, 16) > 0x10FFFF:
            refuse(f"`u{{{code}}} is no character", "write it itself")
        return chr(int(code, 16))
    return quote or _BACKTICKED.get(letter, letter)


def _refuse_powershell(command: str, position: int) -> NoReturn:
    """Refuse text after a quoted or bare piece that cannot continue a word of PowerShell."""
    piece = _TO_REFUSE.match(command, position)
    if piece is None and command[position] in "'\"":
        refuse_unclosed(position)
    end = piece.end() if piece else position
    if piece and piece["quoted"]:
        refuse(
            f"{shown(command[max(0, end - 10) : end + 10])}: PowerShell begins another word after a quote",
            "put the whole word into one pair of quotes",
        )
    if command[end] == "(" and command[end - 1] == "$":
        refuse_unknown(command[end - 1 :].split("\n", 1)[0])
    refuse_special(command, end)


_TO_REFUSE: Final = re.compile(
    rf"""(?P<quoted>'[^']*(?:''[^']*)*'|"[^"`]*(?:(?:`[\s\S]|"")[^"`]*)*")|{_BARE}(?=['"]?)"""
)


def windows_powershell(command: str) -> list[Word]:
    """The words that Windows PowerShell passes to curl, as PowerShell before 7.3 does.

    It leaves inner quotes to the runtime. That is why people write \" inside single quotes there.
    """
    found = []
    for word in powershell(command):
        is_wrapped = _BLANK.search(word.text) is not None and not word.text.startswith('"')
        found += [word._replace(text=part) for part, _, _ in _split(f'"{word.text}"' if is_wrapped else word.text)]
    return found


_BLANK: Final = re.compile(r"\s")
