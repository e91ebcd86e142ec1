"""A video as the API sends it -> its row in the file, by the names of the columns."""

from __future__ import annotations

import re
from json.encoder import encode_basestring_ascii
from typing import Any, Final

from ..errors import ServerError
from ..videos import documented
from .columns import COLUMNS

#: The values of a video by column: `id`, `raw`, and each documented field that it has.
Row = dict[str, Any]

_STORE: Final = {name: column.store for name, column in COLUMNS.items()}
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LINE_END: Final = re.compile("[\r\n]")
_ASTRAL: Final = re.compile(r"\\U([0-9a-f]{8})")


def row(received: dict[str, Any], raw: str) -> Row:
    """The row of a video that came as the JSON text `raw`.

    Raises ServerError for a video without an id, or with a value that is not of its documented type.

    >>> row({"id": "7", "hashtag_names": ["cat"]}, '{"id": "7", "hashtag_names": ["cat"]}')
    {'id': 7, 'hashtag_names': '["cat"]', 'raw': '{"id": "7", "hashtag_names": ["cat"]}'}
    """
    values, _ = documented(received)
    if "id" not in values:
        raise ServerError("a video has no id")
    columns = {name: value if (store := _STORE[name]) is None else store(value) for name, value in values.items()}
    columns["raw"] = _one_line(raw)
    return columns


def _one_line(raw: str) -> str:
    """JSON text as one line of ASCII, with everything else as it is."""
    if not raw.isascii():
        raw = _in_ascii(raw)
    if "\n" in raw or "\r" in raw:
        raw = _LINE_END.sub(" ", raw)  # they can only stand between the values: in a text they are escaped
    return raw


def _in_ascii(raw: str) -> str:
    """JSON text with the characters beyond ASCII escaped, and nothing else changed."""
    # Python writes \xe9, \u732b and \U0001f600, JSON only the second: the others can be told from what stood there,
    # since JSON has no \x and no \U once each escaped backslash is out of the way, as a NUL, which no JSON text has
    text = raw.replace(r"\\", "\0").encode("ascii", "backslashreplace").decode("ascii").replace(r"\x", r"\u00")
    if r"\U" in text:
        text = _ASTRAL.sub(_surrogates, text)
    return text.replace("\0", r"\\")


def _surrogates(astral: re.Match[str]) -> str:
    return encode_basestring_ascii(chr(int(astral[1], 16)))[1:-1]


def encodable(columns: Row) -> Row:
    """The row with U+FFFD for each lone surrogate, which UTF-8 cannot encode; `raw` has it escaped."""
    return {
        name: _LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value
        for name, value in columns.items()
    }
