"""Posting: hostile servers, and the hosts to which a token may be sent."""

from __future__ import annotations

import gzip
import logging
import re
import socket
import ssl
import threading
import traceback
import zlib
from base64 import b64decode
from contextlib import suppress
from pathlib import Path

import pytest
import urllib3

from querydsl import Client, Credentials, NetworkError, Region, ServerError, ValidationError, select
from querydsl.client.transport import _proxy_to, checked_base

from .server import cut, endlessly, http, never, page, scripted, slowly, token

REQUEST = select("id").where(Region == "US").on("20230101").request()
MEBIBYTE = 1024 * 1024


def packed(body: bytes) -> bytes:
    return http(gzip.compress(body), 200, "Content-Encoding: gzip")


BODY = page([2, 1]).partition(b"\r\n\r\n")[2]
TOO_LONG = "the server's answer is longer than 1,000 bytes (max_response_bytes)"


def chunked(body: bytes, size: int, *more: str) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    head = "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *more, "", ""]).encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


class TestBodies:
    @pytest.mark.parametrize(
        "answer",
        [
            packed(BODY),
            http(gzip.compress(BODY[:9]) + gzip.compress(b"") + gzip.compress(BODY[9:]), 200, "Content-Encoding: gzip"),
            chunked(BODY, 7),
            chunked(gzip.compress(BODY), 7, "Content-Encoding: gzip"),
            slowly(packed(BODY)),
            slowly(chunked(BODY, 3)),
            cut(b"HTTP/1.1 200 OK\r\n\r\n" + BODY),
            cut(b"HTTP/1.0 200 OK\r\nContent-Encoding: GZIP\r\n\r\n" + gzip.compress(BODY)),
            http(BODY, 200, "Content-Encoding: identity"),
        ],
    )
    def test_each_way_to_send_one_is_understood(self, talk, answer):
        assert [video.id for video in talk([answer]).client.send(REQUEST).videos] == [2, 1]

    def test_gzip_is_asked_for(self, talk):
        begun = talk([page()])
        begun.client.send(REQUEST)
        assert begun.server.queries[0].headers["accept-encoding"] == "gzip"

    @pytest.mark.parametrize(
        "answer",
        [
            cut(packed(BODY)[:-1]),
            http(gzip.compress(BODY)[:-9], 200, "Content-Encoding: gzip"),
            http(gzip.compress(BODY) + gzip.compress(b" ")[:-1], 200, "Content-Encoding: gzip"),
            http(gzip.compress(b" ") * 2_000 + gzip.compress(BODY), 200, "Content-Encoding: gzip"),
            http(BODY, 200, "Content-Encoding: gzip"),
            http(zlib.compress(BODY), 200, "Content-Encoding: gzip"),
        ],
    )
    def test_a_body_that_cannot_be_unpacked_is_retried(self, talk, answer):
        begun = talk([answer] * 2, attempts=2)
        with pytest.raises(NetworkError):
            begun.client.send(REQUEST)
        assert begun.counts == (2, 2)

    def test_connections_are_kept(self, talk):
        begun = talk(lambda _: page())
        for _ in range(5):
            begun.client.send(REQUEST)
        assert begun.server.connections == 1

    def test_a_connection_closed_by_the_server_is_opened_again(self, talk):
        closing = cut(http(BODY, 200, "Connection: close"))
        begun = talk([closing] * 3)
        for _ in range(3):
            begun.client.send(REQUEST)
        assert (begun.counts, begun.pauses) == ((3, 3), [])


