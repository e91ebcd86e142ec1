"""The meaning of a condition for a video: the Video field that it reads, the type of that field, and the test.

`predicate` writes the tests in Python, `frames` for dataframes. Everything here follows from the tables (`compared`,
`form` and `video_field` of a condition field, and the type of the Video field) and from the value sets; no field name
is special. An entry of the tables that is unknown here raises NotImplementedError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

import attrs

from ..language.expressions import Condition, Expression, Incomplete, brief, conditions
from ..moments import EPOCH, SECONDS_A_DAY
from ..showing import shown
from ..spec.value_sets import Spans, Words, value_set
from ..tables import FIELDS, LENGTH_SECONDS, LENGTHS, VIDEO_FIELDS, ConditionField
from .letter_case import folded, lowered

#: The type of a Video field that a condition can test. A count is a whole number, and so is a time, in seconds since
#: 1970 and in the years 1 to 9999; a duration may have a fraction. An id comes as a number or as text.
Holds = Literal["text", "count", "time", "number", "id", "list of text", "list of ids"]

# Tests


@attrs.frozen
class OneOf:
    """The value is one of these texts (for ids: or one of their numbers)."""

    values: tuple[str, ...]
    #: Whether the value must be none of them instead.
    excluded: bool = False


#: A comparison with a number: `(">=", 15)`.
Bound = tuple[Literal[">=", ">", "<=", "<"], int]
#: From one bound to another; None means no bound.
Range = tuple[Bound | None, Bound | None]


@attrs.frozen
class Ranges:
    """The number is in one of these ranges."""

    ranges: tuple[Range, ...]


@attrs.frozen
class Listed:
    """The number, divided by the unit and rounded down, is one of these."""

    values: tuple[int, ...]
    unit: int = 1


@attrs.frozen
class HasMember:
    """The list has one of these texts (for ids: or one of their numbers)."""

    values: tuple[str, ...]


@attrs.frozen
class HasPart:
    """The `folded` text contains one of these folded texts."""

    values: tuple[str, ...]


Joinable = OneOf | Listed | HasMember | HasPart
Test = Joinable | Ranges


# The fields that a condition reads


def fields_of(expression: Expression) -> list[ConditionField]:
    """The condition fields of an expression, in the order of their first appearance.

    Raises TypeError for anything other than an expression.
    """
    if not isinstance(expression, Expression):
        given = brief(expression) if isinstance(expression, Incomplete) else shown(expression)
        raise TypeError(f"{given}: only an expression can be matched; compare the field first, and parse(…) a text")
    return [FIELDS[name] for name in dict.fromkeys(condition.field_name for condition in conditions(expression))]


def holds(field: ConditionField) -> Holds:
    """The type of the Video field that belongs to a condition field.

    >>> holds(FIELDS["effect_id"]), holds(FIELDS["create_date"]), holds(FIELDS["view_count"])
    ('list of ids', 'time', 'count')
    """
    kind = VIDEO_FIELDS[field.video_field].type
    if kind == "string":
        return "text"
    if kind == "int64":
        if field.form == "id":
            return "id"
        return _NUMBERS.get(field.compared, "count")
    if kind == "list<string>":
        return "list of ids" if field.form == "id" else "list of text"
    raise _unknown(field, f"a condition cannot be compared with {field.video_field}, which is a {kind}")


#: The types of numbers that are no counts.
_NUMBERS: Final[dict[str, Holds]] = {"day": "time", "duration": "number"}


def may_be_absent(field: ConditionField) -> bool:
    """Whether a video without the Video field has no value there; otherwise it must have one."""
    return VIDEO_FIELDS[field.video_field].may_be_absent


def _unknown(field: ConditionField, message: str) -> NotImplementedError:
    return NotImplementedError(f"{field.name}: {message}")


# The test of a condition


def test_of(condition: Condition) -> Test:
    """The test for a condition.

    >>> test_of(Condition("create_date", "GTE", ["19700102"]))
    Ranges(ranges=((('>=', 86400), None),))
    >>> test_of(Condition("region_code", "IN", ["US", "JP"]))
    OneOf(values=('JP', 'US'), excluded=False)
    """
    field = FIELDS[condition.field_name]
    if field.compared not in _TESTS:
        raise _unknown(field, f"nothing here compares a value as {field.compared!r}")
    return _TESTS[field.compared](field, condition.operation, condition.field_values)


def _of_one_value(field: ConditionField, operation: str, values: tuple[str, ...]) -> Test:
    allowed = value_set(field, operation, values)
    if isinstance(allowed, Words):
        return OneOf(tuple(sorted(allowed.texts)), allowed.excluded)
    if not isinstance(allowed, Spans):
        raise _unknown(field, f"several values are not compared as {field.compared!r}")
    unit, start = (SECONDS_A_DAY, EPOCH.toordinal()) if field.compared == "day" else (1, 0)
    count = sum(last - first + 1 for first, last in allowed.spans)
    if count <= len(values):
        return Listed(tuple(n - start for first, last in allowed.spans for n in range(first, last + 1)), unit)
    scale = allowed.scale
    return Ranges(
        tuple(
            unit_range(
                None if first == scale.least else first - start, None if last == scale.most else last - start, unit
            )
            for first, last in allowed.spans
        )
    )


def unit_range(first: int | None, last: int | None, unit: int) -> Range:
    """The numbers in the units from the first to the last, both included."""
    begin: Bound | None = None if first is None else (">=", first * unit)
    if last is None:
        return begin, None
    return begin, ("<=", last) if unit == 1 else ("<", (last + 1) * unit)


def _duration(field: ConditionField, operation: str, values: tuple[str, ...]) -> Test:
    allowed = value_set(field, operation, values)
    if not isinstance(allowed, Words):
        raise _unknown(field, "only the lengths of the table are compared as a duration")
    ranges: list[Range] = []
    for place, length in enumerate(LENGTHS):
        if (length in allowed.texts) is not allowed.excluded:
            begin, end = _LASTING[place]
            if ranges and place and ranges[-1][1] == _LASTING[place - 1][1]:
                begin, _ = ranges.pop()
            ranges.append((begin, end))
    return Ranges(tuple(ranges))


#: The seconds of each length. Each one starts where the one before ends: at 15 s, and just over 60 s and 300 s.
_LASTING: Final[tuple[Range, ...]] = (
    (None, ("<", LENGTH_SECONDS["MID"][0])),
    ((">=", LENGTH_SECONDS["MID"][0]), ("<=", LENGTH_SECONDS["MID"][1] or 0)),
    ((">", LENGTH_SECONDS["MID"][1] or 0), ("<=", LENGTH_SECONDS["LONG"][1] or 0)),
    ((">", LENGTH_SECONDS["LONG"][1] or 0), None),
)


def _of_several(kind: type[HasMember | HasPart], written: Callable[[str], str]) -> Callable[..., Test]:
    """The test for a Video field with several values."""

    def test(field: ConditionField, operation: str, values: tuple[str, ...]) -> Test:
        if not isinstance(value_set(field, operation, values), frozenset):
            raise _unknown(field, f"a single value is not compared as {field.compared!r}")
        return kind(tuple(dict.fromkeys(map(written, values))))

    return test


#: The function that makes the test, for each way to compare a value.
_TESTS: Final[dict[str, Callable[[ConditionField, str, tuple[str, ...]], Test]]] = {
    "same": _of_one_value,
    "number": _of_one_value,
    "day": _of_one_value,
    "duration": _duration,
    "among": _of_several(HasMember, str),
    "name among": _of_several(HasMember, lowered),
    "part": _of_several(HasPart, folded),
}


# Several tests


def joined(tests: Iterable[Test]) -> list[Test]:
    """Merge tests of one Video field of which any must hold: one set lookup is faster than many.

    >>> joined([OneOf(("US",)), OneOf(("JP", "US"))])
    [OneOf(values=('US', 'JP'), excluded=False)]
    """
    found: dict[type[Joinable], tuple[Any, dict[Any, None]]] = {}
    others: list[Test] = []
    for test in tests:
        if isinstance(test, Ranges) or (isinstance(test, OneOf) and test.excluded):
            others.append(test)
        else:
            _, values = found.setdefault(type(test), (test, {}))
            values.update(dict.fromkeys(test.values))
    return [*(attrs.evolve(first, values=tuple(values)) for first, values in found.values()), *others]


def constant(test: Test) -> bool | None:
    """The constant value of a test if it has the same result for all values; otherwise None.

    >>> constant(Listed(())), constant(Ranges(((None, None),))), constant(OneOf(("US",)))
    (False, True, None)
    """
    given = test.ranges if isinstance(test, Ranges) else test.values
    if not given:
        return isinstance(test, OneOf) and test.excluded
    return True if (None, None) in given else None


def in_one_run(test: Listed) -> Range | None:
    """The range of the listed numbers, if they follow each other without a gap.

    >>> in_one_run(Listed((4, 6, 5)))
    (('>=', 4), ('<=', 6))
    """
    if not test.values:
        return None
    first, last = min(test.values), max(test.values)
    return unit_range(first, last, test.unit) if last - first == len(set(test.values)) - 1 else None
