"""Expression -> a predicate that says of a video whether the expression holds for it, as the API would.

The rules, field by field: `create_date` is the day of `create_time` in UTC; usernames, region codes and ids compare
exactly (ids as numbers or as text); a hashtag, in lower case, is one of `hashtag_names`; a keyword is part of
`video_description`, whatever the case of either (`casing` has the rule); `video_length` comes from `video_duration`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, Final, Literal

from ..errors import MissingFieldError
from ..language.expressions import Condition, Expression, Group, Incomplete, Not, Or, brief, conditions
from ..showing import shown
from ..spec.value_sets import Spans, value_set
from ..tables import FIELDS, LENGTH_SECONDS, LENGTHS, VIDEO_FIELDS
from .letter_case import folded, lowered

#: For each condition field the Video Object field that it is read from.
VIDEO_FIELD: Final = {name: field.video_field for name, field in FIELDS.items()}

#: What a video may lack, and what that stands for.
ABSENT: Final[dict[str, object]] = {
    name: () if field.type == "list<string>" else None for name, field in VIDEO_FIELDS.items() if field.may_be_absent
}

_OFTEN_ABSENT: Final = ("effect_ids", "music_id")

DAY: Final = 86_400
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
        fields = fields_of(expression)
        result = self._body(expression)
        source = "\n".join(["def predicate(video):", *_reading(fields), *self.lines, f"    return {result}"])
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
        value_set(FIELDS[field], condition.operation, values)  # refuses an operation that it does not know
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
        spans = posted(condition)
        if len(spans) > 1:
            return f"create_time // {DAY} in {self._bind(frozenset(days_of(spans)))}"
        if not spans:
            return "False"
        [(start, end)] = spans
        tests = [f"{start} <= create_time"] if start is not None else []
        return " and ".join([*tests, f"create_time < {end}"] if end is not None else tests)


def posted(condition: Condition) -> list[tuple[int | None, int | None]]:
    """The spans of `create_time`, from a second to before another (None: open), that a `create_date` condition allows.

    >>> posted(Condition("create_date", "GTE", ["19700102"])), posted(Condition("create_date", "EQ", ["19700102"]))
    ([(86400, None)], [(86400, 172800)])
    """
    allowed = value_set(FIELDS["create_date"], condition.operation, condition.field_values)
    assert isinstance(allowed, Spans)
    opens, ends = condition.operation in ("LT", "LTE"), condition.operation in ("GT", "GTE")
    return [
        (None if opens else (first - _EPOCH) * DAY, None if ends else (last + 1 - _EPOCH) * DAY)
        for first, last in allowed.spans
    ]


def days_of(spans: list[tuple[int | None, int | None]]) -> list[int]:
    """The days, counted from 1970, of several spans: days that were listed one by one."""
    return [
        day for start, end in spans if start is not None and end is not None for day in range(start // DAY, end // DAY)
    ]


def _length(values: tuple[str, ...]) -> str:
    """The test for some lengths."""
    tests = []
    for begins, ends in lasting(values):
        parts = [f"video_duration {' '.join(map(str, begins))}"] if begins else []
        parts += [f"not video_duration {' '.join(map(str, ends))}"] if ends else []
        tests.append(" and ".join(parts) or "True")
    return " or ".join(f"({test})" for test in tests)


#: A test that a duration has got to a length: a comparison and seconds.
Start = tuple[Literal[">=", ">"], int]

#: For each length, and the end, where it starts; None where there is no test to make. A length begins where the one
#: before ends: at 15 s, and just over 60 s and 300 s.
_STARTS: Final[tuple[Start | None, ...]] = (
    None,
    (">=", LENGTH_SECONDS["MID"][0]),
    (">", LENGTH_SECONDS["MID"][1] or 0),
    (">", LENGTH_SECONDS["LONG"][1] or 0),
    None,
)


def lasting(values: tuple[str, ...]) -> list[tuple[Start | None, Start | None]]:
    """The runs of `video_duration` that some lengths allow: where each starts, and where it has ended.

    >>> lasting(("LONG", "MID"))
    [(('>=', 15), ('>', 300))]
    """
    runs: list[list[int]] = []
    for place in sorted(LENGTHS.index(value) for value in set(values)):
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return [(_STARTS[run[0]], _STARTS[run[-1] + 1]) for run in runs]


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


def fields_of(expression: Expression) -> list[str]:
    """The Video Object fields that an expression needs, in the order in which it names them.

    Raises TypeError for what is no expression.
    """
    if not isinstance(expression, Expression):
        given = brief(expression) if isinstance(expression, Incomplete) else shown(expression)
        raise TypeError(f"{given}: only an expression can be matched; compare the field first, and parse(…) a text")
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
