"""The proof: it runs, and its page says what was measured."""

from __future__ import annotations

import sys
from datetime import date

import pytest

pytest.importorskip("matplotlib")

from . import proof, proof_page
from .proof_page import Job, Killed, Proof

FIGURES = Proof(
    day=date(2026, 11, 26),
    machine="a computer",
    building={"limit: json": 1.0, "querydsl": 2.0},
    checking={"querydsl": (12.5, 10), "other": (5.0, 4)},
    collecting={"bare loop": 1.25, "querydsl": 1.5},
    killed={"querydsl": Killed(5, 52, True), "other": Killed(8, 130, False)},
    jobs=[Job("a job", 5, 36, 12, 48)],
    mistakes=10,
    pages=50,
    videos=5_000,
)


class TestPage:
    def test_it_has_every_figure_and_says_on_which_machine(self):
        page = proof_page.files(FIGURES)["proof.md"]
        assert "on 26 November 2026, on: a computer." in page
        for row in (
            "| limit: json | 1.0 |",
            "| querydsl | 12.5 | 10 |",
            "| bare loop | 1.25 |",
            "| querydsl | 5, and it had all | 52 |",
            "| other | none: each run began anew | 130 |",
            "| a job | 5 | 36 | 12 | 48 |",
        ):
            assert f"\n{row}\n" in page

    def test_its_pictures_are_svg_that_is_the_same_for_the_same_figures(self):
        first, second = (proof_page.files(FIGURES) for _ in range(2))
        assert first == second
        assert all(first[name].startswith("<?xml") for name in ("proof-time.svg", "proof-calls.svg"))
        assert ">querydsl, wider<" in first["proof-calls.svg"]


class TestMeasuring:
    def test_our_check_finds_every_mistake_and_none_in_the_example(self):
        found = proof.checking(proof.Size(rounds=1, repeats=1))
        assert found["querydsl"][1] == len(proof.MISTAKES) == 10

    def test_building_measures_us_and_the_limit(self):
        found = proof.building(proof.Size(rounds=1, repeats=1))
        assert {"limit: json.dumps of a dict", "querydsl, an expression", "querydsl, a Query"} <= found.keys()

    @pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
    def test_killed_again_and_again_collect_gets_on_and_a_bare_loop_begins_anew(self):
        ours, bare = (proof.killed(name, 20) for name in ("ours_collect", "bare"))
        assert ours.got_on
        assert ours.kills >= 4
        assert ours.calls <= 20 + 2 * ours.kills  # the page that was not kept, and one sent before the signal came
        assert (bare.kills, bare.got_on) == (proof.MOST_KILLS, False)
        assert bare.calls >= proof.MOST_KILLS * 4 + 20
