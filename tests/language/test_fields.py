"""The fields: the result of each comparison, the accepted values, and the refused ones."""

from __future__ import annotations

import copy
import itertools
import operator
import pickle
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import querydsl
from querydsl import (
    CommentCount,
    Condition,
    CreateDate,
    EffectId,
    Expression,
    Field,
    Hashtag,
    Keyword,
    Length,
    MusicId,
    OrderedField,
    Region,
    Username,
    ValidationError,
    VideoId,
    ViewCount,
    any_of,
    parse,
    select,
    to_queries,
    to_query,
)
from querydsl.language import fields
from querydsl.language.fields import FIELD_OBJECTS, field_objects
from querydsl.showing import shown
from querydsl.tables import FIELDS, INT64_MAX, LENGTHS
from tests import documents, strategies

EVERY = {
    "create_date": CreateDate,
    "username": Username,
    "region_code": Region,
    "video_id": VideoId,
    "hashtag_name": Hashtag,
    "keyword": Keyword,
    "music_id": MusicId,
    "effect_id": EffectId,
    "video_length": Length,
    "view_count": ViewCount,
    "comment_count": CommentCount,
}
ORDERED = {name: field for name, field in EVERY.items() if isinstance(field, OrderedField)}
ORDERS = [operator.lt, operator.le, operator.gt, operator.ge]
FIRST, LAST = "20230101", "20230131"
DAY = date(2023, 1, 31)
TOKYO = timezone(timedelta(hours=9))
CAT, DOG = Keyword == "cat", Keyword == "dog"

with_field = pytest.mark.parametrize("field", EVERY.values(), ids=repr)
a_field_and_a_value = st.sampled_from(sorted(EVERY)).flatmap(
    lambda name: st.tuples(st.just(name), strategies.GIVEN[name])
)


NAMES = {**{name: getattr(querydsl, name) for name in querydsl.__all__}, "CAT": CAT}
NO_TRUTH = (
    "has no truth value: write & for and, | for or, ~ for not, Field.between(a, b) for a <= Field <= b, "
    "Field.in_(a, b) for Field in (a, b)"
)
VALUES_ONLY = "a field is compared with values; put parentheses round each comparison: (Region == …) & (…)"


def refusal_of(written: str, kind: type[Exception] = ValidationError) -> str:
    """The error text of a refused comparison."""
    with pytest.raises(kind) as refusal:
        eval(written, dict(NAMES))
    return str(refusal.value)


class Country(str, Enum):
    AMERICA = "US"


class Number(IntEnum):
    SEVEN = 7


class Index:
    """Counts as a number, like integers of NumPy."""

    def __index__(self) -> int:
        return 7


class TestFieldObjects:
    def test_there_is_one_for_each_documented_field(self):
        assert {name: repr(field) for name, field in FIELD_OBJECTS.items()} == {
            name: documented.title for name, documented in FIELDS.items()
        }
        assert {name: repr(field) for name, field in EVERY.items()} == {
            name: documented.title for name, documented in FIELDS.items()
        }

    @pytest.mark.parametrize("name", sorted(FIELDS))
    def test_each_is_imported_by_its_title(self, name):
        assert getattr(querydsl, FIELDS[name].title) is FIELD_OBJECTS[name]

    @pytest.mark.parametrize("name", sorted(FIELDS))
    def test_those_have_an_order_whose_values_the_tables_put_in_order(self, name):
        assert isinstance(FIELD_OBJECTS[name], OrderedField) is FIELDS[name].is_ordered

    def test_a_documented_field_without_one_is_refused(self):
        lengths = {name: value for name, value in vars(fields).items() if name != "Length"}
        with pytest.raises(NotImplementedError, match=r"^Length, the object for the field video_length, is missing$"):
            field_objects(lengths)

    def test_an_object_with_other_comparisons_than_the_tables_is_refused(self):
        with pytest.raises(NotImplementedError, match=r"^Length has to be an OrderedField: it takes \['EQ', 'IN'\]$"):
            field_objects({**vars(fields), "Length": Field(FIELDS["video_length"])})
        with pytest.raises(NotImplementedError, match=r"^Region has to be a plain Field: it takes \['EQ', 'IN'\]$"):
            field_objects({**vars(fields), "Region": OrderedField(FIELDS["region_code"])})


