"""The API's query object: three lists of conditions, from JSON and to JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring_ascii
from typing import Any, NoReturn

import attrs

from .. import showing
from ..errors import ValidationError, error
from ..language.expressions import Condition, Expression, Incomplete, all_of, any_of, brief, taken
from ..showing import shown
from ..spec.query_rules import query_errors
from ..spec.validation import checked
from ..tables import QUERY_KEYS


def _conditions(given: Iterable[Condition]) -> tuple[Condition, ...]:
    conditions = tuple(given) if isinstance(given, (tuple, list)) else _taken(given)
    for condition in conditions:
        if not isinstance(condition, Condition):
            _refuse(condition)
    return conditions


def _taken(given: Iterable[Condition]) -> tuple[Condition, ...]:
    if isinstance(given, Condition):
        return (given,)
    if isinstance(given, (str, bytes, Mapping, Incomplete)) or not isinstance(given, Iterable):
        _refuse(given)
    return taken(given, "Query")


def _refuse(given: object) -> NoReturn:
    hint = "give conditions, such as [Region == 'US']"
    if isinstance(given, (Expression, Incomplete)):
        hint = "to_query(...) makes a query of an expression"
    elif isinstance(given, (str, Mapping)):
        hint = "Query.from_dict and Query.from_json read documents"
    raise ValidationError([error("type", "", f"{named(given)} is not a Condition", hint)], "Query")


def named(given: object) -> str:
    """The given value, for a message; expressions are shown by their source."""
    return brief(given) if isinstance(given, (Expression, Incomplete)) else shown(given)


@attrs.frozen
class Query:
    """The videos that meet all of `and_`, at least one of `or_` (unless it is empty), and none of `not_`.

    Raises ValidationError if there is no condition.

    >>> from querydsl import Length, Region
    >>> Query(and_=[Region == "US"], not_=[Length == "SHORT"])
    Query(and_=(Region == 'US',), or_=(), not_=(Length == 'SHORT',))
    """

    and_: tuple[Condition, ...] = attrs.field(default=(), converter=_conditions)
    or_: tuple[Condition, ...] = attrs.field(default=(), converter=_conditions)
    not_: tuple[Condition, ...] = attrs.field(default=(), converter=_conditions)

    def __attrs_post_init__(self) -> None:
        if not (self.and_ or self.or_ or self.not_):
            raise ValidationError(query_errors({}), "Query()")

    def to_dict(self) -> dict[str, list[dict[str, object]]]:
        """The query with the documented keys; empty lists are left out.

        >>> from querydsl import Region
        >>> Query([Region == "US"]).to_dict()
        {'and': [{'field_name': 'region_code', 'operation': 'EQ', 'field_values': ['US']}]}
        """
        document = {}
        if self.and_:
            document["and"] = [condition.to_dict() for condition in self.and_]
        if self.or_:
            document["or"] = [condition.to_dict() for condition in self.or_]
        if self.not_:
            document["not"] = [condition.to_dict() for condition in self.not_]
        return document

    def to_json(self, indent: int | None = None) -> str:
        """The query as JSON, in ASCII."""
        if indent is not None:
            return json.dumps(self.to_dict(), indent=indent)
        lists = []
        if self.and_:
            lists.append(f'"and": [{", ".join(map(_json, self.and_))}]')
        if self.or_:
            lists.append(f'"or": [{", ".join(map(_json, self.or_))}]')
        if self.not_:
            lists.append(f'"not": [{", ".join(map(_json, self.not_))}]')
        return f"{{{', '.join(lists)}}}"

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Query:
        """The query in a document, in its own order and with its repeats.

        Raises ValidationError for an invalid document, with the problems that `validate` finds.

        >>> Query.from_dict({"or": [{"field_name": "keyword", "operation": "EQ", "field_values": ["cat"]}]})
        Query(and_=(), or_=(Keyword == 'cat',), not_=())
        """
        return cls._read(document)

    @classmethod
    def from_json(cls, text: str | bytes) -> Query:
        """The query in JSON text or bytes. Raises ValidationError as `from_dict` does."""
        return cls._read(text)

    @classmethod
    def _read(cls, given: object) -> Query:
        return cls.from_valid(checked(given, query_errors))

    @classmethod
    def from_valid(cls, document: Mapping[str, Any]) -> Query:
        """The query of a document without errors."""
        return cls(*(tuple(Condition(**condition) for condition in document.get(key, ())) for key in QUERY_KEYS))

    def to_expression(self) -> Expression:
        """An expression that means the same.

        >>> from querydsl import Length, Region
        >>> Query(and_=[Region == "US"], not_=[Length == "SHORT"]).to_expression()
        (Region == 'US') & ~(Length == 'SHORT')
        """
        alternatives = [any_of(*self.or_)] if self.or_ else []
        return all_of(*self.and_, *alternatives, *(~condition for condition in self.not_))

    def _repr_html_(self) -> str:
        return showing.block(showing.laid_out(self.to_dict(), is_ascii=False))


def _json(condition: Condition) -> str:
    """The same text as json.dumps, twice as fast; only values need escaping."""
    values = ", ".join(map(encode_basestring_ascii, condition.field_values))
    return (
        f'{{"field_name": "{condition.field_name}", "operation": "{condition.operation}", "field_values": [{values}]}}'
    )
