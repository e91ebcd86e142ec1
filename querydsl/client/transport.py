"""Posts over urllib3: URL, body and headers in; status, headers and body out, limited in size and time."""

from __future__ import annotations

import io
import ipaddress
import re
import socket
import warnings
import zlib
from collections.abc import Mapping
from http.client import HTTPResponse
from time import monotonic
from typing import Any, Final
from urllib.parse import unquote
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # no stub

with warnings.catch_warnings():  # urllib3 adds filters when it is first imported; importing us changes no setting
    import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import Timeout, Url, make_headers, parse_url

from ..errors import NetworkError, ServerError, error, raise_errors
from ..showing import one_line, shown
from ..tables import THIS_COMPUTER
from ..version import __version__
from .concealing import HiddenText, out_of_sight
from .responses import Response
from .retry_policy import Failed

#: Errors of urllib3 that contain no text of the server: a hostile server could put a secret into any other.
_QUOTES_NOBODY: Final = (NewConnectionError, ConnectTimeoutError, ReadTimeoutError, SSLError)

#: The message of http.client if a proxy does not open a tunnel.
_REFUSED: Final = re.compile("Tunnel connection failed: ([0-9]{3})")

_PIECE: Final = 256 * 1024
#: How many bytes are read at once: most pages have 40 to 70 KB.
_BUFFER: Final = 64 * 1024
#: How many compressed bytes are unpacked at once, and the most members of a gzip body: each copies the bytes after it.
_PACKED_PIECE: Final = 16 * 1024
_MEMBERS: Final = 1_000
_CONNECTIONS: Final = 64


class Transport:
    """A pool of connections to one host, through the environment's proxy for it. Threads can share it."""

    def __init__(self, base_url: str, timeout: float, max_response_bytes: int) -> None:
        self.base_url = checked_base(base_url)
        self._timeout = timeout
        self._limit = max_response_bytes
        self._host = parse_url(self.base_url).netloc or ""
        proxy = out_of_sight(lambda: _proxy_to(self.base_url))  # it may have a password
        self._headers = {"Accept-Encoding": "gzip", "User-Agent": f"querydsl/{__version__}"}
        self._manager = _manager(
            proxy,
            num_pools=1,
            maxsize=_CONNECTIONS,
            timeout=Timeout(connect=timeout, read=timeout),
            retries=False,
        )
        self._pool: HTTPConnectionPool | None = None
        #: Host and port, without the text before them, which may be a password.
        self._proxy = None if proxy is None else proxy.netloc
        #: The origin of answers: the host, or that it is this computer, on any port.
        self.origin = THIS_COMPUTER if is_loopback(parse_url(self.base_url).host or "") else self._host

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """The server's response. Raises Failed if there is none, if it is cut short or too long, and for a redirect."""
        pool = self._pool = self._pool or self._manager.connection_from_url(self.base_url)
        try:
            response = pool.urlopen(  # `request` would copy the headers, and a copy of a secret is not hidden
                "POST",
                path,
                body=body,
                headers={**self._headers, **headers},
                redirect=False,
                preload_content=False,
            )
            try:
                if response.status < 200:  # the real response comes later, and the next call would read it
                    message = f"{self._host}: an interim answer (status {response.status}) instead of one"
                    raise Failed(NetworkError(message), "again")
                if 300 <= response.status < 400:
                    message = f"the server redirects (status {response.status}), and redirects are not followed"
                    raise Failed(ServerError(message, response.status), "final")
                content = self._content(response)
            except BaseException:
                response.close()  # the rest of the response has no reader
                raise
            response.release_conn()
        except ProxyError as failure:
            raise self._without_proxy(failure) from None
        except HTTPError as failure:
            cause = failure if isinstance(failure, _QUOTES_NOBODY) else None
            raise Failed(NetworkError(f"{self._host}: {_reason(failure, self._timeout)}"), "again") from cause
        return Response(response.status, response.headers, content)

    def _without_proxy(self, failure: ProxyError) -> Failed:
        """Only the number of a proxy's response is shown. If it refuses, a retry would be refused too."""
        cause = failure.original_error
        refused = _REFUSED.match(str(cause))
        if refused is not None:
            message = f"{self._host}: the proxy {self._proxy} refuses the connection (status {refused[1]})"
            return Failed(NetworkError(message), "final" if refused[1].startswith("4") else "again")
        if isinstance(cause, (NewConnectionError, ConnectTimeoutError)):
            reason = f"no connection to the proxy {self._proxy}"
        else:
            reason = f"the connection by the proxy {self._proxy} broke off ({type(cause).__name__})"
        return Failed(NetworkError(f"{self._host}: {reason}"), "again")

    def _content(self, response: urllib3.BaseHTTPResponse) -> bytes:
        pieces = []
        left = self._limit
        # unpacked here: for an empty result, urllib3 would read without end
        while left >= 0 and (piece := response.read1(min(_PIECE, left + 1), decode_content=False)):
            pieces.append(piece)
            left -= len(piece)
        content = b"".join(pieces)
        if left >= 0 and response.headers.get("Content-Encoding", "").lower() == "gzip":
            content = self._unpacked(content)
        if len(content) > self._limit:
            message = f"the server's answer is longer than {self._limit:,} bytes (max_response_bytes)"
            raise Failed(ServerError(message, response.status), "final")
        return content

    def _unpacked(self, content: bytes) -> bytes:
        """The content of all gzip members; stops at the first byte over the limit."""
        pieces: list[bytes] = []
        left = self._limit + 1
        at = members = 0
        unpacker = None
        try:
            while at < len(content) and left > 0:
                if unpacker is None or unpacker.eof:
                    members += 1
                    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
                piece = content[at : at + _PACKED_PIECE]
                pieces.append(unpacker.decompress(piece, left))
                left -= len(pieces[-1])
                at += len(piece) - len(unpacker.unused_data) - len(unpacker.unconsumed_tail)
                if members > _MEMBERS:
                    raise zlib.error("too many members")
        except zlib.error:
            raise Failed(NetworkError(f"{self._host}: the answer cannot be unpacked"), "again") from None
        if left > 0 and not (unpacker is not None and unpacker.eof):
            raise Failed(NetworkError(f"{self._host}: the answer is cut short"), "again")
        return b"".join(pieces)

    def close(self) -> None:
        """Close all connections; the next post opens new ones."""
        self._manager.clear()
        self._pool = None


