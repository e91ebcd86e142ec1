"""A request as a curl command for a POSIX shell, and back; also reads commands that people paste from elsewhere.

Nothing is run, and no file is opened.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import parse_qs, urlsplit

from ..errors import ValidationError
from ..showing import shown
from ..spec.validation import read as read_json
from ..tables import QUERY_PATH
from . import posix_shell, windows_shells
from .words import DOUBLE, SINGLE, Unclear, Word, check_doubled, literal, refuse, refuse_unknown, straightened

#: Linux takes at most 128 KiB for a single argument; a longer body goes through standard input.
_MAX_ARGUMENT: Final = 100_000
_END: Final = "QUERYDSL_BODY"
_DATA: Final = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})
_SAYS_MUCH: Final = frozenset({"-X", "--request", "-H", "--header", "--url", *_DATA})
#: Options that do not change the request: those with an argument, and those without.
_IGNORED_WITH_ARGUMENT: Final = frozenset({
    "-A", "--user-agent", "-b", "--cookie", "-c", "--cookie-jar", "-D", "--dump-header", "-e", "--referer", "-m",
    "--max-time", "-o", "--output", "--output-dir", "-w", "--write-out", "-x", "--proxy", "--cacert", "--ciphers",
    "--connect-timeout", "--limit-rate", "--max-redirs", "--oauth2-bearer", "--resolve", "--retry", "--retry-delay",
    "--retry-max-time",
})  # fmt: skip
_IGNORED: Final = frozenset({
    "-#", "--progress-bar", "-0", "--http1.0", "-4", "--ipv4", "-6", "--ipv6", "-f", "--fail", "--fail-with-body",
    "--fail-early", "-g", "--globoff", "-i", "--include", "-J", "-k", "--insecure", "-L", "--location",
    "--location-trusted", "-N", "--no-buffer", "-O", "--remote-name", "-q", "--disable", "-S", "--show-error", "-s",
    "--silent", "-v", "--verbose", "--compressed", "--http1.1", "--http2", "--http2-prior-knowledge", "--http3",
    "--no-progress-meter", "--post301", "--post302", "--post303", "--retry-all-errors", "--retry-connrefused",
    "--ssl-no-revoke", "--tcp-nodelay", "--tlsv1.2", "--tlsv1.3",
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
    """The body and the parameter `fields` of a command that queries videos. Raises ValidationError for all others.

    A command is read as its own shell reads it. The line ends usually tell which shell that is. Otherwise all shells
    that can read the command must read the same request.

    >>> read(write("https://open.tiktokapis.com/v2/research/video/query/?fields=id", "{}"))
    ('{}', 'id')
    >>> read('curl.exe "https://open.tiktokapis.com/v2/research/video/query/?fields=id" ^\\n  -d "{}"')
    ('{}', 'id')
    """
    if not isinstance(text, str):
        refuse(f"{shown(text)} is not text", "give the command as text")
    if "\0" in text:
        refuse("a NUL character stands in the command", "remove it")
    text = _command_alone(text)
    command = straightened(text)
    body, fields = _agreed([_attempt(shell, command) for shell in _shells(command)])
    return _straight_json(body, has_lost_its_quotes=command != text and '"' not in text), fields


#: Text that people copy with a command: Markdown fences, and the prompt of a shell.
_FENCE: Final = re.compile(r"\s*```\w*[ \t]*\r?\n(.*?)```\s*", re.DOTALL)
_PROMPT: Final = re.compile(r"\s*(?:[$%]|PS [^\r\n>]*>|[A-Za-z]:\\[^\r\n>]*>)[ \t]*(?=curl\b)")


def _command_alone(text: str) -> str:
    """A command without the text that people copy with it."""
    text = text.removeprefix("\ufeff")
    fenced = _FENCE.fullmatch(text)
    command = fenced[1] if fenced else text
    prompt = _PROMPT.match(command)
    command = command[prompt.end() :] if prompt else command
    ended = command.rstrip()
    return ended[:-1] if ended.endswith(";") else command


def is_command(text: str) -> bool:
    """Whether a text is a curl command, perhaps with what people copy with it; no expression and no JSON is one.

    >>> is_command("$ curl -X POST ..."), is_command('keyword == "curl"')
    (True, False)
    """
    return _CURL.match(_command_alone(text)) is not None


_CURL: Final = re.compile(r"\s*curl(?:\.exe)?(?=\s|$)")

_Request = tuple[str, str]
#: Splits a command into words, perhaps with a here-document after them.
_Shell = Callable[[str], tuple[list[Word], str | None]]


def _cmd(command: str) -> tuple[list[Word], None]:
    return windows_shells.cmd(command), None


def _runtime(command: str) -> tuple[list[Word], None]:
    return windows_shells.runtime(command), None


def _powershell(command: str) -> tuple[list[Word], None]:
    return windows_shells.powershell(command), None


def _windows_powershell(command: str) -> tuple[list[Word], None]:
    return windows_shells.windows_powershell(command), None


#: The characters that continue a line, and the shells that use them.
_CONTINUED: Final = re.compile(r"([\\^`])[ \t\xa0]*\r?\n")
#: The start of JSON in double quotes of PowerShell.
_BACKTICKS: Final = re.compile(r"\{\s*`\"")
_SHELLS: Final[dict[str, list[_Shell]]] = {
    "\\": [posix_shell.words],
    "^": [_cmd, _runtime],
    "`": [_powershell, _windows_powershell],
}


def _shells(command: str) -> Sequence[_Shell]:
    """The shells that a command may be written for."""
    mark = _CONTINUED.search(command)
    if mark is not None:
        return _SHELLS[mark[1]]
    if ' ^"' in command:
        return _SHELLS["^"]
    if _BACKTICKS.search(command) is not None:
        return _SHELLS["`"]
    return [shell for shells in _SHELLS.values() for shell in shells]


def _attempt(shell: _Shell, command: str) -> _Request | ValidationError:
    """Read a command as one shell does."""
    try:
        words, heredoc = shell(command)
    except ValidationError as refusal:
        return refusal
    try:
        request = _request(words, heredoc)
        if shell in _THROUGH_THE_RUNTIME and _is_json(request[0]):
            check_doubled(request[0])
    except Unclear as refusal:
        return refusal
    except ValidationError as refusal:
        return _cause(words) or refusal
    return request


_THROUGH_THE_RUNTIME: Final = (_cmd, _runtime, _windows_powershell)


def _is_json(body: str) -> bool:
    return not read_json(body)[1]


def _cause(words: Sequence[Word]) -> Unclear | None:
    """The substitution that may have broken a command: its inner quotes look like outer ones."""
    ran = next((word.unknown for word in words if word.unknown and word.unknown.startswith(("$(", "`"))), None)
    if ran is None:
        return None
    try:
        refuse_unknown(ran)
    except Unclear as refusal:
        return refusal


def _agreed(attempts: Sequence[_Request | ValidationError]) -> _Request:
    """The one request that all the shells read; the first shell is the most likely one."""
    made = [attempt for attempt in attempts if isinstance(attempt, tuple) and _is_json(attempt[0])]
    unknown = next((attempt for attempt in attempts if isinstance(attempt, Unclear)), None)
    first = attempts[0]
    if made and unknown is None:
        if any(_differ(made[0], other) for other in made[1:]):
            refuse(
                "shells differ in what this command sends, and nothing in it tells which one it is for",
                "break it into lines as your shell does: with \\ in bash, ^ in cmd, ` in PowerShell",
            )
        return made[0]
    if unknown is not None:
        raise ValidationError(unknown.problems, unknown.subject)
    if isinstance(first, ValidationError):
        raise first
    return first  # not JSON: the reader of JSON has the better message


def _differ(one: _Request, other: _Request) -> bool:
    return one != other and (one[1] != other[1] or read_json(one[0]) != read_json(other[0]))


def _request(words: Sequence[Word], heredoc: str | None) -> _Request:
    """The body and the fields in the words of a command."""
    if not words or words[0].text not in ("curl", "curl.exe"):
        refuse(f"{shown(words[0].text if words else '')} is not curl", "give a command that begins with curl")
    urls, bodies = _arguments(words[1:], heredoc)
    if len(urls) != 1:
        refuse(f"the command has {len(urls)} URLs", "give one, in quotes")
    if len(bodies) != 1:
        refuse(f"the command has {len(bodies)} bodies", "give one, with --data-raw '{…}'")
    return bodies[0], _fields(urls[0])


def _arguments(words: Sequence[Word], heredoc: str | None) -> tuple[list[str], list[str]]:
    urls: list[str] = []
    bodies: list[str] = []
    remaining = iter(words)
    for word in remaining:
        option, attached = _option(word)
        if option is None:
            urls.append(_url(word, bool(urls)))
            continue
        if option in _IGNORED:
            continue
        if option not in _SAYS_MUCH | _IGNORED_WITH_ARGUMENT:
            refuse(f"{shown(option)} is an option that is not understood", "leave it out")
        value = attached if attached is not None else next(remaining, None)
        if value is None:
            refuse(f"{option} has no argument", "copy the whole command")
        if option == "--url":
            urls.append(literal(value))
        elif option in _DATA:
            bodies.append(_body(option, literal(value), heredoc))
        elif option in ("-X", "--request") and value.text.upper() != "POST":
            refuse(f"{option} {shown(value.text)}: videos are queried with POST", f"write {option} POST")
    return urls, bodies


def _url(word: Word, is_second: bool) -> str:
    """The URL that a word without an option must be."""
    text = literal(word)
    if "/" not in text:
        if word.begins_line:
            refuse(f"the line that begins with {shown(text)} is another command", "give the curl command alone")
        refuse(f"{shown(text)} is no option and no URL", "put every value into quotes")
    if is_second and word.begins_line and "://" not in text:
        refuse(f"the line that begins with {shown(text)} is another command", "give the curl command alone")
    return text


#: Characters that word processors put in place of hyphens before an option.
_DASHES: Final = ("\u2013", "\u2014", "\u2012", "\u2212")


def _option(word: Word) -> tuple[str | None, Word | None]:
    """An option, and its argument if that directly follows the letter, as in -sXPOST."""
    text = word.text
    if text.startswith(_DASHES):
        name = text.lstrip("-" + "".join(_DASHES))
        text = ("-" if len(name) == 1 else "--") + name
    if not text.startswith("-"):
        return None, None
    if text.startswith("--"):
        return text, None
    while len(text) > 2 and text[:2] in _IGNORED:
        text = "-" + text[2:]
    return text[:2], word._replace(text=text[2:]) if len(text) > 2 else None


def _body(option: str, value: str, heredoc: str | None) -> str:
    if option == "--data-raw" or not value.startswith("@"):
        return value
    if value != "@-" or heredoc is None:
        refuse(f"{option} {shown(value)} names a file, and none is opened", "put the JSON itself into the command")
    return heredoc


def _straight_json(body: str, has_lost_its_quotes: bool) -> str:
    """The body with " for typographic quotes, if all quotes around its texts are typographic, and with plain spaces."""
    if _is_json(body):
        return body
    straight = body.translate(dict.fromkeys(map(ord, DOUBLE), '"'))
    spaced = _with_plain_spaces(body)
    if _is_json(spaced) or not (has_lost_its_quotes or straight != body):
        return spaced
    straight = _with_plain_spaces(straight)  # a blank between typographic quotes is part of a text
    if _PLAIN_QUOTE.search(body) is not None or any(quote in body for quote in SINGLE) or not _is_json(straight):
        message = "the JSON has typographic quotes, as text programs make them of ' and \", where both may be meant"
        refuse(message, "write ' or \", whichever is meant")
    return straight


def _with_plain_spaces(body: str) -> str:
    """JSON with spaces for the blanks of web pages between its texts."""
    if "\xa0" not in body:
        return body
    return _STRING_OR_BLANK.sub(lambda found: " " if found[0] == "\xa0" else found[0], body)


#: A text of JSON, or a blank that web pages put in place of a space.
_STRING_OR_BLANK: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|\xa0', re.DOTALL)
_PLAIN_QUOTE: Final = re.compile(r'(?<!\\)"')


def _fields(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        fields = parse_qs(parts.query, keep_blank_values=True, max_num_fields=20).get("fields", [])
    except ValueError:
        refuse(f"{shown(url)} is not a URL", f"write https://open.tiktokapis.com{QUERY_PATH}?fields=id")
    if parts.path.rstrip("/") != QUERY_PATH.rstrip("/"):
        refuse(f"{shown(url)} does not query videos", f"the path is {QUERY_PATH}")
    if len(fields) != 1:
        refuse(f"{shown(url)} has {len(fields)} parameters 'fields'", "write one: ?fields=id,create_time")
    return fields[0]
