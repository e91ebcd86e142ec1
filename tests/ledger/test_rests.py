"""The query of a day: conditions on create_date become days, and queries differ only by the rest."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import CreateDate, Hashtag, Length, Query, Region, matches
from querydsl.ledger import days as spans
from querydsl.ledger.rests import Rest, pieces

FIRST = date(2023, 1, 1)
WEEK = spans.span(FIRST.toordinal(), FIRST.toordinal() + 6)
CONDITIONS = st.sampled_from(
    [
        Region == "US",
        Region == "JP",
        Hashtag == "cat",
        *(CreateDate == FIRST + timedelta(n) for n in range(7)),
        CreateDate > FIRST + timedelta(2),
        CreateDate <= FIRST + timedelta(4),
    ]
)
LISTS = st.lists(CONDITIONS, max_size=3)


class TestPieces:
    @given(st.tuples(LISTS, LISTS, LISTS).filter(any), st.sampled_from(["US", "JP"]), st.booleans(), st.integers(0, 6))
    def test_they_mean_the_query_on_each_day(self, lists, region, tagged, number):
        query = Query(*lists)
        day = FIRST + timedelta(number)
        noon = (day - date(1970, 1, 1)).days * 86_400 + 43_200
        video = {"region_code": region, "hashtag_names": ["cat"] if tagged else [], "create_time": noon}
        found = pieces(query, WEEK)
        meant = [rest for rest, days in found if day.toordinal() in spans.each(days)]
        assert len(meant) <= 1
        held = any(rest.query is None or matches(rest.query.to_expression(), video) for rest in meant)
        assert held == matches(query.to_expression(), video)

    def test_no_day_falls_in_two(self):
        query = Query(or_=[CreateDate == FIRST, Region == "US"])
        assert [(rest.query, spans.count(days)) for rest, days in pieces(query, WEEK)] == [
            (None, 1),
            (Query(or_=[Region == "US"]), 6),
        ]


class TestKeys:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (Query([Region == "US", Hashtag == "cat"]), Query([Hashtag == "cat", Region == "US", Region == "US"])),
            (Query([Region.in_("US", "JP")]), Query([Region.in_("JP", "US")])),
            (Query([Region == "US"]), Query([Region.in_(["US"])])),
            (Query([Region == "US"]), Query(or_=[Region == "US"])),
        ],
    )
    def test_lists_and_values_are_sets(self, one, other):
        assert Rest.of(one).key == Rest.of(other).key

    @pytest.mark.parametrize(
        "other", [Query(not_=[Region == "US"]), Query([Region == "JP"]), Query([Region == "US", Hashtag == "cat"])]
    )
    def test_other_queries_have_others(self, other):
        assert Rest.of(Query([Region == "US"])).key != Rest.of(other).key

    def test_they_are_read_back(self):
        for query in (None, Query([Region == "US"], not_=[Length == "SHORT"])):
            assert Rest.from_text(Rest.of(query).text) == Rest.of(query)


class TestSent:
    def test_days_left_out_are_a_condition(self):
        rest = Rest.of(Query([Region == "US"]))
        assert rest.on(WEEK) == Query([Region == "US"])
        assert rest.on(spans.minus(WEEK, spans.span(FIRST.toordinal() + 2, FIRST.toordinal() + 3))) == Query(
            [Region == "US"], not_=[CreateDate.in_("20230103", "20230104")]
        )

    def test_every_video_is_asked_for_by_its_day(self):
        assert Rest.of(None).on(WEEK) == Query([CreateDate >= "20230101"])
