"""The writer: which files it accepts, and that a page and its progress are stored together or not at all."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import Region, Store, StoreError, Video, select
from querydsl.collecting.wants import asking
from querydsl.ledger import days as spans
from querydsl.storage import catalogue, columns, counts
from querydsl.storage.columns import COLUMNS
from querydsl.storage.file_format import APPLICATION_ID, FILE_FORMAT
from querydsl.storage.rows import Row, row
from querydsl.storage.searches import Target
from querydsl.storage.writer import Added, Writer

from ..test_videos import received
from .files import Keeper, fill, rows, snapshot

FIRST = select("id").where(Region == "US").on("20230101").request()
SECOND = attrs.evolve(FIRST, start_date="20230102", end_date="20230102")
OTHER = select("id").where(Region == "JP").on("20230101").request()


def video(number, **more):
    received = {"id": number, **more}
    return row(received, json.dumps(received))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "videos.db"


class TestTables:
    def test_they_are_the_documented_ones(self, path):
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, FIRST, name="us")
            keeper.add([video(7, region_code="US", hashtag_names=["a"])], 100)
        assert rows(path, "SELECT id, raw, region_code, hashtag_names, view_count FROM videos") == [
            (7, '{"id": 7, "region_code": "US", "hashtag_names": ["a"]}', "US", '["a"]', None)
        ]
        assert rows(path, "SELECT first_received, last_received FROM videos") == [("2026-05-01T12:00:00Z",) * 2]
        assert rows(
            path, "SELECT state, days, fields, cursor, search_id, pages, videos, calls, began_at FROM searches"
        ) == [("open", "2023-01-01/2023-01-01", "id,create_time", 100, "77", 1, 1, 1, "2026-05-01T12:00:00Z")]
        assert rows(path, "SELECT * FROM found") == [(7, 1)]
        assert rows(path, "SELECT day, videos FROM counts") == [("2023-01-01", 1)]
        assert rows(path, "SELECT name, expression FROM collections") == [("us", "Region == 'US'")]
        assert rows(path, "PRAGMA application_id") == [(APPLICATION_ID,)]
        assert rows(path, "PRAGMA user_version") == [(FILE_FORMAT,)]

    def test_it_leaves_a_single_file(self, path):
        with Writer(path, "this computer"):
            assert len(os.listdir(path.parent)) > 1
        assert os.listdir(path.parent) == ["videos.db"]


class TestAdd:
    @pytest.fixture
    def writer(self, path):
        with Writer(path, "this computer") as writer:
            yield writer

    def test_the_result_has_the_new_videos(self, writer):
        keeper = Keeper(writer, [FIRST, OTHER])
        assert keeper.add([video(1), video(2)], 100) == Added(found=2, selected=2, new=2)
        assert keeper.add([video(2), video(3)]) == Added(found=1, selected=1, new=1)
        assert keeper.add([video(3), video(4)], number=1) == Added(found=2, selected=1, new=1)

    def test_a_page_without_videos_ends_a_search_too(self, writer, path):
        assert Keeper(writer, FIRST).add([]) == Added()
        assert rows(path, "SELECT state, pages FROM searches") == [("done", 1)]

    def test_a_video_twice_on_a_page_is_merged(self, writer, path):
        keeper = Keeper(writer, FIRST)
        page = [video(1, username="a", like_count=2), video(2), video(1, like_count=3, view_count=0)]
        assert keeper.add(page) == Added(2, 2, 0, 2)
        assert rows(path, "SELECT id, username, like_count, view_count FROM videos ORDER BY id") == [
            (1, "a", 3, 0),
            (2, None, None, None),
        ]

    def test_an_object_without_a_readable_id_is_kept_apart_once(self, writer, path):
        keeper = Keeper(writer, [FIRST, OTHER])
        unreadable = row({"id": "x"}, '{"id": "x"}')
        assert keeper.add([unreadable, video(1)], 100) == Added(1, 1, 0, 1)
        assert keeper.add([unreadable, unreadable]) == Added()
        keeper.add([unreadable], number=1)
        assert rows(path, "SELECT raw, search_id FROM unreadable") == [('{"id": "x"}', 1), ('{"id": "x"}', 2)]
        assert rows(path, "SELECT id FROM videos") == [(1,)]

    def test_merged_answers_are_json_with_the_numbers_as_they_came(self, writer, path):
        keeper = Keeper(writer, FIRST)
        for raw in ('{"id": 1, "speed": 1e999, "video_label": {"a": 1e400}}', '{"id": 1, "like_count": 4, "z": 1.10}'):
            keeper.add([row(json.loads(raw), raw)], 1)
        [[raw, label]] = rows(path, "SELECT raw, video_label FROM videos")
        assert raw == '{"id": 1, "speed": 1e999, "video_label": {"a": 1e400}, "like_count": 4, "z": 1.10}'
        assert label == '{"a": 1e400}'

    @pytest.mark.parametrize("more", [{}, {"username": "a"}], ids=["the same columns", "other columns"])
    def test_a_page_that_fails_leaves_no_trace(self, writer, path, more):
        keeper = Keeper(writer, FIRST)
        with pytest.raises(StoreError):
            keeper.add([video(1), Row(2, {"id": 2, **more, "raw": object()})])
        assert rows(path, "SELECT (SELECT count(*) FROM videos), (SELECT count(*) FROM searches)") == [(0, 0)]
        keeper = Keeper(writer, FIRST)
        assert keeper.add([video(1)]) == Added(1, 1, 0, 1)

    def test_newer_values_replace_older_ones(self, writer, path):
        keeper = Keeper(writer, FIRST)
        keeper.add([video(1, like_count=3, username="a")], 1)
        keeper.add([video(1, like_count=4, username="a")], 2)
        assert rows(path, "SELECT raw, like_count FROM videos") == [('{"id": 1, "like_count": 4, "username": "a"}', 4)]

    def test_members_of_only_the_older_answer_are_kept(self, writer, path):
        keeper = Keeper(writer, FIRST)
        keeper.add([video(1, username="a", sound="off")], 1)
        keeper.add([video(1, like_count=4)], 2)
        [[raw, likes, name]] = rows(path, "SELECT raw, like_count, username FROM videos")
        assert json.loads(raw) == {"id": 1, "like_count": 4, "username": "a", "sound": "off"}
        assert (likes, name) == (4, "a")

    def test_a_lone_surrogate_stays_in_raw(self, writer, path):
        keeper = Keeper(writer, FIRST)
        keeper.add([video(1, username="a\ud800"), video(2, hashtag_names=["\udc00\0"])])
        assert rows(path, "SELECT username, hashtag_names FROM videos") == [
            ("a\ufffd", None),
            (None, '["\ufffd\\u0000"]'),
        ]
        assert [json.loads(raw) for [raw] in rows(path, "SELECT raw FROM videos")] == [
            {"id": 1, "username": "a\ud800"}, {"id": 2, "hashtag_names": ["\udc00\0"]},
        ]  # fmt: skip

    def test_ids_are_exact(self, writer, path):
        keeper = Keeper(writer, FIRST)
        keeper.add([video(2**63 - 1), video(-(2**63)), video(0)])
        assert rows(path, "SELECT id FROM videos ORDER BY id") == [(-(2**63),), (0,), (2**63 - 1,)]


def refusal(path):
    """The error of a writer for a file, which stays unchanged with everything beside it."""
    before = snapshot(path.parent)
    with pytest.raises(StoreError) as caught:
        Writer(path, "this computer")
    assert snapshot(path.parent) == before
    return str(caught.value)


NOT_OURS = "querydsl has not made this file, and it is left as it is; give another name"


class TestWhoseFileItIs:
    def test_an_empty_file_is_used(self, path):
        path.touch()
        with Writer(path, "this computer") as writer:
            assert Keeper(writer, FIRST).add([video(1)]).new == 1

    @pytest.mark.parametrize(
        "content", [b"x", b"id,name\n" * 1_000, b"SQLite format 3\0", b"SQLite format 3\0" * 900, b"\0" * 4096]
    )
    def test_a_file_of_another_kind(self, path, content):
        path.write_bytes(content)
        assert refusal(path) == f"{path}: {NOT_OURS}"

    def test_the_database_of_another_program(self, path):
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE videos (id INTEGER)")
        database.close()
        assert refusal(path) == f"{path}: {NOT_OURS}"

    def test_the_database_of_another_program_that_is_in_use(self, path):
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE videos (id INTEGER)")
        assert refusal(path) == f"{path}: {NOT_OURS}"
        database.close()

    def test_a_newer_version(self, path):
        Writer(path, "this computer").close()
        with sqlite3.connect(path) as database:
            database.execute(f"PRAGMA user_version = {FILE_FORMAT + 1}")
        database.close()
        assert refusal(path) == (
            f"{path}: a newer querydsl has made it (format {FILE_FORMAT + 1}; this one knows {FILE_FORMAT}), "
            "and it is left as it is; update querydsl"
        )

    def test_format_1_which_was_never_released(self, path):
        Writer(path, "this computer").close()
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 1")
        database.close()
        assert refusal(path) == (
            f"{path}: it is of format 1, which was never released; this querydsl knows format 2; it is left as it is: "
            "collect into another file"
        )

    @pytest.mark.parametrize("keep", [100, 4096, 5000, 9000])
    def test_a_file_that_was_cut_off(self, path, keep):
        Writer(path, "this computer").close()
        path.write_bytes(path.read_bytes()[:keep])
        assert refusal(path).startswith(f"{path}: ")

    def test_a_damaged_one(self, path):
        Writer(path, "this computer").close()
        content = path.read_bytes()
        path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
        assert refusal(path) == (
            f"{path}: database disk image is malformed; the file is damaged: restore it, or begin a new one"
        )

    def test_a_folder(self, path):
        path.mkdir()
        assert refusal(path) == f"{path}: this is a folder; give the name of a file in it"

    def test_no_folder(self, path):
        assert refusal(path / "x.db") == f"{path}/x.db: there is no folder {path}; make it first"

    @pytest.mark.parametrize("name", ["", "a\0b", None, 7, b"x.db"])
    def test_no_name(self, name):
        with pytest.raises(StoreError, match=r"is not the name of a file$"):
            Writer(name, "this computer")

    def test_a_link_that_leads_nowhere_is_followed(self, path):
        path.symlink_to(path.with_name("there.db"))
        Writer(path, "this computer").close()
        assert path.with_name("there.db").exists()


BUSY = "another collection is writing to it; wait for that to end, or give another file"

HOLD = """
import sys
from querydsl.storage.writer import Writer
with Writer(sys.argv[1], 'this computer'):
    print("held", flush=True)
    sys.stdin.read()
