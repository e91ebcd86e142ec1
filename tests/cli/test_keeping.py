"""The commands that read a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from querydsl.sandbox import App, Fault, corpus
from querydsl.storage.writer import Writer

from .test_commands import run
from .test_sending import api

JAPAN = ("region_code == 'JP'", "--between", "20230101", "20230331")


@pytest.fixture(autouse=True)
def collected(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("collect", *JAPAN, "--into", "japan.db", "--sandbox", "--name", "japan").status == 0


class TestStatus:
    def test_it_says_what_the_file_has(self):
        result = run("status", "japan.db")
        head, empty, name, expression, asked, done = result.out.splitlines()
        assert (result.status, result.err, empty, name) == (0, "", "", "japan")
        assert head.endswith(" videos from this computer")
        assert expression == "  Region == 'JP'"
        assert ", asked 20" in asked
        assert done == "  done         90 days  2023-01-01 to 2023-03-31"

    def test_the_exit_status_is_always_0(self):
        assert (
            run(
                "collect", *JAPAN[:2], "20230101", "20230430", "--into", "japan.db", "--sandbox", "--max-calls", "0"
            ).status
            == 1
        )
        result = run("status", "japan.db")
        assert result.status == 0
        assert "  to ask       30 days  2023-04-01 to 2023-04-30" in result.out

    def test_a_file_whose_newest_pages_are_not_in_it_yet_is_not_to_be_copied(self):
        with Writer("japan.db", "this computer") as writer:
            with writer.transaction() as database:
                database.execute("UPDATE searches SET new_videos = new_videos + 1")
            result = run("status", "japan.db")
        assert result.status == 0
        assert run("status", "japan.db").err == ""
        assert "its newest pages are in japan.db-wal. To copy the file, " in result.err

    def test_json_is_for_programs(self):
        [found] = json.loads(run("status", "japan.db", "--format", "json").out)["collections"]
        assert found["days"]["done"] == [["2023-01-01", "2023-03-31"]]

    def test_a_long_expression_is_cut_in_text_and_whole_in_json(self):
        values = ", ".join(f'"tag{number}"' for number in range(100))
        days = ("--between", "20230101", "20230101")
        for name in ([], ["--name", "tags"]):
            assert (
                run("collect", f"hashtag_name in ({values})", *days, "--into", "t.db", "--sandbox", *name).status == 0
            )
            lines = run("status", "t.db").out.splitlines()
            [cut] = [line.strip() for line in lines if "Hashtag.in_" in line]
            whole = f"Hashtag.in_({values})".replace('"', "'")
            assert cut == f"{whole[:160]}… ({len(whole):,} characters: --format json has all)"
            [found] = json.loads(run("status", "t.db", "--format", "json").out)["collections"]
            assert found["expression"] == whole
            Path("t.db").unlink()

    def test_a_collection_can_be_renamed(self):
        assert run("status", "japan.db", "--rename", "japan", "nippon") == (0, "", "")
        assert run("status", "japan.db", "--name", "nippon").status == 0

    def test_an_unknown_name_is_answered_with_the_existing_names(self):
        result = run("status", "japan.db", "--name", "nippon")
        assert (result.status, result.err) == (
            1, "querydsl: japan.db: there is no collection 'nippon' in the file; there are: 'japan'\n",
        )  # fmt: skip

    def test_a_file_that_is_not_there(self):
        assert run("status", "nothing.db").status == 1


class TestExport:
    def test_help_says_how_excel_reads_a_csv_which_has_no_byte_order_mark(self):
        assert "Data > From Text/CSV, as 65001: Unicode (UTF-8)" in run("export", "--help").out
        assert run("export", "japan.db", "japan.csv", "--ids", "text").status == 0
        assert Path("japan.csv").read_bytes().startswith(b"id,")

    def test_of_whole_days_it_says_only_how_many_videos_there_are(self):
        assert run("export", "japan.db", "japan.csv").err == ""

    def test_it_says_which_days_are_missing(self):
        run("collect", *JAPAN[:2], "20230101", "20230401", "--into", "japan.db", "--sandbox", "--max-calls", "0")
        result = run("export", "japan.db", "japan.csv")
        assert result.status == 0
        assert result.err == "querydsl: 1 day is still to ask: querydsl status japan.db says which\n"

    def test_it_says_how_many_days_failed(self, monkeypatch):
        faults = [Fault("failing-days", first="20230405", last="20230407")]
        with api(App(corpus(100), faults=faults), monkeypatch):
            run("collect", *JAPAN[:2], "20230401", "20230430", "--into", "april.db")
            run("collect", *JAPAN[:2], "20230401", "20230520", "--into", "april.db", "--max-calls", "0")
        result = run("export", "april.db", "april.csv")
        assert result.err == (
            "querydsl: 3 days failed and 20 days are still to ask: querydsl status april.db says which\n"
        )

    def test_it_takes_the_name_of_a_collection(self):
        run("collect", "region_code == 'US'", *JAPAN[1:], "--into", "japan.db", "--sandbox")
        one, both = (run("export", "japan.db", "out.jsonl", *more).out for more in (("--name", "japan"), ()))
        assert int(one.split()[1].replace(",", "")) < int(both.split()[1].replace(",", ""))
