"""Collecting: over HTTP, into files, on bad days."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import (
    Client,
    Credentials,
    Hashtag,
    Progress,
    Query,
    RateLimitExceeded,
    Region,
    ScopeNotAuthorized,
    Store,
    StoreError,
    Summary,
    ValidationError,
    collect,
    estimate,
    select,
)
from querydsl.sandbox import App, Fault, corpus, serve
from querydsl.sandbox.faults import RECOVERABLE
from querydsl.storage.writer import Writer

from ..client.server import cut, http, lost, page, refusal
from ..storage.files import contents, pages, rows, snapshot

VIDEOS = corpus(600, start="20230101", end="20230331")
REGIONS = ("US", "JP", "DE", "FR", "BR", "MX", "ID", "GB")
PLAN = (
    select("id", "region_code", "hashtag_names")
    .where(Region.in_(REGIONS))
    .between("20230101", "20230331")
    .max_count(10)
    .plan()
)
FIRST = select("id").where(Region == "US").on("20230101").request()
SECOND = attrs.evolve(FIRST, start_date="20230102", end_date="20230102")
NOON = datetime(2023, 5, 1, 12, tzinfo=timezone.utc)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "videos.db"


@contextmanager
def talking(app=None, **options):
    """A client of a sandbox; it never sleeps."""
    with serve(app or App(VIDEOS)) as url:
        with Client(**{"token": "any", "base_url": url, "sleep": lambda _: None, **options}) as client:
            yield client


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """The file of an undisturbed collection, and how many calls it takes."""
    path = tmp_path_factory.mktemp("calm") / "videos.db"
    app = App(VIDEOS)
    with talking(app) as client:
        assert collect(PLAN, path, client=client).finished
    return path, app.calls


class TestCollect:
    def test_every_video_is_kept_with_the_requests_that_found_it(self, path):
        with talking() as client:
            summary = collect(PLAN, path, client=client)
        expected = {video["id"] for video in VIDEOS if video["region_code"] in REGIONS}
        assert {number for [number] in rows(path, "SELECT id FROM videos")} == expected
        assert summary == Summary(len(PLAN), len(expected), len(expected), summary.calls, True, unmatched=0)
        assert rows(path, "SELECT DISTINCT state FROM searches") == [("done",)]
        assert rows(path, "SELECT sum(videos), sum(calls) FROM searches") == [(len(expected), summary.calls)]

    @pytest.mark.parametrize("workers", [2, 4, 64])
    def test_several_workers_give_the_same_file(self, path, calm, workers):
        app = App(VIDEOS)
        with talking(app) as client:
            summary = collect(PLAN, path, client=client, workers=workers)
        assert contents(path) == contents(calm[0])
        assert (summary.calls, app.calls) == (calm[1], calm[1])

    def test_a_second_run_asks_for_nothing(self, path):
        with talking() as client:
            first = collect(PLAN, path, client=client)
            again = collect(PLAN, path, client=client)
        assert again == attrs.evolve(first, new_videos=0, calls=0)

    def test_days_of_another_plan_are_not_asked_again(self, path, talk):
        begun = talk([page([1, 2]), page([2, 3])])
        collect(FIRST, path, client=begun.client)
        assert collect([FIRST, SECOND], path, client=begun.client) == Summary(2, 3, 1, 1, True)
        assert begun.counts == (2, 2)

    def test_a_request_given_twice_is_sent_once(self, path, talk):
        begun = talk([page([1])])
        assert collect([FIRST, FIRST], path, client=begun.client) == Summary(1, 1, 1, 1, True)

    def test_an_empty_plan_is_done(self, path, talk):
        assert collect([], path, client=talk().client, workers=4) == Summary(0, 0, 0, 0, True)

    def test_the_id_and_the_time_are_asked_for_in_any_case(self, path, talk):
        begun = talk([page([1])])
        collect(attrs.evolve(FIRST, fields="username"), path, client=begun.client)
        assert begun.server.queries[0].target.endswith("?fields=id,create_time,username")

    def test_every_field_that_the_expression_reads_is_asked_for(self, path, talk):
        begun = talk([page([1])])
        plan = select("username").where(Region == "US", Hashtag == "cat").on("20230101").plan()
        collect(plan, path, client=begun.client)
        assert begun.server.queries[0].target.endswith("?fields=id,create_time,region_code,hashtag_names,username")

    def test_videos_for_which_the_expression_does_not_hold_are_kept_and_counted_apart(self, path, talk):
        noon = 1672574400
        answer = page([{"id": n, "create_time": noon, "region_code": code} for n, code in ((1, "US"), (2, "JP"))])
        plan = select().where(Region == "US").on("20230101").plan()
        summary = collect(plan, path, client=talk([answer]).client, name="us")
        assert (summary.videos, summary.new_videos, summary.unmatched) == (1, 2, 1)
        with Store(path) as store:
            assert [video.id for video in store.videos("us")] == [1]
            assert len(store) == 2

    def test_a_random_request_is_one_page(self, path, talk):
        begun = talk([page([1], 100)])
        assert collect(attrs.evolve(FIRST, is_random=True), path, client=begun.client).finished
        assert begun.counts == (1, 1)

    @pytest.mark.parametrize("workers", [0, 65, True, 1.0, None])
    def test_as_many_workers_as_can_be(self, path, talk, workers):
        with pytest.raises(ValidationError) as caught:
            collect(PLAN, path, client=talk().client, workers=workers)
        assert str(caught.value).endswith(" is out of range; give a whole number from 1 to 64")
        assert not path.exists()

    @pytest.mark.parametrize(
        ("name", "fix"),
        [(" ", "give a text that is not blank"), (7, "give a text that is not blank"), ("cats \udcff", "remove it")],
    )
    @pytest.mark.parametrize("ask", [collect, estimate])
    def test_a_name_that_no_file_can_keep_is_refused(self, path, talk, name, fix, ask):
        with pytest.raises(ValidationError, match=f"is not the name of a collection; .*{fix}$"):
            ask(PLAN, client=talk().client, into=path, name=name)
        assert not path.exists()

    def test_an_object_without_an_id_is_kept_apart_and_counted(self, path, talk):
        begun = talk([page([1, {"username": "a"}])])
        summary = collect(FIRST, path, client=begun.client)
        assert (summary.videos, summary.odd, summary.finished) == (1, 1, True)
        assert rows(path, "SELECT raw FROM unreadable") == [('{"username": "a"}',)]

    @pytest.mark.parametrize("depth", [900, 50_000])
    def test_a_value_of_any_depth_does_not_cost_the_page_or_break_a_reader(self, path, talk, depth):
        deep = f'{{"id": 1, "region_code": "US", "video_label": {"[" * depth}{"]" * depth}}}'
        body = f'{{"data": {{"videos": [{deep}, {{"id": 2}}], "has_more": false}}, "error": {{"code": "ok"}}}}'
        newer = page([{"id": 1, "region_code": "US", "username": "ann"}, 2])
        begun = talk([http(body), newer])
        summary = collect(FIRST, path, client=begun.client, name="us")
        assert (summary.videos, summary.odd, summary.finished) == (2, 1, True)
        assert rows(path, "SELECT raw, video_label FROM videos WHERE id = 1") == [(deep, None)]
        with Store(path) as store:
            assert [video.id for video in store.videos("us")] == [1, 2]
            assert store.export(path.with_name("out.csv")) == store.export(path.with_name("out.jsonl")) == 2
        collect(FIRST, path, client=begun.client, name="us", again=True)
        with Store(path) as store:
            first = next(store.videos())
        assert (first.username, first.video_label, len(first.extra["video_label"])) == ("ann", None, 2 * depth)

    def test_a_number_of_any_length_does_not_cost_the_page(self, path, talk):
        long = f'{{"id": 1, "region_code": "US", "speed": {"9" * 5_000}}}'
        body = f'{{"data": {{"videos": [{long}], "has_more": false}}, "error": {{"code": "ok"}}}}'
        collect(FIRST, path, client=talk([http(body)]).client)
        with Store(path) as store:
            assert [video.extra for video in store.videos()] == [{"speed": "9" * 5_000}]


class TestProgress:
    def test_progress_is_reported_before_the_first_call_and_for_each_page(self, path, talk):
        begun = talk([page([2, 1], 100), page([3]), page([3, 4])])
        told = []
        collect(
            [FIRST, attrs.evolve(SECOND, query=Query([Region == "JP"]))],
            path,
            client=begun.client,
            progress=told.append,
        )
        assert told == [
            Progress(0, 2, 0, 2, 0, 0),
            Progress(0, 2, 0, 2, 2, 1),
            Progress(1, 2, 1, 2, 3, 2),
            Progress(2, 2, 2, 2, 4, 3),
        ]
        assert [one.calls_left for one in told] == [2, 2, 1, 0]

    def test_a_second_run_starts_with_the_existing_progress(self, path, talk):
        begun = talk([page([1]), page([2])])
        collect(FIRST, path, client=begun.client)
        told = []
        collect([FIRST, SECOND], path, client=begun.client, progress=told.append)
        assert told == [Progress(0, 1, 1, 2, 1, 0), Progress(1, 1, 2, 2, 2, 1)]

    @pytest.mark.parametrize("workers", [1, 3])
    def test_with_workers_the_numbers_only_grow(self, path, workers):
        told = []
        with talking() as client:
            summary = collect(PLAN, path, client=client, workers=workers, progress=told.append)
        assert told == sorted(told, key=lambda one: (one.searches_done, one.videos))
        assert told[-1] == Progress(len(PLAN), len(PLAN), 90, 90, summary.videos, summary.calls)


class TestResuming:
    def test_failed_days_are_in_the_summary_and_are_asked_again(self, path, talk):
        begun = talk([page([2], 100, "77"), *[cut(b"")] * 5, page([1])])
        failed = collect(FIRST, path, client=begun.client)
        assert (failed.finished, failed.videos, failed.calls) == (False, 1, 6)
        [failure] = failed.failed
        assert (failure.query, failure.first_day, failure.last_day) == (FIRST.query, FIRST.start_date, FIRST.end_date)
        assert collect(FIRST, path, client=begun.client) == Summary(1, 2, 1, 1, True)

    def test_an_expired_search_starts_again(self, path, talk):
        first = talk([page([3, 2], 100, "77"), refusal("scope_not_authorized")])
        with pytest.raises(Exception, match="scope_not_authorized"):
            collect(FIRST, path, client=first.client)
        second = talk([*[lost("77")] * 2, page([3, 2], 100, "88"), page([1], None, "88")])
        assert collect(FIRST, path, client=second.client) == Summary(1, 3, 1, 4, True)
        assert second.server.places == [*[(100, "77")] * 2, (None, None), (100, "88")]

    def test_passing_known_pages_is_not_being_stuck(self, path, talk):
        known = [page([cursor], cursor) for cursor in range(1, 41)]
        stop = refusal("scope_not_authorized")
        begun = talk([*known, stop, *[lost()] * 6, *known[:10], stop, *known[10:], page([41])])
        for _ in range(2):
            with pytest.raises(Exception, match="scope_not_authorized"):
                collect(FIRST, path, client=begun.client)
        assert collect(FIRST, path, client=begun.client).videos == 41

    def test_a_search_continues_with_cursor_and_search_id(self, path, talk):
        begun = talk([page([2], 100, "77"), refusal("scope_not_authorized"), page([1])])
        with pytest.raises(ScopeNotAuthorized):
            collect(FIRST, path, client=begun.client)
        assert collect(FIRST, path, client=begun.client) == Summary(1, 2, 1, 1, True)
        assert begun.server.places[-1] == (100, "77")

    def test_a_request_that_is_a_part_of_a_search_is_refused(self, path, talk):
        with pytest.raises(ValidationError, match="a request with a cursor or a search_id is a part of a search"):
            collect(attrs.evolve(FIRST, cursor=50, search_id="7"), path, client=talk([]).client)
        assert not path.exists()

    def test_a_cursor_that_stays_fails_the_day(self, path, talk):
        begun = talk([page([2], 100), page([1], 100), page([0])])
        stuck = collect(FIRST, path, client=begun.client)
        [failure] = stuck.failed
        assert failure.error.startswith(
            "stuck_search: has_more is true, but the cursor did not advance (100 after 100)"
        )
        assert collect(FIRST, path, client=begun.client).videos == 3

    def test_a_search_without_end_and_without_videos_is_stuck_each_time(self, path, talk):
        cursors = iter(range(1, 1_000))
        begun = talk(lambda _: page([1], next(cursors)))
        for sent in (21, 21):
            before = begun.client.calls
            assert not collect(FIRST, path, client=begun.client).finished
            assert begun.client.calls - before == sent

    @pytest.mark.parametrize("workers", [1, 4])
    def test_a_budget_cuts_it_into_parts_that_come_to_the_same(self, path, calm, workers):
        summaries = []
        app = App(VIDEOS)
        with serve(app) as url:
            while not (summaries and summaries[-1].finished):
                with Client("any", base_url=url, max_calls=7) as client:
                    summaries.append(collect(PLAN, path, client=client, workers=workers))
        assert contents(path) == contents(calm[0])
        assert pages(path) == pages(calm[0])
        assert app.calls == calm[1] == sum(summary.calls for summary in summaries)
        assert sum(summary.new_videos for summary in summaries) == summaries[-1].videos

    def test_the_quota_ends_it_with_all_that_came(self, path, talk):
        begun = talk([page([2], 100), refusal("daily_quota_limit_exceeded"), page([1])], now=lambda: NOON)
        with pytest.raises(RateLimitExceeded):
            collect(FIRST, path, client=begun.client)
        assert collect(FIRST, path, client=begun.client).videos == 2

    def test_with_wait_the_quota_makes_it_wait_until_midnight(self, path, talk):
        begun = talk(
            [page([2], 100), refusal("daily_quota_limit_exceeded"), page([1])], now=lambda: NOON, on_quota="wait"
        )
        assert collect(FIRST, path, client=begun.client).videos == 2
        assert begun.pauses == [12 * 3600]


class Interrupted(BaseException):
    """An exception that a key or a signal may raise anywhere."""


class TestInterrupted:
    @pytest.mark.parametrize("workers", [1, 4])
    @pytest.mark.parametrize("error", [KeyboardInterrupt, Interrupted, ValueError, SystemExit])
    def test_by_an_exception_of_the_progress_function(self, path, calm, workers, error):
        left = iter(range(9, -1, -1))

        def watch(_):
            if next(left, 0) == 0:
                raise error("that is enough")

        app = App(VIDEOS)
        with talking(app) as client:
            with pytest.raises(error, match="that is enough"):
                collect(PLAN, path, client=client, workers=workers, progress=watch)
            assert pages(path) >= 9
            assert collect(PLAN, path, client=client, workers=workers).finished
        assert contents(path) == contents(calm[0])
        assert app.calls <= calm[1] + workers

    @pytest.mark.parametrize("workers", [1, 3])
    def test_in_a_pause(self, path, talk, workers):
        def sleep(_):
            raise KeyboardInterrupt

        begun = talk([page([2], 100), cut(b""), page([1])], sleep=sleep)
        with pytest.raises(KeyboardInterrupt):
            collect(FIRST, path, client=begun.client, workers=workers)
        assert collect(FIRST, path, client=begun.client, workers=workers).videos == 2
        assert begun.counts == (3, 3)

    def test_one_worker_that_fails_ends_all_and_their_pages_are_kept(self, path):
        app = App(VIDEOS, faults=Fault("daily-quota", at=20))
        with talking(app) as client:
            with pytest.raises(RateLimitExceeded):
                collect(PLAN, path, client=client, workers=4)
            assert pages(path) == app.calls - 1
            assert collect(PLAN, path, client=client, workers=4).finished

    def test_a_wait_for_midnight_is_interrupted(self, path, talk, monkeypatch):
        both_are_on_their_way, one_waits = threading.Barrier(2), threading.Event()

        def answer(received):
            is_first = received.json["start_date"] == "20230101"

            def send(connection):
                both_are_on_their_way.wait(60)
                if not is_first:
                    assert one_waits.wait(60)
                connection.sendall(refusal("daily_quota_limit_exceeded" if is_first else "scope_not_authorized"))

            return send

        def sees(record):
            if "waiting until" in record.getMessage():
                one_waits.set()
            return True

        monkeypatch.setattr(logging.getLogger("querydsl"), "filters", [sees])
        begun = talk(answer, on_quota="wait", now=lambda: NOON, sleep=time.sleep)
        with pytest.raises(ScopeNotAuthorized):
            collect([FIRST, SECOND], path, client=begun.client, workers=2)

    def test_after_an_interrupt_the_file_is_unlocked_and_complete(self, path, talk):
        with pytest.raises(ScopeNotAuthorized):
            collect(FIRST, path, client=talk([refusal("scope_not_authorized")]).client)
        assert os.listdir(path.parent) == ["videos.db"]
        Writer(path, "this computer").close()


class TestFaults:
    @pytest.mark.parametrize("kind", RECOVERABLE)
    @pytest.mark.parametrize("workers", [1, 4])
    def test_each_fault_is_overcome(self, path, calm, kind, workers):
        app = App(VIDEOS, faults=Fault(kind, at=4, every=29))
        with talking(app) as client:
            summary = collect(PLAN, path, client=client, workers=workers)
        assert contents(path)["videos"] == contents(calm[0])["videos"]
        assert contents(path)["found"] == contents(calm[0])["found"]
        assert summary.calls == app.calls

    @pytest.mark.parametrize(
        ("kind", "cost"), [("server-error", 1), ("html", 1), ("not-json", 1), ("cut", 1), ("short", 1), ("empty", 1)]
    )
    def test_a_fault_costs_a_bounded_number_of_calls(self, path, calm, kind, cost):
        app = App(VIDEOS, faults=Fault(kind, at=7))
        with talking(app) as client:
            assert collect(PLAN, path, client=client).finished
        assert calm[1] < app.calls <= calm[1] + cost
        assert contents(path) == contents(calm[0])

    @settings(max_examples=12)
    @given(seed=st.integers(0, 2**32), workers=st.sampled_from([1, 4]))
    def test_any_mixture_loses_nothing_and_brings_nothing_twice(self, calm, seed, workers):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "videos.db"
            app = App(VIDEOS, faults=Fault.random(seed, 0.1))
            with talking(app) as client:
                for _ in range(9):  # a search may be lost more often than it may start again
                    if collect(PLAN, path, client=client, workers=workers).finished:
                        break
                assert client.calls == app.calls
            assert contents(path)["videos"] == contents(calm[0])["videos"]
            assert contents(path)["found"] == contents(calm[0])["found"]

    @settings(max_examples=8)
    @given(seed=st.integers(0, 2**32))
    def test_the_videos_of_a_client_survive_any_mixture_of_faults(self, calm, seed):
        with talking(App(VIDEOS, faults=Fault.random(seed, 0.05, set(RECOVERABLE) - {"expired-search"}))) as client:
            found = [video.id for video in client.videos(PLAN)]
        assert len(found) == len(set(found))
        assert sorted(found) == [number for [number] in rows(calm[0], "SELECT id FROM videos ORDER BY id")]

    def test_expired_tokens_are_renewed(self, path, calm):
        app = App(VIDEOS, credentials=("awkey", "s3cret"), faults=Fault("expired-token", at=3, every=10))
        with talking(app, token=None, credentials=Credentials("awkey", "s3cret")) as client:
            assert collect(PLAN, path, client=client, workers=2).finished
        assert contents(path) == contents(calm[0])


# Files that cannot be written


NOBODY = 65_534


@pytest.fixture
def folder():
    """A folder of a user without special rights."""
    almighty = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        if almighty:
            os.chown(name, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            if almighty:
                os.seteuid(0)
            os.chmod(name, 0o700)


class TestRefusedFiles:
    """They are refused before anything is sent, and not changed."""

    def refusal(self, talk, path, folder):
        before = snapshot(folder)
        begun = talk([])
        with pytest.raises(StoreError) as caught:
            collect(FIRST, path, client=begun.client)
        assert snapshot(folder) == before
        assert begun.counts == (0, 0)
        return str(caught.value)

    def test_a_folder_that_cannot_be_written_to(self, talk, folder):
        folder.chmod(0o500)
        assert self.refusal(talk, folder / "x.db", folder) == (
            f"{folder}/x.db: Permission denied; make the file and its folder writable, or give another file"
        )

    def test_a_file_in_it(self, talk, folder):
        Writer(folder / "x.db", "this computer").close()
        folder.chmod(0o500)
        assert self.refusal(talk, folder / "x.db", folder).startswith(f"{folder}/x.db: Permission denied")

    def test_a_file_that_cannot_be_written_to(self, talk, folder):
        Writer(folder / "x.db", "this computer").close()
        (folder / "x.db").chmod(0o400)
        assert self.refusal(talk, folder / "x.db", folder) == (
            f"{folder}/x.db: attempt to write a readonly database; "
            "make the file and its folder writable, or give another file"
        )

    def test_a_file_that_cannot_be_read(self, talk, folder):
        Writer(folder / "x.db", "this computer").close()
        (folder / "x.db").chmod(0)
        try:
            with pytest.raises(
                StoreError, match=r"Permission denied; make the file and its folder writable, or give another file$"
            ):
                collect(FIRST, folder / "x.db", client=talk([]).client)
        finally:
            (folder / "x.db").chmod(0o600)

    def test_an_empty_file_that_cannot_be_written_to(self, talk, folder):
        (folder / "x.db").touch(0o400)
        assert self.refusal(talk, folder / "x.db", folder).startswith(f"{folder}/x.db: attempt to write a readonly")

    def test_one_of_another_program(self, talk, tmp_path):
        (tmp_path / "x.db").write_text("my thesis")
        assert "querydsl has not made this file" in self.refusal(talk, tmp_path / "x.db", tmp_path)

    def test_one_in_use(self, talk, path):
        with Writer(path, "this computer"):
            assert "another collection is writing to it" in self.refusal(talk, path, path.parent)

    def test_one_that_another_program_has_locked(self, talk, path, monkeypatch):
        Writer(path, "this computer").close()
        monkeypatch.setattr("querydsl.storage.writer._BUSY", 0.01)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        assert self.refusal(talk, path, path.parent) == (
            f"{path}: database is locked; another program is writing to it: close that and run it again"
        )
        other.close()


#: Collects where no file may exceed a number of bytes, as on a full disk.
FULL = """
import resource, sys
from querydsl import Client, Request, StoreError, collect
path, url, limit, *plan = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
with Client("any", base_url=url) as client:
    try:
        collect([Request.from_json(body, fields="id,region_code,hashtag_names") for body in plan], path, client=client)
    except StoreError as refused:
        print(refused)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
