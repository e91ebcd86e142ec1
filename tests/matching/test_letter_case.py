"""The rule for texts, character by character."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from querydsl.matching.letter_case import folded, lowered, spellings
from tests.worlds import small

EVERY_CHARACTER = [chr(number) for number in range(sys.maxunicode + 1)]


class TestLowering:
    def test_each_character_is_lowered_alone(self) -> None:
        assert [lowered(character) for character in EVERY_CHARACTER] == list(map(small, EVERY_CHARACTER))

    @given(st.text(alphabet=st.sampled_from("aΑΣσς İi.\u0307") | st.characters()))
    def test_neighbours_do_not_change_the_lower_case(self, text: str) -> None:
        assert lowered(text) == small(text)
        assert folded(text) == "".join(map(folded, text)) == small(text).replace("ς", "σ")

    def test_all_that_is_written_in_ascii_is_ascii_i_or_k(self) -> None:
        """The engines' own lower case is correct for ASCII, except for `İ`."""
        others = [character for character in EVERY_CHARACTER[128:] if folded(character).isascii()]
        assert others == ["İ", "\u212a"]


class TestSpellings:
    def test_they_are_the_characters_that_fold_to_the_same(self) -> None:
        expected: dict[str, list[str]] = {}
        for character in EVERY_CHARACTER:
            expected.setdefault(folded(character), []).append(character)
        found = {plain: spellings(plain) for plain in expected}
        assert found == {plain: "".join(characters) for plain, characters in expected.items()}
        assert {spellings(character) for character in "iIİ"} == {"Iiİ"}
