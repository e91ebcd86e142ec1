"""The commands that compile an expression, and explain its plan."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import attrs

from ..errors import NeedsSeveralQueries, ParseError, Problem, ValidationError, raise_errors
from ..language.expressions import Expression, brief, conditions
from ..language.parser import parse
from ..planning.explain import too_fresh
from ..planning.plan import MAX_QUERIES, PAGE_KEYS, Plan, select
from ..requests import curl
from ..requests.query import Query
from ..requests.request import Request
from ..requests.scripts import python_script, r_script
from ..showing import count, laid_out, one_line, shown
from ..spec.query_warnings import value_warnings
from ..spec.validation import NotText, decoded, is_query, read
from ..spec.values import day_text
from ..tables import ALL_FIELDS, API_URL, API_URL_VARIABLE
from .terminal import Failure, bytes_of, put, say


def compile_expression(arguments: argparse.Namespace) -> int:
    """Compile an expression, and print it in the chosen form."""
    given = Given.read(arguments)
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
    fresh = too_fresh(plan, spelt=str)
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
    given = Given.read(arguments)
    plan = plan_of(given, arguments)
    warn_of_values(given)
    put(plan.explain())
    return 0


@attrs.frozen
class Given:
    """The meaning of EXPR: an expression, with what a request around it says."""

    expression: Expression
    #: The paging keys of each request: those of the options, and those of the document that no option overrides.
    page: Mapping[str, Any]
    #: The request that the expression came from, as it was written; empty if there was none.
    document: Mapping[str, Any] = attrs.field(factory=dict)
    #: The fields to ask for: those of the option, or else of a curl command. None means all.
    fields: str | None = None

    @classmethod
    def read(cls, arguments: argparse.Namespace) -> Given:
        """Read EXPR; options override the days and the paging keys of a request before it is checked."""
        said = _said(arguments)
        text = argument = arguments.expression
        if argument == "-" or argument.startswith("@"):
            text = _text(bytes_of(argument.removeprefix("@")))
        fields = getattr(arguments, "fields", None)
        is_curl = curl.is_command(text)
        if is_curl:
            text, fields_of_url = curl.read(text)
            fields = fields or fields_of_url
        elif not text.lstrip().startswith(("{", "[")):  # no expression starts like that
            return cls(_parsed(text, argument), said, fields=fields)
        document, problems = read(text)
        raise_errors(problems)
        if is_query(document) and not is_curl:
            return cls(Query.from_dict(document).to_expression(), said, fields=fields)  # type: ignore[arg-type]
        request = _request(document, arguments, fields)
        page = {key: getattr(request, key) for key in PAGE_KEYS}
        return cls(request.query.to_expression(), page, document, fields)  # type: ignore[arg-type]

    @property
    def days(self) -> tuple[Any, Any] | None:
        """The days of the document, if it has any."""
        found = self.document.get("start_date"), self.document.get("end_date")
        return None if None in found else found


def _parsed(text: str, argument: str) -> Expression:
    try:
        return parse(text, files=True)
    except ParseError:
        if text == argument and os.path.isfile(text):
            raise Failure(f"{one_line(text)} is a file: write @{one_line(text)} to read the expression in it") from None
        raise


def _said(arguments: argparse.Namespace) -> dict[str, Any]:
    """The paging keys that options give."""
    return {key: value for key in PAGE_KEYS if (value := getattr(arguments, key, None)) is not None}


def _request(document: object, arguments: argparse.Namespace, fields: str | None) -> Request:
    """The request in a document, with the options in place of what they override."""
    if not isinstance(document, dict):
        return Request.from_dict(document)  # type: ignore[arg-type]
    changed = {**document, **_said(arguments)}
    has_no_days = document.keys().isdisjoint(_ANY_DAYS) and getattr(arguments, "to", None) in _WITHOUT_DAYS
    if arguments.between is not None or has_no_days:
        changed |= _ANY_DAYS  # the plan has the days asked for, which may be more than one request takes
    try:
        return Request.from_dict(changed, ALL_FIELDS if fields is None else fields)
    except ValidationError as refusal:
        raise ValidationError(map(_with_option, refusal.problems), refusal.subject) from None


def _with_option(problem: Problem) -> Problem:
    """A problem with days that are missing, whose hint names the option that gives them."""
    if problem.code != "missing" or problem.hint is None or "_date" not in problem.message:
        return problem
    return attrs.evolve(problem, hint=f"{problem.hint}, or give both days with --between")


#: What `compile --to` can print without days.
_WITHOUT_DAYS: Final = ("dsl", "query")
#: Stands for days where it does not matter which these are.
_ANY_DAY: Final = "20230101"
_ANY_DAYS: Final = {"start_date": _ANY_DAY, "end_date": _ANY_DAY}


def _text(content: bytes) -> str:
    try:
        return decoded(content)
    except NotText as failure:
        raise Failure(f"the expression is not text{failure.why}; {failure.hint}") from None


def plan_of(given: Given, arguments: argparse.Namespace) -> Plan:
    """The plan, with the days, counts and pages of the document, which options override."""
    selection = select(*([] if given.fields is None else [given.fields])).where(given.expression)
    selection = selection.between(*_days(given, arguments)).paged(**given.page)
    if arguments.days is not None:
        selection = selection.windows(arguments.days)
    if arguments.draws is not None:
        if not given.page.get("is_random"):
            arguments.usage_error("--draws needs --random")
        selection = selection.random(draws=arguments.draws)
    try:
        plan = selection.plan(wider=arguments.wider)
    except NeedsSeveralQueries as refusal:
        raise _too_many(given, arguments.wider) from refusal
    if len(plan) > 1 and (given.page.get("cursor") or given.page.get("search_id")):
        raise Failure(f"a cursor and a search_id belong to one request, and this takes {len(plan)}: leave them out")
    said = _said(arguments)
    _check_days(given, plan, [key for key in ("cursor", "search_id") if given.document.get(key) and key not in said])
    return plan


def _too_many(given: Given, is_wider: bool) -> Failure:
    """The error for an expression of too many queries, with what the command can do about it."""
    fix = "ask for fewer combinations of fields" if is_wider else "try --wider, or ask for fewer combinations of fields"
    return Failure(f"{brief(given.expression)}: this takes more than {MAX_QUERIES} queries; {fix}")


def _days(given: Given, arguments: argparse.Namespace) -> Sequence[Any]:
    """The first and the last day to ask for."""
    if arguments.between is not None:
        return arguments.between  # type: ignore[no-any-return]
    if given.days is not None:
        return given.days
    to, read = getattr(arguments, "to", None), {condition.field_name for condition in conditions(given.expression)}
    if to == "query" and "create_date" not in read:
        return _ANY_DAY, _ANY_DAY  # the query is the same on all days
    return arguments.usage_error("the following arguments are required: --between")  # type: ignore[no-any-return]


def _check_days(given: Given, plan: Plan, kept: Collection[str]) -> None:
    """Refuse to continue the search of a document on other days than its own."""
    if kept and given.days not in (None, (day_text(plan.start_date), day_text(plan.end_date))):
        names = " and ".join(kept)
        days = " to ".join(shown(day).strip("'") for day in given.days or ())
        verb, them = ("belongs", "it") if len(kept) == 1 else ("belong", "them")
        raise Failure(
            f"the {names} of the document {verb} to its own days, {days}: take {them} out of the document, "
            "or leave out --between"
        )
