"""A collection that is killed again and again, at any moment, gives the same file as an undisturbed one."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from random import Random

import pytest

from querydsl import Client, Region, Store, collect, select
from querydsl.sandbox import App, Fault, corpus, serve
from querydsl.storage.writer import Writer

from ..storage.files import contents, pages

if sys.platform == "win32":
    pytest.skip("no SIGKILL", allow_module_level=True)

VIDEOS = corpus(1_500, start="20230101", end="20230430")
PLAN = (
    select("id", "region_code", "username", "hashtag_names")
    .where(Region.in_("US", "JP", "DE", "FR", "BR", "MX", "ID", "GB"))
    .between("20230101", "20230430")
    .max_count(10)
    .plan()
)

#: A program that collects without sleeping.
COLLECT = """
import sys
from querydsl import Client, Request, collect
path, url, workers, *plan = sys.argv[1:]
with Client("any", base_url=url, sleep=lambda _: None) as client:
    requests = [Request.from_json(body, fields="id,region_code,username,hashtag_names") for body in plan]
    print(collect(requests, path, client=client, workers=int(workers)))
"""


def start(path, url, workers, stderr=None):
    bodies = [request.to_json() for request in PLAN]
    return subprocess.Popen(
        [sys.executable, "-c", COLLECT, str(path), url, str(workers), *bodies], stdout=subprocess.PIPE, stderr=stderr
    )


class Killer:
    """An app that kills its client at a query: before, during or after the answer."""

    def __init__(self, app: App, random: Random, how: signal.Signals = signal.SIGKILL) -> None:
        self._app = app
        self._random = random
        self._how = how
        self.victim: subprocess.Popen[bytes] | None = None
        self._left = 0

    def aim(self, victim: subprocess.Popen[bytes], at: int) -> None:
        """Kill at the query with this number, counted from now on."""
        self._left = at
        self.victim = victim

    def __call__(self, environ, start_response) -> Iterable[bytes]:
        self._left -= 1
        if self._left != 0 or self.victim is None:
            return self._app(environ, start_response)
        when = self._random.randrange(3)
        if when == 0:
            self.victim.send_signal(self._how)
        return self._answer(b"".join(self._app(environ, start_response)), when)

    def _answer(self, content: bytes, when: int) -> Iterable[bytes]:
        half = len(content) // 2
        yield content[:half]
        if when == 1:
            self.victim.send_signal(self._how)
        yield content[half:]
        if when == 2:
            self.victim.send_signal(self._how)


def kills_until_done(killer, path, workers, aim):
    """Kill a collection at the query that `aim` chooses, until one run ends by itself; returns the number of kills."""
    kills = 0
    with serve(killer) as url:
        while True:
            with start(path, url, workers) as child:
                killer.aim(child, aim())
                child.stdout.read()
            if child.returncode == 0:
                return kills
            assert child.returncode == -signal.SIGKILL
            kills += 1


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The file of an undisturbed collection, and how many queries it took."""
    path = tmp_path_factory.mktemp("undisturbed") / "videos.db"
    app = App(VIDEOS)
    with serve(app) as url, Client("any", base_url=url) as client:
        assert collect(PLAN, path, client=client).finished
    return path, app.calls


