"""The command as a user sees it: what it prints on which stream, and its exit status."""

from __future__ import annotations

import io
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import (
    Keyword,
    Length,
    ParseError,
    Query,
    Region,
    Request,
    ValidationError,
    json_schema,
    parse,
    select,
    to_queries,
    validate,
)
from querydsl.cli import main
from querydsl.cli.arguments import MEANT_OPTIONS, parser
from querydsl.cli.terminal import MAX_BYTES
from querydsl.requests.scripts import python_script, r_script
from querydsl.showing import HARMFUL, laid_out
from querydsl.version import __version__

JANUARY = ("--between", "20230101", "20230131")
QUARTER = ("--between", "20230101", "20230331")

BODY = {
    "query": {"and": [{"field_name": "keyword", "operation": "EQ", "field_values": ["cat"]}]},
    "start_date": "20230101",
    "end_date": "20230115",
    "max_count": 20,
    "cursor": 40,
    "search_id": "7201388525814961198",
    "is_random": False,
}


class Result(NamedTuple):
    status: int
    out: str
    err: str


def run(*arguments: str, stdin: bytes = b"", encoding: str = "utf-8") -> Result:
    """Run the command in this process, with standard streams like those of a terminal or a pipe."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    given_in = io.TextIOWrapper(io.BytesIO(stdin))
    with patch.object(sys, "stdin", given_in), redirect_stdout(out), redirect_stderr(err):
        status = main(arguments)
        out.flush()
        err.flush()
    return Result(status, *(stream.buffer.getvalue().decode(encoding) for stream in (out, err)))  # type: ignore[attr-defined]


def printed(*arguments: str, stdin: bytes = b"") -> str:
    """The output of a successful command."""
    result = run(*arguments, stdin=stdin)
    assert (result.status, result.err) == (0, "")
    return result.out


def refusal(text: str) -> str:
    with pytest.raises(ParseError) as caught:
        parse(text)
    return str(caught.value)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A function that writes a file in the working directory and gives its name."""
    monkeypatch.chdir(tmp_path)

    def write(content: str | bytes | object, name: str = "document") -> str:
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content)
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return write


def spelt(value: object) -> str:
    """The name of a test for arguments."""
    return " ".join(value) if isinstance(value, list) else ascii(value)


