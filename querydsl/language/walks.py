"""A walk from the leaves up that visits each node once, however often it is shared, and never recurses.

An expression consists of shared objects: `e = (e & ~a) | (~e & a)`, done twenty times, has a hundred nodes. A walk that
visits a shared node each time would visit a million.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

N = TypeVar("N")
T = TypeVar("T")


def folded(
    root: N,
    parts: Callable[[N], Sequence[N]],
    make: Callable[[N, list[T]], T],
    key: Callable[[N], Hashable] = id,
) -> T:
    """Fold a tree: `make` takes a node and the results for its parts; returns the result for the root.

    Nodes with the same key are one. If the key is an identity, the nodes must live as long as the walk.

    >>> folded("root", lambda node: {"root": ("left", "right")}.get(node, ()), lambda node, parts: [node, *parts])
    ['root', ['left'], ['right']]
    """
    made: dict[Hashable, T] = {}
    opened: dict[Hashable, Sequence[N]] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        name = key(node)
        if name in made:
            stack.pop()
        elif name not in opened:
            opened[name] = parts(node)
            stack += reversed(opened[name])
        else:
            stack.pop()
            made[name] = make(node, [made[key(part)] for part in opened.pop(name)])
    return made[key(root)]
