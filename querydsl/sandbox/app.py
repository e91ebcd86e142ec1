"""The documented API as a WSGI app over a list of videos: the endpoints for videos and for tokens, and their faults."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final, Protocol, cast
from urllib.parse import parse_qs

from ..errors import Problem, error, raise_errors
from ..moments import utc_now
from ..requests.query import Query
from ..showing import in_python, shown
from ..spec.request_rules import fields_problems, request_errors, split_fields
from ..spec.validation import read
from ..spec.values import day
from ..tables import DEFAULT_COUNT, QUERY_PATH, TOKEN_LIFETIME, TOKEN_PATH
from .faults import (
    KINDS,
    LASTING,
    Fault,
    RandomFaults,
    at_once,
    cut,
    faults_on,
    found_by,
    of_kind,
    page,
    refuse,
)
from .responses import Answer, Environ, Refused, StartResponse, as_answered, document, pause, success, with_odd_value
from .searches import Library, Page, Search, Searches, Video

#: The longest body that is read, in bytes.
MAX_BODY: Final = 4 * 1024 * 1024

#: How many problems of one request are listed; the others are only counted.
_SPELT_OUT: Final = 20

#: The most seconds for an option, some thirty years: the resulting moments still have a date.
_LONGEST: Final = 1_000_000_000


#: The faults of one call.
_Struck = tuple[Fault, ...]


class KeyAndSecret(Protocol):
    """The attributes that credentials must have."""

    @property
    def client_key(self) -> str: ...

    @property
    def client_secret(self) -> str: ...


class App:
    """The API over some videos: a WSGI app with the endpoints of queries and of tokens.

    Without `credentials`, any pair gets a token, and any token is good until it expires. With credentials (an object
    with `client_key` and `client_secret`, or a pair), only tokens from the app are good. `quota` is the number of calls
    that it answers in a UTC day. `token_lifetime` and `latency` (before each answer with videos) are in seconds. `now`
    gives the time, aware and in UTC. A call gets all standing `faults` that apply, and the first of the others that
    strikes it.

    Videos are mappings with the documented keys; `video_id` is read as `id`, and each id is used once. A query does not
    find a video that lacks a needed field. Two apps with the same `seed` draw the same videos for the same `is_random`
    requests in the same order; with another seed they draw others. A search has the same `search_id` in every app over
    the same videos, and each of the apps can continue it.

    Raises ValidationError for an invalid option or video, with all problems of the options at once.

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
        now: Callable[[], datetime] = utc_now,
        seed: int = 0,
    ) -> None:
        #: The number of calls for videos, including refused ones.
        self.calls = 0
        #: The number of issued tokens.
        self.tokens = 0
        self._credentials = _pair(credentials)
        self._faults = _tuple(faults)
        problems = [
            *_videos_errors(videos),
            *_credentials_errors(self._credentials),
            *_quota_errors(quota),
            *_seconds_errors("token_lifetime", token_lifetime, "above 0"),
            *_seconds_errors("latency", latency),
            *_faults_errors(self._faults),
            *_seed_errors(seed),
        ]
        raise_errors(problems, "App")
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
        self._random = Random(seed)  # noqa: S311  # not for secrets

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
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
        """Refuse a request without a valid token; with `expired`, its token expires now."""
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
        struck = faults_on(self._faults, number)
        if self._latency:
            pause(environ, self._latency)
        answer = at_once(struck, environ)
        if answer is not None:
            return answer
        self._authorize(environ, now, expired=of_kind(struck, "expired-token") is not None)
        if over_quota:
            message = f"The quota of {self._quota} calls a day is used up; it begins again at 00:00 UTC"
            raise Refused("daily_quota_limit_exceeded", message, 429)
        fields, body = _request(environ)
        refuse(struck, fields, body)
        answer = success(self._found(fields, body, struck, now), log_id)
        return cut(answer) if of_kind(struck, "cut") else answer

    def _count(self, today: date) -> tuple[int, bool]:
        """The number of the call, and whether it exceeds the quota of the day."""
        with self._lock:
            self.calls += 1
            if today != self._today:
                self._today, self._calls_today = today, 0
            self._calls_today += 1
            return self.calls, self._quota is not None and self._calls_today > self._quota

    def _found(self, fields: list[str], body: dict[str, Any], struck: _Struck, now: datetime) -> dict[str, Any]:
        search_id, search = self._search(body, struck, now)
        search_id, found = self._page(search_id, search, body, struck)
        videos = [as_answered(video, fields) for video in found.videos]
        if of_kind(struck, "odd-values"):
            videos = [with_odd_value(whole["id"], video) for whole, video in zip(found.videos, videos, strict=True)]
        return {"videos": videos, "cursor": found.cursor, "has_more": found.has_more, "search_id": search_id}

    def _search(self, body: dict[str, Any], struck: _Struck, now: datetime) -> tuple[str, Search]:
        """The id and the search: an earlier search that the request continues, or a new one."""
        search_id = body.get("search_id")
        if search_id is not None:
            return search_id, self._known_search(search_id, body, struck, now)
        search = self._find(body, struck, now)
        with self._lock:
            return self._searches.begin(search)

    def _find(self, body: dict[str, Any], struck: _Struck, now: datetime) -> Search:
        expression = Query.from_dict(body["query"]).to_expression()
        approximately = of_kind(struck, "approximate") is not None
        found = self._library.find(expression, day(body["start_date"]), day(body["end_date"]), approximately)
        return Search(_criteria(body), found_by(struck, found, now))

    def _known_search(self, search_id: str, body: dict[str, Any], struck: _Struck, now: datetime) -> Search:
        """A remembered search, or one that would get the same id if it started now."""
        with self._lock:
            search = self._searches.get(search_id, _criteria(body))
        if search is None:
            anew = self._find(body, struck, now)
            with self._lock:
                if self._searches.id_of(anew) == search_id:
                    _, search = self._searches.begin(anew)
        if of_kind(struck, "expired-search"):
            with self._lock:
                self._searches.expire(search_id)
        if of_kind(struck, "slow-cursor"):
            raise Refused("invalid_params", "Invalid count or cursor")
        if search is None or of_kind(struck, "expired-search", "slow-search"):
            raise Refused("invalid_params", f"Search Id {search_id} is invalid or expired")
        return search

    def _page(self, search_id: str, search: Search, body: dict[str, Any], struck: _Struck) -> tuple[str, Page]:
        """The page, and the id of the search from now on."""
        count = body.get("max_count", DEFAULT_COUNT)
        cursor = body.get("cursor", 0)
        with self._lock:
            if body.get("is_random"):
                return search_id, search.sample(count, self._random)
            if cursor > len(search.found):
                raise Refused("invalid_params", "Invalid count or cursor")
            if of_kind(struck, *LASTING):
                search_id = self._searches.rename(search_id)
            return search_id, page(struck, search, cursor, count)


