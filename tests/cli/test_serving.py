"""The command that serves the sandbox, as a user sees it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from querydsl import Client, Region, Username, select
from querydsl.sandbox import App, corpus, serve

from .test_commands import run
from .test_sending import QUERYDSL


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


EVERYTHING = select("id").where(~(Username == "nobody")).between("20230101", "20230131").max_count(20).request()
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")


@contextmanager
def served(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command in a process of its own, and the URL that it prints first."""
    process = subprocess.Popen(
        [*QUERYDSL, "sandbox", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


def statuses(url: str, calls: int) -> list[int]:
    headers = {"Authorization": "Bearer any"}
    with urllib3.PoolManager(headers=headers, retries=False) as pool:
        body = EVERYTHING.to_dict()
        return [pool.request("POST", EVERYTHING.url(url), json=body).status for _ in range(calls)]


@POSIX
class TestServing:
    def test_its_url_comes_first_and_it_answers_there(self):
        with served("--videos", "500") as (url, _), Client("any", base_url=url) as client:
            plan = select("id").where(~(Region == "JP")).between("20230101", "20230131").plan()
            found = {video.id for video in client.videos(plan)}
        assert found == {video["id"] for video in corpus(500) if video["region_code"] != "JP"}

    def test_it_serves_the_users_own_videos(self):
        video = {"id": 7, "create_time": 1_672_531_200, "region_code": "JP"}
        Path("own.jsonl").write_text(json.dumps(video) + "\n\n")
        with served("--corpus", "own.jsonl") as (url, _), Client("any", base_url=url) as client:
            [found] = client.videos(select("id", "region_code").where(Region == "JP").on("20230101").plan())
        assert found.to_dict() == {"id": 7, "region_code": "JP"}

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupt_or_a_termination_signal_ends_it(self, number):
        with served("--videos", "5") as (_, process):
            process.send_signal(number)
            assert process.wait() == 130
            assert process.stderr.read().endswith("querydsl: the sandbox has ended\n")

    def test_the_videos_are_of_the_days_that_are_given(self):
        with (
            served("--videos", "300", "--between", "2023-02-01", "20230203") as (url, _),
            Client("any", base_url=url) as client,
        ):
            plan = select("id").where(~(Username == "nobody")).between("20230101", "20230331").plan()
            found = sorted((video.id for video in client.videos(plan)), reverse=True)
        assert found == [video["id"] for video in corpus(300, start="20230201", end="20230203")]

    def test_other_days_make_other_videos_and_a_corpus_keeps_them(self):
        plan = select("id").where(~(Username == "nobody")).on("20230201").plan()
        videos = corpus(300, start="20230201", end="20230203")
        Path("world.jsonl").write_text("".join(f"{json.dumps(video)}\n" for video in videos))
        found = []
        for options in (
            ["--videos", "300", "--between", "20230201", "20230203"],
            ["--videos", "300", "--between", "20230201", "20230204"],
            ["--corpus", "world.jsonl"],
        ):
            with served(*options) as (url, _), Client("any", base_url=url) as client:
                found.append({video.id for video in client.videos(plan)})
        first, other_days, kept = found
        assert first == kept
        assert not first & other_days

    def test_calls_over_the_quota_are_refused(self):
        with served("--videos", "50", "--quota", "2") as (url, _):
            assert statuses(url, 4) == [200, 200, 429, 429]

    def test_faults_strike_the_chosen_calls(self):
        faults = ["rate-limit:at=2", "server-error:at=3,times=2,status=503", "failing-days:at=6,first=2023-01-31"]
        with served("--videos", "50", "--faults", *faults) as (url, _):
            assert statuses(url, 7) == [200, 429, 503, 503, 200, 500, 500]

    def test_a_fault_may_strike_all_calls(self):
        with served("--videos", "50", "--faults", "html:at=2,times=all") as (url, _):
            assert statuses(url, 3) == [200, 504, 504]

    def test_a_latency_delays_answers(self):
        with (
            served("--videos", "5", "--latency", "3600") as (url, _),
            urllib3.PoolManager(timeout=0.2, retries=False) as pool,
            pytest.raises(urllib3.exceptions.ReadTimeoutError),
        ):
            pool.request("POST", EVERYTHING.url(url), json=EVERYTHING.to_dict())

    def test_the_printed_settings_make_other_commands_use_it(self):
        with served("--videos", "500") as (url, process):
            said = [process.stderr.readline().strip() for _ in range(5)]
            assert said[0] == "The sandbox has 500 videos, and takes any token and any credentials."
            [settings] = [line for line in said if line.startswith("export ")]
            assert f"put {url} in the place of https://open.tiktokapis.com" in said[3]
            collect = "collect 'region_code == \"US\"' --between 20230101 20230131 --into us.db"
            command = f"{settings}; {shlex.join(QUERYDSL)} {collect}"
            done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        wanted = sum(video["region_code"] == "US" for video in corpus(500))
        assert done.stdout.startswith(f"us.db: {wanted} videos found")


class TestUsage:
    def test_a_port_in_use_is_refused(self):
        with serve(App([])) as url:
            port = url.rsplit(":", 1)[1]
            result = run("sandbox", "--videos", "1", "--port", port)
        assert result.status == 1
        assert f"port {port}" in result.err

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b'{"id": 1}\n[2]\n', "own.jsonl:2: this is not a video as a JSON object on one line"),
            (b"{", "own.jsonl:1: this is not a video as a JSON object on one line"),
            (b"\xff", "own.jsonl: this is not text in UTF-8"),
        ],
    )
    def test_an_invalid_corpus_is_refused(self, content, message):
        Path("own.jsonl").write_bytes(content)
        assert run("sandbox", "--corpus", "own.jsonl") == (1, "", f"querydsl: {message}\n")

    @pytest.mark.parametrize(
        ("fault", "message"),
        [
            (
                "sever-error",
                "Fault('sever-error'): there is no such kind; did you mean 'server-error'? The kinds are ra",
            ),
            ("rate-limit:tims=2", "'tims=2': there is no such option; did you mean 'times'? The options are at, times"),
            (
                "rate-limit:x",
                "'x': there is no such option; the options are at, times, every, status, retry_after, fir",
            ),
            ("html:at=two", "'at=two': write a whole number, such as at=3"),
            ("html:at=0", "Fault('html', at=0): give a whole number, 1 or more"),
            ("html:every=all", "'every=all': write a whole number, such as every=3"),
            ("failing-days", "Fault('failing-days'): give the first day and the last day, such as first='20230110', "),
            ("failing-days:first=2023-02-30", "'20230230' "),
        ],
    )
    def test_an_unknown_fault_is_wrong_usage(self, fault: str, message: str) -> None:
        result = run("sandbox", "--videos", "1", "--faults", "cut", fault)
        assert (result.status, result.out) == (2, "")
        assert f"querydsl sandbox: error: argument --faults: {message}" in result.err

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--latency", "-1"], "argument --latency: '-1' is not a number of seconds from 0 to 3600"),
            (["--latency", "nan"], "argument --latency: 'nan' is not a number of seconds from 0 to 3600"),
            (["--latency", "soon"], "argument --latency: 'soon' is not a number of seconds from 0 to 3600"),
            (["--quota", "-1"], "argument --quota: '-1' is not a whole number from 0 on"),
            (["--corpus", "own.jsonl", "--between", "20230101", "20230102"],
             "argument --between: it is for made-up videos; leave it out with --corpus"),
        ],
        ids=str,
    )  # fmt: skip
    def test_an_option_that_makes_no_sense_is_a_wrong_usage(self, options: list[str], message: str) -> None:
        result = run("sandbox", *options)
        assert (result.status, result.out) == (2, "")
        assert f"querydsl sandbox: error: {message}" in result.err

    def test_days_that_are_swapped_are_refused(self) -> None:
        result = run("sandbox", "--between", "20230201", "20230101")
        assert result == (1, "", "querydsl: corpus: the end 20230101 is before the start 20230201; swap the two\n")

    @POSIX
    def test_the_example_of_the_help_serves(self) -> None:
        example = run("sandbox", "--help").out.split("An example:\n  querydsl sandbox ")[1].splitlines()[0]
        options = shlex.split(example.replace("--port 8000", "--port 0"))
        with served(*options) as (url, _), Client("any", base_url=url) as client:
            assert len(client.send(EVERYTHING).videos) == 20

    def test_a_corpus_that_is_not_there_is_refused(self):
        assert run("sandbox", "--corpus", "own.jsonl").err == "querydsl: own.jsonl: No such file or directory\n"
