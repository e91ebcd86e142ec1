"""Progress as a value, in words, on a terminal and in a notebook."""

from __future__ import annotations

import io
import sys
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import attrs
import nbformat
import pytest

from querydsl import Client, Progress, Region, collect, progress_bar, select
from querydsl.sandbox import App, corpus, serve

from ..test_notebook import run_notebook

VIDEOS = corpus(6_000, start="20230101", end="20230331")
QUARTER = select("id").where(Region == "US").between("20230101", "20230331")
HALFWAY = Progress(1, 4, 30, 120, 500, 7, days_before=10, videos_before=100, share=0.5, share_before=0.1, seconds=48.0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "videos.db"


def told(path, selection=QUARTER, **options):
    """All progress reports of a run in which each call takes a second."""
    seconds = iter(range(100_000))

    def now():
        return datetime(2024, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=next(seconds))

    found = []
    with serve(App(VIDEOS)) as url, Client("any", base_url=url, now=now, **options) as client:
        collect(selection.plan(), path, client=client, progress=found.append)
    return found


class TestOfARun:
    def test_a_window_of_many_pages_counts_as_far_as_they_reach(self, path):
        found = told(path, QUARTER.between("20230101", "20230131"))
        shares = [one.share for one in found]
        assert len(shares) > 3
        assert shares[0] == 0.0
        assert shares[-1] == 1.0
        assert all(before < after for before, after in pairwise(shares))
        assert [one.days_done for one in found[:-1]] == [0] * (len(found) - 1)

    def test_the_time_left_goes_down_to_nothing(self, path):
        found = told(path)
        assert found[0].seconds_left is None
        assert all(one.seconds_left > 0 for one in found[1:-1])
        assert found[-1].seconds_left == 0

    def test_it_shows_what_the_file_had_before(self, path):
        january = told(path, QUARTER.between("20230101", "20230131"))[-1]
        first, *_, last = told(path)
        assert (first.days_before, first.videos_before, first.days_done, first.videos) == (
            31,
            january.videos,
            31,
            january.videos,
        )
        assert (last.days_before, last.videos_before, last.days_done) == (31, january.videos, 90)

    def test_a_continued_search_counts_from_its_place(self, path):
        stopped = told(path, max_calls=2)[-1]
        assert told(path)[0].share_before == stopped.share > 0

    def test_the_quota_is_that_of_a_day_or_of_the_client(self, path):
        assert {one.quota for one in told(path, max_calls=2)} == {2}
        assert {one.quota for one in told(path)} == {1_000}

    def test_samples_are_counted_by_draws(self, path):
        found = told(path, QUARTER.between("20230101", "20230131").random(draws=4))
        assert [one.share for one in found] == [0, 0.25, 0.5, 0.75, 1.0]


class TestWords:
    def test_the_text_is_one_line(self):
        assert str(HALFWAY) == (
            "1/4 searches, 30/120 days (10 before), 500 videos (100 before), 7/1,000 calls, 1:00 left"
        )

    def test_unknown_parts_are_left_out(self):
        assert str(Progress(0, 1, 0, 1, 0, 0)) == "0/1 search, 0/1 day, 0 videos, 0/1,000 calls"

    def test_the_time_left_depends_only_on_the_speed_of_this_run(self):
        assert attrs.evolve(HALFWAY, share_before=0.5).seconds_left is None
        assert attrs.evolve(HALFWAY, share_before=0.25).seconds_left == 96.0
        assert attrs.evolve(HALFWAY, share=1.0).seconds_left == 0.0


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stream, *, rich):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    if not rich:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    with progress_bar() as show:
        show(HALFWAY)
        show(attrs.evolve(HALFWAY, days_before=0, videos_before=0))
    return stream.getvalue()


class TestBar:
    @pytest.mark.parametrize("rich", [True, False])
    def test_without_a_terminal_nothing_is_shown(self, monkeypatch, rich):
        assert shown(monkeypatch, io.StringIO(), rich=rich) == ""

    @pytest.mark.parametrize("stream", [None])
    def test_without_standard_error_nothing_is_shown(self, monkeypatch, stream):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress_bar() as show:
            show(HALFWAY)

    def test_without_rich_it_is_a_line_that_rewrites_itself_and_goes(self, monkeypatch):
        first, second, last, rest = shown(monkeypatch, Terminal(), rich=False).split("\r")
        assert first == str(HALFWAY)
        assert second.rstrip() == str(attrs.evolve(HALFWAY, days_before=0, videos_before=0))
        assert len(second) == len(first)
        assert (last.strip(), rest) == ("", "")

    def test_a_line_is_no_longer_than_the_terminal(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "40")
        monkeypatch.setattr(sys, "stderr", Terminal())
        monkeypatch.setitem(sys.modules, "rich.console", None)
        with progress_bar() as show:
            show(HALFWAY)
        assert sys.stderr.getvalue().split("\r")[0] == "1/4 searches, 30/120 days (10 before),…"

    def test_with_rich_it_is_a_bar_and_the_same_words(self, monkeypatch):
        written = shown(monkeypatch, Terminal(), rich=True)
        assert "7/1,000 calls" in written
        assert "━" in written


CELL = """
from querydsl import progress_bar, Progress
with progress_bar() as show:
    show(Progress(1, 4, 30, 120, 500, 7, share=0.25, seconds=50.0))
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A notebook after its run: a cell with a bar, and the same cell without the extra."""
    folder = tmp_path_factory.mktemp("notebook")
    without = f"import sys\nsys.modules['ipywidgets'] = None{CELL}"
    cells = [nbformat.v4.new_code_cell(source) for source in (CELL, without)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "given.ipynb")
    run_notebook(folder, folder / "given.ipynb")
    return nbformat.read(folder / "run.ipynb", as_version=4)


class TestNotebook:
    def test_it_is_a_bar(self, notebook):
        outputs = notebook.cells[0].outputs
        assert any("application/vnd.jupyter.widget-view+json" in one.get("data", {}) for one in outputs)
        assert "7/1,000 calls" in str(notebook.metadata.widgets)

    def test_without_the_extra_it_is_a_line(self, notebook):
        outputs = notebook.cells[1].outputs
        assert {one.name for one in outputs} == {"stderr"}
        assert outputs[-1].text == "1/4 searches, 30/120 days, 500 videos, 7/1,000 calls, 2:30 left\r"
