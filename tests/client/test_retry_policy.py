"""What is done after a failure: a function of values."""

from __future__ import annotations

from email.utils import formatdate
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import NetworkError
from querydsl.client.retry_policy import Failed, Retries


def failed(kind, retry_after=None):
    return Failed(NetworkError("x"), kind, retry_after)


def pauses(retries, failure):
    """The pauses until no retry is left."""
    found = []
    while (step := retries.after(failure)) is not None:
        retries, seconds = step
        found.append(seconds)
    return found


class TestRetries:
    @pytest.mark.parametrize(
        ("kind", "retry_after", "times"),
        [("again", None, 4), ("search", None, 5), ("token", None, 1), ("final", None, 0), ("quota", None, 0),
         ("quota", "7", 3), ("again", "7", 4)],
    )  # fmt: skip
    def test_each_kind_has_its_own(self, kind, retry_after, times):
        assert len(pauses(Retries(4), failed(kind, retry_after))) == times

    def test_one_kind_does_not_use_up_another(self):
        retries, _ = Retries(1).after(failed("again"))
        assert retries.after(failed("again")) is None
        assert len(pauses(retries, failed("search"))) == 5

    def test_pauses_double_up_to_a_minute(self):
        found = pauses(Retries(12), failed("again"))
        longest = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]
        assert all(most / 2 <= pause <= most for pause, most in zip(found, longest, strict=True))

    def test_pauses_can_be_very_many(self):
        assert len(pauses(Retries(2_000), failed("again"))) == 2_000

    def test_a_new_token_is_not_waited_for(self):
        assert pauses(Retries(4), failed("token")) == [0.0]

    @pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("7", 7), (" 60 ", 60), ("007", 7)])
    def test_a_retry_after_is_obeyed(self, text, seconds):
        assert pauses(Retries(4), failed("quota", text)) == [seconds] * 3

    def test_a_retry_after_that_is_a_date_is_obeyed(self):
        assert 25 < pauses(Retries(4), failed("quota", formatdate(time() + 30, usegmt=True)))[0] <= 30

    @pytest.mark.parametrize("seconds", [61, 3600, 86_400 * 365 * 9000])
    def test_a_retry_after_that_is_far_away_is_not_obeyed(self, seconds):
        assert pauses(Retries(4), failed("quota", str(seconds))) == []

    def test_a_date_that_is_far_away_is_not_obeyed(self):
        assert pauses(Retries(4), failed("quota", formatdate(time() + 90, usegmt=True))) == []

    @given(st.text(max_size=40))
    def test_nonsense_is_no_failure_of_ours(self, text):
        for seconds in pauses(Retries(4), failed("quota", text)):
            assert 0 <= seconds <= 60