class TestComparing:
    @given(a_field_and_a_value)
    def test_equality_becomes_eq_of_the_text_as_sent(self, given_value):
        name, (value, text) = given_value
        condition = Condition(name, "EQ", (text,))
        assert (EVERY[name] == value) == EVERY[name].eq(value) == (value == EVERY[name]) == condition
        assert (EVERY[name] != value) == EVERY[name].ne(value) == (value != EVERY[name]) == ~condition

    @given(st.data(), st.sampled_from(sorted(EVERY)))
    def test_in_keeps_the_order_and_drops_repeats(self, data, name):
        values, texts = zip(*data.draw(st.lists(strategies.GIVEN[name], min_size=1, max_size=6)), strict=True)
        condition = Condition(name, "IN", tuple(dict.fromkeys(texts)))
        assert EVERY[name].in_(*values) == EVERY[name].in_(values) == EVERY[name].in_(iter(values)) == condition
        assert EVERY[name].not_in(*values) == EVERY[name].not_in(list(values)) == ~condition

    @pytest.mark.parametrize(
        ("written", "becomes"),
        [
            (CreateDate < LAST, [("LT", LAST)]),
            (CreateDate <= "2023-01-31", [("LTE", LAST)]),
            (CreateDate > DAY, [("GT", LAST)]),
            (CreateDate >= datetime(2023, 1, 31, 23, 59), [("GTE", LAST)]),
            (CreateDate.between(FIRST, DAY), [("GTE", FIRST), ("LTE", LAST)]),
            (CreateDate.between(LAST, LAST), [("GTE", LAST), ("LTE", LAST)]),
            (CreateDate >= "00010101", [("GTE", "00010101")]),
            (CreateDate <= date.max, [("LTE", "99991231")]),
        ],
        ids=repr,
    )
    def test_days_are_compared_by_the_api(self, written, becomes):
        terms = [Condition("create_date", operation, (day,)) for operation, day in becomes]
        assert written == (terms[0] if len(terms) == 1 else terms[0] & terms[1])

    @pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.__name__)
    @pytest.mark.parametrize("length", LENGTHS)
    def test_an_order_of_lengths_becomes_in_of_those_on_that_side(self, order, length):
        on_that_side = [other for place, other in enumerate(LENGTHS) if order(place, LENGTHS.index(length))]
        if on_that_side:
            assert order(Length, length) == Length.in_(on_that_side)
        else:
            with pytest.raises(ValidationError):
                order(Length, length)

    @pytest.mark.parametrize("ends", [*combinations(LENGTHS, 2), *zip(LENGTHS, LENGTHS, strict=True)], ids=" to ".join)
    def test_lengths_between_two_include_both(self, ends):
        first, last = map(LENGTHS.index, ends)
        assert Length.between(*ends) == Length.in_(LENGTHS[first : last + 1])

    @pytest.mark.parametrize(
        ("written", "becomes"),
        [
            (ViewCount < 1, [("LT", "1")]),
            (ViewCount <= "1000", [("LTE", "1000")]),
            (ViewCount > 1000, [("GT", "1000")]),
            (ViewCount >= 0, [("GTE", "0")]),
            (ViewCount <= INT64_MAX, [("LTE", str(INT64_MAX))]),
            (ViewCount.between(9, "10"), [("GTE", "9"), ("LTE", "10")]),
            (ViewCount.between(7, 7), [("GTE", "7"), ("LTE", "7")]),
        ],
        ids=repr,
    )
    def test_counts_are_compared_by_the_api(self, written, becomes):
        terms = [Condition("view_count", operation, (count,)) for operation, count in becomes]
        assert written == (terms[0] if len(terms) == 1 else terms[0] & terms[1])

    @pytest.mark.parametrize(
        ("name", "value"), [("create_date", LAST), ("video_length", "MID"), ("view_count", 7), ("comment_count", "7")]
    )
    def test_each_order_has_a_method_and_can_be_written_from_either_side(self, name, value):
        field = ORDERED[name]
        assert (field < value) == (value > field) == field.lt(value)
        assert (field <= value) == (value >= field) == field.lte(value)
        assert (field > value) == (value < field) == field.gt(value)
        assert (field >= value) == (value <= field) == field.gte(value)


class TestNoOrder:
    @pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.__name__)
    @pytest.mark.parametrize("name", sorted(EVERY.keys() - ORDERED.keys()))
    def test_only_days_lengths_and_counts_have_one(self, name, order):
        with pytest.raises(TypeError) as refusal:
            order(EVERY[name], "US")
        title, sign = repr(EVERY[name]), {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}[order.__name__]
        assert str(refusal.value) == (
            f"{title} {sign} 'US': only CreateDate, Length, ViewCount and CommentCount have an order; "
            f"for several values use {title}.in_(...)"
        )

    @pytest.mark.parametrize("method", ["lt", "lte", "gt", "gte"])
    def test_methods_of_order_exist_only_for_ordered_fields(self, method):
        with pytest.raises(TypeError, match="only CreateDate, Length, ViewCount and CommentCount have an order"):
            getattr(Region, method)("US")

    def test_between_exists_only_for_ordered_fields(self):
        with pytest.raises(
            TypeError,
            match=r"^Region.between\('FR', 'US'\): only CreateDate, Length, ",
        ):
            Region.between("FR", "US")


