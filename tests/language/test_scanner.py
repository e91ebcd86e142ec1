"""The text of an expression on one line, character by character, and the parts that Python's parser never sees."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import ParseError
from querydsl.language import scanner
from querydsl.language.scanner import MAX_BRACKETS, MAX_CHAINED, MAX_CHARACTERS, MAX_WITH_LISTS, Source
from tests import strategies


def refused(text: str) -> ParseError:
    with pytest.raises(ParseError) as refusal:
        Source.of(text).tree()
    return refusal.value


class TestOneLine:
    @pytest.mark.parametrize(
        ("text", "flat"),
        [
            ("a", "a"),
            ("  a \n", "a"),
            ("a\n| b", "a | b"),
            ("a\r\n| b", "a  | b"),
            ("a \\\n| b", "a   | b"),
            ("a # why\n| b", "a       | b"),
            ("'a # b'", "'a # b'"),
            ("'a\\'# b' # c", "'a\\'# b'"),
            ('"""a # b"""', '"""a # b"""'),
        ],
        ids=repr,
    )
    def test_breaks_and_comments_are_spaces(self, text, flat):
        assert Source.of(text).flat == flat

    @given(strategies.expressions.map(repr))
    def test_every_character_keeps_its_place(self, text):
        broken = text.replace(" | ", "\n| # (\n").replace(" & ", "\r\n& ")
        source = Source.of(f"\n{broken}\n")
        kept = [(place, one) for place, one in enumerate(source.flat, source.start) if one != " "]
        assert all(source.text[place] == one for place, one in kept)
        assert isinstance(source.tree(), ast.expr)