class TestCompile:
    def test_one_request_is_an_object(self):
        request = select().where(Keyword == "cat").between("20230101", "20230131").request()
        assert json.loads(printed("compile", 'keyword == "cat"', *JANUARY)) == request.to_dict()

    def test_several_requests_are_an_array(self):
        plan = select().where(Keyword == "cat").between("20230101", "20230331").plan()
        assert json.loads(printed("compile", 'keyword == "cat"', *QUARTER)) == [request.to_dict() for request in plan]

    def test_jsonl_is_a_line_for_each_request(self):
        plan = select().where(Keyword == "cat").between("20230101", "20230331").plan()
        assert printed("compile", 'keyword == "cat"', *QUARTER, "--to", "jsonl") == plan.to_jsonl()

    def test_curl_is_a_command_for_each_request(self):
        plan = select("id").where(Keyword == "it's").between("20230101", "20230331").plan()
        out = printed("compile", 'Keyword == "it\'s"', *QUARTER, "--fields", "id", "--to", "curl")
        assert out == "".join(request.to_curl() + "\n" for request in plan)
        assert Request.from_curl("curl " + out.split("curl ")[-1]) == plan[-1]

    def test_curl_goes_to_the_host_that_the_environment_names(self, monkeypatch):
        monkeypatch.setenv("TIKTOK_API_URL", "http://127.0.0.1:8000")
        out = printed("compile", 'keyword == "cat"', *JANUARY, "--fields", "id", "--to", "curl")
        assert "'http://127.0.0.1:8000/v2/research/video/query/?fields=id'" in out

    def test_curl_refuses_a_host_that_would_expose_the_token(self, monkeypatch):
        monkeypatch.setenv("TIKTOK_API_URL", "http://example.com")
        result = run("compile", 'keyword == "cat"', *JANUARY, "--to", "curl")
        assert (result.status, result.out) == (1, "")
        assert "TIKTOK_API_URL: 'http://example.com' would send the access token for all to read" in result.err

    def test_query_prints_only_the_query(self):
        out = printed("compile", 'keyword == "cat"', *QUARTER, "--to", "query")
        assert json.loads(out) == Query(Keyword == "cat").to_dict()

    def test_several_queries_are_an_array(self):
        text = '(keyword == "a" or region_code == "US") and (keyword == "b" or region_code == "JP")'
        expression = parse(text)
        out = json.loads(printed("compile", text, *QUARTER, "--to", "query"))
        assert out == [query.to_dict() for query in to_queries(expression)]
        assert len(out) > 1

    @pytest.mark.parametrize(("to", "script"), [("python", python_script), ("r", r_script)])
    def test_scripts_send_the_plan(self, to, script):
        plan = select("id").where(Keyword == "it's").between("20230101", "20230331").plan()
        assert printed("compile", 'keyword == "it\'s"', *QUARTER, "--fields", "id", "--to", to) == script(plan)

    def test_dsl_is_the_expression_and_needs_no_days(self):
        assert printed("compile", 'not region_code in ("US", "JP")', "--to", "dsl") == "~Region.in_('US', 'JP')\n"

    @pytest.mark.parametrize(
        ("options", "key", "value"),
        [
            (["--max-count", "20"], "max_count", 20),
            (["--cursor", "0"], "cursor", 0),
            (["--search-id", "72013"], "search_id", "72013"),
            (["--random"], "is_random", True),
            (["--no-random"], "is_random", False),
            ([], "max_count", 100),
        ],
        ids=spelt,
    )
    def test_options_go_into_the_request(self, options, key, value):
        assert json.loads(printed("compile", 'keyword == "cat"', *JANUARY, *options))[key] == value

    def test_fields_go_into_the_url(self):
        out = printed("compile", 'keyword == "cat"', *JANUARY, "--fields", "id, create_time", "--to", "curl")
        assert "?fields=id,create_time'" in out

    def test_days_may_have_dashes(self):
        body = json.loads(printed("compile", 'keyword == "cat"', "--between", "2023-01-01", "2023-01-31"))
        assert (body["start_date"], body["end_date"]) == ("20230101", "20230131")

    def test_yesterday_and_today_are_days_in_utc(self):
        before = datetime.now(timezone.utc).date()
        body = json.loads(run("compile", 'keyword == "cat"', "--between", "yesterday", "today").out)
        after = datetime.now(timezone.utc).date()
        texts = [f"{day - timedelta(days=1):%Y%m%d}-{day:%Y%m%d}" for day in (before, after)]
        assert f"{body['start_date']}-{body['end_date']}" in texts

    @pytest.mark.parametrize("to", ["json", "jsonl", "curl"])
    def test_days_that_cannot_be_complete_yet_are_a_warning(self, to):
        result = run("compile", 'keyword == "cat"', "--between", "yesterday", "today", "--to", to)
        assert (result.status, result.err.count("\n")) == (0, 1)
        assert "are too fresh to be complete: a video takes up to 48 hours to be found" in result.err
        assert re.match(r"querydsl: \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d are ", result.err)  # as in status
        assert "too fresh" not in result.out

    def test_requests_may_have_fewer_days(self):
        plan = select().where(Keyword == "cat").between("20230101", "20230131").windows(days=7).plan()
        out = printed("compile", 'keyword == "cat"', *JANUARY, "--days", "7", "--to", "jsonl")
        assert out == plan.to_jsonl()
        assert len(plan) == 5

    def test_random_pages_may_be_drawn_several_times(self):
        out = printed("compile", 'keyword == "cat"', *JANUARY, "--random", "--draws", "3", "--to", "jsonl")
        bodies = [json.loads(line) for line in out.splitlines()]
        assert len(bodies) == 3
        assert {body["is_random"] for body in bodies} == {True}

    def test_draws_need_random(self):
        result = run("compile", 'keyword == "cat"', *JANUARY, "--draws", "3")
        assert (result.status, result.out) == (2, "")
        assert "querydsl compile: error: --draws needs --random; " in result.err

    @pytest.mark.parametrize("to", ["json", "jsonl", "curl", "python", "r"])
    def test_without_days_the_usage_is_wrong(self, to):
        result = run("compile", 'keyword == "cat"', "--to", to)
        assert (result.status, result.out) == (2, "")
        assert "querydsl compile: error: the following arguments are required: --between; " in result.err

    @pytest.mark.parametrize("text", ['keyword == "cat"', json.dumps({"query": BODY["query"]})])
    def test_a_query_without_days_needs_none(self, text):
        assert json.loads(printed("compile", text, "--to", "query")) == BODY["query"]

    def test_a_query_on_days_needs_them(self):
        result = run("compile", 'keyword == "cat" and create_date >= "20230105"', "--to", "query")
        assert (result.status, result.out) == (2, "")
        assert "the following arguments are required: --between; " in result.err

    def test_a_cursor_belongs_to_one_request(self):
        result = run("compile", 'keyword == "cat"', *QUARTER, "--cursor", "100")
        message = "a cursor and a search_id belong to one request, and this takes 3: leave them out"
        assert result == (1, "", f"querydsl: {message}\n")

    def test_cursor_0_is_allowed_for_any_request(self):
        assert len(json.loads(printed("compile", 'keyword == "cat"', *QUARTER, "--cursor", "0"))) == 3

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--between", "20230230", "20230301"], "'20230230' is not a day of the calendar"),
            (["--between", "20230131", "20230101"], "between: the last day 20230101 is before the first 20230131"),
            (["--between", "yesterdy", "today"], "'yesterdy' is not a day; the nearest word is 'yesterday'"),
            (["--between", "20230101", "Today"], "'Today' is not a day; the nearest word is 'today'"),
        ],
        ids=spelt,
    )
    def test_a_day_that_is_wrong_fails(self, arguments, message):
        result = run("compile", 'keyword == "cat"', *arguments)
        assert (result.status, result.out) == (1, "")
        assert result.err.startswith("querydsl: ")
        assert message in result.err
        assert result.err.count("\n") == 1

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--max-count", "101"], "argument --max-count: '101' is not a whole number from 1 to 100"),
            (["--max-count", "0"], "argument --max-count: '0' is not a whole number from 1 to 100"),
            (["--max-count", "x"], "argument --max-count: 'x' is not a whole number from 1 to 100"),
            (["--cursor", "-5"], "argument --cursor: '-5' is not a whole number from 0 to 9223372036854775807"),
            (["--cursor", "9223372036854775808"], "argument --cursor: '9223372036854775808' is not a whole number"),
            (["--search-id", " "], "argument --search-id: ' ' is blank; "),
            (["--fields", "id,text"], "argument --fields: 'text' is not a field of a Video Object; "),
            (["--fields", "id,text,x"], " (and 1 other problem)"),
            (["--fields", "id;username"], "one text with commas: 'id,username'"),
            (["--fields", ""], "argument --fields: no field is asked for"),
        ],
        ids=spelt,
    )
    def test_a_wrong_value_of_another_option_is_wrong_usage(self, arguments, message):
        result = run("compile", 'keyword == "cat"', *JANUARY, *arguments)
        assert (result.status, result.out) == (2, "")
        assert "querydsl compile: error: " in result.err
        assert message in result.err

    @pytest.mark.parametrize("command", ["compile", "explain"])
    @pytest.mark.parametrize(
        ("word", "options", "fix"),
        [
            ("", [], "try --wider, or ask for"),
            ("not ", [], "try --wider, or ask for"),
            ("not ", ["--wider"], "ask for"),
        ],
        ids=str,
    )
    def test_too_many_queries_are_refused_with_what_the_command_can_do(self, command, word, options, fix):
        text = " and ".join(f'({word}hashtag_name == "h{n}" or {word}keyword == "k{n}")' for n in range(60))
        result = run(command, text, *JANUARY, *options)
        assert (result.status, result.out) == (1, "")
        assert result.err.endswith(f": this takes more than 100 queries; {fix} fewer combinations of fields\n")


