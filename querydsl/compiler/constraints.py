"""Constraints on one field: how to merge them, and how to write them as conditions of a query.

A constraint on a single-valued field says that its value is in a set. A constraint on a many-valued field says that the
video carries any, or none, of some values. S and T are such sets, and S' is the complement of S. The laws are:

    single-valued   (in S) & (in T) = in S∩T            (in S) | (in T) = in S+T           ~(in S) = in S'
    many-valued     (any S) | (any T) = any S+T         (none S) & (none T) = none S+T     ~(any S) = none S
                    (any S) & (none T) = any S-T & none T                  (none S) | (any T) = none S-T | any T
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from ..language.expressions import Condition
from ..spec.value_sets import Spans, ValueSet, complement, meet, value_set
from ..tables import FIELDS

#: The most "any of these" conditions on one field, all of which must hold, that a rewrite makes.
MAX_REQUIRED: Final = 64


class Constraint(NamedTuple):
    """A constraint on one field; `positive` is false only for "carries none of"."""

    field: str
    values: ValueSet | frozenset[str]
    positive: bool = True


def constraint(condition: Condition, positive: bool = True) -> Constraint:
    """The constraint that a condition, or its negation, means."""
    name = condition.field_name
    values = value_set(FIELDS[name], condition.operation, condition.field_values)
    if isinstance(values, frozenset):
        return Constraint(name, values, positive)
    return Constraint(name, values if positive else complement(values))


def negated(given: Constraint) -> Constraint:
    """The opposite of a constraint, which is a constraint too."""
    if isinstance(given.values, frozenset):
        return given._replace(positive=not given.positive)
    return given._replace(values=complement(given.values))


def exclude(one: Constraint, other: Constraint) -> bool:
    """Whether no video can meet both of two constraints on one field."""
    if isinstance(one.values, frozenset) or isinstance(other.values, frozenset):
        absent, carried = sorted((one, other), key=lambda given: given.positive)
        return carried.positive > absent.positive and carried.values <= absent.values  # type: ignore[operator]
    return not one.values.overlaps(other.values)  # type: ignore[arg-type]


def implies(one: Constraint, other: Constraint) -> bool:
    """Whether every video that meets one constraint meets another on its field."""
    return exclude(one, negated(other))


def exhaust(one: Constraint, other: Constraint) -> bool:
    """Whether every video meets one of two constraints on one field."""
    return exclude(negated(one), negated(other))


def conjoined(constraints: Iterable[Constraint]) -> list[Constraint] | None:
    """The fewest constraints that together mean "all of these hold"; None if no video can meet them all.

    Fields keep the order of their first appearance. The result is empty if there is no constraint.
    """
    by_field: dict[str, list[Constraint]] = {}
    for one in constraints:
        by_field.setdefault(one.field, []).append(one)
    found: list[Constraint] = []
    for field, group in by_field.items():
        together = _all_carried(field, group) if FIELDS[field].many_valued else _all_in(field, group)
        if together is None:
            return None
        found += together
    return found


def disjoined(constraints: Iterable[Constraint]) -> list[Constraint] | None:
    """The fewest constraints that mean "one of these holds"; None if every video meets one: a | b = ~(~a & ~b).

    Fields keep the order of their first appearance. An empty result means that nothing holds.
    """
    opposite = conjoined(map(negated, constraints))
    return None if opposite is None else [*map(negated, opposite)]


def _all_in(field: str, group: list[Constraint]) -> list[Constraint] | None:
    """One constraint that means "all hold" on a single-valued field; None if no value is left."""
    sets = [one.values for one in group if not isinstance(one.values, frozenset)]
    values = meet(sets)
    if values.is_empty:
        return None
    return [] if values.is_full else [Constraint(field, values)]


def _all_carried(field: str, group: list[Constraint]) -> list[Constraint] | None:
    """The fewest constraints that mean "all hold" on a many-valued field; None if no video can meet them all."""
    absent = frozenset[str]().union(*(one.values for one in group if not one.positive))  # type: ignore[arg-type]
    carried = dict.fromkeys(one.values - absent for one in group if one.positive)  # type: ignore[operator]
    if frozenset() in carried:
        return None
    found = [Constraint(field, absent, positive=False)] if absent else []
    return found + [Constraint(field, values) for values in _smallest(carried)]


def _smallest(sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """The sets that contain no other one of them: "carries any" of a smaller set is the stronger claim."""
    given = list(sets)
    single = frozenset[str]().union(*(values for values in given if len(values) == 1))
    several = [values for values in given if values.isdisjoint(single)]
    least = [values for values in several if not any(other < values for other in several)]
    return [values for values in given if len(values) == 1] + least


# Conditions

#: The position of each value of each field in the expression, so that a rewrite lists values in the user's order.
Order = Mapping[tuple[str, str], int]

#: Conditions for `and_`, and conditions for `not_`.
AndNot = tuple[list[Condition], list[Condition]]


def and_not(given: Constraint, order: Order) -> AndNot | None:
    """Write a constraint as conditions for the lists `and` and `not`; None if that is impossible.

    `not` is preferred to a complement: then values that the tables do not know are treated as the user wrote.
    """
    values = given.values
    if isinstance(values, Spans):
        return _spans_and_not(given.field, values)
    if isinstance(values, frozenset):
        condition = _one_of(given.field, values, order)
        return ([condition], []) if given.positive else ([], [condition])
    if values.excluded:
        return [], [_one_of(given.field, values.texts, order)]
    if values.table is not None and any((given.field, value) not in order for value in values.texts):
        return [], [_one_of(given.field, values.table - values.texts, order)]
    return [_one_of(given.field, values.texts, order)], []


def alternatives(given: Constraint, order: Order) -> list[Condition] | None:
    """Write a constraint as conditions for the list `or`; None if that is impossible."""
    values = given.values
    if isinstance(values, Spans):
        return _spans_alternatives(given.field, values)
    if isinstance(values, frozenset):
        return [_one_of(given.field, values, order)] if given.positive else None
    return None if values.excluded else [_one_of(given.field, values.texts, order)]


def fits_and(given: Constraint) -> bool:
    """Whether the lists `and` and `not` can hold a constraint: yes, except for spans with long gaps."""
    values = given.values
    return not isinstance(values, Spans) or len(values.spans) == 1 or _spans_and_not(given.field, values) is not None


def fits_or(given: Constraint) -> bool:
    """Whether the list `or` can hold a constraint: yes for positive ones, and for spans that need no long list."""
    values = given.values
    if isinstance(values, Spans):
        return _spans_alternatives(given.field, values) is not None
    return given.positive if isinstance(values, frozenset) else not values.excluded


#: The position of each value in its documented table.
_PLACES: Final = {name: {value: place for place, value in enumerate(field.values)} for name, field in FIELDS.items()}


def _one_of(field: str, values: Iterable[str], order: Order) -> Condition:
    last = len(order)
    places = _PLACES[field]
    ordered = sorted(values, key=lambda value: (order.get((field, value), last), places.get(value, 0), value))
    return listing(field, ordered)


def listing(field: str, values: Sequence[str]) -> Condition:
    """The condition that lists some values; there must be at least one."""
    return Condition(field, "EQ" if len(values) == 1 else "IN", tuple(values))


def _spans_and_not(field: str, values: Spans) -> AndNot | None:
    if len(values.spans) == 1:
        return bounds(field, values), []
    hull = values.hull()
    gaps = meet([hull, complement(values)])
    assert isinstance(gaps, Spans)
    is_shorter = len(values.spans) <= len(gaps.spans) or not gaps.is_listable()
    if values.is_listable() and is_shorter and not any(values.reaches_ends):
        return [listing(field, values.texts())], []
    return (bounds(field, hull), [listing(field, gaps.texts())]) if gaps.is_listable() else None


def bounds(field: str, span: Spans) -> list[Condition]:
    """The conditions that together mean one span of values."""
    [(first, last)] = span.spans
    text = span.scale.text
    from_least, to_most = span.reaches_ends
    if first == last:
        return [listing(field, [text(first)])]
    found = [] if from_least else [Condition(field, "GTE", [text(first)])]
    return found if to_most else [*found, Condition(field, "LTE", [text(last)])]


def _spans_alternatives(field: str, values: Spans) -> list[Condition] | None:
    found: list[Condition] = []
    inner: list[tuple[int, int]] = []
    for one in values.apart():
        if any(one.reaches_ends):
            found += bounds(field, one)
        else:
            inner += one.spans
    if not inner:
        return found
    rest = values.only(*inner)
    return [*found, listing(field, rest.texts())] if rest.is_listable() else None
