"""The rule for texts: how a keyword or a hashtag is compared "whatever the case", here and in every engine.

Each character is lowered alone, to one character: `İ` to `i`, `ẞ` to `ß`, and `ß` stays `ß`. The characters around it
have no effect. In keywords and descriptions `ς`, the `σ` at the end of a word, counts as `σ` too.

Engines lower a text in different ways: some write two characters for `İ`, some look at the neighbours of `Σ`, and each
knows the letters of another version of Unicode. They all agree on single characters. So this rule works in all of them,
as a set of spellings for each character.
"""

from __future__ import annotations

from functools import cache

#: Beyond the first two planes of Unicode, no character has another case.
_CASED_END = 0x20000


def lowered(text: str) -> str:
    """The text with each of its characters in lower case.

    >>> lowered("İSTANBUL ΟΔΟΣ")
    'istanbul οδοσ'
    """
    # Python's `lower` differs for two characters: it writes İ as two, and Σ depends on its neighbours
    return text.lower() if text.isascii() else text.replace("İ", "i").replace("Σ", "σ").lower()


def folded(text: str) -> str:
    """The form of a text in which a folded keyword is searched: `lowered`, and `σ` for `ς`.

    >>> folded("ΟΔΟΣ") == folded("οδος")
    True
    """
    return text.lower() if text.isascii() else text.replace("İ", "i").lower().replace("ς", "σ")


def spellings(character: str) -> str:
    """All the characters that fold to the same one as this character, which is one of them.

    >>> spellings("k"), spellings("ς"), spellings("7")
    ('Kk\u212a', 'Σςσ', '7')
    """
    return _spellings().get(folded(character), character)


@cache
def _spellings() -> dict[str, str]:
    """The spellings of each folded character that has more than one."""
    found: dict[str, str] = {}
    for character in map(chr, range(_CASED_END)):
        plain = folded(character)
        if plain != character:
            found[plain] = found.get(plain, "") + character
    return {plain: "".join(sorted(others + plain)) for plain, others in found.items()}
