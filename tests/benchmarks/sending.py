"""The cost of sending: compared with a bare loop and other clients, with workers, and in memory.

    python -m tests.benchmarks.sending [cpu] [workers] [memory] [--rounds N] [--pages N]

One server, in a process of its own so that its work does not count, gives everybody the same pages of 100 videos. What
counts is the CPU time of the client's process per request, least and median of rounds that take turns.

The bare loop is what one writes in ten lines: `PoolManager.request`, `json.loads`, and for each video one row with its
id and its JSON text (what it takes to lose nothing), a transaction a page. It has the quickest settings that still
survive being killed (WAL, synchronous NORMAL), and none of what a client is for: no checks, no retries, no resuming, no
columns. "bare, one field" inserts the id and one field only: what it takes to lose nearly everything.

The other clients are pointed at the server (tests/other_clients.py). They ask for 14 fields, so the first table has 14
for everybody. Without the extra `bench` they are left out.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import parse_qs

import urllib3

from querydsl import Client, Region, collect, select
from querydsl.sandbox import corpus, serve
from querydsl.tables import ALL_FIELDS, TOKEN_PATH
from tests import other_clients

START, END = date(2023, 1, 1), date(2023, 1, 30)
EPOCH = date(1970, 1, 1)
PAGE = 100

write = sys.stdout.write


# The server


class Pages:
    """A WSGI app that answers every request with pages made on the fly: it checks nothing and remembers nothing."""

    def __init__(self, pages: int, latency: float, ensure_ascii: bool) -> None:
        self._pages = pages
        self._latency = latency
        self._to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=ensure_ascii).encode
        self._videos = [{**video, "region_code": "US"} for video in corpus(1_000)]  # what the requests ask for
        self._texts: dict[str, list[str]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        if environ["PATH_INFO"] == TOKEN_PATH:
            answer = b'{"access_token": "clt.any", "expires_in": 7200, "token_type": "Bearer"}'
        else:
            time.sleep(self._latency)
            [fields] = parse_qs(environ["QUERY_STRING"])["fields"]
            answer = self._page(fields, json.loads(content)).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    def _page(self, fields: str, body: dict[str, Any]) -> str:
        texts = self._texts.get(fields) or self._texts.setdefault(fields, self._without_id(fields))
        cursor = body.get("cursor") or 0
        day = body["start_date"]
        window = (date(int(day[:4]), int(day[4:6]), int(day[6:])) - EPOCH).days * 86_400 << 32
        newest = window + (self._pages * PAGE - cursor << 20)  # ids decrease from page to page, as the API's do
        at = cursor % len(texts)
        videos = ",".join(f'{{"id":{newest - (n << 20)},{text}' for n, text in enumerate(texts[at : at + PAGE]))
        more = "true" if cursor + PAGE < self._pages * PAGE else "false"
        where = f'"cursor":{cursor + PAGE},"has_more":{more},"search_id":"7201388525814961"'
        error = '"error":{"code":"ok","message":"","log_id":"20230101"}'
        return f'{{"data":{{"videos":[{videos}],{where}}},{error}}}'

    def _without_id(self, fields: str) -> list[str]:
        """The JSON of each video after its id."""
        names = [name for name in fields.split(",") if name != "id"]
        videos = [{name: video[name] for name in names if name in video} for video in self._videos]
        return [self._to_json(video)[1:] for video in videos]


def run_server(pages: int, latency: float, ensure_ascii: bool, pipe: Connection) -> None:
    with serve(Pages(pages, latency, ensure_ascii)) as url:
        pipe.send(url)
        pipe.recv()


@contextmanager
def server(pages: int, latency: float = 0.0, ensure_ascii: bool = True) -> Iterator[str]:
    """The URL of a server in a process of its own; every search there has this number of pages."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=run_server, args=(pages, latency, ensure_ascii, theirs)
    )
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join()


