"""A document -> its problems: what the documentation rules out, and what is allowed but almost surely not meant."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any, Literal

from ..errors import Problem, ValidationError, below
from ..showing import shown
from ..tables import FIELDS, LAG_DAYS, QUERY_KEYS, REQUIRED_REQUEST_KEYS
from . import json_text
from .rules import (
    MAX_PROBLEMS,
    day_or_none,
    error,
    fields_problems,
    query_errors,
    request_errors,
    split_fields,
)
from .value_sets import Limits, Parts, Spans, complement, days, limits, meet, value_set
from .values import day_text

Kind = Literal["request", "query", "auto"]


def validate(document: Mapping[str, Any] | str | bytes, kind: Kind = "auto") -> list[Problem]:
    """Every problem of a request or a query: a mapping, JSON text, or its bytes (UTF-8, UTF-16 or UTF-32).

    "auto" takes for a query what has any of and, or, not and none of query, start_date, end_date. Never raises, takes
    time in proportion to the document, and reports one problem a mistake, for 20,000 of them. Days are UTC.

    >>> body = '{"query": {"and": [{"field_name": "video_id", "operation": "EQ", "field_values": [7]}]}}'
    >>> for problem in validate(body):
    ...     print(problem.path, problem.code, "-", problem)
     missing - 'start_date' is missing; give the first day, such as "start_date": "20230101" (UTC, included)
     missing - 'end_date' is missing; give the last day, such as "end_date": "20230131" (UTC, included)
    /query/and/0/field_values/0 type - 7 is not text; write it as text: "7"
    """
    try:
        return _problems(document, kind)
    except Exception as failure:
        return [json_text.unreadable(failure)]


def _problems(document: object, kind: str) -> list[Problem]:
    if kind not in ("request", "query", "auto"):
        return [error("type", "", f"{shown(kind)} is not a kind of document", "give 'request', 'query' or 'auto'")]
    content, problems = json_text.read(document)
    if content is None and problems:
        return problems
    if kind == "query" or (kind == "auto" and is_query(content)):
        errors = query_errors(content)
        return [*problems, *errors, *_query_warnings(content, "", None, errors)]
    errors = request_errors(content)
    problems += errors
    if isinstance(content, dict):
        problems += _query_warnings(content.get("query"), "/query", _window(content), errors)
        problems += _recent(day_or_none(content.get("end_date")))
    return problems


def is_query(document: object) -> bool:
    """Whether "auto" takes a document for a query.

    >>> is_query({"and": []}), is_query({"and": [], "start_date": "20230101"})
    (True, False)
    """
    if not isinstance(document, dict) or not document.keys().isdisjoint(REQUIRED_REQUEST_KEYS):
        return False
    return not document.keys().isdisjoint(QUERY_KEYS)


def validate_fields(names: str | Iterable[str]) -> list[Problem]:
    """Every problem of the parameter `fields`: a text with commas, or the names. The paths count them: /0, /1, …

    >>> [problem.hint for problem in validate_fields("id,video_desc")]
    ["it is spelt 'video_description'"]
    """
    try:
        return fields_problems(split_fields(names))
    except ValidationError as failure:
        return [*failure.problems]
    except Exception as failure:
        return [json_text.unreadable(failure)]


def _window(request: dict[str, object]) -> tuple[date, date] | None:
    start, end = day_or_none(request.get("start_date")), day_or_none(request.get("end_date"))
    return None if start is None or end is None or end < start else (start, end)


def _recent(end: date | None) -> list[Problem]:
    today = date.fromordinal(_EPOCH + int(time.time()) // 86_400)
    if end is None or (today - end).days > 1:
        return []
    message = f"the newest videos appear about {LAG_DAYS} days late, so some of {day_text(end)} are not there yet"
    hint = f"end with {day_text(today - timedelta(days=LAG_DAYS))}, or ask for the last days again later"
    return [Problem("warning", "recent", "/end_date", message, hint)]


_EPOCH = date(1970, 1, 1).toordinal()


# Warnings about the query


#: For each list of a query its valid conditions, with their positions.
_Places = dict[str, list[tuple[int, Parts]]]


def _query_warnings(
    query: object, pointer: str, window: tuple[date, date] | None, errors: Sequence[Problem]
) -> list[Problem]:
    """The warnings about a query: about those of its conditions that are valid, where some are not."""
    if not isinstance(query, dict) or len(errors) >= MAX_PROBLEMS or (not errors and _is_plain(query)):
        return []
    problems: list[Problem] = []
    wrong = {"/".join(problem.path.removeprefix(pointer).split("/", 3)[:3]) for problem in errors}
    places: _Places = {name: [] for name in QUERY_KEYS}
    open_alternative = False
    for name in QUERY_KEYS:
        group = query.get(name, ())
        if not isinstance(group, (list, tuple)):
            open_alternative |= name == "or"
            continue
        seen = set()
        for position, condition in enumerate(group):
            if f"/{name}/{position}" in wrong:
                open_alternative |= name == "or"
                continue
            parts = (condition["field_name"], condition["operation"], tuple(condition["field_values"]))
            places[name].append((position, parts))
            if len(set(parts[2])) < len(parts[2]):
                found = islice(_repeated_values(parts[2]), MAX_PROBLEMS - len(problems))
                problems += below(f"{pointer}/{name}/{position}/field_values", found)
            if parts in seen:
                path = f"{pointer}/{name}/{position}"
                problems.append(Problem("warning", "duplicate", path, "this condition is given twice", "leave one out"))
            seen.add(parts)
            if len(problems) >= MAX_PROBLEMS:
                return problems
    return [*problems, *_contradictions(places, open_alternative, pointer, window)]


def _is_plain(query: dict[str, Any]) -> bool:
    """Whether nothing can be repeated or contradicted: no field, and no value, stands there twice.

    Most queries are like that; days, and closed tables, can be used up by a single condition.
    """
    fields = set()
    for group in query.values():
        for condition in group:
            name, values = condition["field_name"], condition["field_values"]
            if name in fields or name == "create_date":
                return False
            if len(values) > 1 and (len(set(values)) < len(values) or len(values) >= _SHORTEST_TABLE):
                return False
            fields.add(name)
    return True


#: As many values may be a whole closed table, of which `not` would leave nothing.
_SHORTEST_TABLE = min(len(field.values) for field in FIELDS.values() if field.values)


def _repeated_values(values: tuple[str, ...]) -> Iterator[Problem]:
    seen = set()
    for position, value in enumerate(values):
        if value in seen:
            message = f"{shown(value)} is given twice"
            yield Problem("warning", "duplicate", f"/{position}", message, "leave one out")
        seen.add(value)


def _contradictions(
    places: _Places, open_alternative: bool, pointer: str, window: tuple[date, date] | None
) -> Iterator[Problem]:
    """Whether the query can match nothing at all, or nothing in its window."""
    held, dead = _held(places, open_alternative)
    if held.is_empty or dead:
        message = "no video can match: " + (
            _conflict(held) if held.is_empty else "none of the alternatives in 'or' fits the rest"
        )
        yield Problem("warning", "contradiction", pointer, message, "take out or widen one of these conditions")
    elif window is not None:
        yield from _outside_window(places, open_alternative, pointer, window)


def _held(places: _Places, open_alternative: bool, also: Sequence[Parts] = ()) -> tuple[Limits, bool]:
    """What the lists and, not (and more conditions) leave, and whether none of the list `or` fits into that."""
    required, alternatives, excluded = ([parts for _, parts in places[name]] for name in QUERY_KEYS)
    held = limits([*required, *also], excluded)
    return held, bool(alternatives) and not open_alternative and not any(held.allows(parts) for parts in alternatives)


def _conflict(held: Limits) -> str:
    for name, values in held.left.items():
        if values.is_empty:
            return f"the conditions on {name} leave no value"
    return "a condition asks for what 'not' excludes"


def _outside_window(
    places: _Places, open_alternative: bool, pointer: str, window: tuple[date, date]
) -> Iterator[Problem]:
    """The conditions on create_date that no day of the window meets; where there is none, what they do together."""
    dated = [
        (name, position, parts)
        for name in ("and", "not", "or")
        for position, parts in places[name]
        if parts[0] == "create_date"
    ]
    inside = days(*window)
    start, end = map(day_text, window)
    hint = "change the condition, or start_date and end_date"
    outside = False
    for name, position, (_, operation, values) in dated:
        allowed = value_set(FIELDS["create_date"], operation, values)
        assert isinstance(allowed, Spans)
        if meet([complement(allowed) if name == "not" else allowed, inside]).is_empty:
            outside = True
            excludes = f"this excludes every day from {start} to {end}"
            message = excludes if name == "not" else f"no day from {start} to {end} meets this"
            yield Problem("warning", "outside-window", f"{pointer}/{name}/{position}", message, hint)
    if dated and not outside:
        also = [("create_date", "GTE", (start,)), ("create_date", "LTE", (end,))]
        held, dead = _held(places, open_alternative, also)
        if held.is_empty or dead:
            name, position, _ = dated[0]
            message = f"no day from {start} to {end} meets this and the other conditions"
            yield Problem("warning", "outside-window", f"{pointer}/{name}/{position}", message, hint)
