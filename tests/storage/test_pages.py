"""The videos of a page: each once, with everything that its answers contain."""

from __future__ import annotations

import json
import sqlite3

import pytest

from querydsl.storage import pages
from querydsl.storage.columns import VIDEOS_TABLE
from querydsl.storage.rows import row


def video(number, **more):
    received = {"id": number, **more}
    return row(received, json.dumps(received))


@pytest.fixture
def database():
    database = sqlite3.connect(":memory:")
    database.execute(VIDEOS_TABLE)
    database.execute("CREATE TABLE unreadable (search_id INTEGER, raw TEXT, received_at TEXT)")
    yield database
    database.close()


class TestById:
    def test_the_least_id_comes_first_and_repeats_are_one(self):
        page = pages.by_id([video(3, like_count=1), video(1), video(3, view_count=2), row({}, "{}")])
        assert [one.id for one in page] == [1, 3]
        assert (page[1].columns["like_count"], page[1].columns["view_count"]) == (1, 2)


class TestInsert:
    def test_videos_may_have_any_columns_in_any_order(self, database):
        page = [
            row(received, json.dumps(received))
            for received in (
                {"id": 1},
                {"id": 2, "username": "b", "like_count": 2},
                {"like_count": 3, "id": 3, "username": "c"},
                {"id": 4, "username": "d", "sound": "off"},
                {"id": 2, "username": "b", "like_count": 5},
            )
        ]
        assert pages.insert(database, page, "now") == 4
        stored = database.execute("SELECT id, username, like_count, extra, raw FROM videos ORDER BY id").fetchall()
        assert [values[:-1] for values in stored] == [
            (1, None, None, None), (2, "b", 2, None), (3, "c", 3, None), (4, "d", None, '{"sound": "off"}'),
        ]  # fmt: skip
        assert [values[-1] for values in stored] == [one.raw for one in page[:4]]


class TestTimes:
    def times(self, database):
        return database.execute("SELECT id, first_received, last_received FROM videos ORDER BY id").fetchall()

    def test_a_known_video_keeps_when_it_came_first(self, database):
        assert pages.insert(database, [video(1), video(2)], "then") == 2
        page = [video(1), video(2, like_count=3), video(3)]
        assert pages.insert(database, page, "now") == 1
        pages.renew(database, page, "now")
        assert self.times(database) == [(1, "then", "now"), (2, "then", "now"), (3, "now", "now")]


class TestSetApart:
    def test_an_object_without_an_id_is_kept_once_per_search(self, database):
        unreadable = row({"id": "x"}, '{"id": "x"}')
        for search in (1, 1, 2):
            pages.set_apart(database, [unreadable, video(1)], search, "now")
        assert database.execute("SELECT search_id, raw FROM unreadable").fetchall() == [
            (1, '{"id": "x"}'),
            (2, '{"id": "x"}'),
        ]
