"""A server that behaves like the API of 2026, written independently of the package: it imports nothing from querydsl.

It follows the vendor's page of today and the reports of users, so that the client is not only tested against a sandbox
that shares its tables and its mistakes. The oddities of the real API are on by default: omitted empty values, ids as
text on every second page, values of another type, videos that are dropped after pages are cut, search ids that take
seconds to become valid, and a limit of five calls a second.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

VIDEO_PATH = "/v2/research/video/query/"
TOKEN_PATH = "/v2/oauth/token/"

#: The 23 fields of a Video Object.
VIDEO_FIELDS = (
    "id", "video_description", "create_time", "region_code", "share_count", "view_count", "like_count",
    "comment_count", "music_id", "hashtag_names", "username", "effect_ids", "playlist_id", "voice_to_text",
    "is_stem_verified", "favorites_count", "video_duration", "hashtag_info_list", "sticker_info_list",
    "effect_info_list", "video_mention_list", "video_label", "video_tag",
)  # fmt: skip

_MATCH = {"EQ", "IN"}
_ORDER = {"EQ", "IN", "GT", "GTE", "LT", "LTE"}

#: The eleven condition fields, with their operations.
CONDITION_FIELDS = {
    "create_date": _ORDER, "username": _MATCH, "region_code": _MATCH, "video_id": _MATCH, "hashtag_name": _MATCH,
    "keyword": _MATCH, "music_id": _MATCH, "effect_id": _MATCH, "video_length": _MATCH, "view_count": _ORDER,
    "comment_count": _ORDER,
}  # fmt: skip

Video = dict[str, Any]


class Refusal(Exception):
    """An error answer: the code, the message, the status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> Refusal:
    return Refusal("invalid_params", message, 400)


#: The failures of a call, by name: the status and the code.
TROUBLES = {
    "internal-200": (200, "internal_error"),
    "internal-400": (400, "internal_error"),
    "internal-500": (500, "internal_error"),
    "timeout": (500, "timeout"),
    "quota-200": (200, "daily_quota_limit_exceeded"),
    "html": (504, ""),
}


