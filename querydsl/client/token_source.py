"""Where a client has its access token from: it was given, or one thread fetches it for all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Event
from typing import Final

from ..errors import QueryDSLError
from .tokens import Token
from .waiting import Turn

_LOG: Final = logging.getLogger("querydsl")

#: Fetches a token; raises Stopped once the event is set.
Fetch = Callable[[Event | None], Token]


class TokenSource:
    """The token of a client. Threads share it: one fetches, and the others wait for what becomes of it.

    Without `fetch` the given token is used whatever its age.
    """

    def __init__(self, token: Token | None, fetch: Fetch | None, now: Callable[[], datetime]) -> None:
        self._token = token
        self._fetch = fetch
        self._now = now
        self._turn = Turn()

    @property
    def can_renew(self) -> bool:
        """Whether a refused token can be replaced."""
        return self._fetch is not None

    def get(self, stop: Event | None) -> Token:
        """A token that can be used, fetched if need be. Raises what fetching raises, and Stopped."""
        while True:
            token = self._usable()
            if token is not None:
                return token
            if self._turn.take():
                return self._renewed(stop)
            self._turn.wait(stop)

    def drop(self, refused: Token) -> None:
        """Forget a token that was refused, unless another thread has renewed it."""
        if self._token is refused:
            self._token = None

    def _usable(self) -> Token | None:
        token = self._token
        return token if token is not None and (self._fetch is None or token.is_fresh(self._now())) else None

    def _renewed(self, stop: Event | None) -> Token:
        """Fetch a token while this thread has the turn."""
        failure = None
        try:
            token = self._usable()  # another thread may have ended its turn just now
            if token is None:
                assert self._fetch is not None
                if self._token is not None:
                    _LOG.info("the access token is about to expire; getting a new one")
                token = self._token = self._fetch(stop)
            return token
        except QueryDSLError as error:
            failure = error
            raise
        finally:
            self._turn.end(failure)
