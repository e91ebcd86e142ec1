"""The number of videos in a collection: SQL gives the same as counting them one by one."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import Keyword, Region, Store, StoreError, select
from querydsl.moments import start_of_day
from querydsl.reading import store as reading_store
from querydsl.reading.counting import TOP, counted
from querydsl.storage.rows import row

from ..storage.files import fill

US = select("id").where(Region == "US").between("20230101", "20230103").plan()
DAYS = [date(2023, 1, day) for day in (1, 2, 3)]


def video(number, **fields):
    given = {"id": number, "create_time": start_of_day(DAYS[0]), "region_code": "US", **fields}
    return row(given, json.dumps(given))


def counts(path):
    """The counts of the first collection of a file."""
    with Store(path) as store:
        [collection, *_] = reading_store.catalogue.collections(store._database)
        found = reading_store._found_by(collection)
        return counted(store._database, found, store._verdict(collection))


texts = st.sampled_from(["a", "b", "ü", "<b>", ""]) | st.text(max_size=3)
videos = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "create_time": st.integers(start_of_day(DAYS[0]), start_of_day(DAYS[2]) + 86_399) | st.none(),
            "region_code": st.sampled_from(["US", "JP"]),
            "username": texts,
            "hashtag_names": st.lists(texts, max_size=4) | st.none(),
        },
    ),
    max_size=12,
)


class TestCounted:
    @settings(max_examples=50)
    @given(videos)
    def test_is_the_same_as_counting_one_by_one(self, fields):
        given = [{"id": number, **one} for number, one in enumerate(fields, 1)]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "videos.db")
            fill(path, [row(one, json.dumps(one)) for one in given], US)
            found = counts(path)
        selected = [one for one in given if one.get("region_code", "US") == "US"]
        assert (found.videos, found.unmatched) == (len(selected), len(given) - len(selected))
        assert found.undated == sum(1 for one in selected if one.get("create_time") is None)
        hashtags = Counter(tag for one in selected for tag in {*map(shown, one.get("hashtag_names") or [])})
        assert dict(found.hashtags) == dict(hashtags)
        creators = Counter(shown(one["username"]) for one in selected if "username" in one)
        assert dict(found.creators) == dict(creators)
        assert sum(found.regions().values()) + found.undated == found.videos

    def test_days_are_those_of_utc(self, tmp_path):
        last = start_of_day(DAYS[1]) - 1
        fill(tmp_path / "videos.db", [video(1, create_time=last), video(2, create_time=last + 1)], US)
        assert counts(tmp_path / "videos.db").days == {DAYS[0]: {"US": 1}, DAYS[1]: {"US": 1}}

    def test_videos_of_other_days_are_of_another_collection(self, tmp_path):
        path = tmp_path / "videos.db"
        fill(path, [video(1)], US[:1], name="one")
        late = select("id").where(Region == "US").on("20230103").plan()
        fill(path, [video(2, create_time=start_of_day(DAYS[2]))], late, name="two")
        assert counts(path).videos == 2  # both ask the third day
        short = select("id").where(Region == "US").on("20230101").plan()
        fill(path, [], short, name="three")
        with Store(path) as store:
            assert len([*store.videos("three")]) == 1

    def test_the_most_come_first_and_few_are_named(self, tmp_path):
        rows = [video(number, hashtag_names=[f"tag{tag:02}" for tag in range(number)]) for number in range(1, 31)]
        fill(tmp_path / "videos.db", rows, US)
        found = counts(tmp_path / "videos.db")
        assert found.hashtags == tuple((f"tag{tag:02}", 30 - tag) for tag in range(TOP))

    @pytest.mark.parametrize(
        ("column", "value"),
        [("create_time", "'late'"), ("create_time", "0.5"), ("region_code", "x'00'"), ("hashtag_names", "'[\"a'")],
    )
    def test_a_damaged_row_is_named(self, tmp_path, column, value):
        path = tmp_path / "videos.db"
        fill(path, [video(1), video(2)], select("id").where(Keyword == "x").between("20230101", "20230103").plan())
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"UPDATE videos SET {column} = {value} WHERE id = 2")
            database.commit()
        with Store(path) as store, pytest.raises(StoreError, match=r"damaged in the table videos, row 2"):
            store.report(tmp_path / "out.md")


def shown(text):
    """A text as in a column."""
    return "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in text)
