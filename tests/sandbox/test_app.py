"""The app answers as the documentation says; it is called without a network."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone
from io import BytesIO
from types import SimpleNamespace
from typing import Any, ClassVar
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from hypothesis import given

from querydsl import (
    CreateDate,
    Expression,
    Hashtag,
    Keyword,
    Length,
    Region,
    Request,
    Username,
    ValidationError,
    VideoId,
    matcher,
    select,
    to_queries,
)
from querydsl.errors import QueryDSLError
from querydsl.sandbox import App, corpus
from querydsl.sandbox.app import MAX_BODY
from querydsl.sandbox.searches import MAX_SEARCHES
from querydsl.spec.request_rules import request_errors
from querydsl.spec.validation import read
from querydsl.tables import API_ERRORS, QUERY_PATH, TOKEN_PATH
from tests.documents import EXAMPLE
from tests.sandbox import HEADERS, ask, ask_for_token, call, pages
from tests.strategies import expressions

VIDEOS = corpus(1_000)
IDS = [video["id"] for video in VIDEOS]
APP = App(VIDEOS)

EVERYTHING = select("id").where(~(Username == "nobody")).between("20230101", "20230131").request()
CATS = select("id").where(Hashtag == "cat").between("20230101", "20230131").request()


def ids(data: dict[str, list[dict[str, int]]]) -> list[int]:
    return [video["id"] for video in data["videos"]]


class Clock:
    """A time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2024, 5, 1, 23, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


class TestWhatIsFound:
    @given(expressions)
    def test_any_expression_finds_what_it_matches(self, expression: Expression) -> None:
        try:
            queries = to_queries(expression)
        except QueryDSLError:  # no queries, or too many
            return
        wanted = matcher(expression)
        found = set()
        for query in queries:
            for data in pages(APP, Request(query, "20230101", "20230131", fields="id", max_count=100)):
                found |= set(ids(data))
        assert found == {video["id"] for video in VIDEOS if wanted(video)}

    @pytest.mark.parametrize(
        "expression",
        [
            Hashtag == "Cat",
            Keyword == "CAT",
            Length.in_("SHORT", "LONG"),
            VideoId.in_(*IDS[500:505]),
            ~(Region == "US"),
        ],
        ids=repr,
    )
    def test_each_query_finds_what_it_matches(self, expression: Expression) -> None:
        request = select("id").where(expression).between("20230105", "20230120").request()
        wanted = matcher(expression & CreateDate.between("20230105", "20230120"))
        found = [video_id for data in pages(APP, request) for video_id in ids(data)]
        assert found == [video["id"] for video in VIDEOS if wanted(video)]

    def test_both_days_are_included_in_utc(self) -> None:
        seconds = [1_672_531_199, 1_672_531_200, 1_672_617_599, 1_672_617_600]  # around 1 January 2023
        for order in (1, -1):  # ids that grow with time, and ids that do not
            videos = [
                {"id": 100 + order * place, "create_time": second, "region_code": "US"}
                for place, second in enumerate(seconds)
            ]
            app = App(videos)
            request = select("id").where(Region == "US").on("20230101").request()
            assert ids(ask(app, request).data) == sorted([100 + order, 100 + 2 * order], reverse=True)

    def test_a_video_without_a_needed_field_is_not_found(self) -> None:
        whole = {"id": 3, "create_time": 1_672_531_200, "region_code": "US"}
        app = App(
            [whole, {"id": 2, "create_time": 1_672_531_200}, {"id": 1, "create_time": "then", "region_code": "US"}]
        )
        for expression in (Region == "US", ~(Region == "JP")):
            assert ids(ask(app, select("id").where(expression).on("20230101").request()).data) == [3]


