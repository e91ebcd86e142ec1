"""Decides which search is next, and what happens after a failure. It is told each event, and does no I/O itself.

First come the searches with all attempts. A window that fails is put aside, and recovered in parts after the others.
The days that failed in earlier runs come last. After eight searches in a row without a page, single days spread over
the rest are asked as *probes*: if none of them answers, the run ends.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import Final

import attrs

from ..tables import DAILY_CALLS
from . import days as spans
from .days import Days
from .headway import Ended, window
from .recovery import PROBES, SILENT, Counters, Job, Outcome, Recovery

#: The calls that a run may spend on days that failed in an earlier run; or a tenth of its own calls, if that is more.
LATE_CALLS: Final = 50
#: How often the API may forget a search, and its replacements, before it counts as failed.
LOSSES: Final = 3
#: How many windows of a query the API may refuse before a single day decides.
REFUSALS: Final = 2

#: The calls for an id that the API does not know and for its repeat, and one because a density is not exact.
_SPARE: Final = 3

#: The source of a single day that is asked alone.
Source = Job | Recovery


class Driver:
    """One run of a collection; the caller must let only one thread in at a time.

    `first` are the searches with all attempts, in order; `recoveries` were started by an earlier run; `late` are
    windows of days that failed in an earlier run. `longest` has the longest window of each want. `accepted` are the
    wants for which the API has sent pages before. With `is_bounded`, the number of calls of the run is limited.
    `forgets`: the API did not know the last search that this run, or an earlier one, wanted to continue. `lag` is the
    longest time between id and `create_time` seen in the file. `counters` are those of a killed run that this run
    continues.
    """

    def __init__(
        self,
        first: Iterable[Job],
        recoveries: Iterable[Recovery],
        late: Iterable[Job],
        longest: list[int],
        accepted: Iterable[int] = (),
        *,
        is_bounded: bool = False,
        run_calls: int = DAILY_CALLS,
        forgets: bool = False,
        lag: int = 0,
        counters: Counters | None = None,
    ) -> None:
        self._first = deque(first)
        self._recoveries = [*recoveries]
        self._late = deque(late)
        self._longest = longest
        self._is_bounded = is_bounded
        self._run_calls = run_calls
        self._forgets = forgets
        self._lag = lag
        #: Whether a search has ended, so that the run has covered a day.
        self._has_covered = False
        #: For searches that the API forgets: how many calls a day of each want took last.
        self._calls_a_day: dict[int, float] = {}
        self._accepted = {*accepted}
        counters = counters or Counters()
        self._refused: Counter[int] = Counter(dict(counters.refused))
        self._running: set[Job] = set()
        #: The probes: those to ask, and those being asked.
        self._probes: deque[tuple[Source, int | None]] | None = None
        self._probing: set[Job] = set()
        #: The source of each single day.
        self._sources: dict[Job, Source] = {}
        #: How many searches in a row ended without a page.
        self._silent = counters.silent
        self._answered = counters.answered
        self._most_probes = PROBES if counters.probes is None else counters.probes
        self._over = False
        #: All calls of this run, and those that failed on days of earlier runs.
        self._calls = counters.calls
        self._late_calls = counters.late_calls
        self._pending: list[Outcome] = []

    @property
    def is_busy(self) -> bool:
        """Whether searches are being asked: if there is nothing to ask now, there may be later."""
        return bool(self._running)

    @property
    def gave_up(self) -> bool:
        """Whether the run ends because nothing answers."""
        return self._over

    @property
    def counters(self) -> Counters:
        """The counters for a run that continues after this one is killed."""
        probes = None if self._probes is None else len(self._probes)
        refused = tuple((want, number) for want, number in self._refused.items() if number)
        return Counters(self._calls, self._late_calls, self._silent, self._answered, probes, refused)

    def take_pending(self) -> list[Outcome]:
        """The changes to store before asking the job that `next` returned."""
        pending, self._pending = self._pending, []
        return pending

    def leftovers(self) -> list[Outcome]:
        """The changes to store at the end: the parts that were not asked have failed."""
        given_up = [recovery.give_up() for recovery in self._recoveries if recovery.started]
        return [outcome for outcome in given_up if outcome is not None]

    @property
    def left(self) -> int:
        """How many searches are left, at least, including those being asked."""
        parts = sum(max(1, len(one.jobs)) for one in self._recoveries if not (one.is_over or one.busy))
        return len(self._first) + len(self._late) + parts + len(self._running)

    def next(self, calls_left: int | None = None) -> Job | None:
        """The search to ask next, with the given number of calls left; None if there is none now."""
        job = None if self._over else self._next(calls_left)
        if job is not None:
            self._running.add(job)
        return job

    # Events

    def call_failed(self, job: Job, *, is_attempt: bool = True, is_rejected: bool = False) -> None:
        """A call failed, and another one may follow: as an attempt, or because the API did not know the search."""
        self._calls += 1
        self._late_calls += job.is_late
        job.calls += 1
        job.attempts += is_attempt
        job.rejections += is_rejected

    def page(self, job: Job) -> None:
        """A page came."""
        self._calls += 1
        job.calls += 1
        job.pages += 1
        job.attempts = job.rejections = 0
        job.answered = True
        if job.resumed:  # the API has not forgotten it
            job.resumed = job.alone = self._forgets = False
        self._silent = 0
        self._answered = True
        self._over = False
        self._probes = None
        self._accepted.add(job.want)

    def finished(self, job: Job) -> Outcome | None:
        """The last page of a search came; the result must be stored together with that page."""
        self._ended(job)
        self._sources.pop(job, None)
        self._has_covered = True
        if self._forgets:
            self._calls_a_day[job.want] = job.pages / spans.count(job.days)
        return None if job.recovery is None else job.recovery.finished(job)

    def ended(self, job: Job) -> Ended:
        """What a search that ends early has covered."""
        return Ended(job.days, job.pages, job.last_video, self._lag)

    def is_asked_again(self, job: Job, calls_left: int | None) -> bool:
        """Whether a search of an earlier run is asked for again if the API does not know it.

        Not if this call may be missing to page through a day, so that the run would cover none.
        """
        if self._has_covered or not job.resumed or calls_left is None:
            return True
        return not calls_left - _SPARE < self.ended(job).calls_a_day <= calls_left

    def lost(self, job: Job, calls_left: int | None) -> Outcome:
        """The API forgot the search. Its other days are asked in windows that end within the calls left."""
        self._forgets, ended = True, self.ended(job)
        gives_up = job.losses >= (1 if job.once else LOSSES) and not ended.covered.spans
        if job.draw or job.is_probe or gives_up or not ended.rest.spans:
            outcome = self.failed(job, "the API does not know the search any more", ended)
        elif self._is_hopeless(job):
            outcome = self._too_dense(job, ended)
        else:
            self._ended(job)
            outcome = self._asked_anew(job, ended, calls_left)
        return attrs.evolve(outcome, is_forgotten=True)

    def _asked_anew(self, job: Job, ended: Ended, calls_left: int | None) -> Outcome:
        """Mark the covered days as done, and ask the other days again."""
        rest = Job(
            job.want,
            ended.rest,
            job.once,
            losses=0 if ended.covered.spans else job.losses + 1,
            recovery=job.recovery,
            late=job.late,
            is_rest=True,
            least=job.pages if spans.single(job.days) else 0,
        )
        self._calls_a_day[job.want] = ended.calls_a_day
        if job.recovery is None:
            self._first.appendleft(rest)
            return Outcome(job.want, job, ended.covered)
        parts = []
        while rest.days.spans:
            part = window(rest.days, self._longest[job.want], ended.calls_a_day, calls_left)
            parts.append(attrs.evolve(rest, days=part))
            rest.days = spans.minus(rest.days, part)
        job.recovery.replace(parts)
        return Outcome(job.want, job, ended.covered, parts=tuple(parts))

    def _is_hopeless(self, job: Job) -> bool:
        """Whether it is a single day that takes more calls than a run has."""
        return spans.single(job.days) and job.pages >= self._run_calls

    def _too_dense(self, job: Job, ended: Ended) -> Outcome:
        day = ended.rest.dates()[0][0]
        error = f"{day} alone took {job.pages:,} calls and was not done; a run has {self._run_calls:,} calls here"
        self._ended(job)
        if job.recovery is not None:
            return job.recovery.failed(job, ended.covered, error)
        return Outcome(job.want, job, ended.covered, ended.rest, error)

    def failed(self, job: Job, error: str, ended: Ended, *, refused: bool = False) -> Outcome:
        """A search failed permanently; `refused` means that the API refused the request itself."""
        self._ended(job)
        if not job.answered:
            self._silent += 1
            self._refused[job.want] += refused
        if refused and spans.single(job.days) and not job.draw and self._is_suspended(job.want, REFUSALS + 1):
            return self._condemned(job, error)
        if job in self._sources:
            return self._returned(job, error)
        if job.recovery is not None:
            return job.recovery.failed(job, ended.covered, error)
        if job.draw:
            return Outcome(job.want, job, failed=job.days, error=error)
        if not ended.rest.spans:
            return Outcome(job.want, job, ended.covered)
        if spans.single(ended.rest):  # it cannot be split
            return Outcome(job.want, job, ended.covered, ended.rest, error)
        recovery = Recovery(job.want, ended.rest, error, late=job.late)
        self._recoveries.append(recovery)
        return Outcome(job.want, job, ended.covered, ended.rest, error, recovery=recovery)

    def _ended(self, job: Job) -> None:
        self._running.discard(job)
        self._probing.discard(job)

    # The next search

    def _next(self, calls_left: int | None) -> Job | None:
        if self._is_bounded and any(job.alone for job in self._running):
            return None
        if self._probes is None and self._silent >= SILENT and self._may_probe():
            self._probes = self._candidates()
        if self._probes is not None:
            return self._next_probe(self._probes)
        if self._is_bounded and self._forgets and not self._has_covered:
            return None if self._running else self._next_day(calls_left)
        return self._next_first(calls_left) or self._next_part() or self._next_late()

    def _next_day(self, calls_left: int | None) -> Job | None:
        """The next single day, from its first page on: a run with enough calls covers it, even if the API forgets.

        Days that an earlier run has started come after the others, and days that take more calls than a run has come
        last.
        """
        fresh = next((job for job in self._first if self._is_whole(job)), None)
        begun = next((job for job in self._first if job.pages and not self._is_hopeless(job)), None)
        if fresh is None and begun is not None:
            self._first.remove(begun)
            self._pending.append(self._asked_anew(begun, self.ended(begun), calls_left))
            fresh = self._first[0]
        if fresh is not None:
            return self._cut(self._first, fresh, 1)
        job = self._next_first(calls_left) or self._next_part(1)
        if job is not None and job.recovery is not None and job.pages and not self._is_hopeless(job):
            self._pending.append(self._asked_anew(job, self.ended(job), calls_left))
            job = self._next_part(1)
        if job is None and self._late and not self._is_late_spent():
            job = self._cut(self._late, self._late[0], 1)
        return job

    def _is_whole(self, job: Job) -> bool:
        """Whether none of it has been asked, and it may be asked now."""
        return not (job.pages or job.draw or self._is_suspended(job.want))

    def _cut(self, queue: deque[Job], job: Job, size: int) -> Job:
        """The oldest days of a search that has not started; the others are asked later."""
        days = spans.cut(job.days, size)[0]
        if days == job.days:
            queue.remove(job)
            part = job
        else:
            part = attrs.evolve(job, days=days, row=None)
            job.days = spans.minus(job.days, days)
        part.alone = True
        return part

    def _may_probe(self) -> bool:
        """Whether the run is between two windows: inside a window, its recovery does the probing."""
        return bool(self._first) or not any(one.started and not one.is_over for one in self._recoveries)

    def _next_first(self, calls_left: int | None) -> Job | None:
        for job in self._first:
            if calls_left is not None and job.least > calls_left:
                continue
            if job.pages or job.draw or not self._is_suspended(job.want):
                return self._sized(job, calls_left)
            if not self._is_judged(job.want):
                return self._taken(job, spans.bounds(job.days)[0])
        return None

    def _sized(self, job: Job, calls_left: int | None) -> Job:
        """The search, or the part of it that can be expected to end before the API forgets it."""
        calls_a_day = self._calls_a_day.get(job.want)
        is_bounded = self._is_bounded and self._forgets
        if job.pages or job.draw or calls_a_day is None or not (job.is_rest or is_bounded):
            self._first.remove(job)
            return job
        days = window(job.days, self._longest[job.want], calls_a_day, calls_left)
        return self._cut(self._first, job, spans.bounds(days)[1] - spans.bounds(days)[0] + 1)

    def _next_part(self, longest: int = spans.LAST_DAY) -> Job | None:
        self._recoveries = [one for one in self._recoveries if one.busy or not one.is_over]
        for recovery in [*self._recoveries]:
            if recovery.busy or (recovery.late and self._is_late_spent()):
                continue
            if not recovery.started:
                if self._silent >= SILENT and any(one.started for one in self._recoveries):
                    continue
                if self._is_suspended(recovery.want) and spans.count(recovery.rest) > 1:
                    if self._is_judged(recovery.want):
                        continue
                    return self._taken(recovery, spans.bounds(recovery.rest)[0])
                started = recovery.start(anything_answered=self._answered)
                self._pending += [] if started is None else [started]
            if not recovery.is_over:
                return recovery.next(longest)
        return None

    def _next_late(self) -> Job | None:
        return self._late.popleft() if self._late and not self._is_late_spent() else None

    def _is_late_spent(self) -> bool:
        running = sum(job.is_late for job in self._running)
        return self._late_calls + running >= max(LATE_CALLS, self._calls // 10)

    # Probes: does anything answer?

    def _candidates(self) -> deque[tuple[Source, int | None]] | None:
        """Up to five single days spread over the rest; a search that has started, or a draw, is asked whole."""
        left: list[Source] = [*self._first] or [
            *(one for one in self._recoveries if not one.started),
            *self._late,
        ]
        if self._is_late_spent():
            left = [source for source in left if not source.late]
        places: list[tuple[Source, int | None]] = []
        for source in left:
            if isinstance(source, Job) and (source.pages or source.draw):
                places.append((source, None))
            else:
                places += [(source, day) for day in spans.each(_days(source))]
        chosen = [places[(2 * n + 1) * len(places) // (2 * PROBES)] for n in range(PROBES)] if places else []
        chosen, self._most_probes = chosen[PROBES - self._most_probes :], PROBES
        return deque(dict.fromkeys(chosen)) or None

    def _next_probe(self, probes: deque[tuple[Source, int | None]]) -> Job | None:
        while probes and probes[0][0].late and self._is_late_spent():
            probes.popleft()
        if not probes:
            if not self._probing and not self._running:
                self._over, self._probes = True, None
            return None
        source, day = probes.popleft()
        if day is None:
            assert isinstance(source, Job)
            self._first.remove(source)
            source.once = True
            job = source
            self._sources[job] = job
        else:
            job = self._taken(source, day)
        self._probing.add(job)
        return job

    def _taken(self, source: Source, day: int) -> Job:
        """Take a single day from the rest, to ask it once, alone."""
        days = spans.span(day, day)
        rest = spans.minus(_days(source), days)
        if isinstance(source, Recovery):
            source.rest = rest
        else:
            if source in self._late:  # if it answers, the days after it are asked next
                self._late.rotate(-self._late.index(source))
            source.days = rest
            if not rest.spans:
                (self._late if source in self._late else self._first).remove(source)
        job = Job(source.want, days, once=True, late=source.late, is_probe=True)
        if isinstance(source, Job) and not rest.spans:
            job.row, job.calls = source.row, source.calls
        self._sources[job] = source
        return job

    def _returned(self, job: Job, error: str) -> Outcome:
        """Put back a probe without an answer: the silence of the API says nothing about this search."""
        source = self._sources.pop(job)
        self._refused[job.want] = min(self._refused[job.want], REFUSALS - 1)
        if source is job:
            job.once = False
            self._first.appendleft(job)
            return Outcome(job.want)
        if isinstance(source, Recovery) and not source.started:
            source.rest = spans.union([source.rest, job.days])
        elif isinstance(source, Job) and (source in self._first or source in self._late):
            source.days = spans.union([source.days, job.days])
        elif source.late:  # these days have nothing else to ask
            return Outcome(job.want, job, failed=job.days, error=error)
        else:
            self._first.appendleft(Job(job.want, job.days))
        return Outcome(job.want, job)

    # Queries that the API refuses

    def _is_suspended(self, want: int, refusals: int = REFUSALS) -> bool:
        """Whether the API has refused the allowed number of windows of a query, and accepted none."""
        return self._refused[want] >= refusals and want not in self._accepted

    def _is_judged(self, want: int) -> bool:
        """Whether a single day of the query is being asked."""
        return any(job.want == want and spans.single(job.days) for job in self._running)

    def _condemned(self, job: Job, error: str) -> Outcome:
        """Mark everything left of a query that the API refuses as failed."""
        self._sources.pop(job, None)
        want = job.want
        jobs = [one for one in (*self._first, *self._late) if one.want == want and not one.draw]
        recoveries = [one for one in self._recoveries if one.want == want]
        failed = spans.union([job.days, *(one.days for one in jobs), *(one.left for one in recoveries)])
        rows = [one.row for one in jobs if one.row is not None]
        closes = (*rows, *(row for recovery in recoveries for row in recovery.rows))
        self._first = deque(one for one in self._first if one not in jobs)
        self._late = deque(one for one in self._late if one not in jobs)
        self._recoveries = [one for one in self._recoveries if one.want != want]
        if self._probes is not None:
            self._probes = deque((source, day) for source, day in self._probes if source.want != want)
        return Outcome(job.want, job, failed=failed, error=error, closes=closes)


def _days(source: Source) -> Days:
    return source.rest if isinstance(source, Recovery) else source.days
