"""The query builder for the TikTok Research API.

Compose a query from field objects, have it checked, and get the request that means exactly that:

>>> from querydsl import Length, Region, select
>>> selection = select("id").where(Region.in_("US", "JP") & ~(Length == "SHORT"))
>>> print(selection.on("2023-01-31").request().to_json())
{"query": {"and": [{"field_name": "region_code", "operation": "IN", "field_values": ["US", "JP"]}], \
"not": [{"field_name": "video_length", "operation": "EQ", "field_values": ["SHORT"]}]}, \
"start_date": "20230131", "end_date": "20230131", "max_count": 100}
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .errors import MissingFieldError, NeedsSeveralQueries, ParseError, Problem, QueryDSLError, ValidationError
from .expressions import Condition, Expression, all_of, any_of, none_of
from .fields import (
    CreateDate,
    EffectId,
    Field,
    Hashtag,
    Keyword,
    Length,
    MusicId,
    OrderedField,
    Region,
    Username,
    VideoId,
)
from .tables import ALL_FIELDS, API_URL

if TYPE_CHECKING:
    from .compiler import to_queries, to_query
    from .matching import matcher, matches
    from .parser import parse
    from .plan import Plan, Selection, select
    from .query import Query
    from .request import Request
    from .schema import json_schema
    from .validation import validate, validate_fields

__version__ = "0.1.0"

__all__ = [
    "ALL_FIELDS",
    "API_URL",
    "Condition",
    "CreateDate",
    "EffectId",
    "Expression",
    "Field",
    "Hashtag",
    "Keyword",
    "Length",
    "MissingFieldError",
    "MusicId",
    "NeedsSeveralQueries",
    "OrderedField",
    "ParseError",
    "Plan",
    "Problem",
    "Query",
    "QueryDSLError",
    "Region",
    "Request",
    "Selection",
    "Username",
    "ValidationError",
    "VideoId",
    "all_of",
    "any_of",
    "json_schema",
    "matcher",
    "matches",
    "none_of",
    "parse",
    "select",
    "to_queries",
    "to_query",
    "validate",
    "validate_fields",
]

#: What is loaded when it is first used, and where it stands: not everybody needs it, and the import stays light.
_LAZY = {
    "Plan": "plan",
    "Query": "query",
    "Request": "request",
    "Selection": "plan",
    "json_schema": "schema",
    "matcher": "matching",
    "matches": "matching",
    "parse": "parser",
    "select": "plan",
    "to_queries": "compiler",
    "to_query": "compiler",
    "validate": "validation",
    "validate_fields": "validation",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    return value


def __dir__() -> list[str]:
    return __all__
