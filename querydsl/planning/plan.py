"""A plan: the requests for a selection, which are the queries of each day, cut into windows of days.

`select(...)` starts a selection; each step returns a new object. Days are UTC, and both ends are included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final, NoReturn, overload

import attrs

from .. import showing
from ..compiler.constraints import listing
from ..compiler.queries import check_limit, compiled, refuse_constant
from ..errors import NeedsSeveralQueries, ValidationError, error, raise_errors
from ..language.expressions import Expression, Incomplete, all_of, brief, conditions
from ..requests.query import Query
from ..requests.request import Request, checked_fields
from ..showing import in_python
from ..spec.request_rules import REQUEST_RULES
from ..spec.value_sets import Spans, days
from ..spec.values import as_day, day_text
from ..tables import ALL_FIELDS, DAILY_CALLS, FIELDS, MAX_COUNT
from .days import Rest, by_query, rests, stretches
from .explain import Costs, Share, explanation
from .wider import wider as widened
from .windows import MAX_DAYS, Window, windows

#: How many characters of a query a table shows.
_LONGEST: Final = 1_000

#: A day may take this many queries unless the caller allows another number.
MAX_QUERIES: Final = 100

#: The paging keys of a request.
PAGE_KEYS: Final = ("max_count", "cursor", "search_id", "is_random")


@attrs.frozen(repr=False)
class Plan(Sequence[Request]):
    """The requests that together ask for a selection: an immutable sequence. A slice of a plan is a plan too.

    >>> from querydsl import Region
    >>> plan = select("id").where(Region == "US").between("20230101", "20230331").plan()
    >>> len(plan), plan[-1].start_date, len(plan[1:])
    (3, datetime.date(2023, 3, 4), 2)
    """

    requests: tuple[Request, ...]
    #: For each request, the query of its days, without the condition for days that its window leaves out.
    day_queries: tuple[Query, ...] = attrs.field(repr=False)
    #: The selection, and the days asked for; for a slice, the days of its requests.
    expression: Expression = attrs.field(repr=False)
    start_date: date = attrs.field(repr=False)
    end_date: date = attrs.field(repr=False)
    #: The rests of the expression on the days asked for (True: every video), each with its number of queries.
    rests: tuple[tuple[Rest, int], ...] = attrs.field(repr=False)
    #: At most this many days are in a window.
    window_days: int = attrs.field(default=MAX_DAYS, repr=False)
    #: Whether one wider query may replace several. Then the answers may contain videos for which the expression does
    #: not hold.
    wider: bool = attrs.field(default=False, repr=False)
    #: Whether these are all requests of the selection, and not a slice.
    is_whole: bool = attrs.field(default=True, repr=False)

    @property
    def queries(self) -> tuple[tuple[Query, int], ...]:
        """The queries of the days, each with the number of its requests, in the order of the requests."""
        return tuple((query, sum(1 for _ in group)) for query, group in groupby(self.day_queries))

    def __repr__(self) -> str:
        days = f"{day_text(self.start_date)} to {day_text(self.end_date)}"
        return f"<Plan of {len(self)} request{'' if len(self) == 1 else 's'}, {days}: {brief(self.expression)}>"

    def __len__(self) -> int:
        return len(self.requests)

    def __iter__(self) -> Iterator[Request]:
        return iter(self.requests)

    @overload
    def __getitem__(self, index: int) -> Request: ...
    @overload
    def __getitem__(self, index: slice) -> Plan: ...
    def __getitem__(self, index: int | slice) -> Request | Plan:
        if not isinstance(index, slice):
            return self.requests[index]
        requests = self.requests[index]
        first = min((request.start_date for request in requests), default=self.start_date)
        last = max((request.end_date for request in requests), default=self.end_date)
        return attrs.evolve(
            self,
            requests=requests,
            day_queries=self.day_queries[index],
            start_date=first,
            end_date=last,
            is_whole=self.is_whole and requests == self.requests,
        )

    def to_jsonl(self) -> str:
        """The body of each request as a line of JSON."""
        return "".join(request.to_json() + "\n" for request in self.requests)

    def explain(self, now: datetime | None = None) -> str:
        """Explain in plain words how many requests there are at least, why, and what each is for.

        It also says how many days of quota they take, and which days are too fresh to be complete at `now` (an aware
        moment; the default is the present).
        """
        groups = groupby(zip(self.day_queries, self.requests, strict=True), lambda pair: pair[0])
        shares = [Share(query, [request for _, request in group]) for query, group in groups]
        span = (self.start_date, self.end_date)
        return "\n".join(explanation(shares, span, self.rests, self.window_days, now=now, costs=self._costs()))

    def _costs(self) -> Costs | None:
        """The calls of the exact and of the wider plan; None if both are the same."""
        if not self._has_other_way:
            return None
        plan = self.other_way()
        other = None if plan is None else len(plan)
        costs = Costs(other, len(self), self.wider) if self.wider else Costs(len(self), other, self.wider)
        return costs if costs.exact != costs.wider else None

    def other_way(self) -> Plan | None:
        """The plan for the same videos with exact queries if this one has wider ones, and the other way round.

        None if there is only one way, or the other way takes too many queries.
        """
        if not self._has_other_way:
            return None
        try:
            return replanned(self, wider=not self.wider)
        except NeedsSeveralQueries:
            return None

    @property
    def _has_other_way(self) -> bool:
        return self.is_whole and (self.wider or any(count > 1 for _, count in self.rests))

    def _repr_html_(self) -> str:
        queries = showing.count(len(self.queries), "query", "queries")
        foot = f"{queries}, {showing.count(len(self), 'request')} at least; a day's quota is {DAILY_CALLS:,} calls"
        return showing.table(("request", "first day", "last day"), self._rows(), len(self), foot)

    def _rows(self) -> Iterator[tuple[str, ...]]:
        """A row for each query, followed by a row for each of its windows."""
        number = 1
        for query, requests in groupby(zip(self.day_queries, self.requests, strict=True), lambda pair: pair[0]):
            yield (brief(query.to_expression(), _LONGEST),)
            for _, request in requests:
                yield f"{number:,}", day_text(request.start_date), day_text(request.end_date)
                number += 1


def replanned(plan: Plan, *, wider: bool) -> Plan:
    """The plan for the same selection, with wider queries or with exact ones.

    Raises NeedsSeveralQueries if a day takes more than 100.

    >>> from querydsl import Hashtag, Username, any_of
    >>> accounts = any_of((Username == name) & (Hashtag == f"by{name}") for name in ("ann", "bob", "eve"))
    >>> plan = select("id").where(accounts).between("20230101", "20231231").plan()
    >>> len(plan), len(replanned(plan, wider=True))
    (36, 12)
    """
    if not plan.requests or plan.wider == wider:
        return plan
    first = plan.requests[0]
    selection = Selection(
        first.fields,
        plan.expression,
        (plan.start_date, plan.end_date),
        window_days=plan.window_days,
        draws=max(sum(1 for _ in same) for _, same in groupby(plan.requests)),
    )
    return selection.paged(**{key: getattr(first, key) for key in PAGE_KEYS}).plan(wider=wider)


def select(*fields: str | Iterable[str]) -> Selection:
    """Start a selection of videos. The names are the fields to ask for; no name means all documented fields.

    Raises ValidationError for a name that is not a field of a Video Object.

    >>> from querydsl import Length, Region
    >>> request = (
    ...     select("id", "create_time")
    ...     .where(Region.in_("US", "JP"), ~(Length == "SHORT"))
    ...     .between("20230101", "20230131")
    ...     .request()
    ... )
    >>> request.max_count
    100
    """
    if not fields:
        return Selection()
    return Selection(checked_fields(fields[0] if len(fields) == 1 else fields))  # type: ignore[arg-type]


@attrs.frozen(repr=False)
class Selection:
    """A selection of videos, made step by step; every step returns a new selection."""

    _fields: tuple[str, ...] = ALL_FIELDS
    _expression: Expression | None = None
    _days: Window | None = None
    #: The paging keys of each request; None: the key is left out.
    _max_count: int | None = MAX_COUNT
    _cursor: int | None = None
    _search_id: str | None = None
    _is_random: bool | None = None
    _window_days: int = MAX_DAYS
    _draws: int = 1

    def __repr__(self) -> str:
        """The Python source that builds an equal selection."""
        names = "" if self._fields == ALL_FIELDS else ", ".join(map(repr, self._fields))
        steps = [f"select({names})"]
        steps += [] if self._expression is None else [f".where({self._expression!r})"]
        steps += [] if self._days is None else [".between({!r}, {!r})".format(*map(day_text, self._days))]
        steps += [] if self._window_days == MAX_DAYS else [f".windows({self._window_days})"]
        draws = "" if self._draws == 1 else f"draws={self._draws}"
        steps += [f".random({draws})"] if self._is_random and self._draws > 1 else []
        page = {key: getattr(self, f"_{key}") for key in PAGE_KEYS}
        usual = {"max_count": MAX_COUNT, "is_random": True if self._draws > 1 else None}
        said = [f"{key}={value!r}" for key, value in page.items() if value != usual.get(key)]
        steps += [f".paged({', '.join(said)})"] if said else []
        return "".join(steps)

    def _repr_html_(self) -> str:
        return showing.code(showing.source(self))

    def where(self, *expressions: Expression) -> Selection:
        """Select only videos for which all these expressions hold, and those of earlier calls."""
        for expression in expressions:
            if isinstance(expression, Incomplete):
                raise TypeError(f"where({brief(expression)}): nothing is compared yet; write … == …")
            if not isinstance(expression, Expression):
                raise TypeError(
                    f"where({in_python(expression)}): it takes expressions; querydsl.parse makes one of a text"
                )
        terms = [*expressions] if self._expression is None else [self._expression, *expressions]
        return attrs.evolve(self, expression=all_of(terms))

    def between(self, first: date | str, last: date | str) -> Selection:
        """Select only videos created from the first day to the last, both included, at any distance."""
        start, end = as_day(first), as_day(last)
        if end < start:
            message = f"the last day {day_text(end)} is before the first {day_text(start)}"
            raise ValidationError([error("date-order", "", message, "swap the two")], "between")
        return attrs.evolve(self, days=(start, end))

    def on(self, day: date | str) -> Selection:
        """Select only videos created on this day."""
        return self.between(day, day)

    def max_count(self, count: int) -> Selection:
        """At most this many videos per answer, 1 to 100. The default is 100: the quota counts calls, not videos."""
        raise_errors(REQUEST_RULES["max_count"](count), f"max_count({in_python(count)})")
        return attrs.evolve(self, max_count=count)

    def windows(self, days: int) -> Selection:
        """At most this many days per request, 1 to 31. The default is 31.

        >>> from querydsl import Region
        >>> january = select("id").where(Region == "US").between("20230101", "20230131")
        >>> [request.start_date.day for request in january.windows(7).plan()]
        [1, 8, 15, 22, 29]
        """
        return attrs.evolve(self, window_days=_whole(days, MAX_DAYS, "windows"))

    def random(self, draws: int = 1) -> Selection:
        """Ask for videos in random order, instead of all from the newest on: `draws` requests per window.

        There may be 1 to 1,000 draws, since a day's quota is 1,000 calls. Each window of each query gives the same
        number of videos, however many it has. So together they are not a uniform sample.
        """
        return attrs.evolve(self, is_random=True, draws=_whole(draws, DAILY_CALLS, "random: draws"))

    def paged(self, **said: Any) -> Selection:
        """Set the paging keys of each request, as in a document: max_count, cursor, search_id, is_random.

        None leaves a key out. `plan` raises ValidationError for a value that the documentation rules out.

        >>> from querydsl import Region
        >>> request = select("id").where(Region == "US").on("20230101").paged(max_count=None, cursor=100).request()
        >>> request.max_count, request.cursor
        (None, 100)
        """
        return attrs.evolve(self, **said)

    def plan(self, limit: int = MAX_QUERIES, *, wider: bool = False) -> Plan:
        """The requests for the selection, with at most `limit` queries for a day.

        The conditions on create_date are decided for each day; the rest of the expression is asked for on that day.

        With `wider`, one wider query replaces several, where that is possible. It costs fewer calls if videos are rare.
        It also finds videos for which the expression does not hold: `client.videos` and all readers of a collection
        leave them out. The fields that the expression reads are asked for too.

        Raises ValidationError without conditions, without days, if nothing is left on any day, or for a limit that is
        not a whole number from 1 on. Raises NeedsSeveralQueries if a day takes more queries than the limit.
        """
        check_limit(limit)
        expression, (start, end) = self._complete()
        found = stretches(expression, days(start, end), limit, widened if wider else compiled)
        if not found:
            self._refuse_days(expression, start, end)
        requests: list[Request] = []
        queries: list[Query] = []
        asking = attrs.evolve(self, fields=_with_read(self._fields, expression)) if wider else self
        for query, of_query in by_query(found):
            for window in windows(of_query, self._window_days):
                made = [asking._request(_without(query, of_query.gaps_between(*window)), window)] * self._draws
                requests += made
                queries += [query] * len(made)
        left = tuple((stretch.rest, len(stretch.queries)) for stretch in found)
        return Plan(tuple(requests), tuple(queries), expression, start, end, left, self._window_days, wider)

    def _request(self, query: Query, window: Window) -> Request:
        said = {key: getattr(self, f"_{key}") for key in PAGE_KEYS}
        return Request(query, *window, self._fields, **said)

    def _refuse_days(self, expression: Expression, start: date, end: date) -> NoReturn:
        """Raise ValidationError if the expression leaves nothing on these days."""
        asked = days(start, end)
        if any(rest is not False and of_rest.overlaps(asked) for rest, of_rest in rests(expression).items()):
            refuse_constant(expression, constant=False)
        message = f"no day from {day_text(start)} to {day_text(end)} meets the conditions on create_date"
        hint = "change the conditions, or the days"
        raise ValidationError([error("outside-window", "", message, hint)], brief(expression))

    def request(self) -> Request:
        """The single request for the selection. Raises the errors of `plan`, and ValidationError for several."""
        plan = self.plan()
        if len(plan.queries) > 1:
            message = f"{brief(plan.expression)}: it takes {len(plan.queries)} queries; plan() gives their requests"
            raise NeedsSeveralQueries(message, len(plan.queries))
        if len(plan) > 1:
            why = f"one spans at most {self._window_days} days" if self._draws == 1 else "each draw is one"
            message = f"the days take {len(plan)} requests, for {why}"
            raise ValidationError([error("date-span", "", message, "plan() gives them all")], "request()")
        return plan[0]

    def _complete(self) -> tuple[Expression, Window]:
        problems = []
        if self._expression is None:
            problems.append(error("missing", "", "there is no condition", 'add .where(Region == "US")'))
        if self._days is None:
            problems.append(error("missing", "", "there are no days", 'add .between("20230101", "20230131")'))
        raise_errors(problems, "select()")
        assert self._expression is not None
        assert self._days is not None
        return self._expression, self._days


def _with_read(fields: tuple[str, ...], expression: Expression) -> tuple[str, ...]:
    """The fields, and those that an expression reads."""
    read = (FIELDS[condition.field_name].video_field for condition in conditions(expression))
    return tuple(dict.fromkeys([*fields, *read]))


def _whole(number: object, most: int, subject: str) -> int:
    if type(number) is int and 1 <= number <= most:
        return number
    message = f"{in_python(number)} is not a whole number from 1 to {most:,}"
    raise ValidationError([error("range", "", message, f"write one, such as {min(most, 7)}")], subject)


def _without(query: Query, gaps: Spans) -> Query:
    """The query with the days that a window leaves out added to its `not`."""
    own = {value for one in query.not_ if one.field_name == "create_date" for value in one.field_values}
    left_out = [text for text in gaps.texts() if text not in own]
    return attrs.evolve(query, not_=(*query.not_, listing("create_date", left_out))) if left_out else query
