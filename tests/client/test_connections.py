"""Connections: what urllib3 logs of an answer, of ours and of others."""

from __future__ import annotations

import subprocess
import sys

import pytest
import urllib3

from querydsl import Region, ServerError, select

from .server import cut, http, page, scripted

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
