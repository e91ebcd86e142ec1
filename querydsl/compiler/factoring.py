"""A plain form -> the normal form: what plays the same part is written once, however many values it has.

    (x & a) | (x & b) = x & (a | b)        (x | a) & (x | b) = x | (a & b)

Values that play the same part come together first, where a | b (or a & b) is one constraint. Then what is common to
several parts is set before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..language.expressions import Expression
from ..language.negation import Kind
from ..language.walks import folded
from .constraints import Constraint, conjoined, disjoined
from .forms import OPPOSITE, Compound, Form, Maker, Part, parts_of, plain_form

#: What the parts of a compound have inside: the constraints and compounds that hold together, or of which one holds.
_Terms = list[tuple[Part, ...]]

#: How often the parts of one compound are put together, each time by all that they share.
_ROUNDS: Final = 12
#: Parts with more inside than this are put together only by what is common to several.
_MAX_INSIDE: Final = 32
#: How deep one factor may stand inside another.
_MAX_NESTED: Final = 8


def normal_form(expression: Expression) -> Form:
    """The normal form of an expression, in time that grows with the number of its distinct parts."""
    plain = plain_form(expression)
    if isinstance(plain, bool):
        return plain
    return folded(plain, parts_of, _Factoring(Maker()).made, key=lambda part: part)


class _Factoring:
    """Factors compounds from the innermost out."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker

    def made(self, part: Part, parts: list[Form]) -> Form:
        return part if isinstance(part, Constraint) else self.compound(part.kind, parts)

    def compound(self, kind: Kind, parts: Sequence[Form], nested: int = 0) -> Form:
        """The compound of parts that are factored already."""
        form = self.maker.merged(kind, parts)
        for _ in range(_ROUNDS):
            terms = _alike(kind, _terms(kind, form))
            if terms is None:
                break
            form = self.maker.merged(kind, [self.maker.merged(OPPOSITE[kind], term) for term in terms])
        return self._with_factors(kind, form, nested) if nested < _MAX_NESTED else form

    def _with_factors(self, kind: Kind, form: Form, nested: int) -> Form:
        """What several parts have in common is set before them, that of the most parts first."""
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
    """What the parts of a compound have inside; of what is no compound of this kind nothing."""
    if not isinstance(form, Compound) or form.kind != kind:
        return []
    return [part.parts if isinstance(part, Compound) else (part,) for part in form.parts]


def _alike(kind: Kind, terms: _Terms) -> _Terms | None:
    """(x & a) | (x & b) = x & (a | b)  where a | b is one constraint, or a constant; None if there is no such x.

    The largest groups come first, and each term is in one group alone.
    """
    groups = [members for members in _by_rest(kind, terms).values() if len(members) > 1]
    found: dict[int, tuple[Part, ...]] = {}
    taken: set[int] = set()
    for members in sorted(groups, key=len, reverse=True):
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
    """Terms, each with one constraint that can merge, by the rest of the term and the field of the constraint."""
    found: dict[tuple[frozenset[Part], str], list[tuple[int, Constraint]]] = {}
    for n, term in enumerate(terms):
        if 1 < len(term) <= _MAX_INSIDE:
            inside = frozenset(term)
            for one in term:
                if isinstance(one, Constraint) and _merges(kind, one):
                    found.setdefault((inside - {one}, one.field), []).append((n, one))
    return found


def _merges(kind: Kind, one: Constraint) -> bool:
    """Whether any two such constraints on a field are one, or a constant."""
    return not isinstance(one.values, frozenset) or one.positive is (kind == "|")
