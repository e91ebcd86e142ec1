"""Serves an app on a port of this machine: one thread per connection, and a shutdown that does not wait for clients."""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from itertools import chain
from socketserver import ThreadingTCPServer
from typing import Any, Final
from urllib.parse import unquote

from ..errors import QueryDSLError, error, raise_errors
from ..showing import in_python, shown
from .responses import CLOSING, Environ, Refused, StartResponse, WSGIApp

_HOST: Final = "127.0.0.1"
#: The names of this machine that a request may address.
_NAMES: Final = (_HOST, "localhost", "[::1]")
_LAST_PORT: Final = 65_535
#: Longer bodies are discarded unread.
_MAX_BODY: Final = 16 * 1024 * 1024
_PIECE: Final = 64 * 1024


@contextmanager
def serve(app: WSGIApp, port: int = 0) -> Iterator[str]:
    """Serve an app while the block runs, to this machine only; returns the URL. Port 0 takes any free port.

    A request for another Host is refused. At the end of the block every connection is closed, including those that wait
    for an answer. Raises ValidationError for a value that is not a port, and QueryDSLError for a port that is not
    available.

    >>> from querydsl.sandbox import App, corpus
    >>> with serve(App(corpus(100))) as url:
    ...     url.rpartition(":")[0]
    'http://127.0.0.1'
    """
    if type(port) is not int or not 0 <= port <= _LAST_PORT:
        hint = f"give a whole number from 0 to {_LAST_PORT}; 0 takes any that is free"
        raise_errors([error("range", "", f"port={in_python(port)} is no port", hint)], "serve")
    try:
        server = _Server(app, port)
    except OSError as failure:
        message = f"port {port} cannot be had: {failure.strerror}; give another one, or 0 for any that is free"
        raise QueryDSLError(message) from failure
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://{_HOST}:{server.port}"
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()


def hosts(port: int) -> set[str]:
    """The allowed values of the header Host, for a server on this port."""
    named = {f"{name}:{port}" for name in _NAMES}
    return named | {*_NAMES} if port == 80 else named


def _elsewhere(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The app that answers requests for another host."""
    port, host = environ["SERVER_PORT"], shown(environ.get("HTTP_HOST", ""))
    message = f"The Host {host} is not this server; it is {_HOST}:{port} or localhost:{port}"
    answer = Refused("invalid_params", message, 421).answer("")
    start_response(answer.status_line, list(answer.headers))
    return answer.body


class _Server(ThreadingTCPServer):
    daemon_threads = False
    request_queue_size = 128
    # on Windows the option has another meaning: it allows two servers on one port
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, app: WSGIApp, port: int) -> None:
        self.app = app
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((_HOST, port), _Handler)
        self.port: int = self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Wake waiting threads: apps by the event, readers and writers by closing their connection."""
        self.closing.set()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: it is not an error if a client disconnects."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _handle(self) -> None:
        """Pass a request to the app, and send its answer."""
        length = self._length()
        body = self.rfile.read(length) if 0 < length <= _MAX_BODY else b""
        started: list[Any] = []
        answered: Iterable[bytes] = ()
        # otherwise a web page could point its own host name to this machine and read the answers
        app = self.server.app if self.headers.get("Host", "").lower() in hosts(self.server.port) else _elsewhere
        try:
            answered = app(self._environ(body), lambda *given: started.extend(given))
            others = iter(answered)
            first = next(others, b"")  # WSGI: an app must not start its answer before this
            pieces: Iterable[bytes] = chain([first], others)
        except ConnectionError:
            raise  # an app that refuses to answer
        except Exception as failure:
            answer = Refused("internal_error", f"{type(failure).__name__}: {failure}").answer("")
            started, pieces = [answer.status_line, answer.headers], answer.body
        try:
            self._throw_away(length - len(body))
            self._send(started[0], started[1], pieces)
        finally:
            getattr(answered, "close", lambda: None)()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _handle  # noqa: N815

    def _length(self) -> int:
        """The length of the body. Without a length, nothing is read and the connection ends."""
        text = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not (text.isascii() and text.isdigit() and len(text) < 20):
            self.close_connection = True
            return 0
        return int(text)

    def _environ(self, body: bytes) -> Environ:
        path, _, query = self.path.partition("?")
        environ: Environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": _HOST,
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            CLOSING: self.server.closing,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        return environ

    def _throw_away(self, length: int) -> None:
        """Read the rest of a body: a client that is still sending would not see the answer."""
        while length > 0 and (piece := self.rfile.read(min(length, _PIECE))):
            length -= len(piece)

    def _send(self, status: str, headers: Iterable[tuple[str, str]], pieces: Iterable[bytes]) -> None:
        """Send an answer, in one packet if it is one piece. The connection ends after an answer without a length."""
        expected = next((int(value) for name, value in headers if name == "Content-Length"), None)
        head = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        if expected is None or self.close_connection:
            self.close_connection = True
            head.append("Connection: close")
        waiting = "\r\n".join([*head, "", ""]).encode("latin-1")
        sent = 0
        for piece in pieces if self.command != "HEAD" else ():
            self.wfile.write(waiting + piece)
            waiting = b""
            sent += len(piece)
        if waiting:
            self.wfile.write(waiting)
        if sent != expected and self.command != "HEAD":
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse input that is not HTTP, with an answer in JSON."""
        answer = Refused("invalid_params", message or "This is not a request", code).answer("")
        self.close_connection = True
        self._send(answer.status_line, answer.headers, answer.body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""
