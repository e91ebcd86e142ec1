"""Two spellings of one field: the API accepts one of them, and the client finds out which by trying."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from querydsl import InvalidParams, Region, ServerError, Username, select
from querydsl.client.field_spelling import SPELLINGS, spelt

from .server import http, page, refusal

FIRST, OTHER = SPELLINGS
SELECTION = select("id", FIRST).where(Region == "US")
REQUEST = SELECTION.on("20230101").request()
VIDEO = {"id": 1, "favorites_count": 7}


def takes(*spellings):
    """An API that refuses a request with another spelling."""

    def answer(received):
        names = received.target.partition("?fields=")[2].split(",")
        if [name for name in names if name in SPELLINGS and name not in spellings]:
            return refusal("invalid_params", "Fields are invalid")
        return page([VIDEO])

    return answer


def asked(begun):
    """The spelling in each call."""
    return [next(name for name in SPELLINGS if name in one.target) for one in begun.server.queries]


class TestSpelt:
    @pytest.mark.parametrize("spelling", SPELLINGS)
    def test_it_changes_only_that_field(self, spelling):
        assert spelt(f"/a/?fields=id,{FIRST},username", spelling) == f"/a/?fields=id,{spelling},username"

    def test_both_become_one(self):
        assert spelt(f"/a/?fields={FIRST},{OTHER},id", OTHER) == f"/a/?fields={OTHER},id"


class TestClient:
    def test_the_accepted_spelling_is_sent_from_then_on(self, talk):
        begun = talk(takes(FIRST))
        for _ in range(3):
            begun.client.send(REQUEST)
        assert asked(begun) == [FIRST] * 3

    def test_a_refused_request_is_sent_again_with_the_other_spelling(self, talk):
        begun = talk(takes(OTHER))
        for _ in range(3):
            [video] = begun.client.send(REQUEST).videos
            assert getattr(video, FIRST) == 7
        assert asked(begun) == [FIRST, OTHER, OTHER, OTHER]
        assert begun.counts == (4, 4)

    def test_if_both_are_refused_the_first_error_is_raised(self, talk):
        begun = talk([refusal("invalid_params", "the first"), refusal("invalid_params", "the other")])
        with pytest.raises(InvalidParams, match="the first"):
            begun.client.send(REQUEST)
        assert asked(begun) == [FIRST, OTHER]

    def test_the_other_spelling_is_tried_once_for_a_query(self, talk):
        begun = talk(takes())
        for day in ("20230101", "20230102", "20230103"):
            with pytest.raises(InvalidParams):
                begun.client.send(SELECTION.on(day).request())
        assert asked(begun) == [FIRST, OTHER, FIRST, FIRST]

    def test_the_other_spelling_is_tried_for_another_query(self, talk):
        begun = talk([refusal("invalid_params"), refusal("invalid_params"), refusal("invalid_params"), page([VIDEO])])
        with pytest.raises(InvalidParams):
            begun.client.send(REQUEST)
        begun.client.send(select("id", FIRST).where(Username == "a").on("20230101").request())
        assert asked(begun) == [FIRST, OTHER, FIRST, OTHER]

    def test_after_an_accepted_spelling_no_other_is_tried(self, talk):
        begun = talk([page([VIDEO]), refusal("invalid_params")])
        begun.client.send(REQUEST)
        with pytest.raises(InvalidParams):
            begun.client.send(REQUEST)
        assert asked(begun) == [FIRST, FIRST]

    def test_a_request_without_the_field_is_not_sent_again(self, talk):
        begun = talk([refusal("invalid_params")])
        with pytest.raises(InvalidParams):
            begun.client.send(select("id").where(Region == "US").on("20230101").request())
        assert begun.counts == (1, 1)

    @pytest.mark.parametrize("status", [200, 403])
    def test_another_status_is_not_a_reason_to_try_the_other_spelling(self, talk, status):
        begun = talk([refusal("invalid_params", "no", status)])
        with pytest.raises(InvalidParams):
            begun.client.send(REQUEST)
        assert begun.counts == (1, 1)

    def test_a_lost_search_is_not_a_reason_to_try_the_other_spelling(self, talk):
        begun = talk([refusal("invalid_params", "Search Id 7 is invalid or expired")])
        with pytest.raises(InvalidParams):
            begun.client.send(REQUEST)
        assert begun.counts == (1, 1)

    def test_a_trial_without_an_answer_tells_nothing(self, talk):
        begun = talk([refusal("invalid_params"), http("", 504), refusal("invalid_params"), page([VIDEO])], attempts=1)
        with pytest.raises(ServerError, match="504"):
            begun.client.send(REQUEST)
        begun.client.send(REQUEST)
        assert asked(begun) == [FIRST, OTHER, FIRST, OTHER]

    def test_one_thread_tries_while_the_others_wait(self, talk):
        begun = talk(takes(OTHER))
        together = threading.Barrier(8)

        def send(_):
            together.wait()
            return begun.client.send(REQUEST)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(send, range(8)))
        begun.client.send(REQUEST)
        assert asked(begun).count(FIRST) <= 8
        assert asked(begun).count(OTHER) == 9

    def test_one_of_several_threads_with_the_same_query_tries(self, talk):
        begun = talk(takes())
        together = threading.Barrier(8)

        def send(_):
            together.wait()
            with pytest.raises(InvalidParams):
                begun.client.send(REQUEST)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(send, range(8)))
        assert (asked(begun).count(FIRST), asked(begun).count(OTHER)) == (8, 1)
