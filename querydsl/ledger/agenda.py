"""What a run has to ask, in order: unfinished searches, days never asked, unsettled days, failed days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Final

import attrs

from . import days as spans
from .days import Days
from .headway import Ended
from .recovery import Job, Recovery
from .rests import Rest
from .run_state import DaysOfWants, RecoveryState, Windows
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
    #: The windows that it begins with; if it continues a killed run, also those that were already asked.
    windows: Windows
    #: Unfinished searches that do not continue, each with its want and the days that it has covered.
    closings: tuple[tuple[int, Search, Days], ...]
    #: The wants whose queries have received pages before.
    accepted: frozenset[int]

    @property
    def searches(self) -> int:
        """How many searches there are to do, at least."""
        parts = sum(max(1, len(recovery.jobs)) for recovery in self.recoveries)
        return len(self.first) + len(self.late) + parts


_NONE: Final = Windows()


def agenda(
    wants: Sequence[Want],
    searches: Sequence[Iterable[Search]],
    today: int,
    *,
    lag: int = 0,
    run_calls: int,
    began: Windows = _NONE,
    recoveries: Iterable[RecoveryState] = (),
) -> Agenda:
    """What a run asks on a UTC day, given the relevant searches for each want's query.

    `lag` is the longest time between id and `create_time` seen in the file; a run has `run_calls` calls. `began` are
    the windows of a killed run that this one continues, and `recoveries` those that an earlier run has not ended.
    """
    before = _by_want(began, recoveries)
    parts = [
        _part(
            number, want, [*searches[number]], before.get(number, _Before()), today=today, lag=lag, run_calls=run_calls
        )
        for number, want in enumerate(wants)
    ]
    first = [job for stage in zip(*(part.stages for part in parts), strict=True) for jobs in stage for job in jobs]
    for place, job in enumerate(first):
        job.place = place
    windows = Windows(
        tuple((number, part.fresh) for number, part in enumerate(parts) if part.fresh.spans),
        tuple((number, part.due) for number, part in enumerate(parts) if part.due.spans),
        (*began.late, *_late_windows(wants, parts, before)),
    )
    left = [(number, spans.common(days, parts[number].failed)) for number, days in windows.late]
    return Agenda(
        tuple(first),
        tuple(sorted((one for part in parts for one in part.recoveries), key=lambda one: (not one.started, one.root))),
        tuple(
            Job(number, days, once=True, late=True, place=place)
            for place, (number, days) in enumerate(left)
            if days.spans
        ),
        windows,
        tuple((number, *closing) for number, part in enumerate(parts) for closing in part.closings),
        frozenset(number for number, part in enumerate(parts) if part.accepted),
    )


@attrs.define
class _Before:
    """What a killed run began with for one want, and the recoveries that an earlier run has not ended."""

    fresh: Days = spans.NONE
    due: Days = spans.NONE
    late: list[Days] = attrs.field(factory=list)
    recoveries: list[RecoveryState] = attrs.field(factory=list)


def _by_want(began: Windows, recoveries: Iterable[RecoveryState]) -> dict[int, _Before]:
    found: dict[int, _Before] = defaultdict(_Before)
    for want, days in began.fresh:
        found[want].fresh = days
    for want, days in began.due:
        found[want].due = days
    for want, days in began.late:
        found[want].late.append(days)
    for state in recoveries:
        found[state.want].recoveries.append(state)
    return found


@attrs.frozen
class _Part:
    """The part of the agenda for one want; the stages are unfinished, never asked, unsettled."""

    stages: tuple[list[Job], list[Job], list[Job]] = ([], [], [])
    recoveries: list[Recovery] = attrs.field(factory=list)
    closings: list[tuple[Search, Days]] = attrs.field(factory=list)
    accepted: bool = False
    #: For `Windows`.
    fresh: Days = spans.NONE
    due: Days = spans.NONE
    #: The days that failed in an earlier run, and for each the number of its failed search.
    failed: Days = spans.NONE
    rows: dict[int, int] = attrs.field(factory=dict)


def _part(
    number: int,
    want: Want,
    searches: list[Search],
    before: _Before,
    *,
    today: int,
    lag: int,
    run_calls: int,
) -> _Part:
    accepted = any(search.pages for search in searches)
    if want.draws:
        return _Part(([], _missing_draws(number, want, searches, today), []), accepted=accepted)
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
    left = [spans.minus(days, taken) for days in (stands.to_ask, stands.due, stands.failed)]
    resumed = _resumed(number, [one for one in going if one.root is not None], before.recoveries, left[2])
    put_aside = _put_aside(number, others, left[2], {one.root for one in resumed})
    not_late = (one.days for one in others if one.state == "failed" and _is_not_late(one, run_calls))
    fresh = spans.union([left[0], spans.common(before.fresh, want.days)])
    due = spans.union([left[1], spans.common(before.due, want.days)])
    return _Part(
        (
            [_job(number, search) for search in going if search.root is None],
            _windows(number, want, fresh, left[0]),
            _windows(number, want, due, left[1]),
        ),
        [*resumed, *put_aside],
        closings,
        accepted,
        fresh,
        due,
        spans.minus(left[2], spans.union([*not_late, *(one.rest for one in resumed)])),
        _rows(others),
    )


def _is_not_late(failed: Search, run_calls: int) -> bool:
    """Whether failed days are not asked as those of an earlier run: this run has asked them, or cannot end them."""
    return failed.in_run is not None or (failed.pages >= run_calls and spans.single(failed.days))


def _windows(number: int, want: Want, days: Days, left: Days) -> list[Job]:
    """The windows of some days, each with the days that are left to ask."""
    found = (spans.common(window, left) for window in spans.cut(days, want.longest, want.bridges))
    return [Job(number, window) for window in found if window.spans]


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
        if not spans.common(search.days, wanted).spans:
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
        spent=search.spent,
    )


def _resumed(number: int, parts: list[Search], states: Iterable[RecoveryState], failed: Days) -> list[Recovery]:
    """The recoveries that have started: those of an earlier run, and those of another collection of the file."""
    by_root: dict[int, list[Search]] = {}
    for part in sorted(parts, key=lambda part: part.days.spans):
        assert part.root is not None
        by_root.setdefault(part.root, []).append(part)
    known = {state.root: state for state in states}
    found = []
    for root in known | by_root:
        jobs = [_job(number, part) for part in by_root.get(root, ())]
        state = known.get(root) or RecoveryState(number, root, "", any(job.late for job in jobs))
        rest = spans.common(state.rest, spans.union([failed, *(job.days for job in jobs)]))
        found.append(Recovery.resumed(state, rest, jobs))
    return [one for one in found if not one.is_over]


def _put_aside(number: int, searches: list[Search], failed: Days, started: Collection[int | None]) -> list[Recovery]:
    """The windows that an earlier run has put aside."""
    found = []
    for search in searches:
        days = spans.common(search.days, failed)
        if search.in_run == "aside" and search.state == "failed" and days.spans and search.id not in started:
            recovery = Recovery(number, days, search.error or "", late=search.late)
            recovery.root = search.id
            found.append(recovery)
    return found


def _rows(searches: list[Search]) -> dict[int, int]:
    return {
        day: search.id
        for search in sorted(searches, key=attrgetter("id"))
        if search.state == "failed"
        for day in spans.each(search.days)
    }


def _late_windows(wants: Sequence[Want], parts: Sequence[_Part], before: Mapping[int, _Before]) -> DaysOfWants:
    """The windows of failed days that a killed run did not begin with, the oldest failures first."""
    found = []
    for number, (want, part) in enumerate(zip(wants, parts, strict=True)):
        known = spans.union(before[number].late) if number in before else spans.NONE
        others = spans.cut(spans.minus(part.failed, known), want.longest)
        found += [(min(part.rows[day] for day in spans.each(window)), number, window) for window in others]
    return tuple((number, window) for _, number, window in sorted(found, key=itemgetter(0)))


def _missing_draws(number: int, want: Want, searches: list[Search], today: int) -> list[Job]:
    """The samples that are missing; none if all the days are still ahead."""
    if spans.bounds(want.days)[0] > today:
        return []
    missing = want.draws - sum(1 for search in searches if search.state == "done")
    begun = [_job(number, search, draw=True) for search in searches if search.state == "open"]
    return [*begun, *(Job(number, want.days, draw=True) for _ in range(missing))][: max(0, missing)]
