"""What the documentation rules out: the errors of a condition, a query and a request, as plain documents.

Everybody who has to know asks here: `validate`, and the constructors of `Condition`, `Query` and `Request`. Each
function gives the problems with paths from its own argument inwards, and an empty list for what is right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Final

from ..errors import Code, Problem, ValidationError, below
from ..showing import json_text, shown
from ..tables import (
    ALL_FIELDS,
    CONDITION_KEYS,
    FIELDS,
    INT64_MAX,
    MAX_COUNT,
    MAX_DAYS_APART,
    NEWER_VIDEO_FIELDS,
    OPERATIONS,
    QUERY_KEYS,
    REQUEST_KEYS,
    REQUIRED_REQUEST_KEYS,
    VALUES_TAKEN,
    ConditionField,
)
from . import suggestions
from .values import ACCEPTS, BLANKS, day, day_fault, day_text, fault, is_encodable, surrogate_fault

#: What one document may be told at the most; beyond it, more of the same would help nobody.
MAX_PROBLEMS: Final = 20_000

_NESTED = "groups do not nest in the API: to_queries(...) and `querydsl compile` turn a nested expression into requests"


def error(code: Code, path: str, message: str, hint: str | None = None) -> Problem:
    return Problem("error", code, path, message, hint)


def raise_errors(problems: Iterable[Problem], subject: str = "") -> None:
    """Raise what is an error among the problems, as one ValidationError."""
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise ValidationError(errors, subject)


def token(key: str) -> str:
    """A key as a reference token of a JSON Pointer."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


# Conditions


def condition_errors(field_name: object, operation: object, values: object) -> list[Problem]:
    """What is wrong with the three parts of a condition.

    >>> [problem.code for problem in condition_errors("username", "GT", ["a"])]
    ['operation-for-field']
    """
    field = FIELDS.get(field_name) if isinstance(field_name, str) else None
    if (
        field is not None
        and isinstance(operation, str)
        and operation in field.operations
        and isinstance(values, (tuple, list))
        and (len(values) == 1 or (len(values) > 1 and VALUES_TAKEN[operation] is None))  # type: ignore[index]
        and all(map(ACCEPTS[field.name], values))
    ):
        return []
    return [
        *_field_name_errors(field_name),
        *_operation_errors(field, operation),
        *_values_errors(field, operation, values),
    ]


#: A text up to here is repeated in a hint.
_SHORT = 60


def _field_name_errors(field_name: object) -> list[Problem]:
    if not isinstance(field_name, str):
        return [error("type", "/field_name", f"{shown(field_name)} is not text", f"the fields are {', '.join(FIELDS)}")]
    if field_name in FIELDS:
        return []
    _meant, hint = suggestions.field_name(field_name[:100])
    return [error("field-name", "/field_name", f"{shown(field_name)} is not a condition field", hint)]


def _operation_errors(field: ConditionField | None, operation: object) -> list[Problem]:
    if not isinstance(operation, str):
        hint = f"the operations are {', '.join(OPERATIONS)}"
        return [error("type", "/operation", f"{shown(operation)} is not text", hint)]
    if operation not in OPERATIONS:
        message = f"{shown(operation)} is not an operation"
        return [error("operation", "/operation", message, suggestions.operation(operation[:100]))]
    if field is not None and operation not in field.operations:
        taken_by = " and ".join(other.name for other in FIELDS.values() if operation in other.operations)
        message = f"{field.name} does not take {operation}: only {taken_by} can be compared so"
        hint = f"write {' or '.join(repr(other) for other in OPERATIONS if other in field.operations)}"
        if field.in_order:
            hint = "write 'IN' with the values on that side"
        return [error("operation-for-field", "/operation", message, hint)]
    return []


def _values_errors(field: ConditionField | None, operation: object, values: object) -> list[Problem]:
    if not isinstance(values, (list, tuple)):
        hint = "give a list of texts"
        if isinstance(values, str) and len(values) <= _SHORT:
            hint = f"write [{json_text(values)}]"
        return [error("type", "/field_values", f"{shown(values)} is not a list", hint)]
    problems = []
    if not values:
        hint = f"give at least one, such as {field.example!r}" if field else "give at least one value"
        problems.append(error("value-count", "/field_values", "there are no values", hint))
    elif len(values) > 1 and _takes_one_value(field, operation):
        hint = "write 'IN'" if operation == "EQ" else "keep the one that is meant"
        message = f"{operation} takes one value, and here are {len(values)}"
        problems.append(error("value-count", "/field_values", message, hint))
    accepts = ACCEPTS[field.name] if field is not None else None
    for position, value in enumerate(values):
        if accepts is None or field is None:
            if not isinstance(value, str):
                message = f"{shown(value)} is not text"
                problems.append(error("type", f"/field_values/{position}", message, "values are text"))
        elif not accepts(value):
            problems.append(fault(field, value).below(f"/field_values/{position}"))
        if len(problems) > MAX_PROBLEMS:
            break
    return problems


