"""Expression -> a predicate: a function that says whether the expression holds for a video, as in the API.

`meaning` has the rules. The predicate is one Python function, generated and compiled for the expression. This is three
times as fast as functions that call each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Final, NamedTuple

from ..errors import MissingFieldError
from ..language.expressions import Condition, Expression, Group, Not, Or
from ..language.walks import folded as walked
from ..moments import FIRST_SECOND, LAST_SECOND
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

#: Python's compiler recurses; up to this depth an expression becomes one Python expression.
_MAX_DEPTH: Final = 20
#: A shared part up to this length is repeated wherever it is used: then it is computed only if it matters.
_MAX_AGAIN: Final = 200


def matches(expression: Expression, video: object) -> bool:
    """Whether the expression holds for a video: a `Video`-like object or a mapping.

    Raises MissingFieldError, as `matcher` does; `matcher` is faster for many videos.

    >>> from querydsl import Region
    >>> matches(Region == "US", {"region_code": "US"})
    True
    """
    return matcher(expression)(video)


def matcher(expression: Expression) -> Callable[[Any], bool]:
    """The predicate of an expression, over `Video`-like objects and mappings with the documented keys.

    `hashtag_names`, `effect_ids` and `music_id` may be absent or None, and then have no value. Any other field that the
    expression needs and the video lacks raises MissingFieldError, whatever the other conditions say.

    >>> from querydsl import Hashtag, Length
    >>> is_long_cat = matcher((Hashtag == "cat") & (Length >= "LONG"))
    >>> is_long_cat({"video_duration": 61, "hashtag_names": ["cat", "fyp"]})
    True
    >>> is_long_cat({"hashtag_names": ["dog"]})
    Traceback (most recent call last):
    querydsl.errors.MissingFieldError: the video has no 'video_duration', which the expression needs
    """
    return _Writer(expression).predicate()


#: Checks for the types that nearly all values have; they are faster than `taken`. `joined` fails for a list with
#: anything but text.
_USUAL: Final[dict[Holds, str]] = {
    "text": "{0}.__class__ is str",
    "count": "{0}.__class__ is int",
    "time": f"{{0}}.__class__ is int and {FIRST_SECOND} <= {{0}} <= {LAST_SECOND}",
    "number": "{0}.__class__ is int",
    "id": "({0}.__class__ is int or {0}.__class__ is str and {0}.isdigit() and {0}.isascii())",
    "list of text": "({0}.__class__ is list or {0}.__class__ is tuple) and joined({0}) is not None",
    "list of ids": "({0}.__class__ is list or {0}.__class__ is tuple) and ids_as_usual({0})",
}


class _Tests(NamedTuple):
    """Tests of one field, of which any must hold."""

    field: ConditionField
    tests: list[Test]


class _Part(NamedTuple):
    """A written part of the predicate: its Python text, its depth of nesting, and about how many steps it takes."""

    text: str
    depth: int
    cost: float


class _Writer:
    """Writes the predicate as a Python function. The source contains only our own names; values are bound to them."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self.fields = fields_of(expression)
        self.bound: dict[str, object] = {
            "nothing": (),
            "any_part": _any_part,
            "folded": folded,
            "joined": "".join,
            "ids_as_usual": ids_as_usual,
            "checked": partial(_checked, {field.video_field: holds(field) for field in self.fields}),
        }
        self.lines: list[str] = []
        self.shared = _shared(expression)

    def predicate(self) -> Callable[[Any], bool]:
        result = self._body()
        source = "\n".join(["def predicate(video):", *self._reading(), *self.lines, f"    return {result}"])
        exec(compile(source, "<querydsl matcher>", "exec"), self.bound)  # noqa: S102  # no text of the user's is in it
        predicate = self.bound["predicate"]
        assert callable(predicate)
        return predicate

    def _reading(self) -> Iterator[str]:
        """The lines that read the fields of a video: directly from a dict or an object; unusual videos go to `checked`.

        They check all fields before any comparison, so that the result does not depend on the order of comparisons.
        """
        kinds = {field.video_field: holds(field) for field in self.fields}
        lists = [name for name, held in kinds.items() if held.startswith("list")]
        usual = [
            f"({name} is None or {_USUAL[held].format(name)})"
            if VIDEO_FIELDS[name].may_be_absent and name not in lists
            else _USUAL[held].format(name)
            for name, held in kinds.items()
        ]
        yield "    try:"
        yield "        if video.__class__ is dict:"
        for name in kinds:
            has_it = "video.get({!r})" if VIDEO_FIELDS[name].may_be_absent else "video[{!r}]"
            yield f"            {name} = {has_it.format(name)}"
        yield "        else:"
        yield from (f"            {name} = video.{name}" for name in kinds)
        yield from (f"        {name} = nothing if {name} is None else {name}" for name in lists)
        yield f"        is_usual = {' and '.join(usual)}"
        yield "    except (AttributeError, KeyError, TypeError):"
        yield "        is_usual = False"
        yield "    if not is_usual:"
        yield f"        {', '.join(kinds)}, = checked(video)"

    def _body(self) -> str:
        return walked(self.expression, _parts_of, self._written).text

    def _written(self, node: Expression, parts: list[_Part]) -> _Part:
        """An expression as text, from the texts of its parts; a group writes its own conditions itself."""
        if isinstance(node, Condition):
            return self._tests(FIELDS[node.field_name], [test_of(node)])
        if isinstance(node, Not):
            return self._named(node, _combined("not ", parts))
        assert isinstance(node, Group)
        word = " or " if isinstance(node, Or) else " and "
        return self._named(node, _combined(word, [*(self._tests(*one) for one in _own_tests(node)), *parts]))

    def _named(self, node: Expression, part: _Part) -> _Part:
        """Give a part a name if it would be nested too deep, or repeated in each part that shares it."""
        if part.depth <= _MAX_DEPTH and (id(node) not in self.shared or len(part.text) <= _MAX_AGAIN):
            return part
        self.lines.append(f"    part{len(self.lines)} = {part.text}")
        return _Part(f"part{len(self.lines) - 1}", 1, 1)

    def _bind(self, value: object) -> str:
        name = f"value{len(self.bound)}"
        self.bound[name] = value
        return name

    def _tests(self, field: ConditionField, tests: Iterable[Test]) -> _Part:
        """Write "any of some tests of one field holds"."""
        read, held = field.video_field, holds(field)
        written = [self._test(read, held, test) for test in joined(tests)]
        part = _combined(" or ", [_Part(f"({text})", 1, cost) for text, cost in written])
        if may_be_absent(field) and not held.startswith("list"):
            return part._replace(text=f"({read} is not None and {part.text})")
        return part

    def _test(self, read: str, held: Holds, test: Test) -> tuple[str, float]:
        """The text of a test, and its approximate number of steps: a comparison of texts or numbers is one step."""
        if isinstance(test, HasPart):
            return self._has_part(read, test)
        if isinstance(test, HasMember):
            if len(test.values) == 1 and held == "list of text":
                return f"{self._bind(test.values[0])} in {read}", 2
            return f"not {self._bind(_comparable(held, test.values))}.isdisjoint({read})", 4
        if isinstance(test, OneOf):
            if len(test.values) == 1 and held == "text":
                return f"{read} {'!=' if test.excluded else '=='} {self._bind(test.values[0])}", 1
            return f"{read} {'not in' if test.excluded else 'in'} {self._bind(_comparable(held, test.values))}", 1
        number = f"int({read})" if held == "id" else read
        if isinstance(test, Ranges):
            return " or ".join(f"({_between(number, found)})" for found in test.ranges) or "False", 1
        run = in_one_run(test)
        if run is not None:
            return _between(number, run), 1
        units = f"{number} // {test.unit}" if test.unit > 1 else number
        return f"{units} in {self._bind(frozenset(test.values))}", 1

    def _has_part(self, read: str, test: HasPart) -> tuple[str, float]:
        """The text is lowered where it is first needed; a function call would double the time."""
        text = f"{read}.lower() if {read}.isascii() else folded({read})"
        names = [self._bind(value) for value in test.values[:_FEW]]
        if len(test.values) > _FEW:
            return f"any_part({self._bind(test.values)}, {text})", 10 + len(test.values)
        first, *others = names
        if not others:
            return f"{first} in ({text})", 8
        return " or ".join([f"{first} in (text := {text})", *(f"{name} in text" for name in others)]), 8 + len(names)


