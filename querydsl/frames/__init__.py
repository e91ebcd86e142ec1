"""Expressions over dataframes and the engines behind them, through narwhals (extra `frames`).

`columns` finds and checks the columns that an expression needs, `engines` has the special cases of the engines, and
`filtering` turns an expression into a filter.
"""

from .filtering import expression, filter  # noqa: A004  # as every dataframe library calls it

__all__ = ["expression", "filter"]
