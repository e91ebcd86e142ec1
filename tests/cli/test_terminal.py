"""What a terminal shows: columns that stand under each other, whatever script they are in."""

from __future__ import annotations

import sys

import pytest

from querydsl.cli.terminal import aligned, fitting

SHRUG = "🤷🏿\u200d♀️"


@pytest.fixture
def without_rich(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.cells", None)


class TestFitting:
    def test_a_text_is_cut_at_a_column(self):
        assert fitting("cat", 3) == "cat"
        assert fitting("cats", 3) == "cat"
        assert fitting("猫猫", 2) == "猫"

    def test_what_is_one_sign_is_not_taken_apart(self):
        assert fitting(SHRUG * 2, 2) == SHRUG
        assert fitting("می\u200cخواهم" * 2, 7) == "می\u200cخواهم"

    @pytest.mark.usefixtures("without_rich")
    def test_so_it_is_without_an_extra_but_for_emoji(self):
        assert fitting("cats", 3) == "cat"
        assert fitting("猫猫", 3) == "猫"
        assert fitting("می\u200cخواهم" * 2, 7) == "می\u200cخواهم"


class TestAligned:
    def test_all_take_as_many_columns(self):
        assert aligned(["cat", "猫", SHRUG]) == ["cat", "猫 ", SHRUG + " "]

    @pytest.mark.usefixtures("without_rich")
    def test_so_it_is_without_an_extra_but_for_emoji(self):
        assert aligned(["cat", "猫", "e\u0301"]) == ["cat", "猫 ", "e\u0301  "]
