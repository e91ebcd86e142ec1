"""Moments and days in UTC, and the seconds since 1970 in which the API and its ids count them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECONDS_A_DAY: Final = 86_400


def utc_now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(timezone.utc)


def moment(seconds: int) -> datetime:
    """The moment so many seconds after 1970 began, aware, in UTC.

    >>> moment(1_672_531_200).isoformat()
    '2023-01-01T00:00:00+00:00'
    """
    return EPOCH + timedelta(seconds=seconds)


def start_of_day(day: date) -> int:
    """The second since 1970 at which a day begins, in UTC.

    >>> start_of_day(date(2023, 1, 1))
    1672531200
    """
    return (day - EPOCH.date()).days * SECONDS_A_DAY


def ordinal_of(seconds: int) -> int:
    """The ordinal of the UTC day that has a second since 1970; it may be beyond the calendar.

    >>> date.fromordinal(ordinal_of(1_672_531_200)).isoformat()
    '2023-01-01'
    """
    return EPOCH.toordinal() + seconds // SECONDS_A_DAY
