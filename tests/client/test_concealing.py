"""No traceback with local variables shows a secret: for every way in which a client can fail, and for the causes."""

from __future__ import annotations

import socket
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path

import attrs
import pytest
from rich.traceback import Traceback
from urllib3.exceptions import NewConnectionError, ReadTimeoutError, SSLError

from querydsl import (
    AccessTokenInvalid,
    ApiError,
    BudgetSpent,
    Client,
    Credentials,
    CredentialsRefused,
    InternalError,
    InvalidParams,
    MissingCredentials,
    NetworkError,
    RateLimitExceeded,
    Region,
    ScopeNotAuthorized,
    ServerError,
    StuckSearch,
    ValidationError,
    collect,
    select,
)
from querydsl.client.concealing import Concealed, out_of_sight

from .server import bad_client, cut, http, never, page, refusal, scripted, token

#: A text that must not appear anywhere: the tokens, keys and secrets of these tests contain it.
TELLING = "PSSTPSST"
TOKEN, KEY, SECRET = f"clt.{TELLING}/+=1", f"aw{TELLING}", f"{TELLING}/+=2"

PLAN = select("id").where(Region == "US").between("20230101", "20230301").plan()
REQUEST = PLAN[0]
TESTS = str(Path(__file__).parent)


def chain(failure):
    """An exception and all its causes, whether a traceback shows them or not."""
    found, left = [], [failure]
    while left:
        one = left.pop()
        if one is not None and one not in found:
            found.append(one)
            left += [one.__cause__, one.__context__]
    return found


def frames(failure):
    """The frames that a traceback shows, without those of the tests: users decide what their own frames have."""
    stacks = (
        traceback.StackSummary.extract(traceback.walk_tb(one.__traceback__), capture_locals=True)
        for one in chain(failure)
    )
    return [frame for stack in stacks for frame in stack if not frame.filename.startswith(TESTS)]


def shown(failure):
    """Everything that a failure shows."""
    texts = [f"{frame.filename}:{frame.lineno} {frame.name} {frame.locals}" for frame in frames(failure)]
    return "\n".join(
        [
            *[*texts, *map(repr, chain(failure)), *map(str, chain(failure)), *traceback.format_exception(failure)],
            by_rich(failure),
        ]
    )


def by_rich(failure):
    """A failure as the library rich shows it; rich shows the parts of values."""
    found = Traceback.extract(type(failure), failure, failure.__traceback__, show_locals=True)
    frames = [frame for stack in found.stacks for frame in stack.frames if not frame.filename.startswith(TESTS)]
    return "\n".join(str(node) for frame in frames for node in (frame.locals or {}).values())


def nobody(_):
    return {"base_url": "http://127.0.0.1:1"}


