"""A plan in plain words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import assume, given

from querydsl import (
    CreateDate,
    Expression,
    Hashtag,
    Keyword,
    Length,
    Region,
    Username,
    ValidationError,
    all_of,
    any_of,
    parse,
    select,
    to_queries,
)
from querydsl.planning.explain import too_fresh
from tests.compiler.test_queries import small_expressions

CLIMATE = (Hashtag == "climate") | (Keyword == "climate")
VOTES = Hashtag.in_("vote", "election") | (Keyword == "ballot")


def explained(expression: Expression, first: str = "20230101", last: str = "20230131") -> str:
    return select("id").where(expression).between(first, last).plan().explain()


def test_two_topics_over_hashtags_and_keywords() -> None:
    assert explained(CLIMATE & VOTES & Region.in_("US", "GB"), last="20230228") == (
        "4 requests at least, for 20230101 to 20230228\n"
        "A day's quota is 1,000 calls, so this takes the quota of 1 day at least.\n"
        "The expression takes 2 queries, for the lists and, or, not of a query do not nest. "
        "A query may leave out what an earlier one finds, so that no video costs quota twice.\n"
        "A request spans at most 31 days, so the days are cut into windows.\n"
        "Two ways to ask, exact: 4 calls at least; one wider query: 2 at least.\n"
        "This is the exact one. The wider one also finds videos for which the expression does not hold, and they are "
        "left out on your computer: ask for it with plan(wider=True), or --wider.\n"
        "An answer has at most 100 videos; where there are more, each further page is another call.\n"
        "\n"
        "Region.in_('US', 'GB') & Hashtag.in_('vote', 'election') & ((Hashtag == 'climate') | (Keyword == 'climate'))\n"
        "  requests 1 to 2: 20230101 to 20230228 (2 windows)\n"
        "\n"
        "Region.in_('US', 'GB') & (Keyword == 'ballot') & ((Hashtag == 'climate') | (Keyword == 'climate')) "
        "& ~Hashtag.in_('vote', 'election')\n"
        "  requests 3 to 4: 20230101 to 20230228 (2 windows)\n"
        "\n"
        "Narrower questions that take fewer queries:\n"
        "  1 query with  Hashtag == 'climate'\n"
        "    instead of  (Hashtag == 'climate') | (Keyword == 'climate')\n"
        "  1 query with  Keyword == 'climate'\n"
        "    instead of  (Hashtag == 'climate') | (Keyword == 'climate')\n"
        "  1 query with  Hashtag.in_('vote', 'election')\n"
        "    instead of  Hashtag.in_('vote', 'election') | (Keyword == 'ballot')"
    )


def test_excluding_a_combination_can_be_narrowed_to_excluding_each() -> None:
    lines = explained((Keyword == "vaccine") & ~((Hashtag == "fyp") & (Hashtag == "ad"))).splitlines()
    assert lines[-3:] == [
        "Narrower questions that take fewer queries:",
        "  1 query with  ~((Hashtag == 'fyp') | (Hashtag == 'ad'))",
        "    instead of  ~((Hashtag == 'fyp') & (Hashtag == 'ad'))",
    ]


@pytest.mark.parametrize(
    "expression",
    [
        (Keyword == "quake") & ~CreateDate.between("20230106", "20230112") & (Length >= "LONG"),
        Hashtag.in_("skincare", "beauty") & ((Keyword == "sponsored") | (Hashtag == "ad")) & Username.not_in("brand"),
    ],
    ids=["dates", "one topic"],
)
def test_one_query_and_one_window_need_no_reasons(expression: Expression) -> None:
    text = explained(expression)
    lines = text.splitlines()
    assert lines[0] == "1 request at least, for 20230101 to 20230131"
    assert lines[2].startswith("An answer has at most 100 videos")
    assert "queries" not in text
    assert "windows" not in text


def test_alternatives_of_different_regions_have_nothing_narrower() -> None:
    text = explained(((Region == "US") & (Hashtag == "a")) | ((Region == "BR") & (Hashtag == "b")))
    assert "takes 2 queries" in text
    assert "Narrower" not in text


def test_long_plans_are_listed_in_part() -> None:
    text = explained(~all_of(Hashtag == f"tag{n}" for n in range(30)), last="20241231")
    assert text.startswith("720 requests at least")
    assert "\n  requests 25 to 48: 20230101 to 20241231 (24 windows)\n" in text
    assert "\n… and 10 more queries\n" in text
    assert len(text) < 20_000


def test_a_query_with_many_windows_is_one_line() -> None:
    text = explained(Region == "US", first="00010101", last="99991231")
    assert text.splitlines()[1] == "A day's quota is 1,000 calls, so this takes the quota of 118 days at least."
    assert text.splitlines()[-1] == "  requests 1 to 117,809: 00010101 to 99991231 (117,809 windows)"


def test_days_that_differ_are_a_reason_for_several_queries() -> None:
    text = explained((Hashtag == "a") | ((Keyword == "b") & (CreateDate >= "20230115")))
    assert "\nThe conditions on create_date leave different questions on different days, each with its own" in text
    assert "do not nest" not in text
    assert text.endswith(
        "\n\nHashtag == 'a'\n  request 1: 20230101 to 20230114"
        "\n\n(Hashtag == 'a') | (Keyword == 'b')\n  request 2: 20230115 to 20230131"
    )


def test_days_left_out_inside_a_window_are_counted() -> None:
    text = explained((Region == "US") & ~CreateDate.between("20230106", "20230112"))
    assert text.endswith("\n\nRegion == 'US'\n  request 1: 20230101 to 20230131 (less 7 days inside)")


def test_draws_are_shown_for_each_window() -> None:
    selection = select("id").where(Region == "US").between("20230101", "20230228")
    text = selection.random(draws=5).max_count(20).plan().explain()
    assert "\nEach is a single page of at most 20 videos in random order, however many videos its days have: " in text
    assert text.endswith("\n  requests 1 to 10: 20230101 to 20230228 (2 windows, 5 draws each)")


NOW = datetime(2023, 1, 31, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("first", "last", "fresh"),
    [
        ("20230101", "20230128", None),
        ("20230101", "20230129", "20230129 is too fresh to be complete: a video takes up to 48 hours to be found. "
         "All of their videos can be found from 20230201 on (UTC)."),
        ("20230101", "20230131", "20230129 to 20230131 are too fresh to be complete: a video takes up to 48 hours to "
         "be found. All of their videos can be found from 20230203 on (UTC)."),
        ("20230131", "20230205", "20230131 is too fresh to be complete: a video takes up to 48 hours to be "
         "found; 20230201 to 20230205 have not begun. All of their videos can be found from 20230208 on (UTC)."),
        ("20230201", "20230201", "20230201 has not begun. All of their videos can be found from 20230204 on (UTC)."),
    ],
    ids=["none", "the day before yesterday", "up to today", "today and the future", "the future"],
)  # fmt: skip
def test_days_from_the_day_before_yesterday_on_are_too_fresh(first: str, last: str, fresh: str | None) -> None:
    text = select("id").where(Region == "US").between(first, last).plan().explain(now=NOW)
    assert ("can be found from" in text) is (fresh is not None)
    assert fresh is None or f"\n{fresh}" in text


def test_every_caller_uses_one_function_for_fresh_days() -> None:
    plan = select("id").where(Region == "US").between("20230101", "20230129").plan()
    assert str(too_fresh(plan, NOW)) in plan.explain(now=NOW).splitlines()
    assert too_fresh(plan) is None
    assert too_fresh([], NOW) is None


def test_the_moment_is_taken_in_utc() -> None:
    plan = select("id").where(Region == "US").between("20230101", "20230129").plan()
    east = timezone(timedelta(hours=14))
    assert "too fresh" in plan.explain(now=datetime(2023, 2, 1, 13, tzinfo=east))
    assert "too fresh" not in plan.explain(now=datetime(2023, 2, 1, 15, tzinfo=east))


def test_a_long_expression_is_cut() -> None:
    assert len(explained(any_of(Hashtag == f"tag{n}" for n in range(5_000)))) < 2_000


@given(small_expressions(4))
def test_proposals_take_the_promised_number_of_queries(expression: Expression) -> None:
    assume("CreateDate" not in repr(expression))  # proposals count the queries of a rest, which has no days
    try:
        text = explained(expression)
    except ValidationError:
        return
    whole = repr(expression)
    for count, instead, part in re.findall(r"  (\d+) quer(?:y|ies) with  (.+)\n +instead of  (.+)", text):
        for written in (f"({part})", part):  # in a group, a part that is a group stands in brackets
            if written in whole:
                narrower = parse(whole.replace(written, f"({instead})"))
                assert len(to_queries(narrower)) == int(count) < len(to_queries(expression))
                break


ACCOUNTS = any_of((Username == f"user{n}") & (Hashtag == f"tag{n}") for n in range(100))
YEAR = select("id").where(ACCOUNTS).between("20230101", "20231231")
COSTS = "Two ways to ask, exact: 1,200 calls at least; one wider query: 12 at least."


def test_the_cost_of_the_other_way_is_shown() -> None:
    exact, wider = YEAR.plan().explain().splitlines(), YEAR.plan(wider=True).explain().splitlines()
    assert (exact[0], wider[0]) == (
        "1,200 requests at least, for 20230101 to 20231231",
        "12 requests at least, for 20230101 to 20231231",
    )
    assert COSTS in exact
    assert COSTS in wider
    assert exact[exact.index(COSTS) + 1].endswith("ask for it with plan(wider=True), or --wider.")
    assert wider[wider.index(COSTS) + 1].startswith("This is the wider one: it also finds videos for which")


def test_an_impossible_exact_plan_is_named() -> None:
    many = any_of((Username == f"user{n}") & (Hashtag == f"tag{n}") for n in range(200))
    told = select("id").where(many).on("20230101").plan(wider=True).explain()
    assert "exact: more queries than a plan may have; one wider query: 1 at least." in told


@pytest.mark.parametrize("expression", [Region == "US", ~((Hashtag == "a") & (Hashtag == "b"))], ids=repr)
def test_a_wider_query_that_saves_nothing_is_not_compared(expression: Expression) -> None:
    assert "Two ways" not in explained(expression)


def test_a_slice_has_no_comparison() -> None:
    assert "Two ways" not in YEAR.plan()[:100].explain()
