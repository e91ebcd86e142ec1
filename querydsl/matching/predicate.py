"""Expression -> a predicate that says of a video whether the expression holds for it, as the API would.

`meaning` has the rules. The predicate is one Python function, written and compiled for the expression: three times as
fast as functions that call each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from ..errors import MissingFieldError
from ..language.expressions import Condition, Expression, Group, Not, Or
from ..tables import FIELDS, VIDEO_FIELDS, ConditionField
from .letter_case import folded
from .meaning import (
    HasMember,
    HasPart,
    Holds,
    OneOf,
    Range,
    Ranges,
    Test,
    fields_of,
    holds,
    in_one_run,
    joined,
    may_be_absent,
    test_of,
)
from .video_values import ids_as_usual, taken

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


#: What nearly all values are: seeing that is faster than asking `taken`. Joining fails for what is no text.
_USUAL: Final[dict[Holds, str]] = {
    "text": "{0}.__class__ is str",
    "count": "{0}.__class__ is int",
    "number": "{0}.__class__ is int",
    "id": "{0}.__class__ is int",
    "list of text": "{0}.__class__ is list and joined({0}) is not None",
    "list of ids": "{0}.__class__ is list and ids_as_usual({0})",
}


class _Tests(NamedTuple):
    """Tests of one field, of which any has to hold."""

    field: ConditionField
    tests: list[Test]


class _Operator(NamedTuple):
    """In the walk: what joins the parts that have just been written, and how many they are."""

    word: str
    size: int


class _Writer:
    """Writes the predicate as a Python function. Its source has names of our own only; all values are bound to them."""

    def __init__(self) -> None:
        self.bound: dict[str, object] = {
            "read": _read,
            "any_part": _any_part,
            "folded": folded,
            "taken": taken,
            "joined": "".join,
            "ids_as_usual": ids_as_usual,
        }
        self.lines: list[str] = []

    def predicate(self, expression: Expression) -> Callable[[Any], bool]:
        fields = list(dict.fromkeys(field.video_field for field in fields_of(expression)))
        result = self._body(expression)
        self.bound["verify"] = partial(_verify, fields_of(expression))
        lines = ["def predicate(video):", *_reading(fields), "    try:", *self.lines, f"        return {result}"]
        lines += ["    except TypeError:", f"        verify(({', '.join(fields)},))", "        raise"]
        source = "\n".join(lines)
        exec(compile(source, "<querydsl matcher>", "exec"), self.bound)  # noqa: S102  # no text of the user's is in it
        predicate = self.bound["predicate"]
        assert callable(predicate)
        return predicate

    def _body(self, expression: Expression) -> str:
        built: list[tuple[str, int]] = []
        stack: list[Expression | _Tests | _Operator] = [expression]
        while stack:
            step = stack.pop()
            if isinstance(step, Condition):
                built.append((self._tests(FIELDS[step.field_name], [test_of(step)]), 1))
            elif isinstance(step, _Tests):
                built.append((self._tests(*step), 1))
            elif isinstance(step, Not):
                stack += [_Operator("not ", 1), step.term]
            elif isinstance(step, Group):
                terms = _joined(step) if isinstance(step, Or) else [*step.terms]
                stack.append(_Operator(" or " if isinstance(step, Or) else " and ", len(terms)))
                stack += reversed(terms)
            else:
                assert isinstance(step, _Operator)
                word, size = step
                parts = built[len(built) - size :]
                del built[len(built) - size :]
                text = f"not {parts[0][0]}" if word == "not " else word.join(part for part, _ in parts)
                built.append(self._shallow(f"({text})", 1 + max(depth for _, depth in parts)))
        [(result, _)] = built
        return result

    def _shallow(self, text: str, depth: int) -> tuple[str, int]:
        if depth <= _MAX_DEPTH:
            return text, depth
        self.lines.append(f"        part{len(self.lines)} = {text}")
        return f"part{len(self.lines) - 1}", 1

    def _bind(self, value: object) -> str:
        name = f"value{len(self.bound)}"
        self.bound[name] = value
        return name

    def _tests(self, field: ConditionField, tests: Iterable[Test]) -> str:
        """The test that any of some tests of one field holds."""
        read = field.video_field
        held = holds(field)
        text = " or ".join(f"({self._test(read, held, test)})" for test in joined(tests))
        usual = _USUAL[held].format(read)
        text = f"({usual} or ({read} := taken({read!r}, {held!r}, {read})) is not None) and ({text})"
        if may_be_absent(field) and not held.startswith("list"):
            return f"({read} is not None and ({text}))"
        return f"({text})"

    def _test(self, read: str, held: Holds, test: Test) -> str:
        if isinstance(test, HasPart):
            text = f"({read}.lower() if {read}.isascii() else folded({read}))"  # a call would cost as much as the rest
            if len(test.values) == 1:
                return f"{self._bind(test.values[0])} in {text}"
            return f"any_part({self._bind(test.values)}, {text})"
        if isinstance(test, HasMember):
            if len(test.values) == 1 and held == "list of text":
                return f"{self._bind(test.values[0])} in {read}"
            return f"not {self._bind(_comparable(held, test.values))}.isdisjoint({read})"
        if isinstance(test, OneOf):
            if len(test.values) == 1 and held == "text":
                return f"{read} {'!=' if test.excluded else '=='} {self._bind(test.values[0])}"
            return f"{read} {'not in' if test.excluded else 'in'} {self._bind(_comparable(held, test.values))}"
        number = f"int({read})" if held == "id" else read
        if isinstance(test, Ranges):
            return " or ".join(f"({_between(number, found)})" for found in test.ranges) or "False"
        run = in_one_run(test)
        if run is not None:
            return _between(number, run)
        units = f"{number} // {test.unit}" if test.unit > 1 else number
        return f"{units} in {self._bind(frozenset(test.values))}"


def _between(number: str, limits: Range) -> str:
    begin, end = limits
    tests = [f"{number} {' '.join(map(str, bound))}" for bound in (begin, end) if bound is not None]
    return " and ".join(tests) or "True"


def _comparable(held: Holds, values: tuple[str, ...]) -> frozenset[str | int]:
    """The values as they may stand in a video: ids come as numbers and as text."""
    if held in ("text", "list of text"):
        return frozenset(values)
    return frozenset(map(int, values)) | frozenset(values if held not in ("count", "number") else ())


def _joined(group: Or) -> list[Expression | _Tests]:
    """The terms of an "or", the conditions on one field taken together."""
    fields: dict[str, list[Test]] = {}
    others: list[Expression | _Tests] = []
    for term in group.terms:
        if isinstance(term, Condition):
            fields.setdefault(term.field_name, []).append(test_of(term))
        else:
            others.append(term)
    return [*(_Tests(FIELDS[name], tests) for name, tests in fields.items()), *others]


def _reading(fields: list[str]) -> Iterator[str]:
    """The lines that read the fields of a video: straight from a dict or an object that has them, else with care."""
    targets = ", ".join(fields) + ","
    by_key = [
        f"video.get({field!r})" if VIDEO_FIELDS[field].left_out_when_empty else f"video[{field!r}]" for field in fields
    ]
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
    for name in fields:
        field = VIDEO_FIELDS[name]
        value = get(name, None)
        if value is None and field.other_spelling is not None:
            value = get(field.other_spelling, None)
        if value is None and not field.may_be_absent:
            raise MissingFieldError(name) from None
        found.append(() if value is None and field.type == "list<string>" else value)
    return found


def _verify(fields: list[ConditionField], values: tuple[object, ...]) -> None:
    """Raise ValidationError for the value that made a test fail."""
    read = dict(zip(dict.fromkeys(field.video_field for field in fields), values, strict=True))
    for field in fields:
        value = read[field.video_field]
        if value is not None:
            taken(field.video_field, holds(field), value)


def _any_part(parts: tuple[str, ...], text: str) -> bool:
    return any(map(text.__contains__, parts))