class TestHoldingNothing:
    @pytest.mark.parametrize(
        ("written", "why"),
        [
            ("Length > 'EXTRA_LONG'", "nothing lies there; write Length >= 'EXTRA_LONG' or == 'EXTRA_LONG'"),
            ("Length < 'SHORT'", "nothing lies there; write Length <= 'SHORT' or == 'SHORT'"),
            ("CreateDate > '99991231'", "nothing lies there; write CreateDate >= '99991231' or == '99991231'"),
            ("CreateDate < '0001-01-01'", "nothing lies there; write CreateDate <= '00010101' or == '00010101'"),
            ("ViewCount < 0", "nothing lies there; write ViewCount <= '0' or == '0'"),
            (
                f"CommentCount > {INT64_MAX}",
                f"nothing lies there; write CommentCount >= '{INT64_MAX}' or == '{INT64_MAX}'",
            ),
            ("ViewCount.between(10, 9)", "the first value is after the last; swap the two"),
            ("CreateDate.between('20230131', '20230101')", "the first value is after the last; swap the two"),
            ("Length.between('LONG', 'MID')", "the first value is after the last; swap the two"),
            ("Region.in_()", "there are no values; give at least one, such as 'FR'"),
        ],
    )
    def test_it_is_refused_at_once(self, written, why):
        assert refusal_of(written) == f"{written}: {why}"

    @pytest.mark.parametrize("parts", [("create_date", "LT", "00010101"), ("view_count", "LT", "0")], ids=repr)
    def test_a_document_can_contain_a_condition_that_no_value_meets(self, parts):
        name, operation, value = parts
        condition = Condition(name, operation, (value,))
        assert repr(condition) == f"Condition({name!r}, {operation!r}, ({value!r},))"
        assert parse(repr(condition)) == condition

    @pytest.mark.parametrize(
        "nothing", [[], (), set(), iter(()), ""[:0].split()], ids=lambda value: type(value).__name__
    )
    def test_an_empty_iterable_is_refused(self, nothing):
        with pytest.raises(ValidationError, match="there are no values"):
            Region.not_in(nothing)


