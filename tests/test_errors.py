"""Every exception of the package: what it holds, what it says, and that it survives a process pool."""

from __future__ import annotations

import copy
import pickle

import pytest

from querydsl import (
    Condition,
    NeedsSeveralQueries,
    ParseError,
    Problem,
    QueryDSLError,
    Region,
    ValidationError,
    errors,
    parse,
)

BLANK = Problem("error", "text", "/and/0/field_values/0", "'' is blank", "give some text")
TWICE = Problem("warning", "duplicate", "/and/1", "this condition is given twice")

RAISED = [
    ValidationError([BLANK, TWICE], "Query"),
    NeedsSeveralQueries("it takes 3", 3),
    NeedsSeveralQueries("it takes very many"),
]


def refusal(text: str) -> ParseError:
    with pytest.raises(ParseError) as caught:
        parse(text)
    return caught.value


class TestProblem:
    def test_its_text_is_the_message_and_the_hint(self):
        assert str(BLANK) == "'' is blank; give some text"
        assert str(TWICE) == "this condition is given twice"

    def test_seen_from_further_out_it_is_further_away(self):
        assert BLANK.below("/query").path == "/query/and/0/field_values/0"
        assert errors.below("/query", [BLANK, TWICE]) == [BLANK.below("/query"), TWICE.below("/query")]

    def test_it_is_a_value(self):
        assert BLANK == copy.copy(BLANK)
        assert {BLANK, copy.deepcopy(BLANK)} == {BLANK}


class TestHierarchy:
    def test_all_are_one_family(self):
        own = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
        assert len(own) >= 4
        assert all(issubclass(error, QueryDSLError) for error in own)

    def test_a_wrong_value_is_a_value_error(self):
        assert issubclass(ValidationError, ValueError)
        assert issubclass(ParseError, ValidationError)

    @pytest.mark.parametrize("error", RAISED, ids=str)
    def test_each_survives_a_pickle(self, error):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))

    @pytest.mark.parametrize("text", ["x", "Region == 'UK'", "Region.in_(", "Region ==\n 'us'"])
    def test_so_does_what_parse_raises(self, text):
        error = refusal(text)
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), again.line, again.column, again.problems) == (
            str(error), error.line, error.column, error.problems,
        )  # fmt: skip


class TestValidationError:
    def test_one_problem_is_said_in_a_line_after_the_users_own_expression(self):
        with pytest.raises(ValidationError) as caught:
            Region == "UK"
        assert str(caught.value) == ("Region == 'UK': 'UK' is not a documented region code; the United Kingdom is 'GB'")

    def test_or_after_its_place_where_there_is_no_expression(self):
        assert str(ValidationError([BLANK])) == "/and/0/field_values/0: '' is blank; give some text"
        assert str(ValidationError([Problem("error", "json", "", "this is not JSON")])) == "this is not JSON"

    def test_several_are_a_list(self):
        assert str(ValidationError([BLANK, Problem("error", "missing", "", "'query' is missing")])) == (
            "the document: 2 problems\n  /and/0/field_values/0: '' is blank; give some text\n  'query' is missing"
        )

    def test_very_many_are_counted(self):
        with pytest.raises(ValidationError) as caught:
            Condition("region_code", "IN", ["UK"] * 1_000)
        lines = str(caught.value).splitlines()
        assert len(caught.value.problems) == 1_000
        assert lines[0].startswith("Condition('region_code', 'IN', ('UK', 'UK', ")
        assert lines[0].endswith("…: 1000 problems")
        assert (len(lines), lines[-1]) == (12, "  and 990 more")