class TestExpression:
    """What EXPR may be."""

    DSL = "Region.in_('US', 'JP') & ~(Length == 'SHORT')"
    QUERY = select().where(Region.in_("US", "JP"), ~(Length == "SHORT")).on("20230101").request().query

    def test_a_file(self, file):
        assert printed("compile", "@" + file(self.DSL), "--to", "dsl") == self.DSL + "\n"

    def test_a_file_with_several_lines_and_comments(self, file):
        text = '# cats\nregion_code in ("US", "JP")  # there\n  and not video_length == "SHORT"\n'
        assert printed("compile", "@" + file(text), "--to", "dsl") == self.DSL + "\n"

    def test_standard_input(self):
        assert printed("compile", "-", "--to", "dsl", stdin=self.DSL.encode()) == self.DSL + "\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
    def test_any_unicode_encoding(self, file, encoding):
        for text in ('Keyword == "straße"', self.QUERY.to_json()):
            content = text.encode(encoding)
            assert printed("compile", "@" + file(content), "--to", "dsl") == printed("compile", text, "--to", "dsl")

    @pytest.mark.parametrize("before", ["", " \n\t", " " * 1000])
    def test_a_query_in_json(self, before):
        assert printed("compile", before + self.QUERY.to_json(), "--to", "dsl") == self.DSL + "\n"

    def test_a_query_in_a_json_file(self, file):
        assert printed("compile", "@" + file(self.QUERY.to_dict()), "--to", "dsl") == self.DSL + "\n"

    def test_a_request_in_json_comes_back_as_it_is(self):
        assert json.loads(printed("compile", json.dumps(BODY))) == BODY

    def test_keys_absent_from_a_request_stay_absent(self):
        body = {key: BODY[key] for key in ("query", "start_date", "end_date")}
        assert json.loads(printed("compile", json.dumps(body))) == body

    def test_options_override_a_request(self):
        options = [
            "--max-count",
            "7",
            "--cursor",
            "0",
            "--search-id",
            "1",
            "--random",
            "--between",
            "20240101",
            "20240102",
        ]
        changed = {"max_count": 7, "cursor": 0, "search_id": "1", "is_random": True}
        days = {"start_date": "20240101", "end_date": "20240102"}
        assert json.loads(printed("compile", json.dumps(BODY), *options)) == BODY | changed | days

    @pytest.mark.parametrize(
        ("wrong", "options"),
        [
            ({"max_count": 500}, ["--max-count", "20"]),
            ({"max_count": None}, ["--max-count", "20"]),
            ({"cursor": -1}, ["--cursor", "40"]),
            ({"search_id": 7}, ["--search-id", "7201388525814961198"]),
            ({"is_random": "no"}, ["--no-random"]),
            ({"cursor": 0, "end_date": "20230301"}, ["--between", "20230101", "20230115", "--cursor", "40"]),
            ({"start_date": "20230131", "end_date": 20230101}, ["--between", "20230101", "20230115", "--cursor", "40"]),
        ],
        ids=str,
    )
    def test_options_override_what_is_wrong_in_a_request(self, wrong, options):
        body = {**BODY, **wrong}
        if "--between" in options:
            del body["search_id"]
        expected = {key: value for key, value in BODY.items() if key in body}
        assert json.loads(printed("compile", json.dumps(body), *options)) == expected

    @pytest.mark.parametrize("missing", [["start_date"], ["end_date"], ["start_date", "end_date"]], ids=str)
    def test_an_option_gives_the_days_that_a_request_lacks(self, missing):
        body = {key: value for key, value in BODY.items() if key not in missing}
        assert json.loads(printed("compile", json.dumps(body), "--between", "20230101", "20230115")) == BODY
        result = run("compile", json.dumps(body))
        assert (result.status, result.out) == (1, "")
        for key in missing:
            assert f"'{key}' is missing; " in result.err
        assert result.err.count("(UTC, included), or give both days with --between") == len(missing)

    def test_days_of_an_option_may_take_several_requests(self):
        body = {"query": BODY["query"], "max_count": 20}
        assert len(json.loads(printed("compile", json.dumps(body), *QUARTER))) == 3

    def test_days_too_far_apart_are_refused_with_the_option_that_cuts_them(self):
        result = run("compile", json.dumps({**BODY, "end_date": "20230301"}))
        assert (result.status, result.out) == (1, "")
        assert "the option --between 20230101 20230301 cuts the days" in result.err

    def test_what_no_option_overrides_stays_wrong(self):
        result = run("compile", json.dumps({**BODY, "max_count": 0, "query": {}}), "--max-count", "20")
        assert (result.status, result.out) == (1, "")
        assert "max_count" not in result.err

    @pytest.mark.parametrize(
        ("page", "options", "names"),
        [
            ({"cursor": 40, "search_id": "72"}, [], "cursor and search_id of the document belong"),
            ({"cursor": 40}, [], "cursor of the document belongs"),
            ({"search_id": "72"}, ["--cursor", "7"], "search_id of the document belongs"),
            ({"cursor": 40, "search_id": "72"}, ["--search-id", "73"], "cursor of the document belongs"),
        ],
        ids=str,
    )
    def test_a_search_is_not_continued_on_other_days(self, page, options, names):
        body = {key: BODY[key] for key in ("query", "start_date", "end_date")} | page
        result = run("compile", json.dumps(body), *JANUARY, *options)
        assert (result.status, result.out) == (1, "")
        assert result.err.startswith(f"querydsl: the {names} to its own days, 20230101 to 20230115: ")

    def test_a_search_is_continued_on_its_own_days(self):
        assert json.loads(printed("compile", json.dumps(BODY), "--between", "20230101", "20230115")) == BODY
        beginning = {**BODY, "cursor": 0}
        del beginning["search_id"]
        assert json.loads(printed("compile", json.dumps(beginning), *JANUARY))["cursor"] == 0

    def test_an_expression_that_is_wrong_fails_and_shows_where(self):
        text = 'region_code == "UK"'
        assert run("compile", text, *JANUARY) == (1, "", f"querydsl: {refusal(text)}\n")

    def test_a_document_that_is_wrong_fails_with_all_its_problems(self):
        body = {**BODY, "start_date": "2023-01-01", "max_count": 0}
        with pytest.raises(ValidationError) as caught:
            Request.from_dict(body)
        assert run("compile", json.dumps(body)) == (1, "", f"querydsl: {caught.value}\n")
        assert len(caught.value.problems) == 2

    @pytest.mark.parametrize("text", ["[]", "[1, 2]", '{"and": [}', "{", "[[", '{"query": {}}', "{}"])
    def test_json_that_is_not_a_request_fails(self, text):
        result = run("compile", text, *JANUARY)
        assert (result.status, result.out) == (1, "")
        assert "ParseError" not in result.err

    def test_bytes_that_are_not_text_fail(self, file):
        result = run("compile", "@" + file(b"keyword == '\xff'"), *JANUARY)
        assert result == (1, "", "querydsl: the expression is not text: byte 13 is wrong; save the file as UTF-8\n")

    def test_the_name_of_a_file_cannot_fake_a_line(self):
        message = "a\\nquerydsl: all is well: No such file or directory"
        for result in (run("compile", "@a\nquerydsl: all is well", *JANUARY), run("check", "a\nquerydsl: all is well")):
            assert result.err.splitlines()[0] == f"querydsl: {message}"

    @pytest.mark.parametrize("given", ["argument", "file", "stdin"])
    def test_a_list_comes_from_a_file(self, file, given):
        text = "hashtag_name in @tags.txt"
        file("#cat\r\n\r\n# comment\r\n @dog \r\n", "tags.txt")
        argument = {"argument": text, "file": "@" + file(text), "stdin": "-"}[given]
        assert printed("compile", argument, "--to", "dsl", stdin=text.encode()) == "Hashtag.in_('cat', 'dog')\n"

    def test_a_wrong_value_of_a_list_fails_with_its_file_and_line(self, file):
        file("US\nUK\n", "codes.txt")
        result = run("compile", "region_code in @codes.txt", *JANUARY)
        assert (result.status, result.out) == (1, "")
        assert result.err.startswith("querydsl: 'codes.txt', line 2: 'UK' is not a documented region code; ")

    @pytest.mark.parametrize(
        ("line", "what", "fix"),
        [
            ("cat, dog, bird", "commas", "write each as a value of its own, with IN: 'cat', 'dog', 'bird'"),
            ("cat;dog", "semicolons", "write each as a value of its own, with IN: 'cat', 'dog'"),
            ('"cat", "dog"', "commas", "write each as a value of its own, with IN: 'cat', 'dog'"),
            ('"cat"', "quotes", "write 'cat'"),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("field", ["hashtag_name", "username"])
    def test_a_line_of_a_list_that_is_no_single_name_is_warned_of(self, file, field, line, what, fix):
        file(f"{line}\n", "tags.txt")
        result = run("compile", f"{field} in @tags.txt", *JANUARY, "--to", "jsonl")
        assert result.status == 0
        assert f"with its {what}; {fix}\n" in result.err

    @pytest.mark.parametrize("command", ["compile", "check"])
    def test_a_file_that_is_no_text_is_named_for_what_it_is(self, file, command):
        name = file(b"PK\x03\x04\x14\0\x06\0", "tags.xlsx")
        result = run(command, "@" + name if command == "compile" else name)
        assert result.status == 1
        assert "not text, but a zip file, such as .xlsx or .docx" in result.out + result.err

    def test_a_file_without_its_at_sign(self, file):
        result = run("compile", file('keyword == "cat"', "cats.txt"), *JANUARY)
        assert result == (1, "", "querydsl: cats.txt is a file: write @cats.txt to read the expression in it\n")

    def test_a_missing_file_fails(self):
        assert run("compile", "@missing", *JANUARY) == (1, "", "querydsl: missing: No such file or directory\n")


class TestCurl:
    """A curl command is accepted wherever a request document is."""

    REQUEST = Request.from_dict(BODY, "id,create_time")
    COMMAND = REQUEST.to_curl()

    @pytest.mark.parametrize("given", ["argument", "file", "stdin"])
    def test_it_is_the_request_that_it_sends(self, file, given):
        argument = {"argument": self.COMMAND, "file": "@" + file(self.COMMAND), "stdin": "-"}[given]
        stdin = self.COMMAND.encode()
        assert json.loads(printed("compile", argument, stdin=stdin)) == BODY
        assert printed("compile", argument, "--to", "curl", stdin=stdin) == self.COMMAND + "\n"
        assert printed("explain", argument, stdin=stdin) == printed("explain", self.REQUEST.to_json())

    @pytest.mark.parametrize("spoilt", ["$ {}", "```bash\n{}\n```", "\ufeff{}\n", "  {}"], ids=ascii)
    def test_it_is_read_as_people_paste_it(self, spoilt):
        assert json.loads(printed("compile", spoilt.format(self.COMMAND))) == BODY

    def test_options_override_it(self):
        options = ("--fields", "username", "--max-count", "7", "--between", "20230101", "20230115")
        changed = Request.from_dict({**BODY, "max_count": 7}, "username")
        assert printed("compile", self.COMMAND, *options, "--to", "curl") == changed.to_curl() + "\n"

    @pytest.mark.parametrize(
        ("command", "message"),
        [
            ("curl", "curl: the command has 0 URLs; give one, in quotes"),
            (COMMAND.replace("keyword", "keywrod"), "/query/and/0/field_name: 'keywrod' is not a condition field"),
            (COMMAND.replace("id,create", "id,creat"), "fields: 'creat_time' is not a field of a Video"),
            (f"{COMMAND}\n{COMMAND}", "curl: the line that begins with 'curl' is another command; give the curl"),
            (COMMAND.replace("'{", "'@body.json {"), "this is not JSON"),
            ("curl -d @body.json https://a.b/v2/research/video/query/?fields=id", "none is opened"),
        ],
        ids=["bare", "body", "fields", "two", "no JSON", "file"],
    )
    def test_what_is_wrong_is_told_as_by_its_reader(self, command, message):
        result = run("compile", command)
        assert (result.status, result.out) == (1, "")
        assert message in result.err

    def test_check_has_the_pointers_of_its_body(self, file):
        assert run("check", file(self.COMMAND, "right.sh")) == (0, "", "1 file: 0 errors, 0 warnings\n")
        wrong = self.COMMAND.replace('"keyword"', '"keywrod"').replace("id,create", "id,creat")
        found = run("check", file(wrong, "wrong.sh"))
        assert [line.split(" ")[:2] for line in found.out.splitlines()] == [
            ["wrong.sh::", "error[select-field]"],
            ["wrong.sh:/query/and/0/field_name:", "error[field-name]"],
        ]
        assert "fields in the URL: 'creat_time'" in found.out

    def test_check_says_what_it_cannot_read_of_a_command(self, file):
        assert run("check", file("curl https://a.b/\n", "a.sh")) == (
            1,
            "a.sh:: error[text] the command has 0 bodies (give one, with --data-raw '{…}')\n",
            "1 file: 1 error, 0 warnings\n",
        )


class TestWarnings:
    """A warning goes to stderr, and the command does its work."""

    def test_values_that_only_look_right_are_warned_of(self):
        done = run("compile", 'hashtag_name == "cat,dog" and not username == "Jane Doe"', *JANUARY)
        assert done.status == 0
        assert json.loads(done.out)["query"]["and"][0]["field_values"] == ["cat,dog"]
        assert [line.split(" is ")[0].split(" has ")[0] for line in done.err.splitlines()] == [
            "querydsl: warning: hashtag_name: 'cat,dog'",
            "querydsl: warning: username: 'Jane Doe'",
        ]

    def test_explain_prints_warnings_with_the_plan(self):
        done = run("explain", 'keyword == "cat, dog"', *JANUARY)
        assert done.out == select().where(Keyword == "cat, dog").between("20230101", "20230131").plan().explain() + "\n"
        assert done.err.startswith("querydsl: warning: keyword: 'cat, dog' is searched as one text")

    def test_only_the_first_ten_are_shown(self):
        tags = ", ".join(f'"cat {n}"' for n in range(1_000))
        lines = run("compile", f"hashtag_name in ({tags})", *JANUARY).err.splitlines()
        assert len(lines) == 11
        assert lines[-1] == "querydsl: warning: so are 990 more values"

    def test_a_sensible_expression_has_no_warning(self):
        assert run("compile", 'keyword == "cat" and hashtag_name == "dog"', *JANUARY).err == ""


class TestExplain:
    def test_it_is_the_plan_in_words(self):
        plan = select().where(Keyword == "cat").between("20230101", "20230331").plan()
        assert printed("explain", 'keyword == "cat"', *QUARTER) == plan.explain() + "\n"

    def test_options_count(self):
        plan = select().where(Keyword == "cat").between("20230101", "20230331").max_count(20).random().plan()
        out = printed("explain", 'keyword == "cat"', *QUARTER, "--random", "--max-count", "20")
        assert out == plan.explain() + "\n"

    def test_a_request_brings_its_days(self):
        assert printed("explain", json.dumps(BODY)).startswith("1 request at least, for 20230101 to 20230115\n")

    def test_without_days_the_usage_is_wrong(self):
        assert run("explain", 'keyword == "cat"').status == 2


class TestSchema:
    @pytest.mark.parametrize(("arguments", "kind"), [([], "request"), (["request"], "request"), (["query"], "query")])
    def test_it_is_the_json_schema(self, arguments, kind):
        assert json.loads(printed("schema", *arguments)) == json_schema(kind)


class TestCheck:
    WRONG = '{"and": [{"field_name": "region_code", "operation": "EQ", "field_values": ["us"]}]}'
    RIGHT = '{"and": [{"field_name": "region_code", "operation": "EQ", "field_values": ["US"]}]}'
    TWICE = '{"and": [{"field_name": "region_code", "operation": "IN", "field_values": ["US", "US"]}]}'

    def test_a_right_document_is_quiet(self, file):
        assert run("check", file(self.RIGHT)) == (0, "", "1 file: 0 errors, 0 warnings\n")

    def test_a_problem_is_a_line_with_its_place_and_fix(self, file):
        line = "a.json:/and/0/field_values/0: error[region-code] 'us' is not a documented region code (write 'US')\n"
        assert run("check", file(self.WRONG, "a.json")) == (1, line, "1 file: 1 error, 0 warnings\n")

    def test_a_problem_of_the_whole_has_the_empty_pointer(self, file):
        result = run("check", file("{", "a.json"))
        assert result.status == 1
        assert result.out.startswith("a.json:: error[json] this is not JSON: ")

    def test_warnings_alone_do_not_fail(self, file):
        result = run("check", file(self.TWICE))
        assert (result.status, result.err) == (0, "1 file: 0 errors, 1 warning\n")
        assert " warning[duplicate] " in result.out

    def test_strict_makes_warnings_fail(self, file):
        assert run("check", "--strict", file(self.TWICE)).status == 1
        assert run("check", "--strict", file(self.RIGHT)).status == 0

    def test_several_files_are_checked_all(self, file):
        result = run("check", file(self.WRONG, "a"), file(self.RIGHT, "b"), file(self.TWICE, "c"))
        assert [line.split(":")[0] for line in result.out.splitlines()] == ["a", "c"]
        assert (result.status, result.err) == (1, "3 files: 1 error, 1 warning\n")

    def test_a_file_that_cannot_be_read_fails_and_the_others_are_checked(self, file, tmp_path):
        (tmp_path / "folder").mkdir()
        result = run("check", "missing", "folder", file(self.WRONG, "a"))
        assert result.status == 1
        assert result.out.startswith("a:/and/0/field_values/0: ")
        assert result.err == (
            "querydsl: missing: No such file or directory\n"
            "querydsl: folder: Is a directory\n"
            "3 files: 1 error, 0 warnings, 2 not read\n"
        )

    @pytest.mark.parametrize(("lines", "place"), [([], "-"), (["--lines"], "-:1")], ids=["whole", "lines"])
    @pytest.mark.parametrize("form", ["text", "json"])
    def test_it_says_if_not_all_problems_are_shown(self, lines, place, form):
        values = ["us"] * 20_001
        body = json.dumps({"and": [{"field_name": "region_code", "operation": "IN", "field_values": values}]})
        result = run("check", "-", "--format", form, *lines, stdin=body.encode())
        said = f"querydsl: {place}: these are its first 20,000 problems; there may be more\n"
        assert (result.status, result.err) == (1, said + "1 file: 20,000 errors, 0 warnings\n")

    def test_standard_input(self):
        result = run("check", "-", stdin=self.WRONG.encode())
        assert result.status == 1
        assert result.out.startswith("-:/and/0/field_values/0: error[region-code] ")

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
    @pytest.mark.parametrize("lines", [[], ["--lines"]], ids=["whole", "lines"])
    def test_any_unicode_encoding(self, file, encoding, lines):
        assert run("check", *lines, file(self.RIGHT.encode(encoding))).status == 0
        assert "error[region-code]" in run("check", *lines, file(self.WRONG.encode(encoding))).out

    def test_lines_are_documents_of_their_own(self, file):
        text = f"{self.RIGHT}\n\n{self.WRONG}\r\n{self.TWICE}"
        result = run("check", "--lines", file(text, "a.jsonl"))
        assert [line.split(": ")[0] for line in result.out.splitlines()] == [
            "a.jsonl:3:/and/0/field_values/0",
            "a.jsonl:4:/and/0/field_values/1",
        ]

    def test_a_line_that_is_not_text_does_not_affect_the_others(self, file):
        content = b"\n".join([self.RIGHT.encode(), b'{"and": ["\xff"]}', self.WRONG.encode()])
        result = run("check", "--lines", file(content, "a"))
        assert [line.split(" ")[0] for line in result.out.splitlines()] == ["a:2::", "a:3:/and/0/field_values/0:"]

    def test_json_is_one_array_of_all_problems(self, file):
        names = [file(self.WRONG, "a"), file(self.RIGHT, "b"), file(self.TWICE, "c")]
        result = run("check", "--format", "json", *names)
        found = [("a", *validate(self.WRONG)), ("c", *validate(self.TWICE))]
        assert json.loads(result.out) == [
            {
                "file": name,
                "line": None,
                "severity": problem.severity,
                "code": problem.code,
                "path": problem.path,
                "message": problem.message,
                "hint": problem.hint,
            }
            for name, problem in found
        ]
        assert result.err == "3 files: 1 error, 1 warning\n"

    def test_json_has_the_line_of_a_line(self, file):
        result = run("check", "--format", "json", "--lines", file(f"{self.RIGHT}\n{self.WRONG}"))
        assert [problem["line"] for problem in json.loads(result.out)] == [2]

    def test_json_without_problems_is_an_empty_array(self, file):
        assert run("check", "--format", "json", file(self.RIGHT)).out == "[]\n"

    def test_a_request_is_held_to_its_days(self, file):
        end = datetime.now(timezone.utc).date()
        body = {**BODY, "start_date": f"{end - timedelta(days=7):%Y%m%d}", "end_date": f"{end:%Y%m%d}"}
        assert ":/end_date: warning[recent] " in run("check", file(body)).out


class TestUsage:
    COMMANDS = tuple(parser()._subparsers._group_actions[0].choices)  # type: ignore[union-attr,arg-type]

    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["bogus"],
            ["--bogus"],
            ["compile"],
            ["compile", "x", "--bogus"],
            ["compile", "x", "y"],
            ["compile", "x", "--between", "20230101"],
            ["compile", "x", "--max-count", "many"],
            ["compile", "x", "--to", "xml"],
            ["compile", "x", "--max", "7"],
            ["compile", "x", "--days", "32"],
            ["compile", "x", "--random", "--draws", "0"],
            ["check"],
            ["check", "x", "--format", "xml"],
            ["explain"],
            ["explain", "x", "--to", "json"],
            ["schema", "page"],
            ["schema", "request", "query"],
        ],
        ids=" ".join,
    )
    def test_wrong_usage_is_status_2_and_says_what_is_wrong(self, arguments):
        result = run(*arguments)
        assert (result.status, result.out) == (2, "")
        assert result.err.startswith("querydsl")
        assert ": error: " in result.err
        assert result.err.endswith(" --help says how to write it\n")
        assert result.err.count("\n") == 1

    @pytest.mark.parametrize(
        ("arguments", "hint"),
        [
            (["compil", "x"], "invalid choice: 'compil'; the nearest one is 'compile' of compile, check, "),
            (["bogus"], "invalid choice: 'bogus'; choose from compile, check, "),
            (
                ["--versoin"],
                "unrecognized arguments: --versoin; the nearest option to --versoin is --version; querydsl --help says",
            ),
            (
                ["compile", "x", "--betwen", "20230101", "20230131"],
                "unrecognized arguments: --betwen; the nearest option to --betwen is --between FIRST LAST; querydsl ",
            ),
            (
                ["compile", "x", "--max_count=7"],
                "unrecognized arguments: --max_count; the nearest option to --max_count is --max-count N; querydsl ",
            ),
            (["compile", "x", "--bogus"], "unrecognized arguments: --bogus; querydsl compile --help"),
            (["compile", "x", "y"], "unrecognized arguments: y; EXPR is one argument: put it in quotes; "),
            (["status", "x", "y"], "unrecognized arguments: y; querydsl status --help"),
            (["compile", "x", "--to", "jsno"], "invalid choice: 'jsno'; the nearest one is 'json' of json, jsonl"),
            (["schema", "requests"], "invalid choice: 'requests'; the nearest one is 'request' of request, query"),
            (["collect", "x", "--int", "a.db"], "required: --into; the nearest option to --int is --into FILE.db; "),
            ([], "the following arguments are required: COMMAND"),
            (
                ["compile", "x", "--from", "20230101", "--to", "20230131"],
                "json, jsonl, query, curl, python, r, dsl; the nearest option to --from is --between FIRST LAST; ",
            ),
            (
                ["collect", "x", "--from", "20230101", "--out=x.db"],
                "--into; the nearest option to --from is --between FIRST LAST; "
                "the nearest option to --out is --into FILE.db; ",
            ),
            (["explain", "x", "--start_date", "20230101"], "option to --start_date is --between FIRST LAST; "),
            (["collect", "x", "--into", "x", "--limit", "9"], "--limit is --max-count N or --max-calls N; "),
            (["compile", "x", "--limit", "9"], "--limit is --max-count N; "),
            (["export", "x.db", "--out", "x.csv"], "unrecognized arguments: --out; querydsl export --help"),
            (
                ["compile", "x", "--region", "US"],
                "--region; --region is a condition: write it into EXPR, as in '… and region_code in (…)'; ",
            ),
            (["status", "x.db", "--region", "US"], "unrecognized arguments: --region; querydsl status --help"),
            (["check", "--strict", "--", "--out"], "No such file"),
            (["compile", "x", "-between", "a"], "the nearest option to -between is --between FIRST LAST; "),
            (["--region", "US"], "export, sandbox, schema; querydsl --help"),
            (["collect", "x", "--into", "y", "--token", "abc"], "--token is a secret: set it in the environment, "),
        ],
        ids=" ".join,
    )
    def test_the_nearest_word_is_named(self, arguments, hint):
        assert hint in run(*arguments).err

    def test_words_for_options_are_not_options_and_mean_options(self):
        commands = parser()._subparsers._group_actions[0].choices.values()  # type: ignore[union-attr]
        options = {option for command in commands for option in command._option_string_actions}
        assert {meant for several in MEANT_OPTIONS.values() for meant in several} <= options

    @pytest.mark.parametrize("given", [["--token", "abcdef"], ["--client-secret=abcdef"]])
    def test_a_secret_in_an_argument_is_not_printed(self, given):
        assert "abcdef" not in run("collect", "x", "--into", "y", *given).err

    def test_an_argument_cannot_fake_a_line(self):
        assert run("check", "a", "--bogus\nall-is-well").err.count("\n") == 1

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_help(self, command):
        out = printed(command, "--help")
        assert out.startswith(f"usage: querydsl {command} ")
        assert f"\n\nAn example:\n  querydsl {command} " in out

    def test_help_names_every_command(self):
        out = printed("--help")
        assert [command for command in self.COMMANDS if f"    {command} " not in out] == []

    def test_version_shows_what_a_bug_report_needs(self):
        python = platform.python_version()
        assert printed("--version") == f"querydsl {__version__}, Python {python}, file format 2\n"


