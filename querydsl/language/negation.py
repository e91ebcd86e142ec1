"""An expression with every "not" moved down to its conditions: the negation normal form, built without recursion.

~(a & b) = ~a | ~b        ~(a | b) = ~a & ~b        ~~a = a
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeVar

from .expressions import And, Condition, Expression, Group, Not
from .walks import folded

T = TypeVar("T")

#: Whether all of several must hold ("&"), or one of them ("|").
Kind = Literal["&", "|"]

#: An expression, and whether it must hold or must not.
_Signed = tuple[Expression, bool]


def negation_normal_form(
    expression: Expression, leaf: Callable[[Condition, bool], T], compound: Callable[[Kind, list[T]], T]
) -> T:
    """Rebuild an expression in negation normal form: `leaf` makes each condition, `compound` each group.

    A shared part is made once. A group has no part twice.
    """

    def make(signed: _Signed, made: list[T]) -> T:
        node, positive = signed
        return leaf(node, positive) if isinstance(node, Condition) else compound(_kind(node, positive), made)

    return folded(_below_not(expression, True), _parts, make, key=_identity)


def _identity(signed: _Signed) -> tuple[int, bool]:
    return id(signed[0]), signed[1]


def _below_not(node: Expression, positive: bool) -> _Signed:
    while isinstance(node, Not):
        node, positive = node.term, not positive
    return node, positive


def _kind(node: Expression, positive: bool) -> Kind:
    return "&" if isinstance(node, And) is positive else "|"


def _parts(signed: _Signed) -> Sequence[_Signed]:
    return [] if isinstance(signed[0], Condition) else [*_flattened(*signed)]


def _flattened(node: Expression, positive: bool) -> Iterator[_Signed]:
    """The parts of a group; parts of the same kind are flattened."""
    kind = _kind(node, positive)
    seen = set()
    stack = [(node, positive)]
    while stack:
        signed = _below_not(*stack.pop())
        if _identity(signed) in seen:
            continue
        seen.add(_identity(signed))
        part, sign = signed
        if isinstance(part, Group) and _kind(part, sign) == kind:
            stack += [(term, sign) for term in reversed(part.parts)]
        else:
            yield signed
