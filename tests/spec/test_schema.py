"""The JSON Schema agrees with `validate`, in Python's regular expressions and in ECMAScript's."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from querydsl import ValidationError, json_schema, validate
from querydsl.spec.values import ACCEPTS, BLANKS
from querydsl.tables import FIELDS, INT64_MAX, LENGTHS, OPERATIONS, REGION_CODES
from tests.documents import EXAMPLE, US, anything, condition, mutated, queries, request, requests

SCHEMAS = {kind: Draft202012Validator(json_schema(kind)) for kind in ("request", "query")}

#: Rules that a schema cannot express: rules across members, and repeated keys.
BEYOND = {"date-order", "date-span", "json"}


def has_errors(document: object, kind: str) -> bool:
    return any(problem.severity == "error" and problem.code not in BEYOND for problem in validate(document, kind))


class TestSchema:
    @pytest.mark.parametrize("kind", SCHEMAS)
    def test_it_is_a_valid_one_of_draft_2020_12(self, kind):
        schema = json_schema(kind)
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert json.loads(json.dumps(schema)) == schema

    def test_it_is_for_requests_unless_said(self):
        assert json_schema() == json_schema("request")

    def test_there_is_none_for_anything_else(self):
        with pytest.raises(ValidationError) as refusal:
            json_schema("video")
        assert str(refusal.value) == "json_schema: 'video' is not a kind of document; give 'request' or 'query'"

    def test_the_caller_may_change_it(self):
        json_schema()["properties"].clear()
        assert json_schema()["properties"]

    def test_it_takes_the_example_of_the_page(self):
        SCHEMAS["request"].validate(EXAMPLE)
        SCHEMAS["query"].validate(EXAMPLE["query"])


class TestAgreement:
    @pytest.mark.parametrize("kind", SCHEMAS)
    @given(document=anything.filter(lambda document: not isinstance(document, str)))
    def test_with_validate_on_every_document(self, kind, document):
        assert SCHEMAS[kind].is_valid(document) is not has_errors(document, kind)

    @given(mutated(requests()))
    def test_with_validate_on_nearly_right_requests(self, document):
        assert SCHEMAS["request"].is_valid(document) is not has_errors(document, "request")

    @given(mutated(queries()))
    def test_with_validate_on_nearly_right_queries(self, document):
        assert SCHEMAS["query"].is_valid(document) is not has_errors(document, "query")

    @pytest.mark.parametrize("operation", [*OPERATIONS, "eq", "NE", None])
    @pytest.mark.parametrize("name", [*FIELDS, "region", None])
    def test_on_every_field_with_every_operation(self, name, operation):
        example = FIELDS[name].example if name in FIELDS else "x"
        for values in ([example], [example, example], []):
            document = {"and": [condition(field_name=name, operation=operation, field_values=values)]}
            assert SCHEMAS["query"].is_valid(document) is not has_errors(document, "query")

    @pytest.mark.parametrize(
        "changes",
        [
            {"max_count": 0}, {"max_count": 1}, {"max_count": 100}, {"max_count": 101}, {"max_count": True},
            {"max_count": "1"}, {"max_count": 1.5}, {"cursor": -1}, {"cursor": 0}, {"cursor": INT64_MAX},
            {"cursor": INT64_MAX + 1}, {"cursor": None}, {"search_id": ""}, {"search_id": "\ufeff"}, {"search_id": "7"},
            {"search_id": "\ud800"}, {"search_id": 7}, {"is_random": 1}, {"is_random": False}, {"fields": "id"},
            {"query": {}}, {"query": {"and": []}}, {"query": {"and": [], "not": [US]}}, {"query": [US]},
        ],
        ids=ascii,
    )  # fmt: skip
    def test_on_every_bound_of_a_request(self, changes):
        document = request(**changes)
        assert SCHEMAS["request"].is_valid(document) is not has_errors(document, "request")


def days() -> Iterator[str]:
    """Texts at the edges of the calendar."""
    years = [0, 1, 4, 99, 100, 400, 1900, 2000, 2022, 2023, 2024, 2100, 9996, 9999]
    for year in years:
        for month in range(14):
            yield from (f"{year:04}{month:02}{day:02}" for day in (0, 1, 9, 10, 28, 29, 30, 31, 32))
    yield from ((date(2023, 1, 1) + timedelta(n)).isoformat().replace("-", "") for n in range(0, 731, 7))


def edges() -> Iterator[str]:
    """Texts at the edges of the accepted values, apart from most days."""
    yield from [*days()][::40]
    for power in range(21):
        yield from (str(10**power + shift) for shift in (-1, 0, 1))
    digits = str(INT64_MAX)
    for position, digit in enumerate(digits):
        for other in {max(int(digit) - 1, 0), min(int(digit) + 1, 9)}:
            yield from (digits[:position] + str(other) + rest * (18 - position) for rest in "09")
    yield from (str(INT64_MAX + shift) for shift in range(-3, 4))
    yield from [*REGION_CODES[:5], *LENGTHS, "us", "", "0", "00", "-1", "+1", "1.0", "#a", "a#", "@a", "a@", "\u0661"]
    for awkward in [
        *BLANKS,
        "\0",
        "\u180e",
        "\u200b",
        "\u2060",
        "\U0001f600",
        "\ud83d",
        "\ude00",
        "\ude00\ud83d",
        "\n\n",
    ]:
        yield from (awkward, awkward * 2, f"a{awkward}", f"{awkward}a", f"#{awkward}", f"{awkward}#", f"7{awkward}")
        yield from (f"20230131{awkward}", f"{awkward}20230131", f"{INT64_MAX}{awkward}")


def patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (value for key, value in schema.items() if key == "pattern" and isinstance(value, str))
        for value in schema.values():
            yield from patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from patterns(value)


PATTERNS = sorted(set(patterns(json_schema())))
TEXTS = sorted({*days(), *edges()})
#: Those that are tried in each field; that of a day takes all.
OF_A_FIELD = {name: TEXTS if name == "create_date" else sorted(set(edges())) for name in FIELDS}

#: A line of 0 and 1 for each pattern: which of the texts it matches.
SCRIPT = """
const { patterns, texts } = JSON.parse(require("fs").readFileSync(0, "utf8"));
for (const pattern of patterns) {
  const expression = new RegExp(pattern, "u");
  console.log(texts.map((text) => (expression.test(text) ? "1" : "0")).join(""));
}
"""


class TestPatterns:
    @pytest.mark.parametrize("name", FIELDS)
    def test_they_match_what_the_field_takes_at_every_edge(self, name):
        schema = Draft202012Validator(json_schema("query"))
        for text in OF_A_FIELD[name]:
            document = {"and": [condition(field_name=name, field_values=[text])]}
            assert schema.is_valid(document) is ACCEPTS[name](text), ascii(text)

    @pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
    def test_they_mean_the_same_in_ecmascript(self):
        done = subprocess.run(
            ["node", "-e", SCRIPT],
            input=json.dumps({"patterns": PATTERNS, "texts": TEXTS}),
            capture_output=True,
            check=True,
            text=True,
        )
        for pattern, line in zip(PATTERNS, done.stdout.split(), strict=True):
            matched = [text for text, bit in zip(TEXTS, line, strict=True) if bit == "1"]
            assert matched == [text for text in TEXTS if re.search(pattern, text)]
            assert 0 < len(matched) < len(TEXTS)

    @pytest.mark.parametrize("pattern", PATTERNS)
    @pytest.mark.parametrize("text", ["0", "9", "a", " ", "#", "\ud800"], ids=ascii)
    def test_they_take_time_in_proportion_to_the_text(self, pattern, text):
        re.search(pattern, text * 300_000)
        re.search(pattern, text * 300_000 + "\n")
