"""Sets of days, compared with Python's own sets."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl.ledger import days as spans
from querydsl.ledger.days import Days

NUMBERS = st.frozensets(st.integers(1, 40))


def days(numbers):
    return spans.union(spans.span(number, number) for number in numbers)


class TestSets:
    @given(NUMBERS, NUMBERS)
    def test_they_are_those_of_python(self, one, other):
        left, right = days(one), days(other)
        assert spans.each(left) == sorted(one)
        assert spans.union([left, right]) == days(one | other)
        assert spans.common(left, right) == days(one & other)
        assert spans.minus(left, right) == days(one - other)
        assert spans.count(left) == len(one)
        assert spans.single(left) == (len(one) == 1)

    @given(NUMBERS, st.integers(1, 40))
    def test_a_day_parts_them(self, numbers, day):
        assert spans.up_to(days(numbers), day) == days(number for number in numbers if number <= day)
        assert spans.after(days(numbers), day) == days(number for number in numbers if number > day)

    @given(NUMBERS)
    def test_they_are_canonical(self, numbers):
        found = days(numbers).spans
        assert all(last + 1 < first for (_, last), (first, _) in pairwise(found))


class TestParts:
    @given(NUMBERS.filter(lambda numbers: len(numbers) > 1))
    def test_halves_differ_by_a_day_at_most_and_the_older_comes_first(self, numbers):
        older, newer = spans.halves(days(numbers))
        assert spans.each(older) + spans.each(newer) == sorted(numbers)
        assert 0 <= spans.count(newer) - spans.count(older) <= 1

    @given(NUMBERS, st.integers(1, 9))
    def test_a_sample_is_spread_over_them(self, numbers, number):
        chosen = spans.spread(days(numbers), number)
        assert set(chosen) <= numbers
        assert len(chosen) == len(set(chosen)) == min(number, len(numbers))

    @pytest.mark.parametrize(
        ("last", "number", "chosen"),
        [
            (31, 5, [16, 10, 22, 4, 28]),
            (31, 1, [16]),
            (10, 2, [3, 8]),
            (6, 5, [4, 2, 5, 1, 6]),
            (5, 5, [1, 2, 3, 4, 5]),
        ],
    )
    def test_a_sample_has_the_middle_of_each_part_the_middle_of_all_first(self, last, number, chosen):
        assert spans.spread(spans.span(1, last), number) == chosen

    @given(NUMBERS, NUMBERS, st.integers(1, 31))
    def test_windows_hold_each_day_once_and_no_gap_but_bridges(self, numbers, bridges, longest):
        windows = spans.cut(days(numbers), longest, days(bridges - numbers))
        assert [day for window in windows for day in spans.each(window)] == sorted(numbers)
        for window in windows:
            first, last = spans.bounds(window)
            assert last - first < longest
            assert {*range(first, last + 1)} - {*spans.each(window)} <= bridges


class TestText:
    @given(NUMBERS)
    def test_it_is_read_back(self, numbers):
        given_days = days(number + 738_000 for number in numbers)
        assert spans.from_text(spans.to_text(given_days)) == given_days

    def test_it_can_be_read(self):
        first = date(2023, 1, 1).toordinal()
        assert spans.to_text(Days(((first, first), (first + 2, first + 3)))) == (
            "2023-01-01/2023-01-01,2023-01-03/2023-01-04"
        )

    @pytest.mark.parametrize(
        "text",
        [
            "x",
            "2023-01-01",
            "2023-01-02/2023-01-01",
            "2023-02-30/2023-03-01",
            "2023-01-01/2023-01-02,2023-01-03/2023-01-03",
        ],
    )
    def test_other_texts_are_refused(self, text):
        with pytest.raises(ValueError, match=r"."):
            spans.from_text(text)

    @pytest.mark.parametrize(
        ("text", "span"),
        [
            ("2023-01-02/2023-01-01", "2023-01-02/2023-01-01"),
            ("2023-01-01/2023-01-02,2023-01-03/2023-01-03", "2023-01-03/2023-01-03"),
        ],
    )
    def test_the_message_names_the_span_that_is_wrong(self, text, span):
        with pytest.raises(ValueError, match=rf"^{span} is not a span of days$"):
            spans.from_text(text)
