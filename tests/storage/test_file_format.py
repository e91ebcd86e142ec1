"""Which files are ours, and the form of times in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from querydsl import Client, Region, StoreError, collect, select
from querydsl.sandbox import App, serve
from querydsl.storage import file_format
from querydsl.storage.file_format import (
    APPLICATION_ID,
    FILE_FORMAT,
    Damaged,
    check_version,
    failures,
    is_on_a_network,
    moment_text,
    uri,
)


class TestVersions:
    def test_ours_is_taken(self, tmp_path):
        check_version(tmp_path, APPLICATION_ID, FILE_FORMAT)

    @pytest.mark.parametrize(
        ("application_id", "version", "said"),
        [
            (0, FILE_FORMAT, "querydsl has not made this file"),
            (APPLICATION_ID, 1, "it is of format 1, which was never released"),
            (APPLICATION_ID, FILE_FORMAT + 1, "a newer querydsl has made it"),
        ],
    )
    def test_others_are_refused_with_a_sentence(self, tmp_path, application_id, version, said):
        with pytest.raises(StoreError, match=said):
            check_version(tmp_path, application_id, version)


class TestMoments:
    def test_moments_of_any_zone_are_written_in_utc(self):
        east = timezone(timedelta(hours=2))
        assert moment_text(datetime(2026, 5, 1, 1, 30, 7, 999, tzinfo=east)) == "2026-04-30T23:30:07Z"


def test_damage_says_where_it_is(tmp_path):
    with pytest.raises(StoreError) as caught, failures(tmp_path):
        raise Damaged("searches", 7, "no day")
    assert str(caught.value) == (
        f"{tmp_path}: the file is damaged in the table searches, row 7: no day; restore the file, or begin a new one"
    )


class TestUri:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            (PureWindowsPath(r"\\server\share\a b.db"), "file:////server/share/a%20b.db?mode=ro"),
            (PureWindowsPath(r"C:\Users\ann\x.db"), "file:///C:/Users/ann/x.db?mode=ro"),
            (PurePosixPath("/home/ann/a?b#c%d.db"), "file:///home/ann/a%3Fb%23c%25d.db?mode=ro"),
        ],
        ids=["share", "drive", "posix"],
    )
    def test_sqlite_takes_the_name_of_a_server_as_part_of_the_path(self, path, expected):
        assert uri(path) == expected

    @pytest.mark.parametrize("name", ["a b.db", "a?mode=rwc&b#c%20.db", "\u732b.db"])
    def test_sqlite_opens_the_file_that_is_meant(self, tmp_path, name):
        with closing(sqlite3.connect(tmp_path / name)) as database:
            database.execute("CREATE TABLE here (a)")
        with closing(sqlite3.connect(uri(tmp_path / name), uri=True)) as database:
            assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("here",)]


class TestNetworkDrives:
    @pytest.fixture
    def mounted(self, tmp_path, monkeypatch):
        """Set the kind of drive for a folder."""

        def mounted(kind):
            place = str(tmp_path).replace(" ", "\\040")
            table = tmp_path / "mounts"
            table.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/home {place} {kind} rw 0 0\nbroken\n")
            monkeypatch.setattr(file_format, "MOUNTS", table)
            return tmp_path / "x.db"

        return mounted

    @pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "fuse.sshfs", "9p"])
    def test_a_network_drive_is_known_by_its_mount(self, mounted, kind):
        assert is_on_a_network(mounted(kind))

    @pytest.mark.parametrize("kind", ["ext4", "btrfs", "tmpfs", "fuse.gocryptfs"])
    def test_a_local_disk_is_not_a_network_drive(self, mounted, kind):
        assert not is_on_a_network(mounted(kind))

    def test_without_such_a_table_nothing_is_known(self, tmp_path, monkeypatch):
        monkeypatch.setattr(file_format, "MOUNTS", tmp_path / "no")
        assert not is_on_a_network(tmp_path / "x.db")

    def test_a_collection_onto_one_is_warned_of(self, mounted, caplog):
        path = mounted("nfs4")
        plan = select("id").where(Region == "JP").on("20230101").plan()
        with serve(App([])) as url, Client("any", base_url=url) as client:
            collect(plan, path, client=client)
        assert caplog.messages == [
            f"{path}: it is on a network drive, where SQLite's locks are not sure; collect on a disk of this computer, "
            "and copy the file"
        ]