class TestValues:
    @pytest.mark.parametrize(
        ("written", "why"),
        [
            ("Region == 'UK'", "'UK' is not a documented region code; the United Kingdom is 'GB'"),
            ("Region != 'us'", "'us' is not a documented region code; write 'US'"),
            ("Region.in_('US', 'Japan')", "'Japan' is not a documented region code; Japan is 'JP'"),
            ("Length >= 'short'", "'short' is not a documented video_length; write 'SHORT'"),
            ("Hashtag == '#cats'", "'#cats' begins with '#', which hashtag_name leaves out; write 'cats'"),
            ("Username == '@cats'", "'@cats' begins with '@', which username leaves out; write 'cats'"),
            ("CreateDate == '20231301'", "'20231301' is not a day of the calendar; write YYYYMMDD, such as '20230131'"),
            ("VideoId == '007'", "'007' is not the plain number that video_id takes; write '7'"),
            ("MusicId == 0", f"0 is out of range for music_id; ids are whole numbers from 1 to {INT64_MAX}"),
            ("ViewCount == -1", f"-1 is out of range for view_count; counts are whole numbers from 0 to {INT64_MAX}"),
            ("Hashtag == True", "True is not text; values are text, such as 'arianagrande'"),
            ("ViewCount >= None", "None is not text; values are text, such as '1000'"),
            ("ViewCount > 10.0", '10.0 is not text; write 10'),
            ("ViewCount == '007'", "'007' is not the plain number that view_count takes; write '7'"),
            ("EffectId == -1", f"-1 is out of range for effect_id; ids are whole numbers from 0 to {INT64_MAX}"),
        ],
    )  # fmt: skip
    def test_an_error_says_what_was_wrong_where_and_what_to_write(self, written, why):
        assert refusal_of(written) == f"{written}: {why}"

    def test_an_error_about_many_values_is_short(self):
        assert refusal_of("VideoId.in_(7, 2**63)") == (
            f"VideoId.in_(…): {2**63} is out of range for video_id; ids are whole numbers from 1 to {INT64_MAX}"
        )

    @pytest.mark.parametrize(
        ("comparison", "text"),
        [
            (Region == Country.AMERICA, "US"),
            (Keyword == Country.AMERICA, "US"),
            (VideoId == Number.SEVEN, "7"),
            (VideoId == Index(), "7"),
            (EffectId == 0, "0"),
            (MusicId == INT64_MAX, str(INT64_MAX)),
            (Keyword == " a\x00\n#@", " a\x00\n#@"),
            (CreateDate == datetime(2023, 2, 1, 8, 59, tzinfo=TOKYO), "20230131"),
            (CreateDate == datetime(2023, 2, 1, 9, tzinfo=TOKYO), "20230201"),
        ],
        ids=["text enum", "text enum as text", "int enum", "index", "no effect", "greatest id", "any characters",
             "a moment before midnight in UTC", "a moment at midnight in UTC"],
    )  # fmt: skip
    def test_a_value_becomes_plain_text(self, comparison, text):
        assert comparison.field_values == (text,)
        assert type(comparison.field_values[0]) is str

    @pytest.mark.parametrize(
        "value",
        [None, True, False, 1.0, float("nan"), 1j, Decimal(7), b"US", (), ["US"], {"US"}, {"US": 1}, object(), ..., "",
         " ", "\ufeff", "\ud800", "7\n", "\N{ARABIC-INDIC DIGIT SEVEN}", -1, 2**63, 1 << 20_000,
         datetime.min.replace(tzinfo=TOKYO)],
        ids=shown,
    )  # fmt: skip
    @pytest.mark.parametrize("name", sorted(EVERY.keys() - {"keyword", "username", "hashtag_name"}))
    def test_a_value_of_another_type_is_refused(self, name, value):
        for compare in (EVERY[name].eq, EVERY[name].ne, lambda value: EVERY[name].in_([value])):
            with pytest.raises(ValidationError):
                compare(value)

    @with_field
    @given(value=documents.junk)
    def test_any_value_at_all_gives_a_condition_or_a_validation_error(self, field, value):
        for compare in (field.eq, field.ne, field.in_, field.not_in):
            with suppress(ValidationError):
                assert isinstance(compare(value), Expression)

    @pytest.mark.parametrize("method", ["in_", "not_in"])
    def test_an_endless_iterable_is_refused(self, method):
        with pytest.raises(ValidationError) as refusal:
            getattr(VideoId, method)(itertools.count(1))
        assert str(refusal.value) == f"VideoId.{method}(…): more than 1,000,000 of them; give fewer"

    def test_ten_thousand_values_are_taken_at_once(self):
        assert VideoId.in_(range(1, 10_001)).field_values == tuple(map(str, range(1, 10_001)))


class TestTraps:
    """Mistakes with a field, and what Python does to it implicitly."""

    @pytest.mark.parametrize(
        ("written", "error"),
        [
            ("'US' in Region", "'US' in Region: write Region == 'US', or Region.in_(...) for several"),
            ("Region in {'US'}", "Region in a set, or as a key: for one of several values write Region.in_(...)"),
            ("{Region: 'US'}", "Region in a set, or as a key: for one of several values write Region.in_(...)"),
            ("Region in ('US', 'JP')", f"Region == 'US' {NO_TRUTH}"),
            ("'20230101' < CreateDate < '20230131'", f"CreateDate > '20230101' {NO_TRUTH}"),
            ("[*Region]", "Region has no values to go through: write Region.in_(...)"),
            ("not Region", "Region has no truth value: write & for and, | for or, ~ for not, "
                           "with parentheses round each comparison: (Region == …) & (…)"),
            ("Region == Hashtag", f"Region == Hashtag: {VALUES_ONLY}"),
            ("Region != CAT", f"Region != (Keyword == 'cat'): {VALUES_ONLY}"),
            ("CAT == Region", f"Region == (Keyword == 'cat'): {VALUES_ONLY}"),
            ("Region.in_(CAT)", f"Region.in_(Keyword == 'cat'): {VALUES_ONLY}"),
            ("Region.not_in('US', Length)", f"Region.not_in(Length): {VALUES_ONLY}"),
            ("Region == CAT & Hashtag", f"Region == ((Keyword == 'cat') & Hashtag): {VALUES_ONLY}"),
        ],
        ids=lambda text: text[:36],
    )  # fmt: skip
    def test_it_is_an_error_that_shows_the_right_spelling(self, written, error):
        assert refusal_of(written, TypeError) == error

    @with_field
    def test_numpy_leaves_operators_to_us(self, field):
        assert field.__array_ufunc__ is CAT.__array_ufunc__ is None

    @with_field
    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda field: pickle.loads(pickle.dumps(field))])
    def test_a_copy_compares_like_the_field(self, field, copied):
        value = {"region_code": "US", "video_length": "MID", "create_date": LAST}.get(field.field_name, "7")
        assert (copied(field) == value) == (field == value)


