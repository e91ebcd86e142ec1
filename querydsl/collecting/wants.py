"""A plan -> the wants of a run: for each query all its days, regardless of the windows of the requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import attrs

from ..errors import error, raise_errors
from ..language.expressions import Expression, any_of, source
from ..ledger import days as spans
from ..ledger.agenda import Want
from ..ledger.days import Days
from ..ledger.recovery import Job
from ..ledger.rests import Rest, pieces
from ..ledger.standing import Fields
from ..matching.meaning import fields_of
from ..planning.days import rests
from ..planning.plan import Plan
from ..planning.requests_of import requests_of
from ..requests.request import Request
from ..tables import ALL_FIELDS


@attrs.frozen
class Asking:
    """What a run of a collection asks for."""

    wants: tuple[Want, ...]
    #: How many requests were given.
    requests: int
    #: The expression that each video is checked against; None for a list of requests, which has none.
    expression: Expression | None
    #: The text that identifies the collection: its expression.
    text: str
    fields: Fields
    #: The rests of the expression as text, each with its days.
    rests: tuple[tuple[str, Days], ...] = ()
    #: Whether wider queries are asked.
    wider: bool = False

    @property
    def days(self) -> Days:
        """All days that are asked for."""
        return spans.union(want.days for want in self.wants)


def asking(plan: Request | Iterable[Request], taker: str = "collect") -> Asking:
    """What a plan, or any requests, ask for; `taker` is the name of the function that takes them.

    `id`, `create_time` and the fields that the expression reads are asked for in addition to the named fields. Raises
    ValidationError for a request that continues a search.
    """
    requests = list(requests_of(plan, taker))
    for request in requests:
        _check(request, taker)
    given = list(dict.fromkeys(request for request in requests if not request.is_random))
    given += [request for request in requests if request.is_random]
    expression = plan.expression if isinstance(plan, Plan) else None
    fields = _fields(given, expression)
    if expression is not None:
        text = source(expression)
    else:
        queries = {repr(request.query.to_expression()): request.query.to_expression() for request in given}
        text = repr(any_of(*(queries[name] for name in sorted(queries)))) if queries else ""
    wants = _wants(given, fields)
    if isinstance(plan, Plan):
        wants = [attrs.evolve(want, longest=plan.window_days) for want in wants]
    is_wider = isinstance(plan, Plan) and plan.wider
    return Asking(tuple(wants), len(given), expression, text, fields, _rests(expression, wants), is_wider)


def _rests(expression: Expression | None, wants: Sequence[Want]) -> tuple[tuple[str, Days], ...]:
    if expression is None:
        return ()
    asked = spans.union(want.days for want in wants)
    left = [(_text(rest), spans.common(Days(days.spans), asked)) for rest, days in rests(expression).items()]
    return tuple((text, days) for text, days in left if days.spans)


def _text(rest: Expression | bool) -> str:
    return str(rest) if isinstance(rest, bool) else source(rest)


def with_queries(asked: Asking, days: Days, queries: Iterable[Rest]) -> Asking:
    """The same, with other queries on some days: the queries that a collection has asked there before."""
    there = [want for want in asked.wants if not want.draws and spans.common(want.days, days).spans]
    others = [attrs.evolve(want, days=spans.minus(want.days, days)) if want in there else want for want in asked.wants]
    fresh = [attrs.evolve(there[0], rest=rest, days=days) for rest in queries] if there else []
    by_key: dict[object, list[Want]] = {}
    for want in (*others, *fresh):
        if want.days.spans:
            by_key.setdefault((want.rest.key, want.days, want.max_count) if want.draws else want.rest.key, []).append(
                want
            )
    return attrs.evolve(asked, wants=tuple(map(_joined, by_key.values())))


def _check(request: Request, taker: str) -> None:
    if request.cursor or request.search_id is not None:
        message = "a request with a cursor or a search_id is a part of a search, and says nothing of its days"
        hint = "leave both out: collect follows each search, and goes on with it in a later run"
        raise_errors([error("range", "", message, hint)], taker)


def _fields(requests: Sequence[Request], expression: Expression | None) -> Fields:
    names = {name for request in requests for name in request.fields}
    read = () if expression is None else [field.video_field for field in fields_of(expression)]
    return Fields(frozenset({"id", "create_time", *names, *read}), named=not names.issuperset(ALL_FIELDS))


def _wants(requests: Sequence[Request], fields: Fields) -> list[Want]:
    found: dict[object, list[Want]] = {}
    for request in requests:
        window = spans.span(request.start_date.toordinal(), request.end_date.toordinal())
        shares = pieces(request.query, window)
        left_out = spans.minus(window, spans.union(days for _, days in shares))
        for rest, days in shares:
            draws = 1 if request.is_random else 0
            key = (rest.key, days, request.max_count) if draws else rest.key
            want = Want(rest, days, fields, spans.count(window), request.max_count, left_out, draws)
            found.setdefault(key, []).append(want)
    return [_joined(several) for several in found.values()]


def _joined(several: Sequence[Want]) -> Want:
    days = spans.union(want.days for want in several)
    return attrs.evolve(
        several[0],
        days=days,
        longest=max(want.longest for want in several),
        max_count=max((want.max_count for want in several if want.max_count is not None), default=None),
        bridges=spans.minus(spans.union(want.bridges for want in several), days),
        draws=sum(want.draws for want in several),
    )


def request_of(want: Want, job: Job) -> Request:
    """The request of a search: from its want, or as it started."""
    fields = want.fields if job.began is None else job.began.fields
    first, last = (date.fromordinal(day) for day in spans.bounds(job.days))
    return Request(
        want.rest.on(job.days),
        first,
        last,
        fields=[name for name in ALL_FIELDS if name in fields.names],
        max_count=want.max_count if job.began is None else job.began.max_count,
        is_random=True if job.draw else None,
    )
