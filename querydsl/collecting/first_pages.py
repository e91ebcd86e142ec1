"""Asks for the first pages of a plan's searches, and stores them as a collecting run does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ..client.client import Client
from ..client.paging import Lost, Step
from ..errors import BudgetSpent
from ..ledger import days as spans
from ..ledger.days import Days
from ..ledger.recovery import Job, Outcome
from ..ledger.standing import utc_day
from ..storage.rows import Row, row
from ..storage.writer import Arrived, Writer
from .collect import Begun
from .running import OF_ALL, OF_ONE
from .wants import request_of


class FirstPages:
    """The searches of a plan: with at most a number of calls, some of them get their first page."""

    def __init__(self, client: Client, writer: Writer, begun: Begun, calls: int) -> None:
        self._client = client
        self._writer = writer
        self._begun = begun
        self._calls_before = client.calls
        self._calls = calls
        agenda = begun.agenda
        parts = [part for recovery in agenda.recoveries for part in recovery.jobs]
        whole = [Job(one.want, one.rest, once=True, late=True) for one in agenda.recoveries if one.rest.spans]
        failed = [*agenda.late, *parts, *whole]
        missing = [*begun.missing]
        for number, _, covered in agenda.closings:
            missing[number] = spans.minus(missing[number], covered)
        others = [*_not_asked([*agenda.first, *failed], missing, utc_day(client.time()))]
        #: All searches of the plan, by their queries and days.
        self.jobs = sorted([*agenda.first, *failed, *others], key=lambda job: (job.want, job.days.spans))
        again, aside = {*failed, *others}, {*others}
        #: Those for days that failed earlier.
        self.failed_earlier = [job for job in self.jobs if job in again or job.late]
        self._waiting = [job for job in self.jobs if not job.pages and job not in aside]
        #: The pages that the searches had before.
        self.before = sum(job.pages for job in self.jobs)
        #: Searches whose last page came here.
        self.whole: set[Job] = set()
        #: What failed here, and why.
        self.failures: dict[Job, Exception] = {}

    @property
    def asked(self) -> int:
        """The number of calls made."""
        return self._client.calls - self._calls_before

    def here(self, want: int) -> Days:
        """The days of a want that the file had before."""
        return spans.minus(self._begun.targets[want].want.days, self._begun.missing[want])

    def ask(self) -> None:
        """Ask for first pages; raises an error that stops all of them, and the first one if nothing tells the numbers.

        The days around tell the numbers of days that failed earlier.
        """
        chosen = spread(self._waiting, self._calls)
        spent: BudgetSpent | None = None
        try:
            for behind, job in zip(reversed(range(len(chosen))), chosen, strict=True):
                self._ask_one(job, behind)
        except BudgetSpent as failure:
            spent = failure
        failures = [*self.failures.values(), *([] if spent is None else [spent])]
        if failures and not any(job.pages for job in self.jobs) and not (spent is None and self._is_known_around()):
            raise failures[0]

    def _is_known_around(self) -> bool:
        """Whether only days that failed earlier have failed again, and the file has other days of their queries."""
        earlier = {*self.failed_earlier}
        return all(job in earlier for job in self.failures) and any(self.here(job.want).spans for job in self.failures)

    def _ask_one(self, job: Job, behind: int) -> None:
        """Ask for the first page of a search that has a video, and leave one call for each of the later searches."""
        began, asked_before = self._client.time(), self.asked - job.calls
        most = 1 if job.once else max(1, min(self._client.attempts, self._calls - self.asked - behind))
        steps = self._client.steps(
            request_of(self._begun.targets[job.want].want, job),
            self._received,
            attempts=lambda: most,
            restarts=0,
            on_call=self._on_call,
        )
        try:
            step = next(steps)
            found = self._keep(job, step, asked_before, began)
            while step.place is not None and not step.answer.videos and self._calls - self.asked > behind:
                step = steps.send(found)
                found = self._keep(job, step, asked_before)
        except OF_ALL:
            raise
        except (*OF_ONE, Lost) as failure:
            if not job.pages:
                self.failures[job] = failure
        finally:
            self._count_failed(job, self.asked - asked_before)

    def _on_call(self) -> None:
        if self.asked >= self._calls:
            raise BudgetSpent(f"the estimate made {self._calls:,} calls, as many as it may, and no page came")

    def _received(self, received: dict[str, Any], raw: str) -> Row:
        predicate = self._begun.predicate
        return row(received, raw, predicate is None or predicate(received))

    def _keep(self, job: Job, step: Step[Row], asked_before: int, began: datetime | None = None) -> int:
        """Store a page as a collecting run does; returns how many of its videos are new to the search."""
        place, now = step.place, self._client.time()
        job.pages += 1
        job.calls = self.asked - asked_before
        job.cursor, job.search_id = (None, None) if place is None else (place.cursor, place.search_id)
        began = None if began is None else self._client.settled(began)
        page = Arrived(step.answer.videos, job.cursor, job.search_id, place is None, now, began)
        if place is None:
            self.whole.add(job)
        return self._writer.add(self._begun.targets[job.want], job, page).found

    def _count_failed(self, job: Job, calls: int) -> None:
        """Store the calls that failed after the last page: the days of the search stay as they were."""
        if calls == job.calls:
            return
        job.calls = calls
        target = self._begun.targets[job.want]
        if job.row is None:
            self._writer.keep(target, Outcome.of_calls(job), self._client.time())
        else:
            self._writer.count_failed(target, job)


def _not_asked(jobs: Sequence[Job], missing: Sequence[Days], today: int) -> Iterator[Job]:
    """The missing days that no search is for: they failed in a run that a later one continues."""
    by_want: dict[int, list[Job]] = defaultdict(list)
    for job in jobs:
        by_want[job.want].append(job)
    for number, days in enumerate(missing):
        mine = by_want[number]
        if not any(job.draw for job in mine):
            left = spans.minus(spans.up_to(days, today), spans.union(job.days for job in mine))
            yield from (Job(number, spans.span(first, last), late=True) for first, last in left.spans)


def spread(jobs: Sequence[Job], number: int) -> list[Job]:
    """At most this many searches, spread evenly."""
    if len(jobs) <= number:
        return [*jobs]
    return [jobs[(2 * n + 1) * len(jobs) // (2 * number)] for n in range(number)]
