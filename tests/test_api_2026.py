"""A new user with the API of 2026; and that the server of the tests behaves as the vendor's page and users say."""

from __future__ import annotations

import ast
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
import urllib3

from querydsl import Client, Store, collect, parse, select

from . import api_2026
from .api_2026 import CONDITION_FIELDS, TROUBLES, VIDEO_FIELDS, Api, Video, made_up, served

START, END = date(2024, 1, 1), date(2024, 3, 31)
VIDEOS = made_up(1_500, START, END)
ROOT = Path(__file__).parent.parent


class Clock:
    """A time that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = datetime(2025, 6, 1, 12, tzinfo=timezone.utc).timestamp()
        self._lock = Lock()

    def time(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, timezone.utc)

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds


def ids(videos: list[Video]) -> set[int]:
    return {int(video["id"]) for video in videos if "id" in video}


# A new user

#: An expression of a user, and the wanted videos.
QUESTIONS = pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        pytest.param('region_code == "US"', lambda video: video["region_code"] == "US", id="a region"),
        pytest.param(
            'hashtag_name in ("cat", "猫") and not video_length == "SHORT"',
            lambda video: {"cat", "猫"} & {*video["hashtag_names"]} and video["video_duration"] >= 15,
            id="hashtags and lengths",
        ),
        pytest.param(
            "view_count >= 1000 and comment_count < 5000",
            lambda video: video["view_count"] >= 1_000 and video["comment_count"] < 5_000,
            id="counts",
        ),
    ],
)
WORKERS = pytest.mark.parametrize("workers", [1, 8])

#: Failures of a few calls; a client retries each of them.
TROUBLES_ON_THE_WAY = {2: "html", 5: "internal-200", 9: "internal-400", 12: "timeout", 15: "internal-500"}


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A user who has set only a key and a secret."""
    for name in ("TIKTOK_ACCESS_TOKEN", "TIKTOK_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TIKTOK_CLIENT_KEY", "key")
    monkeypatch.setenv("TIKTOK_CLIENT_SECRET", "secret")
    return monkeypatch


@WORKERS
class TestNewUser:
    @QUESTIONS
    def test_all_videos_come_at_the_first_try(
        self, user: pytest.MonkeyPatch, tmp_path: Path, expression: str, wanted: Any, workers: int
    ) -> None:
        clock = Clock()
        everything = ids([video for video in VIDEOS if wanted(video)])
        gone = frozenset(sorted(everything)[::40])
        api = Api(VIDEOS, clock=clock.time, troubles=TROUBLES_ON_THE_WAY, gone=gone)
        plan = select().where(parse(expression)).between(START, END).plan()
        with served(api):
            user.setenv("TIKTOK_API_URL", api.url)
            with Client.from_env(sleep=clock.sleep, now=clock.now) as client:
                summary = collect(plan, tmp_path / "videos.db", client=client, workers=workers)
        assert summary.finished
        with Store(tmp_path / "videos.db") as store:
            assert {video.id for video in store.videos()} == everything - gone

    def test_videos_that_match_approximately_cost_nothing_else(
        self, user: pytest.MonkeyPatch, tmp_path: Path, workers: int
    ) -> None:
        clock = Clock()
        astray = frozenset(ids([video for video in VIDEOS if video["region_code"] == "JP"][::20]))
        with served(Api(VIDEOS, clock=clock.time, astray=astray)) as api:
            user.setenv("TIKTOK_API_URL", api.url)
            with Client.from_env(sleep=clock.sleep, now=clock.now) as client:
                plan = select().where(parse('region_code == "US"')).between(START, END).plan()
                assert collect(plan, tmp_path / "videos.db", client=client, workers=workers).finished
        database = sqlite3.connect(tmp_path / "videos.db")
        received = {number for (number,) in database.execute("SELECT id FROM videos")}
        database.close()
        assert received == astray | ids([video for video in VIDEOS if video["region_code"] == "US"])


