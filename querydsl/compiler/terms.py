"""A normal form -> its terms. One query holds one term: constraints that must all hold, and at most one clause."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final, NamedTuple

from ..language.walks import folded
from ..spec.value_sets import Spans
from .constraints import Constraint, conjoined, disjoined, fits_and, fits_or, implies, negated
from .forms import Part, parts_of


class Term(NamedTuple):
    """What one query can hold: constraints that must all hold, and a clause, of which one must (if there is any)."""

    constraints: tuple[Constraint, ...] = ()
    clause: tuple[Constraint, ...] = ()


#: Without a table: pairs of terms that are compared, and terms that are made disjoint.
_MAX_PAIRS, _MAX_DISJOINT = 20_000, 100
#: Per field: constraints checked for what they imply, and constraints of another term that may stay open.
_MAX_OPEN: Final = 12


class TooManyTerms(Exception):
    """There are more terms than the limit."""


def terms(form: Part, most: int) -> list[Term]:
    """Terms whose union is a form: at most as many as its plain disjunctive form has.

    Raises TooManyTerms instead of making more than `most` at any point. So each part of the form costs at most that
    number of combinations.
    """

    def made(part: Part, lists: list[list[Term]]) -> list[Term]:
        if isinstance(part, Constraint):
            return _constraint_terms(part)
        found = _either(lists) if part.kind == "|" else _all(lists, most)
        if len(found) > most:
            raise TooManyTerms
        return found

    return folded(form, parts_of, made, key=lambda part: part)


def _constraint_terms(given: Constraint) -> list[Term]:
    if fits_and(given):
        return [Term((given,))]
    if fits_or(given):
        return [Term((), (given,))]
    return [Term((span,)) for span in _spans(given)]


def _spans(given: Constraint) -> list[Constraint]:
    """Split a constraint on an order: one for each of its ranges, and one for all values that may be listed."""
    assert isinstance(given.values, Spans)
    apart = given.values.apart()
    ranges = [span for span in apart if not span.is_listable()]
    listable = given.values.only(*(span.spans[0] for span in apart if span.is_listable()))
    parts = [listable, *ranges] if not listable.is_empty and fits_and(given._replace(values=listable)) else apart
    return [given._replace(values=part) for part in parts if not part.is_empty]


def _either(lists: list[list[Term]]) -> list[Term]:
    """All the terms; those of a single positive constraint, or of a clause alone, become one clause."""
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
    if not all(map(fits_or, united)):  # one condition would list too many values
        united = [*dict.fromkeys(clause)]
    if len(united) == 1 and fits_and(united[0]):
        return [Term(tuple(united)), *others]
    return [Term((), tuple(united)), *others]


def _all(lists: list[list[Term]], most: int) -> list[Term]:
    """Every way to combine one term from each list."""
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
    """The terms that mean "both terms hold"; if both have a clause, one of the clauses is split."""
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
            before.append(negated(one))  # this costs no further query, and no video is found twice
    return found


def _fitting(constraints: list[Constraint], clause: tuple[Constraint, ...]) -> list[Term]:
    """The terms for constraints and a clause that must hold together, as far as queries can hold them."""
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
    """The part of a clause that is open where the constraints hold: () if none; None if they contradict it."""
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


# Terms without a truth table


def without_implied(found: Sequence[Term]) -> list[Term]:
    """The terms without those that imply another one: x | (x & c) = x. A bounded number of pairs is compared."""
    kept = dict.fromkeys(found)
    for term in [*kept][: _MAX_PAIRS // max(len(kept), 1)]:
        said = _Said(term)
        if any(said.leaves_open(other, most=0) == Term() for other in kept if other is not term):
            del kept[term]
    return [*kept]


class _Said:
    """A term, ready to be asked whether it implies others. It may miss an implication, and never invents one."""

    def __init__(self, term: Term) -> None:
        self.clause = term.clause
        self.constraints = frozenset(term.constraints)
        self.by_field: dict[str, list[Constraint]] = {}
        for one in term.constraints:
            self.by_field.setdefault(one.field, []).append(one)

    def leaves_open(self, other: Term, most: int = _MAX_OPEN) -> Term | None:
        """The constraints of another term that none of these implies, and its clause, if it is open; None for more."""
        constraints: list[Constraint] = []
        for one in other.constraints:
            if not self._implies(one):
                if len(constraints) == most:
                    return None
                constraints.append(one)
        is_met = any(map(self._implies, other.clause)) or self._is_within(other.clause)
        return Term(tuple(constraints), () if is_met else other.clause)

    def _implies(self, given: Constraint) -> bool:
        if given in self.constraints:
            return True
        return any(implies(own, given) for own in self.by_field.get(given.field, ())[:_MAX_OPEN])

    def _is_within(self, clause: tuple[Constraint, ...]) -> bool:
        """Whether each way to meet the own clause is a way to meet the other one."""
        by_field = {one.field: one for one in clause}  # days and counts may have several
        return bool(self.clause) and all(
            own.field in by_field and implies(own, by_field[own.field]) for own in self.clause
        )


def disjoint(found: Sequence[Term]) -> list[Term]:
    """Subtract from each term those before it, if the result is plainly one term; of two terms, either one."""
    terms = list(found)
    if len(terms) == 2:
        return _disjoint_pair(*terms)
    for n in range(1, min(len(terms), _MAX_DISJOINT)):
        for before in terms[:n]:
            terms[n] = _less(terms[n], before, listing=False) or terms[n]
    return terms


def _disjoint_pair(first: Term, second: Term) -> list[Term]:
    for listing in (False, True):  # prefer to exclude unknown values, not to list the known ones
        less = _less(second, first, listing)
        if less is not None:
            return [first, less]
        less = _less(first, second, listing)
        if less is not None:
            return [second, less]
    return [first, second]


def _less(term: Term, other: Term, listing: bool) -> Term | None:
    """One term without another, if the result is plainly one term: x & ~(a & b) = x & ~a  where x implies b."""
    left_open = _Said(term).leaves_open(other)
    if left_open is None:
        return None
    constraints, clause = left_open
    opposite = tuple(negated(one) for one in (*constraints, *clause))
    if (len(constraints) == 1 and not clause) or (not constraints and all(map(fits_and, opposite))):
        found = _both(term, Term(opposite))
    elif listing and not clause and not term.clause and all(map(fits_or, opposite)):
        found = _both(term, Term((), opposite))
    else:
        return None
    return found[0] if len(found) == 1 else None
