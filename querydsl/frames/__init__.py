"""Expressions over dataframes and the engines behind them, through narwhals (extra `frames`).

`columns` finds and checks the columns that an expression needs, `engines` is what the engines do each in its own way,
and `filtering` puts an expression into a filter.
"""

from .filtering import expression, filter  # noqa: A004  # as every dataframe library calls it

__all__ = ["expression", "filter"]
