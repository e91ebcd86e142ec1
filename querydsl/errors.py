"""What can be wrong: `Problem`, the finding, and every exception of the package::

    QueryDSLError
    ├── ValidationError (also a ValueError)   what was given breaks a documented rule
    │   └── ParseError                        so does a text, at a line and a column
    ├── NeedsSeveralQueries                   an expression that no single query can hold
    └── MissingFieldError                     a video without a field that an expression names

Each can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import attrs

Severity = Literal["error", "warning"]

#: How many problems an error's text spells out; `problems` has them all.
_SPELT_OUT = 10


@attrs.frozen
class Problem:
    """One thing that is wrong with a document.

    >>> from querydsl import validate
    >>> [problem] = validate({"and": [{"field_name": "region_code", "operation": "EQ", "field_values": ["us"]}]})
    >>> problem.path, problem.code, problem.hint
    ('/and/0/field_values/0', 'region-code', "write 'US'")
    """

    #: "error": the documentation rules it out; "warning": allowed, but almost surely not meant.
    severity: Severity
    #: Which rule it is about.
    code: str
    #: A JSON Pointer (RFC 6901) to the place, which exists in the document.
    path: str
    message: str
    #: What to write instead, where that can be known.
    hint: str | None = None

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}; {self.hint}"

    def below(self, pointer: str) -> Problem:
        """The same problem, seen from further out: `pointer` leads to where its path begins."""
        return Problem(self.severity, self.code, pointer + self.path, self.message, self.hint)


def below(pointer: str, problems: Iterable[Problem]) -> list[Problem]:
    """Every problem as seen from further out."""
    return [problem.below(pointer) for problem in problems]


class QueryDSLError(Exception):
    """The base of every exception that this package defines."""


class ValidationError(QueryDSLError, ValueError):
    """What was given breaks a documented rule.

    `problems` holds what `validate` would report; `subject` is the user's own expression, where there is one.

    >>> from querydsl import Region
    >>> Region == "UK"
    Traceback (most recent call last):
    querydsl.errors.ValidationError: Region == 'UK': 'UK' is not a documented region code; the United Kingdom is 'GB'
    """

    def __init__(self, problems: Iterable[Problem], subject: str = "") -> None:
        self.problems = tuple(problems)
        self.subject = subject
        super().__init__(self.problems, subject)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            [problem] = self.problems
            place = self.subject or problem.path
            return f"{place}: {problem}" if place else str(problem)
        lines = [f"{self.subject or 'the document'}: {len(self.problems)} problems"]
        lines += [
            f"  {problem.path}: {problem}" if problem.path else f"  {problem}" for problem in self.problems[:_SPELT_OUT]
        ]
        if len(self.problems) > _SPELT_OUT:
            lines.append(f"  and {len(self.problems) - _SPELT_OUT} more")
        return "\n".join(lines)


class ParseError(ValidationError):
    """A text is no expression: what is wrong with it, and at which line and column (both from 1, in characters).

    >>> from querydsl import parse
    >>> parse('region == "US"')
    Traceback (most recent call last):
    querydsl.errors.ParseError: 'region' is not a field; it is spelt 'region_code' (line 1, column 1)
      region == "US"
      ^
    """

    def __init__(
        self, message: str, line: int, column: int, source_line: str = "", problems: Iterable[Problem] = ()
    ) -> None:
        super().__init__(problems)
        self.message = message
        self.line = line
        self.column = column
        self.source_line = source_line
        self.args = (message, line, column, source_line, self.problems)

    def __str__(self) -> str:
        text = f"{self.message} (line {self.line}, column {self.column})"
        if self.source_line:
            source, offset = _excerpt(self.source_line, self.column - 1)
            text += f"\n  {source}\n  {' ' * offset}^"
        return text


def _excerpt(source: str, offset: int, before: int = 60, after: int = 60) -> tuple[str, int]:
    """The part of a long line around an offset, printable, and where the offset is in it."""
    start = max(0, offset - before) if len(source) > before + after else 0
    piece = source[start : start + before + after]
    shown = "".join(character if character.isprintable() else " " for character in piece)
    return shown, offset - start


class NeedsSeveralQueries(QueryDSLError):
    """No single query means exactly what the expression means; `to_queries` gives several that do together.

    `needed` says how many it takes, and is None where that is not known.
    """

    def __init__(self, message: str, needed: int | None = None) -> None:
        super().__init__(message, needed)
        self.message = message
        self.needed = needed

    def __str__(self) -> str:
        return self.message


class MissingFieldError(QueryDSLError):
    """A video lacks a field that the expression names; `field` is its documented name."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field

    def __str__(self) -> str:
        return f"the video has no {self.field!r}, which the expression needs"
