"""Expression -> its normal form (negations at the constraints, constraints on one field merged), and its terms.

    ~(a & b) = ~a | ~b        ~(a | b) = ~a & ~b        ~~a = a

A `Term` is what one query can hold: constraints that must all hold, and at most one clause, of which one must hold.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from ..language.expressions import Expression
from ..language.negation import Kind, Ready, pop_last, rebuilt
from ..spec.value_sets import Spans
from .constraints import Constraint, conjoined, constraint, disjoined, fits_and, fits_or, negated


class Compound(NamedTuple):
    """Literals and other compounds, all of which ("&") or one of which ("|") must hold."""

    kind: Kind
    parts: tuple[Form, ...]


#: A normal form: a constant stands alone, never inside a compound.
Form = Constraint | Compound | bool


def normal_form(expression: Expression) -> Form:
    """The normal form of an expression, in time that grows with its size."""
    return rebuilt(expression, lambda condition, positive: _constant(constraint(condition, positive)), _compound)


def _constant(given: Constraint) -> Form:
    values = given.values
    if isinstance(values, frozenset):
        return given
    return given if not (values.is_empty or values.is_full) else values.is_full


def _compound(kind: Kind, parts: list[Form]) -> Form:
    constant = kind == "|"  # what one part can make of the whole: "or" becomes true, "and" becomes false
    if constant in parts:
        return constant
    flat: list[Form] = []
    for part in parts:
        if isinstance(part, Compound) and part.kind == kind:
            flat += part.parts
        elif not isinstance(part, bool):
            flat.append(part)
    merged = (disjoined if kind == "|" else conjoined)(part for part in flat if isinstance(part, Constraint))
    if merged is None:
        return constant
    whole: list[Form] = [*merged, *(part for part in flat if isinstance(part, Compound))]
    if not whole:
        return not constant
    return whole[0] if len(whole) == 1 else Compound(kind, tuple(whole))


def constraints_of(form: Compound | Constraint) -> list[Constraint]:
    """Every constraint of a form, in order, repeats included."""
    found: list[Constraint] = []
    stack: list[Form] = [form]
    while stack:
        part = stack.pop()
        if isinstance(part, Constraint):
            found.append(part)
        else:
            assert isinstance(part, Compound)  # a constant stands alone
            stack += reversed(part.parts)
    return found


# Terms: what one query can hold


class Term(NamedTuple):
    """What one query can hold: constraints that must all hold, and a clause of which one must (where there is any)."""

    constraints: tuple[Constraint, ...] = ()
    clause: tuple[Constraint, ...] = ()


class TooManyTerms(Exception):
    """There are more terms than there may be."""


def terms(form: Compound | Constraint, most: int) -> list[Term]:
    """Terms that together say what a form says: at most as many as its plain disjunctive form has.

    Raises TooManyTerms instead of making more than `most` at any point, so that each part of the form costs at most so
    many combinations.
    """
    built: list[list[Term]] = []
    stack: list[Form | Ready] = [form]
    while stack:
        part = stack.pop()
        if isinstance(part, Constraint):
            built.append(_constraint_terms(part))
        elif isinstance(part, Compound):
            stack.append(Ready(part.kind, len(part.parts)))
            stack += reversed(part.parts)
        else:
            assert isinstance(part, Ready)
            lists = pop_last(built, part.size)
            built.append(_either(lists) if part.kind == "|" else _all(lists, most))
            if len(built[-1]) > most:
                raise TooManyTerms
    [found] = built
    return found


def _constraint_terms(given: Constraint) -> list[Term]:
    if fits_and(given):
        return [Term((given,))]
    if fits_or(given):
        return [Term((), (given,))]
    return [Term((span,)) for span in _spans(given)]


def _spans(given: Constraint) -> list[Constraint]:
    """A constraint on an order as one for each of its ranges, and one for all that may be listed."""
    assert isinstance(given.values, Spans)
    apart = given.values.apart()
    ranges = [span for span in apart if not span.is_listable()]
    listable = given.values.only(*(span.spans[0] for span in apart if span.is_listable()))
    parts = [listable, *ranges] if not listable.is_empty and fits_and(given._replace(values=listable)) else apart
    return [given._replace(values=part) for part in parts if not part.is_empty]


def _either(lists: list[list[Term]]) -> list[Term]:
    """All the terms; those that are a mere positive constraint, or a mere clause, become one clause."""
    clause: list[Constraint] = []
    others: list[Term] = []
    for term in (term for given in lists for term in given):
        if not term.constraints:
            clause += term.clause
        elif len(term.constraints) == 1 and not term.clause and fits_or(term.constraints[0]):
            clause += term.constraints
        else:
            others.append(term)
    if not clause:
        return others
    united = disjoined(clause)
    if united is None:
        return [Term()]  # one of them always holds
    if not all(map(fits_or, united)):  # together they would list too many values
        united = [*dict.fromkeys(clause)]
    if len(united) == 1 and fits_and(united[0]):
        return [Term(tuple(united)), *others]
    return [Term((), tuple(united)), *others]


def _all(lists: list[list[Term]], most: int) -> list[Term]:
    """Every way to take a term from each list, combined."""
    plain = [given[0].constraints for given in lists if len(given) == 1 and not given[0].clause]
    constraints = conjoined(one for constraints in plain for one in constraints)
    if constraints is None:
        return []
    found = _fitting(constraints, ())
    others = [given for given in lists if len(given) != 1 or given[0].clause]
    for given in sorted(others, key=lambda one: (len(one), sum(len(term.clause) for term in one))):
        if len(found) * len(given) > most:
            raise TooManyTerms
        found = [term for left, right in product(found, given) for term in _both(left, right)]
        if len(found) > most:
            raise TooManyTerms
    return found


def _both(left: Term, right: Term) -> list[Term]:
    """The terms that say what two terms say together: of two clauses one has to be taken apart."""
    constraints = conjoined(left.constraints + right.constraints)
    if constraints is None:
        return []
    kept, apart = sorted((left.clause, right.clause), key=len, reverse=True)
    if not apart or kept == apart:
        return _fitting(constraints, kept)
    found: list[Term] = []
    before: list[Constraint] = []
    for one in apart:
        together = conjoined([*constraints, one, *before])
        if together is not None:
            found += _fitting(together, kept)
        if fits_and(negated(one)):
            before.append(negated(one))  # costs no query, and no video is found twice
    return found


def _fitting(constraints: list[Constraint], clause: tuple[Constraint, ...]) -> list[Term]:
    """Terms that queries can hold, for constraints and a clause that are to hold together."""
    left = _left_of(clause, constraints)
    if left is None:
        return []
    clause = left
    if len(clause) == 1 and fits_and(clause[0]):
        together = conjoined([*constraints, *clause])
        assert together is not None
        constraints, clause = together, ()
    wide = next((one for one in constraints if not fits_and(one)), None)
    if wide is None:
        return [Term(tuple(constraints), clause)]
    others = [one for one in constraints if one is not wide]
    if not clause and fits_or(wide):
        return [Term(tuple(others), (wide,))]
    return [Term((*others, span), clause) for span in _spans(wide)]


def _left_of(clause: tuple[Constraint, ...], constraints: list[Constraint]) -> tuple[Constraint, ...] | None:
    """What a clause still asks for where the constraints hold: () if nothing, None if it cannot hold beside them."""
    left = []
    for one in clause:
        same = [other for other in constraints if other.field == one.field]
        together = conjoined([*same, one])
        if together is None:
            continue
        if same and together == conjoined(same):
            return ()
        left.append(one)
    return tuple(left) if left or not clause else None
