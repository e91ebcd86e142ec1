"""The words of a pasted command: what the reader of each shell returns, how it refuses, and typographic quotes."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, NoReturn

from ..errors import ValidationError, error
from ..showing import shown

#: The longest command that is read, without its here-document.
MAX_COMMAND: Final = 1_000_000

#: The quotes with which word processors and chats replace ' and ".
SINGLE: Final = "\u2018\u2019\u201a\u201b"
DOUBLE: Final = "\u201c\u201d\u201e\u201f"


class Word(NamedTuple):
    """A word of a command, as the shell passes it to curl."""

    text: str
    #: A piece that the shell replaces with an unknown text: `$BODY`, for example.
    unknown: str | None = None
    #: Whether it starts a line that does not continue the line before.
    begins_line: bool = False


class Unclear(ValidationError):
    """The command alone does not tell what it sends; only its shell or its author knows."""


def refuse(message: str, hint: str) -> NoReturn:
    """Raise ValidationError for a command."""
    raise ValidationError([error("text", "", message, hint)], "curl")


def literal(word: Word) -> str:
    """The text of a word that matters. Raises Unclear if the shell changes it."""
    if word.unknown is not None:
        refuse_unknown(word.unknown)
    return word.text


def refuse_unknown(piece: str) -> NoReturn:
    """Raise Unclear for a piece that the shell replaces."""
    message = f"{shown(piece)}: the shell puts in something else here, and nothing is run"
    raise Unclear([error("text", "", message, "write the value itself")], "curl")


#: Doubled backslashes, except those before a quote, and characters after a backtick of PowerShell.
_DOUBLED: Final = re.compile(r'(?<!\\)(?:\\\\)+(?![\\"])|`[`$]')


def check_doubled(body: str) -> None:
    """Raise Unclear for doubled backslashes and backticks in a body that passed the C runtime of Windows.

    The runtime keeps both characters. But browsers and other programs double each of them when they write such
    commands.
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
    """Refuse characters outside quotes that cannot be part of one command."""
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
    """Refuse a quote that is not closed."""
    refuse(f"at character {position + 1}, a quote is not closed", "copy the whole command")


_SOME_TYPOGRAPHIC: Final = re.compile(f"[{SINGLE}{DOUBLE}]")


def refuse_typographic(piece: str) -> None:
    """Refuse a piece that contains typographic quotes."""
    if _SOME_TYPOGRAPHIC.search(piece) is not None:
        raise typographic(piece)


def typographic(piece: str) -> ValidationError:
    """The error for typographic quotes that may stand for others."""
    found = _SOME_TYPOGRAPHIC.search(piece)
    assert found is not None
    message = f"{shown(piece)}: the quote {found[0]} is typographic, as text programs make them of ' and \""
    return ValidationError([error("text", "", message, "write ' or \", whichever is meant")], "curl")


#: A piece of a command. Typographic quotes that start and end a word were ' or ". What stands in straight quotes stays.
_PIECE: Final = re.compile(
    rf"(?P<kept>\s+|[^\s{SINGLE}{DOUBLE}'\"]+(?!['\"])|(?:'[^']*'|\"[^\"\\]*(?:\\.[^\"\\]*)*\")(?=\s|\Z))"
    rf"|[{SINGLE}](?P<single>[^{SINGLE}'\"]*(?:\"[^{SINGLE}'\"]*\"[^{SINGLE}'\"]*)*)[{SINGLE}](?=\s|\Z)"
    rf"|(?P<double>[{DOUBLE}][^{SINGLE}{DOUBLE}\"\\]*(?:\\[^{SINGLE}][^{SINGLE}{DOUBLE}\"\\]*)*[{DOUBLE}])(?=\s|\Z)",
    re.DOTALL,
)
#: Quotes inside quotes, as cmd and PowerShell escape them.
_ESCAPED: Final = re.compile("[`^]['\"]")
_STRAIGHT: Final = str.maketrans({**dict.fromkeys(SINGLE, "'"), **dict.fromkeys(DOUBLE, '"')})


def straightened(text: str) -> str:
    """The command with ' and " in place of the typographic quotes around its words.

    Raises ValidationError for a typographic quote inside a word: it may be part of a value. But a command that has
    straight quotes too is then returned as it is: its shell may read it.

    >>> print(straightened("curl “https://example.org” -d “{}”"))
    curl "https://example.org" -d "{}"
    """
    if _SOME_TYPOGRAPHIC.search(text) is None:
        return text
    is_mixed = "'" in text or '"' in text
    if is_mixed and (len(text) > MAX_COMMAND or _ESCAPED.search(text)):
        return text
    check_size(text)
    straight: list[str] = []
    position = 0
    while position < len(text):
        piece = _PIECE.match(text, position)
        if piece is None:
            if is_mixed:
                return text
            raise typographic(text[position:])
        straight.append(_straight(piece))
        position = piece.end()
    return "".join(straight)


def _straight(piece: re.Match[str]) -> str:
    single = piece["single"]
    if single is not None:
        return f"'{single}'" if '"' in single else f"'{single.translate(_STRAIGHT)}'"
    return piece["kept"] or piece["double"].translate(_STRAIGHT)
