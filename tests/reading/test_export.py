"""Exporting: exact, and complete or absent."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import ALL_FIELDS, Region, Store, StoreError, Video, select
from querydsl.reading import export
from querydsl.reading.export import ids_as_text
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
    nul = "\0" if sys.version_info >= (3, 11) else "\ufdd0"  # earlier versions of csv cannot read NUL
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
        assert list(lines[0]) == [*ALL_FIELDS, "extra"]
        assert [line["id"] for line in lines] == ["7", "8", "702874395068494965"]
        assert set(lines[0].values()) == {"7", ""}
        assert (lines[1]["username"], lines[1]["effect_ids"]) == ("a\ufffd", "[]")
        assert json.loads(lines[1]["extra"]) == {"sound": 'o"f\nf'}

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
        assert table.column_names == [*ALL_FIELDS, "extra"]
        assert all(
            str(column.type).startswith(types[VIDEO_FIELDS[name].type])
            for name, column in zip(ALL_FIELDS, table.columns, strict=False)
        )

    def test_its_rows_are_the_videos(self, store):
        empty, odd, whole = self.read(exported(store, "out.parquet")).to_pylist()
        assert set(empty.values()) == {7, None}
        assert (odd["username"], odd["effect_ids"]) == ("a\ufffd", [])
        structs = {name for name in ALL_FIELDS if VIDEO_FIELDS[name].type == "struct"}
        assert odd["extra"] == '{"sound": "o\\"f\\nf"}'
        assert whole.pop("extra") is None
        assert {name: json.loads(value) if name in structs else value for name, value in whole.items()} == WHOLE

    def test_without_videos_it_has_columns_still(self, tmp_path):
        Writer(tmp_path / "videos.db", "this computer").close()
        with Store(tmp_path / "videos.db") as store:
            assert self.read(exported(store, "out.parquet")).column_names == [*ALL_FIELDS, "extra"]

    def test_without_pyarrow_it_says_what_to_install(self, store, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        before = snapshot(store.path.parent)
        with pytest.raises(StoreError) as caught:
            store.export(store.path.with_name("out.parquet"))
        assert str(caught.value) == "Parquet takes pyarrow: pip install 'querydsl[parquet]'"
        assert snapshot(store.path.parent) == before


names = st.sampled_from(["id", "a_id", "ids", "aid", 'x"_id', "n"])
json_values = st.recursive(
    st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(['"id": 7', '\\"', "id"]) | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
)


class TestIds:
    """With `ids="text"` no reader takes an id for a number and rounds it."""

    LARGE = 2**53 + 1
    VIDEOS = ({"id": LARGE, "music_id": LARGE, "playlist_id": str(LARGE), "effect_ids": [LARGE], "like_count": LARGE},)

    @pytest.fixture
    def store(self, tmp_path):
        labels = {"hashtag_info_list": [{"hashtag_id": self.LARGE, "views": 1}], "speed": 1.0}
        keep(tmp_path / "videos.db", [{**self.VIDEOS[0], **labels}, {"id": 7}])
        with Store(tmp_path / "videos.db") as store:
            yield store

    def test_in_json_lines_they_are_text(self, store):
        store.export(store.path.with_name("out.jsonl"), ids="text")
        small, large = store.path.with_name("out.jsonl").read_text().splitlines()
        text = str(self.LARGE)
        assert small == '{"id": "7"}'
        assert json.loads(large) == {
            "id": text,
            "music_id": text,
            "playlist_id": text,
            "effect_ids": [text],
            "like_count": self.LARGE,
            "hashtag_info_list": [{"hashtag_id": text, "views": 1}],
            "speed": 1.0,
        }

    def test_in_csv_a_prefix_is_before_the_digits(self, store):
        store.export(store.path.with_name("out.csv"), ids="text")
        small, large = read_csv(store.path.with_name("out.csv"))
        assert (small["id"], small["music_id"]) == ("id_7", "")
        assert [large[name] for name in ("id", "music_id", "playlist_id")] == [f"id_{self.LARGE}"] * 3
        assert json.loads(large["hashtag_info_list"]) == [{"hashtag_id": str(self.LARGE), "views": 1}]
        assert large["like_count"] == str(self.LARGE)

    def test_in_parquet_they_are_text(self, store):
        parquet = pytest.importorskip("pyarrow.parquet")
        store.export(store.path.with_name("out.parquet"), ids="text")
        small, large = parquet.read_table(store.path.with_name("out.parquet")).to_pylist()
        assert (small["id"], small["music_id"]) == ("7", None)
        assert [large[name] for name in ("id", "music_id", "playlist_id")] == [str(self.LARGE)] * 3
        assert json.loads(large["hashtag_info_list"]) == [{"hashtag_id": str(self.LARGE), "views": 1}]
        assert large["like_count"] == self.LARGE

    def test_another_way_is_refused(self, store):
        with pytest.raises(StoreError) as caught:
            store.export(store.path.with_name("out.csv"), ids="digits")
        assert str(caught.value) == "ids='digits' is no way to write ids: write 'number' or 'text'"

    @given(json_values)
    def test_nothing_but_ids_changes(self, value):
        for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, separators=(",", ":"))):
            assert json.loads(ids_as_text(text)) == self.expected(value)

    def expected(self, value, name=""):
        is_id = name in ("id", "ids") or name.endswith(("_id", "_ids"))
        if isinstance(value, dict):
            return {key: self.expected(one, "" if '"' in key else key) for key, one in value.items()}
        if isinstance(value, list):
            are_numbers = is_id and all(type(one) is int for one in value)
            return [str(one) if are_numbers else self.expected(one) for one in value]
        return str(value) if is_id and type(value) is int else value


class TestGuard:
    """A spreadsheet computes text that looks like a formula, also that of strangers."""

    FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1")

    @pytest.fixture
    def store(self, tmp_path):
        texts = [*self.FORMULAS, "1=1", "", "'=1", " x"]
        keep(
            tmp_path / "videos.db",
            [{"id": at, "video_description": text, "like_count": -1} for at, text in enumerate(texts)],
        )
        with Store(tmp_path / "videos.db") as store:
            yield store

    def test_no_cell_is_a_formula(self, store):
        store.export(store.path.with_name("out.csv"), guard=True)
        cells = [line["video_description"] for line in read_csv(store.path.with_name("out.csv"))]
        assert cells == [*(f"'{text}" for text in self.FORMULAS), "1=1", "", "'=1", " x"]

    def test_numbers_stay_numbers(self, store):
        store.export(store.path.with_name("out.csv"), guard=True)
        assert read_csv(store.path.with_name("out.csv"))[0]["like_count"] == "-1"

    def test_without_it_every_text_is_as_it_came(self, store):
        cells = [line["video_description"] for line in read_csv(exported(store, "out.csv"))]
        assert cells[: len(self.FORMULAS)] == list(self.FORMULAS)

    @pytest.mark.parametrize("ending", ["jsonl", "parquet"])
    def test_other_files_have_no_cells(self, store, ending):
        path = store.path.with_name(f"out.{ending}")
        with pytest.raises(StoreError) as caught:
            store.export(path, guard=True)
        assert str(caught.value) == f"{path}: only .csv has cells to guard; leave guard out"
        assert not path.exists()


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
                    for line in rows(path, f"SELECT {', '.join([*ALL_FIELDS, 'extra'])} FROM videos ORDER BY id")
                ]

    def test_nothing_is_lost_in_several_batches(self, tmp_path):
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
    def test_the_ending_of_the_name_chooses_the_format(self, store, name):
        before = snapshot(store.path.parent)
        path = store.path.with_name(name)
        with pytest.raises(StoreError) as caught:
            store.export(path)
        assert str(caught.value) == f"{path}: the name has to end in .jsonl, .csv, .parquet, which says how to write it"
        assert snapshot(store.path.parent) == before

    def test_a_folder_is_refused(self, store):
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
        path = store.path.with_name("x" * 252 + ".csv")
        with pytest.raises(StoreError) as caught:
            store.export(path)
        assert str(caught.value) == f"{path}: File name too long"
        assert os.listdir(store.path.parent) == ["videos.db"]

    def test_the_longest_name_is_accepted(self, store):
        assert exported(store, "x" * 251 + ".csv").exists()

    @pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
    def test_the_error_names_the_target_and_not_the_source(self, store, tmp_path):
        folder = tmp_path / "locked"
        folder.mkdir()
        (folder / "out.csv").write_text("older")
        for path, mode in ((folder, 0o500), (folder / "out.csv", 0o400)):
            path.chmod(mode)
            with pytest.raises(StoreError) as caught:
                store.export(folder / "out.csv")
            assert str(caught.value) == f"{folder / 'out.csv'}: Permission denied"
            folder.chmod(0o700)
        assert (folder / "out.csv").read_text() == "older"

    @pytest.mark.skipif(sys.platform == "win32", reason="it has other rights")
    @pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
    @pytest.mark.parametrize("rights", [0o600, 0o640, 0o664])
    def test_it_keeps_the_permissions_of_the_replaced_file(self, store, ending, rights):
        target = store.path.with_name(f"out.{ending}")
        target.touch()
        target.chmod(rights)
        assert stat.S_IMODE(exported(store, target.name).stat().st_mode) == rights

    @pytest.mark.skipif(sys.platform == "win32", reason="it has other rights")
    @pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
    def test_a_new_one_has_those_of_any_new_file(self, store, ending):
        before = os.umask(0o027)
        try:
            path = exported(store, f"out.{ending}")
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    @pytest.mark.skipif(sys.platform == "win32", reason="it has other rights")
    def test_meanwhile_nobody_else_can_read_it(self, store, monkeypatch):
        target = store.path.with_name("out.csv")
        target.touch(0o600)
        seen = []

        def batches(*given):
            seen.extend(stat.S_IMODE(path.stat().st_mode) for path in target.parent.glob(".*.part"))
            yield from columns.batches(*given)

        monkeypatch.setattr(export, "batches", batches)
        store.export(target)
        assert seen == [0o600]

    @pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
    def test_a_damaged_source_leaves_the_target_unchanged(self, tmp_path, ending):
        path = tmp_path / "videos.db"
        keep(path, [{"id": number, "username": "x" * 3_000} for number in range(50)])
        content = path.read_bytes()
        half = len(content) // 2
        path.write_bytes(content[:half] + b"\xff" * (len(content) - half))
        target = tmp_path / f"out.{ending}"
        target.write_text("older")
        with Store(path) as store, pytest.raises(StoreError, match=r"malformed|UTF-8"):
            store.export(target)
        assert target.read_text() == "older"
        assert sorted(os.listdir(tmp_path)) == sorted([target.name, "videos.db"])

    @pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
    @pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
    def test_a_full_disk_leaves_the_target_unchanged(self, tmp_path, ending):
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
