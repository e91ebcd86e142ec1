"""What the package contains besides code: how to cite it, and the pre-commit hook."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from querydsl.version import RELEASED, __version__

ROOT = Path(__file__).parent.parent
HOOK = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")


def member(text: str, key: str) -> str:
    """The value of a key that stands on one line of a YAML text."""
    found = re.search(rf"^[- ] ?{key}: (.*)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_citation_is_of_this_version():
    assert f"\nversion: {__version__}\ndate-released: {RELEASED}\n" in (ROOT / "CITATION.cff").read_text(
        encoding="utf-8"
    )
    assert f"\n## {__version__} - {RELEASED}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


class TestTheHook:
    @pytest.mark.parametrize(
        ("path", "taken"),
        [
            ("requests/cats.json", True),
            ("study/queries/2023/dogs.json", True),
            ("query.json", True),
            ("study/request-cats.json", True),
            ("package.json", False),
            ("data/prequery.json", False),
        ],
    )
    def test_takes_the_files_that_are_called_requests_or_queries(self, path, taken):
        assert bool(re.search(member(HOOK, "files"), path)) is taken

    @pytest.mark.parametrize(("file", "status"), [("animals.json", 0), ("mistakes.json", 1)])
    def test_fails_the_commit_for_a_wrong_request(self, environment, tmp_path, file, status):
        shutil.copy(ROOT / "docs" / "examples" / file, tmp_path)
        command = [*shlex.split(member(HOOK, "entry")), file]
        done = subprocess.run(command, check=False, cwd=tmp_path, env=environment, capture_output=True)
        assert done.returncode == status