#: Up to this number, keywords are searched one by one, in the predicate itself.
_FEW: Final = 8


def _combined(word: str, parts: Sequence[_Part]) -> _Part:
    """Join parts by an operator, those with the fewest steps first; each next part is evaluated half as often."""
    if word == "not ":
        [part] = parts
        return part._replace(text=f"(not {part.text})", depth=part.depth + 1)
    if len(parts) == 1:
        return parts[0]
    ordered = sorted(parts, key=attrgetter("cost"))
    cost = sum(part.cost / 2**place for place, part in enumerate(ordered[:_ASKED]))
    return _Part(f"({word.join(part.text for part in ordered)})", 1 + max(part.depth for part in parts), cost)


#: Parts after this many are almost never evaluated.
_ASKED: Final = 10


def _between(number: str, limits: Range) -> str:
    begin, end = limits
    tests = [f"{number} {' '.join(map(str, bound))}" for bound in (begin, end) if bound is not None]
    return " and ".join(tests) or "True"


def _comparable(held: Holds, values: tuple[str, ...]) -> frozenset[str | int]:
    """The values in each form that a video may have: ids are numbers or text."""
    if held in ("text", "list of text"):
        return frozenset(values)
    return frozenset(map(int, values)) | frozenset(values if held not in ("count", "time", "number") else ())


