"""Expression -> the fewest queries that together mean exactly the same.

What one query can hold is a `Term`. An expression that has this shape is taken as it is written. For any other, the
videos that it can tell apart (its worlds) are numbered, so that equality is equality of ints, and the compiler

1. takes the terms of its normal form, if there are not too many: a single one is the answer;
2. looks for the one term that means the expression; if there is none, two terms are the fewest;
3. for few worlds, covers the expression exactly with the widest terms in it; for more, widens and drops terms.

An expression with too many worlds to number keeps the terms of its normal form.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NoReturn, TypeGuard

from ..errors import NeedsSeveralQueries, ValidationError, error
from ..language.expressions import MAX_ITEMS, And, Condition, Expression, Not, Or, brief, conditions
from ..requests.query import Query
from ..spec.value_sets import Domain, domain, join, limits
from ..tables import FIELDS
from .constraints import Literal, Order, alternatives, box, fits_clause
from .set_cover import Search
from .terms import Compound, Term, TooManyTerms, literals_of, normal_form, terms
from .truth_table import Worlds


def to_query(expression: Expression) -> Query:
    """The one query that means exactly what the expression means.

    An expression that has the API's shape is taken as written, without repeats. Raises NeedsSeveralQueries if no
    single query means the same, and ValidationError for what nothing, or everything, matches.

    >>> from querydsl import Length, Region
    >>> to_query((Length != "SHORT") | (Region == "US"))
    Query(and_=(), or_=(Length.in_('MID', 'LONG', 'EXTRA_LONG'), Region == 'US'), not_=())
    """
    written = _as_written(expression)
    if written is not None:
        return written
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
    written = _as_written(expression)
    if written is not None:
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
    if not isinstance(expression, Expression):
        raise TypeError(f"{brief(expression)}: only an expression has queries; compare the field first")
    and_: list[Condition] = []
    or_: tuple[Condition, ...] = ()
    not_: list[Condition] = []
    stack = [expression]
    while stack:
        part = stack.pop()
        if type(part) is Condition:
            and_.append(part)
        elif type(part) is And:
            stack += reversed(part.parts)
        elif type(part) is Not and type(part.term) is Condition:
            not_.append(part.term)
        else:
            group = part.term if isinstance(part, Not) else part
            if not isinstance(group, Or) or not _are_conditions(group.terms):
                return None
            if group is not part:
                not_ += group.terms
            elif or_ and or_ != group.terms:
                return None
            else:
                or_ = group.terms
    if _is_plain((*and_, *or_, *not_)):
        return Query(and_, or_, not_)
    query = Query(*(tuple(dict.fromkeys(group)) for group in (and_, or_, not_)))
    _refuse_constant(expression, _constant_query(query))
    return query


def _is_plain(every: tuple[Condition, ...]) -> bool:
    """Whether no field stands there twice, and none is used up by a single condition: then nothing is repeated, and
    the whole is no constant.
    """
    fields = set()
    for condition in every:
        name = condition.field_name
        if name in fields or len(condition.field_values) >= _WHOLE.get(name, MAX_ITEMS):
            return False
        fields.add(name)
    return True


#: As many values may be all there are; of days a single one can be, as in "after the last".
_WHOLE: Final = {"create_date": 1, **{name: len(field.values) for name, field in FIELDS.items() if field.values}}


def _are_conditions(parts: tuple[Expression, ...]) -> TypeGuard[tuple[Condition, ...]]:
    return all(isinstance(part, Condition) for part in parts)


def _constant_query(query: Query) -> bool | None:
    """False if the query can match nothing, True if it matches everything."""
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
    # the terms may say less at once of days than the form, so what they say takes part in telling videos apart
    said = [one for term in written or () for one in (*term.literals, *term.clause) if one.field == "create_date"]
    worlds = Worlds.of([*literals_of(form), *said])
    if worlds is None:
        return written if written is not None else _refuse_many(expression, limit)
    meant = worlds.where_form(form)
    if meant in (0, worlds.everything):
        _refuse_constant(expression, meant != 0)
    search = Search(worlds, meant, tuple(dict.fromkeys(one for one in said if fits_clause(one))))
    one = search.one_term(meant)
    if one is not None:
        return [one]
    found = written if written and len(written) == 2 else search.cover(written or [], limit)
    if len(found) > limit:
        _refuse_many(expression, limit)
    return search.disjoint(found)
