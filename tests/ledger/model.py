"""A model of the API and of the file, and runs of the driver with both."""

from __future__ import annotations

from collections.abc import Callable, Collection
from random import Random

import attrs

from querydsl import Region
from querydsl.ledger import days as spans
from querydsl.ledger.agenda import Want, agenda
from querydsl.ledger.driver import Driver
from querydsl.ledger.headway import EPOCH
from querydsl.ledger.recovery import Job, Outcome
from querydsl.ledger.rests import Rest
from querydsl.ledger.run_state import RunState, Windows
from querydsl.ledger.standing import Fields, Search, Standing, standing
from querydsl.moments import SECONDS_A_DAY
from querydsl.requests.query import Query

FIELDS = Fields(frozenset({"id", "create_time"}))
#: The first day of the models.
DAY_ONE = EPOCH + 20_000


def rest(number: int = 0) -> Rest:
    return Rest.of(Query([Region == ("US", "JP", "DE", "FR")[number]]))


def want(first: int, last: int, number: int = 0, **options: object) -> Want:
    """The days of a query, counted from the first day of the model."""
    given = {"fields": FIELDS, "longest": 31, **options}
    return Want(rest(number), spans.span(DAY_ONE + first, DAY_ONE + last), **given)


class Killed(BaseException):
    """The process is gone."""


@attrs.define
class Api:
    """The videos of the API and its behaviour; days are counted from the first day of the model."""

    #: The number of videos on a day.
    pages: Callable[[int], int] = lambda _: 1
    #: Days that fail in every window.
    bad: Collection[int] = ()
    #: Whether a call fails, by its number.
    dead: Callable[[int], bool] = lambda _: False
    #: Whether a window is refused as a wrong request.
    refused: Callable[[Job], bool] = lambda _: False
    #: The searches of earlier runs that are forgotten, by the number of calls at their last page.
    forgets: Callable[[int, int], bool] = lambda _, __: False
    #: After how many pages each search is forgotten.
    most_pages: int = 1_000_000
    #: The number of days after which a video of a day is found.
    late: Callable[[int], int] = lambda _: 0
    #: How many seconds the id of each video is older than its day.
    lags: Callable[[int], int] = lambda _: 0
    #: The number of videos on a page.
    page_size: int = 1
    calls: int = 0
    #: The pages that were sent, as (want, day), and the searches that were started, as (want, days).
    given: list[tuple[int, int]] = attrs.field(factory=list)
    begun: list[tuple[int, tuple[int, ...]]] = attrs.field(factory=list)

    def videos(self, days: spans.Days, today: int) -> list[int]:
        """The ids of the videos that can be found, one per page, the newest first."""
        found = []
        for day in spans.each(days):
            number = day - DAY_ONE
            if today - day >= self.late(number):
                begins = (day - EPOCH) * SECONDS_A_DAY - self.lags(number)
                found += [((begins + page) << 32) + number + 1 for page in range(self.pages(number))]
        return sorted(found, reverse=True)

    def fails(self, job: Job) -> bool:
        return self.dead(self.calls) or any(day - DAY_ONE in self.bad for day in spans.each(job.days))


