"""Text becomes an expression, or a ParseError that points at the mistake."""

from __future__ import annotations

import pickle
import re
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import example, given
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
    ParseError,
    Region,
    ValidationError,
    VideoId,
    parse,
)
from querydsl.language.expressions import And, Group, Not, conditions
from querydsl.language.fields import FIELD_OBJECTS
from querydsl.language.scanner import MAX_CHARACTERS
from querydsl.tables import FIELDS
from tests import strategies

EACH = 'put parentheses round each comparison: (region_code == "US") & (…)'
WHOLE = 'the field with each value, as in region_code == "US"'
COMMA = "a comma joins no conditions; write and, or or, between them"
US, CAT, DOG, SHORT = Region == "US", Keyword == "cat", Keyword == "dog", Length == "SHORT"
JANUARY = CreateDate.between("20230101", "20230131")


def refusal_of(text: str) -> ParseError:
    with pytest.raises(ParseError) as refusal:
        parse(text)
    return refusal.value


def plain(expression: Expression) -> str:
    """An expression in the plain form with documented names and words, every part in brackets."""
    if isinstance(expression, Condition):
        if repr(expression).startswith("Condition"):  # no comparison makes this condition
            return repr(expression)
        name, values = expression.field_name, ", ".join(map(repr, expression.field_values))
        sign = {"EQ": "==", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}.get(expression.operation)
        return f"{name} {sign} {values}" if sign else f"{name} in [{values}]"
    if isinstance(expression, Not):
        return f"not ({plain(expression.term)})"
    assert isinstance(expression, Group)
    word = " and " if isinstance(expression, And) else " or "
    return word.join(f"({plain(term)})" for term in expression.terms)


