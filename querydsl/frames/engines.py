"""Whether a list column holds any of many values, in each engine's own words: narwhals can only ask for one value.

Asked for a thousand hashtags one by one, an engine goes a thousand times through the column. Each function here takes
a frame of one engine, and adds a column of truth values under a name; Polars' comes back lazy, whatever it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import narwhals as nw
from narwhals import dependencies

#: Texts, or numbers for a list of numbers.
Values = Sequence[str] | Sequence[int]


def _polars(frame: Any, name: str, column: str, values: Values) -> Any:
    pl = dependencies.get_polars()
    held = pl.col(column).list.eval(pl.element().is_in(list(values))).list.any()
    return frame.lazy().with_columns(held.alias(name))  # so that adding, filtering and dropping are one plan


def _duckdb(frame: Any, name: str, column: str, values: Values) -> Any:
    db = dependencies.get_duckdb()
    wanted = db.FunctionExpression("contains", db.ConstantExpression(list(values)), db.ColumnExpression("one"))
    lists = db.ColumnExpression(column)
    if isinstance(values[0], str):
        lists = lists.cast("VARCHAR[]")  # empty lists alone are of JSON
    found = db.FunctionExpression("list_filter", lists, db.LambdaExpression("one", wanted))
    held = db.FunctionExpression("len", found) > db.ConstantExpression(0)
    return frame.select(db.StarExpression(), held.alias(name))


def _spark(frame: Any, name: str, column: str, values: Values) -> Any:
    functions = dependencies.get_pyspark_sql().functions
    return frame.withColumn(name, functions.arrays_overlap(column, functions.lit(list(values))))


def _arrow(frame: Any, name: str, column: str, values: Values) -> Any:
    return frame.append_column(name, _held(frame[column], values))


def _pandas(frame: Any, name: str, column: str, values: Values) -> Any:
    pd, pa = dependencies.get_pandas(), dependencies.get_pyarrow()
    held = _held(pa.chunked_array(pa.array(frame[column])), values)
    return frame.assign(**{name: pd.arrays.ArrowExtensionArray(held)})


def _held(lists: Any, values: Values) -> Any:
    """Which lists of a PyArrow array hold any of the values; a null holds none."""
    pa = dependencies.get_pyarrow()
    wanted = pa.array(values, pa.int64() if isinstance(values[0], int) else pa.large_string())
    masks = []
    for chunk in lists.chunks:
        given = chunk.drop_null()  # below a null there may be values, too
        hits = pa.compute.is_in(given.flatten().cast(wanted.type), value_set=wanted)
        places = pa.compute.indices_nonzero(chunk.is_valid())
        rows = places.take(pa.compute.list_parent_indices(given).filter(hits))
        masks.append(pa.compute.is_in(pa.array(range(len(chunk)), rows.type), value_set=rows.unique()))
    return pa.chunked_array(masks, pa.bool_())


class Native(NamedTuple):
    """How an engine does it, and from how many values on that is quicker than one by one."""

    least: int
    add: Callable[[Any, str, str, Values], Any]


#: The engines that can do it.
NATIVE: Final = {
    nw.Implementation.POLARS: Native(2, _polars),
    nw.Implementation.DUCKDB: Native(5, _duckdb),
    nw.Implementation.PYSPARK: Native(5, _spark),
    nw.Implementation.PYSPARK_CONNECT: Native(5, _spark),
    nw.Implementation.PYARROW: Native(5, _arrow),
    nw.Implementation.PANDAS: Native(5, _pandas),
}
