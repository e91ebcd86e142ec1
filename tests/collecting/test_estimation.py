"""From seen searches to ranges: pure functions of a few numbers."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl.collecting.estimation import WIDEST, Range, Seen, estimated, quota_days

DAY = 86_400.0
MONTH = 31 * DAY
UNSEEN = Seen(0, MONTH, 100)


def page(days, videos=100, places=100, **given):
    """A first page that reaches this number of days back from the end of a month."""
    return Seen(0, MONTH, 100, 1, places, videos, given.pop("selected", videos), days * DAY, **given)


def whole(videos, **given):
    return Seen(0, MONTH, 100, 1, videos, videos, videos, 0.0, is_whole=True, **given)


class TestEstimated:
    def test_windows_of_one_page_are_exact(self):
        videos, calls = estimated([whole(30), whole(0), whole(100)], 130, 3)
        assert (videos, calls) == (Range(130, 130, 130), Range(3, 3, 3))

    def test_the_likely_number_has_the_density_of_the_pages(self):
        videos, calls = estimated([page(3.1)] * 12, 1_200, 12)
        assert videos.likely == pytest.approx(12_000, rel=0.01)
        assert calls.likely == pytest.approx(126, abs=1)

    def test_searches_without_a_page_have_the_density_of_their_neighbours(self):
        dense, sparse = page(1), page(10)
        asked_for_dense, _ = estimated([sparse, sparse, dense, UNSEEN, dense], 400, 4)
        asked_for_sparse, _ = estimated([dense, dense, sparse, UNSEEN, sparse], 400, 4)
        assert asked_for_dense.likely > asked_for_sparse.likely

    def test_deleted_videos_cost_calls_but_are_not_counted(self):
        all_there, gone = estimated([page(5)] * 12, 1_200, 12), estimated([page(5, videos=50)] * 12, 600, 12)
        assert gone[0].likely == pytest.approx(all_there[0].likely / 2, rel=0.02)
        assert gone[1].likely == pytest.approx(all_there[1].likely, rel=0.02)

    def test_unwanted_videos_cost_calls_but_are_not_counted(self):
        some = estimated([page(5, selected=10)] * 12, 120, 12)
        assert some[0].likely == pytest.approx(estimated([page(5)] * 12, 1_200, 12)[0].likely / 10, rel=0.02)

    def test_a_page_in_a_burst_counts_for_less_than_its_density(self):
        calm, _ = estimated([page(3)] * 12, 1_200, 12)
        burst, _ = estimated([*[page(3)] * 6, page(0.03), *[page(3)] * 5], 1_200, 12)
        assert calm.likely < burst.likely < 5 * calm.likely

    def test_videos_of_a_search_that_is_asked_once_more_are_counted_once(self):
        videos, calls = estimated([attrs.evolve(page(3), is_repeated=True)], 900, 1)
        assert videos == Range(900, 900, 900)
        assert calls.low >= 2

    def test_queries_with_pages_do_not_affect_each_other(self):
        other = [attrs.evolve(one, query=1) for one in [page(10)] * 12]
        together, _ = estimated([*[page(0.1)] * 12, *other], 2_400, 24)
        apart = [estimated([*some], 1_200, 12)[0].likely for some in ([page(0.1)] * 12, other)]
        assert together.likely == pytest.approx(sum(apart), rel=0.01)

    def test_without_a_page_there_is_no_estimate(self):
        videos, calls = estimated([UNSEEN, UNSEEN], 0, 0)
        assert (videos.likely, calls.low) == (0, 2)

    @given(
        st.lists(
            st.one_of(
                st.builds(page, st.floats(1e-4, 31), st.integers(0, 100)),
                st.builds(whole, st.integers(0, 100)),
                st.just(UNSEEN),
            ),
            min_size=12,
            max_size=60,
        )
    )
    def test_with_twelve_calls_a_range_is_at_most_three_times_wide(self, searches):
        here = sum(one.selected for one in searches)
        for one in estimated(searches, here, 12):
            assert one.low <= one.likely <= one.high <= max(WIDEST * one.low, 30)
        videos, calls = estimated(searches, here, 12)
        assert videos.low >= here
        assert calls.low >= len(searches)

    @pytest.mark.parametrize("queries", [20, 100])
    def test_many_queries_that_bring_nothing_may_have_nothing(self, queries):
        searches = [attrs.evolve(one, query=number) for number in range(queries) for one in [whole(0), *[UNSEEN] * 11]]
        videos, calls = estimated(searches, 0, queries)
        assert (videos.low, calls.low) == (0, 12 * queries)
        assert videos.high <= 30

    @pytest.mark.parametrize("number", [1, 3, 6])
    def test_with_fewer_calls_it_is_wider(self, number):
        few, many = estimated([page(3)] * number, 0, number)[0], estimated([page(3)] * 12, 0, 12)[0]
        assert few.high / few.low > many.high / many.low


class TestRange:
    def test_days_of_quota_are_whole_days(self):
        assert quota_days(Range(1, 1_000, 1_001)) == Range(1, 1, 2)

    def test_a_sum_is_never_below_nothing(self):
        assert Range(1, 5, 9).plus(-3) == Range(0, 2, 6)
        assert Range(1, 5, 9).plus(Range(0, 1, 2)) == Range(1, 6, 11)
