"""Scripts in other languages, run against the sandbox."""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from querydsl import EffectId, Expression, Hashtag, Keyword, Length, Plan, Region, ValidationError, matches, select
from querydsl.requests.scripts import python_script, r_script, text_literal
from querydsl.sandbox import App, Fault, corpus, serve

VIDEOS = corpus(600, start="2023-01-01", end="2023-02-15")
HOSTILE = 'it\'s "a" \\ \\n $x `id` %s {0} {fields} \u65e5\u672c \U0001f600 \u202e \t\n\r\x01\x7f'


def _has_httr2() -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(httr2)"], capture_output=True, check=False).returncode == 0


LANGUAGES = [
    pytest.param((python_script, sys.executable), id="Python"),
    pytest.param(
        (r_script, "Rscript"),
        id="R",
        marks=pytest.mark.skipif(not _has_httr2(), reason="R with httr2 is not installed"),
    ),
]


class Ran(NamedTuple):
    status: int
    videos: list[dict[str, Any]]
    err: str
    #: The bodies that the sandbox received.
    bodies: list[dict[str, Any]]


@pytest.fixture(params=LANGUAGES)
def run(request, tmp_path):
    """Run a plan as a script in one language, against an app."""
    write, program = request.param

    def run(plan: Plan, app: App | None = None, **variables: str) -> Ran:
        bodies = []

        def recording(environ: dict[str, Any], start_response: Any) -> Any:
            content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            bodies.append(json.loads(content))
            return (app or App(VIDEOS))({**environ, "wsgi.input": io.BytesIO(content)}, start_response)

        script = Path(tmp_path, "script")
        script.write_text(write(plan), encoding="ascii")
        with serve(recording) as url:
            environment = {**os.environ, "TIKTOK_ACCESS_TOKEN": "any", "TIKTOK_API_URL": url, **variables}
            done = subprocess.run([program, script], env=environment, capture_output=True, check=False)
        lines = done.stdout.decode().splitlines()
        return Ran(done.returncode, [json.loads(line) for line in lines], done.stderr.decode(), bodies)

    return run


def plan_of(*expressions: Expression) -> Plan:
    return select("id", "create_time", "video_description").where(*expressions).between("20230101", "20230215").plan()


class TestRunning:
    @pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
    def test_every_page_of_every_window_is_printed_as_it_came(self, run, locale):
        selected = (Region == "US") | ~(Length == "SHORT")
        ran = run(plan_of(selected), LC_ALL=locale)
        assert (ran.status, ran.err) == (0, "")
        found = {int(video["id"]): video["video_description"] for video in ran.videos}
        assert found == {int(video["id"]): video["video_description"] for video in VIDEOS if matches(selected, video)}
        assert len(ran.videos) == len(found) > 300

    def test_the_requests_are_those_of_the_plan(self, run):
        plan = plan_of(Keyword.in_(HOSTILE, "cat"), ~(Hashtag == "caf\u00e9"), (EffectId == "0") | (Region == "US"))
        assert run(plan).bodies == [request.to_dict() for request in plan]

    def test_the_requests_are_those_of_the_plan_with_thousands_of_values(self, run):
        plan = plan_of(EffectId.in_(range(9_007_199_254_740_993, 9_007_199_254_745_993)))
        assert run(plan).bodies == [request.to_dict() for request in plan]

    @pytest.mark.parametrize(("cursor", "count"), [(100_000, 20), (3_000_000_000, 100)])
    def test_the_requests_are_those_of_the_plan_from_any_index(self, run, cursor, count):
        plan = select("id").where(Region == "US").on("20230101").paged(cursor=cursor, max_count=count).plan()
        assert run(plan).bodies == [plan[0].to_dict()]

    def test_random_pages_have_no_next(self, run):
        plan = select("id").where(Region != "US").between("20230101", "20230131").max_count(5).random(draws=3).plan()
        ran = run(plan)
        assert ran.bodies == [request.to_dict() for request in plan]
        assert len(ran.videos) == 15

    def test_a_temporary_failure_is_retried(self, run):
        ran = run(plan_of(Region == "US"), App(VIDEOS, faults=[Fault("rate-limit", at=2, retry_after=0)]))
        assert (ran.status, ran.bodies[1]) == (0, ran.bodies[2])

    def test_a_permanent_failure_is_printed(self, run):
        ran = run(plan_of(Region == "US"), App(VIDEOS, credentials=("key", "secret")))
        assert (ran.status, len(ran.bodies)) == (1, 1)
        assert "access_token_invalid" in ran.err

    def test_a_token_is_asked_for(self, run):
        ran = run(plan_of(Region == "US"), TIKTOK_ACCESS_TOKEN="")
        assert (ran.status, ran.bodies) == (1, [])
        assert "set TIKTOK_ACCESS_TOKEN" in ran.err


class TestText:
    @given(st.text())
    @example(HOSTILE)
    def test_it_is_the_literal_of_the_text(self, text):
        literal = text_literal(text)
        assert ast.literal_eval(literal) == text
        assert literal.isascii()
        assert literal.isprintable()

    def test_nul_is_refused_for_r_and_no_other(self):
        plan = plan_of(Keyword == "a\0b")
        assert r'"a\u0000b"' in python_script(plan)
        message = "a value has a NUL character, which no text in R can hold; leave that value out"
        with pytest.raises(ValidationError, match=message):
            r_script(plan)


def test_a_query_is_written_once_for_all_its_windows():
    for script in (python_script(plan_of(Region == "US")), r_script(plan_of(Region == "US"))):
        assert script.count("region_code") == 1
        assert script.count("query_1") == 3
