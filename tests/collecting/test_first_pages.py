"""The first pages of a plan's searches: which are asked, and what is left in the file if they fail."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime, timezone

import pytest

from querydsl import Client, RateLimitExceeded, Region, ServerError, Store, collect, estimate, select
from querydsl.collecting.first_pages import spread
from querydsl.ledger import days as spans
from querydsl.ledger.recovery import Job
from querydsl.sandbox import App, Fault, serve

from ..client.server import page, refusal
from .test_estimate import LATER, VIDEOS, of, within

SPRING = select("id").where(Region == "US").between("20230201", "20230430")
FORTNIGHT = {"first": "20230310", "last": "20230323"}
BAD = Fault("failing-days", **FORTNIGHT)
FAILED = (date(2023, 3, 10), date(2023, 3, 23))
TRUTH = sum(
    video["region_code"] == "US"
    and "2023-02" <= datetime.fromtimestamp(video["create_time"], timezone.utc).strftime("%Y-%m") <= "2023-04"
    for video in VIDEOS
)


@pytest.fixture
def path(tmp_path):
    """A file in which a fortnight failed."""
    path = tmp_path / "videos.db"
    assert run(path, BAD).failed
    return path


def run(path, *faults, **options):
    with (
        serve(App(VIDEOS, now=lambda: LATER, faults=faults)) as url,
        Client("any", base_url=url, sleep=lambda _: None, now=lambda: LATER, **options) as client,
    ):
        return collect(SPRING.plan(), path, client=client)


def status(path):
    with closing(Store(path)) as store:
        [found] = store.status().collections
    return found


class TestSpread:
    def test_it_takes_searches_from_all_over(self):
        jobs = [Job(0, spans.span(day, day)) for day in range(10)]
        assert [jobs.index(job) for job in spread(jobs, 2)] == [2, 7]

    def test_it_takes_all_if_they_are_few(self):
        jobs = [Job(0, spans.span(1, 1))]
        assert spread(jobs, 2) == jobs


class TestDaysThatFailedEarlier:
    def test_their_first_page_is_asked_and_collecting_continues_behind_it(self, path):
        found = of(SPRING.plan(), into=path)
        assert (found.asked, found.searches, found.searches_seen) == (1, 1, 1)
        assert within(TRUTH, found.videos)
        assert "14 days failed earlier, and are counted as still to ask." in found.notes
        summary = run(path)
        assert (summary.finished, summary.videos) == (True, TRUTH)
        assert within(summary.calls, found.calls_left)

    def test_they_get_one_attempt_and_stay_as_they_were(self, path):
        before = status(path)
        found = of(SPRING.plan(), into=path, faults=(BAD,))
        after = status(path)
        assert found.asked == 1
        assert (after.days, [(one.first_day, one.last_day) for one in after.failures]) == (
            before.days,
            [(one.first_day, one.last_day) for one in before.failures],
        )
        assert run(path).finished

    def test_the_days_around_tell_how_many_videos_they_have(self, path):
        found = of(SPRING.plan(), into=path, faults=(BAD,))
        assert found.days_here == 75
        assert found.videos_here < found.videos.likely
        assert within(TRUTH, found.videos)
        assert not found.videos.is_exact
        assert found.calls_left.low >= 1
        assert "No first page came, in 1 call.\n" in str(found)
        assert "2023-03-10 to 2023-03-23 failed, and is estimated from the days around: " in str(found)

    def test_days_around_that_are_empty_tell_so(self, tmp_path):
        path = tmp_path / "none.db"
        few = [one for one in VIDEOS if one["region_code"] != "US"]
        with (
            serve(App(few, now=lambda: LATER, faults=(BAD,))) as url,
            Client("any", base_url=url, sleep=lambda _: None, now=lambda: LATER) as client,
        ):
            collect(SPRING.plan(), path, client=client)
            found = estimate(SPRING.plan(), client=client, into=path)
        assert (found.videos.low, found.videos.high < 30) == (0, True)

    def test_a_file_without_any_other_day_raises_the_error(self, tmp_path):
        path = tmp_path / "nothing.db"
        plan = SPRING.between("20230311", "20230320").plan()
        with (
            serve(App(VIDEOS, now=lambda: LATER, faults=(BAD,))) as url,
            Client("any", base_url=url, sleep=lambda _: None, now=lambda: LATER) as client,
        ):
            collect(plan, path, client=client)
            with pytest.raises(ServerError):
                estimate(plan, client=client, into=path)

    def test_windows_of_other_days_are_asked_too(self, path):
        found = of(SPRING.between("20230201", "20230630").plan(), into=path, faults=(BAD,))
        assert (found.asked, found.searches, found.searches_seen) == (3, 3, 2)

    def test_a_second_estimate_asks_nothing_again(self, path):
        of(SPRING.plan(), into=path)
        again = of(SPRING.plan(), into=path)
        assert again.asked == 0
        assert within(TRUTH, again.videos)
        assert "14 days failed earlier, and are counted as still to ask." in again.notes

    @pytest.mark.parametrize("calls", range(8, 24))
    @pytest.mark.parametrize("faults", [(), (BAD,)], ids=["answer", "fail again"])
    def test_a_run_that_ended_amid_its_recoveries_continues(self, tmp_path, calls, faults):
        path = tmp_path / "videos.db"
        run(path, BAD, max_calls=calls)
        made = status(path).calls
        found = of(SPRING.plan(), into=path, faults=faults)
        assert within(TRUTH, found.videos)
        assert status(path).calls == made + found.asked
        summary = run(path)
        while not summary.finished:
            assert summary.new_videos
            summary = run(path)
        assert summary.videos == TRUTH


class TestFailedCalls:
    def test_they_are_counted_in_the_file(self, tmp_path):
        path = tmp_path / "videos.db"
        found = of(SPRING.plan(), into=path, faults=(BAD,))
        assert len(found.failed) == 1
        assert found.asked == status(path).calls

    def test_so_are_those_of_days_that_failed_before(self, path):
        before = status(path).calls
        of(SPRING.plan(), into=path, faults=(BAD,))
        assert status(path).calls == before + 1

    def test_so_is_a_call_that_the_quota_refuses(self, talk, tmp_path):
        path = tmp_path / "videos.db"
        answers = [page([{"id": 7 << 40, "create_time": 7}]), refusal("daily_quota_limit_exceeded", "used up", 429)]
        begun = talk(answers, now=lambda: LATER)
        with pytest.raises(RateLimitExceeded):
            estimate(SPRING.plan(), client=begun.client, into=path)
        assert status(path).calls == 2

    def test_so_are_attempts_before_a_page_that_came(self, tmp_path):
        path = tmp_path / "videos.db"
        found = of(SPRING.plan(), into=path, faults=Fault("server-error", times=1))
        assert found.asked == status(path).calls == 4

    def test_so_is_a_page_that_fails_behind_an_empty_one(self, talk, tmp_path):
        path = tmp_path / "videos.db"
        plan = SPRING.between("20230201", "20230210").plan()
        begun = talk([page([], 100, "77"), refusal("internal_error", "", 500)], now=lambda: LATER, attempts=1)
        estimate(plan, client=begun.client, into=path)
        assert status(path).calls == begun.client.calls == 2
