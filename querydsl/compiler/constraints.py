"""Constraints: what is said of one field, how several merge, and the conditions that say it in a query.

A constraint of a single-valued field says that its value is in a set; one of a many-valued field that the video carries
any, or none, of some values. With S and T such sets, and S' everything else, the laws are:

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

#: Conditions "any of these" on one field, all of which must hold, that a rewrite makes at most.
MAX_REQUIRED: Final = 64


class Constraint(NamedTuple):
    """What is said of one field; `positive` is false only for "carries none of"."""

    field: str
    values: ValueSet | frozenset[str]
    positive: bool = True


def constraint(condition: Condition, positive: bool = True) -> Constraint:
    """What a condition, or its negation, says."""
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
    """As few constraints as say that all of several hold; None where no video can meet them all.

    The order is that in which the fields come first; an empty list asks nothing.
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
    """As few constraints as say that one of several holds; None where every video meets one: a | b = ~(~a & ~b).

    The order is that in which the fields come first; of an empty list nothing holds.
    """
    opposite = conjoined(map(negated, constraints))
    return None if opposite is None else [*map(negated, opposite)]


def _all_in(field: str, group: list[Constraint]) -> list[Constraint] | None:
    """One constraint for several on a single-valued field; None where no value is left."""
    sets = [one.values for one in group if not isinstance(one.values, frozenset)]
    values = meet(sets)
    if values.is_empty:
        return None
    return [] if values.is_full else [Constraint(field, values)]


def _all_carried(field: str, group: list[Constraint]) -> list[Constraint] | None:
    """As few constraints as say the same as several on a many-valued field; None where no video can meet them."""
    absent = frozenset[str]().union(*(one.values for one in group if not one.positive))  # type: ignore[arg-type]
    carried = dict.fromkeys(one.values - absent for one in group if one.positive)  # type: ignore[operator]
    if frozenset() in carried:
        return None
    found = [Constraint(field, absent, positive=False)] if absent else []
    return found + [Constraint(field, values) for values in _smallest(carried)]


def _smallest(sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """The sets that have no other one inside: to carry any of a smaller one says more."""
    given = list(sets)
    single = frozenset[str]().union(*(values for values in given if len(values) == 1))
    several = [values for values in given if values.isdisjoint(single)]
    least = [values for values in several if not any(other < values for other in several)]
    return [values for values in given if len(values) == 1] + least


# Conditions

#: The place of each value of each field in the expression, so that a rewrite lists values as the user did.
Order = Mapping[tuple[str, str], int]

#: Conditions for `and_`, and conditions for `not_`.
AndNot = tuple[list[Condition], list[Condition]]


def and_not(given: Constraint, order: Order) -> AndNot | None:
    """The conditions that say a constraint in the lists and, not; None if they cannot.

    `not` is preferred to a complement: what the tables do not know is then treated as the user wrote.
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
    """The conditions of which one must hold for a constraint to hold, for the list or; None if there are none."""
    values = given.values
    if isinstance(values, Spans):
        return _spans_alternatives(given.field, values)
    if isinstance(values, frozenset):
        return [_one_of(given.field, values, order)] if given.positive else None
    return None if values.excluded else [_one_of(given.field, values.texts, order)]


def fits_and(given: Constraint) -> bool:
    """Whether the lists and, not can say a constraint: all but spans with long gaps."""
    values = given.values
    return not isinstance(values, Spans) or len(values.spans) == 1 or _spans_and_not(given.field, values) is not None


def fits_or(given: Constraint) -> bool:
    """Whether the list or can say a constraint: what is positive, and spans that need no long list."""
    values = given.values
    if isinstance(values, Spans):
        return _spans_alternatives(given.field, values) is not None
    return given.positive if isinstance(values, frozenset) else not values.excluded


#: The place of each value in its documented table.
_PLACES: Final = {name: {value: place for place, value in enumerate(field.values)} for name, field in FIELDS.items()}


def _one_of(field: str, values: Iterable[str], order: Order) -> Condition:
    last = len(order)
    places = _PLACES[field]
    ordered = sorted(values, key=lambda value: (order.get((field, value), last), places.get(value, 0), value))
    return listing(field, ordered)


def listing(field: str, values: Sequence[str]) -> Condition:
    """The condition that lists some values, of which there is at least one."""
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
    """The conditions that all hold for the values of one span."""
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