class TestTerminal:
    """Nothing printed can break a terminal, or fail because of its encoding."""

    #: An escape sequence, a carriage return, a backspace, a right-to-left override, a C1 control.
    HOSTILE = "\x1b[31m\r\x08\u202e\x9b"

    def assert_harmless(self, result: Result) -> None:
        assert HARMFUL.findall((result.out + result.err).replace("\n", "")) == []

    @pytest.mark.parametrize(
        "arguments",
        [
            ["compile", f"Keyword == {HOSTILE!r}", "--to", "dsl"],
            ["compile", f"Keyword == {HOSTILE!r}", *JANUARY, "--to", "curl"],
            ["compile", f'Keyword == "{HOSTILE}', *JANUARY],
            ["compile", f"Region == {HOSTILE!r}", *JANUARY],
            ["compile", HOSTILE, *JANUARY],
            ["compile", json.dumps({HOSTILE: HOSTILE}), *JANUARY],
            ["compile", '{"' + HOSTILE, *JANUARY],
            ["compile", "x", "--to", HOSTILE],
            ["compile", "keyword == 'x'", "--between", HOSTILE, HOSTILE],
            ["compile", "keyword == 'x'", *JANUARY, "--fields", HOSTILE],
            ["explain", f"Keyword == {HOSTILE!r}", *JANUARY],
            ["check", HOSTILE],
            [HOSTILE],
        ],
        ids=range(13),
    )
    def test_control_characters_are_escaped(self, arguments):
        self.assert_harmless(run(*arguments))

    @pytest.mark.parametrize("text", ["🤷🏿\u200d♀️", "می\u200cخواهم", "猫\u3000犬", "10\u00a0km"], ids=ascii)
    def test_text_in_any_script_is_shown_as_it_is(self, text):
        assert text in printed("compile", f"Keyword == '{text}'", "--to", "dsl")
        assert text in printed("explain", f"Keyword == '{text}'", *JANUARY)
        assert text in run("compile", f"Region == '{text}'", *JANUARY).err

    def test_a_line_end_in_a_key_is_escaped_in_its_pointer(self, file):
        out = run("check", file({"and": [], "a\nb": 2}, "a.json")).out
        assert "a.json:/a\\nb: error[unknown-key] 'a\\nb' is not a documented key" in out

    def test_control_characters_in_a_document_are_escaped(self, file):
        document = {"and": [{self.HOSTILE: 1, "field_name": self.HOSTILE, "operation": self.HOSTILE, "a\nb": 2}]}
        result = run("check", file(document, "a\nb"))
        self.assert_harmless(result)
        assert all(line.startswith("a\\nb:/and/0") for line in result.out.splitlines())

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
    def test_an_output_encoding_without_unicode_is_not_an_error(self, encoding):
        text = 'Keyword == "日本語 straße 🐈"'
        result = run("compile", text, "--to", "dsl", encoding=encoding)
        assert (result.status, result.err) == (0, "")
        assert parse(result.out) == parse(text)
        assert run("compile", "日本語", encoding=encoding).status == 1

    @pytest.mark.parametrize("to", ["json", "jsonl", "query", "curl", "python", "r"])
    def test_printed_requests_are_ascii(self, to):
        assert printed("compile", 'Keyword == "日本語 🐈"', *JANUARY, "--to", to).isascii()


