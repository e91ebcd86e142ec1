"""Runs a plan into a file: what it asks for, what the file already has, and the result."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final

import attrs

from ..client.client import Client
from ..errors import error, raise_errors
from ..ledger import days as spans
from ..ledger.agenda import Agenda, Want, agenda
from ..ledger.days import Days
from ..ledger.rests import Rest
from ..ledger.run_state import RunState
from ..ledger.standing import Search, standing, utc_day
from ..matching.verdict import predicate_of
from ..reading.status import Failure, draws_done, failures_of, states
from ..requests.request import Request
from ..showing import in_python, table
from ..storage import catalogue, counts, searches
from ..storage.catalogue import Collection
from ..storage.counts import Predicate
from ..storage.file_format import as_path, is_on_a_network
from ..storage.searches import Target
from ..storage.writer import Writer
from .progress import Progress
from .running import OF_ALL, Run, Tally, calls_of_run
from .wants import Asking, asking, with_queries

_MOST_WORKERS: Final = 64

_LOG: Final = logging.getLogger("querydsl")
_NETWORK_DRIVE: Final = (
    "it is on a network drive, where SQLite's locks are not sure; collect on a disk of this computer, and copy the file"
)


@attrs.frozen
class Summary:
    """The result of a collection."""

    #: Requests of the plan.
    requests: int
    #: Videos of the plan's days that its expression selects, found in this run or earlier.
    videos: int
    #: Videos that are new to the file in this run.
    new_videos: int
    #: Calls that the client has made in this run, including failed ones.
    calls: int
    #: Whether nothing failed, and nothing is left that can be asked now.
    finished: bool
    #: The days that failed, by query.
    failed: tuple[Failure, ...] = ()
    #: The days that were asked too early to be complete: a later run asks them again.
    unsettled: tuple[date, ...] = ()
    #: How many values of this run were not of their documented type; a video without a readable id counts as one. The
    #: file keeps them as received.
    odd: int = 0
    #: How many videos of this run do not meet the expression; None for a list of requests.
    unmatched: int | None = None

    def _repr_html_(self) -> str:
        unmatched = "" if self.unmatched is None else f"{self.unmatched:,}"
        rows = [
            ("finished", "yes" if self.finished else "no"),
            *((name.replace("_", " "), f"{getattr(self, name):,}") for name in _NUMBERS),
            ("unmatched", unmatched),
            ("unsettled days", ", ".join(map(str, self.unsettled[:_DAYS])) + ("…" if self.unsettled[_DAYS:] else "")),
            *((f"failed {one.first_day} to {one.last_day}", one.error) for one in self.failed),
        ]
        return table(("", "this run"), rows, len(rows))


_NUMBERS: Final = ("videos", "new_videos", "requests", "calls", "odd")
#: How many days a table shows.
_DAYS: Final = 5


def collect(
    plan: Request | Iterable[Request],
    into: str | os.PathLike[str],
    *,
    client: Client,
    workers: int = 1,
    name: str | None = None,
    again: bool = False,
    progress: Callable[[Progress], object] | None = None,
) -> Summary:
    """Ask for everything in a plan, and keep every video in a SQLite file.

    The file knows the state of every query on every day. A new run asks only for what is missing, however the run
    before ended, and whichever plan asked before. A failing window does not stop the others: it is asked again in
    parts. Days that still fail are in the summary, and later runs ask them again. Days that were asked less than 48
    hours after their end are asked again on a later UTC day. `again` asks for everything of the collection once more.

    `workers` searches run at the same time. `name` names the collection in the file; without it, the expression is the
    name. `progress` is called with a Progress before the first call and after each page. `id`, `create_time` and the
    fields that the expression reads are asked for in addition to the named fields. When the client's `max_calls` are
    spent, the summary is not `finished`. Errors that concern every search are raised: RateLimitExceeded,
    AccessTokenInvalid, CredentialsRefused, ScopeNotAuthorized, ScopePermissionMissed, and StoreError for the file.

    >>> import tempfile
    >>> from querydsl import Client, Region, select
    >>> from querydsl.sandbox import App, corpus, serve
    >>> plan = select().where(Region == "JP").between("20230101", "20230131").plan()
    >>> with tempfile.TemporaryDirectory() as folder, serve(App(corpus(1000))) as url:
    ...     with Client(token="any", base_url=url) as client:
    ...         first = collect(plan, f"{folder}/japan.db", client=client)
    ...         again = collect(plan, f"{folder}/japan.db", client=client)
    >>> first.finished, first.videos == first.new_videos, again.new_videos, again.calls
    (True, True, 0, 0)
    """
    _check(workers, name)
    asked = asking(plan)
    if is_on_a_network(as_path(into)):
        _LOG.warning("%s: %s", into, _NETWORK_DRIVE)
    with Writer(into, client.origin) as writer:
        if not asked.wants:
            return Summary(asked.requests, 0, 0, 0, finished=True)
        begun = begin(writer, asked, client, name, again=again)
        with writer.transaction() as database:
            catalogue.begin_run(database, begun.collection.id, begun.agenda.windows, begun.state, begun.targets)
        run = Run(
            client,
            writer,
            begun.targets,
            begun.agenda,
            lag=begun.lag,
            forgets=begun.forgets,
            state=begun.state,
            tally=Tally(begun.videos),
            predicate=begun.predicate,
            missing=begun.missing,
            days=asked.days,
            progress=progress,
        )
        try:
            run.work(workers)
        except OF_ALL:
            with writer.transaction() as database:
                _end(database, begun, run, is_stopped=True)
            raise
        return _summary(writer, asked, begun, run, client.time())


def _check(workers: object, name: object) -> None:
    """Raises ValidationError for options that make no sense."""
    if type(workers) is not int or not 1 <= workers <= _MOST_WORKERS:
        message = f"workers={in_python(workers)} is out of range"
        raise_errors([error("range", "", message, f"give a whole number from 1 to {_MOST_WORKERS}")], "collect")
    check_name(name, "collect")


def check_name(name: object, what: str) -> None:
    """Raises ValidationError for something that cannot name a collection; None stands for no name."""
    fix = None if name is None else catalogue.name_fault(name)
    if fix is not None:
        raise_errors([error("text", "", f"name={in_python(name)} is not the name of a collection", fix)], what)


@attrs.frozen
class Begun:
    """A run at its start, as stored in the file."""

    collection: Collection
    targets: Sequence[Target]
    agenda: Agenda
    #: The missing days of each target.
    missing: Sequence[Days]
    #: Videos of the plan that the file has.
    videos: int
    lag: int
    forgets: bool
    state: RunState
    predicate: Predicate | None


def begin(writer: Writer, asked: Asking, client: Client, name: str | None, *, again: bool) -> Begun:
    """Store what is asked for, and find out what is left to do."""
    now = client.time()
    predicate = None if asked.expression is None else predicate_of(asked.expression)
    with writer.transaction() as database:
        is_checked = asked.expression is not None
        collection = catalogue.begin(database, name, asked.text, asked.fields, now, is_checked=is_checked)
        if again:
            collection = catalogue.open_round(database, collection, now)
        asked = _as_before(database, collection, asked, utc_day(now))
        targets = [Target(want, catalogue.query_number(database, want.rest), collection.id) for want in asked.wants]
        known_to_others = catalogue.ask(database, collection.id, targets)
        if known_to_others.spans:
            counts.recount(database, collection.id, known_to_others, predicate)
        if collection.round_after is not None:
            targets = catalogue.whole(database, collection, targets)
        lag, forgets = searches.longest_lag(database), catalogue.forgets(database)
        known = [searches.read(database, target, collection.round_after or 0) for target in targets]
        targets = _with_unsettled(catalogue.asked(database, collection.id), targets, known, utc_day(now))
        wants = [target.want for target in targets]
        windows, state = catalogue.run(database, collection.id, targets)
        found = agenda(
            wants,
            known,
            utc_day(now),
            lag=lag,
            run_calls=calls_of_run(client),
            began=windows,
            recoveries=state.recoveries,
        )
        for number, search, covered in found.closings:
            searches.end(database, targets[number], search.id, covered, now)
        expressions = catalogue.expressions(database, collection.id)
        predicates = {number: None if one is None else predicate_of(one) for number, one in expressions.items()}
        writer.watch(collection, asked.days, predicates)
        videos = counts.count(database, collection.id, asked.days)
    missing = [_missing(target, some, utc_day(now)) for target, some in zip(targets, known, strict=True)]
    return Begun(collection, targets, found, missing, videos, lag, forgets, state, predicate)


def _as_before(database: sqlite3.Connection, collection: Collection, asked: Asking, today: int) -> Asking:
    """What is asked for, with the stored queries of the collection: a new version of the compiler asks nothing again.

    Where it asked exactly before, and now in wider queries, or the other way round, the days that are covered stay as
    they were asked; the others are asked as they are now.
    """
    for rest, days in asked.rests:
        there = {
            want.rest: spans.common(want.days, days)
            for want in asked.wants
            if not want.draws and spans.common(want.days, days).spans
        }
        if len(set(there.values())) != 1:  # none, or only a part of a plan
            continue
        mine = next(iter(there.values()))
        texts = rest, f"{catalogue.WIDER}{rest}"
        text, other = texts[::-1] if asked.wider else texts
        before = catalogue.compiled(database, collection.id, text)
        if before is None:
            before = [*there]
            catalogue.remember_compiled(database, collection.id, text, before)
        elif {one.key for one in before} != {one.key for one in there}:
            asked = with_queries(asked, mine, before)
        others = catalogue.compiled(database, collection.id, other)
        if others is not None and {one.key for one in others} != {one.key for one in before}:
            kept = _covered(database, collection, others, Want(others[0], mine, asked.fields, 1), today)
            catalogue.ask_no_more(database, collection.id, _numbers(database, others, before), spans.minus(mine, kept))
            catalogue.ask_no_more(database, collection.id, _numbers(database, before, others), kept)
            if kept.spans:
                asked = with_queries(asked, kept, others)
    return asked


def _covered(
    database: sqlite3.Connection,
    collection: Collection,
    queries: Iterable[Rest],
    want: Want,
    today: int,
) -> Days:
    """The days of a want for which each of some queries is done, or is not yet due again."""
    for rest in queries:
        target = Target(want, catalogue.query_number(database, rest), collection.id)
        known = searches.read(database, target, collection.round_after or 0)
        stands = standing(want.days, known, want.fields, today)
        want = attrs.evolve(want, days=spans.union([stands.done, spans.minus(stands.unsettled, stands.due)]))
    return want.days


def _numbers(database: sqlite3.Connection, queries: Iterable[Rest], others: Iterable[Rest]) -> list[int]:
    """The numbers of the queries that are not among the others."""
    keys = {rest.key for rest in others}
    return [catalogue.query_number(database, rest) for rest in queries if rest.key not in keys]


def _with_unsettled(
    asked: Sequence[catalogue.Asked], targets: Sequence[Target], known: Sequence[Sequence[Search]], today: int
) -> list[Target]:
    """The targets, with all days of the collection that are due to be asked again, also days outside the plan."""
    found = []
    for target, some in zip(targets, known, strict=True):
        want = target.want
        if not want.draws:
            other = spans.union(one.days for one in asked if one.query == target.query and not one.draws)
            beyond = spans.minus(other, want.days)
            due = standing(beyond, some, want.fields, today).due if beyond.spans else spans.NONE
            want = attrs.evolve(want, days=spans.union([want.days, due]))
        found.append(attrs.evolve(target, want=want))
    return found


def _missing(target: Target, known: Sequence[Search], today: int) -> Days:
    """The missing days of a target."""
    want = target.want
    if want.draws:
        return spans.NONE if draws_done(known) >= want.draws else want.days
    stands = standing(want.days, known, want.fields, today)
    return spans.union([stands.to_ask, stands.failed, stands.ahead])


# The end of a run


def _end(database: sqlite3.Connection, begun: Begun, run: Run, *, is_stopped: bool) -> None:
    """A run has ended; if something has stopped it, the next one continues its recoveries."""
    searches.end_run(database, {target.query for target in begun.targets}, is_stopped=is_stopped)
    catalogue.end_run(database, begun.collection.id, run.left if is_stopped else None)


def _summary(writer: Writer, asked: Asking, begun: Begun, run: Run, now: datetime) -> Summary:
    """The state of the file at the end of a run; a round in which nothing is missing is closed."""
    today, after = utc_day(now), begun.collection.round_after
    with writer.transaction() as database:
        _end(database, begun, run, is_stopped=run.is_budget_spent)
        known = [(target, searches.read(database, target, after or 0)) for target in begun.targets]
        failed = tuple(failure for target, some in known for failure in failures_of(target, some, today))
        found = [states(target, some, today) for target, some in known]
        is_left = any("to ask" in one and one["to ask"].spans for one in found)
        if after is not None and not (failed or is_left):
            catalogue.close_round(database, begun.collection.id)
    unsettled = spans.union(one["unsettled"] for one in found if "unsettled" in one)
    return Summary(
        asked.requests,
        run.tally.videos,
        run.tally.new_videos,
        run.calls,
        finished=not (failed or is_left or run.gave_up),
        failed=failed,
        unsettled=tuple(map(date.fromordinal, spans.each(unsettled))),
        odd=run.tally.odd,
        unmatched=None if asked.expression is None else run.tally.unmatched,
    )
