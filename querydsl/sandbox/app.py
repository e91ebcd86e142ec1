"""The documented API as a WSGI app over a list of videos: both endpoints, and what is asked to go wrong there."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from random import Random
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

from ..documents import read
from ..query import Query
from ..rules import fields_problems, request_errors, split_fields
from ..tables import DEFAULT_COUNT, LEFT_OUT_WHEN_EMPTY, QUERY_PATH, TOKEN_LIFETIME, TOKEN_PATH
from ..values import day
from .answers import Answer, Environ, Refused, StartResponse, document, success
from .faults import Fault, RandomFaults, first_on
from .searches import Library, Page, Search, Searches, Video
from .striking import at_once, cut, page, pause

#: The longest body that is read, in bytes.
MAX_BODY: Final = 4 * 1024 * 1024

#: As many problems of one request are spelt out.
_SPELT_OUT: Final = 20


class KeyAndSecret(Protocol):
    """What credentials have to have."""

    @property
    def client_key(self) -> str: ...

    @property
    def client_secret(self) -> str: ...


def _pair(credentials: KeyAndSecret | tuple[str, str] | None) -> tuple[str, str] | None:
    if credentials is None or isinstance(credentials, tuple):
        return credentials
    return credentials.client_key, credentials.client_secret


def _tuple(faults: Fault | RandomFaults | Iterable[Fault | RandomFaults]) -> tuple[Fault | RandomFaults, ...]:
    return (faults,) if isinstance(faults, (Fault, RandomFaults)) else tuple(faults)


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class App:
    """The API over some videos: a WSGI app with the endpoints of queries and of tokens.

    Without `credentials`, any pair gets a token, and any token is good until it expires; with them (an object with
    `client_key` and `client_secret`, or a pair) only tokens that the app gave are. `quota` is how many requests it
    answers a UTC day, `token_lifetime` and `latency` (before each answer to a query) are in seconds, and `now` gives
    the time, aware and in UTC. Of `faults`, the first that strikes a request counts.

    Videos are mappings with the documented keys, `video_id` taken for `id`, each id once. One that lacks a field that a
    query needs is not found by it. `is_random` gives the same videos whenever the same app is asked the same.

    >>> from querydsl.sandbox import corpus
    >>> app = App(corpus(1_000), quota=100, faults=[Fault("server-error", at=2)])
    >>> app.queries, app.tokens
    (0, 0)
    """

    def __init__(
        self,
        videos: Iterable[Video],
        *,
        credentials: KeyAndSecret | tuple[str, str] | None = None,
        quota: int | None = None,
        token_lifetime: float = TOKEN_LIFETIME,
        latency: float = 0.0,
        faults: Fault | RandomFaults | Iterable[Fault | RandomFaults] = (),
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        #: How many query requests were received, whatever became of them.
        self.queries = 0
        #: How many tokens were given.
        self.tokens = 0
        self._library = Library(videos)
        self._credentials = _pair(credentials)
        self._quota = quota
        self._token_lifetime = timedelta(seconds=token_lifetime)
        self._latency = latency
        self._faults = _tuple(faults)
        self._now = now
        self._lock = threading.Lock()
        self._searches = Searches()
        self._token_ends: dict[str, datetime] = {}
        self._today = date.min
        self._queries_today = 0
        self._random = Random(0)  # noqa: S311  # which videos come is no secret

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        now = self._now()
        log_id = f"{now:%Y%m%d%H%M%S}{secrets.token_hex(10).upper()}"
        try:
            answer = self._endpoint(environ)(environ, now, log_id)
        except Refused as refused:
            answer = refused.answer(log_id)
        start_response(answer.status_line, list(answer.headers))
        return answer.body

    def _endpoint(self, environ: Environ) -> Callable[[Environ, datetime, str], Answer]:
        endpoint = {QUERY_PATH: self._query, TOKEN_PATH: self._token}.get(environ.get("PATH_INFO", ""))
        if endpoint is None:
            message = f"There is nothing at this path; the endpoints are {QUERY_PATH} and {TOKEN_PATH}"
            raise Refused("invalid_params", message, 404)
        method = environ["REQUEST_METHOD"]
        if method != "POST":
            raise Refused("invalid_params", f"This endpoint takes POST, not {method}", 405, (("Allow", "POST"),))
        return endpoint

    # Tokens

    def _token(self, environ: Environ, now: datetime, log_id: str) -> Answer:
        form = parse_qs(_body(environ).decode("utf-8", "replace"))
        key, secret, grant = (form.get(name, [""])[-1] for name in ("client_key", "client_secret", "grant_type"))
        fault = None
        if grant != "client_credentials":
            fault = "The body has to be a form with grant_type=client_credentials"
        elif not (key and secret):
            fault = "The body has to be a form with client_key and client_secret"
        elif self._credentials not in (None, (key, secret)):
            fault = "The client key or the client secret is wrong"
        if fault is not None:
            return document({"error": "invalid_client", "error_description": fault, "log_id": log_id}, 401)
        token = f"clt.{secrets.token_urlsafe(24)}"
        with self._lock:
            self.tokens += 1
            self._token_ends[token] = now + self._token_lifetime
        lifetime = int(self._token_lifetime.total_seconds())
        return document({"access_token": token, "expires_in": lifetime, "token_type": "Bearer"})

    def _authorize(self, environ: Environ, now: datetime, *, expired: bool) -> None:
        """Refuse a request without a good token; `expired`: its token is no longer good from now on."""
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = token.strip()
        with self._lock:
            if expired:
                self._token_ends[token] = now
            ends = self._token_ends.get(token)
        good = self._credentials is None if ends is None else now < ends
        if not (good and token and scheme.lower() == "bearer"):
            message = "The access token is invalid or not found in the request"
            raise Refused("access_token_invalid", message)

    # Queries

    def _query(self, environ: Environ, now: datetime, log_id: str) -> Answer:
        number, over_quota = self._count(now.date())
        fault = first_on(self._faults, number)
        if self._latency:
            pause(environ, self._latency)
        answer = None if fault is None else at_once(fault, environ)
        if answer is not None:
            return answer
        self._authorize(environ, now, expired=fault is not None and fault.kind == "expired-token")
        if over_quota:
            message = f"The quota of {self._quota} requests a day is used up; it begins again at 00:00 UTC"
            raise Refused("rate_limit_exceeded", message)
        fields, body = _request(environ)
        answer = success(self._found(fields, body, fault), log_id)
        return cut(answer) if fault is not None and fault.kind == "cut" else answer

    def _count(self, today: date) -> tuple[int, bool]:
        """The number of the request, and whether it is one too many for the day."""
        with self._lock:
            self.queries += 1
            if today != self._today:
                self._today, self._queries_today = today, 0
            self._queries_today += 1
            return self.queries, self._quota is not None and self._queries_today > self._quota

    def _found(self, fields: list[str], body: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
        search_id, search = self._search(body, fault)
        found = self._page(search, body, fault)
        return {
            "videos": [_shown(video, fields) for video in found.videos],
            "cursor": found.cursor,
            "has_more": found.has_more,
            "search_id": search_id,
        }

    def _search(self, body: dict[str, Any], fault: Fault | None) -> tuple[str, Search]:
        """The search that the request goes on with, or a new one."""
        criteria = (body["query"], body["start_date"], body["end_date"])
        search_id = body.get("search_id")
        if search_id is not None:
            return search_id, self._known_search(search_id, criteria, fault)
        expression = Query.from_valid(body["query"]).to_expression()
        search = Search(criteria, self._library.find(expression, day(body["start_date"]), day(body["end_date"])))
        search_id = str(7 * 10**18 + secrets.randbits(60))
        with self._lock:
            self._searches.add(search_id, search)
        return search_id, search

    def _known_search(self, search_id: str, criteria: object, fault: Fault | None) -> Search:
        kind = None if fault is None else fault.kind
        with self._lock:
            if kind == "expired-search":
                self._searches.drop(search_id)
            search = self._searches.get(search_id, criteria)
        if kind == "slow-cursor":
            raise Refused("invalid_params", "Invalid count or cursor")
        if search is None or kind == "slow-search":
            raise Refused("invalid_params", f"Search Id {search_id} is invalid or expired")
        return search

    def _page(self, search: Search, body: dict[str, Any], fault: Fault | None) -> Page:
        count = body.get("max_count", DEFAULT_COUNT)
        cursor = body.get("cursor", 0)
        with self._lock:
            if body.get("is_random"):
                return search.sample(count, self._random)
            if cursor > len(search.found) and not search.is_endless:
                raise Refused("invalid_params", "Invalid count or cursor")
            return page(fault, search, cursor, count)


def _body(environ: Environ) -> bytes:
    """The body of the request; refuses one of unknown or of too great a length."""
    text = environ.get("CONTENT_LENGTH") or ""
    if environ.get("HTTP_TRANSFER_ENCODING") or not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Refused("invalid_params", "The request has no Content-Length, and no body is read without")
    if int(text) > MAX_BODY:
        message = f"The body has {int(text):,} bytes; at most {MAX_BODY:,} are read"
        raise Refused("invalid_params", message)
    content: bytes = environ["wsgi.input"].read(int(text))
    return content


def _request(environ: Environ) -> tuple[list[str], dict[str, Any]]:
    """The fields that are asked for, and the body; refuses all that is wrong with either at once."""
    media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refused("invalid_params", f"The Content-Type is {media_type!r}; it has to be application/json")
    names = split_fields(",".join(parse_qs(environ.get("QUERY_STRING", "")).get("fields", ())))
    body, problems = read(_body(environ))
    if body is not None or not problems:
        problems += request_errors(body)
    faults = [f"fields: {problem}" for problem in fields_problems(names) if problem.severity == "error"]
    faults += [f"{problem.path}: {problem}" if problem.path else str(problem) for problem in problems]
    if faults:
        more = f"; and {len(faults) - _SPELT_OUT} more" if len(faults) > _SPELT_OUT else ""
        raise Refused("invalid_params", "; ".join(faults[:_SPELT_OUT]) + more)
    assert isinstance(body, dict)
    return [name for name in names if isinstance(name, str)], body


def _shown(video: Video, fields: Iterable[str]) -> dict[str, Any]:
    """The fields of a video that were asked for, as far as it has them."""
    shown = {}
    for field in fields:
        value = video.get(field)
        if field == "hashtag_names":
            value = value or []
        elif value is None or (not value and field in LEFT_OUT_WHEN_EMPTY):
            continue
        shown[field] = value
    return shown