#: Answers of a server that knows the token, and the errors that they raise.
ECHO = http(f"<html>{TOKEN} {SECRET} {KEY}", 504, f"X-Secret: {TOKEN}", kind=f"text/{TOKEN}")
LONG = http(TOKEN * 1_000)
FAILURES = {
    "nobody listens": (page(), nobody, NetworkError),
    "no answer in time": (never, {"timeout": 0.05}, NetworkError),
    "cut short": (cut(ECHO[:-9]), {}, NetworkError),
    "no HTTP": (cut(TOKEN.encode() * 20), {}, NetworkError),
    "cannot be unpacked": (http(TOKEN, 200, "Content-Encoding: gzip"), {}, NetworkError),
    "interim": (cut(f"HTTP/1.1 101 {TOKEN}\r\n\r\n".encode()), {}, NetworkError),
    "HTML": (ECHO, {}, ServerError),
    "no JSON": (http(f'{{"{TOKEN}": {SECRET}'), {}, ServerError),
    "a redirect": (http("", 302, f"Location: http://127.0.0.1:1/{TOKEN}"), {}, ServerError),
    "too long": (LONG, {"max_response_bytes": 500}, ServerError),
    "internal_error": (refusal("internal_error", TOKEN, log_id=TOKEN), {}, InternalError),
    "invalid_params": (refusal("invalid_params", TOKEN, log_id=TOKEN), {}, InvalidParams),
    "scope": (refusal("scope_not_authorized", TOKEN), {}, ScopeNotAuthorized),
    "another code": (refusal(TOKEN, TOKEN * 50, 418), {}, ApiError),
    "too fast": (refusal("rate_limit_exceeded", TOKEN, 429, f"Retry-After: {TOKEN}"), {}, RateLimitExceeded),
    "the quota": (refusal("daily_quota_limit_exceeded", TOKEN), {}, RateLimitExceeded),
    "the token": (refusal("access_token_invalid", TOKEN), {}, AccessTokenInvalid),
}
#: The same for the token endpoint.
REFUSED = {
    "nobody listens": (token(), nobody, NetworkError),
    "no answer in time": (never, {"timeout": 0.05}, NetworkError),
    "cut short": (cut(token(TOKEN)[:-9]), {}, NetworkError),
    "HTML": (ECHO, {}, ServerError),
    "no token": (token(f"{TOKEN} x"), {}, ServerError),
    "no JSON": (http(f'{{"{TOKEN}": {SECRET}'), {}, ServerError),
    "refused": (bad_client(f"{KEY} {SECRET}"), {}, CredentialsRefused),
    "another error": (refusal("scope_not_authorized", SECRET), {}, ScopeNotAuthorized),
    "too fast": (refusal("rate_limit_exceeded", SECRET), {}, RateLimitExceeded),
    "the quota": (refusal("daily_quota_limit_exceeded", SECRET), {}, RateLimitExceeded),
}


class TestMeanwhile:
    """A tool that shows the frames of a running thread, such as a profiler, shows no secret either."""

    @pytest.mark.parametrize("given", [{"token": TOKEN}, {"credentials": (KEY, SECRET)}], ids=["token", "credentials"])
    def test_no_frame_shows_a_secret_during_a_call(self, talk, given):
        seen = []

        def look(answer):
            stack = traceback.walk_stack(sys._current_frames()[threading.main_thread().ident])
            ours = takewhile(lambda one: not one[0].f_code.co_filename.startswith(TESTS), stack)
            seen.extend(traceback.StackSummary.extract(ours, capture_locals=True))
            return answer

        begun = talk(lambda _: look(page([1])), lambda _: look(token(TOKEN)), **given)
        assert len(begun.client.send(REQUEST).videos) == 1
        assert {"post", "urlopen"} <= {frame.name for frame in seen}
        assert [(frame.name, name) for frame in seen for name, text in frame.locals.items() if TELLING in text] == []


class Told(Exception):
    """What `collect` reports about a failed search before it continues."""


def collected(client, workers, folder):
    summary = collect(PLAN, folder / "videos.db", client=client, workers=workers)
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    assert summary.failed or not summary.finished
    raise Told(f"{summary!r} {kept!r}")


#: The ways in which users ask.
WAYS = {
    "send": lambda client, _: client.send(REQUEST),
    "pages": lambda client, _: list(client.pages(REQUEST)),
    "videos": lambda client, _: list(client.videos(PLAN)),
    "collect": lambda client, folder: collected(client, 1, folder),
    "collect with workers": lambda client, folder: collected(client, 2, folder),
}


def caught(talk, ask, script, tokens, options, error):  # noqa: PLR0917  # as the tables have them
    """The error that a user catches."""
    with scripted(lambda _: script, lambda _: tokens) as server:
        more = options(server) if callable(options) else options
        given = {"token": TOKEN} if tokens is None else {"credentials": (KEY, SECRET)}
        begun = talk(**{"base_url": server.url, "attempts": 2, **given, **more})
        with pytest.raises((error, Told)) as found:
            ask(begun.client)
    assert type(found.value) in (error, Told)
    return found.value