class TestLists:
    @pytest.mark.parametrize("count", [99, 100])
    def test_a_hundred_values_are_one_name_for_the_parser_of_python(self, count):
        listed = ", ".join(map(str, range(count)))
        source = Source.of(f"a in ({listed}) or é")
        assert len(source.flat) == len(source.text)
        assert [one.values() for one in source.lists.values()] == [[*range(count)]] * (count == 100)

    @given(st.lists(st.text(), min_size=100, max_size=110))
    def test_values_are_those_that_were_written(self, values):
        [found] = Source.of(f"a in {values!a}").lists.values()
        assert found.values() == values

    def test_each_has_the_place_of_its_name(self):
        listed = ", ".join(["'é'"] * 100)
        source = Source.of(f"\n # é\n é in ({listed}) or é in [{listed}]")
        names = [node for node in ast.walk(source.tree()) if isinstance(node, ast.Name) and node.id == "_"]
        assert [source.list_at(name) for name in names] == [*source.lists.values()]

    def test_each_file_has_the_place_of_its_name(self):
        source = Source.of("é in @é.txt or é in (@'a b', 'c')", files=True)
        assert [one.path for one in source.lists.values()] == ["é.txt", "a b"]
        names = [node for node in ast.walk(source.tree()) if isinstance(node, ast.Name) and node.id == "_"]
        assert len([name for name in names if source.list_at(name)]) == 2

    def test_only_text_outside_long_lists_counts_for_the_size(self):
        listed = "'a', " * (MAX_CHARACTERS // 5)
        assert Source.of(f"a in ({listed}'b') or {'b' * (MAX_CHARACTERS // 2)}").flat
        assert refused(f"a in ({listed}'b') or {'b' * MAX_CHARACTERS}").message == (
            "the text is longer than 500,000 characters"
        )
        assert refused("a" * (MAX_WITH_LISTS + 1)).message == "the text is longer than 5,000,000 characters"


ON_ITS_LEFT = "a comparison has a field on its left: write it each time, as in view_count > 5 and view_count < 9"


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "line", "column", "message"),
        [
            ("", 1, 1, 'the text is empty; write a condition, such as region_code == "US"'),
            ("\n # nothing\n", 2, 2, 'the text is empty; write a condition, such as region_code == "US"'),
            ("a ==\n 'b", 2, 2, "this text does not end on its line; for a line break inside write \\n"),
            ("a == '''b\nc'''", 1, 6, "this text does not end on its line; for a line break inside write \\n"),
            ("a == (b", 1, 6, "this bracket is never closed"),
            ("a == b)", 1, 7, "this bracket closes nothing"),
            ("a == f'b'", 1, 6, "a text with an f before it holds code; leave the f out"),
            ("a == \0", 1, 6, "a NUL character stands here; inside quotes write \\0"),
            ("a == '\ud800'", 1, 7, "half a character (a lone surrogate) stands here; remove it"),
            ("a == " + "9" * 101, 1, 6, "this number has far more digits than any id"),
            ("a = b", 1, 3, "a comparison is written with =="),
            ("a && b", 1, 3, "write & or and, | or or, ~ or not"),
            ("a || b", 1, 3, "write & or and, | or or, ~ or not"),
            ("a in ('b' \"c\")", 1, 11, "a comma is missing between 'b' and 'c'"),
            ("a in ('b', 'c'\n 'd')", 2, 2, "a comma is missing between 'c' and 'd'"),
            ("a in ('b' # why\n r'c')", 2, 3, "a comma is missing between 'b' and 'c'"),
            ("a == 'b''c'", 1, 9, "a comma is missing between 'b' and 'c'"),
            ("a == ('b' \\\n 'c')", 2, 2, "a comma is missing between 'b' and 'c'"),
            (f"a in ({'1, ' * 200}'b' 'c', {'1, ' * 200})", 1, 611, "a comma is missing between 'b' and 'c'"),
            ("a == \u201cit's\u201d", 1, 6, "this quote is typographic, as text programs make them; write \" or '"),
            ("a == 'b' xor c == 'd'", 1, 10, "there is no xor; write (a and not b) or (b and not a)"),
            ("(a == 'b') xor (c == 'd')", 1, 12, "there is no xor; write (a and not b) or (b and not a)"),
            ("(a == 'b' c == 'd')", 1, 2, "in what begins here, and, or or a comma is missing between two parts"),
            ("a == 'b' c == 'd'", 1, 10, "two conditions stand side by side; write and or or between them"),
            (
                *("a == #cat", 1, 6),
                'a # starts a comment here; write the hashtag in quotes, without its #: "cat"',
            ),
            ("a AND b", 1, 3, "write and in small letters"),
            ("a <> b", 1, 3, "unequal is written !="),
            ("@\x1b", 1, 1, r"@\x1b names a file, and none is read here; programs allow it with parse(…, files=True)"),
            ("a == 'b'; c == 'd'", 1, 9, "a ; joins no conditions; write and, or or, between them"),
            ("a: 'b'", 1, 2, "a comparison is written with =="),
            ("a.in('b')", 1, 3, "in is a word of Python, so the method is .in_(…)"),
            ("a > 5 and < 9", 1, 11, ON_ITS_LEFT),
            ("a == 'b' or == 'c'", 1, 13, ON_ITS_LEFT),
            ("a == 'b' or != 'c'", 1, 13, ON_ITS_LEFT),
            ("a == 'b' | in ('c', 'd')", 1, 12, ON_ITS_LEFT),
            ("a not 'b'", 1, 7, "unequal is written !=, and none of several not in"),
            ("a equals 'b'", 1, 3, "there is no equals; write =="),
        ],
        ids=repr,
    )
    def test_they_say_what_is_wrong_and_where(self, text, line, column, message):
        refusal = refused(text)
        assert (refusal.message, refusal.line, refusal.column) == (message, line, column)

    @pytest.mark.parametrize("text", ["a == " + "9" * 100, "(" * MAX_BRACKETS + "a" + ")" * MAX_BRACKETS], ids=len)
    def test_texts_at_the_limits_are_accepted(self, text):
        assert isinstance(Source.of(text).tree(), ast.expr)

    def test_too_many_characters(self):
        assert Source.of("a" * MAX_CHARACTERS).flat == "a" * MAX_CHARACTERS
        assert refused("a" * (MAX_CHARACTERS + 1)).message == "the text is longer than 500,000 characters"

    def test_too_many_brackets(self):
        deeper = MAX_BRACKETS + 1
        refusal = refused("(" * deeper + "a" + ")" * deeper)
        assert (refusal.message, refusal.column) == ("more than 200 brackets are open here", deeper)

    @pytest.mark.parametrize(
        "chain",
        [
            lambda n: "a" + " | a" * n,
            lambda n: "(a" + " | a" * (n - 1) + ") | a",
            lambda n: "b, " + "a" + " | a" * n + ", b",
            lambda n: "~" * n + "a",
        ],
        ids=["plain", "through a bracket", "between commas", "of one operand"],
    )
    def test_too_many_operators_in_one_chain(self, chain):
        assert Source.of(chain(MAX_CHAINED - 1)).flat
        assert refused(chain(MAX_CHAINED + 1)).message == (
            "more than 4,000 operators in one chain; write any_of(…, …) and all_of(…, …) for long chains"
        )

    @pytest.mark.parametrize("apart", [", ", " and ", " or "])
    def test_separate_chains_are_counted_separately(self, apart):
        half = "a" + " | a" * (MAX_CHAINED // 2)
        assert Source.of(f"({half}{apart}{half}{apart}{half})").flat


class TestBrackets:
    @given(st.text(alphabet=" \t", max_size=3), st.text(alphabet=" \t", max_size=3))
    def test_spaces_inside_brackets_are_allowed(self, before, after):
        source = Source.of(f"a | ({before}b{after})")
        right = source.tree().right
        assert source.is_opened_before(right)
        assert source.is_closed_after(right)

    def test_a_part_without_its_own_is_neither_opened_nor_closed(self):
        source = Source.of("a | b")
        assert not source.is_opened_before(source.tree().right)
        assert not source.is_closed_after(source.tree().left)


def test_python_warnings_are_suppressed():
    assert ast.dump(scanner._tree("'50\\%'").body) == ast.dump(ast.parse(r"'50\\%'", mode="eval").body)
