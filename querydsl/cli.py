"""The command: it reads arguments and files, calls the library, and prints.

Results go to stdout, all else to stderr. Exit status: 0 done, 1 problems found or failed, 2 wrong
usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

import attrs

from . import __version__
from .documents import read
from .errors import Problem, QueryDSLError
from .expressions import Expression
from .parser import parse
from .plan import Plan, select
from .query import Query
from .request import Request
from .rules import raise_errors
from .schema import json_schema
from .validation import is_query, validate

#: Files longer than this are refused: no request is as long.
MAX_BYTES = 64 * 1024 * 1024


class Failure(QueryDSLError):
    """What ends the command with status 1."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace", line_buffering=True)  # keeps the two streams in step
    try:
        status = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        _say("querydsl: interrupted")
        return 130
    except QueryDSLError as failure:
        _say(f"querydsl: {failure}")
        return 1
    except OSError as failure:  # of standard output: for what is read, `_bytes_of` answers
        _silence(sys.stdout)
        if not isinstance(failure, BrokenPipeError):  # the reader has seen enough, as with `| head`
            _say(f"querydsl: standard output: {failure.strerror}")
        return 1
    except Exception as fault:  # a bug of ours is no reason to show a user our insides
        _say(f"querydsl: this should not have happened, please report it: {type(fault).__name__}: {fault}")
        return 1
    return status


def _run(arguments: Sequence[str] | None) -> int:
    try:
        parsed = parser().parse_args(arguments)
        status: int = parsed.run(parsed)
    except SystemExit as ended:  # argparse has shown the help, or what is wrong with the arguments
        return int(ended.code or 0)
    return status


# Arguments


def parser() -> argparse.ArgumentParser:
    """What reads the arguments; the reference of the command is made from it."""
    whole = _Parser(
        prog="querydsl",
        description="Compose, check and print requests to the TikTok Research API. Days are UTC.",
        epilog="Exit status: 0 done, 1 problems found or failed, 2 wrong usage, 130 interrupted.",
    )
    whole.add_argument("--version", action="version", version=f"querydsl {__version__}")
    commands = whole.add_subparsers(metavar="COMMAND", required=True)

    compiling = _command(commands, "compile", _compile, "print the request, or the requests, for an expression")
    _add_expression(compiling)
    compiling.add_argument("--fields", metavar="NAMES", help="fields to ask for, with commas (default: all)")
    compiling.add_argument("--cursor", type=int, metavar="N", help="the index to begin at")
    compiling.add_argument("--search-id", metavar="ID", help="the search to go on with")
    compiling.add_argument(
        "--to", choices=["json", "curl", "dsl", "jsonl"], default="json", help="what to print (default: json)"
    )

    checking = _command(commands, "check", _check, "validate requests and queries in JSON files")
    checking.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
    checking.add_argument("--lines", action="store_true", help="the files are JSON Lines: a document a line")
    checking.add_argument(
        "--format", choices=["text", "json"], default="text", help="how to print problems (default: text)"
    )
    checking.add_argument("--strict", action="store_true", help="fail on warnings too")

    explaining = _command(commands, "explain", _explain, "say in words which requests an expression takes, and why")
    _add_expression(explaining)

    schema = _command(commands, "schema", _schema, "print the JSON Schema of a request or a query")
    schema.add_argument(
        "kind", choices=["request", "query"], nargs="?", default="request", help="which document (default: request)"
    )
    return whole


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        if sys.stderr is None:  # before Python 3.11, argparse cannot do without
            self.exit(2)
        super().error(_printable(message))


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], about: str) -> Any:
    command = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".", allow_abbrev=False)
    command.set_defaults(run=run, usage_error=command.error)
    return command


def _add_expression(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "expression",
        metavar="EXPR",
        help="an expression, a query or a request in JSON, @FILE to read one from a file, - to read standard input",
    )
    command.add_argument(
        "--between", nargs=2, metavar=("FIRST", "LAST"), help="the first and the last day, as YYYYMMDD or YYYY-MM-DD"
    )
    command.add_argument("--max-count", type=int, metavar="N", help="videos an answer, 1 to 100 (default: 100)")
    command.add_argument(
        "--random",
        dest="is_random",
        action=argparse.BooleanOptionalAction,
        help="one page of videos in random order (default: all, the newest first)",
    )


# Commands


def _compile(arguments: argparse.Namespace) -> int:
    given = _Given.read(arguments.expression)
    if arguments.to == "dsl":
        _print(repr(given.expression))
        return 0
    plan = _plan(given, arguments)
    if arguments.to == "curl":
        for request in plan:
            _print(request.to_curl())
    elif arguments.to == "jsonl":
        _print(plan.to_jsonl().rstrip("\n"))
    elif len(plan) == 1:
        _print(_laid_out(plan[0].to_dict()))
    else:
        _print(_laid_out([request.to_dict() for request in plan]))
    return 0


def _explain(arguments: argparse.Namespace) -> int:
    _print(_plan(_Given.read(arguments.expression), arguments).explain())
    return 0


def _schema(arguments: argparse.Namespace) -> int:
    _print(_laid_out(json_schema(arguments.kind)))
    return 0


