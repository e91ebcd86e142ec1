"""The report on a file, for people."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date, datetime, timezone

import pytest

from querydsl import Client, Hashtag, Keyword, Length, Query, Region, Store, StoreError, collect, select, to_query
from querydsl.reading import report as report_module
from querydsl.reading.report import in_words
from querydsl.sandbox import App, Fault, corpus, serve
from querydsl.tables import OPERATIONS

from ..storage.files import fill

NOON = datetime(2023, 3, 31, 12, tzinfo=timezone.utc)
VIDEOS = corpus(3_000, start="20230101", end="20230331")
CATS = (Hashtag.in_("cat", "dog") & ~(Length == "SHORT")) | (Keyword == "recipe")
PLAN = select().where(CATS).between("20230101", "20230331").plan()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Three months with a failing fortnight, from an API that matches approximately."""
    path = tmp_path_factory.mktemp("report") / "pets.db"
    faults = [Fault("failing-days", first="20230205", last="20230218"), Fault("approximate")]
    with (
        serve(App(VIDEOS, faults=faults, now=lambda: NOON)) as url,
        Client("any-token", base_url=url, sleep=lambda _: None, now=lambda: NOON) as client,
    ):
        collect(PLAN, path, client=client, name="pets")
    return path


def written(path, target, **options):
    with Store(path) as store:
        store.report(target, now=NOON, **options)
    return target.read_text(encoding="utf-8")


