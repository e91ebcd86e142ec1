"""The errors of a condition and of a query, as plain documents: what the documentation does not allow.

`validate` and the constructors of `Condition` and `Query` all use this module. Each function returns the problems, with
paths relative to its argument; the list is empty if there is no problem.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from ..errors import Problem, below, error, token
from ..showing import json_text, listing, shown
from ..tables import (
    CONDITION_KEYS,
    FIELDS,
    OPERATIONS,
    QUERY_KEYS,
    REQUEST_KEYS,
    VALUES_TAKEN,
    ConditionField,
)
from . import suggestions
from .values import ACCEPTS, fault

#: The most problems that are reported for one document. The search stops after one more.
MAX_PROBLEMS: Final = 20_000

_NESTED = "groups do not nest in the API: to_queries(...) and `querydsl compile` turn a nested expression into requests"


# Conditions


def condition_errors(field_name: object, operation: object, values: object) -> list[Problem]:
    """The errors in the three parts of a condition.

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


#: A hint repeats a text of at most this length.
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
        taken_by = listing(other.name for other in FIELDS.values() if operation in other.operations)
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
            hint = f"write {_as_list(values)}"
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


def _as_list(text: str) -> str:
    """The list that a text seems to mean: it is written in JSON, or with commas, or is a single value."""
    if text.lstrip().startswith("["):
        return text.strip() + ", without the quotes round it"
    return f"[{', '.join(json_text(value.strip()) for value in text.split(','))}]"


def holds_json(value: object) -> bool:
    """Whether a text holds the JSON of an object or a list: a document that was encoded twice."""
    return isinstance(value, str) and value[:_SHORT].lstrip().startswith(("{", "["))


def is_ours(value: object) -> bool:
    """Whether a value is one of our objects that has a document: a Query or a Request."""
    return type(value).__module__.startswith(f"{_PACKAGE}.") and hasattr(type(value), "to_dict")


_PACKAGE: Final = __name__.partition(".")[0]

#: The hint for one of our objects where its document is expected.
AS_DICT: Final = "give its document: write .to_dict() after it"

#: The hint for a text where an object is expected.
UNQUOTE: Final = "take off the quotes round it: the text holds JSON, and JSON belongs here (one json.dumps too many?)"


def _takes_one_value(field: ConditionField | None, operation: object) -> bool:
    """Whether the field takes the operation, and the operation takes one value."""
    if not isinstance(operation, str) or operation not in (field.operations if field else OPERATIONS):
        return False
    return VALUES_TAKEN[operation] is not None  # type: ignore[index]


def condition_document_errors(document: object) -> list[Problem]:
    """The errors of a condition in a document."""
    if isinstance(document, dict) and len(document) == len(CONDITION_KEYS):
        try:
            parts = (document["field_name"], document["operation"], document["field_values"])
        except KeyError:
            pass
        else:
            return condition_errors(*parts)
    if not isinstance(document, dict):
        hint = 'a condition is {"field_name": …, "operation": …, "field_values": […]}'
        if holds_json(document):
            hint = UNQUOTE
        return [error("type", "", f"{shown(document)} is not a condition", hint)]
    problems, misspelt = unknown_keys(document, CONDITION_KEYS, suggestions.condition_key, _condition_key_hint)
    if not _is_another_document(document):
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


def _is_another_document(document: Mapping[object, object]) -> bool:
    """Whether a condition is really a query, or `{"region_code": "US"}`: one mistake, so it gives one problem."""
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


def unknown_keys(
    document: Mapping[object, object],
    allowed: Collection[str],
    meant_by: Callable[[str, Iterable[str]], str | None],
    hint_for: Callable[[str], str],
) -> tuple[list[Problem], set[str]]:
    """The problems of undocumented keys, and the documented keys that they misspell.

    A whole condition in a wrong place is one mistake, although each of its keys is unknown there.
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
    """The errors of a query: of its lists and, or, not, and of every condition in them."""
    if not isinstance(query, dict):
        hint = 'a query is {"and": […], "or": […], "not": […]}'
        if isinstance(query, (list, tuple)):
            hint = 'put the list under "and", "or" or "not": {"and": […]}'
        elif holds_json(query):
            hint = UNQUOTE
        elif is_ours(query):
            hint = AS_DICT
        return [error("type", "", f"{shown(query)} is not a query", hint)]
    problems: list[Problem] = []
    if not query.keys() <= _QUERY_KEY_SET:
        problems, _misspelt = unknown_keys(query, QUERY_KEYS, suggestions.query_key, _query_key_hint)
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
                    return problems
    if not conditions and not problems:
        problems.append(error("empty-query", "", "the query has no condition", 'give one in "and", "or" or "not"'))
    return problems


_QUERY_KEY_SET = frozenset(QUERY_KEYS)


def _query_key_hint(key: str) -> str:
    if key in CONDITION_KEYS:
        return 'put the condition into a list: {"and": [{…}]}'
    if key == "query":
        return 'this is a request: a query is what stands under "query" in it'
    if key in REQUEST_KEYS:
        return "put it beside the query, not inside it"
    return "a query has and, or, not"


def _no_list(name: str, group: object) -> Problem:
    hint = "leave the key out, or give a list of conditions"
    if isinstance(group, dict) and group:
        hint = f'put the condition into a list: "{name}": [{{…}}]'
    elif holds_json(group):
        hint = UNQUOTE
    elif isinstance(group, str):
        hint = "querydsl.parse and `querydsl compile` read expressions; here a list of conditions belongs"
    return error("type", f"/{name}", f"{shown(group)} is not a list of conditions", hint)
