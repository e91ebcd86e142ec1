"""Over real connections to this machine: the app and its faults as clients see them."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from wsgiref.validate import validator

import pytest
import urllib3

from querydsl import QueryDSLError, Username, ValidationError, select
from querydsl.sandbox import App, Fault, corpus, serve
from querydsl.sandbox.responses import WSGIApp
from querydsl.sandbox.server import hosts
from querydsl.tables import QUERY_PATH
from tests.sandbox import HEADERS

VIDEOS = corpus(50)
IDS = [video["id"] for video in VIDEOS]
REQUEST = select("id").where(~(Username == "nobody")).between("20230101", "20230131").max_count(20).request()
BODY = REQUEST.to_json().encode()


@contextmanager
def connected(app: App | WSGIApp) -> Iterator[http.client.HTTPConnection]:
    """A connection to a server of the app; if the server does not answer, the test fails by its own timeout."""
    with serve(app) as url, closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)) as connection:
        yield connection


def post(connection: http.client.HTTPConnection, body: bytes = BODY) -> http.client.HTTPResponse:
    connection.request("POST", REQUEST.url(""), body, HEADERS)
    return connection.getresponse()


class TestServer:
    def test_it_is_at_the_url_on_this_machine_only(self) -> None:
        with serve(App(VIDEOS)) as url, urllib3.PoolManager() as pool:
            assert re.fullmatch(r"http://127\.0\.0\.1:[1-9][0-9]*", url)
            reply = pool.request("POST", REQUEST.url(url), json=REQUEST.to_dict(), headers=HEADERS)
            assert [video["id"] for video in reply.json()["data"]["videos"]] == IDS[:20]

    def test_one_connection_serves_many_requests(self) -> None:
        app = App(VIDEOS)
        with connected(app) as connection:
            sockets = set()
            for _ in range(5):
                assert post(connection).read()
                sockets.add(connection.sock)
            assert len(sockets) == 1
        assert app.calls == 5

    def test_it_stops_at_the_end_of_the_block_while_connections_are_open(self) -> None:
        before = set(threading.enumerate())
        with serve(App(VIDEOS)) as url:
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
            post(connection).read()
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            post(connection)
        connection.close()
        assert set(threading.enumerate()) <= before

    def test_many_at_once(self) -> None:
        app = App(VIDEOS)
        found: list[int] = []
        with serve(app) as url, urllib3.PoolManager(maxsize=8) as pool:

            def work() -> None:
                replies = [pool.request("POST", REQUEST.url(url), body=BODY, headers=HEADERS) for _ in range(10)]
                found.extend(len(reply.json()["data"]["videos"]) for reply in replies)

            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert found == [20] * 80
        assert app.calls == 80

    def test_a_port_that_is_taken_is_refused(self) -> None:
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            message = rf"^port {port} cannot be had: .+; give another one, or 0 for any that is free$"
            with pytest.raises(QueryDSLError, match=message), serve(App(VIDEOS), port):
                pass

    @pytest.mark.parametrize(
        ("port", "named"),
        [(70_000, "70000"), (65_536, "65536"), (-1, "-1"), ("8000", "'8000'"), (True, "True"), (None, "None")],
    )
    def test_an_invalid_port_is_refused(self, port: int, named: str) -> None:
        with pytest.raises(ValidationError) as caught, serve(App(VIDEOS), port):
            pass
        hint = "give a whole number from 0 to 65535; 0 takes any that is free"
        assert str(caught.value) == f"serve: port={named} is no port; {hint}"

    def test_a_port_can_be_served_again_at_once(self) -> None:
        with serve(App(VIDEOS)) as url, closing(http.client.HTTPConnection(url[7:])) as connection:
            post(connection).read()
        with serve(App(VIDEOS), int(url.rpartition(":")[2])) as again:
            assert again == url

    def test_it_writes_nothing(self, capfd: pytest.CaptureFixture[str]) -> None:
        with connected(App(VIDEOS, faults=[Fault("cut"), Fault("html", at=2)])) as connection:
            for _ in range(2):
                with pytest.raises((http.client.IncompleteRead, ValueError)):
                    json.loads(post(connection).read())
                connection.close()
        assert capfd.readouterr() == ("", "")


class TestHosts:
    """A web page whose host name points to this machine gets no answer (DNS rebinding)."""

    def answer(self, host: str | None) -> tuple[int, bytes]:
        app = App(VIDEOS)
        with connected(app) as connection:
            connection.putrequest("POST", REQUEST.url(""), skip_host=True)
            if host is not None:
                connection.putheader("Host", host.replace("PORT", str(connection.port)))
            for name, value in {**HEADERS, "Content-Length": str(len(BODY))}.items():
                connection.putheader(name, value)
            connection.endheaders(BODY)
            reply = connection.getresponse()
            content = reply.read()
            assert app.calls == (reply.status == 200)
            return reply.status, content

    @pytest.mark.parametrize("host", ["127.0.0.1:PORT", "localhost:PORT", "LocalHost:PORT", "[::1]:PORT"])
    def test_this_machine_is_answered(self, host: str) -> None:
        assert self.answer(host)[0] == 200

    @pytest.mark.parametrize(
        "host",
        ["evil.example:PORT", "evil.example", "127.0.0.1.evil.example:PORT", "localhost", "127.0.0.1:1", "", None],
    )
    def test_another_host_is_refused(self, host: str | None) -> None:
        status, content = self.answer(host)
        error = json.loads(content)["error"]
        assert (status, error["code"]) == (421, "invalid_params")
        assert "is not this server; it is 127.0.0.1:" in error["message"]
        assert b"videos" not in content

    def test_the_usual_port_may_be_left_out(self) -> None:
        names = {"127.0.0.1", "localhost", "[::1]"}
        assert hosts(8000) == {f"{name}:8000" for name in names}
        assert hosts(80) == {f"{name}:80" for name in names} | names


class TestRequests:
    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_another_method_is_refused_in_json(self, method: str) -> None:
        with connected(App(VIDEOS)) as connection:
            connection.request(method, QUERY_PATH)
            reply = connection.getresponse()
            assert (reply.status, json.load(reply)["error"]["code"]) == (405, "invalid_params")

    def test_head_has_no_body(self) -> None:
        with connected(App(VIDEOS)) as connection:
            connection.request("HEAD", QUERY_PATH)
            reply = connection.getresponse()
            assert (reply.status, reply.read()) == (405, b"")
            assert post(connection).status == 200

    @pytest.mark.parametrize("line", [b"NONSENSE", b"BREW / HTTP/1.1", b"GET / HTTP/7.0"])
    def test_input_that_is_not_http_is_refused_in_json(self, line: bytes) -> None:
        with serve(App(VIDEOS)) as url:
            host, _, port = url.removeprefix("http://").partition(":")
            with socket.create_connection((host, int(port)), timeout=30) as connection:
                connection.sendall(line + b"\r\n\r\n")
                received = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert received.startswith(b"HTTP/1.1 ")
        assert json.loads(received.partition(b"\r\n\r\n")[2])["error"]["code"] == "invalid_params"

    def test_a_far_too_long_body_is_refused_and_the_connection_stays_open(self) -> None:
        with connected(App(VIDEOS)) as connection:
            reply = post(connection, b" " * (20 * 1024 * 1024))
            assert reply.status == 400
            assert b"20,971,520 bytes" in reply.read()
            assert post(connection).status == 200

    def test_a_body_without_a_length_is_refused(self) -> None:
        with connected(App(VIDEOS)) as connection:
            connection.request("POST", REQUEST.url(""), iter([b"{}"]), HEADERS, encode_chunked=True)
            assert connection.getresponse().status == 400

    def test_a_client_may_ask_before_it_sends_its_body(self) -> None:
        with connected(App(VIDEOS)) as connection:
            connection.putrequest("POST", REQUEST.url(""))
            for name, value in {**HEADERS, "Expect": "100-continue", "Content-Length": len(BODY)}.items():
                connection.putheader(name, str(value))
            connection.endheaders(BODY)
            assert connection.getresponse().status == 200

    def test_the_server_keeps_to_the_standard_of_wsgi(self) -> None:
        with connected(validator(App(VIDEOS))) as connection:  # type: ignore[arg-type]
            assert post(connection).status == 200

    def test_an_app_that_fails_is_an_internal_error(self) -> None:
        def app(*_: object) -> list[bytes]:
            raise ZeroDivisionError("by zero")

        with connected(app) as connection:  # type: ignore[arg-type]
            reply = post(connection)
            error = json.load(reply)["error"]
        assert (reply.status, error["code"], error["message"]) == (500, "internal_error", "ZeroDivisionError: by zero")


class TestUnknownLengths:
    """Any WSGI app can be served, also one whose bodies have no length."""

    def test_a_body_comes_in_pieces_for_as_long_as_it_is_read(self) -> None:
        def endless(_: object, start_response: Callable[..., object]) -> Iterator[bytes]:
            start_response("200 OK", [("Content-Type", "application/json")])
            while True:
                yield b" " * 2**20

        with connected(endless) as connection:
            reply = post(connection)
            assert "Content-Length" not in reply.headers
            assert len(reply.read(32 * 2**20)) == 32 * 2**20
            reply.close()

    def test_the_connection_ends_with_the_body(self) -> None:
        def app(_: object, start_response: Callable[..., object]) -> list[bytes]:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [b"{", b"}"]

        with connected(app) as connection:
            reply = post(connection)
            assert (reply.headers["Connection"], reply.read()) == ("close", b"{}")


class TestFaults:
    def test_a_cut_body_ends_the_connection(self) -> None:
        with connected(App(VIDEOS, faults=Fault("cut"))) as connection:
            with pytest.raises(http.client.IncompleteRead):
                post(connection).read()
            connection.close()
            assert len(json.load(post(connection))["data"]["videos"]) == 20

    def test_a_hung_request_gets_no_answer_and_the_server_stops_all_the_same(self) -> None:
        app = App(VIDEOS, faults=Fault("hung"))
        with serve(app) as url:
            impatient = http.client.HTTPConnection(url.removeprefix("http://"), timeout=0.05)
            with pytest.raises(TimeoutError):
                post(impatient)
            with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)) as other:
                assert post(other).status == 200
        impatient.close()
        assert app.calls == 2

    def test_a_client_that_waits_is_hung_up_on_when_the_server_stops(self) -> None:
        app = App(VIDEOS, faults=Fault("hung"))
        failures: list[BaseException] = []

        def wait(url: str) -> None:
            with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)) as connection:
                try:
                    post(connection)
                except (ConnectionError, http.client.HTTPException) as failure:
                    failures.append(failure)

        with serve(app) as url:
            thread = threading.Thread(target=wait, args=(url,))
            thread.start()
            while not app.calls:
                thread.join(0.001)
        thread.join()
        assert len(failures) == 1

    def test_a_latency_does_not_keep_the_server_from_stopping(self) -> None:
        app = App(VIDEOS, latency=3_600)
        with (
            serve(app) as url,
            closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=0.05)) as connection,
        ):
            with pytest.raises(TimeoutError):
                post(connection)
