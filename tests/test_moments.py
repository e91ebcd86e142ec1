"""Days and seconds express the same moment, in UTC."""

from __future__ import annotations

from datetime import date, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from querydsl.moments import SECONDS_A_DAY, moment, start_of_day, utc_now


@given(st.dates())
def test_a_day_begins_at_its_midnight(day: date) -> None:
    first = moment(start_of_day(day))
    assert (first.date(), first.hour, first.tzinfo) == (day, 0, timezone.utc)
    assert moment(start_of_day(day) + SECONDS_A_DAY - 1).date() == day


@given(st.dates(max_value=date(9999, 12, 30)))
def test_the_next_day_begins_a_day_later(day: date) -> None:
    assert start_of_day(day + timedelta(days=1)) - start_of_day(day) == SECONDS_A_DAY


def test_now_is_aware() -> None:
    assert utc_now().utcoffset() == timedelta(0)
