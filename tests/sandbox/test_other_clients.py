"""Other published clients collect from the sandbox unchanged; skipped without the extra `bench`."""

from __future__ import annotations

import sqlite3
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest

from querydsl.sandbox import App, corpus, serve
from tests.other_clients import OTHER_CLIENTS, OtherClient, tiktok_research_api_helper

# 30 days, because the vendor's wrapper makes two requests of 31
DAYS = date(2023, 1, 1), date(2023, 1, 30)
VIDEOS = corpus(1_000, start=DAYS[0], end=DAYS[1])
OF_THE_US = [video["id"] for video in VIDEOS if video["region_code"] == "US"]

# the libraries that they use print warnings about each other
pytestmark = pytest.mark.filterwarnings("ignore")


def installed(client: OtherClient) -> object:
    missing = find_spec(client.__name__) is None
    return pytest.param(
        client, id=client.__name__, marks=pytest.mark.skipif(missing, reason=f"{client.__name__} is not installed")
    )


CLIENTS = pytest.mark.parametrize("client", list(map(installed, OTHER_CLIENTS)))


@CLIENTS
class TestEachClient:
    def test_it_gets_all_videos_of_a_query_over_several_pages(self, client: OtherClient, tmp_path: Path) -> None:
        app = App(VIDEOS)
        with serve(app) as url:
            assert client(url, tmp_path, "US", DAYS, 20) == OF_THE_US
        assert app.calls == -(-len(OF_THE_US) // 20) > 3

    def test_it_gets_nothing_where_there_is_nothing(self, client: OtherClient, tmp_path: Path) -> None:
        with serve(App(VIDEOS)) as url:
            assert client(url, tmp_path, "AQ", (date(2020, 1, 1), date(2020, 1, 2)), 100) == []


@pytest.mark.skipif(find_spec("tiktok_research_api_helper") is None, reason="it is not installed")
def test_the_helper_gets_a_token_and_keeps_what_it_was_given(tmp_path: Path) -> None:
    app = App(VIDEOS, credentials=("any", "any"))
    with serve(app) as url:
        tiktok_research_api_helper(url, tmp_path, "US", DAYS, 50)
    assert app.tokens == 1
    with sqlite3.connect(tmp_path / "helper.db") as database:
        [[count]] = database.execute("SELECT count(*) FROM video").fetchall()
    assert count == len(OF_THE_US)
