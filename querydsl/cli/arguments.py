"""The arguments of the command line: the options of each command, and the function that runs it."""

from __future__ import annotations

import argparse
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice, takewhile
from typing import Any, Final, NoReturn

from ..errors import Problem
from ..moments import utc_now
from ..planning.windows import MAX_DAYS
from ..showing import count, one_line, shown
from ..spec import suggestions
from ..spec.request_rules import REQUEST_RULES
from ..spec.validation import validate_fields
from ..tables import DAILY_CALLS, INT64_MAX, MAX_COUNT
from ..version import FILE_FORMAT, __version__
from .checking import check, print_schema
from .compiling import FORMS, compile_expression, explain
from .terminal import Failure, put

#: The versions that a bug report needs.
_VERSION: Final = f"querydsl {__version__}, Python {platform.python_version()}, file format {FILE_FORMAT}"


def parser() -> argparse.ArgumentParser:
    """The parser of the arguments; the reference of the command is made from it."""
    whole = _Parser(
        prog="querydsl",
        description="Compose, check and print requests to the TikTok Research API. Days are UTC.",
        epilog="Exit status: 0 done, 1 problems found or failed, 2 wrong usage, 130 interrupted.",
    )
    whole.add_argument("--version", action="version", version=_VERSION)
    commands = whole.add_subparsers(metavar="COMMAND")

    compiling = _command(
        commands, "compile", compile_expression, "print the request, or the requests, for an expression"
    )
    _add_expression(compiling)
    compiling.add_argument(
        "--fields", type=_valid(validate_fields), metavar="NAMES", help="fields to ask for, with commas (default: all)"
    )
    compiling.add_argument("--cursor", type=_number(0, INT64_MAX), metavar="N", help="the index to begin at")
    compiling.add_argument(
        "--search-id", type=_valid(REQUEST_RULES["search_id"]), metavar="ID", help="the search to go on with"
    )
    compiling.add_argument(
        "--to",
        choices=[*FORMS, "dsl"],
        default="json",
        help="what to print: the requests as JSON or a line each, the query alone, curl commands, a script in Python "
        "or in R (httr2) that sends them, or the expression in Python (default: json)",
    )

    checking = _command(commands, "check", check, "validate requests and queries in JSON, and curl commands")
    checking.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
    checking.add_argument("--lines", action="store_true", help="the files are JSON Lines: a document a line")
    checking.add_argument(
        "--format", choices=["text", "json"], default="text", help="how to print problems (default: text)"
    )
    checking.add_argument("--strict", action="store_true", help="fail on warnings too")

    explaining = _command(commands, "explain", explain, "say in words which requests an expression takes, and why")
    _add_expression(explaining)

    _add_estimate(commands)
    _add_collect(commands)
    _add_reading(commands)
    _add_sandbox(commands)

    schema = _command(commands, "schema", print_schema, "print the JSON Schema of a request or a query")
    schema.add_argument(
        "kind", choices=["request", "query"], nargs="?", default="request", help="which document (default: request)"
    )
    return whole


