"""Connections: what urllib3 logs of an answer, of ours and of others."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest
import urllib3

from querydsl import Client, Credentials, NetworkError, Region, ServerError, select

from .server import cut, http, never, page, scripted, token

REQUEST = select("id").where(Region == "US").on("20230101").request()
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

    def test_what_urllib3_logs_of_others_is_left_alone(self, caplog):
        with scripted([cut(MALFORMED)]) as server:
            urllib3.request("POST", f"{server.url}/elsewhere")
        assert "Failed to parse headers" in caplog.text


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

#: What a server begins with, what it repeats a byte at a time, and how the answer would end in the end.
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
#: Drips of four deadlines; a server that is not cut off gives a whole answer after them, however busy the machine.
DRIPPED = int(4 * TIMEOUT / EVERY)


class Dripping:
    """Drips an answer on a socket, and notes how that ends."""

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
    """A server that sends a byte now and then: each read is quick, and the answer never whole in time."""

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


def test_importing_the_client_changes_no_logger():
    program = (
        "import logging, urllib3.connection, urllib3.connectionpool, urllib3.poolmanager\n"
        "def state():\n"
        "    names = [*logging.root.manager.loggerDict, None]\n"
        "    return {n: (list(map(str, g.filters)), list(map(str, g.handlers)), g.level) for n in names"
        " for g in [logging.getLogger(n)]}\n"
        "before = state()\n"
        "import querydsl.client.client\n"
        "after = state()\n"
        "print({name: kept for name, kept in after.items() if kept != before.get(name, ([], [], 0))})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "{}\n"
