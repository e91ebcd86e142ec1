"""How fast calls may follow each other after the API has answered that they are too fast.

`Pace` is a value that decides from times alone, without I/O or a clock. `Pacer` keeps one for all threads of a client.
They wait with `Clock` for a time, and with `Turn` for another thread. Every wait can be interrupted and stopped.
"""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from threading import Event, Lock
from typing import Final

import attrs

from .retry_policy import Failed, Stopped

_LOG: Final = logging.getLogger("querydsl")

#: Seconds of pause for all calls after the first rejection, the second in a row, and so on, without a Retry-After.
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
#: Seconds at the lower speed after a pause.
_SLOW: Final = 60.0
#: Seconds of rejections after which the day's quota may be the cause, and then the seconds between two calls.
_LASTING: Final = 120.0
_BETWEEN_PROBES: Final = 600.0

#: The speed before a rejection is measured over this many seconds of accepted calls.
_MEASURED: Final = 10.0
_REMEMBERED: Final = 64
#: The most seconds between two calls at the lower speed: the API accepts calls again after about ten seconds (users).
_SLOWEST: Final = 10.0

_NEVER: Final = float("-inf")

#: Seconds between two checks of a stop event; an endless wait cannot be interrupted on every system.
_LOOK: Final = 0.2


@attrs.frozen
class Pace:
    """When the next call may start, as a result of the calls before. All times are seconds since 1970.

    >>> pace, wait = Pace().claim(at=100.0)
    >>> wait
    0.0
    >>> pace = pace.rejected(began=100.0, at=100.5)
    >>> pace.claim(at=100.5)[1]
    1.0
    """

    #: No call starts before this time.
    paused_until: float = _NEVER
    #: Until this time, calls start `interval` seconds apart.
    slow_until: float = _NEVER
    interval: float = 0.0
    #: Whether the speed still has to be halved; calls that were on their way still count for the old speed.
    to_halve: bool = False
    #: The start of the last call, and the starts of the last accepted calls.
    last: float = _NEVER
    accepted: tuple[float, ...] = ()
    #: The start of the current series of rejections; None after an accepted call.
    since: float | None = None
    #: The number of pauses in this series.
    pauses: int = 0
    #: Whether single calls test if the rejections have ended.
    probing: bool = False

    def claim(self, at: float) -> tuple[Pace, float]:
        """The pace after a call that starts now, and 0; or this pace, and the seconds to wait before asking again."""
        earliest = max(self.paused_until, self.last + self._interval(at))
        if at < earliest:
            return self, earliest - at
        if self.to_halve:
            return attrs.evolve(self, last=at, interval=self._halved(), to_halve=False), 0.0
        return attrs.evolve(self, last=at), 0.0

    def accepted_call(self, began: float) -> Pace:
        """The pace after an accepted call. A call from before the pause says nothing about the time after it."""
        accepted = (*self.accepted[1 - _REMEMBERED :], began)
        if began < self.paused_until:
            return attrs.evolve(self, accepted=accepted)
        return attrs.evolve(self, accepted=accepted, since=None, pauses=0, probing=False)

    def rejected(self, began: float, at: float, retry_after: float | None = None, probing: bool = False) -> Pace:
        """The pace after a call was rejected as too fast: a pause, and then half the speed.

        `probing`: once the day's quota may be the cause, try one call every ten minutes.
        """
        if began < self.paused_until:  # it was on its way when others were rejected
            return self.closed_until(at + min(retry_after or 0.0, _LASTING))
        running = self.since is not None and began <= self.slow_until  # by its start: answers are slow
        pauses = self.pauses if running else 0
        since = self.since if running and self.since is not None else at
        probes = probing and at - since >= _LASTING
        asked_for = retry_after or _PAUSES[min(pauses, len(_PAUSES) - 1)]
        if asked_for > _LASTING:  # one more call at the end of the two minutes decides
            asked_for = max(since + _LASTING - at, _PAUSES[0])
        pause = _BETWEEN_PROBES if probes else asked_for
        return attrs.evolve(
            self,
            paused_until=at + pause,
            slow_until=at + pause + _SLOW,
            interval=self._interval(at),
            to_halve=self.to_halve or not running,
            since=since,
            pauses=pauses + 1,
            probing=probes,
        )

    def closed_until(self, moment: float) -> Pace:
        """The pace without any call before a moment."""
        return attrs.evolve(self, paused_until=max(self.paused_until, moment))

    def may_be_quota(self, at: float) -> bool:
        """Whether calls have been rejected long enough that the day's quota may be used up."""
        return self.since is not None and at - self.since >= _LASTING

    def _interval(self, at: float) -> float:
        return self.interval if at < self.slow_until else 0.0

    def _halved(self) -> float:
        """Twice the seconds between two calls that were accepted before the rejections."""
        end = self.last if self.since is None else self.since
        measured = [began for began in self.accepted if end - _MEASURED < began <= end]
        span = max(1.0, end - min(measured, default=end))
        return min(2 * max(span / max(1, len(measured)), self.interval), _SLOWEST)


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """The seconds in a Retry-After: a whole number, or a date after now; None for anything else.

    >>> seconds_of("7", datetime.now(timezone.utc)), seconds_of("soon", datetime.now(timezone.utc))
    (7.0, None)
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:10])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    seconds = (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp() - now.timestamp()
    return seconds if seconds > 0 else None


class Clock:
    """The time of a client in seconds: by `now`, but never earlier than the end of the last sleep.

    So a pause ends after one sleep, even if `now` stands still. The time never goes back.
    """

    def __init__(self, now: Callable[[], datetime], sleep: Callable[[float], object]) -> None:
        self.now = now
        self._sleep = sleep
        self._latest = float("-inf")
        self._lock = Lock()

    def time(self) -> float:
        """Seconds since 1970, UTC."""
        return self._at_least(self.now().timestamp())

    def sleep(self, seconds: float, stop: Event | None) -> None:
        """Sleep; raises Stopped as soon as `stop` is set."""
        if seconds <= 0:
            return
        end = self.time() + seconds
        if stop is not None and self._sleep is time.sleep:
            stop.wait(seconds)
        else:
            self._sleep(seconds)
        if stop is not None and stop.is_set():
            raise Stopped
        self._at_least(end)

    def _at_least(self, moment: float) -> float:
        with self._lock:
            self._latest = max(self._latest, moment)
            return self._latest


class Turn:
    """One thread at a time has the turn; the others wait until it ends. No lock is held during the turn."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._current: _Round | None = None

    def take(self) -> bool:
        """Take the turn, unless another thread has it; the thread that takes it must end it."""
        with self._lock:
            if self._current is not None:
                return False
            self._current = _Round()
            return True

    def end(self, failure: Exception | None = None) -> None:
        """End the turn. All waiting threads continue, or raise a copy of the failure."""
        with self._lock:
            ended, self._current = self._current, None
        assert ended is not None
        ended.failure = failure
        ended.over.set()

    def wait(self, stop: Event | None) -> None:
        """Wait until another thread's turn ends, if there is one; raises Stopped as soon as `stop` is set."""
        current = self._current
        if current is None:
            return
        while not current.over.wait(_LOOK):
            if stop is not None and stop.is_set():
                raise Stopped
        if current.failure is not None:
            raise copy.copy(current.failure)


