"""What makes a request the same as another, and which files are ours."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given

from querydsl import ALL_FIELDS, Region, Request, select
from querydsl.collecting.file_format import body
from tests import documents


class TestBody:
    @given(documents.requests())
    def test_it_is_canonical(self, document):
        request = Request.from_dict(document)
        text = body(request)
        assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
        whole = json.loads(text)
        assert whole.pop("fields") == sorted(ALL_FIELDS)
        told = {"cursor": request.cursor or None, "is_random": request.is_random or None}
        assert Request.from_dict(whole) == attrs.evolve(request, **told)

    @pytest.mark.parametrize("told", [{"cursor": 0}, {"is_random": False}], ids=str)
    def test_what_says_nothing_makes_no_other_request(self, told):
        request = select("id").where(Region == "US").on("20230101").request()
        assert body(attrs.evolve(request, **told)) == body(request)

    def test_the_order_of_fields_is_of_no_account(self):
        request = Request.from_dict(
            {"query": {"and": [{"field_name": "region_code", "operation": "EQ", "field_values": ["US"]}]},
             "start_date": "20230101", "end_date": "20230101"},
            fields="id,username",
        )  # fmt: skip
        assert body(request) == body(attrs.evolve(request, fields="username,id"))
        assert body(request) != body(attrs.evolve(request, fields="id"))
        assert body(request) == body(attrs.evolve(request, fields="username"))  # id is always asked for
        assert body(request) != body(attrs.evolve(request, max_count=100))
