"""The searches of a file: they are read as they were written, and outcomes are stored completely."""

from __future__ import annotations

import sqlite3

import pytest

from querydsl import Query, Region
from querydsl.ledger import days as spans
from querydsl.ledger.agenda import Want
from querydsl.ledger.recovery import Job, Outcome, Recovery
from querydsl.ledger.rests import Rest
from querydsl.ledger.standing import Fields
from querydsl.storage import searches
from querydsl.storage.file_format import SCHEMA, Damaged
from querydsl.storage.searches import Target

from .files import NOW

MONTH = spans.span(738_521, 738_551)
SOME = Fields(frozenset({"id", "create_time"}))
TARGET = Target(Want(Rest.of(Query([Region == "US"])), MONTH, SOME, 31, 100), 1, 1)


@pytest.fixture
def database():
    database = sqlite3.connect(":memory:")
    for statement in SCHEMA:
        database.execute(statement)
    yield database
    database.close()


def part(first, last, **given):
    return Job(0, spans.span(MONTH.spans[0][0] + first, MONTH.spans[0][0] + last), **given)


def opened(database, job):
    job.row = searches.open_search(database, TARGET, job)
    return job


def begun(database, job):
    database.execute("UPDATE searches SET began_at = '2026-05-01T12:00:00Z', pages = 2 WHERE id = ?", (job.row,))
    return job


def days_by_state(database):
    found = {}
    for search in searches.read(database, TARGET):
        found.setdefault(search.state, []).append(search.days)
    return {state: spans.union(sets) for state, sets in found.items()}


class TestFields:
    @pytest.mark.parametrize("fields", [SOME, Fields(SOME.names, named=False), Fields(frozenset({"id", "older"}))])
    def test_they_are_read_back(self, fields):
        assert searches.read_fields(searches.fields_text(fields)) == fields

    def test_fields_have_the_documented_order(self):
        assert searches.fields_text(Fields(frozenset({"username", "id"}))) == "id,username"


class TestReading:
    def test_searches_that_are_done_are_one_for_each_day_they_began_on(self, database):
        for first in (0, 3, 4):
            job = begun(database, opened(database, part(first, first)))
            searches.end(database, TARGET, job.row, job.days, NOW)
        [search] = searches.read(database, TARGET)
        assert search.days == spans.union([part(0, 0).days, part(3, 4).days])
        assert search.pages == 6

    def test_only_those_after_a_number_count_in_a_round(self, database):
        for _ in range(2):
            opened(database, part(0, 9))
        assert [search.id for search in searches.read(database, TARGET, after=1)] == [2]

    def test_a_damaged_row_is_named(self, database):
        job = begun(database, opened(database, part(0, 0)))
        searches.end(database, TARGET, job.row, job.days, NOW)
        database.execute("UPDATE searches SET days = 'x'")
        with pytest.raises(Damaged, match="table searches, row 1"):
            searches.read(database, TARGET)


class TestKeeping:
    def test_a_search_that_ended_early_keeps_its_covered_days(self, database):
        job = begun(database, opened(database, part(0, 30)))
        rest = [part(0, 9), part(10, 20)]
        searches.keep(database, TARGET, Outcome(0, job, part(21, 30).days, parts=tuple(rest)), NOW)
        assert days_by_state(database) == {"done": part(21, 30).days, "open": part(0, 20).days}
        assert [one.row for one in rest] == [2, 3]

    def test_a_search_that_failed_is_failed_and_the_root_of_its_parts(self, database):
        job = opened(database, part(0, 30))
        recovery = Recovery(0, job.days, "500")
        searches.keep(database, TARGET, Outcome(0, job, failed=job.days, error="500", recovery=recovery), NOW)
        assert recovery.root == job.row
        opening = recovery.start(anything_answered=True)
        searches.keep(database, TARGET, opening, NOW)
        assert days_by_state(database) == {"open": MONTH}
        assert {search.root for search in searches.read(database, TARGET)} == {job.row}

    def test_covered_days_are_no_longer_failed(self, database):
        job = part(0, 30)
        searches.keep(database, TARGET, Outcome(0, job, failed=job.days, error="500"), NOW)
        done = begun(database, opened(database, part(5, 9)))
        searches.end(database, TARGET, done.row, done.days, NOW)
        assert days_by_state(database)["failed"] == spans.minus(MONTH, part(5, 9).days)

    def test_days_that_fail_again_are_in_one_row(self, database):
        for error, job in (("500", part(0, 30)), ("404", part(3, 3))):
            searches.keep(database, TARGET, Outcome(0, job, failed=job.days, error=error), NOW)
        failed = {search.error: search.days for search in searches.read(database, TARGET)}
        assert failed == {"500": spans.minus(MONTH, part(3, 3).days), "404": part(3, 3).days}
