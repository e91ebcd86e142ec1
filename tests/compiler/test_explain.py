"""A plan in plain words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

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
from tests.compiler.test_queries import small_expressions

CLIMATE = (Hashtag == "climate") | (Keyword == "climate")
VOTES = Hashtag.in_("vote", "election") | (Keyword == "ballot")


def explained(expression: Expression, first: str = "20230101", last: str = "20230131") -> str:
    return select("id").where(expression).between(first, last).plan().explain()


def test_two_topics_over_hashtags_and_keywords() -> None:
    assert explained(CLIMATE & VOTES & Region.in_("US", "GB"), last="20230228") == (
        "4 requests at least, for 20230101 to 20230228\n"
        "The expression takes 2 queries: no single one can say it with the API's lists and, or, not. "
        "A query may leave out what an earlier one finds, so that no video costs quota twice.\n"
        "A request spans at most 31 days, so the days are cut into windows.\n"
        "An answer has at most 100 videos; where there are more, each further page is another call. "
        "A day's quota is 1,000.\n"
        "\n"
        "Region.in_('US', 'GB') & Hashtag.in_('vote', 'election') & ((Hashtag == 'climate') | (Keyword == 'climate'))\n"
        "  1. 20230101 to 20230131\n"
        "  2. 20230201 to 20230228\n"
        "\n"
        "Region.in_('US', 'GB') & (Keyword == 'ballot') & ((Hashtag == 'climate') | (Keyword == 'climate')) "
        "& ~Hashtag.in_('vote', 'election')\n"
        "  3. 20230101 to 20230131\n"
        "  4. 20230201 to 20230228\n"
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
    assert text.startswith("1 request at least, for 20230101 to 20230131\nAn answer has at most 100 videos")
    assert "queries" not in text
    assert "windows" not in text


def test_alternatives_of_different_regions_have_nothing_narrower() -> None:
    text = explained(((Region == "US") & (Hashtag == "a")) | ((Region == "BR") & (Hashtag == "b")))
    assert "takes 2 queries" in text
    assert "Narrower" not in text


def test_long_plans_are_listed_in_part() -> None:
    text = explained(~all_of(Hashtag == f"tag{n}" for n in range(30)), last="20241231")
    assert text.startswith("720 requests at least")
    assert "\n  … to 24. 20241214 to 20241231\n" in text
    assert "\n… and 10 queries more\n" in text
    assert len(text) < 20_000


def test_a_long_expression_is_cut() -> None:
    assert len(explained(any_of(Hashtag == f"tag{n}" for n in range(5_000)))) < 2_000


@given(small_expressions(4))
def test_what_is_proposed_takes_as_many_queries_as_it_says(expression: Expression) -> None:
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
