"""The client: it sends requests, with patience, and gives what comes back."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from threading import Event, Lock, RLock
from typing import Any, Final, Literal, TypeVar

import attrs

from ..compiler.plan import Plan, Selection
from ..errors import ApiError, BudgetSpent, MissingCredentials, RateLimitExceeded
from ..language.expressions import Expression, Incomplete
from ..requests.query import Query
from ..requests.request import Request
from ..showing import shown
from ..spec.rules import error, raise_errors
from ..tables import API_URL, DAILY_CALLS, TOKEN_PATH
from ..videos import Page, Video, once_each, read_video
from .paging import Place, Step, walk
from .responses import Answer, Make, read_answer
from .retry_policy import Failed, Patience, Stopped
from .tokens import FORM, Credentials, Secrets, Token, checked_secret, read_token
from .transport import Transport, checked_base

T = TypeVar("T")

#: Of so many searches the client remembers that it began them: the API may not know them for some seconds.
_SEARCHES: Final = 10_000

#: For so long after midnight the server's clock may still be at yesterday, and its quota with it.
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
        _check(
            credentials=credentials,
            timeout=timeout,
            attempts=attempts,
            max_calls=max_calls,
            on_quota=on_quota,
            max_response_bytes=max_response_bytes,
        )
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
        if not isinstance(request, Request):
            raise _no_request(request, "send", "one")
        try:
            return _as_page(self.ask(request, partial(_as_video, "id" in request.fields)))
        except Failed as failed:
            raise failed.error from failed.__cause__

    def pages(self, request: Request) -> Iterator[Page]:
        """All pages of a request's search; of one with `is_random` exactly one.

        `id` is asked for even when `fields` leaves it out, and a video that was on a page is left out of later ones.
        Raises like `send`, and StuckSearch for pages that lead nowhere.
        """
        if not isinstance(request, Request):
            raise _no_request(request, "pages", "one")
        return self._pages(request)

    def _pages(self, request: Request) -> Iterator[Page]:
        seen: set[int | None] = set()
        steps = self.steps(with_id(request), partial(_as_video, True))
        step = next(steps, None)
        while step is not None:
            page = _as_page(step.answer)
            fresh = [video for video in page.videos if video.id not in seen]
            seen.update(video.id for video in fresh if video.id is not None)
            yield attrs.evolve(page, videos=tuple(fresh))
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
                    if video.id is None or video.id not in seen:
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
        """Send one request, with patience, and give its answer with each video as `make` makes it.

        Raises Failed when patience is at an end, and what no patience helps with.
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

    # Patience

    def _until_done(self, attempt: Callable[[], T], stop: Event | None) -> T:
        """What an attempt gives, made as often as patience lasts; then its Failed is raised."""
        patience = Patience(self._attempts - 1)
        while True:
            if stop is not None and stop.is_set():
                raise Stopped
            try:
                return attempt()
            except Failed as failed:
                step = patience.after(failed)
                if step is None and failed.kind == "quota":
                    patience, seconds = Patience(self._attempts - 1), self._until_quota(failed)
                elif step is None:
                    raise
                else:
                    patience, seconds = step
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


def _check(**options: Any) -> None:
    """Raises ValidationError for options of a client that cannot be meant."""
    problems = []
    if not isinstance(options["credentials"], (Credentials, type(None))):
        hint = "write Credentials(client_key, client_secret)"
        problems.append(error("type", "", "credentials is not made of a key and a secret", hint))
    timeout = options["timeout"]
    if isinstance(timeout, bool) or not (isinstance(timeout, (int, float)) and 0 < timeout < float("inf")):
        problems.append(error("range", "", f"timeout={shown(timeout)} is not a time in seconds", "give one above 0"))
    for name, least in (("attempts", 1), ("max_calls", 0), ("max_response_bytes", 1)):
        value = options[name]
        if not (type(value) is int and value >= least) and (name, value) != ("max_calls", None):
            message = f"{name}={shown(value)} is out of range"
            problems.append(error("range", "", message, f"give a whole number from {least} on"))
    if options["on_quota"] not in ("raise", "wait"):
        message = f"on_quota={shown(options['on_quota'])} is not known"
        problems.append(error("range", "", message, "write 'raise' or 'wait'"))
    raise_errors(problems, "Client")


def requests_of(given: Request | Iterable[Request], taker: str) -> Iterator[Request]:
    """The requests of a plan, of any other iterable, or a request alone; `taker` is what it was given to.

    Raises TypeError, which says what to write instead, for anything else: at once, or when its turn comes.

    >>> from querydsl import Region, select
    >>> requests_of(select("id").where(Region == "US").on("20230101"), "videos")
    Traceback (most recent call last):
    TypeError: videos takes requests, and this is a Selection: add .plan()
    """
    if isinstance(given, Request):
        return iter([given])
    if isinstance(given, (Mapping, str, bytes, Expression, Incomplete)) or not isinstance(given, Iterable):
        raise _no_request(given, taker, "several")
    return (_each(one, taker) for one in given)


def _each(one: object, taker: str) -> Request:
    if not isinstance(one, Request):
        raise _no_request(one, taker, "several")
    return one


def _no_request(given: object, taker: str, number: Literal["one", "several"]) -> TypeError:
    """The error for what is no request, with what was meant, likely."""
    takes = "one Request" if number == "one" else "requests"
    name = "expression" if isinstance(given, (Expression, Incomplete)) else type(given).__name__
    message = f"{taker} takes {takes}, and this is {'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
    hint = next((hint for kind, hint in _HINTS[number].items() if isinstance(given, kind)), None)
    return TypeError(message if hint is None else f"{message}: {hint}")


_FROM_OTHERS: Final[dict[type, str]] = {
    Mapping: "Request.from_dict(...) makes one of a body",
    str: "Request.from_json(...) makes one of a body in JSON",
    bytes: "Request.from_json(...) makes one of a body in JSON",
    Query: "Request(query, start_date, end_date) makes one of a query and days",
    Expression: "select().where(...).between(...).plan() gives its requests",
    Incomplete: "select().where(...).between(...).plan() gives the requests of a comparison",
}
#: What was meant, likely, where one request is taken, and where several are.
_HINTS: Final[dict[str, dict[type, str]]] = {
    "one": {
        Plan: "use videos(plan)",
        Selection: "add .request()",
        **_FROM_OTHERS,
        Iterable: "use videos(...) for several",
    },
    "several": {Plan: "give the plan by itself", Selection: "add .plan()", **_FROM_OTHERS},
}


def with_id(request: Request) -> Request:
    """The request, with `id` among its fields: by it a video is known again."""
    return request if "id" in request.fields else attrs.evolve(request, fields=("id", *request.fields))


def _as_video(needs_id: bool, received: dict[str, Any], _: str) -> tuple[Video, int]:
    """A video, and how many odd values it counts as."""
    video, odd = read_video(received)
    return video, 1 if needs_id and video.id is None else odd


def _as_page(answer: Answer[tuple[Video, int]]) -> Page:
    videos = once_each(video for video, _ in answer.videos)
    odd = sum(odd for _, odd in answer.videos)
    return Page(videos, answer.cursor, answer.has_more, answer.search_id, answer.log_id, odd)
