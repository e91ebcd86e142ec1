"""A walk visits each shared node once, and never recurses."""

from __future__ import annotations

from querydsl.language.walks import folded


def test_a_node_that_many_share_is_made_once() -> None:
    parts: dict[int, tuple[int, ...]] = {n: (n - 1, n - 1) for n in range(1, 200)}
    made = []

    def make(node: int, leaves: list[int]) -> int:
        made.append(node)
        return sum(leaves) if leaves else 1

    assert folded(199, lambda node: parts.get(node, ()), make, key=int) == 2**199
    assert made == [*range(200)]


def test_parts_come_in_order() -> None:
    parts = {"a": "bc", "b": "de", "c": "ed"}
    assert folded("a", lambda node: parts.get(node, ""), lambda node, found: "".join(found) or node) == "deed"


def test_no_depth_is_too_deep() -> None:
    depth = folded(50_000, lambda node: [node - 1] if node else [], lambda _, below: sum(below) + 1, key=int)
    assert depth == 50_001
