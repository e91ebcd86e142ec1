"""The progress of a collection: a value with a text, and how to show it in a terminal and in a notebook."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

import attrs

from ..tables import DAILY_CALLS

#: The width of a terminal that does not tell it.
_COLUMNS: Final = 100


@attrs.frozen
class Progress:
    """The progress of a collection, before the first call and after each page. Its text is one line.

    >>> print(Progress(3, 12, 93, 365, 1234, 40, days_before=31, videos_before=500, share=0.3, seconds=60))
    3/12 searches, 93/365 days (31 before), 1,234 videos (500 before), 40/1,000 calls, 2:20 left
    """

    #: Searches that this run has done, and all known searches that it has to do; each takes at least one call.
    searches_done: int
    searches: int
    #: The days of the plan that are in the file, and all of them.
    days_done: int
    days: int
    #: Videos of the plan that the file has.
    videos: int
    #: Calls that the client has made in this run, including failed ones.
    calls: int
    #: Calls that this run may make: a day's quota, or the rest of the client's `max_calls`.
    quota: int = attrs.field(default=DAILY_CALLS, eq=False)
    #: Days of the plan that were in the file before this run, and their videos.
    days_before: int = attrs.field(default=0, eq=False)
    videos_before: int = attrs.field(default=0, eq=False)
    #: The share of the plan that is in the file, now and before this run, from 0 to 1. A window of many pages counts as
    #: far as its pages reach.
    share: float = attrs.field(default=0.0, eq=False)
    share_before: float = attrs.field(default=0.0, eq=False)
    #: The seconds since this run began.
    seconds: float = attrs.field(default=0.0, eq=False)

    @property
    def calls_left(self) -> int:
        """The number of calls that it still takes, at least."""
        return self.searches - self.searches_done

    @property
    def seconds_left(self) -> float | None:
        """The seconds that it still takes, at the speed of this run; None while that is unknown."""
        if self.share >= 1.0:
            return 0.0
        gained = self.share - self.share_before
        return self.seconds * (1.0 - self.share) / gained if gained > 0 and self.seconds > 0 else None

    def __str__(self) -> str:
        parts = [
            f"{self.searches_done:,}/{_counted(self.searches, 'search', 'searches')}",
            f"{self.days_done:,}/{_counted(self.days, 'day')}{_before(self.days_before)}",
            f"{_counted(self.videos, 'video')}{_before(self.videos_before)}",
            f"{self.calls:,}/{_counted(self.quota, 'call')}",
        ]
        left = self.seconds_left
        return ", ".join([*parts, *([] if not left else [f"{_clock(left)} left"])])


def _counted(number: int, noun: str, several: str | None = None) -> str:
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def _before(number: int) -> str:
    return f" ({number:,} before)" if number else ""


def _clock(seconds: float) -> str:
    """Seconds in the form of a clock.

    >>> _clock(5), _clock(125.4), _clock(7384)
    ('0:05', '2:05', '2:03:04')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], object]]:
    """Show the progress of a collection while the block runs: pass the yielded function as `progress`.

    With the extra `cli` it is a bar, in a terminal and in a notebook; without it, a line that rewrites itself. If
    standard error is neither of them, nothing is shown.

    >>> import tempfile
    >>> from querydsl import Client, Region, collect, select
    >>> from querydsl.sandbox import App, corpus, serve
    >>> plan = select().where(Region == "JP").between("20230101", "20230331").plan()
    >>> with serve(App(corpus(1000))) as url, Client("any", base_url=url) as client:
    ...     with tempfile.TemporaryDirectory() as folder, progress_bar() as progress:
    ...         summary = collect(plan, f"{folder}/japan.db", client=client, progress=progress)
    >>> summary.finished
    True
    """
    is_notebook = _is_notebook()
    if not is_notebook and (sys.stderr is None or not sys.stderr.isatty()):
        yield lambda _: None
        return
    bar = _rich_bar(is_notebook)
    with bar if bar is not None else _line(sys.stderr, is_notebook) as show:
        yield show


def _is_notebook() -> bool:
    """Whether output appears in a notebook."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def _rich_bar(is_notebook: bool) -> Any:
    """A bar of the library rich; None if it cannot be shown."""
    try:
        from rich.console import Console  # noqa: PLC0415  # an extra
        from rich.progress import BarColumn, TextColumn  # noqa: PLC0415  # an extra
        from rich.progress import Progress as Bar  # noqa: PLC0415  # an extra

        if is_notebook:
            importlib.import_module("ipywidgets")  # rich shows changes with it
    except ImportError:
        return None
    console = Console() if is_notebook else Console(stderr=True)
    text = TextColumn("{task.description}", markup=False)
    return _shown(Bar(BarColumn(20), text, console=console, transient=not is_notebook), is_notebook)


@contextmanager
def _shown(bar: Any, is_notebook: bool) -> Iterator[Callable[[Progress], object]]:
    with bar:
        task = bar.add_task("", total=1.0)
        yield lambda progress: bar.update(
            task, completed=progress.share, description=str(progress), refresh=is_notebook
        )  # otherwise a notebook does not show the last state


@contextmanager
def _line(stream: TextIO, is_notebook: bool) -> Iterator[Callable[[Progress], object]]:
    """A line that rewrites itself; other output starts at its beginning."""
    columns = _COLUMNS if is_notebook else shutil.get_terminal_size((_COLUMNS, 24)).columns - 1
    written = ""

    def write(text: str) -> None:
        nonlocal written
        stream.write(f"{text.ljust(len(written))}\r")
        stream.flush()
        written = text

    try:
        yield lambda progress: write(_fitting(str(progress), columns))
    finally:
        write(written if is_notebook else "")


def _fitting(text: str, columns: int) -> str:
    return text if len(text) <= columns else f"{text[: max(0, columns - 1)]}…"
