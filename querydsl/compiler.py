"""Expression -> the queries that together mean exactly the same."""

from __future__ import annotations

from .errors import NeedsSeveralQueries
from .expressions import And, Condition, Expression, Not, Or, brief
from .query import Query


def to_query(expression: Expression) -> Query:
    """The one query that means exactly what the expression means.

    Raises NeedsSeveralQueries if there is none.

    >>> from querydsl import Length, Region
    >>> to_query(Region.in_("US", "JP") & ~(Length == "SHORT"))
    Query(and_=(Region.in_('US', 'JP'),), or_=(), not_=(Length == 'SHORT',))
    """
    written = _as_written(expression)
    if written is None:
        raise NeedsSeveralQueries(f"{brief(expression)}: no single query means this; to_queries(...) gives several")
    return written


def to_queries(expression: Expression, limit: int = 100) -> tuple[Query, ...]:
    """As few queries as possible that together mean exactly what the expression means."""
    return (to_query(expression),)


def _as_written(expression: Expression) -> Query | None:
    """The query of an expression that has its shape already, in the order written."""
    terms = expression.terms if isinstance(expression, And) else (expression,)
    and_: list[Condition] = []
    or_: tuple[Expression, ...] = ()
    not_: list[Condition] = []
    for term in terms:
        if isinstance(term, Condition):
            and_.append(term)
        elif isinstance(term, Not) and isinstance(term.term, Condition):
            not_.append(term.term)
        elif isinstance(term, Not) and isinstance(term.term, Or) and _are_conditions(term.term.terms):
            not_ += term.term.terms  # type: ignore[arg-type]
        elif isinstance(term, Or) and (not or_ or or_ == term.terms) and _are_conditions(term.terms):
            or_ = term.terms
        else:
            return None
    return Query(dict.fromkeys(and_), dict.fromkeys(or_), dict.fromkeys(not_))  # type: ignore[arg-type]


def _are_conditions(terms: tuple[Expression, ...]) -> bool:
    return all(isinstance(term, Condition) for term in terms)
