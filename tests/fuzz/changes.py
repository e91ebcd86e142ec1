"""Seeds and random changes to them: the input of a target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final

SEEDS: Final = Path(__file__).parent / "seeds"

#: Texts that break readers: ends and beginnings, depth, numbers, and special characters.
_PIECES: Final = [
    *("", '"', "'", "\\", "\\u0000", "\\ud800", "\0", "\n", "\r\n", "\u2028", "\u202e", "\ud800", "\x1b[2J", "\u200d"),
    *("[" * 200, "]" * 200, '{"a":' * 200, "(" * 200, "not " * 200, "9" * 5_000, "1e999", "-0", "NaN", "null", "{}"),
    *("$(id)", "`id`", "--next", "@file", "&", "|", "~", "and", "==", "in", "%00", "id_7", "\ufeff", "猫", "7", "x"),
]


def seeds(target: str) -> list[str]:
    """The seeds of a target."""
    return [path.read_bytes().decode("utf-8", "surrogatepass") for path in sorted((SEEDS / target).iterdir())]


def changed(texts: list[str], random: Random) -> str:
    """A seed with up to six pieces cut out, doubled, moved, or replaced by one of another seed or a special text."""
    text = random.choice(texts)
    for _ in range(random.randint(1, 6)):
        begin, end = _span(text, random)
        other = random.choice(texts)
        first, last = _span(other, random)
        new = random.choice([text[begin:end] * 2, other[first:last], *random.choices(_PIECES, k=4)])
        text = text[:begin] + new + text[random.choice([begin, end]) :]
    return text


def _span(text: str, random: Random) -> tuple[int, int]:
    begin = random.randint(0, len(text))
    return begin, min(len(text), begin + random.choice([0, 1, 1, 2, 5, 20, len(text)]))


def smallest(text: str, breaks: Callable[[str], bool]) -> str:
    """The shortest text that still breaks a target: without any piece of it, it no longer does."""
    size = len(text)
    while size:
        for shorter in _shorter(text, size):
            if breaks(shorter):
                text = shorter
                break
        else:
            size //= 2
    return text


def _shorter(text: str, size: int) -> Iterator[str]:
    return (text[:at] + text[at + size :] for at in range(0, len(text), size))
