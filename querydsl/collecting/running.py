"""One run of a collection: workers that ask what the ledger decides, and one writer that stores the answers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from threading import Condition, Event, Thread
from typing import Any, Final

import attrs

from ..client.client import Client
from ..client.paging import Lost, Place, Step
from ..client.retry_policy import EARLIER_SEARCH_RETRIES, Failed, Stopped
from ..errors import (
    AccessTokenInvalid,
    ApiError,
    BudgetSpent,
    CredentialsRefused,
    InvalidParams,
    NetworkError,
    RateLimitExceeded,
    ScopeNotAuthorized,
    ScopePermissionMissed,
    ServerError,
    StuckSearch,
)
from ..ledger import days as spans
from ..ledger.agenda import Agenda
from ..ledger.days import Days
from ..ledger.driver import Driver
from ..ledger.recovery import Job, Outcome
from ..ledger.run_state import RunState
from ..storage.counts import Predicate
from ..storage.rows import Row, row
from ..storage.searches import Target
from ..storage.writer import Added, Arrived, Writer
from ..tables import DAILY_CALLS
from .progress import Progress
from .wants import request_of

#: How many seconds an interrupted collection waits for the pages that are on their way.
_LAST_WAIT: Final = 2.0

#: Errors that concern every search, and end a run at once.
OF_ALL: Final = (AccessTokenInvalid, CredentialsRefused, RateLimitExceeded, ScopeNotAuthorized, ScopePermissionMissed)
#: Errors that concern one search: it is put aside, and the others continue.
OF_ONE: Final = (NetworkError, ServerError, ApiError)

_Steps = Generator[Step[Row], int, None]


@attrs.define
class Tally:
    """The counts of a run."""

    videos: int
    new_videos: int = 0
    unmatched: int = 0
    odd: int = 0
    searches_done: int = 0


def calls_of_run(client: Client) -> int:
    """The calls that a run has: a day's quota, or the rest of the client's `max_calls` if that is less."""
    return DAILY_CALLS if client.calls_left is None else min(DAILY_CALLS, client.calls_left)


class Run:
    """One run of a collection. Its workers share it."""

    def __init__(
        self,
        client: Client,
        writer: Writer,
        targets: Sequence[Target],
        agenda: Agenda,
        *,
        lag: int,
        forgets: bool,
        state: RunState,
        tally: Tally,
        predicate: Predicate | None,
        missing: Sequence[Days],
        days: Days,
        progress: Callable[[Progress], object] | None,
    ) -> None:
        self._client = client
        self._writer = writer
        self._targets = targets
        self._queries = [target.query for target in targets]
        self._predicate = predicate
        #: The missing days of each want.
        self._missing = [*missing]
        self._days = days
        self._progress = progress
        self.tally = tally
        self._calls_before = client.calls
        self._quota = calls_of_run(client)
        longest = [target.want.longest for target in targets]
        self._driver = Driver(
            agenda.first,
            agenda.recoveries,
            agenda.late,
            longest,
            agenda.accepted,
            is_bounded=client.calls_left is not None,
            run_calls=self._quota,
            forgets=forgets,
            lag=lag,
            state=state,
        )
        #: For each search that is being asked, or waits to continue: the part that its pages cover, in days.
        self._reached = {job: self._driver.ended(job).days_covered for job in agenda.first if job.pages}
        self._before = self._now()
        self._began = client.time()
        #: Only the thread that holds it may use the driver, and write.
        self._turn = Condition()
        self._stop = Event()
        self._failure: BaseException | None = None
        self.is_budget_spent = False

    @property
    def calls(self) -> int:
        """The calls of this run, including failed ones."""
        return self._client.calls - self._calls_before

    def work(self, workers: int) -> None:
        """Ask everything that there is to ask; raises the error that ends the run early."""
        self._tell()
        self._work_together(workers)
        if not self.is_budget_spent:
            for outcome in self._driver.leftovers():
                self._keep(outcome)

    @property
    def gave_up(self) -> bool:
        """Whether the run ended because nothing answers, and some searches were not tried."""
        return self._driver.gave_up

    def _work_together(self, workers: int) -> None:
        """Let threads work; the first failure ends all of them, and is raised.

        A single worker has a thread too: so an interrupted run still stores the page on its way.
        """
        threads = [Thread(target=self._work_aside, daemon=True) for _ in range(workers)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)  # some systems cannot interrupt an endless wait
        except BaseException:
            self._halt()
            for thread in threads:
                thread.join(_LAST_WAIT / len(threads))
            raise
        if self._failure is not None:
            raise self._failure

    def _work_aside(self) -> None:
        try:
            self._work()
        except BaseException as failure:
            self._failure = self._failure or failure
            self._halt()

    def _halt(self) -> None:
        self._stop.set()
        with self._turn:
            self._turn.notify_all()

    def _work(self) -> None:
        try:
            while (job := self._next()) is not None:
                self._follow(job)
        except BudgetSpent:
            self.is_budget_spent = True
            self._halt()
        except Stopped:
            pass  # the thread that set it raises the reason

    def _next(self) -> Job | None:
        """The next search; None once there is none, and no running search can bring others."""
        with self._turn:
            while not self._stop.is_set():
                job, pending = self._driver.next(self._client.calls_left), self._driver.take_pending()
                for outcome in pending:
                    self._keep(outcome)
                if job is not None:
                    return job
                if pending:
                    continue
                if not self._driver.is_busy:
                    self._turn.notify_all()
                    return None
                self._turn.wait(0.2)
        return None

    # One search

    def _follow(self, job: Job) -> None:
        began = self._client.time() if job.search_id is None else None
        with self._turn:
            is_asked_again = self._driver.is_asked_again(job, self._client.calls_left)
        retries = EARLIER_SEARCH_RETRIES if is_asked_again else 0
        steps: _Steps = self._client.steps(
            request_of(self._targets[job.want].want, job),
            self._received,
            Place(job.cursor, job.search_id),
            self._stop,
            attempts=lambda: self._attempts(job),
            restarts=0,
            search_retries=max(0, retries - job.rejections),
            on_failure=lambda failed: self._call_failed(job, failed),
        )
        found = None
        while True:
            try:
                step = next(steps) if found is None else steps.send(found)
            except StopIteration:
                return
            except Lost:
                self._ended_early(lambda: self._driver.lost(job, self._client.calls_left))
                return
            except OF_ALL:
                self._count_refused(job)
                raise
            except OF_ONE as failure:
                self._ended_early(lambda failure=failure: self._failed(job, failure))  # type: ignore[misc]
                return
            found = self._arrived(job, step, began)
            began = None

    def _attempts(self, job: Job) -> int:
        """The attempts for a page: if few calls are left, one failing search must not take them all."""
        if job.once:
            return 1
        left = self._client.calls_left
        most = self._client.attempts if left is None else min(self._client.attempts, max(1, left // 2))
        return max(1, most - job.attempts)

    def _call_failed(self, job: Job, failed: Failed) -> None:
        """Count a failed call. A search without a row that gets only one attempt is stored when it ends."""
        with self._turn:
            self._driver.call_failed(job, is_attempt=failed.kind == "again", is_rejected=failed.kind == "search")
            if job.draw or job.row is not None or not job.once:
                self._writer.count_failed(self._targets[job.want], job, self._state)

    def _count_refused(self, job: Job) -> None:
        """Store the calls of a search that ends with the run, if it has no row: its days are asked in a later run."""
        with self._turn:
            if job.row is None and job.calls:
                self._keep(Outcome.of_calls(job))

    def _received(self, received: dict[str, Any], raw: str) -> Row:
        return row(received, raw, self._predicate is None or self._predicate(received))

    def _arrived(self, job: Job, step: Step[Row], began: datetime | None) -> int:
        """Store a page; returns how many of its videos are new to the search."""
        place, videos = step.place, step.answer.videos
        with self._turn:
            is_remembered = job.resumed
            self._driver.page(job)
            outcome = self._driver.finished(job) if place is None else None
            cursor, search_id = (None, None) if place is None else (place.cursor, place.search_id)
            now = self._client.time()
            began = None if began is None else self._client.settled(began)
            page = Arrived(videos, cursor, search_id, place is None, now, began, is_remembered)
            added = self._writer.add(self._targets[job.want], job, page, outcome, self._state)
            job.cursor, job.search_id = cursor, search_id
            job.last_video = next((one.id for one in reversed(videos) if one.id is not None), job.last_video)
            self._reached[job] = self._driver.ended(job).days_covered
            self._count(job, added, videos, is_done=place is None)
            self._tell()
            self._turn.notify_all()
            return added.found

    def _count(self, job: Job, added: Added, videos: Sequence[Row], *, is_done: bool) -> None:
        self.tally.videos += added.selected
        self.tally.new_videos += added.new
        self.tally.unmatched += added.unmatched
        self.tally.odd += sum(one.odd for one in videos)
        if is_done:
            self.tally.searches_done += 1
            self._reached.pop(job, None)
            self._missing[job.want] = spans.minus(self._missing[job.want], job.days)

    def _ended_early(self, decide: Callable[[], Outcome]) -> None:
        with self._turn:
            outcome = decide()
            self._keep(outcome)
            covered = spans.minus(self._missing[outcome.want], outcome.covered)
            self._missing[outcome.want] = covered
            if outcome.job is not None:
                self._reached.pop(outcome.job, None)
            self.tally.searches_done += 1
            self._tell()
            self._turn.notify_all()

    def _keep(self, outcome: Outcome) -> None:
        self._writer.keep(self._targets[outcome.want], outcome, self._client.time(), self._state)

    @property
    def _state(self) -> str:
        return self._driver.state.to_text(self._queries)

    @property
    def left(self) -> str:
        """The state for the run after one that was stopped: its recoveries continue, and nothing else."""
        return RunState(recoveries=self._driver.state.recoveries).to_text(self._queries)

    def _failed(self, job: Job, failure: Exception) -> Outcome:
        ended = self._driver.ended(job)
        if isinstance(failure, StuckSearch):  # the order of its pages has no meaning
            ended = attrs.evolve(ended, last_video=None)
        return self._driver.failed(job, str(failure), ended, refused=isinstance(failure, InvalidParams))

    # Progress

    def _tell(self) -> None:
        if self._progress is None:
            return
        before, seconds = self._before, (self._client.time() - self._began).total_seconds()
        progress = attrs.evolve(
            self._now(),
            days_before=before.days_done,
            videos_before=before.videos,
            share_before=before.share,
            seconds=seconds,
        )
        self._progress(progress)

    def _now(self) -> Progress:
        """The progress now, without the part that was done before the run."""
        days, done = spans.count(self._days), self.tally.searches_done
        missing = spans.count(spans.common(spans.union(self._missing), self._days))
        searches = done + self._driver.left
        counts = (done, searches, days - missing, days, self.tally.videos, self.calls)
        return Progress(*counts, quota=self._quota, share=self._share())

    def _share(self) -> float:
        """The share of all queries and days that is in the file; for samples, the share of draws."""
        wants = [target.want for target in self._targets]
        if any(want.draws for want in wants):
            done = self.tally.searches_done
            return done / max(1, done + self._driver.left)
        asked = sum(spans.count(want.days) for want in wants)
        missing = sum(map(spans.count, self._missing)) - sum(self._reached.values())
        return min(1.0, max(0.0, 1.0 - missing / asked))
