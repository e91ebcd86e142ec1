"""Runs of the driver with the model: what is asked, in which order, and with how many calls."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl.ledger import days as spans
from querydsl.ledger.recovery import PROBES

from .model import DAY_ONE, Api, File, Killed, Run, numbers, stands, want

LATER = DAY_ONE + 1_000


class TestFailingDays:
    def test_a_window_that_fails_keeps_no_other_from_being_asked(self):
        api = Api(bad=range(31, 62))
        file = File()
        Run(api, file, [want(0, 364)], LATER)
        assert numbers(stands(file, want(0, 364), LATER).done) == [*range(31), *range(62, 365)]
        assert numbers(stands(file, want(0, 364), LATER).failed) == [*range(31, 62)]

    @pytest.mark.parametrize("attempts", [1, 5])
    @pytest.mark.parametrize("workers", [1, 4])
    @pytest.mark.parametrize("others", [0, 62])
    def test_31_bad_days_cost_at_most_13_calls_more_than_the_attempts(self, attempts, workers, others):
        api = Api(bad=range(31))
        run = Run(api, File(), [want(0, 30 + others)], LATER, attempts=attempts, workers=workers)
        assert run.failures <= attempts + 13
        assert numbers(stands(run.file, want(0, 30), LATER).failed) == [*range(31)]

    @pytest.mark.parametrize("bad", range(31))
    @pytest.mark.parametrize("others", [0, 62])
    def test_one_bad_day_of_31_costs_at_most_11_calls_more_than_the_attempts(self, bad, others):
        api = Api(bad=[bad], page_size=100)
        run = Run(api, File(), [want(0, 30 + others)], LATER)
        assert run.calls <= 5 + 11 + others // 31
        assert numbers(stands(run.file, want(0, 30), LATER).failed) == [bad]

    @pytest.mark.parametrize("attempts", [1, 5])
    def test_a_bad_fortnight_of_31_days_costs_at_most_38_calls_more_than_the_attempts(self, attempts):
        calls = []
        for first in range(31 - 14 + 1):
            api = Api(bad=range(first, first + 14), page_size=100)
            run = Run(api, File(), [want(0, 30 + 62)], LATER, attempts=attempts)
            assert numbers(stands(run.file, want(0, 30), LATER).failed) == [*range(first, first + 14)]
            calls.append(run.calls - 2)  # without the two other windows
        assert max(calls) == attempts + 38

    @pytest.mark.parametrize("workers", [1, 4])
    def test_days_that_fail_where_single_days_are_asked_first_keep_no_other_from_being_asked(self, workers):
        bad = sorted(day - DAY_ONE for day in spans.spread(want(0, 30).days, PROBES))
        run = Run(Api(bad=bad), File(), [want(0, 30)], LATER, workers=workers)
        assert numbers(stands(run.file, want(0, 30), LATER).failed) == bad

    @given(st.sets(st.integers(0, 92)), st.sampled_from([1, 4]), st.randoms(use_true_random=False))
    def test_all_good_days_are_read_if_one_of_them_answers(self, bad, workers, random):
        file = File()
        run = Run(Api(bad=bad), file, [want(0, 92)], LATER, workers=workers, random=random)
        stood = stands(file, want(0, 92), LATER)
        assert {*numbers(stood.failed), *numbers(stood.to_ask)} >= bad
        assert not {*numbers(stood.done)} & bad
        whole = [{*range(first, first + 31)} for first in (0, 31, 62)]
        if not any(window <= bad for window in whole) and len(bad) < 10:
            assert {*numbers(stood.failed)} == bad
        assert run.finished or numbers(stood.to_ask)


class TestDeadApi:
    @pytest.mark.parametrize(("workers", "most"), [(1, 60), (4, 100)])
    def test_sixty_windows_cost_few_calls(self, workers, most):
        run = Run(Api(dead=lambda _: True), File(), [want(0, 60 * 31 - 1)], LATER + 2_000, workers=workers)
        assert run.calls <= most
        assert not run.finished
        assert len(numbers(stands(run.file, run.wants[0], run.today).to_ask)) >= 40 * 31

    @pytest.mark.parametrize("windows", range(1, 12))
    def test_fewer_windows_cost_few_calls(self, windows):
        run = Run(Api(dead=lambda _: True), File(), [want(0, windows * 31 - 1)], LATER)
        assert run.calls <= 60

    def test_once_a_single_day_answers_the_run_goes_on(self):
        run = Run(Api(dead=lambda call: call <= 42), File(), [want(0, 60 * 31 - 1)], LATER + 2_000)
        assert run.finished
        assert numbers(stands(run.file, run.wants[0], run.today).to_ask) == []

    def test_the_next_run_asks_untried_days_first(self):
        file = File()
        Run(Api(dead=lambda _: True), file, [want(0, 60 * 31 - 1)], LATER + 2_000)
        api = Api()
        Run(api, file, [want(0, 60 * 31 - 1)], LATER + 2_000)
        assert numbers(stands(file, want(0, 60 * 31 - 1), LATER + 2_000).done) == [*range(60 * 31)]
        assert api.begun[0][1][0] == 8 * 31


class TestRefusedQueries:
    def test_a_refused_query_costs_three_calls_and_fails_whole(self):
        api = Api(refused=lambda job: job.want == 0)
        wants = [want(0, 364), want(0, 364, 1)]
        run = Run(api, File(), wants, LATER)
        assert run.failures == 3
        assert numbers(stands(run.file, wants[0], LATER).failed) == [*range(365)]
        assert numbers(stands(run.file, wants[1], LATER).done) == [*range(365)]

    def test_a_refused_query_of_a_single_window_fails_whole(self):
        run = Run(Api(refused=lambda _: True), File(), [want(0, 30)], LATER)
        assert run.failures == 3
        assert numbers(stands(run.file, want(0, 30), LATER).failed) == [*range(31)]

    def test_where_one_day_is_accepted_the_others_are_asked(self):
        api = Api(refused=lambda job: spans.count(job.days) > 3)
        run = Run(api, File(), [want(0, 92)], LATER)
        assert numbers(stands(run.file, want(0, 92), LATER).done) == [*range(93)]


class TestLaterRuns:
    @pytest.mark.parametrize("workers", [1, 4])
    def test_failures_cost_at_most_fifty_calls(self, workers):
        file, bad = File(), [day for day in range(730) if day % 2]
        api = Api(bad=bad)
        while numbers(stands(file, want(0, 729), LATER).to_ask):
            Run(api, file, [want(0, 729)], LATER)
        run = Run(api, file, [want(0, 729)], LATER, workers=workers)
        assert 0 < run.failures <= 50
        assert numbers(stands(file, want(0, 729), LATER).failed) == bad

    @pytest.mark.parametrize("workers", [1, 4])
    @pytest.mark.parametrize("still_bad", [120, 200])
    def test_failures_cost_at_most_fifty_calls_with_probes(self, workers, still_bad):
        file, api = File(), Api(bad=range(0, 300, 2))
        while numbers(stands(file, want(0, 299), LATER).to_ask):
            Run(api, file, [want(0, 299)], LATER)
        api.bad = range(0, still_bad, 2)
        run = Run(api, file, [want(0, 299)], LATER, attempts=2, workers=workers)
        assert 0 < run.failures <= 50
        assert {*numbers(stands(file, want(0, 299), LATER).done)} > {*range(1, 300, 2)}

    def test_days_behind_one_that_answers_are_asked_next(self):
        file, api = File(), Api(bad=range(0, 300, 2))
        while numbers(stands(file, want(0, 299), LATER).to_ask):
            Run(api, file, [want(0, 299)], LATER)
        api.bad = range(0, 120, 2)
        Run(api, file, [want(0, 299)], LATER)
        assert len(numbers(stands(file, want(0, 299), LATER).done)) > 150 + 60

    @pytest.mark.parametrize("workers", [1, 4])
    @pytest.mark.parametrize("number", [0, 1])
    def test_a_recovered_day_is_finally_read_despite_earlier_failing_days(self, workers, number):
        file, api = File(), Api(bad=range(0, 130, 2))
        wants = [want(0, 129), want(0, 129, 1)]
        while any(numbers(stands(file, one, LATER).to_ask) for one in wants):
            Run(api, file, wants, LATER)
        api.bad = range(0, 128, 2)
        for _ in range(130 // 8 + 1):
            Run(api, file, wants, LATER, workers=workers)
        assert 128 in numbers(stands(file, wants[number], LATER).done)

    def test_adjoining_failed_days_are_one_window_and_one_attempt_after_everything_else(self):
        file = File()
        Run(Api(bad=range(10, 20)), file, [want(0, 30)], LATER)
        api = Api()
        run = Run(api, file, [want(0, 40)], LATER)
        assert run.calls == 10 + 10
        assert api.begun == [(0, (*range(31, 41),)), (0, (*range(10, 20),))]

    @pytest.mark.parametrize("extended", [0, 10])
    @pytest.mark.parametrize("first", range(18))
    def test_a_fortnight_that_fails_again_costs_the_same_whether_something_else_has_answered_or_not(
        self, first, extended
    ):
        api = Api(bad=range(first, first + 14), page_size=100)
        file = File()
        Run(api, file, [want(0, 30)], LATER)
        assert Run(api, file, [want(0, 30 + extended)], LATER).failures == 1 + 13

    @pytest.mark.parametrize("max_calls", range(1, 25))
    def test_what_failed_in_a_run_that_its_calls_ended_is_asked_by_the_next(self, max_calls):
        file = File()
        Run(Api(bad=[3]), file, [want(0, 61)], LATER, attempts=2, max_calls=max_calls)
        Run(Api(), file, [want(0, 61)], LATER)
        assert numbers(stands(file, want(0, 61), LATER).done) == [*range(62)]


class TestSettling:
    def test_extending_by_a_day_asks_no_done_day(self):
        file = File()
        Run(Api(), file, [want(0, 30)], LATER)
        api = Api()
        Run(api, file, [want(0, 31)], LATER)
        assert api.begun == [(0, (31,))]

    def test_a_day_is_asked_again_on_a_later_day_until_it_is_settled(self):
        file, api = File(), Api(late=lambda _: 2)
        for today in range(5, 10):
            for _ in range(2):
                Run(api, file, [want(0, 5)], DAY_ONE + today)
        asked = [days for _, days in api.begun]
        assert asked == [(0, 1, 2, 3, 4, 5), (3, 4, 5), (4, 5), (5,)]
        assert {(video >> 32) // 86_400 - 20_000 for _, video in file.videos} == {*range(6)}

    def test_days_ahead_are_not_asked(self):
        api = Api()
        run = Run(api, File(), [want(0, 9)], DAY_ONE + 4)
        assert api.begun == [(0, (0, 1, 2, 3, 4))]
        assert numbers(stands(run.file, want(0, 9), DAY_ONE + 4).ahead) == [5, 6, 7, 8, 9]


class TestHeadway:
    @pytest.mark.parametrize("densest", [1, 5, 17])
    def test_each_run_that_can_page_through_the_densest_day_covers_one(self, densest):
        file, api = File(), Api(pages=lambda day: 1 + day % densest)
        api.forgets = lambda began, _: began <= boundary
        covered, runs = 0, 0
        while covered < 31:
            boundary = api.calls
            Run(api, file, [want(0, 30)], LATER, max_calls=densest + 3)
            before, covered = covered, len(numbers(stands(file, want(0, 30), LATER).done))
            runs += 1
            assert covered > before or runs == 1
        assert len(file.videos) == sum(1 + day % densest for day in range(31))

    @given(
        st.lists(st.integers(0, 12), min_size=1, max_size=31),
        st.lists(st.tuples(st.integers(1, 30), st.sampled_from([0, 0, 5, 20])), min_size=3, max_size=30),
        st.integers(0, 3 * 86_400),
        st.sampled_from([1, 1, 4]),
        st.randoms(use_true_random=False),
    )
    def test_once_the_api_has_forgotten_a_search_a_run_that_can_page_through_a_day_covers_one(
        self, pages, runs, lag, workers, random
    ):
        file, api, whole = (
            File(),
            Api(pages=pages.__getitem__, lags=lambda day: lag * (day % 3) // 2),
            want(0, len(pages) - 1),
        )
        for max_calls, every in runs:
            before, stood, forgets = api.calls, stands(file, whole, LATER), file.forgets
            api.forgets = lambda last, _, every=every, before=before: last <= before or (every and last % every == 0)
            Run(api, file, [whole], LATER, max_calls=max_calls, workers=workers, random=random)
            left = [*numbers(stood.to_ask), *numbers(stood.failed)]
            after = stands(file, whole, LATER)
            given_up = {*numbers(after.failed)} - {*numbers(stood.failed)}
            if forgets and not every and left and max_calls >= max(*(pages[day] for day in left), 1):
                # where the API forgot searches within a run, a day may have taken all calls of that run, and fails
                covered = len(numbers(after.done)) > len(numbers(stood.done))
                assert covered or (given_up and any(every for _, every in runs)), (pages, left)
        api.forgets = lambda _, __: False
        Run(api, file, [whole], LATER)
        assert numbers(stands(file, whole, LATER).done) == [*range(len(pages))]
        assert len(file.videos) == sum(pages)

    @given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.integers(1, 12))
    def test_if_the_api_remembers_searches_no_page_is_asked_twice(self, pages, max_calls):
        file, api, whole = File(), Api(pages=pages.__getitem__), want(0, len(pages) - 1)
        while numbers(stands(file, whole, LATER).to_ask):
            Run(api, file, [whole], LATER, max_calls=max_calls)
        assert api.calls == sum(pages)

    def test_a_search_that_is_remembered_again_continues_after_a_covered_day(self):
        file, api, whole = File(forgets=True), Api(pages=lambda _: 5), want(0, 3)
        while numbers(stands(file, whole, LATER).to_ask):
            Run(api, file, [whole], LATER, max_calls=8)
        assert api.calls == 20

    def test_a_day_too_large_for_any_run_fails_and_names_its_cost(self):
        file, api = File(), Api(pages=lambda day: 30 if day == 1 else 1)
        api.forgets = lambda began, _: began <= boundary
        for _ in range(8):
            boundary = api.calls
            run = Run(api, file, [want(0, 2)], LATER, max_calls=20)
        stood = stands(file, want(0, 2), LATER)
        assert (numbers(stood.done), numbers(stood.failed)) == ([0, 2], [1])
        assert run.calls == 0
        [error] = [search.error for search in file.rows.values() if search.state == "failed"]
        assert error.endswith("was not done; a run has 20 calls here")

    @pytest.mark.parametrize("max_calls", [5, 8, 12, 20, 30])
    def test_a_day_that_the_api_forgets_before_its_end_fails_and_keeps_no_other_from_being_done(self, max_calls):
        """The API forgets each search after four pages; a day has one to six."""
        file, api = File(), Api(pages=lambda day: 1 + day % 6, most_pages=4)
        for _ in range(40):
            Run(api, file, [want(0, 11)], LATER, max_calls=max_calls)
        stood = stands(file, want(0, 11), LATER)
        assert (numbers(stood.done), numbers(stood.failed)) == ([0, 1, 2, 3, 6, 7, 8, 9], [4, 5, 10, 11])

    def test_the_pages_of_a_window_are_not_those_of_the_one_day_that_is_left_of_it(self):
        api = Api(pages=lambda day: 1 if day else 4)
        apart = attrs.evolve(
            want(0, 0), days=spans.union([want(0, 0).days, want(10, 14).days]), bridges=want(1, 9).days
        )
        api.forgets = lambda began, now: now > 8 and began <= 8
        file = File()
        for _ in range(4):
            Run(api, file, [apart], LATER, max_calls=4)
            assert numbers(stands(file, apart, LATER).failed) == []
        assert numbers(stands(file, apart, LATER).done) == [0, 10, 11, 12, 13, 14]

    def test_after_one_is_forgotten_other_searches_of_one_page_are_asked_from_their_start(self):
        file, api, wants = File(), Api(pages=lambda _: 3), [want(0, 0), want(0, 0, 1), want(0, 0, 2)]
        for one in wants:
            Run(api, file, [one], LATER, max_calls=1)
        api.forgets = lambda last, _: last <= 3
        run = Run(api, file, wants, LATER)
        assert run.calls == 2 + 3 * 3
        assert all(numbers(stands(file, one, LATER).done) == [0] for one in wants)

    def test_a_search_that_is_forgotten_again_and_again_ends(self):
        api = Api(pages=lambda _: 3, forgets=lambda _, __: True)
        run = Run(api, File(), [want(0, 4)], LATER)
        assert numbers(stands(run.file, want(0, 4), LATER).to_ask) == []


#: Any days, a few days, or all days of a span.
BAD_DAYS = (
    st.sets(st.integers(0, 92))
    | st.sets(st.integers(0, 92), max_size=5)
    | st.tuples(st.integers(0, 92), st.integers(0, 92)).map(lambda ends: {*range(min(ends), max(ends) + 1)})
)
SPANS = st.tuples(st.integers(0, 60), st.integers(0, 40)).map(lambda given: (given[0], sum(given)))


@st.composite
def any_runs(draw):
    """A sequence of runs: the days of a query, the day of the run, the windows, the limit, and the kills."""
    run = st.fixed_dictionaries(
        {
            "span": SPANS,
            "number": st.integers(0, 1),
            "later": st.integers(0, 30),
            "longest": st.sampled_from([1, 7, 31]),
            "max_calls": st.none() | st.integers(1, 40),
            "killed_after": st.none() | st.integers(1, 40),
            "forgets": st.booleans(),
        }
    )
    return draw(st.lists(run, min_size=1, max_size=7))


class TestAnyRuns:
    @given(any_runs(), st.sets(st.integers(0, 100), max_size=6), st.sampled_from([1, 3]), st.randoms())
    def test_any_runs_fill_the_file_and_send_no_done_day_twice(self, runs, bad, workers, random):
        file, today = File(), DAY_ONE + 60
        api = Api(bad=bad, late=lambda day: day % 3, pages=lambda day: 1 + day % 4)
        for given_run in runs:
            today += given_run["later"]
            one = want(*given_run["span"], given_run["number"], longest=given_run["longest"])
            done, begun, boundary = {*numbers(stands(file, one, today).done)}, len(api.begun), api.calls
            api.forgets = lambda began, _, run=given_run, before=boundary: run["forgets"] and began <= before
            options = {"workers": workers, "random": random, "max_calls": given_run["max_calls"]}
            if given_run["killed_after"] is not None:
                options["killed_at"] = api.calls + given_run["killed_after"]
            with suppress(Killed):
                Run(api, file, [one], today, **options)
            for _, sent in api.begun[begun:]:
                assert not done & {*sent}
            self.holds(file, one, today, api)
        last = want(0, 100, longest=31)
        api.forgets, api.bad = (lambda _, __: False), ()
        for later in range(200, 206):
            run = Run(api, file, [last], today + later, workers=workers, random=random)
        assert run.calls == 0
        assert numbers(stands(file, last, today + 205).done) == [*range(101)]
        found = {video for key, video in file.videos if key == last.rest.key}
        assert len(found) == sum(api.pages(day) for day in range(101))

    def holds(self, file, one, today, api):
        """Each day is in one state, and every video of a done day is in the file."""
        stood = stands(file, one, today)
        kinds = [stood.done, stood.unsettled, stood.failed, stood.to_ask, stood.ahead]
        assert sorted(day for kind in kinds for day in spans.each(kind)) == spans.each(one.days)
        here = Counter((video >> 32) // 86_400 - 20_000 for key, video in file.videos if key == one.rest.key)
        assert all(here[day] == api.pages(day) for day in numbers(stood.done))

    @given(
        st.lists(st.tuples(BAD_DAYS, st.lists(st.integers(1, 40), max_size=8)), min_size=1, max_size=3),
        st.sampled_from([1, 3]),
        st.sampled_from([7, 31, 93]),
        st.sampled_from([None, None, 0, 1]),
    )
    def test_a_kill_at_any_call_costs_one_more_call_and_changes_nothing_else(self, runs, attempts, longest, refused):
        """In each run other days fail, and the API may refuse one of the queries."""
        wants = [want(0, 92, longest=longest), want(0, 92, 1)]
        calm, file, calm_calls, calls, killed = File(), File(), 0, 0, 0
        for bad, kills in runs:
            calm_api, api = (
                Api(bad=bad, refused=lambda job: job.want == refused, pages=lambda day: 1 + day % 3) for _ in range(2)
            )
            Run(calm_api, calm, wants, LATER, attempts)
            at, ended = iter(kills), None
            while ended is None:
                after = next(at, None)
                with suppress(Killed):
                    killed_at = None if after is None else api.calls + after
                    ended = Run(api, file, wants, LATER, attempts, killed_at=killed_at)
                killed += ended is None
            calm_calls, calls = calm_calls + calm_api.calls, calls + api.calls
            assert [stands(file, one, LATER) for one in wants] == [stands(calm, one, LATER) for one in wants]
        assert calls <= calm_calls + killed
        assert file.videos == calm.videos