#: Values that JSON can have.
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["query", "and", "or", "not", "start_date", "field_name"]), inner, max_size=3)
    ),
    max_leaves=10,
)


class TestJunk:
    """Any input has a clear answer, and never a traceback."""

    def assert_clear(self, result: Result) -> None:
        assert result.status in (0, 1, 2)
        assert "Traceback" not in result.err
        assert "should not have happened" not in result.err

    @given(st.text())
    def test_any_text_as_expression(self, text):
        self.assert_clear(run("compile", *JANUARY, "--", text.replace("@", "")))

    @given(
        st.lists(st.sampled_from(['"US"', "region_code", "Length", "==", "in", "&", "~", "and", "(", ")", ",", "-"]))
    )
    def test_any_words_of_the_language(self, words):
        self.assert_clear(run("compile", *JANUARY, "--", " ".join(words)))

    @given(DOCUMENTS)
    def test_any_json(self, document):
        content = json.dumps(document).encode()
        for arguments in (["compile", "-", *JANUARY], ["explain", "-"], ["check", "-"], ["check", "--lines", "-"]):
            self.assert_clear(run(*arguments, stdin=content))

    @given(st.binary())
    def test_any_bytes(self, content):
        for arguments in (["compile", "-", *JANUARY], ["check", "-"], ["check", "--lines", "--format", "json", "-"]):
            self.assert_clear(run(*arguments, stdin=content))

    @given(st.lists(st.text()))
    def test_any_arguments(self, arguments):
        self.assert_clear(run(*(argument.replace("/", "").replace("@", "").replace(".", "") for argument in arguments)))

    @pytest.mark.parametrize(
        "content",
        [
            b"[" * 100_000,
            b"(" * 100_000,
            b'{"and":' * 100_000,
            b"~" * 100_000 + b"Region",
            b"9" * 100_000,
            b'{"max_count": ' + b"9" * 100_000 + b"}",
            b'{"and": "' + b"x" * 10_000_000 + b'"}',
            b"x" * 10_000_000,
            b" " * 10_000_000,
            b"\0" * 10_000_000,
        ],
        ids=["[[[", "(((", "{{{", "~~~", "999", "max_count", "long text", "xxx", "blanks", "NULs"],
    )
    @pytest.mark.parametrize("command", ["compile", "check"])
    def test_hostile_sizes(self, command, content):
        result = run(command, "-", *(JANUARY if command == "compile" else ()), stdin=content)
        self.assert_clear(result)
        assert result.status == 1
        assert len(result.out + result.err) < 10_000

    @pytest.mark.parametrize("name", ["folder", "missing", "folder/missing", "a\0b", "", "\udcff"], ids=ascii)
    def test_names_that_are_not_files(self, tmp_path, monkeypatch, name):
        monkeypatch.chdir(tmp_path)
        Path("folder").mkdir()
        for result in (run("compile", "@" + name, *JANUARY), run("check", name)):
            self.assert_clear(result)
            assert (result.status, result.out) == (1, "")

    def test_a_huge_file_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with Path("huge").open("wb") as huge:
            huge.truncate(MAX_BYTES + 1)
        for result in (run("compile", "@huge", *JANUARY), run("check", "huge")):
            assert result.status == 1
            assert result.err.startswith("querydsl: huge: longer than 67,108,864 bytes\n")

    def test_an_internal_error_is_reported_in_one_line(self):
        class Broken(io.BytesIO):
            def read(self, *_: object) -> bytes:
                raise RuntimeError("out of order")

        with patch.object(sys, "stdin", io.TextIOWrapper(Broken())), redirect_stderr(io.StringIO()) as err:
            assert main(["check", "-"]) == 1
        message = "this should not have happened, please report it: RuntimeError: out of order"
        assert err.getvalue() == f"querydsl: {message}\n"


