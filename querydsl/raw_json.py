"""The JSON text of a video -> its value, for any depth of nesting and any number of digits.

Python's own reader recurses, and does not read numbers of over 4,300 digits.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from .videos import TooDeep

#: How deep lists and objects may be nested, the video included; a documented video has four levels.
MAX_DEPTH: Final = 100

#: The most digits of a number that becomes an int.
_MOST_DIGITS: Final = 500


class NotJson(ValueError):
    """A text is not JSON, although Python's reader may accept it."""


def _no_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is not JSON")


DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)
#: A reader for the same values, except that numbers with too many digits stay text.
_OF_ANY_LENGTH: Final = json.JSONDecoder(
    parse_constant=_no_constant, parse_int=lambda digits: int(digits) if len(digits) <= _MOST_DIGITS else digits
)


def read_value(text: str, at: int = 0) -> tuple[Any, int]:
    """The value that starts at a position in a text, and the position after it.

    A value that is nested too deep becomes its own text, a `TooDeep`. Raises ValueError if the text is not JSON.

    >>> read_value('{"id": 7} and more')
    ({'id': 7}, 9)
    >>> type(read_value('{"id": 7, "deep": ' + "[" * 200 + "]" * 200 + "}")[0]["deep"]).__name__
    'TooDeep'
    """
    try:
        value, end = _decoded(text, at)
    except RecursionError:
        return _cut(text, at)
    is_shallow = text.count("[", at, end) + text.count("{", at, end) <= MAX_DEPTH
    return (value, end) if is_shallow else _cut(text, at)


def read_whole(text: str) -> Any:
    """The value of a whole text, as `read_value` reads it."""
    value, end = read_value(text)
    if end != len(text):
        raise NotJson(f"it goes on after its end, at character {end + 1}")
    return value


def _decoded(text: str, at: int = 0) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text, at)
    except (json.JSONDecodeError, NotJson):
        raise
    except ValueError:  # Python does not read numbers of over 4,300 digits; this is its message
        return _OF_ANY_LENGTH.raw_decode(text, at)


#: A string (up to the end of the text if it is not closed), or a bracket.
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|[][{}]', re.DOTALL)


class _Piece:
    """A value in which each value at depth MAX_DEPTH is null; those values are pieces of their own."""

    def __init__(self, begin: int) -> None:
        self.parts: list[str] = []
        self.begin = begin


def _cut(text: str, at: int) -> tuple[Any, int]:
    """The same for a list or an object of any depth. Every piece is read, so the whole text is checked as JSON."""
    pieces: list[_Piece] = []
    deep: dict[str, TooDeep] = {}
    depth, name, member, is_deep = 0, "null", at, False
    for token in _TOKEN.finditer(text, at):
        kind, begin = token[0], token.start()
        if kind in "[{":
            if depth == 1:
                member, is_deep = begin, False
            if depth % MAX_DEPTH == 0:
                is_deep = depth > 0
                if pieces:
                    pieces[-1].parts.append(text[pieces[-1].begin : begin] + "null")
                pieces.append(_Piece(begin))
            depth += 1
        elif kind in "]}":
            depth -= 1
            if depth == 1 and is_deep:
                deep[name] = TooDeep(text[member : token.end()])
            if depth % MAX_DEPTH == 0:
                piece = pieces.pop()
                value, _ = _decoded("".join([*piece.parts, text[piece.begin : token.end()]]))
                if not pieces:
                    return _with_texts(value, deep, TooDeep(text[at : token.end()])), token.end()
                pieces[-1].begin = token.end()
        elif depth == 1:
            name = kind
    raise NotJson("it ends too early")


def _with_texts(value: Any, deep: dict[str, TooDeep], whole: TooDeep) -> Any:
    if isinstance(value, dict):
        return {**value, **{json.loads(name): text for name, text in deep.items()}}
    return whole if deep else value
