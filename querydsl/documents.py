"""Text or bytes from outside -> a JSON document, with what is wrong with it as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, NamedTuple, NoReturn

from .errors import Problem
from .rules import MAX_PROBLEMS, error, token
from .values import shown

#: The longest text that is read: beyond it nobody wrote a request.
MAX_CHARACTERS: Final = 16 * 1024 * 1024

#: JSON numbers may have any number of digits, Python's ints from text may not; no documented number has more than 19.
_MAX_DIGITS = 1_000


class _Repeated(dict[str, object]):
    """An object in which keys were given twice; it holds the last value of each."""

    keys_given_twice: tuple[str, ...]


def read(document: object) -> tuple[object, list[Problem]]:
    """The document that a text, bytes or a mapping holds, and the problems of its JSON.

    Bytes are UTF-8, UTF-16 or UTF-32, with or without a byte order mark. What is neither text nor bytes is taken as the
    document itself. With a problem other than a repeated key the document is None.

    >>> read('{"and": 1}')
    ({'and': 1}, [])
    """
    if isinstance(document, (bytes, bytearray, memoryview)):
        if len(document) > 4 * MAX_CHARACTERS:
            return None, [_too_long()]
        try:
            content = bytes(document)
            text = content.decode(json.detect_encoding(content))
        except UnicodeDecodeError as failure:
            where = f"byte {failure.start + 1}"
            return None, [error("json", "", f"the bytes are no text: {where} is wrong", "save the file as UTF-8")]
    elif isinstance(document, str):
        text = document
    elif isinstance(document, Mapping) and not isinstance(document, dict):
        return _copied(document)
    else:
        return document, []
    return _parsed(text.removeprefix("\ufeff"))


def _copied(document: Mapping[object, object]) -> tuple[object, list[Problem]]:
    try:
        return dict(document), []
    except Exception as failure:  # a mapping from outside may do anything; it cannot be read, and that is the answer
        message = f"the mapping cannot be read: {type(failure).__name__}"
        return None, [error("type", "", message, "give a dict, or JSON text")]


def _too_long() -> Problem:
    message = f"the text is longer than {MAX_CHARACTERS:,} characters"
    return error("json", "", message, "split it into several documents")


def _parsed(text: str) -> tuple[object, list[Problem]]:
    if len(text) > MAX_CHARACTERS:
        return None, [_too_long()]
    repeated: list[_Repeated] = []

    def to_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        seen: set[str] = set()
        twice = dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        marked = _Repeated(members)
        marked.keys_given_twice = tuple(twice)
        repeated.append(marked)
        return marked

    try:
        document = json.loads(text, object_pairs_hook=to_object, parse_int=_int, parse_constant=_no_constant)
    except json.JSONDecodeError as failure:
        hint = _syntax_hint(text, failure.pos)
        message = f"this is not JSON: {failure.msg} (line {failure.lineno}, column {failure.colno})"
        return None, [error("json", "", message, hint)]
    except _NoConstant as failure:
        line, column = _position(text, failure.name)
        message = f"this is not JSON: {failure.name} (line {line}, column {column})"
        return None, [error("json", "", message, "JSON has no such number; leave it out")]
    except RecursionError:
        message = "this is nested too deeply to be read"
        return None, [error("json", "", message, "a request has four levels of brackets")]
    return document, _repeated_keys(document) if repeated else []


class _NoConstant(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _no_constant(name: str) -> NoReturn:
    raise _NoConstant(name)


def _int(digits: str) -> int:
    return int(digits) if len(digits) <= _MAX_DIGITS else int(digits[:_MAX_DIGITS])


def _position(text: str, constant: str) -> tuple[int, int]:
    """Line and column of the first NaN or Infinity that stands outside a string."""
    quoted = False
    start = 0
    for piece in text.split('"'):
        if not quoted and constant in piece:
            offset = start + piece.index(constant)
            return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
        if not (quoted and (len(piece) - len(piece.rstrip("\\"))) % 2):
            quoted = not quoted
        start += len(piece) + 1
    return 1, 1


def _syntax_hint(text: str, position: int) -> str | None:
    if not text.strip():
        return "the text is empty; give a request or a query"
    at = text[position : position + 1]
    if at == "'":
        return 'JSON writes its texts in double quotes: "US"'
    if text.startswith(("True", "False", "None"), position):
        return "JSON writes true, false and null"
    if at in ("}", "]"):
        return "remove the comma before it"
    if text.startswith(("//", "#", "/*"), position):
        return "JSON has no comments"
    if at and text[:position].strip() == "" and at not in "{[":
        return "a document begins with {; an expression is read by querydsl.parse and `querydsl compile`"
    return None


def _repeated_keys(document: object) -> list[Problem]:
    problems = []
    stack: list[_Place] = [_Place(None, "", document)]
    while stack:
        place = stack.pop()
        value = place.value
        if isinstance(value, _Repeated):
            pointer = place.pointer()
            for key in value.keys_given_twice:
                message = f"the key {shown(key)} is given twice, and only the last would count"
                problems.append(error("json", pointer + token(key), message, "keep one of the two"))
            if len(problems) >= MAX_PROBLEMS:
                break
        if isinstance(value, dict):
            members = [(token(key), member) for key, member in value.items()]
        else:
            assert isinstance(value, list)
            members = [(f"/{position}", member) for position, member in enumerate(value)]
        stack += [_Place(place, step, member) for step, member in members if isinstance(member, (dict, list))]
    return problems


class _Place(NamedTuple):
    """A value in a document, and the way to it: spelt out only where it is needed, for documents can be deep."""

    parent: _Place | None
    step: str
    value: object

    def pointer(self) -> str:
        steps = []
        place: _Place | None = self
        while place is not None:
            steps.append(place.step)
            place = place.parent
        return "".join(reversed(steps))
