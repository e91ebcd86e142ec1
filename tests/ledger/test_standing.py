"""The state of each day: exactly one of five."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl.ledger import days as spans
from querydsl.ledger.standing import Fields, Search, standing, utc_day

SOME = Fields(frozenset({"id"}))
MORE = Fields(frozenset({"id", "username"}))


def search(first, last, began, state="done", *, fields=SOME, number=1):
    return Search(number, spans.span(first, last), fields, state, began)


SEARCHES = st.lists(
    st.builds(
        lambda first, length, began, state, fields: search(
            first, first + length, max(began, first), state, fields=fields
        ),
        st.integers(1, 20),
        st.integers(0, 9),
        st.integers(1, 30),
        st.sampled_from(["done", "failed", "closed", "open"]),
        st.sampled_from([SOME, MORE]),
    ),
    max_size=6,
)


class TestStanding:
    @given(SEARCHES, st.integers(1, 30), st.sampled_from([SOME, MORE]))
    def test_each_day_is_in_exactly_one_state(self, searches, today, wanted):
        asked = spans.span(1, 25)
        found = standing(asked, searches, wanted, today)
        kinds = [found.done, found.unsettled, found.failed, found.to_ask, found.ahead]
        assert sorted(day for kind in kinds for day in spans.each(kind)) == spans.each(asked)
        assert not spans.minus(found.due, found.unsettled).spans

    def test_a_day_is_done_48_hours_after_its_end(self):
        found = standing(spans.span(1, 9), [search(1, 9, 10)], SOME, 10)
        assert (found.done, found.unsettled, found.due) == (spans.span(1, 7), spans.span(8, 9), spans.NONE)

    def test_an_unsettled_day_is_due_on_a_later_day(self):
        found = standing(spans.span(1, 9), [search(1, 9, 10)], SOME, 11)
        assert found.due == spans.span(8, 9)

    def test_a_failed_day_stays_failed_until_it_is_asked_again(self):
        searches = [search(1, 9, 10), search(9, 9, 11, "failed", number=2)]
        assert standing(spans.span(1, 9), searches, SOME, 11).failed == spans.span(9, 9)

    @pytest.mark.parametrize(("state", "fields"), [("open", MORE), ("closed", MORE), ("done", SOME)])
    def test_a_search_covers_only_if_it_is_done_and_asked_for_all_fields(self, state, fields):
        found = standing(spans.span(1, 9), [search(1, 9, 20, state, fields=fields)], MORE, 20)
        assert (found.done, found.to_ask) == (spans.NONE, spans.span(1, 9))

    def test_days_ahead_are_not_begun(self):
        assert standing(spans.span(1, 9), [], SOME, 4).ahead == spans.span(5, 9)


class TestFields:
    def test_more_cover_fewer(self):
        assert MORE.cover(SOME)
        assert not SOME.cover(MORE)

    def test_all_fields_of_an_earlier_version_cover_all_fields(self):
        then, now = Fields(frozenset({"id"}), named=False), Fields(frozenset({"id", "new"}), named=False)
        assert then.cover(now)
        assert not then.cover(Fields(frozenset({"id", "new"})))


def test_a_day_is_utc():
    assert utc_day(datetime(1970, 1, 1, 23, 59, tzinfo=timezone.utc)) == 719_163
