"""The cost of a number of videos in time, disk and memory: `python -m tests.benchmarks.scale 100000`.

Each step runs in a process of its own, and so does the sandbox, because a process starts with its parent's peak of
memory.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DAYS = ("20230101", "20231231")
PEAK = "\nimport resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"  # KiB, on Linux
COLLECT = """
from querydsl import Client, Region, collect, select
plan = select().where(Region != "AQ").between(*{days!r}).plan()
with Client("any-token", base_url={url!r}) as client:
    collect(plan, "videos.db", client=client)
"""
WITH_STORE = """
from querydsl import Store
with Store("videos.db") as store:
    store.{call}
"""


@contextmanager
def sandbox(count: int) -> Iterator[str]:
    """The URL of a sandbox in another process."""
    command = [sys.executable, "-m", "querydsl", "sandbox", "--videos", str(count), "--between", *DAYS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def measured(code: str, folder: Path) -> tuple[float, int]:
    """The seconds that a step takes, and the peak of its memory in MB."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code + PEAK], cwd=folder, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, int(done.stdout.split()[-1]) // 1000


def report(step: str, code: str, folder: Path, written: str = "", count: int = 1) -> None:
    seconds, memory = measured(code, folder)
    size = f"{(folder / written).stat().st_size / count:8,.0f} bytes a video" if written else ""
    print(f"{step:18}{seconds:8.1f} s{memory:8,} MB  {size}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", type=int, nargs="?", default=100_000)
    count = parser.parse_args().videos
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with sandbox(count) as url:
            report("collect", COLLECT.format(url=url, days=DAYS), folder, "videos.db", count)
        for form in ("jsonl", "csv", "parquet"):
            call = f"export('videos.{form}')"
            report(f"export {form}", WITH_STORE.format(call=call), folder, f"videos.{form}", count)
        for engine in ("polars", "pandas", "pyarrow", "duckdb"):
            report(f"frame {engine}", WITH_STORE.format(call=f"frame({engine!r})"), folder)
        report("status", WITH_STORE.format(call="status()"), folder)


if __name__ == "__main__":
    main()
