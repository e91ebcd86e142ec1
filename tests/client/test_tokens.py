"""Tokens and secrets: the tests search for them in everything that can be seen."""

from __future__ import annotations

import copy
import html
import json
import logging
import pickle
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, quote_plus

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import (
    ApiError,
    Client,
    Credentials,
    CredentialsRefused,
    QueryDSLError,
    Region,
    ServerError,
    ValidationError,
    select,
)
from querydsl.client.responses import Response
from querydsl.client.retry_policy import Failed, Stopped
from querydsl.client.tokens import Secrets, Token, TokenSource, read_token
from querydsl.tables import API_ERRORS

from .server import bad_client, cut, http, lost, never, page, refusal, scripted, token

REQUEST = select("id").where(Region == "US").on("20230101").request()
NOON = datetime(2023, 5, 1, 12, tzinfo=timezone.utc)

TOKEN = "clt.T0KEN/with+odd=characters&more.than<enough>of'them" + "x" * 50
KEY = "awK3Y/and+some=more&of<them>"
SECRET = "S3CRET/and+some=more&of<them>"


def read(document, status=200):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_token(Response(status, {}, body), NOON, str)


class TestReadToken:
    def test_it_is_used_a_little_less_long_than_it_lives(self):
        found = read({"access_token": "clt.a", "expires_in": 7200, "token_type": "Bearer"})
        assert (found.text, found.until) == ("clt.a", NOON + timedelta(seconds=7200 - 120))

    @pytest.mark.parametrize(("seconds", "used"), [(1, 0.9), (60, 54), (1200, 1080), (1201, 1081)])
    def test_a_short_lived_token_is_renewed_after_nine_tenths(self, seconds, used):
        assert read({"access_token": "a", "expires_in": seconds}).until == NOON + timedelta(seconds=used)

    @pytest.mark.parametrize("seconds", [None, "7200", True, 0, -1, 7200.0, 10**12, [], 10**400])
    def test_without_a_valid_lifetime_the_documented_one_counts(self, seconds):
        assert read({"access_token": "a", "expires_in": seconds}).until == NOON + timedelta(seconds=7080)

    def test_an_error_with_code_ok_is_not_an_error(self):
        assert read({"access_token": "a", "error": {"code": "ok"}}).text == "a"

    @pytest.mark.parametrize(
        ("document", "status", "kind"),
        [
            ({"error": "invalid_client"}, 200, "final"),
            ({"error": "invalid_client"}, 401, "final"),
            ({"error": "invalid_client"}, 500, "again"),
            ({"error": "slow_down"}, 429, "too fast"),
            ({"error": {"code": "scope_not_authorized"}}, 401, "final"),
            ({"error": {"code": "internal_error"}}, 500, "again"),
            ({"error": 7}, 200, "again"),
            ({}, 200, "again"),
            ([], 200, "again"),
            (b"[" * 100_000, 200, "again"),
            (b"\xff", 200, "again"),
            ({"access_token": 7}, 200, "again"),
            ({"access_token": "a\nb"}, 200, "again"),
            ({"access_token": "\ud800"}, 200, "again"),
        ],
    )
    def test_everything_else_is_a_failure(self, document, status, kind):
        with pytest.raises(Failed) as caught:
            read(document, status)
        assert caught.value.kind == kind


class TestToken:
    def test_one_that_was_given_stays_fresh(self):
        assert Token("a").is_fresh(NOON)

    def test_any_other_until_its_moment(self):
        assert Token("a", NOON).is_fresh(NOON - timedelta(seconds=1))
        assert not Token("a", NOON).is_fresh(NOON)


