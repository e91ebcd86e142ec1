"""`check --lines` reads a file of any size: it prints findings at once, and has only one line in memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from querydsl.cli import main
from querydsl.cli.terminal import MAX_BYTES, lines_of
from querydsl.spec.query_rules import MAX_PROBLEMS

RIGHT = '{"and": [{"field_name": "region_code", "operation": "EQ", "field_values": ["US"]}]}'
WRONG = RIGHT.replace("US", "us")


class Pieces(io.RawIOBase):
    """A pipe that brings bytes piece by piece, and counts them."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)
        self.brought = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = next(self.pieces, b"")
        assert len(piece) <= len(buffer)
        buffer[: len(piece)] = piece
        self.brought += len(piece)
        return len(piece)


class Result(NamedTuple):
    status: int
    out: str
    err: str


def check(*arguments: str, pieces: Iterable[bytes], out: io.TextIOBase | None = None) -> Result:
    """`check --lines -` with these bytes on standard input."""
    out, err = out or io.StringIO(), io.StringIO()
    stdin = io.TextIOWrapper(io.BufferedReader(Pieces(pieces)))
    with patch.object(sys, "stdin", stdin), redirect_stdout(out), redirect_stderr(err):
        status = main(["check", "--lines", *arguments, "-"])
    return Result(status, out.getvalue() if isinstance(out, io.StringIO) else "", err.getvalue())


def a_line_each(lines: Iterable[str], encoding: str = "utf-8") -> Iterator[bytes]:
    return (f"{line}\n".encode(encoding) for line in lines)


