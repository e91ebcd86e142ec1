"""Runs over HTTP against the sandbox: a failure does not stop the rest, and nothing is asked for twice."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta, timezone

import attrs
import pytest

from querydsl import (
    Client,
    CreateDate,
    Hashtag,
    RateLimitExceeded,
    Region,
    Store,
    StoreError,
    collect,
    select,
)
from querydsl.sandbox import App, Fault, corpus, serve

from ..client.server import page, refusal
from ..storage.files import contents, rows

VIDEOS = corpus(1_000, start="20230101", end="20231231")
YEAR = select("id").where(Region.in_("US", "JP", "ID", "BR")).between("20230101", "20231231")
LATER = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)
EXPECTED = {video["id"] for video in VIDEOS if video["region_code"] in ("US", "JP", "ID", "BR")}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "videos.db"


@contextmanager
def talking(app, now=LATER, **options):
    """A client of a sandbox, at a chosen time; it never sleeps."""
    with serve(app) as url:
        options = {"token": "any", "base_url": url, "sleep": lambda _: None, "now": lambda: now, **options}
        with Client(**options) as client:
            yield client


def run(path, plan=None, app=None, now=LATER, faults=(), **options):
    """A run against the sandbox; returns the summary and the calls that the sandbox received."""
    app = app or App(VIDEOS, now=lambda: now, faults=faults)
    before = app.calls
    of_run = {name: options.pop(name) for name in ("workers", "name", "again") if name in options}
    with talking(app, now, **options) as client:
        summary = collect(plan or YEAR.plan(), path, client=client, **of_run)
    return summary, app.calls - before


def ids(path, name=None):
    with Store(path) as store:
        return {video.id for video in store.videos(name)}


def bad(first, last):
    return Fault("failing-days", first=first, last=last)


def on(day):
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), timezone.utc)


class TestNothingStopsACollection:
    @pytest.mark.parametrize("workers", [1, 4])
    def test_a_window_that_always_fails_costs_only_its_own_days(self, path, workers):
        summary, calls = run(path, faults=bad("20230301", "20230315"), workers=workers, attempts=2)
        lost = {video["id"] for video in VIDEOS if "2023-03-01" <= day_of(video) <= "2023-03-15"}
        assert ids(path) == EXPECTED - lost
        assert not summary.finished
        assert {failure.query for failure in summary.failed} == {YEAR.plan()[0].query}
        assert days(summary.failed) == [date(2023, 3, 1) + timedelta(n) for n in range(15)]
        assert calls <= 12 + 2 * (2 + 13) + 40

    def test_once_the_days_can_be_had_a_later_run_has_them_and_asks_no_others(self, path):
        run(path, faults=bad("20230301", "20230315"))
        summary, calls = run(path)
        assert (summary.finished, calls) == (True, 1)
        assert ids(path) == EXPECTED

    def test_a_later_run_asks_failed_days_last_and_with_few_calls(self, path):
        app = App(VIDEOS, now=lambda: LATER, faults=bad("20230301", "20230315"))
        run(path, app=app)
        _, calls = run(path, app=app)
        assert 1 <= calls <= 50

    @pytest.mark.parametrize(("workers", "most"), [(1, 60), (4, 100)])
    def test_a_dead_api_costs_few_calls_and_untried_days_are_still_to_ask(self, path, workers, most):
        plan = YEAR.between("20180101", "20230131").plan()
        assert len(plan) >= 60
        summary, calls = run(path, plan, faults=Fault("server-error", times=None), workers=workers)
        assert calls <= most
        assert not summary.finished
        with Store(path) as store:
            [status] = store.status(LATER).collections
        assert status.count("to ask") > 40 * 31

    def test_a_query_that_the_api_refuses_keeps_no_other_from_being_asked(self, path, talk):
        def answer(received):
            first = received.json["query"]["and"][0]["field_values"]
            return refusal("invalid_params") if first == ["US"] else page([])

        begun = talk(answer)
        plan = [*select("id").where(Region == "US").between("20230101", "20231231").plan()]
        plan += select("id").where(Region == "JP").between("20230101", "20231231").plan()
        summary = collect(plan, path, client=begun.client)
        assert begun.client.calls == 3 + 12
        [failure] = summary.failed
        assert (failure.first_day, failure.last_day) == (date(2023, 1, 1), date(2023, 12, 31))

    def test_an_error_that_concerns_every_search_is_raised(self, path):
        app = App(VIDEOS, quota=3, now=lambda: LATER)
        with pytest.raises(RateLimitExceeded):
            run(path, app=app)
        assert rows(path, "SELECT count(*) FROM searches WHERE state = 'done'") == [(3,)]

    @pytest.mark.parametrize("quota", [5, 8, 12])
    def test_what_failed_before_the_quota_was_used_up_is_asked_by_the_next_run(self, path, quota):
        with pytest.raises(RateLimitExceeded):
            run(path, app=App(VIDEOS, now=lambda: LATER, quota=quota, faults=bad("20230103", "20230103")), attempts=1)
        summary, _ = run(path)
        assert summary.finished
        assert ids(path) == EXPECTED


def day_of(video):
    return datetime.fromtimestamp(video["create_time"], timezone.utc).date().isoformat()


def days(failed):
    return [
        failure.first_day + timedelta(n)
        for failure in failed
        for n in range((failure.last_day - failure.first_day).days + 1)
    ]


class TestDaysThatWereAskedTooEarly:
    def test_daily_runs_come_to_every_video_and_ask_each_settled_day_once_more(self, path):
        videos = corpus(300, start="20230101", end="20230110")
        wanted = select("id").where(Region.in_("US", "JP", "ID", "BR"))
        for n in range(15):
            now = on("2023-01-01") + timedelta(days=n, hours=12)
            app = App(videos, now=lambda now=now: now, faults=Fault("found-late", hours=47))
            last = min(date(2023, 1, 10), now.date())
            summary, _ = run(path, wanted.between("20230101", last).plan(), app, now)
        assert summary.finished
        assert summary.unsettled == ()
        assert ids(path) == {video["id"] for video in videos if video["region_code"] in ("US", "JP", "ID", "BR")}

    def test_an_unsettled_day_is_asked_again_on_a_later_day_and_not_before(self, path):
        plan = YEAR.between("20230101", "20230103").plan()
        noon = on("2023-01-04") + timedelta(hours=12)
        calls = [
            run(path, plan, now=now)[1]
            for now in (noon, noon + timedelta(hours=11), noon + timedelta(days=1), noon + timedelta(days=5))
        ]
        assert calls == [1, 0, 1, 1]
        summary, calls = run(path, plan, now=noon + timedelta(days=6))
        assert (summary.finished, summary.unsettled, calls) == (True, (), 0)

    def test_they_leave_a_run_finished_and_are_named(self, path):
        summary, _ = run(path, YEAR.between("20230101", "20230110").plan(), now=on("2023-01-05"))
        assert summary.finished
        assert summary.unsettled == (date(2023, 1, 3), date(2023, 1, 4), date(2023, 1, 5))

    def test_a_clock_that_is_ahead_of_the_server_s_settles_nothing_too_early(self, path, caplog, talk):
        yesterday = datetime.now(timezone.utc) - timedelta(days=1)
        begun = talk([page([], None, "7", f"Date: {yesterday:%a, %d %b %Y %H:%M:%S} GMT")])
        collect(YEAR.on("20230101").plan(), path, client=begun.client)
        [[began]] = rows(path, "SELECT began_at FROM searches")
        assert began[:10] == yesterday.date().isoformat()
        assert "this computer's clock is 1440 minutes ahead of the server's; set it right" in caplog.text


class TestCollections:
    def test_extending_by_a_week_asks_only_the_new_days(self, path):
        run(path, YEAR.between("20230101", "20230620").plan())
        summary, calls = run(path, YEAR.between("20230101", "20230627").plan())
        assert calls == 1
        assert summary.videos == len(ids(path))

    def test_days_that_another_collection_has_asked_are_not_asked_again(self, path):
        run(path, name="all")
        summary, calls = run(path, YEAR.between("20230301", "20230401").plan(), name="march")
        assert calls == 0
        assert summary.videos == len(ids(path, "march"))
        assert (
            ids(path, "march")
            == {video["id"] for video in VIDEOS if "2023-03-01" <= day_of(video) <= "2023-04-01"} & EXPECTED
        )

    def test_conditions_on_create_date_are_days(self, path):
        run(path)
        plan = (
            select("id")
            .where(Region.in_("BR", "ID", "JP", "US") & (CreateDate >= "20230601"))
            .between("20230101", "20231231")
        )
        assert run(path, plan.plan())[1] == 0

    def test_the_same_expression_without_a_name_is_the_same_collection(self, path):
        for last in ("20230131", "20230228"):
            run(path, YEAR.between("20230101", last).plan())
        with Store(path) as store:
            assert store.collections() == ("Region.in_('US', 'JP', 'ID', 'BR')",)

    def test_a_name_that_another_expression_has_is_refused_and_nothing_is_sent(self, path):
        run(path, name="mine")
        app = App(VIDEOS)
        with pytest.raises(StoreError) as caught:
            run(path, select("id").where(Hashtag == "cat").on("20230101").plan(), app, name="mine")
        assert str(caught.value) == (
            f"{path}: the collection 'mine' in the file asks for Region.in_('US', 'JP', 'ID', 'BR'), not for "
            "Hashtag == 'cat'; give another name, or another file"
        )
        assert app.calls == 0

    def test_more_fields_are_asked_for_and_fewer_are_here(self, path):
        january = YEAR.between("20230101", "20230131")
        assert run(path, january.plan())[1] == 1
        more = attrs.evolve(january, fields=("id", "username"))
        assert run(path, more.plan())[1] == 1
        assert run(path, january.plan())[1] == 0
        with Store(path) as store:
            assert all(video.username for video in store.videos())

    def test_another_compilation_of_an_expression_asks_nothing_again(self, path):
        plan = YEAR.between("20230101", "20230331").plan()
        run(path, plan)
        halves = [
            attrs.evolve(request, query=attrs.evolve(request.query, and_=[Region.in_(*codes)]))
            for request in plan
            for codes in (("US", "JP"), ("ID", "BR"))
        ]
        better = attrs.evolve(plan, requests=tuple(halves), day_queries=tuple(one.query for one in halves))
        assert run(path, better)[1] == 0


class TestTheFile:
    def spoil(self, path, statement):
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(statement)

    def test_a_damaged_expression_of_another_collection_stops_no_run(self, path):
        run(path, name="mine")
        run(path, select("id").where(Region == "GB").on("20230101").plan(), name="other")
        self.spoil(path, "UPDATE collections SET expression = 'what' WHERE name = 'other'")
        assert run(path, YEAR.between("20240101", "20240107").plan(), name="mine")[0].finished

    def test_a_count_that_is_not_a_number_is_named(self, path):
        run(path, YEAR.on("20230101").plan(), name="mine")
        self.spoil(path, "UPDATE counts SET videos = 'many'")
        with Store(path) as store, pytest.raises(StoreError, match=r"counts, row \(1, 2023-01-01\): videos is 'many'"):
            store.status()

    @pytest.mark.parametrize(("by", "happened"), [(None, "deleted or moved"), (b"", "replaced by another")])
    def test_a_file_that_disappears_during_a_run_is_reported(self, path, by, happened):
        def lose(progress):
            if progress.searches_done == 2:
                path.unlink()
                if by is not None:
                    path.write_bytes(by)

        with talking(App(VIDEOS, now=lambda: LATER)) as client, pytest.raises(StoreError) as caught:
            collect(YEAR.plan(), path, client=client, progress=lose)
        assert str(caught.value).startswith(f"{path}: the file was {happened} while it was collected into")


class TestSmallBudgets:
    @pytest.mark.parametrize("max_calls", [1, 3, 4])
    def test_a_bad_window_that_comes_first_keeps_no_run_from_getting_on(self, path, max_calls):
        plan = YEAR.between("20230101", "20230331").plan()
        app = App(VIDEOS, now=lambda: LATER, faults=bad("20230101", "20230114"))
        wanted = {video["id"] for video in VIDEOS if "2023-02-01" <= day_of(video) <= "2023-03-31"} & EXPECTED
        for _ in range(8):
            run(path, plan, app, max_calls=max_calls)
        assert wanted <= ids(path)

    def test_calls_are_counted_over_all_the_runs_of_a_search(self, path):
        plan = YEAR.between("20230101", "20230131").max_count(10).plan()
        app = App(VIDEOS, now=lambda: LATER)
        for budget in (2, 1, None):
            run(path, plan, app, max_calls=budget)
        with Store(path) as store:
            [status] = store.status(LATER).collections
        assert status.calls == app.calls


class TestAgain:
    def test_it_asks_for_everything_once_more_and_only_once(self, path):
        first, calls = run(path)
        again, more = run(path, again=True)
        assert (again.videos, again.new_videos, more) == (first.videos, 0, calls)
        assert run(path)[1] == 0

    @pytest.mark.parametrize("workers", [1, 4])
    def test_one_that_was_stopped_is_finished_by_any_later_run_of_the_collection(self, path, workers):
        _, calls = run(path)
        _, some = run(path, again=True, max_calls=5, workers=workers)
        summary, rest = run(path, YEAR.between("20230301", "20230331").plan(), workers=workers)
        assert (some + rest, summary.finished) == (calls, True)
        assert run(path)[1] == 0

    def test_a_search_that_was_unfinished_before_is_not_followed_after_it(self, path):
        plan = YEAR.between("20230111", "20230112").max_count(1).plan()
        early, late = on("2023-01-13"), on("2023-01-18")
        app = App(VIDEOS, now=lambda: late)
        run(path, plan, app, early, max_calls=1)
        run(path, plan, app, early, again=True)
        summary, _ = run(path, plan, app, late)
        assert (summary.finished, summary.unsettled) == (True, ())
        assert run(path, plan, app, late)[1] == 0

    def test_the_newest_answer_wins_and_members_that_only_an_older_one_had_stay(self, path, talk):
        plan = select("id").where(Region == "US").on("20230101").plan()
        begun = talk([page([{"id": 7, "view_count": 1, "like_count": 2}]), page([{"id": 7, "view_count": 3}])])
        for again in (False, True):
            collect(plan, path, client=begun.client, again=again)
        with Store(path) as store:
            [video] = store.videos()
        assert (video.view_count, video.like_count) == (3, 2)


class TestSamples:
    def test_five_draws_after_three_are_two_more(self, path):
        drawn = [run(path, YEAR.between("20230101", "20230228").random(draws=n).plan())[1] for n in (3, 5, 5, 2)]
        assert drawn == [6, 4, 0, 0]

    def test_a_draw_that_failed_is_tried_again_whole_and_never_halved(self, path):
        plan = YEAR.on("20230105").random(draws=3).plan()
        app = App(VIDEOS, now=lambda: LATER, faults=Fault("server-error", at=2, times=2))
        summary, calls = run(path, plan, app, attempts=2)
        assert (summary.finished, len(summary.failed), calls) == (False, 1, 4)
        summary, calls = run(path, plan, app)
        assert (summary.finished, summary.failed, calls) == (True, (), 1)

    def test_they_cover_no_day(self, path):
        run(path, YEAR.on("20230105").random().plan())
        assert run(path, YEAR.on("20230105").plan())[1] == 1


class TestForgottenSearches:
    @pytest.mark.parametrize("workers", [1, 4])
    def test_small_runs_get_on_though_each_forgets_the_searches_of_the_last(self, path, workers):
        videos = corpus(3_000, start="20230101", end="20230131")
        plan = (
            select("id").where(Region.in_("US", "JP", "ID", "BR")).between("20230101", "20230131").max_count(10).plan()
        )
        wanted = {video["id"] for video in videos if video["region_code"] in ("US", "JP", "ID", "BR")}
        done, runs, spent = 0, 0, 0
        while done < 31:
            _, calls = run(path, plan, Forgetful(videos), max_calls=20, workers=workers)
            with Store(path) as store:
                [status] = store.status(LATER).collections
            before, done = done, status.count("done")
            assert done > before or runs < 2
            runs, spent = runs + 1, spent + calls
        assert ids(path) == wanted
        assert spent <= 2 * (len(wanted) // 10 + 31) + 2 * runs * workers + 40

    @pytest.mark.parametrize("more", [0, 1, 2, 3])
    @pytest.mark.parametrize("pages", [2, 3, 4])
    def test_each_run_that_can_page_through_a_day_after_a_forgotten_search_covers_one(self, path, pages, more):
        videos = dense(days=12, videos=10 * pages)
        plan = select("id").where(Region == "US").between("20230101", "20230112").max_count(10).plan()
        done = [0]
        while done[-1] < 12:
            summary, _ = run(path, plan, Forgetful(videos), max_calls=pages + more)
            assert summary.failed == ()
            with Store(path) as store:
                done.append(store.status(LATER).collections[0].count("done"))
            assert len(done) <= (2 if more else 3) or done[-1] > done[-2]
        assert ids(path) == {video["id"] for video in videos}

    def test_a_day_that_costs_more_calls_than_a_run_has_is_failed_and_says_so(self, path):
        plan = select("id").where(Region == "US").between("20230101", "20230103").max_count(10).plan()
        for _ in range(12):
            summary, _ = run(path, plan, Forgetful(dense(days=3, videos=50)), max_calls=4)
        assert days(summary.failed) == [date(2023, 1, 1) + timedelta(n) for n in range(3)]
        assert "alone took 6 calls and was not done; a run has 4 calls here" in summary.failed[0].error

    def test_attempts_before_an_interruption_are_counted(self, path):
        app = App(VIDEOS, now=lambda: LATER, faults=Fault("server-error", times=None))
        pauses = iter([None, None])

        def sleep(_):
            if next(pauses, self) is self:
                raise KeyboardInterrupt

        with talking(app, sleep=sleep) as client, pytest.raises(KeyboardInterrupt):
            collect(YEAR.plan(), path, client=client)
        with Store(path) as store:
            [status] = store.status(LATER).collections
        assert status.calls == app.calls == 3

    def test_a_file_that_was_copied_in_the_middle_is_whole(self, path):
        run(path, max_calls=3)
        copy = path.with_name("copy.db")
        copy.write_bytes(path.read_bytes())
        run(path)
        run(copy)
        assert contents(copy) == contents(path)


def dense(*, days, videos):
    """A number of videos on each of the first days of 2023, one a minute."""
    [one] = corpus(1)
    times = [
        int((on("2023-01-01") + timedelta(days=day, minutes=number)).timestamp())
        for day in range(days)
        for number in range(videos)
    ]
    return [{**one, "id": time << 32, "create_time": time, "region_code": "US"} for time in reversed(times)]


class Forgetful:
    """The sandbox, which forgets every search that it did not start itself."""

    def __init__(self, videos):
        self._app = App(videos, now=lambda: LATER)
        self._own = set()
        self.calls = 0

    def __call__(self, environ, start_response):
        content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = io.BytesIO(content)
        self.calls += 1
        search_id = json.loads(content).get("search_id")
        if search_id is not None and search_id not in self._own:
            error = {"code": "invalid_params", "message": f"Search Id {search_id} is invalid or expired", "log_id": "1"}
            body = json.dumps({"data": {}, "error": error}).encode()
            start_response(
                "400 Bad Request", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            )
            return [body]
        answer = b"".join(self._app(environ, start_response))
        self._own.add(json.loads(answer)["data"]["search_id"])
        return [answer]