class _Parser(argparse.ArgumentParser):
    """A parser that says on one line what is wrong, with the nearest known word for an unknown one."""

    #: The arguments that are being parsed.
    _given: Sequence[str] = ()

    def error(self, message: str) -> NoReturn:
        if sys.stderr is None:  # argparse needs this before Python 3.11
            self.exit(2)
        whole = f"{self.prog}: error: {message}{self._hints()}; {self.prog} --help says how to write it"
        self.exit(2, one_line(whole) + "\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._given = sys.argv[1:] if args is None else args
        return super().parse_known_args(args, namespace)

    def _hints(self) -> str:
        """What to write in place of the unknown options."""
        known = self._option_string_actions
        options = takewhile(lambda one: one != "--", self._given)
        unknown = dict.fromkeys(one.split("=")[0] for one in options if _OPTION.match(one))
        hints = (self._hint(name) for name in unknown if name not in known)
        return "".join(f"; {hint}" for hint in islice(filter(None, hints), _HINTS))

    def _hint(self, unknown: str) -> str | None:
        """What to write in place of an unknown option, if that is known."""
        known, word = self._option_string_actions, unknown.lstrip("-").replace("_", "-")
        meant = [name for name in (f"--{word}", *MEANT_OPTIONS.get(word, ())) if name in known]
        if not meant and self._has_expression() and (field := suggestions.condition_field(word)):
            return f"{unknown} is a condition: write it into EXPR, as in '… and {field} in (…)'"
        if not meant and word in _SECRETS and "--sandbox" in known:
            return f"{unknown} is a secret: set it in the environment, where other users cannot see it, as --help says"
        near = None if meant else suggestions.nearest(word, tuple(name.lstrip("-") for name in known))
        meant += [f"--{near}"] if near else []
        spelt = " or ".join(" ".join([name, *_operands(known[name])]) for name in meant)
        return f"the nearest option to {unknown} is {spelt}" if meant else None

    def _has_expression(self) -> bool:
        return any(action.metavar == "EXPR" for action in self._actions)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        parsed, unknown = self.parse_known_args(args, namespace)
        command: _Parser = getattr(parsed, "command", self)
        if unknown:
            options = [one.split("=")[0] for one in unknown if one.startswith("-")]  # a value may be a secret
            is_torn = command._has_expression() and not options
            hint = "; EXPR is one argument: put it in quotes" if is_torn else ""
            command.error(f"unrecognized arguments: {' '.join(options or unknown)}{hint}")
        if command is self:
            self.error("the following arguments are required: COMMAND")
        return parsed

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            choices = [str(choice) for choice in action.choices]
            meant = suggestions.nearest(value, tuple(choices))
            hint = f"the nearest one is {meant!r} of" if meant else "choose from"
            raise argparse.ArgumentError(action, f"invalid choice: {shown(value)}; {hint} {', '.join(choices)}")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print help and version like all other results: argparse hides a failure to write."""
        if file is sys.stdout:
            put(message.rstrip("\n"))
        else:
            super()._print_message(message, file)


def _operands(option: argparse.Action) -> Sequence[str]:
    """What stands after an option, as its help has it."""
    return (option.metavar,) if isinstance(option.metavar, str) else option.metavar or ()


#: An option, also one with a single dash that is longer than a letter.
_OPTION: Final = re.compile(r"--.|-[a-z_-]{2}")
#: Options of other programs that have a secret.
_SECRETS: Final = ("token", "access-token", "api-key", "key", "client-key", "secret", "client-secret")

#: How many unknown options get a hint.
_HINTS: Final = 3

#: Options of other commands, without --, and the options here that mean the same; of these, a command has some or none.
MEANT_OPTIONS: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(
        ("from", "from-date", "start", "start-date", "since", "begin", "after", "to-date", "end", "end-date", "until",
         "before", "date", "dates", "day", "on", "range", "period"),
        ("--between",),
    ),
    **dict.fromkeys(
        ("out", "output", "outfile", "output-file", "file", "db", "database", "save", "save-to", "dest"), ("--into",)
    ),
    **dict.fromkeys(("limit", "max", "max-results", "max-videos"), ("--max-count", "--max-calls")),
    **dict.fromkeys(("count", "page-size", "per-page", "batch-size"), ("--max-count",)),
    **dict.fromkeys(("max-requests", "budget", "quota"), ("--max-calls", "--calls")),
    **dict.fromkeys(("format", "output-format", "as"), ("--to",)),
    **dict.fromkeys(("columns", "select"), ("--fields",)),
    **dict.fromkeys(("threads", "jobs", "parallel", "concurrency"), ("--workers",)),
    **dict.fromkeys(("retries", "retry"), ("--attempts",)),
    **dict.fromkeys(("sample", "samples"), ("--random", "--draws")),
    **dict.fromkeys(("demo", "mock"), ("--sandbox",)),
    "refresh": ("--again",),
    **dict.fromkeys(("jsonl", "ndjson"), ("--lines",)),
}  # fmt: skip


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], about: str) -> Any:
    command = commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=f"An example:\n  querydsl {name} {_EXAMPLES[name]}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.set_defaults(run=run, command=command, usage_error=command.error)
    return command


#: An example of each command.
_EXAMPLES: Final = {
    "compile": '\'hashtag_name == "cat" and not region_code == "US"\' --between 20230101 20230331 --to jsonl',
    "check": "animals.json",
    "explain": '\'keyword in ("cat", "dog")\' --between 20230101 20231231',
    "estimate": "'hashtag_name == \"cat\"' --between 20230101 20231231 --into cats.db --sandbox",
    "collect": "'hashtag_name == \"cat\"' --between 20230101 20230131 --into cats.db --sandbox",
    "status": "cats.db",
    "report": "cats.db cats.html",
    "export": "cats.db cats.csv",
    "sandbox": "--port 8000 --between 20230101 20230331 --quota 100 --faults rate-limit:at=3 found-late",
    "schema": "query > query.schema.json",
}


def _add_estimate(commands: Any) -> None:
    estimating = _command(
        commands, "estimate", _estimate, "say how many videos, calls and days of quota an expression would take"
    )
    _add_expression(estimating)
    estimating.add_argument(
        "--fields", type=_valid(validate_fields), metavar="NAMES", help="fields to ask for, with commas (default: all)"
    )
    estimating.add_argument(
        "--calls",
        type=_number(1),
        default=12,
        metavar="N",
        help="calls to make at most, retries included (default: 12)",
    )
    estimating.add_argument(
        "--into", metavar="FILE.db", help="a file that keeps what comes: collect goes on behind it (default: none)"
    )
    estimating.add_argument(
        "--name", metavar="NAME", help="what to call the collection in the file (default: its expression)"
    )
    estimating.add_argument(
        "--sandbox", action="store_true", help="ask made-up videos on this computer instead of the API, for practice"
    )


def _add_collect(commands: Any) -> None:
    collecting = _command(
        commands, "collect", _collect, "send the requests for an expression, and keep the videos in a SQLite file"
    )
    _add_expression(collecting)
    collecting.add_argument(
        "--fields", type=_valid(validate_fields), metavar="NAMES", help="fields to ask for, with commas (default: all)"
    )
    collecting.add_argument(
        "--into", required=True, metavar="FILE.db", help="the file; what it has is not asked for again"
    )
    collecting.add_argument(
        "--name", metavar="NAME", help="what to call the collection in the file (default: its expression)"
    )
    collecting.add_argument("--again", action="store_true", help="ask for everything of the collection once more")
    collecting.add_argument(
        "--sandbox", action="store_true", help="ask made-up videos on this computer instead of the API, for practice"
    )
    collecting.add_argument(
        "--workers", type=_number(1, 64), default=1, metavar="N", help="searches side by side, 1 to 64 (default: 1)"
    )
    collecting.add_argument(
        "--attempts",
        type=_number(1),
        default=5,
        metavar="N",
        help="how often to try a failing call in all (default: 5)",
    )
    collecting.add_argument("--max-calls", type=_number(0), metavar="N", help="stop after N calls")
    collecting.add_argument(
        "--wait", action="store_true", help="when the day's quota is used up, wait for the next day's (00:00 UTC)"
    )
    collecting.epilog += (
        "\n\nCredentials come from the environment: TIKTOK_ACCESS_TOKEN, or TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET."
    )


def _add_reading(commands: Any) -> None:
    showing = _command(commands, "status", _status, "say what a file has, day by day, what is missing and why")
    showing.add_argument("file", metavar="FILE.db", help="what collect has made")
    showing.add_argument("--name", metavar="NAME", help="of this collection alone (default: of all)")
    showing.add_argument("--format", choices=["text", "json"], default="text", help="how to print it (default: text)")
    showing.add_argument(
        "--rename", nargs=2, metavar=("OLD", "NEW"), help="give a collection another name, and print nothing"
    )

    reporting = _command(commands, "report", _report, "write what a file has for people, with charts")
    reporting.add_argument("file", metavar="FILE.db", help="what collect has made")
    reporting.add_argument("out", metavar="OUT", help="a file whose name ends in .html or .md")
    reporting.add_argument("--name", metavar="NAME", help="on this collection alone (default: on all)")

    exporting = _command(commands, "export", _export, "write the videos of a collection as another file")
    exporting.add_argument("file", metavar="FILE.db", help="what collect has made")
    exporting.add_argument("out", metavar="OUT", help="a file whose name ends in .jsonl, .csv or .parquet")
    exporting.add_argument("--name", metavar="NAME", help="the videos of this collection (default: all)")
    exporting.add_argument(
        "--ids",
        choices=("number", "text"),
        default="number",
        help="text: ids that no reader rounds, in .csv with id_ before the digits (default: number)",
    )
    exporting.add_argument(
        "--guard",
        action="store_true",
        help="in .csv, put an apostrophe before what a spreadsheet would take for a formula",
    )
    exporting.epilog += (
        "\n\nA .csv is UTF-8. Open it in Excel with Data > From Text/CSV, as 65001: Unicode (UTF-8).\n"
        "With --ids text, ids keep all their digits there."
    )


def _add_expression(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "expression",
        metavar="EXPR",
        help="an expression, a query or a request in JSON, a curl command, @FILE to read one from a file, - to read "
        "standard input; "
        "hashtag_name in @LIST takes values from a file, one a line",
    )
    _add_between(command)
    command.add_argument(
        "--days",
        type=_number(1, MAX_DAYS),
        metavar="N",
        help="days a request, 1 to 31 (default: 31, the most there may be)",
    )
    command.add_argument(
        "--wider",
        action="store_true",
        help="one wider query in place of several: fewer calls where videos are rare; what else it finds is left out",
    )
    command.add_argument(
        "--max-count", type=_number(1, MAX_COUNT), metavar="N", help="videos an answer, 1 to 100 (default: 100)"
    )
    command.add_argument(
        "--random",
        dest="is_random",
        action=argparse.BooleanOptionalAction,
        help="one page of videos in random order from each window (default: all, the newest first)",
    )
    command.add_argument(
        "--draws", type=_number(1, DAILY_CALLS), metavar="N", help="with --random: pages a window (default: 1)"
    )


def _add_between(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--between",
        nargs=2,
        type=_day,
        metavar=("FIRST", "LAST"),
        help="the first and the last day (UTC), as YYYYMMDD, YYYY-MM-DD, today or yesterday",
    )


#: The days that have a word.
_DAYS: Final = ("today", "yesterday")


def _day(text: str) -> date | str:
    """A day as text; `today` and `yesterday` become days, in UTC."""
    if text not in _DAYS:
        meant = suggestions.nearest(text.lower(), _DAYS)
        if meant is not None:
            raise Failure(f"{shown(text)} is not a day; the nearest word is {meant!r}")
        return text
    today = utc_now().date()
    return today if text == "today" else today - timedelta(days=1)


def _add_sandbox(commands: Any) -> None:
    serving = _command(commands, "sandbox", _sandbox, "serve made-up videos as the API would, on this computer alone")
    serving.add_argument(
        "--port", type=_number(0, 65_535), default=0, metavar="P", help="the port (default: any that is free)"
    )
    serving.add_argument(
        "--videos", type=_number(0, 5_000_000), default=100_000, metavar="N", help="how many (default: 100000)"
    )
    serving.add_argument(
        "--between",
        nargs=2,
        type=_day,
        metavar=("FIRST", "LAST"),
        help="the days of the videos, today or yesterday too (default: January 2023)",
    )
    serving.add_argument("--corpus", metavar="FILE.jsonl", help="videos of your own instead, one in JSON a line")
    serving.add_argument("--quota", type=_number(0), metavar="N", help="calls a UTC day (default: no end)")
    serving.add_argument("--latency", type=_seconds, default=0.0, metavar="S", help="seconds before each answer")
    serving.add_argument(
        "--faults",
        nargs="+",
        default=[],
        metavar="FAULT",
        help="what goes wrong: a kind of fault, then its options if it has any, as in rate-limit:at=3,times=2",
    )
    serving.epilog += (
        "\n\nThe URL is printed first, and then what to set so that other programs use it. In another terminal:\n"
        "  export TIKTOK_API_URL=http://127.0.0.1:8000 TIKTOK_ACCESS_TOKEN=any\n"
        "  querydsl collect 'hashtag_name == \"cat\"' --between 20230101 20230331 --into practice.db"
    )


def _valid(problems_of: Callable[[str], Sequence[Problem]]) -> Callable[[str], str]:
    """A reader for the text of an option that a rule of the documentation checks."""

    def valid(text: str) -> str:
        problems = [problem for problem in problems_of(text) if problem.severity == "error"]
        if problems:
            more = f" (and {count(len(problems) - 1, 'other problem')})" if len(problems) > 1 else ""
            raise argparse.ArgumentTypeError(f"{problems[0]}{more}")
        return text

    return valid


def _seconds(text: str) -> float:
    """Read the number of seconds of an option."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 3_600:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number of seconds from 0 to 3600")
    return value


def _number(least: int, most: int | None = None) -> Callable[[str], int]:
    """A reader for the whole number of an option."""

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


# These need the network and a database; the other commands load none of it


def _collect(arguments: argparse.Namespace) -> int:
    from .sending import collect_plan  # noqa: PLC0415  # heavy

    return collect_plan(arguments)


def _estimate(arguments: argparse.Namespace) -> int:
    from .sending import estimate_plan  # noqa: PLC0415  # heavy

    return estimate_plan(arguments)


def _export(arguments: argparse.Namespace) -> int:
    from .keeping import export_file  # noqa: PLC0415  # heavy

    return export_file(arguments)


def _report(arguments: argparse.Namespace) -> int:
    from .keeping import report_file  # noqa: PLC0415  # heavy

    return report_file(arguments)


def _status(arguments: argparse.Namespace) -> int:
    from .keeping import show_status  # noqa: PLC0415  # heavy

    return show_status(arguments)


def _sandbox(arguments: argparse.Namespace) -> int:
    from .serving import serve_sandbox  # noqa: PLC0415  # heavy

    return serve_sandbox(arguments)
