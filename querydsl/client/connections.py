"""Connections of urllib3 that log nothing of what a server sends."""

from __future__ import annotations

from http.client import HTTPResponse

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _Response(HTTPResponse):
    """An answer without the header lines that could not be parsed: urllib3 logs them, and a secret may be in them."""

    def begin(self) -> None:
        super().begin()
        self.msg.defects = []
        self.msg.set_payload("")


class _Plain(HTTPConnection):
    response_class = _Response


class _Secure(HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


#: The pools of a `PoolManager` for each scheme.
POOLS = {"http": _PlainPool, "https": _SecurePool}
