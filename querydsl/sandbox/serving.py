"""An app on a port of this machine: threads, connections that are kept, and an end that waits for nobody."""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Any

from ..errors import QueryDSLError

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

#: Where the environment of a request has the event that is set when the server closes.
CLOSING = "querydsl.closing"


@contextmanager
def serve(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Serve an app on 127.0.0.1 while the block runs; yields the URL. Port 0 takes any that is free."""
    try:
        server = _Server(app, port)
    except (OSError, OverflowError) as failure:
        raise QueryDSLError(f"port {port}: {failure}; give another port, or 0 for any that is free") from failure
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()


class _Server(ThreadingTCPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, app: WSGIApplication, port: int) -> None:
        self.app = app
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End what is under way: whoever waits is woken, and every connection is shut."""
        self.closing.set()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is everyday."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = io.BytesIO(self.rfile.read(length))
        environ = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": self.path.partition("?")[0],
            "QUERY_STRING": self.path.partition("?")[2],
            "CONTENT_LENGTH": str(length),
            "HTTP_AUTHORIZATION": self.headers.get("Authorization", ""),
            "wsgi.input": body,
            CLOSING: self.server.closing,
        }
        answer: list[Any] = []
        pieces = self.server.app(environ, lambda status, headers: answer.extend((status, headers)))  # type: ignore
        status, headers = answer
        head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
        self.wfile.write(head.encode("latin-1"))
        for piece in pieces:
            self.wfile.write(piece)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer

    def log_message(self, *_: object) -> None:
        pass
