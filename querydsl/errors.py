"""`Problem`, which describes one mistake, and every exception of the package::

    QueryDSLError
    ├── ValidationError (also a ValueError)   the given value breaks a documented rule
    │   └── ParseError                        a text that is not an expression, with line and column
    ├── NeedsSeveralQueries                   an expression that takes several queries
    ├── MissingFieldError                     a video without a field that an expression names
    ├── MissingCredentials                    neither a token nor a key and a secret
    ├── NetworkError                          no answer, in any attempt
    ├── ServerError                           an answer that is not the documented JSON
    ├── ApiError                              the API's own errors, by code
    │   ├── AccessTokenInvalid
    │   ├── CredentialsRefused                from the endpoint that gives tokens
    │   ├── ScopeNotAuthorized
    │   ├── ScopePermissionMissed
    │   ├── InvalidParams
    │   ├── RateLimitExceeded
    │   ├── StuckSearch                       pages that do not advance
    │   └── InternalError (also a ServerError)
    ├── BudgetSpent                           the user's limit of calls is reached
    └── StoreError                            a file that cannot keep videos, or be read

Each can be pickled.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import takewhile
from types import FrameType
from typing import ClassVar, Final, Literal

import attrs

from .showing import columns, count, one_line, source, table

Severity = Literal["error", "warning"]

#: Which rule a problem is about; docs/errors.md says when each is reported.
Code = Literal[
    "json", "type", "missing", "unknown-key", "empty-query", "field-name", "operation", "operation-for-field",
    "value-count", "region-code", "video-length", "date", "id", "count", "text", "date-order", "date-span", "range",
    "select-field", "duplicate", "contradiction", "outside-window", "recent",
    "max-count", "paging", "lookalike",
]  # fmt: skip

#: How many problems the text of an error lists; `problems` has them all.
_SPELT_OUT = 10


@attrs.frozen
class Problem:
    """One mistake in a document, or one warning about it.

    >>> from querydsl import validate
    >>> [problem] = validate({"and": [{"field_name": "region_code", "operation": "EQ", "field_values": ["us"]}]})
    >>> problem.path, problem.code, problem.hint
    ('/and/0/field_values/0', 'region-code', "write 'US'")
    """

    #: "error": the documentation rules it out; "warning": allowed, but almost surely not meant.
    severity: Severity
    #: Which rule it is about.
    code: Code
    #: A JSON Pointer (RFC 6901) to the place, which exists in the document.
    path: str
    message: str
    #: What to write instead, if it is known.
    hint: str | None = None

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}; {self.hint}"

    def below(self, pointer: str) -> Problem:
        """The same problem inside a larger document: `pointer` leads to the place where its path starts."""
        return Problem(self.severity, self.code, pointer + self.path, self.message, self.hint)


class Problems(list[Problem]):
    """A list of problems, which a notebook shows as a table."""

    def _repr_html_(self) -> str:
        rows = [(one.severity, one.code, one.path, one.message, one.hint or "") for one in self]
        return table(("severity", "code", "path", "message", "hint"), rows, len(self), count(len(self), "problem"))


def below(pointer: str, problems: Iterable[Problem]) -> list[Problem]:
    """The same problems inside a larger document."""
    return [problem.below(pointer) for problem in problems]


def error(code: Code, path: str, message: str, hint: str | None = None) -> Problem:
    """A problem that the documentation rules out."""
    return Problem("error", code, path, message, hint)


def token(key: str) -> str:
    """A key as a reference token of a JSON Pointer."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


class QueryDSLError(Exception):
    """The base of every exception that this package defines."""

    def _render_traceback_(self) -> list[str]:
        """The lines that IPython and Jupyter show: the user's own lines of code, and the error message."""
        return list(_traceback(self))


#: How many of the user's lines of code a notebook shows: those next to the call into this package.
_FRAMES = 3
#: How many characters of the cause of an error are shown.
_LONGEST_CAUSE = 300


def _traceback(failure: QueryDSLError) -> Iterator[str]:
    import traceback  # noqa: PLC0415  # only a notebook needs it

    frames = [place for place in traceback.walk_tb(failure.__traceback__) if _room(place[0]) != "IPython"]
    users = [*takewhile(lambda place: _room(place[0]) != __package__, frames)]
    for frame in traceback.StackSummary.extract(iter(users[-_FRAMES:])):
        place = frame.filename if os.path.exists(frame.filename) else "the cell"
        yield f"{place}, line {frame.lineno}, in {frame.name}"
        yield f"    {frame.line}"
    before = failure.__cause__ or (None if failure.__suppress_context__ else failure.__context__)
    if before is not None:
        yield f"because of {type(before).__name__}: {one_line(str(before))[:_LONGEST_CAUSE]}"
    yield "".join(traceback.format_exception_only(failure)).removeprefix(f"{type(failure).__module__}.").rstrip("\n")


def _room(frame: FrameType) -> str:
    """The package that the code of a frame belongs to."""
    return str(frame.f_globals.get("__name__")).partition(".")[0]


