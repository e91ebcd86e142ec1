"""Calling an app without a network, and following its pages as a client should."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from querydsl import Request
from querydsl.sandbox import App
from querydsl.tables import QUERY_PATH, TOKEN_PATH

HEADERS = {"Authorization": "Bearer any", "Content-Type": "application/json"}


@attrs.frozen
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        assert self.status == 200, self.body
        return self.json["data"]

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, code and message."""
        error = self.json["error"]
        return self.status, error["code"], error["message"]


def call(
    app: App,
    path: str,
    body: bytes = b"",
    query: str = "",
    *,
    method: str = "POST",
    headers: Mapping[str, str] = HEADERS,
) -> Reply:
    """The answer of an app, called through WSGI."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value
    started: list[Any] = []
    pieces = app(environ, lambda *given: started.extend(given))
    return Reply(int(started[0].split()[0]), dict(started[1]), b"".join(pieces))


def ask(app: App, request: Request, token: str = "any", **changes: object) -> Reply:
    """The answer of an app to a request, or to one with some changed keys."""
    body = json.dumps({**request.to_dict(), **changes}).encode()
    headers = {**HEADERS, "Authorization": f"Bearer {token}"}
    return call(app, QUERY_PATH, body, f"fields={','.join(request.fields)}", headers=headers)


def ask_for_token(app: App, key: str = "key", secret: str = "secret", grant: str = "client_credentials") -> Reply:
    form = f"client_key={key}&client_secret={secret}&grant_type={grant}".encode()
    return call(app, TOKEN_PATH, form, headers={"Content-Type": "application/x-www-form-urlencoded"})


def pages(app: App, request: Request) -> Iterator[Any]:
    """The data of all pages of a request to an app without faults."""
    data = ask(app, request).data
    yield data
    while data["has_more"]:
        data = ask(app, request, cursor=data["cursor"], search_id=data["search_id"]).data
        yield data


def persist(app: App, request: Request) -> list[int]:
    """The ids of all videos of a request, each once, despite any faults.

    Asks again after every failure, and starts the search again after five refusals.
    """
    found: dict[int, None] = {}
    following: dict[str, object] = {}
    refused = 0
    while True:
        reply = ask(app, request, **following)
        try:
            data = reply.json["data"]
        except ValueError:
            continue
        if reply.status != 200:
            refused += reply.status == 400
            if refused == 5:
                following, refused = {}, 0
            continue
        found.update(dict.fromkeys(video["id"] for video in data["videos"]))
        if not data["has_more"]:
            return list(found)
        following, refused = {"cursor": data["cursor"], "search_id": data["search_id"]}, 0
