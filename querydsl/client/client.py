"""The client: it sends requests, tries again after failures, and returns the answers."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from threading import Event, Lock, RLock
from typing import Any, Final, Literal, TypeVar

import attrs

from ..errors import (
    ApiError,
    BudgetSpent,
    MissingCredentials,
    Problem,
    RateLimitExceeded,
    ServerError,
    error,
    raise_errors,
)
from ..requests.request import Request
from ..showing import shown
from ..tables import API_URL, DAILY_CALLS, TOKEN_PATH
from ..videos import Page, Video
from .paging import Place, Step, walk
from .responses import Answer, Make, read_answer
from .retry_policy import Failed, Retries, Stopped
from .taking import one_request, requests_of, with_id
from .tokens import FORM, Credentials, Secrets, Token, checked_secret, read_token
from .transport import Transport, checked_base

T = TypeVar("T")

#: How many of its own search_ids the client remembers; only these are tried again when the API rejects them.
_SEARCHES: Final = 10_000

#: Allowed clock skew: so long after 00:00 UTC the server may still count for yesterday's quota.
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_A_MINUTE: Final = timedelta(minutes=1)

_LOG: Final = logging.getLogger("querydsl")


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Client:
    """Sends requests to the Research API; a context manager that threads can share.

    Give an access `token`, or `credentials` (or a pair of key and secret) that one is fetched with and renewed.
    `base_url` is the host; `timeout` is seconds, for a connection and for an answer. A request that fails on the way,
    or with the server's fault, is sent `attempts` times in all. `max_calls` bounds the calls; when the day's
    quota is used up, `on_quota="wait"` sleeps until the next begins, at 00:00 UTC. `sleep` and `now` (an aware moment,
    UTC) are there for tests.

    Raises MissingCredentials with neither token nor credentials, and ValidationError for a wrong option.

    >>> from querydsl import Region, select
    >>> from querydsl.sandbox import App, corpus, serve
    >>> plan = select("id", "region_code").where(Region == "JP").between("20230101", "20230131").plan()
    >>> with serve(App(corpus(1000))) as url, Client(token="any", base_url=url) as client:
    ...     regions = {video.region_code for video in client.videos(plan)}
    >>> regions
    {'JP'}
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        credentials: Credentials | tuple[str, str] | None = None,
        base_url: str = API_URL,
        timeout: float = 60.0,
        attempts: int = 5,
        max_calls: int | None = None,
        on_quota: Literal["raise", "wait"] = "raise",
        max_response_bytes: int = 64 * 1024 * 1024,
        sleep: Callable[[float], object] = time.sleep,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        if token is None and credentials is None:
            raise MissingCredentials(f"there is neither a token nor credentials; {_WHAT_TO_SET}")
        if isinstance(credentials, tuple) and len(credentials) == 2:
            credentials = Credentials(*credentials)
        problems = [
            *_credentials(credentials),
            *_seconds("timeout", timeout),
            *_whole_number("attempts", attempts, 1),
            *([] if max_calls is None else _whole_number("max_calls", max_calls, 0)),
            *_whole_number("max_response_bytes", max_response_bytes, 1),
            *_choice("on_quota", on_quota, "raise", "wait"),
        ]
        raise_errors(problems, "Client")
        assert not isinstance(credentials, tuple)
        self._credentials = credentials
        self._transport = Transport(base_url, timeout, max_response_bytes)
        self._attempts = attempts
        self._max_calls = max_calls
        self._on_quota = on_quota
        self._sleep = sleep
        self._now = now
        self._token = None if token is None else Token(checked_secret(token, "token"))
        self._secrets = Secrets(*([credentials.client_key, credentials.client_secret] if credentials else []))
        if self._token is not None:
            self._secrets.add(self._token.text)
        self._renewing = RLock()
        self._counting = Lock()
        self._calls = 0
        self._searches: deque[str] = deque(maxlen=_SEARCHES)

    @classmethod
    def from_env(cls, **options: Any) -> Client:
        """A client with what the environment has.

        It reads `TIKTOK_ACCESS_TOKEN`, or `TIKTOK_CLIENT_KEY` and `TIKTOK_CLIENT_SECRET`, and `TIKTOK_API_URL`;
        `options` are those of the class, and count for more. Raises MissingCredentials with none of them set, and
        ValidationError, which names the variable, for a value that cannot be meant.

        >>> import os
        >>> os.environ["TIKTOK_ACCESS_TOKEN"] = "clt.example"
        >>> Client.from_env(max_calls=10)
        Client(base_url='https://open.tiktokapis.com', calls=0)
        """
        get = os.environ.get
        token, key, secret = (get(name) or None for name in _VARIABLES)
        if token is None and (key is None) != (secret is None):
            missing = _VARIABLES[1] if key is None else _VARIABLES[2]
            raise MissingCredentials(f"{missing} is not set in the environment; {_WHAT_TO_SET}")
        if key is not None and secret is not None and "credentials" not in options:
            options["credentials"] = (checked_secret(key, _VARIABLES[1]), checked_secret(secret, _VARIABLES[2]))
        if token is not None and "token" not in options:
            options["token"] = checked_secret(token, _VARIABLES[0])
        if "base_url" not in options:
            options["base_url"] = checked_base(get(_API_URL) or API_URL, _API_URL)
        return cls(**options)

    def __repr__(self) -> str:
        return f"Client(base_url={self._transport.base_url!r}, calls={self._calls})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def calls(self) -> int:
        """How many HTTP calls for videos were made, retries included; calls for tokens are not counted."""
        return self._calls

    @property
    def origin(self) -> str:
        """Where its videos come from: the host, or "this computer" for a sandbox or anything else on it."""
        return self._transport.origin

    # What users ask for

    def send(self, request: Request) -> Page:
        """Send one request, and give the page that comes back.

        Raises NetworkError, ServerError, ApiError and its subclasses, and BudgetSpent.
        """
        one_request(request, "send")
        try:
            return _as_page(self.ask(request, partial(_as_video, "id" in request.fields)))
        except Failed as failed:
            raise failed.error from failed.__cause__

    def pages(self, request: Request) -> Iterator[Page]:
        """All pages of a request's search; of one with `is_random` exactly one.

        `id` is asked for even when `fields` leaves it out, and a video that was on a page is left out of later ones.
        Raises like `send`, and StuckSearch for pages that lead nowhere.
        """
        return self._pages(one_request(request, "pages"))

    def _pages(self, request: Request) -> Iterator[Page]:
        seen: set[int | None] = set()
        steps = self.steps(with_id(request), partial(_as_video, True))
        step = next(steps, None)
        while step is not None:
            page = _as_page(step.answer)
            fresh = {video.id: video for video in page.videos if video.id not in seen}
            seen.update(fresh)
            yield attrs.evolve(page, videos=tuple(fresh.values()))
            try:
                step = steps.send(len(fresh))
            except StopIteration:
                return

    def videos(self, requests: Request | Iterable[Request]) -> Iterator[Video]:
        """Each video of a plan, or of a request, once, as it arrives.

        It remembers the ids, nothing else. `id` is asked for even when `fields` leaves it out. Raises like `pages`.
        """
        return self._videos(requests_of(requests, "videos"))

    def _videos(self, requests: Iterator[Request]) -> Iterator[Video]:
        seen: set[int | None] = set()
        for request in requests:
            for page in self._pages(request):
                for video in page.videos:
                    if video.id not in seen:
                        seen.add(video.id)
                        yield video

    # What collecting asks for

    def steps(
        self, request: Request, make: Make[T], place: Place | None = None, stop: Event | None = None
    ) -> Generator[Step[T], int, None]:
        """The steps of a request's search (see `walk`), with each video as `make` makes it.

        `place` is where it goes on; once `stop` is set, Stopped is raised.
        """
        if place is not None and place.search_id not in (None, request.search_id):
            self._searches.append(place.search_id)
        return walk(lambda asked: self.ask(asked, make, stop), request, place)

    def ask(self, request: Request, make: Make[T], stop: Event | None = None) -> Answer[T]:
        """Send one request, with retries, and return its answer with each video as `make` makes it.

        Raises Failed when no retry is left, and at once the errors that no retry helps with.
        """
        url = request.url(self._transport.base_url)
        body = request.to_json().encode("ascii")

        def attempt() -> Answer[T]:
            token = self._fresh_token(stop)
            self._count()
            headers = {"Authorization": f"Bearer {token.text}", "Content-Type": "application/json"}
            try:
                return read_answer(self._transport.post(url, body, headers), make, self._secrets.redact)
            except Failed as failed:
                if failed.kind == "token" and self._credentials is not None:
                    self._drop(token)
                elif failed.kind == "token" or (failed.kind == "search" and request.search_id not in self._searches):
                    raise failed.error from None
                raise

        answer = self._until_done(attempt, stop)
        if answer.search_id is not None and answer.search_id != request.search_id:
            self._searches.append(answer.search_id)
        return answer

    # Retries

    def _until_done(self, attempt: Callable[[], T], stop: Event | None) -> T:
        """The result of an attempt, repeated while retries are left; then its Failed is raised."""
        retries = Retries(self._attempts - 1)
        while True:
            if stop is not None and stop.is_set():
                raise Stopped
            try:
                return attempt()
            except Failed as failed:
                step = retries.after(failed)
                if step is None and failed.kind == "quota":
                    retries, seconds = Retries(self._attempts - 1), self._until_quota(failed)
                elif step is None:
                    raise
                else:
                    retries, seconds = step
                    how = "with a new token" if failed.kind == "token" else f"in {seconds:.1f} s"
                    _LOG.info("%s; trying again %s", failed, how)
            self._pause(seconds, stop)

    def _until_quota(self, failed: Failed) -> float:
        """The seconds until the next quota begins, if the user wants to wait for it."""
        now = self._now().astimezone(timezone.utc)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        resets_at = today + timedelta(days=1)
        if self._on_quota != "wait":
            refused = failed.error
            assert isinstance(refused, ApiError)
            message = refused.message or f"the quota of {DAILY_CALLS:,} requests a day is used up"
            raise RateLimitExceeded(refused.code, message, refused.status, refused.log_id, resets_at) from None
        until = now + _A_MINUTE if now - today < _CLOCKS_DIFFER else resets_at
        _LOG.warning("%s; waiting until %s UTC", failed, f"{until:%Y-%m-%d %H:%M}")
        return (until - now).total_seconds()

    def _pause(self, seconds: float, stop: Event | None) -> None:
        if seconds > 0:
            if stop is not None and self._sleep is time.sleep:
                stop.wait(seconds)
            else:
                self._sleep(seconds)

    def _count(self) -> None:
        with self._counting:
            if self._max_calls is not None and self._calls >= self._max_calls:
                made = "1 call was" if self._calls == 1 else f"{self._calls:,} calls were"
                raise BudgetSpent(f"{made} made, as many as max_calls allows")
            self._calls += 1

    # Tokens

    def _fresh_token(self, stop: Event | None) -> Token:
        with self._renewing:
            token = self._token
            if token is None or (self._credentials is not None and not token.is_fresh(self._now())):
                if token is not None:
                    _LOG.info("the access token is about to expire; getting a new one")
                token = self._token = self._fetched_token(stop)
                self._secrets.add(token.text)
            return token

    def _fetched_token(self, stop: Event | None) -> Token:
        try:
            return self._until_done(self._fetch_token, stop)
        except Failed as failed:  # the query is not what failed, and is not to be tried again
            raise failed.error from failed.__cause__

    def _fetch_token(self) -> Token:
        assert self._credentials is not None
        now = self._now()
        response = self._transport.post(self._transport.base_url + TOKEN_PATH, self._credentials.form(), FORM)
        return read_token(response, now, self._secrets.redact)

    def _drop(self, refused: Token) -> None:
        with self._renewing:
            if self._token is refused:  # another thread may have renewed it
                self._token = None


