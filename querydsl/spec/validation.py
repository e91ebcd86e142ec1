"""A document -> its problems: errors that the documentation rules out, and warnings for what is probably not meant.

A document is a mapping, or JSON as text or bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, Literal, NoReturn

from ..errors import Problem, Problems, ValidationError, error, raise_errors, token
from ..showing import shown
from ..tables import QUERY_KEYS, REQUIRED_REQUEST_KEYS
from .query_rules import MAX_PROBLEMS, query_errors
from .query_warnings import query_warnings
from .request_rules import fields_problems, request_errors, request_warnings, split_fields, window

Kind = Literal["request", "query", "auto"]


def validate(document: Mapping[str, Any] | str | bytes, kind: Kind = "auto") -> list[Problem]:
    """Every problem of a request or a query: a mapping, JSON text, or its bytes (UTF-8, UTF-16 or UTF-32).

    "auto" means a query if the document has any of and, or, not, and none of query, start_date, end_date. Never raises,
    takes time in proportion to the document, and reports one problem for each mistake, up to 20,000. Days are UTC.

    >>> condition = '{"field_name": "video_id", "operation": "EQ", "field_values": [7]}'
    >>> body = f'{{"query": {{"and": [{condition}]}}, "max_count": 100}}'
    >>> for problem in validate(body):
    ...     print(problem.path, problem.code, "-", problem)
     missing - 'start_date' is missing; give the first day, such as "start_date": "20230101" (UTC, included)
     missing - 'end_date' is missing; give the last day, such as "end_date": "20230131" (UTC, included)
    /query/and/0/field_values/0 type - 7 is not text; write it as text: "7"
    """
    return examined(document, kind)[0]


def examined(document: object, kind: str = "auto") -> tuple[list[Problem], bool]:
    """The problems that `validate` reports, and whether there are more."""
    try:
        problems = _problems(document, kind)
    except Exception as failure:
        problems = [unreadable(failure)]
    return Problems(problems[:MAX_PROBLEMS]), len(problems) > MAX_PROBLEMS


def _problems(document: object, kind: str) -> list[Problem]:
    if kind not in ("request", "query", "auto"):
        return [error("type", "", f"{shown(kind)} is not a kind of document", "give 'request', 'query' or 'auto'")]
    content, problems = read(document)
    if content is None and problems:
        return problems
    if kind == "query" or (kind == "auto" and is_query(content)):
        errors = query_errors(content)
        return [*problems, *errors, *query_warnings(content, "", None, errors)]
    errors = request_errors(content)
    problems += errors
    if isinstance(content, dict):
        problems += query_warnings(content.get("query"), "/query", window(content), errors)
        problems += request_warnings(content)
    return problems


def is_query(document: object) -> bool:
    """Whether "auto" treats a document as a query.

    >>> is_query({"and": []}), is_query({"and": [], "start_date": "20230101"})
    (True, False)
    """
    if not isinstance(document, dict) or not document.keys().isdisjoint(REQUIRED_REQUEST_KEYS):
        return False
    return not document.keys().isdisjoint(QUERY_KEYS)


def validate_fields(names: str | Iterable[str]) -> list[Problem]:
    """Every problem of the parameter `fields`: a text with commas, or the names. Paths are positions: /0, /1, …

    >>> [problem.hint for problem in validate_fields("id,video_desc")]
    ["it is spelt 'video_description'"]
    """
    try:
        return Problems(fields_problems(split_fields(names)))
    except ValidationError as failure:
        return Problems(failure.problems)
    except Exception as failure:
        return Problems([unreadable(failure)])


# Reading JSON

#: Longer texts are refused without reading them.
MAX_CHARACTERS: Final = 16 * 1024 * 1024

#: A JSON number may have any number of digits, Python's int of a text may not. Documented numbers have at most 19.
_MAX_DIGITS = 500
_TOO_MANY_DIGITS: Final = re.compile(rf"(?<![0-9])[0-9]{{{_MAX_DIGITS + 1}}}")


class _Repeated(dict[str, object]):
    """An object with repeated keys; it holds the last value of each."""

    keys_given_twice: tuple[str, ...]


def read(document: object) -> tuple[object, list[Problem]]:
    """Read a document from text, bytes or a mapping; also gives the problems of its JSON.

    Bytes are UTF-8, UTF-16 or UTF-32, with or without a byte order mark. Anything other than text or bytes is the
    document itself. If there is a problem other than a repeated key, the document is None.

    >>> read('{"and": 1}')
    ({'and': 1}, [])
    """
    if isinstance(document, (bytes, bytearray, memoryview)):
        if len(document) > 4 * MAX_CHARACTERS:
            return None, [_too_long()]
        try:
            text = decoded(bytes(document))
        except NotText as failure:
            return None, [error("json", "", f"the bytes are not text{failure.why}", failure.hint)]
    elif isinstance(document, str):
        text = document
    elif isinstance(document, Mapping) and type(document) is not dict:
        return dict(islice(document.items(), MAX_PROBLEMS)), []  # an endless iterable is cut here
    else:
        return document, []
    return _parsed(text.removeprefix("\ufeff"))


class NotText(Exception):
    """Bytes are not text."""

    def __init__(self, why: str, hint: str) -> None:
        super().__init__(why, hint)
        #: What goes on after "is not text".
        self.why = why
        self.hint = hint


#: The first bytes of files that are sometimes taken for text.
_NO_TEXT: Final = {
    b"PK\x03\x04": "a zip file, such as .xlsx or .docx",
    b"\xd0\xcf\x11\xe0": "an Office file, such as .xls or .doc",
    b"%PDF-": "a PDF",
    b"\x1f\x8b": "a file packed with gzip",
    b"SQLite format 3\0": "a SQLite file, as collect makes them",
    b"\x89PNG": "a picture",
}


def decoded(content: bytes) -> str:
    """The text in bytes, which are UTF-8, UTF-16 or UTF-32. Raises NotText for others.

    >>> decoded(b"cat")
    'cat'
    """
    what = next((what for beginning, what in _NO_TEXT.items() if content.startswith(beginning)), None)
    if what is not None:
        raise NotText(f", but {what}", "save what is meant as plain text, in UTF-8")
    try:
        return content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as failure:
        raise NotText(f": byte {failure.start + 1} is wrong", "save the file as UTF-8") from None


def unreadable(failure: Exception) -> Problem:
    """The problem of an object that raises an exception while it is read."""
    message = f"the document cannot be read: {type(failure).__name__}"
    return error("type", "", message, "give a dict of plain JSON values, or JSON text")


def checked(document: object, errors_of: Callable[[object], list[Problem]]) -> Any:
    """The document, if `errors_of` finds no error in it; raises ValidationError otherwise."""
    try:
        content, problems = read(document)
        if content is not None or not problems:
            problems += errors_of(content)
    except Exception as failure:
        problems = [unreadable(failure)]
    raise_errors(problems[:MAX_PROBLEMS])
    return content


def _too_long() -> Problem:
    message = f"the text is longer than {MAX_CHARACTERS:,} characters"
    return error("json", "", message, "split it into several documents")


def _parsed(text: str) -> tuple[object, list[Problem]]:
    if len(text) > MAX_CHARACTERS:
        return None, [_too_long()]
    try:
        document, has_repeats = _decoded(text)
    except json.JSONDecodeError as failure:
        hint = _syntax_hint(text, failure)
        message = f"this is not JSON: {failure.msg} (line {failure.lineno}, column {failure.colno})"
        return None, [error("json", "", message, hint)]
    except _NoConstant as failure:
        line, column = _position(text, failure.name)
        message = f"this is not JSON: {failure.name} (line {line}, column {column})"
        return None, [error("json", "", message, "JSON has no such number; leave it out")]
    except RecursionError:
        message = "this is nested too deeply to be read"
        return None, [error("json", "", message, "a request has four levels of brackets")]
    return document, _repeated_keys(document) if has_repeats else []


def _decoded(text: str) -> tuple[object, bool]:
    """The value of a JSON text, and whether keys are repeated in it: those objects are marked."""
    has_too_many_digits = len(text) > _MAX_DIGITS and _TOO_MANY_DIGITS.search(text)
    if not has_too_many_digits:
        try:
            return _PLAIN.decode(text), False
        except _KeyGivenTwice:
            pass
    repeated: list[_Repeated] = []

    def to_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) == len(pairs) or len(repeated) > MAX_PROBLEMS:
            return members
        seen: set[str] = set()
        twice = dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        marked = _Repeated(members)
        marked.keys_given_twice = tuple(twice)
        repeated.append(marked)
        return marked

    parse_int = _int if has_too_many_digits else None
    document = json.loads(text, object_pairs_hook=to_object, parse_int=parse_int, parse_constant=_no_constant)
    return document, bool(repeated)


class _KeyGivenTwice(Exception):
    """Stops the quick reading of a text, which is enough for nearly all texts."""


def _plain_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _KeyGivenTwice
    return members


class _NoConstant(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _no_constant(name: str) -> NoReturn:
    raise _NoConstant(name)


_PLAIN: Final = json.JSONDecoder(object_pairs_hook=_plain_object, parse_constant=_no_constant)


def _int(digits: str) -> int:
    return int(digits) if len(digits) <= _MAX_DIGITS else int(digits[:_MAX_DIGITS])


def _position(text: str, constant: str) -> tuple[int, int]:
    """Line and column of the first NaN or Infinity outside a string."""
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


def _syntax_hint(text: str, failure: json.JSONDecodeError) -> str | None:
    before, after = text[: failure.pos].rstrip()[-1:], text[failure.pos :].lstrip()
    if after == "":
        return (
            "the text ends too early: close every bracket" if before else "the text is empty: give a request or a query"
        )
    if after[:1] in ("'", "\u2018", "\u2019", "\u201c", "\u201d", "\u201e", "\u00ab", "\u00bb"):
        return 'JSON writes its texts in straight double quotes: "US"'
    if after.startswith(("True", "False", "None")):
        return "JSON writes true, false and null"
    if after.startswith(("//", "#", "/*")):
        return "JSON has no comments"
    if (before == "," and after[:1] in ("}", "]")) or failure.msg.startswith("Illegal trailing comma"):
        return "remove the comma before the bracket"
    if failure.msg.startswith("Expecting property name"):
        return 'JSON writes its keys in double quotes: "query"'
    if before == "" and after.startswith("curl"):
        return "give the body of the command alone; Request.from_curl and `querydsl check` read all of it"
    if before == "" and after[:1] not in ("{", "["):
        return "a document begins with {; an expression is read by querydsl.parse and `querydsl compile`"
    return next((hint for beginning, hint in _HINTS.items() if failure.msg.startswith(beginning)), None)


#: The hint for each beginning of a message of the json module.
_HINTS: Final = {
    "Expecting ',' delimiter": "put a comma between two values, and close every bracket",
    "Invalid control character": "write a line break inside a text as \\n, a tab as \\t",
    "Invalid \\escape": "write a backslash inside a text as \\\\",
    "Unterminated string": "close the text with a double quote",
    "Extra data": "give one document; of JSON Lines each line is one: `querydsl check --lines`",
}


def _repeated_keys(document: object) -> list[Problem]:
    problems: list[Problem] = []
    characters = 0
    way: list[str] = []  # the path to the current value
    stack = [_members(document)]
    problems += _keys_given_twice(document, "")
    while stack:
        for key, value in stack[-1]:
            if isinstance(value, (dict, list)):
                way.append(token(str(key)))
                stack.append(_members(value))
                found = _keys_given_twice(value, "".join(way)) if isinstance(value, _Repeated) else []
                problems += found
                characters += sum(len(problem.path) for problem in found)
                break
        else:
            stack.pop()
            del way[-1:]
        if len(problems) > MAX_PROBLEMS or characters > MAX_CHARACTERS:
            break
    return problems


def _members(container: object) -> Iterator[tuple[object, object]]:
    if isinstance(container, dict):
        return iter(container.items())
    assert isinstance(container, list)
    return enumerate(container)


def _keys_given_twice(value: object, pointer: str) -> list[Problem]:
    if not isinstance(value, _Repeated):
        return []
    message = "the key {} is given twice, and only the last would count"
    return [
        error("json", pointer + token(key), message.format(shown(key)), "keep one of the two")
        for key in value.keys_given_twice[: MAX_PROBLEMS + 1]
    ]
