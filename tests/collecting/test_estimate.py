"""Estimates over HTTP against the sandbox: the truth is in their ranges, and nothing is paid twice."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial

import pytest

from querydsl import (
    AccessTokenInvalid,
    BudgetSpent,
    Client,
    Estimate,
    Failure,
    Hashtag,
    Range,
    RateLimitExceeded,
    Region,
    ServerError,
    Store,
    ValidationError,
    any_of,
    collect,
    estimate,
    select,
)
from querydsl.sandbox import App, Fault, corpus, serve

from ..benchmarks.estimates import KINDS, tried
from ..client.server import page, refusal
from ..storage.files import contents
from .test_running import Forgetful

VIDEOS = corpus(20_000, start="20230101", end="20231231")
YEAR = select("id").where(Region == "US").between("20230101", "20231231")
TRUTH = sum(video["region_code"] == "US" for video in VIDEOS)
LATER = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "videos.db"


@contextmanager
def talking(app=None, now=LATER, **options):
    with serve(app or App(VIDEOS, now=lambda: now)) as url:
        options = {"token": "any", "base_url": url, "sleep": lambda _: None, "now": lambda: now, **options}
        with Client(**options) as client:
            yield client


def of(plan=None, *, app=None, now=LATER, faults=(), calls=12, into=None, **options):
    """An estimate; it makes the number of calls that it reports."""
    app = app or App(VIDEOS, now=lambda: now, faults=faults)
    before = app.calls
    with talking(app, now, **options) as client:
        found = estimate(YEAR.plan() if plan is None else plan, client=client, calls=calls, into=into)
    assert found.asked == app.calls - before <= calls
    return found


def kept(path, app=None, plan=None, now=LATER, **options):
    with talking(app or App(VIDEOS, now=lambda: now), now, **options) as client:
        return collect(plan or YEAR.plan(), path, client=client)


def within(number, found):
    return found.low <= number <= found.high


class TestTruth:
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_true_numbers_are_in_the_ranges(self, kind):
        """This holds for at least ninety of a hundred corpora, which tests/benchmarks/estimates.py measures."""
        results = [*map(partial(tried, kind), range(3))]
        assert min(map(sum, zip(*(one.holds for one in results), strict=True))) >= 2
        assert all(one.width <= 3.0 for one in results)


class TestCost:
    def test_it_asks_for_the_first_page_of_each_search(self):
        found = of(calls=50)
        assert (found.asked, found.searches, found.searches_seen) == (12, 12, 12)

    def test_with_more_searches_than_calls_it_asks_some_spread_evenly(self, path):
        of(calls=3, into=path)
        with Store(path) as store:
            months = {video.created_at.month for video in store.videos()}
        assert months == {3, 4, 7, 8, 11, 12}  # windows of 31 days

    def test_failed_calls_count(self):
        found = of(faults=Fault("server-error", times=4), calls=6)
        assert found.searches_seen < 6

    def test_a_server_that_is_always_too_busy_costs_no_more_calls(self):
        with pytest.raises(BudgetSpent, match=r"^the estimate made 3 calls, as many as it may, and no page came$"):
            of(faults=Fault("rate-limit", times=None), calls=3)

    def test_it_keeps_to_the_calls_of_the_client(self):
        assert of(max_calls=5).asked == 5

    def test_a_client_without_calls_raises(self):
        with pytest.raises(BudgetSpent):
            of(max_calls=0)

    @pytest.mark.parametrize("calls", [0, -1, True, 2.5, "12", None])
    def test_a_number_of_calls_that_makes_no_sense_is_refused(self, calls):
        with pytest.raises(ValidationError, match="give a whole number from 1 on"), talking() as client:
            estimate(YEAR.plan(), client=client, calls=calls)


class TestNothingIsPaidTwice:
    def test_collecting_continues_after_it_and_pays_nothing_twice(self, path, tmp_path):
        app = App(VIDEOS, now=lambda: LATER)
        found = of(into=path, app=app)
        summary = kept(path, app)
        whole = kept(tmp_path / "whole.db", app)
        assert found.asked + summary.calls == whole.calls
        assert contents(path) == contents(tmp_path / "whole.db")
        assert within(whole.calls, found.calls)
        assert within(summary.calls, found.calls_left)
        assert within(summary.videos, found.videos)

    def test_once_the_api_has_forgotten_the_searches_it_costs_one_page_a_window(self, path, tmp_path):
        """And two calls for the first of them, which tell that the API has forgotten it."""
        of(into=path)
        summary = kept(path, Forgetful(VIDEOS))
        assert (summary.finished, summary.videos) == (True, TRUTH)
        assert summary.calls <= kept(tmp_path / "whole.db", App(VIDEOS, now=lambda: LATER)).calls + 2

    def test_a_second_estimate_costs_nothing_and_is_the_same(self, path):
        first, second = of(into=path), of(into=path)
        assert (second.asked, second.videos, second.calls) == (0, first.videos, first.calls_left)

    def test_days_in_the_file_are_reported_and_cost_nothing(self, path):
        kept(path)
        found = of(select("id").where(Region == "US").between("20230101", "20231231").plan(), into=path)
        assert (found.asked, found.calls.high, found.videos.low, found.videos.high) == (0, 0, TRUTH, TRUTH)
        assert (found.days_asked, found.days_here, found.videos_here) == (365, 365, TRUTH)
        assert "The file had 365 of the 365 days" in str(found)

    def test_without_a_file_nothing_is_kept(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        found = of()
        assert [*tmp_path.iterdir()] == []
        assert found.calls == found.calls_left

    def test_the_file_has_the_searches_as_begun(self, path):
        of(into=path)
        with Store(path) as store:
            [collection] = store.status().collections
        assert (collection.count("to ask") > 0, collection.calls) == (True, 12)

    def test_it_stays_in_the_collection_of_a_name(self, path):
        with talking() as client:
            estimate(YEAR.plan(), client=client, into=path, name="cats")
        with Store(path) as store:
            assert store.collections() == ("cats",)


class TestWhatGoesWrong:
    def test_a_failed_search_is_reported_and_estimated_from_the_others(self):
        found = of(faults=Fault("failing-days", first="20230310", last="20230312"))
        [failure] = found.failed
        assert failure.first_day.month in (2, 3)
        assert failure.query == YEAR.plan()[0].query
        assert within(TRUTH, found.videos)
        assert f"{failure.first_day} to {failure.last_day} failed" in str(found)

    def test_it_leaves_no_failed_days_in_the_file(self, path):
        of(faults=Fault("failing-days", first="20230310", last="20230312"), into=path)
        assert kept(path).finished

    def test_if_all_searches_fail_the_error_is_raised(self):
        with pytest.raises(ServerError):
            of(faults=Fault("server-error", times=None))

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (refusal("daily_quota_limit_exceeded", "used up", 429), RateLimitExceeded),
            (refusal("access_token_invalid", "", 401), AccessTokenInvalid),
        ],
        ids=["quota", "token"],
    )
    def test_an_error_that_concerns_every_search_is_raised(self, talk, path, answer, error):
        begun = talk([page([{"id": 7 << 40, "create_time": 7}]), answer], now=lambda: LATER)
        with pytest.raises(error):
            estimate(YEAR.plan(), client=begun.client, into=path)
        assert begun.client.calls == 2

    def test_pages_without_videos_are_passed_while_there_are_calls(self):
        found = of(YEAR.between("20230101", "20230131").plan(), faults=Fault("empty", times=2))
        assert (found.asked, found.searches_seen) == (3, 1)

    def test_a_cursor_that_jumps_makes_no_calls_of_its_own(self, talk):
        noon = int(datetime(2023, 1, 31, 12, tzinfo=timezone.utc).timestamp())
        videos = [{"id": (noon - n << 32), "create_time": noon - n, "region_code": "US"} for n in range(100)]
        begun = talk([page(videos, 10**18, "77")], now=lambda: LATER)
        found = estimate(YEAR.between("20230101", "20230131").plan(), client=begun.client)
        assert found.calls.likely <= found.videos.likely // 100 + 2

    def test_a_plan_of_very_many_windows_takes_its_twelve_calls(self, path):
        plan = YEAR.between("19990101", "20230331").windows(1).plan()
        found = of(plan, into=path)
        assert (found.asked, found.searches, found.calls.low >= len(plan)) == (12, len(plan), True)

    def test_short_pages_are_not_the_last(self):
        found = of(faults=Fault("short", times=None))
        assert within(TRUTH, found.videos)

    def test_videos_that_are_not_meant_are_not_counted(self):
        found = of(faults=Fault("approximate"))
        assert within(TRUTH, found.videos)


class TestPlans:
    def test_a_plan_of_several_queries(self):
        expression = ((Region == "US") & (Hashtag == "cat")) | ((Region == "JP") & (Hashtag == "dog"))
        plan = select("id").where(expression).between("20230101", "20231231").plan()
        assert len(plan.queries) > 1
        found = of(plan, calls=len(plan))
        with talking() as client:
            truth = sum(1 for _ in client.videos(plan))
            assert within(truth, found.videos)
            assert within(client.calls, found.calls)

    def test_a_wider_plan_shows_the_share_of_wanted_videos_and_the_exact_cost(self):
        expression = any_of((Region == code) & (Hashtag == tag) for code, tag in [("US", "cat"), ("JP", "dog")])
        exact, wider = (
            select("id").where(expression).between("20230101", "20231231").plan(wider=wider) for wider in (False, True)
        )
        found = of(wider)
        with talking() as client:
            truth = sum(1 for _ in client.videos(exact))
            calls = client.calls
        assert within(truth, found.videos)
        assert found.share < 0.67
        assert f"About one in {round(1 / found.share)} of the videos that come is yours" in str(found)
        [told] = (note for note in found.notes if note.startswith("Exact queries would take "))
        numbers = [int(number) for number in re.findall(r"\d+", told)]
        assert min(numbers) <= calls <= max(numbers)
        assert of(exact, calls=24).notes[-1].startswith("One wider query would take 12 calls at least")

    def test_samples_cost_exactly_their_draws(self, path):
        plan = YEAR.random(draws=3).max_count(10).plan()
        found = of(plan, into=path)
        assert (found.calls.low, found.calls.high, found.calls_left.low) == (36, 36, 24)
        summary = kept(path, plan=plan)
        assert summary.calls == 24
        assert within(summary.videos, found.videos)

    def test_smaller_pages_take_more_calls(self):
        assert of(YEAR.max_count(10).plan()).calls.low > of().calls.low

    def test_an_empty_plan_costs_nothing(self):
        found = of([])
        assert (found.asked, found.videos.high, found.calls.high, str(found).splitlines()[0]) == (0, 0, 0, "0 videos")

    def test_a_list_of_requests_can_be_estimated(self):
        assert within(TRUTH, of([*YEAR.plan()]).videos)

    def test_an_expression_is_refused_with_a_hint(self):
        with pytest.raises(TypeError, match="estimate takes requests"), talking() as client:
            estimate(Hashtag == "cat", client=client)

    def test_days_ahead_are_not_asked_or_counted(self):
        found = of(now=datetime(2022, 6, 1, tzinfo=timezone.utc))
        assert (found.asked, found.calls.high) == (0, 0)
        assert "365 of the days lie ahead, and nothing of it is counted." in found.notes

    def test_fresh_days_are_reported_as_asked_again(self):
        noon = datetime(2023, 3, 15, 12, tzinfo=timezone.utc)
        found = of(YEAR.between("20230301", "20230320").plan(), now=noon, faults=Fault("found-late"))
        there = [video for video in VIDEOS if video["region_code"] == "US"]
        truth = sum(1 for video in there if 0 <= video["create_time"] - 1677628800 <= 12.5 * 86_400)
        assert within(truth, found.videos)
        assert [note.partition(":")[0] for note in found.notes if "fresh" in note] == [
            "2023-03-13 to 2023-03-15 are too fresh to be complete"
        ]


class TestWords:
    def test_the_text_is_in_plain_words(self):
        lines = str(of()).splitlines()
        assert lines[0].startswith("about ")
        assert lines[1].endswith(": 1 day of quota, at 1,000 calls a day")
        assert lines[2:] == ["Told by the first page of 12 of 12 searches, in 12 calls."]

    def test_exact_numbers_have_no_range(self):
        found = of(select("id").where(Hashtag == "no such tag").between("20230101", "20230228").plan())
        assert str(found).splitlines()[:2] == ["0 videos", "2 calls: 1 day of quota, at 1,000 calls a day"]

    def test_how_to_learn_more(self):
        found = of(YEAR.between("20230101", "20230131").plan())
        assert any("windows(days=7)" in note for note in found.notes)

    def test_in_a_notebook_it_is_a_table(self):
        found = of()
        shown = found._repr_html_()
        for number in (found.videos.low, found.videos.likely, found.calls.high):
            assert f">{number:,}</td>" in shown
        assert "Told by the first page of 12 of 12 searches" in shown

    def test_text_from_outside_is_escaped(self):
        failure = Failure(None, LATER.date(), LATER.date(), "<script>")
        nothing = Range(0, 0, 0)
        shown = Estimate(nothing, nothing, nothing, nothing, 0, 1, 0, failed=(failure,))._repr_html_()
        assert "&lt;script&gt;" in shown
        assert "<script>" not in shown
