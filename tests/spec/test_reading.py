"""Text and bytes from outside, read as JSON."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import Problem, validate
from querydsl.spec.validation import MAX_CHARACTERS, read
from tests.documents import EXAMPLE, anything, request, resolve

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


def json_problem(message: str, hint: str | None) -> list[Problem]:
    return [Problem("error", "json", "", message, hint)]


ONE_DOCUMENT = "give one document; of JSON Lines each line is one: `querydsl check --lines`"


class TestReading:
    @given(anything, st.sampled_from(ENCODINGS))
    def test_bytes_in_every_encoding_of_json_say_the_same(self, document, encoding):
        text = json.dumps(document)
        assert read(text.encode(encoding)) == read(text) == (document, [])

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_bytes_of_text_that_is_not_ascii_say_the_same(self, encoding):
        text = '{"and": "\u00e9\u732b\U0001f600"}'
        assert read(text.encode(encoding)) == ({"and": "\u00e9\u732b\U0001f600"}, [])

    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
    def test_every_kind_of_bytes_is_taken(self, kind):
        assert read(kind(b'{"and": 1}')) == ({"and": 1}, [])

    def test_a_byte_order_mark_in_text_is_ignored(self):
        assert read('\ufeff{"and": 1}') == ({"and": 1}, [])

    def test_a_document_in_memory_is_itself(self):
        assert read(EXAMPLE)[0] is EXAMPLE
        assert read(MappingProxyType(EXAMPLE)) == (EXAMPLE, [])

    @pytest.mark.parametrize("digits", ["9" * 10, "1" + "0" * 500, "9" * 4_301, "-" + "9" * 1_000_000], ids=len)
    def test_a_number_may_have_any_number_of_digits(self, digits):
        document, problems = read(f'{{"max_count": {digits}}}')
        assert (type(document["max_count"]), problems) == (int, [])
        assert document["max_count"] > 100 or digits[0] == "-"


class TestSyntax:
    @pytest.mark.parametrize(
        ("text", "message", "hint"),
        [
            ("", "Expecting value (line 1, column 1)", "the text is empty: give a request or a query"),
            (
                "region_code == 'US'",
                "Expecting value (line 1, column 1)",
                "a document begins with {; an expression is read by querydsl.parse and `querydsl compile`",
            ),
            (
                "curl -X POST 'https://open.tiktokapis.com/' -d '{}'",
                "Expecting value (line 1, column 1)",
                "give the body of the command alone; Request.from_curl and `querydsl check` read all of it",
            ),
            (
                "{'and': []}",
                "Expecting property name enclosed in double quotes (line 1, column 2)",
                'JSON writes its texts in straight double quotes: "US"',
            ),
            (
                "{\u201cand\u201d: []}",
                "Expecting property name enclosed in double quotes (line 1, column 2)",
                'JSON writes its texts in straight double quotes: "US"',
            ),
            (
                "{and: []}",
                "Expecting property name enclosed in double quotes (line 1, column 2)",
                'JSON writes its keys in double quotes: "query"',
            ),
            (
                '{\n  "is_random": True}',
                "Expecting value (line 2, column 16)",
                "JSON writes true, false and null",
            ),
            ('{"and": [] // all\n}', "Expecting ',' delimiter (line 1, column 12)", "JSON has no comments"),
            ('{"and": [}', "Expecting value (line 1, column 10)", None),
            (
                '{"and": [] "or": []}',
                "Expecting ',' delimiter (line 1, column 12)",
                "put a comma between two values, and close every bracket",
            ),
            ('{"and": [', "Expecting value (line 1, column 10)", "the text ends too early: close every bracket"),
            ('{"and": "', "Unterminated string starting at (line 1, column 9)", "close the text with a double quote"),
            ("{} {}", "Extra data (line 1, column 4)", ONE_DOCUMENT),
            ('{"a": NaN}', "NaN (line 1, column 7)", "JSON has no such number; leave it out"),
            (
                '{"a": "NaN\\"",\n"b": -Infinity}',
                "-Infinity (line 2, column 6)",
                "JSON has no such number; leave it out",
            ),
        ],
    )
    def test_text_that_is_not_json_has_an_error_with_place_and_reason(self, text, message, hint):
        assert read(text) == (None, json_problem(f"this is not JSON: {message}", hint))

    @pytest.mark.parametrize("text", ['{"and": [1,]}', '{"and": 1,}', "[1\n, ]"])
    def test_a_comma_too_many_is_named(self, text):
        [problem] = read(text)[1]
        assert problem.hint == "remove the comma before the bracket"

    @pytest.mark.parametrize(
        "content", [b"\xff{}", b'{"a": "\xe9"}', '{"a": "\ud800"}'.encode("utf-8", "surrogatepass")]
    )
    def test_bytes_that_are_not_text_say_where(self, content):
        [problem] = read(content)[1]
        assert (problem.code, problem.hint) == ("json", "save the file as UTF-8")
        assert problem.message.startswith("the bytes are not text: byte ")

    @pytest.mark.parametrize("bracket", ["[", '{"and":', '{"query": {"and": [[['])
    def test_too_deep_nesting_is_refused(self, bracket):
        hint = "a request has four levels of brackets"
        assert read(bracket * 100_000) == (None, json_problem("this is nested too deeply to be read", hint))

    @pytest.mark.parametrize(
        "empty", [" " * (MAX_CHARACTERS + 1), b" " * (4 * MAX_CHARACTERS + 1)], ids=["text", "bytes"]
    )
    def test_a_too_long_text_is_not_read(self, empty):
        message = "the text is longer than 16,777,216 characters"
        assert read(empty) == (None, json_problem(message, "split it into several documents"))


class TestRepeatedKeys:
    @pytest.mark.parametrize(
        ("text", "paths"),
        [
            ('{"and": [], "and": []}', ["/and"]),
            ('{"query": {"or": [], "or": [], "or": []}}', ["/query/or"]),
            ('{"and": [{}, {"operation": "EQ", "operation": "IN"}]}', ["/and/1/operation"]),
            ('{"a/b~c": {"": 1, "": 2}}', ["/a~1b~0c/"]),
            ('[{"a": 1, "a": {"b": 1, "b": 2}}, [{"c": 1, "c": 2}]]', ["/0/a", "/0/a/b", "/1/0/c"]),
            ('{"a": {"b": 1, "b": 2}, "a": 3}', ["/a"]),
        ],
        ids=["top", "thrice", "in a condition", "escaped", "several, in order", "in a value that does not count"],
    )
    def test_each_is_reported_once_wherever_it_stands(self, text, paths):
        document, problems = read(text)
        assert [problem.path for problem in problems] == paths
        assert {(problem.code, problem.hint) for problem in problems} == {("json", "keep one of the two")}
        assert document == json.loads(text)

    def test_the_rest_of_the_document_is_checked_all_the_same(self):
        text = json.dumps(request(max_count=0)).replace('"end_date"', '"start_date": "20230101", "end_date"')
        assert [(problem.code, problem.path) for problem in validate(text)] == [
            ("json", "/start_date"),
            ("range", "/max_count"),
        ]

    @given(st.data())
    def test_their_pointers_exist(self, data):
        pairs = st.recursive(
            st.integers(0, 9).map(str),
            lambda inner: (
                st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
                | st.lists(st.tuples(st.sampled_from(["a", "/", "~1", ""]), inner), max_size=4).map(
                    lambda members: "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in members) + "}"
                )
            ),
            max_leaves=20,
        )
        document, problems = read(data.draw(pairs))
        for problem in problems:
            resolve(document, problem.path)
