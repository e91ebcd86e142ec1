"""The columns that an expression needs: finds them in a frame by name and type, and makes their values comparable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

import narwhals as nw

from ..errors import MissingFieldError, Problem, ValidationError
from ..matching.meaning import Holds, holds, may_be_absent
from ..moments import FIRST_SECOND, LAST_SECOND
from ..tables import VIDEO_FIELDS, ConditionField
from .engines import Engine


class Column(NamedTuple):
    """A column of a frame, and the type of its values, or of the members of its lists."""

    name: str
    #: Its values, made comparable.
    values: nw.Expr
    holds: Literal["text", "number", "unsigned", "float"]
    #: Whether a row has a value. Values that `matcher` refuses do not count: not a number (a null in pandas), infinity,
    #: a count or a time with a fraction, and a time outside the calendar.
    present: nw.Expr


def documented(fields: Iterable[ConditionField]) -> dict[str, Column]:
    """The columns of some condition fields in a frame as `export` writes it, by name."""
    columns = {}
    for field in fields:
        column = Column(field.video_field, nw.col(field.video_field), "text", ~nw.col(field.video_field).is_null())
        if holds(field) in ("count", "time", "number", "id"):
            column = column._replace(holds="number")
        columns[field.name] = _in_calendar(column) if holds(field) == "time" else column
    return columns


def columns_of(fields: Iterable[ConditionField], schema: Mapping[str, Any], engine: Engine) -> dict[str, Column]:
    """The columns of some condition fields in a frame, by name; absent ones are left out.

    Raises MissingFieldError for a column that must not be absent, and ValidationError for one that cannot be compared.
    """
    columns = {}
    for field in fields:
        name = field.video_field
        other = VIDEO_FIELDS[name].other_spelling
        if name not in schema and other is not None:
            name = other
        if name in schema:
            column = _column(holds(field), name, schema[name], engine)
            columns[field.name] = _in_calendar(column) if holds(field) == "time" else column
        elif not may_be_absent(field):
            raise MissingFieldError(field.video_field)
    return columns


def _column(wanted: Holds, name: str, dtype: Any, engine: Engine) -> Column:
    values = nw.col(name)
    present = ~values.is_null()
    if wanted in ("list of text", "list of ids"):
        if not isinstance(dtype, nw.List):
            raise _no_list(name, dtype, engine)
        return _of_lists(wanted, Column(name, values, "text", present), dtype.inner, engine)
    numeric = wanted in ("count", "time", "number")
    if dtype == nw.Unknown or (dtype in (nw.Categorical, nw.Enum) and not numeric):  # nulls can be cast to any type
        dtype = nw.Int64() if numeric else nw.String()
        values = values.cast(dtype)
    if dtype == nw.String and not numeric:
        return Column(name, values, "text", present)
    if dtype.is_integer() and wanted != "text":
        return Column(name, values, "unsigned" if dtype == nw.UInt64 else "number", present)
    if dtype.is_float() and numeric:
        present &= values.is_finite()
        return Column(name, values, "float", present if wanted == "number" else present & _is_whole(values))
    raise _refused(name, dtype, *_NO_VALUE[wanted])


def _in_calendar(column: Column) -> Column:
    """The column of a time, in which what is outside the calendar, as milliseconds are, does not count."""
    values = column.values
    if column.holds == "unsigned":  # some engines refuse an int64 beside a uint64
        return column._replace(present=column.present & (values <= nw.lit(LAST_SECOND, nw.UInt64())))
    first, last = (float(one) if column.holds == "float" else one for one in (FIRST_SECOND, LAST_SECOND))
    return column._replace(present=column.present & (values >= first) & (values <= last))


def _is_whole(values: nw.Expr) -> nw.Expr:
    """Whether floats have no fraction. Beyond 2**53 none has one, and Spark cannot round such numbers down."""
    large = values.abs() >= _NO_FRACTION
    small = nw.when(~large).then(values)
    return large | (small.floor() == small)


_NO_FRACTION: Final = 2.0**53


def _of_lists(wanted: Holds, column: Column, inner: Any, engine: Engine) -> Column:
    if inner.is_integer() and wanted == "list of ids":
        if inner == nw.UInt64:  # in PyArrow, a search for an int64 fails if a number is larger
            raise _refused(column.name, inner, "the lists hold more than int64", "cast them to lists of int64 or text")
        return column._replace(holds="number")
    if inner not in (nw.String, nw.Unknown):
        raise _refused(column.name, inner, "the lists do not hold text", "cast them to lists of text")
    if inner == nw.Unknown or engine.casts_lists:  # if all lists are empty, they are lists of nulls
        return column._replace(values=column.values.cast(nw.List(nw.String)))
    return column


_NO_VALUE: Final[Mapping[Holds, tuple[str, str]]] = {
    "text": ("it is not text", "cast it to text"),
    "count": ("it holds neither integers nor floats", "cast it to int64"),
    "time": ("it holds neither integers nor floats", "cast it to int64, a time as seconds since 1970"),
    "number": ("it holds neither integers nor floats", "cast it to int64"),
    "id": (
        "it is neither int64 nor text, and ids do not fit into anything else",
        "read it as int64; in pandas with dtype_backend='pyarrow', which keeps whole numbers beside nulls",
    ),
}


def _no_list(name: str, dtype: Any, engine: Engine) -> ValidationError:
    if dtype == nw.Object and engine.converted is not None:
        hint = f"write {engine.converted.format(name)}, or read Parquet with dtype_backend='pyarrow'"
        return _refused(name, dtype, "its lists are Python objects, which no engine can search", hint)
    hint = "read Parquet or JSON Lines instead"
    if dtype == nw.String and engine.decoded is not None:
        hint = f"write {engine.decoded.format(name)}"
        if engine.evaluated is not None:
            hint += f", or for texts like \"['cat', 'dog']\" {engine.evaluated.format(name)}"
    return _refused(name, dtype, "it is not a list" + " but text, as in CSV" * (dtype == nw.String), hint)


def _refused(name: str, dtype: Any, message: str, hint: str) -> ValidationError:
    return ValidationError([Problem("error", "type", "", f"{message}; {hint}")], f"column {name!r} ({dtype})")
