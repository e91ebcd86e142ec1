"""The documented API as a WSGI app over a list of videos: both endpoints."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from http import HTTPStatus
from random import Random
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from ..documents import read
from ..query import Query
from ..rules import fields_problems, request_errors, split_fields
from ..tables import DEFAULT_COUNT, LEFT_OUT_WHEN_EMPTY, QUERY_PATH, TOKEN_LIFETIME, TOKEN_PATH
from ..values import day
from . import answers
from .answers import Answer
from .searches import Library, Page, Search, Searches, Video

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

#: The longest body that is read, in bytes.
MAX_BODY: Final = 4 * 1024 * 1024


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Refused(Exception):
    """The request is answered with an error; `answer` is what it says."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


class App:
    def __init__(
        self,
        videos: Iterable[Video],
        *,
        credentials: Any = None,
        quota: int | None = None,
        token_lifetime: float = TOKEN_LIFETIME,
        latency: float = 0.0,
        faults: Any = (),
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        #: How many query requests were received, and how many tokens were given.
        self.queries = 0
        self.tokens = 0
        self._library = Library(videos)
        self._credentials = _pair(credentials)
        self._quota = quota
        self._token_lifetime = timedelta(seconds=token_lifetime)
        self._latency = latency
        self._now = now
        self._lock = threading.Lock()
        self._searches = Searches()
        self._expiry: dict[str, datetime] = {}
        self._day = (date.min, 0)
        self._random = Random(0)  # noqa: S311  # which videos come is no secret

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers))
        return answer.body

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        now = self._now()
        log_id = f"{now:%Y%m%d%H%M%S}{secrets.token_hex(10).upper()}"
        endpoint = {QUERY_PATH: self._query, TOKEN_PATH: self._token}.get(environ.get("PATH_INFO", ""))
        try:
            if endpoint is None:
                message = f"there is nothing here; the endpoints are {QUERY_PATH} and {TOKEN_PATH}"
                return answers.refusal("invalid_params", message, log_id, 404)
            if environ["REQUEST_METHOD"] != "POST":
                message = f"{environ['REQUEST_METHOD']} is not a method of this endpoint; send a POST"
                return answers.refusal("invalid_params", message, log_id, 405, [("Allow", "POST")])
            return endpoint(environ, now, log_id)
        except Refused as refused:
            return refused.answer

    # Tokens

    def _token(self, environ: WSGIEnvironment, now: datetime, log_id: str) -> Answer:
        form = parse_qs(_body(environ, log_id).decode("utf-8", "replace"), max_num_fields=100)
        key, secret, grant = (form.get(name, [""])[-1] for name in ("client_key", "client_secret", "grant_type"))
        fault = ""
        if grant != "client_credentials":
            fault = "grant_type has to be client_credentials"
        elif not (key and secret):
            fault = "client_key and client_secret have to be there, form-encoded"
        elif self._credentials not in (None, (key, secret)):
            fault = "client_key and client_secret do not belong together"
        if fault:
            refusal = {"error": "invalid_client", "error_description": fault, "log_id": log_id}
            return answers.document(refusal, 401)
        token = f"clt.{secrets.token_urlsafe(24)}"
        with self._lock:
            self.tokens += 1
            self._expiry[token] = now + self._token_lifetime
        lifetime = int(self._token_lifetime.total_seconds())
        return answers.document({"access_token": token, "expires_in": lifetime, "token_type": "Bearer"})

    def _authorize(self, environ: WSGIEnvironment, now: datetime, log_id: str) -> str:
        """The token of the request, if it is good."""
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = token.strip()
        good = scheme.lower() == "bearer" and token != ""
        if good:
            expiry = self._expiry.get(token)
            good = self._credentials is None if expiry is None else now < expiry
        if not good:
            message = "The access token is invalid or expired"
            raise Refused(answers.refusal("access_token_invalid", message, log_id))
        return token

    # Queries

    def _query(self, environ: WSGIEnvironment, now: datetime, log_id: str) -> Answer:
        with self._lock:
            self.queries += 1
            today, sent = self._day
            self._day = (now.date(), sent + 1 if today == now.date() else 1)
            over_quota = self._quota is not None and self._day[1] > self._quota
        self._authorize(environ, now, log_id)
        if over_quota:
            message = f"The quota of {self._quota} requests a day is used up; it is reset at 00:00 UTC"
            raise Refused(answers.refusal("rate_limit_exceeded", message, log_id))
        fields, body = _request(environ, log_id)
        search_id, search = self._search(body, log_id)
        page = self._page(search, body, log_id)
        content = {
            "videos": [_shown(video, fields) for video in page.videos],
            "cursor": page.cursor,
            "has_more": page.has_more,
            "search_id": search_id,
        }
        return answers.data(content, log_id)

    def _search(self, body: dict[str, Any], log_id: str) -> tuple[str, Search]:
        """The search that the request goes on with, or the new one that it begins."""
        criteria = (body["query"], body["start_date"], body["end_date"])
        search_id = body.get("search_id")
        if search_id is not None:
            with self._lock:
                known = self._searches.get(search_id, criteria)
            if known is None:
                raise Refused(answers.invalid(f"Search Id {search_id} is invalid or expired", log_id))
            return search_id, known
        query = Query.from_valid(body["query"])
        found = self._library.find(query.to_expression(), day(body["start_date"]), day(body["end_date"]))
        search = Search(criteria, found)
        search_id = str(7 * 10**18 + secrets.randbits(60))
        with self._lock:
            self._searches.add(search_id, search)
        return search_id, search

    def _page(self, search: Search, body: dict[str, Any], log_id: str) -> Page:
        count = body.get("max_count", DEFAULT_COUNT)
        cursor = body.get("cursor", 0)
        with self._lock:
            if body.get("is_random"):
                return search.sample(count, self._random)
            if cursor > len(search.found):
                raise Refused(answers.invalid("Invalid count or cursor", log_id))
            return search.page(cursor, count)


