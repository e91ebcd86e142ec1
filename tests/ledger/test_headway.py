"""What a search that ended early has covered, and the windows for the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl.ledger import days as spans
from querydsl.ledger.headway import EPOCH, Ended, seconds_before, window
from querydsl.moments import SECONDS_A_DAY as DAY

FIRST = EPOCH + 20_000
MONTH = spans.span(FIRST, FIRST + 30)


def video(day, seconds=0):
    """The id of a video on a day, counted from the first one."""
    return ((20_000 + day) * DAY + seconds) << 32


class TestDaysCovered:
    def test_they_reach_back_to_the_last_video(self):
        assert Ended(MONTH, 9, video(20, DAY // 2)).days_covered == 10.5

    def test_days_that_are_left_out_do_not_count(self):
        gap = spans.minus(MONTH, spans.span(FIRST + 25, FIRST + 29))
        assert Ended(gap, 9, video(20)).days_covered == 6.0

    def test_an_unknown_reach_is_zero_days(self):
        assert Ended(MONTH, 9, None).days_covered == 0.0


class TestCovered:
    def test_days_that_begin_three_days_after_the_last_video_are(self):
        assert Ended(MONTH, 9, video(20)).covered == spans.span(FIRST + 23, FIRST + 30)
        assert Ended(MONTH, 9, video(20, 1)).covered == spans.span(FIRST + 24, FIRST + 30)

    def test_longer_lags_in_the_file_cover_fewer_days(self):
        assert Ended(MONTH, 9, video(20), lag=5 * DAY).covered == spans.span(FIRST + 25, FIRST + 30)

    @pytest.mark.parametrize("last", [None, 7, video(-9), video(40)])
    def test_an_id_without_a_time_covers_no_day(self, last):
        ended = Ended(MONTH, 9, last)
        assert (ended.covered, ended.rest) == (spans.NONE, MONTH)


class TestWindows:
    @given(st.integers(0, 30), st.integers(1, 900), st.none() | st.integers(1, 900), st.integers(1, 31))
    def test_they_hold_the_oldest_days_and_end_within_the_calls(self, day, pages, calls_left, longest):
        ended = Ended(MONTH, pages, video(day))
        days = window(ended.rest, longest, ended.calls_a_day, calls_left)
        length = spans.count(days)
        assert spans.each(days) == spans.each(ended.rest)[:length]
        assert length <= longest
        density = pages / max(31 - day, 1)
        assert length == 1 or length * density <= min(100, 100 if calls_left is None else calls_left)


class TestSecondsBefore:
    @given(st.sets(st.integers(0, 40)), st.integers(-1, 45), st.integers(0, DAY - 1))
    def test_they_are_those_of_each_day_together(self, numbers, day, second):
        days = spans.union(spans.span(EPOCH + number, EPOCH + number) for number in numbers)
        moment = day * DAY + second
        assert seconds_before(days, moment) == sum(min(max(0, moment - number * DAY), DAY) for number in numbers)
