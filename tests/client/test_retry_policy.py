"""What is done after a failure: a function of values."""

from __future__ import annotations

from email.utils import formatdate
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import NetworkError
from querydsl.client.retry_policy import Failed, Patience


def failed(kind, retry_after=None):
    return Failed(NetworkError("x"), kind, retry_after)


def pauses(patience, failure):
    """How long is waited, until there is no patience left."""
    found = []
    while (step := patience.after(failure)) is not None:
        patience, seconds = step
        found.append(seconds)
    return found


class TestPatience:
    @pytest.mark.parametrize(
        ("kind", "retry_after", "times"),
        [("again", None, 4), ("search", None, 5), ("token", None, 1), ("final", None, 0), ("quota", None, 0),
         ("quota", "7", 3), ("again", "7", 4)],
    )  # fmt: skip
    def test_each_kind_has_its_own(self, kind, retry_after, times):
        assert len(pauses(Patience(4), failed(kind, retry_after))) == times

    def test_one_kind_does_not_use_up_another(self):
        patience, _ = Patience(1).after(failed("again"))
        assert patience.after(failed("again")) is None
        assert len(pauses(patience, failed("search"))) == 5

    def test_pauses_double_up_to_a_minute(self):
        found = pauses(Patience(12), failed("again"))
        longest = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]
        assert all(most / 2 <= pause <= most for pause, most in zip(found, longest, strict=True))

    def test_even_after_very_many(self):
        assert len(pauses(Patience(2_000), failed("again"))) == 2_000

    def test_a_new_token_is_not_waited_for(self):
        assert pauses(Patience(4), failed("token")) == [0.0]

    @pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("7", 7), (" 60 ", 60), ("007", 7)])
    def test_a_retry_after_is_obeyed(self, text, seconds):
        assert pauses(Patience(4), failed("quota", text)) == [seconds] * 3

    def test_so_is_a_date(self):
        assert 25 < pauses(Patience(4), failed("quota", formatdate(time() + 30, usegmt=True)))[0] <= 30

    @pytest.mark.parametrize("seconds", [61, 3600, 86_400 * 365 * 9000])
    def test_but_none_that_is_far_away(self, seconds):
        assert pauses(Patience(4), failed("quota", str(seconds))) == []

    def test_nor_such_a_date(self):
        assert pauses(Patience(4), failed("quota", formatdate(time() + 90, usegmt=True))) == []

    @given(st.text(max_size=40))
    def test_nonsense_is_no_failure_of_ours(self, text):
        for seconds in pauses(Patience(4), failed("quota", text)):
            assert 0 <= seconds <= 60