@attrs.frozen
class _Given:
    """What stands for EXPR: an expression, with the request that brought it, if one did."""

    expression: Expression
    request: Request | None = None

    @classmethod
    def read(cls, argument: str) -> _Given:
        text = argument
        if argument == "-" or argument.startswith("@"):
            text = _text(_bytes_of(argument.removeprefix("@")))
        if not text.lstrip().startswith(("{", "[")):  # no expression begins like that
            return cls(parse(text))
        document, problems = read(text)
        raise_errors(problems)
        if is_query(document):
            return cls(Query.from_dict(document).to_expression())  # type: ignore[arg-type]
        request = Request.from_dict(document)  # type: ignore[arg-type]
        return cls(request.query.to_expression(), request)


def _text(content: bytes) -> str:
    try:
        return content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as failure:
        raise Failure(f"the expression is not text: byte {failure.start + 1} is wrong; save it as UTF-8") from None


def _plan(given: _Given, arguments: argparse.Namespace) -> Plan:
    """The plan, with what the document says of days, counts and pages, and above it what the options say."""
    fields = getattr(arguments, "fields", None)
    selection = select(*([] if fields is None else [fields])).where(given.expression)
    if arguments.between is not None:
        first, last = arguments.between
    elif given.request is not None:
        first, last = given.request.start_date, given.request.end_date
    else:
        arguments.usage_error("the following arguments are required: --between")
    plan = selection.between(first, last).plan()
    told = {key: getattr(given.request, key) for key in _PAGE_KEYS} if given.request is not None else {}
    told |= {key: value for key in _PAGE_KEYS if (value := getattr(arguments, key, None)) is not None}
    if len(plan) > 1 and any(told.get(key) is not None for key in ("cursor", "search_id")):
        raise Failure(f"a cursor and a search_id belong to one request, and this takes {len(plan)}")
    return attrs.evolve(plan, requests=tuple(attrs.evolve(request, **told) for request in plan)) if told else plan


_PAGE_KEYS = ("max_count", "cursor", "search_id", "is_random")


# Checking


@attrs.frozen
class _Finding:
    """A problem, with the file and, in JSON Lines, the line that has it."""

    file: str
    line: int | None
    problem: Problem

    def __str__(self) -> str:
        place = ":".join([self.file, *([str(self.line)] if self.line is not None else []), self.problem.path])
        hint = f" ({self.problem.hint})" if self.problem.hint is not None else ""
        return f"{place}: {self.problem.severity}[{self.problem.code}] {self.problem.message}{hint}"

    def to_dict(self) -> dict[str, object]:
        return {"file": self.file, "line": self.line, **attrs.asdict(self.problem)}


def _check(arguments: argparse.Namespace) -> int:
    findings: list[_Finding] = []
    unread = 0
    for file in arguments.files:
        try:
            content = _bytes_of(file)
        except Failure as failure:
            _say(f"querydsl: {failure}")
            unread += 1
            continue
        found = [_Finding(file, line, problem) for line, problem in _findings(content, arguments.lines)]
        findings += found
        if arguments.format == "text":
            for finding in found:
                _print(str(finding).replace("\n", " "))
    if arguments.format == "json":
        _print(_laid_out([finding.to_dict() for finding in findings]))
    errors = sum(finding.problem.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    not_read = f", {unread:,} not read" if unread else ""
    _say(f"{_count(len(arguments.files), 'file')}: {_count(errors, 'error')}, {_count(warnings, 'warning')}{not_read}")
    return 1 if errors or unread or (arguments.strict and warnings) else 0


def _findings(content: bytes, lines: bool) -> Iterable[tuple[int | None, Problem]]:
    if not lines:
        for problem in validate(content):
            yield None, problem
        return
    for number, line in enumerate(_lines(content), 1):
        if line.strip():
            for problem in validate(line):
                yield number, problem


def _lines(content: bytes) -> Sequence[str | bytes]:
    """The lines of a file; of what is no UTF-8 the bytes, each for `validate` to judge, so that one spoils no other."""
    encoding = json.detect_encoding(content)
    try:
        return content.decode(encoding).split("\n")
    except UnicodeDecodeError:
        return content.split(b"\n")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# Reading and printing


def _bytes_of(file: str) -> bytes:
    try:
        if file != "-":
            with Path(file).open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
        elif sys.stdin is not None:
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            raise Failure("-: standard input is closed")
    except OSError as failure:
        raise Failure(f"{file or '.'}: {failure.strerror}") from None
    except ValueError:
        raise Failure(f"{file}: this is not the name of a file") from None
    if len(content) > MAX_BYTES:
        raise Failure(f"{file}: longer than {MAX_BYTES:,} bytes")
    return content


def _laid_out(value: object, margin: str = "") -> str:
    """JSON to be read: whatever fits on a line stays on it, so that a condition is seen at a glance."""
    line = json.dumps(value)
    if not isinstance(value, (dict, list)) or len(margin) + len(line) <= _WIDTH:
        return line
    inner = margin + "  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_laid_out(member, inner)}" for key, member in value.items()]
    else:
        parts = [_laid_out(member, inner) for member in value]
    first, last = line[0], line[-1]
    return f"{first}\n{inner}" + f",\n{inner}".join(parts) + f"\n{margin}{last}"


_WIDTH = 100


def _printable(text: str) -> str:
    """The text with every character that could move a cursor, or break a terminal, escaped."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def _print(text: str) -> None:
    if sys.stdout is None:
        raise Failure("standard output is closed")
    sys.stdout.write(_printable(text) + "\n")


def _say(text: str) -> None:
    try:
        if sys.stderr is not None:
            sys.stderr.write(_printable(text) + "\n")
            sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    """Let what Python flushes at exit go nowhere: nobody listens any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