"""


class TestOneAtATime:
    def test_another_writer_is_refused(self, path):
        with Writer(path, "this computer"):
            assert refusal(path) == f"{path}: {BUSY}"
        Writer(path, "this computer").close()

    def test_another_writer_is_refused_in_another_process(self, path):
        command = [sys.executable, "-c", HOLD, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holding:
            assert holding.stdout.readline() == b"held\n"
            assert refusal(path) == f"{path}: {BUSY}"
            holding.kill()
        Writer(path, "this computer").close()  # the lock ended with the process, although its file is still there

    def test_another_writer_is_refused_under_another_name(self, path):
        with Writer(path, "this computer"):
            assert refusal(Path(os.path.relpath(path))) == f"{os.path.relpath(path)}: {BUSY}"

    def test_writers_of_different_files_do_not_interfere(self, path):
        with Writer(path, "this computer"), Writer(path.with_name("other.db"), "this computer"):
            pass

    def test_at_most_one_of_many_writers_has_the_file(self, path):
        Writer(path, "this computer").close()
        together = threading.Barrier(8)
        inside, most, failures = [], [], []

        def use():
            try:
                with Writer(path, "this computer"):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
            except StoreError as refused:
                failures.append(str(refused))

        def use_often():
            together.wait()
            for _ in range(40):
                use()

        threads = [threading.Thread(target=use_often) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(most) == {1}
        assert set(failures) <= {f"{path}: {BUSY}"}
        assert os.listdir(path.parent) == ["videos.db"]


class TestWhereVideosComeFrom:
    def test_another_origin_is_refused(self, path):
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, FIRST)
            keeper.add([video(1)])
        before = snapshot(path.parent)
        with pytest.raises(StoreError) as refused:
            Writer(path, "open.tiktokapis.com")
        message = "its videos come from this computer, and these would from open.tiktokapis.com; give another file"
        assert str(refused.value) == f"{path}: {message}"
        assert snapshot(path.parent) == before

    def test_a_file_without_videos_accepts_another_origin(self, path):
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, FIRST)
            keeper.add([])
        with Writer(path, "open.tiktokapis.com") as writer:
            assert rows(path, "SELECT * FROM searches") == []
        assert rows(path, "SELECT host FROM origin") == [("open.tiktokapis.com",)]


class TestNames:
    def test_a_file_is_held_under_all_its_names(self, path):
        Writer(path, "this computer").close()
        os.link(path, path.with_name("link.db"))
        with Writer(path, "this computer"):
            with pytest.raises(StoreError, match=BUSY):
                Writer(path.with_name("link.db"), "this computer")
            assert not list(path.parent.glob("link.db-*"))
        with Writer(path.with_name("link.db"), "this computer"):
            pass

    def test_another_writer_is_refused_in_another_process(self, path):
        Writer(path, "this computer").close()
        os.link(path, path.with_name("link.db"))
        command = [sys.executable, "-c", HOLD, str(path.with_name("link.db"))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holding:
            assert holding.stdout.readline() == b"held\n"
            with pytest.raises(StoreError, match=BUSY):
                Writer(path, "this computer")
            holding.kill()
        Writer(path, "this computer").close()

    def test_a_link_is_held_by_the_file_that_it_leads_to(self, path):
        link = path.with_name("link.db")
        link.symlink_to(path)
        with Writer(link, "this computer"), pytest.raises(StoreError, match="another collection is writing to it"):
            Writer(path, "this computer")

    def test_a_name_that_means_memory_to_sqlite_is_a_file(self, path, monkeypatch):
        monkeypatch.chdir(path.parent)
        Writer(":memory:", "this computer").close()
        assert os.listdir() == [":memory:"]

    def test_a_foreign_file_beside_stays(self, path):
        theirs = path.with_name("videos.db-lock")
        theirs.write_text("not yours")
        Writer(path, "this computer").close()
        assert theirs.read_text() == "not yours"


class TestVideosThatCameBefore:
    @pytest.mark.parametrize(
        ("older", "newer", "kept"),
        [
            ({"view_count": 1, "like_count": 2}, {"view_count": 3}, {"view_count": 3, "like_count": 2}),
            ({"view_count": 1}, {"view_count": None}, {"view_count": 1}),
            (
                {"favourites_count": 5, "view_count": 1},
                {"favorites_count": 6},
                {"favorites_count": 6, "view_count": 1},
            ),
            ({"view_count": 1}, {"view_count": 2, "new": True}, {"view_count": 2, "new": True}),
        ],
    )
    def test_the_newer_answer_counts_with_members_of_the_older(self, path, older, newer, kept):
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, [FIRST, OTHER])
            for number, more in enumerate((older, newer)):
                keeper.add([video(1, **more)], number=number)
        with Store(path) as store:
            [found] = store.videos()
        assert found == Video.from_dict({"id": 1, **kept})


class TestCountsOfSharedQueries:
    FIRST_DAY = 1_672_531_200  # 2023-01-01T00:00:00Z

    def january(self, first, last):
        return [select("id").where(Region == "US").on(f"202301{day:02d}").request() for day in range(first, last + 1)]

    def asked_by_another(self, path):
        """A file in which each day has one search, which has found one video of each of two days, two months apart."""
        late = select("id").where(Region == "US").on("20230301").request()
        for plan, created in ((self.january(1, 1), self.FIRST_DAY), ([late], self.FIRST_DAY + 59 * 86_400)):
            fill(path, [video(created, create_time=created)], plan, name="a")

    def test_only_videos_of_the_new_days_are_read(self, path):
        self.asked_by_another(path)
        read = []
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, self.january(1, 1), "b")
            with writer.transaction() as database:
                counts.recount(database, keeper.collection.id, keeper.asked.days, lambda one: not read.append(one))
        assert [one["id"] for one in read] == [self.FIRST_DAY]
        assert rows(path, "SELECT day, videos FROM counts WHERE collection_id = 2") == [("2023-01-01", 1)]

    def test_days_that_were_counted_before_are_left(self, path):
        self.asked_by_another(path)
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, self.january(1, 2), "b")
            with writer.transaction() as database:
                assert catalogue.ask(database, keeper.collection.id, keeper.targets).spans == ()

    @pytest.mark.parametrize("created", [None, FIRST_DAY])
    def test_a_video_counts_once_when_days_are_added_repeatedly(self, path, created):
        span = [select("id").where(Region == "US").between("20230101", "20230105").request()]
        fill(path, [video(7, **({} if created is None else {"create_time": created}))], span, name="a")
        with Writer(path, "this computer") as writer:
            collection = Keeper(writer, [], "b").collection
            for last in (1, 3, 5):
                [want] = asking(self.january(1, last)).wants
                with writer.transaction() as database:
                    target = Target(want, catalogue.query_number(database, want.rest), collection.id)
                    new = catalogue.ask(database, collection.id, [target])
                    assert spans.count(new) == min(last, 2)
                    counts.recount(database, collection.id, new, None)
                    assert counts.count(database, collection.id, want.days) == 1

    def test_a_search_that_was_forgotten_has_found_videos_before_the_days_it_covers(self, path):
        span = [select("id").where(Region == "US").between("20230101", "20230130").request()]
        fill(path, [video(7, create_time=self.FIRST_DAY)], span, name="a")
        with Writer(path, "this computer") as writer:
            with writer.transaction() as database:
                database.execute("UPDATE searches SET days = '2023-01-20/2023-01-30'")
            collection = Keeper(writer, [], "b").collection
            [want] = asking(self.january(1, 1)).wants
            with writer.transaction() as database:
                target = Target(want, catalogue.query_number(database, want.rest), collection.id)
                counts.recount(database, collection.id, catalogue.ask(database, collection.id, [target]), None)
                assert counts.count(database, collection.id, want.days) == 1

    def test_new_days_that_nobody_has_asked_are_not_counted(self, path):
        self.asked_by_another(path)
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, [], "b")
            later = [select("id").where(Region == "US").on("20230302").request()]
            [want] = asking(later).wants
            with writer.transaction() as database:
                target = Target(want, catalogue.query_number(database, want.rest), keeper.collection.id)
                assert catalogue.ask(database, keeper.collection.id, [target]).spans == ()


FIELDS = st.lists(st.sampled_from([name for name in COLUMNS if name != "id"]), min_size=1, max_size=4, unique=True)


class TestFilesMadeBeforeAFieldWasAdded:
    def made_without(self, path, names, videos):
        """A file made by a version of the package without these Video fields."""
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, FIRST)
            keeper.add([video(**one) for one in videos])
        with closing(sqlite3.connect(path)) as database:
            for name in names:
                database.execute(f"ALTER TABLE videos DROP COLUMN {name}")
            database.commit()

    @settings(max_examples=20)
    @given(FIELDS, received, st.booleans())
    def test_opened_for_writing_they_have_all_columns_and_all_values(self, names, known, odd):
        with TemporaryDirectory() as folder:
            old, new = Path(folder, "old.db"), Path(folder, "new.db")
            one = {**known, "number": 7, **({"username": "a\ud800"} if odd else {})}
            self.made_without(old, names, [one, {"number": 8}])
            self.made_without(new, [], [one, {"number": 8}])
            Writer(old, "this computer").close()
            everything = f"SELECT raw, {', '.join(COLUMNS)} FROM videos ORDER BY id"
            assert rows(old, everything) == rows(new, everything)

    def test_a_value_under_the_other_spelling_is_found(self, path):
        self.made_without(
            path, ["favorites_count"], [{"number": 1, "favorites_count": 5}, {"number": 2, "favourites_count": 6}]
        )
        Writer(path, "this computer").close()
        assert rows(path, "SELECT favorites_count FROM videos ORDER BY id") == [(5,), (6,)]

    def test_a_new_column_is_filled_in_several_batches(self, path, monkeypatch):
        monkeypatch.setattr(columns, "BATCH", 2)
        self.made_without(path, ["like_count"], [{"number": number, "like_count": number} for number in range(5)])
        Writer(path, "this computer").close()
        assert rows(path, "SELECT like_count FROM videos ORDER BY id") == [(number,) for number in range(5)]

    def test_new_videos_have_the_column_too(self, path):
        self.made_without(path, ["like_count"], [{"number": 1}])
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, SECOND)
            keeper.add([video(2, like_count=3)])
        assert rows(path, "SELECT like_count FROM videos ORDER BY id") == [(None,), (3,)]

    def test_a_column_that_this_version_does_not_know_does_no_harm(self, path):
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, FIRST)
            keeper.add([video(1)], 100)
        with closing(sqlite3.connect(path)) as database:
            database.execute("ALTER TABLE videos ADD COLUMN shop_id INTEGER")
        with Writer(path, "this computer") as writer:
            keeper = Keeper(writer, FIRST)
            keeper.add([video(1, like_count=3), video(2)])
        assert rows(path, "SELECT id, like_count, shop_id FROM videos ORDER BY id") == [(1, 3, None), (2, None, None)]

    def test_it_is_all_or_nothing(self, path):
        self.made_without(path, ["like_count"], [{"number": 1, "like_count": 3}, {"number": 2}])
        with closing(sqlite3.connect(path)) as database:
            database.execute(
                "CREATE TRIGGER stop BEFORE UPDATE ON videos WHEN OLD.id = 2 BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        before = rows(path, "SELECT * FROM videos")
        with pytest.raises(StoreError, match=r"no$"):
            Writer(path, "this computer")
        assert rows(path, "SELECT * FROM videos") == before

    def test_files_of_another_origin_are_not_changed(self, path):
        self.made_without(path, ["like_count"], [{"number": 1}])
        before = snapshot(path.parent)
        with pytest.raises(StoreError):
            Writer(path, "open.tiktokapis.com")
        assert snapshot(path.parent) == before
