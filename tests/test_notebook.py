"""The example notebook: it runs from the first cell to the last, and shows its results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "examples" / "tour.ipynb"

#: Jupyter runs it in a process of its own, with a kernel in another process. The client of this manager waits for
#: replies in zmq's own poll. That of the default one waits in asyncio, which misses some until the timeout.
_RUN = """
import sys, nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
kernel = KernelManager(kernel_name="python3")
NotebookClient(notebook, km=kernel, timeout=120, allow_errors=True).execute()
nbformat.write(notebook, sys.argv[2])
"""


def run_notebook(folder: Path, notebook: Path) -> None:
    """Run a notebook there; the result with outputs is `run.ipynb`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", _RUN, str(notebook), "run.ipynb"]
    subprocess.run(command, check=True, cwd=folder, env=environment, capture_output=True)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """What each cell of code shows, by its first line."""
    folder = tmp_path_factory.mktemp("notebook")
    run_notebook(folder, NOTEBOOK)
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
        ("api = App(", "calls"),
        ('with serve(api) as url, Client("any-token", base_url=url) as client, progress_bar()', "new videos"),
    ],
)
def test_its_values_are_shown_as_html(outputs, first_line, shown):
    [found] = [output for line, output in outputs.items() if line.startswith(first_line)]
    assert shown in "".join(found[-1]["data"]["text/html"])


#: Cells that fail, with all that a notebook shows of them.
FAILING = {
    "def code(country):\n    return Region == country\n\ncode('UK')": [
        "the cell, line 4, in <module>",
        "    code('UK')",
        "the cell, line 2, in code",
        "    return Region == country",
        "ValidationError: Region == 'UK': 'UK' is not a documented region code; the United Kingdom is 'GB'",
    ],
    "parse('region == 1')": [
        "the cell, line 1, in <module>",
        "    parse('region == 1')",
        "ParseError: 'region' is not a field; it is spelt 'region_code' (line 1, column 1)\n  region == 1\n  ^",
    ],
    "try:\n    {}['x']\nexcept KeyError:\n    Region == 'UK'": [
        "the cell, line 4, in <module>",
        "    Region == 'UK'",
        "because of KeyError: 'x'",
        "ValidationError: Region == 'UK': 'UK' is not a documented region code; the United Kingdom is 'GB'",
    ],
    "raise pickle.loads(pickle.dumps(StoreError('x.db: no')))": [
        "the cell, line 1, in <module>",
        "    raise pickle.loads(pickle.dumps(StoreError('x.db: no')))",
        "StoreError: x.db: no",
    ],
    "get_ipython().showtraceback((StoreError, StoreError('it was never raised'), None))": [
        "StoreError: it was never raised"
    ],
    "def f(n):\n    return f(n - 1) if n else Region == 'UK'\n\nf(50)": 3
    * ["the cell, line 2, in f", "    return f(n - 1) if n else Region == 'UK'"]
    + ["ValidationError: Region == 'UK': 'UK' is not a documented region code; the United Kingdom is 'GB'"],
}
NOT_OURS = "Region < 'US'"


@pytest.fixture(scope="module")
def tracebacks(tmp_path_factory):
    """What a kernel shows of each cell that fails."""
    folder = tmp_path_factory.mktemp("errors")
    sources = ["import pickle\nfrom querydsl import *", *FAILING, NOT_OURS]
    cells = [
        {"cell_type": "code", "execution_count": None, "id": f"c{n}", "metadata": {}, "outputs": [], "source": source}
        for n, source in enumerate(sources)
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    given = folder / "given.ipynb"
    given.write_text(json.dumps(notebook), encoding="utf-8")
    run_notebook(folder, given)
    done = json.loads((folder / "run.ipynb").read_text(encoding="utf-8"))["cells"]
    return {"".join(cell["source"]): output["traceback"] for cell in done for output in cell["outputs"]}


class TestErrors:
    """How a notebook shows errors: ours in a few lines, all others unchanged."""

    @pytest.mark.parametrize("cell", FAILING)
    def test_our_errors_show_only_the_users_lines_and_the_message(self, tracebacks, cell):
        assert tracebacks[cell] == FAILING[cell]

    def test_other_errors_keep_their_traceback(self, tracebacks):
        assert "fields.py" in "".join(tracebacks[NOT_OURS])
        assert "TypeError" in tracebacks[NOT_OURS][-1]


def test_no_cell_fails_or_warns(outputs):
    assert [output for found in outputs.values() for output in found if output["output_type"] == "error"] == []
    streams = [output for found in outputs.values() for output in found if output["output_type"] == "stream"]
    assert {output["name"] for output in streams} == {"stdout"}
