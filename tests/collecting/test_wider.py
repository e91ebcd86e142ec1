"""Collecting with wider queries: the file keeps all their videos, and readers get those that the expression selects."""

from __future__ import annotations

import csv
import json
from contextlib import contextmanager
from datetime import datetime, timezone

import pytest

from querydsl import Client, CreateDate, Hashtag, Keyword, Region, Store, any_of, collect, matcher, select
from querydsl.planning.plan import replanned
from querydsl.sandbox import App, Fault, corpus, serve

from ..storage.files import rows

VIDEOS = corpus(2_000, start="20230101", end="20230331")
#: Each region has its own tag: this takes four queries, or one.
TOPICS = any_of(
    (Region == "US") & (Hashtag == "fyp"),
    (Region == "JP") & (Hashtag == "funny"),
    (Region == "ID") & (Hashtag == "music"),
    (Region == "BR") & (Hashtag == "cat"),
)
QUARTER = select("id", "username").where(TOPICS).between("20230101", "20230331")
EXPECTED = {video["id"] for video in VIDEOS if matcher(TOPICS)(video)}
LATER = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "videos.db"


@contextmanager
def talking(app, now=LATER, **options):
    with serve(app) as url:
        options = {"token": "any", "base_url": url, "sleep": lambda _: None, "now": lambda: now, **options}
        with Client(**options) as client:
            yield client


def run(path, plan, *, now=LATER, faults=(), again=False, name=None, **options):
    """A run against the sandbox; returns the summary and the calls that the sandbox received."""
    app = App(VIDEOS, now=lambda: now, faults=faults)
    with talking(app, now, **options) as client:
        summary = collect(plan, path, client=client, again=again, name=name)
    return summary, app.calls


def ids(path, name=None):
    with Store(path) as store:
        return {video.id for video in store.videos(name)}


def states(path, now=LATER):
    with Store(path) as store:
        [one] = store.status(now).collections
    return {state: one.count(state) for state, days in one.days.items() if days}


class TestWhatIsKept:
    def test_the_corpus_has_videos_that_only_the_wider_query_finds(self):
        assert len(EXPECTED) > 20
        assert (len(QUARTER.plan()), len(QUARTER.plan(wider=True))) == (12, 3)

    def test_the_file_keeps_all_videos_and_the_summary_counts_the_wanted_ones(self, path):
        summary, _ = run(path, QUARTER.plan(wider=True))
        kept = rows(path, "SELECT id FROM videos")
        assert summary.finished
        assert summary.videos == len(EXPECTED)
        assert summary.new_videos == len(kept) == summary.videos + summary.unmatched
        assert len(kept) > len(EXPECTED)
        assert len(rows(path, "SELECT video_id FROM found")) == len(kept)
        assert run(path, QUARTER.plan(wider=True))[1] == 0

    def test_readers_get_only_what_the_expression_selects(self, path, tmp_path):
        run(path, QUARTER.plan(wider=True), name="topics")
        assert ids(path) == ids(path, "topics") == EXPECTED
        with Store(path) as store:
            [status] = store.status(LATER).collections
            assert status.videos == len(EXPECTED)
            assert {video.id for video in store.newest(10_000)} == EXPECTED
            for name in (None, "topics"):
                assert store.export(tmp_path / "out.jsonl", name) == len(EXPECTED)
                assert store.export(tmp_path / "out.csv", name) == len(EXPECTED)
        lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
        assert {int(json.loads(line)["id"]) for line in lines} == EXPECTED
        with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
            assert {int(row["id"]) for row in csv.DictReader(file)} == EXPECTED

    def test_a_frame_has_only_what_the_expression_selects(self, path):
        pytest.importorskip("adbc_driver_sqlite")
        run(path, QUARTER.plan(wider=True))
        with Store(path) as store:
            assert set(store.frame("pyarrow")["id"].to_pylist()) == EXPECTED

    def test_an_exact_and_a_wider_collection_have_their_own_videos(self, path):
        japan = select().where(Region == "JP").between("20230101", "20230131").plan()
        run(path, QUARTER.plan(wider=True), name="topics")
        run(path, japan, name="japan")
        of_japan = {
            video["id"] for video in VIDEOS if video["region_code"] == "JP" and video["create_time"] < 1_675_209_600
        }
        assert (ids(path, "topics"), ids(path, "japan")) == (EXPECTED, of_japan)
        assert ids(path) == EXPECTED | of_japan

    def test_it_asks_for_the_fields_that_tell_them_apart(self):
        [request, *_] = select("id").where(TOPICS, CreateDate > "20230101").on("20230201").plan(wider=True)
        assert set(request.fields) == {"id", "region_code", "hashtag_names", "create_time"}

    def test_a_slice_of_a_wider_plan_is_one(self, path):
        run(path, QUARTER.plan(wider=True)[:1])
        january = {video["id"] for video in VIDEOS if video["create_time"] < 1_675_209_600}
        assert ids(path) == EXPECTED & january


