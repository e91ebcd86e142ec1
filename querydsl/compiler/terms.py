"""Expression -> its normal form, with negations at the literals and the conditions on one field merged; and its terms.

    ~(a & b) = ~a | ~b        ~(a | b) = ~a & ~b        ~~a = a

A `Term` is what one query can hold: literals that all hold, and at most one clause of literals of which one holds.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from ..language.expressions import Expression
from ..language.negation import Kind, Ready, rebuilt, taken_off
from ..spec.value_sets import Days
from .constraints import Literal, fits_box, fits_clause, literal, merged, negated


class Compound(NamedTuple):
    """Literals and other compounds, all of which ("&") or one of which ("|") must hold."""

    kind: Kind
    parts: tuple[Form, ...]


#: A normal form: a constant stands alone, never inside a compound.
Form = Literal | Compound | bool


def normal_form(expression: Expression) -> Form:
    """The normal form of an expression, in time that grows with its size."""
    return rebuilt(expression, lambda condition, positive: _constant(literal(condition, positive)), _compound)


def _constant(said: Literal) -> Form:
    values = said.values
    if isinstance(values, frozenset):
        return said
    return said if not (values.is_empty or values.is_full) else values.is_full


def _compound(kind: Kind, parts: list[Form]) -> Form:
    constant = kind == "|"
    if constant in parts:
        return constant
    flat: list[Form] = []
    for part in parts:
        if isinstance(part, Compound) and part.kind == kind:
            flat += part.parts
        elif not isinstance(part, bool):
            flat.append(part)
    literals = merged(kind, (part for part in flat if isinstance(part, Literal)))
    if literals is constant:
        return constant
    whole: list[Form] = [] if isinstance(literals, bool) else [*literals]
    whole += [part for part in flat if isinstance(part, Compound)]
    if not whole:
        return not constant
    return whole[0] if len(whole) == 1 else Compound(kind, tuple(whole))


def literals_of(form: Form) -> list[Literal]:
    """Every literal of a form, in order, repeats included."""
    found: list[Literal] = []
    stack = [form]
    while stack:
        part = stack.pop()
        if isinstance(part, Literal):
            found.append(part)
        elif isinstance(part, Compound):
            stack += reversed(part.parts)
    return found


# Terms: what one query can hold


class Term(NamedTuple):
    """What one query can hold: literals that must all hold, and a clause of which one must (where there is any)."""

    literals: tuple[Literal, ...] = ()
    clause: tuple[Literal, ...] = ()


class TooManyTerms(Exception):
    """There are more terms than there may be."""


def terms(form: Compound | Literal, most: int) -> list[Term]:
    """Terms that together say what a form says: at most as many as its plain disjunctive form has.

    Raises TooManyTerms instead of making more than `most` at any point, so that each part of the form costs at most so
    many combinations.
    """
    built: list[list[Term]] = []
    stack: list[Form | Ready] = [form]
    while stack:
        part = stack.pop()
        if isinstance(part, Literal):
            built.append(_literal_terms(part))
        elif isinstance(part, Compound):
            stack.append(Ready(part.kind, len(part.parts)))
            stack += reversed(part.parts)
        else:
            assert isinstance(part, Ready)
            lists = taken_off(built, part.size)
            built.append(_either(lists) if part.kind == "|" else _all(lists, most))
            if len(built[-1]) > most:
                raise TooManyTerms
    [found] = built
    return found


def _literal_terms(said: Literal) -> list[Term]:
    if fits_box(said):
        return [Term((said,))]
    if fits_clause(said):
        return [Term((), (said,))]
    return [Term((span,)) for span in _spans(said)]


def _spans(said: Literal) -> list[Literal]:
    """A literal on days, taken apart into its spans."""
    assert isinstance(said.values, Days)
    return [said._replace(values=Days((span,))) for span in said.values.spans]


def _either(lists: list[list[Term]]) -> list[Term]:
    """All the terms; those that are a mere positive literal, or a mere clause, become one clause."""
    clause: list[Literal] = []
    others: list[Term] = []
    for term in (term for given in lists for term in given):
        if not term.literals:
            clause += term.clause
        elif len(term.literals) == 1 and not term.clause and fits_clause(term.literals[0]):
            clause += term.literals
        else:
            others.append(term)
    if not clause:
        return others
    united = merged("|", clause)
    if isinstance(united, bool):
        return [Term()]  # one of them always holds
    if not all(map(fits_clause, united)):  # together they would list too many days
        united = [*dict.fromkeys(clause)]
    if len(united) == 1 and fits_box(united[0]):
        return [Term(tuple(united)), *others]
    return [Term((), tuple(united)), *others]


def _all(lists: list[list[Term]], most: int) -> list[Term]:
    """Every way to take a term from each list, combined."""
    plain = [given[0].literals for given in lists if len(given) == 1 and not given[0].clause]
    literals = merged("&", (said for literals in plain for said in literals))
    if literals is False:
        return []
    found = [Term()] if literals is True else _fitting(literals, ())
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
    literals = merged("&", left.literals + right.literals)
    if isinstance(literals, bool):
        if not literals:
            return []
        literals = []
    kept, apart = sorted((left.clause, right.clause), key=len, reverse=True)
    if not apart or kept == apart:
        return _fitting(literals, kept)
    found: list[Term] = []
    before: list[Literal] = []
    for said in apart:
        held = merged("&", [*literals, said, *before])
        if not isinstance(held, bool):
            found += _fitting(held, kept)
        if fits_box(negated(said)):
            before.append(negated(said))  # costs no query, and no video is found twice
    return found


def _fitting(literals: list[Literal], clause: tuple[Literal, ...]) -> list[Term]:
    """Terms that queries can hold, for literals and a clause that are to hold together."""
    clause = _left_of(clause, literals)
    if clause == (_NOTHING,):
        return []
    if len(clause) == 1 and fits_box(clause[0]):
        held = merged("&", [*literals, *clause])
        assert not isinstance(held, bool)
        literals, clause = held, ()
    wide = next((said for said in literals if not fits_box(said)), None)
    if wide is None:
        return [Term(tuple(literals), clause)]
    others = [said for said in literals if said is not wide]
    if not clause and fits_clause(wide):
        return [Term(tuple(others), (wide,))]
    return [Term((*others, span), clause) for span in _spans(wide)]


_NOTHING = Literal("", frozenset())


def _left_of(clause: tuple[Literal, ...], literals: list[Literal]) -> tuple[Literal, ...]:
    """What a clause still asks for where the literals hold: () if nothing, (_NOTHING,) if what cannot be."""
    left = []
    for said in clause:
        same = [other for other in literals if other.field == said.field]
        together = merged("&", [*same, said])
        if together is False:
            continue
        if together == merged("&", same) and same:
            return ()
        left.append(said)
    return tuple(left) if left or not clause else (_NOTHING,)
