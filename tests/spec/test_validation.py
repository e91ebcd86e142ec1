"""The problems of a document: which kind it is, the warnings, and that nothing breaks `validate` or takes it long."""

from __future__ import annotations

import json
import time
from collections import OrderedDict, UserDict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import Query, Request, ValidationError, validate, validate_fields
from tests.documents import EXAMPLE, US, anything, condition, day_text, mutated, queries, request, requests, resolve

KINDS = ["auto", "query", "request"]


def found(document: object, kind: str = "auto") -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in validate(document, kind)]


def dated(operation: str, *days: str) -> dict[str, Any]:
    return condition(field_name="create_date", operation=operation, field_values=[*days])


class TestKinds:
    @pytest.mark.parametrize(
        ("document", "taken_for"),
        [
            ({"and": [US]}, "query"),
            ({"not": [US], "max_count": 5}, "query"),
            ({"or": []}, "query"),
            ({"and": [US], "start_date": "20230101"}, "request"),
            ({"and": [US], "query": None}, "request"),
            ({}, "request"),
            ({"AND": [US]}, "request"),
            ([US], "request"),
            (None, "request"),
        ],
        ids=str,
    )
    def test_auto_recognises_queries_by_their_keys(self, document, taken_for):
        assert validate(document) == validate(document, taken_for)

    def test_each_can_be_asked_for(self):
        assert validate(EXAMPLE, "request") == []
        assert validate(EXAMPLE["query"], "query") == []
        assert found(EXAMPLE, "query") != []
        assert found(EXAMPLE["query"], "request") != []

    def test_another_kind_is_refused(self):
        [problem] = validate(EXAMPLE, "video")
        assert str(problem) == "'video' is not a kind of document; give 'request', 'query' or 'auto'"


class TestEveryProblem:
    @given(anything, st.sampled_from(KINDS))
    def test_it_points_to_a_place_that_exists_and_says_what_to_write(self, document, kind):
        for problem in validate(document, kind):
            resolve(document, problem.path)
            assert problem.hint
            assert problem.severity in ("error", "warning")

    @given(anything.filter(lambda document: not isinstance(document, str)), st.sampled_from(KINDS))
    def test_a_text_and_its_value_have_the_same_problems(self, document, kind):
        assert validate(json.dumps(document), kind) == validate(document, kind)

    @given(requests() | mutated(requests()) | mutated(queries()))
    def test_constructors_refuse_exactly_the_documents_with_errors_for_the_same_problems(self, document):
        for kind, read in {"query": Query.from_dict, "request": Request.from_dict}.items():
            errors = tuple(problem for problem in validate(document, kind) if problem.severity == "error")
            if errors:
                with pytest.raises(ValidationError) as refusal:
                    read(document)
                assert refusal.value.problems == errors
            else:
                read(document)

    @pytest.mark.parametrize(
        "document",
        [
            None,
            7,
            "x",
            "[]",
            b"\xff",
            [US],
            MappingProxyType({}),
            '{"and": [], "and": 7}',
            UserDict(request(max_count=0)),
        ],
        ids=repr,
    )
    def test_constructors_refuse_documents_of_any_other_type_for_the_same_problems(self, document):
        for kind, read in {"query": Query.from_dict, "request": Request.from_json}.items():
            with pytest.raises(ValidationError) as refusal:
                read(document)
            assert list(refusal.value.problems) == validate(document, kind) != []


