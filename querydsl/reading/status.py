"""The state of a file day by day: which days are done and when they were asked, what failed and why, what is left."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

import attrs

from ..ledger import days as spans
from ..ledger.agenda import Want
from ..ledger.days import Days
from ..ledger.standing import Search, standing, utc_day
from ..requests.query import Query
from ..showing import count, table
from ..storage import catalogue, counts, searches
from ..storage.catalogue import Collection
from ..storage.searches import Target
from ..tables import ALL_FIELDS, FIELDS

#: The states of a day, the worst first: a day has the worst state of all queries of it.
DayState = Literal["failed", "to ask", "unsettled", "done", "not begun"]
STATES: Final[tuple[DayState, ...]] = ("failed", "to ask", "unsettled", "done", "not begun")

Span = tuple[date, date]


@attrs.frozen
class Failure:
    """Days of a query that failed (both included), and the reason."""

    query: Query | None
    first_day: date
    last_day: date
    error: str

    def to_dict(self) -> dict[str, Any]:
        """In the form of JSON; no query means every video of the days."""
        query = None if self.query is None else self.query.to_dict()
        days = {"first_day": self.first_day.isoformat(), "last_day": self.last_day.isoformat()}
        return {"query": query, **days, "error": self.error}


@attrs.frozen
class Cause:
    """Days that failed for the same reason; each answer has its own log_id."""

    error: str
    days: tuple[Span, ...]
    log_ids: tuple[str, ...]


def causes(failures: Iterable[Failure]) -> list[Cause]:
    """Merge failures that differ only in the log_id; adjacent days become one span.

    >>> from datetime import date
    >>> days = [date(2023, 1, 1), date(2023, 1, 2)]
    >>> [cause] = causes(Failure(None, day, day, f"down (status 500, log_id {day.day})") for day in days)
    >>> cause.error, len(cause.days), cause.log_ids
    ('down (status 500)', 1, ('1', '2'))
    """
    alike: dict[str, list[Failure]] = {}
    for one in failures:
        alike.setdefault(_LOG_ID.sub("", one.error), []).append(one)
    return [
        Cause(error, _days_of(some), tuple(log_id for one in some for log_id in _LOG_ID.findall(one.error)))
        for error, some in alike.items()
    ]


def _days_of(failures: Iterable[Failure]) -> tuple[Span, ...]:
    days = (spans.span(one.first_day.toordinal(), one.last_day.toordinal()) for one in failures)
    return tuple(spans.union(days).dates())


_LOG_ID: Final = re.compile(r",? ?log_id (\w+)")


@attrs.frozen
class CollectionStatus:
    """The state of a collection in a file."""

    name: str
    expression: str
    #: The fields that are asked for.
    fields: tuple[str, ...]
    #: The days in each state, as spans with both days included.
    days: Mapping[DayState, tuple[Span, ...]]
    failures: tuple[Failure, ...]
    #: Calls of its searches, including failed ones.
    calls: int
    #: Videos of its days that its expression selects.
    videos: int
    #: The start of its first search, and of its last one: UTC, ISO 8601. None before the first.
    first_asked: str | None
    last_asked: str | None
    #: The start of the round that asks for everything once more; None if no round is open.
    round_begun: str | None
    #: Further notes about its days.
    notes: tuple[str, ...] = ()

    def count(self, state: DayState) -> int:
        """The number of days in a state."""
        return sum((last - first).days + 1 for first, last in self.days[state])

    def to_dict(self) -> dict[str, Any]:
        """In the form of JSON."""
        values = attrs.asdict(self, recurse=False)
        days = {state: [[first.isoformat(), last.isoformat()] for first, last in self.days[state]] for state in STATES}
        return {**values, "days": days, "failures": [failure.to_dict() for failure in self.failures]}


@attrs.frozen
class Status:
    """The state of a file."""

    #: The origin of the videos.
    origin: str
    #: All videos in the file.
    videos: int
    #: Objects without a readable id, which have a table of their own.
    unreadable: int
    collections: tuple[CollectionStatus, ...]

    def to_dict(self) -> dict[str, Any]:
        """In the form of JSON."""
        values = attrs.asdict(self, recurse=False)
        return {**values, "collections": [one.to_dict() for one in self.collections]}

    def _repr_html_(self) -> str:
        """A row for each collection."""
        rows = [
            (
                one.name,
                f"{one.videos:,}",
                *(f"{one.count(state):,}" for state in STATES),
                f"{one.calls:,}",
                one.first_asked or "",
                one.last_asked or "",
            )
            for one in self.collections
        ]
        head = ("collection", "videos", *(f"days {state}" for state in STATES), "calls", "first asked", "last asked")
        return table(head, rows, len(rows), f"{count(self.videos, 'video')} from {self.origin}; days and times are UTC")


def status(database: sqlite3.Connection, now: datetime, only: Collection | None = None) -> Status:
    """The state of all collections in a file, or of one, at a given moment; it reads stored counts, not each video."""
    origin = catalogue.origin(database)
    videos = searches.total(database, "new_videos")
    [unreadable] = database.execute("SELECT count(*) FROM unreadable").fetchone()
    known: dict[int, list[Search]] = {}
    chosen = catalogue.collections(database) if only is None else [only]
    found = [_collection(database, collection, utc_day(now), known) for collection in chosen]
    return Status(origin, videos, unreadable, tuple(found))


def _collection(
    database: sqlite3.Connection, collection: Collection, today: int, known: dict[int, list[Search]]
) -> CollectionStatus:
    targets = _targets(database, collection)
    failures: list[Failure] = []
    by_state: dict[DayState, list[Days]] = {state: [] for state in STATES}
    drawn = 0
    for target in targets:
        some = _known(database, target, collection.round_after or 0, known)
        failures += failures_of(target, some, today)
        drawn += min(target.want.draws, draws_done(some)) if target.want.draws else 0
        for state, days in states(target, some, today).items():
            by_state[state].append(days)
    first, last = database.execute(
        "SELECT min(coalesce(began_at, ended_at)), max(max(coalesce(began_at, ''), coalesce(ended_at, ''))) "
        "FROM searches WHERE collection_id = ?",
        (collection.id,),
    ).fetchone()
    all_days = spans.union(target.want.days for target in targets)
    return CollectionStatus(
        collection.name,
        collection.expression,
        tuple(sorted(collection.fields.names, key=_place)),
        _worst(by_state),
        tuple(sorted(failures, key=lambda failure: failure.first_day)),
        searches.total(database, "calls", "collection_id = ?", (collection.id,)),
        counts.count(database, collection.id, all_days),
        first,
        last,
        collection.round_begun_at,
        (*_samples(targets, drawn), *_notes(collection, targets, known)),
    )


def _place(name: str) -> tuple[int, str]:
    return (ALL_FIELDS.index(name) if name in ALL_FIELDS else len(ALL_FIELDS), name)


def queries_of(database: sqlite3.Connection, collection: Collection) -> tuple[Query | None, ...]:
    """The queries that a collection asks; None means every video of the days."""
    return tuple(dict.fromkeys(target.want.rest.query for target in _targets(database, collection)))


def _targets(database: sqlite3.Connection, collection: Collection) -> list[Target]:
    texts = dict(database.execute("SELECT id, query FROM queries").fetchall())
    return [
        Target(
            Want(
                searches.read_rest("queries", one.query, texts.get(one.query, "")),
                one.days,
                collection.fields,
                1,
                one.max_count,
                draws=one.draws,
            ),
            one.query,
            collection.id,
        )
        for one in catalogue.asked(database, collection.id)
    ]


def _known(
    database: sqlite3.Connection, target: Target, after: int, known: dict[int, list[Search]]
) -> Sequence[Search]:
    """The searches for a target; those of a query are read once."""
    if target.want.draws or after:
        return searches.read(database, target, after)
    if target.query not in known:
        known[target.query] = searches.read(database, target)
    return known[target.query]


def _worst(by_state: Mapping[DayState, Iterable[Days]]) -> dict[DayState, tuple[Span, ...]]:
    """Each day in the worst of its states only."""
    found: dict[DayState, tuple[Span, ...]] = {}
    taken = spans.NONE
    for state in STATES:
        days = spans.minus(spans.union(by_state[state]), taken)
        taken = spans.union([taken, days])
        found[state] = tuple(days.dates())
    return found


_COUNTS: Final = frozenset(field.name for field in FIELDS.values() if field.form == "count")


def _samples(targets: Sequence[Target], drawn: int) -> Iterator[str]:
    draws = sum(target.want.draws for target in targets)
    if draws:
        yield f"random samples, not all videos of these days: {drawn} of {draws} draws are here"


def _notes(collection: Collection, targets: Sequence[Target], known: Mapping[int, Sequence[Search]]) -> tuple[str, ...]:
    notes = []
    if any(_reads_counts(target.want.rest.query) for target in targets):
        notes.append("it asks for counts of views or comments, which grow: each day is as of the time it was asked")
    if not collection.fields.named:
        lacking = {
            name
            for target in targets
            for search in known.get(target.query, ())
            if search.state == "done" and not search.fields.named
            for name in collection.fields.names - search.fields.names
        }
        if lacking:
            names = ", ".join(sorted(lacking))
            notes.append(f"some days were asked before {names} was documented, which is null there")
    return tuple(notes)


def _reads_counts(query: Query | None) -> bool:
    conditions = () if query is None else (*query.and_, *query.or_, *query.not_)
    return any(condition.field_name in _COUNTS for condition in conditions)


# The state of a target


def states(target: Target, known: Sequence[Search], today: int) -> dict[DayState, Days]:
    """The days of a target in each state."""
    want = target.want
    if want.draws:
        done = draws_done(known) >= want.draws
        has_failed = not done and any(search.state == "failed" for search in known)
        ahead = not done and spans.bounds(want.days)[0] > today
        state: DayState = "done" if done else "not begun" if ahead else "failed" if has_failed else "to ask"
        return {state: want.days}
    stands = standing(want.days, known, want.fields, today)
    return {
        "failed": stands.failed,
        "to ask": stands.to_ask,
        "unsettled": stands.unsettled,
        "done": stands.done,
        "not begun": stands.ahead,
    }


def draws_done(known: Iterable[Search]) -> int:
    """How many random samples were drawn."""
    return sum(1 for search in known if search.state == "done")


def failures_of(target: Target, known: Sequence[Search], today: int) -> list[Failure]:
    """The failed days of a target; adjacent days with the same error are one failure."""
    days = states(target, known, today).get("failed", spans.NONE)
    if not days.spans:
        return []
    by_error: dict[str, list[Days]] = {}
    for search in known:
        if search.state == "failed":
            by_error.setdefault(search.error or "", []).append(spans.common(search.days, days))
    found = [
        Failure(target.want.rest.query, first, last, error)
        for error, sets in by_error.items()
        for first, last in spans.union(sets).dates()
    ]
    return sorted(found, key=lambda failure: failure.first_day)
