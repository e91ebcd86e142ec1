"""The commands that send, keep and serve, as a user sees them."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from querydsl import Region, Store, matcher, select
from querydsl.sandbox import App, Fault, corpus, serve
from querydsl.sandbox.corpus import calendar
from querydsl.showing import columns

from .test_commands import Result, run

#: The command in a process of its own, which an interrupt reaches even if the test run ignores it.
QUERYDSL = (
    sys.executable,
    "-c",
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from querydsl.cli import main; sys.exit(main(sys.argv[1:]))",
)
JAPAN = ('region_code == "JP"', "--between", "20230101", "20230331")
VARIABLES = ("TIKTOK_ACCESS_TOKEN", "TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET", "TIKTOK_API_URL")
TOKEN = "clt.very-secret-0123456789"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder, and an environment without credentials."""
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@contextmanager
def api(app: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The sandbox in place of the API."""
    with serve(app) as url:
        monkeypatch.setenv("TIKTOK_API_URL", url)
        monkeypatch.setenv("TIKTOK_ACCESS_TOKEN", TOKEN)
        yield url


def rows(file: str, table: str = "videos", columns: str = "id, raw") -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()


@cache
def quarter() -> list[dict[str, Any]]:
    return corpus(4000, start=date(2023, 1, 1), end=date(2023, 3, 31))


class TestEstimate:
    def test_it_says_videos_calls_and_days_of_quota(self):
        result = run("estimate", *JAPAN, "--sandbox")
        assert (result.status, result.err) == (0, "")
        videos, calls, seen, *_ = result.out.splitlines()
        made_up = sum(map(matcher(Region == "JP"), calendar("20230101", "20230331")))
        assert within(made_up, videos)
        assert re.fullmatch(r"about \d+ calls \(\d+ to \d+\): 1 day of quota, at 1,000 calls a day", calls)
        assert seen == "Told by the first page of 3 of 3 searches, in 3 calls."

    def test_kept_pages_are_not_asked_again(self):
        first = run("estimate", *JAPAN, "--into", "japan.db", "--sandbox")
        assert first.err == "querydsl: japan.db has what came so far, and querydsl collect goes on from there\n"
        behind = run("collect", *JAPAN, "--into", "japan.db", "--sandbox")
        whole = run("collect", *JAPAN, "--into", "whole.db", "--sandbox")
        assert calls_of(behind) + 3 == calls_of(whole)
        assert rows("japan.db") == rows("whole.db")

    def test_without_a_new_page_it_does_not_say_that_something_came(self):
        run("collect", *JAPAN, "--into", "japan.db", "--sandbox")
        assert run("estimate", *JAPAN, "--into", "japan.db", "--sandbox").err == ""

    def test_it_keeps_to_the_limit_of_calls(self, monkeypatch):
        app = App(quarter())
        with api(app, monkeypatch):
            assert run("estimate", *JAPAN, "--calls", "2").status == 0
        assert app.calls == 2

    def test_an_error_that_concerns_every_search_is_status_1(self, monkeypatch):
        with api(App(quarter(), quota=0), monkeypatch):
            result = run("estimate", *JAPAN)
        assert (result.status, result.out) == (1, "")
        assert result.err.startswith("querydsl: daily_quota_limit_exceeded: ")

    def test_no_calls_is_wrong_usage(self):
        assert run("estimate", *JAPAN, "--calls", "0").status == 2


def within(number: int, line: str) -> bool:
    """Whether a number is in the range of a line, or equals its single number."""
    told = re.search(r"\(([\d,]+) to ([\d,]+)\)|^([\d,]+)", line)
    assert told is not None
    low, high = (int((told[n] or told[3]).replace(",", "")) for n in (1, 2))
    return low <= number <= high


def calls_of(result: Result) -> int:
    return int(result.out.splitlines()[0].rpartition("; ")[2].split()[0])


class TestCollect:
    def test_it_ends_in_a_summary_and_a_few_videos_as_a_table(self):
        result = run("collect", *JAPAN, "--into", "japan.db", "--sandbox")
        begun = "japan.db: 0 of 90 days are here; 3 searches to do, in 3 calls at least\n"
        assert (result.status, result.err) == (0, begun)
        summary, empty, head, *videos = result.out.splitlines()
        count = len(rows("japan.db"))
        expected = rf"japan\.db: {count} videos found by 3 requests, {count} of them new; \d calls"
        assert re.fullmatch(expected, summary)
        assert empty == ""
        assert head.split() == ["id", "created", "region_code", "username", "video_duration", "video_description"]
        newest = [row[0] for row in rows("japan.db")][::-1][:5]
        assert [int(line.split()[0]) for line in videos] == newest

    def test_it_keeps_the_videos_of_the_expression(self):
        run("collect", *JAPAN, "--into", "japan.db", "--sandbox")
        made_up = calendar("20230101", "20230331")
        wanted = matcher(Region == "JP")
        assert {row[0] for row in rows("japan.db")} == {video["id"] for video in made_up if wanted(video)}

    def test_wider_queries_cost_fewer_calls_and_unwanted_videos_are_left_out(self):
        topics = '(region_code == "JP" and hashtag_name == "fyp") or (region_code == "US" and keyword == "cat")'
        days = ("--between", "20230101", "20230331", "--sandbox")
        exact = run("collect", topics, *days, "--into", "exact.db")
        wider = run("collect", topics, *days, "--into", "wider.db", "--wider", "--name", "topics")
        assert (exact.status, wider.status) == (0, 0)
        assert "for wider queries find more: in the file, but not counted here" in wider.err
        for name in ("exact", "wider"):
            assert run("export", f"{name}.db", f"{name}.jsonl").status == 0
        exact_lines, wider_lines = (Path(f"{name}.jsonl").read_text().splitlines() for name in ("exact", "wider"))
        assert {json.loads(line)["id"] for line in exact_lines} == {json.loads(line)["id"] for line in wider_lines}
        assert len(rows("wider.db")) > len(wider_lines) > 0

    def test_a_second_run_asks_for_nothing(self):
        run("collect", *JAPAN, "--into", "japan.db", "--sandbox")
        again = run("collect", *JAPAN, "--into", "japan.db", "--sandbox")
        assert again.out.splitlines()[0].endswith(" videos found by 3 requests, 0 of them new; 0 calls")

    def test_draws_of_a_later_run_are_others(self):
        drawing = (*JAPAN, "--random", "--max-count", "20", "--into", "japan.db", "--sandbox", "--draws")
        with_one = run("collect", *drawing, "1")
        with_two = run("collect", *drawing, "2")
        assert (with_one.status, with_two.status) == (0, 0)
        assert " 60 of them new; 3 calls" in with_one.out
        assert " 0 of them new; 3 calls" not in with_two.out
        assert " of them new; 3 calls" in with_two.out

    def test_the_sandbox_ignores_the_environment(self, monkeypatch):
        monkeypatch.setenv("TIKTOK_API_URL", "http://example.com")
        monkeypatch.setenv("TIKTOK_CLIENT_KEY", "half of a pair")
        assert run("collect", *JAPAN, "--into", "japan.db", "--sandbox").status == 0

    def test_a_single_day_is_here_or_not(self):
        result = run("collect", *JAPAN[:2], "20230101", "20230101", "--into", "japan.db", "--sandbox")
        assert "japan.db: 0 of 1 day is here; 1 search to do" in result.err

    def test_several_workers_keep_the_same(self):
        run("collect", *JAPAN, "--into", "one.db", "--sandbox")
        run("collect", *JAPAN, "--into", "three.db", "--sandbox", "--workers", "3")
        assert rows("one.db") == rows("three.db")

    def test_max_calls_ends_it_with_status_1_and_the_next_run_continues(self):
        stopped = run("collect", *JAPAN, "--into", "japan.db", "--sandbox", "--max-calls", "2")
        assert stopped.status == 1
        assert stopped.err.endswith(
            "querydsl: stopped after 2 calls, as --max-calls says; "
            "japan.db has what came so far, and the same command goes on from there\n"
        )
        rest = run("collect", *JAPAN, "--into", "japan.db", "--sandbox")
        assert rest.status == 0
        run("collect", *JAPAN, "--into", "undisturbed.db", "--sandbox")
        assert rows("japan.db") == rows("undisturbed.db")

    def test_attempts_say_how_often_a_failing_call_is_tried(self, monkeypatch):
        app = App(quarter(), faults=Fault("server-error", times=None))
        with api(app, monkeypatch):
            assert run("collect", *JAPAN, "--into", "japan.db", "--attempts", "1").status == 1
        # each window once; of the first one five days, three parts and five days; and five days of the others
        assert app.calls == 3 + 5 + 3 + 5 + 5

    def test_a_request_document_brings_its_own_days(self):
        request = select("id").where(Region == "JP").on("20230105").max_count(10).request()
        Path("request.json").write_text(request.to_json())
        assert run("collect", "@request.json", "--into", "japan.db", "--sandbox").status == 0
        assert rows("japan.db", "searches", "days, max_count") == [("2023-01-05/2023-01-05", 10)]

    def test_only_the_fields_asked_for_are_in_the_table(self):
        result = run("collect", *JAPAN, "--into", "japan.db", "--sandbox", "--fields", "id,username")
        assert result.out.splitlines()[2].split() == ["id", "created", "region_code", "username"]

    @pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are POSIX")
    @pytest.mark.parametrize("command", ["collect", "estimate", "status"])
    def test_on_a_terminal_no_line_is_wider_than_it_is(self, monkeypatch, command):
        import pty  # noqa: PLC0415  # POSIX alone has it

        run("collect", *JAPAN, "--into", "japan.db", "--sandbox")
        options = {"status": ("japan.db",), "estimate": (*JAPAN, "--sandbox")}
        collecting = (*JAPAN, "--into", "japan.db", "--sandbox")
        monkeypatch.setenv("COLUMNS", "50")
        reader, terminal = pty.openpty()
        arguments = [*QUERYDSL, command, *options.get(command, collecting)]
        subprocess.run(arguments, stdout=terminal, stderr=subprocess.DEVNULL, check=True)
        os.close(terminal)
        shown = os.read(reader, 100_000).decode().splitlines()
        os.close(reader)
        assert len(shown) > 3
        assert [line for line in shown if columns(line) > 50] == []

    def test_without_videos_there_is_no_table(self):
        result = run("collect", 'username == "nobody"', *JAPAN[1:], "--into", "none.db", "--sandbox")
        assert result[:2] == (0, "none.db: 0 videos found by 3 requests, 0 of them new; 3 calls\n")

    def test_a_description_cannot_break_the_terminal_or_a_line(self, monkeypatch):
        video = {"id": 7, "create_time": 1_672_531_200, "region_code": "JP", "video_description": "\x1b[2J\n\u202eoh"}
        with api(App([video]), monkeypatch):
            result = run("collect", *JAPAN, "--into", "japan.db")
        assert result.out.splitlines()[3] == r"7   2023-01-01 00:00  JP           \x1b[2J \u202eoh"


class TestFailures:
    def test_without_credentials_it_says_what_to_set(self):
        result = run("collect", *JAPAN, "--into", "japan.db")
        assert result.status == 1
        assert result.err.startswith("querydsl: there is neither a token nor credentials; set TIKTOK_ACCESS_TOKEN, or ")
        assert not Path("japan.db").exists()

    @pytest.mark.parametrize("command", ["collect", "estimate"])
    def test_without_credentials_it_names_the_command_with_the_sandbox(self, command):
        result = run(command, *JAPAN, "--into", "japan.db")
        assert result.err.endswith(f"the sandbox (querydsl.sandbox) needs none: querydsl {command} … --sandbox\n")

    def test_a_sandbox_in_the_environment_is_said_to_make_its_videos_up(self, monkeypatch):
        said = "japan.db: the videos come from a sandbox on this computer (TIKTOK_API_URL), which makes them up"
        with api(App(corpus(1000)), monkeypatch):
            assert f"querydsl: {said}\n" in run("collect", *JAPAN, "--into", "japan.db").err
            again = run("collect", *JAPAN, "--into", "japan.db").err
        assert f"querydsl: {said}; no call was made: the file has all days that can be asked now\n" in again

    def test_a_sandbox_that_was_asked_for_needs_no_word(self):
        assert "makes them up" not in run("collect", *JAPAN, "--into", "japan.db", "--sandbox").err

    def test_a_quota_that_is_used_up_says_when_the_next_begins(self, monkeypatch):
        with api(App(corpus(1000), quota=1), monkeypatch):
            result = run("collect", *JAPAN, "--into", "japan.db")
        assert result.status == 1
        assert (
            " 00:00 UTC\nquerydsl: japan.db has what came so far, and the same command goes on from there\n"
            in result.err
        )

    def test_made_up_videos_are_not_mixed_with_the_apis(self, monkeypatch):
        run("collect", *JAPAN, "--into", "japan.db", "--sandbox")
        before = Path("japan.db").read_bytes()
        monkeypatch.setenv("TIKTOK_ACCESS_TOKEN", TOKEN)
        result = run("collect", *JAPAN, "--into", "japan.db")
        message = "its videos come from this computer, and these would from open.tiktokapis.com; give another file"
        assert result == (1, "", f"querydsl: japan.db: {message}\n")
        assert Path("japan.db").read_bytes() == before

    def test_a_file_of_another_kind_is_left_as_it_is(self):
        Path("notes.txt").write_text("my notes")
        result = run("collect", *JAPAN, "--into", "notes.txt", "--sandbox")
        message = "querydsl has not made this file, and it is left as it is; give another name"
        assert result == (1, "", f"querydsl: notes.txt: {message}\n")
        assert Path("notes.txt").read_text() == "my notes"

    def test_the_token_is_never_printed(self, monkeypatch):
        def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            error = {"code": "invalid_params", "message": environ["HTTP_AUTHORIZATION"], "log_id": TOKEN}
            body = json.dumps({"data": {}, "error": error}).encode()
            start_response("400 Bad Request", [("Content-Length", str(len(body)))])
            return [body]

        with api(echo, monkeypatch):
            result = run("collect", *JAPAN, "--into", "japan.db")
        assert result.status == 1
        assert "querydsl: 2023-01-01 to 2023-03-31 failed: invalid_params: Bearer ***" in result.err
        assert TOKEN not in result.out + result.err
        assert TOKEN.encode() not in Path("japan.db").read_bytes()

    @pytest.mark.parametrize(
        "options",
        [
            ("--workers", "0"),
            ("--workers", "65"),
            ("--workers", "two"),
            ("--attempts", "0"),
            ("--max-calls", "-1"),
            ("--max-calls", "9" * 5000),
        ],
    )
    def test_an_impossible_number_is_wrong_usage(self, options):
        result = run("collect", *JAPAN, "--into", "japan.db", "--sandbox", *options)
        assert (result.status, result.out) == (2, "")
        assert f"argument {options[0]}: " in result.err

    def test_without_a_file_it_is_wrong_usage(self):
        assert run("collect", *JAPAN, "--sandbox").status == 2


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
class TestProcess:
    """The command as a process of its own, which can be killed at any time."""

    OPTIONS = ("collect", *JAPAN, "--max-count", "20", "--into", "japan.db")

    def ended_by(self, what: signal.Signals, at: int, app: App, options: tuple[str, ...] = ()) -> Result:
        """Run the command, and send a signal to it when the server gets the query with number `at`."""
        ready: list[subprocess.Popen[str]] = []

        def ending(environ: dict[str, Any], start_response: Any) -> Any:
            answer = app(environ, start_response)
            if app.calls == at:
                ready[0].send_signal(what)
            return answer

        with serve(ending) as url:
            environment = {**os.environ, "TIKTOK_API_URL": url, "TIKTOK_ACCESS_TOKEN": TOKEN}
            with subprocess.Popen(
                [*QUERYDSL, *self.OPTIONS, *options],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as process:
                ready.append(process)
                out, err = process.communicate()
        return Result(process.returncode, out, err)

    def test_killed_and_run_again_it_completes(self, monkeypatch):
        app = App(quarter())
        assert self.ended_by(signal.SIGKILL, 4, app).status == -signal.SIGKILL
        assert 0 < len(rows("japan.db")) < sum(video["region_code"] == "JP" for video in quarter())
        with api(app, monkeypatch):
            assert run(*self.OPTIONS).status == 0
        wanted = {video["id"] for video in quarter() if video["region_code"] == "JP"}
        assert {row[0] for row in rows("japan.db")} == wanted

    @pytest.mark.parametrize("options", [(), ("--workers", "3")], ids=["one worker", "three workers"])
    def test_after_an_interrupt_it_says_how_to_resume(self, monkeypatch, options):
        app = App(quarter())
        result = self.ended_by(signal.SIGINT, 4, app, options)
        message = "interrupted: japan.db has what came so far, and the same command goes on from there"
        assert (result.status, result.out, result.err.splitlines()[1:]) == (130, "", [f"querydsl: {message}"])
        with api(app, monkeypatch):
            assert run(*self.OPTIONS).status == 0
        assert len(rows("japan.db")) == sum(video["region_code"] == "JP" for video in quarter())

    def test_sigterm_does_the_same_and_leaves_a_single_file(self, monkeypatch):
        app = App(quarter())
        assert self.ended_by(signal.SIGTERM, 4, app).status == 130
        assert [file for file in os.listdir() if file.startswith("japan")] == ["japan.db"]
        with api(app, monkeypatch):
            assert run(*self.OPTIONS).status == 0
        assert len(rows("japan.db")) == sum(video["region_code"] == "JP" for video in quarter())

    def test_the_wait_for_the_next_quota_can_be_interrupted(self):
        for options in (("--wait",), ("--wait", "--workers", "2")):
            assert self.ended_by(signal.SIGINT, 3, App(quarter(), quota=2), options).status == 130

    def test_on_a_terminal_a_bar_shows_progress(self):
        pytest.importorskip("rich")
        import pty  # noqa: PLC0415  # POSIX alone has it

        reader, terminal = pty.openpty()
        done = subprocess.run(
            [*QUERYDSL, *self.OPTIONS, "--sandbox"], stderr=terminal, capture_output=False, check=True
        )
        os.close(terminal)
        shown = os.read(reader, 100_000).decode()
        os.close(reader)
        assert done.returncode == 0
        assert "3/3" in shown
        assert " calls" in shown


class TestExport:
    @pytest.fixture
    def japan(self):
        run("collect", *JAPAN, "--into", "japan.db", "--sandbox")

    @pytest.mark.usefixtures("japan")
    def test_it_writes_all_videos_and_says_how_many(self):
        count = len(rows("japan.db"))
        assert run("export", "japan.db", "out.jsonl") == (0, f"out.jsonl: {count} videos\n", "")
        lines = Path("out.jsonl").read_text().splitlines()
        assert [json.loads(line)["id"] for line in lines] == [row[0] for row in rows("japan.db")]

    @pytest.mark.usefixtures("japan")
    def test_an_unknown_format_is_refused(self):
        message = "out.xlsx: the name has to end in .jsonl, .csv, .parquet, which says how to write it"
        assert run("export", "japan.db", "out.xlsx") == (1, "", f"querydsl: {message}\n")

    def test_a_file_that_is_not_there_is_refused(self):
        result = run("export", "japan.db", "out.csv")
        assert (result.status, result.out) == (1, "")
        assert result.err.startswith("querydsl: japan.db: there is no such file")
        assert os.listdir() == []


class TestStore:
    def test_newest_gives_the_newest_ids_first(self):
        run("collect", *JAPAN, "--into", "japan.db", "--sandbox")
        with Store("japan.db") as store:
            ids = [video.id for video in store.videos()]
            assert [video.id for video in store.newest(3)] == ids[::-1][:3]
