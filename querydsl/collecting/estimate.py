"""The likely cost of a plan: the first pages of its searches tell how many videos there are."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import Final

import attrs

from ..client.client import Client
from ..errors import error, raise_errors
from ..ledger import days as spans
from ..ledger.days import Days
from ..ledger.headway import seconds_before
from ..ledger.recovery import Job
from ..ledger.standing import utc_day
from ..moments import EPOCH, SECONDS_A_DAY, ordinal_of
from ..planning.explain import too_fresh
from ..planning.plan import Plan
from ..planning.requests_of import requests_of
from ..reading.status import Failure
from ..requests.request import Request
from ..showing import in_python, table
from ..storage import counts, searches
from ..storage.writer import Writer
from ..tables import DAILY_CALLS, DEFAULT_COUNT, LAG_DAYS
from .collect import Begun, begin, check_name
from .estimation import ENOUGH, Range, Seen, counted, estimated, quota_days
from .first_pages import FirstPages, spread
from .wants import Asking, asking

_CALLS: Final = 12
#: Above this share of videos for which the expression holds, the text does not mention the others.
_NEARLY_ALL: Final = 0.67
#: How many days of the file before failed days, and after them, tell how many videos these have.
_AROUND: Final = 7


@attrs.frozen
class Estimate:
    """The likely cost of a plan. Its text describes it in plain words."""

    #: Videos of the plan's days that its expression selects, including those in the file.
    videos: Range
    #: Calls to collect what the file did not have, including those of the estimate whose pages were kept.
    calls: Range
    #: The days of quota for these calls.
    days: Range
    #: Calls that collecting still takes, without those of the estimate whose pages were kept.
    calls_left: Range
    #: Calls of the estimate, including failed ones.
    asked: int
    #: The number of searches in the plan, and how many of them have a page here.
    searches: int
    searches_seen: int
    #: The days of the plan, how many of them the file had before, and their videos.
    days_asked: int = 0
    days_here: int = 0
    videos_here: int = 0
    #: The share of received videos for which the expression holds, from 0 to 1; None if none came.
    share: float | None = None
    #: What failed, by query and days: its videos are estimated from the others.
    failed: tuple[Failure, ...] = ()
    #: Further notes.
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        ranges = {"videos": self.videos, "calls": self.calls, "calls left": self.calls_left, "days of quota": self.days}
        rows = [(name, *(f"{n:,}" for n in (one.low, one.likely, one.high))) for name, one in ranges.items()]
        said = [(line,) for line in [*self._lines()][2:]]
        return table(("", "low", "likely", "high"), [*rows, *said], len(rows) + len(said))

    def _lines(self) -> Iterator[str]:
        yield self.videos.said("video")
        low, high = self.days.low, self.days.high
        days = counted(low, "day") if low == high else f"{low:,} to {counted(high, 'day')}"
        yield f"{self.calls.said('call')}: {days} of quota, at {DAILY_CALLS:,} calls a day"
        if self.calls_left != self.calls:
            made = self.calls.low - self.calls_left.low
            yield f"{counted(made, 'call')} of these made, and what came is kept: {self.calls_left.said('call')} left"
        if self.days_here:
            had = f"{self.days_here:,} of the {counted(self.days_asked, 'day')}"
            yield f"The file had {had}, with {counted(self.videos_here, 'video')}."
        if self.failed and not self.searches_seen:
            yield f"No first page came, in {counted(self.asked, 'call')}."
        elif self.searches:
            seen = f"{self.searches_seen:,} of {self.searches:,} searches"
            yield f"Told by the first page of {seen}, in {counted(self.asked, 'call')}."
        if self.share is not None and self.share < _NEARLY_ALL:
            yours = f"About one in {round(1 / self.share):,}" if self.share else "None"
            yield f"{yours} of the videos that come is yours: the expression holds for it."
        others = "the others" if self.searches_seen else "the days around"
        for failure in self.failed:
            days = f"{failure.first_day} to {failure.last_day}"
            if failure.first_day == failure.last_day:
                days = f"{failure.first_day}"
            yield f"{days} failed, and is estimated from {others}: {failure.error}"
        yield from self.notes


def estimate(
    plan: Request | Iterable[Request],
    *,
    client: Client,
    calls: int = _CALLS,
    into: str | os.PathLike[str] | None = None,
    name: str | None = None,
) -> Estimate:
    """The likely cost of a plan, before it is spent: videos, calls and days of quota, each with a range.

    It asks for the first page of each of the plan's searches, or of some spread evenly if there are more than `calls`.
    It makes at most `calls` calls, including retries. Videos come newest first, so the density of the newest ones tells
    how many there are. A window whose videos are all on its first page is exact. With 12 pages and more, the upper end
    of a range is at most three times the lower end.

    The pages are kept in the file `into`, as `collect` keeps them, in the collection `name` or that of the expression.
    Collecting continues after them and pays nothing twice, as long as the API remembers the searches. Without `into`,
    nothing is kept. Days that the file already has cost nothing.

    Days that failed in an earlier run are asked too, with one attempt for each window. If that fails, the days of the
    file around them tell how many videos they have, and they stay in the file as they were.

    A search that fails is in `failed`; if nothing tells how many videos there are, the error is raised. Errors that
    concern every search are raised: RateLimitExceeded, AccessTokenInvalid, CredentialsRefused, ScopeNotAuthorized,
    ScopePermissionMissed, BudgetSpent, and StoreError for the file.

    >>> from querydsl import Client, Hashtag, select
    >>> from querydsl.sandbox import App, corpus, serve
    >>> plan = select().where(Hashtag == "cat").between("20230101", "20231231").plan()
    >>> with serve(App(corpus(20_000, 0, "20230101", "20231231"))) as url, Client("any", base_url=url) as client:
    ...     found = estimate(plan, client=client)
    ...     exact = sum(1 for _ in client.videos(plan))
    >>> found.asked, found.videos.low <= exact <= found.videos.high, found.days.is_exact
    (12, True, True)
    """
    if type(calls) is not int or calls < 1:
        raise_errors(
            [error("range", "", f"calls={in_python(calls)} is out of range", "give a whole number from 1 on")],
            "estimate",
        )
    check_name(name, "estimate")
    plan = plan if isinstance(plan, Plan) else tuple(requests_of(plan, "estimate"))
    asked = asking(plan, "estimate")
    with _file(into) as path, Writer(path, client.origin) as writer:
        if not asked.wants:
            nothing = Range(0, 0, 0)
            return Estimate(nothing, nothing, nothing, nothing, 0, 0, 0)
        begun = begin(writer, asked, client, name, again=False)
        pages = FirstPages(client, writer, begun, calls)
        pages.ask()
        return _Survey(pages, writer, begun, client.time()).estimate(asked, plan, is_kept=into is not None)


@contextmanager
def _file(into: str | os.PathLike[str] | None) -> Iterator[str | os.PathLike[str]]:
    """The file for the pages; without one, a temporary file."""
    if into is not None:
        yield into
        return
    with tempfile.TemporaryDirectory(prefix="querydsl-") as folder:
        yield Path(folder, "estimate.db")


class _Survey:
    """Reads the state of all searches from the file, after their first pages."""

    def __init__(self, pages: FirstPages, writer: Writer, begun: Begun, now: datetime) -> None:
        self._pages = pages
        self._jobs = pages.jobs
        self._writer = writer
        self._begun = begun
        self._now = now

    def estimate(self, asked: Asking, requests: Sequence[Request], *, is_kept: bool) -> Estimate:
        """The estimate from the state of all searches in the file."""
        begun, pages = self._begun, self._pages
        with self._writer.transaction() as database:
            here = counts.count(database, begun.collection.id, asked.days)
            found = self._found(database)
            around = [*self._around(database)]
        jobs = [
            (job.want, job.days.spans, self._seen(job, found.get(job.row, []))) for job in self._jobs if not job.draw
        ]
        seen = [one for *_, one in jobs]
        all_seen = [one for *_, one in sorted([*jobs, *around], key=itemgetter(0, 1))]
        videos, needed = estimated(all_seen, here, pages.asked)
        videos = videos.plus(self._drawn(found))
        came = sum(job.pages for job in self._jobs if not job.draw)
        draws = [job for job in self._jobs if job.draw]
        left = sum(1 for job in draws if not job.pages)
        calls = needed.plus(len(draws) - pages.before)
        is_rough = not needed.is_exact and came > 0 and len(seen) < ENOUGH
        missing = spans.common(spans.union(begun.missing), asked.days)
        failed = _failed_earlier(spans.count(spans.union(job.days for job in pages.failed_earlier)))
        return Estimate(
            videos,
            calls,
            quota_days(calls),
            needed.plus(left - came) if is_kept else calls,
            pages.asked,
            len(self._jobs),
            sum(1 for job in self._jobs if job.pages),
            days_asked=spans.count(asked.days),
            days_here=spans.count(asked.days) - spans.count(missing),
            videos_here=begun.videos,
            share=_share(seen),
            failed=tuple(self._failed()),
            notes=(*failed, *_notes(asked, requests, self._now, is_rough=is_rough), *_other_way(requests, videos)),
        )

    def _found(self, database: sqlite3.Connection) -> _Found:
        """The videos that each search has found, by its number."""
        predicate = self._begun.predicate
        rows = [job.row for job in self._jobs if job.row is not None and job.pages]
        found: _Found = {}
        for number, created, raw in searches.videos_of(database, rows):
            is_selected = predicate is None or predicate(json.loads(raw))
            found.setdefault(number, []).append((created, is_selected))
        return found

    def _around(self, database: sqlite3.Connection) -> Iterator[tuple[int, _Spans, Seen]]:
        """The days of the file beside failed days, whose videos tell how many these have if no page does."""
        silent = [job for job in self._pages.failed_earlier if not job.pages]
        known = {number: self._pages.here(number) for number in {job.want for job in silent}}
        silent = [job for job in silent if known[job.want].spans]
        for job in spread(silent, ENOUGH):
            first, last = spans.bounds(job.days)
            here = known[job.want]
            before, after = spans.up_to(here, first - 1), spans.after(here, last)
            for days in (spans.each(before)[-_AROUND:], spans.each(after)[:_AROUND]):
                if days:
                    near = spans.union(spans.span(day, day) for day in days)
                    yield job.want, near.spans, self._seen_here(database, job.want, near)

    def _seen_here(self, database: sqlite3.Connection, number: int, days: Days) -> Seen:
        target, predicate = self._begun.targets[number], self._begun.predicate
        raws = [*searches.raw_videos(database, target.query, days)]
        selected = sum(predicate is None or predicate(json.loads(raw)) for raw in raws)
        size = target.want.max_count or DEFAULT_COUNT
        seconds = float(spans.count(days) * SECONDS_A_DAY)
        return Seen(number, seconds, size, videos=len(raws), selected=selected, is_whole=True, is_repeated=True)

    def _seen(self, job: Job, videos: Sequence[_Video]) -> Seen:
        want = self._begun.targets[job.want].want
        size = (want.max_count if job.began is None else job.began.max_count) or DEFAULT_COUNT
        times = [time for time, _ in videos if time is not None and spans.common(job.days, _day(time)).spans]
        seconds = seconds_before(job.days, _end(job.days, times, self._now))
        is_whole = job in self._pages.whole
        return Seen(
            job.want,
            max(seconds, 1.0),
            size,
            job.pages,
            len(videos) if is_whole else min(job.cursor or 0, job.pages * size),
            len(videos) if times or is_whole else 0,
            sum(is_selected for _, is_selected in videos),
            seconds - seconds_before(job.days, min(times)) if times else 0.0,
            is_whole,
            is_repeated=not spans.common(job.days, self._begun.missing[job.want]).spans,
        )

    def _drawn(self, found: _Found) -> Range:
        """How many videos the samples that were not asked add: from none (all are known) to all."""
        draws = [job for job in self._jobs if job.draw]
        came = {job: len(found.get(job.row, [])) for job in draws if job.pages}
        sizes = {job: self._begun.targets[job.want].want.max_count or DEFAULT_COUNT for job in draws}
        small = {job.want for job, videos in came.items() if videos < sizes[job]}
        left = [job for job in draws if not job.pages and job.want not in small]
        likely = len(left) * fmean(came.values()) if came else 0.0
        return Range(0, round(likely), sum(sizes[job] for job in left))

    def _failed(self) -> Iterator[Failure]:
        for job, failure in self._pages.failures.items():
            first, last = map(date.fromordinal, spans.bounds(job.days))
            yield Failure(self._begun.targets[job.want].want.rest.query, first, last, str(failure))


#: By the number of the search: the `create_time` of each video, and whether the expression holds for it.
_Video = tuple[int | None, bool]
_Found = dict[int | None, list[_Video]]
_Spans = tuple[tuple[int, int], ...]


def _share(seen: Sequence[Seen]) -> float | None:
    came = sum(one.videos for one in seen)
    return sum(one.selected for one in seen) / came if came else None


def _failed_earlier(days: int) -> Iterator[str]:
    if days:
        are = "is" if days == 1 else "are"
        yield f"{counted(days, 'day')} failed earlier, and {are} counted as still to ask."


def _notes(asked: Asking, requests: Sequence[Request], now: datetime, *, is_rough: bool) -> Iterator[str]:
    today = utc_day(now)
    if is_rough:
        yield "Shorter windows would tell more, such as windows(days=7), or --days 7: fewer than 12 pages tell little."
    ahead = spans.count(spans.after(asked.days, today))
    if ahead:
        days = "1 of the days lies" if ahead == 1 else f"{ahead:,} of the days lie"
        yield f"{days} ahead, and nothing of it is counted."
    if spans.common(asked.days, spans.span(today - LAG_DAYS, today)).spans:
        fresh = too_fresh(requests, now, spelt=str)
        yield f"{fresh} They are asked again then, which takes calls that are not counted."


def _other_way(requests: Sequence[Request], videos: Range) -> Iterator[str]:
    """The cost of the other kind of plan: exact queries if this one has wider ones, and the other way round."""
    if not isinstance(requests, Plan):
        return
    other = requests.other_way()
    if other is None or len(other) == len(requests):
        return
    least = len(other)
    if other.wider:
        yield f"One wider query would take {counted(least, 'call')} at least, with plan(wider=True), or --wider."
        return
    size = requests[0].max_count or DEFAULT_COUNT
    calls = Range(max(least, videos.low // size), least + videos.likely // size, least + videos.high // size)
    yield f"Exact queries would take {calls.said('call')}."


# The time of a window, in seconds


def _day(time: int) -> Days:
    day = ordinal_of(time)
    return spans.span(day, day)


def _end(days: Days, times: Sequence[int], now: datetime) -> float:
    """The end of a window, as far as its videos can already be found: new videos appear late."""
    end = float(_start(spans.bounds(days)[1] + 1))
    if end < (now - timedelta(days=LAG_DAYS)).timestamp():
        return end
    return float(max(times)) if times else min(end, now.timestamp())


def _start(ordinal: int) -> int:
    return (ordinal - EPOCH.toordinal()) * SECONDS_A_DAY
