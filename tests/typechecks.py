"""Only type-checked, never run: how a type checker judges code that uses querydsl.

Each `type: ignore` is an error that the type checker must report: strict mode refuses an unused one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

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
    Plan,
    Problem,
    Query,
    Region,
    Request,
    Selection,
    Username,
    VideoId,
    ViewCount,
    all_of,
    any_of,
    json_schema,
    matcher,
    matches,
    none_of,
    parse,
    select,
    to_queries,
    to_query,
    validate,
    validate_fields,
)

if TYPE_CHECKING:
    from typing_extensions import assert_type

    from querydsl.tables import LengthName, RegionCode


def fields_are_typed_by_what_they_are_compared_with() -> None:
    assert_type(CreateDate, OrderedField[date | str])
    assert_type(Username, Field[str])
    assert_type(Region, Field[RegionCode])
    assert_type(VideoId, Field[int | str])
    assert_type(Hashtag, Field[str])
    assert_type(Keyword, Field[str])
    assert_type(MusicId, Field[int | str])
    assert_type(EffectId, Field[int | str])
    assert_type(Length, OrderedField[LengthName])
    assert_type(ViewCount, OrderedField[int | str])
    assert_type(CommentCount, OrderedField[int | str])


def comparisons_are_expressions() -> None:
    assert_type(Region == "US", Expression)
    assert_type(Region != "US", Expression)
    assert_type(Region.in_("US", "JP"), Expression)
    assert_type(Region.not_in(["US", "JP"]), Expression)
    assert_type(VideoId == 7, Expression)
    assert_type(CreateDate > date(2023, 1, 1), Expression)
    assert_type(CreateDate <= datetime(2023, 1, 1), Expression)
    assert_type(CreateDate.between("20230101", "20230131"), Expression)
    assert_type(Length >= "LONG", Expression)
    assert_type(Length.between("SHORT", "MID"), Expression)
    assert_type(ViewCount > 1000, Expression)
    assert_type(CommentCount.between(1, "9"), Expression)


def wrong_values_are_errors() -> None:
    us = Region == "US"
    Region.eq("UK")  # type: ignore[arg-type]
    Region.in_("US", "UK")  # type: ignore[arg-type]
    Region.not_in(["us"])  # type: ignore[list-item]
    Length > "HUGE"  # type: ignore[operator]
    Length.between("SHORT", "BIG")  # type: ignore[arg-type]
    VideoId.in_(7.0)  # type: ignore[arg-type]
    CreateDate >= 20230101  # type: ignore[operator]
    ViewCount > 1.5  # type: ignore[operator]
    # for == and != with a wrong value, a type checker infers a bool, which is an error wherever it is used
    to_query(Region == "UK")  # type: ignore[arg-type]
    to_query(Length != "SHRT")  # type: ignore[arg-type]
    select().where(us, Keyword == 7)  # type: ignore[arg-type]
    us & (Length == "short")  # type: ignore[operator]
    (Length == "short") & us  # type: ignore[operator]


def order_is_for_days_lengths_and_counts() -> None:
    Region < "US"  # type: ignore[operator]
    Hashtag >= "cat"  # type: ignore[operator]
    Username.between("a", "b")  # type: ignore[arg-type]
    Region.lt("US")  # type: ignore[arg-type]


def combinations_are_expressions() -> None:
    us, short = Region == "US", Length == "SHORT"
    assert_type(us & short, Expression)
    assert_type(us | ~short, Expression)
    assert_type(all_of(us, short), Expression)
    assert_type(any_of([us, short]), Expression)
    assert_type(none_of(term for term in (us, short)), Expression)
    assert_type(us & ~Length == "SHORT", Expression)
    assert_type(parse("region_code == 'US'"), Expression)


def traps_are_errors() -> None:
    us = Region == "US"
    us & "SHORT"  # type: ignore[operator]
    us | 7  # type: ignore[operator]
    all_of("US")  # type: ignore[arg-type]
    select().where("region_code == 'US'")  # type: ignore[arg-type]
    to_query(Region)  # type: ignore[arg-type]


def queries_and_requests_are_typed() -> None:
    us = Region == "US"
    condition = Condition("region_code", "EQ", ["US"])
    assert_type(condition.field_values, tuple[str, ...])
    assert_type(to_query(us), Query)
    assert_type(to_queries(us, limit=7), tuple[Query, ...])
    assert_type(Query([condition]).and_, tuple[Condition, ...])
    assert_type(Query.from_json("{}").to_expression(), Expression)
    request = Request(to_query(us), "20230101", date(2023, 1, 31), fields="id", max_count=7)
    assert_type(request.start_date, date)
    assert_type(request.fields, tuple[str, ...])
    assert_type(request.max_count, int | None)
    assert_type(request.to_dict(), dict[str, object])
    assert_type(request.to_curl(), str)
    assert_type(Request.from_curl(""), Request)


def plans_are_typed() -> None:
    assert_type(select("id", "create_time"), Selection)
    selection = select().where(Region == "US").between("20230101", date(2023, 3, 31)).max_count(7).random()
    assert_type(selection, Selection)
    assert_type(selection.request(), Request)
    plan = selection.plan()
    assert_type(plan, Plan)
    assert_type(plan[0], Request)
    assert_type([request for request in plan], list[Request])  # noqa: C416
    assert_type(plan.explain(), str)


def checks_are_typed() -> None:
    assert_type(validate({}), list[Problem])
    assert_type(validate(b"", kind="query"), list[Problem])
    validate("", kind="page")  # type: ignore[arg-type]
    assert_type(validate_fields("id"), list[Problem])
    assert_type(json_schema("query"), dict[str, Any])
    json_schema("page")  # type: ignore[arg-type]
    assert_type(matcher(Region == "US"), Callable[[Any], bool])
    assert_type(matches(Region == "US", {}), bool)
