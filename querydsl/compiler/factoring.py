"""Plain form -> normal form: values that play the same part are written once, however many there are.

    (x & a) | (x & b) = x & (a | b)        (x | a) & (x | b) = x | (a & b)

First, values that play the same part are merged, if a | b (or a & b) is one constraint. Next, "any of some groups of
values of one many-valued field, each carried whole" becomes a conjunction. Last, parts that several others have in
common are written once, before them. `set_apart` separates constraints that share no field with the rest of a form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from ..language.expressions import Expression
from ..language.negation import Kind
from ..language.walks import folded
from .constraints import MAX_REQUIRED, Constraint, conjoined, disjoined, fits_and
from .forms import OPPOSITE, Compound, Form, Maker, Part, TooManySteps, constraints_of, parts_of, plain_form

#: For each part of a compound, its own parts: constraints and compounds that all hold, or of which one holds.
_Terms = list[tuple[Part, ...]]

#: How many rounds merge the parts of one compound.
_ROUNDS: Final = 12
#: Parts with more parts than this are merged by common parts only.
_MAX_INSIDE: Final = 32
#: Limits: sets made to find these conjunctions, and parts of a compound compared with each other.
_MAX_PRODUCT, _MAX_ALTERNATIVES = 512, 256
#: Steps that factoring may take: for each part of a form, and at least.
_STEPS, _MIN_STEPS = 12, 10_000
#: How deep factors may be nested.
_MAX_NESTED: Final = 8


def normal_form(expression: Expression) -> Form:
    """The normal form of an expression, in time proportional to its size; after too many steps, the plain form."""
    plain = plain_form(expression)
    if isinstance(plain, bool):
        return plain
    with suppress(TooManySteps):
        maker = Maker(_MIN_STEPS + _STEPS * _size(plain))
        return folded(plain, parts_of, _Factoring(maker).made, key=lambda part: part)
    return plain


def _size(form: Part) -> int:
    """The number of parts, summed over all distinct compounds."""
    sizes: dict[Part, int] = {}
    folded(form, parts_of, lambda part, _: sizes.setdefault(part, len(parts_of(part))), key=lambda part: part)
    return sum(sizes.values())


class _Factoring:
    """Factors compounds from the innermost out."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker

    def made(self, part: Part, parts: list[Form]) -> Form:
        return part if isinstance(part, Constraint) else self.compound(part.kind, parts)

    def compound(self, kind: Kind, parts: Sequence[Form], nested: int = 0) -> Form:
        """The compound of parts that are already factored."""
        form = self.maker.merged(kind, parts)
        for _ in range(_ROUNDS):
            terms = _alike(kind, _terms(kind, form))
            if terms is None:
                break
            form = self.maker.merged(kind, [self.maker.merged(OPPOSITE[kind], term) for term in terms])
        if kind == "|":
            form = self._with_conjunctions(form)
        return self._with_factors(kind, form, nested) if nested < _MAX_NESTED else form

    def _with_conjunctions(self, form: Form) -> Form:
        """(any S & any T) | any U = any S+U & any T+U  on a many-valued field; no more than one query can hold."""
        if not isinstance(form, Compound) or form.kind != "|" or len(form.parts) > _MAX_ALTERNATIVES:
            return form
        by_field: dict[str, list[Part]] = {}
        for part in form.parts:
            fields = {_carried_field(one) for one in _inside(part)}
            if len(fields) == 1:
                by_field.setdefault(fields.pop(), []).append(part)
        several = {field: parts for field, parts in by_field.items() if field and len(parts) > 1}
        if not several:
            return form
        replaced = {part for parts in several.values() for part in parts}
        found: list[Form] = [part for part in form.parts if part not in replaced]
        for field, parts in several.items():
            for sets in _conjunctions(_sets(part) for part in parts):
                found += [self.maker.merged("&", [Constraint(field, values) for values in sets])]
        return self.maker.merged("|", found)

    def _with_factors(self, kind: Kind, form: Form, nested: int) -> Form:
        """Write a common factor of several parts once, before them; the factor of the most parts comes first."""
        terms = _terms(kind, form)
        places: dict[Part, list[int]] = {}
        for n, term in enumerate(terms):
            for part in term:
                places.setdefault(part, []).append(n)
        found: dict[int, Form] = {}
        taken: set[int] = set()
        for several in sorted((several for several in places.values() if len(several) > 1), key=len, reverse=True):
            left = [n for n in several if n not in taken]
            if len(left) > 1:
                taken.update(left)
                found[left[0]] = self._factored(kind, [terms[n] for n in left], nested)
        if not found:
            return form
        others = (self.maker.merged(OPPOSITE[kind], term) for n, term in enumerate(terms) if n not in taken)
        return self.maker.merged(
            kind, [found[n] if n in found else next(others) for n in range(len(terms)) if n in found or n not in taken]
        )

    def _factored(self, kind: Kind, terms: _Terms, nested: int) -> Form:
        """(x & a) | (x & b) = x & (a | b)"""
        common = frozenset(terms[0]).intersection(*terms[1:])
        rests = [self.maker.merged(OPPOSITE[kind], [part for part in term if part not in common]) for term in terms]
        rest = self.compound(kind, rests, nested + 1)
        return self.maker.merged(OPPOSITE[kind], [*(part for part in terms[0] if part in common), rest])


