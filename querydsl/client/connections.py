"""Connections of urllib3 with a deadline for each answer as a whole, which log nothing of what a server sends.

A timeout of a socket bounds each read alone, so that a server could hold a worker for ever with a byte now and then.
Here every read gets what is left until the deadline: status line, interim answers, headers, chunks and trailers alike.
"""

from __future__ import annotations

import io
import socket
from http.client import HTTPResponse
from time import monotonic
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until a deadline, a moment of the monotonic clock; then it raises TimeoutError."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._socket = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the deadline of the answer has passed")
        self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer with a deadline."""

    def __init__(self, sock: socket.socket, deadline: float, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_BoundedReader(self.fp.detach(), sock, deadline))

    def begin(self) -> None:
        super().begin()
        # urllib3 logs the header lines that could not be parsed, and a secret may be in them
        self.msg.defects = []
        self.msg.set_payload("")


class _Plain(HTTPConnection):
    def response_class(self, sock: socket.socket, *arguments: Any, **options: Any) -> HTTPResponse:  # type: ignore[override]
        return _Response(sock, monotonic() + (self.timeout or 0.0), *arguments, **options)


class _Secure(HTTPSConnection):
    response_class = _Plain.response_class  # type: ignore[assignment]


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


#: The pools of a `PoolManager` for each scheme.
POOLS = {"http": _PlainPool, "https": _SecurePool}
