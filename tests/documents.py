"""Documents for tests: the vendor's example, and strategies for valid ones, nearly valid ones and junk."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from querydsl.tables import FIELDS, INT64_MAX, LENGTHS, REGION_CODES

#: The request that the vendor's page shows.
EXAMPLE = {
    "query": {
        "and": [
            {"operation": "IN", "field_name": "region_code", "field_values": ["JP", "US"]},
            {"operation": "EQ", "field_name": "hashtag_name", "field_values": ["animal"]},
        ],
        "not": [{"operation": "EQ", "field_name": "video_length", "field_values": ["SHORT"]}],
    },
    "max_count": 100,
    "cursor": 0,
    "start_date": "20230101",
    "end_date": "20230115",
}

US = {"field_name": "region_code", "operation": "EQ", "field_values": ["US"]}


def condition(**changes: object) -> dict[str, Any]:
    """A valid condition, with changes."""
    return {**US, **changes}


def request(**changes: object) -> dict[str, Any]:
    """A valid request, with changes."""
    return {"query": {"and": [US]}, "start_date": "20230101", "end_date": "20230131", "max_count": 100, **changes}


def resolve(document: Any, pointer: str) -> Any:
    """The value at a JSON Pointer (RFC 6901); LookupError if there is none."""
    if pointer and not pointer.startswith("/"):
        raise LookupError(pointer)
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, (list, tuple)):
            if not (key.isdecimal() and key.isascii()) or (len(key) > 1 and key[0] == "0"):
                raise LookupError(pointer)
            document = document[int(key)]
        elif isinstance(document, dict):
            document = document[key]
        else:
            raise LookupError(pointer)
    return document


def day_text(day: date) -> str:
    return day.isoformat().replace("-", "")


texts = st.text(min_size=1, max_size=12).filter(
    lambda text: text.strip(" \ufeff").strip() != "" and text[0] not in "@#"
)
ids = st.integers(1, INT64_MAX).map(str)
counts = (st.integers(0, 20) | st.integers(0, INT64_MAX)).map(str)

#: For each condition field, its values.
VALUES = {
    "create_date": st.dates().map(day_text),
    "username": texts,
    "region_code": st.sampled_from(REGION_CODES),
    "video_id": ids,
    "hashtag_name": texts,
    "keyword": texts,
    "music_id": ids,
    "effect_id": ids | st.just("0"),
    "video_length": st.sampled_from(LENGTHS),
    "view_count": counts,
    "comment_count": counts,
}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    field = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
    operation = draw(st.sampled_from(sorted(field.operations)))
    most = 4 if operation == "IN" else 1
    values = draw(st.lists(VALUES[field.name], min_size=1, max_size=most))
    return {"field_name": field.name, "operation": operation, "field_values": values}


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    keys = draw(st.lists(st.sampled_from(["and", "or", "not"]), min_size=1, unique=True))
    query = {key: draw(st.lists(conditions(), min_size=1, max_size=3)) for key in keys}
    for key in draw(st.sets(st.sampled_from(["and", "or", "not"]))):
        query.setdefault(key, [])
    return query


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(st.dates(max_value=date.max - timedelta(30)))
    end = start + timedelta(draw(st.integers(0, 30)))
    optional = {
        "max_count": st.integers(1, 100),
        "cursor": st.integers(0, INT64_MAX),
        "search_id": texts,
        "is_random": st.booleans(),
    }
    body = {"query": draw(queries()), "start_date": day_text(start), "end_date": day_text(end)}
    return body | draw(st.fixed_dictionaries({}, optional=optional))


#: Values that are nearly valid somewhere.
NEAR = [
    None, True, 0, 1, 7, 100, 101, -1, 2**63 - 1, 2**63, 10**400, 0.5, [], {}, [[]], ["US"], [7], [US],
    {"or": [US]}, "", " ", "\u2028", "\ufeff", "\x1c", "us", "US", "US\n", "UK", "short", "SHORT", "#tag", "@user",
    "\ud800", "a\ud800", "20230131", "2023-01-31", "20230231", "20230131\n", "2023013\u0661", "00000101", "0", "00",
    "7", "7\n", "-7", "1.0", "9223372036854775807", "9223372036854775808", "\u0667", "EQ", "eq", "IN", "GT", "keyword",
    "create_time", "view_count", "1,000",
]  # fmt: skip
NEAR_KEYS = [
    "AND",
    "or",
    "fields",
    "operator",
    "field_value",
    "start",
    "max_counts",
    "query",
    "a/b~c",
    "",
    "field_name",
]

junk = st.recursive(
    st.sampled_from(NEAR)
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NEAR_KEYS) | st.text(), inner, max_size=4)
    ),
    max_leaves=12,
).filter(lambda value: not (isinstance(value, float) and value.is_integer()))


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a document, with each of its keys or positions."""
    members = document.items() if isinstance(document, dict) else enumerate(document)
    for key, member in members:
        yield document, key
        if isinstance(member, (dict, list)):
            yield from _places(member)


def _rename(container: Any, key: Any, new: Any) -> None:
    if isinstance(container, dict):
        container[new] = container.pop(key)


#: The possible changes of a place; each gets a container, a key, another value and another key.
_CHANGES: list[Callable[[Any, Any, Any, str], object]] = [
    lambda container, key, other, _: container.__setitem__(key, other),
    lambda container, key, *_: container.pop(key),
    lambda container, key, _, name: _rename(container, key, name),
    lambda container, _key, other, name: (
        container.__setitem__(name, other) if isinstance(container, dict) else container.append(other)
    ),
]


@st.composite
def mutated(draw: st.DrawFn, documents: st.SearchStrategy[Any]) -> Any:
    """A valid document after one, two or three changes at random places."""
    document = copy.deepcopy(draw(documents))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if places:
            container, key = draw(st.sampled_from(places))
            other = copy.deepcopy(draw(junk))  # the next change may change it too
            draw(st.sampled_from(_CHANGES))(container, key, other, draw(st.sampled_from(NEAR_KEYS)))
    return document


#: Valid, nearly valid, and invalid.
anything = st.one_of(requests(), queries(), mutated(requests()), mutated(queries()), junk)
