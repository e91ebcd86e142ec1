"""Runs every example in README.md and docs/ as a test: Python by doctest, a console block by a shell, R by Rscript."""

from __future__ import annotations

import doctest
import functools
import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parent

#: The sources that this script reads are in an extra.
collect_ignore = [] if find_spec("pycountry") and find_spec("babel") else ["docs/generate_regions.py"]

# longer than any example takes, also on a busy machine
settings.register_profile("querydsl", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=10_000)
settings.load_profile("querydsl")


def pytest_collection_finish() -> None:
    """Keep the ten thousand tests out of each full round of the garbage collector, which takes tenths of a second."""
    gc.freeze()


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The environment of a user who has installed the package: its command is on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}


# The examples in Markdown

#: Between the outputs of two commands.
_BOUNDARY = "\x1e"


def session(block: str) -> list[tuple[str, str]]:
    """The commands of a console block (`$` before each, `>` before continuation lines), with their output."""
    steps: list[tuple[list[str], list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append(([line[2:]], []))
        elif line.startswith("> ") and not steps[-1][1]:
            steps[-1][0].append(line[2:])
        else:
            steps[-1][1].append(line)
    return [("\n".join(command), "\n".join(printed).strip()) for command, printed in steps]


def run_session(commands: list[str], directory: Path, environment: dict[str, str]) -> list[str]:
    """The output of each command, on both streams together, as in a terminal."""
    script = "exec 2>&1\n" + "".join(
        f"{command}\nstatus=$?; printf '{_BOUNDARY}'; (exit $status)\n" for command in commands
    )
    done = subprocess.run(
        ["sh", "-c", script],
        check=False,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    return [printed.strip() for printed in done.stdout.decode().split(_BOUNDARY)[:-1]]


def _is_as_said(printed: str, expected: str) -> bool:
    """Whether the output is as expected; a `…` in the expected text stands for anything on its line, such as a time."""
    return re.fullmatch(".*".join(map(re.escape, expected.split("…"))), printed) is not None


def _evaluate_console(example: Example) -> str | None:
    steps = session(example.parsed)
    namespace = example.namespace
    actual = run_session([command for command, _ in steps], Path(namespace["directory"]), namespace["environment"])
    wrong = [
        f"$ {command}\nexpected:\n{expected}\nprinted:\n{printed}"
        for (command, expected), printed in zip(steps, actual, strict=True)
        if not _is_as_said(printed, expected)
    ]
    return "\n\n".join(wrong) or None


def r_session(block: str) -> tuple[str, str]:
    """The code of an R block, and its output: the lines after `#>`, without blanks at their ends."""
    lines = block.splitlines()
    code = "\n".join(line for line in lines if not line.startswith("#>"))
    printed = "\n".join(line[2:].removeprefix(" ").rstrip() for line in lines if line.startswith("#>"))
    return code, printed


@functools.cache
def r_has(package: str) -> bool:
    """Whether R is here, with this package."""
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", f"library({package})"], capture_output=True, check=False).returncode == 0


def _evaluate_r(example: Example) -> str | None:
    code, expected = r_session(example.parsed)
    namespace = example.namespace
    before = namespace.get("r", "")
    namespace["r"] = f"{before}\n{code}"
    used = ("".join(names) for names in re.findall(r"library\((\w+)\)|(\w+)::", namespace["r"]))
    missing = [package for package in ("base", *used) if not r_has(package)]
    if missing:
        pytest.skip(f"R with {missing[0]} is not installed")
    script = f"sink(nullfile())\n{before}\nsink()\n{code}"  # the blocks of a page are one session
    done = subprocess.run(
        ["Rscript", "-e", script], check=False, cwd=namespace["directory"], capture_output=True, encoding="utf-8"
    )
    printed = "\n".join(line.rstrip() for line in done.stdout.splitlines())
    return None if printed == expected else f"{code}\nexpected:\n{expected}\nprinted:\n{printed}\n{done.stderr}"


def _begin_page(namespace: dict[str, Any]) -> None:
    namespace["directory"] = tempfile.mkdtemp()
    namespace["origin"] = os.getcwd()
    for place in (
        "",
        "docs/examples",
    ):  # for pages, and for the README at the root
        shutil.copytree(ROOT / "docs" / "examples", Path(namespace["directory"], place), dirs_exist_ok=True)
    os.chdir(namespace["directory"])  # Python examples write files too


def _end_page(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["origin"])
    shutil.rmtree(namespace["directory"])


pytest_collect_file = Sybil(
    parsers=[
        SkipParser(),
        PythonCodeBlockParser(doctest_optionflags=doctest.NORMALIZE_WHITESPACE),
        CodeBlockParser("console", _evaluate_console),
        CodeBlockParser("r", _evaluate_r),
    ],
    patterns=["README.md", "docs/**/*.md", "docs/*.md"],
    setup=_begin_page,
    teardown=_end_page,
    fixtures=["environment"],
).pytest()
