"""A server that answers what a test tells it, byte by byte, on a real socket; and answers of an API."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, TypeAlias

import attrs

from querydsl.tables import API_ERRORS, TOKEN_PATH


@attrs.frozen
class Received:
    """A request as received."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


#: A reply: bytes, or a function that writes on the socket; afterwards the connection is closed.
Reply: TypeAlias = bytes | Callable[[socket.socket], None]
Script: TypeAlias = Iterable[Reply] | Callable[[Received], Reply]


# Answers of an API


def http(body: bytes | str, status: int = 200, *headers: str, kind: str = "application/json") -> bytes:
    """An HTTP answer; a header is a line."""
    content = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def page(
    videos: Iterable[Any] = (), cursor: int | None = None, search_id: str | None = "7", *headers: str, **data: Any
) -> bytes:
    """A page; a video is given by its id or as a whole. A cursor means that there is more."""
    content = {
        "videos": [{"id": video} if isinstance(video, int) else video for video in videos],
        "cursor": 0 if cursor is None else cursor,
        "has_more": cursor is not None,
        "search_id": search_id,
        **data,
    }
    return http(json.dumps({"data": content, "error": {"code": "ok", "message": "", "log_id": "log"}}), 200, *headers)


def refusal(code: str, message: str = "no", status: int | None = None, *headers: str, log_id: str = "log") -> bytes:
    """An error of the API, with its documented status or the given one."""
    error = {"code": code, "message": message, "log_id": log_id}
    return http(json.dumps({"data": {}, "error": error}), status or API_ERRORS[code], *headers)


def lost(search_id: str = "7") -> bytes:
    return refusal("invalid_params", f"Search Id {search_id} is invalid or expired")


def token(text: str = "clt.fresh", **more: Any) -> bytes:
    return http(json.dumps({"access_token": text, "expires_in": 7200, "token_type": "Bearer", **more}))


def bad_client(message: str = "wrong", status: int = 401) -> bytes:
    return http(json.dumps({"error": "invalid_client", "error_description": message, "log_id": "log"}), status)


# The server


class Server:
    """The received requests, and the replies that are left."""

    def __init__(self, script: Script, tokens: Script) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.port = 0
        self._scripts = {False: self._following(script), True: self._following(tokens)}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def queries(self) -> list[Received]:
        return [one for one in self.received if not one.target.startswith(TOKEN_PATH)]

    @property
    def tokens(self) -> list[Received]:
        return [one for one in self.received if one.target.startswith(TOKEN_PATH)]

    @property
    def places(self) -> list[tuple[Any, Any]]:
        """The cursor and search_id of each query."""
        return [(one.json.get("cursor"), one.json.get("search_id")) for one in self.queries]

    @staticmethod
    def _following(script: Script) -> Callable[[Received], Reply]:
        if callable(script):
            return script
        replies = iter(script)
        return lambda _: next(replies, refusal("off_the_script", "nobody expects this request", 400))

    def reply(self, received: Received) -> Reply:
        with self._lock:
            self.received.append(received)
            return self._scripts[received.target.startswith(TOKEN_PATH)](received)


class _Handler(StreamRequestHandler):
    timeout = 30

    def handle(self) -> None:
        while (received := self._receive()) is not None:
            reply = self.server.script.reply(received)  # type: ignore[attr-defined]
            if callable(reply):
                reply(self.connection)
                return
            self.connection.sendall(reply)

    def _receive(self) -> Received | None:
        words = self.rfile.readline().decode("latin-1").split()
        if len(words) != 3:
            return None
        headers = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Received(words[0], words[1], headers, self.rfile.read(int(headers.get("content-length", 0))))


class _Server(ThreadingTCPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, script: Server) -> None:
        self.script = script
        self.connections: list[socket.socket] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.append(request)
        self.script.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up because the tests tell them to."""


@contextmanager
def scripted(script: Script = (), tokens: Script = ()) -> Iterator[Server]:
    """Serve a script: a list of replies, or a function from a request to a reply."""
    state = Server(script, tokens)
    with _Server(state) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.002})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
            for connection in server.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


# Hostile ways to answer


def slowly(content: bytes, size: int = 1) -> Callable[[socket.socket], None]:
    """Piece by piece, each in its own packet."""

    def write(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(content), size):
            connection.sendall(content[at : at + size])

    return write


def cut(content: bytes) -> Callable[[socket.socket], None]:
    """These bytes, followed by the end of the connection."""
    return lambda connection: connection.sendall(content)


def endlessly(head: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """A beginning, followed by the same bytes until the client closes the connection."""

    def write(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return write


def never(connection: socket.socket) -> None:
    """No answer, until the client hangs up."""
    with suppress(OSError):
        connection.recv(1)
