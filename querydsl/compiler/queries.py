"""Expression -> the fewest queries that together mean exactly the same.

One query can hold one `Term`. An expression of this shape is taken as written. For any other, the compiler makes a
truth table. There two expressions mean the same exactly if their ints are equal. Then the compiler

1. takes the terms of the normal form, if there are few: a single one is the answer;
2. looks for one term that means the expression; if there is none, two terms are the fewest possible;
3. covers the expression with prime implicants: exactly for few rows, by widening and dropping terms for more.

If an expression has too many rows for a table, its normal form's terms are the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain
from typing import NoReturn

from ..errors import NeedsSeveralQueries, ValidationError, error
from ..language.expressions import And, Condition, Expression, Not, Or, brief, conditions
from ..requests.query import Query
from ..showing import in_python
from ..spec.value_sets import Spans, limits
from ..tables import FIELDS
from .constraints import Constraint, Order, alternatives, and_not, conjoined, fits_or
from .factoring import normal_form, set_apart
from .forms import Part, constraints_of
from .set_cover import CoverSearch
from .terms import Term, TooManyTerms, disjoint, terms, without_implied
from .truth_table import TruthTable


def to_query(expression: Expression) -> Query:
    """The one query that means exactly what the expression means.

    An expression that has the API's shape is taken as written, without repeats. Raises NeedsSeveralQueries if no single
    query means the same, and ValidationError if every video matches, or no video can.

    >>> from querydsl import Length, Region
    >>> to_query((Length != "SHORT") | (Region == "US"))
    Query(and_=(), or_=(Length.in_('MID', 'LONG', 'EXTRA_LONG'), Region == 'US'), not_=())
    """
    written = _as_written(expression)
    if isinstance(written, bool):
        refuse_constant(expression, written)
    if written is not None:
        return written
    try:
        queries = to_queries(expression)
    except NeedsSeveralQueries:
        message = f"{brief(expression)}: this takes very many queries; to_queries(…, limit=…) goes further than 100"
        raise NeedsSeveralQueries(message) from None
    if len(queries) > 1:
        message = (
            f"{brief(expression)}: it takes {len(queries)} queries; to_queries(…) gives them, which together mean this"
        )
        raise NeedsSeveralQueries(message, len(queries))
    return queries[0]


def to_queries(expression: Expression, limit: int = 100) -> tuple[Query, ...]:
    """The fewest queries that together mean exactly what the expression means.

    No video is in two of the queries if that costs no further query and can be found cheaply. Raises
    NeedsSeveralQueries if there are more than `limit`, and ValidationError if every video matches, if no video can, and
    for a limit that is not a whole number from 1 on.

    >>> from querydsl import Hashtag
    >>> for query in to_queries(~((Hashtag == "a") & (Hashtag == "b"))):
    ...     print(query)
    Query(and_=(), or_=(), not_=(Hashtag == 'a',))
    Query(and_=(Hashtag == 'a',), or_=(), not_=(Hashtag == 'b',))
    """
    check_limit(limit)
    queries = compiled(expression, limit)
    return refuse_constant(expression, queries) if isinstance(queries, bool) else queries


def check_limit(limit: object) -> None:
    """Raise ValidationError for a limit of queries that is not a whole number from 1 on."""
    if type(limit) is not int or limit < 1:
        problem = error("range", "", f"{in_python(limit)} is not a whole number from 1 on", "write one, such as 100")
        raise ValidationError([problem], "limit")


def compiled(expression: Expression, limit: int) -> tuple[Query, ...] | bool:
    """The queries of an expression, as in `to_queries`; True if every video matches, False if none can."""
    written = _as_written(expression)
    if written is not None:
        return written if isinstance(written, bool) else (written,)
    form = normal_form(expression)
    found = form if isinstance(form, bool) else _fewest(expression, form, limit)
    if isinstance(found, bool):
        return found
    order = order_of(expression)
    return tuple(query_of(term, order) for term in found)


def order_of(expression: Expression) -> Order:
    """The position of each value of each field in an expression."""
    order: dict[tuple[str, str], int] = {}
    for condition in conditions(expression):
        for value in condition.field_values:
            order.setdefault((condition.field_name, value), len(order))
    return order


def matches_everything(expression: Expression, limit: int) -> bool:
    """Whether `compiled` would give True, without the search for the fewest queries."""
    form = normal_form(expression)
    if isinstance(form, bool):
        return form
    written = _written(form, limit)
    if written is not None and len(written) < 2:
        return Term() in written
    table = _table(form, written or ())
    return table is not None and table.where_form(form) == table.all_rows


def refuse_constant(expression: Expression, constant: bool) -> NoReturn:
    """Raise ValidationError if every video matches (True) or none can (False)."""
    if constant:
        message, hint = "every video matches, and the API has no query for that", "take out what makes it hold for all"
        raise ValidationError([error("empty-query", "", message, hint)], brief(expression))
    message, hint = "no video can match: the conditions contradict each other", "take out or widen one of them"
    raise ValidationError([error("contradiction", "", message, hint)], brief(expression))


def _refuse_many(expression: Expression, limit: int) -> NoReturn:
    message = f"{brief(expression)}: this takes more than the limit of {limit} queries"
    raise NeedsSeveralQueries(f"{message}; allow more with limit=…, or ask for fewer combinations of fields")


# As written


def _as_written(expression: Expression) -> Query | bool | None:
    """The query of an expression that has the shape of one, in the order written and without repeats; or a constant."""
    if not isinstance(expression, Expression):
        raise TypeError(f"{brief(expression)}: only an expression has queries; compare the field first")
    lists = _flattened(expression)
    if lists is None:
        return None
    if _has_each_field_once(lists):
        return Query(*lists)
    query = Query(*(tuple(dict.fromkeys(conditions)) for conditions in lists))
    constant = _constant(query)
    return query if constant is None else constant


def _flattened(expression: Expression) -> tuple[list[Condition], list[Condition], list[Condition]] | None:
    """The conditions for the lists `and`, `or` and `not`, if the expression has the shape of a query."""
    and_: list[Condition] = []
    or_: list[Condition] = []
    not_: list[Condition] = []
    seen: set[int] = set()
    stack = [expression]
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue  # a repeat
        seen.add(id(part))
        inner = part.term if isinstance(part, Not) else part
        if isinstance(inner, Condition):
            (and_ if inner is part else not_).append(inner)
            continue
        if isinstance(part, And):
            stack += reversed(part.parts)
            continue
        terms = inner.different if isinstance(inner, Or) else ()
        group = [term for term in terms if isinstance(term, Condition)]
        if not terms or len(group) < len(terms) or (inner is part and or_ and or_ != group):
            return None
        if inner is part:
            or_ = group
        else:
            not_ += group
    return and_, or_, not_


def _has_each_field_once(lists: Iterable[Iterable[Condition]]) -> bool:
    """Whether no field appears twice, and each condition lists some of its values, but not a whole table.

    Most expressions are like that. Then there are no repeats, and the whole is not a constant.
    """
    fields: set[str] = set()
    for condition in chain.from_iterable(lists):
        name = condition.field_name
        of_values = condition.operation in ("EQ", "IN")
        if name in fields or not of_values or len(condition.field_values) == len(FIELDS[name].values):
            return False
        fields.add(name)
    return True


def _constant(query: Query) -> bool | None:
    """False if the query can match nothing, True if it matches everything."""
    required, alternatives, excluded = (
        [condition.parts for condition in conditions] for conditions in (query.and_, query.or_, query.not_)
    )
    left = limits(required, excluded)
    if left.is_empty or (alternatives and not any(map(left.allows, alternatives))):
        return False
    # "one of these holds" is true of all videos exactly if no video is excluded by all of them
    return True if left.is_full and (not alternatives or limits((), alternatives).is_empty) else None


# Rewritten


def query_of(term: Term, order: Order) -> Query:
    """Write a term as a query; values are listed in the given order."""
    and_: list[Condition] = []
    not_: list[Condition] = []
    or_: list[Condition] = []
    for constraint in term.constraints:
        lists = and_not(constraint, order)
        assert lists is not None
        and_ += lists[0]
        not_ += lists[1]
    for constraint in term.clause:
        positive = alternatives(constraint, order)
        assert positive is not None
        or_ += positive
    return Query(and_, or_, not_)


def _fewest(expression: Expression, form: Part, limit: int) -> Sequence[Term] | bool:
    """The fewest terms that together mean the form, if they can be found; or a constant."""
    beside, rest = set_apart(form)
    found = rest if isinstance(rest, bool) else _fewest_of(expression, rest, limit)
    if isinstance(found, bool):
        return [Term(tuple(beside))] if found and beside else found
    return [_with(beside, term) for term in found]


def _with(beside: Sequence[Constraint], term: Term) -> Term:
    constraints = conjoined([*beside, *term.constraints])
    assert constraints is not None  # the terms share no video
    return term._replace(constraints=tuple(constraints))


def _fewest_of(expression: Expression, form: Part, limit: int) -> Sequence[Term] | bool:
    written = _written(form, limit)
    if written is not None and (not written or Term() in written):
        return bool(written)
    if written is not None and len(written) == 1:
        return written
    table = _table(form, written or ())
    if table is None:
        return disjoint(without_implied(written)) if written is not None else _refuse_many(expression, limit)
    meant = table.where_form(form)
    if meant in (0, table.all_rows):
        return meant != 0
    search = CoverSearch(table, meant, tuple(dict.fromkeys(one for one in _ordered(written or ()) if fits_or(one))))
    one = search.single_term(meant)
    if one is not None:
        return [one]
    found = written if written and len(written) == 2 else search.cover(written or [], limit)
    if len(found) > limit:
        _refuse_many(expression, limit)
    return search.disjoint(found)


def _written(form: Part, limit: int) -> list[Term] | None:
    """The terms of the normal form; None if there are more than the limit."""
    with suppress(TooManyTerms):
        return terms(form, limit)
    return None


def _table(form: Part, written: Iterable[Term]) -> TruthTable | None:
    """The table that tells apart all that a form and its terms tell apart: terms may be looser about an order."""
    return TruthTable.of([*constraints_of(form), *_ordered(written)])


def _ordered(written: Iterable[Term]) -> list[Constraint]:
    """The constraints of terms on days and counts."""
    of_terms = (one for term in written for one in (*term.constraints, *term.clause))
    return [one for one in of_terms if isinstance(one.values, Spans)]
