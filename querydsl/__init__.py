"""The query builder for the TikTok Research API.

Compose a query from field objects, have it checked, and get the request that means exactly that:

>>> from querydsl import Length, Region, select
>>> selection = select("id").where(Region.in_("US", "JP") & ~(Length == "SHORT"))
>>> print(selection.on("2023-01-31").request().to_json())
{"query": {"and": [{"field_name": "region_code", "operation": "IN", "field_values": ["US", "JP"]}], \
"not": [{"field_name": "video_length", "operation": "EQ", "field_values": ["SHORT"]}]}, \
"start_date": "20230131", "end_date": "20230131", "max_count": 100}
"""

import importlib
import types
import typing

from .errors import AccessTokenInvalid as AccessTokenInvalid
from .errors import ApiError as ApiError
from .errors import BudgetSpent as BudgetSpent
from .errors import CredentialsRefused as CredentialsRefused
from .errors import InternalError as InternalError
from .errors import InvalidParams as InvalidParams
from .errors import MissingCredentials as MissingCredentials
from .errors import MissingFieldError as MissingFieldError
from .errors import NeedsSeveralQueries as NeedsSeveralQueries
from .errors import NetworkError as NetworkError
from .errors import ParseError as ParseError
from .errors import Problem as Problem
from .errors import QueryDSLError as QueryDSLError
from .errors import RateLimitExceeded as RateLimitExceeded
from .errors import ScopeNotAuthorized as ScopeNotAuthorized
from .errors import ScopePermissionMissed as ScopePermissionMissed
from .errors import ServerError as ServerError
from .errors import StoreError as StoreError
from .errors import StuckSearch as StuckSearch
from .errors import ValidationError as ValidationError
from .language.expressions import Condition as Condition
from .language.expressions import Expression as Expression
from .language.expressions import all_of as all_of
from .language.expressions import any_of as any_of
from .language.expressions import none_of as none_of
from .language.fields import CommentCount as CommentCount
from .language.fields import CreateDate as CreateDate
from .language.fields import EffectId as EffectId
from .language.fields import Field as Field
from .language.fields import Hashtag as Hashtag
from .language.fields import Keyword as Keyword
from .language.fields import Length as Length
from .language.fields import MusicId as MusicId
from .language.fields import OrderedField as OrderedField
from .language.fields import Region as Region
from .language.fields import Username as Username
from .language.fields import VideoId as VideoId
from .language.fields import ViewCount as ViewCount
from .tables import ALL_FIELDS as ALL_FIELDS
from .tables import API_URL as API_URL
from .version import __version__ as __version__

if typing.TYPE_CHECKING:
    from .client.client import Client as Client
    from .client.tokens import Credentials as Credentials
    from .collecting.collect import Summary as Summary
    from .collecting.collect import collect as collect
    from .collecting.estimate import Estimate as Estimate
    from .collecting.estimate import estimate as estimate
    from .collecting.estimation import Range as Range
    from .collecting.progress import Progress as Progress
    from .collecting.progress import progress_bar as progress_bar
    from .compiler.queries import to_queries as to_queries
    from .compiler.queries import to_query as to_query
    from .language.parser import parse as parse
    from .matching.predicate import matcher as matcher
    from .matching.predicate import matches as matches
    from .planning.plan import Plan as Plan
    from .planning.plan import Selection as Selection
    from .planning.plan import select as select
    from .reading.status import Failure as Failure
    from .reading.status import Status as Status
    from .reading.store import Store as Store
    from .requests.query import Query as Query
    from .requests.request import Request as Request
    from .spec.schema import json_schema as json_schema
    from .spec.validation import validate as validate
    from .spec.validation import validate_fields as validate_fields
    from .videos import Page as Page
    from .videos import Video as Video

#: Modules that are loaded on first use, with the names that they define: this keeps the import light.
_LAZY = {
    "Client": "client.client",
    "Credentials": "client.tokens",
    "Estimate": "collecting.estimate",
    "Failure": "reading.status",
    "Page": "videos",
    "Plan": "planning.plan",
    "Progress": "collecting.progress",
    "Query": "requests.query",
    "Range": "collecting.estimation",
    "Request": "requests.request",
    "Selection": "planning.plan",
    "Status": "reading.status",
    "Store": "reading.store",
    "Summary": "collecting.collect",
    "Video": "videos",
    "collect": "collecting.collect",
    "estimate": "collecting.estimate",
    "json_schema": "spec.schema",
    "matcher": "matching.predicate",
    "matches": "matching.predicate",
    "parse": "language.parser",
    "progress_bar": "collecting.progress",
    "select": "planning.plan",
    "to_queries": "compiler.queries",
    "to_query": "compiler.queries",
    "validate": "spec.validation",
    "validate_fields": "spec.validation",
}

_EAGER = [name for name, it in globals().items() if not (name.startswith("_") or isinstance(it, types.ModuleType))]

__all__ = sorted([*_EAGER, *_LAZY])  # noqa: PLE0605  # computed: no name is stated twice


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
    return value


def __dir__() -> list[str]:
    return __all__