class TestVideos:
    REQUEST = select().where(~(Region == "AQ")).on("20230101").request()
    FULL: ClassVar = {"create_time": 1_672_531_200, "region_code": "US"}

    def shown(self, **video: object) -> dict[str, object]:
        [shown] = ask(App([{**self.FULL, **video}]), self.REQUEST).data["videos"]
        return shown

    def test_empty_values_are_omitted_except_hashtags(self) -> None:
        assert self.shown(id=1, effect_ids=[], voice_to_text="", hashtag_names=[], video_description="") == {
            **self.FULL,
            "id": 1,
            "hashtag_names": [],
            "video_description": "",
        }

    def test_zero_and_false_are_not_omitted(self) -> None:
        shown = self.shown(id=1, like_count=0, is_stem_verified=False, playlist_id=None)
        assert shown == {**self.FULL, "id": 1, "hashtag_names": [], "like_count": 0, "is_stem_verified": False}

    def test_only_the_fields_that_were_asked_for_are_given(self) -> None:
        request = select("username", "id").where(VideoId == IDS[0]).between("20230101", "20230131").request()
        assert ask(APP, request).data["videos"] == [{"username": VIDEOS[0]["username"], "id": IDS[0]}]

    @pytest.mark.parametrize(
        "video",
        [{"video_id": 7}, {"video_id": "7"}, {"id": "7"}, {"id": 7, "video_id": 8}, {"id": None, "video_id": 7}],
        ids=str,
    )
    def test_an_id_in_any_form_comes_as_a_number(self, video: dict[str, object]) -> None:
        assert self.shown(**video)["id"] == 7

    def test_an_id_that_comes_twice_is_one_video(self) -> None:
        app = App([{**self.FULL, "id": 1, "username": "old"}, {**self.FULL, "id": 1, "username": "new"}])
        [shown] = ask(app, self.REQUEST).data["videos"]
        assert shown["username"] == "new"

    def test_any_text_survives_and_the_answer_is_ascii(self) -> None:
        text = "\0 \ud800 猫 \u2028 </script>"
        reply = ask(App([{**self.FULL, "id": 1, "video_description": text}]), self.REQUEST)
        assert reply.body.isascii()
        assert reply.data["videos"][0]["video_description"] == text

    @pytest.mark.parametrize(
        ("video", "message"),
        [
            ({}, "App: null is not the id of a video; give each its number as 'id' or 'video_id'"),
            *[
                ({"id": given}, f"App: {named} is not the id of a video; give each its number as 'id' or 'video_id'")
                for given, named in [
                    ("a", "'a'"),
                    ("", "''"),
                    (" 7", "' 7'"),
                    ("-7", "'-7'"),
                    ("٧", "'٧'"),
                    ("9" * 19, f"'{'9' * 19}'"),
                    (1.5, "1.5"),
                    (7.0, "7.0"),
                    (True, "true"),
                    (2**63, str(2**63)),
                    ([7], "a list"),
                ]
            ],
            (7, "App: int is not a video; give mappings with the documented keys, as `corpus` makes them"),
        ],
        ids=str,
    )
    def test_anything_but_a_video_is_refused(self, video: object, message: str) -> None:
        with pytest.raises(ValidationError) as caught:
            App([video])  # type: ignore[list-item]
        assert str(caught.value) == message


