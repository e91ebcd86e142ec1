"""A request as a command, in the forms that programs and people write."""

from __future__ import annotations

import re
from collections.abc import Callable

HEADERS = ("Authorization: Bearer clt.example", "Content-Type: application/json")


def lines(quote: Callable[[str], str], url: str, body: str, end: str, **names: str) -> str:
    """A command of several lines, each word in quotes."""
    headers = [f"-H {quote(header)}" for header in HEADERS]
    first = f"{names.get('curl', 'curl')} {quote(url)}"
    return f"{end}\n  ".join([first, *headers, f"{names.get('data', '--data-raw')} {quote(body)}"])


# POSIX shells


def single_quoted(text: str) -> str:
    """In the form of Postman."""
    return "'" + text.replace("'", "'\\''") + "'"


def double_quoted(text: str) -> str:
    return '"' + re.sub(r'([$`"\\])', r"\\\1", text) + '"'


def ansi_quoted(text: str) -> str:
    """In the form of Chrome for bash, and of Firefox: `$'…'` where necessary."""
    if re.search(r"[\0-\x1f\x7f-\x9f!']", text) is None:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return "$'" + re.sub(r"[\0-\x1f\x7f-\x9f!]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + "'"


def postman(url: str, body: str) -> str:
    headers = [f"--header {single_quoted(header)}" for header in HEADERS]
    first = f"curl --location --request POST {single_quoted(url.replace(',', '%2C'))}"
    return " \\\n".join([first, *headers, f"--data-raw {single_quoted(body)}"])


def with_blanks(url: str, body: str) -> str:
    """In the form of a page that adds a blank to each line."""
    return lines(single_quoted, url, body, " \\ ") + " \n"


# cmd


def for_the_runtime(text: str) -> str:
    """For the C runtime of Windows, as careful authors write it."""
    return '"' + re.sub(r'(\\*)"', r'\1\1\\"', re.sub(r"(\\+)\Z", r"\1\1", text)) + '"'


def chrome_for_cmd(text: str) -> str:
    """In the form of Chrome for cmd: a caret before every special character."""
    escaped = re.sub(r"[^a-zA-Z0-9\s_\-:=+~'/.',?;()*`]", r"^\g<0>", text.replace("\\", "\\\\").replace('"', '\\"'))
    return '^"' + re.sub(r"\r?\n|\r", "^\n\n", re.sub(r"%(?=[a-zA-Z0-9_])", "%^", escaped)) + '^"'


def firefox_for_cmd(text: str) -> str:
    """In the older form of Firefox for Windows."""
    escaped = text.replace("`", "``").replace("$", "`$").replace('"', '""').replace("%", '"%"').replace("\\", "\\\\")
    return '"' + re.sub(r"[\r\n]{1,2}", r'"^\g<0>\g<0>"', escaped) + '"'


# PowerShell


def single_quoted_for_powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def double_quoted_for_powershell(text: str) -> str:
    return '"' + re.sub(r'([$`"])', r"`\1", text) + '"'


def for_windows_powershell(text: str) -> str:
    """For Windows PowerShell, which loses inner quotes without a backslash."""
    return "'" + re.sub(r'(\\*)"', r'\1\1\\"', text).replace("'", "''") + "'"


# Text programs


def typographic(url: str, body: str) -> str:
    """The form of Postman, after a word processor."""
    text = re.sub(r"(?<!\S)'", "\u2018", postman(url, body)).replace("'", "\u2019")
    return re.sub(r'(?<=[\s{\[(])"', "\u201c", text).replace('"', "\u201d").replace("\n--", "\n\u2014")


def typographic_json(url: str, body: str) -> str:
    """A command whose JSON came from a word processor."""
    return lines(single_quoted, url, re.sub(r'(?<!\\)"', "\u201d", body), " \\")


def one_line(quote: Callable[[str], str], url: str, body: str, curl: str = "curl") -> str:
    return lines(quote, url, body, "", curl=curl).replace("\n  -", " -")


DIALECTS: dict[str, Callable[[str, str], str]] = {
    "Postman": postman,
    "bash, one line": lambda url, body: one_line(single_quoted, url, body),
    "bash, double quotes": lambda url, body: lines(double_quoted, url, body, " \\"),
    "copy as cURL (bash)": lambda url, body: lines(ansi_quoted, url, body, " \\"),
    "line ends of Windows": lambda url, body: lines(single_quoted, url, body, " \\").replace("\n", "\r\n"),
    "a blank after the backslash": with_blanks,
    "the backslashes lost": lambda url, body: lines(single_quoted, url, body, ""),
    "cmd by hand": lambda url, body: lines(for_the_runtime, url, body, " ^", curl="curl.exe", data="-d"),
    "cmd by hand, one line": lambda url, body: one_line(for_the_runtime, url, body),
    "copy as cURL (cmd)": lambda url, body: lines(chrome_for_cmd, url, body, " ^"),
    "Firefox for Windows": lambda url, body: one_line(firefox_for_cmd, url, body),
    "PowerShell": lambda url, body: lines(single_quoted_for_powershell, url, body, " `", curl="curl.exe"),
    "PowerShell, one line": lambda url, body: one_line(single_quoted_for_powershell, url, body),
    "PowerShell, double quotes": lambda url, body: lines(double_quoted_for_powershell, url, body, " `"),
    "PowerShell, double quotes, one line": lambda url, body: one_line(double_quoted_for_powershell, url, body),
    "Windows PowerShell": lambda url, body: lines(for_windows_powershell, url, body, " `", curl="curl.exe"),
    "Windows PowerShell, one line": lambda url, body: one_line(for_windows_powershell, url, body, "curl.exe"),
    "typographic quotes": typographic,
    "typographic quotes in the JSON": typographic_json,
}
