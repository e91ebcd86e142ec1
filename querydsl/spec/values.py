"""One value from outside: whether it is a documented field value, its text as sent, and what is wrong with it.

`accepts` holds the rule for each field; `fault` puts a refusal into words. Documents hold text only; `as_text`
is for Python callers, who also bring dates and ints.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date, datetime, timezone
from functools import lru_cache
from typing import Any, Final

import attrs

from ..errors import Problem, ValidationError
from ..showing import LONGEST_SHOWN, shown
from ..tables import FIELDS, INT64_MAX, ConditionField
from . import suggestions

#: The characters of a blank text: the white space of Python and of ECMAScript together.
BLANKS: Final = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_INT64_TEXT: Final = str(INT64_MAX)


@lru_cache(maxsize=4096)  # the same days are repeated in every request of a plan
def day(text: str) -> date:
    """The day that an eight-digit text means; ValueError if there is no such day.

    >>> day("20240229")
    datetime.date(2024, 2, 29)
    """
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")


def day_text(value: date) -> str:
    """A day as the API spells it.

    >>> day_text(date(2024, 2, 29))
    '20240229'
    """
    return value.isoformat().replace("-", "")


def _is_day(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        day(value)
    except ValueError:
        return False
    return True


def is_encodable(text: str) -> bool:
    """Whether a text has no lone surrogates, which UTF-8 cannot encode."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text_rule(field: ConditionField) -> Callable[[object], bool]:
    sigil = field.sigil

    def accepts_text(value: object) -> bool:
        return (
            isinstance(value, str)
            and value.strip(BLANKS) != ""
            and not (sigil and value.startswith(sigil))
            and (value.isascii() or is_encodable(value))
        )

    return accepts_text


def _digits_rule(field: ConditionField) -> Callable[[object], bool]:
    minimum = field.minimum

    def accepts_digits(value: object) -> bool:
        return (
            isinstance(value, str)
            and value.isdigit()
            and value.isascii()
            and (value[0] != "0" or (minimum == 0 and value == "0"))
            and (len(value) < len(_INT64_TEXT) or (len(value) == len(_INT64_TEXT) and value <= _INT64_TEXT))
        )

    return accepts_digits


def _table_rule(field: ConditionField) -> Callable[[object], bool]:
    allowed = frozenset(field.values)

    def accepts_word(value: object) -> bool:
        return isinstance(value, str) and (value if type(value) is str else str.__str__(value)) in allowed

    return accepts_word


_RULES: Final[dict[str, Callable[[ConditionField], Callable[[object], bool]]]] = {
    "day": lambda _: _is_day,
    "text": _text_rule,
    "id": _digits_rule,
    "count": _digits_rule,
    "table": _table_rule,
}


def rule(field: ConditionField) -> Callable[[object], bool]:
    """Whether a value is allowed in a condition on the field. Raises NotImplementedError for a form without a rule."""
    return field.by_form(_RULES, "the rules of values")(field)


#: The rule of each field, by name.
ACCEPTS: Final[dict[str, Callable[[object], bool]]] = {name: rule(field) for name, field in FIELDS.items()}


# Order


@attrs.frozen(eq=False, repr=False)  # each value stands for itself
class Scale:
    """Values with an order, as whole numbers: the lowest, the highest, and how to read and write a value as text."""

    least: int
    most: int
    number: Callable[[str], int]
    text: Callable[[int], str]
    #: A rewrite lists at most this many values of a range that the user did not list.
    listable: int


#: Every day of the calendar, by its ordinal.
DAYS: Final = Scale(
    date.min.toordinal(),
    date.max.toordinal(),
    lambda text: day(text).toordinal(),
    lambda number: day_text(date.fromordinal(number)),
    listable=31,
)
#: Every count that the API can have.
COUNTS: Final = Scale(0, INT64_MAX, int, str, listable=0)
#: The scale of each form whose values have an order.
SCALES: Final = {"day": DAYS, "count": COUNTS}


def selects_nothing(field: ConditionField, operation: str, value: object) -> bool:
    """Whether no value can meet the operation: none is below the lowest, none above the highest.

    A document can hold such a condition; the field objects refuse it.

    >>> selects_nothing(FIELDS["create_date"], "LT", "00010101")
    True
    """
    scale = SCALES.get(field.form)
    if scale is None or operation not in ("LT", "GT"):
        return False
    return value == scale.text(scale.least if operation == "LT" else scale.most)


# Faults


