"""One value from outside: its text as sent, or its problem."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone, tzinfo
from enum import Enum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from querydsl import ValidationError
from querydsl.showing import shown
from querydsl.spec.values import ACCEPTS, BLANKS, SCALES, as_day, as_text, day, day_text, fault, selects_nothing
from querydsl.tables import FIELDS, INT64_MAX, LENGTHS, REGION_CODES

TOKYO = timezone(timedelta(hours=9))


class Tongue(str, Enum):
    """A text enum with a hash of its name, as in users' code."""

    AMERICAN = "US"


class TestDays:
    @given(st.dates())
    def test_a_day_is_read_back_from_its_text(self, given_day):
        assert day(day_text(given_day)) == given_day

    @pytest.mark.parametrize(
        "value",
        [
            date(2023, 1, 31),
            datetime(2023, 1, 31, 23, 59),
            datetime(2023, 2, 1, 8, 59, tzinfo=TOKYO),
            "20230131",
            "2023-01-31",
        ],
        ids=["a date", "a moment without zone", "a moment elsewhere", "as sent", "with dashes"],
    )
    def test_each_spelling_of_a_day_is_taken(self, value):
        assert as_day(value) == date(2023, 1, 31)
        assert as_text(FIELDS["create_date"], value) == "20230131"

    @pytest.mark.parametrize(
        ("moment", "zone"),
        [(datetime.max, timezone(timedelta(hours=-9))), (datetime.min, TOKYO)],
        ids=["after 9999", "before 1"],
    )
    def test_a_moment_whose_day_in_utc_does_not_exist_is_refused(self, moment, zone):
        with pytest.raises(ValidationError) as refusal:
            as_day(moment.replace(tzinfo=zone))
        assert str(refusal.value) == "a moment whose day in UTC is not in the years 1 to 9999; give the day itself"

    @pytest.mark.parametrize("value", [None, 20230131, b"20230131"], ids=repr)
    def test_text_that_is_not_a_day_is_refused(self, value):
        with pytest.raises(ValidationError, match=r"is not a day; give a date, or a text such as '20230131'$"):
            as_day(value)
        assert as_text(FIELDS["create_date"], value) is value

    @pytest.mark.parametrize("text", ["2023/01/31", "2023-0131", "2023-01/31", "2023 01 31"])
    def test_only_dashes_may_stand_between(self, text):
        with pytest.raises(ValidationError):
            as_day(text)
        assert as_text(FIELDS["create_date"], text) == text

    @pytest.mark.parametrize("value", [date(2023, 1, 31), 7], ids=repr)
    def test_to_a_text_nothing_else_is_made(self, value):
        assert as_text(FIELDS["keyword"], value) is value

    def test_a_zone_without_an_offset_is_ignored(self):
        class Nowhere(tzinfo):
            def utcoffset(self, _moment):
                return None

        assert as_day(datetime(2023, 1, 31, 23, tzinfo=Nowhere())) == date(2023, 1, 31)

    @given(st.text(alphabet="0123456789\u0660\u0661\uff11- \n", min_size=8, max_size=9))
    @example("20230229")
    @example("20240229")
    @example("00000101")
    @example("2023010\u0661")
    @example("20230101\n")
    def test_it_has_eight_ascii_digits_that_are_in_the_calendar(self, text):
        try:
            known = date(int(text[:4]), int(text[4:6]), int(text[6:])) and len(text) == 8 and text.isascii()
        except ValueError:
            known = False
        assert ACCEPTS["create_date"](text) is bool(known and text.isdigit())


class TestIds:
    @given(st.integers(-5, 5) | st.integers(INT64_MAX - 5, INT64_MAX + 5) | st.integers())
    def test_they_are_positive_int64(self, number):
        assert ACCEPTS["video_id"](str(number)) is (1 <= number <= INT64_MAX)
        assert ACCEPTS["effect_id"](str(number)) is (0 <= number <= INT64_MAX)

    @pytest.mark.parametrize("text", ["", "07", "00", "+7", " 7", "7\n", "7.0", "1e3", "\u0667", "\uff17", "7_0", "²"])
    def test_they_are_plain_ascii_digits(self, text):
        assert not ACCEPTS["effect_id"](text)

    def test_python_callers_give_ints(self):
        assert as_text(FIELDS["video_id"], 6978662169214864645) == "6978662169214864645"

    @pytest.mark.parametrize("number", [0, -1, 2**63, 10**5000], ids=["0", "-1", "2**63", "5001 digits"])
    def test_an_int_out_of_range_is_refused_at_once(self, number):
        with pytest.raises(ValidationError, match="out of range for music_id; ids are whole numbers from 1 to 92233"):
            as_text(FIELDS["music_id"], number)