def _takes_one_value(field: ConditionField | None, operation: object) -> bool:
    """Whether an operation, which the field can take, has a single value."""
    if not isinstance(operation, str) or operation not in (field.operations if field else OPERATIONS):
        return False
    return VALUES_TAKEN[operation] is not None  # type: ignore[index]


def condition_document_errors(document: object) -> list[Problem]:
    """What is wrong with a condition as it stands in a document."""
    if isinstance(document, dict) and len(document) == len(CONDITION_KEYS):
        try:
            parts = (document["field_name"], document["operation"], document["field_values"])
        except KeyError:
            pass
        else:
            return condition_errors(*parts)
    if not isinstance(document, dict):
        hint = 'a condition is {"field_name": …, "operation": …, "field_values": […]}'
        return [error("type", "", f"{shown(document)} is not a condition", hint)]
    problems, misspelt = _unknown_keys(document, CONDITION_KEYS, suggestions.condition_key, _condition_key_hint)
    if not _is_something_else(document):
        problems += [
            error("missing", "", f"{key!r} is missing", _MISSING_FROM_CONDITION[key])
            for key in CONDITION_KEYS
            if key not in document and key not in misspelt
        ]
    field_name, operation, values = (document.get(key) for key in CONDITION_KEYS)
    field = FIELDS.get(field_name) if isinstance(field_name, str) else None
    if "field_name" in document:
        problems += _field_name_errors(field_name)
    if "operation" in document:
        problems += _operation_errors(field, operation)
    if "field_values" in document:
        problems += _values_errors(field, operation, values)
    return problems


def _is_something_else(document: Mapping[object, object]) -> bool:
    """Whether a query, or `{"region_code": "US"}`, stands where a condition belongs: one mistake, not three more."""
    if any(key in document for key in CONDITION_KEYS):
        return False
    return any(key in document for key in (*QUERY_KEYS, *FIELDS))


_MISSING_FROM_CONDITION = {
    "field_name": f"name one of {', '.join(FIELDS)}",
    "operation": "write 'EQ' for one value, 'IN' for several",
    "field_values": "give a list of texts",
}


def _condition_key_hint(key: str) -> str:
    if key in QUERY_KEYS:
        return _NESTED
    if key in FIELDS:
        return f'write {{"field_name": "{key}", "operation": "EQ", "field_values": ["{FIELDS[key].example}"]}}'
    return f"a condition has {', '.join(CONDITION_KEYS)}"


def _unknown_keys(
    document: Mapping[object, object],
    allowed: Collection[str],
    meant_by: Callable[[str, Iterable[str]], str | None],
    hint_for: Callable[[str], str],
) -> tuple[list[Problem], set[str]]:
    """The keys that are not documented, and the documented ones that they stand for.

    A condition where it does not belong is one mistake, although each of its keys is unknown there.
    """
    problems: list[Problem] = []
    misspelt: set[str] = set()
    absent = [key for key in allowed if key not in document]
    stray_condition = False
    for key in document:
        if len(problems) > MAX_PROBLEMS:
            break
        if not isinstance(key, str):
            problems.append(error("type", "", f"the key {shown(key)} is not text", "the keys of an object are text"))
        elif key not in allowed and not (stray_condition and key in CONDITION_KEYS):
            stray_condition |= key in CONDITION_KEYS
            meant = meant_by(key, absent)
            if meant is not None and meant in absent and meant not in misspelt:
                misspelt.add(meant)
                hint = f"it is spelt {meant!r}"
            else:
                hint = hint_for(key)
            problems.append(error("unknown-key", token(key), f"{shown(key)} is not a documented key", hint))
    return problems, misspelt


# Queries


def query_errors(query: object) -> list[Problem]:
    """What is wrong with a query: the lists and, or, not, and every condition in them."""
    if not isinstance(query, dict):
        hint = 'a query is {"and": […], "or": […], "not": […]}'
        if isinstance(query, (list, tuple)):
            hint = 'put the list under "and", "or" or "not": {"and": […]}'
        return [error("type", "", f"{shown(query)} is not a query", hint)]
    problems: list[Problem] = []
    if not query.keys() <= _QUERY_KEY_SET:
        problems, _misspelt = _unknown_keys(query, QUERY_KEYS, suggestions.query_key, _query_key_hint)
    conditions = 0
    for name in QUERY_KEYS:
        if name not in query:
            continue
        group = query[name]
        if not isinstance(group, (list, tuple)):
            problems.append(_no_list(name, group))
            continue
        conditions += len(group)
        for position, condition in enumerate(group):
            found = condition_document_errors(condition)
            if found:
                problems += below(f"/{name}/{position}", found)
                if len(problems) > MAX_PROBLEMS:
                    return problems[:MAX_PROBLEMS]
    if not conditions and not problems:
        problems.append(error("empty-query", "", "the query has no condition", 'give one in "and", "or" or "not"'))
    return problems


_QUERY_KEY_SET = frozenset(QUERY_KEYS)


