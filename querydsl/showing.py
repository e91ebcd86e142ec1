"""Values from outside as text that is safe to show: in a message, and in a notebook as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

#: Characters of a value that a message repeats.
LONGEST_SHOWN: Final = 60


def shown(value: object) -> str:
    """A value for a message: short, on one line, and quick whatever it is."""
    if isinstance(value, str):
        text = str.__str__(value)
        return repr(text) if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]!r}…"
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


def listing(words: Iterable[str]) -> str:
    """Words as a sentence lists them.

    >>> listing(["<", "<=", ">"])
    '<, <= and >'
    """
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def json_text(text: str) -> str:
    """A text as a JSON document has it, readable where that is safe."""
    import json  # noqa: PLC0415  # only a mistake needs it, and it takes long to load

    return json.dumps(text, ensure_ascii=not text.isprintable())


# HTML

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})

#: Rows of a table and characters of a text that are shown at the most: a notebook keeps its output in the file.
MAX_ROWS = 50
MAX_CHARACTERS = 20_000


def _escaped(text: str) -> str:
    cut = text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS] + "…"
    visible = "".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in cut)
    return visible.translate(_ESCAPES)


def code(text: str) -> str:
    """A line of source.

    >>> code("Keyword == '<b>'")
    '<code>Keyword == &#x27;&lt;b&gt;&#x27;</code>'
    """
    return f"<code>{_escaped(text)}</code>"


def block(text: str) -> str:
    """Several lines of source, as they are."""
    return f"<pre>{_escaped(text)}</pre>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], total: int) -> str:
    """A table; of more than MAX_ROWS rows the first ones, and how many there are."""
    parts = ["<table><thead><tr>", *(f"<th>{_escaped(cell)}</th>" for cell in head), "</tr></thead><tbody>"]
    for position, row in enumerate(rows):
        if position == MAX_ROWS:
            parts.append(f'<tr><td colspan="{len(head)}">… {total:,} in all</td></tr>')
            break
        parts += ["<tr>", *(f"<td>{_escaped(cell)}</td>" for cell in row), "</tr>"]
    return "".join([*parts, "</tbody></table>"])