class TestForms:
    @pytest.mark.parametrize(
        ("text", "expression"),
        [
            ('Region.in_("US", "JP") & ~(Length == "SHORT")', Region.in_("US", "JP") & ~SHORT),
            ('Region.in_("US", "JP") & ~Length == "SHORT"', Region.in_("US", "JP") & ~SHORT),
            ('region_code in ("US", "JP") and not video_length == "SHORT"', Region.in_("US", "JP") & ~SHORT),
            ('keyword == "cat" or keyword == "dog" and region_code == "US"', CAT | (DOG & US)),
            ('(keyword == "cat" or Keyword.eq("dog")) & ~(Region != "US")', (CAT | DOG) & US),
            ('region_code not in ["US"]', Region.not_in("US")),
            ('region_code in {"US"}', Region.in_("US")),
            ('region_code in "US"', Region.in_("US")),
            ('Region.not_in(["US", "JP"])', Region.not_in("US", "JP")),
            ('"US" == Region', US),
            ('"20230101" <= create_date', CreateDate >= "20230101"),
            ('"20230101" <= create_date <= "2023-01-31"', JANUARY),
            ('"20230131" >= create_date >= "20230101"', JANUARY),
            ('"20230101" < create_date <= "20230131"', (CreateDate > "20230101") & (CreateDate <= "20230131")),
            ('"SHORT" < Length <= "LONG"', (Length > "SHORT") & (Length <= "LONG")),
            ('create_date.between("20230101", "20230131")', JANUARY),
            ('Length.gt("SHORT") | Length.lte("SHORT")', (Length > "SHORT") | (Length <= "SHORT")),
            ("video_id == 7 or music_id == 0x7", (VideoId == 7) | (MusicId == 7)),
            ("effect_id in (0, '1')", EffectId.in_(0, 1)),
            ('any_of(keyword == "cat", Keyword == "dog")', CAT | DOG),
            ('all_of([keyword == "cat", none_of((Keyword == "dog",))])', CAT & ~DOG),
            ('Condition("keyword", "IN", ["cat", "cat"])', Condition("keyword", "IN", ["cat", "cat"])),
            ('not not (((keyword))) == (("cat"))', CAT),
            (r"keyword == r'c\at'", Keyword == r"c\at"),
            (r"keyword == '\x63\N{LATIN SMALL LETTER A}\164'", CAT),
        ],
    )  # fmt: skip
    def test_the_python_form_and_the_plain_form_are_one_language(self, text, expression):
        assert parse(text) == expression

    @pytest.mark.parametrize("name", sorted(FIELD_OBJECTS))
    def test_each_field_has_its_documented_name_and_that_of_its_object(self, name):
        field = FIELD_OBJECTS[name]
        value = {"region_code": "US", "video_length": "MID", "create_date": "20230101"}.get(name, "7")
        assert parse(f"{name} == '{value}'") == parse(f"{field!r} == '{value}'") == (field == value)

    @pytest.mark.parametrize(
        "text",
        [
            '  \n\t keyword == "cat"\n\n',
            'keyword # which\n == # what\r\n "cat"',
            '# a cat (or [two\nkeyword == "cat" # "quoted\n#',
            'keyword \\\n == "cat"',
            'keyword\r==\f"cat"',
            '(\nkeyword ==\n"cat"\n)',
        ],
        ids=["space around", "comments", "brackets and quotes in comments", "backslash", "other breaks", "in brackets"],
    )
    def test_lines_break_anywhere_and_comments_are_free(self, text):
        assert parse(text) == CAT

    @pytest.mark.parametrize(
        "text", ['keyword == "#1 (best"', "keyword == '''#1 (best'''", r'keyword == "#1 \x28best"']
    )
    def test_in_quotes_nothing_is_a_comment_or_a_bracket(self, text):
        assert parse(text) == (Keyword == "#1 (best")

    @given(strategies.expressions)
    def test_the_source_of_any_expression_is_read_back(self, expression):
        assert parse(repr(expression)) == expression

    @given(strategies.expressions)
    def test_the_plain_form_of_any_expression_is_read_back(self, expression):
        assert parse(plain(expression)) == expression


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "printed"),
        [
            (
                'region == "US"',
                "'region' is not a field; it is spelt 'region_code' (line 1, column 1)\n"
                '  region == "US"\n'
                "  ^",
            ),
            (
                'Regoin == "US"',
                "'Regoin' is not a field; it is spelt Region (line 1, column 1)\n"
                '  Regoin == "US"\n'
                "  ^",
            ),
            (
                'keyword == "cat"\n  and region_code == "UK"',
                "Region == 'UK': 'UK' is not a documented region code; the United Kingdom is 'GB' (line 2, column 22)\n"
                '    and region_code == "UK"\n'
                "                       ^",
            ),
            (
                'keyword == "Käse" and region_code == US',
                "'US' is not a value: put texts in quotes, \"US\" (line 1, column 38)\n"
                '  keyword == "Käse" and region_code == US\n'
                "                                       ^",
            ),
            (
                'Region == "US" & Length == "SHORT"',
                f"& and | bind tighter than a comparison; {EACH} (line 1, column 11)\n"
                '  Region == "US" & Length == "SHORT"\n'
                "            ^",
            ),
            (
                'not (keyword == "cat") & (keyword == "dog")',
                "Python would group this otherwise than it reads; put it in parentheses (line 1, column 5)\n"
                '  not (keyword == "cat") & (keyword == "dog")\n'
                "      ^",
            ),
            (
                'region_code == "US" or "JP"',
                '"JP" stands alone; write region_code in ("US", "JP") (line 1, column 24)\n'
                '  region_code == "US" or "JP"\n'
                "                         ^",
            ),
            (
                'region_code = "US"',
                "a comparison is written with == (line 1, column 13)\n"
                '  region_code = "US"\n'
                "              ^",
            ),
            (
                'keyword == "cat" && keyword == "dog"',
                "write & or and, | or or, ~ or not (line 1, column 18)\n"
                '  keyword == "cat" && keyword == "dog"\n'
                "                   ^",
            ),
            (
                'keyword == "cat" AND NOT keyword == "dog"',
                "write and in small letters (line 1, column 18)\n"
                '  keyword == "cat" AND NOT keyword == "dog"\n'
                "                   ^",
            ),
            (
                "create_date >= 2023-01-31",
                "put days and numbers that begin with 0 in quotes, as '20230131' (line 1, column 21)\n"
                "  create_date >= 2023-01-31\n"
                "                      ^",
            ),
            (
                "keyword contains 'cat'",
                "there is no contains; write ==, for a keyword matches any part of the description (line 1, column 9)\n"
                "  keyword contains 'cat'\n"
                "          ^",
            ),
            (
                "create_date BETWEEN 20230101 and 20230131",
                "there is no BETWEEN; write two comparisons, as in '20230101' <= create_date <= '20230131' "
                "(line 1, column 13)\n"
                "  create_date BETWEEN 20230101 and 20230131\n"
                "              ^",
            ),
            (
                'keyword == "cat" and\n',
                "the expression breaks off here (line 1, column 21)\n"
                '  keyword == "cat" and\n'
                "                      ^",
            ),
            (
                '(keyword == "cat" and\n(keyword == "dog")',
                "this bracket is never closed (line 1, column 1)\n"
                '  (keyword == "cat" and\n'
                "  ^",
            ),
            (
                'keyword == "cat")',
                "this bracket closes nothing (line 1, column 17)\n"
                '  keyword == "cat")\n'
                "                  ^",
            ),
            (
                "like_count > 7",
                "'like_count' is not a field; like_count cannot be searched: filter the videos that come back "
                "(line 1, column 1)\n"
                "  like_count > 7\n"
                "  ^",
            ),
            (
                f'keyword == "{"a" * 20_000}" and\tfoo == 7',
                f"'foo' is not a field; the fields are {', '.join(FIELDS)} "
                "(line 1, column 20019)\n"
                f'  {"a" * 54}" and foo == 7\n'
                f"  {' ' * 60}^",
            ),
            (
                'keyword == "cat\n" or keyword == "dog"',
                "this text does not end on its line; for a line break inside write \\n (line 1, column 12)\n"
                '  keyword == "cat\n'
                "             ^",
            ),
            (
                "",
                'the text is empty; write a condition, such as region_code == "US" (line 1, column 1)',
            ),
        ],
        ids=[
            "unknown field", "slip of the pen", "wrong value", "no quotes", "bare value beside &", "not before &",
            "value alone", "single =", "double &", "capitals", "no quotes round a day",
            "contains", "between", "broken off", "never closed", "closes nothing",
            "not searchable", "far along a line", "torn", "empty",
        ],
    )  # fmt: skip
    def test_errors_describe_and_point_at_the_mistake(self, text, printed):
        assert str(refusal_of(text)) == printed

    @pytest.mark.parametrize(
        ("text", "column", "message"),
        [
            ('hashtag_name == "cat" or "dog"', 26, '"dog" stands alone; write hashtag_name in ("cat", "dog")'),
            ('(Hashtag == "cat") | "dog"', 22, '"dog" stands alone; write Hashtag in ("cat", "dog")'),
            (
                "keyword == 'x' and (hashtag_name == 'a' or 'b' or 'c' or 'd' or 'e' or 'f')",
                44,
                "'b' stands alone; write hashtag_name in ('a', 'b', 'c', 'd', 'e', …)",
            ),
            (
                'hashtag_name == "cat" and "dog"',
                27,
                '"dog" stands alone; write hashtag_name == "cat" and hashtag_name == "dog"',
            ),
            ('region_code == "US" and "JP"', 25, '"JP" stands alone; write region_code in ("US", "JP")'),
            ('region_code != "US" or "JP"', 24, '"JP" stands alone; write region_code not in ("US", "JP")'),
            ('region_code != "US" and "JP"', 25, '"JP" stands alone; write region_code not in ("US", "JP")'),
            ('hashtag_name in "cat", "dog"', 24, '"dog" stands alone; write hashtag_name in ("cat", "dog")'),
            ('hashtag_name == "cat", "dog"', 24, '"dog" stands alone; write hashtag_name in ("cat", "dog")'),
            ("view_count > 5 or 7", 19, f"7 stands alone; write {WHOLE}"),
            ('"cat" or hashtag_name == "dog"', 1, f'"cat" stands alone; write {WHOLE}'),
            ('not hashtag_name == "cat" or "dog"', 30, f'"dog" stands alone; write {WHOLE}'),
            ('"cat"', 1, f'"cat" stands alone; write {WHOLE}'),
            ('tag == "cat" or "dog"', 1, "'tag' is not a field; it is spelt 'hashtag_name'"),
            ('hashtag_name == ("cat" or "dog")', 18, 'for one of several values write hashtag_name in ("cat", "dog")'),
            ('hashtag_name in ("cat" or "dog")', 18, 'for one of several values write hashtag_name in ("cat", "dog")'),
            ('hashtag_name == "a" | "b" | "c"', 17, 'for one of several values write hashtag_name in ("a", "b", "c")'),
            ('region_code != ("US" or "JP")', 17, 'for one of several values write region_code not in ("US", "JP")'),
            ('Hashtag.in_("cat" or "dog")', 13, "a comma stands between two values, and no and or or"),
            ('region_code == "US", video_length == "SHORT"', 22, COMMA),
            ('(region_code == "US", Length == "SHORT")', 23, COMMA),
            ('region_code == "US",', 1, COMMA),
        ],
        ids=lambda text: text if isinstance(text, str) and "==" in text else "",
    )  # fmt: skip
    def test_a_value_without_its_field_and_a_comma_are_answered_with_what_to_write(self, text, column, message):
        refusal = refusal_of(text)
        assert (refusal.message, refusal.column) == (message, column)

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ('Region.in_("US", "UK")', "region-code"),
            ('video_length == "short"', "video-length"),
            ('create_date > "20230230"', "date"),
            ("create_date == 20230101", "type"),
            ("video_id == -7", "id"),
            ("video_id == 0x" + "f" * 1_000, "id"),
            ('hashtag_name == "#cats"', "text"),
            (r'keyword == "\ud800"', "text"),
            ("keyword in []", "value-count"),
            ('Length > "EXTRA_LONG"', "video-length"),
            ('"20230131" <= create_date <= "20230101"', "date"),
            ('Condition("keyword", "LIKE", ["cat"])', "operation"),
        ],
        ids=lambda text: text[:36],
    )
    def test_a_wrong_value_brings_its_problems(self, text, code):
        assert [problem.code for problem in refusal_of(text).problems] == [code]

    def test_they_are_validation_errors_and_survive_pickling(self):
        refusal = refusal_of('region_code == "UK"')
        copied = pickle.loads(pickle.dumps(refusal))
        assert isinstance(copied, ValidationError)
        assert (str(copied), copied.problems, copied.line, copied.column) == (str(refusal), refusal.problems, 1, 16)