class TestPaging:
    def test_pages_hold_every_video_once_newest_first(self) -> None:
        data = list(pages(APP, EVERYTHING))
        assert [video_id for page in data for video_id in ids(page)] == IDS
        assert [len(page["videos"]) for page in data] == [100] * 10
        assert [page["cursor"] for page in data] == list(range(100, 1001, 100))
        assert [page["has_more"] for page in data] == [True] * 9 + [False]
        assert len({page["search_id"] for page in data}) == 1

    def test_a_page_has_20_videos_unless_said_otherwise(self) -> None:
        request = Request.from_dict({key: value for key, value in EVERYTHING.to_dict().items() if key != "max_count"})
        data = ask(APP, request).data
        assert (len(data["videos"]), data["cursor"]) == (20, 20)
        assert len(ask(APP, request, max_count=7).data["videos"]) == 7

    def test_a_search_without_results_is_one_empty_page(self) -> None:
        data = ask(APP, EVERYTHING, start_date="20200101", end_date="20200101").data
        assert (data["videos"], data["has_more"]) == ([], False)

    def test_a_page_can_be_asked_for_again_and_the_fields_may_change(self) -> None:
        search_id = ask(APP, EVERYTHING).data["search_id"]
        again = [ask(APP, EVERYTHING, search_id=search_id, cursor=300).data for _ in range(2)]
        assert again[0] == again[1]
        assert ids(again[0]) == IDS[300:400]

    def test_a_cursor_without_a_search_begins_one_there(self) -> None:
        assert ids(ask(APP, EVERYTHING, cursor=950).data) == IDS[950:]

    @pytest.mark.parametrize("cursor", [1001, 2**63 - 1])
    def test_a_cursor_beyond_the_end_is_refused(self, cursor: int) -> None:
        assert ask(APP, EVERYTHING, cursor=cursor).error == (400, "invalid_params", "Invalid count or cursor")

    def test_the_end_itself_is_an_empty_page(self) -> None:
        data = ask(APP, EVERYTHING, cursor=1000).data
        assert (data["videos"], data["has_more"]) == ([], False)

    def test_an_unknown_search_is_refused(self) -> None:
        expected = (400, "invalid_params", "Search Id 7378809778820092971 is invalid or expired")
        assert ask(APP, EVERYTHING, search_id="7378809778820092971").error == expected

    def test_a_search_continues_only_with_its_own_query_and_days(self) -> None:
        search_id = ask(APP, EVERYTHING).data["search_id"]
        for changes in ({"query": CATS.query.to_dict()}, {"start_date": "20230102"}, {"end_date": "20230130"}):
            reply = ask(APP, EVERYTHING, search_id=search_id, cursor=100, **changes)
            assert reply.error == (400, "invalid_params", f"Search Id {search_id} is invalid or expired")

    def test_random_videos_come_on_one_page(self) -> None:
        app = App(VIDEOS)
        first, second = (ask(app, EVERYTHING, is_random=True).data for _ in range(2))
        assert not first["has_more"]
        assert len(set(ids(first))) == 100
        assert ids(first) != ids(second)
        assert ids(first) != sorted(ids(first), reverse=True)
        assert ids(ask(App(VIDEOS), EVERYTHING, is_random=True).data) == ids(first)

    def test_another_seed_draws_other_videos(self) -> None:
        drawn = [ids(ask(App(VIDEOS, seed=seed), EVERYTHING, is_random=True).data) for seed in (0, 1, 1)]
        assert drawn[0] != drawn[1] == drawn[2]

    def test_a_few_random_videos_are_all_videos(self) -> None:
        assert sorted(ids(ask(App(VIDEOS[:5]), EVERYTHING, is_random=True).data)) == sorted(IDS[:5])


