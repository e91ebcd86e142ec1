"""The commands that send and keep: they need the network and a database, which the others do not."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ..client.client import Client
from ..client.tokens import Credentials
from ..collecting.collect import Progress, Summary, collect
from ..collecting.store import Store
from ..errors import AccessTokenInvalid, NetworkError, RateLimitExceeded, ServerError
from ..planning.plan import Plan
from ..sandbox import App, serve
from ..sandbox.corpus import calendar
from ..videos import SHOWN, cells
from .compiling import Given, plan_of
from .terminal import Failure, count, printable, put, say

#: Videos shown at the end of a collection, and characters of a cell.
_SHOWN: Final = 5
_WIDTH: Final = 50

#: Seconds between two lines about progress, where there is no terminal.
_EVERY: Final = 10.0


def collect_plan(arguments: argparse.Namespace) -> int:
    """Run a plan into a file, and say what it came to."""
    plan = plan_of(Given.read(arguments.expression), arguments)
    into = arguments.into
    options = {
        "attempts": arguments.attempts,
        "max_calls": arguments.max_calls,
        "on_quota": "wait" if arguments.wait else "raise",
    }
    try:
        with _heard(), _client(plan, arguments.sandbox, options) as client, _meter() as meter:
            summary = collect(plan, into, client=client, workers=arguments.workers, progress=meter)
    except KeyboardInterrupt:
        say(f"querydsl: interrupted: {_GO_ON.format(into)}" if Path(into).exists() else "querydsl: interrupted")
        return 130
    except _PASSING as failure:
        raise Failure(f"{failure}\n{_GO_ON.format(into)}") from None
    put(_said(into, summary))
    with Store(into) as store:
        newest = store.newest(_SHOWN, plan)
    if newest:
        put("")
        for line in _table([SHOWN, *map(cells, newest)]):
            put(line)
    if not summary.finished:
        say(f"querydsl: stopped after {count(summary.calls, 'call')}, as --max-calls says; {_GO_ON.format(into)}")
    return 0 if summary.finished else 1


_GO_ON: Final = "{} has what came so far, and the same command goes on from there"

#: What may be otherwise at another time.
_PASSING: Final = (AccessTokenInvalid, NetworkError, RateLimitExceeded, ServerError)


class _Said(logging.Handler):
    """Says what the client logs: why it waits, and what it tries again."""

    def emit(self, record: logging.LogRecord) -> None:
        say(f"querydsl: {record.getMessage()}")


@contextmanager
def _heard() -> Iterator[None]:
    log = logging.getLogger("querydsl")
    handler, level = _Said(), log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


@contextmanager
def _client(plan: Plan, sandbox: bool, options: dict[str, Any]) -> Iterator[Client]:
    if not sandbox:
        with Client.from_env(**options) as client:
            yield client
        return
    app = App(calendar(plan.start_date, plan.end_date))
    anybody = Credentials("sandbox", "sandbox")
    with (
        serve(app) as url,
        # nobody has to wait for a server of one's own
        Client(credentials=anybody, base_url=url, sleep=lambda _: None, **options) as client,
    ):
        yield client


def _said(into: str, summary: Summary) -> str:
    found = f"{count(summary.videos, 'video')} found by {count(summary.requests, 'request')}"
    return f"{into}: {found}, {summary.new_videos:,} of them new; {count(summary.calls, 'call')}"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows under a head as lines, without the columns that are empty."""
    short = [[printable(cell.replace("\n", " ").replace("\r", " "))[:_WIDTH] for cell in row] for row in rows]
    columns = [column for column in zip(*short, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in zip(*columns, strict=True)
    ]


class _Lines:
    """Progress as a plain line now and then."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _EVERY

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            say(f"{progress.requests_done:,} of {count(progress.requests, 'request')} done, {_so_far(progress)}")


def _so_far(progress: Progress) -> str:
    return f"{count(progress.videos, 'video')} so far, {count(progress.calls, 'call')}"


@contextmanager
def _meter() -> Iterator[Any]:
    """What shows progress: a bar on a terminal, with the extra `cli`; lines otherwise."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield _Lines()
        return
    try:
        from rich.console import Console  # noqa: PLC0415  # an extra
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415  # an extra
        from rich.progress import Progress as Bar  # noqa: PLC0415  # an extra
    except ImportError:
        yield _Lines()
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("requests", total=None)

        def show(progress: Progress) -> None:
            bar.update(
                task,
                total=progress.requests,
                completed=progress.requests_done,
                description=f"requests, {_so_far(progress)}",
            )

        yield show


def export_file(arguments: argparse.Namespace) -> int:
    """Write the videos of a file as another."""
    with Store(arguments.file) as store:
        written = store.export(arguments.out)
    put(f"{arguments.out}: {count(written, 'video')}")
    return 0
