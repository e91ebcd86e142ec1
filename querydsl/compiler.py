"""Expression -> the fewest queries that together mean exactly the same.

What one query can hold is a `Term`. An expression that has this shape is taken as it is written. For any other, the
videos that it can tell apart (its worlds) are numbered, so that equality is equality of ints, and the compiler

1. takes the terms of its normal form, if there are not too many: a single one is the answer;
2. looks for the one term that means the expression; if there is none, two terms are the fewest;
3. for few worlds, covers the expression exactly with the widest terms in it; for more, widens and drops terms.

An expression with too many worlds to number keeps the terms of its normal form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NoReturn

from .domains import Domain, domain, join, limits
from .errors import NeedsSeveralQueries, ValidationError
from .expressions import And, Condition, Expression, Not, Or, brief, conditions
from .literals import Literal, Order, alternatives, box
from .normal import Compound, Term, TooManyTerms, literals_of, normal_form, terms
from .query import Query
from .rules import error
from .search import Search
from .tables import FIELDS
from .worlds import Worlds


def to_query(expression: Expression) -> Query:
    """The one query that means exactly what the expression means.

    An expression that has the API's shape is taken as written, without repeats. Raises NeedsSeveralQueries if no
    single query means the same, and ValidationError for what nothing, or everything, matches.

    >>> from querydsl import Length, Region
    >>> to_query((Length != "SHORT") | (Region == "US"))
    Query(and_=(), or_=(Length.in_('MID', 'LONG', 'EXTRA_LONG'), Region == 'US'), not_=())
    """
    try:
        queries = to_queries(expression)
    except NeedsSeveralQueries:
        message = f"{brief(expression)}: this takes very many queries; to_queries(…, limit=…) goes further than 100"
        raise NeedsSeveralQueries(message) from None
    if len(queries) > 1:
        message = (
            f"{brief(expression)}: no single query means this; to_queries(…) gives {len(queries)} that do together"
        )
        raise NeedsSeveralQueries(message, len(queries))
    return queries[0]


def to_queries(expression: Expression, limit: int = 100) -> tuple[Query, ...]:
    """As few queries as possible that together mean exactly what the expression means.

    No video is in two of them where that costs no further query and can be found cheaply; of two it never is, if it can
    be helped. Raises NeedsSeveralQueries if there are more than `limit`, and ValidationError for what nothing, or
    everything, matches.

    >>> from querydsl import Hashtag
    >>> for query in to_queries(~((Hashtag == "a") & (Hashtag == "b"))):
    ...     print(query)
    Query(and_=(), or_=(), not_=(Hashtag == 'a',))
    Query(and_=(Hashtag == 'a',), or_=(), not_=(Hashtag == 'b',))
    """
    if not isinstance(expression, Expression):
        raise TypeError(f"{brief(expression)}: only an expression has queries; compare the field first")
    written = _as_written(expression)
    if written is not None:
        _refuse_constant(expression, _constant_query(written))
        return (written,)
    form = normal_form(expression)
    if isinstance(form, bool):
        _refuse_constant(expression, form)
        raise AssertionError
    order: dict[tuple[str, str], int] = {}
    for condition in conditions(expression):
        for value in condition.field_values:
            order.setdefault((condition.field_name, value), len(order))
    found = _fewest(expression, form, limit)
    if len(found) > limit:
        _refuse_many(expression, limit)
    return tuple(_query(term, order) for term in found)


def _refuse_constant(expression: Expression, constant: bool | None) -> None:
    """Refuse what nothing (False) or everything (True) matches."""
    if constant is False:
        message, hint = "no video can match: the conditions contradict each other", "take out or widen one of them"
        raise ValidationError([error("contradiction", "", message, hint)], brief(expression))
    if constant is True:
        message = "every video matches, and the API has no query for that"
        raise ValidationError(
            [error("empty-query", "", message, "take out what makes it hold for all")], brief(expression)
        )


def _refuse_many(expression: Expression, limit: int) -> NoReturn:
    message = f"{brief(expression)}: this takes more than the limit of {limit} queries"
    raise NeedsSeveralQueries(f"{message}; allow more with limit=…, or ask for fewer combinations of fields")


# As written


def _as_written(expression: Expression) -> Query | None:
    """The query of an expression that has its shape already, in the order written."""
    parts = expression.terms if isinstance(expression, And) else (expression,)
    and_: list[Condition] = []
    or_: tuple[Expression, ...] = ()
    not_: list[Condition] = []
    for part in parts:
        if isinstance(part, Condition):
            and_.append(part)
        elif isinstance(part, Not) and isinstance(part.term, Condition):
            not_.append(part.term)
        elif isinstance(part, Not) and isinstance(part.term, Or) and _are_conditions(part.term.terms):
            not_ += part.term.terms  # type: ignore[arg-type]
        elif isinstance(part, Or) and (not or_ or or_ == part.terms) and _are_conditions(part.terms):
            or_ = part.terms
        else:
            return None
    return Query([*dict.fromkeys(and_)], [*dict.fromkeys(or_)], [*dict.fromkeys(not_)])  # type: ignore[list-item]


def _are_conditions(parts: Iterable[Expression]) -> bool:
    return all(isinstance(part, Condition) for part in parts)


def _constant_query(query: Query) -> bool | None:
    """False if the query can match nothing, True if it matches everything."""
    every = (*query.and_, *query.or_, *query.not_)
    if len({condition.field_name for condition in every}) == len(every) and not any(map(_can_be_constant, every)):
        return None
    held = limits((condition.parts for condition in query.and_), (condition.parts for condition in query.not_))
    if held.is_empty or (query.or_ and not any(held.allows(condition.parts) for condition in query.or_)):
        return False
    if held.forbidden or any(FIELDS[condition.field_name].many_valued for condition in query.and_):
        return None
    if not all(values.is_full for values in held.left.values()):
        return None
    by_field: dict[str, list[Domain]] = {}
    for condition in query.or_:
        if not FIELDS[condition.field_name].many_valued:
            held_by = domain(FIELDS[condition.field_name], condition.operation, condition.field_values)
            by_field.setdefault(condition.field_name, []).append(held_by)
    return True if not query.or_ or any(join(group).is_full for group in by_field.values()) else None


def _can_be_constant(condition: Condition) -> bool:
    """Whether a condition may be met by nothing, or by everything, without another on its field."""
    table = FIELDS[condition.field_name].values
    return condition.field_name == "create_date" or (bool(table) and len(condition.field_values) >= len(table))


# Rewritten


def _query(term: Term, order: Order) -> Query:
    and_: list[Condition] = []
    not_: list[Condition] = []
    or_: list[Condition] = []
    for said in term.literals:
        held = box(said, order)
        assert held is not None
        and_ += held[0]
        not_ += held[1]
    for said in term.clause:
        positive = alternatives(said, order)
        assert positive is not None
        or_ += positive
    return Query(and_, or_, not_)


def _fewest(expression: Expression, form: Compound | Literal, limit: int) -> Sequence[Term]:
    """The terms that together mean the form: the fewest, where that can be found."""
    written: list[Term] | None = None
    with suppress(TooManyTerms):
        written = terms(form, limit)
    if written is not None and (not written or Term() in written):
        _refuse_constant(expression, bool(written))
    if written is not None and len(written) == 1:
        return written
    worlds = Worlds.of(literals_of(form))
    if worlds is None:
        return written if written is not None else _refuse_many(expression, limit)
    meant = worlds.where_form(form)
    if meant in (0, worlds.everything):
        _refuse_constant(expression, meant != 0)
    search = Search(worlds, meant)
    one = search.one_term(meant)
    if one is not None:
        return [one]
    found = written if written and len(written) == 2 else search.cover(written or [], limit)
    if len(found) > limit:
        _refuse_many(expression, limit)
    return search.disjoint(found)