class TestFiles:
    @pytest.fixture(autouse=True)
    def files(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "tags.txt").write_text("# animals\n#cat\n@dog\n")
        (tmp_path / "my codes.txt").write_text("US\nUK\n")

    @pytest.mark.parametrize(
        ("text", "expression"),
        [
            ("hashtag_name in @tags.txt", Hashtag.in_("cat", "dog")),
            ("hashtag_name not in @./tags.txt", Hashtag.not_in("cat", "dog")),
            ("Hashtag.in_(@tags.txt) & ~(Keyword == 'cat')", Hashtag.in_("cat", "dog") & ~CAT),
            ("hashtag_name in ('bird', @tags.txt, 'cat')", Hashtag.in_("bird", "cat", "dog")),
            ("keyword == 'Käse' and (hashtag_name in @'tags.txt')", (Keyword == "Käse") & Hashtag.in_("cat", "dog")),
            ("hashtag_name in # tags\n @tags.txt\nor keyword == 'cat'", Hashtag.in_("cat", "dog") | CAT),
        ],
    )
    def test_a_list_may_come_from_a_file(self, text, expression):
        assert parse(text, files=True) == expression

    def test_a_wrong_value_is_named_with_its_file_and_line(self):
        with pytest.raises(ParseError) as refusal:
            parse('keyword == "Käse" and region_code in @"my codes.txt"', files=True)
        assert str(refusal.value) == (
            "'my codes.txt', line 2: 'UK' is not a documented region code; the United Kingdom is 'GB' "
            "(line 1, column 38)\n"
            '  keyword == "Käse" and region_code in @"my codes.txt"\n'
            "                                       ^"
        )
        assert [problem.code for problem in refusal.value.problems] == ["region-code"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "hashtag_name in @none.txt",
                "'none.txt': No such file or directory; a name is relative to the folder that the command runs in",
            ),
            ("keyword == @tags.txt", "a file of values stands after in, as in hashtag_name in @tags.txt"),
            ("@tags.txt == 'a'", "a file of values stands after in, as in hashtag_name in @tags.txt"),
            ("any_of(@tags.txt)", "a file of values stands after in, as in hashtag_name in @tags.txt"),
            (
                "Condition('keyword', 'IN', [@tags.txt])",
                "a file of values stands after in, as in hashtag_name in @tags.txt",
            ),
            ("keyword in 'a' @tags.txt", "this is not an expression: invalid syntax"),
            (
                "hashtag_name in @ tags.txt",
                "the name of a file stands straight after the @, as in hashtag_name in @tags.txt",
            ),
            (
                "hashtag_name in tags.txt",
                "a value is a text in quotes, or a number; a file of values is @tags.txt, say",
            ),
            (
                "Region.notin('US')",
                "Region has no method 'notin'; the nearest one is not_in of eq, ne, lt, lte, gt, gte, in_, not_in, "
                "between",
            ),
            ("any_of('a', " + "'b', " * 200 + ")", "several values are given with in, or with .in_(…)"),
            ("keyword == (" + "'b', " * 200 + ")", "several values are given with in, or with .in_(…)"),
            ("keyword.eq(" + "'b', " * 200 + ")", "several values are given with in, or with .in_(…)"),
        ],
    )
    def test_mistakes_with_files_are_described(self, text, message):
        with pytest.raises(ParseError) as refusal:
            parse(text, files=True)
        assert refusal.value.message == message

    def test_none_is_read_unless_it_is_allowed(self, monkeypatch):
        monkeypatch.setattr("querydsl.language.parser.read_values", None)
        assert refusal_of("hashtag_name in @tags.txt").message == (
            "@tags.txt names a file, and none is read here; programs allow it with parse(…, files=True)"
        )


