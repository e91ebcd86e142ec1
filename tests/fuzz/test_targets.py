"""Each target keeps its promises for its seeds, and for some changed seeds; `python -m tests.fuzz` tries more."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import pytest

from .changes import SEEDS, changed, seeds, smallest
from .targets import TARGETS


def test_every_target_has_seeds():
    assert sorted(path.name for path in SEEDS.iterdir()) == sorted(TARGETS)
    assert [name for name in TARGETS if not seeds(name)] == []


@pytest.mark.parametrize("name", TARGETS)
def test_a_seed_breaks_nothing(name):
    for text in seeds(name):
        TARGETS[name](text)


@pytest.mark.parametrize("name", TARGETS)
def test_changed_seeds_break_nothing(name):
    random = Random(name)
    texts = [changed(seeds(name), random) for _ in range(100)]
    assert len(set(texts)) > 50
    for text in texts:
        TARGETS[name](text)


def test_a_text_that_breaks_a_target_is_reduced():
    assert smallest("x" * 1_000 + "bad" + "y" * 500 + "b", lambda text: "b" in text and "d" in text) == "bd"


def test_the_driver_says_how_many_it_tried():
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", "0.01", "--seed", "1", "shown"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("shown: ")


def test_the_driver_names_the_existing_targets():
    done = subprocess.run([sys.executable, "-m", "tests.fuzz", "x"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no target is called x" in done.stderr