# Connections with a deadline for each response as a whole; they log no text of a server. A socket's timeout limits each
# read alone, so a server could block a worker for ever with single bytes. Here every read has the time that is left
# until the deadline: status line, interim responses, headers, chunks and trailers.


class _BoundedReader(io.RawIOBase):
    """Reads from a socket until a deadline (on the monotonic clock); then it raises TimeoutError."""

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
    """A response with a deadline."""

    def __init__(self, sock: socket.socket, deadline: float, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_BoundedReader(self.fp.detach(), sock, deadline), _BUFFER)

    def begin(self) -> None:
        super().begin()
        # urllib3 logs header lines that it cannot parse, and a secret may be in them
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
_POOLS: Final = {"http": _PlainPool, "https": _SecurePool}


def _reason(failure: HTTPError, timeout: float) -> str:
    """What went wrong, the most specific reason first."""
    if isinstance(failure, NewConnectionError):
        return "no connection"
    if isinstance(failure, (ConnectTimeoutError, ReadTimeoutError)):
        return f"no complete answer within {timeout:g} s"
    if isinstance(failure, SSLError):
        return f"no secure connection: {one_line(str(failure))}"
    return f"the connection broke off ({type(failure).__name__})"


def _manager(proxy: Url | None, **options: Any) -> urllib3.PoolManager:
    if proxy is None:
        manager = urllib3.PoolManager(**options)
    else:
        headers: Mapping[str, str] = {}
        if proxy.auth is not None:
            made = make_headers(proxy_basic_auth=unquote(proxy.auth, "latin-1"))  # its bytes, with any meaning
            headers = {name: HiddenText(value) for name, value in made.items()}
        # urllib3 puts the proxy into its errors, so it gets the URL without the password
        manager = urllib3.ProxyManager(proxy._replace(auth=None).url, proxy_headers=headers, **options)
    manager.pool_classes_by_scheme = _POOLS
    return manager


def _proxy_to(base_url: str) -> Url | None:
    """The proxy for a host from HTTPS_PROXY or ALL_PROXY; none for hosts in NO_PROXY and for this computer.

    Raises ValidationError for a proxy that cannot be used; the message does not show it.
    """
    host, proxies = parse_url(base_url), getproxies_environment()
    name = next((name for name in ("https", "all") if name in proxies), None)
    if name is None or is_loopback(host.host or "") or proxy_bypass_environment(host.netloc or "", proxies):
        return None
    given = proxies[name]
    try:
        proxy = parse_url(given if "://" in given else f"http://{given}")
    except LocationParseError:
        proxy = Url()
    if proxy.scheme not in ("http", "https") or not proxy.host:
        hint = "give one such as 'http://proxy.example.org:3128', or set NO_PROXY"
        raise_errors([error("text", "", "it is not the URL of an HTTP proxy", hint)], f"{name.upper()}_PROXY")
    return proxy


#: Before version 2.7, urllib3 accepts a host that contains a blank.
_BLANK: Final = re.compile(r"\s|%20")


def checked_base(base_url: str, name: str = "base_url") -> str:
    """The host to send to, unchanged. Plain HTTP is only for this computer: elsewhere anyone could read the token.

    `name` is the user's name for it. Raises ValidationError for an invalid host.

    >>> checked_base("http://127.0.0.1:8080")
    'http://127.0.0.1:8080'
    """
    hint = "give the scheme and the host, such as 'https://open.tiktokapis.com'"
    try:
        url = parse_url(base_url) if isinstance(base_url, str) else None
    except LocationParseError:
        url = None
    if url is None or url.scheme not in ("http", "https") or not url.host or _BLANK.search(url.host):
        raise_errors([error("text", "", f"{shown(base_url)} is not the URL of a host", hint)], name)
    assert url is not None
    if url.auth is not None or (url.path or "/") != "/" or url.query is not None or url.fragment is not None:
        raise_errors([error("text", "", "it has more than a scheme and a host", hint)], name)
    if url.scheme == "http" and not is_loopback(url.host or ""):
        message = f"{shown(base_url)} would send the access token for all to read"
        raise_errors([error("text", "", message, "write https://")], name)
    return base_url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this computer."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        # versions of Python treat IPv4 in IPv6 form differently, and nobody needs that form
        return address.is_loopback and not (address.version == 6 and address.ipv4_mapped)
    except ValueError:
        return False