class TestFullDisk:
    @pytest.mark.parametrize("limit", [0, 512, 20_000, 40_000, 80_000])
    def test_kept_pages_stay_and_the_rest_follows_later(self, path, calm, limit):
        app = App(VIDEOS)
        with serve(app) as url:
            plan = [request.to_json() for request in PLAN]
            command = [sys.executable, "-c", FULL, str(path), url, str(limit), *plan]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert done.stdout.startswith(f"{path}: ")
            assert "run it again" in done.stdout
            assert done.stderr == ""
            if limit < 20_000:
                assert app.calls == 0
            elif path.exists() and limit > 40_000:
                with Store(path) as store:
                    assert len(store) > 0
            with Client("any", base_url=url) as client:
                assert collect(PLAN, path, client=client).finished
        assert contents(path) == contents(calm[0])
        assert app.calls <= calm[1] + 1
        assert os.listdir(path.parent) == ["videos.db"]


def test_neither_token_nor_key_nor_secret_is_in_the_files(path):
    secrets = ("clt.T0KEN", "awK3Y", "S3CRET")
    snapshots = []
    app = App(VIDEOS, faults=Fault.random(1, 0.1, ["server-error", "html", "expired-token"]))
    with talking(app, token=secrets[0], credentials=Credentials(*secrets[1:])) as client:
        collect(PLAN, path, client=client, progress=lambda _: snapshots.append(snapshot(path.parent)))
    with Store(path) as store:
        for ending in ("jsonl", "csv", "parquet"):
            store.export(path.with_suffix(f".{ending}"))
    snapshots.append(snapshot(path.parent))
    written = b"".join(content for one in snapshots for content in one.values())
    assert not any(secret.encode() in written for secret in secrets)
    assert [name.rpartition(".")[2] for name in snapshots[-1]] == ["csv", "db", "jsonl", "parquet"]


class TestPlans:
    def test_an_error_of_a_generated_plan_is_raised_unchanged(self, talk, path):
        def requests():
            yield FIRST
            raise FileNotFoundError("plan.json")

        with pytest.raises(FileNotFoundError, match=r"^plan\.json$"):
            collect(requests(), path, client=talk([]).client)
        assert not path.exists()

    @pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
    def test_a_pipe_is_refused_as_a_file(self, talk, path):
        os.mkfifo(path)
        with pytest.raises(StoreError, match="this is not a file but a device or a pipe; give the name of a file"):
            collect(FIRST, path, client=talk([]).client)
