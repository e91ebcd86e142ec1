"""The number of videos of a collection per day."""

from __future__ import annotations

import pytest

from querydsl.ledger import days as spans
from querydsl.storage import counts
from querydsl.storage.file_format import Damaged

from .test_catalogue import WEEK, begin


class TestCounts:
    def test_they_are_of_days(self, database):
        collection = begin(database, "a")
        counts.add_counts(database, collection.id, {"2023-01-01": 2, "2023-01-05": 1})
        counts.add_counts(database, collection.id, {"2023-01-01": 1})
        first = spans.from_text("2023-01-01/2023-01-02")
        assert counts.count(database, collection.id, first) == 3
        assert counts.count(database, collection.id, spans.union([first, WEEK])) == 3 + (WEEK.spans[0][0] <= 738_525)

    def test_a_video_without_a_time_is_of_the_first_day_asked(self):
        times = [None, 1_672_531_199]
        first = WEEK.dates()[0][0].isoformat()
        assert counts.days_of(times, WEEK) == {first: 1, "2022-12-31": 1}

    def test_a_count_that_is_not_a_number_is_named(self, database):
        collection = begin(database, "a")
        counts.add_counts(database, collection.id, {"2023-01-01": 2})
        database.execute("UPDATE counts SET videos = 'many'")
        with pytest.raises(Damaged, match=r"counts, row \(1, 2023-01-01\): videos is 'many'"):
            counts.count(database, collection.id, WEEK)