def apart(job: Callable[..., Any], *arguments: Any) -> Any:
    """The result of a job in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(job, arguments)


# The contestants: each gets all pages of one search, and returns the number of videos


def plan(fields: Iterable[str]) -> Any:
    return select(*fields).where(Region == "US").between(START, END).plan()


def bare(url: str, folder: Path, fields: Iterable[str], one_field: bool = False) -> int:
    [request] = plan(fields)
    body = request.to_dict()
    database = sqlite3.connect(folder / "bare.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("CREATE TABLE IF NOT EXISTS videos (id INTEGER PRIMARY KEY, video TEXT)")
    pool = urllib3.PoolManager()
    headers = {"Authorization": "Bearer any", "Content-Type": "application/json"}
    while True:
        response = pool.request("POST", request.url(url), body=json.dumps(body), headers=headers)
        data = json.loads(response.data)["data"]
        if one_field:
            rows = [(video["id"], video["username"]) for video in data["videos"]]
        else:
            rows = [(video["id"], json.dumps(video)) for video in data["videos"]]
        database.execute("BEGIN")
        database.executemany("INSERT OR IGNORE INTO videos VALUES (?, ?)", rows)
        database.execute("COMMIT")
        if not data["has_more"]:
            break
        body |= {"cursor": data["cursor"], "search_id": data["search_id"]}
    [[count]] = database.execute("SELECT count(*) FROM videos")
    database.close()
    return int(count)


def bare_one_field(url: str, folder: Path, fields: Iterable[str]) -> int:
    return bare(url, folder, fields, one_field=True)


def ours_collect(url: str, folder: Path, fields: Iterable[str]) -> int:
    with Client(token="any", base_url=url) as client:
        return collect(plan(fields), folder / "ours.db", client=client).new_videos


def ours_videos(url: str, folder: Path, fields: Iterable[str]) -> int:  # noqa: ARG001
    with Client(token="any", base_url=url) as client:
        return sum(1 for _ in client.videos(plan(fields)))


def researchtikpy(url: str, folder: Path, fields: Iterable[str]) -> int:  # noqa: ARG001
    return len(other_clients.researchtikpy(url, folder, "US", (START, END)))


def tiktok_research_api_helper(url: str, folder: Path, fields: Iterable[str]) -> int:  # noqa: ARG001
    return len(other_clients.tiktok_research_api_helper(url, folder, "US", (START, END)))


Contestant = Callable[[str, Path, Iterable[str]], int]
OURS: list[Contestant] = [bare, bare_one_field, ours_collect, ours_videos]
PEERS: list[Contestant] = [researchtikpy, tiktok_research_api_helper]


# CPU time


def cpu(url: str, pages: int, rounds: int, contestants: list[Contestant], fields: Iterable[str]) -> list[list[float]]:
    """The milliseconds of CPU time per request, for each contestant in each round."""
    logging.disable(logging.WARNING)
    taken: list[list[float]] = [[] for _ in contestants]
    for turn in range(rounds + 1):
        for contestant, times in zip(contestants, taken, strict=True):
            with tempfile.TemporaryDirectory() as folder:
                start = time.process_time()
                found = contestant(url, Path(folder), fields)
                seconds = time.process_time() - start
            assert found == pages * PAGE, (contestant.__name__, found)
            if turn:  # the first round warms up
                times.append(seconds / pages * 1000)
    return taken


def report_cpu(pages: int, rounds: int) -> None:
    peers = [peer for peer in PEERS if find_spec(peer.__name__)]
    for title, fields, contestants, ensure_ascii in [
        ("14 fields", other_clients.FIELDS, [*OURS, *peers], True),
        ("all fields", ALL_FIELDS, OURS, True),
        ("all fields, which come as UTF-8", ALL_FIELDS, OURS, False),
    ]:
        with server(pages, ensure_ascii=ensure_ascii) as url:
            taken = apart(cpu, url, pages, rounds, contestants, fields)
        write(f"\nCPU time a request of {PAGE} videos, {title}; {rounds} rounds of {pages} requests\n\n")
        write(f"{'':28}{'least':>10}{'median':>10}{'times bare':>12}{'median':>8}\n")
        for contestant, times in zip(contestants, taken, strict=True):
            ratio = median(one / other for one, other in zip(times, taken[0], strict=True))
            write(
                f"{contestant.__name__:28}{min(times):>7.2f} ms{median(times):>7.2f} ms"
                f"{min(times) / min(taken[0]):>12.2f}{ratio:>8.2f}\n"
            )
        sys.stdout.flush()


# Workers


def elapsed(url: str, workers: int) -> float:
    """The seconds for eight windows."""
    windows = select().where(Region == "US").between("20230101", "20230828").plan()
    assert len(windows) == 8
    with tempfile.TemporaryDirectory() as folder, Client(token="any", base_url=url) as client:
        start = time.perf_counter()
        collect(windows, Path(folder) / "videos.db", client=client, workers=workers)
        return time.perf_counter() - start


def report_workers(pages: int, rounds: int) -> None:
    write(f"\nEight windows of {pages} requests, 50 ms of latency\n\n")
    with server(pages, latency=0.05) as url:
        pairs = [(apart(elapsed, url, 1), apart(elapsed, url, 8)) for _ in range(rounds)]
    for alone, together in pairs:
        write(f"1 worker {alone:6.2f} s, 8 workers {together:6.2f} s: {alone / together:.2f} times faster\n")
    sys.stdout.flush()


# Memory


def peak(url: str) -> tuple[int, float]:
    """The number of videos of one search, and the peak memory of this process meanwhile, in MiB."""
    with tempfile.TemporaryDirectory() as folder, Client(token="any", base_url=url) as client:
        found = collect(plan(ALL_FIELDS), Path(folder) / "videos.db", client=client).new_videos
    unit = 1 if sys.platform == "darwin" else 1024
    return found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def report_memory() -> None:
    write("\nPeak memory of a process that collects\n\n")
    for pages in (100, 10_000):
        with server(pages) as url:
            start = time.perf_counter()
            found, most = apart(peak, url)
            write(f"{found:>9,} videos: {most:6.1f} MiB ({time.perf_counter() - start:.0f} s)\n")
            sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="cpu|workers|memory", default=["cpu", "workers", "memory"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pages", type=int, default=50, help="of each search")
    options = parser.parse_args()
    if "cpu" in options.parts:
        report_cpu(options.pages, options.rounds)
    if "workers" in options.parts:
        report_workers(20, 3)
    if "memory" in options.parts:
        report_memory()


if __name__ == "__main__":
    main()
