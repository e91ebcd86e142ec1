"""The commands that compile an expression, and explain its plan."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import Any, Final

import attrs

from ..errors import raise_errors
from ..language.expressions import Expression, conditions
from ..language.parser import parse
from ..planning.explain import too_fresh
from ..planning.plan import PAGE_KEYS, Plan, select
from ..requests.query import Query
from ..requests.request import Request
from ..requests.scripts import python_script, r_script
from ..showing import count, laid_out
from ..spec.query_warnings import value_warnings
from ..spec.validation import is_query, read
from ..spec.values import day_text
from ..tables import API_URL, API_URL_VARIABLE
from .terminal import Failure, bytes_of, put, say


def compile_expression(arguments: argparse.Namespace) -> int:
    """Compile an expression, and print it in the chosen form."""
    given = Given.read(arguments.expression)
    if arguments.to == "dsl":
        put(repr(given.expression))
        return 0
    plan = plan_of(given, arguments)
    warn_of(plan, given)
    put(FORMS[arguments.to](plan))
    return 0


def _documents(documents: Sequence[dict[str, Any]]) -> str:
    """One document as it is; several as an array."""
    return laid_out(documents[0] if len(documents) == 1 else documents)


def _curl(plan: Plan) -> str:
    base = _host()
    return "\n".join(request.to_curl(base) for request in plan)


#: The output of `compile --to` for a plan.
FORMS: Final[dict[str, Callable[[Plan], str]]] = {
    "json": lambda plan: _documents([request.to_dict() for request in plan]),
    "jsonl": lambda plan: plan.to_jsonl().rstrip("\n"),
    "query": lambda plan: _documents([query.to_dict() for query in dict.fromkeys(request.query for request in plan)]),
    "curl": _curl,
    "python": lambda plan: python_script(plan).rstrip("\n"),
    "r": lambda plan: r_script(plan).rstrip("\n"),
}


def warn_of(plan: Plan, given: Given) -> None:
    """Warn of what is probably not meant: odd values, and days that cannot be complete yet."""
    warn_of_values(given)
    fresh = too_fresh(plan)
    if fresh is not None:
        say(f"querydsl: {fresh}")


def warn_of_values(given: Given) -> None:
    """Warn of values that only look right for their fields."""
    found = (
        f"{condition.field_name}: {problem}"
        for condition in conditions(given.expression)
        for problem in value_warnings(condition.field_name, condition.field_values)
    )
    for text in islice(found, _WARNINGS):
        say(f"querydsl: warning: {text}")
    more = sum(1 for _ in found)
    if more:
        say(f"querydsl: warning: so are {count(more, 'more value')}")


#: How many values are listed in warnings.
_WARNINGS = 10


def _host() -> str:
    """The host from the environment, or the API's."""
    given = os.environ.get(API_URL_VARIABLE)
    if not given:
        return API_URL
    from ..client.transport import checked_base  # noqa: PLC0415  # the network, which nothing else here needs

    return checked_base(given, API_URL_VARIABLE)


def explain(arguments: argparse.Namespace) -> int:
    """Explain in words which requests an expression takes."""
    given = Given.read(arguments.expression)
    plan = plan_of(given, arguments)
    warn_of_values(given)
    put(plan.explain())
    return 0


@attrs.frozen
class Given:
    """The meaning of EXPR: an expression, with the request that it came from, if there is one."""

    expression: Expression
    request: Request | None = None

    @classmethod
    def read(cls, argument: str) -> Given:
        """Read an argument for EXPR."""
        text = argument
        if argument == "-" or argument.startswith("@"):
            text = _text(bytes_of(argument.removeprefix("@")))
        if not text.lstrip().startswith(("{", "[")):  # no expression starts like that
            return cls(parse(text, files=True))
        document, problems = read(text)
        raise_errors(problems)
        if is_query(document):
            return cls(Query.from_dict(document).to_expression())  # type: ignore[arg-type]
        request = Request.from_dict(document)  # type: ignore[arg-type]
        return cls(request.query.to_expression(), request)


def _text(content: bytes) -> str:
    try:
        return content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as failure:
        raise Failure(f"the expression is not text: byte {failure.start + 1} is wrong; save it as UTF-8") from None


def plan_of(given: Given, arguments: argparse.Namespace) -> Plan:
    """The plan, with the days, counts and pages of the document, which options override."""
    fields = getattr(arguments, "fields", None)
    selection = select(*([] if fields is None else [fields])).where(given.expression)
    if arguments.between is not None:
        first, last = arguments.between
    elif given.request is not None:
        first, last = given.request.start_date, given.request.end_date
    else:
        arguments.usage_error("the following arguments are required: --between")
    brought = {key: getattr(given.request, key) for key in PAGE_KEYS} if given.request is not None else {}
    said = {key: value for key in PAGE_KEYS if (value := getattr(arguments, key, None)) is not None}
    told = brought | said
    selection = selection.between(first, last).paged(**told)
    if arguments.days is not None:
        selection = selection.windows(arguments.days)
    if arguments.draws is not None:
        if not told.get("is_random"):
            arguments.usage_error("--draws needs --random")
        selection = selection.random(draws=arguments.draws)
    plan = selection.plan(wider=arguments.wider)
    if len(plan) > 1 and (told.get("cursor") or told.get("search_id")):
        raise Failure(f"a cursor and a search_id belong to one request, and this takes {len(plan)}: leave them out")
    if given.request is not None:
        _check_days(given.request, plan, {key for key in ("cursor", "search_id") if brought[key] and key not in said})
    return plan


def _check_days(request: Request, plan: Plan, kept: Collection[str]) -> None:
    """Refuse to continue the search of a document on other days than its own."""
    if kept and (plan.start_date, plan.end_date) != (request.start_date, request.end_date):
        names = " and ".join(sorted(kept))
        days = f"{day_text(request.start_date)} to {day_text(request.end_date)}"
        verb, them = ("belongs", "it") if len(kept) == 1 else ("belong", "them")
        raise Failure(
            f"the {names} of the document {verb} to its own days, {days}: take {them} out of the document, "
            "or leave out --between"
        )
