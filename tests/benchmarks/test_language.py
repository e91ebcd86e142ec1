"""The language compared with plain dicts and with other clients.

    make bench

Each group is one job, done by each; the ratios are in brackets. Without the extra `bench` the peers are left out.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import pytest

from querydsl import (
    Hashtag,
    Keyword,
    Length,
    Query,
    Region,
    Request,
    VideoId,
    any_of,
    json_schema,
    select,
    to_query,
    validate,
)

EXAMPLE: dict[str, Any] = {
    "query": {
        "and": [
            {"operation": "IN", "field_name": "region_code", "field_values": ["JP", "US"]},
            {"operation": "EQ", "field_name": "hashtag_name", "field_values": ["animal"]},
        ],
        "not": [{"operation": "EQ", "field_name": "video_length", "field_values": ["SHORT"]}],
    },
    "max_count": 100,
    "cursor": 0,
    "start_date": "20230101",
    "end_date": "20230115",
}


def plain() -> str:
    return json.dumps(
        {
            "query": {
                "and": [
                    {"operation": "IN", "field_name": "region_code", "field_values": ["JP", "US"]},
                    {"operation": "EQ", "field_name": "hashtag_name", "field_values": ["animal"]},
                ],
                "not": [{"operation": "EQ", "field_name": "video_length", "field_values": ["SHORT"]}],
            },
            "max_count": 100,
            "cursor": 0,
            "start_date": "20230101",
            "end_date": "20230115",
        }
    )


def expression() -> str:
    query = to_query(Region.in_("JP", "US") & (Hashtag == "animal") & ~(Length == "SHORT"))
    return Request(query, "20230101", "20230115", max_count=100, cursor=0).to_json()


def query_object() -> str:
    query = Query([Region.in_("JP", "US"), Hashtag == "animal"], not_=[Length == "SHORT"])
    return Request(query, "20230101", "20230115", max_count=100, cursor=0).to_json()


def fluent() -> str:
    selection = select().where(Region.in_("JP", "US"), Hashtag == "animal", ~(Length == "SHORT"))
    return selection.between("20230101", "20230115").request().to_json()


def researchtikpy() -> Callable[[], str]:
    lang = pytest.importorskip("researchtikpy.query_lang")

    def build() -> str:
        query = lang.Query(
            and_=[
                lang.Condition(lang.Fields.region_code, lang.Operators.isin, ["JP", "US"]),
                lang.Condition(lang.Fields.hashtag_name, lang.Operators.equals, ["animal"]),
            ],
            not_=[lang.Condition(lang.Fields.video_length, lang.Operators.equals, ["SHORT"])],
        )
        body = {"query": lang.as_dict(query), "max_count": 100, "cursor": 0}
        return json.dumps({**body, "start_date": "20230101", "end_date": "20230115"})

    return build


def tiktok_research_api_helper() -> Callable[[], str]:
    helper = pytest.importorskip("tiktok_research_api_helper.query")

    def build() -> str:
        query = helper.VideoQuery(
            and_=[
                helper.Cond(helper.Fields.region_code, ["JP", "US"], helper.Op.IN),
                helper.Cond(helper.Fields.hashtag_name, "animal", helper.Op.EQ),
            ],
            not_=[helper.Cond(helper.Fields.video_length, [helper.VideoLength.SHORT], helper.Op.EQ)],
        )
        body = {"query": query, "max_count": 100, "cursor": 0, "start_date": "20230101", "end_date": "20230115"}
        return json.dumps(body, cls=helper.VideoQueryJSONEncoder)

    return build


@pytest.mark.benchmark(group="build, check and dump the vendor's example")
class TestBuilding:
    @pytest.mark.parametrize("build", [plain, query_object, expression], ids=lambda build: build.__name__)
    def test_ours_and_a_plain_dict(self, benchmark: Any, build: Callable[[], str]) -> None:
        assert json.loads(benchmark(build)) == EXAMPLE

    def test_fluent(self, benchmark: Any) -> None:
        assert json.loads(benchmark(fluent))["query"]["not"] == EXAMPLE["query"]["not"]

    @pytest.mark.parametrize("peer", [researchtikpy, tiktok_research_api_helper], ids=lambda peer: peer.__name__)
    def test_peers(self, benchmark: Any, peer: Callable[[], Callable[[], str]]) -> None:
        assert json.loads(benchmark(peer()))["query"]["not"] == EXAMPLE["query"]["not"]


@pytest.mark.benchmark(group="validate a valid query")
class TestValidatingAQuery:
    def test_querydsl(self, benchmark: Any) -> None:
        assert benchmark(validate, EXAMPLE["query"]) == []

    def test_fastjsonschema_with_our_schema(self, benchmark: Any) -> None:
        check = pytest.importorskip("fastjsonschema").compile(json_schema("query"))
        benchmark(check, EXAMPLE["query"])

    def test_researchtikpys_pydantic_model(self, benchmark: Any) -> None:
        """It checks the names of fields and operations, and no value."""
        lang = pytest.importorskip("researchtikpy.query_lang")
        adapter = pytest.importorskip("pydantic").TypeAdapter(lang.Query)
        renamed = {"and_": EXAMPLE["query"]["and"], "not_": EXAMPLE["query"]["not"]}
        benchmark(adapter.validate_python, renamed)


@pytest.mark.benchmark(group="validate a valid request")
class TestValidatingARequest:
    def test_querydsl(self, benchmark: Any) -> None:
        assert benchmark(validate, EXAMPLE) == []

    def test_fastjsonschema_with_our_schema(self, benchmark: Any) -> None:
        check = pytest.importorskip("fastjsonschema").compile(json_schema())
        benchmark(check, EXAMPLE)


def seconds(job: Callable[[], object]) -> Iterator[float]:
    """The CPU time of three runs, without the garbage collector, which visits objects of other tests."""
    gc.collect()
    for _ in range(3):
        gc.disable()
        try:
            start = time.process_time()
            job()
            taken = time.process_time() - start
        finally:
            gc.enable()
        yield taken


@pytest.mark.parametrize(
    "job",
    [
        lambda n: VideoId.in_(range(1, n + 1)),
        lambda n: to_query(any_of(Hashtag == f"t{i}" for i in range(n))).to_json(),
        lambda n: to_query(any_of(Hashtag == f"t{i}" for i in range(n)) & any_of(Keyword == f"t{i}" for i in range(n))),
        lambda n: validate({"and": [{**EXAMPLE["query"]["and"][1], "field_values": [f"t{i}"]} for i in range(n)]}),
        lambda n: validate(
            {"and": [{"field_name": "video_id", "operation": "IN", "field_values": [str(i) for i in range(1, n)]}]}
        ),
    ],
    ids=["values", "terms", "merged terms", "validated terms", "validated values"],
)
def test_cost_grows_linearly(job: Callable[[int], object]) -> None:
    """Ten times the input takes about ten times as long: far from the hundred times of quadratic work."""
    least = max(min(seconds(lambda: job(2_000))), 1e-4)
    assert any(taken < 50 * least for taken in seconds(lambda: job(20_000)))


def import_time(statement: str) -> float:
    """Seconds of CPU that an import takes in a fresh interpreter, with its bytecode written before."""
    code = f"import time; start = time.process_time(); {statement}; print(time.process_time() - start)"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return float(subprocess.check_output([sys.executable, "-c", code], env=environment))


def test_import_is_light(request: pytest.FixtureRequest) -> None:
    """Within 1.3 times `import attrs`, which it needs: measured when benchmarks run, with slack for a busy machine."""
    runs = 7 if request.config.getoption("--benchmark-disable") else 21
    import_time("import querydsl")
    ours, attrs = [], []
    for _ in range(runs):  # in turn, so that both run under the same conditions
        ours.append(import_time("import querydsl"))
        attrs.append(import_time("import attrs"))
    ratio = median(ours) / median(attrs)
    sys.stdout.write(f"import querydsl: {ratio:.2f} times import attrs ({median(attrs) * 1000:.1f} ms)\n")
    assert min(ours) < 2 * min(attrs)
