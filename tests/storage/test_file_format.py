"""Which files are ours, and how times stand in them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from querydsl import StoreError
from querydsl.storage.file_format import APPLICATION_ID, VERSION, Damaged, check_version, failures, moment_text


class TestVersions:
    def test_ours_is_taken(self, tmp_path):
        check_version(tmp_path, APPLICATION_ID, VERSION)

    @pytest.mark.parametrize(
        ("application_id", "version", "said"),
        [
            (0, VERSION, "querydsl has not made this file"),
            (APPLICATION_ID, 1, "it is of format 1, which was never released"),
            (APPLICATION_ID, VERSION + 1, "a newer querydsl has made it"),
        ],
    )
    def test_others_are_refused_with_a_sentence(self, tmp_path, application_id, version, said):
        with pytest.raises(StoreError, match=said):
            check_version(tmp_path, application_id, version)


class TestMoments:
    def test_they_are_utc_whatever_their_zone(self):
        east = timezone(timedelta(hours=2))
        assert moment_text(datetime(2026, 5, 1, 1, 30, 7, 999, tzinfo=east)) == "2026-04-30T23:30:07Z"


def test_damage_says_where_it_is(tmp_path):
    with pytest.raises(StoreError) as caught, failures(tmp_path):
        raise Damaged("searches", 7, "no day")
    assert str(caught.value) == (
        f"{tmp_path}: the file is damaged in the table searches, row 7: no day; restore the file, or begin a new one"
    )
