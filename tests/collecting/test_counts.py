"""How many videos a collection has: the same in a summary, in the status, and among the videos themselves."""

from __future__ import annotations

import pytest

from querydsl import Client, Region, Store, ViewCount, collect, select

from ..client.server import page

JANUARY_3 = 1_672_704_000  # 2023-01-03T00:00:00Z
DAYS = ("20230101", "20230105")
MANY, FEW, US = ViewCount > 100, ViewCount < 100, Region == "US"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "videos.db"


@pytest.fixture
def run(path, talk):
    """Collect with a single page as the answer."""

    def collected(expression, *videos, name="it", again=True):
        given = [{"id": 7, "create_time": JANUARY_3, **video} for video in videos]
        plan = select("id", "view_count").where(expression).between(*DAYS).plan()
        with Client("any", base_url=talk([page(given)]).server.url) as client:
            return collect(plan, path, client=client, name=name, again=again)

    return collected


def counts(path, name="it"):
    """The number of videos of a collection in the status, and by counting them."""
    with Store(path) as store:
        [status] = store.status(name=name).collections
        return status.videos, len(list(store.videos(name)))


class TestANewerAnswer:
    @pytest.mark.parametrize(("older", "newer", "after"), [(50, 500, 1), (500, 5, 0), (500, 600, 1), (5, 6, 0)])
    def test_counts_in_its_collection(self, path, run, older, newer, after):
        run(MANY, {"view_count": older})
        assert run(MANY, {"view_count": newer}).videos == after
        assert counts(path) == (after, after)

    def test_counts_in_collections_that_ask_other_queries(self, path, run):
        run(FEW, {"view_count": 50, "region_code": "US"}, name="few")
        assert counts(path, "few") == (1, 1)
        run(US, {"view_count": 500, "region_code": "US"}, name="us")
        assert counts(path, "few") == (0, 0)
        assert counts(path, "us") == (1, 1)

    def test_counts_on_its_day(self, path, run):
        run(US, {"region_code": "US"})
        assert run(US, {"region_code": "US", "create_time": JANUARY_3 + 30 * 86_400}).videos == 0
        assert counts(path) == (0, 0)

    def test_a_video_that_another_collection_found_counts_with_all_that_is_known(self, path, run):
        run(US, {"view_count": 500, "region_code": "US"}, name="us")
        assert run(MANY, {"region_code": "US"}, name="many").videos == 1
        assert counts(path, "many") == (1, 1)

    @pytest.mark.parametrize("views", [(50, 500), (500, 50)])
    def test_the_last_of_two_on_a_page_counts(self, path, run, views):
        summary = run(MANY, *({"view_count": count} for count in views))
        assert summary.videos == int(views[-1] > 100)
        assert counts(path) == (summary.videos, summary.videos)


class TestUnmatched:
    def test_a_video_that_comes_again_in_a_round_is_unmatched_again(self, run):
        assert [run(US, {"region_code": "JP"}).unmatched for _ in range(2)] == [1, 1]

    def test_a_video_that_no_longer_matches_is_unmatched(self, run):
        assert [run(MANY, {"view_count": views}).unmatched for views in (500, 5)] == [0, 1]

    def test_a_video_is_counted_once_a_run(self, run):
        assert run(US, {"region_code": "JP"}, {"region_code": "FR"}).unmatched == 1