@dataclass
class Api:
    """The state of the server, and its answers; times are seconds since 1970, from `clock`."""

    videos: list[Video]
    credentials: tuple[str, str] = ("key", "secret")
    clock: Callable[[], float] = time.time
    #: Calls per UTC day, and calls per second.
    quota: int = 1_000
    per_second: int = 5
    #: Seconds until a search_id is valid, and until a new video can be found.
    valid_after: float = 2.0
    found_after: float = 48 * 3600
    token_lifetime: int = 7_200
    #: The failure of a call, by its number from 1.
    troubles: Mapping[int, str] = field(default_factory=dict)
    #: Windows with one of these days always fail.
    failing: tuple[date, date] | None = None
    #: The ids of videos that are found and then dropped, after the pages are cut.
    gone: frozenset[int] = frozenset()
    #: The ids of videos that any query finds: matching is approximate.
    astray: frozenset[int] = frozenset()
    #: How many videos of a page have a value of another type, or are repeated without an id: one in this number.
    odd_every: int = 9
    #: The statuses and codes of all answers to calls for videos, in order.
    answered: list[tuple[int, str]] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, float] = {}
        self._searches: dict[str, tuple[str, float, list[Video]]] = {}
        self._recent: list[float] = []
        self._counted: dict[int, int] = {}
        self._calls = 0

    # Tokens

    def token(self, form: Mapping[str, list[str]]) -> tuple[int, dict[str, Any]]:
        key, secret, grant = (form.get(name, [""])[-1] for name in ("client_key", "client_secret", "grant_type"))
        if (key, secret) != self.credentials or grant != "client_credentials":
            description = "Client key or secret is incorrect."
            return 200, {"error": "invalid_client", "error_description": description, "log_id": "log"}
        text = f"clt.{len(self._tokens)}.{key}"
        self._tokens[text] = self.clock() + self.token_lifetime
        return 200, {"access_token": text, "expires_in": self.token_lifetime, "token_type": "Bearer"}

    # Videos

    def call(self, authorization: str, names: str, body: bytes) -> tuple[int, bytes, str]:
        """Answer a call for videos: the status, the body, and its type."""
        with self._lock:
            self._calls += 1
            try:
                answer: Any = {"data": self._answer(authorization, names, body)}
                error = {"code": "ok", "message": ""}
                status = 200
            except Refusal as refusal:
                answer, status = {"data": {}}, refusal.status
                error = {"code": refusal.code, "message": refusal.message}
            self.answered.append((status, error["code"]))
            if status == 504:
                return 504, b"<html><body><h1>504 Gateway Time-out</h1></body></html>", "text/html"
            error["log_id"] = f"2026{self._calls:028}"
            return status, json.dumps({**answer, "error": error}).encode(), "application/json; charset=utf-8"

    def _answer(self, authorization: str, names: str, body: bytes) -> dict[str, Any]:
        now = self.clock()
        if self._tokens.get(authorization.removeprefix("Bearer "), 0) <= now:
            raise Refusal("access_token_invalid", "The access token is invalid or not found in the request.", 401)
        self._limit(now)
        if (trouble := self.troubles.get(self._calls)) is not None:
            status, code = TROUBLES[trouble]
            raise Refusal(code, "Something is wrong. Please try again later.", status)
        fields = _fields(names)
        request = _request(body)
        if self.failing is not None and request.start <= self.failing[1] and self.failing[0] <= request.end:
            raise Refusal("internal_error", "Something is wrong. Please try again later.", 500)
        search_id, found = self._search(request, now)
        return self._page(search_id, found, request, fields)

    def _limit(self, now: float) -> None:
        """Refuse a call that comes too fast, or exceeds the quota of the day; both answers may be a 429."""
        self._recent = [moment for moment in self._recent if now - 1 < moment <= now] + [now]
        if len(self._recent) > self.per_second:
            raise Refusal("rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.", 429)
        day = int(now // 86_400)
        self._counted[day] = self._counted.get(day, 0) + 1
        if self._counted[day] > self.quota:
            status = 200 if self._counted[day] % 2 else 429
            raise Refusal("daily_quota_limit_exceeded", "The daily quota limit was exceeded.", status)

    def _search(self, request: _Request, now: float) -> tuple[str, list[Video]]:
        if request.search_id is None:
            search_id = str(7_300_000_000_000_000_000 + len(self._searches))
            self._searches[search_id] = (request.criteria, now, self._find(request, now))
            return search_id, self._searches[search_id][2]
        criteria, begun, found = self._searches.get(request.search_id, ("", now, []))
        if criteria != request.criteria or now < begun + self.valid_after:
            raise invalid(f"Search Id {request.search_id} is invalid or expired")
        return request.search_id, found

    def _find(self, request: _Request, now: float) -> list[Video]:
        found = [
            video
            for video in self.videos
            if request.start <= _day(video) <= request.end
            and video["create_time"] + self.found_after <= now
            and (video["id"] in self.astray or request.selects(video))
        ]
        return sorted(found, key=lambda video: -int(video["id"]))

    def _page(self, search_id: str, found: list[Video], request: _Request, fields: list[str]) -> dict[str, Any]:
        if request.cursor > len(found):
            raise invalid("Invalid count or cursor")
        if request.is_random:
            found = random.Random(0).sample(found, min(request.count, len(found)))
        end = request.cursor + request.count
        kept = [video for video in found[request.cursor : end] if video["id"] not in self.gone]
        videos = [shown for video in kept for shown in self._shown(video, fields)]
        data: dict[str, Any] = {"cursor": end, "search_id": search_id}
        if videos:
            data["videos"] = videos
        if end < len(found) and not request.is_random:
            data["has_more"] = True
        return data

    def _shown(self, video: Video, fields: list[str]) -> Iterator[Video]:
        """The answer for a video, sometimes followed by a copy without an id."""
        shown = {name: video[name] for name in fields if video.get(name) not in ([], "", None)}
        if self._calls % 2 == 0:
            shown |= {name: str(shown[name]) for name in ("id", "music_id", "playlist_id") if name in shown}
        chance = int(video["id"]) % self.odd_every
        odd = {0: {"music_id": ""}, 1: {"video_duration": "long"}, 2: {"hashtag_names": ""}}.get(chance, {})
        yield shown | {name: value for name, value in odd.items() if name in fields}
        if chance == 3:
            yield {name: value for name, value in shown.items() if name != "id"}


# Requests


@dataclass
class _Request:
    query: Mapping[str, list[dict[str, Any]]]
    start: date
    end: date
    count: int
    cursor: int
    search_id: str | None
    is_random: bool

    @property
    def criteria(self) -> str:
        return json.dumps([self.query, str(self.start), str(self.end)], sort_keys=True)

    def selects(self, video: Video) -> bool:
        holds = {
            name: [_holds(condition, video) for condition in self.query.get(name) or ()]
            for name in ("and", "or", "not")
        }
        return all(holds["and"]) and (not holds["or"] or any(holds["or"])) and not any(holds["not"])


def _fields(names: str) -> list[str]:
    fields = [name for name in names.split(",") if name]
    wrong = [name for name in fields if name not in VIDEO_FIELDS]
    if wrong or not fields:
        raise invalid(f"Invalid fields: {', '.join(wrong) or 'none'}")
    return fields


def _request(body: bytes) -> _Request:
    """The request, with nulls for keys that are absent."""
    try:
        given = {key: value for key, value in json.loads(body).items() if value is not None}
        query = {key: value or [] for key, value in given["query"].items()}
        start, end = (datetime.strptime(given[name], "%Y%m%d").date() for name in ("start_date", "end_date"))
    except (ValueError, KeyError, AttributeError, TypeError):
        raise invalid("Invalid query, start_date or end_date") from None
    if not timedelta(0) <= end - start <= timedelta(days=30):
        raise invalid("The end_date must be no more than 30 days after the start_date")
    if not query.keys() <= {"and", "or", "not"} or not any(query.values()):
        raise invalid("Invalid query")
    for condition in (condition for conditions in query.values() for condition in conditions):
        _check(condition)
    count, cursor = given.get("max_count", 20), given.get("cursor", 0)
    if not (type(count) is int and 1 <= count <= 100 and type(cursor) is int and cursor >= 0):
        raise invalid("Invalid count or cursor")
    return _Request(query, start, end, count, cursor, given.get("search_id"), given.get("is_random", False))


def _check(condition: dict[str, Any]) -> None:
    name, operation, values = (condition.get(key) for key in ("field_name", "operation", "field_values"))
    if name not in CONDITION_FIELDS:
        raise invalid(f"Invalid field_name {name}")
    if operation not in CONDITION_FIELDS[name]:
        raise invalid(f"Invalid operation {operation} for {name}")
    if not (isinstance(values, list) and values and all(isinstance(value, str) for value in values)):
        raise invalid(f"Invalid field_values for {name}")
    if operation != "IN" and len(values) > 1:
        raise invalid(f"{operation} must have one field value")
    if name == "region_code" and not all(len(value) == 2 and value.isupper() for value in values):
        raise invalid(f"Invalid region_code {values}")


def _day(video: Video) -> date:
    return datetime.fromtimestamp(video["create_time"], timezone.utc).date()


def _length(seconds: int) -> str:
    return "SHORT" if seconds < 15 else "MID" if seconds <= 60 else "LONG" if seconds <= 300 else "EXTRA_LONG"


#: The values of a video for a condition field: one, or several.
_VALUES: dict[str, Callable[[Video], list[Any]]] = {
    "create_date": lambda video: [f"{_day(video):%Y%m%d}"],
    "username": lambda video: [video["username"]],
    "region_code": lambda video: [video["region_code"]],
    "video_id": lambda video: [str(video["id"])],
    "hashtag_name": lambda video: video["hashtag_names"],
    "music_id": lambda video: [str(video["music_id"])],
    "effect_id": lambda video: video["effect_ids"],
    "video_length": lambda video: [_length(video["video_duration"])],
    "view_count": lambda video: [video["view_count"]],
    "comment_count": lambda video: [video["comment_count"]],
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "GT": lambda has, value: has > value,
    "GTE": lambda has, value: has >= value,
    "LT": lambda has, value: has < value,
    "LTE": lambda has, value: has <= value,
}


def _holds(condition: dict[str, Any], video: Video) -> bool:
    name, operation, values = condition["field_name"], condition["operation"], condition["field_values"]
    if name == "keyword":
        return any(value.lower() in video["video_description"].lower() for value in values)
    if name == "hashtag_name":
        values = [value.lower() for value in values]
    if name in ("view_count", "comment_count"):
        values = list(map(int, values))
    has = _VALUES[name](video)
    if operation in ("EQ", "IN"):
        return any(value in values for value in has)
    return _COMPARISONS[operation](has[0], values[0])


# Videos


def made_up(count: int, start: date, end: date, seed: int = 0) -> list[Video]:
    """Videos of the days. Their ids start with a second that is 18 to 135 s before their create_time."""
    chance = random.Random(seed)
    first = int(datetime(start.year, start.month, start.day, tzinfo=timezone.utc).timestamp())
    seconds = ((end - start).days + 1) * 86_400
    return [_made_up(chance, first + chance.randrange(seconds)) for _ in range(count)]


def _made_up(chance: random.Random, created: int) -> Video:
    tags = chance.sample(["cat", "dog", "fyp", "music", "猫"], chance.randrange(4))
    views = int(10 ** chance.uniform(0, 6))
    return {
        "id": (created - chance.randrange(18, 136) << 32) + chance.getrandbits(32),
        "video_description": " ".join(["Look at this", *(f"#{tag}" for tag in tags)]),
        "create_time": created,
        "region_code": chance.choice(["US", "JP", "GB"]),
        "share_count": views // 100,
        "view_count": views,
        "like_count": views // 10,
        "comment_count": views // 50,
        "music_id": 6 * 10**18 + chance.getrandbits(60),
        "hashtag_names": tags,
        "username": f"user{chance.randrange(40)}",
        "effect_ids": chance.choice([[], ["0"], ["3957392342148643476"]]),
        "playlist_id": chance.choice([None, 7 * 10**18 + chance.getrandbits(40)]),
        "voice_to_text": chance.choice(["", "hello everyone"]),
        "is_stem_verified": chance.random() < 0.1,
        "favorites_count": views // 20,
        "video_duration": chance.choice([7, 30, 100, 400]),
        "hashtag_info_list": [{"hashtag_id": str(len(tag)), "hashtag_description": tag} for tag in tags],
        "sticker_info_list": [{"sticker_id": "1", "sticker_name": "Heart"}] if chance.random() < 0.1 else [],
        "effect_info_list": [
            {"effect_id": "0", "effect_name": "None", "effect_photo_url": "https://example.com/0.png"}
        ],
        "video_mention_list": [],
        "video_label": {"content": "", "sink": 1, "type": 0, "vote": 0, "warn": 0},
        "video_tag": [{"type": "AIGC Type", "number": 1}] if chance.random() < 0.1 else [],
    }


# HTTP


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        api: Api = self.server.api  # type: ignore[attr-defined]
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if target.path == TOKEN_PATH:
            status, content = api.token(parse_qs(body.decode()))
            self._send(status, json.dumps(content).encode(), "application/json")
        elif target.path == VIDEO_PATH:
            names = ",".join(parse_qs(target.query).get("fields", []))
            self._send(*api.call(self.headers.get("Authorization", ""), names, body))
        else:
            self._send(404, b"", "text/plain")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def served(api: Api) -> Iterator[Api]:
    """Serve the API on this machine while the block runs; its URL is `api.url`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.api = api  # type: ignore[attr-defined]
        api.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
