"""The command: it reads arguments and files, calls the library, and prints.

Results go to stdout, all else to stderr. Exit status: 0 done, 1 problems found or failed, 2 wrong
usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import attrs

from . import __version__
from .console import Failure, bytes_of, count, laid_out, printable, put, say, silence
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
        say("querydsl: interrupted")
        return 130
    except QueryDSLError as failure:
        say(f"querydsl: {failure}")
        return 1
    except OSError as failure:  # of standard output: for what is read, `bytes_of` answers
        silence(sys.stdout)
        if not isinstance(failure, BrokenPipeError):  # the reader has seen enough, as with `| head`
            say(f"querydsl: standard output: {failure.strerror}")
        return 1
    except Exception as fault:  # a bug of ours is no reason to show a user our insides
        say(f"querydsl: this should not have happened, please report it: {type(fault).__name__}: {fault}")
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

    collecting = _command(
        commands, "collect", _collect, "send the requests for an expression, and keep the videos in a SQLite file"
    )
    _add_expression(collecting)
    collecting.add_argument("--fields", metavar="NAMES", help="fields to ask for, with commas (default: all)")
    collecting.add_argument(
        "--into", required=True, metavar="FILE.db", help="the file; what it has is not asked for again"
    )
    collecting.add_argument(
        "--sandbox", action="store_true", help="ask made-up videos on this computer instead of the API, for practice"
    )
    collecting.add_argument(
        "--workers", type=_number(1, 64), default=1, metavar="N", help="requests side by side, 1 to 64 (default: 1)"
    )
    collecting.add_argument("--max-requests", type=_number(0), metavar="N", help="send so many queries at the most")
    collecting.add_argument(
        "--wait", action="store_true", help="when the day's quota is used up, wait for the next day's (00:00 UTC)"
    )
    collecting.epilog = (
        "Credentials come from the environment: TIKTOK_ACCESS_TOKEN, or TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET."
    )

    exporting = _command(commands, "export", _export, "write the videos of a collection as another file")
    exporting.add_argument("file", metavar="FILE.db", help="what collect has made")
    exporting.add_argument("out", metavar="OUT", help="a file whose name ends in .jsonl, .csv or .parquet")

    serving = _command(commands, "sandbox", _sandbox, "serve made-up videos as the API would, on this computer alone")
    serving.add_argument(
        "--port", type=_number(0, 65_535), default=0, metavar="P", help="the port (default: any that is free)"
    )
    serving.add_argument(
        "--videos", type=_number(0, 5_000_000), default=100_000, metavar="N", help="how many (default: 100000)"
    )
    serving.add_argument("--corpus", metavar="FILE.jsonl", help="videos of your own instead, one in JSON a line")

    schema = _command(commands, "schema", _schema, "print the JSON Schema of a request or a query")
    schema.add_argument(
        "kind", choices=["request", "query"], nargs="?", default="request", help="which document (default: request)"
    )
    return whole


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        if sys.stderr is None:  # before Python 3.11, argparse cannot do without
            self.exit(2)
        super().error(printable(message))


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


def _number(least: int, most: int | None = None) -> Callable[[str], int]:
    """What reads a whole number that an option takes."""

    def number(text: str) -> int:
        try:
            value = int(text) if len(text) < 20 else None
        except ValueError:
            value = None
        if value is None or value < least or (most is not None and value > most):
            bounds = f"from {least} on" if most is None else f"from {least} to {most}"
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number {bounds}")
        return value

    return number


# Commands


def _compile(arguments: argparse.Namespace) -> int:
    given = _Given.read(arguments.expression)
    if arguments.to == "dsl":
        put(repr(given.expression))
        return 0
    plan = _plan(given, arguments)
    if arguments.to == "curl":
        for request in plan:
            put(request.to_curl())
    elif arguments.to == "jsonl":
        put(plan.to_jsonl().rstrip("\n"))
    elif len(plan) == 1:
        put(laid_out(plan[0].to_dict()))
    else:
        put(laid_out([request.to_dict() for request in plan]))
    return 0


def _explain(arguments: argparse.Namespace) -> int:
    put(_plan(_Given.read(arguments.expression), arguments).explain())
    return 0


def _collect(arguments: argparse.Namespace) -> int:
    from .running import collect_into  # noqa: PLC0415  # the network and a database: other commands do without

    plan = _plan(_Given.read(arguments.expression), arguments)
    return collect_into(
        arguments.into,
        plan,
        sandbox=arguments.sandbox,
        workers=arguments.workers,
        max_requests=arguments.max_requests,
        wait=arguments.wait,
    )


def _export(arguments: argparse.Namespace) -> int:
    from .running import export_file  # noqa: PLC0415  # the network and a database: other commands do without

    return export_file(arguments.file, arguments.out)


def _sandbox(arguments: argparse.Namespace) -> int:
    from .running import serve_sandbox  # noqa: PLC0415  # the network and a database: other commands do without

    return serve_sandbox(arguments.port, arguments.videos, arguments.corpus)


def _schema(arguments: argparse.Namespace) -> int:
    put(laid_out(json_schema(arguments.kind)))
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
            text = _text(bytes_of(argument.removeprefix("@")))
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
    if len(plan) > 1 and (told.get("cursor") or told.get("search_id")):
        raise Failure(f"a cursor and a search_id belong to one request, and this takes {len(plan)}: leave them out")
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
            content = bytes_of(file)
        except Failure as failure:
            say(f"querydsl: {failure}")
            unread += 1
            continue
        found = [_Finding(file, line, problem) for line, problem in _findings(content, arguments.lines)]
        findings += found
        if arguments.format == "text":
            for finding in found:
                put(str(finding).replace("\n", " "))
    if arguments.format == "json":
        put(laid_out([finding.to_dict() for finding in findings]))
    errors = sum(finding.problem.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    not_read = f", {unread:,} not read" if unread else ""
    say(f"{count(len(arguments.files), 'file')}: {count(errors, 'error')}, {count(warnings, 'warning')}{not_read}")
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
