"""What a run has to ask, in order: unfinished searches, days never asked, unsettled days, failed days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter, itemgetter

import attrs

from . import days as spans
from .days import Days
from .headway import Ended
from .recovery import Job, Recovery
from .rests import Rest
from .standing import Fields, Search, Standing, standing


@attrs.frozen
class Want:
    """A query and the days that a run wants of it."""

    rest: Rest
    days: Days
    fields: Fields
    #: The length of the longest window, in days.
    longest: int
    max_count: int | None = None
    #: Days that are not wanted, but may be inside a window if that saves a call.
    bridges: Days = spans.NONE
    #: How many random samples of all these days together; 0 means all their videos.
    draws: int = 0


@attrs.frozen
class Agenda:
    """What a run asks, and which searches it closes first."""

    first: tuple[Job, ...]
    recoveries: tuple[Recovery, ...]
    late: tuple[Job, ...]
    #: Unfinished searches that do not continue, each with its want and the days that it has covered.
    closings: tuple[tuple[int, Search, Days], ...]
    #: The wants whose queries have received pages before.
    accepted: frozenset[int]

    @property
    def searches(self) -> int:
        """How many searches there are to do, at least."""
        parts = sum(max(1, len(recovery.jobs)) for recovery in self.recoveries)
        return len(self.first) + len(self.late) + parts


def agenda(
    wants: Sequence[Want], searches: Sequence[Iterable[Search]], today: int, *, lag: int = 0, run_calls: int
) -> Agenda:
    """What a run asks on a UTC day, given the relevant searches for each want's query.

    `lag` is the longest time between id and `create_time` seen in the file; a run has `run_calls` calls.
    """
    parts = [
        _part(number, want, [*searches[number]], today=today, lag=lag, run_calls=run_calls)
        for number, want in enumerate(wants)
    ]
    return Agenda(
        tuple(job for stage in zip(*(part.stages for part in parts), strict=True) for jobs in stage for job in jobs),
        tuple(recovery for part in parts for recovery in part.recoveries),
        tuple(job for _, job in sorted((one for part in parts for one in part.late), key=itemgetter(0))),
        tuple((number, *closing) for number, part in enumerate(parts) for closing in part.closings),
        frozenset(number for number, part in enumerate(parts) if part.accepted),
    )


@attrs.frozen
class _Part:
    """The part of the agenda for one want; the stages are unfinished, never asked, unsettled."""

    stages: tuple[list[Job], list[Job], list[Job]]
    recoveries: list[Recovery]
    #: Each with the number of its failed search, so that the oldest failures are asked first.
    late: list[tuple[int, Job]]
    closings: list[tuple[Search, Days]]
    accepted: bool


def _part(number: int, want: Want, searches: list[Search], *, today: int, lag: int, run_calls: int) -> _Part:
    accepted = any(search.pages for search in searches)
    if want.draws:
        return _Part(([], _missing_draws(number, want, searches, today), []), [], [], [], accepted)
    open_ = [search for search in searches if search.state == "open"]
    others = [search for search in searches if search.state != "open"]
    stands = standing(want.days, others, want.fields, today)
    stale = {search.id: search for search in open_ if _is_stale(search, want, others, stands)}
    open_ = [search for search in open_ if search.id not in stale]
    going, closings = _going(want, open_, _wanted(stands), lag)
    closings += [(search, spans.NONE) for search in stale.values()]
    ended = [attrs.evolve(search, days=covered, state="done") for search, covered in closings if covered.spans]
    if ended:
        stands = standing(want.days, [*others, *ended], want.fields, today)
    taken = spans.union(search.days for search in going)
    fresh, due, failed = (spans.minus(days, taken) for days in (stands.to_ask, stands.due, stands.failed))
    in_run = [search for search in others if search.state == "failed" and search.in_run is not None]
    failed = spans.minus(failed, spans.union(search.days for search in in_run if search.in_run == "failed"))
    aside = [one for one in in_run if one.in_run != "failed" and spans.common(one.days, failed).spans]
    put_aside = [_put_aside(number, search, failed) for search in aside]
    failed = spans.minus(failed, spans.union(recovery.rest for recovery in put_aside))
    too_dense = spans.union(
        search.days
        for search in others
        if search.state == "failed" and search.pages >= run_calls and spans.single(search.days)
    )
    return _Part(
        (
            [_job(number, search) for search in going if search.root is None],
            [Job(number, window) for window in spans.cut(fresh, want.longest, want.bridges)],
            [Job(number, window) for window in spans.cut(due, want.longest, want.bridges)],
        ),
        [*_recoveries(number, [one for one in going if one.root is not None], searches), *put_aside],
        _late(number, spans.cut(spans.minus(failed, too_dense), want.longest), others),
        closings,
        accepted,
    )


def _is_stale(search: Search, want: Want, others: list[Search], stands: Standing) -> bool:
    """Whether searches that started no earlier have covered its wanted days, so that it would settle none of them."""
    due = spans.common(search.days, stands.due)
    if search.began is None or not due.spans:
        return False
    newer = spans.union(
        other.days
        for other in others
        if other.state == "done" and other.began is not None and other.began >= search.began
        if other.fields.cover(want.fields)
    )
    rest = spans.minus(spans.common(search.days, _wanted(stands)), newer)
    return not rest.spans


def _wanted(stands: Standing) -> Days:
    return spans.union([stands.to_ask, stands.due, stands.failed])


def _going(want: Want, open_: list[Search], wanted: Days, lag: int) -> tuple[list[Search], list[tuple[Search, Days]]]:
    """The unfinished searches that continue, and those that end, with the days that they have covered."""
    going, closings = [], []
    for search in open_:
        ended = _ended(search, lag)
        rest = ended.rest
        if not spans.common(rest, wanted).spans:
            continue
        if search.fields.cover(want.fields) and not spans.minus(rest, wanted).spans:
            going.append(search)
            wanted = spans.minus(wanted, search.days)
        else:
            closings.append((search, ended.covered))
    return going, closings


def _ended(search: Search, lag: int) -> Ended:
    return Ended(search.days, search.pages, search.last_video, lag)


def _job(number: int, search: Search, *, draw: bool = False) -> Job:
    """An unfinished search that continues."""
    is_part = search.root is not None
    return Job(
        number,
        search.days,
        once=is_part or search.late,
        row=search.id,
        cursor=search.cursor,
        search_id=search.search_id,
        last_video=search.last_video,
        pages=search.pages,
        calls=search.calls,
        resumed=search.search_id is not None,
        alone=search.search_id is not None and not is_part,
        began=search,
        draw=draw,
        attempts=search.attempts,
        rejections=search.rejections,
        late=search.late,
    )


def _recoveries(number: int, parts: list[Search], searches: list[Search]) -> list[Recovery]:
    by_root: dict[int, list[Search]] = {}
    for part in sorted(parts, key=lambda part: part.days.spans):
        assert part.root is not None
        by_root.setdefault(part.root, []).append(part)
    found = []
    for root, waiting in by_root.items():
        asked = [search for search in searches if search.root == root and search.calls]
        failures = sum(1 for search in asked if not search.pages and search.state != "open")
        answered = any(search.pages for search in asked)
        jobs = [_job(number, part) for part in waiting]
        found.append(Recovery.resumed(number, root, jobs, failures, answered=answered))
    return found


def _put_aside(number: int, search: Search, failed: Days) -> Recovery:
    days, error = spans.common(search.days, failed), search.error or ""
    if search.in_run is not None and search.in_run.startswith("probes"):
        root, probes = search.id if search.root is None else search.root, int(search.in_run.split()[1])
        return Recovery.probing(number, root, days, error, probes, late=search.late)
    recovery = Recovery(number, days, error, late=search.late)
    recovery.root = search.id
    return recovery


def _late(number: int, windows: list[Days], searches: list[Search]) -> list[tuple[int, Job]]:
    rows = {
        day: search.id
        for search in sorted(searches, key=attrgetter("id"))
        if search.state == "failed"
        for day in spans.each(search.days)
    }
    return [
        (min(rows[day] for day in spans.each(window)), Job(number, window, once=True, late=True)) for window in windows
    ]


def _missing_draws(number: int, want: Want, searches: list[Search], today: int) -> list[Job]:
    """The samples that are missing; none if all the days are still ahead."""
    if spans.bounds(want.days)[0] > today:
        return []
    missing = want.draws - sum(1 for search in searches if search.state == "done")
    begun = [_job(number, search, draw=True) for search in searches if search.state == "open"]
    return [*begun, *(Job(number, want.days, draw=True) for _ in range(missing))][: max(0, missing)]