@pytest.mark.parametrize("way", WAYS)
class TestFailures:
    @pytest.mark.parametrize("case", FAILURES)
    def test_with_a_token(self, talk, tmp_path, case, way):
        failure = caught(talk, lambda client: WAYS[way](client, tmp_path), FAILURES[case][0], None, *FAILURES[case][1:])
        assert frames(failure) or isinstance(failure, Told)
        assert TELLING not in shown(failure)

    @pytest.mark.parametrize("case", REFUSED)
    def test_of_the_endpoint_that_gives_tokens(self, talk, tmp_path, case, way):
        reply, options, error = REFUSED[case]
        failure = caught(talk, lambda client: WAYS[way](client, tmp_path), page(), reply, options, error)
        assert frames(failure) or isinstance(failure, Told)
        assert TELLING not in shown(failure)

    def test_with_a_token_that_was_fetched(self, talk, tmp_path, way):
        script, tokens = refusal("access_token_invalid", TOKEN), token(TOKEN)
        failure = caught(talk, lambda client: WAYS[way](client, tmp_path), script, tokens, {}, AccessTokenInvalid)
        assert TELLING not in shown(failure)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "send"])
def test_no_secret_in_the_failure_of_a_stuck_search(talk, tmp_path, way):
    script = page([1], 0, TOKEN)
    failure = caught(talk, lambda client: WAYS[way](client, tmp_path), script, None, {}, StuckSearch)
    assert TELLING not in shown(failure)


@pytest.mark.parametrize("way", ["send", "pages", "videos"])
def test_no_secret_in_the_failure_of_a_spent_budget(talk, tmp_path, way):
    failure = caught(talk, lambda client: WAYS[way](client, tmp_path), page(), None, {"max_calls": 0}, BudgetSpent)
    assert TELLING not in shown(failure)


def test_no_secret_in_the_failure_of_threads_that_wait_for_a_token(talk):
    begun = talk(tokens=lambda _: bad_client(SECRET), credentials=(KEY, SECRET))
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(begun.client.send, REQUEST) for _ in range(8)]
    assert not [one for one in asked if TELLING in shown(one.exception())]


@pytest.mark.parametrize("given", [{"token": TOKEN}, {"credentials": (KEY, SECRET)}])
def test_no_secret_in_the_failure_of_an_insecure_connection(given):
    def answer():
        connection, _ = listening.accept()
        with connection:
            connection.recv(10_000)
            connection.sendall(b"no TLS")

    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        pool.submit(answer)
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        with Client(**given, base_url=url, attempts=1) as client, pytest.raises(NetworkError) as found:
            client.send(REQUEST)
    assert type(found.value.__cause__) is SSLError
    assert TELLING not in shown(found.value)


def test_no_secret_in_the_failure_of_a_search_of_the_caller(talk):
    script = refusal("invalid_params", f"Search Id {TOKEN} is invalid or expired")
    request = select("id").where(Region == "US").on("20230101").request()
    request = attrs.evolve(request, search_id="7", cursor=100)
    failure = caught(talk, lambda client: client.send(request), script, None, {}, InvalidParams)
    assert TELLING not in shown(failure)


def test_no_secret_in_the_failure_of_both_spellings(talk):
    script = refusal("invalid_params", TOKEN)
    request = select("id", "favorites_count").where(Region == "US").on("20230101").request()
    failure = caught(talk, lambda client: client.send(request), script, None, {}, InvalidParams)
    assert TELLING not in shown(failure)


#: Texts that cannot be a token, a key or a secret.
WRONG = f"{TELLING} x"