class _Round:
    def __init__(self) -> None:
        self.over = Event()
        self.failure: Exception | None = None


class Pacer:
    """The common pace of all threads of a client."""

    def __init__(self, clock: Clock, waits_for_quota: bool) -> None:
        self._clock = clock
        self._waits_for_quota = waits_for_quota
        self._pace = Pace()
        self._lock = Lock()
        self._probe = Turn()

    @contextmanager
    def call(self, stop: Event | None) -> Iterator[None]:
        """Make a call in this block once the pace allows it; the pace learns from the result. Raises Stopped."""
        began, probes = self._begin(stop)
        try:
            yield
        except Failed as failed:
            if failed.kind == "too fast":
                self._rejected(began, failed)
            elif failed.kind != "again":
                self._accepted(began)
            raise
        else:
            self._accepted(began)
        finally:
            if probes:
                self._probe.end()

    def pause(self, seconds: float) -> bool:
        """Allow no call for this number of seconds; False if calls were already stopped until then."""
        with self._lock:
            until = self._clock.time() + seconds
            is_new = self._pace.paused_until < until - 1.0  # calls of the same pause come a little later
            self._pace = self._pace.closed_until(until)
        return is_new

    def may_be_quota(self) -> bool:
        """Whether calls have been rejected long enough that the day's quota may be used up."""
        return self._pace.may_be_quota(self._clock.time())

    def _begin(self, stop: Event | None) -> tuple[float, bool]:
        """Wait until a call may start; returns its start, and whether it is the only one at this time."""
        while True:
            with self._lock:
                at = self._clock.time()
                self._pace, wait = self._pace.claim(at)
                probing = self._pace.probing
            if wait > 0:
                self._clock.sleep(wait, stop)
            elif not probing:
                return at, False
            elif not self._probe.take():
                self._probe.wait(stop)
            elif self._pace.paused_until <= at:
                return at, True
            else:  # another call was rejected meanwhile
                self._probe.end()

    def _accepted(self, began: float) -> None:
        with self._lock:
            self._pace = self._pace.accepted_call(began)

    def _rejected(self, began: float, failed: Failed) -> None:
        seconds = seconds_of(failed.retry_after, self._clock.now())
        with self._lock:
            at, before = self._clock.time(), self._pace
            self._pace = after = before.rejected(began, at, seconds, self._waits_for_quota)
        if after.paused_until <= before.paused_until:
            return
        if after.probing:
            _LOG.warning("%s; it may be the day's quota: one call every ten minutes until it passes", failed)
        elif not after.may_be_quota(at):
            _LOG.info("%s; all calls pause for %.1f s", failed, after.paused_until - at)
