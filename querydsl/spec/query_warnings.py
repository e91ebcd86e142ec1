"""The warnings about the conditions of a query: what is allowed, but almost surely not meant.

They are about repeats, about queries that no video (or no day of the window) can meet, and about values that only look
right, such as a list of keywords in one text, or an id that a spreadsheet has rounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from typing import Any, Final

from ..errors import Problem, below, error
from ..showing import shown
from ..tables import FIELDS, QUERY_KEYS
from .query_rules import MAX_PROBLEMS
from .value_sets import Limits, Parts, Spans, complement, days, limits, meet, value_set
from .values import ACCEPTS, BLANKS, day_text, is_rounded_id

#: For each list of a query, its valid conditions with their positions.
_Places = dict[str, list[tuple[int, Parts]]]


def query_warnings(
    query: object, pointer: str, window: tuple[date, date] | None, errors: Sequence[Problem]
) -> list[Problem]:
    """The warnings about a query, at most one more than the limit; `errors` are its problems so far.

    A condition with an operation whose meaning is not known here is an error.
    """
    if not isinstance(query, dict) or len(errors) > MAX_PROBLEMS:
        return []
    wrong = {"/".join(problem.path.removeprefix(pointer).split("/", 3)[:3]) for problem in errors}
    places, open_alternative = _right_conditions(query, wrong)
    of_conditions = chain(_repeats(places), _lookalikes(places), _beside_wrong_values(query, wrong))
    problems = below(pointer, islice(of_conditions, MAX_PROBLEMS + 1))
    if len(problems) <= MAX_PROBLEMS and not _is_plain(places):
        try:
            problems += _contradictions(places, open_alternative, pointer, window)
        except NotImplementedError:
            problems += below(pointer, _not_understood(places))
    return problems


def _right_conditions(query: Mapping[str, Any], wrong: Collection[str]) -> tuple[_Places, bool]:
    """The valid conditions, and whether `or` has an invalid one (which could be the one that matches)."""
    places: _Places = {name: [] for name in QUERY_KEYS}
    open_alternative = False
    for name, found in places.items():
        group = query.get(name, ())
        if not isinstance(group, (list, tuple)):
            open_alternative |= name == "or"
            continue
        for position, condition in enumerate(group):
            if wrong and f"/{name}/{position}" in wrong:
                open_alternative |= name == "or"
            else:
                parts = (condition["field_name"], condition["operation"], tuple(condition["field_values"]))
                found.append((position, parts))
    return places, open_alternative


# Repeats


def _repeats(places: _Places) -> Iterator[Problem]:
    for name, found in places.items():
        seen = set()
        for position, parts in found:
            values = parts[2]
            if len(set(values)) < len(values):
                for problem in _repeated_values(values):
                    yield problem.below(f"/{name}/{position}/field_values")
            if parts in seen:
                path = f"/{name}/{position}"
                yield Problem("warning", "duplicate", path, "this condition is given twice", "leave one out")
            seen.add(parts)


def _repeated_values(values: tuple[str, ...]) -> Iterator[Problem]:
    seen = set()
    for position, value in enumerate(values):
        if value in seen:
            message = f"{shown(value)} is given twice"
            yield Problem("warning", "duplicate", f"/{position}", message, "leave one out")
        seen.add(value)


# Contradictions


def _is_plain(places: _Places) -> bool:
    """Whether each field is named once, and some of its values are left: then there is no contradiction."""
    seen = set()
    for name, found in places.items():
        for _, (field_name, operation, values) in found:
            table = FIELDS[field_name].values
            if (
                field_name in seen
                or field_name == "create_date"
                or operation not in ("EQ", "IN")
                or (name == "not" and table and len(values) >= len(table))
            ):
                return False
            seen.add(field_name)
    return True


def _not_understood(places: _Places) -> Iterator[Problem]:
    """The conditions whose operation is in the tables, but whose allowed values are not known here."""
    for name, found in places.items():
        for position, parts in found:
            refusal = _refusal(parts)
            if refusal is not None:
                hint = "write another operation, or use a version of querydsl that knows this one"
                yield error("operation", f"/{name}/{position}/operation", refusal, hint)


def _refusal(parts: Parts) -> str | None:
    name, operation, values = parts
    try:
        value_set(FIELDS[name], operation, values)
    except NotImplementedError as refusal:
        return str(refusal)
    return None


def _contradictions(
    places: _Places, open_alternative: bool, pointer: str, window: tuple[date, date] | None
) -> Iterator[Problem]:
    """Whether no video can match the query, or none in its window."""
    held, dead = _held(places, open_alternative)
    if held.is_empty or dead:
        message = "no video can match: " + (
            _conflict(held) if held.is_empty else "none of the alternatives in 'or' fits the rest"
        )
        yield Problem("warning", "contradiction", pointer, message, "take out or widen one of these conditions")
    elif window is not None:
        yield from _outside_window(places, open_alternative, pointer, window)


def _held(places: _Places, open_alternative: bool, also: Sequence[Parts] = ()) -> tuple[Limits, bool]:
    """The values that `and`, `not` and `also` leave, and whether they contradict every condition of `or`."""
    required, alternatives, excluded = ([parts for _, parts in places[name]] for name in QUERY_KEYS)
    held = limits([*required, *also], excluded)
    return held, bool(alternatives) and not open_alternative and not any(held.allows(parts) for parts in alternatives)


def _conflict(held: Limits) -> str:
    for name, values in held.left.items():
        if values.is_empty:
            return f"the conditions on {name} leave no value"
    return "a condition asks for what 'not' excludes"


def _outside_window(
    places: _Places, open_alternative: bool, pointer: str, window: tuple[date, date]
) -> Iterator[Problem]:
    """Warn of each condition on create_date that no day of the window meets; if each is met alone, of all together."""
    dated = [
        (name, position, parts)
        for name in ("and", "not", "or")
        for position, parts in places[name]
        if parts[0] == "create_date"
    ]
    inside = days(*window)
    start, end = map(day_text, window)
    hint = "change the condition, or start_date and end_date"
    outside = False
    for name, position, (_, operation, values) in dated:
        allowed = value_set(FIELDS["create_date"], operation, values)
        assert isinstance(allowed, Spans)
        if meet([complement(allowed) if name == "not" else allowed, inside]).is_empty:
            outside = True
            excludes = f"this excludes every day from {start} to {end}"
            message = excludes if name == "not" else f"no day from {start} to {end} meets this"
            yield Problem("warning", "outside-window", f"{pointer}/{name}/{position}", message, hint)
    if dated and not outside:
        also = [("create_date", "GTE", (start,)), ("create_date", "LTE", (end,))]
        held, dead = _held(places, open_alternative, also)
        if held.is_empty or dead:
            name, position, _ = dated[0]
            message = f"no day from {start} to {end} meets this and the other conditions"
            yield Problem("warning", "outside-window", f"{pointer}/{name}/{position}", message, hint)


# Values that only look right


def _lookalikes(places: _Places) -> Iterator[Problem]:
    for name, found in places.items():
        for position, (field_name, _, values) in found:
            judged = _judged(field_name)
            if judged is not None and judged[0].search("\0".join(values)):
                for problem in value_warnings(field_name, values):
                    yield problem.below(f"/{name}/{position}/field_values")


def _beside_wrong_values(query: Mapping[str, Any], wrong: Collection[str]) -> Iterator[Problem]:
    """The warnings about the valid values of conditions that have other errors."""
    for path in sorted(wrong):
        name, _, position = path[1:].partition("/")
        if name in QUERY_KEYS and position:
            condition = query[name][int(position)]
            if isinstance(condition, dict):
                field_name, values = condition.get("field_name"), condition.get("field_values")
                if isinstance(field_name, str) and field_name in FIELDS and isinstance(values, (list, tuple)):
                    for problem in value_warnings(field_name, values):
                        yield problem.below(f"{path}/field_values")


def value_warnings(field_name: str, values: Sequence[object]) -> Iterator[Problem]:
    """The warnings about accepted values of a field; the paths are their positions: /0, /1, …

    >>> for problem in value_warnings("keyword", ["cat", "cat, dog", "1,000"]):
    ...     print(problem.path, problem)
    /1 'cat, dog' is searched as one text, with its commas; write each as a value of its own, with IN: 'cat', 'dog'
    """
    judged = _judged(field_name)
    if judged is None:
        return
    _, judge = judged
    for position, value in enumerate(values):
        if isinstance(value, str):
            found = judge(value)
            if found is not None and ACCEPTS[field_name](value):
                yield Problem("warning", "lookalike", f"/{position}", *found)


def _judged(field_name: str) -> tuple[re.Pattern[str], Callable[[str], _Odd | None]] | None:
    return _JUDGES.get(field_name) or _JUDGES.get(FIELDS[field_name].form)


#: What is odd about a value, and the fix.
_Odd = tuple[str, str]


def _odd_hashtag(value: str) -> _Odd | None:
    for between, what in ((_COMMA, "commas"), (_SEMICOLON, "semicolons"), (_OPERATOR, "operators")):
        if between.search(value):
            return f"{shown(value)} is searched as one hashtag, with its {what}", _each(between.split(value))
    if _BLANK.search(value):
        joined = _BLANK.sub("", value)
        return (
            f"{shown(value)} has a blank, and no hashtag has one",
            f"write {shown(joined)}, or {_each(value.split())}",
        )
    return _quotes_around(value)


def _odd_keyword(value: str) -> _Odd | None:
    if value.startswith("#"):
        bare = value.lstrip("#" + BLANKS)
        hint = f"for the hashtag write hashtag_name {shown(bare)}, for the word leave the # out"
        return f"{shown(value)} is searched in the description, with its #", hint
    if _OPERATOR.search(value) and not value.isupper():
        words = [word.strip(BLANKS + "()\"'") for word in _OPERATOR.split(value)]
        only_or = not _AND_NOT.search(value)
        hint = _each(words) if only_or else f"write a condition for each, in 'and' or in 'not': {_quoted(words)}"
        return f"{shown(value)} is searched as one text: a keyword has no operators", hint
    if "," in value and all(map(_is_short, value.split(","))) and not _THOUSANDS.search(value):
        return f"{shown(value)} is searched as one text, with its commas", _each(value.split(","))
    return _quotes_around(value)


def _odd_username(value: str) -> _Odd | None:
    address = _ACCOUNT.search(value)
    if address:
        return f"{shown(value)} is the address of an account, not its username", f"write {shown(address[1])}"
    if "://" in value or "/" in value:
        return f"{shown(value)} is an address, not a username", "write what stands after the @ in it"
    for between, what in ((_COMMA, "commas"), (_SEMICOLON, "semicolons")):
        if between.search(value):
            return f"{shown(value)} is searched as one username, with its {what}", _each(between.split(value))
    if _BLANK.search(value):
        hint = "write the name in the address of the account, after the @: tiktok.com/@…"
        return f"{shown(value)} has a blank, and no username has one", hint
    return _quotes_around(value)


def _quotes_around(value: str) -> _Odd | None:
    inside = value[1:-1].strip(BLANKS + "#@")
    if not inside or value[0] not in _QUOTES or value[-1] not in _QUOTES:
        return None
    return f"{shown(value)} is searched with its quotes", f"write {shown(inside)}"


def _odd_id(value: str) -> _Odd | None:
    if not is_rounded_id(value):
        return None
    zeros = len(value) - len(value.rstrip("0"))
    message = f"{shown(value)} ends in {zeros} zeros, as a spreadsheet or a float rounds an id"
    return message, "take the id as text from where it came: its last digits are lost here"


#: Up to this number of words between two commas, a text looks like a list; above, like a sentence.
_WORDS: Final = 3
_BLANKS: Final = re.escape(BLANKS)
_BLANK: Final = re.compile(f"[{_BLANKS}]+")
_COMMA: Final = re.compile("[,\uff0c\u3001]")
_SEMICOLON: Final = re.compile("[;\uff1b]")
_QUOTES: Final = "\"'\u2018\u2019\u201c\u201d"
_THOUSANDS: Final = re.compile(r"[0-9],[0-9]")
_OPERATOR: Final = re.compile(r"(?<=\S)\s+(?:OR|AND|AND NOT|OR NOT)\s+(?=\S)|^NOT\s+(?=\S)|\s*(?:&&|\|\|)\s*")
_AND_NOT: Final = re.compile(r"\b(?:AND|NOT)\b|&&")
_ACCOUNT: Final = re.compile(r"(?:^|[/.])tiktok\.com/@([^/?#\s]+)", re.IGNORECASE)


def _is_short(member: str) -> bool:
    return 0 < len(member.split()) <= _WORDS


def _each(members: Iterable[str]) -> str:
    return f"write each as a value of its own, with IN: {_quoted(members)}"


def _quoted(members: Iterable[str]) -> str:
    """The members of a list that was written as one text; only the first ones if there are many."""
    words = [word for word in (member.strip(BLANKS + '#@"') for member in members) if word]
    return ", ".join(map(shown, words[:_LISTED])) + (", …" if len(words) > _LISTED else "")


_LISTED: Final = 5

#: For each field, or form of fields: a pattern that every lookalike has somewhere, and the function that judges a
#: value. The values of one condition are searched at once for the pattern, joined with NUL: nearly all have none.
_JUDGES: Final[dict[str, tuple[re.Pattern[str], Callable[[str], _Odd | None]]]] = {
    "hashtag_name": (re.compile(f"[{_BLANKS},\uff0c\u3001&|;\uff1b{_QUOTES}]"), _odd_hashtag),
    "keyword": (re.compile(rf"(?<![^\0])#|,|\b(?:OR|AND|NOT)\b|&&|\|\||[{_QUOTES}]"), _odd_keyword),
    "username": (re.compile(f"[{_BLANKS},\uff0c\u3001/;\uff1b{_QUOTES}]"), _odd_username),
    "id": (re.compile(r"0000(?![^\0])"), _odd_id),
}
