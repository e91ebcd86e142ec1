"""How a search is followed from page to page, without a socket."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import InvalidParams, Region, StuckSearch, select
from querydsl.client.paging import EMPTY_PAGES, REPEATED_PAGES, Place, Step, walk
from querydsl.client.responses import Answer
from querydsl.client.retry_policy import Failed

REQUEST = select("id").where(Region == "US").on("20230101").request()
LOST = Failed(InvalidParams("invalid_params", "Search Id 7 is invalid or expired", 400), "search")


def answer(videos=(), cursor=None, search_id="7"):
    return Answer(tuple(videos), cursor, cursor is not None, search_id, None)


class Api:
    """Returns the scripted answers, and records the requests."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, request):
        self.asked.append((request.cursor, request.search_id))
        said = self.answers.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


def follow(api, request=REQUEST, place=None):
    """All new videos, and the place after each page."""
    seen, found, places = set(), [], []
    steps = walk(api, request, place)
    step = next(steps, None)
    while step is not None:
        new = [video for video in step.answer.videos if video not in seen]
        seen.update(new)
        found += new
        places.append(step.place)
        try:
            step = steps.send(len(new))
        except StopIteration:
            break
    return found, places


class TestWalk:
    def test_it_follows_the_cursor(self):
        api = Api(answer([3], 100), answer([2], 200), answer([1]))
        found, places = follow(api)
        assert found == [3, 2, 1]
        assert places == [Place(100, "7"), Place(200, "7"), None]
        assert api.asked == [(None, None), (100, "7"), (200, "7")]

    def test_a_search_continues_at_its_place(self):
        api = Api(answer([1]))
        assert follow(api, place=Place(200, "7")) == ([1], [None])
        assert api.asked == [(200, "7")]

    def test_it_follows_a_search_id_that_changes(self):
        api = Api(answer([3], 100, "7"), answer([2], 200, "8"), answer([1], None, "8"))
        follow(api)
        assert api.asked == [(None, None), (100, "7"), (200, "8")]

    def test_a_random_search_ends_after_one_page(self):
        api = Api(answer([3], 100))
        assert follow(api, attrs.evolve(REQUEST, is_random=True)) == ([3], [None])

    def test_a_lost_search_starts_again(self):
        api = Api(answer([3], 100), LOST, answer([3], 100, "8"), answer([2], None, "8"))
        found, places = follow(api)
        assert found == [3, 2]
        assert places == [Place(100, "7"), Place(100, "8", 100), None]
        assert api.asked == [(None, None), (100, "7"), (None, None), (100, "8")]

    def test_a_lost_search_of_another_day_starts_again(self):
        api = Api(LOST, answer([3]))
        assert follow(api, place=Place(500, "7")) == ([3], [None])
        assert api.asked == [(500, "7"), (None, None)]

    def test_a_lost_search_starts_again_three_times(self):
        api = Api(*[answer([3], 100), LOST] * 4)
        with pytest.raises(InvalidParams):
            follow(api)
        assert len(api.asked) == 8

    @pytest.mark.parametrize(
        "request_", [REQUEST, attrs.evolve(REQUEST, cursor=100), attrs.evolve(REQUEST, cursor=100, search_id="7")]
    )
    def test_the_callers_own_search_does_not_start_again(self, request_):
        api = Api(LOST)
        with pytest.raises(InvalidParams):
            follow(api, request_)
        assert len(api.asked) == 1

    def test_other_errors_are_raised(self):
        api = Api(answer([3], 100), Failed(InvalidParams("invalid_params", "no", 400), "final"))
        with pytest.raises(InvalidParams):
            follow(api)
        assert len(api.asked) == 2

    def test_a_cursor_that_stays_is_said_after_its_page_was_given(self):
        steps = walk(Api(answer([3], 100), answer([2], 100)), REQUEST)
        assert next(steps).place == Place(100, "7")
        assert steps.send(1) == Step(answer([2], 100), Place(100, "7"))
        with pytest.raises(StuckSearch):
            steps.send(1)

    def test_pages_without_a_new_video_are_counted_from_the_last_that_had_one(self):
        repeated = [answer([1], cursor) for cursor in range(2, 200)]
        api = Api(answer([1], 1), *repeated)
        with pytest.raises(StuckSearch):
            follow(api)
        assert len(api.asked) == 1 + REPEATED_PAGES

    def test_empty_pages_between_them_do_not_count(self):
        pages = [answer([1] if cursor % 2 else [], cursor) for cursor in range(2, 200)]
        api = Api(answer([1], 1), *pages)
        with pytest.raises(StuckSearch, match="20 pages running brought no new video"):
            follow(api)
        assert len(api.asked) == 1 + 2 * REPEATED_PAGES

    def test_empty_pages_are_stuck_later(self):
        empty = [answer([], cursor) for cursor in range(1, EMPTY_PAGES)]
        api = Api(*empty, answer([1], EMPTY_PAGES), *(answer([], EMPTY_PAGES + cursor) for cursor in range(1, 999)))
        with pytest.raises(StuckSearch, match="200 pages running were empty"):
            follow(api)
        assert len(api.asked) == 2 * EMPTY_PAGES

    def test_pages_known_before_a_restart_do_not_count(self):
        known = [answer([1], cursor) for cursor in range(1, 100)]
        api = Api(*known, answer([2]))
        assert follow(api, place=Place(0, "7", furthest=99)) == (
            [1, 2],
            [Place(n, "7", 99) for n in range(1, 100)] + [None],
        )

    @given(st.lists(st.sampled_from(["new", "known", "empty"]), max_size=300))
    def test_it_ends_for_any_numbers_of_new_videos(self, brings):
        videos = {"known": ["first"], "empty": []}
        told = [answer(videos.get(what, [number]), number + 2) for number, what in enumerate(brings)]
        api = Api(answer(["first"], 1), *told, answer())
        try:
            found, _ = follow(api)
        except StuckSearch:
            last = brings[: len(api.asked) - 1]
            assert "new" not in last[-REPEATED_PAGES:]
        else:
            assert found == ["first", *(number for number, what in enumerate(brings) if what == "new")]
