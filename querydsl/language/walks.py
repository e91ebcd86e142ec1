"""A walk from the parts up, that looks at each node once, however many others share it, and never recurses.

An expression is built of shared objects: `e = (e & ~a) | (~e & a)`, done twenty times, has a hundred nodes, and a
million leaves where each is looked at wherever it stands.
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
    """What `make` gives for the root: it takes a node, and what it gave for each of the node's parts.

    Nodes with the same key are one. A key by identity asks for nodes that live as long as the walk.

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
