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

from .errors import (
    AccessTokenInvalid,
    ApiError,
    BudgetSpent,
    CredentialsRefused,
    InternalError,
    InvalidParams,
    MissingCredentials,
    MissingFieldError,
    NeedsSeveralQueries,
    NetworkError,
    ParseError,
    Problem,
    QueryDSLError,
    RateLimitExceeded,
    ScopeNotAuthorized,
    ScopePermissionMissed,
    ServerError,
    StoreError,
    StuckSearch,
    ValidationError,
)
from .language.expressions import Condition, Expression, all_of, any_of, none_of
from .language.fields import (
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
from .version import __version__ as __version__

if TYPE_CHECKING:
    from .client.client import Client
    from .client.tokens import Credentials
    from .collecting.collect import Progress, Summary, collect
    from .collecting.store import Store
    from .compiler.plan import Plan, Selection, select
    from .compiler.queries import to_queries, to_query
    from .language.parser import parse
    from .matching.predicate import matcher, matches
    from .requests.query import Query
    from .requests.request import Request
    from .spec.schema import json_schema
    from .spec.validation import validate, validate_fields
    from .videos import Page, Video

__all__ = [
    "ALL_FIELDS",
    "API_URL",
    "AccessTokenInvalid",
    "ApiError",
    "BudgetSpent",
    "Client",
    "Condition",
    "CreateDate",
    "Credentials",
    "CredentialsRefused",
    "EffectId",
    "Expression",
    "Field",
    "Hashtag",
    "InternalError",
    "InvalidParams",
    "Keyword",
    "Length",
    "MissingCredentials",
    "MissingFieldError",
    "MusicId",
    "NeedsSeveralQueries",
    "NetworkError",
    "OrderedField",
    "Page",
    "ParseError",
    "Plan",
    "Problem",
    "Progress",
    "Query",
    "QueryDSLError",
    "RateLimitExceeded",
    "Region",
    "Request",
    "ScopeNotAuthorized",
    "ScopePermissionMissed",
    "Selection",
    "ServerError",
    "Store",
    "StoreError",
    "StuckSearch",
    "Summary",
    "Username",
    "ValidationError",
    "Video",
    "VideoId",
    "all_of",
    "any_of",
    "collect",
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
    "Client": "client.client",
    "Credentials": "client.tokens",
    "Page": "videos",
    "Plan": "compiler.plan",
    "Progress": "collecting.collect",
    "Query": "requests.query",
    "Request": "requests.request",
    "Selection": "compiler.plan",
    "Store": "collecting.store",
    "Summary": "collecting.collect",
    "Video": "videos",
    "collect": "collecting.collect",
    "json_schema": "spec.schema",
    "matcher": "matching.predicate",
    "matches": "matching.predicate",
    "parse": "language.parser",
    "select": "compiler.plan",
    "to_queries": "compiler.queries",
    "to_query": "compiler.queries",
    "validate": "spec.validation",
    "validate_fields": "spec.validation",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    return value


def __dir__() -> list[str]:
    return __all__
