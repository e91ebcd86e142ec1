"""What a run has to ask, in order."""

from __future__ import annotations

import attrs

from querydsl.ledger import days as spans
from querydsl.ledger.agenda import agenda
from querydsl.ledger.standing import Fields, Search

from .model import DAY_ONE, FIELDS, numbers, want

TODAY = DAY_ONE + 100


def search(first, last, state="done", began=TODAY, number=1, **given):
    return Search(number, spans.span(DAY_ONE + first, DAY_ONE + last), FIELDS, state, began, **given)


def asked(found):
    return [numbers(job.days) for job in found.first]


class TestOrder:
    def test_unfinished_searches_then_days_never_asked_then_unsettled_ones_then_failed_ones(self):
        searches = [
            search(0, 9, "failed"),
            search(97, 99, began=TODAY - 1, number=2),
            search(20, 29, "open", number=3, pages=2, cursor=100, search_id="7"),
        ]
        found = agenda([want(0, 99)], [searches], TODAY, run_calls=1000)
        spans_asked = [(days[0], days[-1]) for days in asked(found)]
        assert spans_asked == [(20, 29), (10, 19), (30, 60), (61, 91), (92, 96), (97, 99)]
        assert [numbers(job.days) for job in found.late] == [[*range(10)]]
        assert found.searches == 7

    def test_adjoining_days_go_into_one_search(self):
        found = agenda([want(0, 9)], [[search(3, 4)]], TODAY, run_calls=1000)
        assert asked(found) == [[0, 1, 2], [5, 6, 7, 8, 9]]

    def test_gaps_of_the_plan_stay_inside_windows(self):
        one = attrs.evolve(want(0, 0), days=spans.union([want(0, 1).days, want(3, 4).days]), bridges=want(2, 2).days)
        assert asked(agenda([one], [[]], TODAY, run_calls=1000)) == [[0, 1, 3, 4]]


class TestUnfinishedSearches:
    OPEN = search(0, 9, "open", pages=2, cursor=100, search_id="7", last_video=(20_005 * 86_400) << 32)

    def test_an_unfinished_search_continues_as_it_started(self):
        [job] = agenda([want(0, 9)], [[self.OPEN]], TODAY, run_calls=1000).first
        assert (job.row, job.cursor, job.search_id, job.resumed) == (1, 100, "7", True)

    def test_it_is_closed_if_only_some_of_its_days_are_wanted(self):
        found = agenda([want(0, 4)], [[self.OPEN]], TODAY, run_calls=1000)
        [(number, closed, covered)] = found.closings
        assert (number, closed.id, numbers(covered)) == (0, 1, [8, 9])
        assert asked(found) == [[0, 1, 2, 3, 4]]

    def test_it_is_closed_if_more_fields_are_wanted(self):
        more = attrs.evolve(want(0, 9), fields=Fields(FIELDS.names | {"username"}))
        assert asked(agenda([more], [[self.OPEN]], TODAY, run_calls=1000)) == [[*range(10)]]

    def test_it_is_closed_if_a_newer_search_has_covered_its_due_days(self):
        stale = search(98, 99, "open", TODAY - 1, pages=2, cursor=100, search_id="7")
        found = agenda([want(98, 99)], [[stale, search(98, 99, began=TODAY - 1, number=2)]], TODAY, run_calls=1000)
        [(_, closed, covered)] = found.closings
        assert (closed.id, covered) == (1, spans.NONE)
        assert [(job.row, numbers(job.days)) for job in found.first] == [(None, [98, 99])]

    def test_it_continues_if_it_is_newer_than_the_search_that_covers_its_days(self):
        newer = search(98, 99, "open", TODAY - 1, pages=2, cursor=100, search_id="7")
        found = agenda([want(98, 99)], [[newer, search(98, 99, began=TODAY - 2, number=2)]], TODAY, run_calls=1000)
        assert (found.closings, [job.row for job in found.first]) == ((), [1])

    def test_it_is_left_alone_if_none_of_its_days_is_wanted(self):
        found = agenda([want(20, 29)], [[self.OPEN]], TODAY, run_calls=1000)
        assert (found.closings, asked(found)) == ((), [[*range(20, 30)]])


class TestSamples:
    def test_those_that_are_missing_are_drawn(self):
        sample = attrs.evolve(want(0, 9), draws=5)
        found = agenda([sample], [[search(0, 9, number=n) for n in range(3)]], TODAY, run_calls=1000)
        assert [job.draw for job in found.first] == [True, True]

    def test_none_of_days_that_lie_ahead(self):
        sample = attrs.evolve(want(101, 109), draws=5)
        assert agenda([sample], [[]], TODAY, run_calls=1000).first == ()
