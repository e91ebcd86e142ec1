"""The documented API as a WSGI app over a list of videos: both endpoints, and what is asked to go wrong there."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from random import Random
from typing import Any, Final, Protocol, cast
from urllib.parse import parse_qs

from ..errors import Problem
from ..requests.query import Query
from ..showing import shown
from ..spec.json_text import read
from ..spec.rules import error, fields_problems, raise_errors, request_errors, split_fields
from ..spec.values import day
from ..tables import DEFAULT_COUNT, QUERY_PATH, TOKEN_LIFETIME, TOKEN_PATH, VIDEO_FIELDS
from .faults import KINDS, Fault, RandomFaults, first_on
from .responses import Answer, Environ, Refused, StartResponse, document, success
from .searches import Library, Page, Search, Searches, Video
from .striking import LASTING, at_once, cut, page, pause

#: The longest body that is read, in bytes.
MAX_BODY: Final = 4 * 1024 * 1024

#: As many problems of one request are spelt out.
_SPELT_OUT: Final = 20

#: The most seconds that an option may say, some thirty years: with no more can a moment always be reckoned.
_LONGEST: Final = 1_000_000_000


class KeyAndSecret(Protocol):
    """What credentials have to have."""

    @property
    def client_key(self) -> str: ...

    @property
    def client_secret(self) -> str: ...


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class App:
    """The API over some videos: a WSGI app with the endpoints of queries and of tokens.

    Without `credentials`, any pair gets a token, and any token is good until it expires; with them (an object with
    `client_key` and `client_secret`, or a pair) only tokens that the app gave are. `quota` is how many requests it
    answers a UTC day, `token_lifetime` and `latency` (before each answer to a query) are in seconds, and `now` gives
    the time, aware and in UTC. Of `faults`, the first that strikes a request counts.

    Videos are mappings with the documented keys, `video_id` taken for `id`, each id once. One that lacks a field that a
    query needs is not found by it. `is_random` gives the same videos whenever the same app is asked the same. A search
    has the same `search_id` in every app over the same videos, and each goes on with it.

    Raises ValidationError for a wrong option or video.

    >>> from querydsl.sandbox import corpus
    >>> app = App(corpus(1_000), quota=100, faults=[Fault("server-error", at=2)])
    >>> app.calls, app.tokens
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
        #: How many calls for videos were received, whatever became of them.
        self.calls = 0
        #: How many tokens were given.
        self.tokens = 0
        self._credentials = _pair(credentials)
        self._faults = _tuple(faults)
        _check(
            videos=videos,
            credentials=self._credentials,
            quota=quota,
            token_lifetime=token_lifetime,
            latency=latency,
            faults=self._faults,
        )
        self._library = Library(videos)
        self._quota = quota
        self._token_lifetime = timedelta(seconds=token_lifetime)
        self._latency = latency
        self._now = now
        self._lock = threading.Lock()
        self._searches = Searches()
        self._token_ends: dict[str, datetime] = {}
        self._today = date.min
        self._calls_today = 0
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
            message = f"The quota of {self._quota} calls a day is used up; it begins again at 00:00 UTC"
            raise Refused("daily_quota_limit_exceeded", message, 429)
        fields, body = _request(environ)
        answer = success(self._found(fields, body, fault), log_id)
        return cut(answer) if fault is not None and fault.kind == "cut" else answer

    def _count(self, today: date) -> tuple[int, bool]:
        """The number of the request, and whether it is one too many for the day."""
        with self._lock:
            self.calls += 1
            if today != self._today:
                self._today, self._calls_today = today, 0
            self._calls_today += 1
            return self.calls, self._quota is not None and self._calls_today > self._quota

    def _found(self, fields: list[str], body: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
        search_id, search = self._search(body, fault)
        found = self._page(search_id, search, body, fault)
        return {
            "videos": [_shown(video, fields) for video in found.videos],
            "cursor": found.cursor,
            "has_more": found.has_more,
            "search_id": search_id,
        }

    def _search(self, body: dict[str, Any], fault: Fault | None) -> tuple[str, Search]:
        """The search that the request goes on with, or a new one, and its id."""
        criteria = _criteria(body)
        search_id = body.get("search_id")
        if search_id is not None:
            return search_id, self._known_search(search_id, criteria, body, fault)
        search = self._find(criteria, body)
        with self._lock:
            return self._searches.begin(search)

    def _find(self, criteria: str, body: dict[str, Any]) -> Search:
        expression = Query.from_valid(body["query"]).to_expression()
        return Search(criteria, self._library.find(expression, day(body["start_date"]), day(body["end_date"])))

    def _known_search(self, search_id: str, criteria: str, body: dict[str, Any], fault: Fault | None) -> Search:
        """The search that is remembered, or the one that would have that id if it began now."""
        kind = None if fault is None else fault.kind
        with self._lock:
            search = self._searches.get(search_id, criteria)
        if search is None:
            anew = self._find(criteria, body)
            with self._lock:
                if self._searches.id_of(anew) == search_id:
                    _, search = self._searches.begin(anew)
        if kind == "expired-search":
            with self._lock:
                self._searches.expire(search_id)
        if kind == "slow-cursor":
            raise Refused("invalid_params", "Invalid count or cursor")
        if search is None or kind in ("expired-search", "slow-search"):
            raise Refused("invalid_params", f"Search Id {search_id} is invalid or expired")
        return search

    def _page(self, search_id: str, search: Search, body: dict[str, Any], fault: Fault | None) -> Page:
        count = body.get("max_count", DEFAULT_COUNT)
        cursor = body.get("cursor", 0)
        with self._lock:
            if body.get("is_random"):
                return search.sample(count, self._random)
            if cursor > len(search.found) and not search.is_endless:
                raise Refused("invalid_params", "Invalid count or cursor")
            if fault is not None and fault.kind in LASTING:
                self._searches.withdraw(search_id)
            return page(fault, search, cursor, count)


def _criteria(body: dict[str, Any]) -> str:
    """What is searched for, as it was asked: the same text however the keys were ordered."""
    return json.dumps([body["query"], body["start_date"], body["end_date"]], sort_keys=True)


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
        elif value is None or (not value and VIDEO_FIELDS[field].left_out_when_empty):
            continue
        shown[field] = value
    return shown


# Options


def _pair(credentials: object) -> object:
    """Credentials as a pair of what they hold; what is none is handed back, for `_check` to judge."""
    if credentials is None or isinstance(credentials, (tuple, list)):
        return credentials if credentials is None else tuple(credentials)
    return getattr(credentials, "client_key", None), getattr(credentials, "client_secret", None)


def _tuple(faults: object) -> tuple[Any, ...]:
    """Faults as a tuple; what is none stands in it too, for `_check` to judge."""
    several = isinstance(faults, Iterable) and not isinstance(faults, (str, bytes))
    return tuple(cast("Iterable[Any]", faults)) if several else (faults,)


def _check(**options: Any) -> None:
    """Raises ValidationError for options of an app that cannot be meant."""
    problems = []
    videos, credentials, quota = options["videos"], options["credentials"], options["quota"]
    if not isinstance(videos, Iterable):
        hint = "give a list of mappings, as `corpus` makes them"
        problems.append(error("type", "", f"videos={shown(videos)} is no list of videos", hint))
    if not (credentials is None or _is_key_and_secret(credentials)):
        hint = "give a pair of texts, an object with client_key and client_secret, or None to take any"
        problems.append(error("type", "", "credentials is not made of a key and a secret", hint))
    if not (quota is None or (type(quota) is int and quota >= 0)):
        hint = "give a whole number from 0 on, or None for no end"
        problems.append(error("range", "", f"quota={shown(quota)} is no number of requests", hint))
    for name, least in (("token_lifetime", "above 0"), ("latency", "from 0 on")):
        value = options[name]
        if not _is_seconds(value) or (value == 0 and name == "token_lifetime"):
            hint = f"give a number {least}, {_LONGEST:,} at most"
            problems.append(error("range", "", f"{name}={shown(value)} is no time in seconds", hint))
    problems += [_no_fault(fault) for fault in options["faults"] if not isinstance(fault, (Fault, RandomFaults))]
    raise_errors(problems, "App")


def _is_key_and_secret(credentials: object) -> bool:
    return (
        isinstance(credentials, tuple)
        and len(credentials) == 2
        and all(isinstance(part, str) and part != "" for part in credentials)
    )


def _is_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LONGEST


def _no_fault(value: object) -> Problem:
    kind = value if value in KINDS else "server-error"
    return error("type", "", f"faults={shown(value)} is no fault", f"write Fault({kind!r}) or Fault.random(seed)")
