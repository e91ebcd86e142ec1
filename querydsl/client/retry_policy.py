"""What to do after a failure: a value with the retries that are left, without I/O or a clock.

The rules are in the table "What happens when something goes wrong?" of the documentation.
"""

from __future__ import annotations

import random
from typing import Final, Literal

import attrs

from ..errors import QueryDSLError
from ..showing import one_line

#: The kinds of failures. again: temporary (the network, the server); search: the API does not know the search, not yet
#: or no longer; too fast: calls follow each other too fast (see `rate_limit`); quota: the day's quota is used up;
#: token: the access token is refused; final: a retry would fail in the same way.
Kind = Literal["again", "search", "too fast", "quota", "token", "final"]

#: The longest pause between two attempts, in seconds; pauses double from the first one on.
_LONGEST_PAUSE: Final = 60.0
_FIRST_PAUSE: Final = 1.0
_DOUBLED: Final = 6

#: Retries for a search that this client started (its id takes seconds to become valid), and for one of an earlier
#: client.
SEARCH_RETRIES: Final = 5
EARLIER_SEARCH_RETRIES: Final = 1


class Failed(Exception):
    """A failed call; it has the error to raise when no retry is left."""

    def __init__(self, error: QueryDSLError, kind: Kind, retry_after: str | None = None) -> None:
        super().__init__(error, kind)  # not retry_after: a server can put a secret there
        self.error = error
        self.kind = kind
        self.retry_after = retry_after

    def __str__(self) -> str:
        """The error on one line, for the log, so that a text of the server cannot start another line."""
        return one_line(str(self.error))


class Stopped(Exception):
    """The caller no longer waits for the answer."""


@attrs.frozen
class Retries:
    """The retries left, per kind of failure.

    >>> from querydsl import NetworkError
    >>> failed = Failed(NetworkError("no answer"), "again")
    >>> left, seconds = Retries(again=1).after(failed)
    >>> left.again, 0.5 <= seconds <= 1.0, left.after(failed)
    (0, True, None)
    """

    again: int
    search: int = 0
    token: int = 1
    #: The number of pauses so far; each is twice as long as the one before.
    pauses: int = 0

    def after(self, failed: Failed) -> tuple[Retries, float] | None:
        """The retries left after a failure, and the seconds to wait; None if no retry is left."""
        if failed.kind == "again" and self.again:
            return attrs.evolve(self, again=self.again - 1, pauses=self.pauses + 1), self._pause()
        if failed.kind == "search" and self.search:
            return attrs.evolve(self, search=self.search - 1, pauses=self.pauses + 1), self._pause()
        if failed.kind == "token" and self.token:
            return attrs.evolve(self, token=self.token - 1), 0.0
        return None

    def _pause(self) -> float:
        """Each pause is twice as long as the one before; random jitter spreads the retries of many clients."""
        longest = min(_FIRST_PAUSE * 2 ** min(self.pauses, _DOUBLED), _LONGEST_PAUSE)
        return random.uniform(longest / 2, longest)  # noqa: S311  # no secret depends on it
