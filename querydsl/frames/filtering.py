"""Expression -> a filter for dataframes and other engines, through narwhals: it keeps the rows that `matcher` keeps.

Columns are the documented fields, as `export` writes them or as the raw JSON has them: `hashtag_names` and `effect_ids`
are lists, ids are int64 or text. Lazy frames stay lazy: the filter becomes part of the engine's own plan, and only the
names and types of columns are read here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Iterable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, Final, NamedTuple, TypeVar

try:
    import narwhals as nw
except ImportError as error:  # pragma: no cover
    message = "querydsl.frames needs narwhals; write: pip install 'querydsl[frames]'"
    raise ImportError(message, name="narwhals") from error

from ..errors import Problem, ValidationError
from ..language.expressions import Condition, Expression
from ..language.negation import Kind, negation_normal_form
from ..matching.letter_case import folded, spellings
from ..matching.meaning import (
    HasMember,
    HasPart,
    OneOf,
    Range,
    Ranges,
    Test,
    constant,
    fields_of,
    in_one_run,
    joined,
    may_be_absent,
    test_of,
    unit_range,
)
from ..tables import FIELDS, ConditionField
from .columns import Column, columns_of, documented
from .engines import Engine, Values, engine_of

#: A dataframe, or its counterpart in a lazy engine.
Frame = TypeVar("Frame")

#: The deepest nesting of operators. Narwhals recurses on them, with about seven calls for each, and Python allows
#: 1,000. Twice this depth fails in pandas and PyArrow, and a little more in the other engines.
_MAX_HEIGHT: Final = 64

#: Up to this number, conditions that must all hold go to the engine one by one; above, as one expression.
_MOST_APART: Final = 20

#: Up to this number of parts, an "or" is left to the optimizer of every engine.
_MOST_IN_OR: Final = 50

#: The most characters of keywords in one regular expression: engines limit its size.
_MAX_PATTERN: Final = 50_000


def filter(frame: Frame, expr: Expression) -> Frame:  # noqa: A001  # as every dataframe library calls it
    """The rows of a frame for which the expression holds, as a frame of the same kind.

    Takes any frame of narwhals: Polars, pandas, PyArrow, DuckDB, PySpark, Dask, Ibis. If the frame lacks a needed
    column, it raises MissingFieldError, except for `hashtag_names`, `effect_ids` and `music_id`, which the API omits
    for a video that has none. A row with a null in any other needed column is never kept, not even by a negation. A
    column of a type that cannot be compared correctly raises a ValidationError that says what to do.

    >>> import polars
    >>> from querydsl import Hashtag, Length
    >>> videos = polars.DataFrame({"id": [1, 2], "video_duration": [90, 10], "hashtag_names": [["cat"], ["cat"]]})
    >>> filter(videos, (Hashtag == "cat") & (Length > "SHORT"))["id"].to_list()
    [1]
    """
    held: Any = nw.from_native(frame)
    engine = engine_of(held.implementation)
    schema = held.collect_schema()
    writer = _Writer(columns_of(fields_of(expr), schema, engine), engine, frozenset(map(str.casefold, schema)))
    needed = writer.needed(expr)
    if not needed:
        result = held if needed is not None else held.head(0)
    elif writer.overlaps:
        result = writer.with_overlaps(held).filter(*needed).drop(list(writer.overlaps))
        if isinstance(held, nw.DataFrame) and isinstance(result, nw.LazyFrame):
            result = result.collect()
    else:
        result = held.filter(*needed)
    filtered: Frame = result if isinstance(frame, (nw.DataFrame, nw.LazyFrame)) else result.to_native()
    return filtered


def expression(expr: Expression) -> nw.Expr:
    """The expression in narwhals, for a frame as `export` writes it: it has all columns, and ids are int64.

    `filter` knows the frame, so it can do more: absent columns, and ids as text.

    >>> import narwhals as nw, polars
    >>> from querydsl import Keyword
    >>> videos = nw.from_native(polars.DataFrame({"video_description": ["Catch it?", "no"]}))
    >>> videos.select(expression(Keyword == "cat").alias("cat"))["cat"].to_list()
    [True, False]
    """
    columns = documented(fields_of(expr))
    needed = _Writer(columns, engine_of(nw.Implementation.UNKNOWN)).needed(expr)
    if not needed:  # all rows or none, as a column of the frame's length
        present = next(iter(columns.values())).present
        return present & ~present if needed is None else present | ~present
    return _combined("&", map(_Written, needed)).expr.fill_null(False)


# The shape: an expression without constants, with negations only at its conditions


class _Test(NamedTuple):
    """A test that must hold, or must not hold."""

    field: ConditionField
    test: Test
    positive: bool


class _Group(NamedTuple):
    """Tests and groups of the other kind, as written: all ("&") or one of them ("|") must hold."""

    kind: Kind
    tests: list[_Test]
    others: list[_Written]


class _Written(NamedTuple):
    """A narwhals expression, and its depth of nested operators."""

    expr: nw.Expr
    height: int = 0


_Form = _Test | _Group | bool

_OPERATORS: Final[dict[Kind, Callable[[nw.Expr, nw.Expr], nw.Expr]]] = {"&": operator.and_, "|": operator.or_}


def _combined(kind: Kind, parts: Iterable[_Written]) -> _Written:
    """Combine several expressions. The two least nested ones come first, to keep the result as flat as possible."""
    heap = [(part.height, place, part.expr) for place, part in enumerate(parts)]
    heapify(heap)
    place = len(heap)
    while len(heap) > 1:
        (_, _, left), (height, _, right) = heappop(heap), heappop(heap)
        if height >= _MAX_HEIGHT:
            raise _too_deep()
        heappush(heap, (height + 1, place, _OPERATORS[kind](left, right)))
        place += 1
    [(height, _, expr)] = heap
    return _Written(expr, height)


def _too_deep() -> ValidationError:
    message = f"& and | are nested more than {_MAX_HEIGHT} deep in turn, and engines fail on what is much deeper"
    hint = "nest less, or keep the rows for which matcher(...) is true"
    return ValidationError([Problem("error", "range", "", message, hint)], "frames")


class _Writer:
    """Writes an expression for the columns of a frame."""

    def __init__(self, columns: dict[str, Column], engine: Engine, taken: Container[str] = ()) -> None:
        self.columns = columns
        self.engine = engine
        #: The names of the frame's own columns, in lower case: some engines ignore the case.
        self.taken = taken
        #: The columns of truth values that the engine has to add, by name: for which lists, and for which values.
        self.overlaps: dict[str, tuple[str, Values]] = {}

    def needed(self, expression: Expression) -> list[nw.Expr] | None:
        """The conditions that must all hold for a row to be kept; None if no row can be kept.

        Several are better than one: an engine can push simple ones down to the file.
        """
        form = negation_normal_form(expression, self._leaf, self._grouped)
        if form is False:
            return None
        needed = [column.present for name, column in self.columns.items() if not may_be_absent(FIELDS[name])]
        if isinstance(form, _Group):
            parts = self._parts(form)
            apart = form.kind == "&" and len(parts) <= _MOST_APART
            needed += [part.expr for part in (parts if apart else [self._joined(form.kind, parts)])]
        elif isinstance(form, _Test):
            needed.append(self._written(form).expr)
        return needed

    def with_overlaps(self, frame: Any) -> Any:
        """The frame with the additional columns that the expression needs."""
        native = frame.to_native()
        for name, (column, values) in self.overlaps.items():
            assert self.engine.overlap is not None
            native = self.engine.overlap.add(native, name, column, values)
        return nw.from_native(native)

    def _leaf(self, condition: Condition, positive: bool) -> _Form:
        field = FIELDS[condition.field_name]
        if field.name not in self.columns:
            return not positive
        test = test_of(condition)
        always = constant(test)
        if always is None or (always and may_be_absent(field)):  # a null passes no test
            return _Test(field, test, positive)
        return always is positive

    def _grouped(self, kind: Kind, forms: list[_Form]) -> _Form:
        decides = kind == "|"  # what one part can decide for the whole: "or" becomes true, "and" becomes false
        if any(form is decides for form in forms):
            return decides
        parts = [form for form in forms if not isinstance(form, bool)]
        if len(parts) < 2:
            return parts[0] if parts else not decides
        group = _Group(kind, [], [])
        for part in parts:
            if isinstance(part, _Test):
                group.tests.append(part)
            elif part.kind == kind:
                group.tests.extend(part.tests)
                group.others.extend(part.others)
            else:
                group.others.append(self._joined(part.kind, self._parts(part)))
        return group

    def _joined(self, kind: Kind, parts: list[_Written]) -> _Written:
        """Combine the parts of a group into one expression."""
        joined = _combined(kind, parts)
        if kind == "|" and self.engine.hides_or and len(parts) > _MOST_IN_OR:
            return _Written(joined.expr.fill_null(False), joined.height + 1)
        return joined

    def _parts(self, group: _Group) -> list[_Written]:
        """The parts of a group; tests of one field are merged: "any of them" in an "or", "none of them" in an "and"."""
        tests: dict[str, list[Test]] = {}
        single: list[_Test] = []
        for one in group.tests:
            if one.positive is (group.kind == "|"):
                tests.setdefault(one.field.name, []).append(one.test)
            else:
                single.append(one)
        made = [
            _Test(FIELDS[name], test, group.kind == "|") for name, several in tests.items() for test in joined(several)
        ]
        return [*map(self._written, [*made, *single]), *group.others]

    def _written(self, one: _Test) -> _Written:
        held = self._test(self.columns[one.field.name], one.test)
        if one.positive:  # a null may mean false, except below a negation
            return held
        expr = held.expr.fill_null(False) if may_be_absent(one.field) else held.expr
        return _Written(~expr, held.height + 1)

    def _test(self, column: Column, test: Test) -> _Written:
        if isinstance(test, HasPart):
            patterns = _patterns(test.values)
            return _combined("|", [_Written(column.values.str.contains(pattern)) for pattern in patterns])
        if isinstance(test, HasMember):
            return self._carries(column, _comparable(column, test.values))
        if isinstance(test, OneOf):
            return _Written(_one_of(column, _comparable(column, test.values), test.excluded))
        if column.holds == "text":
            column = column._replace(values=column.values.cast(nw.Int64()))
        if isinstance(test, Ranges):
            return _combined("|", [_between(column, limits) for limits in test.ranges])
        run = in_one_run(test)
        if run is not None:
            return _between(column, run)
        if test.unit > 1 and column.holds == "unsigned":  # pandas divides as int64
            return _combined("|", [_between(column, unit_range(value, value, test.unit)) for value in test.values])
        units = column.values // test.unit if test.unit > 1 else column.values
        return _Written(units.is_in([float(value) if column.holds == "float" else value for value in test.values]))

    def _carries(self, column: Column, values: Values) -> _Written:
        if self.engine.overlap is None or len(values) < self.engine.overlap.least:
            return _combined("|", [_Written(column.values.list.contains(value)) for value in values])
        names = (f"__querydsl_{number}__" for number in count(len(self.overlaps)))
        name = next(name for name in names if name not in self.taken and name not in self.overlaps)
        self.overlaps[name] = (column.name, values)
        return _Written(nw.col(name))


# The tests


def _comparable(column: Column, values: tuple[str, ...]) -> Values:
    return list(values) if column.holds == "text" else [int(value) for value in values]


def _one_of(column: Column, values: Values, excluded: bool) -> nw.Expr:
    if len(values) == 1:
        single = _literal(column, values[0])
        expr: nw.Expr = column.values != single if excluded else column.values == single
        return expr
    return ~column.values.is_in(values) if excluded else column.values.is_in(values)


_COMPARISONS: Final = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}


def _literal(column: Column, value: str | int) -> Any:
    """A value as engines compare it: some refuse an int beside floats, or a uint64 beside a large int64."""
    if column.holds == "unsigned":  # only days start and end below zero: at or after, and before
        return nw.lit(max(int(value), 0), nw.UInt64())
    return float(value) if column.holds == "float" else value


def _between(column: Column, limits: Range) -> _Written:
    begin, end = limits
    if begin is not None and end is not None and begin[1] == end[1]:  # a single number
        return _Written(column.values == _literal(column, begin[1]))
    tests = [
        _Written(_COMPARISONS[bound[0]](column.values, _literal(column, bound[1])))
        for bound in limits
        if bound is not None
    ]
    return _combined("&", tests or [_Written(~column.values.is_null())])


def _patterns(keywords: Iterable[str]) -> list[str]:
    """A few regular expressions; a matching description meets one. An engine reads all texts for each."""
    patterns: list[str] = []
    room = 0
    for keyword in dict.fromkeys(map(folded, keywords)):
        pattern = "".join(map(_spelt, keyword))
        room -= len(pattern)
        if room < 0:
            patterns.append(pattern)
            room = _MAX_PATTERN - len(pattern)
        else:
            patterns[-1] += f"|{pattern}"
    return patterns


#: The characters to escape. In some dialect, escaping any other is an error or has a meaning.
_SPECIAL: Final = frozenset("\\.+*?()|[]{}^$")


def _spelt(character: str) -> str:
    """A character in any case, with the same meaning in Rust, RE2, Java and Python; flags differ between them."""
    spelt = spellings(character)
    if len(spelt) > 1:
        return f"[{spelt}]"
    return f"\\{character}" if character in _SPECIAL else character