_VARIABLES: Final = ("TIKTOK_ACCESS_TOKEN", "TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET")
_API_URL: Final = "TIKTOK_API_URL"
_WHAT_TO_SET: Final = (
    "set TIKTOK_ACCESS_TOKEN, or TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET, in the environment; "
    "the sandbox needs none (querydsl collect … --sandbox)"
)


def _whole_number(name: str, value: object, least: int) -> list[Problem]:
    if type(value) is int and value >= least:
        return []
    return [error("range", "", f"{name}={shown(value)} is out of range", f"give a whole number from {least} on")]


def _credentials(value: object) -> list[Problem]:
    if isinstance(value, (Credentials, type(None))):
        return []
    hint = "write Credentials(client_key, client_secret)"
    return [error("type", "", "credentials is not made of a key and a secret", hint)]


def _seconds(name: str, value: object) -> list[Problem]:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf"):
        return []
    return [error("range", "", f"{name}={shown(value)} is not a time in seconds", "give one above 0")]


def _choice(name: str, value: object, *choices: str) -> list[Problem]:
    if value in choices:
        return []
    return [error("range", "", f"{name}={shown(value)} is not known", f"write {' or '.join(map(repr, choices))}")]


def _as_video(needs_id: bool, received: dict[str, Any], _: str) -> Video:
    video = Video.from_dict(received)
    if needs_id and video.id is None:
        raise ServerError("a video has no id")
    return video


def _as_page(answer: Answer[Video]) -> Page:
    return Page(answer.videos, answer.cursor, answer.has_more, answer.search_id, answer.log_id)
