"""The tool that measures how near the compiler comes to the fewest queries, and its result."""

from __future__ import annotations

import random

import pytest

from querydsl import to_queries
from tests.benchmarks import fewest, optimality, realistic

#: The fewest queries of the first 60 expressions, as `python -m tests.benchmarks.fewest --count 60` proves them.
OPTIMUM_OF_60 = 137


@pytest.mark.parametrize("name", ["one many-valued field", "two many-valued fields"])
def test_the_proven_optimum_is_that_of_the_exhaustive_search(name: str) -> None:
    pytest.importorskip("pysat")
    from .proven_optimum import optimum  # noqa: PLC0415  # the extra bench alone has it

    atoms = optimality.SETTINGS[name]
    optima = optimality.optima(atoms)
    for selected in random.Random(4).sample(sorted(optima), 30):
        world = realistic.World.of(optimality.expression(atoms, selected))
        assert optimum(world, optima[selected] + 2) == optima[selected]


def test_random_functions_of_five_hashtags_take_the_fewest_queries() -> None:
    """Before a field of five values was searched exactly, they took 1.2 times as many, and at worst 11 instead of 5."""
    pytest.importorskip("pysat")
    from .proven_optimum import optimum  # noqa: PLC0415  # the extra bench alone has it

    for sample in realistic.functions_of_hashtags(30):
        needed = len(to_queries(sample.expression))
        assert needed == optimum(sample.world, needed)


def test_realistic_expressions_take_few_more_queries_than_are_proven_necessary() -> None:
    """At most 2 % more. It was 19 % before terms were combined in pairs."""
    queries = [to_queries(sample.expression) for sample in realistic.samples(60)]
    assert OPTIMUM_OF_60 <= sum(map(len, queries)) <= 1.02 * OPTIMUM_OF_60


def test_the_queries_of_realistic_expressions_are_right() -> None:
    chance = random.Random(1)
    outcomes = [fewest.outcome(sample, 50, chance) for sample in realistic.samples(30, seed=2)]
    assert sum(outcome.wrong for outcome in outcomes) == 0
    assert sum(outcome.matching for outcome in outcomes) > 300