def _pair(credentials: Any) -> tuple[str, str] | None:
    if credentials is None:
        return None
    if isinstance(credentials, tuple):
        key, secret = credentials
        return key, secret
    return credentials.client_key, credentials.client_secret


def _body(environ: WSGIEnvironment, log_id: str) -> bytes:
    """The body of the request; what has no length, or too great a one, is refused."""
    text = environ.get("CONTENT_LENGTH") or ("" if environ.get("HTTP_TRANSFER_ENCODING") else "0")
    length = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
    if length is None:
        raise Refused(answers.invalid("the request has to say its Content-Length", log_id))
    if length > MAX_BODY:
        message = f"the body has {length:,} bytes, and at most {MAX_BODY:,} are read"
        raise Refused(answers.invalid(message, log_id))
    content: bytes = environ["wsgi.input"].read(length)
    return content


def _request(environ: WSGIEnvironment, log_id: str) -> tuple[list[str], dict[str, Any]]:
    """The fields that are asked for, and the body; all that is wrong with either is refused at once."""
    content = _body(environ, log_id)
    names = split_fields(",".join(parse_qs(environ.get("QUERY_STRING", "")).get("fields", ())))
    body, problems = read(content)
    if body is not None or not problems:
        problems += request_errors(body)
    faults = [f"{problem.path}: {problem}" if problem.path else str(problem) for problem in problems]
    faults += [f"fields: {problem}" for problem in fields_problems(names) if problem.severity == "error"]
    if faults:
        raise Refused(answers.invalid("; ".join(faults[:20]), log_id))
    assert isinstance(body, dict)
    return list(map(str, names)), body


def _shown(video: Video, fields: Iterable[str]) -> dict[str, Any]:
    """The fields of a video that were asked for, as the API gives them."""
    shown = {}
    for field in fields:
        value = video.get(field)
        if field == "hashtag_names":
            value = value or []
        elif value is None or (not value and field in LEFT_OUT_WHEN_EMPTY):
            continue
        shown[field] = value
    return shown
