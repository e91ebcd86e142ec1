"""The laws of the compiler, against brute force over every distinguishable video."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import (
    Condition,
    CreateDate,
    EffectId,
    Expression,
    Hashtag,
    Keyword,
    Length,
    MusicId,
    NeedsSeveralQueries,
    Query,
    Region,
    Username,
    ValidationError,
    VideoId,
    all_of,
    any_of,
    none_of,
    parse,
    to_queries,
    to_query,
)
from querydsl.compiler.constraints import MAX_REQUIRED
from querydsl.compiler.queries import compiled, matches_everything
from querydsl.language.expressions import Group, Not, conditions
from tests.benchmarks import optimality
from tests.worlds import distinguishable, holds, selects

A, B, C, D = (Hashtag == name for name in "abcd")
K, L = Keyword == "qk", Keyword == "ql"
US, JP = Region == "US", Region == "JP"
SHORT = Length == "SHORT"


def small_conditions() -> st.SearchStrategy[Condition]:
    """Conditions on all nine fields, with few values each, so that they interact."""
    days = st.sampled_from(["20230101", "20230102", "20230110", "20230301"])
    few = {
        "username": ["ann", "bob", "cy"],
        "region_code": ["US", "JP", "FR"],
        "video_id": ["1", "2", "3"],
        "hashtag_name": ["a", "b", "c"],
        "keyword": ["qk", "ql", "qm"],
        "music_id": ["4", "5", "6"],
        "effect_id": ["0", "7", "8"],
        "video_length": ["SHORT", "MID", "LONG", "EXTRA_LONG"],
        "create_date": ["20230101", "20230102", "20230110", "20230301"],
    }
    matching = st.sampled_from(sorted(few)).flatmap(
        lambda field: st.lists(st.sampled_from(few[field]), min_size=1, max_size=3, unique=True).map(
            lambda values: Condition(field, "EQ" if len(values) == 1 else "IN", values)
        )
    )
    ordered = st.builds(
        lambda operation, day: Condition("create_date", operation, [day]),
        st.sampled_from(["GT", "GTE", "LT", "LTE"]),
        days,
    )
    return st.one_of(matching, matching, matching, ordered)


def small_expressions(most: int = 6) -> st.SearchStrategy[Expression]:
    return st.recursive(
        small_conditions(),
        lambda inner: st.one_of(
            inner.map(lambda one: ~one),
            st.lists(inner, min_size=2, max_size=3).map(all_of),
            st.lists(inner, min_size=2, max_size=3).map(any_of),
        ),
        max_leaves=most,
    )


def plain_disjunctive_form(expression: Expression, positive: bool = True) -> int:
    """The number of alternatives after multiplying the expression out."""
    if isinstance(expression, Not):
        return plain_disjunctive_form(expression.term, not positive)
    if not isinstance(expression, Group):
        return 1
    counts = [plain_disjunctive_form(term, positive) for term in expression.terms]
    adds = (type(expression).__name__ == "Or") is positive
    total = 0 if adds else 1
    for count in counts:
        total = total + count if adds else total * count
    return total


class TestExactness:
    @given(small_expressions())
    def test_the_queries_together_select_exactly_what_the_expression_means(self, expression: Expression) -> None:
        videos = list(distinguishable(expression))
        meant = [holds(expression, video) for video in videos]
        try:
            queries = to_queries(expression, limit=1000)
        except ValidationError as refusal:
            [problem] = refusal.problems
            assert problem.code == ("contradiction" if not any(meant) else "empty-query")
            assert len(set(meant)) == 1
            return
        assert [any(selects(query, video) for query in queries) for video in videos] == meant

    @given(small_expressions())
    def test_there_are_never_more_queries_than_alternatives_in_the_plain_disjunctive_form(
        self, expression: Expression
    ) -> None:
        try:
            queries = to_queries(expression, limit=1000)
        except ValidationError:
            return
        assert len(queries) <= plain_disjunctive_form(expression)

    @given(small_expressions())
    def test_no_query_can_be_left_out(self, expression: Expression) -> None:
        try:
            queries = to_queries(expression, limit=1000)
        except ValidationError:
            return
        found = [
            [n for n, query in enumerate(queries) if selects(query, video)] for video in distinguishable(expression)
        ]
        assert {some[0] for some in found if len(some) == 1} == {*range(len(queries))}

    @given(small_expressions(), small_expressions())
    def test_an_alternative_that_implies_another_adds_no_query(self, x: Expression, c: Expression) -> None:
        """x | (x & c) = x"""
        try:
            alone = to_queries(x, limit=1000)
        except ValidationError:
            return
        assert len(to_queries(x | (x & c), limit=1000)) == len(alone)

    @given(small_expressions())
    def test_to_query_gives_the_one_query_or_says_how_many_it_takes(self, expression: Expression) -> None:
        try:
            queries = to_queries(expression, limit=1000)
        except ValidationError:
            with pytest.raises(ValidationError):
                to_query(expression)
            return
        if len(queries) == 1:
            assert to_query(expression) == queries[0]
        else:
            with pytest.raises(NeedsSeveralQueries) as caught:
                to_query(expression)
            assert caught.value.needed == len(queries)

    @given(small_expressions())
    def test_a_query_compiles_to_an_equal_one(self, expression: Expression) -> None:
        try:
            queries = to_queries(expression, limit=1000)
        except ValidationError:
            return
        for query in queries:
            again = to_query(query.to_expression())
            assert all(selects(query, video) == selects(again, video) for video in distinguishable(expression))

    @pytest.mark.parametrize("seed", range(20))
    def test_it_is_exact_when_the_smallest_cover_is_out_of_reach(self, seed: int) -> None:
        chance = random.Random(seed)
        atoms = [*(Hashtag == f"h{n}" for n in range(5)), *(Keyword == f"q{n}" for n in range(4)), US, SHORT]

        def tree(depth: int) -> Expression:
            if depth == 0:
                atom = chance.choice(atoms)
                return ~atom if chance.random() < 0.4 else atom
            return chance.choice([all_of, any_of])(tree(depth - 1) for _ in range(3))

        expression = tree(3) & ~tree(2)
        try:
            queries = to_queries(expression, limit=10_000)
        except ValidationError:
            return
        for video in distinguishable(expression):
            assert any(selects(query, video) for query in queries) == holds(expression, video)

    @pytest.mark.parametrize(
        "text",
        [
            "~(~Region.in_('JP') & Length.in_('MID')) & any_of(CreateDate.in_('20230106', '20230109', '20230123', "
            "'20230124', '20230107', '20230307', '20230211', '20230130'), CreateDate < '20230105', Region.in_('US'))",
            "any_of(~CreateDate.in_('20230126'), Length.in_('LONG'), ~Username.in_('x'), ~(CreateDate.in_('20230211', "
            "'20230101', '20230304', '20230120', '20230111', '20230102', '20230112', '20230107') | (Keyword == 'qk')))",
        ],
        ids=["lost days once", "crashed once"],
    )
    def test_it_is_exact_with_long_lists_of_days(self, text: str) -> None:
        self.assert_exact(parse(text))

    @pytest.mark.parametrize(
        "text",
        [
            "(MusicId == '4') & ~(MusicId.in_('6', '5', '4') & (VideoId.in_('2', '3') | "
            "(~EffectId.in_('7', '0', '8') & Region.in_('FR', 'US', 'JP'))))",
            "~((~CreateDate.in_('20230110', '20230401') & Region.in_('US', 'JP')) | "
            "~(CreateDate.in_('20230601', '20230401') & MusicId.in_('6', '4')) | ~MusicId.in_('4', '5'))",
            "~(((MusicId == '5') | ~Keyword.in_('qm', 'qk', 'ql')) & "
            "(~Hashtag.in_('c', 'a') | Keyword.in_('ql', 'qm')))",
            "CreateDate.between('20230101', '20230301') & ~CreateDate.between('20230105', '20230220') & "
            "((Hashtag == 'a') | (Keyword == 'qk'))",
        ],
        ids=["a clause that is implied", "days in a clause", "a pair found by trying", "a gap beside a clause"],
    )
    def test_it_is_exact_in_rare_cases(self, text: str) -> None:
        self.assert_exact(parse(text))

    def assert_exact(self, expression: Expression) -> None:
        queries = to_queries(expression)
        for video in distinguishable(expression):
            assert any(selects(query, video) for query in queries) == holds(expression, video)

    @pytest.mark.parametrize(
        "expression",
        [
            any_of(all_of(some) for some in combinations([Hashtag == f"h{n}" for n in range(8)], 5))
            | none_of(Hashtag == f"h{n}" for n in range(8)),
            any_of((Keyword == f"qa{n}") & (Keyword == f"qb{n}") for n in range(7)) | US,
        ],
        ids=["five of eight or none", "seven pairs or a region"],
    )
    def test_it_is_exact_when_one_query_would_take_too_many_conditions(self, expression: Expression) -> None:
        queries = to_queries(expression)
        assert all(len(query.and_) <= MAX_REQUIRED for query in queries)
        chance = random.Random(1)
        videos = list(distinguishable(expression))
        for video in chance.sample(videos, min(len(videos), 300)):
            assert any(selects(query, video) for query in queries) == holds(expression, video)

    @pytest.mark.parametrize("seed", range(10))
    def test_it_is_exact_with_many_conditions_on_days(self, seed: int) -> None:
        chance = random.Random(seed)

        def atom() -> Expression:
            if chance.random() < 0.4:
                return chance.choice([A, K, US, SHORT])
            days = [f"2023{chance.randint(1, 3):02}{chance.randint(1, 28):02}" for _ in range(chance.choice([1, 1, 9]))]
            if len(days) == 1:
                return Condition("create_date", chance.choice(["EQ", "GT", "GTE", "LT", "LTE"]), days)
            return CreateDate.in_(days)

        def tree(depth: int) -> Expression:
            grown = atom() if depth == 0 else chance.choice([all_of, any_of])(tree(depth - 1) for _ in range(2))
            return ~grown if chance.random() < 0.3 else grown

        for expression in (tree(3) for _ in range(20)):
            videos = chance.sample(found, 200) if len(found := list(distinguishable(expression))) > 200 else found
            try:
                queries = to_queries(expression)
            except ValidationError:
                assert len({holds(expression, video) for video in videos}) == 1
                continue
            assert len(queries) <= plain_disjunctive_form(expression)
            for video in videos:
                assert any(selects(query, video) for query in queries) == holds(expression, video)

    def test_a_list_of_days_that_the_user_wrote_stays_one_condition(self) -> None:
        alternatives = [
            CreateDate.in_(f"2023{month:02}{day:02}" for month in range(1, 13) for day in (n, n + 1, n + 7))
            & (Hashtag == f"h{n}")
            for n in range(1, 20)
        ]
        assert len(to_queries(any_of(alternatives))) == 19


class TestOptimality:
    @pytest.mark.parametrize("name", optimality.SETTINGS)
    def test_every_function_of_three_conditions_takes_the_fewest_queries(self, name: str) -> None:
        atoms = optimality.SETTINGS[name][:3]
        assert {more for _, more, _ in optimality.shortfalls(atoms)} == {0}

    @pytest.mark.parametrize("name", optimality.SETTINGS)
    def test_functions_of_four_conditions_take_the_fewest_queries(self, name: str) -> None:
        assert {more for _, more, _ in optimality.shortfalls(optimality.SETTINGS[name], every=401)} == {0}

    @pytest.mark.parametrize("name", optimality.SETTINGS)
    def test_two_queries_overlap_only_if_no_two_others_are_disjoint(self, name: str) -> None:
        atoms = optimality.SETTINGS[name][:3]
        queries = optimality.query_sets(atoms)
        for selected, optimum in optimality.optima(atoms).items():
            if optimum == 2:
                pair = to_queries(optimality.expression(atoms, selected))
                overlap = any(
                    all(optimality.selects(query, video) for query in pair) for video in optimality.videos(atoms)
                )
                apart = any(one & ~selected == 0 and selected & ~one in queries for one in queries)
                assert overlap is not apart


class TestAsWritten:
    @pytest.mark.parametrize(
        ("expression", "query"),
        [
            (US, Query([US])),
            (~US, Query(not_=[US])),
            (US | A, Query(or_=[US, A])),
            (A & US & A, Query([A, US])),
            (US & ~(A | B) & (K | L) & ~SHORT, Query([US], [K, L], [A, B, SHORT])),
            (none_of(A, B), Query(not_=[A, B])),
            (Region.in_("US", "JP") & Region.in_("JP", "FR"), Query([Region.in_("US", "JP"), Region.in_("JP", "FR")])),
            (Condition("region_code", "IN", ["US"]) & US, Query([Condition("region_code", "IN", ["US"]), US])),
            (A & (K | L) & (K | L), Query([A], [K, L])),
        ],
        ids=repr,
    )  # fmt: skip
    def test_an_expression_of_the_apis_shape_keeps_its_order(self, expression: Expression, query: Query) -> None:
        assert to_query(expression) == query

    def test_ten_thousand_alternatives_are_one_query(self) -> None:
        expression = any_of(Hashtag == f"t{n}" for n in range(10_000))
        assert len(to_query(expression).or_) == 10_000


class TestRewritten:
    @pytest.mark.parametrize(
        ("text", "rewritten"),
        [
            ('(Length != "SHORT") | (Region == "US")', 'Length.in_("MID", "LONG", "EXTRA_LONG") | (Region == "US")'),
            ('(Username == "x") | (Username != "y")', 'Username != "y"'),
            ('((Region == "US") | (Region == "JP")) & (Keyword.in_("qk") | (Hashtag == "a"))',
             'Region.in_("US", "JP") & ((Keyword == "qk") | (Hashtag == "a"))'),
            ('((Region == "US") & (Hashtag == "a")) | ((Region == "US") & (Keyword == "qk"))',
             '(Region == "US") & ((Hashtag == "a") | (Keyword == "qk"))'),
            ('(Hashtag == "a") | ((Hashtag == "a") & (Keyword == "qk"))', 'Hashtag == "a"'),
            ('(Hashtag == "a") | (~(Hashtag == "a") & (Keyword == "qk"))', '(Hashtag == "a") | (Keyword == "qk")'),
            ('((CreateDate < "20230101") | (CreateDate > "20230301")) & ~((Region == "US") & (Region == "JP"))',
             '(CreateDate <= "20221231") | (CreateDate >= "20230302")'),
            ('~((CreateDate < "20230101") | (CreateDate > "20230301") | ~(Region == "US"))',
             '(CreateDate >= "20230101") & (CreateDate <= "20230301") & (Region == "US")'),
            ('~((Region == "US") & (Hashtag == "a")) & (Region == "US")', '(Region == "US") & ~(Hashtag == "a")'),
            ('~(~Region.in_("US", "JP") | (Region == "JP"))', 'Region == "US"'),
            ('~~(Region == "US") & ~(~(Hashtag == "a") & ~(Keyword == "qk")) & ~(Length == "SHORT")',
             '(Region == "US") & ((Hashtag == "a") | (Keyword == "qk")) & ~(Length == "SHORT")'),
        ],
    )  # fmt: skip
    def test_these_expressions_become_one_query(self, text: str, rewritten: str) -> None:
        assert to_query(parse(text)).to_expression() == parse(rewritten)

    def test_not_all_of_several_hashtags_is_not_none_of_them(self) -> None:
        """Another client sends this for "exclude videos with all of these tags"; it excludes more."""
        assert [query.to_expression() for query in to_queries(~(A & B))] == [~A, A & ~B]

    def test_a_not_is_preferred_to_the_complement_of_a_table(self) -> None:
        [one, two] = to_queries((~US & A) | (US & K))
        assert ~US in {~condition for query in (one, two) for condition in query.not_}
        assert not any(len(condition.field_values) > 1 for query in (one, two) for condition in query.and_)

    def test_a_rewrite_never_lists_more_than_a_month_of_days(self) -> None:
        expression = ~CreateDate.between("20230101", "20230301") & ~CreateDate.between("20230401", "20230601") & (A | K)
        for query in to_queries(expression):
            for condition in (*query.and_, *query.or_, *query.not_):
                assert len(condition.field_values) <= 31

    def test_values_stay_in_the_order_in_which_they_were_written(self) -> None:
        query = to_query((Hashtag == "z") | (Hashtag.in_("y", "x") & ~(~(Keyword == "qk") & (Hashtag == "y"))) & K)
        assert [list(condition.field_values) for condition in query.or_][:1] == [["z"]]


class TestConstants:
    @pytest.mark.parametrize(
        "expression",
        [
            US & ~US,
            US & JP,
            A & ~Hashtag.in_("a", "b"),
            (US | JP) & ~Region.in_("US", "JP") & (K | A),
            (CreateDate > "20230102") & (CreateDate < "20230103"),
            Condition("create_date", "GT", ["99991231"]),
            US & (JP | (Region == "FR")),
            none_of(Length.in_("SHORT", "MID", "LONG", "EXTRA_LONG")),
            (A & K & ~A) | (B & ~B),
            US & ((~US & A) | (SHORT & (((Length == "LONG") & A) | ((Length == "LONG") & K)))),
        ],
        ids=repr,
    )
    def test_an_expression_that_no_video_can_match_is_refused_by_name(self, expression: Expression) -> None:
        with pytest.raises(ValidationError, match="no video can match") as caught:
            to_queries(expression)
        assert [problem.code for problem in caught.value.problems] == ["contradiction"]

    @pytest.mark.parametrize(
        "expression",
        [
            US | ~US,
            Length >= "SHORT",
            ~US | ~JP,
            (Username != "x") | (Username != "y"),
            (CreateDate >= "20230101") | (CreateDate <= "20230101"),
            SHORT | (Length > "SHORT"),
            (A & K) | ~A | ~K,
            CreateDate <= "99991231",
        ],
        ids=repr,
    )
    def test_an_expression_that_every_video_matches_is_refused_by_name(self, expression: Expression) -> None:
        with pytest.raises(ValidationError, match="every video matches") as caught:
            to_queries(expression)
        assert [problem.code for problem in caught.value.problems] == ["empty-query"]

    @given(small_expressions())
    def test_matches_everything_needs_no_queries(self, expression: Expression) -> None:
        for one in (expression, expression | ~expression, expression & ~expression):
            try:
                means = compiled(one, 3)
            except NeedsSeveralQueries:
                means = ()
            assert matches_everything(one, 3) is (means is True)


class TestCounts:
    """Counts have an order like days, and are never listed one by one unless the user has listed them."""

    VIEWS, COMMENTS = "view_count", "comment_count"

    conditions = st.one_of(
        st.builds(
            lambda field, operation, count: Condition(field, operation, [str(count)]),
            st.sampled_from([VIEWS, VIEWS, COMMENTS]),
            st.sampled_from(["EQ", "GT", "GTE", "LT", "LTE"]),
            st.sampled_from([0, 1, 4, 5, 6, 7, 100]),
        ),
        st.lists(st.sampled_from(["0", "4", "5", "6", "9", "100"]), min_size=2, max_size=6, unique=True).map(
            lambda counts: Condition("view_count", "IN", counts)
        ),
        st.sampled_from([A, B, K, US, CreateDate >= "20230102"]),
    )
    expressions = st.recursive(
        conditions,
        lambda inner: st.one_of(
            inner.map(lambda one: ~one),
            st.lists(inner, min_size=2, max_size=3).map(all_of),
            st.lists(inner, min_size=2, max_size=3).map(any_of),
        ),
        max_leaves=6,
    )

    @given(expressions)
    def test_the_queries_together_select_exactly_what_the_expression_means(self, expression: Expression) -> None:
        videos = list(distinguishable(expression))
        meant = [holds(expression, video) for video in videos]
        try:
            queries = to_queries(expression, limit=1000)
        except ValidationError:
            assert len(set(meant)) == 1
            return
        assert [any(selects(query, video) for query in queries) for video in videos] == meant
        assert len(queries) <= plain_disjunctive_form(expression)

    @given(expressions)
    def test_only_counts_that_the_expression_names_or_leaves_alone_are_listed(self, expression: Expression) -> None:
        try:
            queries = to_queries(expression, limit=1000)
        except ValidationError:
            return
        named = {
            int(value) for one in conditions(expression) if one.field_name == self.VIEWS for value in one.field_values
        }
        for query in queries:
            for condition in (*query.and_, *query.or_, *query.not_):
                if condition.field_name == self.VIEWS and condition.operation == "IN":
                    assert all({int(value) - 1, int(value), int(value) + 1} & named for value in condition.field_values)
                    assert len(condition.field_values) <= len(named)

    @pytest.mark.parametrize(
        ("parts", "rewritten"),
        [
            ((("GT", 4), ("LT", 6)), Query([Condition(VIEWS, "EQ", ["5"])])),
            ((("GTE", 4), ("LT", 9)), Query([Condition(VIEWS, "GTE", ["4"]), Condition(VIEWS, "LTE", ["8"])])),
            ((("GTE", 4), ("GT", 9)), Query([Condition(VIEWS, "GTE", ["10"])])),
        ],
        ids=str,
    )
    def test_conditions_on_one_count_merge_by_its_order(
        self, parts: tuple[tuple[str, int], ...], rewritten: Query
    ) -> None:
        several = all_of(Condition(self.VIEWS, operation, [str(count)]) for operation, count in parts)
        assert to_query(several & ~(US & JP)) == rewritten

    def test_not_a_count_stays_a_not(self) -> None:
        five = Condition(self.VIEWS, "EQ", ["5"])
        assert to_query(~five) == Query(not_=[five])
        assert to_query(~five & ~(US & JP)) == Query(not_=[five])
        assert [query.to_expression() for query in to_queries(~five | (A & K))][:1] == [~five]

    def test_counts_that_the_user_listed_are_left_out_of_a_range_in_one_query(self) -> None:
        listed = Condition(self.VIEWS, "IN", ["0", "4", "5", "6", "9"])
        few, views = Condition(self.COMMENTS, "GTE", ["1"]), Condition(self.VIEWS, "LTE", ["100"])
        query = to_query(~(~few | ~views | listed))
        assert query.to_expression() == all_of(
            few, Condition(self.VIEWS, "GTE", ["1"]), views, ~Condition(self.VIEWS, "IN", ["4", "5", "6", "9"])
        )

    def test_outside_a_range_is_two_alternatives(self) -> None:
        low, high = Condition(self.VIEWS, "GTE", ["5"]), Condition(self.VIEWS, "LTE", ["1000000"])
        assert to_query(~(low & high)) == Query(
            or_=[Condition(self.VIEWS, "LTE", ["4"]), Condition(self.VIEWS, "GTE", ["1000001"])]
        )

    def test_two_ranges_of_counts_with_alternatives_take_two_queries(self) -> None:
        few = Condition(self.VIEWS, "LTE", ["6"]) & Condition(self.VIEWS, "GTE", ["5"])
        many = Condition(self.VIEWS, "GTE", ["1000"])
        queries = to_queries((few | many) & (A | K))
        assert len(queries) == 2
        assert all(condition.operation != "IN" for query in queries for condition in (*query.and_, *query.not_))

    @pytest.mark.parametrize(
        ("expression", "code"),
        [
            (Condition(VIEWS, "LT", ["0"]), "contradiction"),
            (Condition(VIEWS, "GT", ["5"]) & Condition(VIEWS, "LT", ["6"]), "contradiction"),
            (Condition(VIEWS, "GTE", ["0"]), "empty-query"),
            (Condition(VIEWS, "GT", ["5"]) | Condition(VIEWS, "LTE", ["5"]), "empty-query"),
        ],
        ids=repr,
    )
    def test_constant_expressions_are_refused(self, expression: Expression, code: str) -> None:
        with pytest.raises(ValidationError) as caught:
            to_queries(expression)
        assert [problem.code for problem in caught.value.problems] == [code]


class TestLimits:
    def test_over_the_limit_it_is_not_known_how_many_queries_it_takes(self) -> None:
        expression = all_of((Hashtag == f"h{n}") | (Keyword == f"k{n}") for n in range(60))
        with pytest.raises(NeedsSeveralQueries) as caught:
            to_queries(expression)
        assert caught.value.needed is None

    def test_over_its_limit_to_query_points_to_to_queries(self) -> None:
        expression = all_of((Hashtag == f"h{n}") | (Keyword == f"k{n}") for n in range(60))
        with pytest.raises(NeedsSeveralQueries, match=r"to_queries\(…, limit=…\) goes further than 100") as caught:
            to_query(expression)
        assert caught.value.needed is None

    @pytest.mark.parametrize("limit", [0, -1, True, 1.5, "5", None, float("nan")], ids=repr)
    def test_the_limit_is_a_whole_number_from_1_on(self, limit: Any) -> None:
        with pytest.raises(
            ValidationError, match=r"^limit: .* is not a whole number from 1 on; write one, such as 100$"
        ):
            to_queries(Region == "US", limit=limit)

    def test_the_limit_is_the_number_of_queries_that_is_still_given(self) -> None:
        expression = ~all_of(Hashtag == f"h{n}" for n in range(30))
        assert len(to_queries(expression, limit=30)) == 30
        with pytest.raises(NeedsSeveralQueries):
            to_queries(expression, limit=29)

    @pytest.mark.parametrize("alternatives", [20, 200, 2_000])
    def test_an_expression_of_millions_of_queries_is_refused_after_few_steps(self, alternatives: int) -> None:
        """A step is a function call. Each condition, and each of the 100 queries, takes a bounded number."""
        expression = all_of((Hashtag == f"h{n}") | (Keyword == f"k{n}") for n in range(alternatives))
        assert steps(lambda: to_queries(expression)) < 800 * alternatives + 1_500 * 100

    def test_an_expression_of_thousands_of_small_queries_is_refused_after_few_steps(self) -> None:
        parity: Expression = A
        for n in range(13):
            atom = Hashtag == f"h{n}"
            parity = (parity & ~atom) | (~parity & atom)
        assert steps(lambda: to_queries(parity)) < 100_000 * 100

    def test_an_expression_with_shared_parts_is_refused_after_one_visit_of_each_part(self) -> None:
        parity: Expression = A
        for n in range(200):
            atom = Hashtag == f"h{n}"
            parity = (parity & ~atom) | (~parity & atom)
        assert steps(lambda: to_queries(parity)) < 5_000 * 200

    def test_a_group_of_itself_is_itself(self) -> None:
        doubled = A | K
        for _ in range(60):
            doubled = doubled & doubled
        assert to_query(doubled) == Query(or_=[A, K])

    def test_no_depth_is_too_deep(self) -> None:
        expression: Expression = A
        for _ in range(5_000):
            expression = B & (K | ~expression)
        assert to_query(expression) == to_query(B & (K | A))

    def test_only_an_expression_compiles(self) -> None:
        with pytest.raises(TypeError, match="compare the field first"):
            to_queries(US & Hashtag)  # type: ignore[arg-type]


def steps(refused: Callable[[], object]) -> int:
    """The number of calls until it is refused."""

    def job() -> None:
        with pytest.raises(NeedsSeveralQueries):
            refused()

    return calls(job)


def calls(job: Callable[[], object]) -> int:
    """The number of calls that a job makes."""
    found = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        job()
    finally:
        sys.setprofile(None)
    return found


def test_every_field_takes_part() -> None:
    conditions = [
        CreateDate == "20230101", Username == "ann", US, VideoId == 1, A, K, MusicId == 4, EffectId == 0, SHORT,
    ]  # fmt: skip
    for first, second in product(conditions, repeat=2):
        if first != second:
            assert len(to_queries((first & ~second) | (second & ~first))) == 2