class TestVideos:
    def test_a_client_gives_those_for_which_the_expression_holds(self):
        with talking(App(VIDEOS, now=lambda: LATER)) as client:
            exact = [video.id for video in client.videos(QUARTER.plan())]
            wider = [video.id for video in client.videos(QUARTER.plan(wider=True))]
            bare = {video.id for video in client.videos([*QUARTER.plan(wider=True)])}
        assert set(exact) == set(wider) == EXPECTED
        assert len(wider) == len(EXPECTED)
        assert bare > EXPECTED


class TestOneCollectionBothWays:
    """Covered days stay as they were asked; the other days are asked in the way of the new plan."""

    @pytest.mark.parametrize("first", [True, False], ids=["wider first", "exact first"])
    def test_done_days_are_not_asked_again(self, path, first):
        one, other = QUARTER.plan(wider=first), QUARTER.plan(wider=not first)
        run(path, one)
        summary, calls = run(path, other)
        assert (calls, summary.finished, summary.videos, ids(path)) == (0, True, len(EXPECTED), EXPECTED)
        assert states(path) == {"done": 90}
        assert run(path, one)[1] == 0

    @pytest.mark.parametrize("first", [True, False], ids=["wider first", "exact first"])
    def test_days_that_come_later_are_asked_as_the_plan_asks(self, path, first):
        run(path, QUARTER.between("20230101", "20230131").plan(wider=first))
        rest = QUARTER.between("20230201", "20230331")
        _, alone = run(path.with_name("alone.db"), rest.plan(wider=not first))
        summary, calls = run(path, QUARTER.plan(wider=not first))
        assert (calls, summary.finished, ids(path)) == (alone, True, EXPECTED)
        assert states(path) == {"done": 90}

    def test_the_rest_of_an_exact_run_is_asked_in_wider_queries(self, path):
        summary, _ = run(path, QUARTER.plan(), max_calls=5)
        assert not summary.finished
        some = ids(path)
        assert some
        last, calls = run(path, QUARTER.plan(wider=True), max_calls=1)
        assert some <= ids(path)
        assert last.videos == len(ids(path))
        last, calls = run(path, QUARTER.plan(wider=True))
        assert (last.finished, ids(path), last.videos) == (True, EXPECTED, len(EXPECTED))
        assert calls < 12 * 2
        assert states(path) == {"done": 90}
        assert run(path, QUARTER.plan())[1] == 0

    def test_failed_days_of_an_exact_run_are_asked_in_wider_queries(self, path):
        summary, _ = run(path, QUARTER.plan(), faults=Fault("failing-days", first="20230301", last="20230315"))
        assert summary.failed
        summary, _ = run(path, QUARTER.plan(wider=True))
        assert (summary.finished, summary.failed, ids(path)) == (True, (), EXPECTED)
        assert states(path) == {"done": 90}

    def test_a_round_is_asked_as_the_plan_that_opens_it_asks(self, path):
        run(path, QUARTER.plan())
        _, once = run(path.with_name("alone.db"), QUARTER.plan(wider=True))
        summary, calls = run(path, QUARTER.plan(wider=True), again=True)
        assert (calls, summary.finished, summary.videos, ids(path)) == (once, True, len(EXPECTED), EXPECTED)
        assert run(path, QUARTER.plan())[1] == run(path, QUARTER.plan(wider=True))[1] == 0

    @pytest.mark.parametrize("wider", [True, False])
    def test_unsettled_days_are_asked_on_a_later_day_as_the_plan_then_asks(self, path, wider):
        early, next_day = datetime(2023, 4, 1, 12, tzinfo=timezone.utc), datetime(2023, 4, 2, 12, tzinfo=timezone.utc)
        run(path, QUARTER.plan(wider=not wider), now=early)
        assert run(path, QUARTER.plan(wider=wider), now=early)[1] == 0
        _, calls = run(path, QUARTER.plan(wider=wider), now=next_day)
        assert 0 < calls <= (1 if wider else 4)
        assert ids(path) == EXPECTED
        assert run(path, QUARTER.plan(wider=wider), now=LATER)[0].unsettled == ()
        assert states(path) == {"done": 90}

    def test_if_one_query_is_enough_both_ways_are_the_same(self, path):
        japan = select("id").where(Region == "JP", Keyword == "a").between("20230101", "20230131")
        assert [one.query for one in japan.plan(wider=True)] == [one.query for one in japan.plan()]
        run(path, japan.plan())
        assert run(path, japan.plan(wider=True))[1] == 0


class TestReplanned:
    def test_it_is_the_plan_that_the_selection_would_have_made(self):
        for selection in (QUARTER, QUARTER.windows(7).max_count(10), QUARTER.random(draws=3)):
            exact, wider = selection.plan(), selection.plan(wider=True)
            assert replanned(exact, wider=True) == wider
            assert [one.query for one in replanned(wider, wider=False)] == [one.query for one in exact]
            assert replanned(exact, wider=False) is exact