class TestCredentials:
    def test_surrounding_space_is_ignored(self):
        assert Credentials(" awkey\n", "s3cret ") == Credentials("awkey", "s3cret")

    @pytest.mark.parametrize(
        ("key", "secret", "message"),
        [
            ("", "s", "client_key: it is blank; the vendor's developer portal shows it"),
            ("k", None, "client_secret: it is not text; give it as a str"),
            (
                "k", "p\u00e4ss",
                "client_secret: it has characters that no token, key or secret has; copy it again, on one line",
            ),
        ],
    )  # fmt: skip
    def test_impossible_credentials_are_refused_and_not_shown(self, key, secret, message):
        with pytest.raises(ValidationError) as caught:
            Credentials(key, secret)
        assert str(caught.value) == message

    def test_they_are_taken_by_name(self):
        keys = Credentials(client_key=KEY, client_secret=SECRET)
        assert (keys.client_key, keys.client_secret) == (KEY, SECRET)
        assert {keys: 1}[Credentials(KEY, SECRET)] == 1

    def test_attrs_and_vars_do_not_reveal_a_secret(self):
        keys = Credentials(KEY, SECRET)
        taken = (attrs.asdict(keys), attrs.astuple(keys), keys.client_key, keys.client_secret[:9], keys.form()[:20])
        assert hidden(repr(taken))
        with pytest.raises(TypeError):
            vars(keys)
        for one in (keys, keys.client_key, keys.client_secret[1:], keys.form(), [keys]):
            with pytest.raises(TypeError, match="a secret is not pickled: give each process its own"):
                pickle.dumps(one)
        with pytest.raises(TypeError, match="not JSON serializable"):
            json.dumps(attrs.asdict(keys))
        assert copy.deepcopy(keys) == copy.copy(keys) == keys

    def test_odd_characters_arrive(self):
        form = Credentials("a&b=c", "d+e%f/g").form()
        assert form == b"client_key=a%26b%3Dc&client_secret=d%2Be%25f%2Fg&grant_type=client_credentials"


def source(fetch=None, given=None, now=NOON):
    return TokenSource(given, fetch, lambda: now)


class TestTokenSource:
    def test_without_credentials_a_given_token_is_used_at_any_age(self):
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

    def test_a_stop_wakes_waiting_threads_but_not_the_fetching_one(self):
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

    def test_if_the_fetching_thread_is_stopped_the_next_one_fetches(self):
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


class TestThreads:
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


# Secrets


SPELLINGS = {
    "as it is": str,
    "in a URL": quote_plus,
    "in a URL, in small letters": lambda text: quote_plus(text).replace("%2F", "%2f").replace("%2B", "%2b"),
    "in a path": quote,
    "in HTML": html.escape,
}


def hidden(text: str) -> bool:
    """Whether a text shows no secret, in any spelling."""
    words = (TOKEN, KEY, SECRET, "clt.T0KEN", "awK3Y", "S3CRET", "clt.given")
    return not any(spell(word) in text for word in words for spell in SPELLINGS.values())


def everything(error: BaseException) -> str:
    """Everything that an exception shows."""
    parts = [str(error), repr(error), repr(error.args), repr(vars(error)), "".join(traceback.format_exception(error))]
    return "\n".join([*parts, repr(pickle.dumps(error)), repr(pickle.loads(pickle.dumps(error)))])


