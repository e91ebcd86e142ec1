"""Every exception of the package: its parts, its text, and that it can be pickled."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import (
    AccessTokenInvalid,
    ApiError,
    BudgetSpent,
    Condition,
    CredentialsRefused,
    InternalError,
    InvalidParams,
    MissingCredentials,
    MissingFieldError,
    NeedsSeveralQueries,
    NetworkError,
    ParseError,
    Problem,
    QueryDSLError,
    RateLimitExceeded,
    Region,
    ScopeNotAuthorized,
    ScopePermissionMissed,
    ServerError,
    Store,
    StoreError,
    StuckSearch,
    ValidationError,
    errors,
    parse,
    validate,
)
from querydsl.showing import HARMFUL

BLANK = Problem("error", "text", "/and/0/field_values/0", "'' is blank", "give some text")
TWICE = Problem("warning", "duplicate", "/and/1", "this condition is given twice")

RAISED = [
    ValidationError([BLANK, TWICE], "Query"),
    NeedsSeveralQueries("it takes 3", 3),
    NeedsSeveralQueries("it takes very many"),
    ParseError("no", 1, 2, "x y", [BLANK]),
    MissingFieldError("username"),
    MissingCredentials("there is no token"),
    NetworkError("no connection"),
    ServerError("the server redirects", 307),
    ServerError("it has no data", 200, "log"),
    ApiError("odd", "no", 418, "log"),
    AccessTokenInvalid("access_token_invalid", "no", 401, "log"),
    CredentialsRefused("invalid_client", "no", 200, None),
    ScopeNotAuthorized("scope_not_authorized", "no", 401, "log"),
    ScopePermissionMissed("scope_permission_missed", "no", 400, "log"),
    InvalidParams("invalid_params", "no", 400, "log"),
    RateLimitExceeded("rate_limit_exceeded", "no", 429, "log", datetime(2023, 5, 2, tzinfo=timezone.utc)),
    StuckSearch("stuck_search", "no", None, "log"),
    InternalError("internal_error", "no", 500, "log"),
    BudgetSpent("5 calls were made"),
    StoreError("x.db: no"),
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

    def test_each_is_among_those_that_are_tried_here(self):
        own = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)}
        assert own - set(map(type, RAISED)) == {QueryDSLError}

    @pytest.mark.parametrize("error", RAISED, ids=repr)
    def test_each_survives_a_pickle_and_a_copy(self, error):
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
            assert (type(again), str(again), again.args) == (type(error), str(error), error.args)
            assert vars(again) == vars(error)

    @pytest.mark.parametrize("error", RAISED, ids=repr)
    def test_each_says_something_that_does_not_end_in_a_full_stop(self, error):
        assert str(error)
        assert not str(error).endswith(".")

    def test_errors_of_the_api_are_api_errors(self):
        below = {error for error in map(type, RAISED) if issubclass(error, ApiError)}
        assert below == {
            ApiError, AccessTokenInvalid, CredentialsRefused, ScopeNotAuthorized, ScopePermissionMissed, InvalidParams,
            RateLimitExceeded, StuckSearch, InternalError,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("error", "code", "status"),
        [
            (AccessTokenInvalid, "access_token_invalid", 401),
            (ScopeNotAuthorized, "scope_not_authorized", 401),
            (ScopePermissionMissed, "scope_permission_missed", 400),
            (InvalidParams, "invalid_params", 400),
            (RateLimitExceeded, "rate_limit_exceeded", 429),
            (InternalError, "internal_error", 500),
        ],
    )
    def test_the_class_of_a_documented_error_carries_its_code_and_status(self, error, code, status):
        assert (error.code, error.status) == (code, status)
        assert code in error.codes

    def test_an_error_has_the_code_that_came(self):
        assert InternalError("timeout", "no", 504).code == "timeout"
        assert not hasattr(StuckSearch, "code")

    def test_an_internal_error_is_the_servers_too(self):
        assert issubclass(InternalError, ServerError)
        assert not issubclass(InvalidParams, ServerError)

    @pytest.mark.parametrize("text", ["x", "Region == 'UK'", "Region.in_(", "Region ==\n 'us'"])
    def test_an_error_of_parse_says_something_without_a_full_stop(self, text):
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

    def test_without_an_expression_a_problem_is_said_after_its_place(self):
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


class TestErrorsOfTheApi:
    @pytest.mark.parametrize(
        ("error", "text"),
        [
            (ApiError("odd", "no", 418, "log"), "odd: no (status 418, log_id log)"),
            (ApiError("odd", "", 418), "odd (status 418)"),
            (ApiError("odd", "no"), "odd: no"),
            (StuckSearch("stuck_search", "no", None, "log"), "stuck_search: no (log_id log)"),
            (
                RateLimitExceeded("quota", "no", 429, None, datetime(2023, 5, 2, tzinfo=timezone.utc)),
                "quota: no (status 429); the quota begins anew at 2023-05-02 00:00 UTC",
            ),
            (ServerError("it has no data", 200, "log"), "it has no data"),
        ],
    )
    def test_they_say_all_that_support_asks_for(self, error, text):
        assert str(error) == text

    def test_their_parts_are_attributes(self):
        error = InvalidParams("invalid_params", "no", 400, "log")
        assert (error.code, error.message, error.status, error.log_id) == ("invalid_params", "no", 400, "log")
        failed = ServerError("it has no data", 200, "log")
        assert (failed.message, failed.status, failed.log_id) == ("it has no data", 200, "log")


class TestTextFromOutside:
    """No name of a file, key or value can start another line, or move a cursor."""

    def test_control_characters_in_the_line_of_a_text_are_escaped(self):
        with pytest.raises(ParseError) as refusal:
            parse("region_code == '\x1b[31m' and region == 'US'")
        line, caret = str(refusal.value).splitlines()[1:]
        assert line == "  region_code == '\\x1b[31m' and region == 'US'"
        assert line[caret.index("^") :] in ("'\\x1b[31m' and region == 'US'", "region == 'US'")

    FORGED = "x\nINFO all is well\x1b[2J\u2028"

    def test_not_the_name_of_a_file(self):
        with pytest.raises(StoreError) as refusal:
            Store(f"{self.FORGED}.db")
        assert str(refusal.value).startswith("x\\nINFO all is well\\x1b[2J\\u2028.db: there is no such file")

    def test_not_the_name_of_a_file_in_an_expression(self):
        with pytest.raises(ParseError) as refusal:
            parse("hashtag_name in @tags\x1b\u202e.txt")
        assert str(refusal.value).startswith("@tags\\x1b\\u202e.txt names a file, and none is read here")

    @given(st.recursive(st.text() | st.just(FORGED), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
    def test_nothing_in_a_document(self, value):
        wrong = {"field_name": value, "operation": value, "field_values": [value], self.FORGED: value}
        for document in ({"and": [wrong], self.FORGED: value}, {"query": {"or": value}, "start_date": value}):
            problems = validate(document)
            assert not HARMFUL.search("".join(f"{one.message}{one.hint}" for one in problems))
            for one in problems:
                assert not HARMFUL.search(str(ValidationError([one])))


class TestCaret:
    @pytest.mark.parametrize(
        ("line", "column", "shown"),
        [
            ("x y", 3, "x y\n    ^"),
            ("猫犬 y", 4, "猫犬 y\n       ^"),
            ("می\u200cخ y", 6, "می\u200cخ y\n      ^"),
            ("x\ty", 3, "x y\n    ^"),
        ],
        ids=ascii,
    )
    def test_it_stands_under_the_column_in_any_script(self, line, column, shown):
        assert str(ParseError("no", 1, column, line)).endswith(f"\n  {shown}")


class TestProblems:
    def test_a_notebook_shows_them_as_a_table_escaped(self):
        problems = validate({"and": [{"field_name": "<b>", "operation": "EQ", "field_values": ["us"]}]}, "query")
        html = problems._repr_html_()
        assert "/and/0/field_name" in html
        assert "<b>" not in html
        assert isinstance(problems, list)
