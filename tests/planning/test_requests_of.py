"""The input of a client: requests, or something else."""

from __future__ import annotations

import pytest

from querydsl import Region, select
from querydsl.planning.requests_of import one_request, requests_of, with_id

SELECTION = select("id").where(Region == "US").on("20230101")
REQUEST = SELECTION.request()

DICT = "Request.from_dict(...) makes one of a body"
JSON = "Request.from_json(...) makes one of a body in JSON"
QUERY = "Request(query, start_date, end_date) makes one of a query and days"
EXPRESSION = "select().where(...).between(...).plan() gives its requests"
COMPARISON = "select().where(...).between(...).plan() gives the requests of a comparison"


class TestOneRequest:
    def test_a_request_is_one(self):
        assert one_request(REQUEST, "send") is REQUEST

    @pytest.mark.parametrize(
        ("given", "what"),
        [
            (SELECTION.plan(), "a Plan: use videos(plan)"),
            (SELECTION, "a Selection: add .request()"),
            (REQUEST.to_dict(), f"a dict: {DICT}"),
            (REQUEST.to_json(), f"a str: {JSON}"),
            (REQUEST.query, f"a Query: {QUERY}"),
            (Region == "US", f"an expression: {EXPRESSION}"),
            (Region, f"an expression: {COMPARISON}"),
            ([REQUEST], "a list: use videos(...) for several"),
            (None, "a NoneType"),
        ],
    )
    def test_anything_else_is_refused_with_a_hint(self, given, what):
        with pytest.raises(TypeError) as caught:
            one_request(given, "send")
        assert str(caught.value) == f"send takes one Request, and this is {what}"


class TestRequestsOf:
    @pytest.mark.parametrize(
        ("given", "what"),
        [
            (SELECTION, "a Selection: add .plan()"),
            (REQUEST.to_dict(), f"a dict: {DICT}"),
            (REQUEST.to_json().encode(), f"a bytes: {JSON}"),
            (REQUEST.query, f"a Query: {QUERY}"),
            (Region == "US", f"an expression: {EXPRESSION}"),
            (Region, f"an expression: {COMPARISON}"),
            (7, "an int"),
        ],
    )
    def test_anything_else_is_refused_with_a_hint_alone_and_among_others(self, given, what):
        for wrong in (given, [REQUEST, given]):
            with pytest.raises(TypeError) as caught:
                list(requests_of(wrong, "collect"))
            assert str(caught.value) == f"collect takes requests, and this is {what}"

    def test_a_list_of_plans_is_refused(self):
        with pytest.raises(TypeError, match=r"^videos takes requests, and this is a Plan: give the plan by itself$"):
            list(requests_of([SELECTION.plan()], "videos"))

    def test_any_iterable_is_taken_one_by_one(self):
        taken = []
        requests = requests_of((taken.append(number) or REQUEST for number in range(3)), "videos")
        assert (next(requests), taken) == (REQUEST, [0])

    def test_a_request_alone_and_a_plan_are_taken(self):
        assert list(requests_of(REQUEST, "videos")) == list(requests_of(SELECTION.plan(), "videos")) == [REQUEST]


class TestWithId:
    def test_a_missing_id_is_added_as_the_first_field(self):
        assert with_id(select("username").where(Region == "US").on("20230101").request()).fields == ("id", "username")

    def test_a_request_that_has_it_stays_as_it_is(self):
        assert with_id(REQUEST) is REQUEST
