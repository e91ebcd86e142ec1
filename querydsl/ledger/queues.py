"""What is left to ask: searches, windows to recover, and windows of days that failed in earlier runs. No I/O.

A single day can be taken out of any of them, to be asked alone as a *probe*, and put back if nothing answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import attrs

from . import days as spans
from .days import Days
from .recovery import PROBES, Job, Outcome, Recovery

#: What a single day is taken from.
Source = Job | Recovery
#: A search to ask as a probe: a day of its source; None for a whole search that has started, or a draw.
Probe = tuple[Source, int | None]


class Queues:
    """The searches that wait for their turn.

    `first` are the searches with all attempts, in order; `recoveries` the windows that failed in this run, or in the
    killed run that this one continues; `late` the windows of days that failed in an earlier run, from the one at
    `next_late` on.
    """

    def __init__(
        self, first: Iterable[Job], recoveries: Iterable[Recovery], late: Iterable[Job], next_late: int = 0
    ) -> None:
        self.first = deque(first)
        self.recoveries = [*recoveries]
        self.late = deque(late)
        self.late.rotate(-next((n for n, job in enumerate(self.late) if job.place >= next_late), 0))
        #: The sources of the probes that are being asked.
        self._sources: dict[Job, Source] = {}

    @property
    def left(self) -> int:
        """How many searches there are, at least."""
        parts = sum(max(1, len(one.jobs)) for one in self.recoveries if not (one.is_over or one.busy))
        return len(self.first) + len(self.late) + parts

    def next_late(self, running: Iterable[Job]) -> int:
        """The place of the late window to continue with if the run is killed: one that is being asked goes first."""
        late = [job for job in running if job.late and job.began is None and job.recovery is None and not job.is_probe]
        return next((job.place for job in (*late, *self.late)), 0)

    # Single days

    def cut(self, queue: deque[Job], job: Job, size: int) -> Job:
        """Take the oldest days of a search that has not started; the others are asked later."""
        days = spans.cut(job.days, size)[0]
        if days == job.days:
            queue.remove(job)
            return job
        part = attrs.evolve(job, days=days, row=None)
        job.days = spans.minus(job.days, days)
        return part

    def take(self, source: Source, day: int) -> Job:
        """Take a single day, to ask it once, alone."""
        days = spans.span(day, day)
        rest = spans.minus(_days(source), days)
        if isinstance(source, Recovery):
            source.rest = rest
        else:
            if source in self.late:  # if it answers, the days after it are asked next
                self.late.rotate(-self.late.index(source))
            source.days = rest
            if not rest.spans:
                (self.late if source in self.late else self.first).remove(source)
        job = Job(source.want, days, once=True, late=source.late, is_probe=True)
        if isinstance(source, Job):
            job.place = source.place
            if not rest.spans:
                job.row, job.calls = source.row, source.calls
        self._sources[job] = source
        return job

    def take_whole(self, job: Job) -> Job:
        """Take a search that has started, or a draw, to ask it once."""
        self.first.remove(job)
        job.once = True
        self._sources[job] = job
        return job

    def is_taken(self, job: Job) -> bool:
        """Whether it was taken as a probe."""
        return job in self._sources

    def answered(self, job: Job) -> None:
        """A search has ended: if it was a probe, it need not be put back."""
        self._sources.pop(job, None)

    def put_back(self, job: Job, error: str) -> Outcome:
        """Put back a probe without an answer: the silence of the API says nothing about this search."""
        source = self._sources.pop(job)
        if source is job:
            job.once = False
            self._insert(job)
            return Outcome(job.want)
        if isinstance(source, Recovery) and not source.started:
            source.rest = spans.union([source.rest, job.days])
        elif isinstance(source, Job) and (source in self.first or source in self.late):
            source.days = spans.union([source.days, job.days])
        elif source.late:  # these days have nothing else to ask
            return Outcome(job.want, job, failed=job.days, error=error)
        else:
            self._insert(Job(job.want, job.days, place=job.place))
        return Outcome(job.want, job)

    def _insert(self, job: Job) -> None:
        """Put a search back at its place."""
        at = next((n for n, other in enumerate(self.first) if other.place > job.place), len(self.first))
        self.first.insert(at, job)

    # Probes

    def probes(self, *, with_late: bool) -> deque[Probe]:
        """Up to five single days spread over what is left; a search that has started, or a draw, is asked whole."""
        left: list[Source] = [*self.first] or [*self._put_aside(), *self.late]
        places: list[Probe] = []
        for source in left if with_late else [source for source in left if not source.late]:
            if isinstance(source, Job) and (source.pages or source.draw):
                places.append((source, None))
            else:
                places += [(source, day) for day in spans.each(_days(source))]
        chosen = [places[(2 * n + 1) * len(places) // (2 * PROBES)] for n in range(PROBES)] if places else []
        return deque(dict.fromkeys(chosen))

    def saved(self, probes: Iterable[Probe], probing: Iterable[Job]) -> tuple[tuple[int, int, int], ...]:
        """The probes for `RunState`: those being asked go first."""
        asked = [(self._sources[job], job) for job in probing if job in self._sources]
        being = [(source, None if source is job else spans.bounds(job.days)[0]) for source, job in asked]
        return tuple((source.want, day or 0, 0 if day else _row(source)) for source, day in (*being, *probes))

    def found(self, saved: Iterable[tuple[int, int, int]]) -> deque[Probe]:
        """The probes of a `RunState`; those that are no longer to ask are left out."""
        return deque(probe for one in saved for probe in self._found(*one))

    def _found(self, want: int, day: int, row: int) -> Iterator[Probe]:
        sources: list[Source] = [*self.first, *self._put_aside(), *self.late]
        for source in sources:
            is_whole = isinstance(source, Job) and bool(source.pages or source.draw)
            if source.want == want and is_whole == (not day):
                if is_whole and _row(source) == row:
                    yield source, None
                    return
                if not is_whole and spans.common(_days(source), spans.span(day, day)).spans:
                    yield source, day
                    return

    def _put_aside(self) -> list[Recovery]:
        return [one for one in self.recoveries if not one.started]

    # Queries that the API refuses

    def condemn(self, job: Job, error: str) -> Outcome:
        """Mark everything left of a query that the API refuses as failed."""
        self._sources.pop(job, None)
        want = job.want
        jobs = [one for one in (*self.first, *self.late) if one.want == want and not one.draw]
        recoveries = [one for one in self.recoveries if one.want == want]
        failed = spans.union([job.days, *(one.days for one in jobs), *(one.left for one in recoveries)])
        rows = [one.row for one in jobs if one.row is not None]
        closes = (*rows, *(row for recovery in recoveries for row in recovery.rows))
        self.first = deque(one for one in self.first if one not in jobs)
        self.late = deque(one for one in self.late if one not in jobs)
        self.recoveries = [one for one in self.recoveries if one.want != want]
        return Outcome(job.want, job, failed=failed, error=error, closes=closes)


def _days(source: Source) -> Days:
    return source.rest if isinstance(source, Recovery) else source.days


def _row(source: Source) -> int:
    return 0 if isinstance(source, Recovery) or source.row is None else source.row