def _query_key_hint(key: str) -> str:
    if key in CONDITION_KEYS:
        return 'put the condition into a list: {"and": [{…}]}'
    if key in REQUEST_KEYS:
        return "put it beside the query, not inside it"
    return "a query has and, or, not"


def _no_list(name: str, group: object) -> Problem:
    hint = "leave the key out, or give a list of conditions"
    if isinstance(group, dict) and group:
        hint = f'put the condition into a list: "{name}": [{{…}}]'
    elif isinstance(group, str):
        hint = "querydsl.parse and `querydsl compile` read expressions; here a list of conditions belongs"
    return error("type", f"/{name}", f"{shown(group)} is not a list of conditions", hint)


# Requests


def request_errors(request: object) -> list[Problem]:
    """What is wrong with the body of a request."""
    if not isinstance(request, dict):
        hint = 'a request is {"query": {…}, "start_date": "20230101", "end_date": "20230131"}'
        return [error("type", "", f"{shown(request)} is not a request", hint)]
    problems: list[Problem] = []
    misspelt: set[str] = set()
    if not request.keys() <= _REQUEST_KEY_SET:
        problems, misspelt = _unknown_keys(request, REQUEST_KEYS, suggestions.request_key, _request_key_hint)
        if any(key in _IN_A_QUERY for key in map(_lower, request)):
            misspelt.add("query")
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
    return problems[:MAX_PROBLEMS] if problems else problems


_REQUEST_KEY_SET = frozenset(REQUEST_KEYS)
#: What stands in a request where the query it belongs to does not.
_IN_A_QUERY = frozenset({*QUERY_KEYS, *CONDITION_KEYS})


def _lower(key: object) -> object:
    return key.lower() if isinstance(key, str) else key


_MISSING_FROM_REQUEST = {
    "query": 'give the conditions: "query": {"and": […]}',
    "start_date": "give the first day, such as \"start_date\": \"20230101\" (UTC, included)",
    "end_date": "give the last day, such as \"end_date\": \"20230131\" (UTC, included)",
}  # fmt: skip


def _request_key_hint(key: str) -> str:
    if key == "fields":
        return "fields is a parameter of the URL: …/video/query/?fields=id,create_time"
    if key.lower() in QUERY_KEYS:
        return f'put it inside the query: "query": {{"{key.lower()}": […]}}'
    if key in CONDITION_KEYS:
        return 'put the condition into a list of the query: "query": {"and": [{…}]}'
    return f"a request has {', '.join(REQUEST_KEYS)}"


def day_or_none(value: object) -> date | None:
    """The day that a text names as the API writes it; None for anything else."""
    try:
        return day(value) if isinstance(value, str) else None
    except ValueError:
        return None


def day_errors(value: object) -> list[Problem]:
    """What is wrong with a day of a request."""
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
    """What is wrong with two days as the start and the end of one request."""
    apart = (end - start).days
    if apart < 0:
        message = f"the end {day_text(end)} is before the start {day_text(start)}"
        return [error("date-order", "", message, "swap the two")]
    if apart > MAX_DAYS_APART:
        message = f"the end is {apart} days after the start, and the API takes at most {MAX_DAYS_APART}"
        pieces = -(-(apart + 1) // (MAX_DAYS_APART + 1))
        hint = f"send {pieces} requests: select().where(…).between(…).plan() and `querydsl compile` cut the days"
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
        hint = f'write it as text: "{value}"' if type(value) is int and abs(value) <= INT64_MAX else None
        return [error("type", "", f"{shown(value)} is not text", hint or "leave it out on the first request")]
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


#: The rules for each key of a request; each is given the value and answers with its errors.
REQUEST_RULES: Final[dict[object, Callable[[object], list[Problem]]]] = {
    "query": query_errors,
    "start_date": day_errors,
    "end_date": day_errors,
    "max_count": _int_rule(1, MAX_COUNT),
    "cursor": _int_rule(0, INT64_MAX),
    "search_id": _search_id_errors,
    "is_random": _is_random_errors,
}


# The parameter `fields`


def split_fields(names: object) -> Sequence[object]:
    """The names in the parameter `fields`, given with commas between them or one by one.

    Raises ValidationError for what is neither text nor has items, or has far too many.
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
    """What is wrong with names of Video Object fields; the path counts them: /0, /1, …"""
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
        elif name in NEWER_VIDEO_FIELDS:
            message = f"{name} is newer than the documentation that querydsl follows"
            problems.append(Problem("warning", "select-field", f"/{position}", message, _newer_field_hint(name)))
        elif name not in _ALL_FIELDS_SET:
            message = f"{shown(name)} is not a field of a Video Object"
            problems.append(error("select-field", f"/{position}", message, suggestions.video_field(name[:100])))
        if isinstance(name, str):
            seen.add(name)
        if len(problems) >= MAX_PROBLEMS:
            break
    return problems


_ALL_FIELDS_SET = frozenset(ALL_FIELDS)


def _newer_field_hint(name: str) -> str:
    return (
        "the documented spelling is 'favourites_count'" if name == "favorites_count" else "make sure that it is there"
    )
