"""The form of answers, and how long an app waits."""

from __future__ import annotations

import json
import threading

import pytest

from querydsl.sandbox.responses import (
    CLOSING,
    Answer,
    Refused,
    as_answered,
    document,
    pause,
    success,
    whole,
    with_odd_value,
)
from querydsl.tables import API_ERRORS


def content(answer: Answer) -> object:
    return json.loads(b"".join(answer.body))


class TestAnswers:
    def test_a_success_has_the_data_and_an_error_that_says_ok(self) -> None:
        answer = success({"videos": []}, "log")
        assert (answer.status_line, dict(answer.headers)["Content-Type"]) == ("200 OK", "application/json")
        assert content(answer) == {"data": {"videos": []}, "error": {"code": "ok", "message": "", "log_id": "log"}}

    def test_a_document_is_ascii_of_a_known_length(self) -> None:
        answer = document({"text": "\ud800 猫 \0"})
        [body] = answer.body
        assert body.isascii()
        assert dict(answer.headers)["Content-Length"] == str(len(body))
        assert content(answer) == {"text": "\ud800 猫 \0"}

    def test_additional_headers_follow_the_usual_ones(self) -> None:
        answer = whole(b"x", "text/html", 504, (("Retry-After", "1"),))
        assert answer.status_line == "504 Gateway Timeout"
        assert answer.headers == (("Content-Type", "text/html"), ("Content-Length", "1"), ("Retry-After", "1"))

    def test_a_status_without_a_name_has_one_all_the_same(self) -> None:
        assert whole(b"", "text/html", 599).status_line == "599 Unknown"


class TestRefused:
    @pytest.mark.parametrize(("code", "status"), [(code, status) for code, status in API_ERRORS.items() if status])
    def test_a_code_comes_with_its_documented_status(self, code: str, status: int) -> None:
        answer = Refused(code, "no").answer("log")
        assert answer.status == status
        assert content(answer) == {"data": {}, "error": {"code": code, "message": "no", "log_id": "log"}}

    def test_another_status_and_headers_may_be_said(self) -> None:
        answer = Refused("internal_error", "no", 503, (("Retry-After", "1"),)).answer("log")
        assert (answer.status, answer.headers[-1]) == (503, ("Retry-After", "1"))

    def test_a_code_that_is_not_documented_needs_a_status(self) -> None:
        assert Refused("whatever", "no", 418).answer("log").status == 418
        with pytest.raises(KeyError, match="whatever"):
            Refused("whatever", "no")


class TestPause:
    def test_it_ends_when_the_time_is_over(self) -> None:
        assert pause({}, 0) is False

    def test_it_ends_when_the_server_closes(self) -> None:
        closing = threading.Event()
        closing.set()
        assert pause({CLOSING: closing}, None) is True
        assert pause({CLOSING: closing}, 1e9) is True


class TestVideos:
    def test_only_requested_existing_fields_are_answered(self) -> None:
        video = {"id": 1, "username": "a", "like_count": 0, "playlist_id": None}
        assert as_answered(video, ["like_count", "id", "playlist_id"]) == {"like_count": 0, "id": 1}

    def test_an_empty_value_is_omitted_as_in_the_api(self) -> None:
        video = {"effect_ids": [], "voice_to_text": "", "hashtag_names": None, "video_description": ""}
        assert as_answered(video, video) == {"hashtag_names": [], "video_description": ""}

    @pytest.mark.parametrize("kept", ["favorites_count", "favourites_count"])
    @pytest.mark.parametrize("asked", ["favorites_count", "favourites_count"])
    def test_a_spelling_that_is_asked_for_is_given(self, kept: str, asked: str) -> None:
        assert as_answered({"id": 1, kept: 0}, [asked]) == {asked: 0}

    def test_an_odd_value_depends_on_the_id_alone_and_needs_its_field(self) -> None:
        video = {"music_id": 1, "like_count": 2}
        odd = {number: with_odd_value(number, video) for number in range(1_000)}
        assert odd == {number: with_odd_value(number, dict(video)) for number in range(1_000)}
        changed = [one for one in odd.values() if one != video]
        assert {tuple(one.values()) for one in changed} == {("", 2), (1, "1.2K")}
        assert with_odd_value(next(n for n in odd if odd[n] != video), {"id": 1}) == {"id": 1}
