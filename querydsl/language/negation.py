"""An expression with every "not" taken down to its conditions: the negation normal form, built without recursion.

~(a & b) = ~a | ~b        ~(a | b) = ~a & ~b        ~~a = a
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeVar

from .expressions import And, Condition, Expression, Group, Not

T = TypeVar("T")

#: All of several must hold ("&"), or one of them ("|").
Kind = Literal["&", "|"]


class Ready(NamedTuple):
    """A step of the walk: the last `size` results are the parts of one compound."""

    kind: Kind
    size: int


def pop_last(built: list[T], size: int) -> list[T]:
    """Remove and return the last `size` results: the parts of a compound."""
    parts = built[len(built) - size :]
    del built[len(built) - size :]
    return parts


def negation_normal_form(
    expression: Expression, leaf: Callable[[Condition, bool], T], compound: Callable[[Kind, list[T]], T]
) -> T:
    """Rebuild an expression in negation normal form: `leaf` makes each condition, `compound` each group."""
    built: list[T] = []
    stack: list[tuple[Expression, bool] | Ready] = [(expression, True)]
    while stack:
        step = stack.pop()
        if isinstance(step, Ready):
            built.append(compound(step.kind, pop_last(built, step.size)))
            continue
        node, positive = _below_not(*step)
        if isinstance(node, Condition):
            built.append(leaf(node, positive))
        else:
            kind = _kind(node, positive)
            terms = list(_flattened(node, positive, kind))
            stack.append(Ready(kind, len(terms)))
            stack += reversed(terms)
    [whole] = built
    return whole


def _below_not(node: Expression, positive: bool) -> tuple[Expression, bool]:
    while isinstance(node, Not):
        node, positive = node.term, not positive
    return node, positive


def _kind(node: Expression, positive: bool) -> Kind:
    return "&" if isinstance(node, And) is positive else "|"


def _flattened(node: Expression, positive: bool, kind: Kind) -> Iterator[tuple[Expression, bool]]:
    """The parts of a group; a part that negation makes a group of the same kind is flattened."""
    stack = [(node, positive)]
    while stack:
        part, sign = _below_not(*stack.pop())
        if isinstance(part, Group) and _kind(part, sign) == kind:
            stack += [(term, sign) for term in reversed(part.terms)]
        else:
            yield part, sign
