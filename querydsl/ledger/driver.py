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
from .headway import Ended, window
from .queues import Probe, Queues
from .recovery import SILENT, Job, Outcome, Recovery
from .run_state import RunState

#: The calls that a run may spend on days that failed in an earlier run; or a tenth of its own calls, if that is more.
LATE_CALLS: Final = 50
#: How often the API may forget a search, and its replacements, before it counts as failed.
LOSSES: Final = 3
#: How many windows of a query the API may refuse before a single day decides.
REFUSALS: Final = 2

#: The calls for an id that the API does not know and for its repeat, and one because a density is not exact.
_SPARE: Final = 3

_NEW: Final = RunState()


class Driver:
    """One run of a collection; the caller must let only one thread in at a time.

    `first` are the searches with all attempts, in order; `recoveries` were started by an earlier run; `late` are
    windows of days that failed in an earlier run. `longest` has the longest window of each want. `accepted` are the
    wants for which the API has sent pages before. With `is_bounded`, the number of calls of the run is limited.
    `forgets`: the API did not know the last search that this run, or an earlier one, wanted to continue. `lag` is the
    longest time between id and `create_time` seen in the file. `state` is that of a killed run that this run
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
        state: RunState = _NEW,
    ) -> None:
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
        self._queues = Queues(first, recoveries, late, state.next_late)
        self._refused: Counter[int] = Counter(dict(state.refused))
        #: The searches being asked, in the order of their start.
        self._running: dict[Job, None] = {}
        #: The probes to ask, and those being asked.
        self._probes = self._continued(state.probes)
        self._probing: dict[Job, None] = {}
        #: How many searches in a row ended without a page.
        self._silent = state.silent
        self._answered = state.answered
        self._over = False
        #: All calls of this run, and those that failed on days of earlier runs.
        self._calls = state.calls
        self._late_calls = state.late_calls
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
    def state(self) -> RunState:
        """The state for a run that continues after this one is killed."""
        probes = None if self._probes is None else self._queues.saved(self._probes, self._probing)
        refused = tuple((want, number) for want, number in self._refused.items() if number)
        next_late = self._queues.next_late(self._running)
        recoveries = tuple(state for one in self._queues.recoveries if (state := one.state) is not None)
        counts = (self._calls, self._late_calls, self._silent, self._answered)
        return RunState(*counts, probes, refused, next_late, recoveries)

    def take_pending(self) -> list[Outcome]:
        """The changes to store before asking the job that `next` returned; if it was None, `next` may have one then."""
        pending, self._pending = self._pending, []
        return pending

    def leftovers(self) -> list[Outcome]:
        """The changes to store at the end: the parts that were not asked have failed."""
        given_up = [recovery.give_up() for recovery in self._queues.recoveries if recovery.started]
        return [outcome for outcome in given_up if outcome is not None]

    @property
    def left(self) -> int:
        """How many searches are left, at least, including those being asked."""
        return self._queues.left + len(self._running)

    def next(self, calls_left: int | None = None) -> Job | None:
        """The search to ask next, with the given number of calls left; None if there is none now."""
        job = None if self._over else self._next(calls_left)
        if job is not None:
            self._running[job] = None
        return job

    # Events

    def call_failed(self, job: Job, *, is_attempt: bool = True, is_rejected: bool = False) -> None:
        """A call failed, and another one may follow: as an attempt, or because the API did not know the search."""
        self._called(job)
        self._late_calls += job.is_late
        job.attempts += is_attempt
        job.rejections += is_rejected

    def page(self, job: Job) -> None:
        """A page came."""
        self._called(job)
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

    def _called(self, job: Job) -> None:
        self._calls += 1
        job.calls += 1
        if job.began is None and spans.single(job.days):
            job.calls_in_run += 1
            if job.calls_in_run >= self._run_calls:
                job.spent = job.calls_in_run

    def finished(self, job: Job) -> Outcome | None:
        """The last page of a search came; the result must be stored together with that page."""
        self._ended(job)
        self._queues.answered(job)
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
            calls_in_run=job.calls_in_run,
            place=job.place,
        )
        self._calls_a_day[job.want] = ended.calls_a_day
        if job.recovery is None:
            self._queues.first.appendleft(rest)
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
        return spans.single(job.days) and max(job.pages, job.spent) >= self._run_calls

    def _too_dense(self, job: Job, ended: Ended) -> Outcome:
        day = ended.rest.dates()[0][0]
        calls = max(job.calls, job.spent)
        error = f"{day} alone took {calls:,} calls and was not done; a run has {self._run_calls:,} calls here"
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
        if self._queues.is_taken(job):
            self._refused[job.want] = min(self._refused[job.want], REFUSALS - 1)
            return self._queues.put_back(job, error)
        if job.recovery is not None:
            return job.recovery.failed(job, ended.covered, error)
        if job.draw:
            return Outcome(job.want, job, failed=job.days, error=error)
        if not ended.rest.spans:
            return Outcome(job.want, job, ended.covered)
        if spans.single(ended.rest):  # it cannot be split
            return Outcome(job.want, job, ended.covered, ended.rest, error)
        recovery = Recovery(job.want, ended.rest, error, late=job.late)
        self._queues.recoveries.append(recovery)
        return Outcome(job.want, job, ended.covered, ended.rest, error, recovery=recovery)

    def _ended(self, job: Job) -> None:
        self._running.pop(job, None)
        self._probing.pop(job, None)

    # The next search

    def _next(self, calls_left: int | None) -> Job | None:
        if self._is_bounded and any(job.alone for job in self._running):
            return None
        if self._probes is None and self._silent >= SILENT and self._may_probe():
            self._probes = self._queues.probes(with_late=not self._is_late_spent()) or None
        if self._probes is not None:
            return self._next_probe(self._probes)
        if self._is_bounded and self._forgets and not self._has_covered:
            return None if self._running else self._next_day(calls_left)
        job = self._next_first(calls_left) or self._next_part()
        return job if job is not None or self._pending else self._next_late()

    def _next_day(self, calls_left: int | None) -> Job | None:
        """The next single day, from its first page on: a run with enough calls covers it, even if the API forgets.

        Days that an earlier run has started come after the others, and days that take more calls than a run has come
        last.
        """
        fresh = next((job for job in self._queues.first if self._is_whole(job)), None)
        begun = next((job for job in self._queues.first if job.pages and not self._is_hopeless(job)), None)
        if fresh is None and begun is not None:
            self._queues.first.remove(begun)
            self._pending.append(self._asked_anew(begun, self.ended(begun), calls_left))
            fresh = self._queues.first[0]
        if fresh is not None:
            return self._cut(self._queues.first, fresh, 1)
        job = self._next_first(calls_left) or self._next_part(1)
        if job is not None and job.recovery is not None and job.pages and not self._is_hopeless(job):
            self._pending.append(self._asked_anew(job, self.ended(job), calls_left))
            return None
        if job is None and not self._pending and self._queues.late and not self._is_late_spent():
            job = self._cut(self._queues.late, self._queues.late[0], 1)
        return job

    def _is_whole(self, job: Job) -> bool:
        """Whether none of it has been asked, and it may be asked now."""
        return not (job.pages or job.draw or self._is_suspended(job.want))

    def _cut(self, queue: deque[Job], job: Job, size: int) -> Job:
        part = self._queues.cut(queue, job, size)
        part.alone = True
        return part

    def _may_probe(self) -> bool:
        """Whether the run is between two windows: inside a window, its recovery does the probing."""
        return bool(self._queues.first) or not any(one.started and not one.is_over for one in self._queues.recoveries)

    def _next_first(self, calls_left: int | None) -> Job | None:
        for job in self._queues.first:
            if calls_left is not None and job.least > calls_left:
                continue
            if self._forgets and self._is_cheap(job):
                self._queues.first.remove(job)
                self._pending.append(self._asked_anew(job, self.ended(job), calls_left))
                return self._sized(self._queues.first[0], calls_left)
            if job.pages or job.draw or not self._is_suspended(job.want):
                return self._sized(job, calls_left)
            if not self._is_judged(job.want):
                return self._queues.take(job, spans.bounds(job.days)[0])
        return None

    def _is_cheap(self, job: Job) -> bool:
        """Whether a search of an earlier run costs no more from its start than a call for an id that the API forgot."""
        return job.resumed and not job.draw and job.pages <= 1 and bool(self.ended(job).rest.spans)

    def _sized(self, job: Job, calls_left: int | None) -> Job:
        """The search, or the part of it that can be expected to end before the API forgets it."""
        calls_a_day = self._calls_a_day.get(job.want)
        is_bounded = self._is_bounded and self._forgets
        if job.pages or job.draw or calls_a_day is None or not (job.is_rest or is_bounded):
            self._queues.first.remove(job)
            return job
        days = window(job.days, self._longest[job.want], calls_a_day, calls_left)
        return self._cut(self._queues.first, job, spans.bounds(days)[1] - spans.bounds(days)[0] + 1)

    def _next_part(self, longest: int | None = None) -> Job | None:
        self._queues.recoveries = [one for one in self._queues.recoveries if one.busy or not one.is_over]
        for recovery in [*self._queues.recoveries]:
            if recovery.busy or (recovery.late and self._is_late_spent()):
                continue
            if not recovery.started:
                if self._silent >= SILENT and any(one.started for one in self._queues.recoveries):
                    continue
                if self._is_suspended(recovery.want) and spans.count(recovery.rest) > 1:
                    if self._is_judged(recovery.want):
                        continue
                    return self._queues.take(recovery, spans.bounds(recovery.rest)[0])
                started = recovery.start(anything_answered=self._answered)
                if started is not None:
                    self._pending.append(started)
                    return None
            if not recovery.is_over:
                return recovery.next(longest)
        return None

    def _next_late(self) -> Job | None:
        return self._queues.late.popleft() if self._queues.late and not self._is_late_spent() else None

    def _is_late_spent(self) -> bool:
        running = sum(job.is_late for job in self._running)
        return self._late_calls + running >= max(LATE_CALLS, self._calls // 10)

    # Probes: does anything answer?

    def _continued(self, saved: tuple[tuple[int, int, int], ...] | None) -> deque[Probe] | None:
        """The probes of a killed run; if there were some, and none of them is left to ask, new ones are chosen."""
        probes = None if saved is None else self._queues.found(saved)
        return None if saved and not probes else probes

    def _next_probe(self, probes: deque[Probe]) -> Job | None:
        while probes and probes[0][0].late and self._is_late_spent():
            probes.popleft()
        if not probes:
            if not self._probing and not self._running:
                self._over = True
            return None
        source, day = probes.popleft()
        if day is None:
            assert isinstance(source, Job)
            job = self._queues.take_whole(source)
        else:
            job = self._queues.take(source, day)
        self._probing[job] = None
        return job

    # Queries that the API refuses

    def _is_suspended(self, want: int, refusals: int = REFUSALS) -> bool:
        """Whether the API has refused the allowed number of windows of a query, and accepted none."""
        return self._refused[want] >= refusals and want not in self._accepted

    def _is_judged(self, want: int) -> bool:
        """Whether a single day of the query is being asked."""
        return any(job.want == want and spans.single(job.days) for job in self._running)

    def _condemned(self, job: Job, error: str) -> Outcome:
        """Mark everything left of a query that the API refuses as failed."""
        if self._probes is not None:
            self._probes = deque((source, day) for source, day in self._probes if source.want != job.want)
        return self._queues.condemn(job, error)
