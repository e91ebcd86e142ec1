"""The wants of a plan: queries with all their days, for any requests."""

from __future__ import annotations

import attrs
import pytest

from querydsl import ALL_FIELDS, CreateDate, Hashtag, Region, ValidationError, select
from querydsl.collecting.wants import asking, request_of, with_queries
from querydsl.ledger import days as spans
from querydsl.ledger.recovery import Job
from querydsl.ledger.rests import Rest

PLAN = select("id").where(Region == "US").between("20230101", "20230331").plan()


class TestAsking:
    def test_a_query_has_all_its_days(self):
        asked = asking(PLAN)
        [want] = asked.wants
        assert (want.rest.query, spans.to_text(want.days)) == (PLAN[0].query, "2023-01-01/2023-03-31")
        assert (asked.requests, asked.text, want.longest, want.max_count) == (3, "Region == 'US'", 31, 100)

    def test_windows_are_as_long_as_those_of_the_plan(self):
        plan = select("id").where(Region == "US").between("20230101", "20230331").windows(7).plan()
        assert asking(plan).wants[0].longest == 7

    def test_conditions_on_create_date_are_days(self):
        plan = select("id").where(Region == "US", CreateDate != "20230105").between("20230101", "20230110").plan()
        [want] = asking(plan).wants
        assert spans.to_text(want.days) == "2023-01-01/2023-01-04,2023-01-06/2023-01-10"
        assert spans.to_text(want.bridges) == "2023-01-05/2023-01-05"

    def test_samples_are_counted_by_window(self):
        plan = select("id").where(Region == "US").between("20230101", "20230228").random(draws=3).plan()
        assert [(spans.count(want.days), want.draws) for want in asking(plan).wants] == [(31, 3), (28, 3)]

    def test_a_request_given_twice_is_one_but_a_random_one_is_two(self):
        request = PLAN[0]
        assert asking([request, request]).requests == 1
        assert asking([attrs.evolve(request, is_random=True)] * 2).wants[0].draws == 2

    def test_a_list_of_requests_has_no_expression(self):
        asked = asking(list(PLAN))
        assert (asked.expression, asked.text) == (None, "Region == 'US'")

    def test_a_part_of_a_search_is_refused(self):
        with pytest.raises(ValidationError, match="leave both out"):
            asking(attrs.evolve(PLAN[0], cursor=100, search_id="7"))


class TestFields:
    def test_id_and_time_and_fields_of_the_expression_are_asked_for(self):
        plan = select("username").where(Region == "US", Hashtag == "cat").on("20230101").plan()
        assert asking(plan).fields.names == {"id", "create_time", "username", "region_code", "hashtag_names"}

    def test_without_names_it_is_all_fields(self):
        fields = asking(select().where(Region == "US").on("20230101").plan()).fields
        assert (fields.names, fields.named) == (frozenset(ALL_FIELDS), False)


class TestRequests:
    def test_the_request_of_a_search_has_its_days_and_wanted_fields(self):
        [want] = asking(PLAN).wants
        found = request_of(want, Job(0, spans.from_text("2023-01-02/2023-01-05")))
        assert (found.query, found.start_date.day, found.end_date.day) == (PLAN[0].query, 2, 5)
        assert (set(found.fields), found.max_count, found.is_random) == (want.fields.names, 100, None)

    def test_that_of_a_sample_is_random(self):
        [want] = asking(PLAN[0]).wants
        assert request_of(want, Job(0, want.days, draw=True)).is_random is True


class TestOtherQueries:
    def test_they_take_the_place_of_those_of_some_days(self):
        asked = asking(PLAN)
        january = spans.from_text("2023-01-01/2023-01-31")
        halves = [Rest.of(attrs.evolve(PLAN[0].query, not_=[Hashtag == tag])) for tag in ("a", "b")]
        found = with_queries(asked, january, halves)
        assert [(want.rest, spans.count(want.days)) for want in found.wants] == [
            (asked.wants[0].rest, 59),
            *((half, 31) for half in halves),
        ]
