"""HTML for notebooks: text from outside, escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
