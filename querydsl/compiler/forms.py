"""Expression -> normal form: negations only at constraints, and values that play the same part written once.

    ~(a & b) = ~a | ~b        ~(a | b) = ~a & ~b        ~~a = a
    x | (x & c) = x           x & (x | c) = x

There are two passes; each visits every distinct part once. The first removes implied parts. The second merges
constraints on one field and takes out common factors (`factoring`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from ..language.expressions import Condition, Expression
from ..language.negation import Kind, negation_normal_form
from .constraints import Constraint, conjoined, constraint, disjoined, exclude, exhaust, implies


@attrs.frozen(eq=False)
class Compound:
    """Constraints and other compounds: all of them ("&") or one of them ("|") must hold.

    A compound is equal only to itself; a `Maker` makes one object for the same parts.
    """

    kind: Kind
    parts: tuple[Part, ...]


Part = Constraint | Compound
#: A normal form. A constant stands alone, never inside a compound.
Form = Part | bool

#: The kind that the compounds directly inside a compound have.
OPPOSITE: Final[dict[Kind, Kind]] = {"&": "|", "|": "&"}

#: With more constraints than this on one field in one compound, implication between them is not checked.
_MAX_BESIDE: Final = 4


def parts_of(form: Part) -> Sequence[Part]:
    """The parts of a compound; a constraint has none."""
    return form.parts if isinstance(form, Compound) else ()


def constraints_of(form: Part) -> list[Constraint]:
    """Every constraint of a form, in order; a shared one comes once."""
    found: dict[Constraint, None] = {}
    seen: set[Part] = set()
    stack: list[Part] = [form]
    while stack:
        part = stack.pop()
        if isinstance(part, Constraint):
            found[part] = None
        elif part not in seen:
            seen.add(part)
            stack += reversed(part.parts)
    return [*found]


def plain_form(expression: Expression) -> Form:
    """The expression with negations only at its conditions, and without implied parts."""
    maker = Maker()

    def leaf(condition: Condition, positive: bool) -> Form:
        given = constraint(condition, positive)
        if isinstance(given.values, frozenset):
            return given
        return given if not (given.values.is_empty or given.values.is_full) else given.values.is_full

    return negation_normal_form(expression, leaf, maker.absorbed)


class TooManySteps(Exception):
    """A form takes more steps than its limit."""


@attrs.define
class Maker:
    """Makes compounds: one object for the same parts. It counts the parts that it visits, up to a limit."""

    #: How many more parts it may visit.
    steps: float = float("inf")
    _made: dict[tuple[Kind, frozenset[Part]], Compound] = attrs.field(factory=dict, init=False)

    def absorbed(self, kind: Kind, parts: Sequence[Form]) -> Form:
        """A compound without the parts that are implied as they stand."""
        flat = self._flat(kind, parts)
        return flat if isinstance(flat, bool) else self._one(kind, _least(flat))

    def merged(self, kind: Kind, parts: Sequence[Form]) -> Form:
        """A compound with the constraints on one field merged, and without constraints that another one implies."""
        left: Sequence[Form] = parts
        while True:
            flat = self._flat(kind, left)
            if isinstance(flat, bool):
                return flat
            together = (disjoined if kind == "|" else conjoined)(part for part in flat if isinstance(part, Constraint))
            if together is None:
                return kind == "|"
            compounds = [part for part in flat if isinstance(part, Compound)]
            beside = _by_field(together)
            narrowed = [self._beside(kind, part, beside) for part in compounds]
            left = [*together, *narrowed]
            if all(new is old for new, old in zip(narrowed, compounds, strict=True)):
                return self._one(kind, _least([*together, *compounds]))

    def _flat(self, kind: Kind, parts: Sequence[Form]) -> list[Part] | bool:
        """Flatten parts of the same kind; return the constant if they make one."""
        decisive = kind == "|"  # one such part decides the whole: true decides "or", false decides "and"
        flat: dict[Part, None] = {}
        for part in parts:
            if isinstance(part, bool):
                if part is decisive:
                    return decisive
            elif isinstance(part, Compound) and part.kind == kind:
                flat.update(dict.fromkeys(part.parts))
            else:
                flat[part] = None
        self.steps -= len(flat)
        if self.steps < 0:
            raise TooManySteps
        return [*flat] or not decisive

    def _one(self, kind: Kind, parts: Sequence[Part]) -> Part:
        if len(parts) == 1:
            return parts[0]
        return self._made.setdefault((kind, frozenset(parts)), Compound(kind, tuple(parts)))

    def _beside(self, kind: Kind, part: Compound, together: dict[str, list[Constraint]]) -> Form:
        """Simplify a part of a compound, given the constraints beside it.

        x | (a & c) = x  where a implies x        x | (a & c) = x | c  where ~x implies a        and their duals
        """
        kept: list[Part] = []
        for one in part.parts:
            same = together.get(one.field, ()) if isinstance(one, Constraint) else ()
            if isinstance(one, Constraint) and len(same) <= _MAX_BESIDE:
                if any(implies(one, other) if kind == "|" else implies(other, one) for other in same):
                    return kind != "|"
                if any(exhaust(one, other) if kind == "|" else exclude(one, other) for other in same):
                    continue
            kept.append(one)
        if len(kept) == len(part.parts):
            return part
        return self._one(part.kind, kept) if kept else kind == "|"


def _by_field(constraints: Iterable[Constraint]) -> dict[str, list[Constraint]]:
    found: dict[str, list[Constraint]] = {}
    for one in constraints:
        found.setdefault(one.field, []).append(one)
    return found


def _least(parts: Sequence[Part]) -> Sequence[Part]:
    """The parts of an "or" without those that imply another part; for an "and", the dual.

    x | (x & c) = x        x | y | ((x | y) & c) = x | y        (x & (y | z)) | (x & y & c) = x & (y | z)
    """
    here = frozenset(parts)
    left = [part for part in parts if isinstance(part, Constraint) or not any(_in(one, here) for one in part.parts)]
    sets = {part: frozenset(part.parts) for part in left if isinstance(part, Compound)}
    wider = _by_rarest_part(sets)
    if not wider:
        return left
    for part in left:
        if part in sets and _implies_another(part, sets, wider):
            del sets[part]  # so that one of two equivalent parts stays
    return [part for part in left if isinstance(part, Constraint) or part in sets]


def _in(one: Part, parts: frozenset[Part]) -> bool:
    """Whether this is one of the parts, or all its parts are among them."""
    return one in parts or (isinstance(one, Compound) and parts.issuperset(one.parts))


def _implies_another(part: Compound, sets: dict[Compound, frozenset[Part]], wider: dict[Part, list[Compound]]) -> bool:
    inside = sets[part]
    others = {other for one in inside for other in wider.get(one, ()) if other is not part and other in sets}
    return any(
        all(one in inside or any(_in(way, inside) for way in parts_of(one)) for one in other.parts) for other in others
    )


def _by_rarest_part(sets: dict[Compound, frozenset[Part]]) -> dict[Part, list[Compound]]:
    """Index compounds by the rarest part that a compound must contain to imply them."""
    counts = Counter(one for inside in sets.values() for one in inside)
    found: dict[Part, list[Compound]] = {}
    for part, inside in sets.items():
        ways = min(map(_ways, inside), key=lambda ways: sum(map(counts.__getitem__, ways)))
        if sum(map(counts.__getitem__, ways)) > 1:
            for one in ways:
                found.setdefault(one, []).append(part)
    return found


def _ways(one: Part) -> tuple[Part, ...]:
    """The candidates: a part that contains none of these cannot imply this part."""
    return (one, *(way.parts[0] if isinstance(way, Compound) else way for way in parts_of(one)), *parts_of(one))
