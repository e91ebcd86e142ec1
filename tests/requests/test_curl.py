"""A request as a command for a POSIX shell, and back."""

from __future__ import annotations

import builtins
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from querydsl import Hashtag, Keyword, Length, Query, Region, Request, ValidationError
from tests.documents import EXAMPLE, requests, texts
from tests.requests import pasted
from tests.requests.conftest import SECRET

URL = "https://open.tiktokapis.com/v2/research/video/query/?fields=id"

#: The example of the vendor's page, letter by letter.
VENDORS = """\
curl -L -X POST 'https://open.tiktokapis.com/v2/research/video/query/?fields=id,video_description,create_time' \\
-H 'Authorization: Bearer clt.example12345Example12345Example' \\
-H 'Content-Type: application/json' \\
--data-raw '{
"query": {
"and": [
{
"operation": "IN",
"field_name": "region_code",
"field_values": ["JP", "US"]
},
{
"operation":"EQ",
"field_name":"hashtag_name",
"field_values":["animal"]
}
],
"not": [
{
"operation": "EQ",
"field_name": "video_length",
"field_values": ["SHORT"]
}
]
},
"max_count": 100,
"cursor": 0,
"start_date": "20230101",
"end_date": "20230115"
}'"""

BODY = (
    '{"query": {"and": [{"field_name": "keyword", "operation": "EQ", "field_values": ["cat"]}]}, '
    '"start_date": "20230101", "end_date": "20230131"}'
)
QUOTED = BODY.replace('"', '\\"')
DAYS = ("20230101", "20230131", "id")
CAT = Request(Query(Keyword == "cat"), *DAYS)
NBSP = "\N{NO-BREAK SPACE}"


def about(*keywords: str) -> Request:
    return Request(Query(Keyword.in_(*keywords)), *DAYS)


def read_or_refused(command: str) -> Request | str:
    """The request that a command sends; "refused" if the command has a cause for that, or else the error text."""
    try:
        return Request.from_curl(command)
    except ValidationError as refusal:
        return "refused" if re.search(CAUSES, str(refusal)) else str(refusal)


#: Requests with characters that are special in some shell.
HOSTILE = st.text(alphabet="ab'\"\\$`%^&|<>{}(), \n\t\u2019\u201d\u2018é!@;#-", min_size=1, max_size=8).filter(
    lambda text: text.strip() != "" and text[0] not in "@#"
).map(lambda keyword: about(keyword).to_dict())  # fmt: skip

#: Valid reasons to refuse a command that a program or a person wrote.
CAUSES = "|".join([
    "only one curl command is read", "ends inside a quote", "the shell puts in something else", "shells differ",
    "browsers mean . alone", "typographic",
])  # fmt: skip


