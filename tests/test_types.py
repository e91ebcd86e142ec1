"""How mypy judges code that uses querydsl. Correct code, and the kinds of errors, are in typechecks.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """A function that returns mypy's output for a file, or a program, in strict mode."""
    folder = tmp_path_factory.mktemp("mypy")

    def mypy(program: str | Path) -> str:
        path = program if isinstance(program, Path) else folder / "program.py"
        if isinstance(program, str):
            path.write_text(program)
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), str(path)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout

    return mypy


def test_the_public_types_are_as_pinned(mypy):
    assert mypy(ROOT / "tests" / "typechecks.py") == "Success: no issues found in 1 source file\n"


def test_a_wrong_value_is_named_with_those_that_are_right(mypy):
    printed = mypy("from querydsl import Length\nLength.eq('SHRT')")
    assert 'Argument 1 to "eq" of "Field" has incompatible type "Literal[\'SHRT\']"' in printed
    assert "expected \"Literal['SHORT', 'MID', 'LONG', 'EXTRA_LONG']\"" in printed


def test_a_comparison_with_a_wrong_value_is_not_an_expression(mypy):
    printed = mypy("from querydsl import Region, select\nselect().where(Region == 'UK')")
    assert 'Argument 1 to "where" of "Selection" has incompatible type "bool"; expected "Expression"' in printed
