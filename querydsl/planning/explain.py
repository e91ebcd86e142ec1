"""A plan in plain words: how many requests it has, why, and which narrower questions need fewer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

from .. import showing
from ..compiler.queries import to_queries
from ..errors import QueryDSLError
from ..language.expressions import And, Condition, Expression, Not, Or, all_of, any_of, brief, none_of
from ..moments import utc_now
from ..requests.query import Query
from ..requests.request import Request
from ..spec.values import day_text
from ..tables import DAILY_CALLS, DEFAULT_COUNT, FIELDS, LAG_DAYS
from .days import Rest
from .windows import MAX_DAYS

#: How many queries, and how many proposals, are listed.
_QUERIES, _PROPOSALS = 20, 3


class Share(NamedTuple):
    """A query of some days, and its requests, of which there is at least one."""

    query: Query
    requests: Sequence[Request]


class Costs(NamedTuple):
    """The minimal calls of two plans for the same videos; None for a plan that takes too many queries."""

    exact: int | None
    wider: int | None
    #: Whether the explained plan is the wider one.
    is_wider: bool


def explanation(
    shares: Sequence[Share],
    span: tuple[date, date],
    rests: Sequence[tuple[Rest, int]],
    window_days: int,
    *,
    now: datetime | None,
    costs: Costs | None,
) -> Iterator[str]:
    """The lines of `Plan.explain`; `rests` has the number of queries for each rest of the expression."""
    requests = [request for share in shares for request in share.requests]
    yield f"{showing.count(len(requests), 'request')} at least, for {_days(*span)}"
    if not requests:
        return
    quota = -(-len(requests) // DAILY_CALLS)
    yield f"A day's quota is {DAILY_CALLS:,} calls, so this takes the quota of {showing.count(quota, 'day')} at least."
    yield from _reasons(shares, rests, window_days)
    if costs is not None:
        yield from _compared(costs)
    yield from _pages(requests)
    fresh = too_fresh(requests, now)
    if fresh is not None:
        yield fresh
    number = 0
    for share in shares[:_QUERIES]:
        yield ""
        yield brief(share.query.to_expression(), 1_000)
        yield f"  {_told(share, number + 1)}"
        number += len(share.requests)
    if len(shares) > _QUERIES:
        yield ""
        yield f"… and {showing.count(len(shares) - _QUERIES, 'more query', 'more queries')}"
    rest, most = max(rests, key=lambda one: one[1])
    if isinstance(rest, Expression) and most > 1:
        yield from _proposals(rest, most)


def _reasons(shares: Sequence[Share], rests: Sequence[tuple[Rest, int]], window_days: int) -> Iterator[str]:
    most = max(count for _, count in rests)
    if len(rests) > 1:
        yield "The conditions on create_date leave different questions on different days, each with its own queries."
    if most > 1:
        takes = f"A day takes up to {most} queries" if len(rests) > 1 else f"The expression takes {most} queries"
        yield (
            f"{takes}, for the lists and, or, not of a query do not nest. "
            "A query may leave out what an earlier one finds, so that no video costs quota twice."
        )
    if any(len(_windows(share)) > 1 for share in shares):
        spans = "A request spans" if window_days == MAX_DAYS else "As was asked, a request spans"
        yield f"{spans} at most {showing.count(window_days, 'day')}, so the days are cut into windows."


def _compared(costs: Costs) -> Iterator[str]:
    many = "more queries than a plan may have"
    exact = many if costs.exact is None else f"{showing.count(costs.exact, 'call')} at least"
    wider = many if costs.wider is None else f"{costs.wider:,} at least"
    yield f"Two ways to ask, exact: {exact}; one wider query: {wider}."
    if costs.is_wider:
        yield (
            "This is the wider one: it also finds videos for which the expression does not hold. They are left out on "
            "your computer, where matching is exact; the API's is approximate."
        )
    else:
        yield (
            "This is the exact one. The wider one also finds videos for which the expression does not hold, and they "
            "are left out on your computer: ask for it with plan(wider=True), or --wider."
        )


def _pages(requests: Sequence[Request]) -> Iterator[str]:
    count = requests[0].max_count or DEFAULT_COUNT
    if requests[0].is_random:
        yield (
            f"Each is a single page of at most {count} videos in random order, however many videos its days have: "
            "together they are not a uniform sample."
        )
    else:
        yield f"An answer has at most {count} videos; where there are more, each further page is another call."


def too_fresh(
    requests: Sequence[Request], now: datetime | None = None, *, spelt: Callable[[date], str] = day_text
) -> str | None:
    """The days of some requests that are too fresh or have not begun, as a sentence; None if there are none.

    A day is complete 48 hours after its end. `now` is an aware moment; the default is the present. `spelt` gives the
    text of a day; the default is the API's.

    >>> from datetime import date
    >>> from querydsl import Region
    >>> request = Request(Query([Region == "US"]), date(2023, 1, 1), date(2023, 1, 7))
    >>> too_fresh([request], datetime(2023, 1, 9, tzinfo=timezone.utc)).split(":")[0]
    '20230107 is too fresh to be complete'
    """
    today = (now or utc_now()).astimezone(timezone.utc).date()
    first_fresh = today - timedelta(days=LAG_DAYS)
    last = max((request.end_date for request in requests), default=date.min)
    if last < first_fresh:
        return None
    first = min(request.start_date for request in requests)
    again = last + timedelta(days=LAG_DAYS + 1) if last < date.max - timedelta(days=LAG_DAYS) else date.max
    told = []
    if first <= today:
        days, are = _spelt(max(first, first_fresh), min(last, today), spelt, "is", "are")
        told.append(f"{days} {are} too fresh to be complete: a video takes up to 48 hours to be found")
    if last > today:
        days, have = _spelt(max(first, today + timedelta(days=1)), last, spelt, "has", "have")
        told.append(f"{days} {have} not begun")
    return f"{'; '.join(told)}. All of their videos can be found from {spelt(again)} on (UTC)."


def _spelt(first: date, last: date, spelt: Callable[[date], str], one: str, several: str) -> tuple[str, str]:
    """Days in words, with the verb for their number."""
    return (spelt(first), one) if first == last else (f"{spelt(first)} to {spelt(last)}", several)


def _windows(share: Share) -> list[tuple[date, date]]:
    return [*dict.fromkeys((request.start_date, request.end_date) for request in share.requests)]


def _told(share: Share, number: int) -> str:
    """The requests of a query in one line: their numbers, their windows, and the days that these leave out."""
    count, cut = len(share.requests), _windows(share)
    which = f"request {number:,}" if count == 1 else f"requests {number:,} to {number + count - 1:,}"
    parts = [f"{len(cut):,} windows"] if len(cut) > 1 else []
    parts += [f"{showing.count(count // len(cut), 'draw')} each"] if count > len(cut) else []
    own = set(share.query.not_)
    left_out = sum(
        len(condition.field_values)
        for request in {request.start_date: request for request in share.requests}.values()
        for condition in request.query.not_
        if condition.field_name == "create_date" and condition not in own
    )
    parts += [f"less {showing.count(left_out, 'day')} inside"] if left_out else []
    told = f" ({', '.join(parts)})" if parts else ""
    return f"{which}: {_days(cut[0][0], cut[-1][1])}{told}"


def _days(first: date, last: date) -> str:
    return f"{day_text(first)} to {day_text(last)}"


def _proposals(expression: Expression, needed: int) -> Iterator[str]:
    """Narrower questions that take fewer queries."""
    found = []
    for part, instead in _narrower(expression):
        parts = expression.terms if isinstance(expression, And) else (expression,)
        try:
            count = len(to_queries(all_of(instead if other is part else other for other in parts), needed))
        except QueryDSLError:
            continue  # this question has a constant answer
        if count < needed:
            found.append((count, part, instead))
    if found:
        yield ""
        yield "Narrower questions that take fewer queries:"
    for count, part, instead in sorted(found, key=lambda proposal: proposal[0])[:_PROPOSALS]:
        yield f"  {showing.count(count, 'query', 'queries')} with  {brief(instead)}"
        yield f"  {'instead of'.rjust(len('1 query with'))}  {brief(part)}"


def _narrower(expression: Expression) -> Iterator[tuple[Expression, Expression]]:
    """Parts of an expression that cost queries, each with a narrower part that may cost fewer."""
    for part in expression.terms if isinstance(expression, And) else (expression,):
        if isinstance(part, Or):
            for field in dict.fromkeys(term.field_name for term in part.terms if isinstance(term, Condition)):
                on_field = [term for term in part.terms if isinstance(term, Condition) and term.field_name == field]
                if FIELDS[field].many_valued and len(on_field) < len(part.terms):
                    yield part, any_of(on_field)
        elif isinstance(part, Not) and isinstance(part.term, And):
            yield part, none_of(part.term.terms)
