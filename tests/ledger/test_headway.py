"""What a search that ended early has covered, and the windows for the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl.ledger import days as spans
from querydsl.ledger.headway import DAY, EPOCH, Ended

FIRST = EPOCH + 20_000
MONTH = spans.span(FIRST, FIRST + 30)


def video(day, seconds=0):
    """The id of a video whose id is of a day, counted from the first."""
    return ((20_000 + day) * DAY + seconds) << 32


class TestCovered:
    def test_days_that_begin_three_days_after_the_last_video_are(self):
        assert Ended(MONTH, 9, video(20)).covered == spans.span(FIRST + 23, FIRST + 30)
        assert Ended(MONTH, 9, video(20, 1)).covered == spans.span(FIRST + 24, FIRST + 30)

    def test_fewer_where_the_file_has_seen_longer_lags(self):
        assert Ended(MONTH, 9, video(20), lag=5 * DAY).covered == spans.span(FIRST + 25, FIRST + 30)

    @pytest.mark.parametrize("last", [None, 7, video(-9), video(40)])
    def test_none_where_the_id_says_nothing(self, last):
        ended = Ended(MONTH, 9, last)
        assert (ended.covered, ended.rest) == (spans.NONE, MONTH)


class TestAnew:
    DAY = spans.span(FIRST, FIRST)

    @pytest.mark.parametrize(
        ("pages", "run_calls", "is_anew"), [(2, 4, True), (4, 4, False), (3, 9, False), (4, 9, True)]
    )
    def test_a_single_day_is_where_learning_of_a_loss_takes_the_calls_that_it_needs(self, pages, run_calls, is_anew):
        half_done = video(0, DAY // 2)
        assert Ended(self.DAY, pages, half_done).is_better_anew(run_calls) is is_anew

    def test_windows_of_days_and_those_without_a_page_go_on(self):
        assert not Ended(MONTH, 3, video(30)).is_better_anew(4)
        assert not Ended(self.DAY, 0, None).is_better_anew(2)


class TestWindows:
    @given(st.integers(0, 30), st.integers(1, 900), st.none() | st.integers(1, 900), st.integers(1, 31))
    def test_they_hold_the_rest_and_end_within_the_calls(self, day, pages, calls_left, longest):
        ended = Ended(MONTH, pages, video(day))
        windows = ended.windows(longest, calls_left)
        assert [one for window in windows for one in spans.each(window)] == spans.each(ended.rest)
        density = pages / max(31 - day, 1)
        for window in windows:
            length = spans.count(window)
            assert length <= longest
            assert length == 1 or length * density <= min(100, 100 if calls_left is None else calls_left)

    def test_the_first_is_a_day_where_calls_are_bounded(self):
        sizes = [spans.count(window) for window in Ended(MONTH, 10, video(25)).windows(31, 50)]
        assert sizes == [1, 27]
        assert [spans.count(window) for window in Ended(MONTH, 10, video(25)).windows(31, None)] == [28]
