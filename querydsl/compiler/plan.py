"""Several requests that together ask for what was meant: queries times windows of days.

`select(...)` begins one; each step gives a new object. Spans are UTC, and both ends are included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final, overload

import attrs

from .. import showing
from ..errors import NeedsSeveralQueries, ValidationError, error, raise_errors
from ..language.expressions import Condition, Expression, Incomplete, all_of, brief, conditions
from ..language.fields import CreateDate
from ..requests.query import Query
from ..requests.request import Request, checked_fields
from ..showing import shown
from ..spec.request_rules import REQUEST_RULES
from ..spec.value_sets import Spans, complement, days, join, meet, value_set
from ..spec.values import as_day, day_text
from ..tables import ALL_FIELDS, FIELDS, MAX_COUNT, MAX_DAYS_APART
from .explain import explanation
from .queries import to_queries

Window = tuple[date, date]

#: What a request says of its page.
PAGE_KEYS: Final = ("max_count", "cursor", "search_id", "is_random")


def windows(covered: Spans) -> list[Window]:
    """As few windows of at most 31 days as hold all the given days; no day falls in two.

    >>> from querydsl.spec.value_sets import days
    >>> [f"{first} to {last}" for first, last in windows(days(date(2023, 1, 1), date(2023, 2, 10)))]
    ['2023-01-01 to 2023-01-31', '2023-02-01 to 2023-02-10']
    """
    found: list[tuple[int, int]] = []
    for first, last in covered.spans:
        start = first
        if found and first <= found[-1][0] + MAX_DAYS_APART:
            previous = found[-1][0]
            found[-1] = (previous, min(last, previous + MAX_DAYS_APART))
            start = previous + MAX_DAYS_APART + 1
        found += [(day, min(last, day + MAX_DAYS_APART)) for day in range(start, last + 1, MAX_DAYS_APART + 1)]
    return [(date.fromordinal(first), date.fromordinal(last)) for first, last in found]


@attrs.frozen
class Plan(Sequence[Request]):
    """The requests that together ask for what was selected: an immutable sequence.

    >>> from querydsl import Region
    >>> plan = select("id").where(Region == "US").between("20230101", "20230331").plan()
    >>> len(plan), plan[-1].start_date
    (3, datetime.date(2023, 3, 4))
    """

    requests: tuple[Request, ...]
    #: What was selected, and the days asked for.
    expression: Expression = attrs.field(repr=False)
    start_date: date = attrs.field(repr=False)
    end_date: date = attrs.field(repr=False)
    #: The queries that together mean the expression, each with the number of its requests.
    queries: tuple[tuple[Query, int], ...] = attrs.field(repr=False)

    def __len__(self) -> int:
        return len(self.requests)

    def __iter__(self) -> Iterator[Request]:
        return iter(self.requests)

    @overload
    def __getitem__(self, index: int) -> Request: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Request]: ...
    def __getitem__(self, index: int | slice) -> Request | Sequence[Request]:
        return self.requests[index]

    def to_jsonl(self) -> str:
        """The body of each request as a line of JSON."""
        return "".join(request.to_json() + "\n" for request in self.requests)

    def explain(self) -> str:
        """How many requests there are at least, why, and what each is for, in plain words."""
        return "\n".join(explanation(self.expression, (self.start_date, self.end_date), self.queries, self.requests))

    def _repr_html_(self) -> str:
        rows = (
            (str(number), day_text(request.start_date), day_text(request.end_date), request.query.to_json())
            for number, request in enumerate(self.requests, 1)
        )
        return showing.table(("request", "first day", "last day", "query"), rows, len(self.requests))


def select(*fields: str | Iterable[str]) -> Selection:
    """Begin a selection of videos: name the fields that are asked for; none: all the documented ones.

    Raises ValidationError for a name that is no field of a Video Object.

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


