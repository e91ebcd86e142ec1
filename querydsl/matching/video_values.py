"""Reads the value of a field from a video: a value of the field's type, or an error that names the conversion.

Videos may come from files: CSV readers give text for lists and numbers, and pandas gives NaN for a missing value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, Final

from ..errors import Problem, ValidationError
from ..moments import FIRST_SECOND, LAST_SECOND
from ..showing import shown
from .meaning import Holds


def taken(name: str, held: Holds, value: object) -> Any:
    """The value of the Video field as a plain Python value: text, a number, or a list of them.

    Nulls in a list are dropped. Raises ValidationError for a value that does not fit the field, also inside a list.

    >>> taken("effect_ids", "list of ids", (1, None, "2"))
    [1, '2']
    >>> taken("hashtag_names", "list of text", '["cat"]')
    Traceback (most recent call last):
    querydsl.errors.ValidationError: hashtag_names of the video: '["cat"]' is not a list; convert it:
    json.loads(text) if text else []
    """
    plain = _PLAIN[held](value)
    if plain is None:
        problem = Problem("error", "type", f"/{name}", f"{_written(value)} is not {_NAMES[held]}", _hint(held, value))
        raise ValidationError([problem], f"{name} of the video")
    return [taken(name, _MEMBERS[held], one) for one in plain if one is not None] if held in _MEMBERS else plain


def ids_as_usual(values: list[object]) -> bool:
    """Whether all ids in a list are text, as the API sends them; otherwise `taken` checks them.

    >>> ids_as_usual(["1", "22"]), ids_as_usual(["x"]), ids_as_usual([1])
    (True, False, False)
    """
    try:
        digits = "".join(values)  # type: ignore[arg-type]  # whatever is no text raises TypeError
    except TypeError:
        return False
    return (digits.isdigit() and digits.isascii() and "" not in values) or not values


# Each makes a value plain, or returns None if it has another type.


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None


def _number(value: object) -> int | float | None:
    if not isinstance(value, Real) or isinstance(value, Integral):
        return _whole(value)
    try:
        number = float(value)
    except OverflowError:  # for fractions, which may be of any size
        return None
    return number if math.isfinite(number) else None


def _count(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number == int(number) else None


def _time(value: object) -> int | None:
    seconds = _count(value)
    return seconds if seconds is not None and FIRST_SECOND <= seconds <= LAST_SECOND else None


def _id(value: object) -> int | str | None:
    return value if isinstance(value, str) and value.isascii() and value.isdigit() else _whole(value)


def _list(value: object) -> list[object] | None:
    """A list from lists, arrays, series and sets, but not from an iterator or a mapping."""
    if not isinstance(value, Collection) or isinstance(value, (str, bytes, bytearray, memoryview, Mapping)):
        return None
    try:
        return list(value)
    except TypeError:  # a numpy array without a dimension
        return None


_PLAIN: Final[dict[Holds, Callable[[object], Any]]] = {
    "text": _text,
    "count": _count,
    "time": _time,
    "number": _number,
    "id": _id,
    "list of text": _list,
    "list of ids": _list,
}
#: The type of the members of each kind of list.
_MEMBERS: Final[dict[Holds, Holds]] = {"list of text": "text", "list of ids": "id"}
_NAMES: Final[dict[Holds, str]] = {
    "text": "text",
    "count": "a count, which is a whole number",
    "time": "a time, which is a whole number of seconds since 1970",
    "number": "a number",
    "id": "an id, which is a whole number",
    "list of text": "a list",
    "list of ids": "a list",
}
#: How to convert the text of a CSV file.
_CONVERSIONS: Final[dict[Holds, str]] = {
    "count": "convert it: int(text) if text else None",
    "time": "convert it: int(text) if text else None",
    "number": "convert it: int(text) if text else None",
    "id": "convert it: int(text) if text else None",
    "list of text": "convert it: json.loads(text) if text else []",
    "list of ids": "convert it: json.loads(text) if text else []",
}


def _written(value: object) -> str:
    return "NaN" if _is_nan(value) else shown(value)


def _is_nan(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()
    return isinstance(value, Real) and bool(value != value)  # noqa: PLR0124  # math.isnan fails for large numbers


def _conversion(held: Holds, text: str) -> str | None:
    """The conversion of the text: CSV files hold lists as JSON, or as Python writes them."""
    if held in _MEMBERS and text.lstrip().startswith("["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return "convert it: ast.literal_eval(text) if text else []"
    return _CONVERSIONS.get(held)


def _hint(held: Holds, value: object) -> str:
    if _is_nan(value):
        return "pandas writes it for what is missing: put None in its place"
    conversion = _conversion(held, value) if isinstance(value, str) else None
    if conversion is not None:
        return conversion
    if held == "id" and isinstance(value, Real):
        return "read ids as int64 or as text: other numbers lose digits"
    if held == "time" and LAST_SECOND < (_count(value) or 0) <= 1000 * LAST_SECOND:
        return "these seem to be milliseconds: divide it by 1000"
    if held in ("count", "time", "number"):
        return "give it as the API sends it: a whole number, times in seconds since 1970"
    return f"convert it to {_NAMES[held]}"
