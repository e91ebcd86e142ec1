"""One documented request: its checks, its JSON both ways, its URL."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import given

from querydsl import ALL_FIELDS, Hashtag, Keyword, Length, Query, Region, Request, ValidationError, validate
from tests.documents import EXAMPLE, request, requests

QUERY = Query(Region == "US")


def refused(*args: object, **options: object) -> str:
    with pytest.raises(ValidationError) as refusal:
        Request(*args, **options)
    return str(refusal.value)


class TestFields:
    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            ("favourites_count", ("favorites_count",)),
            ("favorites_count", ("favorites_count",)),
            ("favourites_count,id,favorites_count", ("favorites_count", "id")),
            (["id", "favorites_count", "favourites_count"], ("id", "favorites_count")),
            ("id,id", ("id",)),
        ],
        ids=repr,
    )
    def test_each_is_sent_once_and_by_todays_name(self, given, sent):
        assert Request(QUERY, "20230101", "20230131", fields=given).fields == sent

    def test_video_id_is_how_an_id_comes_and_not_how_it_is_asked_for(self):
        with pytest.raises(ValidationError, match="'video_id' is not a field of a Video Object; it is spelt 'id'"):
            Request(QUERY, "20230101", "20230131", fields="video_id")


class TestConstructor:
    @pytest.mark.parametrize(
        "day",
        [
            date(2023, 1, 31),
            datetime(2023, 1, 31, 23, 59, 59),
            datetime(2023, 2, 1, 8, tzinfo=timezone(timedelta(hours=9))),
            "20230131",
            "2023-01-31",
        ],
        ids=str,
    )
    def test_days_in_any_form_are_dates_in_memory(self, day):
        made = Request(QUERY, day, day)
        assert (made.start_date, made.end_date) == (date(2023, 1, 31), date(2023, 1, 31))
        assert type(made.start_date) is date

    @pytest.mark.parametrize(
        "fields",
        ["id,create_time", " id, create_time", ["id", "create_time"], iter(("id", "create_time"))],
        ids=["text", "text with blanks", "list", "iterator"],
    )
    def test_fields_are_names_or_one_text(self, fields):
        assert Request(QUERY, "20230101", "20230101", fields).fields == ("id", "create_time")

    def test_all_fields_are_asked_for_unless_said(self):
        assert Request(QUERY, "20230101", "20230101").fields is ALL_FIELDS

    def test_names_newer_than_the_page_can_be_asked_for(self):
        assert Request(QUERY, "20230101", "20230101", "id,video_tag").fields == ("id", "video_tag")

    @pytest.mark.parametrize(
        ("args", "options", "text"),
        [
            (
                [QUERY, "20230230", "20230301"],
                {},
                "Request /start_date: '20230230' is not a day of the calendar; "
                "the last day of that month is '20230228'",
            ),
            (
                [QUERY, "20230201", "20230131"],
                {},
                "Request /end_date: the end 20230131 is before the start 20230201; swap the two",
            ),
            (
                [QUERY, "20230101", "20230301"],
                {},
                "Request /end_date: the end is 59 days after the start, and the API takes at most 30; send 2 requests: "
                "select().where(…).between(…).plan() or the option --between 20230101 20230301 cuts the days",
            ),
            (
                [QUERY, "20230101", 20230131],
                {},
                "Request /end_date: 20230131 is not a day; give a date, or a text such as '20230131'",
            ),
            (
                [Region == "US", "20230101", "20230131"],
                {},
                "Request /query: Region == 'US' is not a Query; to_query(...) makes one of an expression",
            ),
            ([QUERY, "20230101", "20230131"], {"max_count": 0}, "Request /max_count: 0 is outside 1 to 100; write 1"),
            (
                [QUERY, "20230101", "20230131"],
                {"search_id": ""},
                "Request /search_id: '' is blank; leave search_id out on the first request of a search",
            ),
            (
                [QUERY, "20230101", "20230131"],
                {"is_random": 1},
                "Request /is_random: 1 is neither true nor false; write true or false, without quotes",
            ),
            (
                [QUERY, "20230101", "20230131"],
                {"fields": "id,likes"},
                "fields: 'likes' is not a field of a Video Object; it is spelt 'like_count'",
            ),
            (
                [QUERY, "20230101", "20230131"],
                {"fields": 7},
                "fields: 7 is not a list of names; give names, or one text with commas: 'id,create_time'",
            ),
            (
                [QUERY, "x", "20230131"],
                {"max_count": 101, "cursor": -1},
                "Request: 3 problems\n"
                "  /start_date: 'x' is not a day; write YYYYMMDD, such as '20230131'\n"
                "  /max_count: 101 is outside 1 to 100; write 100\n"
                "  /cursor: -1 is outside 0 to 9223372036854775807; "
                "write the cursor of the answer before, or leave it out",
            ),
        ],
        ids=[
            "no such day",
            "order",
            "span",
            "a day as a number",
            "an expression",
            "too few",
            "a blank search_id",
            "a number for a bool",
            "a field",
            "no names",
            "several at once",
        ],
    )
    def test_undocumented_values_are_refused(self, args, options, text):
        assert refused(*args, **options) == text

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            Request(QUERY, "20230101", "20230131").cursor = 100

    def test_attrs_evolve_makes_a_changed_request(self):
        first = Request(QUERY, "20230101", "20230131", max_count=100)
        second = attrs.evolve(first, cursor=100, search_id="7201388525814961198")
        assert (first.cursor, second.cursor, second.max_count) == (None, 100, 100)
        with pytest.raises(ValidationError):
            attrs.evolve(first, end_date="20230201")


class TestDocuments:
    def test_the_example_of_the_page_is_read_and_written(self):
        query = Query([Region.in_("JP", "US"), Hashtag == "animal"], not_=Length == "SHORT")
        made = Request(query, "2023-01-01", "2023-01-15", max_count=100, cursor=0)
        assert made.to_dict() == json.loads(made.to_json()) == EXAMPLE
        assert Request.from_dict(EXAMPLE) == made

    def test_absent_parts_are_left_out(self):
        assert set(Request(QUERY, "20230101", "20230131").to_dict()) == {"query", "start_date", "end_date"}
        assert set(Request(QUERY, "20230101", "20230131", is_random=False, cursor=0).to_dict()) == {
            "query", "start_date", "end_date", "cursor", "is_random",
        }  # fmt: skip

    @given(requests())
    def test_round_trips_are_exact(self, body):
        for key in ("and", "or", "not"):
            if body["query"].get(key) == []:
                del body["query"][key]
        made = Request.from_dict(body, "id")
        assert made.to_dict() == body
        assert json.loads(made.to_json()) == json.loads(made.to_json(indent=4)) == body
        assert Request.from_json(made.to_json(), ["id"]) == made
        assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made
        assert len({made, Request.from_dict(body, "id")}) == 1
        assert not [problem for problem in validate(made.to_json()) if problem.severity == "error"]

    @given(requests())
    def test_its_json_is_one_line_of_ascii(self, body):
        text = Request.from_dict(body).to_json()
        assert text.isascii()
        assert text.isprintable()

    def test_fields_are_not_in_the_body(self):
        with pytest.raises(ValidationError) as refusal:
            Request.from_dict(request(fields="id"))
        assert str(refusal.value) == (
            "/fields: 'fields' is not a documented key; fields is a parameter of the URL: "
            "…/video/query/?fields=id,create_time"
        )


class TestUrl:
    def test_it_is_the_documented_one_with_the_fields(self):
        made = Request(QUERY, "20230101", "20230131", "id,video_description,create_time")
        assert made.url() == (
            "https://open.tiktokapis.com/v2/research/video/query/?fields=id,video_description,create_time"
        )

    @pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://127.0.0.1:8000/"])
    def test_its_host_may_be_another(self, base):
        made = Request(QUERY, "20230101", "20230131", "id")
        assert made.url(base) == "http://127.0.0.1:8000/v2/research/video/query/?fields=id"


class TestNotebook:
    def test_a_notebook_shows_the_escaped_request(self):
        html = Request(Query(Keyword == "<b>\x1b"), "20230101", "20230131", "id")._repr_html_()
        assert html.startswith("<pre><code>POST https://open.tiktokapis.com/v2/research/video/query/?fields=id\n\n{\n")
        assert "<b>" not in html
        assert "\x1b" not in html
        assert "&lt;b&gt;" in html
