"""What is done after a failure: a function of values."""

from __future__ import annotations

import pytest

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
         ("too fast", "7", 0), ("again", "7", 4)],
    )  # fmt: skip
    def test_each_kind_has_its_own(self, kind, retry_after, times):
        assert len(pauses(Retries(4, search=5), failed(kind, retry_after))) == times

    def test_one_kind_does_not_use_up_the_retries_of_another(self):
        retries, _ = Retries(1, search=5).after(failed("again"))
        assert retries.after(failed("again")) is None
        assert len(pauses(retries, failed("search"))) == 5

    def test_pauses_double_up_to_a_minute(self):
        found = pauses(Retries(12), failed("again"))
        longest = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]
        assert all(most / 2 <= pause <= most for pause, most in zip(found, longest, strict=True))

    def test_pauses_can_be_very_many(self):
        assert len(pauses(Retries(2_000), failed("again"))) == 2_000

    def test_a_new_token_needs_no_pause(self):
        assert pauses(Retries(4), failed("token")) == [0.0]
