"""Asks a window that failed again in parts: probes of single days first if nothing answers, otherwise halves. No I/O.

Each part gets one attempt. The older half comes first, depth first, down to single days. So one bad day of 31 costs at
most 11 more calls, and 31 bad days cost 13.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

import attrs

from . import days as spans
from .days import Days
from .run_state import RecoveryState
from .standing import Search

#: How many single days are asked to find out whether anything answers.
PROBES: Final = 5
#: After this many failed parts in a row, single days are asked again.
SILENT: Final = 8


@attrs.define(eq=False)
class Job:
    """A search that is being asked, or waits for its turn."""

    #: The index of its want.
    want: int
    days: Days
    #: Whether it gets only one attempt.
    once: bool = False
    #: Its number in the file; None before its first page.
    row: int | None = None
    cursor: int | None = None
    search_id: str | None = None
    last_video: int | None = None
    pages: int = 0
    calls: int = 0
    #: How often the API forgot it, and the searches that it replaces, in this run.
    losses: int = 0
    #: For its next page: how many attempts failed, and how often the API said that it does not know the search.
    attempts: int = 0
    rejections: int = 0
    #: Whether a page came in this run.
    answered: bool = False
    #: Whether the `search_id` is from an earlier run.
    resumed: bool = False
    #: The search in the state that an earlier run left: it continues with the same fields and `max_count`.
    began: Search | None = None
    #: Whether it has to end within the calls of a run, or may be forgotten: a bounded run asks nothing else meanwhile.
    alone: bool = False
    #: Whether it is the rest of a search that the API forgot: it is asked in windows that can be expected to end.
    is_rest: bool = False
    #: The calls that it takes at least, as a search has shown that the API forgot.
    least: int = 0
    #: For a single day: its calls in this run from its first page on, with those of the searches that it replaces; and
    #: how many a run has spent on it that had no more calls.
    calls_in_run: int = 0
    spent: int = 0
    #: Whether it is a random sample.
    draw: bool = False
    #: The recovery that it is a part of.
    recovery: Recovery | None = None
    #: Whether its days failed in an earlier run.
    late: bool = False
    #: Its place in its queue.
    place: int = 0
    #: Whether it is a probe: a single day that is asked to find out whether anything answers.
    is_probe: bool = False

    @property
    def is_late(self) -> bool:
        """Whether it asks for days that failed in an earlier run."""
        return self.late if self.recovery is None else self.recovery.late


@attrs.frozen
class Outcome:
    """The changes in the file after a search that ended early, for one transaction."""

    #: The index of the want.
    want: int
    job: Job | None = None
    #: The days that the search has covered: its row keeps these, as done. If there are none, the row is closed.
    covered: Days = spans.NONE
    #: The days that failed, and why; the row of a draw keeps its days.
    failed: Days = spans.NONE
    error: str | None = None
    #: The searches to open in its place.
    parts: tuple[Job, ...] = ()
    #: Other rows to close.
    closes: tuple[int, ...] = ()
    #: The recovery that starts with the failed days, and gets their row as its root.
    recovery: Recovery | None = None
    #: Whether the API forgot the search.
    is_forgotten: bool = False

    @classmethod
    def of_calls(cls, job: Job) -> Outcome:
        """Only the calls of a search without a row: its days stay as they are, and are asked later."""
        return cls(job.want, attrs.evolve(job, recovery=None))


class Recovery:
    """The recovery of one window: which part is next, and what happens to the window after each part."""

    def __init__(self, want: int, days: Days, error: str, *, late: bool = False) -> None:
        self.want = want
        #: The days to ask, without those of `parts`.
        self.rest = days
        self.error = error
        #: Whether the window failed in an earlier run.
        self.late = late
        #: The row of the window in the file.
        self.root: int | None = None
        self.started = False
        self._parts: deque[Job] = deque()
        self._probes: deque[Job] = deque()
        self._asked: Job | None = None
        self._failed = spans.NONE
        self._failures = 0
        self._answered = False

    @classmethod
    def resumed(cls, state: RecoveryState, rest: Days, parts: Iterable[Job]) -> Recovery:
        """A recovery that an earlier run started but did not end, with the days of its rest that are still to ask."""
        recovery = cls(state.want, rest, state.error, late=state.late)
        recovery.root = state.root
        recovery.started = True
        recovery._failures = state.failures
        recovery._answered = state.answered
        begun = {}
        for part in parts:
            part.recovery = recovery
            begun[part.days] = part
        for day in state.probes:
            probe = begun.pop(spans.span(day, day), None) or recovery._probe(day)
            probe.is_probe = True
            if spans.common(probe.days, rest).spans:
                recovery._probes.append(probe)
        recovery._parts.extend(begun.values())
        return recovery

    @property
    def state(self) -> RecoveryState | None:
        """Its state for a run that continues after this one is killed; None if it has not started, or is over."""
        if not self.started or (self.is_over and not self.busy):
            return None
        assert self.root is not None
        asked = [] if self._asked is None or not self._asked.is_probe else [self._asked]
        probes = tuple(spans.bounds(job.days)[0] for job in (*asked, *self._probes))
        return RecoveryState(
            self.want, self.root, self.error, self.late, self.rest, probes, self._failures, self._answered
        )

    @property
    def busy(self) -> bool:
        """Whether a part is being asked."""
        return self._asked is not None

    @property
    def left(self) -> Days:
        """The days without a result."""
        return spans.union([self.rest, *(part.days for part in self._parts)])

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to ask."""
        return self.started and not (self._parts or self._probes)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The parts that wait for their turn."""
        return tuple(self._parts)

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows that are open in the file."""
        return tuple(part.row for part in self._parts if part.row is not None)

    def start(self, *, anything_answered: bool) -> Outcome | None:
        """Start; the result must be stored before the first part is asked."""
        self.started = True
        if not anything_answered:
            self._spread_probes()
            return None
        return Outcome(self.want, parts=self._open(self._halves()))

    def next(self, longest: int | None = None) -> Job:
        """The next part to ask; a part that has not started may be limited to this many days."""
        self._asked = self._next(longest)
        return self._asked

    def _next(self, longest: int | None) -> Job:
        if self._probes:
            return self._probes.popleft()
        part = self._parts.popleft()
        days = part.days if part.pages or longest is None else spans.cut(part.days, longest)[0]
        if days == part.days:
            return part
        part.days = spans.minus(part.days, days)
        self._parts.appendleft(part)
        return Job(self.want, days, once=True, recovery=self)

    def finished(self, job: Job) -> Outcome | None:
        """A part, or a probe, is done."""
        self._asked = None
        self._answered = True
        if not job.is_probe:
            return None
        self.rest = spans.minus(self.rest, job.days)
        parts = self._open(spans.cut(self.rest, spans.LAST_DAY))
        return Outcome(self.want, parts=parts) if parts else None

    def failed(self, job: Job, covered: Days, error: str) -> Outcome:
        """A part, or a probe, failed."""
        self._asked = None
        self.error = error
        rest = spans.minus(job.days, covered)
        if job.pages:
            self._answered = True
        elif not self._answered:
            self._failures += 1
        if job.is_probe:
            return self._probe_failed(job, covered, rest)
        if spans.single(rest):
            self._failed = spans.union([self._failed, rest])
            return self._checked(Outcome(self.want, job, covered, rest, error))
        parts = self._jobs(spans.halves(rest))
        self._parts.extendleft(reversed(parts))
        return self._checked(Outcome(self.want, job, covered, error=error, parts=tuple(parts)))

    def replace(self, parts: Iterable[Job]) -> None:
        """Ask other searches in place of a part that the API forgot."""
        self._asked = None
        self._answered = True
        self._parts.extendleft(reversed([*parts]))

    def give_up(self) -> Outcome | None:
        """Everything left of it as failed; None if nothing is open."""
        if not self._parts:
            return None
        failed = spans.union([self._failed, self.left])
        closes = self.rows
        self._parts.clear()
        self.rest = spans.NONE
        return Outcome(self.want, failed=failed, error=self.error, closes=closes)

    def _probe_failed(self, job: Job, covered: Days, rest: Days) -> Outcome:
        self._failed = spans.union([self._failed, rest])
        self.rest = spans.minus(self.rest, job.days)
        outcome = Outcome(self.want, job, covered, rest, self.error)
        if self._answered:  # it failed after its first page
            return attrs.evolve(outcome, parts=self._open(spans.cut(self.rest, spans.LAST_DAY)))
        if self._probes:
            return outcome
        if self._failures < SILENT and self.rest.spans:  # the probes before the halves
            return attrs.evolve(outcome, parts=self._open(self._halves()))
        given_up = spans.union([self._failed, self.rest])
        self.rest = spans.NONE
        return attrs.evolve(outcome, failed=given_up)

    def _checked(self, outcome: Outcome) -> Outcome:
        """The outcome. If too many parts in a row failed, everything left has failed, unless a probe answers."""
        if self._answered or self._failures < SILENT or not self._parts:
            return outcome
        closes = self.rows
        self.rest = spans.union(part.days for part in self._parts)
        self._parts.clear()
        self._spread_probes()
        failed = spans.union([outcome.failed, self.rest])
        return attrs.evolve(outcome, failed=failed, parts=(), closes=closes)

    def _spread_probes(self) -> None:
        self._probes.extend(map(self._probe, spans.spread(self.rest, PROBES)))

    def _probe(self, day: int) -> Job:
        return Job(self.want, spans.span(day, day), once=True, recovery=self, is_probe=True)

    def _halves(self) -> tuple[Days, ...]:
        """The rest in halves; a single day stays whole, if other days of the window were asked as probes."""
        return (self.rest,) if spans.single(self.rest) else spans.halves(self.rest)

    def _open(self, parts: Iterable[Days]) -> tuple[Job, ...]:
        """Ask these parts from now on."""
        jobs = tuple(self._jobs(parts))
        self._probes.clear()
        self.rest = spans.NONE
        self._parts.extend(jobs)
        return jobs

    def _jobs(self, parts: Iterable[Days]) -> list[Job]:
        return [Job(self.want, days, once=True, recovery=self) for days in parts]