def fault(field: ConditionField, value: object) -> Problem:
    """The problem of a value that the field does not accept.

    >>> print(fault(FIELDS["hashtag_name"], "#cats"))
    '#cats' begins with '#', which hashtag_name leaves out; write 'cats'
    """
    if not isinstance(value, str):
        return _wrong_type(field, value)
    message, hint = field.by_form(_FAULTS, "the faults of values")(field, value)
    return Problem("error", field.code, "", message, hint)


def _wrong_type(field: ConditionField, value: object) -> Problem:
    hint = f"values are text, such as {field.example!r}"
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= INT64_MAX:
        if ACCEPTS[field.name](str(int(value))):
            hint = f'write it as text: "{int(value)}"'
        elif field.in_order:
            hint = suggestions.length(str(int(value)))
        elif field.form == "day" and suggestions.days(str(int(value))):
            hint = f'write the day as text: "{suggestions.days(str(int(value)))[0]}"'
    elif isinstance(value, float):
        hint = f"write it as text, digit by digit, such as {field.example!r}: a float loses digits"
        if value.is_integer() and abs(value) < FLOAT_EXACT and ACCEPTS[field.name](str(int(value))):
            hint = f'write it as text: "{int(value)}"'
    elif isinstance(value, (list, tuple)):
        hint = "write its values themselves, without a list inside the list"
    return Problem("error", "type", "", f"{shown(value)} is not text", hint)


#: Below this, a float is exactly a whole number.
FLOAT_EXACT: Final = 2**53


def day_fault(value: str) -> tuple[str, str]:
    """The problem of a text that should be a day, and the fix."""
    if len(value) <= LONGEST_SHOWN:
        plain = suggestions.plain_day(value)
        without_dashes = "".join(character for character in plain[:10] if character not in "-/. ")
        meant = [without_dashes] if without_dashes != value and _is_day(without_dashes) else suggestions.days(plain)
        if meant:
            return f"{shown(value)} is not written as the API writes days", f"write {' or '.join(map(repr, meant))}"
        if len(plain) == 8 and plain.isascii() and plain.isdigit():
            return f"{shown(value)} is not a day of the calendar", _nearest_day(plain)
    return f"{shown(value)} is not a day", "write YYYYMMDD, such as '20230131'"


def _nearest_day(digits: str) -> str:
    year, month = int(digits[:4]), int(digits[4:6])
    if year and 1 <= month <= 12 and int(digits[6:]) > 28:
        last = next(f"{year:04}{month:02}{d}" for d in (31, 30, 29, 28) if _is_day(f"{year:04}{month:02}{d}"))
        return f"the last day of that month is {last!r}"
    return "write YYYYMMDD, such as '20230131'"


def _digits_fault(field: ConditionField, value: str) -> tuple[str, str]:
    kind = "an id" if field.form == "id" else "a count"
    meant = suggestions.digits(value)
    if meant is not None:
        if not ACCEPTS[field.name](meant):
            return f"{value!r} is out of range for {field.name}", _least(field)
        hint = f"write {meant!r}"
        if field.form == "id" and is_rounded_id(meant):
            hint += ", unless a spreadsheet has rounded it: then take it as text from where it came"
        return f"{value!r} is not the plain number that {field.name} takes", hint
    in_url = _ADDRESS.search(value)
    if in_url and in_url[1] + "_id" == field.name and ACCEPTS[field.name](in_url[2]):
        article = "the address of a video" if in_url[1] == "video" else "the address of a sound"
        return f"{shown(value)} is {article}, not its id", f"write {in_url[2]!r}"
    several = re.split(r"[\s,;|]+", value.strip()[:LONGEST_SHOWN])
    if field.form == "id" and len(several) > 1 and all(map(ACCEPTS[field.name], several[:-1])):
        hint = f"write each as a value of its own, with IN: {', '.join(map(repr, several[:2]))}, …"
        return f"{shown(value)} is several values in one text", hint
    if suggestions.is_rounded(value):
        hint = "take it as text from where it came: as a number in a spreadsheet it has lost its last digits"
        return f"{shown(value)} is rounded", hint
    if value.strip(BLANKS).casefold() in _EMPTY:
        return f"{shown(value)} is not {kind}, but an empty cell", "leave it out"
    return f"{shown(value)} is not {kind}", _least(field)


def _least(field: ConditionField) -> str:
    return f"write a whole number from {field.minimum} to {INT64_MAX}, in digits"


