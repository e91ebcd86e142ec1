"""The documented tables as JSON Schema (draft 2020-12), for editors and for clients in other languages.

Patterns mean the same in Python and in ECMAScript with the flag u, which the draft requires.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from ..errors import ValidationError, error
from ..showing import shown
from ..tables import (
    CONDITION_KEYS,
    FIELDS,
    INT64_MAX,
    MAX_COUNT,
    OPERATIONS,
    QUERY_KEYS,
    REQUIRED_REQUEST_KEYS,
    VALUES_TAKEN,
    ConditionField,
)
from .countries import COUNTRIES
from .values import BLANKS

#: `$` would also match before a line break at the end.
_END: Final = r"(?![\s\S])"
_DAY: Final = (
    r"^(?!0000)(?:[0-9]{4}(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|1[0-9]|2[0-8]))"
    r"|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)0229)" + _END
)


def json_schema(kind: Literal["request", "query"] = "request") -> dict[str, Any]:
    """JSON Schema for the body of a request, or for a query alone.

    It refuses the same documents as `validate`, with these exceptions: rules across members (the order and the span of
    the dates), repeated keys, and `100.0` for an integer. Raises ValidationError for another kind.

    >>> sorted(json_schema("query")["properties"])
    ['and', 'not', 'or']
    """
    if kind not in ("request", "query"):
        problem = error("type", "", f"{shown(kind)} is not a kind of document", "give 'request' or 'query'")
        raise ValidationError([problem], "json_schema")
    definitions = {
        "day": {"type": "string", "pattern": _DAY, "description": "A day in UTC, as YYYYMMDD"},
        "condition": _condition(),
        "query": _query(),
    }
    body = definitions.pop("query") if kind == "query" else _request()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A {kind} of the TikTok Research API's endpoint for querying videos",
        **body,
        "$defs": definitions,
    }


def _request() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "query": {"$ref": "#/$defs/query"},
            "start_date": {"$ref": "#/$defs/day", "description": "The first day, in UTC, included"},
            "end_date": {
                "$ref": "#/$defs/day",
                "description": "The last day, in UTC, included; at most 30 days after the first",
            },
            "max_count": {"type": "integer", "minimum": 1, "maximum": MAX_COUNT},
            "cursor": {"type": "integer", "minimum": 0, "maximum": INT64_MAX},
            "search_id": {"type": "string", "pattern": _text()},
            "is_random": {"type": "boolean"},
        },
        "required": [*REQUIRED_REQUEST_KEYS],
        "additionalProperties": False,
    }


def _query() -> dict[str, Any]:
    conditions = {"type": "array", "items": {"$ref": "#/$defs/condition"}}
    return {
        "type": "object",
        "properties": dict.fromkeys(QUERY_KEYS, conditions),
        "anyOf": [{"required": [key], "properties": {key: {"minItems": 1}}} for key in QUERY_KEYS],
        "additionalProperties": False,
    }


def _condition() -> dict[str, Any]:
    of_one_value = [operation for operation, most in VALUES_TAKEN.items() if most is not None]
    return {
        "type": "object",
        "properties": {
            "field_name": {"enum": [*FIELDS]},
            "operation": {"enum": [*OPERATIONS]},
            "field_values": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        },
        "required": [*CONDITION_KEYS],
        "additionalProperties": False,
        "allOf": [
            {
                "if": {"properties": {"operation": {"enum": of_one_value}}},
                "then": {"properties": {"field_values": {"maxItems": 1}}},
            },
            *(_field(field) for field in FIELDS.values()),
        ],
    }


def _field(field: ConditionField) -> dict[str, Any]:
    operations = [operation for operation in OPERATIONS if operation in field.operations]
    return {
        "if": {"properties": {"field_name": {"const": field.name}}, "required": ["field_name"]},
        "then": {
            "properties": {
                "operation": {"enum": operations},
                "field_values": {"items": _value(field)},
            }
        },
    }


def _value(field: ConditionField) -> dict[str, Any]:
    return {**field.by_form(_VALUES, "json_schema")(field), "description": field.description}


def _digits(field: ConditionField) -> dict[str, Any]:
    zero = "0|" if field.minimum == 0 else ""
    return {"type": "string", "pattern": f"^(?:{zero}{_up_to(INT64_MAX)}){_END}"}


#: A closed table whose values have descriptions: editors show one beside each value.
_REGION: Final = {
    "anyOf": [{"const": code, "description": COUNTRIES[code][0]} for code in FIELDS["region_code"].values]
}

#: The schema of each form of values.
_VALUES: Final[dict[str, Callable[[ConditionField], dict[str, Any]]]] = {
    "day": lambda _: {"$ref": "#/$defs/day"},
    "text": lambda field: {"type": "string", "pattern": _text(f"(?!{field.sigil})" if field.sigil else "")},
    "id": _digits,
    "count": _digits,
    "table": lambda field: _REGION if field.name == "region_code" else {"enum": [*field.values]},
}


def _text(not_at_start: str = "") -> str:
    """A text that has a character other than white space, and no lone surrogate."""
    blanks = "".join(f"\\u{ord(character):04x}" for character in BLANKS)
    return f"^{not_at_start}(?![\\s\\S]*[\\ud800-\\udfff])[\\s\\S]*[^{blanks}]"


def _up_to(most: int) -> str:
    """A pattern for the numbers from 1 to `most`, without leading zeros, as alternatives."""
    digits = str(most)
    alternatives = [f"[1-9][0-9]{{0,{len(digits) - 2}}}"]
    for position, digit in enumerate(digits):
        least = 1 if position == 0 else 0
        if int(digit) > least:
            rest = len(digits) - position - 1
            alternatives.append(f"{digits[:position]}[{least}-{int(digit) - 1}][0-9]{{{rest}}}")
    return "|".join([*alternatives, digits])
