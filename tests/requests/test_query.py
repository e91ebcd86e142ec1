"""The API's query object, and its JSON both ways."""

from __future__ import annotations

import copy
import itertools
import json
import pickle

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from querydsl import (
    Condition,
    Hashtag,
    Keyword,
    Length,
    Query,
    Region,
    ValidationError,
    any_of,
    to_query,
    validate,
)
from tests.documents import EXAMPLE, US, condition, queries
from tests.worlds import distinguishable, holds, selects


class TestConstructor:
    def test_it_takes_conditions_lists_and_any_other_iterable_of_them(self):
        us, short = Region == "US", Length == "SHORT"
        query = Query(us, not_=iter([short]))
        assert (query.and_, query.or_, query.not_) == ((us,), (), (short,))
        assert query == Query([us], [], (short,)) == Query(and_=(us,), not_={short})

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            (None, "null is not a Condition; give conditions, such as [Region == 'US']"),
            (["US"], "'US' is not a Condition; Query.from_dict and Query.from_json read documents"),
            ("[]", "'[]' is not a Condition; Query.from_dict and Query.from_json read documents"),
            (EXAMPLE, "an object is not a Condition; Query.from_dict and Query.from_json read documents"),
            ([US], "an object is not a Condition; Query.from_dict and Query.from_json read documents"),
            (Region, "Region is not a Condition; to_query(...) makes a query of an expression"),
            (~(Region == "US"), "~(Region == 'US') is not a Condition; to_query(...) makes a query of an expression"),
            (
                [any_of(Keyword == "a", Keyword == "b")],
                "(Keyword == 'a') | (Keyword == 'b') is not a Condition; to_query(...) makes a query of an expression",
            ),
        ],
        ids=["None", "text", "JSON", "a document", "a condition's document", "a field", "a negation", "alternatives"],
    )
    def test_it_refuses_anything_else(self, given, text):
        with pytest.raises(ValidationError) as refusal:
            Query(given)
        assert str(refusal.value) == f"Query: {text}"

    def test_it_refuses_an_endless_iterable(self):
        with pytest.raises(ValidationError, match=r"^Query: more than 1,000,000 of them; give fewer$"):
            Query(itertools.repeat(Region == "US"))

    def test_it_has_at_least_one_condition(self):
        with pytest.raises(ValidationError) as refusal:
            Query([], or_=())
        assert str(refusal.value) == 'Query(): the query has no condition; give one in "and", "or" or "not"'
        assert list(refusal.value.problems) == validate({}, "query")


class TestValue:
    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            Query(Region == "US").and_ = ()

    @given(queries())
    def test_equal_ones_are_one_key_and_copies_are_equal(self, document):
        query, same = Query.from_dict(document), Query.from_dict(copy.deepcopy(document))
        assert query == same
        assert {query: 1}[same] == 1
        assert pickle.loads(pickle.dumps(query)) == copy.deepcopy(query) == query

    def test_the_list_and_the_order_of_a_condition_make_a_difference(self):
        us, cat = Region == "US", Keyword == "cat"
        assert len({Query(us), Query(or_=us), Query(not_=us), Query([us, cat]), Query([cat, us])}) == 5

    def test_its_repr_says_it_in_the_users_words(self):
        assert repr(Query(or_=[Region == "US"], not_=[Hashtag.in_("a", "b")])) == (
            "Query(and_=(), or_=(Region == 'US',), not_=(Hashtag.in_('a', 'b'),))"
        )

    def test_a_notebook_shows_its_json_escaped(self):
        html = Query(Keyword == "<script>alert('&')</script>")._repr_html_()
        assert html.startswith("<pre><code>{\n  &quot;and&quot;: [{&quot;field_name")
        assert "<script>" not in html
        assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;" in html


class TestDocuments:
    def test_empty_lists_are_left_out(self):
        assert Query(not_=Length == "SHORT").to_dict() == {
            "not": [{"field_name": "video_length", "operation": "EQ", "field_values": ["SHORT"]}]
        }

    def test_the_example_of_the_page_is_read_and_written(self):
        query = Query.from_dict(EXAMPLE["query"])
        assert query == Query([Region.in_("JP", "US"), Hashtag == "animal"], not_=[Length == "SHORT"])
        assert query.to_dict() == EXAMPLE["query"]

    @given(queries())
    def test_round_trips_keep_order_and_repeats(self, document):
        written = {key: document[key] for key in ("and", "or", "not") if document.get(key)}
        query = Query.from_dict(document)
        assert query.to_dict() == written
        assert json.loads(query.to_json()) == json.loads(query.to_json(indent=2)) == written
        assert Query.from_json(query.to_json()) == Query.from_json(query.to_json(indent=2).encode("utf-16")) == query
        assert validate(query.to_json(), "query") == validate(written, "query")

    @given(queries())
    def test_its_json_is_ascii(self, document):
        assert Query.from_dict(document).to_json().isascii()

    def test_its_document_is_the_callers_own(self):
        query = Query.from_dict({"and": [condition(operation="IN")]})
        query.to_dict()["and"][0]["field_values"].append("JP")
        assert query == Query(Condition("region_code", "IN", ["US"]))

    def test_the_refusal_of_a_document_carries_all_its_problems(self):
        text = '{"and": [{"field_name": "region", "operation": "EQ", "field_values": ["US"]}, 7], "and": [{}]}'
        with pytest.raises(ValidationError) as refusal:
            Query.from_json(text)
        assert list(refusal.value.problems) == validate(text)
        assert str(refusal.value).startswith("the document: 4 problems\n  /and: the key 'and' is given twice")


class TestExpression:
    def test_it_is_all_of_and_one_of_or_none_of_not(self):
        a, b, c, d = (Hashtag == name for name in "abcd")
        assert Query([a], [b, c], [d]).to_expression() == a & (b | c) & ~d

    @given(*[st.lists(st.sampled_from([Region == "US", *(Hashtag == name for name in "abc")]), max_size=3)] * 3)
    def test_it_means_the_same(self, and_, or_, not_):
        assume(and_ or or_ or not_)
        query = Query(and_, or_, not_)
        expression = query.to_expression()
        for video in distinguishable(expression):
            assert holds(expression, video) is selects(query, video)

    def test_a_query_compiles_back_from_its_expression(self):
        query = Query([Region == "US"], [Keyword == "a", Hashtag == "b"], [Length == "SHORT"])
        assert to_query(query.to_expression()) == query
