"""Expression -> a predicate that says of a video whether the expression holds for it, as the API would.

The rules, field by field: `create_date` is the day of `create_time` in UTC; usernames, region codes and ids compare
exactly (ids as numbers or as text); a hashtag, in lower case, is one of `hashtag_names`; a keyword is part of
`video_description`, whatever the case of either (`casing` has the rule); `video_length` comes from `video_duration`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from .casing import folded, lowered
from .domains import Days, domain
from .errors import MissingFieldError
from .expressions import Condition, Expression, Group, Not, Or, conditions
from .tables import FIELDS, LENGTH_SECONDS, LENGTHS

#: For each condition field the Video Object field that it is read from.
VIDEO_FIELD: Final = {
    "create_date": "create_time",
    "username": "username",
    "region_code": "region_code",
    "video_id": "id",
    "hashtag_name": "hashtag_names",
    "keyword": "video_description",
    "music_id": "music_id",
    "effect_id": "effect_ids",
    "video_length": "video_duration",
}

#: What the API leaves out where a video has none, and what that stands for.
ABSENT: Final[dict[str, object]] = {"hashtag_names": (), "effect_ids": (), "music_id": None}

_OFTEN_ABSENT: Final = ("effect_ids", "music_id")

_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()

#: Python's own compiler recurses; below this depth an expression is one Python expression.
_MAX_DEPTH: Final = 20


def matches(expression: Expression, video: object) -> bool:
    """Whether the expression holds for a video: a `Video`-like object or a mapping.

    Raises MissingFieldError, like `matcher`, which is faster for many videos.

    >>> from querydsl import Region
    >>> matches(Region == "US", {"region_code": "US"})
    True
    """
    return matcher(expression)(video)


def matcher(expression: Expression) -> Callable[[Any], bool]:
    """The predicate of an expression, over `Video`-like objects and mappings with the documented keys.

    `hashtag_names`, `effect_ids` and `music_id` may be absent or None, and then hold nothing. Any other field that the
    expression names and the video lacks raises MissingFieldError, whatever the other conditions say.

    >>> from querydsl import Hashtag, Length
    >>> is_long_cat = matcher((Hashtag == "cat") & (Length >= "LONG"))
    >>> is_long_cat({"video_duration": 61, "hashtag_names": ["cat", "fyp"]})
    True
    >>> is_long_cat({"hashtag_names": ["dog"]})
    Traceback (most recent call last):
    querydsl.errors.MissingFieldError: the video has no 'video_duration', which the expression needs
    """
    return _Writer().predicate(expression)


class _Writer:
    """Writes the predicate as a Python function. Its source has names of our own only; all values are bound to them."""

    def __init__(self) -> None:
        self.bound: dict[str, object] = {"read": _read, "any_part": _any_part, "folded": folded}
        self.lines: list[str] = []

    def predicate(self, expression: Expression) -> Callable[[Any], bool]:
        result = self._body(expression)
        source = "\n".join(
            ["def predicate(video):", *_reading(_fields_of(expression)), *self.lines, f"    return {result}"]
        )
        exec(compile(source, "<querydsl matcher>", "exec"), self.bound)  # noqa: S102  # no text of the user's is in it
        predicate = self.bound["predicate"]
        assert callable(predicate)
        return predicate

    def _body(self, expression: Expression) -> str:
        built: list[tuple[str, int]] = []
        stack: list[Expression | tuple[str, int]] = [expression]
        while stack:
            step = stack.pop()
            if isinstance(step, Condition):
                built.append((f"({self._condition(step)})", 1))
            elif isinstance(step, Not):
                stack += [("not ", 1), step.term]
            elif isinstance(step, Group):
                terms = _joined(step) if isinstance(step, Or) else [*step.terms]
                stack.append((" or " if isinstance(step, Or) else " and ", len(terms)))
                stack += reversed(terms)
            else:
                assert isinstance(step, tuple)
                word, count = step
                parts = built[len(built) - count :]
                del built[len(built) - count :]
                text = f"not {parts[0][0]}" if word == "not " else word.join(part for part, _ in parts)
                built.append(self._shallow(f"({text})", 1 + max(depth for _, depth in parts)))
        [(result, _)] = built
        return result

    def _shallow(self, text: str, depth: int) -> tuple[str, int]:
        if depth <= _MAX_DEPTH:
            return text, depth
        self.lines.append(f"    part{len(self.lines)} = {text}")
        return f"part{len(self.lines) - 1}", 1

    def _bind(self, value: object) -> str:
        name = f"value{len(self.bound)}"
        self.bound[name] = value
        return name

    def _condition(self, condition: Condition) -> str:
        field, values = condition.field_name, condition.field_values
        read = VIDEO_FIELD[field]
        if field == "create_date":
            return self._day(condition)
        if field == "video_length":
            return _length(values)
        if field == "keyword":
            wanted = tuple(dict.fromkeys(map(folded, values)))
            text = f"({read}.lower() if {read}.isascii() else folded({read}))"  # a call would cost as much as the rest
            if len(wanted) == 1:
                return f"{self._bind(wanted[0])} in {text}"
            return f"any_part({self._bind(wanted)}, {text})"
        if field == "hashtag_name":
            names = frozenset(map(lowered, values))
            if len(names) == 1:
                return f"{self._bind(*names)} in {read}"
            return f"not {self._bind(names)}.isdisjoint({read})"
        if FIELDS[field].form == "id":
            ids = frozenset([*values, *map(int, values)])
            held = self._bind(ids)
            return f"not {held}.isdisjoint({read})" if field == "effect_id" else f"{read} in {held}"
        return (
            f"{read} == {self._bind(values[0])}" if len(values) == 1 else f"{read} in {self._bind(frozenset(values))}"
        )

    def _day(self, condition: Condition) -> str:
        held = domain(FIELDS["create_date"], condition.operation, condition.field_values)
        assert isinstance(held, Days)
        if len(held.spans) > 1:
            numbers = frozenset(day - _EPOCH for first, last in held.spans for day in range(first, last + 1))
            return f"create_time // {_DAY} in {self._bind(numbers)}"
        if not held.spans:
            return "False"
        [(first, last)] = held.spans
        after_start = f"{(first - _EPOCH) * _DAY} <= create_time"
        before_end = f"create_time < {(last + 1 - _EPOCH) * _DAY}"
        if condition.operation in ("GT", "GTE"):
            return after_start
        return before_end if condition.operation in ("LT", "LTE") else f"{after_start} and {before_end}"


def _length(values: tuple[str, ...]) -> str:
    """The test for some lengths. A length begins where the one before ends: at 15 s, and just over 60 s and 300 s."""
    runs: list[list[int]] = []
    for place in sorted(LENGTHS.index(value) for value in set(values)):
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    tests = []
    for run in runs:
        begins, ends = _STARTS[run[0]], _STARTS[run[-1] + 1]
        tests.append(" and ".join([*([begins] if begins else []), *([f"not {ends}"] if ends else [])]) or "True")
    return " or ".join(f"({test})" for test in tests)


#: For each length, and the end, the test that a duration has got there; "" where there is none to make.
_STARTS: Final = (
    "",
    f"video_duration >= {LENGTH_SECONDS['MID'][0]}",
    f"video_duration > {LENGTH_SECONDS['MID'][1]}",
    f"video_duration > {LENGTH_SECONDS['LONG'][1]}",
    "",
)


def _joined(group: Or) -> list[Expression]:
    """The terms of an "or", those that ask for values of one field made one: a set is looked up at once."""
    values: dict[str, list[str]] = {}
    others: list[Expression] = []
    for term in group.terms:
        if isinstance(term, Condition) and term.operation in ("EQ", "IN"):
            values.setdefault(term.field_name, []).extend(term.field_values)
        else:
            others.append(term)
    return [Condition(field, "IN", tuple(dict.fromkeys(texts))) for field, texts in values.items()] + others


def _fields_of(expression: Expression) -> list[str]:
    """The Video Object fields that an expression needs, in the order in which it names them."""
    return list(dict.fromkeys(VIDEO_FIELD[condition.field_name] for condition in conditions(expression)))


def _reading(fields: list[str]) -> Iterator[str]:
    """The lines that read the fields of a video: straight from a dict or an object that has them, else with care."""
    targets = ", ".join(fields) + ","
    by_key = [f"video.get({field!r})" if field in _OFTEN_ABSENT else f"video[{field!r}]" for field in fields]
    by_name = [f"video.{field}" for field in fields]
    yield "    try:"
    yield "        if type(video) is dict:"
    yield from (f"            {field} = {read}" for field, read in zip(fields, by_key, strict=True))
    yield "        else:"
    yield from (f"            {field} = {read}" for field, read in zip(fields, by_name, strict=True))
    yield "    except (KeyError, AttributeError):"
    yield f"        {targets} = read(video, {fields!r})"
    yield f"    if {' or '.join(f'{field} is None' for field in fields)}:"
    yield f"        {targets} = read(video, {fields!r})"


def _read(video: object, fields: list[str]) -> list[object]:
    """The fields of a mapping or an object, with what may be absent; MissingFieldError for what may not."""
    get = video.get if isinstance(video, Mapping) else partial(getattr, video)
    found = []
    for field in fields:
        value = get(field, None)
        if value is None and field == "id":
            value = get("video_id", None)  # as the documented example has it
        if value is None:
            if field not in ABSENT:
                raise MissingFieldError(field) from None
            value = ABSENT[field]
        found.append(value)
    return found


def _any_part(parts: tuple[str, ...], text: str) -> bool:
    return any(map(text.__contains__, parts))
