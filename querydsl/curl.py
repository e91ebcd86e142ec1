"""A request as a curl command for a POSIX shell, and back. Nothing is run, and no file is opened."""

from __future__ import annotations

import re
import shlex
from typing import Final, NoReturn
from urllib.parse import parse_qs, urlsplit

from .errors import ValidationError
from .rules import error
from .tables import QUERY_PATH
from .values import shown

#: The longest single argument that Linux takes is 128 KiB; a longer body goes in over standard input.
_MAX_ARGUMENT: Final = 100_000
#: The longest command that is read, not counting a body in a here-document.
_MAX_COMMAND: Final = 500_000
_END: Final = "QUERYDSL_BODY"

_HEREDOC: Final = re.compile(r"<<-?\s*(['\"]?)(\w+)\1[ \t]*\r?\n")

#: The options with an argument that say nothing about the request itself.
_IGNORED_WITH_ARGUMENT: Final = frozenset(
    {"-A", "--user-agent", "-o", "--output", "-m", "--max-time", "--connect-timeout", "--retry", "-w", "--write-out"}
)
_IGNORED: Final = frozenset(
    [
        "-L",
        "--location",
        "-s",
        "--silent",
        "-S",
        "--show-error",
        "-f",
        "--fail",
        "--fail-with-body",
        "-v",
        "--verbose",
        "-i",
        "--include",
        "--compressed",
        "-sS",
        "-sL",
        "-sSL",
        "-fsSL",
        "--http1.1",
        "--http2",
        "-g",
        "--globoff",
    ]
)
_DATA: Final = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})


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
    command, heredoc = _split_heredoc(text)
    if len(command) > _MAX_COMMAND:
        _refuse(f"the command is longer than {_MAX_COMMAND:,} characters", "put a long body into a here-document")
    try:
        words = shlex.split(re.sub(r"\\\r?\n", " ", command))
    except ValueError as failure:
        _refuse(f"this is no shell command: {failure}", "copy the whole command, with its closing quote")
    if not words or words[0] not in ("curl", "curl.exe"):
        _refuse(f"{shown(words[0] if words else '')} is not curl", "give a command that begins with curl")
    urls, bodies = _arguments(words[1:], heredoc)
    if len(urls) != 1:
        _refuse(f"the command has {len(urls)} URLs", "give one, in quotes")
    if len(bodies) != 1:
        _refuse(f"the command has {len(bodies)} bodies", "give one, with --data-raw '{…}'")
    return bodies[0], _fields(urls[0])


def _split_heredoc(text: str) -> tuple[str, str | None]:
    found = _HEREDOC.search(text)
    if found is None:
        return text, None
    lines = text[found.end() :].splitlines()
    if found[2] not in lines:
        _refuse(f"the here-document has no end: no line {found[2]}", "copy the whole command")
    end = lines.index(found[2])
    if any(line.strip() for line in lines[end + 1 :]):
        _refuse("something follows the here-document", "give one command")
    return text[: found.start()], "\n".join(lines[:end])


def _arguments(words: list[str], heredoc: str | None) -> tuple[list[str], list[str]]:
    urls, bodies = [], []
    remaining = iter(words)
    for word in remaining:
        option, attached = _option(word)
        if not word.startswith("-"):
            urls.append(word)
        elif option in _IGNORED:
            pass
        elif option in ("-X", "--request", "-H", "--header", "--url") or option in _DATA | _IGNORED_WITH_ARGUMENT:
            value = attached if attached is not None else next(remaining, None)
            if value is None:
                _refuse(f"{option} has no argument", "copy the whole command")
            if option == "--url":
                urls.append(value)
            elif option in _DATA:
                bodies.append(_body(option, value, heredoc))
            elif option in ("-X", "--request") and value.upper() != "POST":
                _refuse(f"{option} {shown(value)}: videos are queried with POST", f"write {option} POST")
        else:
            _refuse(f"{shown(word)} is an option that is not understood", "leave it out")
    return urls, bodies


def _option(word: str) -> tuple[str, str | None]:
    """An option, and an argument written straight after its letter, as in -XPOST."""
    if word.startswith("--") or len(word) <= 2 or word in _IGNORED:
        return word, None
    return word[:2], word[2:]


def _body(option: str, value: str, heredoc: str | None) -> str:
    if option == "--data-raw" or not value.startswith("@"):
        return value
    if value == "@-" and heredoc is not None:
        return heredoc
    _refuse(f"{option} {shown(value)} names a file, and none is opened", "put the JSON itself into the command")
    return None


def _fields(url: str) -> str:
    try:
        parts = urlsplit(url)
        fields = parse_qs(parts.query, keep_blank_values=True, max_num_fields=20).get("fields", [])
    except ValueError:
        _refuse(f"{shown(url)} is no URL", f"write https://open.tiktokapis.com{QUERY_PATH}?fields=id")
    if parts.path.rstrip("/") != QUERY_PATH.rstrip("/"):
        _refuse(f"{shown(url)} does not query videos", f"the path is {QUERY_PATH}")
    if len(fields) != 1:
        _refuse(f"{shown(url)} has {len(fields)} parameters 'fields'", "write one: ?fields=id,create_time")
    return fields[0]


def _refuse(message: str, hint: str) -> NoReturn:
    raise ValidationError([error("text", "", message, hint)], "curl")
