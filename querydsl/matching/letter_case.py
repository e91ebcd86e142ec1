"""The text rule: how a keyword or a hashtag is compared "whatever the case", here and in every engine.

Each character is put into lower case by itself, one for one: `İ` is `i`, `ẞ` is `ß`, `ß` stays `ß`, and the text
around a character has no say. In a keyword and a description `ς`, the `σ` that ends a word, counts as `σ` besides.

Engines disagree on the lower case of a text: some put two characters for `İ`, some look at the neighbours of `Σ`, and
each knows the letters of another version of Unicode. They all agree on single characters, so that this rule can be
put to any of them, as a set of spellings for each character.
"""

from __future__ import annotations

from functools import cache

#: There is nothing to put into lower case beyond the first two planes of Unicode.
_CASED_END = 0x20000


def lowered(text: str) -> str:
    """The text with each of its characters in lower case.

    >>> lowered("İSTANBUL ΟΔΟΣ")
    'istanbul οδοσ'
    """
    # Python's own lower case differs from that for two characters: it writes İ as two, and Σ by what stands around it
    return text.lower() if text.isascii() else text.replace("İ", "i").replace("Σ", "σ").lower()


def folded(text: str) -> str:
    """The text in which a folded keyword is looked for: `lowered`, and `σ` for `ς`.

    >>> folded("ΟΔΟΣ") == folded("οδος")
    True
    """
    return text.lower() if text.isascii() else text.replace("İ", "i").lower().replace("ς", "σ")


def spellings(character: str) -> str:
    """All the characters that fold to the same as this one, itself among them.

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