def is_rounded_id(digits: str) -> bool:
    """Whether an id looks rounded by a spreadsheet or a float, which keep 15 digits.

    >>> is_rounded_id("7423463770629520000"), is_rounded_id("7423463770629523450")
    (True, False)
    """
    return len(digits) > _EXACT_DIGITS and digits.endswith("0000")


_EXACT_DIGITS: Final = 15
_ADDRESS: Final = re.compile(r"/(video|music)/(?:[^/?#]*-)?([0-9]+)")
_EMPTY: Final = frozenset({"", "nan", "none", "null", "na", "n/a", "#n/a"})


def _table_fault(field: ConditionField, value: str) -> tuple[str, str]:
    if field.name == "region_code":
        return f"{shown(value)} is not a documented region code", suggestions.region(value[:LONGEST_SHOWN])
    return f"{shown(value)} is not a documented {field.name}", suggestions.length(value[:LONGEST_SHOWN])


def _text_fault(field: ConditionField, value: str) -> tuple[str, str]:
    if value.strip(BLANKS) == "":
        return f"{shown(value)} is blank", f"give some text, such as {field.example!r}, or leave the condition out"
    if not is_encodable(value):
        return surrogate_fault(value)
    bare = value.lstrip(field.sigil + BLANKS)
    hint = f"write {shown(bare)}" if bare else f"write the name, such as {field.example!r}"
    return f"{shown(value)} begins with {field.sigil!r}, which {field.name} leaves out", hint


#: For each form, the function that explains why a text breaks its rule, with the fix.
_FAULTS: Final[dict[str, Callable[[ConditionField, str], tuple[str, str]]]] = {
    "day": lambda _, value: day_fault(value),
    "text": _text_fault,
    "id": _digits_fault,
    "count": _digits_fault,
    "table": _table_fault,
}


def surrogate_fault(value: str) -> tuple[str, str]:
    """The problem of a text that has a lone surrogate, and the fix."""
    return f"{shown(value)} has half a character (a lone surrogate), which no request can carry", "remove it"


def as_text(field: ConditionField, value: object) -> Any:
    """A Python value as the text to send: dates and moments become days, ints become digits.

    Anything else is returned unchanged, and the rule of the field judges it. A moment with a time zone is converted to
    UTC; one without is UTC. Raises ValidationError for a moment whose day in UTC is outside the years 1 to 9999.

    >>> as_text(FIELDS["create_date"], date(2023, 1, 31)), as_text(FIELDS["video_id"], 7)
    ('20230131', '7')
    """
    if type(value) is str:
        return _undashed(value) if field.form == "day" else value
    if isinstance(value, str):
        return as_text(field, str.__str__(value))
    if field.form == "day" and isinstance(value, date):
        return day_text(as_day(value))
    number = _whole(value) if field.form in ("id", "count") else None
    if number is not None:
        if field.minimum <= number <= INT64_MAX:
            return str(number)
        message = f"{shown(number)} is out of range for {field.name}"
        hint = f"{field.form}s are whole numbers from {field.minimum} to {INT64_MAX}"
        raise ValidationError([Problem("error", field.code, "", message, hint)])
    return value


def _whole(value: object) -> int | None:
    """The value as an int if it is a whole number (also of NumPy); None for a bool and for anything else."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def _undashed(text: str) -> str:
    if len(text) == 10 and text[4] == "-" == text[7]:
        return text[:4] + text[5:7] + text[8:]
    return text


def as_day(value: date | str) -> date:
    """The day of a date, a moment or a text (`YYYYMMDD` or `YYYY-MM-DD`); moments are converted to UTC.

    Raises ValidationError for anything else.

    >>> as_day("2023-01-31")
    datetime.date(2023, 1, 31)
    """
    if isinstance(value, str):
        text = _undashed(value)
        try:
            return day(text)
        except ValueError:
            raise ValidationError([Problem("error", "date", "", *day_fault(text))]) from None
    if isinstance(value, datetime):
        try:
            return (value if value.utcoffset() is None else value.astimezone(timezone.utc)).date()
        except Exception:  # a time zone from outside may raise anything
            message, hint = "a moment whose day in UTC is not in the years 1 to 9999", "give the day itself"
            raise ValidationError([Problem("error", "date", "", message, hint)]) from None
    if isinstance(value, date):
        return value
    hint = "give a date, or a text such as '20230131'"
    raise ValidationError([Problem("error", "type", "", f"{shown(value)} is not a day", hint)])