class TestSearchIds:
    def test_one_request_has_one_id_in_every_app_over_the_same_videos(self) -> None:
        found = {ask(app, EVERYTHING).data["search_id"] for app in (APP, APP, App(VIDEOS), App(reversed(VIDEOS)))}
        assert len(found) == 1
        [search_id] = found
        assert search_id.isdigit()
        assert len(search_id) == 19

    @pytest.mark.parametrize(
        "changes", [{"query": CATS.query.to_dict()}, {"start_date": "20230102"}, {"end_date": "20230130"}], ids=str
    )
    def test_another_query_or_other_days_have_another(self, changes: dict[str, object]) -> None:
        assert ask(APP, EVERYTHING).data["search_id"] != ask(APP, EVERYTHING, **changes).data["search_id"]

    def test_the_size_of_the_pages_the_fields_and_the_order_of_keys_do_not_change_it(self) -> None:
        body = dict(reversed(EVERYTHING.to_dict().items()))
        reply = call(APP, QUERY_PATH, json.dumps({**body, "max_count": 7}).encode(), "fields=username")
        assert reply.data["search_id"] == ask(APP, EVERYTHING).data["search_id"]

    def test_a_new_app_continues_a_search_of_another_app(self) -> None:
        undisturbed = list(pages(APP, EVERYTHING))
        following: dict[str, object] = {}
        for expected in undisturbed:
            data = ask(App(VIDEOS), EVERYTHING, **following).data  # a new app for each page
            assert data == expected
            following = {"cursor": data["cursor"], "search_id": data["search_id"]}

    def test_an_app_that_finds_other_videos_does_not_continue_the_search(self) -> None:
        search_id = ask(APP, EVERYTHING).data["search_id"]
        reply = ask(App(VIDEOS[1:]), EVERYTHING, cursor=100, search_id=search_id)
        assert reply.error == (400, "invalid_params", f"Search Id {search_id} is invalid or expired")

    def test_an_app_with_more_videos_of_other_days_continues_the_search(self) -> None:
        search_id = ask(APP, EVERYTHING).data["search_id"]
        more = App([*VIDEOS, *corpus(100, start="20230201")])
        assert ids(ask(more, EVERYTHING, cursor=100, search_id=search_id).data) == IDS[100:200]

    def test_an_app_continues_a_search_that_it_has_forgotten(self) -> None:
        app = App(VIDEOS[:10])
        first = ask(app, EVERYTHING, max_count=4).data
        for number in range(MAX_SEARCHES):
            ask(app, select("id").where(Username == f"nobody{number}").on("20230101").request())
        after = ask(app, EVERYTHING, max_count=4, cursor=first["cursor"], search_id=first["search_id"]).data
        assert (ids(after), after["search_id"]) == (IDS[4:8], first["search_id"])


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"quota": -1}, "quota=-1 is no number of calls; give a whole number from 0 on, or None for no end"),
            ({"quota": "5"}, "quota='5' is no number of calls; give a whole number from 0 on, or None for no end"),
            ({"quota": 1.5}, "quota=1.5 is no number of calls; give a whole number from 0 on, or None for no end"),
            ({"quota": True}, "quota=True is no number of calls; give a whole number from 0 on, or None for no end"),
            ({"latency": -1}, "latency=-1 is no time in seconds; give a number from 0 on, 1,000,000,000 at most"),
            ({"latency": "1"}, "latency='1' is no time in seconds; give a number from 0 on, 1,000,000,000 at most"),
            ({"latency": float("nan")}, "latency=nan is no time in seconds; give a number from 0 on, 1,000,000,000 at"),
            ({"latency": None}, "latency=None is no time in seconds; give a number from 0 on, 1,000,000,000 at most"),
            ({"token_lifetime": 0}, "token_lifetime=0 is no time in seconds; give a number above 0, 1,000,000,000 at"),
            ({"token_lifetime": 1e300}, "token_lifetime=1e+300 is no time in seconds; give a number above 0, 1,000,0"),
            ({"seed": "1"}, "seed='1' is no whole number; give one"),
            ({"seed": None}, "seed=None is no whole number; give one"),
            ({"faults": "cut"}, "faults='cut' is no fault; write Fault('cut') or Fault.random(seed)"),
            ({"faults": ["html"]}, "faults='html' is no fault; write Fault('html') or Fault.random(seed)"),
            ({"faults": None}, "faults=None is no fault; write Fault('server-error') or Fault.random(seed)"),
            ({"videos": 7}, "videos=7 is no list of videos; give a list of mappings, as `corpus` makes them"),
            ({"videos": None}, "videos=None is no list of videos; give a list of mappings, as `corpus` makes them"),
        ],
        ids=str,
    )
    def test_one_that_makes_no_sense_is_refused_at_once(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ValidationError) as caught:
            App(**{"videos": [], **options})
        assert str(caught.value).startswith(f"App: {message}")

    @pytest.mark.parametrize(
        "credentials",
        ["key:s3cret", ("s3cret",), ("key", "s3cret", ""), ("key", None), ("", "s3cret"), 7, {"client_key": "s3cret"}],
        ids=str,
    )
    def test_credentials_are_a_key_and_a_secret_which_no_message_shows(self, credentials: Any) -> None:
        with pytest.raises(ValidationError) as caught:
            App([], credentials=credentials)
        assert str(caught.value) == (
            "App: credentials is not made of a key and a secret; "
            "give a pair of texts, an object with client_key and client_secret, or None to take any"
        )

    def test_all_that_is_wrong_is_said_at_once(self) -> None:
        with pytest.raises(ValidationError) as caught:
            App(7, credentials="k", quota=-1, token_lifetime=0, latency=-1, faults=["cut", 7])  # type: ignore
        said = [problem.message.partition("=")[0].partition(" ")[0] for problem in caught.value.problems]
        assert said == ["videos", "credentials", "quota", "token_lifetime", "latency", "faults", "faults"]

    def test_a_quota_of_0_answers_nothing(self) -> None:
        assert ask(App(VIDEOS, quota=0), CATS).status == 429


