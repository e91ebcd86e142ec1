"""Shell completion in a real bash, with the tab key."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from querydsl.cli.arguments import parser
from querydsl.cli.completion import answer_shell, expression_words, field_lists
from querydsl.tables import ALL_FIELDS, LENGTHS

if sys.platform == "win32" or shutil.which("bash") is None:
    pytest.skip("no bash", allow_module_level=True)
pytest.importorskip("argcomplete")

import pty

#: Ctrl-T prints the current line and marks its end.
SETUP = """
bind 'set enable-bracketed-paste off'; bind 'set show-all-if-ambiguous on'; PS1=
bind -x '"\\C-t": printf "\\n<<%s>>" "$READLINE_LINE"'
eval "$(register-python-argcomplete querydsl)"
"""


class Bash:
    """A bash on a terminal."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        (folder / "setup.sh").write_text(SETUP)
        ours, theirs = pty.openpty()
        self._terminal = ours
        self._process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            cwd=folder,
            env=environment | {"TERM": "dumb", "COLUMNS": "500"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._write("source ./setup.sh; rm setup.sh\n")

    def _write(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def completed(self, line: str) -> str:
        """The line after pressing tab."""
        self._write(f"{line}\t\x14")
        shown = b""
        while b">>" not in shown:
            shown += os.read(self._terminal, 4096)
        self._write("\x15")
        return shown.decode().rpartition("<<")[2].rpartition(">>")[0]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)


@pytest.fixture
def bash(tmp_path, environment):
    found = Bash(tmp_path, environment)
    yield found
    found.close()


def test_a_real_bash_completes_every_kind_of_argument(bash, tmp_path):
    for name in ("cats.db", "cats.json", "tags.txt"):
        (tmp_path / name).touch()
    cases = {
        "querydsl comp": "querydsl compile ",
        "querydsl compile --betw": "querydsl compile --between ",
        "querydsl compile x --to py": "querydsl compile x --to python ",
        "querydsl compile x --between yes": "querydsl compile x --between yesterday ",
        "querydsl compile x --fields id,create_t": "querydsl compile x --fields id,create_time ",
        'querydsl explain \'keyword == "cat" and hash': 'querydsl explain \'keyword == "cat" and hashtag_name ',
        "querydsl explain 'region_code in (\"J": "querydsl explain 'region_code in (\"J",
        "querydsl explain 'region_code == \"DE": "querydsl explain 'region_code == \"DE\"' ",
        'querydsl explain \'Length == "SHORT" & Use': 'querydsl explain \'Length == "SHORT" & Username',
        "querydsl explain 'hashtag_name in @tag": "querydsl explain 'hashtag_name in @tags.txt' ",
        "querydsl compile @tag": "querydsl compile @tags.txt ",
        "querydsl status c": "querydsl status cats.db ",
        "querydsl check cats.j": "querydsl check cats.json ",
        "querydsl status cats.db --format j": "querydsl status cats.db --format json ",
    }
    assert {line: bash.completed(line) for line in cases} == cases


class TestWords:
    def test_field_names_are_completed_after_commas_and_only_once(self):
        assert field_lists("") == [*ALL_FIELDS]
        assert field_lists("id,view_count,") == [
            f"id,view_count,{one}" for one in ALL_FIELDS[1:] if one != "view_count"
        ]
        assert field_lists("idd") == []

    def test_values_are_those_of_the_last_field(self):
        begun = 'region_code == "US" and video_length in ("SHORT", "'
        assert expression_words(begun) == [f'{begun}{length}"' for length in LENGTHS]

    @pytest.mark.parametrize("begun", ['keyword == "J', '"', "(nothing"])
    def test_an_unknown_field_has_no_completions(self, begun):
        assert expression_words(begun) == []


class TestWithoutTheExtra:
    def test_a_line_that_is_being_written_is_not_run(self, monkeypatch):
        monkeypatch.setenv("_ARGCOMPLETE", "1")
        monkeypatch.setitem(sys.modules, "argcomplete", None)
        with pytest.raises(SystemExit):
            answer_shell(parser())

    def test_a_command_that_no_shell_completes_is_run(self, monkeypatch):
        monkeypatch.delenv("_ARGCOMPLETE", raising=False)
        assert answer_shell(parser()) is None
