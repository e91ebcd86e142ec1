"""Fuzz for some time: `python -m tests.fuzz --seconds 60 [TARGET…]`; ends with status 1 at the first broken promise.

A text that breaks a target is reduced and printed as a Python literal: put it beside the seeds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from random import Random
from time import monotonic

from .changes import changed, seeds, smallest
from .targets import TARGETS


def fuzz(target: Callable[[str], None], texts: list[str], random: Random, seconds: float) -> tuple[int, str | None]:
    """Try a target for some time; returns the number of texts, and the smallest one that breaks it."""

    def breaks(text: str) -> bool:
        try:
            target(text)
        except Exception:
            return True
        return False

    until = monotonic() + seconds
    tried = 0
    while tried == 0 or monotonic() < until:
        text = changed(texts, random)
        tried += 1
        if breaks(text):
            return tried, smallest(text, breaks)
    return tried, None


def main() -> int:
    """Share the time among the targets."""
    asking = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asking.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)} (default: all)")
    asking.add_argument("--seconds", type=float, default=60.0, help="for all targets together (default: 60)")
    asking.add_argument("--seed", type=int, help="of the random changes (default: another each time)")
    asked = asking.parse_args()
    unknown = [name for name in asked.targets if name not in TARGETS]
    if unknown:
        asking.error(f"no target is called {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    names = asked.targets or list(TARGETS)
    for name in names:
        tried, broken = fuzz(TARGETS[name], seeds(name), Random(asked.seed), asked.seconds / len(names))
        sys.stdout.write(f"{name}: {tried:,} texts\n")
        if broken is not None:
            sys.stdout.write(f"{name} breaks on {broken!a}\n")
            TARGETS[name](broken)  # shows how
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
