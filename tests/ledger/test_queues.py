"""What is left to ask: single days are taken out and put back."""

from __future__ import annotations

import pytest

from querydsl.ledger import days as spans
from querydsl.ledger.queues import Queues
from querydsl.ledger.recovery import Job, Recovery


def windows(*bounds, **given):
    return [Job(0, spans.span(*ends), place=place, **given) for place, ends in enumerate(bounds)]


def left(queue):
    return [job.days.spans for job in queue]


class TestSingleDays:
    def test_a_day_is_taken_out_and_put_back(self):
        queues = Queues(windows((1, 5)), [], [])
        probe = queues.take(queues.first[0], 3)
        assert (probe.days.spans, left(queues.first)) == (((3, 3),), [((1, 2), (4, 5))])
        outcome = queues.put_back(probe, "500")
        assert left(queues.first) == [((1, 5),)]
        assert not outcome.failed.spans

    def test_the_last_day_of_a_window_goes_back_to_its_place(self):
        queues = Queues(windows((1, 1), (3, 3), (5, 5)), [], [])
        probe = queues.take(queues.first[1], 3)
        assert left(queues.first) == [((1, 1),), ((5, 5),)]
        queues.put_back(probe, "500")
        assert left(queues.first) == [((1, 1),), ((3, 3),), ((5, 5),)]

    def test_the_last_day_of_a_late_window_has_failed_again(self):
        queues = Queues([], [], windows((1, 1), late=True, once=True))
        outcome = queues.put_back(queues.take(queues.late[0], 1), "500")
        assert outcome.failed == spans.span(1, 1)

    def test_the_windows_after_a_late_day_are_next(self):
        queues = Queues([], [], windows((1, 2), (4, 5), (7, 8), late=True))
        queues.take(queues.late[1], 5)
        assert left(queues.late) == [((4, 4),), ((7, 8),), ((1, 2),)]

    def test_a_search_that_has_started_is_asked_whole(self):
        [job] = started = windows((1, 5))
        job.pages = 2
        queues = Queues(started, [], [])
        [(source, day)] = queues.probes(with_late=True)
        assert (source, day) == (job, None)
        assert queues.take_whole(job).once
        queues.put_back(job, "500")
        assert [*queues.first] == [job]
        assert not job.once


class TestProbes:
    def test_five_days_are_spread_over_all_that_is_left(self):
        queues = Queues(windows((1, 31), (32, 62)), [], windows((70, 90), late=True))
        assert [day for _, day in queues.probes(with_late=True)] == [7, 19, 32, 44, 56]

    def test_windows_put_aside_and_late_ones_come_after_all_others(self):
        queues = Queues([], [Recovery(0, spans.span(1, 5), "500")], windows((6, 10), late=True))
        assert [day for _, day in queues.probes(with_late=True)] == [2, 4, 6, 8, 10]
        assert [day for _, day in queues.probes(with_late=False)] == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize("with_started", [True, False])
    def test_they_are_found_again_after_a_kill(self, with_started):
        def queues():
            first = windows((1, 9), (20, 29))
            first[1].pages, first[1].row = (3, 8) if with_started else (0, None)
            return Queues(first, [Recovery(0, spans.span(40, 42), "500")], windows((50, 52), late=True))

        before, after = queues(), queues()
        chosen = before.probes(with_late=True)
        source, day = chosen.popleft()
        probing = before.take(source, day)
        saved = before.saved(chosen, [probing])
        found = after.found(saved)
        assert len(found) == len(saved)
        assert after.saved(found, []) == saved
        assert saved[0] == (0, day, 0)

    def test_those_that_are_no_longer_to_ask_are_left_out(self):
        assert not Queues(windows((1, 5)), [], []).found([(0, 9, 0), (1, 3, 0), (0, 0, 7)])


class TestLateWindows:
    def test_a_run_after_a_kill_continues_with_the_next_one(self):
        late = windows((1, 2), (4, 5), (7, 8), late=True)
        queues = Queues([], [], late, next_late=1)
        assert left(queues.late) == [((4, 5),), ((7, 8),), ((1, 2),)]
        assert queues.next_late([]) == 1

    def test_one_that_is_being_asked_goes_first(self):
        queues = Queues([], [], windows((1, 2), (4, 5), late=True))
        running = queues.late.popleft()
        assert queues.next_late([running]) == 0
        assert queues.next_late([]) == 1