def _criteria(body: dict[str, Any]) -> str:
    """The query and the days as text, the same for any order of keys."""
    return json.dumps([body["query"], body["start_date"], body["end_date"]], sort_keys=True)


def _body(environ: Environ) -> bytes:
    """The body of the request. Refuses a body without a length, and one that is too long."""
    text = environ.get("CONTENT_LENGTH") or ""
    if environ.get("HTTP_TRANSFER_ENCODING") or not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Refused("invalid_params", "The request has no Content-Length, and no body is read without")
    if int(text) > MAX_BODY:
        message = f"The body has {int(text):,} bytes; at most {MAX_BODY:,} are read"
        raise Refused("invalid_params", message)
    content: bytes = environ["wsgi.input"].read(int(text))
    return content


def _request(environ: Environ) -> tuple[list[str], dict[str, Any]]:
    """The requested fields, and the body. Refuses with all problems of both at once."""
    media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if media_type not in _MEDIA_TYPES:
        raise Refused("invalid_params", f"The Content-Type is {shown(media_type)}; it has to be application/json")
    names = split_fields(",".join(parse_qs(environ.get("QUERY_STRING", "")).get("fields", ())))
    document, problems = read(_body(environ))
    body = _without_nulls(document)
    if body is not None or not problems:
        problems += request_errors(body)
    faults = [f"fields: {problem}" for problem in fields_problems(names) if problem.severity == "error"]
    faults += [f"{problem.path}: {problem}" if problem.path else str(problem) for problem in problems]
    if faults:
        more = f"; and {len(faults) - _SPELT_OUT} more" if len(faults) > _SPELT_OUT else ""
        raise Refused("invalid_params", "; ".join(faults[:_SPELT_OUT]) + more)
    assert isinstance(body, dict)
    return [name for name in names if isinstance(name, str)], body


