"""The columns that an expression needs: found in a frame by name and type, made fit to compare, or refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

import narwhals as nw

from ..errors import MissingFieldError, Problem, ValidationError
from ..matching.predicate import ABSENT

Holds = Literal["text", "number"]


class Column(NamedTuple):
    """A column that is there, and what it, or each of its lists, holds."""

    name: str
    #: Its values, made fit to compare.
    values: nw.Expr
    holds: Holds
    #: Whether a row has a value. Not a number is none: no document can hold it, and pandas means a null by it.
    present: nw.Expr


#: For each Video Object field that conditions read, what is in its column. Ids come as numbers and as text.
_WANTED: Final[dict[str, str]] = {
    "create_time": "number",
    "username": "text",
    "region_code": "text",
    "id": "id",
    "hashtag_names": "list of text",
    "video_description": "text",
    "music_id": "id",
    "effect_ids": "list of ids",
    "video_duration": "number",
}


def documented(fields: Iterable[str]) -> dict[str, Column]:
    """The columns of a frame as `export` writes it."""
    columns = {}
    for field in fields:
        holds: Holds = "number" if _WANTED[field] in ("number", "id") else "text"
        columns[field] = Column(field, nw.col(field), holds, ~nw.col(field).is_null())
    return columns


def columns_of(fields: Iterable[str], schema: Mapping[str, Any], engine: nw.Implementation) -> dict[str, Column]:
    """The columns of a frame that are there for some fields.

    Raises MissingFieldError for a field that may not be absent, and ValidationError for a column that cannot be
    compared.
    """
    columns = {}
    for field in fields:
        name = "video_id" if field == "id" and "id" not in schema else field  # as the documented example has it
        if name in schema:
            columns[field] = _column(_WANTED[field], name, schema[name], engine)
        elif field not in ABSENT:
            raise MissingFieldError(field)
    return columns


def _column(wanted: str, name: str, dtype: Any, engine: nw.Implementation) -> Column:
    values = nw.col(name)
    present = ~values.is_null()
    if dtype.is_float():
        present &= ~values.is_nan()
    if wanted.startswith("list"):
        if not isinstance(dtype, nw.List):
            raise _no_list(name, dtype, engine)
        return _of_lists(wanted, Column(name, values, "text", present), dtype.inner, engine)
    if dtype in (nw.Categorical, nw.Enum) or dtype == nw.Unknown:  # what nothing but nulls are of is cast to anything
        dtype = nw.Int64() if wanted == "number" else nw.String()
        values = values.cast(dtype)
    if dtype == nw.String and wanted != "number":
        return Column(name, values, "text", present)
    if dtype.is_numeric() if wanted == "number" else dtype.is_integer() and wanted == "id":
        return Column(name, values, "number", present)
    raise _refused(name, dtype, *_NO_VALUE[wanted])


def _of_lists(wanted: str, column: Column, inner: Any, engine: nw.Implementation) -> Column:
    if inner.is_integer() and wanted == "list of ids":
        return column._replace(holds="number")
    if inner not in (nw.String, nw.Unknown):
        raise _refused(column.name, inner, "the lists do not hold text", "cast them to lists of text")
    # lists that are all empty are lists of nulls, and in DuckDB lists of JSON, which are taken for lists of text
    if inner == nw.Unknown or engine is nw.Implementation.DUCKDB:
        return column._replace(values=column.values.cast(nw.List(nw.String)))
    return column


_NO_VALUE: Final = {
    "text": ("it is not text", "cast it to text"),
    "number": ("it is not a number of seconds", "leave it as the API sends it: seconds since 1970, or of a duration"),
    "id": (
        "it is neither int64 nor text, and ids do not fit into anything else",
        "read it as int64; in pandas with dtype_backend='pyarrow', which keeps whole numbers beside nulls",
    ),
}

#: How text, as CSV has it, becomes lists in each engine.
_DECODED: Final[dict[nw.Implementation, str]] = {
    nw.Implementation.POLARS: "frame.with_columns(polars.col('{0}').str.json_decode(polars.List(polars.String)))",
    nw.Implementation.DUCKDB: """frame.project("* REPLACE (from_json({0}, '[\\"VARCHAR\\"]') AS {0})")""",
    nw.Implementation.PYSPARK: "frame.withColumn('{0}', from_json('{0}', 'array<string>'))",
    nw.Implementation.PANDAS: "frame.assign({0}=frame['{0}'].map(json.loads, na_action='ignore').astype("
    "pandas.ArrowDtype(pyarrow.list_(pyarrow.string()))))",
}
_CONVERTED: Final = "frame.astype({{'{0}': pandas.ArrowDtype(pyarrow.list_(pyarrow.string()))}})"


def _no_list(name: str, dtype: Any, engine: nw.Implementation) -> ValidationError:
    if dtype == nw.Object and engine is nw.Implementation.PANDAS:
        hint = f"write {_CONVERTED.format(name)}, or read Parquet with dtype_backend='pyarrow'"
        return _refused(name, dtype, "pandas keeps its lists as objects, which no engine can search", hint)
    hint = f"write {_DECODED[engine].format(name)}" if engine in _DECODED else "read Parquet or JSON Lines instead"
    return _refused(name, dtype, "it is not a list" + " but text, as in CSV" * (dtype == nw.String), hint)


def _refused(name: str, dtype: Any, message: str, hint: str) -> ValidationError:
    return ValidationError([Problem("error", "type", "", f"{message}; {hint}")], f"column {name!r} ({dtype})")
