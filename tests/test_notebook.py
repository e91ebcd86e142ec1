"""The notebook among the examples: it runs from its first cell to its last, and shows what it speaks of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "examples" / "tour.ipynb"

#: Jupyter runs it in a process of its own, with a kernel that is a third.
_RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """What each cell of code shows, by its first line."""
    folder = tmp_path_factory.mktemp("notebook")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", _RUN, str(NOTEBOOK), "run.ipynb"]
    subprocess.run(command, check=True, cwd=folder, env=environment, capture_output=True)
    assert (folder / "tour.html").exists()
    cells = json.loads((folder / "run.ipynb").read_text(encoding="utf-8"))["cells"]
    return {cell["source"][0].strip(): cell["outputs"] for cell in cells if cell["cell_type"] == "code"}


def test_it_is_kept_without_outputs():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert all(not cell["outputs"] for cell in cells if cell["cell_type"] == "code")


@pytest.mark.parametrize(
    ("first_line", "shown"),
    [
        ("plan[0]", "<pre><code>POST https://"),
        (
            'selection = select("id", "create_time", "username", "hashtag_names", "like_count").where(wanted)',
            "20230201",
        ),
        ("document = {", "region_code"),
        ('store = Store("tour.db")', "days done"),
        ("with serve(App(", "new videos"),
    ],
)
def test_its_values_are_shown_as_html(outputs, first_line, shown):
    [found] = [output for line, output in outputs.items() if line.startswith(first_line)]
    assert shown in "".join(found[-1]["data"]["text/html"])


def test_no_cell_fails_or_warns(outputs):
    assert [output for found in outputs.values() for output in found if output["output_type"] == "error"] == []
    streams = [output for found in outputs.values() for output in found if output["output_type"] == "stream"]
    assert {output["name"] for output in streams} == {"stdout"}