class ValidationError(QueryDSLError, ValueError):
    """The given value breaks a documented rule.

    `problems` holds what `validate` would report; `subject` is the user's own expression, if there is one.

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
            place = self.subject or one_line(problem.path)
            return f"{place}: {problem}" if place else str(problem)
        lines = [f"{self.subject or 'the document'}: {len(self.problems)} problems"]
        lines += [
            f"  {one_line(problem.path)}: {problem}" if problem.path else f"  {problem}"
            for problem in self.problems[:_SPELT_OUT]
        ]
        if len(self.problems) > _SPELT_OUT:
            lines.append(f"  and {len(self.problems) - _SPELT_OUT} more")
        return "\n".join(lines)


def raise_errors(problems: Iterable[Problem], subject: str = "") -> None:
    """Raise the errors among the problems, as one ValidationError; warnings are ignored."""
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise ValidationError(errors, subject)


class ParseError(ValidationError):
    """A text is not an expression. It has a message, and a line and a column (both from 1, in characters).

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
        lines = self.message.split("\n") if len(self.problems) > 1 else [self.message]  # a line for each problem
        lines[0] = f"{one_line(lines[0])} (line {self.line}, column {self.column})"
        text = "\n".join([lines[0], *map(one_line, lines[1:])])
        if self.source_line:
            excerpt, offset = _excerpt(self.source_line, self.column - 1)
            text += f"\n  {excerpt}\n  {' ' * offset}^"
        return text


def _excerpt(line: str, offset: int, before: int = 60, after: int = 60) -> tuple[str, int]:
    """The part of a long line around an offset, escaped, and the column of the offset in it."""
    start = max(0, offset - before) if len(line) > before + after else 0
    plain = line.replace("\t", " ")  # of the same length
    return one_line(plain[start : start + before + after]), columns(one_line(plain[start:offset]))


class NeedsSeveralQueries(QueryDSLError):
    """No single query means exactly what the expression means; the queries of `to_queries` together do.

    `needed` is the number of queries that it takes, or None if that is not known.
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
        return f"the video has no {source(self.field)}, which the expression needs"


class MissingCredentials(QueryDSLError):
    """There is no access token, and no client key with its secret."""


class NetworkError(QueryDSLError):
    """No connection, no answer in time, or an answer cut short, in every attempt."""


class ServerError(QueryDSLError):
    """An answer that is not the documented JSON; has the HTTP `status`, and the `log_id` if the answer had one."""

    def __init__(self, message: str, status: int | None = None, log_id: str | None = None) -> None:
        super().__init__(message, status, log_id)
        self.message = message
        self.status = status
        self.log_id = log_id

    def __str__(self) -> str:
        return self.message


class ApiError(QueryDSLError):
    """An error from the API: its `code`, `message` and `log_id`, and the HTTP `status` of the answer.

    The class of a documented error has its codes, the first of them as its `code`, and its documented status.
    """

    codes: ClassVar[tuple[str, ...]] = ()
    code: str
    status: int | None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.codes:
            cls.code = cls.codes[0]

    def __init__(self, code: str, message: str, status: int | None = None, log_id: str | None = None) -> None:
        QueryDSLError.__init__(self, code, message, status, log_id)
        self.code = code
        self.message = message
        self.status = status
        self.log_id = log_id

    def __str__(self) -> str:
        parts = [f"status {self.status}"] if self.status is not None else []
        parts += [f"log_id {self.log_id}"] if self.log_id else []
        text = f"{self.code}: {self.message}" if self.message else self.code
        return f"{text} ({', '.join(parts)})" if parts else text


class AccessTokenInvalid(ApiError):
    """The API refuses the access token: it has expired, or never was one."""

    codes = ("access_token_invalid",)
    status = 401


class CredentialsRefused(ApiError):
    """The API gives no access token for this client key and secret."""


class ScopeNotAuthorized(ApiError):
    """The client key has no access to the Research API."""

    codes = ("scope_not_authorized",)
    status = 401


class ScopePermissionMissed(ApiError):
    """The client key lacks a scope that the request needs."""

    codes = ("scope_permission_missed",)
    status = 400


class InvalidParams(ApiError):
    """The API refuses the request as it stands."""

    codes = ("invalid_params",)
    status = 400


class RateLimitExceeded(ApiError):
    """The day's quota is used up, or calls were rejected as too fast for two minutes, which may mean the same.

    `resets_at`, an aware moment in UTC, is when the next quota starts.
    """

    codes = ("rate_limit_exceeded", "daily_quota_limit_exceeded")
    status = 429

    def __init__(self, code: str, message: str, status: int | None, log_id: str | None, resets_at: datetime) -> None:
        super().__init__(code, message, status, log_id)
        self.resets_at = resets_at
        self.args = (code, message, status, log_id, resets_at)

    def __str__(self) -> str:
        return f"{super().__str__()}; the quota begins anew at {self.resets_at:%Y-%m-%d %H:%M} UTC"


class StuckSearch(ApiError):
    """The pages of a search do not advance: it would never end."""


class InternalError(ApiError, ServerError):
    """The API reports an error on its side, with any HTTP status."""

    codes = ("internal_error", "timeout")
    status = 500


#: The exception for each documented code.
ERRORS_BY_CODE: Final[dict[str, type[ApiError]]] = {
    code: error for error in ApiError.__subclasses__() for code in error.codes
}


class BudgetSpent(QueryDSLError):
    """The client has made `max_calls` calls; the next one was not sent."""


class StoreError(QueryDSLError):
    """A file cannot keep videos, or cannot be read; the message says why and what to do."""

    def __str__(self) -> str:
        return one_line(super().__str__())  # names of files and their contents come from outside
