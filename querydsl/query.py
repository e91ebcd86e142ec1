"""The API's query object: three lists of conditions, and its JSON both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from . import documents, notebook
from .errors import ValidationError
from .expressions import Condition, Expression, all_of, any_of
from .rules import error, query_errors, raise_errors
from .tables import QUERY_KEYS
from .values import shown


def _conditions(given: Iterable[Condition]) -> tuple[Condition, ...]:
    conditions: tuple[Condition, ...] = (given,) if isinstance(given, Condition) else tuple(given)
    for condition in conditions:
        if not isinstance(condition, Condition):
            hint = "to_query(...) makes a query of an expression"
            problem = error("type", "", f"{shown(condition)} is no Condition", hint)
            raise ValidationError([problem], "Query")
    return conditions


@attrs.frozen
class Query:
    """The videos that meet all of `and_`, at least one of `or_` (where there are any), and none of `not_`.

    Raises ValidationError without any condition.

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
        return json.dumps(self.to_dict(), indent=indent)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Query:
        """The query that a document holds, in its own order, with its repeats.

        Raises ValidationError, with the problems that `validate` finds, for a document that is no valid query.

        >>> Query.from_dict({"or": [{"field_name": "keyword", "operation": "EQ", "field_values": ["cat"]}]})
        Query(and_=(), or_=(Keyword == 'cat',), not_=())
        """
        return cls._read(document)

    @classmethod
    def from_json(cls, text: str | bytes) -> Query:
        """The query that JSON text, or its bytes, holds. Raises ValidationError like `from_dict`."""
        return cls._read(text)

    @classmethod
    def _read(cls, given: object) -> Query:
        document, problems = documents.read(given)
        raise_errors(problems)
        raise_errors(query_errors(document))
        assert isinstance(document, dict)
        return cls.from_valid(document)

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
        return notebook.block(self.to_json(indent=2))
