"""What a video has in a field: a value of the field's type, or an error that names the conversion.

Videos come from files, too: CSV readers give text for lists and numbers, pandas gives NaN for what is missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Final

from ..errors import Problem, ValidationError
from ..showing import shown
from .meaning import Holds


def checked(name: str, held: Holds, value: object, *, every: bool = False) -> bool:
    """True for a value that a Video field of that name can hold; raises ValidationError for any other.

    `every` looks at each value of a list, too.

    >>> checked("effect_ids", "list of ids", (1, 2))
    True
    >>> checked("hashtag_names", "list of text", '["cat"]')
    Traceback (most recent call last):
    querydsl.errors.ValidationError: hashtag_names of the video: '["cat"]' is not a list; convert it:
    json.loads(text) if text else []
    """
    if _ACCEPTS[held](value):
        if every and isinstance(value, Iterable) and held in _MEMBERS:
            return all(checked(name, _MEMBERS[held], one) for one in value)
        return True
    problem = Problem("error", "type", f"/{name}", f"{_written(value)} is not {_NAMES[held]}", _hint(held, value))
    raise ValidationError([problem], f"{name} of the video")


def _is_integer(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_integer(value) or (isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value))


_ACCEPTS: Final[dict[Holds, Callable[[object], bool]]] = {
    "text": lambda value: isinstance(value, str),
    "number": _is_number,
    "id": lambda value: _is_integer(value) or (isinstance(value, str) and value.isascii() and value.isdigit()),
    "list of text": lambda value: isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)),
    "list of ids": lambda value: isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)),
}
#: What each value of a list is.
_MEMBERS: Final[dict[Holds, Holds]] = {"list of text": "text", "list of ids": "id"}
_NAMES: Final[dict[Holds, str]] = {
    "text": "text",
    "number": "a number",
    "id": "an id, which is a whole number",
    "list of text": "a list",
    "list of ids": "a list",
}
#: How text, as it stands in CSV, is converted.
_CONVERSIONS: Final[dict[Holds, str]] = {
    "number": "convert it: int(text) if text else None",
    "id": "convert it: int(text) if text else None",
    "list of text": "convert it: json.loads(text) if text else []",
    "list of ids": "convert it: json.loads(text) if text else []",
}


def _written(value: object) -> str:
    return "NaN" if _is_nan(value) else shown(value)


def _is_nan(value: object) -> bool:
    return isinstance(value, Real) and math.isnan(value)


def _hint(held: Holds, value: object) -> str:
    if _is_nan(value):
        return "pandas writes it for what is missing: put None in its place"
    if isinstance(value, str):
        return _CONVERSIONS[held]
    if held == "id" and isinstance(value, Real):
        return "read ids as int64 or as text: other numbers lose digits"
    if held == "number":
        return "give it as the API sends it: a whole number, times in seconds since 1970"
    return f"convert it to {_NAMES[held]}"
