"""The client over HTTP: each row of the table of failures, with the number of calls that it takes."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from select import select as select_ready

import attrs
import pytest

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
    Page,
    RateLimitExceeded,
    Region,
    ScopeNotAuthorized,
    ScopePermissionMissed,
    ServerError,
    StuckSearch,
    ValidationError,
    select,
)
from querydsl.client.paging import Place

from .server import bad_client, cut, http, lost, never, page, refusal, scripted, slowly, token

REQUEST = select("id").where(Region == "US").on("20230101").request()
NOON = datetime(2023, 5, 1, 12, tzinfo=timezone.utc)
KEYS = Credentials("awkey", "s3cret")

CUT = page([1])[:-9]
HTML = http("<html><body>Gateway Time-out</body></html>", 504, kind="text/html")


def ids(found):
    """The ids of videos, or of the videos of a page."""
    return [video.id for video in (found.videos if isinstance(found, Page) else found)]


class TestSend:
    def test_a_page_has_everything_in_the_answer(self, talk):
        begun = talk([page([{"id": "3", "region_code": "US"}, 1], 100, "77")])
        found = begun.client.send(REQUEST)
        assert ids(found) == [3, 1]
        assert (found.cursor, found.has_more, found.search_id, found.log_id) == (100, True, "77", "log")
        assert begun.counts == (1, 1)

    def test_requests_are_sent_as_documented(self, talk):
        begun = talk([page()])
        begun.client.send(REQUEST)
        [sent] = begun.server.queries
        assert (sent.method, sent.target) == ("POST", "/v2/research/video/query/?fields=id")
        assert sent.headers["authorization"] == "Bearer clt.given"
        assert sent.headers["content-type"] == "application/json"
        assert sent.body == REQUEST.to_json().encode()

    @pytest.mark.parametrize("data", ["{}", '{"has_more": false}', '{"search_id": "", "videos": []}'])
    def test_an_answer_may_omit_empty_values(self, talk, data):
        found = talk([http(f'{{"data": {data}, "error": {{"code": "ok"}}}}')]).client.send(REQUEST)
        assert attrs.astuple(found) == ((), None, False, None, None, 0)

    def test_an_answer_in_pieces_of_a_byte_is_whole(self, talk):
        assert ids(talk([slowly(page([1, 2]))]).client.send(REQUEST)) == [1, 2]

    def test_an_odd_video_does_not_cost_the_others(self, talk):
        found = talk([page([*range(1, 11), {"id": 11, "music_id": ""}])]).client.send(REQUEST)
        assert (ids(found), found.odd) == ([*range(1, 12)], 1)
        assert (found.videos[-1].music_id, found.videos[-1].extra) == (None, {"music_id": ""})

    def test_a_video_without_a_readable_id_is_one_and_counts_as_one_odd_value(self, talk):
        found = talk([page([1, {"id": True, "music_id": "x"}, {"username": "a"}, {"username": "a"}])]).client.send(
            REQUEST
        )
        assert (ids(found), found.odd) == ([1, None, None, None], 3)

    @pytest.mark.parametrize("odd", ["7", "null", '"x"', "[]", '{"id": 2, "like_count": 1%s}' % ("0" * 5_000)])
    def test_an_item_that_is_not_a_video_does_not_cost_the_page(self, talk, odd):
        data = f'{{"videos": [{{"id": 1}}, {odd}, {{"id": 3}}], "has_more": false}}'
        found = talk([http(f'{{"data": {data}, "error": {{"code": "ok"}}}}')]).client.send(REQUEST)
        assert ([video.id for video in found.videos if video.id in (1, 3)], len(found.videos)) == ([1, 3], 3)
        assert found.odd == 1

    def test_a_repeated_video_is_merged(self, talk):
        found = talk([page([{"id": 7, "username": "a"}, 6, {"id": 7, "like_count": 2}])]).client.send(REQUEST)
        assert [video.to_dict() for video in found.videos] == [{"id": 7, "username": "a", "like_count": 2}, {"id": 6}]

    @pytest.mark.parametrize("fields", ["id", "username", "id,username"])
    def test_an_item_that_is_not_an_object_is_odd_for_any_fields(self, talk, fields):
        found = talk([page([None, "x", [], {"id": 5, "username": "a"}])]).client.send(
            attrs.evolve(REQUEST, fields=tuple(fields.split(",")))
        )
        assert (len(found.videos), found.odd) == (4, 3)

    def test_an_object_with_an_empty_name_is_not_odd(self, talk):
        found = talk([page([{"": None}])]).client.send(attrs.evolve(REQUEST, fields="username"))
        assert (len(found.videos), found.odd) == (1, 0)

    @pytest.mark.parametrize("search_id", ["clt.given", "7-clt.given-8", "clt.give"])
    def test_a_search_id_that_contains_the_token_is_ignored(self, talk, search_id):
        begun = talk([page([1], 100, search_id), page([2])])
        first, _ = begun.client.pages(REQUEST)
        assert (first.search_id, "clt.give" in repr(first)) == (None, False)
        assert begun.server.places == [(None, None), (100, None)]

    def test_a_search_id_that_contains_a_short_token_by_chance_is_kept(self, talk):
        begun = talk([page([1], 100, "7311"), page([2])], token="73")
        assert ids(begun.client.videos(REQUEST)) == [1, 2]
        assert begun.server.places == [(None, None), (100, "7311")]

    def test_a_missing_id_is_not_odd_if_it_was_not_asked_for(self, talk):
        request = attrs.evolve(REQUEST, fields="username")
        begun = talk([page([{"username": "a"}])])
        assert [video.username for video in begun.client.send(request).videos] == ["a"]
        assert begun.server.queries[0].target.endswith("?fields=username")


#: Temporary failures, and the error if they do not pass.
PASSING = {
    "no answer": (cut(b""), NetworkError),
    "cut short": (cut(CUT), NetworkError),
    "cut in a chunk": (cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"), NetworkError),
    "cut between chunks": (cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"), NetworkError),
    "no HTTP": (cut(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), NetworkError),
    "no gzip": (http("{...........}", 200, "Content-Encoding: gzip"), NetworkError),
    "half a head": (cut(b"HTTP/1.1 200 O"), ServerError),
    "HTML": (HTML, ServerError),
    "HTML with 200": (http("<html>", kind="text/html"), ServerError),
    "no content": (http(""), ServerError),
    "204": (http("", 204), ServerError),
    "500 in JSON": (refusal("internal_error", "oops"), InternalError),
    "internal_error in a 200": (
        refusal("internal_error", "Something is wrong. Please try again later.", 200),
        InternalError,
    ),
    "internal_error in a 400": (
        refusal("internal_error", "Something is wrong. Please try again later.", 400),
        InternalError,
    ),
    "timeout in a 200": (refusal("timeout", "", 200), InternalError),
    "503 with another code": (refusal("overloaded", "oops", 503), ServerError),
    "500 with a code of the client's": (refusal("invalid_params", "oops", 500), ServerError),
    "500 with ok": (refusal("ok", "", 500), ServerError),
    "not JSON": (http("{'a': 1}"), ServerError),
    "a list": (http("[]"), ServerError),
    "no data": (http("{}"), ServerError),
    "more, but no cursor": (http('{"data": {"has_more": true}}'), ServerError),
    "a cursor beyond int64": (page([1], 2**63), ServerError),
    "a search_id that cannot be sent": (page([1], 100, " "), ServerError),
    "another that cannot": (page([1], 100, "\ud800"), ServerError),
    "a 404 in HTML": (http("<html>", 404, kind="text/html"), ServerError),
}


@pytest.mark.parametrize("case", PASSING)
class TestWhatMayPass:
    def test_a_temporary_failure_is_retried(self, talk, case):
        failure, _ = PASSING[case]
        begun = talk([failure, failure, page([1])])
        assert ids(begun.client.send(REQUEST)) == [1]
        assert begun.counts == (3, 3)

    def test_pauses_grow_and_differ_from_each_other(self, talk, case):
        failure, _ = PASSING[case]
        begun = talk([failure] * 4 + [page()])
        begun.client.send(REQUEST)
        assert all(longest / 2 <= pause <= longest for pause, longest in zip(begun.pauses, [1, 2, 4, 8], strict=True))

    def test_a_call_is_tried_five_times_in_total(self, talk, case):
        failure, error = PASSING[case]
        begun = talk([failure] * 6)
        with pytest.raises(error) as caught:
            begun.client.send(REQUEST)
        assert type(caught.value) is error
        assert begun.counts == (5, 5)
        assert len(begun.pauses) == 4

    def test_the_user_sets_the_number_of_attempts(self, talk, case):
        failure, error = PASSING[case]
        begun = talk([failure] * 2, attempts=1)
        with pytest.raises(error):
            begun.client.send(REQUEST)
        assert (begun.counts, begun.pauses) == ((1, 1), [])


class TestNetworkError:
    def test_no_server_is_listening(self):
        with scripted() as server:
            url = server.url
        pauses = []
        with Client("clt.given", base_url=url, sleep=pauses.append) as client, pytest.raises(NetworkError) as caught:
            client.send(REQUEST)
        assert str(caught.value) == f"{url[7:]}: no connection"
        assert (client.calls, len(pauses)) == (5, 4)

    def test_no_answer_in_time(self, talk):
        begun = talk([never] * 2, timeout=0.05, attempts=2)
        with pytest.raises(NetworkError) as caught:
            begun.client.send(REQUEST)
        assert str(caught.value) == f"127.0.0.1:{begun.server.port}: no complete answer within 0.05 s"
        assert begun.counts == (2, 2)

    def test_an_answer_that_is_cut_short(self, talk):
        begun = talk([cut(CUT)], attempts=1)
        with pytest.raises(NetworkError) as caught:
            begun.client.send(REQUEST)
        assert str(caught.value) == f"127.0.0.1:{begun.server.port}: the connection broke off (ProtocolError)"


class TestServerError:
    def test_html(self, talk):
        with pytest.raises(ServerError) as caught:
            talk([HTML], attempts=1).client.send(REQUEST)
        assert str(caught.value) == (
            "the server's answer is not the documented JSON (status 504, text/html): { is missing at character 1"
        )
        assert (caught.value.status, caught.value.log_id) == (504, None)

    def test_internal_error_is_an_error_of_the_api(self, talk):
        with pytest.raises(InternalError) as caught:
            talk([refusal("internal_error", "oops")], attempts=1).client.send(REQUEST)
        assert str(caught.value) == "internal_error: oops (status 500, log_id log)"
        assert isinstance(caught.value, ServerError)

    def test_an_undocumented_code_is_shown(self, talk):
        with pytest.raises(ServerError) as caught:
            talk([refusal("overloaded", "oops", 503)], attempts=1).client.send(REQUEST)
        assert str(caught.value) == "the server failed (status 503): overloaded: oops"
        assert (caught.value.status, caught.value.log_id) == (503, "log")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 304])
    def test_a_redirect_is_not_followed(self, talk, status):
        with scripted([page([1])]) as elsewhere:
            begun = talk([http("", status, f"Location: {elsewhere.url}/v2/research/video/query/")])
            with pytest.raises(ServerError) as caught:
                begun.client.send(REQUEST)
            assert str(caught.value) == f"the server redirects (status {status}), and redirects are not followed"
            assert (begun.counts, elsewhere.received) == ((1, 1), [])

    def test_a_redirect_of_the_token_endpoint_is_not_followed(self, talk):
        with scripted([page([1])], [token()]) as elsewhere:
            begun = talk([], [http("", 307, f"Location: {elsewhere.url}/v2/oauth/token/")], credentials=KEYS)
            with pytest.raises(ServerError, match=r"^the server redirects \(status 307\)"):
                begun.client.send(REQUEST)
            assert (len(begun.server.received), elsewhere.received) == (1, [])


class TestErrorsOfTheApi:
    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("access_token_invalid", AccessTokenInvalid),
            ("scope_not_authorized", ScopeNotAuthorized),
            ("scope_permission_missed", ScopePermissionMissed),
            ("invalid_params", InvalidParams),
            ("daily_quota_limit_exceeded", RateLimitExceeded),
            ("not_in_the_documentation", ApiError),
        ],
    )
    @pytest.mark.parametrize("status", [None, 200, 400, 418])
    def test_each_error_is_raised_at_once_with_any_status(self, talk, code, error, status):
        begun = talk([refusal(code, "see there", status or (None if code != "not_in_the_documentation" else 403))] * 5)
        with pytest.raises(error) as caught:
            begun.client.send(REQUEST)
        assert type(caught.value) is error
        assert (caught.value.code, caught.value.message, caught.value.log_id) == (code, "see there", "log")
        assert begun.counts == (1, 1)

    def test_an_error_is_raised_even_if_the_rest_of_the_answer_is_invalid(self, talk):
        answer = http('{"data": {"has_more": 7, "videos": 8}, "error": {"code": "invalid_params"}}', 400)
        with pytest.raises(InvalidParams):
            talk([answer]).client.send(REQUEST)


class TestTokens:
    def test_credentials_fetch_a_token(self, talk):
        begun = talk([page(), page()], [token("clt.one")], credentials=KEYS)
        begun.client.send(REQUEST)
        begun.client.send(REQUEST)
        [asked] = begun.server.tokens
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        assert asked.body == b"client_key=awkey&client_secret=s3cret&grant_type=client_credentials"
        assert [one.headers["authorization"] for one in begun.server.queries] == ["Bearer clt.one"] * 2
        assert begun.counts == (2, 2)

    def test_a_refused_token_is_renewed_once(self, talk):
        refused = refusal("access_token_invalid")
        begun = talk([refused, page([1])], [token("clt.one"), token("clt.two")], credentials=KEYS)
        assert ids(begun.client.send(REQUEST)) == [1]
        assert [one.headers["authorization"] for one in begun.server.queries] == ["Bearer clt.one", "Bearer clt.two"]
        assert (begun.counts, begun.pauses) == ((2, 2), [])

    def test_a_second_refusal_is_raised(self, talk):
        begun = talk([refusal("access_token_invalid")] * 3, [token("clt.one"), token("clt.two")], credentials=KEYS)
        with pytest.raises(AccessTokenInvalid):
            begun.client.send(REQUEST)
        assert (begun.counts, len(begun.server.tokens)) == ((2, 2), 2)

    def test_the_next_request_may_renew_the_token_again(self, talk):
        refused = refusal("access_token_invalid")
        begun = talk([refused, page(), refused, page()], lambda _: token(), credentials=KEYS)
        begun.client.send(REQUEST)
        begun.client.send(REQUEST)
        assert len(begun.server.tokens) == 3

    def test_without_credentials_a_refused_token_is_not_renewed(self, talk):
        begun = talk([refusal("access_token_invalid")] * 2)
        with pytest.raises(AccessTokenInvalid) as caught:
            begun.client.send(REQUEST)
        assert str(caught.value) == "access_token_invalid: no (status 401, log_id log)"
        assert begun.counts == (1, 1)

    def test_a_given_token_is_used_until_it_is_refused(self, talk):
        begun = talk([page(), refusal("access_token_invalid"), page()], [token()], token="clt.given", credentials=KEYS)
        begun.client.send(REQUEST)
        begun.client.send(REQUEST)
        assert [one.headers["authorization"] for one in begun.server.queries] == [
            "Bearer clt.given", "Bearer clt.given", "Bearer clt.fresh",
        ]  # fmt: skip

    def test_a_token_is_renewed_before_it_expires(self, talk):
        clock = [NOON]
        begun = talk(lambda _: page(), [token("clt.one"), token("clt.two")], credentials=KEYS, now=lambda: clock[0])
        for after in (0, 7000, 7100, 7199):
            clock[0] = NOON + timedelta(seconds=after)
            begun.client.send(REQUEST)
        used = [one.headers["authorization"][-3:] for one in begun.server.queries]
        assert used == ["one", "one", "two", "two"]

    @pytest.mark.parametrize("status", [200, 400, 401, 403])
    def test_refused_credentials_are_refused_at_once(self, talk, status):
        begun = talk([], [bad_client("Client key or secret is incorrect", status)], credentials=KEYS)
        with pytest.raises(CredentialsRefused) as caught:
            begun.client.send(REQUEST)
        assert str(caught.value) == (f"invalid_client: Client key or secret is incorrect (status {status}, log_id log)")
        assert (begun.counts, len(begun.server.tokens)) == ((0, 0), 1)

    @pytest.mark.parametrize(
        "failure", [cut(b""), HTML, http("[]"), http("{}"), token(""), token("a b"), http("", 500)]
    )
    def test_a_failure_of_the_token_endpoint_is_retried(self, talk, failure):
        begun = talk([page([1])], [failure, failure, token()], credentials=KEYS)
        assert ids(begun.client.send(REQUEST)) == [1]
        assert (begun.counts, len(begun.pauses)) == ((1, 1), 2)

    @pytest.mark.parametrize("failure", [cut(b""), HTML, http('{"access_token": 7}')])
    def test_failures_of_the_token_endpoint_are_not_retried_for_ever(self, talk, failure):
        begun = talk([], [failure] * 6, credentials=KEYS)
        with pytest.raises((NetworkError, ServerError)):
            begun.client.send(REQUEST)
        assert (begun.counts, len(begun.server.tokens)) == ((0, 0), 5)

    def test_threads_fetch_one_token_for_all(self, talk):
        begun = talk(lambda _: page(), lambda _: token(), credentials=KEYS)
        together = threading.Barrier(16)

        def send(_):
            together.wait()
            return begun.client.send(REQUEST)

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(send, range(16)))
        assert (begun.counts, len(begun.server.tokens)) == ((16, 16), 1)

    def test_threads_fetch_one_new_token_after_a_refusal(self, talk):
        def answer(received):
            return page() if received.headers["authorization"] == "Bearer clt.2" else refusal("access_token_invalid")

        numbers = iter(range(1, 9))
        begun = talk(answer, lambda _: token(f"clt.{next(numbers)}"), credentials=KEYS)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: begun.client.send(REQUEST), range(40)))
        assert len(begun.server.tokens) == 2


class Time:
    """A clock that only sleeping moves."""

    def __init__(self, start: datetime = NOON) -> None:
        self.now = start
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    @property
    def options(self) -> dict[str, object]:
        return {"sleep": self.sleep, "now": lambda: self.now}


TOO_FAST = refusal("rate_limit_exceeded", "too fast")
DAILY = refusal("daily_quota_limit_exceeded", "too many")


class TestTooFast:
    def test_the_client_pauses_and_continues(self, talk):
        time = Time(NOON.replace(hour=0, minute=10))
        begun = talk([TOO_FAST, TOO_FAST, TOO_FAST, page([1])], on_quota="wait", **time.options)
        assert ids(begun.client.send(REQUEST)) == [1]
        assert (begun.counts, time.slept) == ((4, 4), [1, 2, 4])

    @pytest.mark.parametrize("answer", [http("slow down", 429), http("", 429), http('{"data": 1}', 429)])
    def test_the_client_pauses_also_without_the_documented_json(self, talk, answer):
        time = Time()
        assert ids(talk([answer, page([1])], **time.options).client.send(REQUEST)) == [1]
        assert time.slept == [1]

    def test_a_retry_after_is_obeyed(self, talk):
        time = Time()
        begun = talk([refusal("rate_limit_exceeded", "", 429, "Retry-After: 7"), page([1])], **time.options)
        assert ids(begun.client.send(REQUEST)) == [1]
        assert time.slept == [7]

    def test_rejections_do_not_use_up_attempts(self, talk):
        time = Time()
        begun = talk([*[TOO_FAST] * 6, page([1])], attempts=1, **time.options)
        assert ids(begun.client.send(REQUEST)) == [1]

    def test_after_two_minutes_of_rejections_it_is_raised(self, talk):
        time = Time()
        begun = talk(lambda _: TOO_FAST, **time.options)
        with pytest.raises(RateLimitExceeded) as caught:
            begun.client.send(REQUEST)
        assert time.slept == [1, 2, 4, 8, 16, 30, 30, 30]
        assert caught.value.resets_at == datetime(2023, 5, 2, tzinfo=timezone.utc)
        assert str(caught.value) == (
            "rate_limit_exceeded: too fast (status 429, log_id log); the quota begins anew at 2023-05-02 00:00 UTC"
        )

    def test_it_is_raised_even_if_time_passes_only_by_sleeping(self, talk):
        begun = talk(lambda _: TOO_FAST, now=lambda: NOON)
        with pytest.raises(RateLimitExceeded):
            begun.client.send(REQUEST)
        assert begun.pauses == [1, 2, 4, 8, 16, 30, 30, 30]

    def test_a_long_retry_after_is_raised_after_two_minutes_and_one_more_call(self, talk):
        begun = talk([refusal("rate_limit_exceeded", "", 429, "Retry-After: 3600")] * 2, now=lambda: NOON)
        with pytest.raises(RateLimitExceeded, match=r"^rate_limit_exceeded: too many calls, for two minutes "):
            begun.client.send(REQUEST)
        assert (begun.counts, begun.pauses) == ((2, 2), [120])

    def test_a_long_retry_after_that_is_too_cautious_costs_two_minutes(self, talk):
        begun = talk([refusal("rate_limit_exceeded", "", 429, "Retry-After: 3600"), page([1])], now=lambda: NOON)
        assert ids(begun.client.send(REQUEST)) == [1]
        assert (begun.counts, begun.pauses) == ((2, 2), [120])

    def test_with_wait_it_tries_every_ten_minutes_until_calls_are_accepted(self, talk):
        time = Time()
        begun = talk([*[TOO_FAST] * 12, page([1])], on_quota="wait", **time.options)
        assert ids(begun.client.send(REQUEST)) == [1]
        assert time.slept == [1, 2, 4, 8, 16, 30, 30, 30, 600, 600, 600, 600]

    def test_the_endpoint_for_tokens_has_a_pace_of_its_own(self, talk):
        time = Time()
        begun = talk([page([1])], [http("", 429), token()], credentials=KEYS, **time.options)
        assert ids(begun.client.send(REQUEST)) == [1]
        assert (time.slept, len(begun.server.tokens)) == ([1], 2)

    @pytest.mark.parametrize("seconds", [1, 59, 61, 63, 75, 119, 300])
    def test_slow_rejections_end_too(self, talk, seconds):
        time = Time()

        def slow(_):
            time.now += timedelta(seconds=seconds)
            return TOO_FAST

        begun = talk(slow, **time.options, max_calls=20)
        with pytest.raises(RateLimitExceeded):
            begun.client.send(REQUEST)
        assert time.now - NOON <= timedelta(seconds=120 + 2 * (seconds + 30))


class TestDailyQuota:
    @pytest.mark.parametrize("status", [200, 400, 429, 500])
    def test_it_is_raised_at_once_with_the_start_of_the_next_quota(self, talk, status):
        begun = talk([refusal("daily_quota_limit_exceeded", "too many", status)], now=lambda: NOON)
        with pytest.raises(RateLimitExceeded) as caught:
            begun.client.send(REQUEST)
        assert caught.value.resets_at == datetime(2023, 5, 2, tzinfo=timezone.utc)
        assert str(caught.value) == (
            f"daily_quota_limit_exceeded: too many (status {status}, log_id log); "
            "the quota begins anew at 2023-05-02 00:00 UTC"
        )
        assert (begun.counts, begun.pauses) == ((1, 1), [])

    def test_without_a_message_it_says_that_the_quota_is_used_up(self, talk):
        with pytest.raises(
            RateLimitExceeded, match=r"^daily_quota_limit_exceeded: the quota of 1,000 calls a day is used"
        ):
            talk([refusal("daily_quota_limit_exceeded", "")]).client.send(REQUEST)

    @pytest.mark.parametrize("hours", [-11, 0, 5, 14])
    def test_the_next_quota_starts_at_midnight_utc(self, talk, hours):
        here = NOON.astimezone(timezone(timedelta(hours=hours)))
        with pytest.raises(RateLimitExceeded) as caught:
            talk([DAILY], now=lambda: here).client.send(REQUEST)
        assert caught.value.resets_at == datetime(2023, 5, 2, tzinfo=timezone.utc)
        assert caught.value.resets_at.utcoffset() == timedelta(0)

    def test_with_wait_it_sleeps_until_the_next_quota(self, talk):
        time = Time()
        begun = talk([DAILY, page([1]), DAILY, page([2])], on_quota="wait", **time.options)
        assert ids(begun.client.send(REQUEST)) == [1]
        assert time.slept == [12 * 3600]
        time.now += timedelta(hours=1)
        assert ids(begun.client.send(REQUEST)) == [2]
        assert time.slept == [12 * 3600, 23 * 3600]
        assert begun.counts == (4, 4)

    @pytest.mark.parametrize(("behind", "pauses"), [(0.5, 1), (59, 1), (61, 2), (299, 5)])
    def test_a_server_clock_that_is_behind_costs_minutes_and_not_a_day(self, talk, behind, pauses):
        time = Time(NOON.replace(hour=23))
        midnight = NOON.replace(hour=0) + timedelta(days=1)

        def answer(_):
            return page([1]) if time.now >= midnight + timedelta(seconds=behind) else DAILY

        begun = talk(answer, on_quota="wait", **time.options)
        assert ids(begun.client.send(REQUEST)) == [1]
        assert time.slept == [3600] + [60] * pauses

    def test_a_refusal_five_minutes_after_midnight_waits_for_the_next_midnight(self, talk):
        time = Time(NOON.replace(hour=0, minute=4))
        begun = talk([DAILY, DAILY, page()], on_quota="wait", **time.options)
        begun.client.send(REQUEST)
        assert time.slept == [60, 24 * 3600 - 300]

    def test_all_threads_wait_for_the_same_moment(self, talk):
        """Threads that were not refused themselves make no call to learn that the quota is used up."""
        time = Time()
        begun = talk([DAILY, *[page([1])] * 4], on_quota="wait", **time.options)
        begun.client.send(REQUEST)
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda _: begun.client.send(REQUEST), range(3)))
        assert (time.slept, begun.counts) == ([12 * 3600], (5, 5))


class TestBudget:
    def test_the_request_that_would_exceed_it_is_not_sent(self, talk):
        begun = talk(lambda _: page(), max_calls=2)
        begun.client.send(REQUEST)
        begun.client.send(REQUEST)
        with pytest.raises(BudgetSpent) as caught:
            begun.client.send(REQUEST)
        assert str(caught.value) == "2 calls were made, as many as max_calls allows"
        assert begun.counts == (2, 2)

    def test_retries_count(self, talk):
        begun = talk([cut(b"")] * 5, max_calls=3)
        with pytest.raises(BudgetSpent):
            begun.client.send(REQUEST)
        assert begun.counts == (3, 3)

    def test_a_callback_can_prevent_a_call(self, talk):
        def refuse():
            raise BudgetSpent("one is too many")

        begun = talk()
        with pytest.raises(BudgetSpent, match="too many"):
            begun.client.ask(REQUEST, lambda received, _: received, on_call=refuse)
        assert begun.counts == (0, 0)

    def test_a_budget_of_zero_sends_nothing(self, talk):
        begun = talk(max_calls=0)
        with pytest.raises(BudgetSpent):
            begun.client.send(REQUEST)
        assert begun.counts == (0, 0)

    def test_threads_share_it(self, talk):
        begun = talk(lambda _: page(), max_calls=50)

        def send(_):
            try:
                return begun.client.send(REQUEST)
            except BudgetSpent:
                return None

        with ThreadPoolExecutor(16) as pool:
            pages = list(pool.map(send, range(80)))
        assert len([one for one in pages if one is not None]) == 50
        assert begun.counts == (50, 50)


class TestPages:
    def test_cursor_and_search_id_are_followed(self, talk):
        begun = talk([page([3], 100, "77"), page([2], 200, "77"), page([1], None, "77")])
        assert [ids(one) for one in begun.client.pages(REQUEST)] == [[3], [2], [1]]
        assert begun.server.places == [(None, None), (100, "77"), (200, "77")]
        assert begun.counts == (3, 3)

    def test_a_page_that_leaves_out_the_search_id_keeps_it(self, talk):
        begun = talk([page([3], 100, "77"), page([2], 200, None), page([1])])
        list(begun.client.pages(REQUEST))
        assert begun.server.places[-1] == (200, "77")

    def test_a_random_request_is_a_single_page(self, talk):
        begun = talk([page([3], 100)])
        assert len(list(begun.client.pages(attrs.evolve(REQUEST, is_random=True)))) == 1
        assert begun.counts == (1, 1)

    def test_an_empty_page_is_not_the_end(self, talk):
        begun = talk([page([], 100), page([1])])
        assert [ids(one) for one in begun.client.pages(REQUEST)] == [[], [1]]

    def test_a_repeated_video_comes_once_at_its_first_place(self, talk):
        begun = talk([page([3, 2, 3], 100), page([2, 1])])
        assert [ids(one) for one in begun.client.pages(REQUEST)] == [[3, 2], [1]]

    def test_videos_without_a_readable_id_are_all_given(self, talk):
        odd = {"id": "x"}
        begun = talk([page([odd, 2, odd], 100), page([odd, 2])])
        assert [ids(one) for one in begun.client.pages(REQUEST)] == [[None, 2, None], [None]]
        begun = talk([page([odd, 2, odd], 100), page([odd, 2])])
        assert [video.id for video in begun.client.videos(REQUEST)] == [None, 2, None, None]

    def test_the_id_is_always_asked_for(self, talk):
        begun = talk([page([1])])
        list(begun.client.pages(attrs.evolve(REQUEST, fields="username")))
        assert begun.server.queries[0].target.endswith("?fields=id,username")

    def test_they_are_asked_for_one_by_one(self, talk):
        begun = talk([page([3], 100), page([2], 200)])
        next(begun.client.pages(REQUEST))
        assert begun.counts == (1, 1)


class TestVideos:
    def test_each_video_of_a_plan_comes_once(self, talk):
        begun = talk([page([3, 2], 100), page([1]), page([4, 3])])
        assert ids(begun.client.videos([REQUEST, attrs.evolve(REQUEST, end_date="20230102")])) == [3, 2, 1, 4]
        assert begun.counts == (3, 3)

    def test_a_request_is_a_plan_too(self, talk):
        assert ids(talk([page([3, 3])]).client.videos(REQUEST)) == [3]

    def test_the_id_is_asked_for_even_when_nobody_wants_it(self, talk):
        begun = talk([page([1])])
        list(begun.client.videos(attrs.evolve(REQUEST, fields="username")))
        assert begun.server.queries[0].target.endswith("?fields=id,username")


class TestWhatIsNoRequest:
    @pytest.mark.parametrize(
        ("taker", "takes"), [("send", "one Request"), ("pages", "one Request"), ("videos", "requests")]
    )
    def test_it_is_refused_before_anything_is_sent(self, talk, taker, takes):
        begun = talk()
        with pytest.raises(TypeError, match=rf"^{taker} takes {takes}, and this is a dict: Request.from_dict"):
            getattr(begun.client, taker)(REQUEST.to_dict())
        assert begun.counts == (0, 0)


class TestLostSearches:
    @pytest.mark.parametrize("message", ["Search Id 77 is invalid or expired", "Invalid count or cursor"])
    def test_it_is_asked_for_again(self, talk, message):
        refused = refusal("invalid_params", message)
        begun = talk([page([2], 100, "77"), *[refused] * 5, page([1])])
        assert ids(begun.client.videos(REQUEST)) == [2, 1]
        assert begun.counts == (7, 7)
        assert set(begun.server.places[1:]) == {(100, "77")}
        assert len(begun.pauses) == 5

    def test_a_lost_search_starts_again_and_gives_nothing_twice(self, talk):
        again = [page([3, 2], 100, "88"), page([1], None, "88")]
        begun = talk([page([3, 2], 100, "77"), *[lost("77")] * 6, *again])
        assert ids(begun.client.videos(REQUEST)) == [3, 2, 1]
        assert begun.server.places == [(None, None), *[(100, "77")] * 6, (None, None), (100, "88")]
        assert begun.counts == (9, 9)

    def test_a_lost_search_starts_again_three_times(self, talk):
        begun = talk([page([2], 100), *[lost()] * 6] * 4)
        with pytest.raises(InvalidParams) as caught:
            list(begun.client.videos(REQUEST))
        assert str(caught.value) == "invalid_params: Search Id 7 is invalid or expired (status 400, log_id log)"
        assert begun.counts == (28, 28)

    def test_anything_else_that_is_invalid_is_raised_at_once(self, talk):
        begun = talk([page([2], 100), refusal("invalid_params", "Something else")])
        with pytest.raises(InvalidParams):
            list(begun.client.videos(REQUEST))
        assert begun.counts == (2, 2)

    def test_a_lost_search_of_the_caller_is_raised_at_once(self, talk):
        begun = talk([lost()])
        with pytest.raises(InvalidParams):
            list(begun.client.pages(attrs.evolve(REQUEST, cursor=100, search_id="7")))
        assert begun.counts == (1, 1)

    def test_a_cursor_without_a_search_is_raised_at_once(self, talk):
        begun = talk([refusal("invalid_params", "Invalid count or cursor")])
        with pytest.raises(InvalidParams):
            begun.client.send(attrs.evolve(REQUEST, cursor=100))
        assert begun.counts == (1, 1)

    def test_a_search_of_the_clients_may_be_followed_by_hand(self, talk):
        begun = talk([page([2], 100, "77"), lost("77"), page([1])])
        first = begun.client.send(REQUEST)
        begun.client.send(attrs.evolve(REQUEST, cursor=first.cursor, search_id=first.search_id))
        assert begun.counts == (3, 3)

    def test_a_lost_search_starts_again_at_the_callers_cursor(self, talk):
        begun = talk([page([2], 200, "77"), *[lost("77")] * 6, page([2], 200, "88"), page([1])])
        assert ids(begun.client.videos(attrs.evolve(REQUEST, cursor=100))) == [2, 1]
        assert begun.server.places[7:] == [(100, None), (200, "88")]

    def test_a_search_of_an_earlier_run_is_tried_once_more(self, talk):
        begun = talk([lost("77"), lost("77"), page([3], 200, "88"), page([2])])
        steps = begun.client.steps(REQUEST, lambda received, _: received["id"], Place(100, "77"))
        assert [step.answer.videos for step in steps] == [(3,), (2,)]
        assert begun.server.places == [(100, "77"), (100, "77"), (None, None), (200, "88")]

    def test_a_search_that_the_client_started_stays_its_own(self, talk):
        begun = talk([page([3], 100, "77"), *[lost("77")] * 5, page([2])])
        begun.client.send(REQUEST)
        steps = begun.client.steps(REQUEST, lambda received, _: received["id"], Place(100, "77"))
        assert [step.answer.videos for step in steps] == [(2,)]


class TestLog:
    def test_each_retry_is_a_line(self, talk, caplog):
        caplog.set_level("INFO", "querydsl")
        begun = talk([HTML, refusal("rate_limit_exceeded", "", 429, "Retry-After: 7"), page()], now=lambda: NOON)
        begun.client.send(REQUEST)
        assert caplog.record_tuples == [
            (
                "querydsl", 20,
                "the server's answer is not the documented JSON (status 504, text/html): { is missing at character 1; "
                f"trying again in {begun.pauses[0]:.1f} s",
            ),
            ("querydsl", 20, "rate_limit_exceeded (status 429, log_id log); all calls pause for 7.0 s"),
        ]  # fmt: skip

    def test_a_search_that_starts_again_is_logged(self, talk, caplog):
        caplog.set_level("INFO", "querydsl")
        begun = talk([page([2], 100), *[lost()] * 6, page([2])])
        list(begun.client.videos(REQUEST))
        *retries, last = caplog.messages
        message = "invalid_params: Search Id 7 is invalid or expired (status 400, log_id log)"
        assert retries == [f"{message}; trying again in {pause:.1f} s" for pause in begun.pauses]
        assert last == f"{message}; the search begins again from its start"

    def test_a_renewed_token_is_logged(self, talk, caplog):
        caplog.set_level("INFO", "querydsl")
        clock = [NOON]
        begun = talk(
            [page(), page(), refusal("access_token_invalid"), page()],
            [token("clt.one"), token("clt.two"), token("clt.three")],
            credentials=KEYS,
            now=lambda: clock[0],
        )
        begun.client.send(REQUEST)
        assert caplog.messages == []
        clock[0] += timedelta(hours=2)
        begun.client.send(REQUEST)
        begun.client.send(REQUEST)
        assert caplog.messages == [
            "the access token is about to expire; getting a new one",
            "access_token_invalid: no (status 401, log_id log); trying again with a new token",
        ]

    def test_a_wait_for_the_quota_is_a_warning(self, talk, caplog):
        begun = talk([DAILY, page()], on_quota="wait", now=lambda: NOON)
        begun.client.send(REQUEST)
        message = "daily_quota_limit_exceeded: too many (status 429, log_id log); waiting until 2023-05-02 00:00 UTC"
        assert caplog.record_tuples == [("querydsl", 30, message)]

    def test_each_wait_of_ten_minutes_is_a_warning(self, talk, caplog):
        begun = talk([*[TOO_FAST] * 10, page()], on_quota="wait", now=lambda: NOON)
        begun.client.send(REQUEST)
        message = (
            "rate_limit_exceeded: too fast (status 429, log_id log); "
            "it may be the day's quota: one call every ten minutes until it passes"
        )
        assert caplog.record_tuples == [("querydsl", 30, message)] * 2

    def test_a_text_of_the_server_cannot_add_a_log_line(self, talk, caplog):
        caplog.set_level("INFO", "querydsl")
        talk([refusal("internal_error", "a\nb\x1b[2J\ud800\u2028c"), page()]).client.send(REQUEST)
        assert caplog.messages[0].startswith("internal_error: a\\nb\\x1b[2J\\ud800\\u2028c (status 500, log_id log); ")

    def test_raised_errors_are_not_logged(self, talk, caplog):
        caplog.set_level("INFO", "querydsl")
        begun = talk([refusal("invalid_params"), DAILY])
        for error in (InvalidParams, RateLimitExceeded):
            with pytest.raises(error):
                begun.client.send(REQUEST)
        assert caplog.messages == []


class TestStuckSearches:
    @pytest.mark.parametrize("cursor", [100, 99, 0])
    def test_a_cursor_that_does_not_grow(self, talk, cursor):
        begun = talk([page([3], 100), page([2], cursor)])
        found = begun.client.videos(REQUEST)
        assert [next(found).id, next(found).id] == [3, 2]
        with pytest.raises(StuckSearch) as caught:
            next(found)
        assert str(caught.value) == (
            f"stuck_search: has_more is true, but the cursor did not advance ({cursor} after 100) (log_id log)"
        )
        assert begun.counts == (2, 2)

    def test_twenty_pages_without_a_new_video_are_stuck(self, talk):
        cursors = iter(range(1, 100))
        begun = talk(lambda _: page([1], next(cursors)))
        with pytest.raises(StuckSearch) as caught:
            list(begun.client.videos(REQUEST))
        assert str(caught.value) == "stuck_search: 20 pages running brought no new video (log_id log)"
        assert begun.counts == (21, 21)

    @pytest.mark.parametrize("odd", [{"id": True}, {"username": "a"}, None])
    def test_a_video_without_an_id_is_never_new(self, talk, odd):
        cursors = iter(range(1, 100))
        begun = talk(lambda _: page([odd], next(cursors)))
        with pytest.raises(StuckSearch):
            list(begun.client.videos(REQUEST))
        assert begun.counts == (20, 20)

    def test_nineteen_pages_without_a_new_video_are_followed(self, talk):
        known = [page([1], cursor) for cursor in range(1, 21)]
        begun = talk([*known, page([2], 21), *[page([1], cursor) for cursor in range(22, 41)], page([3])])
        assert ids(begun.client.videos(REQUEST)) == [1, 2, 3]

    def test_two_hundred_empty_pages_are_stuck(self, talk):
        cursors = iter(range(1, 999))
        begun = talk(lambda _: page([], next(cursors)))
        with pytest.raises(StuckSearch) as caught:
            list(begun.client.videos(REQUEST))
        assert str(caught.value) == "stuck_search: 200 pages running were empty (log_id log)"
        assert begun.counts == (200, 200)

    def test_fewer_empty_pages_are_followed(self, talk):
        begun = talk([*[page([], cursor) for cursor in range(1, 200)], page([1])])
        assert ids(begun.client.videos(REQUEST)) == [1]

    def test_a_search_that_starts_again_may_pass_all_known_pages(self, talk):
        known = [page([cursor], cursor) for cursor in range(1, 31)]
        begun = talk([*known, *[lost()] * 6, *known, page([31])])
        assert ids(begun.client.videos(REQUEST)) == list(range(1, 32))

    def test_after_the_known_pages_repeats_count(self, talk):
        known = [page([cursor], cursor) for cursor in range(1, 31)]
        begun = talk([*known, *[lost()] * 6, *known, *[page([1], cursor) for cursor in range(31, 60)]])
        with pytest.raises(StuckSearch):
            list(begun.client.videos(REQUEST))
        assert begun.counts == (30 + 6 + 30 + 20,) * 2


class TestOptions:
    def test_a_client_without_token_or_credentials_is_refused(self):
        with pytest.raises(MissingCredentials) as caught:
            Client()
        assert str(caught.value) == (
            "there is neither a token nor credentials; set TIKTOK_ACCESS_TOKEN, or TIKTOK_CLIENT_KEY and "
            "TIKTOK_CLIENT_SECRET, in the environment; the sandbox (querydsl.sandbox) needs none"
        )

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"timeout": 0}, "Client: timeout=0 is not a time in seconds; give one above 0"),
            ({"timeout": float("nan")}, "Client: timeout=nan is not a time in seconds; give one above 0"),
            ({"timeout": None}, "Client: timeout=None is not a time in seconds; give one above 0"),
            ({"attempts": 0}, "Client: attempts=0 is out of range; give a whole number from 1 on"),
            ({"attempts": True}, "Client: attempts=True is out of range; give a whole number from 1 on"),
            ({"max_calls": -1}, "Client: max_calls=-1 is out of range; give a whole number from 0 on"),
            ({"max_response_bytes": 0}, "Client: max_response_bytes=0 is out of range; give a whole number from 1 on"),
            ({"on_quota": "sleep"}, "Client: on_quota='sleep' is not known; write 'raise' or 'wait'"),
            (
                {"token": "a\nb"},
                "token: it has characters that no token, key or secret has; copy it again, on one line",
            ),
            ({"token": " "}, "token: it is blank; the vendor's developer portal shows it"),
            ({"timeout": True}, "Client: timeout=True is not a time in seconds; give one above 0"),
            *(
                (
                    {"credentials": wrong},
                    "Client: credentials is not made of a key and a secret; "
                    "write Credentials(client_key, client_secret)",
                )
                for wrong in (("awkey",), ["awkey", "s3cret"], "awkey:s3cret")
            ),
            ({"credentials": ("awkey", " ")}, "client_secret: it is blank; the vendor's developer portal shows it"),
            ({"credentials": (7, "s3cret")}, "client_key: it is not text; give it as a str"),
        ],
    )
    def test_an_impossible_option_is_refused(self, options, message):
        with pytest.raises(ValidationError) as caught:
            Client(**{"token": "clt.given", **options})
        assert str(caught.value) == message

    def test_all_problems_are_reported_at_once(self):
        with pytest.raises(ValidationError) as caught:
            Client("clt.given", timeout=0, attempts=0, on_quota="sleep")
        assert len(caught.value.problems) == 3

    def test_a_pair_is_accepted_as_credentials(self, talk):
        begun = talk([page()], [token()], credentials=("awkey", "s3cret"))
        begun.client.send(REQUEST)
        assert begun.server.tokens[0].body.startswith(b"client_key=awkey&client_secret=s3cret&")

    def test_its_repr_shows_its_calls(self, talk):
        begun = talk([page()])
        begun.client.send(REQUEST)
        assert repr(begun.client) == f"Client(base_url='{begun.server.url}', calls=1)"

    def test_a_client_that_was_not_initialised_has_a_repr(self):
        assert repr(Client.__new__(Client)) == "Client(…)"

    def test_a_closed_client_opens_again_when_it_is_used(self, talk):
        begun = talk([page(), page()])
        begun.client.send(REQUEST)
        begun.client.close()
        begun.client.send(REQUEST)
        assert begun.counts == (2, 2)


class TestFromEnv:
    @pytest.mark.usefixtures("environment")
    def test_an_empty_environment_is_refused(self):
        with pytest.raises(MissingCredentials, match=r"^there is neither a token nor credentials; set TIKTOK_ACC"):
            Client.from_env()

    @pytest.mark.parametrize(
        ("given", "missing"),
        [("TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET"), ("TIKTOK_CLIENT_SECRET", "TIKTOK_CLIENT_KEY")],
    )
    def test_a_key_without_a_secret_is_refused(self, environment, given, missing):
        environment(given, "x")
        with pytest.raises(MissingCredentials, match=rf"^{missing} is not set in the environment; set "):
            Client.from_env()

    def test_a_token(self, environment):
        with scripted([page([1])]) as server:
            environment("TIKTOK_ACCESS_TOKEN", " clt.env\n")
            environment("TIKTOK_API_URL", server.url)
            with Client.from_env(max_calls=1) as client:
                assert ids(client.send(REQUEST)) == [1]
            assert server.queries[0].headers["authorization"] == "Bearer clt.env"

    def test_a_key_and_a_secret(self, environment):
        with scripted([page([1])], [token()]) as server:
            environment("TIKTOK_CLIENT_KEY", "awkey")
            environment("TIKTOK_CLIENT_SECRET", "s3cret")
            with Client.from_env(base_url=server.url) as client:
                client.send(REQUEST)
            assert b"client_key=awkey&client_secret=s3cret&" in server.tokens[0].body

    @pytest.mark.parametrize("variable", ["TIKTOK_ACCESS_TOKEN", "TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET"])
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("c0d e", "it has characters that no token, key or secret has; copy it again, on one line"),
            (" ", "it is blank; the vendor's developer portal shows it"),
        ],
    )
    def test_an_invalid_variable_is_named_and_not_shown(self, environment, variable, value, message):
        for name in ("TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET"):
            environment(name, "x")
        environment(variable, value)
        with pytest.raises(ValidationError) as caught:
            Client.from_env()
        assert str(caught.value) == f"{variable}: {message}"

    def test_an_invalid_host_is_named(self, environment):
        environment("TIKTOK_ACCESS_TOKEN", "clt.env")
        environment("TIKTOK_API_URL", "nonsense")
        with pytest.raises(ValidationError) as caught:
            Client.from_env()
        assert str(caught.value) == (
            "TIKTOK_API_URL: 'nonsense' is not the URL of a host; "
            "give the scheme and the host, such as 'https://open.tiktokapis.com'"
        )

    def test_options_override_the_environment(self, environment):
        for name in ("TIKTOK_ACCESS_TOKEN", "TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET", "TIKTOK_API_URL"):
            environment(name, "a b")
        url = "http://127.0.0.1:1"
        client = Client.from_env(token="clt", credentials=KEYS, base_url=url)
        assert repr(client) == "Client(base_url='http://127.0.0.1:1', calls=0)"

    def test_an_empty_variable_counts_as_unset(self, environment):
        environment("TIKTOK_ACCESS_TOKEN", "")
        with pytest.raises(MissingCredentials):
            Client.from_env()


class TestInterimAnswers:
    def test_the_answer_after_one_is_not_taken_for_the_next_requests(self):
        """A server sends more of an answer when the next request comes: it must not count as the next answer."""

        def serve_late(listener: socket.socket) -> None:
            first, _ = listener.accept()
            with first:
                received = b""
                while not received.endswith(REQUEST.to_json().encode()):
                    received += first.recv(65_536)
                first.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
                ready, _, _ = select_ready([first, listener], [], [], 10)
                if listener not in ready and first.recv(65_536):
                    first.sendall(page([1]))
                    return
                second, _ = listener.accept()
                with second:
                    second.recv(65_536)
                    second.sendall(page([2]))

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=serve_late, args=[listener])
            thread.start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with Client("clt.given", base_url=url, attempts=2, sleep=lambda _: None) as client:
                assert [video.id for video in client.send(REQUEST).videos] == [2]
            thread.join()