def _own_tests(group: Group) -> Iterator[_Tests]:
    """The conditions of a group as tests; in an "or", those on one field are merged."""
    fields: dict[str, list[Test]] = {}
    for term in group.different:
        if isinstance(term, Condition):
            if isinstance(group, Or):
                fields.setdefault(term.field_name, []).append(test_of(term))
            else:
                yield _Tests(FIELDS[term.field_name], [test_of(term)])
    yield from (_Tests(FIELDS[name], tests) for name, tests in fields.items())


def _parts_of(node: Expression) -> Sequence[Expression]:
    """The parts that are written before an expression: those of a group that are not conditions."""
    if isinstance(node, Group):
        return [term for term in node.different if not isinstance(term, Condition)]
    return [node.term] if isinstance(node, Not) else ()


def _shared(expression: Expression) -> set[int]:
    """The identity of each part that several others share."""
    seen: set[int] = set()
    found: set[int] = set()
    stack = [expression]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            found.add(id(node))
        else:
            seen.add(id(node))
            stack += _parts_of(node)
    return found


def _checked(kinds: Mapping[str, Holds], video: object) -> list[object]:
    """The values of the fields of a mapping or an object, each in the field's plain type; none for absent ones.

    Raises MissingFieldError for a field that must not be absent, and ValidationError for a value of another type.
    """
    get = video.get if isinstance(video, Mapping) else partial(getattr, video)
    found = []
    for name in kinds:
        field = VIDEO_FIELDS[name]
        value = get(name, None)
        if value is None and field.other_spelling is not None:
            value = get(field.other_spelling, None)
        if value is None and not field.may_be_absent:
            raise MissingFieldError(name)
        found.append(value)
    return [
        (() if held.startswith("list") else None) if value is None else taken(name, held, value)
        for (name, held), value in zip(kinds.items(), found, strict=True)
    ]


def _any_part(parts: tuple[str, ...], text: str) -> bool:
    return any(map(text.__contains__, parts))
