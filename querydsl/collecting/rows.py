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
        raw = '"'.join([part if part.isascii() else _escaped(part) for part in raw.split('"')])
    if "\n" in raw or "\r" in raw:
        raw = _LINE_END.sub(" ", raw)  # they can only stand between the values: in a text they are escaped
    return raw


def _escaped(part: str) -> str:
    """A part of JSON text without quotes, in ASCII: its backslashes are escapes already, and stay single."""
    return encode_basestring_ascii(part)[1:-1].replace("\\\\", "\\")


def encodable(columns: Row) -> Row:
    """The row with U+FFFD for each lone surrogate, which UTF-8 cannot encode; `raw` has it escaped."""
    return {
        name: _LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value
        for name, value in columns.items()
    }
