"""A plan in plain words: how many requests, why as many, and what to ask instead to need fewer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from ..errors import QueryDSLError
from ..language.expressions import And, Condition, Expression, Not, Or, all_of, any_of, brief, none_of
from ..requests.query import Query
from ..requests.request import Request
from ..spec.values import day_text
from ..tables import DAILY_CALLS, DEFAULT_COUNT, FIELDS, MAX_DAYS_APART
from .queries import to_queries

#: Windows that are listed for each query, queries that are listed at all, and proposals.
_LISTED, _QUERIES, _PROPOSALS = 12, 20, 3


def explanation(
    expression: Expression, span: tuple[date, date], queries: Sequence[tuple[Query, int]], requests: Sequence[Request]
) -> Iterator[str]:
    """The lines of `Plan.explain`: of each query is given how many of the requests are its own."""
    yield f"{_count(len(requests), 'request')} at least, for {_days(*span)}"
    if len(queries) > 1:
        yield (
            f"The expression takes {len(queries)} queries: no single one can say it with the API's lists and, or, not. "
            "A query may leave out what an earlier one finds, so that no video costs quota twice."
        )
    if len(requests) > len(queries):
        yield f"A request spans at most {MAX_DAYS_APART + 1} days, so the days are cut into windows."
    count = requests[0].max_count or DEFAULT_COUNT
    if requests[0].is_random:
        yield f"Each is a single page of at most {count} videos in random order."
    else:
        yield (
            f"An answer has at most {count} videos; where there are more, each further page is another "
            f"call. A day's quota is {DAILY_CALLS:,}."
        )
    number = 0
    for query, share in queries[:_QUERIES]:
        yield ""
        yield brief(query.to_expression(), 1_000)
        for place, request in enumerate(requests[number : number + share], number + 1):
            if place == number + _LISTED and share > _LISTED:
                last = requests[number + share - 1]
                yield f"  … to {number + share}. {_days(last.start_date, last.end_date)}"
                break
            yield f"  {place}. {_days(request.start_date, request.end_date)}"
        number += share
    if len(queries) > _QUERIES:
        yield ""
        yield f"… and {len(queries) - _QUERIES} queries more"
    if len(queries) > 1:
        yield from _proposals(expression, len(queries))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _days(first: date, last: date) -> str:
    return f"{day_text(first)} to {day_text(last)}"


def _proposals(expression: Expression, needed: int) -> Iterator[str]:
    """What to ask instead, where that takes fewer queries: each is a narrower question."""
    found = []
    for part, instead in _narrower(expression):
        parts = expression.terms if isinstance(expression, And) else (expression,)
        try:
            count = len(to_queries(all_of(instead if other is part else other for other in parts), needed))
        except QueryDSLError:
            continue  # asked like that, it is nothing, or everything
        if count < needed:
            found.append((count, part, instead))
    if found:
        yield ""
        yield "Narrower questions that take fewer queries:"
    for count, part, instead in sorted(found, key=lambda proposal: proposal[0])[:_PROPOSALS]:
        yield f"  {'1 query' if count == 1 else f'{count} queries'} with  {brief(instead)}"
        yield f"  {'instead of'.rjust(len('1 query with'))}  {brief(part)}"


def _narrower(expression: Expression) -> Iterator[tuple[Expression, Expression]]:
    """Parts of an expression that cost queries, each with a narrower one that may not."""
    for part in expression.terms if isinstance(expression, And) else (expression,):
        if isinstance(part, Or):
            for field in dict.fromkeys(term.field_name for term in part.terms if isinstance(term, Condition)):
                on_field = [term for term in part.terms if isinstance(term, Condition) and term.field_name == field]
                if FIELDS[field].many_valued and len(on_field) < len(part.terms):
                    yield part, any_of(on_field)
        elif isinstance(part, Not) and isinstance(part.term, And):
            yield part, none_of(part.term.terms)