def echoes(text: str):
    """Answers of a server, with a text in every possible place."""
    long = "x" * 990 + text
    as_json = json.dumps(text)[1:-1]
    yield from (
        refusal(code, f"the token {text} is bad", None, log_id=text)
        for code in ("access_token_invalid", "invalid_params", "scope_not_authorized", "rate_limit_exceeded")
    )
    yield refusal(text, text, 403, log_id=text)
    yield refusal(text, text, 503, log_id=text)
    yield refusal("invalid_params", long)
    yield refusal("internal_error", text, log_id=text)
    yield http(f"<html>{text}</html>", 504, f"Server: {text}", f"Retry-After: {text}", kind=f"text/html; {text}")
    yield http("", 307, f"Location: http://127.0.0.1:1/{text}")
    yield http(f'{{"data": {as_json}')
    yield http(f'{{"{as_json}": NaN}}')
    yield cut(f"{text}\r\n\r\n".encode())
    yield cut(f"HTTP/1.1 {text}\r\n\r\n".encode())
    yield cut(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{text}\r\n".encode())
    yield cut(f"HTTP/1.1 200 OK\r\nContent-Length: {text}\r\nContent-Length: 7\r\n\r\n{text}".encode())
    yield cut(f"HTTP/1.1 200 OK\r\n{text}\r\nX: y\r\n\r\n{{}}".encode())
    yield cut(f"HTTP/1.1 200 OK\r\nContent-Encoding: {text}\r\n\r\n{text}".encode())
    yield cut(f"HTTP/1.1 200 OK\r\nX: {text}\r\n".encode() * 200)
    yield cut(b"HTTP/1.1 200 OK\r\nX: " + text.encode() * 2_000)


class TestSecrets:
    @pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
    def test_a_secret_that_a_server_repeats_is_hidden(self, talk, caplog, capfd, spell):
        caplog.set_level(logging.DEBUG)
        options = {"attempts": 2, "max_calls": 100}
        text = f"{spell(TOKEN)} {spell(KEY)} {spell(SECRET)}"
        for answer in [*echoes(spell(TOKEN)), *echoes(text)]:
            begun = talk(lambda _, answer=answer: answer, credentials=Credentials(KEY, SECRET), token=TOKEN, **options)
            with pytest.raises(QueryDSLError) as caught:
                begun.client.send(REQUEST)
            assert hidden(everything(caught.value))
        assert hidden(caplog.text)
        assert hidden("".join(capfd.readouterr()))

    @pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
    def test_a_repeated_secret_of_the_token_endpoint_is_hidden(self, talk, caplog, spell):
        caplog.set_level(logging.DEBUG)
        text = f"{spell(KEY)} {spell(SECRET)}"
        answers = [bad_client(text), http(json.dumps({"error": text, "log_id": text})), token(f"{text}\n{text}")]
        for answer in [*answers, *echoes(text)]:
            begun = talk([], lambda _, answer=answer: answer, credentials=Credentials(KEY, SECRET), attempts=2)
            with pytest.raises(QueryDSLError) as caught:
                begun.client.send(REQUEST)
            assert hidden(everything(caught.value))
        assert hidden(caplog.text)

    def test_a_secret_in_the_log_id_of_a_page_is_hidden(self, talk):
        answer = {"data": {"has_more": False}, "error": {"code": "ok", "log_id": TOKEN}}
        begun = talk([http(json.dumps(answer))], token=TOKEN)
        assert begun.client.send(REQUEST).log_id == "***"

    def test_key_and_secret_are_hidden_after_many_tokens(self, talk):
        tokens = iter(range(1_000))
        clock = iter(NOON + timedelta(days=day) for day in range(1_000))
        begun = talk(
            [*[page()] * 60, refusal("invalid_params", f"{KEY} {SECRET} clt.T0KEN.60")],
            lambda _: token(f"clt.T0KEN.{next(tokens)}"),
            credentials=Credentials(KEY, SECRET),
            now=lambda: next(clock),
        )
        for _ in range(60):
            begun.client.send(REQUEST)
        with pytest.raises(QueryDSLError) as caught:
            begun.client.send(REQUEST)
        assert hidden(everything(caught.value))

    def test_they_are_in_no_repr(self):
        keys = Credentials(KEY, SECRET)
        client = Client(TOKEN, credentials=keys)
        things = [keys, client, Token(TOKEN), Secrets(KEY, SECRET), copy.copy(keys), [keys], {"a": keys}]
        assert all(hidden(f"{thing!r} {thing}") for thing in things)
        client.close()

    def test_they_are_in_no_command(self):
        assert hidden(REQUEST.to_curl())
        assert "$TIKTOK_ACCESS_TOKEN" in REQUEST.to_curl()

    def test_the_log_of_successful_calls_has_no_secret(self, talk, caplog):
        caplog.set_level(logging.DEBUG)
        begun = talk([page([1])], [token(TOKEN)], credentials=Credentials(KEY, SECRET))
        begun.client.send(REQUEST)
        assert caplog.records  # urllib3 logs each request
        assert hidden(caplog.text)

    def test_the_log_of_a_failed_connection_has_no_secret(self, caplog):
        caplog.set_level(logging.DEBUG)
        with scripted() as server:
            url = server.url
        with Client(TOKEN, base_url=url, attempts=1) as client, pytest.raises(QueryDSLError) as caught:
            client.send(REQUEST)
        assert hidden(everything(caught.value) + caplog.text)

    @pytest.mark.parametrize("secret", ["a", "id", "e", "token", "access_token_invalid", "invalid", "params", "Search"])
    def test_a_short_secret_does_not_change_the_kind_of_error(self, talk, secret):
        answers = [page([3], 100), *[lost()] * 6, refusal("access_token_invalid"), page([3, 2])]
        begun = talk(answers, [token("a"), token("id")], credentials=Credentials("k", secret))
        assert [video.id for video in begun.client.videos(REQUEST)] == [3, 2]
        assert (len(begun.server.queries), len(begun.server.tokens)) == (9, 2)

    @pytest.mark.parametrize("code", API_ERRORS)
    def test_a_documented_code_is_shown_as_it_is(self, talk, code):
        begun = talk(lambda _: refusal(code, "it is"), token="i", attempts=1)
        with pytest.raises(ApiError) as caught:
            begun.client.send(REQUEST)
        assert (caught.value.code, caught.value.message) == (code, "it is")

    @pytest.mark.parametrize("secret", ["client", "invalid_client", "i"])
    def test_a_documented_code_of_the_token_endpoint_is_shown(self, talk, secret):
        begun = talk([], [bad_client("the client is bad")], credentials=Credentials("key", secret))
        with pytest.raises(CredentialsRefused) as caught:
            begun.client.send(REQUEST)
        assert caught.value.code == "invalid_client"

    def test_an_error_about_an_answer_does_not_quote_the_server(self, talk):
        with pytest.raises(ServerError) as caught:
            talk([http("[]", 200, kind="a/b")], token="a", attempts=1).client.send(REQUEST)
        assert str(caught.value).startswith("the server's answer is not the documented JSON (status 200, a/b): ")

    @given(st.text("ab/%+", min_size=8, max_size=30), st.text("ab/%+ ", max_size=20), st.text("ab/%+ ", max_size=20))
    def test_no_text_contains_a_secret(self, secret, before, after):
        assert secret not in Secrets(secret).redact(before + secret + after).replace("***", "\0")

    @given(st.text("ab/%+", min_size=4, max_size=7), st.text("/%+ _", max_size=20), st.text("/%+ _", max_size=20))
    def test_a_short_secret_is_hidden_as_a_separate_word(self, secret, before, after):
        assert secret not in Secrets(secret).redact(before + secret + after).replace("***", "\0")

    def test_a_short_secret_does_not_garble_other_words(self):
        text = "invalid token: the tokens of a client, a token_type"
        assert Secrets("t", "to", "tok", "oken", "a").redact(text) == text
        assert Secrets("token").redact(text) == "invalid ***: the tokens of a client, a ***_type"

    @given(st.text("ab/%+ ", max_size=60))
    def test_harmless_text_is_unchanged(self, text):
        assert Secrets("s3cret", "awkey").redact(text) == text


def test_a_wrong_token_is_not_shown_by_the_refusal():
    with pytest.raises(ValidationError) as caught:
        Client(f"{TOKEN}\n{TOKEN}")
    assert hidden(everything(caught.value))
    with suppress(ValidationError):
        Client(TOKEN, base_url=f"http://user:{SECRET}@example.org")