class TestStreaming:
    @pytest.mark.parametrize("form", ["text", "json"])
    def test_a_finding_is_told_before_the_next_line_is_read(self, form):
        out = io.StringIO()

        def lines() -> Iterator[str]:
            for number in range(1, 100):
                assert out.getvalue().count("region-code") == number - 1
                yield WRONG

        result = check("--format", form, pieces=a_line_each(lines()), out=out)
        assert (result.status, result.err) == (1, "1 file: 99 errors, 0 warnings\n")

    def test_memory_does_not_grow_with_the_file(self, tmp_path):
        def peak(lines: int) -> int:
            path = tmp_path / "requests.jsonl"
            path.write_text(f"{RIGHT}\n" * lines, encoding="utf-8")
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                tracemalloc.start()
                assert main(["check", "--lines", str(path)]) == 0
                most = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
            return most

        peak(1)  # modules that are loaded on demand
        assert peak(20_000) < 2 * peak(200)

    def test_a_file_may_be_longer_than_any_document(self, tmp_path):
        path = tmp_path / "long"
        with path.open("wb") as file:
            for _ in range(MAX_BYTES // (1 << 20) + 1):
                file.write(b" " * ((1 << 20) - 1) + b"\n")
            file.write(WRONG.encode())
        assert sum(1 for _ in lines_of(str(path))) == MAX_BYTES // (1 << 20) + 2

    def test_only_the_beginning_of_an_endless_line_is_kept(self):
        piece = b"x" * 8_192
        pieces = chain([WRONG.encode() + b"\n"], repeat(piece, 2 * MAX_BYTES // len(piece)), [b"\n" + WRONG.encode()])
        result = check(pieces=pieces)
        assert [line.split("[")[0] for line in result.out.splitlines()] == [
            "-:1:/and/0/field_values/0: error",
            "-:2:: error",
            "-:3:/and/0/field_values/0: error",
        ]
        assert "the text is longer than 16,777,216 characters" in result.out


class TestEncodings:
    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
    )
    def test_every_unicode_encoding(self, encoding):
        text = f"{RIGHT}\r\n\n{WRONG.replace('us', 'ü日本')}\n{WRONG}"
        result = check(pieces=(bytes([byte]) for byte in text.encode(encoding)))
        assert [line.split(": ")[0] for line in result.out.splitlines()] == [
            "-:3:/and/0/field_values/0",
            "-:4:/and/0/field_values/0",
        ]
        assert "'ü日本' is not a documented region code" in result.out

    def test_a_line_that_is_not_utf_8_does_not_affect_other_lines(self):
        result = check(pieces=[b'{"and": ["\xff"]}\n', WRONG.encode()])
        assert [line.split(" ")[0] for line in result.out.splitlines()] == ["-:1::", "-:2:/and/0/field_values/0:"]

    def test_half_a_character_in_utf_16_is_a_problem_of_its_line(self):
        line = RIGHT.replace("region_code", "keyword").replace("US", "\ud800")
        result = check(pieces=[f"{line}\n{WRONG}".encode("utf-16", "surrogatepass")])
        assert [line.split(" ")[1] for line in result.out.splitlines()] == ["error[text]", "error[region-code]"]

    def test_a_truncated_utf_16_file_is_reported(self):
        result = check(pieces=[f"{WRONG}\n{RIGHT}".encode("utf-16-le")[:-1]])
        assert result.status == 1
        assert result.err == (
            "querydsl: -: line 2 or what follows is not UTF-16-LE; save the file as UTF-8\n"
            "1 file: 1 error, 0 warnings, 1 not read\n"
        )

    @pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n \r\n"], ids=repr)
    def test_an_empty_file_has_no_problems(self, content):
        assert check(pieces=[content]) == (0, "", "1 file: 0 errors, 0 warnings\n")


class TestJson:
    def test_it_is_one_indented_array(self):
        out = check("--format", "json", pieces=a_line_each([WRONG, RIGHT, WRONG])).out
        assert [finding["line"] for finding in json.loads(out)] == [1, 3]
        assert out.startswith('[\n  {\n    "file": "-",\n    "line": 1,\n')
        assert out.endswith("\n  }\n]\n")

    def test_without_findings_it_is_empty(self):
        assert check("--format", "json", pieces=a_line_each([RIGHT])).out == "[]\n"

    @pytest.mark.parametrize("before", [0, 3])
    def test_after_an_interrupt_the_array_is_complete(self, before):
        def interrupted() -> Iterator[bytes]:
            yield from a_line_each([RIGHT, *[WRONG] * before])
            raise KeyboardInterrupt

        result = check("--format", "json", pieces=interrupted())
        assert (result.status, result.err) == (130, "querydsl: interrupted\n")
        assert len(json.loads(result.out)) == before


class TestBound:
    @pytest.mark.parametrize("kind", ["values", "keys", "conditions", "values given twice", "lookalikes"])
    @pytest.mark.parametrize("over", [0, 1])
    def test_more_problems_are_mentioned_only_if_there_are_more(self, kind, over):
        n = MAX_PROBLEMS + over
        condition = {"field_name": "region_code", "operation": "IN", "field_values": ["US"]}
        document: dict[str, Any] = {"and": [condition]}
        if kind == "values":
            condition["field_values"] = ["us"] * n
        elif kind == "keys":
            document |= {f"key{number}": 1 for number in range(n)}
        elif kind == "conditions":
            document["or"] = [7] * n
        elif kind == "values given twice":
            condition["field_values"] = ["US"] * (n + 1)
        else:
            condition |= {"field_name": "hashtag_name", "field_values": [f"cat {number}" for number in range(n)]}
        content = json.dumps(document).encode()
        result = check(pieces=(content[at : at + 8_192] for at in range(0, len(content), 8_192)))
        assert len(result.out.splitlines()) == MAX_PROBLEMS
        said = "querydsl: -:1: these are its first 20,000 problems; there may be more\n"
        assert result.err.startswith(said) is bool(over)


def test_a_closed_pipe_ends_the_command_silently(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text(f"{WRONG}\n" * 20_000, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "querydsl", "check", "--lines", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline().startswith(str(path).encode())
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 1
