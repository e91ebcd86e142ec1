"""What a file has, day by day."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta, timezone

import pytest

from querydsl import Client, Hashtag, Region, Store, ViewCount, collect, select
from querydsl.reading.status import STATES, causes
from querydsl.sandbox import App, Fault, corpus, serve

VIDEOS = corpus(300, start="20230101", end="20230131")
NOON = datetime(2023, 1, 20, 12, tzinfo=timezone.utc)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "videos.db"


def run(path, plan, faults=(), now=NOON, **options):
    client_options = {name: options.pop(name) for name in ("max_calls",) if name in options}
    with (
        serve(App(VIDEOS, faults=faults, now=lambda: now)) as url,
        Client("any", base_url=url, sleep=lambda _: None, now=lambda: now, **client_options) as client,
    ):
        return collect(plan, path, client=client, **options)


def status(path, now=NOON):
    with Store(path) as store:
        return store.status(now)


JANUARY = select("id").where(Hashtag.in_("cat", "dog")).between("20230101", "20230131")


class TestStatus:
    def test_each_day_is_in_one_state(self, path):
        run(path, JANUARY.plan(), Fault("failing-days", first="20230105", last="20230106"))
        [found] = status(path).collections
        assert found.days == {
            "failed": ((date(2023, 1, 5), date(2023, 1, 6)),),
            "to ask": (),
            "unsettled": ((date(2023, 1, 18), date(2023, 1, 20)),),
            "done": ((date(2023, 1, 1), date(2023, 1, 4)), (date(2023, 1, 7), date(2023, 1, 17))),
            "not begun": ((date(2023, 1, 21), date(2023, 1, 31)),),
        }
        assert sum(found.count(state) for state in STATES) == 31
        assert {failure.first_day for failure in found.failures} == {date(2023, 1, 5), date(2023, 1, 6)}
        assert all(failure.error for failure in found.failures)

    def test_a_day_shows_the_worst_of_its_queries(self, path):
        requests = [*select("id").where(Region == "US").between("20230101", "20230110").plan()]
        requests += select("id").where(Region == "JP").between("20230106", "20230115").plan()
        run(path, requests[:1], name=None)
        run(path, requests, max_calls=0)
        found = status(path).collections[1]
        assert found.days["done"] == ((date(2023, 1, 1), date(2023, 1, 5)),)
        assert found.days["to ask"] == ((date(2023, 1, 6), date(2023, 1, 15)),)

    def test_it_counts_calls_and_videos_and_says_when(self, path):
        summary = run(path, JANUARY.plan())
        found = status(path)
        [only] = found.collections
        assert (only.calls, only.videos, found.videos) == (summary.calls, summary.videos, summary.new_videos)
        assert (only.first_asked, only.last_asked) == ("2023-01-20T12:00:00Z",) * 2

    def test_time_alone_makes_days_to_ask(self, path):
        run(path, JANUARY.plan())
        [found] = status(path, NOON + timedelta(days=60)).collections
        assert found.count("to ask") == 11

    def test_an_open_round_is_shown(self, path):
        run(path, JANUARY.plan())
        run(path, JANUARY.plan(), again=True, max_calls=0)
        [found] = status(path).collections
        assert (found.round_begun, found.count("to ask")) == ("2023-01-20T12:00:00Z", 20)

    def test_counts_are_as_of_their_time(self, path):
        run(path, select("id").where(ViewCount > 10).between("20230101", "20230110").plan())
        [found] = status(path).collections
        assert found.notes == (
            "it asks for counts of views or comments, which grow: each day is as of the time it was asked",
        )

    def test_it_is_json_too(self, path):
        run(path, JANUARY.plan(), Fault("failing-days", first="20230105", last="20230106"))
        found = json.loads(json.dumps(status(path).to_dict()))
        assert found["collections"][0]["days"]["unsettled"] == [["2023-01-18", "2023-01-20"]]
        assert found["collections"][0]["failures"][0]["query"] == JANUARY.plan()[0].query.to_dict()

    def test_days_that_failed_for_one_reason_are_one_cause_with_any_log_ids(self, path):
        run(path, JANUARY.plan(), Fault("failing-days", first="20230105", last="20230107"))
        [one] = status(path).collections
        assert len({failure.error for failure in one.failures}) == 3
        [cause] = causes(one.failures)
        assert cause.days == ((date(2023, 1, 5), date(2023, 1, 7)),)
        assert len(cause.log_ids) == 3

    def test_other_files_have_no_status(self, path):
        run(path, [])
        assert status(path).collections == ()


def test_samples_are_distinguished_from_all_videos(path):
    run(path, JANUARY.on("20230105").random(draws=3).plan())
    [found] = status(path).collections
    assert found.notes == ("random samples, not all videos of these days: 3 of 3 draws are here",)


class TestInANotebook:
    def test_a_status_has_a_row_for_each_collection(self, path):
        run(path, JANUARY.plan(), Fault("failing-days", first="20230105", last="20230106"), name="<pets>")
        html = status(path)._repr_html_()
        cells = re.findall(r"<t[dh](?: [^>]*)?>([^<]*)<", html)
        found = dict(zip(cells[:10], cells[10:20], strict=True))
        assert found["collection"] == "&lt;pets&gt;"
        assert (found["days failed"], found["days done"], found["days unsettled"]) == ("2", "15", "3")
        assert found["last asked"] == "2023-01-20T12:00:00Z"

    def test_a_store_shows_its_status(self, path):
        run(path, JANUARY.plan())
        with Store(path) as store:
            assert store._repr_html_() == f"<code>Store(&#x27;{path}&#x27;)</code>{store.status()._repr_html_()}"
            assert repr(store) == f"Store({str(path)!r})"

    def test_a_summary_says_what_failed(self, path):
        summary = run(path, JANUARY.plan(), Fault("failing-days", first="20230105", last="20230106"))
        html = summary._repr_html_()
        cells = re.findall(r"<t[dh](?: [^>]*)?>([^<]*)<", html)
        found = dict(zip(cells[::2], cells[1::2], strict=True))
        assert (found["finished"], found["videos"], found["calls"]) == (
            "no",
            f"{summary.videos:,}",
            f"{summary.calls:,}",
        )
        assert "internal_error" in found["failed 2023-01-05 to 2023-01-05"]
        assert found["unsettled days"] == "2023-01-18, 2023-01-19, 2023-01-20"
