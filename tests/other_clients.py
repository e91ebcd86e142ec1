"""Other published clients that can be installed (the extra `bench`), made to collect from another host.

All of them have the API's address in their code. They use `requests`, which prepares each URL in one place; only the
host is changed there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from querydsl.tables import API_URL

#: The fields that all clients ask for.
FIELDS = tuple(
    "id video_description create_time region_code share_count view_count like_count comment_count music_id "
    "hashtag_names username effect_ids playlist_id voice_to_text".split()
)

#: The first and the last day.
Days = tuple[date, date]


@contextmanager
def pointed_at(host: str) -> Iterator[None]:
    """Redirect everything that `requests` sends to the API to another host."""
    from requests import PreparedRequest  # noqa: PLC0415  # an extra

    prepare_url = PreparedRequest.prepare_url

    def redirected(request: PreparedRequest, url: str, params: Any) -> None:
        prepare_url(request, url.replace(API_URL, host), params)

    PreparedRequest.prepare_url = redirected  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        PreparedRequest.prepare_url = prepare_url  # type: ignore[method-assign]


def researchtikpy(url: str, folder: Path, region: str, days: Days, count: int = 100) -> list[int]:  # noqa: ARG001
    """The ids of a region's videos; this client keeps nothing, and returns a data frame in memory."""
    from researchtikpy import get_query, query_lang  # noqa: PLC0415  # an extra

    condition = query_lang.Condition(query_lang.Fields.region_code, query_lang.Operators.equals, [region])
    query = query_lang.Query(and_=[condition])
    with pointed_at(url):
        found = get_query.get_videos_query(query, "any", f"{days[0]:%Y%m%d}", f"{days[1]:%Y%m%d}", sys.maxsize, count)
    return [] if found.empty else [int(video_id) for video_id in found["id"]]


def tiktok_research_api_helper(url: str, folder: Path, region: str, days: Days, count: int = 100) -> list[int]:
    """The ids of a region's videos; this client keeps the videos in SQLite, through an ORM."""
    from tiktok_research_api_helper import api_client, models, query  # noqa: PLC0415  # an extra

    credentials = folder / "credentials.yaml"
    credentials.write_text("client_key: any\nclient_secret: any\n")
    engine = models.get_sqlite_engine_and_create_tables(folder / "helper.db")
    config = api_client.ApiClientConfig(engine=engine, api_credentials_file=credentials)
    question = api_client.VideoQueryConfig(
        query=query.VideoQuery(and_=[query.Cond(query.Fields.region_code, region, query.Op.EQ)]),
        start_date=days[0],
        end_date=days[1],
        max_count=count,
    )
    with pointed_at(url):
        result = api_client.TikTokApiClient.from_config(config).fetch_and_store_all(question)
    engine.dispose()
    return [video["id"] for video in result.videos]


def tiktok_research_api(url: str, folder: Path, region: str, days: Days, count: int = 100) -> list[int]:  # noqa: ARG001
    """The ids of a region's videos, by the vendor's wrapper; it keeps nothing, and returns a list."""
    from tiktok_research_api import Criteria, Query, QueryVideoRequest, TikTokResearchAPI  # noqa: PLC0415  # an extra

    query = Query(and_criteria=[Criteria("EQ", "region_code", [region])])
    request = QueryVideoRequest(query, f"{days[0]:%Y%m%d}", f"{days[1]:%Y%m%d}", max_count=count)
    with pointed_at(url):
        found = TikTokResearchAPI("any", "any", qps=1_000).query_videos(request, fetch_all_pages=True)[0]
    return [video["id"] for video in found]


OtherClient = Callable[[str, Path, str, Days, int], list[int]]
OTHER_CLIENTS: tuple[OtherClient, ...] = (researchtikpy, tiktok_research_api_helper, tiktok_research_api)
