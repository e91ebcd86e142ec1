"""Waiting: for time, and for another thread; and how it ends early."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from querydsl import CredentialsRefused
from querydsl.client.retry_policy import Stopped
from querydsl.client.waiting import Clock, Turn

NOON = datetime(2023, 5, 1, 12, tzinfo=timezone.utc)


class TestClock:
    def test_it_is_that_of_now(self):
        assert Clock(lambda: NOON, time.sleep).time() == NOON.timestamp()

    def test_what_was_slept_has_passed_even_where_now_stands_still(self):
        slept = []
        clock = Clock(lambda: NOON, slept.append)
        clock.sleep(30, None)
        clock.sleep(12, None)
        assert (clock.time() - NOON.timestamp(), slept) == (42, [30, 12])

    def test_it_never_goes_back(self):
        moments = iter([NOON, NOON - timedelta(hours=1)])
        clock = Clock(lambda: next(moments), time.sleep)
        assert clock.time() == clock.time()

    @pytest.mark.parametrize("seconds", [0, -1])
    def test_no_time_is_not_slept(self, seconds):
        slept = []
        Clock(lambda: NOON, slept.append).sleep(seconds, None)
        assert slept == []

    def test_a_stop_ends_the_longest_sleep(self):
        stop = threading.Event()
        clock = Clock(lambda: NOON, time.sleep)
        with ThreadPoolExecutor(1) as pool:
            sleeper = pool.submit(clock.sleep, 86_400.0, stop)
            stop.set()
            with pytest.raises(Stopped):
                sleeper.result()


class Looks(threading.Event):
    """A stop that is never set, and says when a thread has looked whether it is."""

    def __init__(self):
        super().__init__()
        self.seen = threading.Event()

    def is_set(self):
        self.seen.set()
        return False


class TestTurn:
    def test_one_has_it_at_a_time(self):
        turn = Turn()
        assert (turn.take(), turn.take()) == (True, False)
        turn.end()
        assert turn.take()

    def test_where_nobody_has_it_nobody_waits(self):
        Turn().wait(None)

    def test_others_wait_until_it_ends(self):
        turn, order = Turn(), []
        assert turn.take()

        def wait():
            turn.wait(None)
            order.append("went on")

        with ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(wait) for _ in range(4)]
            order.append("ended")
            turn.end()
        assert [one.result() for one in waiting] == [None] * 4
        assert order == ["ended"] + ["went on"] * 4

    def test_they_raise_a_copy_of_the_failure_that_it_ends_in(self):
        turn, failure = Turn(), CredentialsRefused("invalid_client", "no", 401)
        assert turn.take()
        with ThreadPoolExecutor(1) as pool:
            looks = Looks()
            waiting = pool.submit(turn.wait, looks)
            looks.seen.wait()
            turn.end(failure)
            error = waiting.exception()
        assert (type(error), error.args) == (CredentialsRefused, failure.args)
        assert error is not failure

    def test_a_stop_ends_the_wait(self):
        turn, stop = Turn(), threading.Event()
        assert turn.take()
        stop.set()
        with pytest.raises(Stopped):
            turn.wait(stop)