def _terms(kind: Kind, form: Form) -> _Terms:
    """The parts of each part of a compound; empty if the form is not a compound of this kind."""
    if not isinstance(form, Compound) or form.kind != kind:
        return []
    return [*map(_inside, form.parts)]


def _inside(part: Part) -> tuple[Part, ...]:
    return part.parts if isinstance(part, Compound) else (part,)


def _carried_field(part: Part) -> str:
    """The field, if a part means "carries any of these" on it; otherwise ""."""
    is_one = isinstance(part, Constraint) and isinstance(part.values, frozenset) and part.positive
    return part.field if is_one and isinstance(part, Constraint) else ""


def _sets(part: Part) -> list[frozenset[str]]:
    return [one.values for one in _inside(part) if isinstance(one, Constraint) and isinstance(one.values, frozenset)]


def _conjunctions(alternatives: Iterable[list[frozenset[str]]]) -> list[list[frozenset[str]]]:
    """The fewest lists of sets that mean the same; no list is longer than one query can hold.

    A video meets a list if it carries a value of each set in it. So one list can replace several, if it takes the union
    of one set from each.
    """
    found: list[list[frozenset[str]]] = []
    for sets in sorted(alternatives, key=len):
        together = _either(found[-1], sets) if found else None
        if together is None:
            found.append(sets)
        else:
            found[-1] = together
    return found


def _either(sets: list[frozenset[str]], others: list[frozenset[str]]) -> list[frozenset[str]] | None:
    """The smallest sets that contain one of the sets and one of the others; None if there are too many."""
    both = [one for one in sets if any(other <= one for other in others)]
    apart = [one for one in sets if not any(other <= one for other in others)]
    if len(both) + len(apart) * len(others) > _MAX_PRODUCT:
        return None
    unions = dict.fromkeys([*both, *(one | other for one in apart for other in others)])
    least = [one for one in unions if not any(other < one for other in unions)]
    return least if len(least) <= MAX_REQUIRED else None


def _alike(kind: Kind, terms: _Terms) -> _Terms | None:
    """(x & a) | (x & b) = x & (a | b)  where a | b is one constraint, or a constant; None if there is no such x.

    The largest groups come first, and each term is in exactly one group.
    """
    groups = [members for members in _by_rest(kind, terms).values() if len(members) > 1]
    found: dict[int, tuple[Part, ...]] = {}
    taken: set[int] = set()
    for members in sorted(groups, key=lambda members: (-len(members), members[0][1].field)):
        left = [(n, one) for n, one in members if n not in taken]
        if len(left) > 1:
            taken.update(n for n, _ in left)
            first, replaced = left[0]
            together = (disjoined if kind == "|" else conjoined)(one for _, one in left) or []
            found[first] = tuple(new for one in terms[first] for new in (together if one is replaced else [one]))
    if not found:
        return None
    return [found.get(n, term) for n, term in enumerate(terms) if n in found or n not in taken]


def _by_rest(kind: Kind, terms: _Terms) -> dict[tuple[frozenset[Part], str], list[tuple[int, Constraint]]]:
    """Group terms by one constraint's field and by the rest of the term, for each constraint that can merge."""
    found: dict[tuple[frozenset[Part], str], list[tuple[int, Constraint]]] = {}
    for n, term in enumerate(terms):
        if 1 < len(term) <= _MAX_INSIDE:
            inside = frozenset(term)
            for one in term:
                if isinstance(one, Constraint) and _merges(kind, one):
                    found.setdefault((inside - {one}, one.field), []).append((n, one))
    return found


def _merges(kind: Kind, one: Constraint) -> bool:
    """Whether any two such constraints on a field merge into one constraint, or a constant."""
    return not isinstance(one.values, frozenset) or one.positive is (kind == "|")


# Constraints apart from the rest


def set_apart(form: Part) -> tuple[list[Constraint], Form]:
    """Split a form into constraints that share no field with the rest, and the rest.

    Only constraints that fit the lists `and` and `not` are split off, since one query must hold them with anything.
    Such a constraint c is independent of the rest x, so x & c takes as many queries as x.
    """
    if not isinstance(form, Compound) or form.kind != "&":
        return [], form
    single = [part for part in form.parts if isinstance(part, Constraint) and fits_and(part)]
    by_thing: dict[_Thing, list[Constraint]] = {}
    for one in single:
        for thing in _things(one):
            by_thing.setdefault(thing, []).append(one)
    apart = dict.fromkeys(single)
    bound = [one for part in form.parts if part not in apart for one in constraints_of(part)]
    while bound:
        for thing in _things(bound.pop()):
            for one in by_thing.pop(thing, ()):
                if one in apart:
                    del apart[one]
                    bound.append(one)
    rest = tuple(part for part in form.parts if part not in apart)
    return [*apart], rest[0] if len(rest) == 1 else Compound("&", rest) if rest else True


#: Two constraints are related if they share one of these: a single-valued field, or a value of a many-valued field.
_Thing = tuple[str, str | None]


def _things(one: Constraint) -> Iterable[_Thing]:
    return [(one.field, value) for value in one.values] if isinstance(one.values, frozenset) else [(one.field, None)]
