"""Exporting: exact, whole or not there."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import ALL_FIELDS, Region, Store, StoreError, Video, select
from querydsl.storage import columns
from querydsl.storage.rows import row
from querydsl.storage.writer import Writer
from querydsl.tables import VIDEO_FIELDS
from tests.test_videos import WHOLE, received, unknown

from ..storage.files import fill, rows, snapshot

REQUEST = select("id").where(Region == "US").on("20230101").request()


def keep(path, videos):
    fill(path, [row(one, json.dumps(one)) for one in videos], REQUEST)


@pytest.fixture
def store(tmp_path):
    keep(
        tmp_path / "videos.db",
        [WHOLE, {"id": 7}, {"id": 8, "username": "a\ud800", "effect_ids": [], "sound": 'o"f\nf'}],
    )
    with Store(tmp_path / "videos.db") as store:
        yield store


def exported(store, name):
    path = store.path.with_name(name)
    assert store.export(path) == len(store)
    return path


def read_csv(path):
    text = path.read_bytes().decode("utf-8")
    nul = "\0" if sys.version_info >= (3, 11) else "\ufdd0"  # before, csv reads none; that is no character either
    rows = csv.DictReader(io.StringIO(text.replace("\0", nul), newline=""))
    return [{name: value.replace(nul, "\0") for name, value in row.items()} for row in rows]


class TestJsonLines:
    def test_each_line_is_a_video_as_it_came(self, store):
        path = exported(store, "out.jsonl")
        assert path.read_bytes() == b"".join(
            json.dumps(one).encode() + b"\n"
            for one in ({"id": 7}, {"id": 8, "username": "a\ud800", "effect_ids": [], "sound": 'o"f\nf'}, WHOLE)
        )

    def test_without_videos_it_is_empty(self, tmp_path):
        Writer(tmp_path / "videos.db", "this computer").close()
        with Store(tmp_path / "videos.db") as store:
            assert exported(store, "out.jsonl").read_bytes() == b""


class TestCsv:
    def test_it_has_a_column_for_each_documented_field(self, store):
        lines = read_csv(exported(store, "out.csv"))
        assert list(lines[0]) == list(ALL_FIELDS)
        assert [line["id"] for line in lines] == ["7", "8", "702874395068494965"]
        assert set(lines[0].values()) == {"7", ""}
        assert (lines[1]["username"], lines[1]["effect_ids"]) == ("a\ufffd", "[]")

    def test_lists_and_structs_are_json_text(self, store):
        line = read_csv(exported(store, "out.CSV"))[2]
        for name in ALL_FIELDS:
            if VIDEO_FIELDS[name].type in ("list<string>", "struct"):
                assert json.loads(line[name]) == WHOLE[name]

    def test_line_ends_in_a_text_stay(self, tmp_path):
        keep(tmp_path / "videos.db", [{"id": 7, "video_description": 'a\nb\r\nc,"d"\r'}])
        with Store(tmp_path / "videos.db") as store:
            assert read_csv(exported(store, "out.csv"))[0]["video_description"] == 'a\nb\r\nc,"d"\r'


class TestParquet:
    parquet = pytest.importorskip("pyarrow.parquet")

    def read(self, path):
        return self.parquet.read_table(path)

    def test_it_has_a_typed_column_for_each_documented_field(self, store):
        table = self.read(exported(store, "out.parquet"))
        types = {"int64": "int64", "string": "string", "bool": "bool", "list<string>": "list<", "struct": "string"}
        assert table.column_names == list(ALL_FIELDS)
        assert all(
            str(column.type).startswith(types[VIDEO_FIELDS[name].type])
            for name, column in zip(ALL_FIELDS, table.columns, strict=True)
        )

    def test_its_rows_are_the_videos(self, store):
        empty, odd, whole = self.read(exported(store, "out.parquet")).to_pylist()
        assert set(empty.values()) == {7, None}
        assert (odd["username"], odd["effect_ids"]) == ("a\ufffd", [])
        structs = {name for name in ALL_FIELDS if VIDEO_FIELDS[name].type == "struct"}
        assert {name: json.loads(value) if name in structs else value for name, value in whole.items()} == WHOLE

    def test_without_videos_it_has_columns_still(self, tmp_path):
        Writer(tmp_path / "videos.db", "this computer").close()
        with Store(tmp_path / "videos.db") as store:
            assert self.read(exported(store, "out.parquet")).column_names == list(ALL_FIELDS)

    def test_without_pyarrow_it_says_what_to_install(self, store, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        before = snapshot(store.path.parent)
        with pytest.raises(StoreError) as caught:
            store.export(store.path.with_name("out.parquet"))
        assert str(caught.value) == "Parquet takes pyarrow: pip install 'querydsl[parquet]'"
        assert snapshot(store.path.parent) == before


many = st.lists(st.tuples(received, unknown), max_size=6).map(
    lambda videos: [{**known, **extra, "id": number} for number, (known, extra) in enumerate(videos)]
)


class TestRoundTrips:
    @settings(max_examples=25)
    @given(many)
    def test_nothing_is_lost(self, videos):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "videos.db"
            keep(path, videos)
            with Store(path) as store:
                assert list(store.videos()) == [Video.from_dict(one) for one in videos]
                lines = exported(store, "out.jsonl").read_text("utf-8").rstrip("\n").split("\n") if videos else []
                assert [json.loads(line) for line in lines] == videos
                table = [tuple(line.values()) for line in read_csv(exported(store, "out.csv"))]
                assert table == [
                    tuple("" if value is None else str(value) for value in line)
                    for line in rows(path, f"SELECT {', '.join(ALL_FIELDS)} FROM videos ORDER BY id")
                ]

    def test_so_it_is_when_there_are_more_than_are_held_at_a_time(self, tmp_path):
        count = columns.BATCH * 2 + 1
        keep(tmp_path / "videos.db", [{"id": number} for number in range(count)])
        with Store(tmp_path / "videos.db") as store:
            lines = exported(store, "out.jsonl").read_text().splitlines()
            assert [json.loads(line)["id"] for line in lines] == list(range(count))
            assert len(read_csv(exported(store, "out.csv"))) == count


class TestInPlace:
    def test_it_takes_the_place_of_an_older_one(self, store):
        store.path.with_name("out.csv").write_text("older")
        assert exported(store, "out.csv").read_text().startswith("id,")
        assert sorted(os.listdir(store.path.parent)) == ["out.csv", "videos.db"]

    @pytest.mark.parametrize("name", ["out", "out.txt", "out.json", "out.jsonl.gz", ".csv"])
    def test_the_name_says_how(self, store, name):
        before = snapshot(store.path.parent)
        path = store.path.with_name(name)
        with pytest.raises(StoreError) as caught:
            store.export(path)
        assert str(caught.value) == f"{path}: the name has to end in .jsonl, .csv, .parquet, which says how to write it"
        assert snapshot(store.path.parent) == before

    def test_a_folder_is_none(self, store):
        path = store.path.with_name("out.csv")
        path.mkdir()
        with pytest.raises(StoreError) as caught:
            store.export(path)
        assert str(caught.value) == f"{path}: this is a folder; give the name of a file in it"

    def test_there_has_to_be_a_folder(self, store):
        path = store.path.with_name("no") / "out.csv"
        with pytest.raises(StoreError) as caught:
            store.export(path)
        assert str(caught.value) == f"{path}: there is no folder {path.parent}; make it first"

    def test_a_name_that_is_too_long(self, store):
        path = store.path.with_name("x" * 250 + ".csv")
        with pytest.raises(StoreError, match=r"File name too long$"):
            store.export(path)
        assert os.listdir(store.path.parent) == ["videos.db"]

    @pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
    def test_a_damaged_source_leaves_what_was_there(self, tmp_path, ending):
        path = tmp_path / "videos.db"
        keep(path, [{"id": number, "username": "x" * 3_000} for number in range(50)])
        content = path.read_bytes()
        half = len(content) // 2
        path.write_bytes(content[:half] + b"\xff" * (len(content) - half))
        target = tmp_path / f"out.{ending}"
        target.write_text("older")
        with Store(path) as store, pytest.raises(StoreError, match="malformed"):
            store.export(target)
        assert target.read_text() == "older"
        assert sorted(os.listdir(tmp_path)) == sorted([target.name, "videos.db"])

    @pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
    @pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
    def test_a_full_disk_leaves_what_was_there(self, tmp_path, ending):
        keep(tmp_path / "videos.db", [{"id": number, "username": f"{number}" * 100} for number in range(4_000)])
        target = tmp_path / f"out.{ending}"
        target.write_text("older")
        program = (
            "import resource, sys\n"
            "from querydsl import Store, StoreError\n"
            "with Store(sys.argv[1]) as store:\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
            "    try:\n"
            "        store.export(sys.argv[2])\n"
            "    except StoreError as refused:\n"
            "        print(refused)\n"
        )
        command = [sys.executable, "-c", program, str(tmp_path / "videos.db"), str(target)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.startswith(f"{target}: ")
        assert "File too large" in done.stdout
        assert target.read_text() == "older"
        assert sorted(os.listdir(tmp_path)) == sorted([target.name, "videos.db"])


class TestTargets:
    def test_the_file_itself_is_refused(self, tmp_path):
        path = tmp_path / "videos.csv"
        Writer(path, "this computer").close()
        link = tmp_path / "link.csv"
        link.symlink_to(path)
        before = path.read_bytes()
        with Store(path) as store:
            for target in (path, link):
                with pytest.raises(StoreError, match="this is the file itself; give another name"):
                    store.export(target)
        assert path.read_bytes() == before

    def test_a_link_stays_a_link(self, tmp_path):
        path, target, link = (tmp_path / name for name in ("videos.db", "target.csv", "link.csv"))
        Writer(path, "this computer").close()
        link.symlink_to(target)
        with Store(path) as store:
            store.export(link)
        assert link.is_symlink()
        assert target.read_text().startswith("id,")
