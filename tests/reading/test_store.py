"""Reading a file from any writer, and while it is being written."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import ALL_FIELDS, Client, Hashtag, Region, Store, StoreError, Video, collect, select
from querydsl.reading.store import rename
from querydsl.sandbox import App, corpus, serve
from querydsl.storage.rows import row
from querydsl.storage.writer import Writer
from querydsl.version import FILE_FORMAT

from ..client.server import page
from ..storage.files import fill, snapshot

DAY = select("id").where(Region == "US").on("20230101")
REQUEST = DAY.request()
OTHER = select("id").where(Region == "JP").on("20230101").request()


def video(number, **more):
    received = {"id": number, **more}
    return row(received, json.dumps(received))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "videos.db"


@pytest.fixture
def filled(path):
    fill(path, [video(3, username="c\ud800", sound="off"), video(1), video(2, hashtag_names=["a"])], REQUEST)
    return path


class TestStore:
    def test_it_has_the_videos_as_they_came(self, filled):
        with Store(filled) as store:
            assert len(store) == 3
            assert list(store.videos()) == [
                Video(id=1), Video(id=2, hashtag_names=("a",)), Video(id=3, username="c\ud800", extra={"sound": "off"}),
            ]  # fmt: skip

    def test_reading_changes_nothing(self, filled):
        before = snapshot(filled.parent)
        with Store(filled) as store:
            list(store.videos())
        assert snapshot(filled.parent) == before

    def test_it_reads_during_a_collection(self, path, talk):
        begun = talk([page([3, 2], 100), page([1])])
        seen = []

        def look(_):
            with Store(path) as store:
                seen.append([video.id for video in store.videos()])

        collect(REQUEST, path, client=begun.client, progress=look)
        assert seen == [[], [2, 3], [1, 2, 3]]

    def test_an_open_reader_sees_new_videos(self, path, talk):
        begun = talk([page([3, 2], 100), page([1])])
        Writer(path, "this computer").close()
        with Store(path) as store:
            summary = collect(REQUEST, path, client=begun.client)
            assert summary.finished
            assert len(store) == 3
        with Store(path) as store:
            assert len(store) == 3
        Writer(path, "this computer").close()
        assert os.listdir(path.parent) == ["videos.db"]

    def test_a_collection_may_begin_amid_the_reading(self, filled, talk):
        other = select("id").where(Region == "JP").on("20230101").request()
        with Store(filled) as store:
            videos = store.videos()
            first = next(videos)
            collect(other, filled, client=talk([page([9, 8])]).client)
            assert [first.id, *(video.id for video in videos)][:3] == [1, 2, 3]
            assert len(store) == 5

    def test_files_left_by_a_killed_run_are_read_too(self, path):
        program = (
            "import os, sys\n"
            "from querydsl.storage.writer import Writer\n"
            "from querydsl.storage.rows import row\n"
            "from tests.storage.files import Keeper\n"
            "from tests.reading.test_store import REQUEST\n"
            "writer = Writer(sys.argv[1], 'this computer')\n"
            "Keeper(writer, REQUEST).add([row({'id': 7}, '{\"id\": 7}')])\n"
            "os._exit(9)\n"
        )
        assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == 9
        assert path.with_name("videos.db-wal").stat().st_size > 0
        with Store(path) as store:
            assert [video.id for video in store.videos()] == [7]
        Writer(path, "this computer").close()
        assert os.listdir(path.parent) == ["videos.db"]

    def test_a_transaction_that_a_kill_ended_is_undone(self, filled, tmp_path):
        killed = tmp_path / "killed" / "videos.db"
        killed.parent.mkdir()
        with closing(sqlite3.connect(filled, isolation_level=None)) as database:
            database.execute("PRAGMA cache_size = 1")  # so that changes go to the file before the end
            database.execute("BEGIN")
            database.execute("UPDATE searches SET calls = calls + 100")
            database.execute("UPDATE videos SET raw = hex(zeroblob(100000))")
            for name in ("videos.db", "videos.db-journal"):
                shutil.copy(filled.with_name(name), killed.with_name(name))
            database.execute("ROLLBACK")
        with Store(killed) as store, Store(filled) as whole:
            assert [*store.videos()] == [*whole.videos()]
            assert store.status() == whole.status()


class TestFilesMadeBeforeAFieldWasAdded:
    """Reading them changes nothing; a missing column is null in tables, but the videos have the value."""

    @pytest.fixture
    def old(self, filled):
        with closing(sqlite3.connect(filled)) as database:
            for name in ("username", "hashtag_names", "video_label", "like_count", "is_stem_verified"):
                database.execute(f"ALTER TABLE videos DROP COLUMN {name}")
        return filled

    def test_its_videos_are_whole(self, old):
        with Store(old) as store:
            assert [video.username for video in store.videos()] == [None, None, "c\ud800"]

    @pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
    def test_it_can_be_exported(self, old, name):
        before = old.read_bytes()
        with Store(old) as store:
            assert store.export(old.with_name(name)) == 3
        assert old.read_bytes() == before

    def test_a_column_that_is_missing_is_empty(self, old):
        with Store(old) as store:
            store.export(old.with_name("out.csv"))
        head, *lines = old.with_name("out.csv").read_text().splitlines()
        assert head == ",".join([*ALL_FIELDS, "extra"])
        assert [line.strip(",") for line in lines] == ["1", "2", '3,,,,,,,,,,,,,,,,,,,,,,,"{""sound"": ""off""}"']

    def test_it_can_be_a_frame(self, old):
        pytest.importorskip("pyarrow")
        with Store(old) as store:
            table = store.frame("pyarrow")
        assert table.column_names == [*ALL_FIELDS, "extra"]
        assert str(table.schema.field("hashtag_names").type) == "list<item: string>"
        assert table.select(["id", "username", "hashtag_names"]).to_pylist() == [
            {"id": number, "username": None, "hashtag_names": None} for number in (1, 2, 3)
        ]


class TestNewest:
    def test_it_has_at_most_that_number(self, filled):
        with Store(filled) as store:
            assert [video.id for video in store.newest(2)] == [3, 2]
            assert [video.id for video in store.newest(10**30)] == [3, 2, 1]
            assert store.newest(-1) == []

    def test_with_a_name_it_has_those_of_the_collection(self, filled):
        fill(filled, [video(2), video(9)], OTHER, name="jp")
        with Store(filled) as store:
            assert [video.id for video in store.newest(9, "jp")] == [9, 2]
            assert [video.id for video in store.newest(9)] == [9, 3, 2, 1]


class TestNames:
    def test_videos_exports_and_frames_take_the_name_of_a_collection(self, filled):
        fill(filled, [video(2), video(9)], OTHER, name="jp")
        with Store(filled) as store:
            assert store.collections() == ("Region == 'US'", "jp")
            assert [video.id for video in store.videos("jp")] == [2, 9]
            assert [store.export(filled.with_name("out.csv"), name) for name in ("jp", None)] == [2, 4]
            assert store.frame("pyarrow", "jp")["id"].to_pylist() == [2, 9]

    def test_an_unknown_one_is_answered_with_those_that_there_are(self, filled):
        with Store(filled) as store, pytest.raises(StoreError) as caught:
            next(store.videos("jp"))
        assert str(caught.value) == (
            f"{filled}: there is no collection 'jp' in the file; there are: \"Region == 'US'\""
        )

    def test_a_collection_has_only_its_own_days(self, path):
        noons = [1672574400 + n * 86_400 for n in range(3)]
        fill(path, [video(n, create_time=noon) for n, noon in enumerate(noons)], DAY.plan(), name="one day")
        with Store(path) as store:
            assert [video.id for video in store.videos("one day")] == [0]
            assert store.status().collections[0].videos == 1

    def test_one_can_be_renamed(self, filled):
        rename(filled, "Region == 'US'", "us")
        with Store(filled) as store:
            assert store.collections() == ("us",)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("us", "x", "there is no collection 'us' in the file; there are: \"Region == 'US'\", 'jp'"),
            (
                "jp",
                "Region == 'US'",
                "another collection in the file has the name \"Region == 'US'\"; give a name that is free",
            ),
            ("jp", " ", "' ' is not a name for a collection: give a text that is not blank"),
            (
                "jp",
                "\udcff",
                "'\\udcff' is not a name for a collection: it has half a character (a lone surrogate); remove it",
            ),
        ],
    )
    def test_an_invalid_new_name_is_refused(self, filled, old, new, message):
        fill(filled, [], OTHER, name="jp")
        with pytest.raises(StoreError) as caught:
            rename(filled, old, new)
        assert str(caught.value) == f"{filled}: {message}"


CELLS = ["view_count = 'abc'", "hashtag_names = '[\"a'", "username = x'ff'"]


class TestDamagedRows:
    @pytest.mark.parametrize(
        ("statement", "place"),
        [
            ("UPDATE searches SET days = 'x'", "searches, row 1"),
            ("UPDATE searches SET began_at = 'x'", "searches, row 1"),
            ("UPDATE asked SET days = 'x'", "asked, row 1"),
            ("UPDATE queries SET query = 'x'", "queries, row 1"),
            ("UPDATE searches SET began_at = NULL", "searches, row 1"),
            ("UPDATE searches SET state = 'open', last_video = 'x'", "searches, row 1"),
            ("UPDATE searches SET state = 'open', pages = 'x'", "searches, row 1"),
            ("UPDATE searches SET calls = 'x'", "searches, row 1"),
            ("UPDATE searches SET pages = 'x'", "searches, row 1"),
            ("UPDATE searches SET new_videos = 1.5", "searches, row 1"),
            ("UPDATE searches SET state = 'open', cursor = -5", "searches, row 1"),
            ("UPDATE searches SET state = 'open', search_id = ''", "searches, row 1"),
            ("UPDATE searches SET state = 'open', max_count = 101", "searches, row 1"),
            ("UPDATE collections SET id = -5", "collections, row -5"),
            ("UPDATE asked SET draws = 'x'", "asked, row 1"),
            ("UPDATE collections SET round_after = 'x'", "collections, row 1"),
            ("UPDATE collections SET name = x'ff'", "collections, row 1"),
            ("DELETE FROM origin", "origin, row 1"),
        ],
    )
    def test_the_table_and_the_row_are_named(self, filled, statement, place):
        damaged(filled, statement)
        with Store(filled) as store, pytest.raises(StoreError) as caught:
            store.status()
        assert str(caught.value).startswith(f"{filled}: the file is damaged in the table {place}: ")

    @pytest.mark.parametrize("damage", ["raw = '5'", "raw = '{'", "raw = x'ff'", "raw = '[1]'", "create_time = 'soon'"])
    def test_a_video_that_cannot_be_read_is_named(self, path, tmp_path, damage):
        plan = select("id").where(Region == "US").on("20230101").plan()
        fill(path, [video(number, region_code="US") for number in (1, 2)], plan, name="us")
        damaged(path, f"UPDATE videos SET {damage} WHERE id = 2")
        with Store(path) as store:
            for use in (
                lambda: list(store.videos("us")),
                lambda: store.newest(5, "us"),
                lambda: store.export(tmp_path / "out.csv", "us"),
                lambda: store.frame("pyarrow", "us"),
            ):
                with pytest.raises(StoreError) as caught:
                    use()
                assert str(caught.value).startswith(f"{path}: the file is damaged in the table videos, row 2: ")

    @pytest.mark.parametrize(
        ("damage", "name"),
        [
            *[("raw = '{'", "out.jsonl"), ("raw = '5'", "out.jsonl"), ("raw = x'7b'", "out.jsonl")],
            *[(cell, name) for cell in CELLS for name in ("out.csv", "out.parquet")],
        ],
    )
    def test_an_export_of_all_videos_names_it_too(self, path, tmp_path, damage, name):
        fill(path, [video(number, view_count=3, hashtag_names=["a"]) for number in (1, 2)], REQUEST)
        damaged(path, f"UPDATE videos SET {damage} WHERE id = 2")
        with Store(path) as store, pytest.raises(StoreError) as caught:
            store.export(tmp_path / name)
        assert str(caught.value).startswith(f"{path}: the file is damaged in the table videos, row 2: ")
        assert not (tmp_path / name).exists()

    @pytest.mark.parametrize(
        ("statement", "place"),
        [
            ("UPDATE compiled SET queries = 'x'", """compiled, row (1, "Region == 'US'")"""),
            ("UPDATE compiled SET queries = '[5]'", """compiled, row (1, "Region == 'US'")"""),
            ("UPDATE compiled SET queries = '5'", """compiled, row (1, "Region == 'US'")"""),
            ("UPDATE compiled SET queries = '[]'", """compiled, row (1, "Region == 'US'")"""),
            ("UPDATE searches SET lag = 'x'", "searches, row 1"),
            ("DELETE FROM origin", "origin, row 1"),
            ("UPDATE videos SET raw = '5'", "videos, row 1"),
        ],
    )
    def test_a_collection_names_a_damaged_row(self, path, talk, statement, place):
        plan = select("id").where(Region == "US").on("20230101").plan()
        with Client("any", base_url=talk([page([1]), page([1])]).server.url) as client:
            collect(plan, path, client=client)
            damaged(path, statement)
            with pytest.raises(StoreError) as caught:
                collect(plan, path, client=client, again=True)
        assert str(caught.value).startswith(f"{path}: the file is damaged in the table {place}: ")


def damaged(path, statement):
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()


class TestRefused:
    def refusal(self, path):
        before = snapshot(path.parent)
        with pytest.raises(StoreError) as caught:
            Store(path)
        assert snapshot(path.parent) == before
        return str(caught.value)

    def test_a_missing_file_is_refused(self, path):
        assert self.refusal(path) == f"{path}: there is no such file, or it is empty; collect makes one"

    def test_an_empty_one(self, path):
        path.touch()
        assert self.refusal(path) == f"{path}: there is no such file, or it is empty; collect makes one"

    def test_a_folder(self, path):
        path.mkdir()
        assert self.refusal(path) == f"{path}: this is a folder; give the name of a file in it"

    def test_a_file_of_another_kind(self, path):
        path.write_bytes(b"my thesis" * 1_000)
        assert self.refusal(path) == (
            f"{path}: querydsl has not made this file: give the name of one that querydsl collect has made"
        )

    def test_the_database_of_another_program(self, path):
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE videos (id INTEGER)")
        database.close()
        assert (
            self.refusal(path) == f"{path}: querydsl has not made this file, and it is left as it is; give another name"
        )

    def test_a_newer_version(self, filled):
        with sqlite3.connect(filled) as database:
            database.execute(f"PRAGMA user_version = {FILE_FORMAT + 1}")
        database.close()
        assert self.refusal(filled) == (
            f"{filled}: a newer querydsl has made it (format {FILE_FORMAT + 1}; this one knows {FILE_FORMAT}), "
            "and it is left as it is; update querydsl"
        )

    def test_a_damaged_one_says_so_when_it_is_read(self, filled):
        content = filled.read_bytes()
        filled.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
        with pytest.raises(StoreError) as caught, Store(filled) as store:
            list(store.videos())
        assert str(caught.value) == (
            f"{filled}: database disk image is malformed; the file is damaged: restore it, or begin a new one"
        )

    def test_a_closed_one(self, filled):
        with Store(filled) as store:
            videos = store.videos()
            next(videos)
        for use in (lambda: len(store), lambda: list(videos), lambda: list(store.videos())):
            with pytest.raises(StoreError, match=r"^.*: Cannot operate on a closed database\.$"):
                use()


def test_names_with_odd_characters_are_names(tmp_path, talk):
    path = tmp_path / "a b?c#d%41&e=\u732b.db"
    with Client("any", base_url=talk([page([7])]).server.url) as client:
        collect(REQUEST, path, client=client)
    with Store(path) as store:
        assert [video.id for video in store.videos()] == [7]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "videos.db"
    plan = select().where(Hashtag == "cat").between("20230101", "20230228").plan()
    with serve(App(corpus(1_500, end="20230228"))) as url, Client("any-token", base_url=url) as client:
        collect(plan, path, client=client, name="cats")
    return path.read_bytes()


class TestDamagedBytes:
    """If any bytes of a file change, reading it works or raises StoreError."""

    @settings(max_examples=25)
    @given(st.data())
    def test_reading_works_or_is_refused(self, whole, data):
        changed = bytearray(whole)
        places = st.integers(100, len(whole) - 1)  # the first bytes identify the program
        for place in data.draw(st.lists(places, min_size=1, max_size=5)):
            changed[place] = data.draw(st.integers(0, 255))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "videos.db")
            path.write_bytes(changed)
            for read in READINGS:
                with suppress(StoreError), Store(path) as store:
                    read(store, folder)

    def test_a_text_that_is_not_utf8_is_named_with_its_row(self, whole, tmp_path):
        path = tmp_path / "videos.db"
        path.write_bytes(whole.replace(b'"video_description"', b'"video_descriptio\xff"', 1))
        with Store(path) as store:
            with pytest.raises(StoreError, match=r"damaged in the table videos, row \d+: raw is not text in UTF-8"):
                list(store.videos())
            with pytest.raises(StoreError, match=r"damaged in the table videos, row \d+: raw is not text in UTF-8"):
                store.export(tmp_path / "out.jsonl", "cats")

    def test_a_schema_that_sqlite_cannot_name_is_refused(self, whole, tmp_path):
        path = tmp_path / "videos.db"
        damaged_name = whole.replace(b"tablecollections", b"tablecollecti\xdens", 1)
        path.write_bytes(damaged_name.replace(b"CREATE TABLE collections", b"CREATX TABLE collections", 1))
        with Store(path) as store, pytest.raises(StoreError, match="the file is damaged"):
            store.status()


READINGS = [
    lambda store, _: len(store),
    lambda store, _: store.collections(),
    lambda store, _: store.status(),
    lambda store, _: list(store.videos()),
    lambda store, _: list(store.videos("cats")),
    lambda store, _: store.newest(3, "cats"),
    lambda store, folder: store.export(f"{folder}/out.jsonl"),
    lambda store, folder: store.export(f"{folder}/out.csv", "cats"),
    lambda store, _: store.frame("pyarrow"),
    lambda store, folder: store.report(f"{folder}/out.md"),
]
