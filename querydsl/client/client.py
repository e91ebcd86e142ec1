"""The client: it sends requests, tries again after failures, and returns the answers."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import partial
from threading import Event, Lock
from typing import Any, Final, Literal, TypeVar

import attrs

from ..errors import (
    ApiError,
    BudgetSpent,
    MissingCredentials,
    Problem,
    RateLimitExceeded,
    error,
    raise_errors,
)
from ..matching.verdict import predicate_of
from ..moments import utc_now
from ..planning.plan import Plan
from ..planning.requests_of import one_request, requests_of, with_id
from ..requests.request import Request
from ..showing import in_python
from ..tables import API_URL, API_URL_VARIABLE, DAILY_CALLS, TOKEN_PATH
from ..videos import Page, Video, once_each, read_video
from .concealing import Concealed, HiddenText, out_of_sight
from .field_spelling import Spelling
from .paging import RESTARTS, Place, Step, walk
from .rate_limit import Clock, Pacer
from .responses import Answer, Make, Response, read_answer
from .retry_policy import EARLIER_SEARCH_RETRIES, SEARCH_RETRIES, Failed, Retries, Stopped
from .tokens import (
    FORM,
    WHAT_TO_SET,
    Credentials,
    Secrets,
    Token,
    TokenSource,
    checked_secret,
    credentials_of,
    from_environment,
    read_token,
)
from .transport import Transport, checked_base

T = TypeVar("T")

#: How many of its own search_ids the client remembers; only these are retried when the API rejects them.
_SEARCHES: Final = 10_000

#: Allowed clock skew after 00:00 UTC: until then the server may still count for yesterday's quota.
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_A_MINUTE: Final = timedelta(minutes=1)

_LOG: Final = logging.getLogger("querydsl")


class Client:
    """Sends requests to the Research API; a context manager that threads can share.

    Give an access `token`, or `credentials` (also as a pair of key and secret), with which it fetches and renews
    tokens. `base_url` is the host; `timeout` is in seconds, for a connection and for an answer as a whole. After a
    failure of the network or the server, a request is sent again, `attempts` times in total. `max_calls` limits the
    calls. When the day's quota is used up, `on_quota="wait"` sleeps until the next quota starts, at 00:00 UTC. `sleep`
    and `now` (an aware moment, UTC) are for tests.

    Raises MissingCredentials without a token and credentials, and ValidationError for an invalid option.

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
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        token_given, credentials_given = Concealed(token), Concealed[object](credentials)
        del token, credentials  # a traceback may be printed with its local variables
        if token_given.value is None and credentials_given.value is None:
            raise MissingCredentials(f"there is neither a token nor credentials; {WHAT_TO_SET}")
        keys = credentials_of(credentials_given)
        problems = [
            *([keys] if isinstance(keys, Problem) else []),
            *_seconds("timeout", timeout),
            *_whole_number("attempts", attempts, 1),
            *([] if max_calls is None else _whole_number("max_calls", max_calls, 0)),
            *_whole_number("max_response_bytes", max_response_bytes, 1),
            *_choice("on_quota", on_quota, "raise", "wait"),
        ]
        raise_errors(problems, "Client")
        assert not isinstance(keys, Problem)
        self._credentials = keys
        self._transport = Transport(base_url, timeout, max_response_bytes)
        self._attempts = attempts
        self._max_calls = max_calls
        self._on_quota = on_quota
        self._now = now
        self._clock = Clock(now, sleep)
        self._pacer = Pacer(self._clock, on_quota == "wait")
        self._token_pacer = Pacer(self._clock, on_quota == "wait")
        given = None if token_given.value is None else Token(checked_secret(token_given.value, "token"))
        self._secrets = Secrets(*([keys.client_key, keys.client_secret] if keys else []))
        if given is not None:
            self._secrets.add(given.text)
        self._tokens = TokenSource(given, self._fetch_token if keys else None, now)
        self._spelling = Spelling()
        self._lock = Lock()
        self._calls = 0
        #: Whether the clock was found to be wrong, and how far it then was ahead of the server's clock.
        self._clock_is_off = False
        self._ahead = timedelta(0)
        #: The number of retries for each search that the API rejects, by its search_id.
        self._searches: dict[str, int] = {}

    @classmethod
    def from_env(cls, **options: Any) -> Client:
        """A client from the environment.

        It reads `TIKTOK_ACCESS_TOKEN`, or `TIKTOK_CLIENT_KEY` and `TIKTOK_CLIENT_SECRET`, and `TIKTOK_API_URL`.
        `options` are those of the class, and take precedence. Raises MissingCredentials if none of the variables is
        set, and ValidationError, which names the variable, for an invalid value.

        >>> import os
        >>> os.environ["TIKTOK_ACCESS_TOKEN"] = "clt.example"
        >>> Client.from_env(max_calls=10)
        Client(base_url='https://open.tiktokapis.com', calls=0)
        """
        given = Concealed(options)
        del options  # a traceback may be printed with its local variables
        found = Concealed(from_environment(given.value.keys()))
        if "base_url" not in given.value:
            host = checked_base(os.environ.get(API_URL_VARIABLE) or API_URL, API_URL_VARIABLE)
            given.value["base_url"] = host
        return cls(**{**found.value, **given.value})

    def __repr__(self) -> str:
        if not hasattr(self, "_calls"):  # a traceback shows a client whose options were refused
            return "Client(…)"
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
        """The number of HTTP calls for videos, including retries; calls for tokens do not count."""
        return self._calls

    @property
    def calls_left(self) -> int | None:
        """How many calls `max_calls` still allows; None without a limit."""
        return None if self._max_calls is None else max(0, self._max_calls - self._calls)

    def time(self) -> datetime:
        """The client's time: an aware moment, in UTC."""
        return self._now().astimezone(timezone.utc)

    def settled(self, moment: datetime) -> datetime:
        """A moment of the client's time, or of the server's time if that is more than five minutes earlier.

        If `now` is given, its time is used.
        """
        return moment - self._ahead

    @property
    def attempts(self) -> int:
        """How many times a failing call is made in total."""
        return self._attempts

    @property
    def origin(self) -> str:
        """The origin of its videos: the host, or "this computer" for a sandbox or any other server on this computer."""
        return self._transport.origin

    # For users

    def send(self, request: Request) -> Page:
        """Send one request and return its page.

        Raises NetworkError, ServerError, ApiError and its subclasses, and BudgetSpent.
        """
        one_request(request, "send")
        try:
            return _as_page(self.ask(request, partial(_as_video, "id" in request.fields)))
        except Failed as failed:
            raise failed.error from failed.__cause__

    def pages(self, request: Request) -> Iterator[Page]:
        """Yield all pages of a request's search; with `is_random`, exactly one.

        The client always asks for `id`, even if `fields` does not have it, and drops videos that were on an earlier
        page. Raises the errors of `send`, and StuckSearch if the pages do not advance.
        """
        return self._pages(one_request(request, "pages"))

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
                step = steps.send(sum(video.id is not None for video in fresh))  # without an id it may repeat
            except StopIteration:
                return

    def videos(self, requests: Request | Iterable[Request]) -> Iterator[Video]:
        """Yield each video of a plan, or of a request, once, as it arrives.

        It remembers only the ids. It always asks for `id`, even if `fields` does not have it. For a plan with wider
        queries it yields only videos for which the expression holds. Raises the errors of `pages`.
        """
        videos = self._videos(requests_of(requests, "videos"))
        if isinstance(requests, Plan) and requests.wider:
            return filter(predicate_of(requests.expression), videos)
        return videos

    def _videos(self, requests: Iterator[Request]) -> Iterator[Video]:
        seen: set[int | None] = set()
        for request in requests:
            for page in self._pages(request):
                for video in page.videos:
                    if video.id is None or video.id not in seen:
                        seen.add(video.id)
                        yield video

    # For collecting

    def steps(
        self,
        request: Request,
        make: Make[T],
        place: Place | None = None,
        stop: Event | None = None,
        *,
        attempts: Callable[[], int] | None = None,
        restarts: int = RESTARTS,
        search_retries: int = EARLIER_SEARCH_RETRIES,
        on_call: Callable[[], object] | None = None,
        on_failure: Callable[[Failed], object] | None = None,
    ) -> Generator[Step[T], int, None]:
        """Yield the steps of a request's search (see `walk`), with each video in the form that `make` gives it.

        `place` is where to continue; it has the number of retries if the API rejects its `search_id`. Once `stop` is
        set, Stopped is raised. `attempts` is the number of attempts for a page; the default is the client's. `on_call`
        is called before each HTTP call, which is not made if `on_call` raises; `on_failure` is called after each
        failure.
        """
        if place is not None and place.search_id not in (None, request.search_id):
            self._remember(place.search_id, search_retries)

        def asking(page: Request) -> Answer[T]:
            most = None if attempts is None else attempts()
            return self.ask(page, make, stop, attempts=most, on_call=on_call, on_failure=on_failure)

        return walk(asking, request, place, restarts)

    def ask(
        self,
        request: Request,
        make: Make[T],
        stop: Event | None = None,
        *,
        attempts: int | None = None,
        on_call: Callable[[], object] | None = None,
        on_failure: Callable[[Failed], object] | None = None,
    ) -> Answer[T]:
        """Send one request, with retries, and return its answer, with each video in the form that `make` gives it.

        Raises Failed when no retry is left, and other errors at once if no retry can help.
        """
        body = request.to_json().encode("ascii")
        known = self._searches.get(request.search_id or "")
        retries = Retries((attempts or self._attempts) - 1, search=known or 0)

        def attempt(path: str) -> Answer[T]:
            token = self._tokens.get(stop)
            if on_call is not None:
                on_call()
            self._count()
            try:
                return self._attempt(path, body, make, token)
            except Failed as failed:
                if on_failure is not None:
                    on_failure(failed)
                raise

        def send(path: str) -> Answer[T]:
            return self._until_done(lambda: attempt(path), self._pacer, retries, stop)

        try:
            answer = self._spelling.ask(request, send, stop)
        except Failed as failed:
            if failed.kind == "search" and known is None:  # the caller's own search_id: do not start the search again
                raise failed.error from None
            raise
        if answer.search_id is not None and answer.search_id != request.search_id:
            self._remember(answer.search_id, SEARCH_RETRIES)
        return answer

    def _see_clock(self, response: Response) -> None:
        """Check the clock against the server's: the time at which a search starts decides which videos it can find."""
        if self._now is not utc_now:
            return
        try:
            theirs = parsedate_to_datetime(response.headers.get("Date", ""))
        except ValueError:
            return
        if theirs.tzinfo is None:
            return
        ahead = self._now() - theirs
        if abs(ahead) <= _CLOCKS_DIFFER:
            ahead = timedelta(0)
        elif not self._clock_is_off:
            self._clock_is_off = True
            minutes = abs(ahead).total_seconds() / 60
            behind = "ahead of" if ahead > timedelta(0) else "behind"
            _LOG.warning("this computer's clock is %.0f minutes %s the server's; set it right", minutes, behind)
        self._ahead = max(timedelta(0), ahead)

    def _attempt(self, path: str, body: bytes, make: Make[T], token: Token) -> Answer[T]:
        def call() -> Answer[T]:
            bearer = HiddenText(f"Bearer {token.text}")
            headers = {"Authorization": bearer, "Content-Type": "application/json"}
            response = self._transport.post(path, body, headers)
            self._see_clock(response)
            return read_answer(response, make, self._secrets.redact)

        try:
            answer = out_of_sight(call)
        except Failed as failed:
            if failed.kind == "token":
                if not self._tokens.can_renew:
                    raise failed.error from None
                self._tokens.drop(token)
            raise
        if answer.search_id is not None and self._secrets.are_in(answer.search_id):
            return attrs.evolve(answer, search_id=None)  # it would be shown, kept and sent
        return answer

    # Retries

    def _until_done(self, attempt: Callable[[], T], pacer: Pacer, retries: Retries, stop: Event | None) -> T:
        """Repeat an attempt while retries are left, and return its result; then raise its Failed."""
        left = retries
        while True:
            if stop is not None and stop.is_set():
                raise Stopped
            try:
                with pacer.call(stop):
                    return attempt()
            except Failed as failed:
                if failed.kind == "quota":
                    self._wait_for_quota(failed, pacer)
                    left = retries
                    continue
                if failed.kind == "too fast":
                    if self._on_quota != "wait" and pacer.may_be_quota():
                        raise self._over_quota(failed, "too many calls, for two minutes") from None
                    continue
                step = left.after(failed)
                if step is None:
                    raise
                left, seconds = step
                how = "with a new token" if failed.kind == "token" else f"in {seconds:.1f} s"
                _LOG.info("%s; trying again %s", failed, how)
            self._clock.sleep(seconds, stop)

    def _wait_for_quota(self, failed: Failed, pacer: Pacer) -> None:
        """Stop all calls until the next quota starts, if the user wants to wait for it."""
        if self._on_quota != "wait":
            raise self._over_quota(failed, f"the quota of {DAILY_CALLS:,} calls a day is used up") from None
        now, resets_at = self._now(), self._resets_at()
        is_new_day = resets_at - now > timedelta(days=1) - _CLOCKS_DIFFER
        until = now + _A_MINUTE if is_new_day else resets_at
        if pacer.pause((until - now).total_seconds()):
            _LOG.warning("%s; waiting until %s UTC", failed, f"{until.astimezone(timezone.utc):%Y-%m-%d %H:%M}")

    def _over_quota(self, failed: Failed, message: str) -> RateLimitExceeded:
        refused = failed.error
        assert isinstance(refused, ApiError)
        message = refused.message or message
        return RateLimitExceeded(refused.code, message, refused.status, refused.log_id, self._resets_at())

    def _resets_at(self) -> datetime:
        """The start of the next quota: 00:00 UTC."""
        today = self._now().astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
        return today + timedelta(days=1)

    def _count(self) -> None:
        with self._lock:
            if self._max_calls is not None and self._calls >= self._max_calls:
                made = "1 call was" if self._calls == 1 else f"{self._calls:,} calls were"
                raise BudgetSpent(f"{made} made, as many as max_calls allows")
            self._calls += 1

    def _remember(self, search_id: str, retries: int) -> None:
        """Allow retries if the API rejects this search; the oldest searches are forgotten."""
        with self._lock:
            self._searches.setdefault(search_id, retries)
            if len(self._searches) > _SEARCHES:
                del self._searches[next(iter(self._searches))]

    # Tokens

    def _fetch_token(self, stop: Event | None) -> Token:
        credentials = self._credentials
        assert credentials is not None

        def attempt() -> Token:
            now = self._now()

            def call() -> Token:
                return read_token(self._transport.post(TOKEN_PATH, credentials.form(), FORM), now, self._secrets.redact)

            return out_of_sight(call)

        try:
            token = self._until_done(attempt, self._token_pacer, Retries(self._attempts - 1), stop)
        except Failed as failed:  # the query has not failed: do not retry it
            raise failed.error from failed.__cause__
        self._secrets.add(token.text)
        return token


def _whole_number(name: str, value: object, least: int) -> list[Problem]:
    if type(value) is int and value >= least:
        return []
    return [error("range", "", f"{name}={in_python(value)} is out of range", f"give a whole number from {least} on")]


def _seconds(name: str, value: object) -> list[Problem]:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf"):
        return []
    return [error("range", "", f"{name}={in_python(value)} is not a time in seconds", "give one above 0")]


def _choice(name: str, value: object, *choices: str) -> list[Problem]:
    if value in choices:
        return []
    return [error("range", "", f"{name}={in_python(value)} is not known", f"write {' or '.join(map(repr, choices))}")]


def _as_video(needs_id: bool, received: dict[str, Any], text: str) -> tuple[Video, int]:
    """A video, and how many odd values it counts as; an item that is not an object counts as one."""
    video, odd = read_video(received)
    return video, 1 if (needs_id and video.id is None) or not text.startswith("{") else odd


def _as_page(answer: Answer[tuple[Video, int]]) -> Page:
    videos = once_each(video for video, _ in answer.videos)
    odd = sum(odd for _, odd in answer.videos)
    return Page(videos, answer.cursor, answer.has_more, answer.search_id, answer.log_id, odd)
