"""The output on a terminal: columns are aligned in any script."""

from __future__ import annotations

import io
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl.cli.terminal import aligned, fitting, put_lines, table, wrapped
from querydsl.showing import columns, one_line

SHRUG = "🤷🏿\u200d♀️"


@pytest.fixture
def without_rich(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.cells", None)


class TestFitting:
    def test_a_text_is_cut_at_a_column(self):
        assert fitting("cat", 3) == "cat"
        assert fitting("cats", 3) == "cat"
        assert fitting("猫猫", 2) == "猫"

    def test_a_combined_character_is_not_split(self):
        assert fitting(SHRUG * 2, 2) == SHRUG
        assert fitting("می\u200cخواهم" * 2, 7) == "می\u200cخواهم"

    @pytest.mark.usefixtures("without_rich")
    def test_without_the_extra_the_same_holds_except_for_emoji(self):
        assert fitting("cats", 3) == "cat"
        assert fitting("猫猫", 3) == "猫"
        assert fitting("می\u200cخواهم" * 2, 7) == "می\u200cخواهم"


class TestAligned:
    def test_all_take_as_many_columns(self):
        assert aligned(["cat", "猫", SHRUG]) == ["cat", "猫 ", SHRUG + " "]

    @pytest.mark.usefixtures("without_rich")
    def test_without_the_extra_the_same_holds_except_for_emoji(self):
        assert aligned(["cat", "猫", "e\u0301"]) == ["cat", "猫 ", "e\u0301  "]


HEAD = ("id", "created", "region_code", "username", "video_duration", "video_description")
ROWS = [
    HEAD,
    ("7301234567890123456", "2023-01-31 12:00", "JP", "a" * 24, "15", "猫" * 30),
    ("7301234567890123455", "2023-01-30 12:00", "JP", "somebody", "60", "a cat that is black and a dog that is not"),
]


class TestTable:
    def test_without_a_terminal_only_long_cells_are_cut(self):
        head, first, second = table(ROWS)
        assert head.split() == [*HEAD]
        assert first.endswith("  15              " + "猫" * 25)
        assert second.endswith(ROWS[2][-1])

    @pytest.mark.parametrize(
        ("most", "shown"),
        [(200, HEAD), (120, HEAD), (100, HEAD), (80, (*HEAD[:4], HEAD[5])), (60, (*HEAD[:2], HEAD[5][:12]))],
    )
    def test_it_is_cut_at_long_cells_first_then_at_columns(self, most, shown):
        lines = table(ROWS, most)
        assert [name[:12] for name in lines[0].split()] == [name[:12] for name in shown]
        assert max(map(columns, lines)) <= most
        assert all(line.startswith(row[0]) for line, row in zip(lines, ROWS, strict=True))

    @pytest.mark.parametrize("most", [1, 10, 19, 36, 40])
    def test_no_terminal_is_too_narrow(self, most):
        assert max(map(columns, table(ROWS, most))) <= most

    def test_columns_that_are_empty_are_left_out(self):
        assert table([("a", "b", "c"), ("1", "", "3")]) == ["a  c", "1  3"]

    def test_the_text_of_a_cell_stays_on_its_line(self):
        assert table([("a", "b"), ("1\r\n2", "\x1b[2J")])[1] == r"1  2  \x1b[2J"


class TestWrapped:
    def test_a_line_that_fits_is_left_as_it_is(self):
        assert [*wrapped("  done    90 days", 17)] == ["  done    90 days"]
        assert [*wrapped("x" * 1000, None)] == ["x" * 1000]

    def test_it_is_cut_at_blanks_and_continues_indented(self):
        assert [*wrapped("  to ask  three days and more", 16)] == ["  to ask  three", "      days and", "      more"]

    def test_wide_characters_count_twice(self):
        assert [*wrapped("猫猫猫 犬犬犬", 8)] == ["猫猫猫", "    犬犬", "    犬"]

    def test_a_long_word_is_cut_at_the_end_of_the_line(self):
        assert [*wrapped("x" * 20, 10)] == ["x" * 10, "    " + "x" * 6, "    " + "x" * 4]

    @given(st.text().map(one_line), st.integers(4, 60))
    def test_no_line_is_longer_and_nothing_is_lost_but_blanks(self, text, most):
        lines = [*wrapped(text, most)]
        assert [line for line in lines if fitting(line, most) != line] == []
        assert "".join("".join(lines).split()) == "".join(text.split())

    def test_the_cost_grows_as_the_text(self):
        class Counted(str):
            characters = 0

            def __getitem__(self, part):
                found = str.__getitem__(self, part)
                Counted.characters += len(found)
                return found

        costs = []
        for size in (10_000, 20_000):
            Counted.characters = 0
            assert len([*wrapped(Counted("word " * (size // 5)), 80)]) > size / 100
            costs.append(Counted.characters)
        assert all(later < 3 * earlier for earlier, later in pairwise(costs))


class TestOnATerminal:
    @pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
    @pytest.mark.parametrize(("is_terminal", "lines"), [(True, 2), (False, 1)])
    def test_lines_fit_its_width_and_no_other(self, monkeypatch, is_terminal, lines):
        class Stream(io.StringIO):
            def isatty(self):
                return is_terminal

        monkeypatch.setenv("COLUMNS", "20")
        monkeypatch.setattr(sys, "stdout", stream := Stream())
        put_lines(["one two three four five"])
        assert len(stream.getvalue().splitlines()) == lines