@pytest.mark.parametrize("workers", [1, 4])
class TestKilled:
    def test_after_a_kill_only_the_pages_on_their_way_are_asked_again(self, tmp_path, undisturbed, workers):
        calm, queries = undisturbed
        path = tmp_path / "videos.db"
        random = Random(workers)
        app = App(VIDEOS)
        killer = Killer(app, random)
        kills, kept = 0, 0
        with serve(killer) as url:
            while True:
                with start(path, url, workers) as child:
                    killer.aim(child, random.randint(1, queries // 3))
                    child.stdout.read()
                if child.returncode == 0:
                    break
                assert child.returncode == -signal.SIGKILL
                kills += 1
                with suppress(FileNotFoundError), Store(path) as store:
                    assert len(store) >= kept
                    kept = len(store)
        assert kills >= 4
        assert contents(path) == contents(calm)
        assert pages(path) == pages(calm)
        assert app.calls <= queries + kills * workers
        assert sorted(file.name for file in tmp_path.iterdir()) == ["videos.db"]

    def test_killed_at_any_moment_it_gives_the_same_file(self, tmp_path, undisturbed, workers):
        calm, queries = undisturbed
        path = tmp_path / "videos.db"
        random = Random(workers)
        app = App(VIDEOS)
        kills = 0
        with serve(app) as url:
            for _ in range(4):
                with start(path, url, workers) as child:
                    with suppress(subprocess.TimeoutExpired):
                        child.wait(0.15 + random.random() / 3)
                    child.kill()
                    kills += 1
            with start(path, url, workers) as child:
                child.stdout.read()
        assert child.returncode == 0
        assert contents(path) == contents(calm)
        assert pages(path) == pages(calm)
        assert app.calls <= queries + kills * workers

    def test_interrupted_it_gives_the_same_file_and_leaves_nothing_else(self, tmp_path, undisturbed, workers):
        calm, queries = undisturbed
        path = tmp_path / "videos.db"
        app = App(VIDEOS)
        killer = Killer(app, Random(workers), signal.SIGINT)
        interruptions = 0
        with serve(killer) as url:
            while True:
                with start(path, url, workers, subprocess.PIPE) as child:
                    killer.aim(child, queries // 4)
                    _, said = child.communicate()
                assert [file.name for file in tmp_path.iterdir()] == ["videos.db"]
                if child.returncode == 0:
                    break
                assert said.splitlines()[-1] == b"KeyboardInterrupt"
                interruptions += 1
        assert interruptions >= 2
        assert contents(path) == contents(calm)
        assert app.calls <= queries + interruptions * workers

    def test_killed_while_searches_expire_it_gives_the_same_file(self, tmp_path, undisturbed, workers):
        calm, queries = undisturbed
        path = tmp_path / "videos.db"
        random = Random(workers)
        killer = Killer(App(VIDEOS, faults=Fault("expired-search", at=9, every=queries * 2 // 3)), random)
        assert kills_until_done(killer, path, workers, lambda: random.randint(queries // 8, queries // 2)) >= 2
        assert contents(path) == contents(calm)

    def test_killed_while_days_fail_it_gives_the_same_file(self, tmp_path, undisturbed, workers):
        _, queries = undisturbed
        faults = Fault("failing-days", first="20230210", last="20230211")
        calm, path = tmp_path / "calm.db", tmp_path / "videos.db"
        calm_app, app = (App(VIDEOS, faults=faults) for _ in range(2))
        with serve(calm_app) as url, start(calm, url, workers) as child:
            child.stdout.read()
        random = Random(workers)
        kills = kills_until_done(Killer(app, random), path, workers, lambda: random.randint(2, queries // 3))
        assert kills >= 2
        assert contents(path) == contents(calm)
        assert app.calls <= calm_app.calls + kills * workers


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def dying(monkeypatch, at):
    """Die before the transaction with this number, from 0: the file has everything that was committed before."""
    left = iter(range(at, -1, -1))
    whole = Writer.transaction

    @contextmanager
    def transaction(writer):
        if next(left, -1) == 0:
            raise Killed
        with whole(writer) as database:
            yield database

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "transaction", transaction)
        with suppress(Killed):
            yield
            return
    raise Killed


#: Few pages, since a run is repeated for each of its transactions.
FEW_VIDEOS = VIDEOS[::5]
FORGOTTEN = "a search is forgotten"


def failing(*spans):
    return [Fault("failing-days", first=first, last=last) for first, last in spans]


#: The faults of an earlier run, if there was one, those of this run, and what is asked; each call gets one attempt.
SCENARIOS = {
    "nothing fails": (None, (), {}),
    "two bad days, in halves": (None, failing(("20230110", "20230111")), {}),
    "a bad month": (None, failing(("20230201", "20230228")), {}),
    "an outage, but for a day": (None, failing(("20230101", "20230205"), ("20230207", "20230430")), {}),
    "days that failed before": (
        failing(("20230105", "20230402")),
        failing(*((f"2023{month:02}01", f"2023{month:02}{day}") for month, day in ((1, 12), (2, 27), (3, 10)))),
        {},
    ),
    FORGOTTEN: (None, Fault("expired-search", at=3), {}),
    "everything once more": ((), (), {"again": True}),
}


class TestSeams:
    """A kill before each transaction in turn, for example between closing a search and opening its halves."""

    def run(self, path, app, **options):
        with serve(app) as url, Client("any", base_url=url, attempts=1, sleep=lambda _: None) as client:
            return collect(PLAN, path, client=client, **options)

    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_killed_between_transactions_it_gives_the_same_file(self, tmp_path, monkeypatch, scenario):
        before, faults, options = SCENARIOS[scenario]
        calm, app = tmp_path / "calm.db", App(FEW_VIDEOS, faults=faults)
        if before is not None:
            self.run(calm, App(FEW_VIDEOS, faults=before))
        begun = calm.read_bytes() if before is not None else b""
        self.run(calm, app, **options)
        for at in range(1_000):
            path = tmp_path / f"{at}.db"
            path.write_bytes(begun)
            killed = App(FEW_VIDEOS, faults=faults)
            try:
                with dying(monkeypatch, at):
                    self.run(path, killed, **options)
            except Killed:
                self.run(path, killed, **options if at == 0 else {})
            else:
                break
            assert contents(path) == contents(calm)
            assert killed.calls <= app.calls + (2 if scenario == FORGOTTEN else 1)  # an id is retried once
        assert at > 5
