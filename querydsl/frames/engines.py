"""The engines of dataframes: for each, what it does in another way than narwhals does for all.

An engine that is not here is used in the generic way. To add an engine, add an entry to `ENGINES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, NamedTuple

import narwhals as nw
from narwhals import dependencies

#: The names of the engines for `Store.frame`.
Backend = Literal["polars", "pandas", "pyarrow", "duckdb"]

#: Texts, or numbers for a list of numbers.
Values = Sequence[str] | Sequence[int]


class Overlap(NamedTuple):
    """How an engine tells whether a list column has any of many values: narwhals can only test one value.

    With a thousand hashtags, one by one, an engine would read the column a thousand times.
    """

    #: The number of values from which this is faster than one by one.
    least: int
    #: Takes a native frame, and adds a column of truth values with this name, for these lists and values.
    add: Callable[[Any, str, str, Values], Any]


class Engine(NamedTuple):
    """The special cases of an engine."""

    implementations: tuple[nw.Implementation, ...] = ()
    #: Its name in `Store.frame`.
    backend: Backend | None = None
    #: Makes a frame from an Arrow table; raises ImportError if the engine is not installed.
    from_arrow: Callable[[Any], Any] | None = None
    overlap: Overlap | None = None
    #: Code that makes lists: from the texts of a CSV file (JSON, or as Python writes a list), and from lists that are
    #: Python objects. {0} is the column.
    decoded: str | None = None
    evaluated: str | None = None
    converted: str | None = None
    #: Whether an all-empty list column has another type than lists of text, so that lists are cast before reading.
    casts_lists: bool = False
    #: Whether its optimizer takes quadratic time for an "or" of many parts, unless a function encloses it.
    hides_or: bool = False


# Polars


def _to_polars(table: Any) -> Any:
    import polars  # noqa: PLC0415  # whichever the user has

    return polars.from_arrow(table)


def _polars(frame: Any, name: str, column: str, values: Values) -> Any:
    pl = dependencies.get_polars()
    held = pl.col(column).list.eval(pl.element().is_in(list(values))).list.any()
    return frame.lazy().with_columns(held.alias(name))  # so that adding, filtering and dropping are one plan


# DuckDB


def _to_duckdb(table: Any) -> Any:
    import duckdb  # noqa: PLC0415  # whichever the user has

    return duckdb.from_arrow(table)


def _duckdb(frame: Any, name: str, column: str, values: Values) -> Any:
    db = dependencies.get_duckdb()
    wanted = db.FunctionExpression("contains", db.ConstantExpression(list(values)), db.ColumnExpression("one"))
    lists = db.ColumnExpression(column)
    if isinstance(values[0], str):
        lists = lists.cast("VARCHAR[]")  # an empty list has the type JSON
    found = db.FunctionExpression("list_filter", lists, db.LambdaExpression("one", wanted))
    held = db.FunctionExpression("len", found) > db.ConstantExpression(0)
    return frame.select(db.StarExpression(), held.alias(name))


# Spark


def _spark(frame: Any, name: str, column: str, values: Values) -> Any:
    functions = dependencies.get_pyspark_sql().functions
    return frame.withColumn(name, functions.arrays_overlap(column, functions.lit(list(values))))


# PyArrow, and pandas on top of it


def _to_pandas(table: Any) -> Any:
    import pandas  # noqa: PLC0415  # whichever the user has

    return table.to_pandas(types_mapper=pandas.ArrowDtype)


def _pandas(frame: Any, name: str, column: str, values: Values) -> Any:
    pd, pa = dependencies.get_pandas(), dependencies.get_pyarrow()
    held = _held(pa.chunked_array(pa.array(frame[column])), values)
    return frame.assign(**{name: pd.arrays.ArrowExtensionArray(held)})


def _arrow(frame: Any, name: str, column: str, values: Values) -> Any:
    return frame.append_column(name, _held(frame[column], values))


def _held(lists: Any, values: Values) -> Any:
    """Which lists of a PyArrow array have any of the values; a null has none."""
    pa = dependencies.get_pyarrow()
    wanted = pa.array(values, pa.int64() if isinstance(values[0], int) else pa.large_string())
    masks = []
    for chunk in lists.chunks:
        given = chunk.drop_null()  # a null may have values below it too
        hits = pa.compute.is_in(given.flatten().cast(wanted.type), value_set=wanted)
        places = pa.compute.indices_nonzero(chunk.is_valid())
        rows = places.take(pa.compute.list_parent_indices(given).filter(hits))
        masks.append(pa.compute.is_in(pa.array(range(len(chunk)), rows.type), value_set=rows.unique()))
    return pa.chunked_array(masks, pa.bool_())


ENGINES: Final = (
    Engine(
        (nw.Implementation.POLARS,), "polars", _to_polars, Overlap(2, _polars),
        decoded="frame.with_columns(polars.col('{0}').str.json_decode(polars.List(polars.String)))",
        evaluated="frame.with_columns(polars.col('{0}').map_elements(ast.literal_eval, polars.List(polars.String)))",
    ),
    Engine(
        (nw.Implementation.PANDAS,), "pandas", _to_pandas, Overlap(5, _pandas),
        decoded="frame.assign({0}=frame['{0}'].map(json.loads, na_action='ignore').astype("
        "pandas.ArrowDtype(pyarrow.list_(pyarrow.string()))))",
        evaluated="frame.assign({0}=frame['{0}'].map(ast.literal_eval, na_action='ignore').astype("
        "pandas.ArrowDtype(pyarrow.list_(pyarrow.string()))))",
        converted="frame.astype({{'{0}': pandas.ArrowDtype(pyarrow.list_(pyarrow.string()))}})",
    ),
    Engine((nw.Implementation.PYARROW,), "pyarrow", lambda table: table, Overlap(5, _arrow)),
    Engine(
        (nw.Implementation.DUCKDB,), "duckdb", _to_duckdb, Overlap(5, _duckdb),
        decoded="""frame.project("* REPLACE (from_json({0}, '[\\"VARCHAR\\"]') AS {0})")""",
        evaluated="frame.project('* REPLACE (CAST({0} AS VARCHAR[]) AS {0})')",
        casts_lists=True,
        hides_or=True,
    ),
    Engine(
        (nw.Implementation.PYSPARK, nw.Implementation.PYSPARK_CONNECT), overlap=Overlap(5, _spark),
        decoded="frame.withColumn('{0}', from_json('{0}', 'array<string>'))",  # it accepts Python's quotes too
    ),
)  # fmt: skip

_GENERIC: Final = Engine()


def engine_of(implementation: nw.Implementation) -> Engine:
    """The engine of a narwhals frame; for one that is not in `ENGINES`, an entry without special cases.

    >>> engine_of(nw.Implementation.PYARROW).backend, engine_of(nw.Implementation.DASK).backend
    ('pyarrow', None)
    """
    return next((engine for engine in ENGINES if implementation in engine.implementations), _GENERIC)


def backends() -> dict[str, Callable[[Any], Any]]:
    """The functions that make a frame from an Arrow table, by their names in `Store.frame`.

    >>> sorted(backends())
    ['duckdb', 'pandas', 'polars', 'pyarrow']
    """
    return {engine.backend: engine.from_arrow for engine in ENGINES if engine.backend and engine.from_arrow}