class TestLayout:
    @given(DOCUMENTS)
    def test_it_is_the_same_json(self, document):
        assert json.dumps(json.loads(laid_out(document))) == json.dumps(document)

    def test_a_condition_is_a_line(self):
        lines = printed("compile", 'keyword == "cat" and username in ("a", "b")', *JANUARY).splitlines()
        assert '      {"field_name": "username", "operation": "IN", "field_values": ["a", "b"]}' in lines

    def test_a_long_condition_is_broken(self):
        values = ", ".join(f'"{number:0100}"' for number in range(3))
        lines = printed("compile", f"keyword in ({values})", *JANUARY).splitlines()
        assert max(map(len, lines)) < 120


class TestProcess:
    """The command as a process of its own."""

    @pytest.fixture
    def start(self, environment, tmp_path):
        def start(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
            settings = {"env": environment, "cwd": tmp_path, "stderr": subprocess.PIPE, **options}
            return subprocess.Popen(arguments, **settings)  # type: ignore[call-overload,no-any-return]

        return start

    @pytest.fixture
    def shell(self, environment, tmp_path):
        def shell(script: str, **variables: str) -> Result:
            done = subprocess.run(
                ["sh", "-c", script], env=environment | variables, cwd=tmp_path, capture_output=True, check=False
            )
            return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

        return shell

    def test_each_example_of_the_help_runs(self, shell, tmp_path):
        shutil.copy(Path(__file__).parents[2] / "docs" / "examples" / "animals.json", tmp_path)
        commands = [command for command in TestUsage.COMMANDS if command != "sandbox"]  # it has its own test
        for command in commands:
            example = printed(command, "--help").split("An example:\n  ")[1].splitlines()[0]
            result = shell(example)
            assert result.status == 0, f"{example}: {result.err}"
        assert {"cats.db", "cats.html", "cats.csv", "query.schema.json"} <= {path.name for path in tmp_path.iterdir()}

    @pytest.mark.parametrize("command", ["querydsl", f"{sys.executable} -m querydsl"], ids=["script", "module"])
    def test_both_spellings_are_the_same_command(self, shell, command):
        assert shell(f"{command} compile 'keyword == \"cat\"' --to dsl") == (0, "Keyword == 'cat'\n", "")
        assert shell(f"{command} compile 'keyword' --to dsl").status == 1
        assert shell(f"{command} --bogus").err.startswith("querydsl: error: ")

    @pytest.mark.parametrize("variables", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}], ids=str)
    def test_a_locale_without_unicode_is_not_an_error(self, shell, variables):
        result = shell("querydsl compile 'Keyword == \"straße\"' --to dsl", **variables)
        assert (result.status, result.err) == (0, "")
        assert parse(result.out) == (Keyword == "straße")

    def test_arguments_that_are_not_text_are_refused(self, shell):
        for script in ('compile "$(printf "Keyword == \'\\377\'")" --to dsl', 'check "$(printf "\\377")"'):
            result = shell(f"querydsl {script}")
            assert (result.status, result.out) == (1, "")
            assert "Traceback" not in result.err

    @pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
    def test_an_interrupt_is_status_130_and_no_traceback(self, start):
        process = start(
            *("querydsl", "check", "missing", "-"),
            stdin=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        # after this line, it reads standard input, which stays open
        assert process.stderr.readline() == b"querydsl: missing: No such file or directory\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b"querydsl: interrupted\n"
        assert process.wait(10) == 130
        process.stdin.close()
        process.stderr.close()

    def test_a_reader_that_stops_early_causes_no_traceback(self, shell, tmp_path):
        (tmp_path / "a.jsonl").write_text("{}\n" * 20_000)
        result = shell("{ querydsl check --lines a.jsonl; echo $? >&2; } | head -n 1")
        assert result.out.count("\n") == 1
        assert result.err == "1\n"

    @pytest.mark.parametrize(
        ("script", "status", "message"),
        [
            ("querydsl schema >&-", 1, "querydsl: standard output is closed\n"),
            ("querydsl --help >&-", 1, "querydsl: standard output is closed\n"),
            ("querydsl compile - <&-", 1, "querydsl: -: standard input is closed\n"),
            ("querydsl compile x --to dsl 2>&-", 1, ""),
            ("querydsl bogus 2>&-", 2, ""),
            ("querydsl schema >&- 2>&-", 1, ""),
        ],
    )
    def test_closed_streams_cause_no_traceback(self, shell, script, status, message):
        result = shell(script)
        assert (result.status, result.err) == (status, message)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
    def test_a_full_disk_is_a_failure(self, shell):
        message = "querydsl: standard output: No space left on device\n"
        for command in ("schema", "--help", "compile --help", "--version"):
            assert shell(f"querydsl {command} > /dev/full") == (1, "", message)
        assert shell("querydsl compile x --to dsl 2> /dev/full").status == 1

    def test_the_two_streams_keep_their_order(self, shell, tmp_path):
        (tmp_path / "a").write_text('{"and": []}')
        lines = shell("querydsl check a missing a 2>&1").out.splitlines()
        assert [line.split(":")[0] for line in lines] == ["a", "querydsl", "a", "3 files"]