@attrs.define
class File:
    """The rows of the file, and the videos of each query."""

    rows: dict[int, Search] = attrs.field(factory=dict)
    queries: dict[int, str] = attrs.field(factory=dict)
    videos: set[tuple[str, int]] = attrs.field(factory=set)
    #: The videos that each open search sees, and the number of calls at its last page.
    sees: dict[int, tuple[list[int], int]] = attrs.field(factory=dict)
    #: Whether the API did not know the last search that a run wanted to continue.
    forgets: bool = False
    #: The windows and the state of a run that has not ended normally, as texts.
    windows: str | None = None
    state: str | None = None

    def searches(self, key: str) -> list[Search]:
        return [search for number, search in self.rows.items() if self.queries[number] == key]

    def insert(self, key: str, days: spans.Days, state: str, **values: object) -> int:
        number = len(self.rows) + 1
        self.rows[number] = Search(number, days, FIELDS, state, **values)
        self.queries[number] = key
        return number

    def open(self, key: str, job: Job) -> None:
        root = None if job.recovery is None else job.recovery.root
        job.row = self.insert(key, job.days, "open", root=root, late=job.is_late, spent=job.spent)

    def settle(self, key: str, days: spans.Days) -> None:
        """Remove days from failed rows that are covered, asked or failed again."""
        for search in self.searches(key):
            if search.state == "failed":
                left = spans.minus(search.days, days)
                self.rows[search.id] = attrs.evolve(search, days=left, state="failed" if left.spans else "closed")

    def cover(self, key: str, row: int, days: spans.Days) -> None:
        state = "done" if days.spans else "closed"
        self.rows[row] = attrs.evolve(self.rows[row], state=state, days=days or self.rows[row].days)
        self.settle(key, days)

    def apply(self, key: str, outcome: Outcome) -> None:
        """Store an outcome."""
        job = outcome.job
        self.forgets = self.forgets or outcome.is_forgotten
        failed_row = None
        if job is not None and job.row is not None:
            row = self.rows[job.row] = attrs.evolve(self.rows[job.row], calls=job.calls)
            if outcome.failed.spans and not outcome.covered.spans:
                failed_row = row.id
            else:
                self.cover(key, row.id, outcome.covered)
        for number in outcome.closes:
            self.rows[number] = attrs.evolve(self.rows[number], state="closed")
        self.settle(key, spans.union([outcome.failed, *(part.days for part in outcome.parts)]))
        for part in outcome.parts:
            self.open(key, part)
        if outcome.failed.spans:
            if failed_row is None:
                calls, pages = (0, 0) if job is None or job.row is not None else (job.calls, job.pages)
                root, late = (
                    (None, False) if job is None else (None if job.recovery is None else job.recovery.root, job.is_late)
                )
                values = {"error": outcome.error, "calls": calls, "pages": pages, "root": root, "late": late}
                failed_row = self.insert(key, outcome.failed, "failed", **values)
            else:
                self.rows[failed_row] = attrs.evolve(
                    self.rows[failed_row], state="failed", days=outcome.failed, error=outcome.error
                )
            in_run = "failed" if outcome.recovery is None else "aside"
            self.rows[failed_row] = attrs.evolve(self.rows[failed_row], in_run=in_run)
            if outcome.recovery is not None:
                outcome.recovery.root = failed_row