class TestLimit:
    @pytest.mark.parametrize(
        "answer",
        [
            http(" " * 1_001),
            packed(b" " * 1_001),
            packed(b" " * 64 * MEBIBYTE),
            http(gzip.compress(b" " * 501) * 2, 200, "Content-Encoding: gzip"),
            chunked(b" " * 1_001, 100),
            endlessly(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 64 * 1024),
            endlessly(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b" " * 64 * 1024),
            endlessly(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"8\r\n        \r\n"),
            endlessly(b"HTTP/1.1 500 No\r\n\r\n", b" " * 64 * 1024),
        ],
    )
    def test_a_body_over_the_limit_is_a_server_error_at_once(self, talk, answer):
        begun = talk([answer], max_response_bytes=1_000)
        with pytest.raises(ServerError) as caught:
            begun.client.send(REQUEST)
        assert str(caught.value) == TOO_LONG
        assert (begun.counts, begun.pauses) == ((1, 1), [])

    def test_a_body_of_exactly_the_limit_is_read(self, talk):
        body = BODY.ljust(1_000)
        for answer in (http(body), packed(body), chunked(body, 99)):
            assert len(talk([answer], max_response_bytes=1_000).client.send(REQUEST).videos) == 2

    def test_a_token_response_over_the_limit_is_refused(self, talk):
        begun = talk([], [http(" " * 1_001)], credentials=Credentials("k", "s"), max_response_bytes=1_000)
        with pytest.raises(ServerError, match="longer than"):
            begun.client.send(REQUEST)
        assert len(begun.server.tokens) == 1

    @pytest.mark.parametrize(
        "piece",
        [
            pytest.param(b"\x00\x00\x00\xff\xff" * 4096, id="empty blocks"),
            pytest.param(b"x" * 16384, id="a name without end"),
        ],
    )
    def test_a_body_that_unpacks_to_nothing_is_not_read_for_ever(self, talk, piece):
        flags = b"\x08" if piece[:1] == b"x" else b"\x00"
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08" + flags + b"\0\0\0\0\0\xff"
        begun = talk([endlessly(head, piece)], max_response_bytes=MEBIBYTE)
        with pytest.raises(ServerError, match=r"^the server's answer is longer than 1,048,576 bytes"):
            begun.client.send(REQUEST)

    def test_an_answer_that_trickles_is_not_waited_for_without_end(self, talk):
        def trickle(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not over.wait(0.01):
                connection.sendall(b" ")

        over = threading.Event()
        begun = talk([trickle], timeout=0.1, attempts=1)
        with pytest.raises(NetworkError) as caught:
            begun.client.send(REQUEST)
        over.set()
        assert str(caught.value) == f"127.0.0.1:{begun.server.port}: no complete answer within 0.1 s"

    @pytest.mark.parametrize(
        "head",
        [
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
            b"HTTP/1.1 " + b"y" * 70_000,
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"HTTP/1.1 -7 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
            b"HTTP/9.9 200 OK\r\n\r\n",
            b"\0" * 1_000,
            b"",
        ],
    )
    def test_headers_of_any_kind_are_handled(self, talk, head):
        begun = talk([cut(head)], attempts=1)
        with pytest.raises((NetworkError, ServerError)):
            begun.client.send(REQUEST)

    def test_no_answer_at_all(self, talk):
        begun = talk([never], timeout=0.05, attempts=1)
        with pytest.raises(NetworkError):
            begun.client.send(REQUEST)


HINT = "give the scheme and the host, such as 'https://open.tiktokapis.com'"


class TestBase:
    @pytest.mark.parametrize(
        "base",
        [
            "https://open.tiktokapis.com", "https://open.tiktokapis.com/", "https://example.org:8443", "https://[::1]",
            "http://127.0.0.1:8080", "http://127.9.9.9", "http://localhost:1", "http://LOCALHOST", "http://[::1]:8",
            "HTTP://localhost",
        ],
    )  # fmt: skip
    def test_a_token_may_go_to_https_hosts_and_this_computer(self, base):
        assert checked_base(base) == base.rstrip("/")

    @pytest.mark.parametrize(
        "base",
        [
            "http://open.tiktokapis.com", "http://example.org:443", "http://127.0.0.1.example.org", "http://127.1",
            "http://localhost.example.org", "http://2130706433", "http://0.0.0.0", "http://[::ffff:127.0.0.1]",
            "http://localhost%2eexample.org",
        ],
    )  # fmt: skip
    def test_plain_http_is_only_for_this_computer(self, base):
        with pytest.raises(ValidationError) as caught:
            Client("clt.given", base_url=base)
        assert str(caught.value) == f"base_url: '{base}' would send the access token for all to read; write https://"

    @pytest.mark.parametrize(
        "base",
        [
            "http://localhost@example.org", "http://localhost:80@example.org", "http://example.org#@localhost",
            "http://localhost\\@example.org", "https://user:s3cret@example.org", "https://example.org?",
            "https://example.org#", "https://example.org/v2", "https://example.org//",
        ],
    )  # fmt: skip
    def test_a_base_with_more_than_a_host_is_refused(self, base):
        with pytest.raises(ValidationError) as caught:
            Client("clt.given", base_url=base)
        assert str(caught.value) == f"base_url: it has more than a scheme and a host; {HINT}"

    @pytest.mark.parametrize(
        "base",
        ["", "example.org", "//example.org", "ftp://example.org", "file:///etc/passwd", "https://", "https:///x",
         "https://exa mple.org", "https://h:99999", "https://h:x", "http://localhost\n.example.org", "http://[::1"],
    )  # fmt: skip
    def test_an_invalid_host_is_refused(self, base):
        with pytest.raises(ValidationError) as caught:
            Client("clt.given", base_url=base)
        assert str(caught.value) == f"base_url: {base!r} is not the URL of a host; {HINT}"

    @pytest.mark.parametrize("base", [None, 7, b"https://example.org"])
    def test_a_base_that_is_not_text_is_refused(self, base):
        with pytest.raises(ValidationError, match="is not the URL of a host"):
            Client("clt.given", base_url=base)


def test_a_self_signed_certificate_gets_no_token():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("selfsigned.pem"))
    received = []

    def answer():
        connection, _ = listening.accept()
        with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            received.append(secure.recv(1))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer)
        thread.start()
        url = f"https://localhost:{listening.getsockname()[1]}"
        with Client("clt.given", base_url=url, attempts=1) as client, pytest.raises(NetworkError) as caught:
            client.send(REQUEST)
        thread.join()
    assert str(caught.value).startswith(f"{url[8:]}: no secure connection: ")
    assert received == []


