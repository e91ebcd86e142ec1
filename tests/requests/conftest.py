"""A shell whose curl only prints its input."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import pytest

SECRET = "clt.secret $(id) `id` 'x'"


@pytest.fixture(scope="session")
def shell(tmp_path_factory) -> Callable[..., tuple[list[str], str]]:
    """Run a command with a curl that only prints its arguments and its standard input."""
    folder = tmp_path_factory.mktemp("bin")
    fake = folder / "curl"
    fake.write_text('#!/bin/sh\nprintf \'%s\\0\' "$#" "$@"\ncat\n')
    fake.chmod(0o755)

    def run(command: str, program: str = "sh") -> tuple[list[str], str]:
        script = folder / "script"
        script.write_text(command + "\n")
        done = subprocess.run(
            [program, str(script)],
            env={
                "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
                "TIKTOK_ACCESS_TOKEN": SECRET,
                "LC_ALL": "C.UTF-8",
            },
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
        )
        assert done.stderr == ""
        count, *told = done.stdout.split("\0")
        return told[: int(count)], told[-1]

    return run