class TestReport:
    def test_it_shows_the_queries_and_days(self, path, tmp_path):
        text = written(path, tmp_path / "out.md")
        assert f"```\n{CATS!r}\n```" in text
        assert "Days: 2023-01-01 to 2023-03-31" in text
        assert r"hashtag\_name is one of cat, dog; not: video\_length is SHORT; not: keyword is recipe" in text

    def test_it_says_what_is_missing_and_why(self, path, tmp_path):
        text = written(path, tmp_path / "out.md")
        assert "| failed | 14 | was asked, and failed |" in text
        assert "| unsettled | 3 |" in text
        failed = text.partition("### What failed")[2].partition("###")[0]
        assert failed.count("| 2023-02-05 to 2023-02-18 |") == 2  # both queries
        assert re.search(r"\(status 500\) \| \w{30,}, \w{30,}, \w{30,} and 11 more \|", failed)

    def test_its_numbers_are_those_of_the_file(self, path, tmp_path):
        text = written(path, tmp_path / "out.md")
        with Store(path) as store:
            videos = [*store.videos("pets")]
            in_file = len(store)
        assert f"\n{len(videos)} videos. {in_file - len(videos)} more videos came although" in text
        by_region = text.partition("#### By day and region")[2].partition("####")[0]
        rows = [line.split("|")[2:-1] for line in by_region.splitlines() if line.startswith("| 2023-")]
        assert sum(int(cell) for row in rows for cell in row[:-1]) == len(videos)

    def test_its_numbers_mark_the_days_that_are_missing(self, path, tmp_path):
        text = written(path, tmp_path / "out.md").partition("#### By day and region")[2].partition("####")[0]
        assert text.split("\n")[2].endswith("| days missing |")
        rows = [line for line in text.splitlines() if line.startswith("| 2023-")]
        assert [row[2:12] for row in rows if row.endswith("| 1 |")] == [f"2023-02-{day:02}" for day in range(5, 19)]
        assert all(row.endswith(("| 1 |", "|  |")) for row in rows)

    def test_months_have_the_number_of_their_missing_days(self):
        missing = [(date(2023, 1, 30), date(2023, 2, 2)), (date(2023, 2, 28), date(2023, 2, 28))]
        assert report_module._missing_in(missing, [date(2023, month, 1) for month in (1, 2, 3)]) == [2, 3, 0]

    def test_numbers_without_a_missing_day_have_no_column_for_them(self, tmp_path):
        with (
            serve(App(VIDEOS, now=lambda: NOON)) as url,
            Client("any-token", base_url=url, now=lambda: NOON) as client,
        ):
            collect(select("id").where(Region == "US").on("20230101").plan(), tmp_path / "whole.db", client=client)
        text = written(tmp_path / "whole.db", tmp_path / "out.md")
        assert "#### By day and region" in text
        assert "days missing" not in text

    def test_its_numbers_begin_and_end_with_the_days_that_were_asked(self, path, tmp_path):
        rows = (
            written(path, tmp_path / "out.md").partition("#### By day and region")[2].partition("####")[0].splitlines()
        )
        days = [row.split("|")[1].strip() for row in rows if row.startswith("| 2023-")]
        assert (days[0], days[-1], len(days)) == ("2023-01-01", "2023-03-31", 90)

    def test_days_that_are_missing_are_shaded_in_the_chart(self, path, tmp_path):
        pytest.importorskip("matplotlib")
        assert ">missing</text>" in written(path, tmp_path / "out.html")

    def test_it_has_a_paragraph_for_a_methods_section(self, path, tmp_path):
        text = written(path, tmp_path / "out.md")
        methods = text.partition("### For a methods section\n\n")[2].partition("\n")[0]
        assert methods.startswith("On 2023-03-31 we collected videos that were created from 2023-01-01 to 2023-03-31 ")
        assert (
            "Of 90 days, 73 are complete: asked 48 hours or more after their end; "
            "14 days failed (2023-02-05 to 2023-02-18); "
            "3 days were asked less than 48 hours after their end, so videos may be missing. " in methods
        )
        assert "the API matches approximately" in methods

    def test_it_has_every_query_as_sent(self, path, tmp_path):
        text = written(path, tmp_path / "out.md").partition("### The queries as they were sent")[2]
        sent = {Query.from_json(found) for found in re.findall(r"^\d+: (.*)$", text, re.MULTILINE)}
        assert sent == {query for query, _ in PLAN.queries}

    def test_with_a_name_it_covers_only_that_collection(self, path, tmp_path):
        assert written(path, tmp_path / "one.md", name="pets") == written(path, tmp_path / "all.md")
        with Store(path) as store, pytest.raises(StoreError, match="there is no collection 'cats'"):
            store.report(tmp_path / "out.md", "cats")

    @pytest.mark.parametrize("name", ["out.pdf", "out"])
    def test_another_ending_is_refused(self, path, tmp_path, name):
        with Store(path) as store, pytest.raises(StoreError, match=r"has to end in \.md or \.html"):
            store.report(tmp_path / name)
        assert [*tmp_path.iterdir()] == []

    def test_the_file_itself_is_left_as_it_is(self, path, tmp_path):
        copy = shutil.copy(path, tmp_path / "copy.db")
        os.symlink(copy, tmp_path / "link.md")
        with Store(copy) as store, pytest.raises(StoreError, match="this is the file itself"):
            store.report(tmp_path / "link.md")

    def test_a_file_without_videos_has_one_too(self, tmp_path):
        fill(tmp_path / "empty.db", [], select("id").where(Region == "US").on("20230101").request())
        assert "\n0 videos.\n" in written(tmp_path / "empty.db", tmp_path / "out.md")
        assert "<h2>" in written(tmp_path / "empty.db", tmp_path / "out.html")

    def test_without_matplotlib_it_says_that_the_chart_is_missing(self, path, tmp_path):
        code = (
            "import sys; sys.modules['matplotlib'] = None\n"
            "from querydsl import Store\n"
            f"Store({str(path)!r}).report({str(tmp_path / 'out.html')!r})"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
        text = (tmp_path / "out.html").read_text(encoding="utf-8")
        assert "<svg" not in text
        assert "The chart is left out: matplotlib is not installed" in text
        assert "<summary>The numbers</summary>" in text

    def test_a_collection_whose_days_all_failed_does_not_say_that_it_collected_videos(self, tmp_path):
        days = select().where(CATS).between("20230206", "20230210").plan()
        with (
            serve(App(VIDEOS, faults=[Fault("server-error", times=None)], now=lambda: NOON)) as url,
            Client("any-token", base_url=url, sleep=lambda _: None, now=lambda: NOON) as client,
        ):
            collect(days, tmp_path / "none.db", client=client)
        methods = written(tmp_path / "none.db", tmp_path / "out.md").partition("### For a methods section\n\n")[2]
        assert "we collected" not in methods
        assert methods.startswith(
            "On 2023-03-31 we asked for videos that were created from 2023-02-06 to 2023-02-10 (UTC), "
        )
        assert "; no day is here to its end. " in methods
        assert "Of 5 days, none is complete; 5 days failed (2023-02-06 to 2023-02-10). " in methods

    def test_a_paper_names_at_most_five_spans(self):
        failed = tuple((date(2023, 1, day), date(2023, 1, day)) for day in range(1, 15, 2))
        assert report_module._days(failed, 5).endswith("2023-01-09 and 2 more spans")


class TestSteps:
    @pytest.mark.parametrize(
        ("last", "name"), [(date(2023, 1, 1), "day"), (date(2023, 12, 31), "day"), (date(2025, 1, 1), "week")]
    )
    def test_a_longer_time_has_longer_steps(self, last, name):
        found, starts = report_module._steps(date(2023, 1, 1), last)
        assert (found, starts[0]) == (name, date(2023, 1, 1))
        assert len(starts) <= 400
        assert starts[-1] <= last

    def test_ten_years_are_shown_by_month(self):
        name, starts = report_module._steps(date(2014, 12, 15), date(2023, 2, 1))
        assert (name, starts[:3]) == ("month", [date(2014, 12, 15), date(2015, 1, 1), date(2015, 2, 1)])
        assert starts[-1] == date(2023, 2, 1)


class TestInWords:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_there_are_words_for_every_operation(self, operation):
        query = Query.from_dict({"and": [{"field_name": "view_count", "operation": operation, "field_values": ["5"]}]})
        assert in_words(query).startswith("view_count is ")

    def test_a_long_list_is_cut(self):
        words = in_words(to_query(Hashtag.in_([f"tag{number}" for number in range(1_000)])))
        assert words.endswith(" and 970 more")


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
class TestInABrowser:
    @pytest.mark.parametrize("scheme", [0, 1], ids=["dark", "light"])
    @pytest.mark.parametrize("width", [360, 1280], ids=["phone", "desktop"])
    def test_nothing_is_wider_than_the_page_and_text_can_be_read(self, path, tmp_path, width, scheme):
        pytest.importorskip("matplotlib")
        written(path, tmp_path / "out.html")
        (tmp_path / "frame.html").write_text(_FRAME.replace("WIDTH", str(width)), encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
        options += [f"--blink-settings=preferredColorScheme={scheme}", f"--user-data-dir={tmp_path / 'profile'}"]
        command = [CHROMIUM, *options, "--virtual-time-budget=5000", "--dump-dom", (tmp_path / "frame.html").as_uri()]
        done = subprocess.run(command, check=True, capture_output=True, timeout=120)
        found = json.loads(re.search(r"<title>(\{.*?\})</title>", done.stdout.decode())[1])
        assert found["wide"] <= width
        assert found["dark"] == (scheme == 0)
        assert found["contrast"] >= 4.5
        assert found["charts"] == 1


#: Loads the report into a frame with the width of a screen. The title then has the results: the width of the content,
#: whether the page is dark, the lowest contrast of text, and the number of visible charts.
_FRAME = """<!DOCTYPE html><title></title>
<iframe src="out.html" style="width: WIDTHpx; height: 800px; border: 0"></iframe>
<script>
const light = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).map((one) => one / 255)
    .map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element, view) => {
  for (let one = element; one; one = one.parentElement) {
    const colour = view.getComputedStyle(one).backgroundColor;
    if (!colour.startsWith("rgba") || !colour.endsWith(", 0)")) return colour;
  }
};
document.querySelector("iframe").onload = ({target}) => {
  const page = target.contentDocument, view = target.contentWindow;
  const contrasts = [...page.querySelectorAll("h1, h2, p, td, th, pre, i, caption, figcaption")]
    .filter((one) => one.textContent.trim())
    .map((one) => [light(view.getComputedStyle(one).color), light(behind(one, view))])
    .map(([a, b]) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  document.title = JSON.stringify({
    wide: page.documentElement.scrollWidth,
    dark: light(behind(page.body, view)) < 0.5,
    contrast: Math.min(...contrasts),
    charts: [...page.querySelectorAll("svg")].filter((one) => one.getBoundingClientRect().width > 200).length,
  });
};
</script>"""
