"""A request as a curl command for a POSIX shell, and back. Nothing is run, and no file is opened."""

from __future__ import annotations

import re
import shlex
from typing import Final, NamedTuple, NoReturn
from urllib.parse import parse_qs, urlsplit

from ..errors import ValidationError, error
from ..showing import shown
from ..tables import QUERY_PATH

#: The longest single argument that Linux takes is 128 KiB; a longer body goes in over standard input.
_MAX_ARGUMENT: Final = 100_000
_END: Final = "QUERYDSL_BODY"
#: The longest command that is read, not counting a here-document.
_MAX_COMMAND: Final = 1_000_000

_DATA: Final = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})
_SAYS_MUCH: Final = frozenset({"-X", "--request", "-H", "--header", "--url", *_DATA})
#: The options that say nothing about the request itself: with an argument, and without.
_IGNORED_WITH_ARGUMENT: Final = frozenset(
    {"-A", "--user-agent", "-o", "--output", "-m", "--max-time", "--connect-timeout", "--retry", "-w", "--write-out"}
)
_IGNORED: Final = frozenset({
    "-L", "--location", "-s", "--silent", "-S", "--show-error", "-f", "--fail", "--fail-with-body", "-v", "--verbose",
    "-i", "--include", "-g", "--globoff", "--compressed", "--http1.1", "--http2",
})  # fmt: skip


def write(url: str, body: str) -> str:
    """The command that sends a body of ASCII JSON; the token is the shell's $TIKTOK_ACCESS_TOKEN.

    >>> print(write("https://open.tiktokapis.com/v2/research/video/query/?fields=id", "{}"))
    curl -X POST 'https://open.tiktokapis.com/v2/research/video/query/?fields=id' \\
      -H "Authorization: Bearer $TIKTOK_ACCESS_TOKEN" \\
      -H 'Content-Type: application/json' \\
      --data-raw '{}'
    """
    lines = [
        f"curl -X POST {shlex.quote(url)}",
        '-H "Authorization: Bearer $TIKTOK_ACCESS_TOKEN"',
        "-H 'Content-Type: application/json'",
    ]
    if len(body) <= _MAX_ARGUMENT:
        lines.append(f"--data-raw {shlex.quote(body)}")
        return " \\\n  ".join(lines)
    assert body.isascii()
    assert "\n" not in body
    lines.append(f"--data-binary @- <<'{_END}'")
    return " \\\n  ".join(lines) + f"\n{body}\n{_END}"


def read(text: str) -> tuple[str, str]:
    """The body and the parameter `fields` of a command that queries videos; raises ValidationError for any other.

    >>> read(write("https://open.tiktokapis.com/v2/research/video/query/?fields=id", "{}"))
    ('{}', 'id')
    """
    if not isinstance(text, str):
        _refuse(f"{shown(text)} is not text", "give the command as text")
    words, heredoc = _words(text)
    if not words or words[0].text not in ("curl", "curl.exe"):
        _refuse(f"{shown(words[0].text if words else '')} is not curl", "give a command that begins with curl")
    urls, bodies = _arguments(words[1:], heredoc)
    if len(urls) != 1:
        _refuse(f"the command has {len(urls)} URLs", "give one, in quotes")
    if len(bodies) != 1:
        _refuse(f"the command has {len(bodies)} bodies", "give one, with --data-raw '{…}'")
    return bodies[0], _fields(urls[0])


class _Word(NamedTuple):
    """A word of a command, without its quotes."""

    text: str
    #: Whether the shell puts something else into it, which is unknown here.
    expands: bool


_PIECE: Final = re.compile(
    r"(?P<blank>[ \t\r\n]+)"
    r"|(?P<continued>\\\r?\n)"
    r"|'(?P<single>[^']*)'"
    r'|"(?P<double>[^"\\]*(?:\\[\s\S][^"\\]*)*)"'
    r"|\\(?P<escaped>[^\r\n])"
    r"""|(?P<bare>[^ \t\r\n'"\\;&|<>()]+)"""
)
_ESCAPE_IN_DOUBLE: Final = re.compile(r"""\\(?:([$`"\\])|\r?\n)""")
_EXPANSION: Final = re.compile(r"""(?<!\\)(?:\\\\)*(?:`|\$(?:[\w({@*#?!$'"-]|\\\r?\n|\Z))""")
_HEREDOC: Final = re.compile(r"""<<-?[ \t]*(['"]?)(\w+)\1[ \t]*\r?\n""")