class TestCounts:
    @given(st.integers(-5, 5) | st.integers(INT64_MAX - 5, INT64_MAX + 5) | st.integers())
    def test_they_are_whole_numbers_from_0_to_int64(self, number):
        assert ACCEPTS["view_count"](str(number)) is (0 <= number <= INT64_MAX)

    @pytest.mark.parametrize("text", ["", "07", "00", "+7", " 7", "7\n", "7.0", "1e3", "1,000", "\u0667", "7_0", "²"])
    def test_they_are_plain_ascii_digits(self, text):
        assert not ACCEPTS["comment_count"](text)

    @pytest.mark.parametrize(("number", "text"), [(0, "0"), (1000, "1000"), (INT64_MAX, str(INT64_MAX))])
    def test_python_callers_give_ints(self, number, text):
        assert as_text(FIELDS["view_count"], number) == text

    @pytest.mark.parametrize("number", [-1, 2**63], ids=["-1", "2**63"])
    def test_an_int_out_of_range_is_refused_at_once(self, number):
        with pytest.raises(ValidationError, match="out of range for view_count; counts are whole numbers from 0 to 92"):
            as_text(FIELDS["view_count"], number)

    @pytest.mark.parametrize("value", [True, 1.0, None], ids=repr)
    def test_other_values_are_not_converted(self, value):
        assert as_text(FIELDS["view_count"], value) is value


class TestOrder:
    @pytest.mark.parametrize(
        ("name", "operation", "value", "is_nothing"),
        [
            ("create_date", "LT", "00010101", True),
            ("create_date", "LT", "00010102", False),
            ("create_date", "LTE", "00010101", False),
            ("create_date", "GT", "99991231", True),
            ("create_date", "GT", "00010101", False),
            ("view_count", "LT", "0", True),
            ("view_count", "LT", "1", False),
            ("view_count", "GTE", "0", False),
            ("view_count", "GT", str(INT64_MAX), True),
            ("view_count", "GT", "0", False),
            ("view_count", "EQ", "0", False),
            ("video_length", "LT", "SHORT", False),
        ],
    )
    def test_nothing_is_below_the_least_or_above_the_greatest(self, name, operation, value, is_nothing):
        assert selects_nothing(FIELDS[name], operation, value) is is_nothing

    @given(st.dates())
    def test_days_are_in_the_order_of_the_calendar(self, given_day):
        scale = SCALES["day"]
        assert scale.text(scale.number(day_text(given_day))) == day_text(given_day)
        assert scale.least <= scale.number(day_text(given_day)) == given_day.toordinal() <= scale.most


class TestTables:
    @pytest.mark.parametrize(("name", "table"), [("region_code", REGION_CODES), ("video_length", LENGTHS)])
    @given(st.text(max_size=10))
    @example("US\n")
    @example("us")
    @example("SHORT ")
    def test_a_word_is_in_its_table_or_refused(self, name, table, word):
        assert ACCEPTS[name](word) is (word in table)
        assert all(map(ACCEPTS[name], table))

    def test_a_constant_of_a_text_enum_counts_as_its_text(self):
        assert ACCEPTS["region_code"](Tongue.AMERICAN)
        assert type(as_text(FIELDS["region_code"], Tongue.AMERICAN)) is str


class TestTexts:
    def test_blank_is_white_space_in_python_or_in_ecmascript(self):
        python = {chr(code) for code in range(0x110000) if chr(code).isspace()}
        assert set(BLANKS) == python | {"\ufeff"}

    @given(st.text(alphabet=BLANKS, max_size=5))
    def test_a_blank_text_says_nothing(self, text):
        assert not ACCEPTS["keyword"](text)
        assert fault(FIELDS["keyword"], text).message.endswith(" is blank")

    @given(st.text(min_size=1))
    @example("\0")
    @example("#")
    @example("\u200b")
    def test_any_other_text_is_a_keyword(self, text):
        assert ACCEPTS["keyword"](text) is (text.strip(BLANKS) != "")

    @pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\ud83d\ude00"], ids=ascii)
    @pytest.mark.parametrize("name", ["keyword", "hashtag_name", "username"])
    def test_half_a_character_is_refused(self, name, text):
        assert not ACCEPTS[name](text)
        assert "half a character" in fault(FIELDS[name], text).message

    def test_a_text_that_looks_like_a_day_stays_a_text(self):
        assert as_text(FIELDS["keyword"], "2023-01-31") == "2023-01-31"

    @pytest.mark.parametrize(("name", "text"), [("hashtag_name", "#a"), ("username", "@a")])
    def test_a_sigil_before_a_name_is_refused(self, name, text):
        assert not ACCEPTS[name](text)
        assert ACCEPTS[name](text[::-1])
        assert ACCEPTS["keyword"](text)


