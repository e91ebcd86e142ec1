"""Spark's session, and every engine as one fixture."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.frames.engines import TAKEN


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A Spark session; it turns a table into a frame."""
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("Spark runs on Java, and there is none here")
    options = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "ERROR",
    }
    session = sql.SparkSession.builder.master("local[1]").config(map=options).getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module", params=[*TAKEN, "spark"])
def engine(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    """An engine, as a function from a table to its frame."""
    if request.param == "spark":
        take: Callable[[Any], Any] = request.getfixturevalue("spark").createDataFrame
        return take
    if request.param != "pyarrow":
        pytest.importorskip(request.param.partition(",")[0])
    return TAKEN[request.param]
