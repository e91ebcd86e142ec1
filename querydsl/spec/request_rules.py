"""The errors of a request: its keys, its days, its numbers, and the parameter `fields`.

Each function returns the problems, with paths relative to its argument; the list is empty if there is no problem.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Final

from ..errors import Problem, ValidationError, below, error
from ..moments import utc_now
from ..showing import listing, shown
from ..tables import (
    ALL_FIELDS,
    CONDITION_KEYS,
    DEFAULT_COUNT,
    INT64_MAX,
    LAG_DAYS,
    MAX_COUNT,
    MAX_DAYS_APART,
    OLDER_VIDEO_FIELDS,
    QUERY_KEYS,
    REQUEST_KEYS,
    REQUIRED_REQUEST_KEYS,
)
from . import suggestions
from .query_rules import AS_DICT, MAX_PROBLEMS, UNQUOTE, holds_json, is_ours, query_errors, unknown_keys
from .values import BLANKS, day, day_fault, day_text, is_encodable, surrogate_fault


def request_errors(request: object) -> list[Problem]:
    """The errors of the body of a request."""
    if not isinstance(request, dict):
        hint = 'a request is {"query": {…}, "start_date": "20230101", "end_date": "20230131"}'
        if isinstance(request, (list, tuple)):
            hint = "check each by itself: `querydsl compile --to jsonl` prints one a line, for `querydsl check --lines`"
        elif holds_json(request):
            hint = UNQUOTE
        elif is_ours(request):
            hint = AS_DICT
        return [error("type", "", f"{shown(request)} is not a request", hint)]
    problems, misspelt = _keys(request)
    for key in REQUIRED_REQUEST_KEYS:
        if key not in request and key not in misspelt:
            problems.append(error("missing", "", f"{key!r} is missing", _MISSING_FROM_REQUEST[key]))
    for key, value in request.items():
        errors_of = REQUEST_RULES.get(key)
        if errors_of is not None:
            found = errors_of(value)
            if found:
                problems += below(f"/{key}", found)
    start, end = day_or_none(request.get("start_date")), day_or_none(request.get("end_date"))
    if start is not None and end is not None:
        found = span_errors(start, end)
        if found:
            problems += below("/end_date", found)
    return problems


def _keys(request: dict[object, object]) -> tuple[list[Problem], set[str]]:
    """The problems of undocumented keys, and the documented keys that are misspelt or in the wrong place."""
    problems: list[Problem] = []
    misspelt: set[str] = set()
    if not request.keys() <= _REQUEST_KEY_SET:
        problems, misspelt = unknown_keys(request, REQUEST_KEYS, suggestions.request_key, _request_key_hint)
        if any(key in _IN_A_QUERY for key in map(_lower, request)):
            misspelt.add("query")
    query = request.get("query")
    if isinstance(query, dict):
        misspelt |= query.keys() & _REQUEST_KEY_SET
    return problems, misspelt


_REQUEST_KEY_SET = frozenset(REQUEST_KEYS)
#: Keys that belong in the query: if a request has one of them, a missing query is not reported too.
_IN_A_QUERY = frozenset({*QUERY_KEYS, *CONDITION_KEYS, "condition_groups"})


def _lower(key: object) -> object:
    return key.lower().strip("_") if isinstance(key, str) else key


_MISSING_FROM_REQUEST = {
    "query": 'give the conditions: "query": {"and": […]}',
    "start_date": "give the first day, such as \"start_date\": \"20230101\" (UTC, included)",
    "end_date": "give the last day, such as \"end_date\": \"20230131\" (UTC, included)",
}  # fmt: skip


def _request_key_hint(key: str) -> str:
    if key == "fields":
        return "fields is a parameter of the URL: …/video/query/?fields=id,create_time"
    name = key.lower().strip("_")
    if name in QUERY_KEYS:
        return f'put it inside the query: "query": {{"{name}": […]}}'
    if name in ("authorization", "access_token", "token", "client_key", "client_secret"):
        return "the access token is a header of the request: Authorization: Bearer …"
    if name == "condition_groups":
        return "that is the form of the vendor's compute environment: here the query has the lists and, or, not"
    if key in CONDITION_KEYS:
        return 'put the condition into a list of the query: "query": {"and": [{…}]}'
    return f"a request has {', '.join(REQUEST_KEYS)}"


def day_or_none(value: object) -> date | None:
    """The day that a text in the form YYYYMMDD means; None for anything else."""
    try:
        return day(value) if isinstance(value, str) else None
    except ValueError:
        return None


def day_errors(value: object) -> list[Problem]:
    """The errors of a day of a request."""
    if isinstance(value, str):
        if day_or_none(value) is not None:
            return []
        return [error("date", "", *day_fault(value))]
    hint = "write it as text, such as \"20230131\""  # fmt: skip
    if isinstance(value, int) and day_or_none(shown(value)) is not None:
        hint = f'write it as text: "{value}"'
    elif isinstance(value, date):
        hint = f'write it as text: "{day_text(value)}"'
    return [error("type", "", f"{shown(value)} is not text", hint)]


def span_errors(start: date, end: date) -> list[Problem]:
    """The errors of the start and the end of a request: their order and their distance."""
    apart = (end - start).days
    if apart < 0:
        message = f"the end {day_text(end)} is before the start {day_text(start)}"
        return [error("date-order", "", message, "swap the two")]
    if apart > MAX_DAYS_APART:
        message = f"the end is {apart} days after the start, and the API takes at most {MAX_DAYS_APART}"
        pieces = -(-(apart + 1) // (MAX_DAYS_APART + 1))
        days = f"--between {day_text(start)} {day_text(end)}"
        hint = f"send {pieces} requests: select().where(…).between(…).plan() or the option {days} cuts the days"
        return [error("date-span", "", message, hint)]
    return []


def _int_rule(least: int, most: int) -> Callable[[object], list[Problem]]:
    def int_errors(value: object) -> list[Problem]:
        if isinstance(value, int) and not isinstance(value, bool):
            if least <= value <= most:
                return []
            hint = "write the cursor of the answer before, or leave it out"
            if most == MAX_COUNT:
                hint = f"write {least if value < least else most}"
            return [error("range", "", f"{shown(value)} is outside {least} to {most}", hint)]
        hint = "write a whole number, without quotes"
        if isinstance(value, float) and value.is_integer() and abs(value) <= most:
            hint = f"write {int(value)}"
        elif isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            hint = f"write {int(value)}, without quotes"
        elif value is None:
            hint = _LEAVE_OUT
        return [error("type", "", f"{shown(value)} is not a whole number", hint)]

    return int_errors


def _search_id_errors(value: object) -> list[Problem]:
    if not isinstance(value, str):
        hint = "leave search_id out on the first request of a search"
        if type(value) is int and 0 < value <= INT64_MAX:
            hint = f'write it as text: "{value}"'
        return [error("type", "", f"{shown(value)} is not text", hint)]
    if value.strip(BLANKS) == "":
        return [error("text", "", f"{shown(value)} is blank", "leave search_id out on the first request of a search")]
    if not is_encodable(value):
        return [error("text", "", *surrogate_fault(value))]
    return []


def _is_random_errors(value: object) -> list[Problem]:
    if isinstance(value, bool):
        return []
    hint = _LEAVE_OUT if value is None else "write true or false, without quotes"
    return [error("type", "", f"{shown(value)} is neither true nor false", hint)]


_LEAVE_OUT = "leave the key out"


#: The rules for each key of a request: functions from the value to its errors.
REQUEST_RULES: Final[dict[object, Callable[[object], list[Problem]]]] = {
    "query": query_errors,
    "start_date": day_errors,
    "end_date": day_errors,
    "max_count": _int_rule(1, MAX_COUNT),
    "cursor": _int_rule(0, INT64_MAX),
    "search_id": _search_id_errors,
    "is_random": _is_random_errors,
}


# Warnings


def window(request: dict[str, object]) -> tuple[date, date] | None:
    """The first and the last day of a request, if both are valid."""
    start, end = day_or_none(request.get("start_date")), day_or_none(request.get("end_date"))
    return None if start is None or end is None or end < start else (start, end)


def request_warnings(request: dict[str, object]) -> list[Problem]:
    """What is allowed in a request, but almost surely not meant: small pages, odd paging, days that are not over.

    >>> [problem.code for problem in request_warnings({"query": {}, "search_id": "7"})]
    ['max-count', 'paging']
    """
    _, misspelt = _keys(request)  # type: ignore[arg-type]
    problems = []
    if (
        "max_count" not in request
        and "max_count" not in misspelt
        and any(key in request for key in REQUIRED_REQUEST_KEYS)
    ):
        message = f"no max_count: a call brings {DEFAULT_COUNT} videos, where {MAX_COUNT} cost the same quota"
        problems.append(Problem("warning", "max-count", "", message, f'give "max_count": {MAX_COUNT}'))
    if "search_id" in request or "is_random" in request:
        problems += _paging_warnings(request, request.keys() | misspelt)
    end = day_or_none(request.get("end_date"))
    return [*problems, *_recent_warnings(end)] if end is not None else problems


def _paging_warnings(request: Mapping[str, object], keys: Collection[str]) -> Iterator[Problem]:
    """Whether `cursor`, `search_id` and `is_random` make no sense together; `keys` are the keys of the request."""
    search_id = request.get("search_id")
    is_null = isinstance(search_id, str) and search_id.strip().casefold() in _NULLS
    if is_null:
        message = f"{shown(search_id)} is how another program writes that there is no search_id"
        yield Problem(
            "warning", "paging", "/search_id", message, "leave search_id out on the first request of a search"
        )
    paged = [key for key in ("cursor", "search_id") if key in keys and not (key == "search_id" and is_null)]
    if request.get("is_random") is True:
        if paged:
            ask = "asks" if len(paged) == 1 else "ask"
            message = f"a random answer has one page, and {listing(paged)} {ask} for another"
            hint = f"leave {listing(paged)} out, or is_random"
            yield Problem("warning", "paging", "/is_random", message, hint)
    elif paged == ["search_id"] and isinstance(search_id, str) and search_id.strip(BLANKS):
        message = "search_id without cursor asks for the first page of that search once more"
        hint = "give the cursor of the same answer too, or leave search_id out"
        yield Problem("warning", "paging", "/search_id", message, hint)


#: How other programs write "no value".
_NULLS: Final = frozenset({"null", "none", "na", "nan", "n/a", "nil", "undefined"})


def _recent_warnings(end: date) -> Iterator[Problem]:
    """Whether the last day of a request may still gain videos."""
    today = utc_now().date()
    if (today - end).days > LAG_DAYS:
        return
    message = f"a video takes up to {24 * LAG_DAYS} hours to be found, so some of {day_text(end)} may not be there yet"
    hint = f"end with {day_text(today - timedelta(days=LAG_DAYS + 1))}, or ask for the last days again later"
    yield Problem("warning", "recent", "/end_date", message, hint)


# The parameter `fields`


def split_fields(names: object) -> Sequence[object]:
    """The names in the parameter `fields`, given with commas between them or one by one.

    Raises ValidationError if it is neither text nor iterable, and for more than 20,000 names.
    """
    if isinstance(names, str):
        return [name.strip() for name in str.__str__(names).split(",")] if names.strip() else []
    if isinstance(names, Iterable) and not isinstance(names, (bytes, bytearray)):
        given = [str.__str__(name) if isinstance(name, str) else name for name in islice(names, MAX_PROBLEMS + 1)]
        if len(given) > MAX_PROBLEMS:
            raise ValidationError(
                [error("select-field", "", f"more than {MAX_PROBLEMS:,} names", "give fewer")], "fields"
            )
        return given
    hint = "give names, or one text with commas: 'id,create_time'"
    raise ValidationError([error("type", "", f"{shown(names)} is not a list of names", hint)], "fields")


def fields_problems(names: Sequence[object]) -> list[Problem]:
    """The errors of names of Video Object fields; the paths are their positions: /0, /1, …"""
    problems: list[Problem] = []
    if not names:
        return [error("select-field", "", "no field is asked for", f"name some of {', '.join(ALL_FIELDS)}")]
    seen: set[str] = set()
    for position, name in enumerate(names):
        if not isinstance(name, str):
            problems.append(error("type", f"/{position}", f"{shown(name)} is not text", "name fields as text"))
        elif name in seen:
            hint = "leave it out"
            problems.append(Problem("warning", "duplicate", f"/{position}", f"{shown(name)} is given twice", hint))
        elif name in OLDER_VIDEO_FIELDS:
            message, hint = f"today's API refuses {name!r}", f"write {OLDER_VIDEO_FIELDS[name]!r}"
            problems.append(Problem("warning", "select-field", f"/{position}", message, hint))
        elif name not in _ALL_FIELDS_SET:
            message = f"{shown(name)} is not a field of a Video Object"
            problems.append(error("select-field", f"/{position}", message, suggestions.video_field(name[:100])))
        if isinstance(name, str):
            seen.add(name)
        if len(problems) >= MAX_PROBLEMS:
            break
    return problems


_ALL_FIELDS_SET = frozenset(ALL_FIELDS)
