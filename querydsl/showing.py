"""Makes text from outside safe to show: in a message, and in a notebook as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

#: How many characters of a value a message repeats.
LONGEST_SHOWN: Final = 60

#: Characters that affect the text around them: control characters, ends of lines and paragraphs, changes of direction,
#: and lone surrogates. All others are shown unchanged, in any script, also those that Python calls unprintable: scripts
#: and emoji need joiners, blanks of every width and tags.
HARMFUL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_HARMFUL_IN_LINES: Final = re.compile(HARMFUL.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))


def one_line(text: str) -> str:
    """A text with harmful characters and line ends escaped, so that a text from outside cannot fake a line of output.

    >>> one_line("two\\nlines")
    'two\\\\nlines'
    """
    return HARMFUL.sub(_escape, text)


def printable(text: str) -> str:
    """A text with harmful characters escaped; its line ends stay."""
    return _HARMFUL_IN_LINES.sub(_escape, text)


def _escape(harmful: re.Match[str]) -> str:
    return repr(harmful[0])[1:-1]


def source(value: object) -> str:
    """The `repr` of a value, in the form of `readable`.

    >>> print(source(("\\u3000", "\\x1b")))
    ('\u3000', '\\x1b')
    """
    return readable(repr(value))


def readable(text: str) -> str:
    """A `repr` in which all harmless characters of a text stand unescaped."""
    return _ESCAPE.sub(_unless_harmful, text) if "\\" in text else text


_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|.)")


def _unless_harmful(escape: re.Match[str]) -> str:
    code = escape[escape.lastindex] if escape.lastindex else None
    character = "" if code is None else chr(int(code, 16))
    return escape[0] if HARMFUL.match(character) or not character else character


def columns(text: str) -> int:
    """How many columns of a terminal a text takes, as far as the standard library knows.

    >>> columns("cat"), columns("猫"), columns("e\\u0301")
    (3, 2, 1)
    """
    if text.isascii():
        return len(text)
    import unicodedata  # noqa: PLC0415  # it is large, and few texts need it

    wide, none = ("W", "F"), ("Mn", "Me", "Cf")
    return sum(
        0 if unicodedata.category(one) in none else 2 if unicodedata.east_asian_width(one) in wide else 1
        for one in text
    )


def shown(value: object) -> str:
    """A value for a message: short, harmless, on one line, in constant time."""
    if isinstance(value, str):
        text = str.__str__(value)
        return source(text) if len(text) <= LONGEST_SHOWN else f"{source(text[:LONGEST_SHOWN])}…"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(int(value)) if abs(value) < 10**LONGEST_SHOWN else "a number of very many digits"
    if isinstance(value, float):
        return float.__repr__(value)
    if isinstance(value, dict):
        return "an object" if value else "{}"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "[]"
    return f"a Python {type(value).__name__[:LONGEST_SHOWN]}"


def in_python(value: object) -> str:
    """A value for a message about Python code: as `shown`, which has the words of JSON for True, False and None.

    >>> in_python(True), shown(True)
    ('True', 'true')
    """
    return repr(value) if value is None or isinstance(value, bool) else shown(value)


def listing(words: Iterable[str]) -> str:
    """Join words for a sentence: commas, and the last word after "and".

    >>> listing(["<", "<=", ">"])
    '<, <= and >'
    """
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def count(number: int, noun: str, several: str | None = None) -> str:
    """A number with its noun.

    >>> count(1, "query", "queries"), count(1_000, "video")
    ('1 query', '1,000 videos')
    """
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def json_text(value: Any) -> str:
    """A value as JSON, with all harmless characters unescaped."""
    import json  # noqa: PLC0415  # only a mistake and a notebook need it, and it takes long to load

    return _harmless(json.dumps(value, ensure_ascii=False))


def _harmless(json_text: str) -> str:
    return _HARMFUL_IN_LINES.sub(lambda harmful: f"\\u{ord(harmful[0]):04x}", json_text)


def laid_out(value: object, margin: str = "", *, is_ascii: bool = True) -> str:
    """JSON for reading: what fits on one line stays on one line."""
    import json  # noqa: PLC0415  # only what is shown needs it, and it takes long to load

    line = json.dumps(value) if is_ascii else json_text(value)
    if not isinstance(value, (dict, list)) or len(margin) + len(line) <= _WIDTH:
        return line
    inner = margin + "  "
    if isinstance(value, dict):
        members = value.items()
        parts = [f"{json.dumps(key)}: {laid_out(member, inner, is_ascii=is_ascii)}" for key, member in members]
    else:
        parts = [laid_out(member, inner, is_ascii=is_ascii) for member in value]
    first, last = line[0], line[-1]
    return f"{first}\n{inner}" + f",\n{inner}".join(parts) + f"\n{margin}{last}"


#: The width of JSON in `laid_out`, in columns.
_WIDTH: Final = 100


# HTML

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})

#: The most rows of a table, and characters of a text, that are shown: a notebook saves its output in its file.
MAX_ROWS = 50
MAX_CHARACTERS = 20_000


def _escaped(text: str) -> str:
    cut = text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS] + "…"
    return printable(cut).translate(_ESCAPES)


def code(text: str) -> str:
    """A line of source.

    >>> code("Keyword == '<b>'")
    '<code>Keyword == &#x27;&lt;b&gt;&#x27;</code>'
    """
    return f"<code>{_escaped(text)}</code>"


def block(text: str) -> str:
    """Several lines of source, unchanged."""
    return f"<pre>{code(text)}</pre>"  # without an inner code element, some notebooks show it in the font of the page


#: Notebooks align the text of cells to the right. They have colours of their own, light and dark.
_CELL: Final = ' style="text-align: left; vertical-align: top"'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], total: int, foot: str | None = None) -> str:
    """An HTML table. Above MAX_ROWS rows it shows the first ones and the total. A single cell spans the whole row."""
    parts = ["<table><thead><tr>", *(f"<th{_CELL}>{_escaped(cell)}</th>" for cell in head), "</tr></thead><tbody>"]
    whole = f' colspan="{len(head)}"{_CELL}'
    for position, row in enumerate(rows):
        if position == MAX_ROWS:
            parts.append(f"<tr><td{whole}>… {total:,} in all</td></tr>")
            break
        cells = [f"<td{whole if len(row) == 1 else _CELL}>{_escaped(cell)}</td>" for cell in row]
        parts += ["<tr>", *cells, "</tr>"]
    if foot is not None:
        parts.append(f"<tr><th{whole}>{_escaped(foot)}</th></tr>")
    return "".join([*parts, "</tbody></table>"])
