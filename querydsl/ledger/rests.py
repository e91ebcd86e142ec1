"""A request -> the query of its days, and back: conditions on `create_date` become days, and never stay conditions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Final

import attrs

from ..language.expressions import Condition
from ..requests.query import Query
from ..spec.value_sets import value_set
from ..spec.values import day_text
from ..tables import FIELDS
from . import days as spans
from .days import Days

#: The query text of the rest that every video meets: the only query that the API has for it is one on `create_date`.
EVERYTHING: Final = "{}"


@attrs.frozen
class Rest:
    """What is left of a query on some days: a query without `create_date`, or nothing, which every video meets.

    `key` is the same for equal rests, whatever the order of lists and values.
    """

    query: Query | None
    key: str = attrs.field(eq=False, repr=False)

    @classmethod
    def of(cls, query: Query | None) -> Rest:
        """The rest for a query without conditions on `create_date`."""
        return cls(query, EVERYTHING if query is None else _key(query))

    @classmethod
    def from_text(cls, text: str) -> Rest:
        """The rest in a text of `text`."""
        return cls.of(None if text == EVERYTHING else Query.from_json(text))

    @property
    def text(self) -> str:
        """The query as JSON; `{}` if every video is meant."""
        return EVERYTHING if self.query is None else self.query.to_json()

    def on(self, days: Days) -> Query:
        """The query to send for the days; days left out between the first and the last become a condition in `not`."""
        first, last = spans.bounds(days)
        gaps = spans.each(spans.minus(spans.span(first, last), days))
        left_out = [_condition("IN", gaps)] if gaps else []
        if self.query is None:
            return Query([_condition("GTE", [first])], (), left_out)
        return Query(self.query.and_, self.query.or_, [*self.query.not_, *left_out])


def pieces(query: Query, window: Days) -> list[tuple[Rest, Days]]:
    """The rests of a query on the days of a window, each with its days; empty if no day meets its conditions.

    >>> from querydsl import CreateDate, Region
    >>> asked = Query([Region == "US", CreateDate >= "00010102"])
    >>> [(rest.query, days.spans) for rest, days in pieces(asked, spans.span(1, 9))]
    [(Query(and_=(Region == 'US',), or_=(), not_=()), ((2, 9),))]
    """
    required, alternatives, excluded = map(_dates, (query.and_, query.or_, query.not_))
    for allowed in required:
        window = spans.common(window, allowed)
    window = spans.minus(window, spans.union(excluded))
    and_, or_, not_ = map(_others, (query.and_, query.or_, query.not_))
    free = spans.common(window, spans.union(alternatives)) if query.or_ else window
    found: list[tuple[tuple[Condition, ...], tuple[Condition, ...], Days]] = [(and_, (), free)]
    if or_:
        found.append((and_, or_, spans.minus(window, free)))
    return [
        (Rest.of(Query(and_, or_, not_) if and_ or or_ or not_ else None), days)
        for and_, or_, days in found
        if days.spans
    ]


def _dates(conditions: Iterable[Condition]) -> list[Days]:
    found = []
    for condition in conditions:
        if condition.field_name == "create_date":
            held = value_set(FIELDS["create_date"], condition.operation, condition.field_values)
            found.append(Days(held.spans))  # type: ignore[union-attr]  # the values of create_date are spans
    return found


def _others(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    return tuple(condition for condition in conditions if condition.field_name != "create_date")


def _condition(operation: str, days: Iterable[int]) -> Condition:
    return Condition("create_date", operation, [day_text(date.fromordinal(day)) for day in days])


def _key(query: Query) -> str:
    and_, or_ = query.and_, query.or_
    if len(or_) == 1:  # a single alternative must hold
        and_, or_ = (*and_, *or_), ()
    lists = {"and": and_, "or": or_, "not": query.not_}
    sets = {name: sorted({_condition_key(one) for one in conditions}) for name, conditions in lists.items()}
    return json.dumps({name: conditions for name, conditions in sets.items() if conditions})


def _condition_key(condition: Condition) -> tuple[str, str, tuple[str, ...]]:
    operation = "IN" if condition.operation == "EQ" else condition.operation
    return condition.field_name, operation, tuple(sorted(set(condition.field_values)))