class TestWriting:
    def test_it_is_a_command_as_the_page_shows_one(self):
        assert CAT.to_curl() == (
            f"curl -X POST '{URL}' \\\n"
            '  -H "Authorization: Bearer $TIKTOK_ACCESS_TOKEN" \\\n'
            "  -H 'Content-Type: application/json' \\\n"
            f"  --data-raw '{BODY}'"
        )

    def test_the_shell_gives_curl_exactly_the_request_and_its_own_token(self, shell):
        arguments, standard_input = shell(CAT.to_curl())
        assert arguments == [
            "-X", "POST", URL, "-H", f"Authorization: Bearer {SECRET}", "-H", "Content-Type: application/json",
            "--data-raw", BODY,
        ]  # fmt: skip
        assert standard_input == ""

    @settings(max_examples=25)
    @given(st.lists(texts, min_size=1, max_size=3))
    @example(["'", "''", "it's", "'; touch pwned; '"])
    @example(["$TIKTOK_ACCESS_TOKEN", "$(touch pwned)", "`touch pwned`", "${PATH}", "!!", "\\", "\\'", '"'])
    @example(["\n", "a\nQUERYDSL_BODY\n", "\0", "\r", "\u2028", "\U0001f600", "*", "~", "# x", "-d", "@file"])
    def test_values_of_any_characters_are_sent_exactly(self, shell, keywords):
        made = about(*(keyword if keyword.strip() else keyword + "x" for keyword in keywords))
        arguments, _ = shell(made.to_curl())
        assert arguments[-1] == made.to_json()

    @pytest.mark.parametrize(
        "keyword", ["'" * 60_000, "$(touch pwned)" * 20_000, "猫" * 50_000], ids=["quotes", "$", "猫"]
    )
    def test_a_body_too_long_for_an_argument_goes_in_over_standard_input(self, shell, keyword):
        made = about(keyword, "QUERYDSL_BODY")
        arguments, standard_input = shell(made.to_curl())
        if len(made.to_json()) > 100_000:
            assert arguments[-2:] == ["--data-binary", "@-"]
            assert standard_input == made.to_json() + "\n"
        else:
            assert arguments[-1] == made.to_json()

    def test_no_value_is_executed(self, shell, tmp_path):
        target = tmp_path / "pwned"
        for quote in ("'", '"', "", "\\", "\n", "'\"'\"'"):
            for command in (f"; touch {target}", f"$(touch {target})", f"`touch {target}`", f"| touch {target} #"):
                shell(about(f"x{quote}{command}{quote}").to_curl())
        assert not target.exists()

    def test_the_token_is_never_in_it(self, monkeypatch):
        monkeypatch.setenv("TIKTOK_ACCESS_TOKEN", SECRET)
        assert "clt.secret" not in CAT.to_curl()

    def test_it_goes_to_another_host_if_told(self):
        assert CAT.to_curl("http://127.0.0.1:8000").startswith(
            "curl -X POST 'http://127.0.0.1:8000/v2/research/video/query/?fields=id' "
        )


