"""Days -> windows: as few as possible, with gaps only if they save one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl.planning.windows import Window, windows
from querydsl.spec.value_sets import DAYS, Spans, days, spans

BEGIN = date(2023, 1, 1)


def covered(offsets: Collection[int]) -> Spans:
    """The days at these distances from BEGIN."""
    return spans((BEGIN.toordinal() + n, BEGIN.toordinal() + n) for n in offsets)


def cheapest(offsets: Collection[int], most: int) -> tuple[int, int, int]:
    """The fewest windows; of these the fewest with gaps; of these the fewest days left out: found by trying every
    window.
    """
    ordered = sorted(offsets)
    best = {0: (0, 0, 0)}
    for position, offset in enumerate(ordered):
        if position not in best:
            continue
        for end in range(position + 1, len(ordered) + 1):
            length = ordered[end - 1] - offset + 1
            if length <= most:
                count, gaps, left_out = best[position]
                missing = length - (end - position)
                cost = (count + 1, gaps + (missing > 0), left_out + missing)
                best[end] = min(best.get(end, cost), cost)
    return best[len(ordered)]


def cost(cut: list[Window], offsets: Collection[int]) -> tuple[int, int, int]:
    missing = [
        (last - first).days + 1 - sum(first <= BEGIN + timedelta(n) <= last for n in offsets) for first, last in cut
    ]
    return len(cut), sum(one > 0 for one in missing), sum(missing)


offset_sets = st.sets(st.integers(0, 150), min_size=1)
#: A few long stretches with short gaps: some gaps can save a window.
stretched = st.lists(st.tuples(st.integers(1, 70), st.integers(1, 12)), min_size=1, max_size=6).map(
    lambda pairs: {
        sum(length + gap for length, gap in pairs[:n]) + day
        for n, (length, _) in enumerate(pairs)
        for day in range(length)
    }
)


class TestWindows:
    @given(st.dates(max_value=date(9000, 1, 1)), st.integers(0, 400), st.integers(1, 31))
    def test_each_day_is_in_one_window_of_allowed_length(self, start: date, apart: int, most: int) -> None:
        end = start + timedelta(apart)
        cut = windows(days(start, end), most)
        asked = [first + timedelta(n) for first, last in cut for n in range((last - first).days + 1)]
        assert asked == [start + timedelta(n) for n in range(apart + 1)]
        assert all((last - first).days < most for first, last in cut)
        assert len(cut) == apart // most + 1

    @given(offset_sets | stretched, st.sampled_from([1, 2, 7, 30, 31]))
    def test_windows_are_as_few_as_possible_with_few_gaps(self, offsets: set[int], most: int) -> None:
        assert cost(windows(covered(offsets), most), offsets) == cheapest(offsets, most)

    @given(offset_sets | stretched, st.sampled_from([1, 7, 31]))
    def test_each_begins_and_ends_with_a_day_that_is_asked_for(self, offsets: set[int], most: int) -> None:
        asked = {BEGIN + timedelta(offset) for offset in offsets}
        cut = windows(covered(offsets), most)
        assert all(day in asked for window in cut for day in window)
        assert all(last < first for (_, last), (first, _) in pairwise(cut))
        assert all(sum(first <= day <= last for first, last in cut) == 1 for day in asked)

    @pytest.mark.parametrize(
        ("offsets", "cut"),
        [
            ([*range(20), *range(21, 62)], [(0, 30), (31, 61)]),
            ([*range(20), *range(21, 52)], [(0, 19), (21, 51)]),
        ],
        ids=["a gap that saves a window", "a gap that saves none"],
    )
    def test_a_gap_stays_inside_only_where_that_saves_a_window(
        self, offsets: list[int], cut: list[tuple[int, int]]
    ) -> None:
        expected = [(BEGIN + timedelta(first), BEGIN + timedelta(last)) for first, last in cut]
        assert windows(covered(offsets)) == expected

    def test_the_whole_calendar_can_be_cut(self) -> None:
        cut = windows(Spans(((DAYS.least, DAYS.most),)))
        assert (cut[0][0], cut[-1][1], len(cut)) == (date.min, date.max, -(-3_652_059 // 31))

    def test_ten_thousand_days_one_by_one_can_be_cut(self) -> None:
        assert len(windows(covered(range(0, 20_000, 2)))) == -(-20_000 // 32)
