"""Reading answers: the same values as `json.loads`, and also each video's own text."""

from __future__ import annotations

import json
import re

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import ServerError
from querydsl.client.responses import Response, _read, read_answer
from querydsl.client.retry_policy import Failed
from querydsl.showing import HARMFUL

#: Line ends, a faked line, and characters that move the cursor or turn the text.
FORGED = "\r\nINFO all is well\x1b[2J\u202e"


def both(received, text):
    """A video as object and as text."""
    return received, text


def page(body, status=200, headers=None):
    return read_answer(Response(status, headers or {}, body if isinstance(body, bytes) else body.encode()), both, str)


def refusal(body, status=200, headers=None):
    with pytest.raises(Failed) as caught:
        page(body, status, headers)
    return caught.value


texts = st.text(st.characters(codec=None), max_size=8) | st.sampled_from(
    ["\0", "\ud800", "\udc00\ud800", "\U0001f600", '"}],', "\\u0000", "\u2028", "videos"]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([10**400, -(2**63), 1e308])
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
videos = st.lists(st.dictionaries(texts, values, max_size=4), max_size=4)


spaces = st.sampled_from(["", " ", "\n", "\r\n", "\t "])


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Answers as JSON, with white space in every allowed place, and with or without escapes."""
    data = {**draw(st.dictionaries(texts, values, max_size=2)), "videos": draw(videos)}
    body = {"error": {"code": "ok"}, "data": data, **draw(st.dictionaries(texts, values, max_size=2))}
    order = draw(st.permutations(list(body)))
    one, two, three, four, first, last = (draw(spaces) for _ in range(6))
    text = json.dumps(
        {key: body[key] for key in order},
        separators=(f"{one},{two}", f"{three}:{four}"),
        indent=draw(st.sampled_from([None, 0, "\t\r"])),
        ensure_ascii=draw(st.booleans()),
    )
    return first + re.sub("[\ud800-\udfff]", lambda lone: f"\\u{ord(lone[0]):x}", text) + last


def is_object(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


class TestJson:
    @given(bodies())
    def test_it_is_what_json_loads_reads(self, text):
        _, data = _read(text.encode(), lambda received, _: received)
        assert repr(data) == repr(json.loads(text)["data"])

    @given(bodies())
    def test_each_video_has_its_own_text(self, text):
        _, data = _read(text.encode(), both)
        assert all(repr(json.loads(own)) == repr(received) for received, own in data["videos"])
        assert all(own in text and own.startswith("{") and own.endswith("}") for _, own in data["videos"])

    @given(bodies(), st.data())
    def test_truncated_json_is_refused(self, text, data):
        end = data.draw(st.integers(0, len(text.rstrip()) - 1))
        with pytest.raises(ValueError):  # noqa: PT011  # of whatever kind
            _read(text[:end].encode(), both)

    @given(st.text(st.sampled_from('{}[]",:1 atrue\\"') | st.characters(codec="utf-8"), max_size=30))
    def test_text_that_json_loads_refuses_is_refused(self, text):
        for whole in (text, '{"data": ' + text, '{"data": {"videos": [' + text, '{"data": {"videos": []' + text + "}}"):
            if not is_object(whole):
                with pytest.raises(ValueError):  # noqa: PT011  # of whatever kind
                    _read(whole.encode(), both)

    @pytest.mark.parametrize(
        "text",
        [
            "", " ", "null",
            "[]", '"{}"', "{", "{}x", "{}{}", '{"data"}', '{"data":}', '{"data":{}', "{1:2}", '{"a":1,}',
            '{"data": {"videos": [{}, ]}}', '{"data": {"videos": [,]}}', '{"data": {"videos": [{} {}]}}',
            '{"data": {"videos": [1]}}', '{"data": {"videos": [[]]}}', '{"data": {"videos": [NaN]}}',
            '{"data": {"videos": [{"a": NaN}]}}', '{"data": {"a": Infinity}}', '{"a": -Infinity}',
            '{"data": {"videos": [{"a": "\n"}]}}', '{"data": {"videos": [{"a": "\0"}]}}', '{"a": 01}', "{'a': 1}",
            '{"data": {"videos": [{"a": ' + "9" * 5000 + "}]}}",
            '{"data": {"videos": [{"a": ' + "[" * 100_000 + "]" * 100_000 + "}]}}",
            '{"error": 7}', '{"error": null}', '{"error": {}}', '{"error": {"code": 7}}', '{"error": "invalid_client"}',
        ],
    )  # fmt: skip
    def test_an_invalid_answer_is_retried(self, text):
        failed = refusal(text)
        assert (type(failed.error), failed.kind) == (ServerError, "again")

    @pytest.mark.parametrize(
        "text", ['{"data": {}, }', '{"data": {"has_more": false,}}', '{"data": {"videos": [{},]}}']
    )
    def test_a_comma_at_the_end_is_refused(self, text):
        with pytest.raises(ValueError, match=r"Expecting (property name|value)"):
            _read(text.encode(), both)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
    def test_it_comes_in_utf_8(self, encoding):
        assert refusal('{"data": {"has_more": false, "a": "é"}}'.encode(encoding)).kind == "again"

    def test_a_byte_order_mark_is_accepted(self):
        assert page(b'\xef\xbb\xbf {"data": {"has_more": false}} \r\n').videos == ()


def data(**members):
    return json.dumps({"data": {"has_more": False, **members}})


class TestPage:
    def test_omitted_values_are_none(self):
        assert attrs.astuple(page(data())) == ((), None, False, None, None)

    def test_null_means_none(self):
        body = (
            '{"data": {"videos": null, "cursor": null, "has_more": false, "search_id": null}, "error": {"code": "ok"}}'
        )
        assert attrs.astuple(page(body)) == ((), None, False, None, None)

    def test_an_empty_search_id_is_none(self):
        assert page(data(search_id="")).search_id is None

    @pytest.mark.parametrize("status", [200, 201, 299])
    def test_any_success_will_do(self, status):
        assert page(data(), status).videos == ()

    @pytest.mark.parametrize(
        ("members", "reason"),
        [
            ({"has_more": 1}, "has_more is not a bool, or there is no cursor to go on from"),
            ({"has_more": True}, "has_more is not a bool, or there is no cursor to go on from"),
            ({"cursor": -1}, "cursor is not an index"),
            ({"cursor": 2**63}, "cursor is not an index"),
            ({"cursor": True}, "cursor is not an index"),
            ({"cursor": 1.0}, "cursor is not an index"),
            ({"cursor": "100"}, "cursor is not an index"),
            ({"videos": {}}, "videos is not a list"),
            ({"search_id": 7}, "search_id is none that could be sent back"),
            ({"search_id": " "}, "search_id is none that could be sent back"),
            ({"search_id": "\ud800"}, "search_id is none that could be sent back"),
        ],
    )
    def test_invalid_parts_of_a_page_are_refused(self, members, reason):
        failed = refusal(data(**members), headers={"Content-Type": "application/json"})
        assert str(failed.error) == (
            f"the server's answer is not the documented JSON (status 200, application/json): {reason}"
        )
        assert failed.kind == "again"

    @pytest.mark.parametrize(
        "body", ['{"data": {}, "error": {"code": "ok"}}', '{"data": {"has_more": null}, "error": {"code": "ok"}}']
    )
    def test_a_page_with_code_ok_may_omit_all_empty_values(self, body):
        assert attrs.astuple(page(body)) == ((), None, False, None, None)

    @pytest.mark.parametrize("body", ['{"data": null, "error": {"code": "ok"}}', '{"error": {"code": "ok"}}'])
    def test_a_page_without_data_is_refused(self, body):
        assert "it has no data" in str(refusal(body).error)

    @pytest.mark.parametrize(
        "body", ["{}", '{"data": null}', '{"data": []}', '{"data": {}}', '{"data": {"videos": []}}']
    )
    def test_data_of_another_type_are_refused(self, body):
        assert str(refusal(body).error) == (
            "the server's answer is not the documented JSON (status 200, no type): it has no data"
        )

    def test_a_long_text_of_the_servers_is_not_repeated(self):
        failed = refusal("{}", headers={"Content-Type": "x" * 100_000})
        assert len(str(failed.error)) == 1_000
        error = {"code": "c" * 100_000, "message": "m" * 100_000, "log_id": "l" * 100_000}
        assert len(str(refusal(json.dumps({"error": error}), 400).error)) < 3_100


def error(code, message="", **more):
    return json.dumps({"error": {"code": code, "message": message, **more}})


class TestFailure:
    @pytest.mark.parametrize(
        ("code", "status", "kind"),
        [
            ("access_token_invalid", 401, "token"),
            ("access_token_invalid", 200, "token"),
            ("access_token_invalid", 500, "again"),
            ("scope_not_authorized", 401, "final"),
            ("scope_permission_missed", 400, "final"),
            ("invalid_params", 400, "final"),
            ("invalid_params", 200, "final"),
            ("rate_limit_exceeded", 429, "too fast"),
            ("rate_limit_exceeded", 200, "too fast"),
            ("daily_quota_limit_exceeded", 429, "quota"),
            ("daily_quota_limit_exceeded", 200, "quota"),
            ("daily_quota_limit_exceeded", 500, "quota"),
            ("ok", 429, "too fast"),
            ("never_heard_of", 429, "too fast"),
            ("internal_error", 500, "again"),
            ("internal_error", 200, "again"),
            ("internal_error", 400, "again"),
            ("internal_error", 429, "again"),
            ("timeout", 200, "again"),
            ("timeout", 429, "again"),
            ("timeout", 504, "again"),
            ("ok", 500, "again"),
            ("ok", 404, "final"),
            ("never_heard_of", 200, "final"),
            ("never_heard_of", 502, "again"),
        ],
    )
    def test_each_failure_has_its_kind(self, code, status, kind):
        assert refusal(error(code, "no"), status).kind == kind

    @pytest.mark.parametrize(
        "message",
        [
            "Search Id 7378809778820092971 is invalid or expired",
            "search id 7 is Invalid or expired",
            "Invalid count or cursor",
            "invalid_params: Search Id \n is expired",
        ],
    )
    def test_a_search_that_the_api_does_not_know(self, message):
        assert refusal(error("invalid_params", message), 400).kind == "search"
        assert refusal(error("other", message), 400).kind == "final"

    @pytest.mark.parametrize("message", ["Invalid count", "the query is invalid", "search identity expired", ""])
    def test_other_messages_are_not_about_a_lost_search(self, message):
        assert refusal(error("invalid_params", message), 400).kind == "final"

    def test_values_that_are_not_text_are_dropped(self):
        failed = refusal(error("invalid_params", {"a": 1}, log_id=7), 400)
        assert (failed.error.message, failed.error.log_id) == ("", None)

    @pytest.mark.parametrize("code", ["internal_error", "odd\r\nINFO all is well"])
    @pytest.mark.parametrize("status", [200, 400, 429, 502])
    def test_a_text_of_the_server_cannot_fake_a_line(self, code, status):
        body = {"error": {"code": code, "message": f"no{FORGED}", "log_id": f"2023{FORGED}"}}
        error = refusal(json.dumps(body), status).error
        assert not HARMFUL.search(f"{error} {error.log_id} {error.message}")
        assert "\\nINFO all is well" in str(error)

    def test_a_header_cannot_fake_a_line(self):
        error = refusal("<html>", headers={"Content-Type": f"text/html;{FORGED}"}).error
        assert "(status 200, text/html;\\r\\nINFO all is well\\x1b[2J\\u202e): " in str(error)

    def test_a_retry_after_goes_with_it(self):
        assert refusal(error("rate_limit_exceeded"), 429, {"Retry-After": "7"}).retry_after == "7"
        assert refusal("<html>", 429, {"Retry-After": "8"}).retry_after == "8"