@attrs.frozen
class Selection:
    """What to ask for, step by step; every step gives a new selection."""

    _fields: tuple[str, ...] = ALL_FIELDS
    _expression: Expression | None = None
    _days: Window | None = None
    #: What each request says of its page; None: the key is left out.
    _max_count: int | None = MAX_COUNT
    _cursor: int | None = None
    _search_id: str | None = None
    _is_random: bool | None = None

    def where(self, *expressions: Expression) -> Selection:
        """Only videos for which all the expressions hold, and all those of earlier calls."""
        for expression in expressions:
            if isinstance(expression, Incomplete):
                raise TypeError(f"where({brief(expression)}): nothing is compared yet; write … == …")
            if not isinstance(expression, Expression):
                raise TypeError(f"where({shown(expression)}): it takes expressions; querydsl.parse makes one of a text")
        terms = [*expressions] if self._expression is None else [self._expression, *expressions]
        return attrs.evolve(self, expression=all_of(terms))

    def between(self, first: date | str, last: date | str) -> Selection:
        """Only videos created from the first day to the last, both included, however far apart."""
        start, end = as_day(first), as_day(last)
        if end < start:
            message = f"the last day {day_text(end)} is before the first {day_text(start)}"
            raise ValidationError([error("date-order", "", message, "swap the two")], "between")
        return attrs.evolve(self, days=(start, end))

    def on(self, day: date | str) -> Selection:
        """Only videos created on this day."""
        return self.between(day, day)

    def max_count(self, count: int) -> Selection:
        """At most N videos an answer, 1 to 100. It is 100 unless said: the quota counts calls, not videos."""
        raise_errors(REQUEST_RULES["max_count"](count), f"max_count({shown(count)})")
        return attrs.evolve(self, max_count=count)

    def random(self, is_random: bool = True) -> Selection:
        """One answer with videos in random order, instead of all from the newest on."""
        raise_errors(REQUEST_RULES["is_random"](is_random), f"random({shown(is_random)})")
        return attrs.evolve(self, is_random=is_random)

    def paged(self, **said: Any) -> Selection:
        """What each request says of its page, as a document has it: max_count, cursor, search_id, is_random.

        None leaves a key out. `plan` raises ValidationError for a value that the documentation rules out.

        >>> from querydsl import Region
        >>> request = select("id").where(Region == "US").on("20230101").paged(max_count=None, cursor=100).request()
        >>> request.max_count, request.cursor
        (None, 100)
        """
        return attrs.evolve(self, **said)

    def plan(self, limit: int = 100) -> Plan:
        """The requests for all of it, with at most `limit` queries.

        Raises ValidationError without conditions, without days, or if no day is left; NeedsSeveralQueries if the
        expression takes more queries than the limit.
        """
        expression, (start, end) = self._complete()
        asked = days(start, end)
        requests: list[Request] = []
        queries: list[tuple[Query, int]] = []
        for query in _queries(expression, (start, end), limit):
            dated = _Dated.of(query)
            cut = windows(dated.left(asked))
            requests += [self._request(dated.within(window), window) for window in cut]
            queries += [(dated.within((cut[0][0], cut[-1][1])), len(cut))] if cut else []
        if not requests:
            message = f"no day from {day_text(start)} to {day_text(end)} meets the conditions on create_date"
            hint = "change the conditions, or the days"
            raise ValidationError([error("outside-window", "", message, hint)], brief(expression))
        return Plan(tuple(requests), expression, start, end, tuple(queries))

    def _request(self, query: Query, window: Window) -> Request:
        said = {key: getattr(self, f"_{key}") for key in PAGE_KEYS}
        return Request(query, *window, self._fields, **said)

    def request(self) -> Request:
        """The one request for all of it. Raises like `plan`, and if it takes several."""
        plan = self.plan()
        if len(plan.queries) > 1:
            message = f"{brief(plan.expression)}: it takes {len(plan.queries)} queries; plan() gives their requests"
            raise NeedsSeveralQueries(message, len(plan.queries))
        if len(plan) > 1:
            message = f"the days take {len(plan)} requests, for one spans at most {MAX_DAYS_APART + 1} days"
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


def _queries(expression: Expression, window: Window, limit: int) -> tuple[Query, ...]:
    """The queries that an expression takes on the days asked for; () if no day meets its conditions on create_date."""
    if all(condition.field_name != "create_date" for condition in conditions(expression)):
        return to_queries(expression, limit)
    try:
        return to_queries(all_of(expression, CreateDate.between(*window)), limit)
    except ValidationError:
        to_queries(expression, limit)  # refuses what is nothing, or everything, on any day
        return ()


@attrs.frozen
class _Dated:
    """A query, and the days that its conditions on create_date allow."""

    query: Query
    and_: dict[Condition, Spans]
    not_: dict[Condition, Spans]
    #: Where every alternative is one on create_date: what they allow together.
    or_: Spans | None

    @classmethod
    def of(cls, query: Query) -> _Dated:
        alternatives = _dates(query.or_)
        all_dated = bool(query.or_) and len(alternatives) == len(set(query.or_))
        or_ = join(alternatives.values()) if all_dated else None
        assert or_ is None or isinstance(or_, Spans)
        return cls(query, _dates(query.and_), _dates(query.not_), or_)

    def left(self, asked: Spans) -> Spans:
        """The days among those asked for on which the query can match."""
        if not (self.and_ or self.not_ or self.or_):
            return asked
        allowed = [asked, *self.and_.values(), *map(complement, self.not_.values())]
        left = meet(allowed if self.or_ is None else [*allowed, self.or_])
        assert isinstance(left, Spans)
        return left

    def within(self, window: Window) -> Query:
        """The query without the conditions on create_date that the window says already."""
        query = self.query
        if not (self.and_ or self.not_ or self.or_):
            return query
        inside = days(*window)
        and_ = [one for one in query.and_ if one not in self.and_ or not self.and_[one].covers(inside)]
        or_ = () if self.or_ is not None and self.or_.covers(inside) else query.or_
        not_ = [one for one in query.not_ if one not in self.not_ or self.not_[one].overlaps(inside)]
        if and_ or or_ or not_:
            return Query(and_, or_, not_)
        return Query(query.and_[:1], () if query.and_ else query.or_, () if query.and_ or query.or_ else query.not_)


def _dates(conditions: Iterable[Condition]) -> dict[Condition, Spans]:
    found = {}
    for condition in conditions:
        if condition.field_name == "create_date":
            held = value_set(FIELDS["create_date"], condition.operation, condition.field_values)
            assert isinstance(held, Spans)
            found[condition] = held
    return found