class TestConstructors:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: Client(TOKEN, timeout=-1),
            lambda: Client(TOKEN, base_url="http://example.org"),
            lambda: Client(WRONG),
            lambda: Client(f"{TELLING}\n x", credentials=(KEY, SECRET)),
            lambda: Client(TOKEN, credentials=(KEY, WRONG)),
            lambda: Client(credentials=(KEY, WRONG)),
            lambda: Client(credentials=(WRONG, SECRET)),
            lambda: Client(credentials=(KEY, SECRET), attempts=0),
            lambda: Client(credentials=(7, SECRET)),
            lambda: Client(credentials=SECRET),
            lambda: Client(credentials=[KEY, SECRET]),
            lambda: Client(credentials=Credentials(KEY, SECRET), max_calls=-1),
            lambda: Credentials(KEY, WRONG),
            lambda: Credentials(WRONG, SECRET),
            lambda: Credentials(None, SECRET),
            lambda: Client([TOKEN]),
        ],
    )
    def test_a_refused_value_is_not_shown(self, make):
        with pytest.raises(ValidationError) as found:
            make()
        assert frames(found.value)
        assert TELLING not in shown(found.value)

    @pytest.mark.parametrize(
        ("variables", "options"),
        [
            ((WRONG, "", ""), {}),
            (("", KEY, WRONG), {}),
            (("", WRONG, SECRET), {}),
            ((WRONG, KEY, SECRET), {}),
            ((TOKEN, "", ""), {"timeout": -1}),
            (("", KEY, SECRET), {"timeout": -1}),
            (("", KEY, ""), {}),
            (("", "", SECRET), {}),
            (("", KEY, ""), {"credentials": (KEY, SECRET)}),
            ((WRONG, "", ""), {"credentials": (KEY, SECRET)}),
            (("", "", ""), {"token": TOKEN, "attempts": 0}),
            (("", "", ""), {"token": TOKEN, "base_url": "http://example.org"}),
            (("", "", ""), {"credentials": (KEY, WRONG)}),
        ],
    )
    def test_a_refused_value_of_the_environment_is_not_shown(self, environment, variables, options):
        environment("OTHER_SECRET", TELLING)
        for name, value in zip(
            ("TIKTOK_ACCESS_TOKEN", "TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET"), variables, strict=True
        ):
            environment(name, value)
        with pytest.raises((ValidationError, MissingCredentials)) as found:
            Client.from_env(**options)
        assert frames(found.value)
        assert TELLING not in shown(found.value)

    def test_the_password_of_a_proxy_is_not_shown(self, monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", f"socks5://me:{TELLING}@proxy.example.org")
        with pytest.raises(ValidationError) as found:
            Client(TOKEN)
        assert TELLING not in shown(found.value)


class TestCauses:
    def test_no_connection(self, talk):
        failure = caught(talk, lambda client: client.send(REQUEST), page(), None, nobody, NetworkError)
        assert type(failure.__cause__) is NewConnectionError
        assert "Connection refused" in str(failure.__cause__)

    def test_no_answer_in_time(self, talk):
        failure = caught(talk, lambda client: client.send(REQUEST), never, None, {"timeout": 0.05}, NetworkError)
        assert type(failure.__cause__) is ReadTimeoutError


def fail():
    try:
        secret = TELLING
        raise OSError(len(secret))
    except OSError as cause:
        raise KeyboardInterrupt from cause


class TestOutOfSight:
    def test_the_result_is_returned(self):
        assert out_of_sight(lambda: 7) == 7

    def test_an_error_and_its_causes_lose_their_frames(self):
        with pytest.raises(KeyboardInterrupt) as found:
            out_of_sight(fail)
        assert [frame.name for frame in frames(found.value)] == ["out_of_sight"]
        assert repr(found.value.__cause__) == "OSError(8)"

    def test_a_suppressed_cause_is_removed(self):
        def hide():
            try:
                fail()
            except KeyboardInterrupt:
                raise ValueError("told") from None

        with pytest.raises(ValueError, match="told") as found:
            out_of_sight(hide)
        assert chain(found.value) == [found.value]

    def test_an_error_that_the_caller_handles_keeps_its_frames(self):
        def caller():
            raise ValueError("theirs")

        def handler():
            try:
                caller()
            except ValueError:
                out_of_sight(fail)

        with pytest.raises(KeyboardInterrupt) as found:
            handler()
        [theirs] = [one for one in chain(found.value) if isinstance(one, ValueError)]
        assert traceback.extract_tb(theirs.__traceback__)[-1].name == "caller"


def test_a_concealed_value_has_no_text():
    assert TELLING not in f"{Concealed(TELLING)!r} {Concealed(TELLING)}"
