"""Input of a user -> requests, or an error that says what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

import attrs

from ..language.expressions import Expression, Incomplete
from ..requests.query import Query
from ..requests.request import Request
from .plan import Plan, Selection


def one_request(given: object, taker: str) -> Request:
    """The given request; `taker` is the name of the method that takes it.

    Raises TypeError, which says what to write instead, for anything else.
    """
    if not isinstance(given, Request):
        raise _no_request(given, taker, "one")
    return given


def requests_of(given: Request | Iterable[Request], taker: str) -> Iterator[Request]:
    """The requests of a plan or any other iterable, or a single request; `taker` is the method that takes them.

    Raises TypeError, which says what to write instead, for anything else: at once, or when the iterable reaches it.

    >>> from querydsl import Region, select
    >>> requests_of(select("id").where(Region == "US").on("20230101"), "videos")
    Traceback (most recent call last):
    TypeError: videos takes requests, and this is a Selection: add .plan()
    """
    if isinstance(given, Request):
        return iter([given])
    if isinstance(given, (Mapping, str, bytes, Expression, Incomplete)) or not isinstance(given, Iterable):
        raise _no_request(given, taker, "several")
    return (_each(one, taker) for one in given)


def _each(one: object, taker: str) -> Request:
    if not isinstance(one, Request):
        raise _no_request(one, taker, "several")
    return one


def with_id(request: Request) -> Request:
    """The request with `id` among its fields, because the id identifies a video."""
    return request if "id" in request.fields else attrs.evolve(request, fields=("id", *request.fields))


def _no_request(given: object, taker: str, number: Literal["one", "several"]) -> TypeError:
    """The error for an object that is not a request, with a hint where its type has one."""
    takes = "one Request" if number == "one" else "requests"
    name = "expression" if isinstance(given, (Expression, Incomplete)) else type(given).__name__
    message = f"{taker} takes {takes}, and this is {'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
    hint = next((hint for kind, hint in _HINTS[number].items() if isinstance(given, kind)), None)
    return TypeError(message if hint is None else f"{message}: {hint}")


_FROM_OTHERS: Final[dict[type, str]] = {
    Mapping: "Request.from_dict(...) makes one of a body",
    str: "Request.from_json(...) makes one of a body in JSON",
    bytes: "Request.from_json(...) makes one of a body in JSON",
    Query: "Request(query, start_date, end_date) makes one of a query and days",
    Expression: "select().where(...).between(...).plan() gives its requests",
    Incomplete: "select().where(...).between(...).plan() gives the requests of a comparison",
}
#: The hint for each type, for methods that take one request and for those that take several.
_HINTS: Final[dict[str, dict[type, str]]] = {
    "one": {
        Plan: "use videos(plan)",
        Selection: "add .request()",
        **_FROM_OTHERS,
        Iterable: "use videos(...) for several",
    },
    "several": {Plan: "give the plan by itself", Selection: "add .plan()", **_FROM_OTHERS},
}