@WORKERS
def test_a_new_user_of_the_command_gets_all_videos_at_the_first_try(
    user: pytest.MonkeyPatch, tmp_path: Path, workers: int
) -> None:
    wanted = [video for video in VIDEOS if video["region_code"] == "US"]
    with served(Api(VIDEOS, troubles={3: "html"}, valid_after=0.5)) as api:
        user.setenv("TIKTOK_API_URL", api.url)
        command = ["collect", 'region_code == "US"', "--between", str(START), str(END), "--into", "us.db"]
        done = subprocess.run(
            [sys.executable, "-m", "querydsl", *command, "--workers", str(workers)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    with Store(tmp_path / "us.db") as store:
        assert {video.id for video in store.videos()} == ids(wanted)
    assert "Traceback" not in done.stderr


# The server

FULL = ",".join(VIDEO_FIELDS)


class Caller:
    """Calls the server directly, without the package."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.pool = urllib3.PoolManager(retries=False)
        self.authorization = f"Bearer {self.token()['access_token']}"

    def token(self, secret: str = "secret") -> Any:
        fields = {"client_key": "key", "client_secret": secret, "grant_type": "client_credentials"}
        url = f"{self.api.url}{api_2026.TOKEN_PATH}"
        return self.pool.request("POST", url, fields=fields, encode_multipart=False).json()

    def call(self, fields: str = FULL, **changes: Any) -> urllib3.BaseHTTPResponse:
        condition = {"operation": "EQ", "field_name": "region_code", "field_values": ["US"]}
        body = {"query": {"and": [condition]}, "start_date": "20240101", "end_date": "20240131", "max_count": 100}
        url = f"{self.api.url}{api_2026.VIDEO_PATH}?fields={fields}"
        headers = {"Authorization": self.authorization, "Content-Type": "application/json"}
        return self.pool.request("POST", url, body=json.dumps({**body, **changes}), headers=headers)

    def data(self, **changes: Any) -> Any:
        answer = self.call(**changes)
        assert answer.status == 200, answer.data
        return answer.json()["data"]

    def error(self, fields: str = FULL, **changes: Any) -> tuple[int, str]:
        answer = self.call(fields, **changes)
        return answer.status, answer.json()["error"]["code"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def caller(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Caller]:
    """A server with the options of the test's mark `api`, and its caller."""
    options = getattr(request, "param", {})
    with served(Api(VIDEOS, clock=clock.time, **{"per_second": 1_000, **options})) as api:
        one = Caller(api)
        yield one
        one.pool.clear()


def with_options(**options: Any) -> Any:
    return pytest.mark.parametrize("caller", [options], indirect=True, ids=[", ".join(options)])


def test_it_imports_nothing_of_the_package() -> None:
    tree = ast.parse(Path(api_2026.__file__).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert not [module for module in modules if module and module.partition(".")[0] in ("querydsl", "tests")]


class TestTokens:
    def test_a_key_and_a_secret_get_a_token(self, caller: Caller) -> None:
        assert caller.token().keys() == {"access_token", "expires_in", "token_type"}

    def test_a_wrong_secret_is_refused_in_a_success(self, caller: Caller) -> None:
        assert caller.token("wrong")["error"] == "invalid_client"

    def test_a_token_ends(self, caller: Caller, clock: Clock) -> None:
        assert caller.call().status == 200
        clock.sleep(7_200)
        assert caller.error() == (401, "access_token_invalid")


class TestFields:
    def test_there_are_23(self, caller: Caller) -> None:
        assert len(VIDEO_FIELDS) == len(set(VIDEO_FIELDS)) == 23
        assert caller.call(FULL).status == 200

    @pytest.mark.parametrize("fields", ["id,favourites_count", "id,video_desc", ""])
    def test_any_other_is_refused(self, caller: Caller, fields: str) -> None:
        assert caller.error(fields) == (400, "invalid_params")

    def test_empty_values_are_omitted(self, caller: Caller) -> None:
        videos = caller.data()["videos"]
        for name in ("effect_ids", "voice_to_text"):
            assert 0 < sum(name in video for video in videos) < len(videos)
            assert all(video[name] for video in videos if name in video)

    def test_ids_come_as_numbers_or_as_text(self, caller: Caller) -> None:
        pages = [caller.data()["videos"], caller.data()["videos"]]
        assert {type(video["id"]) for page in pages for video in page if "id" in video} == {int, str}
        assert ids(pages[0]) == ids(pages[1])

    def test_some_values_are_of_another_type_and_some_videos_have_no_id(self, caller: Caller) -> None:
        videos = caller.data()["videos"]
        assert {"", "long"} <= {video.get(name) for video in videos for name in ("music_id", "video_duration")}
        assert any("id" not in video for video in videos)

    def test_an_id_begins_with_a_second_shortly_before_the_creation(self) -> None:
        assert {video["create_time"] - (video["id"] >> 32) for video in VIDEOS} <= set(range(18, 136))


class TestConditions:
    def test_there_are_eleven(self) -> None:
        assert len(CONDITION_FIELDS) == 11

    @pytest.mark.parametrize(
        ("field", "operation", "values", "wanted"),
        [
            ("create_date", "GT", ["20240130"], lambda video: f"{api_2026._day(video):%m%d}" == "0131"),
            ("username", "EQ", ["user7"], lambda video: video["username"] == "user7"),
            ("video_id", "IN", [str(VIDEOS[0]["id"]), "7"], lambda video: video is VIDEOS[0]),
            ("hashtag_name", "EQ", ["CAT"], lambda video: "cat" in video["hashtag_names"]),
            ("keyword", "EQ", ["AT THIS #dog"], lambda video: "this #dog" in video["video_description"]),
            ("music_id", "EQ", [str(VIDEOS[1]["music_id"])], lambda video: video is VIDEOS[1]),
            ("effect_id", "EQ", ["0"], lambda video: "0" in video["effect_ids"]),
            ("video_length", "IN", ["MID", "LONG"], lambda video: 15 <= video["video_duration"] <= 300),
            ("view_count", "GTE", ["1000"], lambda video: video["view_count"] >= 1_000),
            ("comment_count", "LT", ["10"], lambda video: video["comment_count"] < 10),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_each_selects_what_it_says(
        self, caller: Caller, field: str, operation: str, values: list[str], wanted: Any
    ) -> None:
        condition = {"field_name": field, "operation": operation, "field_values": values}
        data = caller.data(query={"and": [condition], "or": None}, cursor=None, search_id=None)
        january = [video for video in VIDEOS if video["create_time"] < 1_706_745_600]
        expected = sorted(ids([video for video in january if wanted(video)]), reverse=True)
        found = [int(video["id"]) for video in data.get("videos", []) if "id" in video]
        assert found == expected[:100]

    @pytest.mark.parametrize(
        ("field", "operation", "values"),
        [
            ("like_count", "GT", ["1"]),
            ("region_code", "GT", ["US"]),
            ("region_code", "EQ", ["US", "JP"]),
            ("view_count", "GT", [1]),
            ("view_count", "IN", []),
        ],
    )
    def test_another_is_refused(self, caller: Caller, field: str, operation: str, values: list[Any]) -> None:
        condition = {"field_name": field, "operation": operation, "field_values": values}
        assert caller.error(query={"and": [condition]}) == (400, "invalid_params")


class TestDays:
    def test_the_last_day_is_included(self, caller: Caller) -> None:
        videos = caller.data(start_date="20240110", end_date="20240110")["videos"]
        days = {api_2026._day(video) for video in videos}
        assert days == {date(2024, 1, 10)}

    @pytest.mark.parametrize(("end", "status"), [("20240131", 200), ("20240201", 400), ("20231231", 400), ("now", 400)])
    def test_a_window_has_31_days_at_most(self, caller: Caller, end: str, status: int) -> None:
        assert caller.call(end_date=end).status == status

    def test_a_video_is_found_48_hours_after_it_was_made(self, clock: Clock) -> None:
        video = {**VIDEOS[0], "region_code": "US", "create_time": int(clock.seconds) - 48 * 3600 + 10}
        day = f"{api_2026._day(video):%Y%m%d}"
        with served(Api([video], clock=clock.time)) as api:
            caller = Caller(api)
            assert "videos" not in caller.data(start_date=day, end_date=day)
            clock.sleep(10)
            assert "videos" in caller.data(start_date=day, end_date=day)
            caller.pool.clear()

    @with_options(failing=(date(2024, 1, 10), date(2024, 1, 12)))
    def test_some_windows_always_fail(self, caller: Caller) -> None:
        for _ in range(2):
            assert caller.error() == (500, "internal_error")
            assert caller.call(start_date="20240113").status == 200


class TestPages:
    def test_a_false_has_more_is_omitted(self, caller: Caller, clock: Clock) -> None:
        first = caller.data()
        assert first["has_more"] is True
        clock.sleep(2)
        last = caller.data(cursor=100, search_id=first["search_id"])
        assert "has_more" not in last
        assert ids(first["videos"]) & ids(last["videos"]) == set()

    def test_no_videos_are_left_out(self, caller: Caller) -> None:
        data = caller.data(start_date="20200101", end_date="20200102")
        assert "videos" not in data
        assert "has_more" not in data

    @with_options(gone=frozenset(ids(VIDEOS[::3])))
    def test_videos_are_dropped_after_pages_are_cut(self, caller: Caller) -> None:
        data = caller.data()
        assert data["cursor"] == 100
        assert data["has_more"]
        assert 0 < len(ids(data["videos"])) < 100

    def test_a_search_id_takes_seconds_to_become_valid(self, caller: Caller, clock: Clock) -> None:
        search_id = caller.data()["search_id"]
        answer = caller.call(cursor=100, search_id=search_id)
        assert (answer.status, answer.json()["error"]["code"]) == (400, "invalid_params")
        assert answer.json()["error"]["message"] == f"Search Id {search_id} is invalid or expired"
        clock.sleep(2)
        assert caller.call(cursor=100, search_id=search_id).status == 200

    def test_a_cursor_beyond_the_end_is_refused(self, caller: Caller) -> None:
        answer = caller.call(cursor=100_000)
        assert (answer.status, answer.json()["error"]["message"]) == (400, "Invalid count or cursor")

    def test_random_videos_are_one_page(self, caller: Caller) -> None:
        data = caller.data(is_random=True)
        assert "has_more" not in data

    @with_options(astray=frozenset(ids(VIDEOS)))
    def test_matching_may_be_approximate(self, caller: Caller) -> None:
        assert {video["region_code"] for video in caller.data()["videos"]} == {"US", "JP", "GB"}


class TestErrors:
    @with_options(per_second=5)
    def test_more_than_five_calls_a_second_are_too_fast(self, caller: Caller, clock: Clock) -> None:
        assert [caller.call().status for _ in range(6)] == [200] * 5 + [429]
        assert caller.error() == (429, "rate_limit_exceeded")
        clock.sleep(1)
        assert caller.call().status == 200

    @with_options(quota=2)
    def test_the_quota_of_a_day_is_refused_under_429_and_in_a_success(self, caller: Caller, clock: Clock) -> None:
        assert [caller.call().status for _ in range(2)] == [200, 200]
        errors = [caller.error() for _ in range(2)]
        assert sorted(errors) == [(200, "daily_quota_limit_exceeded"), (429, "daily_quota_limit_exceeded")]
        clock.sleep(timedelta(days=1).total_seconds())
        caller.authorization = f"Bearer {caller.token()['access_token']}"
        assert caller.call().status == 200

    @with_options(troubles=dict(enumerate(TROUBLES, 1)))
    def test_errors_come_under_any_status_and_as_html(self, caller: Caller) -> None:
        answers = [caller.call() for _ in TROUBLES]
        codes = {(answer.status, answer.json()["error"]["code"]) for answer in answers if answer.status != 504}
        assert codes == {
            (200, "internal_error"),
            (400, "internal_error"),
            (500, "internal_error"),
            (500, "timeout"),
            (200, "daily_quota_limit_exceeded"),
        }
        [page] = [answer for answer in answers if answer.status == 504]
        assert page.data.startswith(b"<html>")
        assert Counter(status for status, _ in caller.api.answered)[504] == 1
