"""A video from the API -> its row in the file, by the names of the columns."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring_ascii
from typing import Any, Final

import attrs

from ..raw_json import read_value, read_whole
from ..tables import VIDEO_FIELDS
from ..videos import TooDeep, documented
from .columns import CELLS

#: The fields whose values are any JSON.
_STRUCTS: Final = frozenset(name for name, field in VIDEO_FIELDS.items() if field.type == "struct")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LINE_END: Final = re.compile("[\r\n]")


@attrs.define  # frozen, it would take three times as long to make
class Row:
    """A video in the form of the file."""

    #: None for an object without a readable id: only its `raw` is stored, in a table of its own.
    id: int | None
    #: The values by column: `id`, `raw`, each documented field that the video has, and `extra` if it has other values.
    columns: dict[str, Any]
    #: How many values were not of their documented type; an object without a readable id counts as one.
    odd: int = 0
    #: Whether the expression of the collection that asks for it holds for it.
    is_selected: bool = True

    @property
    def raw(self) -> str:
        """The JSON as received, on one line."""
        text: str = self.columns["raw"]
        return text


def row(received: dict[str, Any], raw: str, is_selected: bool = True) -> Row:
    """The row of a video with the JSON text `raw`; every object is kept.

    >>> made = row({"id": "7", "music_id": ""}, '{"id": "7", "music_id": ""}')
    >>> made.columns, made.odd
    ({'id': 7, 'extra': '{"music_id": ""}', 'raw': '{"id": "7", "music_id": ""}'}, 1)
    >>> row({"id": "x"}, '{"id": "x"}')
    Row(id=None, columns={'raw': '{"id": "x"}'}, odd=1, is_selected=True)
    """
    # line ends are only between values: inside a text they are escaped
    line = _LINE_END.sub(" ", raw) if "\n" in raw or "\r" in raw else raw
    try:
        values, extra, odd = documented(received, CELLS)
    except ValueError:  # a number like 1e999 in a struct, which Python cannot write as JSON
        values, extra, odd = _with_texts(received, line)
    if "id" not in values:
        return Row(None, {"raw": line}, 1, is_selected)
    if extra:
        texts = members(line)
        values["extra"] = _object({name: texts[name] for name in texts if name in extra})
    values["raw"] = line
    return Row(values["id"], values, odd, is_selected)


def _with_texts(received: dict[str, Any], line: str) -> tuple[dict[str, Any], dict[str, Any], int]:
    """The values of a video as they are stored, with the texts of its structs as received."""
    texts = members(line)
    structs = {
        name: texts[name]
        for name in _STRUCTS & received.keys()
        if received[name] is not None and type(received[name]) is not TooDeep
    }
    others = {name: value for name, value in received.items() if name not in structs}
    values, extra, odd = documented(others, CELLS)
    return values | structs, extra, odd


def renewed(older: str, newer: Row) -> Row:
    """The newer answer about a video, with members that only the older answer, a JSON text, has.

    Members are moved as text, so numbers and all other values stay exact.

    >>> newer = row({"id": 7, "like_count": 4}, '{"id": 7, "like_count": 4}')
    >>> renewed('{"id": 7, "like_count": 3, "speed": 1e999}', newer).raw
    '{"id": 7, "like_count": 4, "speed": 1e999}'
    """
    known, said = _given(older), _given(newer.raw)
    if known.keys() <= said.keys():
        return newer
    raw = _object({**known, **said})
    return row(read_whole(raw), raw)


def _object(texts: dict[str, str]) -> str:
    """The JSON object of members whose values are given as JSON text."""
    return "{" + ", ".join(f"{encode_basestring_ascii(name)}: {text}" for name, text in texts.items()) + "}"


def _given(raw: str) -> dict[str, str]:
    """The members of a video that are not null, under their documented names."""
    given = {name: text for name, text in members(raw).items() if text != "null"}
    for name, field in VIDEO_FIELDS.items():
        if name not in given and field.other_spelling in given:
            given[name] = given.pop(field.other_spelling)
    return given


#: Finds the end of a value, without reading its numbers.
_scan: Final = json.JSONDecoder(parse_float=str, parse_int=str).raw_decode
_BETWEEN: Final = re.compile(r"[\s:,]*")


def members(raw: str) -> dict[str, str]:
    """The members of an object in valid JSON: the value of each as its text.

    >>> members('{"id": 7, "speed": 1.10e999}')
    {'id': '7', 'speed': '1.10e999'}
    """
    found: dict[str, str] = {}
    at = _next(raw, raw.index("{") + 1)
    while raw[at] != "}":
        name, end = _scan(raw, at)
        start = _next(raw, end)
        end = _end(raw, start)
        found[name] = raw[start:end]
        at = _next(raw, end)
    return found


def _end(raw: str, at: int) -> int:
    """The end of a value."""
    try:
        return _scan(raw, at)[1]
    except RecursionError:
        return read_value(raw, at)[1]


def _next(raw: str, at: int) -> int:
    """The start of the next name or value, or the end of the object."""
    between = _BETWEEN.match(raw, at)
    assert between is not None
    return between.end()


def encodable(given: Row) -> Row:
    """The row with U+FFFD for each lone surrogate, which UTF-8 cannot encode; `raw` has it escaped."""
    columns = {
        name: _LONE_SURROGATE.sub(_escaped if name == "raw" else "\ufffd", value) if isinstance(value, str) else value
        for name, value in given.columns.items()
    }
    return attrs.evolve(given, columns=columns)


def _escaped(surrogate: re.Match[str]) -> str:
    return f"\\u{ord(surrogate[0]):04x}"