@attrs.define
class Run:
    """One run for some wants, with slots as workers; each of them makes one call in turn."""

    api: Api
    file: File
    wants: list[Want]
    today: int
    attempts: int = 5
    workers: int = 1
    max_calls: int | None = None
    #: The number of the call, over all runs, at which the process is killed.
    killed_at: int | None = None
    random: Random = attrs.field(factory=lambda: Random(0))
    calls: int = 0
    failures: int = 0
    driver: Driver = attrs.field(init=False)
    finished: bool = True

    def __attrs_post_init__(self) -> None:
        self.run()

    @property
    def run_calls(self) -> int:
        return 1000 if self.max_calls is None else self.max_calls

    @property
    def calls_left(self) -> int | None:
        return None if self.max_calls is None else self.max_calls - self.calls

    def run(self) -> None:
        wants = {number: want for want, number in enumerate(self.queries)}
        windows, state = self.file.windows, self.file.state
        began = Windows() if windows is None else Windows.from_text(windows, wants)
        resumed = RunState() if state is None else RunState.from_text(state, wants)
        opened = agenda(
            self.wants,
            [self.file.searches(one.rest.key) for one in self.wants],
            self.today,
            run_calls=self.run_calls,
            began=began,
            recoveries=resumed.recoveries,
        )
        self.file.windows = opened.windows.to_text(self.queries)
        for _, search, covered in opened.closings:
            self.file.cover(self.file.queries[search.id], search.id, covered)
        longest = [one.longest for one in self.wants]
        given = (opened.first, opened.recoveries, opened.late, longest, opened.accepted)
        bounds = {"is_bounded": self.max_calls is not None, "run_calls": self.run_calls}
        self.driver = Driver(*given, **bounds, forgets=self.file.forgets, state=resumed)
        slots: list[tuple[Job, int] | None] = [None] * self.workers
        while True:
            idle = [place for place, slot in enumerate(slots) if slot is None]
            for place in idle:
                job, pending = self.driver.next(self.calls_left), self.driver.take_pending()
                while job is None and pending:
                    for outcome in pending:
                        self.apply(outcome)
                    job, pending = self.driver.next(self.calls_left), self.driver.take_pending()
                for outcome in pending:
                    self.apply(outcome)
                slots[place] = None if job is None else (job, max(1, self.attempts - job.attempts))
            busy = [place for place, slot in enumerate(slots) if slot is not None]
            if not busy:
                assert not self.driver.is_busy
                break
            if self.max_calls is not None and self.calls >= self.max_calls:
                self.finished, self.file.windows = False, None
                self.end_run(("failed",))
                self.file.state = RunState(recoveries=self.driver.state.recoveries).to_text(self.queries)
                return
            place = self.random.choice(busy)
            job, left = slots[place]
            slots[place] = self.call(job, 1 if job.once else left)
        for outcome in self.driver.leftovers():
            self.apply(outcome)
        self.finished, self.file.windows, self.file.state = not self.driver.gave_up, None, None
        self.end_run(("failed", "aside"))

    def end_run(self, marks: Collection[str]) -> None:
        """Remove the marks of a run: the next one may ask again for what failed."""
        for number, row in self.file.rows.items():
            if row.in_run in marks:
                self.file.rows[number] = attrs.evolve(row, in_run=None)

    @property
    def queries(self) -> list[int]:
        """The numbers of the queries of the wants in the file."""
        return [sum(map(ord, one.rest.key)) for one in self.wants]

    def keep_state(self) -> None:
        self.file.state = self.driver.state.to_text(self.queries)

    def apply(self, outcome: Outcome) -> None:
        self.file.apply(self.wants[outcome.want].rest.key, outcome)
        self.keep_state()

    def count_failed(self, job: Job, **given: bool) -> None:
        """Store a failed call; a search with a single attempt and without a row ends with it."""
        self.driver.call_failed(job, **given)
        if job.draw or job.row is not None or not job.once:
            if job.row is None:
                self.file.open(self.wants[job.want].rest.key, job)
            counted = {"calls": job.calls, "attempts": job.attempts, "rejections": job.rejections, "spent": job.spent}
            self.file.rows[job.row] = attrs.evolve(self.file.rows[job.row], **counted)
            self.keep_state()

    def call(self, job: Job, left: int) -> tuple[Job, int] | None:
        """Make one call; returns the new state of the slot."""
        self.api.calls += 1
        self.calls += 1
        if self.api.calls == self.killed_at:
            raise Killed
        key = self.wants[job.want].rest.key
        if self.api.fails(job):
            self.failures += 1
            self.count_failed(job)
            if left > 1:
                return job, left - 1
            self.apply(self.driver.failed(job, "500", self.driver.ended(job)))
            return None
        if self.api.refused(job):
            self.failures += 1
            self.count_failed(job, is_attempt=False)
            self.apply(self.driver.failed(job, "refused", self.driver.ended(job), refused=True))
            return None
        is_long = job.pages >= self.api.most_pages
        if job.search_id is not None and (is_long or self.api.forgets(self.file.sees[job.row][1], self.api.calls)):
            self.count_failed(job, is_attempt=False, is_rejected=True)
            before = None if self.calls_left is None else self.calls_left + 1
            most = 1 + self.driver.is_asked_again(job, before) if job.resumed else 6  # an id takes seconds to be valid
            if job.rejections < most:
                return job, left
            self.apply(self.driver.lost(job, self.calls_left))
            return None
        return self.page(job, key)

    def page(self, job: Job, key: str) -> tuple[Job, int] | None:
        if job.row is None:
            self.file.open(key, job)
        if job.search_id is None:
            self.api.begun.append((job.want, tuple(day - DAY_ONE for day in spans.each(job.days))))
            self.file.sees[job.row] = (self.api.videos(job.days, self.today), 0)
            self.file.rows[job.row] = attrs.evolve(self.file.rows[job.row], began=self.today)
        sees = self.file.sees[job.row][0]
        at = job.cursor or 0
        size = self.api.page_size
        got = sees[at : at + size]
        self.file.forgets = self.file.forgets and not job.resumed
        self.driver.page(job)
        job.search_id, job.cursor = str(job.row), at + size
        job.last_video = got[-1] if got else job.last_video
        self.file.videos |= {(key, video) for video in got}
        self.api.given += [(job.want, (video >> 32) // SECONDS_A_DAY + EPOCH - DAY_ONE) for video in got]
        self.file.sees[job.row] = (sees, self.api.calls)
        self.file.rows[job.row] = attrs.evolve(
            self.file.rows[job.row],
            cursor=job.cursor,
            search_id=job.search_id,
            last_video=job.last_video,
            pages=job.pages,
            calls=job.calls,
            attempts=0,
            rejections=0,
            spent=job.spent,
        )
        self.keep_state()
        if at + size < len(sees):
            return job, self.attempts
        self.file.cover(key, job.row, job.days)
        outcome = self.driver.finished(job)
        if outcome is not None:
            self.apply(outcome)
        self.keep_state()
        return None


def stands(file: File, one: Want, today: int) -> Standing:
    """The state of the days of a want."""
    return standing(one.days, file.searches(one.rest.key), one.fields, today)


def numbers(days: spans.Days) -> list[int]:
    """Days counted from the first day of the model."""
    return [day - DAY_ONE for day in spans.each(days)]