class TestProxies:
    """A proxy from the environment: it is on this computer, and the requested host does not exist."""

    @pytest.fixture(autouse=True)
    def environment(self, monkeypatch):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        self.set = monkeypatch.setenv

    def refused(self, *answers, host="https://api.test", attempts=1):
        """The request that the proxy receives, and the error, for an answer."""
        with scripted(answers) as proxy:
            self.set("HTTPS_PROXY", f"http://awuser:p%40ssw%C3%B6rd@127.0.0.1:{proxy.port}")
            with Client("clt.given", base_url=host, attempts=attempts, sleep=lambda _: None) as client:
                with pytest.raises(NetworkError) as caught:
                    client.send(REQUEST)
                assert "ssw" not in repr(client)
        return proxy, caught.value

    def test_it_is_asked_for_a_tunnel_and_sees_no_token(self):
        proxy, _ = self.refused(http("", 403))
        [received] = proxy.received
        assert (received.method, received.target) == ("CONNECT", "api.test:443")
        assert (
            b64decode(received.headers["proxy-authorization"].removeprefix("Basic ")).decode() == "awuser:p@ssw\xf6rd"
        )
        assert "authorization" not in received.headers

    def test_the_answer_of_a_proxy_is_shown_without_its_password(self, caplog):
        caplog.set_level(logging.DEBUG)
        proxy, error = self.refused(b"HTTP/1.1 407 p@ssw\xf6rd\r\nX: p@ssw\xf6rd\r\n\r\n")
        assert str(error) == f"api.test: the proxy 127.0.0.1:{proxy.port} refuses the connection (status 407)"
        shown = caplog.text + "".join(traceback.format_exception(error))
        assert not any(word in shown for word in ("ssw", "awuser", "YXd1c2Vy"))

    @pytest.mark.parametrize(("status", "times"), [(407, 1), (403, 1), (502, 3), (504, 3)])
    def test_a_refusal_is_final_and_a_failure_is_tried_again(self, status, times):
        proxy, _ = self.refused(*[http("", status)] * 4, attempts=3)
        assert len(proxy.received) == times

    @pytest.mark.parametrize("answer", [cut(b""), cut(b"SSH-2.0\r\n\r\n")])
    def test_a_proxy_that_breaks_off(self, answer):
        _, error = self.refused(answer)
        assert re.match(r"api\.test: the connection (by the proxy 127\.0\.0\.1:\d+ )?broke off", str(error))

    def test_a_proxy_that_does_not_exist(self):
        with scripted() as proxy:
            pass
        self.set("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        client = Client("clt.given", base_url="https://api.test", attempts=1)
        with pytest.raises(NetworkError, match=f"^api.test: no connection to the proxy 127.0.0.1:{proxy.port}$"):
            client.send(REQUEST)

    @pytest.mark.parametrize("trusted", [True, False])
    def test_tls_is_with_the_host_and_not_with_the_proxy(self, trusted):
        certificate = Path(__file__).with_name("api.test.pem")
        if trusted:
            self.set("SSL_CERT_FILE", str(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        received = []

        def tunnel(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                while not b"".join(received).endswith(REQUEST.to_json().encode()):
                    received.append(secure.recv(65_536))
                secure.sendall(page([7]))

        with scripted([tunnel]) as proxy:
            self.set("ALL_PROXY", f"127.0.0.1:{proxy.port}")  # the scheme may be omitted
            with Client("clt.given", base_url="https://api.test", attempts=1) as client:
                if trusted:
                    assert [video.id for video in client.send(REQUEST).videos] == [7]
                    assert b"Bearer clt.given" in b"".join(received)
                else:
                    with pytest.raises(NetworkError, match=r"^api\.test: no secure connection: "):
                        client.send(REQUEST)
                    assert received == []
        assert "proxy-authorization" not in proxy.received[0].headers

    @pytest.mark.parametrize("hosts", ["api.test", ".test", "else.org, test", "*", "api.test:443"])
    def test_no_proxy_names_hosts_that_are_reached_without(self, hosts):
        self.set("HTTPS_PROXY", "http://127.0.0.1:1")
        assert _proxy_to("https://api.test:443").netloc == "127.0.0.1:1"
        self.set("NO_PROXY", hosts)
        assert _proxy_to("https://api.test:443") is None

    def test_this_computer_is_never_reached_by_one(self, talk):
        begun = talk([page([1])])
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            self.set(name, "http://127.0.0.1:1")
        with Client("clt.given", base_url=begun.server.url) as client:
            client.send(REQUEST)
        assert len(begun.server.queries) == 1

    @pytest.mark.parametrize("given", ["socks5://u:s3cret@h:1", "http://u:s3#cret@h", "http://", "http://h:s3cret"])
    def test_an_unusable_proxy_is_refused_and_not_shown(self, given):
        self.set("https_proxy", given)
        with pytest.raises(ValidationError) as caught:
            Client("clt.given")
        assert str(caught.value) == (
            "HTTPS_PROXY: it is not the URL of an HTTP proxy; "
            "give one such as 'http://proxy.example.org:3128', or set NO_PROXY"
        )
        assert "s3cret" not in "".join(traceback.format_exception(caught.value))


MALFORMED = b"HTTP/1.1 200 OK\r\nno header: for it has blanks\r\nnor this\r\n\r\n"


class TestHeadersThatCannotBeParsed:
    def test_the_log_does_not_show_them(self, talk, caplog):
        caplog.set_level("DEBUG")
        begun = talk([cut(MALFORMED)], attempts=1)
        with pytest.raises(ServerError):
            begun.client.send(REQUEST)
        assert caplog.records
        assert "nor this" not in caplog.text

    def test_the_lines_before_them_count(self, talk):
        answer = page([1]).replace(b"\r\n\r\n", b"\r\nnor this\r\n\r\n", 1)
        assert [video.id for video in talk([answer]).client.send(REQUEST).videos] == [1]

    def test_one_that_says_multipart_is_read_like_any_other(self, talk):
        answer = http("{}", kind="multipart/mixed; boundary=x")
        with pytest.raises(ServerError, match="it has no data"):
            talk([answer], attempts=1).client.send(REQUEST)

    def test_other_log_messages_of_urllib3_are_unchanged(self, caplog):
        with scripted([cut(MALFORMED)]) as server:
            urllib3.request("POST", f"{server.url}/elsewhere")
        assert "Failed to parse headers" in caplog.text


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

#: The beginning of an answer, the byte that is repeated, and the end that would complete it.
DRIPS = {
    "the status line": (b"HTTP/1.1 200 ", b"O", b"\r\nContent-Length: 2\r\n\r\n{}"),
    "a header": (OK + b"X: ", b"y", b"\r\nContent-Length: 2\r\n\r\n{}"),
    "header lines": (OK, b"X: y\r\n", b"Content-Length: 2\r\n\r\n{}"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", http("{}")),
    "a body": (OK + b"\r\n{", b" ", b"}"),
    "chunks": (CHUNKED + b"1\r\n{\r\n", b"1\r\n \r\n", b"1\r\n}\r\n0\r\n\r\n"),
    "the extension of a chunk": (CHUNKED + b"2;x=", b"y", b"\r\n{}\r\n0\r\n\r\n"),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: y\r\n", b"\r\n"),
}
TIMEOUT = 0.2
EVERY = 0.01
#: How long the server drips: four deadlines. If it is not cut off, it sends a whole answer, on any machine.
DRIPPED = int(4 * TIMEOUT / EVERY)


class Dripping:
    """Drips an answer on a socket, and records how it ends."""

    def __init__(self, case: str) -> None:
        self.head, self.drip, self.tail = DRIPS[case]
        self.over = threading.Event()
        self.end = ""

    def __call__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pause = threading.Event()
        try:
            connection.sendall(self.head)
            for _ in range(DRIPPED):
                connection.sendall(self.drip)
                pause.wait(EVERY)
            connection.sendall(self.tail)
            self.end = "answered"
        except OSError:
            self.end = "cut off"
        self.over.set()


class TestDeadline:
    """A server that sends single bytes: each read is quick, but the answer is never complete in time."""

    @pytest.mark.parametrize("case", DRIPS)
    def test_of_an_answer(self, talk, case):
        drips = Dripping(case)
        begun = talk([drips], timeout=TIMEOUT, attempts=1)
        with pytest.raises(NetworkError) as caught:
            begun.client.send(REQUEST)
        assert str(caught.value) == f"127.0.0.1:{begun.server.port}: no complete answer within 0.2 s"
        drips.over.wait()
        assert drips.end == "cut off"

    @pytest.mark.parametrize("case", DRIPS)
    def test_with_a_later_one_the_same_answer_is_read(self, talk, case):
        drips = Dripping(case)
        begun = talk([drips], timeout=10_000.0, attempts=1)
        with pytest.raises(ServerError, match="it has no data"):
            begun.client.send(REQUEST)
        drips.over.wait()
        assert drips.end == "answered"

    @pytest.mark.parametrize("case", DRIPS)
    def test_of_an_answer_with_a_token(self, talk, case):
        begun = talk(
            [page([1])], [Dripping(case), token()], timeout=TIMEOUT, credentials=Credentials("awkey", "s3cret")
        )
        assert [video.id for video in begun.client.send(REQUEST).videos] == [1]
        assert (len(begun.server.tokens), len(begun.pauses)) == (2, 1)

    def test_of_a_tunnel_that_a_proxy_opens(self, monkeypatch):
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with scripted([Dripping("a header")]) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
            with Client("clt.given", base_url="https://api.test", timeout=TIMEOUT, attempts=1) as client:
                with pytest.raises(NetworkError):
                    client.send(REQUEST)

    def test_no_byte_at_all(self, talk):
        begun = talk([never], timeout=0.05, attempts=1)
        with pytest.raises(NetworkError, match=r"no complete answer within 0\.05 s$"):
            begun.client.send(REQUEST)

    def test_each_answer_on_a_connection_has_its_own(self, talk):
        begun = talk(lambda _: page([1]), timeout=10_000.0)
        for _ in range(3):
            begun.client.send(REQUEST)
        assert begun.server.connections == 1