class TestForeign:
    """Texts that Python accepts and this language does not: nothing is ever evaluated."""

    @pytest.mark.parametrize(
        "text",
        [
            "__import__('os').system('true')", "open('/etc/passwd')", "print(keyword == 'a')", "parse('keyword')",
            "keyword", "not keyword", "(keyword == 'a') & hashtag_name", "all_of(keyword)", "'a'", "7", "None", "True",
            "keyword.upper()", "keyword.eq('a').eq('b')", "keyword._documented", "keyword.__class__", "'a'.join('b')",
            "keyword.eq()", "keyword.eq('a', 'b')", "keyword.eq(value='a')", "keyword.in_(*['a'])", "any_of()",
            "any_of([])", "any_of('a')", "any_of(*[keyword == 'a'])", "any_of(x for x in keyword)", "Condition()",
            "Condition('keyword', 'EQ', 'a')", "lambda: keyword == 'a'", "[keyword == 'a' for _ in 'a']",
            "{keyword == 'a'}", "{'a': keyword == 'a'}", "[keyword == 'a']", "(keyword == 'a',)", "keyword == 'a', ",
            "f'a'", "keyword == f'a'", "keyword == f'{open}'", "keyword == Rf'a'", "keyword == 'a' f'b'",
            "keyword == b'a'", "keyword == ...", "keyword == None", "keyword == 1.5", "keyword == 1j",
            "(x := keyword == 'a')", "*keyword", "keyword[0]", "keyword == 'abc'[0]", "keyword == 'a' if 1 else 2",
            "await keyword", "yield keyword", "import os", "from os import *", "keyword == 'a'; keyword == 'b'",
            "keyword == 'a'\nkeyword == 'b'", "keyword = 'a'", "del keyword", "def f(): pass", "@keyword", "!keyword",
            "keyword == 'a' + 'b'", "keyword == 'a' * 9**9", "keyword == 'a' % 1", "video_id == 1 + 1",
            "video_id == +1", "video_id == - -1", "video_id == ~1", "video_id == 1 | 2", "video_id == 1 << 99999999",
            "-keyword == 'a'", "(keyword == 'a') ^ (keyword == 'b')", "(keyword == 'a') - (keyword == 'b')",
            "keyword is 'a'", "keyword is not 'a'", "keyword <> 'a'", "keyword like 'a'", "keyword == hashtag_name",
            "keyword == keyword", "(keyword == 'a') == (keyword == 'b')", "'a' in keyword", "'a' == 'a'",
            "keyword < 'a'", "Region.lt('US')", "keyword == 'a' == 'b'", "'a' < create_date > 'b'",
            "'a' < create_date == 'b'", "'a' < 'b' < create_date", "'1' <= '2' <= '3' <= '4'", "(~keyword) == 'a'",
            "(keyword == 'a' & keyword) == 'a'", "'a' == ~keyword", "'a' == (keyword == 'b') & keyword",
            "keyword == ['a']", "keyword == ('a', 'b')", "keyword in [['a']]", "keyword in {'a': 'b'}",
            "keyword == 'a", 'keyword == "a', "keyword == '''a", "keyword == 'a\nb'", "keyword == 'a\\\nb'",
            "keyword == '''a\nb'''", "keyword == '\0'", "keyword == '\ud800'", "\ufeffkeyword == 'a'",
            "keyword == \N{LEFT DOUBLE QUOTATION MARK}a\N{RIGHT DOUBLE QUOTATION MARK}", "(keyword == 'a']", "0777",
        ],
    )  # fmt: skip
    def test_it_is_refused(self, text):
        refusal_of(text)

    @pytest.mark.parametrize("text", [None, b"keyword == 'a'", 7, ["keyword == 'a'"]], ids=repr)
    def test_a_value_that_is_not_text_is_refused(self, text):
        assert refusal_of(text).line == 1

    @pytest.mark.parametrize(
        ("text", "spelling"),
        [
            ("a == 1 & b == 2", "(a == 1) & (b == 2)"),
            ("a == 1 | b == 2", "(a == 1) | (b == 2)"),
            ("not a == 1 & (b == 2)", "(not a == 1) & (b == 2)"),
            ("not (a == 1) & (b == 2)", "(not (a == 1)) & (b == 2)"),
            ("not (a == 1) | b == 2", "(not (a == 1)) | b == 2"),
            ("(a == 1) and (b == 2) | (a == 3)", "((a == 1) and (b == 2)) | (a == 3)"),
            ("(a == 1) and (b == 2) | a == 3", "((a == 1) and (b == 2)) | a == 3"),
            ("(a == 1) | (b == 2) and (a == 3)", "(a == 1) | ((b == 2) and (a == 3))"),
        ],
    )
    def test_ambiguous_grouping_asks_for_parentheses(self, text, spelling):
        refusal_of(text.replace("a ", "video_id ").replace("b ", "music_id "))
        parse(spelling.replace("a ", "video_id ").replace("b ", "music_id "))


