"""Collections: names, wants, rounds, and the run that has not ended."""

from __future__ import annotations

import attrs
import pytest

from querydsl import Query, Region
from querydsl.ledger import days as spans
from querydsl.ledger.agenda import Want
from querydsl.ledger.rests import Rest
from querydsl.ledger.run_state import RecoveryState, RunState, Windows
from querydsl.ledger.standing import Fields
from querydsl.storage import catalogue
from querydsl.storage.file_format import Damaged, Refused
from querydsl.storage.searches import Target

from .files import NOW

FIELDS = Fields(frozenset({"id", "create_time"}))
WEEK = spans.span(738_521, 738_527)


def begin(database, name, expression="Region == 'US'"):
    return catalogue.begin(database, name, expression, FIELDS, NOW, is_checked=True)


def target(database, collection, **given):
    rest = Rest.of(Query([Region == "US"]))
    want = attrs.evolve(Want(rest, WEEK, FIELDS, 31, 100), **given)
    return Target(want, catalogue.query_number(database, rest), collection.id)


class TestNames:
    def test_without_one_the_expression_is_it(self, database):
        assert begin(database, None).name == "Region == 'US'"
        assert begin(database, None).id == begin(database, None).id == 1

    def test_a_renamed_collection_is_still_that_of_its_expression(self, database):
        catalogue.rename(database, begin(database, None).name, "us")
        assert begin(database, None).name == "us"

    def test_one_expression_may_have_several(self, database):
        assert begin(database, "a").id != begin(database, "b").id

    def test_another_expression_is_refused_with_both(self, database):
        begin(database, "a")
        with pytest.raises(Refused, match=r"'a' in the file asks for Region == 'US', not for Region == 'JP'"):
            begin(database, "a", "Region == 'JP'")


class TestAsked:
    def test_days_add_up(self, database):
        collection = begin(database, None)
        for first, last in ((0, 2), (3, 4), (1, 3)):
            days = spans.span(WEEK.spans[0][0] + first, WEEK.spans[0][0] + last)
            catalogue.ask(database, collection.id, [target(database, collection, days=days)])
        [asked] = catalogue.asked(database, collection.id)
        assert spans.count(asked.days) == 5

    def test_the_most_samples_count(self, database):
        collection = begin(database, None)
        for draws in (3, 5, 2):
            catalogue.ask(database, collection.id, [target(database, collection, draws=draws)])
        assert [asked.draws for asked in catalogue.asked(database, collection.id)] == [5]

    def test_removed_days_leave_their_videos_in_the_collection(self, database):
        collection = begin(database, None)
        wanted = target(database, collection)
        catalogue.ask(database, collection.id, [wanted])
        day = spans.span(*WEEK.spans[0][:1] * 2)
        catalogue.ask_no_more(database, collection.id, [wanted.query], day)
        assert [one.days for one in catalogue.asked(database, collection.id)] == [spans.minus(WEEK, day)]
        catalogue.ask_no_more(database, collection.id, [wanted.query], WEEK)
        assert catalogue.asked(database, collection.id) == []
        assert database.execute("SELECT query_id FROM asked").fetchall() == [(wanted.query,)]
        catalogue.ask(database, collection.id, [wanted])
        assert [one.days for one in catalogue.asked(database, collection.id)] == [WEEK]

    def test_a_round_wants_all_of_it(self, database):
        collection = begin(database, None)
        catalogue.ask(database, collection.id, [target(database, collection)])
        day = spans.span(*WEEK.spans[0][:1] * 2)
        [whole] = catalogue.whole(database, collection, [target(database, collection, days=day)])
        assert whole.want.days == WEEK


class TestRounds:
    def test_an_open_round_is_continued(self, database):
        opened = catalogue.open_round(database, begin(database, "a"), NOW)
        assert (opened.round_after, opened.round_begun_at) == (0, "2026-05-01T12:00:00Z")
        assert catalogue.open_round(database, opened, NOW) == opened
        catalogue.close_round(database, opened.id)
        assert begin(database, "a").round_after is None


class TestCompiled:
    def test_the_first_queries_of_a_rest_stay(self, database):
        collection = begin(database, "a")
        for code in ("US", "JP"):
            catalogue.remember_compiled(database, collection.id, "x", [Rest.of(Query([Region == code]))])
        assert catalogue.compiled(database, collection.id, "x") == [Rest.of(Query([Region == "US"]))]
        assert catalogue.compiled(database, collection.id, "y") is None

    def test_wider_queries_are_remembered_apart(self, database):
        collection = begin(database, "a")
        exact, wider = ([Rest.of(Query([Region == code]))] for code in ("US", "JP"))
        catalogue.remember_compiled(database, collection.id, "x", exact)
        assert not catalogue.asks_wider(database, collection.id)
        catalogue.remember_compiled(database, collection.id, f"{catalogue.WIDER}x", wider)
        assert catalogue.asks_wider(database, collection.id)
        assert catalogue.compiled(database, collection.id, "x") == exact


class TestRun:
    STATE = RunState(7, 3, 2, answered=True, probes=((0, 738_521, 0),), refused=((0, 2),), next_late=1)

    def test_it_is_kept_until_it_ends(self, database):
        collection = begin(database, "a")
        targets = [target(database, collection)]
        windows = Windows(fresh=((0, WEEK),))
        catalogue.begin_run(database, collection.id, windows, RunState(), targets)
        catalogue.keep_state(database, collection.id, self.STATE.to_text([targets[0].query]))
        assert catalogue.run(database, collection.id, targets) == (windows, self.STATE)
        catalogue.end_run(database, collection.id)
        assert catalogue.run(database, collection.id, targets) == (Windows(), RunState())

    def test_what_its_calls_did_not_suffice_for_is_left_to_the_next_run(self, database):
        collection = begin(database, "a")
        targets = [target(database, collection)]
        catalogue.begin_run(database, collection.id, Windows(fresh=((0, WEEK),)), self.STATE, targets)
        left = RunState(recoveries=(RecoveryState(0, 5, "500", late=False, rest=WEEK),))
        catalogue.end_run(database, collection.id, left.to_text([targets[0].query]))
        assert catalogue.run(database, collection.id, targets) == (Windows(), left)

    @pytest.mark.parametrize("column", ["windows", "state"])
    @pytest.mark.parametrize(
        "text", ["", "[]", "7", '{"calls": "x"}', '[[[1, "x"]], [], []]', "[1, 0, 0, 0, null, [1]]"]
    )
    def test_a_damaged_one_is_named(self, database, column, text):
        collection = begin(database, "a")
        targets = [target(database, collection)]
        catalogue.begin_run(database, collection.id, Windows(), RunState(), targets)
        database.execute(f"UPDATE run SET {column} = ?", (text,))
        with pytest.raises(Damaged, match="the table run, row 1"):
            catalogue.run(database, collection.id, targets)