class TestPending:
    """A field after an expression waits for its comparison, because Python groups `x & F == v` as `(x & F) == v`."""

    @pytest.mark.parametrize("combine", [operator.and_, operator.or_], ids=["and", "or"])
    @given(a_field_and_a_value, strategies.expressions, st.booleans())
    def test_the_comparison_completes_the_whole(self, combine, given_value, before, negated):
        name, (value, _) = given_value
        field = EVERY[name]
        for compare in (field.__class__.eq, field.__class__.ne, field.__class__.in_, field.__class__.not_in):
            compared = compare(field, value)
            pending = combine(before, ~field if negated else field)
            assert compare(pending, value) == combine(before, ~compared if negated else compared)

    @pytest.mark.parametrize(
        ("name", "values"), [("create_date", (FIRST, LAST)), ("video_length", ("MID", "LONG")), ("view_count", (9, 10))]
    )
    @pytest.mark.parametrize("method", ["lt", "lte", "gt", "gte", "between"])
    def test_a_comparison_of_order_completes_the_whole(self, method, name, values):
        given_values = values if method == "between" else values[:1]
        compared = getattr(ORDERED[name], method)(*given_values)
        assert getattr(CAT | ~ORDERED[name], method)(*given_values) == CAT | ~compared

    @pytest.mark.parametrize("inner", [operator.and_, operator.or_])
    @pytest.mark.parametrize("outer", [operator.and_, operator.or_])
    def test_a_pending_expression_may_be_on_the_right(self, outer, inner):
        assert (outer(CAT, inner(DOG, ~Region)) == "US") == outer(CAT, inner(DOG, ~(Region == "US")))

    def test_it_can_be_completed_more_than_once(self):
        pending = CAT & ~Region
        assert [pending == "US", pending == "JP"] == [CAT & ~(Region == "US"), CAT & ~(Region == "JP")]

    def test_it_prints_as_it_was_written(self):
        assert repr((CAT | DOG) & ~Region) == "((Keyword == 'cat') | (Keyword == 'dog')) & ~Region"
        assert repr(CAT | ~DOG & Region) == "(Keyword == 'cat') | ~(Keyword == 'dog') & Region"
        assert repr(CAT & (~DOG | Region)) == "(Keyword == 'cat') & (~(Keyword == 'dog') | Region)"

    @pytest.mark.parametrize(
        "use",
        [
            lambda pending: ~pending, lambda pending: pending & CAT, lambda pending: pending | CAT, bool, hash, list,
            lambda pending: "US" in pending, any_of, lambda pending: any_of(CAT, pending), to_query, to_queries,
            select().where,
        ],
        ids=["negated", "on the left of &", "on the left of |", "asked for its truth", "hashed", "iterated", "searched",
             "grouped", "among others", "compiled to one", "compiled to several", "selected"],
    )  # fmt: skip
    def test_until_it_is_complete_it_can_only_be_completed(self, use):
        with pytest.raises(TypeError, match="Region"):
            use(CAT & ~Region)

    def test_negating_it_says_where_the_parentheses_go(self):
        with pytest.raises(TypeError) as refusal:
            ~(CAT & ~Region)
        assert str(refusal.value) == (
            "~((Keyword == 'cat') & ~Region): nothing is compared yet; write … & ~(Region == …)"
        )


class TestMethodsOfOtherLibraries:
    @pytest.mark.parametrize(
        ("field", "name", "hint"),
        [
            (
                Hashtag,
                "contains",
                "a text is compared as a whole, and Keyword == 'cat' finds any part of the description",
            ),
            (Region, "isin", "write Region.in_(...)"),
            (Region, "bogus", "its methods are eq, ne, in_ and not_in"),
            (CreateDate, "bogus", "its methods are eq, ne, in_ and not_in, lt, lte, gt, gte, between"),
        ],
    )
    def test_methods_of_other_libraries_get_a_hint(self, field, name, hint):
        with pytest.raises(AttributeError) as refusal:
            getattr(field, name)
        assert str(refusal.value) == f"{field!r} has no {name!r}; {hint}"

    def test_special_names_of_python_are_just_missing(self):
        assert not hasattr(Region, "__array__")
        assert copy.deepcopy(Region).field_name == pickle.loads(pickle.dumps(Region)).field_name == "region_code"
