"""One documented request: a query, its days, and the size of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import attrs

from .. import showing
from ..errors import Problem, ValidationError, below, raise_errors
from ..spec.request_rules import REQUEST_RULES, fields_problems, request_errors, span_errors, split_fields
from ..spec.validation import checked
from ..spec.values import as_day, day, day_text
from ..tables import ALL_FIELDS, API_URL, OLDER_VIDEO_FIELDS, QUERY_PATH
from . import curl
from .query import Query, named


def checked_fields(given: str | Iterable[str]) -> tuple[str, ...]:
    """The names of Video Object fields, from a text with commas or one by one; each comes once, in today's spelling.

    Raises ValidationError for any other name.
    """
    if given is ALL_FIELDS:
        return ALL_FIELDS
    names = split_fields(given)
    raise_errors(fields_problems(names), "fields")
    return tuple(dict.fromkeys(OLDER_VIDEO_FIELDS.get(name, name) for name in map(str, names)))


@attrs.frozen(init=False)
class Request:
    """One documented request.

    The days are UTC, both included. They are given like values of `CreateDate`, and are dates in memory. `fields` takes
    names, or one text with commas. Parts that are not given are left out of the body. Raises ValidationError for
    everything that the documentation does not allow: above all, an end before the start, or more than 30 days after it.

    >>> from querydsl import Region
    >>> request = Request(Query([Region == "US"]), "2023-01-01", "2023-01-31", fields="id,username", max_count=100)
    >>> request.end_date
    datetime.date(2023, 1, 31)
    >>> request.url()
    'https://open.tiktokapis.com/v2/research/video/query/?fields=id,username'
    """

    query: Query
    start_date: date
    end_date: date
    fields: tuple[str, ...]
    max_count: int | None
    cursor: int | None
    search_id: str | None
    is_random: bool | None

    def __init__(  # noqa: PLR0917  # in the order of the documentation
        self,
        query: Query,
        start_date: date | str,
        end_date: date | str,
        fields: str | Iterable[str] = ALL_FIELDS,
        max_count: int | None = None,
        cursor: int | None = None,
        search_id: str | None = None,
        is_random: bool | None = None,
    ) -> None:
        names = checked_fields(fields)
        problems: list[Problem] = []
        if not isinstance(query, Query):
            hint = "to_query(...) makes one of an expression"
            problems.append(Problem("error", "type", "/query", f"{named(query)} is not a Query", hint))
        start = _day("/start_date", start_date, problems)
        end = _day("/end_date", end_date, problems)
        if start is not None and end is not None and (found := span_errors(start, end)):
            problems += below("/end_date", found)
        optional = (("max_count", max_count), ("cursor", cursor), ("search_id", search_id), ("is_random", is_random))
        for key, value in optional:
            if value is not None and (found := REQUEST_RULES[key](value)):
                problems += below(f"/{key}", found)
        if problems:
            raise ValidationError(problems, f"Request {problems[0].path}" if len(problems) == 1 else "Request")
        assert start is not None
        assert end is not None
        self.__attrs_init__(query, start, end, names, max_count, cursor, search_id, is_random)

    def to_dict(self) -> dict[str, object]:
        """The body, with the documented keys.

        >>> from querydsl import Region
        >>> sorted(Request(Query([Region == "US"]), "20230101", "20230131", cursor=0).to_dict())
        ['cursor', 'end_date', 'query', 'start_date']
        """
        body: dict[str, object] = {
            "query": self.query.to_dict(),
            "start_date": day_text(self.start_date),
            "end_date": day_text(self.end_date),
        }
        for key in _OPTIONAL_KEYS:
            value = getattr(self, key)
            if value is not None:
                body[key] = value
        return body

    def to_json(self, indent: int | None = None) -> str:
        """The body as JSON, in ASCII."""
        if indent is not None:
            return json.dumps(self.to_dict(), indent=indent)
        start, end = day_text(self.start_date), day_text(self.end_date)
        text = f'{{"query": {self.query.to_json()}, "start_date": "{start}", "end_date": "{end}"'
        for key in _OPTIONAL_KEYS:
            value = getattr(self, key)
            if value is not None:
                text += f', "{key}": {value if type(value) is int else json.dumps(value)}'
        return text + "}"

    @classmethod
    def from_dict(cls, body: Mapping[str, Any], fields: str | Iterable[str] = ALL_FIELDS) -> Request:
        """The request in a body; `fields` is a parameter of the URL, so it is given separately.

        Raises ValidationError for an invalid body, with the problems that `validate` finds.

        >>> condition = {"field_name": "region_code", "operation": "EQ", "field_values": ["US"]}
        >>> body = {"query": {"and": [condition]}, "start_date": "20230101", "end_date": "20230131"}
        >>> Request.from_dict(body).to_dict() == body
        True
        """
        return cls._read(body, fields)

    @classmethod
    def from_json(cls, text: str | bytes, fields: str | Iterable[str] = ALL_FIELDS) -> Request:
        """The request in JSON text or bytes. Raises ValidationError as `from_dict` does."""
        return cls._read(text, fields)

    @classmethod
    def _read(cls, given: object, fields: str | Iterable[str]) -> Request:
        document = checked(given, request_errors)
        return cls(
            Query.from_valid(document["query"]),
            day(document["start_date"]),
            day(document["end_date"]),
            fields,
            *(document.get(key) for key in _OPTIONAL_KEYS),
        )

    def url(self, base: str = API_URL) -> str:
        """The URL to post the body to; `base` is the host, for example that of a sandbox."""
        return f"{base.rstrip('/')}{QUERY_PATH}?fields={','.join(self.fields)}"

    def to_curl(self, base: str = API_URL) -> str:
        """A command for a POSIX shell that sends the request; the token is the shell's $TIKTOK_ACCESS_TOKEN.

        >>> from querydsl import Region
        >>> print(Request(Query([Region == "US"]), "20230101", "20230101", fields="id").to_curl())
        curl -X POST 'https://open.tiktokapis.com/v2/research/video/query/?fields=id' \\
          -H "Authorization: Bearer $TIKTOK_ACCESS_TOKEN" \\
          -H 'Content-Type: application/json' \\
          --data-raw '{"query": {"and": [{"field_name": "region_code", "operation": "EQ", "field_values": ["US"]}]}, \
"start_date": "20230101", "end_date": "20230101"}'
        """
        return curl.write(self.url(base), self.to_json())

    @classmethod
    def from_curl(cls, text: str) -> Request:
        """The request that a curl command sends, as written by `to_curl`, by the documentation, or as people paste it.

        It may be written for bash, cmd or PowerShell, come from a browser or Postman, or have typographic quotes. Opens
        no file and runs nothing. Raises ValidationError for any other command, and for one whose request is unclear.

        >>> Request.from_curl("curl.exe https://open.tiktokapis.com/v2/research/video/query/?fields=id -d @body.json")
        Traceback (most recent call last):
        querydsl.errors.ValidationError: curl: -d '@body.json' names a file, and none is opened; put the JSON itself \
into the command
        """
        body, fields = curl.read(text)
        return cls.from_json(body, fields)

    def _repr_html_(self) -> str:
        return showing.block(f"POST {self.url()}\n\n{showing.laid_out(self.to_dict(), is_ascii=False)}")


def _day(path: str, given: date | str, problems: list[Problem]) -> date | None:
    """The given day; None if it is not a day, after adding its problems."""
    try:
        return given if type(given) is date else as_day(given)
    except ValidationError as refusal:
        problems += below(path, refusal.problems)
        return None


_OPTIONAL_KEYS = ("max_count", "cursor", "search_id", "is_random")