#: Texts that have cost parsers, also Python's own, much time or all of the stack.
HOSTILE = {
    "open brackets": "(" * 100_000,
    "closed brackets": ")" * 100_000,
    "nested brackets": "(" * 100_000 + "keyword == 'a'" + ")" * 100_000,
    "nested lists": "keyword in " + "[" * 100_000 + "]" * 100_000,
    "nested calls": "any_of(" * 60_000 + ")" * 60_000,
    "nested not": "not (" * 90 + "(a b)" + ")" * 90,
    "chained calls": "keyword" + "()" * 200_000,
    "chained subscripts": "keyword" + "[0]" * 150_000,
    "chained attributes": "keyword" + ".a" * 200_000,
    "chained in brackets": "(" * 90 + "a" + (".b" * 2_000 + ", 7)") * 90,
    "chained |": " | ".join(["(keyword == 'a')"] * 20_000),
    "chained shifts": "video_id == 1" + " << 1" * 90_000,
    "chained power": "video_id == 9" + "**9" * 100_000,
    "chained comparisons": "video_id" + " < 1" * 100_000,
    "chained ~": "~" * 400_000 + "keyword == 'a'",
    "chained not": "not " * 100_000 + "keyword == 'a'",
    "chained minus": "video_id == " + "-" * 1_500 + "5",
    "chained if": "a if b else " * 40_000 + "c",
    "chained lambda": "lambda: " * 60_000 + "c",
    "code in an f-string": "keyword == f'{a" + ".b" * 200_000 + "}'",
    "code in a later f-string": "keyword == 1f'{a" + "()" * 200_000 + "}'",
    "digits": "video_id == " + "9" * 100_000,
    "digits with underscores": "video_id == 1" + "_0" * 200_000,
    "hex digits": "video_id == 0x" + "f" * 100_000,
    "a float of many digits": "video_id == 1." + "0" * 400_000,
    "many long numbers": "video_id in (" + ("0x" + "f" * 1_000 + ",") * 450 + ")",
    "ten megabytes": "keyword == '" + "a" * 10_000_000,
    "megabytes of lines": "\n" * 5_000_000,
    "quotes": "'" * 499_999,
    "backslashes": "'\\" * 240_000,
    "spaces": "keyword" + " " * 490_000 + "== 'a' foo",
    "comments": "#\n" * 240_000,
    "a long name": "é" * 400_000,
    "many strings": "keyword == " + "'a' " * 120_000,
    "lists that are nearly long": "any_of(" + ("keyword in [" + "'a'," * 99 + "x],") * 1_200,
    "blanks in lists": "keyword in [" + ("'a'" + " " * 4_000 + ",") * 120,
    "a long list in quotes": 'keyword == "(' + "'a'," * 600_000 + '"',
    "a long list in a comment": "# (" + "'a'," * 600_000,
    "a long list without an end": "keyword in (" + "'a'," * 600_000,
    "many wrong values": "video_id in (" + "'x'," * 100_000 + ")",
    "NULs": "\0" * 400_000,
    "lone surrogates": "\ud800" * 400_000,
}


