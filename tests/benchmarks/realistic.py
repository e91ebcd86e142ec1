"""Made-up expressions like those of researchers, and the videos that each of them can tell apart.

The distribution, for each seed:

- A *topic* is one to three hashtags (1 in 4), one to three keywords (1 in 4), or both: then it is an "or" of two
  fields. An expression has three to five topics, and no value is in two of them.
- A *part* is a topic (1 in 8), a topic in some regions, or of a length, or since a day, or in a fortnight (3 in 8), two
  topics at once (2 in 8), or a topic without another (2 in 8).
- The whole is three to six parts of which one is enough (8 in 20), two or three topics at once (3 in 20), a part and
  not another part (3 in 20), or *tag-heavy*: three to six terms over four to six single hashtags and a keyword, each of
  two of them and, every other time, without a third (6 in 20).
- Beside it stand, each in 1 of 3 expressions: one or two regions, one to three excluded accounts, no short videos, and
  a first day.

Expressions that everything or nothing matches are left out, and those that tell apart more than 8,192 kinds of videos.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice, product
from typing import Any, NamedTuple

import attrs

from querydsl import (
    CreateDate,
    Expression,
    Hashtag,
    Keyword,
    Length,
    Region,
    Username,
    all_of,
    any_of,
    matcher,
)
from querydsl.language.expressions import conditions

MOST_ROWS = 8_192
REGIONS = ("US", "GB", "CA", "FR", "DE", "JP", "BR")
LENGTHS = ("SHORT", "MID", "LONG", "EXTRA_LONG")
SECONDS = {"SHORT": 5, "MID": 30, "LONG": 100, "EXTRA_LONG": 400}
FIRST_DAY = date(2023, 1, 1)


@attrs.frozen
class Sample:
    """An expression, whether it is one of the tag-heavy ones, and its table."""

    expression: Expression
    is_tag_heavy: bool
    world: World


def samples(count: int, seed: int = 1) -> list[Sample]:
    """The given number of expressions, always the same for a seed."""
    return list(islice(_samples(random.Random(seed)), count))


def functions_of_hashtags(count: int, tags: int = 5, seed: int = 1) -> list[Sample]:
    """Functions of some hashtags, which are not realistic: each combination is wanted or not at random.

    For each function, the probability is drawn first: 1 in 4, 1 in 2 or 3 in 4.
    """
    chance = random.Random(seed)
    conditions_ = [Hashtag == f"tag{n}" for n in range(tags)]
    found: list[Sample] = []
    while len(found) < count:
        share = chance.choice([0.25, 0.5, 0.75])
        chosen = [row for row in product((False, True), repeat=tags) if chance.random() < share]
        if 0 < len(chosen) < 1 << tags:
            expression = any_of(
                all_of(one if met else ~one for one, met in zip(conditions_, row, strict=True)) for row in chosen
            )
            found.append(Sample(expression, True, World.of(expression)))
    return found


def _samples(chance: random.Random) -> Iterator[Sample]:
    while True:
        draw = chance.random()
        expression = _tag_heavy(chance) if draw < 0.3 else _of_topics(chance, draw)
        expression = all_of(expression, *_beside(chance))
        world = World.of(expression)
        if world.size <= MOST_ROWS and 0 < len(world.meant()) < world.size:
            yield Sample(expression, draw < 0.3, world)


def _of_topics(chance: random.Random, draw: float) -> Expression:
    topics = [_topic(chance, n) for n in range(chance.randint(3, 5))]
    if draw < 0.45:
        return all_of(topics[: chance.randint(2, 3)])
    if draw < 0.6:
        return _part(chance, topics) & ~_part(chance, topics)
    return any_of(_part(chance, topics) for _ in range(chance.randint(3, 6)))


def _topic(chance: random.Random, number: int) -> Expression:
    tags = Hashtag.in_(f"tag{number}{letter}" for letter in "abc"[: chance.randint(1, 3)])
    words = Keyword.in_(f"word{number}{letter}" for letter in "abc"[: chance.randint(1, 3)])
    return chance.choice([tags, words, tags | words, tags | words])


def _part(chance: random.Random, topics: Sequence[Expression]) -> Expression:
    one, other = chance.sample(topics, 2)
    which = chance.randrange(8)
    if which == 0:
        return one
    if which < 4:
        return one & _setting(chance)
    return one & other if which < 6 else one & ~other


def _setting(chance: random.Random) -> Expression:
    start = FIRST_DAY + timedelta(7 * chance.randrange(10))
    return chance.choice(
        [
            Region.in_(chance.sample(REGIONS, chance.randint(1, 3))),
            Length == chance.choice(LENGTHS),
            CreateDate >= start,
            CreateDate.between(start, start + timedelta(13)),
        ]
    )


def _tag_heavy(chance: random.Random) -> Expression:
    tags = [*(Hashtag == f"tag{n}" for n in range(chance.randint(4, 6))), Keyword == "word"]
    terms = []
    for _ in range(chance.randint(3, 6)):
        one, two, three = chance.sample(tags, 3)
        terms.append(one & two & ~three if chance.random() < 0.5 else one & two)
    return any_of(terms)


def _beside(chance: random.Random) -> list[Expression]:
    choices = [
        Region.in_(chance.sample(REGIONS, chance.randint(1, 2))),
        ~Username.in_(f"account{n}" for n in range(chance.randint(1, 3))),
        ~(Length == "SHORT"),
        CreateDate >= FIRST_DAY + timedelta(7 * chance.randrange(3)),
    ]
    return [one for one in choices if chance.random() < 1 / 3]


# The videos that an expression can tell apart


class Values(NamedTuple):
    """The values of one field that an expression can tell apart: one of each kind."""

    field: str
    #: For a field with an order, the first and the last day; for others a text, or None for "any other".
    kinds: tuple[Any, ...]
    many: bool

    @property
    def choices(self) -> range:
        """The number of a kind; or, where a video carries several, a bit for each."""
        return range(1 << len(self.kinds) if self.many else len(self.kinds))


#: The number of a choice for each field.
Row = tuple[int, ...]


@attrs.frozen
class World:
    """All kinds of videos that an expression can tell apart."""

    expression: Expression
    fields: tuple[Values, ...]

    @classmethod
    def of(cls, expression: Expression) -> World:
        """The kinds of videos, read from the conditions alone."""
        named: dict[str, list[Any]] = {}
        for condition in conditions(expression):
            named.setdefault(condition.field_name, []).append(condition)
        return cls(expression, tuple(_values(field, found) for field, found in named.items()))

    @property
    def size(self) -> int:
        size = 1
        for values in self.fields:
            size *= len(values.choices)
        return size

    def rows(self) -> Iterator[Row]:
        return product(*(values.choices for values in self.fields))

    def meant(self) -> set[Row]:
        """The rows for which the expression holds."""
        holds = matcher(self.expression)
        return {row for row in self.rows() if holds(self.video(row))}

    def video(self, row: Row) -> dict[str, Any]:
        """A video of a kind."""
        found: dict[str, Any] = {}
        for values, choice in zip(self.fields, row, strict=True):
            if values.many:
                carried = [kind for n, kind in enumerate(values.kinds) if choice >> n & 1]
                is_tags = values.field == "hashtag_name"
                found["hashtag_names" if is_tags else "video_description"] = carried if is_tags else " ".join(carried)
                continue
            kind = values.kinds[choice]
            if values.field == "create_date":
                found["create_time"] = (kind[0] - date(1970, 1, 1)).days * 86_400
            elif values.field == "video_length":
                found["video_duration"] = SECONDS[kind]
            else:
                found[values.field] = kind or "XX"
        return found

    def any_video(self, chance: random.Random) -> dict[str, Any]:
        """A video: each value is carried by 1 in 3, and the choices of the other fields are equally frequent."""
        return self.video(
            tuple(
                sum((chance.random() < 1 / 3) << n for n in range(len(values.kinds)))
                if values.many
                else chance.choice(values.choices)
                for values in self.fields
            )
        )


def _values(field: str, found: list[Any]) -> Values:
    if field == "create_date":
        return Values(field, tuple(_pieces(found)), False)
    alike: dict[tuple[bool, ...], str] = {}
    for value in dict.fromkeys(value for condition in found for value in condition.field_values):
        alike.setdefault(tuple(value in condition.field_values for condition in found), value)
    if field in ("hashtag_name", "keyword"):
        return Values(field, tuple(alike.values()), True)
    if field == "video_length":
        none = tuple(False for _ in found)
        for length in LENGTHS:
            alike.setdefault(tuple(length in condition.field_values for condition in found), length)
        return Values(
            field, (*(alike[key] for key in alike if key != none), *([alike[none]] if none in alike else [])), False
        )
    return Values(field, (*alike.values(), None), False)


def _pieces(found: list[Any]) -> Iterator[tuple[date, date]]:
    """The ranges of days into which comparisons (GTE and LTE) cut all days."""
    starts = {date.min}
    for condition in found:
        [text] = condition.field_values
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        assert condition.operation in ("GTE", "LTE"), condition
        starts.add(day if condition.operation == "GTE" else day + timedelta(1))
    ordered = sorted(starts)
    for start, after in zip(ordered, [*ordered[1:], None], strict=True):
        yield max(start, date(1971, 1, 1)), after - timedelta(1) if after else date.max