class TestReading:
    @given(requests(), st.sampled_from(["id", "id,create_time", "video_label,id"]))
    def test_a_written_command_is_read_back(self, body, fields):
        made = Request.from_dict(body, fields)
        assert Request.from_curl(made.to_curl()) == made

    @pytest.mark.parametrize("keyword", ["'" * 60_000, "\\" * 60_000, '"' * 200_000, "$x `y` " * 30_000])
    def test_a_long_command_is_read_back(self, keyword):
        assert Request.from_curl(about(keyword).to_curl()) == about(keyword)

    def test_the_example_of_the_page_is_read(self):
        query = Query([Region.in_("JP", "US"), Hashtag == "animal"], not_=Length == "SHORT")
        fields = ("id", "video_description", "create_time")
        made = Request.from_curl(VENDORS)
        assert made == Request(query, "20230101", "20230115", fields, max_count=100, cursor=0)
        assert made.to_dict() == EXAMPLE

    @pytest.mark.parametrize(
        "spoilt",
        [
            lambda text: text.replace("'", "\u2019"),
            lambda text: re.sub(r"(?<!\S)'", "\u2018", text).replace("'", "\u2019"),
            lambda text: re.sub(r"'(https\S*)'", "\u201c\\1\u201d", text),
            lambda text: re.sub(r"'(https\S*)'", "\u2018\\1\u2019", text),
        ],
        ids=["every single quote", "in pairs", "double quotes round the URL", "single quotes round the URL"],
    )
    def test_some_of_its_quotes_may_be_typographic(self, spoilt):
        assert spoilt(VENDORS) != VENDORS
        assert Request.from_curl(spoilt(VENDORS)) == Request.from_curl(VENDORS)

    def test_a_blank_in_a_text_of_typographic_json_stays(self):
        made = about("a\xa0b")
        command = pasted.typographic_json(made.url(), json.dumps(made.to_dict(), ensure_ascii=False))
        assert Request.from_curl(command) == made

    @pytest.mark.parametrize(
        "command",
        [
            f"curl {URL} -d '{BODY}'",
            f"curl -sSL -XPOST '{URL}' --json '{BODY}'",
            f"curl -sXPOST --url '{URL}' -d'{BODY}' -o out.json",
            f"# who, what\ncurl '{URL}' \\\r\n  --data '{BODY}'\r\n",
            f"curl '{URL}' -d \"{QUOTED}\"",
            f"curl '{URL}' --data-binary @- <<'END'\n{BODY}\nEND\n",
            f"curl '{URL}' -d @- <<END\n{BODY}\nEND",
            f"curl '{URL}' -H \"Authorization: Bearer $TOKEN\" -H @headers -d '{BODY}'",
            f"curl 'http://localhost:8000/v2/research/video/query?fields=id' -d '{BODY}'",
            f"curl {URL.removeprefix('https://')} -d '{BODY}'",
            f"curl '{URL}' -H 'Content-Type: application/json'\n--data-raw '{BODY}'",
            f"  curl \u2013X POST '{URL}' \\\n\u2014data\xa0'{BODY}'",
            f"curl '{URL}' -b 'a=$b' --insecure -H \"authorization: Bearer $(jq .token t.json)\" --data-raw $'{BODY}'",
            f"\ufeffcurl.exe '{URL}' --ssl-no-revoke -d '{BODY}'",
            f"$ curl '{URL}' -d '{BODY}'",
            f"PS C:\\Users\\me> curl.exe '{URL}' -d '{BODY}'",
            f'C:\\Users\\me>curl "{URL}" -d "{QUOTED}"',
            f"```bash\ncurl '{URL}' \\\n  -d '{BODY}'\n```\n",
            f"curl '{URL}' -d '{BODY}' ;\n",
            f'curl ^\n"{URL}" ^\n-d "{QUOTED}"',
            f"curl '{URL}' -d '{BODY.replace(' ', NBSP)}'",
        ],
        ids=[
            "bare",
            "short options together",
            "arguments attached",
            "a comment and other line ends",
            "double quotes",
            "a here-document",
            "one without quotes",
            "headers",
            "another host",
            "no scheme",
            "a line without its backslash, as on the vendor's pages",
            "dashes of a text program",
            "a browser",
            "a byte order mark",
            "a prompt of bash",
            "a prompt of PowerShell",
            "a prompt of cmd",
            "a fence of Markdown",
            "a semicolon at the end",
            "cmd, without indentation",
            "blanks of a page",
        ],
    )
    def test_commands_that_people_write_are_read(self, command):
        assert Request.from_curl(command) == CAT

    @pytest.mark.parametrize(
        ("command", "text"),
        [
            ("", "'' is not curl; give a command that begins with curl"),
            (f"wget '{URL}'", "'wget' is not curl; give a command that begins with curl"),
            (None, "null is not text; give the command as text"),
            (
                f"curl '{URL}' -d @body.json",
                "-d '@body.json' names a file, and none is opened; put the JSON itself into the command",
            ),
            (
                f"curl '{URL}' --data-binary @-",
                "--data-binary '@-' names a file, and none is opened; put the JSON itself into the command",
            ),
            (f"curl '{URL}' -T body.json", "'-T' is an option that is not understood; leave it out"),
            (f"curl '{URL}' -sK curlrc", "'-K' is an option that is not understood; leave it out"),
            (f"curl '{URL}' --config x", "'--config' is an option that is not understood; leave it out"),
            (f"curl '{URL}' -G -d '{BODY}'", "'-G' is an option that is not understood; leave it out"),
            (f"curl -sXDELETE '{URL}'", "-X 'DELETE': videos are queried with POST; write -X POST"),
            (f"curl '{URL}' -d", "-d has no argument; copy the whole command"),
            (f"curl '{URL}'", "the command has 0 bodies; give one, with --data-raw '{…}'"),
            (f"curl '{URL}' -d '{{}}' -d '{{}}'", "the command has 2 bodies; give one, with --data-raw '{…}'"),
            (f"curl '{URL}' '{URL}' -d '{{}}'", "the command has 2 URLs; give one, in quotes"),
            ("curl -d '{}'", "the command has 0 URLs; give one, in quotes"),
            (
                "curl 'https://open.tiktokapis.com/v2/research/user/info/?fields=id' -d '{}'",
                "'https://open.tiktokapis.com/v2/research/user/info/?fields=id' does not query videos; "
                "the path is /v2/research/video/query/",
            ),
            (
                "curl 'http://[::1?fields=id' -d '{}'",
                f"'http://[::1?fields=id' is not a URL; write {URL}",
            ),
            (
                "curl 'http://x/v2/research/video/query/' -d '{}'",
                "'http://x/v2/research/video/query/' has 0 parameters 'fields'; write one: ?fields=id,create_time",
            ),
            (
                f"curl '{URL}' -d \"$BODY\"",
                "'$BODY': the shell puts in something else here, and nothing is run; write the value itself",
            ),
            (
                f"curl '{URL}' -d \"`cat body.json`\"",
                "'`cat body.json`': the shell puts in something else here, and nothing is run; write the value itself",
            ),
            (
                f"curl '{URL}' -d '{{}}' | jq .",
                "'| jq .': a pipe, and only one curl command is read; "
                "give the command alone, with its URL and its JSON in quotes",
            ),
            (
                f"curl '{URL}' -d '{{}}'; rm -rf x",
                "'; rm -rf x': another command, and only one curl command is read; "
                "give the command alone, with its URL and its JSON in quotes",
            ),
            (f"curl '{URL}' -d '{{}}", "at character 74, a quote is not closed; copy the whole command"),
            (f"curl '{URL}' \\", "at character 71, a backslash has nothing after it; copy the whole command"),
            (f"curl '{URL}' -d @- <<'E'\n{{}}\n", "the here-document has no end: no line E; copy the whole command"),
            (f"curl '{URL}' -d @- <<'E'\n{{}}\nE\nrm x", "something follows the here-document; give one command"),
            (
                f"echo '{{}}' | curl '{URL}' -d @-",
                '"| curl \'https://open": a pipe, and only one curl command is read; '
                "give the command alone, with its URL and its JSON in quotes",
            ),
            (
                f"curl '{URL}' -d '{{}}'\necho done",
                "the line that begins with 'echo' is another command; give the curl command alone",
            ),
            (f"curl '{URL}' -d {{}} x", "'x' is no option and no URL; put every value into quotes"),
            (
                f'curl \'{URL}\' -d "$(jq -n "{{}}")"',
                "'$(jq -n ': the shell puts in something else here, and nothing is run; write the value itself",
            ),
            (
                f'curl "{URL}" -d "%BODY%"',
                "'%BODY%': the shell puts in something else here, and nothing is run; write the value itself",
            ),
            (
                f'curl "{URL}" ^\n -d "%BODY%"',
                "'%BODY%': the shell puts in something else here, and nothing is run; write the value itself",
            ),
            (
                f"curl '{URL}' ^\n -d '{{}}'",
                '"\'https://open.tiktokapis.com/v2/research": cmd knows no single quotes; '
                'write "…", and \\" for each quote inside',
            ),
            ("Invoke-WebRequest -Uri x", "'Invoke-WebRequest' is not curl; give a command that begins with curl"),
            ("curl\0", "a NUL character stands in the command; remove it"),
            (
                f"curl '{URL}' -d @- <<E\n$x\nE",
                "the shell would change the here-document; put quotes round its end: <<'E'",
            ),
        ],
    )
    def test_any_other_is_refused(self, command, text):
        with pytest.raises(ValidationError) as refusal:
            Request.from_curl(command)
        assert str(refusal.value) == f"curl: {text}"

    @pytest.mark.parametrize("dialect", pasted.DIALECTS)
    @pytest.mark.parametrize("keyword", ["cat", "two words", "Straße 日本"])
    def test_it_is_read_as_people_paste_it(self, dialect, keyword):
        body = json.dumps(about(keyword).to_dict(), ensure_ascii=False)
        assert Request.from_curl(pasted.DIALECTS[dialect](URL, body)) == about(keyword)

    @pytest.mark.parametrize("dialect", [name for name in pasted.DIALECTS if name != "cmd by hand"])
    def test_json_of_several_lines_is_read(self, dialect):
        body = json.dumps(EXAMPLE, indent=2)
        assert Request.from_curl(pasted.DIALECTS[dialect](URL, body)).to_dict() == EXAMPLE

    @pytest.mark.parametrize("dialect", pasted.DIALECTS)
    @settings(max_examples=60)
    @given(requests() | HOSTILE, st.booleans(), st.sampled_from([None, 2]))
    def test_a_request_of_any_characters_is_never_misread(self, dialect, body, is_ascii, indent):
        made = Request.from_dict(body, "id,username")
        command = pasted.DIALECTS[dialect](made.url(), json.dumps(body, ensure_ascii=is_ascii, indent=indent))
        assert read_or_refused(command) in (made, "refused")

    def test_a_command_that_shells_read_differently_is_refused(self):
        body = BODY.replace("cat", "a''b")
        message = "shells differ in what this command sends, and nothing in it tells which one it is for"
        with pytest.raises(ValidationError, match=message):
            Request.from_curl(f"curl '{URL}' -d '{body}'")
        assert Request.from_curl(f"curl '{URL}' `\n -d '{body}'") == Request(Query(Keyword == "a'b"), *DAYS)
        assert Request.from_curl(f"curl '{URL}' \\\n -d '{body}'") == Request(Query(Keyword == "ab"), *DAYS)

    def test_its_body_and_fields_are_checked_like_any_other(self):
        with pytest.raises(ValidationError) as refusal:
            Request.from_curl(CAT.to_curl().replace("20230131", "20230231"))
        assert [problem.path for problem in refusal.value.problems] == ["/end_date"]
        with pytest.raises(ValidationError, match="fields: 'video_id' is not a field of a Video Object"):
            Request.from_curl(CAT.to_curl().replace("=id", "=video_id"))

    def test_it_opens_no_file_and_runs_nothing(self, monkeypatch, tmp_path):
        def never(*_: object, **__: object) -> None:
            raise AssertionError

        target = tmp_path / "pwned"
        command = f"curl '{URL}' -H @/etc/passwd -o {target} -w @{target} -d '{BODY}'"
        for module, name in [(builtins, "open"), (os, "open"), (os, "system"), (subprocess, "Popen"), (Path, "open")]:
            monkeypatch.setattr(module, name, never)
        made = Request.from_curl(command)
        monkeypatch.undo()
        assert made == CAT
        assert not target.exists()

    @given(
        st.text(alphabet="curl -dX'\"\\\n$`|<>&;#@{}E ^%\r\u2018\u201d\xa0", max_size=40).map("curl ".__add__)
        | st.text()
    )
    def test_any_text_is_read_or_refused(self, text):
        with suppress(ValidationError):
            Request.from_curl(text)

    @pytest.mark.parametrize(
        "text",
        [
            lambda n: "''" * n,
            lambda n: '"' + "\\a" * n + '"',
            lambda n: '"' + "a" * n,
            lambda n: "curl " + "\\\n" * n,
            lambda n: "curl " + "^\n" * n,
            lambda n: "curl " + "`\n" * n,
            lambda n: "curl " + "\\" * n + '"',
            lambda n: "curl " + "%a" * n,
            lambda n: "curl '" + "''" * n,
            lambda n: "curl " + "@'\n" * n,
            lambda n: "curl " + "\u2018a\u2019 " * n,
        ],
        ids=[
            *["empty quotes", "escapes", "no end", "lines", "lines of cmd", "lines of PowerShell", "backslashes"],
            *["variables", "doubled quotes", "here-strings", "typographic"],
        ],
    )
    def test_ten_times_as_much_takes_about_ten_times_as_long(self, text):
        small = min(self.times(text(20_000)))
        assert any(large < 50 * max(small, 1e-3) for large in self.times(text(200_000)))

    def times(self, text: str) -> Iterator[float]:
        """The CPU time to refuse a text, three times: other work may disturb one of them."""
        for _ in range(3):
            begin = time.process_time()
            with pytest.raises(ValidationError):
                Request.from_curl(text)
            yield time.process_time() - begin
