"""A window that failed: halves, single days, and when it gives up."""

from __future__ import annotations

from querydsl.ledger import days as spans
from querydsl.ledger.recovery import Recovery

MONTH = spans.span(1, 31)


def all_failing(recovery):
    """Ask all parts, and let all of them fail; returns the days of each part."""
    asked, rows = [], iter(range(1, 100))
    while not recovery.is_over:
        job = recovery.next()
        job.row = job.row or (None if job.is_probe else next(rows))
        asked.append(spans.bounds(job.days))
        last = recovery.failed(job, spans.NONE, "500")
    return asked, last


class TestHalving:
    def test_the_older_half_comes_first_depth_first(self):
        recovery = Recovery(0, spans.span(1, 4), "500")
        outcome = recovery.start(anything_answered=True)
        assert [part.days for part in outcome.parts] == [spans.span(1, 2), spans.span(3, 4)]
        asked, _ = all_failing(recovery)
        assert asked == [(1, 2), (1, 1), (2, 2), (3, 4), (3, 3), (4, 4)]

    def test_after_eight_failures_five_days_are_asked_and_the_rest_is_one_span(self):
        recovery = Recovery(0, MONTH, "500")
        recovery.start(anything_answered=True)
        asked, last = all_failing(recovery)
        assert len(asked) == 8 + 5
        assert all(first == end for first, end in asked[8:])
        assert last.failed == MONTH

    def test_a_day_that_answers_among_these_has_the_others_asked(self):
        recovery = Recovery(0, MONTH, "500")
        recovery.start(anything_answered=False)
        job = recovery.next()
        assert (job.days, job.is_probe) == (spans.span(16, 16), True)
        job.pages = 1
        outcome = recovery.finished(job)
        assert [part.days for part in outcome.parts] == [spans.span(1, 15), spans.span(17, 31)]


class TestSilence:
    def test_without_any_answer_five_days_are_asked_before_halving(self):
        recovery = Recovery(0, MONTH, "500")
        assert recovery.start(anything_answered=False) is None
        asked, last = all_failing(recovery)
        assert asked[:5] == [(16, 16), (10, 10), (22, 22), (4, 4), (28, 28)]
        assert asked[5:8] == [(1, 15), (1, 7), (1, 3)]
        assert all(first == end for first, end in asked[8:])
        assert len(asked) == 5 + 3 + 5
        assert last.failed == MONTH

    def test_a_single_remaining_day_is_asked_alone(self):
        recovery = Recovery(0, spans.span(1, 1), "500")
        recovery.start(anything_answered=True)
        assert [part.days for part in recovery.jobs] == [spans.span(1, 1)]


class TestGivingUp:
    def test_parts_that_are_no_longer_asked_have_failed(self):
        recovery = Recovery(0, MONTH, "500")
        recovery.start(anything_answered=True)
        outcome = recovery.give_up()
        assert outcome.failed == MONTH
        assert recovery.give_up() is None