@pytest.fixture(scope="module")
def time_of_a_long_text():
    """The CPU time for an ordinary text of nearly the maximum length."""
    text = " or ".join(f"keyword == 'k{n}'" for n in range(MAX_CHARACTERS // 24))
    begin = time.process_time()
    parse(text)
    return time.process_time() - begin


class TestSize:
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_a_hostile_text_has_its_answer_as_quickly_as_a_long_one(self, text, time_of_a_long_text):
        begin = time.process_time()
        with suppress(ParseError):
            parse(text)
        assert time.process_time() - begin < 5 * time_of_a_long_text

    @pytest.mark.parametrize(
        ("text", "count"),
        [
            (" or ".join(f"keyword == 'k{n}'" for n in range(10_000)), 10_000),
            ("any_of(" + ",".join(f"Keyword.eq('k{n}')" for n in range(10_000)) + ")", 10_000),
            (" | ".join(f"(keyword == 'k{n}')" for n in range(1_900)), 1_900),
        ],
        ids=["or", "any_of", "|"],
    )
    def test_long_groups_are_read(self, text, count):
        assert len(parse(text).terms) == count

    def test_many_values_are_read(self):
        assert len(parse(f"video_id in {[*range(1, 50_001)]}").field_values) == 50_000

    @pytest.mark.parametrize(
        "expression",
        [
            VideoId.in_(range(7_200_000_000_000_000_000, 7_200_000_000_000_100_000)),
            ~Hashtag.in_(f"it's {n}" if n % 7 else f"\n{n}é" for n in range(100_000)) | CAT,
            Condition("keyword", "IN", [str(n % 50_000) for n in range(100_000)]),
        ],
        ids=["ids", "texts", "repeats"],
    )
    def test_a_hundred_thousand_values_are_read(self, expression):
        assert parse(repr(expression)) == expression

    @given(st.lists(st.text(alphabet="a'\"\\\n ,)#é\t", max_size=3).filter(str.strip), min_size=90, max_size=130))
    def test_how_many_there_are_makes_no_difference(self, values):
        assert parse(f"keyword in {values!r}") == Keyword.in_(values)
        several = ", ".join(map(repr, values))
        assert parse(f"keyword not in ({several}) or keyword == 'cat'") == Keyword.not_in(values) | CAT

    @pytest.mark.parametrize(
        ("last", "value"),
        [("r'a'", "a"), (r"'\x61'", "a"), ('"""a"""', "a"), ("# b\n'a'", "a")],
    )
    def test_a_value_in_another_spelling_does_not_end_a_list(self, last, value):
        many = "'x', " * 200
        assert parse(f"keyword in ({many}{last})") == Keyword.in_("x", value)
        assert parse(f"keyword in ({last}, {many})") == Keyword.in_(value, "x")

    def test_errors_point_past_long_lists(self):
        listed = ", ".join(f"'é{n}'" for n in range(200))
        refusal = refusal_of(f"keyword in ({listed}) and\nkeyword in ({listed}) and foo == 7")
        assert (refusal.line, refusal.column) == (2, len(f"keyword in ({listed}) and ") + 1)

    @pytest.mark.parametrize("bracket", ["(", "~(", "not (", "any_of("])
    def test_two_hundred_nested_brackets_are_read(self, bracket):
        assert set(conditions(parse(bracket * 199 + "keyword == 'cat'" + ")" * 199))) == {CAT}

    @pytest.mark.parametrize("levels", [100, 198])
    def test_what_repr_writes_with_up_to_two_hundred_brackets_is_read(self, levels):
        expression = Region == "US"
        for level in range(levels):
            expression = ~(expression & (Hashtag == "a")) if level % 2 else expression | (Length == "SHORT")
        assert parse(repr(expression)) == expression


class TestWarnings:
    @pytest.mark.parametrize("text", [r"keyword == '50\%'", "video_id == 7or video_id == 8"], ids=["escape", "word"])
    def test_python_does_not_warn_of_texts_of_users(self, text):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            parse(text)
        assert warned == []

    @pytest.mark.parametrize("text", ["view_count == 1000.in_", "7.or_ == 1", "1_000.a"])
    def test_python_does_not_warn_of_refused_texts(self, text):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            with pytest.raises(ParseError):
                parse(text)
        assert warned == []

    def test_parsing_in_threads_leaves_the_filters_as_they_were(self):
        filters, interval = [*warnings.filters], sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with ThreadPoolExecutor(8) as threads:
                list(threads.map(parse, [r"keyword == '50\%'"] * 1_000))
        finally:
            sys.setswitchinterval(interval)
        assert warnings.filters == filters


#: Pieces of the language, and similar ones.
pieces = st.sampled_from(
    r"""( ( ( ) ) ) [ ] { } , , : . ' " \ # ~ & | == != < <= > >= = := - + * ** @ 7 0x7 1e9 1_0 7j 0777 None True ...
    and or not in not_in is if else for lambda await yield f' rb' ''' keyword region_code video_length create_date
    video_id Keyword Region Length CreateDate any_of all_of none_of Condition .in_( .eq( .between( "US" 'SHORT'
    "20230101" 'cat' é 😀""".split()
) | st.sampled_from([" ", "\n", "\r\n", "\t", "\f", "\v", "\0", "\ufeff", "\ud800", "\u2028", "\\\n"])  # fmt: skip


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """The source of an expression after a few changes."""
    expression = draw(strategies.expressions)
    text = draw(st.sampled_from([repr(expression), plain(expression)]))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 5)))
        text = text[:start] + draw(pieces | st.text(max_size=3)) + text[end:]
    return text


