"""How fast calls may follow each other: a value, tested without a socket or a sleep; and threads against a limiter."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import Client, CredentialsRefused, NetworkError, Region, select
from querydsl.client.rate_limit import Clock, Pace, Pacer, Turn, seconds_of
from querydsl.client.retry_policy import Failed, Stopped

from .server import page, refusal, scripted

NOON = datetime(2023, 5, 1, 12, tzinfo=timezone.utc)
TOO_FAST = Failed(NetworkError("x"), "too fast")


def busy(calls, interval, start=0.0):
    """A pace after accepted calls at a fixed distance, and the start of the next call."""
    pace, at = Pace(), start
    for _ in range(calls):
        pace, wait = pace.claim(at)
        assert wait == 0
        pace = pace.accepted_call(at)
        at += interval
    return pace, at


def begins(pace, at, calls):
    """The starts of calls that are all requested at once."""
    found = []
    for _ in range(calls):
        pace, wait = pace.claim(at)
        while wait:
            at += wait
            pace, wait = pace.claim(at)
        found.append(at)
    return found


class TestPace:
    def test_at_first_nothing_waits(self):
        assert begins(Pace(), 100.0, 3) == [100.0] * 3

    def test_a_rejection_pauses_all_calls(self):
        assert Pace().rejected(100.0, 100.0).claim(100.5)[1] == 0.5

    @pytest.mark.parametrize(("asked", "pause"), [(None, 1), (0.0, 1), (0.5, 0.5), (7.0, 7), (120.0, 120)])
    def test_a_retry_after_says_how_long(self, asked, pause):
        assert Pace().rejected(100.0, 100.0, asked).claim(100.0)[1] == pause

    def test_pauses_double_up_to_half_a_minute(self):
        pace, at, found = Pace(), 100.0, []
        for _ in range(8):
            pace = pace.rejected(at, at)
            pace, wait = pace.claim(at)
            found.append(wait)
            at += wait
        assert found == [1, 2, 4, 8, 16, 30, 30, 30]

    def test_after_an_accepted_call_pauses_start_from_the_shortest(self):
        pace = Pace().rejected(100.0, 100.0).rejected(101.0, 101.0).accepted_call(103.0).rejected(104.0, 104.0)
        assert pace.claim(104.0)[1] == 1

    def test_calls_on_their_way_are_part_of_the_same_rejection(self):
        pace = Pace().rejected(100.0, 100.2)
        for late in (100.3, 100.4, 101.1):
            pace = pace.rejected(100.1, late)
        assert pace == Pace().rejected(100.0, 100.2)

    def test_a_late_retry_after_makes_the_pause_longer(self):
        pace = Pace().rejected(100.0, 100.0).rejected(99.0, 100.5, 9.0)
        assert pace.claim(100.5)[1] == 9

    def test_a_call_that_was_on_its_way_does_not_end_the_rejections(self):
        pace = Pace().rejected(100.0, 100.0).accepted_call(99.5).rejected(101.0, 101.0)
        assert pace.claim(101.0)[1] == 2

    def test_after_a_pause_calls_start_at_half_the_speed(self):
        pace, at = busy(20, 0.5)
        assert begins(pace.rejected(at, at), at, 4) == pytest.approx([at + 1, at + 2, at + 3, at + 4])

    def test_accepted_calls_of_a_burst_count_as_one_second(self):
        pace, at = busy(5, 0.0, start=100.0)
        assert begins(pace.rejected(at, at), at, 3) == pytest.approx([101.0, 101.4, 101.8])

    def test_a_call_that_is_answered_after_the_rejection_counts_too(self):
        pace = Pace().rejected(100.0, 100.0)
        for _ in range(5):
            pace = pace.accepted_call(100.0)
        assert begins(pace, 100.0, 3) == pytest.approx([101.0, 101.4, 101.8])

    def test_after_another_rejection_calls_start_at_a_quarter_of_the_speed(self):
        pace, at = busy(20, 0.5)
        pace = pace.rejected(at, at)
        pace, _ = pace.claim(at + 1)
        pace = pace.accepted_call(at + 1).rejected(at + 2, at + 2)
        first, second, third = begins(pace, at + 2, 3)
        assert (first, second - first, third - second) == pytest.approx((at + 3, 2, 2), abs=0.5)

    def test_rejections_in_a_row_slow_it_down_once(self):
        pace, at = busy(20, 0.5)
        pace = pace.rejected(at, at).rejected(at + 1, at + 1).rejected(at + 3, at + 3)
        first, second = begins(pace, at + 3, 2)
        assert second - first == pytest.approx(1.0)

    def test_a_minute_after_the_last_pause_nothing_waits(self):
        pace = Pace().rejected(100.0, 100.0)
        pace, _ = pace.claim(101.0)
        pace = pace.accepted_call(101.0)
        assert pace.claim(101.5)[1] > 0
        assert begins(pace, 161.0, 3) == [161.0] * 3

    def test_two_calls_are_never_more_than_ten_seconds_apart(self):
        pace, at = Pace(), 100.0
        for _ in range(20):
            pace = pace.rejected(at, at)
            [at] = begins(pace, at, 1)
            pace, _ = pace.claim(at)
            pace = pace.accepted_call(at)
        assert pace.claim(at)[1] == 10

    @pytest.mark.parametrize(("at", "may_be"), [(219.0, False), (220.0, True), (221.0, True)])
    def test_after_two_minutes_it_may_be_the_quota(self, at, may_be):
        pace = Pace().rejected(100.0, 100.0, 60.0).rejected(160.0, 160.0, 60.0)
        assert pace.may_be_quota(at) is may_be

    @pytest.mark.parametrize("asked", [121.0, 3600.0, 1e9])
    def test_a_longer_retry_after_pauses_for_the_rest_of_the_two_minutes(self, asked):
        pace = Pace().rejected(100.0, 100.0, asked)
        assert (pace.claim(100.0)[1], pace.may_be_quota(219.0), pace.may_be_quota(220.0)) == (120, False, True)
        assert Pace().rejected(100.0, 100.0, 60.0).rejected(160.0, 160.0, asked).claim(160.0)[1] == 60

    def test_rejections_far_apart_are_not_one(self):
        pace = Pace().rejected(100.0, 100.0).rejected(500.0, 500.0)
        assert not pace.may_be_quota(500.0)
        assert pace.claim(500.0)[1] == 1

    def test_rejections_in_a_row_are_one_series_even_with_slow_answers(self):
        pace = Pace().rejected(100.0, 163.0).rejected(164.0, 227.0).rejected(229.0, 292.0)
        assert pace.may_be_quota(292.0)
        assert pace.claim(292.0)[1] == 4

    def test_probing_tries_every_ten_minutes(self):
        pace = (
            Pace().rejected(100.0, 100.0, 60.0).rejected(160.0, 160.0, 60.0).rejected(220.0, 220.0, 7.0, probing=True)
        )
        assert (pace.probing, pace.claim(220.0)[1]) == (True, 600)
        again = pace.rejected(820.0, 820.0, probing=True)
        assert (again.probing, again.claim(820.0)[1]) == (True, 600)
        assert not again.accepted_call(1420.0).probing

    @given(
        st.lists(
            st.tuples(st.sampled_from(["accepted", "rejected"]), st.floats(0, 700), st.none() | st.floats(0, 1e9)),
            max_size=40,
        ),
        st.booleans(),
    )
    def test_no_call_waits_longer_than_ten_minutes(self, events, probing):
        pace, at = Pace(), 1e9
        for what, later, asked in events:
            pace, wait = pace.claim(at)
            assert 0 <= wait <= 600
            began, at = at, at + wait + later
            pace = pace.accepted_call(began) if what == "accepted" else pace.rejected(began, at, asked, probing)
        assert 0 <= pace.claim(at)[1] <= 600


class TestSecondsOf:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("0", 0), ("7", 7), (" 60 ", 60), ("007", 7), (None, None), ("", None), ("soon", None), ("1.5", None),
         ("-1", None), ("\x80", None), ("\u0661", None), ("Mon, 99 Foo 2023 00:00:00 GMT", None),
         ("Mon, 01 May 2023 12:00:30 GMT", 30), ("Mon, 01 May 2023 12:00:30", 30),
         ("Mon, 01 May 2023 11:00:00 GMT", None)],
    )  # fmt: skip
    def test_a_number_or_a_date_after_now(self, text, seconds):
        assert seconds_of(text, NOON) == seconds

    def test_digits_without_end_are_many_seconds(self):
        assert seconds_of("9" * 5000, NOON) > 1e9

    @given(st.text(max_size=40))
    def test_nonsense_is_not_an_error(self, text):
        assert (seconds_of(text, NOON) or 0) >= 0

    @given(st.integers(1, 10**6))
    def test_a_date_means_its_seconds(self, seconds):
        assert seconds_of(format_datetime(NOON + timedelta(seconds=seconds), usegmt=True), NOON) == seconds


class TestClock:
    def test_the_time_is_that_of_now(self):
        assert Clock(lambda: NOON, time.sleep).time() == NOON.timestamp()

    def test_sleeping_advances_the_time_even_if_now_stands_still(self):
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
    def test_a_sleep_of_zero_seconds_is_skipped(self, seconds):
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
    """A stop event that is never set, and that tells when a thread has checked it."""

    def __init__(self):
        super().__init__()
        self.seen = threading.Event()

    def is_set(self):
        self.seen.set()
        return False


class TestTurn:
    def test_one_thread_has_the_turn_at_a_time(self):
        turn = Turn()
        assert (turn.take(), turn.take()) == (True, False)
        turn.end()
        assert turn.take()

    def test_without_a_turn_nobody_waits(self):
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


class TestPacer:
    def test_a_stop_ends_a_pause_at_once(self):
        stop = threading.Event()
        stop.set()
        pacer = Pacer(Clock(lambda: NOON, time.sleep), False)
        with pytest.raises(Failed), pacer.call(None):
            raise TOO_FAST
        with pytest.raises(Stopped), pacer.call(stop):
            pass

    def test_one_call_at_a_time_probes(self):
        """Of several threads that wait for the quota, one tries first; the others wait for its result."""
        clock = Clock(lambda: NOON, lambda _: None)
        pacer = Pacer(clock, True)
        for _ in range(9):
            with pytest.raises(Failed), pacer.call(None):
                raise TOO_FAST
        inside, most, finished = [], [], threading.Event()

        def call(_):
            with pacer.call(None):
                inside.append(1)
                most.append(len(inside))
                finished.wait(0.05)
                inside.pop()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(call, range(8)))
        assert most[0] == 1
        assert len(most) == 8

    def test_a_probe_that_brings_no_answer_lets_the_next_try(self):
        pacer = Pacer(Clock(lambda: NOON, lambda _: None), True)
        for _ in range(9):
            with pytest.raises(Failed), pacer.call(None):
                raise TOO_FAST
        for _ in range(3):
            with pytest.raises(Failed), pacer.call(None):
                raise Failed(NetworkError("x"), "again")


class Bucket:
    """A limiter of five calls a second with its own clock, which only sleeping moves."""

    def __init__(self, rate: float = 5.0, capacity: float = 5.0) -> None:
        self.rate, self.capacity, self.left = rate, capacity, capacity
        self.clock = self.filled = 0.0
        self.lock = threading.Lock()
        self.rejected = 0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.clock)

    def sleep(self, seconds: float) -> None:
        """If several sleep, the time at which the first one wakes is the time for all."""
        end = self.clock + seconds
        with self.lock:
            self.clock = max(self.clock, end)

    def __call__(self, _) -> bytes:
        with self.lock:
            self.left = min(self.capacity, self.left + (self.clock - self.filled) * self.rate)
            self.filled = self.clock
            if self.left < 1:
                self.rejected += 1
                return refusal("rate_limit_exceeded", "slow down")
            self.left -= 1
            return page([1])


class TestThreads:
    @pytest.mark.parametrize("on_quota", ["raise", "wait"])
    def test_eight_workers_get_all_windows_from_a_limiter_of_five_a_second(self, on_quota):
        bucket = Bucket()
        requests = [select("id").where(Region == "US").on(f"202301{day:02}").request() for day in range(1, 25)]
        with (
            scripted(bucket) as server,
            Client("clt.given", base_url=server.url, now=bucket.now, sleep=bucket.sleep, on_quota=on_quota) as client,
            ThreadPoolExecutor(8) as pool,
        ):
            pages = list(pool.map(client.send, requests))
        assert len(pages) == 24
        assert client.calls == 24 + bucket.rejected
        assert bucket.rejected <= 8
