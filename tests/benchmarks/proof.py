"""Measure querydsl beside other clients, a bare loop and the limits, and write docs/proof.md with its pictures.

    python -m tests.benchmarks.proof [--quick] [--into FOLDER]

It takes a few minutes, and needs the extras `bench` and `report`. A time is the least of rounds that take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import attrs

from querydsl import json_schema, validate
from querydsl.moments import ordinal_of
from querydsl.planning.windows import windows
from querydsl.sandbox import serve
from querydsl.spec.value_sets import spans
from querydsl.tables import TOKEN_PATH
from querydsl.version import FILE_FORMAT, __version__
from tests import other_clients

from . import proof_page, sending, six_jobs, test_language
from .proof_page import Job, Killed, Proof

ROOT = Path(__file__).parents[2]
PEERS = ("researchtikpy", "tiktok_research_api_helper")
Call = Callable[[], object]


@attrs.frozen
class Size:
    """How much is done: more of it takes longer, and is surer."""

    rounds: int = 7
    #: How often a query is built and checked in a round.
    repeats: int = 2_000
    #: Pages of 100 videos that are collected.
    pages: int = 50
    #: Videos of a year that the six jobs are asked of.
    videos: int = 5_000


QUICK = Size(1, 20, 20, 100)
#: A client is killed at this part of the calls that it needs, and so many times at most.
PART, MOST_KILLS = 5, 8


def least(contestants: Mapping[str, Call], size: Size) -> dict[str, float]:
    """The microseconds of CPU that each takes, the least of some rounds in which they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(size.rounds):
        for name, call in contestants.items():
            start = time.process_time()
            for _ in range(size.repeats):
                call()
            taken[name].append((time.process_time() - start) / size.repeats * 1e6)
    return {name: min(times) for name, times in taken.items()}


def building(size: Size) -> dict[str, float]:
    """The vendor's example: built, checked where the client checks, and written as JSON."""
    peers = {name: getattr(test_language, name)() for name in PEERS if find_spec(name)}
    ours = {"querydsl, an expression": test_language.expression, "querydsl, a Query": test_language.query_object}
    return least({"limit: json.dumps of a dict": test_language.plain, **ours, **peers}, size)


# Checking


def _changed(place: str, value: object) -> dict[str, Any]:
    query = json.loads(json.dumps(test_language.EXAMPLE["query"]))
    query["and"][0][place] = value
    return dict(query)


#: What a check ought to find in a query.
MISTAKES: Mapping[str, dict[str, Any]] = {
    "a country that is no region code": _changed("field_values", ["UK"]),
    "a region code in small letters": _changed("field_values", ["us"]),
    "a region code as a word": _changed("field_values", "US"),
    "no values": _changed("field_values", []),
    "a field of videos that no condition has": _changed("field_name", "like_count"),
    "a field of another name": _changed("field_name", "region"),
    "an operation of another name": _changed("operation", "EQUALS"),
    "an operation that the field does not take": _changed("operation", "GT"),
    "a misspelt list": {"ands": test_language.EXAMPLE["query"]["and"]},
    "no conditions": {"and": []},
}


def checks() -> dict[str, Callable[[dict[str, Any]], object]]:
    """What checks a query: it raises, or returns problems."""
    found: dict[str, Callable[[dict[str, Any]], object]] = {"querydsl": validate}
    if find_spec("fastjsonschema"):
        import fastjsonschema  # noqa: PLC0415  # an extra

        found["our JSON Schema, as code by fastjsonschema"] = fastjsonschema.compile(json_schema("query"))
    if find_spec("researchtikpy"):
        from pydantic import TypeAdapter  # noqa: PLC0415  # an extra
        from researchtikpy.query_lang import Query  # noqa: PLC0415  # an extra

        model = TypeAdapter(Query)
        found["researchtikpy, its pydantic model"] = lambda query: model.validate_python(
            {f"{key}_" if key in ("and", "or", "not") else key: value for key, value in query.items()}
        )
    return found


def finds(check: Callable[[dict[str, Any]], Any], query: dict[str, Any]) -> bool:
    """Whether a check finds something wrong."""
    try:
        found = check(query)
    except Exception:  # each client has its own
        return True
    return isinstance(found, list) and any(problem.severity == "error" for problem in found)


def checking(size: Size) -> dict[str, tuple[float, int]]:
    """What the check of the right example takes, and how many of the mistakes it finds."""
    known = checks()
    example = test_language.EXAMPLE["query"]
    assert not any(finds(check, example) for check in known.values())
    times = least({name: lambda check=check: check(example) for name, check in known.items()}, size)  # type: ignore[misc]
    return {name: (times[name], sum(finds(check, one) for one in MISTAKES.values())) for name, check in known.items()}


# Collecting

#: What the page calls each.
NAMES = {
    "bare": "bare loop",
    "ours_collect": "querydsl, collect",
    "ours_videos": "querydsl, Client.videos",
    "researchtikpy": "researchtikpy",
    "tiktok_research_api_helper": "tiktok_research_api_helper",
}