class Hostile(str):
    """A text whose methods misbehave."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def strip(self, *_: object) -> str:
        raise RuntimeError


class Endless(Mapping[str, object]):
    def __getitem__(self, key: str) -> object:
        return []

    def __iter__(self):
        while True:
            yield "and"

    def __len__(self) -> int:
        return 1


class Broken(Mapping[str, object]):
    def __getitem__(self, key: str) -> object:
        raise OSError(key)

    def __iter__(self):
        return iter(["and"])

    def __len__(self) -> int:
        raise MemoryError


class Masked:
    """An object whose `repr` and type mislead."""

    @property
    def __class__(self):
        raise ZeroDivisionError


class BrokenDict(dict):  # type: ignore[type-arg]
    def items(self):
        raise KeyError("items")

    def keys(self):
        raise KeyError("keys")

    def __contains__(self, key: object) -> bool:
        raise RecursionError


def cyclic() -> dict[str, object]:
    document: dict[str, object] = request()
    values: list[object] = []
    values.append(values)
    document["query"] = {"and": [condition(field_values=values), document], "or": values, "not": [values]}
    document["start_date"] = document
    return document


HOSTILE: dict[str, Callable[[], Any]] = {
    "hostile text": lambda: Hostile('{"and": []}'),
    "hostile values": lambda: {"and": [condition(field_values=[Hostile("us")])]},
    "hostile names": lambda: {"and": [condition(field_name=Hostile("keyword"), operation=Hostile("EQ"))]},
    "an endless mapping": Endless,
    "a broken mapping": Broken,
    "a broken dict": lambda: BrokenDict(request()),
    "a broken dict inside": lambda: request(query=BrokenDict()),
    "a masked object": Masked,
    "masked inside": lambda: {"and": [condition(field_values=[Masked()])]},
    "a cycle": cyclic,
    "keys that are no text": lambda: {("and",): [], None: 1, 7: 2, Hostile: 3},
    "not a number": lambda: request(max_count=float("nan"), cursor=float("inf")),
    "very many digits": lambda: request(max_count=10**100_000, cursor=-(10**100_000), start_date=10**100_000),
    "bytes inside": lambda: request(start_date=b"20230101", query=b"{}"),
    "a class": lambda: dict,
    "a coroutine": lambda: (x for x in ()),
    "a day": lambda: request(start_date=date(2023, 1, 1)),
}


class TestNothingBreaksIt:
    @pytest.mark.parametrize("name", HOSTILE)
    @pytest.mark.parametrize("kind", KINDS)
    def test_any_value_has_an_answer(self, name, kind):
        problems = validate(HOSTILE[name](), kind)
        assert problems
        assert all(str(problem) for problem in problems)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_constructors_refuse_it(self, name):
        for read in (Query.from_dict, Query.from_json, Request.from_dict, Request.from_json):
            with pytest.raises(ValidationError):
                read(HOSTILE[name]())

    @pytest.mark.parametrize("kind", [None, 7, [], "Query", Masked], ids=repr)
    def test_any_kind_has_an_answer(self, kind):
        assert len(validate(EXAMPLE, kind if kind is not Masked else Masked())) == 1

    @given(st.binary() | st.text(alphabet='{}[]":,\\ntf-0.eE/ud8"'))
    def test_any_bytes_and_text_have_an_answer(self, content):
        for problem in validate(content):
            assert problem.path == "" or problem.code

    @pytest.mark.parametrize("name", HOSTILE)
    def test_any_names_of_fields_have_an_answer(self, name):
        for names in (HOSTILE[name](), [HOSTILE[name]()], Hostile("id")):
            assert all(str(problem) for problem in validate_fields(names))

    @pytest.mark.parametrize("kind", [OrderedDict, MappingProxyType, UserDict])
    def test_a_mapping_of_any_type_is_a_document(self, kind):
        assert validate(kind(EXAMPLE)) == []

    def test_tuples_are_lists(self):
        assert validate({"and": (condition(field_values=("US",)),)}) == []


def seconds(work: Callable[[], object]) -> Iterator[float]:
    """The CPU time of some work, three times: other work may disturb one of them."""
    for _ in range(3):
        begin = time.process_time()
        work()
        yield time.process_time() - begin


#: Documents of any size, each valid or invalid in another way.
SIZED: dict[str, Callable[[int], object]] = {
    "values": lambda n: {"and": [condition(field_name="keyword", operation="IN", field_values=[*map(str, range(n))])]},
    "equal values": lambda n: {"and": [condition(operation="IN", field_values=["US"] * n)]},
    "wrong values": lambda n: {"and": [condition(operation="IN", field_values=[f"U{k}" for k in range(n)])]},
    "conditions": lambda n: {"or": [condition(field_name="keyword", field_values=[str(k)]) for k in range(n)]},
    "equal conditions": lambda n: {"and": [US] * n},
    "misspelt conditions": lambda n: {"and": [condition(field_name=f"keywrd{k}") for k in range(n)]},
    "days": lambda n: request(query={"or": [dated("GT", day_text(date.min + timedelta(k))) for k in range(n)]}),
    "unknown keys": lambda n: request(**{f"key{k}": k for k in range(n)}),
}


@pytest.fixture(scope="module")
def time_of_a_request():
    """The CPU time for a valid request of ten megabytes."""
    text = json.dumps(request(query={"or": [condition(field_name="keyword", field_values=["a"])] * 120_000}))
    begin = time.process_time()
    validate(text)
    return time.process_time() - begin


class TestCost:
    @pytest.mark.parametrize("shape", SIZED)
    def test_it_grows_with_the_size_of_the_document(self, shape):
        small, large = SIZED[shape](2_000), SIZED[shape](10_000)
        least = min(seconds(lambda: validate(small)))
        assert any(taken < 15 * least for taken in seconds(lambda: validate(large)))

    @pytest.mark.parametrize(
        "text",
        [
            "[" * 10_000_000,
            '{"and":' * 1_500_000,
            "9" * 10_000_000,
            '{"max_count": 0.' + "9" * 10_000_000 + "}",
            '{"and": "' + "\\u0000" * 1_600_000 + '"}',
            '{"and": [' + "1," * 5_000_000 + "1]}",
            '{"and": [' + ",".join(['{"a":1,"a":2}'] * 700_000) + "]}",
            '{"a":1,"a":' * 900 + "1" + "}" * 900,
            json.dumps({"and": [condition(field_values=["us"])] * 120_000}),
            " " * 10_000_000,
            b"\xff" * 10_000_000,
            b"\x00" * 10_000_000,
        ],
        ids=[
            "brackets",
            "objects",
            "digits",
            "decimals",
            "escapes",
            "numbers",
            "repeated keys",
            "repeated keys in depth",
            "wrong conditions",
            "blanks",
            "no text",
            "NUL",
        ],
    )
    def test_ten_megabytes_of_anything_are_judged_about_as_quickly_as_a_valid_request(self, text, time_of_a_request):
        begin = time.process_time()
        assert validate(text)
        assert time.process_time() - begin < 3 * time_of_a_request
