"""Moments and days in UTC, and their seconds since 1970, which the API and its ids use."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECONDS_A_DAY: Final = 86_400


def utc_now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(timezone.utc)


def moment(seconds: int) -> datetime:
    """The moment that is this number of seconds after the start of 1970, aware, in UTC.

    >>> moment(1_672_531_200).isoformat()
    '2023-01-01T00:00:00+00:00'
    """
    return EPOCH + timedelta(seconds=seconds)


def start_of_day(day: date) -> int:
    """The start of a day in UTC, in seconds since 1970.

    >>> start_of_day(date(2023, 1, 1))
    1672531200
    """
    return (day - EPOCH.date()).days * SECONDS_A_DAY


#: The first and the last second of the calendar, the years 1 to 9999.
FIRST_SECOND: Final = start_of_day(date.min)
LAST_SECOND: Final = start_of_day(date.max) + SECONDS_A_DAY - 1


def ordinal_of(seconds: int) -> int:
    """The ordinal of the UTC day that contains a second since 1970; it may be outside the calendar.

    >>> date.fromordinal(ordinal_of(1_672_531_200)).isoformat()
    '2023-01-01'
    """
    return EPOCH.toordinal() + seconds // SECONDS_A_DAY
