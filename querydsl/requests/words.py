"""The words of a pasted command: what every shell's reader gives, how it refuses, and typographic quotes."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, NoReturn

from ..errors import ValidationError, error
from ..showing import shown

#: The longest command that is read, not counting a here-document.
MAX_COMMAND: Final = 1_000_000

#: The quotes that word processors and chats put in place of ' and ".
SINGLE: Final = "\u2018\u2019\u201a\u201b"
DOUBLE: Final = "\u201c\u201d\u201e\u201f"


class Word(NamedTuple):
    """A word of a command, as the shell gives it to curl."""

    text: str
    #: What the shell puts something else for, which is unknown here: `$BODY`, say.
    unknown: str | None = None
    #: Whether it begins a line that the line before does not go on to.
    begins_line: bool = False


class Unclear(ValidationError):
    """A command does not say what it sends: only its shell, or whoever wrote it, knows."""


def refuse(message: str, hint: str) -> NoReturn:
    """Raise ValidationError for a command."""
    raise ValidationError([error("text", "", message, hint)], "curl")


def literal(word: Word) -> str:
    """The text of a word that matters; raises Unclear where the shell changes it."""
    if word.unknown is not None:
        refuse_unknown(word.unknown)
    return word.text


def refuse_unknown(piece: str) -> NoReturn:
    """Raise Unclear for what the shell puts something else for."""
    message = f"{shown(piece)}: the shell puts in something else here, and nothing is run"
    raise Unclear([error("text", "", message, "write the value itself")], "curl")


#: Doubled backslashes, but for those before a quote, and what a backtick stands before in PowerShell.
_DOUBLED: Final = re.compile(r'(?<!\\)(?:\\\\)+(?![\\"])|`[`$]')


def check_doubled(body: str) -> None:
    """Raise Unclear for doubled backslashes and backticks in a body that came through the C runtime of Windows.

    The runtime leaves both; but browsers and others that write such commands double each of them all the same.
    """
    found = _DOUBLED.search(body)
    if found is not None:
        message = f"the JSON holds {found[0]}: curl for Windows gets that, and browsers mean {found[0][-1]} alone"
        raise Unclear([error("text", "", message, "copy it as cURL for bash, or write the character itself")], "curl")


_SPECIAL: Final = {
    "|": "a pipe",
    ">": "a redirection to a file",
    "<": "a redirection from a file",
    **dict.fromkeys("(){}", "a bracket outside quotes"),
    **dict.fromkeys("'\"", "a quote inside a word"),
    ",": "a comma outside quotes",
}


def refuse_special(command: str, position: int) -> NoReturn:
    """Refuse what stands outside quotes and is no part of one command."""
    what = _SPECIAL.get(command[position], "another command")
    refuse(
        f"{shown(command[position : position + 20].strip())}: {what}, and only one curl command is read",
        "give the command alone, with its URL and its JSON in quotes",
    )


def check_size(command: str) -> None:
    """Refuse a command that is too long."""
    if len(command) > MAX_COMMAND:
        refuse(f"the command is longer than {MAX_COMMAND:,} characters", "put a long body into a here-document")


def refuse_unclosed(position: int) -> NoReturn:
    """Refuse a quote without its end."""
    refuse(f"at character {position + 1}, a quote is not closed", "copy the whole command")


_SOME_TYPOGRAPHIC: Final = re.compile(f"[{SINGLE}{DOUBLE}]")


def refuse_typographic(piece: str) -> None:
    """Refuse a piece that holds typographic quotes."""
    if _SOME_TYPOGRAPHIC.search(piece) is not None:
        raise typographic(piece)


def typographic(piece: str) -> ValidationError:
    """The error for typographic quotes that may stand for others."""
    found = _SOME_TYPOGRAPHIC.search(piece)
    assert found is not None
    message = f"{shown(piece)}: the quote {found[0]} is typographic, as text programs make them of ' and \""
    return ValidationError([error("text", "", message, "write ' or \", whichever is meant")], "curl")


#: A piece of a command in typographic quotes. They begin and end words, so that each can only have been ' or ".
_TYPOGRAPHIC: Final = re.compile(
    rf"\s+|[^\s{SINGLE}{DOUBLE}]+|[{SINGLE}][^{SINGLE}]*[{SINGLE}](?=\s|\Z)"
    rf"|[{DOUBLE}][^{SINGLE}{DOUBLE}\\]*(?:\\[^{SINGLE}][^{SINGLE}{DOUBLE}\\]*)*[{DOUBLE}](?=\s|\Z)"
)
_STRAIGHT: Final = str.maketrans({**dict.fromkeys(SINGLE, "'"), **dict.fromkeys(DOUBLE, '"')})


def straightened(text: str) -> str:
    """The command with ' and " for typographic quotes, where it has no others.

    Raises ValidationError where one of them stands inside a word: there it may be part of a value.

    >>> print(straightened("curl “https://example.org” -d “{}”"))
    curl "https://example.org" -d "{}"
    """
    if "'" in text or '"' in text or _SOME_TYPOGRAPHIC.search(text) is None:
        return text
    check_size(text)
    position = 0
    while position < len(text):
        piece = _TYPOGRAPHIC.match(text, position)
        if piece is None:
            raise typographic(text[position:])
        position = piece.end()
    return text.translate(_STRAIGHT)