class TestRefusals:
    @pytest.mark.parametrize(
        "body",
        [
            b"", b"{", b"[]", b"null", b"{}", b'{"query": {}, "query": {}}', b"\xff\xfe",
            json.dumps({**EXAMPLE, "max_count": 101}).encode(),
            json.dumps({**EXAMPLE, "end_date": "20230301"}).encode(),
            json.dumps({**EXAMPLE, "query": {"and": [{"field_name": "region_code"}]}}).encode(),
        ],
        ids=lambda body: body.decode("latin-1")[-40:],
    )  # fmt: skip
    def test_every_problem_that_checking_finds_is_in_the_message(self, body: bytes) -> None:
        reply = call(APP, QUERY_PATH, body, "fields=id")
        status, code, message = reply.error
        assert (status, code, reply.json["data"]) == (400, "invalid_params", {})
        document, problems = read(body)
        if document is not None or not problems:
            problems += request_errors(document)
        assert problems
        assert all(str(problem) in message and problem.path in message for problem in problems)

    def test_very_many_problems_are_not_all_spelt_out(self) -> None:
        values = [1] * 1_000
        condition = {"field_name": "username", "operation": "IN", "field_values": values}
        _, _, message = ask(APP, EVERYTHING, query={"and": [condition]}).error
        assert message.endswith("; and 980 more")

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("", "fields: no field is asked for"),
            ("fields=", "fields: no field is asked for"),
            ("fields=id,video_desc", "fields: 'video_desc' is not a field of a Video Object; it is spelt 'video_descr"),
        ],
    )
    def test_fields_are_checked_too(self, query: str, message: str) -> None:
        reply = call(APP, QUERY_PATH, EVERYTHING.to_json().encode(), query)
        assert reply.status == 400
        assert reply.error[2].startswith(message)

    def test_a_request_with_only_warnings_is_answered(self) -> None:
        reply = call(APP, QUERY_PATH, EVERYTHING.to_json().encode(), "fields=id,username,id")
        assert set(reply.data["videos"][0]) == {"id", "username"}

    def test_either_spelling_of_favorites_is_answered_as_it_was_asked_for(self) -> None:
        for asked in ("favorites_count", "favourites_count"):
            reply = call(APP, QUERY_PATH, EVERYTHING.to_json().encode(), f"fields=id,{asked}")
            [count] = {VIDEOS[0].get("favorites_count"), VIDEOS[0].get("favourites_count")} - {None}
            assert reply.data["videos"][0] == {"id": IDS[0], asked: count}

    def test_the_vendors_example_is_answered(self) -> None:
        assert call(APP, QUERY_PATH, json.dumps(EXAMPLE).encode(), "fields=id").status == 200

    @pytest.mark.parametrize("path", ["/", "", QUERY_PATH[:-1], "/v2/research/user/info/", "/\xff"])
    def test_another_path_is_404(self, path: str) -> None:
        message = f"There is nothing at this path; the endpoints are {QUERY_PATH} and {TOKEN_PATH}"
        assert call(APP, path).error == (404, "invalid_params", message)

    @pytest.mark.parametrize("path", [QUERY_PATH, TOKEN_PATH])
    def test_another_method_is_405(self, path: str) -> None:
        reply = call(APP, path, method="GET")
        assert reply.error == (405, "invalid_params", "This endpoint takes POST, not GET")
        assert reply.headers["Allow"] == "POST"

    def test_a_body_of_another_type_is_refused(self) -> None:
        headers = {**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
        reply = call(APP, QUERY_PATH, EVERYTHING.to_json().encode(), "fields=id", headers=headers)
        message = "The Content-Type is 'application/x-www-form-urlencoded'; it has to be application/json"
        assert reply.error == (400, "invalid_params", message)

    @pytest.mark.parametrize(
        "media_type",
        ["Application/JSON; charset=utf-8", "text/plain", "text/plain;charset=UTF-8", "", None],
        ids=str,
    )
    def test_a_body_may_come_as_published_clients_send_it(self, media_type: str | None) -> None:
        headers = {"Authorization": "Bearer any"} | ({} if media_type is None else {"Content-Type": media_type})
        assert call(APP, QUERY_PATH, EVERYTHING.to_json().encode(), "fields=id", headers=headers).status == 200

    def test_a_key_that_is_null_counts_as_absent(self) -> None:
        nulls = dict.fromkeys(["cursor", "search_id", "is_random", "max_count"])
        query = {**EVERYTHING.query.to_dict(), "or": None, "and": []}
        expected = ask(APP, EVERYTHING, max_count=20).data
        assert ask(APP, EVERYTHING, query=query, **nulls).data["videos"] == expected["videos"]

    def test_a_required_key_that_is_null_is_missing(self) -> None:
        status, _, message = ask(APP, EVERYTHING, start_date=None).error
        assert status == 400
        assert "start_date" in message

    def test_a_body_that_is_too_long_is_refused_unread(self) -> None:
        reply = call(APP, QUERY_PATH, query="fields=id", headers={**HEADERS, "Content-Length": str(MAX_BODY + 1)})
        assert reply.error == (400, "invalid_params", "The body has 4,194,305 bytes; at most 4,194,304 are read")

    @pytest.mark.parametrize("length", ["", "-1", "many", "9" * 5_000])
    def test_a_body_of_unknown_length_is_refused(self, length: str) -> None:
        reply = call(APP, QUERY_PATH, query="fields=id", headers={**HEADERS, "Content-Length": length})
        message = "The request has no Content-Length, and no body is read without"
        assert reply.error == (400, "invalid_params", message)


class TestTokens:
    def test_any_pair_gets_a_token_when_there_are_no_credentials(self) -> None:
        app = App(VIDEOS)
        reply = ask_for_token(app)
        assert reply.status == 200
        assert {**reply.json, "access_token": ""} == {"access_token": "", "expires_in": 7200, "token_type": "Bearer"}
        assert ask(app, CATS, reply.json["access_token"]).status == 200
        assert app.tokens == 1

    @pytest.mark.parametrize("token", ["", " ", "\t"])
    def test_no_token_is_refused(self, token: str) -> None:
        message = "The access token is invalid or not found in the request"
        assert ask(APP, CATS, token).error == (401, "access_token_invalid", message)

    def test_another_scheme_is_refused(self) -> None:
        reply = call(APP, QUERY_PATH, b"{}", "fields=id", headers={**HEADERS, "Authorization": "Basic any"})
        assert reply.status == 401

    @pytest.mark.parametrize(
        "credentials",
        [("key", "secret"), SimpleNamespace(client_key="key", client_secret="secret")],
        ids=["pair", "object"],
    )
    def test_with_credentials_only_tokens_that_were_given_are_good(self, credentials: tuple[str, str]) -> None:
        app = App(VIDEOS, credentials=credentials)
        assert ask(app, CATS, "any").status == 401
        assert ask(app, CATS, ask_for_token(app).json["access_token"]).status == 200
        reply = ask_for_token(app, secret="other")
        assert (reply.status, reply.json["error"], app.tokens) == (401, "invalid_client", 1)
        assert reply.json["error_description"] == "The client key or the client secret is wrong"
        assert len(reply.json["log_id"]) == 34

    @pytest.mark.parametrize(
        ("given", "description"),
        [
            ({"grant": "password"}, "The body has to be a form with grant_type=client_credentials"),
            ({"key": ""}, "The body has to be a form with client_key and client_secret"),
            ({"secret": ""}, "The body has to be a form with client_key and client_secret"),
        ],
        ids=str,
    )
    def test_a_form_that_lacks_something_is_refused(self, given: dict[str, str], description: str) -> None:
        reply = ask_for_token(APP, **given)
        assert (reply.status, reply.json["error"]) == (401, "invalid_client")
        assert reply.json["error_description"] == description

    def test_a_token_expires(self) -> None:
        clock = Clock()
        app = App(VIDEOS, token_lifetime=60, now=clock)
        token = ask_for_token(app).json["access_token"]
        clock.move(seconds=59)
        assert ask(app, CATS, token).status == 200
        clock.move(seconds=1)
        assert ask(app, CATS, token).error[:2] == (401, "access_token_invalid")


class TestQuota:
    def test_it_is_counted_over_a_day_in_utc_and_over_all_that_ask(self) -> None:
        clock = Clock()
        app = App(VIDEOS, quota=2, now=clock)
        assert [ask(app, CATS, token).status for token in ("a", "b", "c")] == [200, 200, 429]
        message = "The quota of 2 calls a day is used up; it begins again at 00:00 UTC"
        assert ask(app, CATS).error == (429, "daily_quota_limit_exceeded", message)
        clock.move(hours=1)
        assert [ask(app, CATS).status for _ in range(3)] == [200, 200, 429]

    def test_every_query_is_counted_with_any_result(self) -> None:
        app = App(VIDEOS)
        replies = [ask(app, CATS), ask(app, CATS, max_count=0), ask(app, CATS, ""), call(app, "/"), ask_for_token(app)]
        assert [reply.status for reply in replies] == [200, 400, 401, 404, 200]
        assert (app.calls, app.tokens) == (3, 1)


class TestWsgi:
    @pytest.mark.parametrize("path", [QUERY_PATH, TOKEN_PATH, "/"])
    def test_it_keeps_to_the_standard(self, path: str) -> None:
        body = EVERYTHING.to_json().encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "fields=id",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/json",
            "HTTP_AUTHORIZATION": "Bearer any",
        }
        setup_testing_defaults(environ)
        answer = validator(App(VIDEOS))({**environ, "wsgi.input": BytesIO(body)}, lambda *_: lambda _: None)
        assert b"".join(answer)
        answer.close()  # type: ignore[attr-defined]

    def test_statuses_are_the_documented_ones(self) -> None:
        assert API_ERRORS["invalid_params"] == ask(APP, CATS, max_count=0).status
        assert API_ERRORS["access_token_invalid"] == ask(APP, CATS, "").status

    def test_a_log_id_begins_with_the_time(self) -> None:
        log_id = ask(App([], now=Clock()), CATS).json["error"]["log_id"]
        assert log_id.startswith("20240501230000")
        assert len(log_id) == 34

    def test_threads_do_not_disturb_each_other(self) -> None:
        app = App(VIDEOS)
        found: list[list[int]] = []

        def collect() -> None:
            found.append([video_id for data in pages(app, EVERYTHING) for video_id in ids(data)])

        threads = [threading.Thread(target=collect) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [IDS] * 8
        assert app.calls == 80