#: Accepted media types of the body: published clients send text/plain, or none.
_MEDIA_TYPES: Final = ("application/json", "text/plain", "")


def _without_nulls(body: object) -> object:
    """The body without keys that are null: published clients send null for absent keys."""
    if not isinstance(body, dict):
        return body
    given = {key: value for key, value in body.items() if value is not None}
    if isinstance(query := given.get("query"), dict):
        given["query"] = {key: value for key, value in query.items() if value is not None}
    return given


# Options


def _pair(credentials: object) -> tuple[object, ...] | None:
    """Credentials as a tuple for `_credentials_errors` to check."""
    if credentials is None or isinstance(credentials, (tuple, list)):
        return credentials if credentials is None else tuple(credentials)
    return getattr(credentials, "client_key", None), getattr(credentials, "client_secret", None)


def _tuple(faults: object) -> tuple[Any, ...]:
    """Faults as a tuple for `_faults_errors` to check."""
    several = isinstance(faults, Iterable) and not isinstance(faults, (str, bytes))
    return tuple(cast("Iterable[Any]", faults)) if several else (faults,)


def _videos_errors(videos: object) -> list[Problem]:
    if isinstance(videos, Iterable):
        return []
    hint = "give a list of mappings, as `corpus` makes them"
    return [error("type", "", f"videos={in_python(videos)} is no list of videos", hint)]


def _credentials_errors(pair: tuple[object, ...] | None) -> list[Problem]:
    if pair is None or (len(pair) == 2 and all(isinstance(part, str) and part != "" for part in pair)):
        return []
    hint = "give a pair of texts, an object with client_key and client_secret, or None to take any"
    return [error("type", "", "credentials is not made of a key and a secret", hint)]


def _quota_errors(quota: object) -> list[Problem]:
    if quota is None or (type(quota) is int and quota >= 0):
        return []
    hint = "give a whole number from 0 on, or None for no end"
    return [error("range", "", f"quota={in_python(quota)} is no number of calls", hint)]


def _seed_errors(seed: object) -> list[Problem]:
    if type(seed) is int:
        return []
    return [error("type", "", f"seed={in_python(seed)} is no whole number", "give one")]


def _seconds_errors(name: str, value: object, least: str = "from 0 on") -> list[Problem]:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and 0 <= cast("float", value) <= _LONGEST and not (value == 0 and least == "above 0"):
        return []
    hint = f"give a number {least}, {_LONGEST:,} at most"
    return [error("range", "", f"{name}={in_python(value)} is no time in seconds", hint)]


def _faults_errors(faults: tuple[Any, ...]) -> list[Problem]:
    problems = []
    for value in faults:
        if not isinstance(value, (Fault, RandomFaults)):
            kind = value if value in KINDS else "server-error"
            hint = f"write Fault({kind!r}) or Fault.random(seed)"
            problems.append(error("type", "", f"faults={in_python(value)} is no fault", hint))
    return problems
