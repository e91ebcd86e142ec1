"""The token of a client: fetched by one thread for all, which wait without a lock."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from querydsl import Credentials, CredentialsRefused, Region, select
from querydsl.client.retry_policy import Stopped
from querydsl.client.token_source import TokenSource
from querydsl.client.tokens import Token

from .server import bad_client, never, page, token

NOON = datetime(2023, 5, 1, 12, tzinfo=timezone.utc)
REQUEST = select("id").where(Region == "US").on("20230101").request()


def source(fetch=None, given=None, now=NOON):
    return TokenSource(given, fetch, lambda: now)


class TestTokenSource:
    def test_a_given_token_is_used_without_credentials_whatever_its_age(self):
        given = Token("clt.given", NOON - timedelta(days=1))
        assert source(given=given).get(None) is given

    def test_one_is_fetched_once(self):
        tokens = iter([Token("clt.one"), Token("clt.two")])
        tokens_of = source(lambda _: next(tokens))
        assert (tokens_of.get(None).text, tokens_of.get(None).text) == ("clt.one", "clt.one")

    def test_another_once_it_expires_or_is_dropped(self):
        tokens = iter([Token("clt.one", NOON), Token("clt.two"), Token("clt.three")])
        tokens_of = source(lambda _: next(tokens))
        first = tokens_of.get(None)
        second = tokens_of.get(None)
        tokens_of.drop(first)
        assert tokens_of.get(None) is second
        tokens_of.drop(second)
        assert tokens_of.get(None).text == "clt.three"

    def test_threads_wait_for_the_one_that_fetches(self):
        fetched, go_on = [], threading.Event()

        def fetch(_):
            fetched.append(1)
            go_on.wait()
            return Token("clt.one")

        tokens_of = source(fetch)
        with ThreadPoolExecutor(8) as pool:
            found = [pool.submit(tokens_of.get, None) for _ in range(8)]
            go_on.set()
            assert {one.result().text for one in found} == {"clt.one"}
        assert fetched == [1]

    def test_a_stop_wakes_who_waits_and_not_the_one_that_fetches(self):
        go_on, fetching, stop = threading.Event(), threading.Event(), threading.Event()

        def fetch(_):
            fetching.set()
            go_on.wait()
            return Token("clt.one")

        tokens_of = source(fetch)
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(tokens_of.get, None)
            fetching.wait()
            waits = pool.submit(tokens_of.get, stop)
            stop.set()
            with pytest.raises(Stopped):
                waits.result()
            assert not first.done()
            go_on.set()
            assert first.result().text == "clt.one"

    def test_where_the_one_that_fetches_is_stopped_the_next_fetches(self):
        ends = iter([Stopped(), Token("clt.two")])

        def fetch(_):
            end = next(ends)
            if isinstance(end, Stopped):
                raise end
            return end

        tokens_of = source(fetch)
        with pytest.raises(Stopped):
            tokens_of.get(None)
        assert tokens_of.get(None).text == "clt.two"


class TestClient:
    def test_threads_share_the_refusal_of_their_credentials(self, talk):
        begun = talk([], lambda _: bad_client(), credentials=Credentials("awkey", "s3cret"))
        together = threading.Barrier(8)

        def send(_):
            together.wait()
            with pytest.raises(CredentialsRefused):
                begun.client.send(REQUEST)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(send, range(8)))
        assert 1 <= len(begun.server.tokens) <= 8

    def test_an_endpoint_that_does_not_answer_keeps_no_thread_from_stopping(self, talk):
        replies, asked = iter([never, token()]), threading.Event()

        def answer(_):
            asked.set()
            return next(replies)

        begun = talk([page()], answer, credentials=Credentials("awkey", "s3cret"), timeout=0.5)
        stop = threading.Event()
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(begun.client.send, REQUEST)
            asked.wait()
            waits = pool.submit(begun.client.ask, REQUEST, lambda received, _: received, stop)
            stop.set()
            with pytest.raises(Stopped):
                waits.result()
            assert first.result().videos == ()
