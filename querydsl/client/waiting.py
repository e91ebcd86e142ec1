"""Waiting: until a time has passed, or until another thread is done. Whoever waits can be interrupted and stopped."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from datetime import datetime
from threading import Event, Lock
from typing import Final

from .retry_policy import Stopped

#: Seconds between two looks at a stop event; a wait without end could not be interrupted on every system.
_LOOK: Final = 0.2


class Clock:
    """The time of a client in seconds: by `now`, and at least as late as after what was slept.

    So a pause ends after one sleep, even with a `now` that stands still. It never goes back.
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
    """One thread at a time has the turn; the others wait until it ends. No lock is held meanwhile."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._current: _Round | None = None

    def take(self) -> bool:
        """Take the turn, unless another thread has it; whoever takes it has to end it."""
        with self._lock:
            if self._current is not None:
                return False
            self._current = _Round()
            return True

    def end(self, failure: Exception | None = None) -> None:
        """End the turn; all who wait for it go on, or raise a copy of the failure."""
        with self._lock:
            ended, self._current = self._current, None
        assert ended is not None
        ended.failure = failure
        ended.over.set()

    def wait(self, stop: Event | None) -> None:
        """Wait until the turn of another thread ends, if one has it; raises Stopped as soon as `stop` is set."""
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
