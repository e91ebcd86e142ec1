"""Reading a page of 100 videos compared with `json.loads`, and storing it compared with a bare insert.

    make bench

What goes over a wire, beside a bare loop and other clients, is in `sending.py`, which is run by hand.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from querydsl import Region, Video, select
from querydsl.client.responses import Answer, Response, read_answer
from querydsl.sandbox import corpus
from querydsl.storage.rows import row
from querydsl.storage.writer import Writer
from querydsl.tables import ALL_FIELDS
from tests.storage.files import Keeper

#: 100 videos of the sandbox; most have no playlist, label or mention.
CORPUS: list[dict[str, Any]] = corpus(100)
#: The same with a value in every documented field.
FULL: list[dict[str, Any]] = [
    {
        **video,
        "hashtag_names": video["hashtag_names"] or ["fyp", "cat"],
        "effect_ids": video["effect_ids"] or ["0"],
        "playlist_id": video["id"] + 1,
        "voice_to_text": video["voice_to_text"] or "look at this cat",
        "hashtag_info_list": video["hashtag_info_list"] or [{"hashtag_id": 1, "hashtag_name": "fyp"}],
        "video_mention_list": ["somebody"],
        "video_label": {"content": "state media", "type": 1},
        "sticker_info_list": [{"sticker_id": "1", "sticker_name": "Heart"}],
        "effect_info_list": [{"effect_id": "0", "effect_name": "Glow", "effect_photo_url": "https://example.com/0"}],
        "video_tag": [{"type": "AIGC Type", "number": 1}],
    }
    for video in CORPUS
]
assert all(video.keys() >= set(ALL_FIELDS) for video in FULL)

PAGES = pytest.mark.parametrize("videos", [CORPUS, FULL], ids=["corpus", "full"])


def from_dicts(videos: list[dict[str, Any]]) -> list[Video]:
    return list(map(Video.from_dict, videos))


def answer(videos: list[dict[str, Any]]) -> bytes:
    data = {"videos": videos, "cursor": 100, "has_more": True, "search_id": "7201388525814961"}
    return json.dumps({"data": data, "error": {"code": "ok", "message": "", "log_id": "20230101"}}).encode("ascii")


def read(body: bytes, make: Callable[[dict[str, Any], str], Any]) -> Answer[Any]:
    return read_answer(Response(200, {}, body), make, str)


@pytest.mark.benchmark(group="a page of 100 videos -> JSON -> Video")
class TestReading:
    @PAGES
    def test_json_loads(self, benchmark: Any, videos: list[dict[str, Any]]) -> None:
        benchmark(json.loads, answer(videos))

    @PAGES
    def test_from_dict(self, benchmark: Any, videos: list[dict[str, Any]]) -> None:
        """In addition to the work of `json.loads`."""
        assert len(benchmark(from_dicts, videos)) == 100

    @PAGES
    def test_a_page_of_videos(self, benchmark: Any, videos: list[dict[str, Any]]) -> None:
        """From bytes, as `Client.videos` does it."""
        page = benchmark(read, answer(videos), lambda received, _: Video.from_dict(received))
        assert page.videos == tuple(from_dicts(videos))

    @PAGES
    def test_a_page_of_rows(self, benchmark: Any, videos: list[dict[str, Any]]) -> None:
        """From bytes, as `collect` does it."""
        page = benchmark(read, answer(videos), row)
        assert [json.loads(one.raw) for one in page.videos] == videos


@pytest.mark.benchmark(group="a page of 100 videos -> SQLite, one transaction")
class TestKeeping:
    def test_bare(self, benchmark: Any, tmp_path: Path) -> None:
        """An id and a text."""
        database = sqlite3.connect(tmp_path / "bare.db", isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("CREATE TABLE videos (id INTEGER PRIMARY KEY, video TEXT)")
        pages = count()

        def keep() -> None:
            first = 10**18 - next(pages) * 100
            rows = [(first - place, json.dumps(video)) for place, video in enumerate(CORPUS)]
            database.execute("BEGIN")
            database.executemany("INSERT OR IGNORE INTO videos VALUES (?, ?)", rows)
            database.execute("COMMIT")

        benchmark(keep)
        database.close()

    def test_the_writer(self, benchmark: Any, tmp_path: Path) -> None:
        """A column for each field, what was received, which request found it, and how far that is."""
        received = [(video, json.dumps(video)) for video in CORPUS]
        pages = count()
        with Writer(tmp_path / "videos.db", "this computer") as writer:
            keeper = Keeper(writer, select().where(Region == "US").on("20230101").plan())

            def keep() -> int:
                first = 10**18 - next(pages) * 100
                rows = [row({**video, "id": first - place}, raw) for place, (video, raw) in enumerate(received)]
                return keeper.add(rows, 100).new

            assert benchmark(keep) == 100


@PAGES
def test_from_dict_takes_less_than_json_loads(request: pytest.FixtureRequest, videos: list[dict[str, Any]]) -> None:
    """Measured in a benchmark, in turn so that both run under the same conditions; otherwise with slack."""
    is_benchmark = not request.config.getoption("--benchmark-disable")
    text = json.dumps({"videos": videos})
    ours, loads = (partial(from_dicts, videos), partial(json.loads, text))
    times: dict[Callable[[], object], float] = {ours: 1.0, loads: 1.0}
    for job in [ours, loads] * (300 if is_benchmark else 5):
        start = time.perf_counter()
        job()
        times[job] = min(times[job], time.perf_counter() - start)
    ratio = times[ours] / times[loads]
    sys.stdout.write(f"Video.from_dict: {ratio:.2f} times json.loads ({times[loads] * 1000:.2f} ms)\n")
    assert ratio < (1 if is_benchmark else 3)
