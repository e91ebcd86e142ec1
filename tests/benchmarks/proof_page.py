"""The page of `tests.benchmarks.proof`: its figures as tables, and as pictures."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import attrs
import matplotlib as mpl
from matplotlib.figure import Figure


class Killed(NamedTuple):
    """How often a client was killed, and the calls of all its runs; whether it had all before it was left alone."""

    kills: int
    calls: int
    got_on: bool


class Job(NamedTuple):
    """The calls that a job takes."""

    name: str
    least: int
    exact: int
    wider: int
    by_hand: int


@attrs.frozen
class Proof:
    """All figures of a run."""

    day: date
    machine: str
    #: Microseconds, by contestant.
    building: Mapping[str, float]
    #: Microseconds, and mistakes found.
    checking: Mapping[str, tuple[float, int]]
    #: Milliseconds a page.
    collecting: Mapping[str, float]
    killed: Mapping[str, Killed]
    jobs: Sequence[Job]
    mistakes: int
    pages: int
    videos: int


def files(proof: Proof) -> dict[str, str]:
    """The page and its pictures, by name."""
    return {
        "proof.md": "\n".join(_page(proof)),
        "proof-time.svg": _picture(
            ("Build a request: µs", proof.building),
            ("Check a query: µs", {name: time for name, (time, _) in proof.checking.items()}),
            ("Collect a page of 100 videos: ms of CPU", proof.collecting),
        ),
        "proof-calls.svg": _picture(
            (
                f"{proof.pages} pages, killed again and again: calls",
                {"limit": float(proof.pages)} | {name: float(one.calls) for name, one in proof.killed.items()},
            ),
            (
                "Six jobs together: calls",
                {
                    "limit": float(sum(job.least for job in proof.jobs)),
                    "querydsl, wider": float(sum(job.wider for job in proof.jobs)),
                    "querydsl, exact": float(sum(job.exact for job in proof.jobs)),
                    "by hand": float(sum(job.by_hand for job in proof.jobs)),
                },
            ),
        ),
    }


def _page(proof: Proof) -> Iterator[str]:
    yield "# How fast is it, and how sure?"
    yield ""
    yield "This page measures querydsl beside two published clients, a bare loop, and the limits that nobody can pass."
    yield "`python -m tests.benchmarks.proof`, in a checkout with the extras `bench` and `report`, writes it."
    yield ""
    yield f"Measured in one run, on {proof.day:%d %B %Y}, on: {proof.machine}."
    yield ""
    yield "![Bars: what it takes to build, check and collect](proof-time.svg)"
    yield ""
    yield "Times are CPU time, the least of several rounds in which all take turns. Other programs on the machine make"
    yield "a figure a few per cent higher or lower."
    yield ""
    yield "## Build"
    yield ""
    yield "The vendor's example, from code to JSON. querydsl checks every value meanwhile; the others do not."
    yield ""
    yield from _table(("", "µs"), ((name, f"{time:.1f}") for name, time in proof.building.items()))
    yield "## Check"
    yield ""
    yield f"The same query, which is right; and {proof.mistakes} copies with a mistake each, such as a country that is"
    yield "no region code. `tiktok_research_api_helper` checks no documents."
    yield ""
    yield from _table(
        ("", "µs", f"Mistakes found, of {proof.mistakes}"),
        ((name, f"{time:.1f}", str(found)) for name, (time, found) in proof.checking.items()),
    )
    yield "## Collect"
    yield ""
    yield "A page of 100 videos with 14 fields, received from a server on the same machine. The bare loop is ten"
    yield "lines that keep each video's JSON in SQLite, and nothing else: no checks, no retries, no columns."
    yield "`researchtikpy` and `Client.videos` keep nothing."
    yield ""
    yield from _table(("", "ms of CPU a page"), ((name, f"{time:.2f}") for name, time in proof.collecting.items()))
    yield "## Resume"
    yield ""
    yield f"A search of {proof.pages} pages. The client is killed (SIGKILL) after each fifth of these calls, and run"
    yield "again, until it has all. One that begins at the first page again never gets there: after eight kills it is"
    yield "left alone."
    yield ""
    yield "![Bars: calls when killed, and calls of six jobs](proof-calls.svg)"
    yield ""
    yield from _table(
        ("", "Kills survived", "Calls in all"),
        (
            (name, f"{one.kills}, and it had all" if one.got_on else "none: each run began anew", f"{one.calls:,}")
            for name, one in proof.killed.items()
        ),
    )
    yield "## Six jobs"
    yield ""
    yield f"Calls to a sandbox with {proof.videos:,} videos of one year; [wider queries](wider.md) explains the jobs."
    yield "The limit is a call for every 100 videos that are meant, and for each window of 31 days that holds any."
    yield "By hand is a query for each alternative, as it is written with any other client, for none of them plans."
    yield ""
    yield from _table(
        ("Job", "Limit", "Exact", "Wider", "By hand"),
        ((job.name, *(f"{calls:,}" for calls in job[1:])) for job in proof.jobs),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---|" + "--:|" * (len(head) - 1)
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


#: Ours, the limits, and all others (Okabe and Ito).
_OURS, _LIMIT, _OTHERS = "#0072b2", "#8c8c8c", "#e69f00"


def _picture(*panels: tuple[str, Mapping[str, float]]) -> str:
    """Panels of bars below each other, as SVG."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "querydsl", "font.size": 9}):
        heights = [len(bars) + 1 for _, bars in panels]
        figure = Figure(figsize=(8, 0.32 * sum(heights)), layout="constrained")
        for axes, (title, bars) in zip(
            figure.subplots(len(panels), 1, gridspec_kw={"height_ratios": heights}), panels, strict=True
        ):
            drawn = axes.barh([*bars][::-1], [*bars.values()][::-1], color=[*map(_colour, bars)][::-1])
            axes.bar_label(drawn, fmt=lambda value: f" {value:,.0f}" if value >= 100 else f" {value:.3g}")
            axes.set_title(title, loc="left", fontsize=9, fontweight="bold")
            axes.spines[["top", "right", "bottom"]].set_visible(False)
            axes.set_xticks([])
            axes.margins(x=0.15)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def _colour(name: str) -> str:
    return _LIMIT if name.startswith("limit") else _OURS if name.startswith("querydsl") else _OTHERS
