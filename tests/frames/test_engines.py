"""The special cases of each engine: many values at once, its own plans, and frames from Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from querydsl import Hashtag, MusicId, Region, frames
from querydsl.frames.engines import ENGINES, Backend, backends, engine_of
from tests.frames.engines import TAKEN, VIDEOS, nw, pa, rows, table

#: Before version 4.2, Spark leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


class TestTable:
    def test_no_implementation_and_no_name_is_stated_twice(self) -> None:
        implementations = [one for engine in ENGINES for one in engine.implementations]
        assert len(set(implementations)) == len(implementations)
        assert sorted(backends()) == sorted(get_args(Backend))

    @pytest.mark.parametrize("backend", sorted(backends()))
    def test_a_frame_made_of_a_table_is_of_that_engine(self, backend: str) -> None:
        pytest.importorskip(backend)
        frame = nw.from_native(backends()[backend](table(VIDEOS)))
        assert engine_of(frame.implementation).backend == backend
        assert rows(frame.to_native()) == [0, 1]

    @pytest.mark.parametrize("name", TAKEN)
    def test_an_engine_without_an_entry_is_asked_in_the_generic_way(
        self, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        frame = TAKEN[name](table(VIDEOS))
        many = Hashtag.in_(*map(str, range(100)), "cat")
        monkeypatch.setattr("querydsl.frames.engines.ENGINES", ())
        assert rows(frames.filter(frame, many)) == [0]
        assert rows(frames.filter(frame, ~many)) == [1]


class TestLaziness:
    def test_the_type_of_a_frame_stays(self, engine: Any) -> None:
        frame = engine(table(VIDEOS))
        for expr in (Hashtag == "cat", Hashtag.in_(*map(str, range(100))), Region == "US"):
            assert type(frames.filter(frame, expr)) is type(frame)
        assert type(frames.filter(engine(table(VIDEOS).drop_columns(["music_id"])), MusicId == 1)) is type(frame)

    #: One expression that the file can answer, and one that needs an additional column.
    EXPR = (Region == "US") & Hashtag.in_(*map(str, range(100)), "cat")

    def test_polars_asks_the_file(self, tmp_path: Path) -> None:
        pl = pytest.importorskip("polars")
        pl.DataFrame(VIDEOS).write_parquet(tmp_path / "videos.parquet")
        plan = frames.filter(pl.scan_parquet(tmp_path / "videos.parquet"), self.EXPR).explain()
        assert "region_code" in plan[plan.index("SELECTION") :]

    def test_duckdb_asks_the_file(self, tmp_path: Path) -> None:
        duckdb = pytest.importorskip("duckdb")
        pl = pytest.importorskip("polars")
        path = str(tmp_path / "videos.parquet")
        pl.DataFrame(VIDEOS).write_parquet(path)
        plan = frames.filter(duckdb.read_parquet(path), self.EXPR).explain()
        assert "region_code='US'" in plan[plan.index("PARQUET_SCAN") :].replace(" ", "")
        assert "list_filter" in plan

    def test_spark_asks_the_file(self, spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        pl = pytest.importorskip("polars")
        pl.DataFrame(VIDEOS).write_parquet(tmp_path / "videos.parquet")
        frames.filter(spark.read.parquet(str(tmp_path)), self.EXPR).explain()
        plan = capsys.readouterr().out
        assert "EqualTo(region_cod" in plan[plan.index("PushedFilters") :]
        assert "arrays_overlap(hashtag_names" in plan

    def test_rows_are_not_looked_at(self) -> None:
        """A scan of a file that fails as soon as it is read."""
        pl = pytest.importorskip("polars")
        register_io_source = pytest.importorskip("polars.io.plugins").register_io_source
        schema = {"region_code": pl.String, "hashtag_names": pl.List(pl.String)}

        def fails(*_: Any) -> Iterator[Any]:
            raise AssertionError("read")

        frames.filter(register_io_source(fails, schema=schema), self.EXPR)


class TestManyValues:
    def test_values_below_a_null_are_not_looked_at(self):
        values = pa.array(["x", "a", "q", "a"])
        lists = pa.ListArray.from_arrays(pa.array([0, 2, 3, 4]), values, mask=pa.array([False, True, False]))
        table = pa.table({"id": [1, 2, 3], "hashtag_names": lists})
        wanted = Hashtag.in_("a", "q", "c", "d", "e", "f")
        assert frames.filter(table, wanted)["id"].to_pylist() == [1, 3]
        assert frames.filter(table, ~wanted)["id"].to_pylist() == [2]