def _words(command: str) -> tuple[list[_Word], str | None]:
    """The words of a command as a POSIX shell reads them, and the here-document that it ends with."""
    words: list[_Word] = []
    pieces: list[str] = []
    position, expands = 0, False
    heredoc = None
    while position < len(command) and heredoc is None:
        if command[position] == "#" and not pieces:  # a comment
            position = (command.find("\n", position) + 1) or len(command)
            continue
        found = _PIECE.match(command, position, _MAX_COMMAND)
        if found is None:
            begins = _HEREDOC.match(command, position) or _refuse_at(command, position)
            heredoc = _heredoc(command[begins.end() :], begins[2], bool(begins[1]))
            continue
        kind, position = found.lastgroup, found.end()
        if kind == "blank":
            words += [_Word("".join(pieces), expands)] if pieces else []
            pieces, expands = [], False
        elif kind != "continued":
            assert kind is not None
            text = found[kind]
            expands |= kind in ("double", "bare") and _EXPANSION.search(text) is not None
            pieces.append(_ESCAPE_IN_DOUBLE.sub(r"\1", text) if kind == "double" else text)
    words += [_Word("".join(pieces), expands)] if pieces else []
    return words, heredoc


def _refuse_at(command: str, position: int) -> NoReturn:
    if len(command) > _MAX_COMMAND:
        _refuse(f"the command is longer than {_MAX_COMMAND:,} characters", "put a long body into a here-document")
    if command[position] in "'\"\\":
        what = "backslash has nothing after it" if command[position] == "\\" else "quote is not closed"
        _refuse(f"at character {position + 1}, a {what}", "copy the whole command")
    what = shown(command[position : position + 20].strip())
    _refuse(f"{what}: this is more than one curl command", "give the command alone, with its URL in quotes")


def _heredoc(text: str, end: str, is_quoted: bool) -> str:
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if end not in lines:
        _refuse(f"the here-document has no end: no line {end}", "copy the whole command")
    body = "\n".join(lines[: lines.index(end)])
    if any(line.strip() for line in lines[lines.index(end) + 1 :]):
        _refuse("something follows the here-document", "give one command")
    if not is_quoted and any(character in body for character in "$`\\"):
        _refuse("the shell would change the here-document", f"put quotes round its end: <<'{end}'")
    return body


def _arguments(words: list[_Word], heredoc: str | None) -> tuple[list[str], list[str]]:
    urls, bodies = [], []
    remaining = iter(words)
    for word in remaining:
        if not word.text.startswith("-"):
            urls.append(_literal(word))
            continue
        option, attached = _option(word)
        if option in _IGNORED:
            continue
        if option not in _SAYS_MUCH | _IGNORED_WITH_ARGUMENT:
            _refuse(f"{shown(option)} is an option that is not understood", "leave it out")
        value = attached if attached is not None else next(remaining, None)
        if value is None:
            _refuse(f"{option} has no argument", "copy the whole command")
        if option == "--url":
            urls.append(_literal(value))
        elif option in _DATA:
            bodies.append(_body(option, _literal(value), heredoc))
        elif option in ("-X", "--request") and value.text.upper() != "POST":
            _refuse(f"{option} {shown(value.text)}: videos are queried with POST", f"write {option} POST")
    return urls, bodies


def _literal(word: _Word) -> str:
    if word.expands:
        _refuse(f"{shown(word.text)}: the shell puts something else for what begins with $ or `", "use single quotes")
    return word.text


def _option(word: _Word) -> tuple[str, _Word | None]:
    """An option, and its argument where that is written straight after the letter, as in -sXPOST."""
    text = word.text
    if text.startswith("--"):
        return text, None
    while len(text) > 2 and text[:2] in _IGNORED:
        text = "-" + text[2:]
    return text[:2], _Word(text[2:], word.expands) if len(text) > 2 else None


def _body(option: str, value: str, heredoc: str | None) -> str:
    if option == "--data-raw" or not value.startswith("@"):
        return value
    if value != "@-" or heredoc is None:
        _refuse(f"{option} {shown(value)} names a file, and none is opened", "put the JSON itself into the command")
    return heredoc


def _fields(url: str) -> str:
    try:
        parts = urlsplit(url)
        fields = parse_qs(parts.query, keep_blank_values=True, max_num_fields=20).get("fields", [])
    except ValueError:
        _refuse(f"{shown(url)} is not a URL", f"write https://open.tiktokapis.com{QUERY_PATH}?fields=id")
    if parts.path.rstrip("/") != QUERY_PATH.rstrip("/"):
        _refuse(f"{shown(url)} does not query videos", f"the path is {QUERY_PATH}")
    if len(fields) != 1:
        _refuse(f"{shown(url)} has {len(fields)} parameters 'fields'", "write one: ?fields=id,create_time")
    return fields[0]


def _refuse(message: str, hint: str) -> NoReturn:
    raise ValidationError([error("text", "", message, hint)], "curl")
