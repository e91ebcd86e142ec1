"""The algebra of value sets, compared with plain Python sets."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import Condition, Length, matcher, to_queries
from querydsl.spec.value_sets import Spans, Words, complement, days, join, limits, meet, value_set
from querydsl.spec.values import COUNTS, DAYS
from querydsl.tables import FIELDS, INT64_MAX, LENGTHS, OPERATIONS

#: The first and last days of the calendar, and some between.
CALENDAR = [
    *(date.min + timedelta(n) for n in range(4)),
    *(date(2023, 2, 26) + timedelta(n) for n in range(6)),
    *(date.max - timedelta(n) for n in range(4)),
]
EVERY_DAY = days(date.min, date.max)


def text(day: date) -> str:
    return day.isoformat().replace("-", "")


@st.composite
def day_sets(draw: st.DrawFn) -> Spans:
    """The union of the days that conditions on create_date allow."""
    parts = draw(
        st.lists(
            st.builds(
                lambda operation, day: value_set(FIELDS["create_date"], operation, [text(day)]),
                st.sampled_from(["EQ", "IN", "GT", "GTE", "LT", "LTE"]),
                st.sampled_from(CALENDAR),
            ),
            min_size=1,
            max_size=4,
        )
    )
    joined = join(parts)
    assert isinstance(joined, Spans)
    return joined


def inside(values: Spans) -> set[date]:
    """The days of CALENDAR that a set has."""
    return {day for day in CALENDAR if any(first <= day.toordinal() <= last for first, last in values.spans)}


open_words = st.builds(Words, st.frozensets(st.sampled_from("abcd")), st.booleans())
lengths = st.lists(st.sampled_from(LENGTHS)).map(lambda words: value_set(FIELDS["video_length"], "IN", words))


def spoken(values: Words) -> set[str]:
    """The words in a set, out of all words used here and one that is never used."""
    return {word for word in [*"abcde", *LENGTHS] if (word in values.texts) is not values.excluded}


class TestConditions:
    @pytest.mark.parametrize(
        ("operation", "first", "last"),
        [
            ("EQ", date(2023, 1, 31), date(2023, 1, 31)),
            ("GT", date(2023, 2, 1), date.max),
            ("GTE", date(2023, 1, 31), date.max),
            ("LT", date.min, date(2023, 1, 30)),
            ("LTE", date.min, date(2023, 1, 31)),
        ],
    )
    def test_an_operation_on_a_day_allows_the_days_on_its_side(self, operation, first, last):
        assert value_set(FIELDS["create_date"], operation, ["20230131"]) == days(first, last)

    @pytest.mark.parametrize(
        ("operation", "value", "left"),
        [
            ("LT", "00010101", Spans(())),
            ("LT", "00010102", days(date.min, date.min)),
            ("GT", "99991230", days(date.max, date.max)),
            ("GT", "99991231", Spans(())),
        ],
    )
    def test_there_is_nothing_beyond_the_calendar(self, operation, value, left):
        assert value_set(FIELDS["create_date"], operation, [value]) == left

    def test_days_next_to_each_other_are_one_span(self):
        allowed = value_set(FIELDS["create_date"], "IN", ["20230301", "20230228", "20230302", "20230304", "20230301"])
        assert allowed == join([days(date(2023, 2, 28), date(2023, 3, 2)), days(date(2023, 3, 4), date(2023, 3, 4))])
        assert len(allowed.spans) == 2

    def test_all_lengths_are_everything_and_any_number_of_names_is_not(self):
        assert value_set(FIELDS["video_length"], "IN", LENGTHS).is_full
        assert not value_set(FIELDS["username"], "IN", LENGTHS).is_full


class TestDays:
    @given(day_sets(), day_sets())
    def test_join_meet_and_complement_are_those_of_sets(self, one, other):
        assert inside(join([one, other])) == inside(one) | inside(other)
        assert inside(meet([one, other])) == inside(one) & inside(other)
        assert inside(complement(one)) == set(CALENDAR) - inside(one)

    @given(day_sets(), day_sets())
    def test_equal_sets_are_equal_objects(self, one, other):
        assert complement(complement(one)) == one
        assert complement(join([one, other])) == meet([complement(one), complement(other)])
        assert join([one, complement(one)]) == EVERY_DAY
        assert meet([one, complement(one)]).is_empty

    @given(day_sets(), day_sets())
    def test_overlaps_and_covers_agree_with_meet(self, one, other):
        assert one.overlaps(other) is not meet([one, other]).is_empty
        assert one.covers(other) is (meet([one, other]) == other)

    @given(day_sets())
    def test_full_and_empty_are_what_they_say(self, one):
        assert one.is_full is (one == EVERY_DAY)
        assert one.is_empty is (one == Spans(()))

    @given(st.sets(st.integers(0, 60), max_size=20))
    def test_texts_name_each_day_once_and_in_order(self, offsets):
        asked = [date(2023, 1, 1) + timedelta(offset) for offset in sorted(offsets)]
        allowed = value_set(FIELDS["create_date"], "IN", map(text, asked))
        assert isinstance(allowed, Spans)
        assert allowed.texts() == [text(day) for day in asked]

    def test_reaching_the_ends_of_the_calendar(self):
        assert EVERY_DAY.reaches_ends == (True, True)
        assert days(date.min, date(2023, 1, 1)).reaches_ends == (True, False)


class TestWords:
    @given(open_words, open_words)
    def test_join_meet_and_complement_are_those_of_sets(self, one, other):
        everything = {*"abcde", *LENGTHS}
        assert spoken(join([one, other])) == spoken(one) | spoken(other)
        assert spoken(meet([one, other])) == spoken(one) & spoken(other)
        assert spoken(complement(one)) == everything - spoken(one)
        assert one.overlaps(other) is not meet([one, other]).is_empty

    @given(lengths, lengths)
    def test_a_closed_table_is_complemented_within_itself(self, one, other):
        assert spoken(complement(one)) == set(LENGTHS) - spoken(one)
        assert complement(join([one, other])) == meet([complement(one), complement(other)])
        assert join([one, complement(one)]).is_full
        assert meet([one, complement(one)]).is_empty
        assert one.overlaps(other) is not meet([one, other]).is_empty


class TestLimits:
    def test_conditions_on_one_field_meet(self):
        left = limits([("create_date", "GTE", ("20230101",))], [("create_date", "GT", ("20230131",))]).left
        assert left == {"create_date": days(date(2023, 1, 1), date(2023, 1, 31))}

    def test_a_video_carries_several_hashtags_so_they_do_not_meet(self):
        held = limits([("hashtag_name", "EQ", ("a",)), ("hashtag_name", "EQ", ("b",))], [])
        assert not held.is_empty

    @pytest.mark.parametrize(
        ("required", "excluded"),
        [
            ([("username", "EQ", ("a",)), ("username", "EQ", ("b",))], []),
            ([("username", "IN", ("a", "b"))], [("username", "EQ", ("a",)), ("username", "EQ", ("b",))]),
            ([], [("video_length", "IN", LENGTHS)]),
            ([("create_date", "LT", ("00010101",))], []),
            ([("hashtag_name", "IN", ("a", "b"))], [("hashtag_name", "IN", ("b", "c", "a"))]),
            ([("hashtag_name", "IN", ("a", "b"))], [("hashtag_name", "IN", ("b", "a"))]),
        ],
        ids=[
            "two names",
            "all names excluded",
            "no length left",
            "before the calendar",
            "all hashtags excluded, and another",
            "just all hashtags excluded",
        ],
    )
    def test_they_know_when_nothing_is_left(self, required, excluded):
        assert limits(required, excluded).is_empty

    @pytest.mark.parametrize(
        ("parts", "is_allowed"),
        [
            (("region_code", "EQ", ("US",)), True),
            (("region_code", "IN", ("DE", "FR")), False),
            (("hashtag_name", "EQ", ("a",)), False),
            (("hashtag_name", "IN", ("a", "b")), True),
            (("username", "EQ", ("a",)), True),
            (("create_date", "LT", ("00010101",)), False),
        ],
        ids=str,
    )
    def test_limits_know_which_conditions_fit(self, parts, is_allowed):
        held = limits([("region_code", "IN", ("US", "JP"))], [("hashtag_name", "EQ", ("a",))])
        assert held.allows(parts) is is_allowed

    @pytest.mark.parametrize(
        ("required", "excluded", "is_full"),
        [
            ([], [("username", "IN", ("a",))], False),
            ([("video_length", "IN", LENGTHS)], [("create_date", "LT", ("00010101",))], True),
            ([("hashtag_name", "EQ", ("a",))], [], False),
            ([], [("hashtag_name", "EQ", ("a",))], False),
        ],
        ids=["not a name", "all lengths, no day excluded", "a hashtag", "not a hashtag"],
    )
    def test_they_know_when_every_video_meets_them(self, required, excluded, is_full):
        assert limits(required, excluded).is_full is is_full

    def test_nothing_fits_with_a_contradiction(self):
        left = limits([("username", "EQ", ("a",))], [("username", "EQ", ("a",))])
        assert not left.allows(("region_code", "EQ", ("US",)))


class TestUnknown:
    """The tables have entries that this module does not know: it refuses them, and so do its callers."""

    @pytest.fixture
    def _ordered_ids(self, monkeypatch):
        for name in ("video_id", "hashtag_name"):
            stated = attrs.evolve(FIELDS[name], operations=frozenset(OPERATIONS))
            monkeypatch.setitem(FIELDS, name, stated)

    @pytest.mark.usefixtures("_ordered_ids")
    @pytest.mark.parametrize("ask", [to_queries, matcher, lambda given: to_queries(given | (Length == "SHORT"))])
    @pytest.mark.parametrize("name", ["video_id", "hashtag_name"])
    def test_an_order_that_only_the_tables_state_is_refused(self, ask, name):
        with pytest.raises(NotImplementedError, match=f"which values {name} GT allows; what has no order"):
            ask(Condition(name, "GT", ["5"]))

    def test_a_new_operation_of_days_is_refused(self):
        with pytest.raises(NotImplementedError, match="does not know which values create_date NEAR allows"):
            value_set(FIELDS["create_date"], "NEAR", ["20230101"])

    def test_a_new_form_is_refused(self):
        field = attrs.evolve(FIELDS["username"], form="moon phase")
        with pytest.raises(NotImplementedError, match="username, of the form 'moon phase', allows"):
            value_set(field, "EQ", ["new"])

    def test_the_set_of_a_many_valued_field_has_the_carried_values(self):
        assert value_set(FIELDS["keyword"], "IN", ["a", "b"]) == frozenset({"a", "b"})


def test_the_days_are_the_calendar():
    assert (DAYS.text(DAYS.least), DAYS.text(DAYS.most)) == ("00010101", "99991231")
    assert DAYS.number("00010102") == DAYS.least + 1


#: Counts near the ends, and some between.
NUMBERS = [*range(8), INT64_MAX - 2, INT64_MAX - 1, INT64_MAX]

count_sets = st.lists(
    st.builds(
        lambda operation, number: value_set(FIELDS["view_count"], operation, [str(number)]),
        st.sampled_from(["EQ", "IN", "GT", "GTE", "LT", "LTE"]),
        st.sampled_from(NUMBERS),
    ),
    min_size=1,
    max_size=4,
).map(join)


def numbers(values: Spans) -> set[int]:
    """The counts of NUMBERS that a set has."""
    return {number for number in NUMBERS if any(first <= number <= last for first, last in values.spans)}


class TestCounts:
    @given(count_sets, count_sets)
    def test_join_meet_and_complement_are_those_of_sets(self, one, other):
        assert numbers(join([one, other])) == numbers(one) | numbers(other)
        assert numbers(meet([one, other])) == numbers(one) & numbers(other)
        assert numbers(complement(one)) == set(NUMBERS) - numbers(one)
        assert complement(complement(one)) == one

    def test_they_go_from_0_to_int64(self):
        assert join([value_set(FIELDS["view_count"], op, ["5"]) for op in ("LTE", "GT")]).is_full
        assert value_set(FIELDS["view_count"], "LT", ["0"]).is_empty
        assert value_set(FIELDS["view_count"], "GT", [str(INT64_MAX)]).is_empty

    def test_above_4_and_below_6_is_5(self):
        both = meet([value_set(FIELDS["view_count"], "GT", ["4"]), value_set(FIELDS["view_count"], "LT", ["6"])])
        assert both == value_set(FIELDS["view_count"], "EQ", ["5"])

    @pytest.mark.parametrize(
        ("sets", "is_listable"),
        [
            ([("IN", "5", "6")], True),
            ([("IN", "5", "6"), ("GT", "100")], False),
            ([("GTE", "5"), ("LTE", "6")], False),
            ([("IN", "5", "6", "7"), ("LTE", "6")], True),
            ([("GT", "4"), ("LT", "6")], True),
        ],
        ids=str,
    )
    def test_a_rewrite_may_list_listed_or_isolated_values(self, sets, is_listable):
        held = [value_set(FIELDS["view_count"], operation, values) for operation, *values in sets]
        assert (join if sets[-1][0] == "GT" else meet)(held).is_listable() is is_listable

    def test_counts_are_not_days(self):
        assert Spans((), COUNTS) != Spans((), DAYS)
