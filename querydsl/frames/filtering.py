"""Expression -> a filter for dataframes and the engines behind them, through narwhals: the rows that `matcher` keeps.

Columns are the documented fields, as `export` writes them or as the raw JSON has them: `hashtag_names` and `effect_ids`
are lists, ids are int64 or text. What is lazy stays lazy: the filter becomes part of the engine's own plan, and only
the names and types of columns are looked at here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeVar

try:
    import narwhals as nw
except ImportError as error:  # pragma: no cover
    raise ImportError("querydsl.frames needs narwhals; write: pip install 'querydsl[frames]'") from error

from ..language.expressions import Condition, Expression
from ..language.negation import Kind, rebuilt
from ..matching.letter_case import folded, lowered, spellings
from ..matching.predicate import ABSENT, DAY, VIDEO_FIELD, Start, days_of, fields_of, lasting, posted
from ..tables import FIELDS
from .columns import Column, columns_of, documented
from .engines import NATIVE, Values

#: A dataframe, or what stands for one in a lazy engine.
Frame = TypeVar("Frame")

#: Groups nested deeper than this are written as a list of decisions: narwhals and engines recurse, and run out.
_MAX_DEPTH: Final = 20

#: The most characters of keywords that go into one regular expression: engines bound its size.
_MAX_PATTERN: Final = 50_000


def filter(frame: Frame, expr: Expression) -> Frame:  # noqa: A001  # as every dataframe library calls it
    """The rows of a frame for which the expression holds, as a frame of the same kind.

    Any frame that narwhals knows will do: Polars, pandas, PyArrow, DuckDB, PySpark, Dask, Ibis. A column that the
    expression needs and the frame lacks is a MissingFieldError, but for `hashtag_names`, `effect_ids` and `music_id`,
    which the API leaves out where a video has none. A row with a null in any other column that is needed is never kept,
    not even by a negation. A column of a type that cannot be compared rightly is a ValidationError that says what to
    do.

    >>> import polars
    >>> from querydsl import Hashtag, Length
    >>> videos = polars.DataFrame({"id": [1, 2], "video_duration": [90, 10], "hashtag_names": [["cat"], ["cat"]]})
    >>> filter(videos, (Hashtag == "cat") & (Length > "SHORT"))["id"].to_list()
    [1]
    """
    held: Any = nw.from_native(frame)
    schema = held.collect_schema()
    columns = columns_of(fields_of(expr), schema, held.implementation)
    writer = _Writer(columns, held.implementation)
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
    """The expression as one of narwhals, for a frame as `export` writes it: all columns there, ids as int64.

    `filter` looks at the frame first, and so can do more: columns that are absent, ids as text.

    >>> import narwhals as nw, polars
    >>> from querydsl import Keyword
    >>> videos = nw.from_native(polars.DataFrame({"video_description": ["Catch it?", "no"]}))
    >>> videos.select(expression(Keyword == "cat").alias("cat"))["cat"].to_list()
    [True, False]
    """
    columns = documented(fields_of(expr))
    needed = _Writer(columns, nw.Implementation.UNKNOWN).needed(expr)
    if needed is None:  # a day before all days
        return columns["create_time"].present & nw.lit(False)
    return _balanced(operator.and_, needed).fill_null(False)


# The shape: an expression without constants, its negations at the conditions, each group no wider than it has to be


class _Test(NamedTuple):
    """A condition that must hold, or must not."""

    condition: Condition
    positive: bool
    #: How many tests there are, and how deep groups are nested.
    size: int = 1
    height: int = 0


class _Group(NamedTuple):
    """Tests and other groups, all of which ("&") or one of which ("|") must hold."""

    kind: Kind
    parts: Sequence[_Test | _Group]
    size: int
    height: int


_Form = _Test | _Group | bool


def _grouped(kind: Kind, forms: list[_Form]) -> _Form:
    constant = kind == "|"  # what one part can make of the whole: "or" becomes true, "and" becomes false
    if any(form is constant for form in forms):
        return constant
    parts: list[_Test | _Group] = []
    for form in forms:
        if isinstance(form, _Group) and form.kind == kind:
            parts += form.parts
        elif not isinstance(form, bool):
            parts.append(form)
    parts = [*_joined(kind, parts)]
    if len(parts) < 2:
        return parts[0] if parts else not constant
    return _Group(kind, parts, sum(part.size for part in parts), 1 + max(part.height for part in parts))


def _joined(kind: Kind, parts: Iterable[_Test | _Group]) -> Iterator[_Test | _Group]:
    """The parts, tests for values of one field made one: any of them in an "or", none of them in an "and"."""
    values: dict[str, dict[str, None]] = {}
    others: list[_Test | _Group] = []
    for part in parts:
        if isinstance(part, _Test) and part.positive is (kind == "|") and part.condition.operation in ("EQ", "IN"):
            values.setdefault(part.condition.field_name, {}).update(dict.fromkeys(part.condition.field_values))
        else:
            others.append(part)
    for field, texts in values.items():
        yield _Test(Condition(field, "IN", tuple(texts)), kind == "|")
    yield from others


_OPERATORS: Final[dict[Kind, Callable[[nw.Expr, nw.Expr], nw.Expr]]] = {"&": operator.and_, "|": operator.or_}


def _balanced(combine: Callable[[nw.Expr, nw.Expr], nw.Expr], exprs: list[nw.Expr]) -> nw.Expr:
    """Many expressions combined, nested as little as can be: engines recurse on what they are given."""
    while len(exprs) > 1:
        pairs = [combine(left, right) for left, right in zip(exprs[::2], exprs[1::2], strict=False)]
        exprs = pairs + exprs[len(pairs) * 2 :]
    return exprs[0]


class _Writer:
    """Writes an expression about the columns of a frame."""

    def __init__(self, columns: dict[str, Column], engine: nw.Implementation) -> None:
        self.columns = columns
        self.native = NATIVE.get(engine)
        #: By its name, each column of truth values that the engine has to add: of which lists, and for which values.
        self.overlaps: dict[str, tuple[str, Values]] = {}

    def needed(self, expression: Expression) -> list[nw.Expr] | None:
        """What all has to hold for a row to be kept; None where none can be.

        Several are better than one: an engine asks the file itself for those that are simple enough.
        """
        form = rebuilt(expression, self._leaf, _grouped)
        if form is False:
            return None
        needed = [column.present for field, column in self.columns.items() if field not in ABSENT]
        if isinstance(form, _Group) and form.kind == "&" and max(form.height, len(form.parts)) <= _MAX_DEPTH:
            needed += map(self._written, form.parts)
        elif form is not True:
            needed.append(self._written(form))
        return needed

    def with_overlaps(self, frame: Any) -> Any:
        """The frame with the columns that the expression needs besides."""
        native = frame.to_native()
        for name, (column, values) in self.overlaps.items():
            assert self.native is not None
            native = self.native.add(native, name, column, values)
        return nw.from_native(native)

    def _leaf(self, condition: Condition, positive: bool) -> _Form:
        impossible = condition.field_name == "create_date" and not posted(condition)
        if impossible or VIDEO_FIELD[condition.field_name] not in self.columns:
            return not positive
        return _Test(condition, positive)

    def _written(self, form: _Test | _Group) -> nw.Expr:
        # the recursion is as deep as _MAX_DEPTH, and once more for each halving of the tests
        if isinstance(form, _Test):
            held = self._test(form.condition)
            if form.positive:  # a null may stand for false up to the very end, but not below a negation
                return held
            return ~(held.fill_null(False) if VIDEO_FIELD[form.condition.field_name] in ABSENT else held)
        if form.height <= _MAX_DEPTH:
            return _balanced(_OPERATORS[form.kind], list(map(self._written, form.parts)))
        return self._decided(form)

    def _decided(self, form: _Test | _Group) -> nw.Expr:
        """A deep group as decisions, one for each level: the first that is made counts.

        With a the smaller parts and b the largest, `a | b` is true where a is, `a & b` false where a is not, and else
        what b is. A decision is an even number for false, an odd one for true, and grows with the depth.
        """
        levels: list[tuple[Kind, nw.Expr]] = []
        while isinstance(form, _Group) and form.height > _MAX_DEPTH:
            largest = max(form.parts, key=lambda part: part.size)
            smaller = [self._written(part) for part in form.parts if part is not largest]
            levels.append((form.kind, _balanced(_OPERATORS[form.kind], smaller)))
            form = largest
        levels.append(("|", self._written(form)))
        later = 2 * len(levels)
        decisions = [
            nw.when(held).then(nw.lit(2 * level + 1)).otherwise(nw.lit(later))
            if kind == "|"
            else nw.when(held).then(nw.lit(later)).otherwise(nw.lit(2 * level))
            for level, (kind, held) in enumerate(levels)
        ]
        return _balanced(nw.min_horizontal, decisions) % 2 == 1

    def _test(self, condition: Condition) -> nw.Expr:
        field, texts = condition.field_name, condition.field_values
        column = self.columns[VIDEO_FIELD[field]]
        if field == "create_date":
            return _posted(column.values, condition)
        if field == "video_length":
            return _balanced(operator.or_, [_between(column.values, *run) for run in lasting(texts)])
        if field == "keyword":
            return _balanced(operator.or_, [column.values.str.contains(pattern) for pattern in _patterns(texts)])
        if field == "hashtag_name":
            texts = tuple(dict.fromkeys(map(lowered, texts)))
        values = [int(text) for text in texts] if column.holds == "number" else list(texts)
        if FIELDS[field].many_valued:
            return self._carries(column, values)
        return column.values == values[0] if len(values) == 1 else column.values.is_in(values)

    def _carries(self, column: Column, values: Values) -> nw.Expr:
        if self.native is None or len(values) < self.native.least:
            return _balanced(operator.or_, [column.values.list.contains(value) for value in values])
        name = f"__querydsl_{len(self.overlaps)}__"
        self.overlaps[name] = (column.name, values)
        return nw.col(name)


# The tests


def _posted(seconds: nw.Expr, condition: Condition) -> nw.Expr:
    spans = posted(condition)
    if len(spans) > 1:
        return (seconds // DAY).is_in(days_of(spans))
    [(start, end)] = spans
    tests = [seconds >= start] if start is not None else []
    return _balanced(operator.and_, [*tests, seconds < end] if end is not None else tests)


_COMPARISONS: Final = {">=": operator.ge, ">": operator.gt}


def _between(seconds: nw.Expr, begins: Start | None, ends: Start | None) -> nw.Expr:
    tests = [_COMPARISONS[begins[0]](seconds, begins[1])] if begins else []
    tests += [~_COMPARISONS[ends[0]](seconds, ends[1])] if ends else []
    return _balanced(operator.and_, tests or [~seconds.is_null()])


def _patterns(keywords: Iterable[str]) -> list[str]:
    """Regular expressions of which a description meets one: few, for an engine goes through all texts for each."""
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


#: What has to be escaped. Anything more is an error, or means something, in one dialect or another.
_SPECIAL: Final = frozenset("\\.+*?()|[]{}^$")


def _spelt(character: str) -> str:
    """A character in any case, so that it means the same to Rust, RE2, Java and Python; no flags, which do not."""
    spelt = spellings(character)
    if len(spelt) > 1:
        return f"[{spelt}]"
    return f"\\{character}" if character in _SPECIAL else character
