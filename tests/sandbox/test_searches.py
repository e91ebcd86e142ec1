"""The videos that a search finds, how its pages are cut, and which searches are remembered under which ids."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from querydsl import Region, VideoId
from querydsl.sandbox.searches import MAX_SEARCHES, Library, Search, Searches, Video

JANUARY = date(2023, 1, 1), date(2023, 1, 31)
NEW_YEAR = 1_672_531_200


def videos(*ids: int) -> list[Video]:
    return [{"id": number, "create_time": NEW_YEAR + number, "region_code": "US"} for number in ids]


def found_ids(search: Search, cursor: int = 0, count: int = 100) -> list[int]:
    return [video["id"] for video in search.page(cursor, count).videos]


class TestLibrary:
    def test_it_has_each_video_once_the_newest_first(self) -> None:
        assert [video["id"] for video in Library(videos(1, 3, 2, 3)).videos] == [3, 2, 1]

    @pytest.mark.parametrize("step", [1, -1], ids=["ids grow with time", "ids do not"])
    def test_it_finds_the_days_wherever_they_are(self, step: int) -> None:
        some = [
            {"id": 50 + step * day, "create_time": NEW_YEAR + 86_400 * day, "region_code": "US"} for day in range(9)
        ]
        found = Library(some).find(Region == "US", date(2023, 1, 3), date(2023, 1, 5))
        assert {video["id"] for video in found if video} == {50 + step * day for day in (2, 3, 4)}

    def test_it_does_not_find_a_video_without_a_needed_field(self) -> None:
        some = [*videos(1), {"id": 2, "create_time": NEW_YEAR}, {"id": 3, "region_code": "US"}]
        assert Library(some).find(Region == "US", *JANUARY) == videos(1)


class TestPages:
    def test_a_page_says_where_the_next_begins(self) -> None:
        page = Search("", videos(5, 4, 3)).page(0, 2)
        assert (page.videos, page.cursor, page.has_more) == (videos(5, 4), 2, True)
        page = Search("", videos(5, 4, 3)).page(2, 2)
        assert (page.videos, page.cursor, page.has_more) == (videos(3), 4, False)

    def test_pages_are_cut_before_the_videos_that_have_gone_are_dropped(self) -> None:
        search = Search("", videos(5, 4, 3))
        search.insert_missing(1, 2)
        assert [found_ids(search, cursor, 2) for cursor in (0, 2, 4)] == [[5], [4], [3]]

    def test_videos_that_moved_on_come_again(self) -> None:
        search = Search("", videos(5, 4, 3))
        search.insert_repeated(2, 1)
        assert found_ids(search) == [5, 4, 4, 3]

    def test_a_sample_has_each_video_once(self) -> None:
        search = Search("", videos(*range(50)))
        search.insert_missing(0, 10)
        sample = search.sample(20, Random(0))
        assert len({video["id"] for video in sample.videos}) == 20
        assert not sample.has_more


class TestIds:
    def test_an_id_depends_on_the_criteria_and_the_found_videos(self) -> None:
        searches = Searches()
        some = [Search("a", videos(1)), Search("a", videos(1)), Search("b", videos(1)), Search("a", videos(2))]
        same, again, *others = map(searches.id_of, some)
        assert same == again
        assert len({same, *others}) == 3
        assert len(same) == 19
        assert same.isdigit()

    def test_a_search_continues_only_with_its_own_criteria(self) -> None:
        searches = Searches()
        search_id, search = searches.begin(Search("a", videos(1)))
        assert searches.get(search_id, "a") is search
        assert searches.get(search_id, "b") is None

    def test_the_search_that_was_used_longest_ago_is_forgotten_and_comes_back_under_its_id(self) -> None:
        searches = Searches()
        added = [searches.begin(Search(str(number), [])) for number in range(MAX_SEARCHES)]
        (oldest, _), (second, _) = added[:2]
        assert searches.get(oldest, "0") is added[0][1]
        searches.begin(Search("one more", []))
        assert searches.get(oldest, "0") is not None
        assert searches.get(second, "1") is None
        assert searches.begin(Search("1", []))[0] == second

    def test_an_id_that_is_withdrawn_is_kept_by_its_search_and_given_to_no_other(self) -> None:
        searches = Searches()
        search_id, search = searches.begin(Search("a", []))
        searches.withdraw(search_id)
        assert searches.get(search_id, "a") is search
        assert searches.begin(Search("a", []))[0] != search_id

    def test_one_that_is_renamed_is_known_by_both_ids_and_another_app_knows_neither_as_new(self) -> None:
        searches, other = Searches(), Searches()
        search_id, search = searches.begin(Search("a", []))
        renamed = searches.rename(search_id)
        assert searches.get(search_id, "a") is searches.get(renamed, "a") is search
        assert renamed not in (search_id, other.id_of(Search("a", [])), searches.id_of(Search("a", [])))

    def test_a_search_that_expires_is_gone(self) -> None:
        searches = Searches()
        search_id, _ = searches.begin(Search("a", []))
        searches.expire(search_id)
        assert searches.get(search_id, "a") is None
        assert searches.begin(Search("a", []))[0] != search_id


def test_videos_may_be_of_any_kind_of_mapping() -> None:
    class Odd(dict[str, object]):
        pass

    library = Library([Odd(videos(7)[0])])
    assert [video["id"] for video in library.find(VideoId == 7, *JANUARY) if video] == [7]
