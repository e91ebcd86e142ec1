"""The commands that send and keep; only these need the network and a database."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from ..client.client import Client
from ..client.tokens import Credentials
from ..collecting.collect import Summary, collect
from ..collecting.estimate import estimate
from ..collecting.progress import Progress, progress_bar
from ..errors import AccessTokenInvalid, MissingCredentials, NetworkError, RateLimitExceeded, ServerError
from ..planning.plan import Plan
from ..reading.status import causes
from ..reading.store import Store
from ..sandbox import App, serve
from ..sandbox.corpus import calendar
from ..showing import count, one_line
from ..tables import API_URL_VARIABLE, THIS_COMPUTER
from ..videos import SHOWN, cells
from .compiling import Given, plan_of, warn_of
from .keeping import spelt_out
from .terminal import Failure, put, put_lines, say, table, terminable, width

#: Videos shown at the end of a collection.
_SHOWN: Final = 5

#: Seconds between two lines of progress without a terminal.
_EVERY: Final = 10.0


def collect_plan(arguments: argparse.Namespace) -> int:
    """Run a plan into a file, and print the result."""
    given = Given.read(arguments)
    plan = plan_of(given, arguments)
    warn_of(plan, given)
    into = arguments.into
    options = {
        "attempts": arguments.attempts,
        "max_calls": arguments.max_calls,
        "on_quota": "wait" if arguments.wait else "raise",
    }
    try:
        with _heard(), terminable(), _client(plan, arguments, options) as client, _meter(into) as meter:
            summary = collect(
                plan,
                into,
                client=client,
                workers=arguments.workers,
                name=arguments.name,
                again=arguments.again,
                progress=meter,
            )
    except KeyboardInterrupt:
        say(f"querydsl: interrupted: {_GO_ON.format(into)}" if Path(into).exists() else "querydsl: interrupted")
        return 130
    except _PASSING as failure:
        raise Failure(f"{failure}\nquerydsl: {_GO_ON.format(into)}") from None
    put_lines([_said(into, summary)])
    _show_newest(into, plan, arguments.name)
    made_up = _made_up(into, summary) if client.origin == THIS_COMPUTER and not arguments.sandbox else ()
    for line in [*made_up, *_unselected(plan, summary), *_left(into, summary, arguments.max_calls)]:
        say(f"querydsl: {one_line(line)}")
    return 0 if summary.finished else 1


def estimate_plan(arguments: argparse.Namespace) -> int:
    """Print what a plan would cost."""
    plan = plan_of(Given.read(arguments), arguments)
    into = arguments.into
    try:
        with _heard(), terminable(), _client(plan, arguments, {}) as client:
            found = estimate(plan, client=client, calls=arguments.calls, into=into, name=arguments.name)
    except KeyboardInterrupt:
        say("querydsl: interrupted")
        return 130
    put_lines(str(found).splitlines())
    if into is not None and found.calls_left != found.calls:
        say(f"querydsl: {_GO_ON.format(into).replace('the same command', 'querydsl collect')}")
    return 0


def _show_newest(into: str, plan: Plan, name: str | None) -> None:
    with Store(into) as store:
        known = {one.expression: one.name for one in store.status().collections}
        newest = store.newest(_SHOWN, name or known.get(repr(plan.expression)))
    if newest:
        put("")
        for line in table([SHOWN, *map(cells, newest)], width()):
            put(line)


def _made_up(into: str, summary: Summary) -> Iterator[str]:
    """What a user who did not ask for a sandbox has to know of its videos."""
    calls = (
        ""
        if summary.calls or not summary.finished
        else "; no call was made: the file has all days that can be asked now"
    )
    yield f"{into}: the videos come from a sandbox on this computer ({API_URL_VARIABLE}), which makes them up{calls}"


def _unselected(plan: Plan, summary: Summary) -> Iterator[str]:
    """How many videos the expression does not select, and why they came."""
    if summary.unmatched:
        why = "wider queries find more" if plan.wider else "the API matches approximately"
        yield (
            f"{count(summary.unmatched, 'video')} came for which the expression does not hold, for {why}: in the file, "
            "but not counted here"
        )


def _left(into: str, summary: Summary, max_calls: int | None) -> Iterator[str]:
    """What is not done, and why; and which values are not as documented."""
    if summary.odd:
        yield f"{count(summary.odd, 'value')} not of the documented type: as it came in the column raw, else left empty"
    why = causes(summary.failed)
    for cause in why[:_FAILURES]:
        yield f"{spelt_out(cause.days)} failed: {cause.error}"
    if len(why) > _FAILURES:
        yield f"and {len(why) - _FAILURES:,} other errors: querydsl status {into} has all"
    if summary.unsettled:
        first, last = summary.unsettled[0], summary.unsettled[-1]
        days = f"{first}" if first == last else f"{count(len(summary.unsettled), 'day')} from {first} to {last}"
        yield f"{days}: too fresh to be complete; run it again on a later day (UTC)"
    if max_calls is not None and summary.calls >= max_calls and not summary.finished:
        yield f"stopped after {count(summary.calls, 'call')}, as --max-calls says; {_GO_ON.format(into)}"
    elif not summary.finished:
        yield f"not everything came: {_GO_ON.format(into)}; querydsl status {into} says what is missing"


#: How many failures are listed.
_FAILURES: Final = 10

_GO_ON: Final = "{} has what came so far, and the same command goes on from there"

#: Errors that may pass with time.
_PASSING: Final = (AccessTokenInvalid, NetworkError, RateLimitExceeded, ServerError)


class _Said(logging.Handler):
    """Prints the log of the client: why it waits, and what it retries."""

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
def _client(plan: Plan, arguments: argparse.Namespace, options: dict[str, Any]) -> Iterator[Client]:
    if not arguments.sandbox:
        with _real_client(arguments, options) as client:
            yield client
        return
    app = App(calendar(plan.start_date, plan.end_date), seed=_seed(arguments.into))
    anybody = Credentials("sandbox", "sandbox")
    with (
        serve(app) as url,
        # a sandbox needs no long waits between attempts
        Client(credentials=anybody, base_url=url, sleep=lambda _: None, **options) as client,
    ):
        yield client


def _real_client(arguments: argparse.Namespace, options: dict[str, Any]) -> Client:
    try:
        return Client.from_env(**options)
    except MissingCredentials as refusal:
        raise Failure(f"{refusal}: {arguments.command.prog} … --sandbox") from None


def _seed(into: str | None) -> int:
    """A seed for the draws of the sandbox: the same for every new file, another one for each later run into it."""
    try:
        return 0 if into is None else Path(into).stat().st_mtime_ns
    except (OSError, ValueError):  # there is no such file yet
        return 0


def _said(into: str, summary: Summary) -> str:
    found = f"{count(summary.videos, 'video')} found by {count(summary.requests, 'request')}"
    if not summary.finished:
        found = f"{count(summary.videos, 'video')} so far, of a plan of {count(summary.requests, 'request')}"
    new = f"{summary.new_videos:,} of them new"
    if summary.new_videos > summary.videos:  # of a wider plan, the file has other videos too
        new = f"{count(summary.new_videos, 'video')} new in the file"
    return f"{into}: {found}, {new}; {count(summary.calls, 'call')}"


class _Lines:
    """Progress as a plain line from time to time."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _EVERY

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            say(str(progress))


def _beginning(into: str, progress: Progress) -> str:
    """What there is to do, as known before the first call."""
    here = f"{progress.days_done:,} of {count(progress.days, 'day')} {'is' if progress.days == 1 else 'are'} here"
    if progress.videos:
        here += f", with {count(progress.videos, 'video')}"
    to_do = f"{count(progress.searches, 'search', 'searches')} to do, in {count(progress.calls_left, 'call')} at least"
    return f"{into}: {here}; {to_do}"


@contextmanager
def _meter(into: str) -> Iterator[Callable[[Progress], object]]:
    """Shows progress after a line with what there is to do: live on a terminal; elsewhere a line from time to time."""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    with progress_bar() if is_terminal else nullcontext(_Lines()) as show:
        told = False

        def meter(progress: Progress) -> None:
            nonlocal told
            if not told:
                say(_beginning(into, progress))
                told = True
            show(progress)

        yield meter