def contestants(*left_out: str) -> list[sending.Contestant]:
    """Those that can be run here."""
    here = [one for one in (*sending.OURS, *sending.PEERS) if one.__name__ in NAMES]
    return [one for one in here if one.__name__ not in left_out and (one in sending.OURS or find_spec(one.__name__))]


def collecting(size: Size) -> dict[str, float]:
    """The milliseconds of CPU a page of 100 videos with 14 fields."""
    page = sending.Pages(1, 0, True)._page(",".join(other_clients.FIELDS), {"start_date": "20230101"})
    limit = least({"limit: json.loads": lambda: json.loads(page)}, attrs.evolve(size, repeats=50))
    known = contestants()
    with sending.server(size.pages) as url:
        taken = sending.apart(sending.cpu, url, size.pages, size.rounds, known, other_clients.FIELDS)
    times = {NAMES[one.__name__]: min(times) for one, times in zip(known, taken, strict=True)}
    return {name: microseconds / 1000 for name, microseconds in limit.items()} | times


# Killing

_RUN = """
import sys
from pathlib import Path
from querydsl import Store
from tests import other_clients
from tests.benchmarks import sending
found = getattr(sending, sys.argv[1])(sys.argv[2], Path(sys.argv[3]), other_clients.FIELDS)
if sys.argv[1] == "ours_collect":  # it says how many are new
    with Store(Path(sys.argv[3], "ours.db")) as store:
        found = len(store)
print(found)
"""


class Killer:
    """An app that kills its client when a call has been answered, and counts the calls."""

    def __init__(self, app: sending.Pages) -> None:
        self._app = app
        self.calls = 0
        #: The calls that the client has left to live; None: all.
        self.left: int | None = None
        self.victim: subprocess.Popen[str] | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        yield from self._app(environ, start_response)
        if environ["PATH_INFO"] == TOKEN_PATH:
            return
        self.calls += 1
        if self.left is not None and self.victim is not None:
            self.left -= 1
            if self.left == 0:
                self.victim.kill()


def killed(name: str, pages: int) -> Killed:
    """What it takes to get all videos when the client is killed after every fifth part of the calls it needs."""
    killer = Killer(sending.Pages(pages, 0, True))
    with serve(killer) as url, tempfile.TemporaryDirectory() as folder:
        for kills in range(MOST_KILLS + 1):
            killer.left = max(pages // PART, 1) if kills < MOST_KILLS else None
            command = [sys.executable, "-c", _RUN, name, url, folder]
            with subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            ) as process:
                killer.victim = process
                printed = process.communicate()[0]
            if process.returncode == 0:
                break
    assert printed.split()[-1] == str(pages * sending.PAGE), (name, printed)
    return Killed(kills, killer.calls, got_on=kills < MOST_KILLS)


def killing(size: Size) -> dict[str, Killed]:
    """What it takes each that a kill can hurt."""
    return {NAMES[one.__name__]: killed(one.__name__, size.pages) for one in contestants("ours_videos")}


# The six jobs


def jobs(size: Size) -> list[Job]:
    """The calls that each job takes: at the least, by ours exactly and wider, and as people send them by hand."""
    found = []
    for name, (exact, wider, by_hand) in six_jobs.rows(size.videos):
        days = spans((day, day) for day in {ordinal_of(one >> 32) for one in exact.meant})
        fewest = max(-(-len(exact.meant) // sending.PAGE), len(windows(days)) if days.spans else 0)
        found.append(Job(name, fewest, exact.calls, wider.calls, by_hand.calls))
    return found


def machine() -> str:
    """What it was measured on."""
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text(encoding="utf-8").splitlines() if cpus.exists() else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    peers = ", ".join(f"{name} {version(name)}" for name in PEERS if find_spec(name))
    ours = f"querydsl {__version__} (file format {FILE_FORMAT}), Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {platform.system()}; {ours}" + (f"; {peers}" if peers else "")


def measured(size: Size) -> Proof:
    """All figures."""
    steps: list[tuple[str, Callable[[], Any]]] = [
        ("building", lambda: building(size)),
        ("checking", lambda: checking(size)),
        ("collecting", lambda: collecting(size)),
        ("killed", lambda: killing(size)),
        ("jobs", lambda: jobs(size)),
    ]
    found = {}
    for name, step in steps:
        sys.stderr.write(f"{name} …\n")
        found[name] = step()
    return Proof(
        datetime.now(timezone.utc).date(),
        machine(),
        mistakes=len(MISTAKES),
        pages=size.pages,
        videos=size.videos,
        **found,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="measure little: to see that it runs")
    parser.add_argument("--into", type=Path, default=ROOT / "docs", metavar="FOLDER")
    options = parser.parse_args()
    proof = measured(QUICK if options.quick else Size())
    for name, text in proof_page.files(proof).items():
        (options.into / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