class TestAnyText:
    @given(st.text() | st.lists(pieces, max_size=12).map(" ".join) | mutations())
    @example("@\x1b")
    @example("(Keyword=='0')&Condition('','',('',''))")
    def test_it_is_an_expression_or_a_parse_error_that_points_into_it(self, text):
        try:
            found = parse(text)
        except ParseError as error:
            refusal = error
        else:
            assert parse(repr(found)) == found
            return
        lines = re.split("\r\n|\r|\n", text)
        assert lines[refusal.line - 1] == refusal.source_line
        assert 1 <= refusal.column <= len(refusal.source_line) + 1
        first, *others = refusal.message.split("\n") if len(refusal.problems) > 1 else [refusal.message]
        told = str(refusal).split("\n")
        assert told[0] == f"{first} (line {refusal.line}, column {refusal.column})"
        assert told[1 : 1 + len(others)] == others


def test_each_of_several_wrong_values_has_a_line():
    with pytest.raises(ParseError) as caught:
        parse("region_code in ('USA', 'UK')")
    assert str(caught.value).splitlines() == [
        "Region.in_('USA', 'UK'): 2 problems (line 1, column 16)",
        "  /field_values/0: 'USA' is not a documented region code; the United States is 'US'",
        "  /field_values/1: 'UK' is not a documented region code; the United Kingdom is 'GB'",
        "  region_code in ('USA', 'UK')",
        "                 ^",
    ]