class TestFaults:
    @pytest.mark.parametrize(
        ("name", "value", "why"),
        [
            ("region_code", "UK", "is not a documented region code; the United Kingdom is 'GB'"),
            ("region_code", "us", "is not a documented region code; write 'US'"),
            ("region_code", "CHE", "is not a documented region code; Switzerland is 'CH'"),
            ("region_code", "Atlantis", "is not a documented region code; region codes are two capitals, such as 'US'"),
            ("video_length", "short", "is not a documented video_length; write 'SHORT'"),
            ("video_length", "extra long", "is not a documented video_length; write 'EXTRA_LONG'"),
            ("create_date", "2023/01/31", "is not written as the API writes days; write '20230131'"),
            ("create_date", "2023-01-31T12:00Z", "is not written as the API writes days; write '20230131'"),
            ("create_date", "20230101\n", "is not written as the API writes days; write '20230101'"),
            ("create_date", "20230101\t", "is not written as the API writes days; write '20230101'"),
            ("create_date", "\u00a020230101", "is not written as the API writes days; write '20230101'"),
            ("create_date", "2023\u201301\u201331", "is not written as the API writes days; write '20230131'"),
            ("create_date", "31\u221201\u22122023", "is not written as the API writes days; write '20230131'"),
            (
                "create_date",
                "\uff12\uff10\uff12\uff13\uff10\uff11\uff13\uff11",
                "is not written as the API writes days; write '20230131'",
            ),
            (
                "create_date",
                "\u0662\u0660\u0662\u0663\u0660\u0661\u0663\u0661",
                "is not written as the API writes days; write '20230131'",
            ),
            ("create_date", "20230231 ", "is not a day of the calendar; the last day of that month is '20230228'"),
            ("create_date", "20230231", "is not a day of the calendar; the last day of that month is '20230228'"),
            ("create_date", "20230431", "is not a day of the calendar; the last day of that month is '20230430'"),
            ("create_date", "20231301", "is not a day of the calendar; write YYYYMMDD, such as '20230131'"),
            ("create_date", "20230132", "is not a day of the calendar; the last day of that month is '20230131'"),
            ("create_date", "20231232", "is not a day of the calendar; the last day of that month is '20231231'"),
            ("create_date", "20240230", "is not a day of the calendar; the last day of that month is '20240229'"),
            ("create_date", "20230229", "is not a day of the calendar; the last day of that month is '20230228'"),
            ("create_date", "20230200", "is not a day of the calendar; write YYYYMMDD, such as '20230131'"),
            ("create_date", "00000131", "is not a day of the calendar; write YYYYMMDD, such as '20230131'"),
            ("create_date", "20230031", "is not a day of the calendar; write YYYYMMDD, such as '20230131'"),
            ("create_date", "yesterday", "is not a day; write YYYYMMDD, such as '20230131'"),
            ("create_date", "tomorrow", "is not a day; write YYYYMMDD, such as '20230131'"),
            ("create_date", "31/01/2023", "is not written as the API writes days; write '20230131'"),
            ("create_date", "31/13/2023", "is not a day; write YYYYMMDD, such as '20230131'"),
            ("create_date", "2023013", "is not a day; write YYYYMMDD, such as '20230131'"),
            ("create_date", "2023013\u0661", "is not written as the API writes days; write '20230131'"),
            ("video_id", "007", "is not the plain number that video_id takes; write '7'"),
            ("video_id", "0", f"is out of range for video_id; write a whole number from 1 to {INT64_MAX}, in digits"),
            ("effect_id", "00", "is not the plain number that effect_id takes; write '0'"),
            ("keyword", "\ud800", "has half a character (a lone surrogate), which no request can carry; remove it"),
            ("video_id", "\u0667", f"is not an id; write a whole number from 1 to {INT64_MAX}, in digits"),
            ("video_id", "0" * 61 + "7", f"is not an id; write a whole number from 1 to {INT64_MAX}, in digits"),
            ("video_id", "@a/video/0", f"is not an id; write a whole number from 1 to {INT64_MAX}, in digits"),
            ("music_id", "@a/video/7", f"is not an id; write a whole number from 1 to {INT64_MAX}, in digits"),
            ("video_id", "x", f"is not an id; write a whole number from 1 to {INT64_MAX}, in digits"),
            ("hashtag_name", "##cats", "begins with '#', which hashtag_name leaves out; write 'cats'"),
            ("username", "@", "begins with '@', which username leaves out; write the name, such as 'cookie_love_122'"),
            ("keyword", " ", "is blank; give some text, such as 'tiktok', or leave the condition out"),
            ("video_id", 7, 'is not text; write it as text: "7"'),
            ("effect_id", 0, 'is not text; write it as text: "0"'),
            ("video_id", INT64_MAX, f'is not text; write it as text: "{INT64_MAX}"'),
            ("video_id", 0, "is not text; values are text, such as '6978662169214864645'"),
            ("video_id", True, "is not text; values are text, such as '6978662169214864645'"),
            ("region_code", 7, "is not text; values are text, such as 'FR'"),
            ("video_id", 7.0, 'is not text; write it as text: "7"'),
            ("view_count", "-1", f"is not a count; write a whole number from 0 to {INT64_MAX}, in digits"),
            ("view_count", "1.5", f"is not a count; write a whole number from 0 to {INT64_MAX}, in digits"),
            ("view_count", "1,000", "is not the plain number that view_count takes; write '1000'"),
            ("view_count", "1 234 567", "is not the plain number that view_count takes; write '1234567'"),
            ("view_count", "1,00", f"is not a count; write a whole number from 0 to {INT64_MAX}, in digits"),
            ("view_count", "007", "is not the plain number that view_count takes; write '7'"),
            (
                "view_count",
                str(2**63),
                f"is out of range for view_count; write a whole number from 0 to {INT64_MAX}, in digits",
            ),
            ("view_count", True, "is not text; values are text, such as '1000'"),
            ("view_count", 1000.0, 'is not text; write it as text: "1000"'),
            ("view_count", 1.5, "is not text; write it as text, digit by digit, such as '1000': a float loses digits"),
            ("video_length", 60, "is not text; 60 seconds are 'MID'"),
            ("region_code", None, "is not text; values are text, such as 'FR'"),
            ("keyword", ["cat"], "is not text; write its values themselves, without a list inside the list"),
        ],
    )
    def test_a_fault_has_the_value_the_reason_and_the_fix(self, name, value, why):
        problem = fault(FIELDS[name], value)
        assert (problem.severity, str(problem)) == ("error", f"{shown(value)} {why}")

    @pytest.mark.parametrize(
        ("ask", "code"),
        [
            (lambda: as_day("2023"), "date"),
            (lambda: as_day(7), "type"),
            (lambda: as_day(datetime.max.replace(tzinfo=timezone(timedelta(hours=-9)))), "date"),
            (lambda: as_text(FIELDS["video_id"], 0), "id"),
            (lambda: as_text(FIELDS["view_count"], -1), "count"),
        ],
        ids=["a text", "no text", "a moment", "an id", "a count"],
    )
    def test_raised_errors_have_their_code(self, ask, code):
        with pytest.raises(ValidationError) as refusal:
            ask()
        assert [(problem.severity, problem.code) for problem in refusal.value.problems] == [("error", code)]

    def test_an_id_that_was_read_as_a_float_is_beyond_repair(self):
        hint = fault(FIELDS["video_id"], 6.978662169214864e18).hint
        assert hint == "write it as text, digit by digit, such as '6978662169214864645': a float loses digits"

    def test_a_float_is_exact_below_2_to_the_53(self):
        assert fault(FIELDS["video_id"], 2.0**53 - 1).hint == 'write it as text: "9007199254740991"'
        assert "a float loses digits" in str(fault(FIELDS["video_id"], 2.0**53).hint)

    def test_the_address_of_a_video_holds_its_id(self):
        address = "https://www.tiktok.com/@cookie_love_122/video/6978662169214864645?lang=en"
        problem = fault(FIELDS["video_id"], address)
        assert problem.hint == "write '6978662169214864645'"
        assert problem.message.endswith("… is the address of a video, not its id")

    def test_addresses_of_any_length_are_recognised(self):
        address = "https://www.tiktok.com/@" + "a" * 10_000 + "/video/6978662169214864645"
        assert fault(FIELDS["video_id"], address).hint == "write '6978662169214864645'"

    def test_a_long_text_that_starts_with_a_day_is_not_a_day(self):
        assert fault(FIELDS["create_date"], "2023-01-31" + "!" * 50).hint == "write '20230131'"
        assert fault(FIELDS["create_date"], "2023-01-31" + "!" * 51).hint == "write YYYYMMDD, such as '20230131'"

    @pytest.mark.parametrize("name", sorted(FIELDS))
    @given(st.text() | st.integers() | st.none() | st.floats() | st.lists(st.text()) | st.binary())
    def test_every_refused_value_has_one(self, name, value):
        if not ACCEPTS[name](value):
            problem = fault(FIELDS[name], value)
            assert problem.code == ("type" if not isinstance(value, str) else FIELDS[name].code)
            assert problem.hint
