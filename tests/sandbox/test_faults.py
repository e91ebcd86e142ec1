"""Faults strike the chosen requests, and no video is lost by them."""

from __future__ import annotations

import pickle
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import Region, Username, ValidationError, select
from querydsl.sandbox import App, Fault, corpus
from querydsl.sandbox.faults import KINDS, RECOVERABLE, STANDING, Kind, RandomFaults
from querydsl.sandbox.words import ODD_VALUES
from querydsl.tables import QUERY_PATH
from tests.sandbox import Reply, ask, ask_for_token, call, pages, persist

VIDEOS = corpus(60)
IDS = [video["id"] for video in VIDEOS]
REQUEST = select("id").where(~(Username == "nobody")).between("20230101", "20230131").max_count(20).request()


def struck(fault: Fault | RandomFaults, upto: int = 12) -> list[int]:
    return [number for number in range(1, upto + 1) if fault.on(number)]


def ids(reply: Reply) -> list[int]:
    return [video["id"] for video in reply.data["videos"]]


def second_page(*faults: Fault) -> tuple[App, Reply]:
    """The answer to the second request, which continues after the first; `faults` strike it and later ones."""
    app = App(VIDEOS, faults=faults)
    return app, ask(app, REQUEST, **following(ask(app, REQUEST)))


def following(reply: Reply) -> dict[str, object]:
    return {"cursor": reply.data["cursor"], "search_id": reply.data["search_id"]}


class TestWhen:
    @pytest.mark.parametrize(
        ("fault", "numbers"),
        [
            (Fault("html"), [1]),
            (Fault("html", at=3), [3]),
            (Fault("html", at=3, times=2), [3, 4]),
            (Fault("html", at=9, times=None), [9, 10, 11, 12]),
            (Fault("html", every=5), [1, 6, 11]),
            (Fault("html", at=2, times=2, every=4), [2, 3, 6, 7, 10, 11]),
        ],
        ids=repr,
    )
    def test_the_numbers_of_the_requests(self, fault: Fault, numbers: list[int]) -> None:
        assert struck(fault) == numbers

    def test_the_first_of_several_faults_counts(self) -> None:
        app = App(VIDEOS, faults=[Fault("html", at=2), Fault("server-error", times=2), Fault("rate-limit", every=4)])
        assert [ask(app, REQUEST).status for _ in range(6)] == [500, 504, 200, 200, 429, 200]

    def test_a_single_fault_needs_no_list(self) -> None:
        assert ask(App(VIDEOS, faults=Fault("html")), REQUEST).status == 504

    def test_a_faulty_request_is_counted_and_tokens_are_not(self) -> None:
        app = App(VIDEOS, quota=2, faults=Fault("server-error"))
        assert ask_for_token(app).status == 200
        assert [ask(app, REQUEST).status for _ in range(3)] == [500, 200, 429]
        assert app.calls == 3


class TestRandom:
    def test_the_same_seed_strikes_the_same_requests(self) -> None:
        faults = Fault.random(5, rate=0.3)
        assert [faults.on(number) for number in range(200)] == [Fault.random(5, rate=0.3).on(n) for n in range(200)]
        assert struck(faults, 200) != struck(Fault.random(6, rate=0.3), 200)

    def test_the_choice_is_the_same_on_every_python(self) -> None:
        faults = Fault.random(1, rate=0.5, kinds=["cut", "html"])
        assert [(number, fault.kind) for number in range(1, 13) if (fault := faults.on(number))] == [
            (1, "html"), (2, "html"), (3, "cut"), (5, "html"),
        ]  # fmt: skip

    @pytest.mark.parametrize(("rate", "share"), [(0, 0), (0.25, 0.25), (1, 1)])
    def test_it_strikes_about_as_many_as_it_says(self, rate: float, share: float) -> None:
        assert len(struck(Fault.random(0, rate), 4_000)) / 4_000 == pytest.approx(share, abs=0.03)

    def test_every_kind_is_struck_with(self) -> None:
        faults = Fault.random(0, rate=1)
        assert {fault.kind for n in range(300) if (fault := faults.on(n))} == set(RECOVERABLE)

    def test_a_kind_may_come_with_its_options(self) -> None:
        limit = Fault("rate-limit", retry_after=1)
        assert Fault.random(0, 1, [limit]).on(1) == limit


class TestValues:
    @pytest.mark.parametrize("fault", [Fault("cut", at=2), Fault.random(1)], ids=repr)
    def test_they_are_immutable_and_travel(self, fault: Fault | RandomFaults) -> None:
        assert pickle.loads(pickle.dumps(fault)) == fault
        assert hash(fault) == hash(attrs.evolve(fault))
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            fault.kind = "html"  # type: ignore

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"kind": "sever-error"}, "Fault('sever-error'): there is no such kind; did you mean 'server-error'? The "),
            ({"kind": None}, "Fault(None): there is no such kind; the kinds are rate-limit, "),
            ({"at": 0}, "Fault('cut', at=0): give a whole number, 1 or more"),
            ({"kind": ["cut"]}, "Fault(a list): there is no such kind; the kinds are rate-limit, "),
            ({"at": "1"}, "Fault('cut', at='1'): give a whole number, 1 or more"),
            ({"times": 0}, "Fault('cut', times=0): give a whole number, 1 or more, or None"),
            ({"every": True}, "Fault('cut', every=True): give a whole number, 1 or more, or None"),
            ({"times": 3, "every": 2}, "Fault('cut', times=3, every=2): it would strike all calls; leave every"),
            ({"times": None, "every": 2}, "Fault('cut', times=None, every=2): it would strike all calls; leave"),
            ({"status": 500}, "Fault('cut', status=500): status is for 'server-error' and 'internal-error' and "),
            ({"retry_after": 1}, "Fault('cut', retry_after=1): retry_after is for 'rate-limit'; leave it out"),
            ({"kind": "server-error", "status": 600}, "Fault('server-error', status=600): give a status from 500"),
            ({"kind": "server-error", "status": 404}, "Fault('server-error', status=404): give a status from 500"),
            ({"kind": "daily-quota", "status": 500}, "Fault('daily-quota', status=500): give a status 429 or 200"),
            ({"kind": "internal-error", "status": 1}, "Fault('internal-error', status=1): give a whole number, 200 or"),
            ({"kind": "failing-days"}, "Fault('failing-days'): give the first day and the last day, such as first="),
            ({"kind": "failing-days", "first": "20230102", "last": "20230101"},
             "Fault('failing-days', first='2023-01-02', last='2023-01-01'): the last day is before the first; swap"),
            ({"first": "20230102"}, "Fault('cut', first='2023-01-02'): first is for 'failing-days'; leave it out"),
            ({"kind": "found-late", "hours": 0}, "Fault('found-late', hours=0): give a whole number, 1 or more, or"),
            ({"kind": "refused-field", "field": 7}, "Fault('refused-field', field=7): give the name of a field"),
            ({"kind": "rate-limit", "retry_after": -1}, "Fault('rate-limit', retry_after=-1): give a whole number, 0"),
        ],
        ids=str,
    )  # fmt: skip
    def test_invalid_options_are_refused(self, options: dict[str, object], message: str) -> None:
        with pytest.raises(ValidationError) as caught:
            Fault(**{"kind": "cut", **options})  # type: ignore
        assert str(caught.value).startswith(message)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"rate": 2}, "Fault.random(rate=2): give the share of calls, from 0 to 1"),
            ({"rate": "y"}, "Fault.random(rate='y'): give the share of calls, from 0 to 1"),
            ({"rate": float("nan")}, "Fault.random(rate=nan): give the share of calls, from 0 to 1"),
            ({"rate": None}, "Fault.random(rate=None): give the share of calls, from 0 to 1"),
            ({"rate": True}, "Fault.random(rate=True): give the share of calls, from 0 to 1"),
            ({"seed": None}, "Fault.random(None): give a whole number as the seed"),
            ({"kinds": []}, "Fault.random(kinds=()): give at least one kind"),
            ({"kinds": 7}, "Fault.random(kinds=7): give kinds of faults, such as ['cut', 'html']"),
            ({"kinds": "cat"}, "Fault('cat'): there is no such kind; did you mean 'cut'? The kinds are rate-limit"),
            ({"kinds": [7]}, "Fault(7): there is no such kind; the kinds are rate-limit"),
        ],
        ids=str,
    )
    def test_random_ones_that_make_no_sense_are_refused(self, options: dict[str, object], message: str) -> None:
        with pytest.raises(ValidationError) as caught:
            Fault.random(**{"seed": 0, **options})  # type: ignore
        assert str(caught.value).startswith(message)

    @pytest.mark.parametrize("kind", ["cut", Fault("cut")], ids=str)
    def test_a_single_kind_needs_no_list(self, kind: Kind | Fault) -> None:
        assert Fault.random(0, kinds=kind) == Fault.random(0, kinds=["cut"])


class TestAnswers:
    def test_a_rate_limit(self) -> None:
        reply = ask(App(VIDEOS, faults=Fault("rate-limit")), REQUEST)
        assert reply.error[:2] == (429, "rate_limit_exceeded")
        assert "Retry-After" not in reply.headers
        reply = ask(App(VIDEOS, faults=Fault("rate-limit", retry_after=3)), REQUEST)
        assert reply.headers["Retry-After"] == "3"

    @pytest.mark.parametrize(("status", "expected"), [(None, 500), (503, 503), (599, 599)])
    def test_a_server_error_has_the_documented_json(self, status: int | None, expected: int) -> None:
        reply = ask(App(VIDEOS, faults=Fault("server-error", status=status)), REQUEST)
        assert reply.error[:2] == (expected, "internal_error")
        assert len(reply.json["error"]["log_id"]) == 34

    def test_html(self) -> None:
        reply = ask(App(VIDEOS, faults=Fault("html")), REQUEST)
        assert (reply.status, reply.headers["Content-Type"], reply.body[:6]) == (504, "text/html", b"<html>")

    def test_not_json(self) -> None:
        reply = ask(App(VIDEOS, faults=Fault("not-json")), REQUEST)
        assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
        with pytest.raises(ValueError, match="Expecting value"):
            _ = reply.json

    def test_a_cut_body_is_shorter_than_it_says(self) -> None:
        reply = ask(App(VIDEOS, faults=Fault("cut")), REQUEST)
        assert 0 < len(reply.body) < int(reply.headers["Content-Length"])

    @pytest.mark.parametrize(("status", "expected"), [(None, 429), (200, 200)])
    def test_a_quota_that_is_used_up_also_in_a_success(self, status: int | None, expected: int) -> None:
        reply = ask(App(VIDEOS, faults=Fault("daily-quota", status=status)), REQUEST)
        assert reply.error[:2] == (expected, "daily_quota_limit_exceeded")
        assert reply.json["data"] == {}

    @pytest.mark.parametrize(("status", "expected"), [(None, 400), (200, 200)])
    def test_an_internal_error_also_under_another_status(self, status: int | None, expected: int) -> None:
        reply = ask(App(VIDEOS, faults=Fault("internal-error", status=status)), REQUEST)
        assert reply.error == (expected, "internal_error", "Something is wrong. Please try again later.")


class TestStanding:
    """Standing faults strike all calls, in addition to others."""

    #: All videos of a corpus are of January 2023, the newest first.
    END = datetime(2023, 2, 1, tzinfo=timezone.utc)

    def test_they_strike_all_calls_unless_said_otherwise(self) -> None:
        faults = [Fault(kind, first="20230101" if kind == "failing-days" else None) for kind in STANDING]
        assert [struck(fault, 3) for fault in faults] == [[1, 2, 3]] * len(STANDING)
        assert struck(Fault("odd-values", at=2, times=2)) == [2, 3]

    def test_standing_faults_add_to_each_other_and_to_others(self) -> None:
        late = Fault("found-late", hours=24 * 28)
        app = App(VIDEOS, faults=[Fault("odd-values"), Fault("html", at=2), late], now=lambda: self.END)
        first, second = ask(app, REQUEST), ask(app, REQUEST)
        assert second.status == 504
        assert 0 < len(first.data["videos"]) < 20

    @pytest.mark.parametrize(
        ("start", "end", "status"),
        [
            ("20230101", "20230109", 200),
            ("20230101", "20230110", 500),
            ("20230111", "20230111", 500),
            ("20230101", "20230131", 500),
            ("20230112", "20230131", 500),
            ("20230113", "20230131", 200),
        ],
    )
    def test_days_that_fail_fail_every_window_that_meets_them(self, start: str, end: str, status: int) -> None:
        app = App(VIDEOS, faults=Fault("failing-days", first="20230110", last="2023-01-12"))
        assert [ask(app, REQUEST, start_date=start, end_date=end).status for _ in range(2)] == [status] * 2

    def test_one_day_may_fail(self) -> None:
        app = App(VIDEOS, faults=[Fault("failing-days", first=day) for day in ("20230103", "20230120")])
        days = [f"202301{number:02}" for number in range(1, 32)]
        failed = [day for day in days if ask(app, REQUEST, start_date=day, end_date=day).status == 500]
        assert failed == ["20230103", "20230120"]

    @pytest.mark.parametrize(("hours", "after"), [(None, 48), (48, 48), (1, 1)])
    def test_a_video_is_found_so_many_hours_after_it_was_created(self, hours: int | None, after: int) -> None:
        clock = [datetime.fromtimestamp(VIDEOS[0]["create_time"], timezone.utc) + timedelta(hours=after, seconds=-1)]
        app = App(VIDEOS, faults=Fault("found-late", hours=hours), now=lambda: clock[0])
        assert [video["id"] for data in pages(app, REQUEST) for video in data["videos"]] == IDS[1:]
        clock[0] += timedelta(seconds=1)
        assert [video["id"] for data in pages(app, REQUEST) for video in data["videos"]] == IDS

    def test_some_videos_have_odd_values_always_the_same(self) -> None:
        many = corpus(3_000)
        app = App(many, faults=Fault("odd-values"))
        request = select().where(~(Username == "nobody")).between("20230101", "20230131").max_count(100).request()
        found = [video for data in pages(app, request) for video in data["videos"]]
        assert found == [video for data in pages(app, request) for video in data["videos"]]
        plain = [video for data in pages(App(many), request) for video in data["videos"]]
        odd = [(one, other) for one, other in zip(found, plain, strict=True) if one != other]
        assert 200 < len(odd) < 400
        changed = {(name, repr(one.get(name))) for one, other in odd for name in other if one.get(name) != other[name]}
        assert changed == {(name, repr(value)) for name, value in ODD_VALUES}

    def test_some_videos_come_that_the_query_does_not_select(self) -> None:
        app = App(corpus(2_000), faults=Fault("approximate"))
        request = select("id", "region_code").where(Region == "US").between("20230105", "20230120").request()
        found = [video for data in pages(app, request) for video in data["videos"]]
        selected = [video for data in pages(App(corpus(2_000)), request) for video in data["videos"]]
        others = [video for video in found if video["region_code"] != "US"]
        assert [video for video in found if video["region_code"] == "US"] == selected
        assert len(others) == pytest.approx(len(selected) / 10, abs=1)
        assert found == sorted(found, key=lambda video: -video["id"])
        assert {f"{datetime.fromtimestamp(video['id'] >> 32, timezone.utc):%Y%m%d}" for video in others} <= {
            f"202301{number:02}" for number in range(5, 21)
        }

    def test_a_query_that_selects_nothing_brings_nothing_else(self) -> None:
        nobody = select("id").where(Username == "nobody").on("20230101").request()
        assert ask(App(VIDEOS, faults=Fault("approximate")), nobody).data["videos"] == []

    def test_a_field_is_refused_as_today_or_as_once(self) -> None:
        today = App([], faults=Fault("refused-field"))
        once = App([], faults=Fault("refused-field", field="favorites_count"))
        older, newer = "favourites_count", "favorites_count"
        for app, refused, taken in ((today, older, newer), (once, newer, older)):
            reply = call(app, QUERY_PATH, REQUEST.to_json().encode(), f"fields=id,{refused}")
            assert reply.error == (400, "invalid_params", f"Invalid field: {refused}")
            assert call(app, QUERY_PATH, REQUEST.to_json().encode(), f"fields=id,{taken}").status == 200


class TestTokens:
    @pytest.mark.parametrize("credentials", [None, ("key", "secret")], ids=["any", "credentials"])
    def test_an_expired_token_is_dead_from_then_on(self, credentials: tuple[str, str] | None) -> None:
        app = App(VIDEOS, credentials=credentials, faults=Fault("expired-token", at=2))
        old, new = (ask_for_token(app).json["access_token"] for _ in range(2))
        assert [ask(app, REQUEST, token).status for token in (old, old, old, new, old)] == [200, 401, 401, 200, 401]


class TestSearches:
    def test_an_expired_search_is_gone(self) -> None:
        app, reply = second_page(Fault("expired-search", at=2))
        search_id = reply.json["error"]["message"].split()[2]
        expected = (400, "invalid_params", f"Search Id {search_id} is invalid or expired")
        assert reply.error == ask(app, REQUEST, search_id=search_id).error == expected

    def test_the_search_after_an_expired_one_has_another_id(self) -> None:
        app = App(VIDEOS, faults=Fault("expired-search", at=2, every=2))
        given = []
        for _ in range(3):
            reply = ask(app, REQUEST)
            given.append(reply.data["search_id"])
            assert ask(app, REQUEST, **following(reply)).status == 400
        assert len({*given}) == 3
        assert [ask(app, REQUEST, search_id=search_id).status for search_id in given] == [400] * 3

    def test_an_app_does_not_restart_an_expired_search_under_its_id(self) -> None:
        reply = ask(App(VIDEOS), REQUEST)
        app = App(VIDEOS, faults=Fault("expired-search"))
        assert [ask(app, REQUEST, **following(reply)).status for _ in range(2)] == [400, 400]
        assert ask(app, REQUEST).data["search_id"] != reply.data["search_id"]

    @pytest.mark.parametrize("kind", ["short", "empty", "repeated"])
    def test_a_restarted_search_has_no_faults_of_the_old_one(self, kind: str) -> None:
        app, struck = second_page(Fault(kind, at=2))  # type: ignore[arg-type]
        assert [video["id"] for data in pages(app, REQUEST) for video in data["videos"]] == IDS
        assert ask(app, REQUEST, **following(struck)).status == 200  # and the other goes on

    @pytest.mark.parametrize("kind", ["short", "empty", "repeated"])
    def test_an_app_does_not_continue_a_search_changed_elsewhere(self, kind: str) -> None:
        _, struck = second_page(Fault(kind, at=2))  # type: ignore[arg-type]
        reply = ask(App(VIDEOS), REQUEST, **following(struck))
        message = f"Search Id {struck.data['search_id']} is invalid or expired"
        assert reply.error == (400, "invalid_params", message)

    @pytest.mark.parametrize(
        ("kind", "message"),
        [("slow-search", "Search Id {} is invalid or expired"), ("slow-cursor", "Invalid count or cursor")],
    )
    def test_a_slow_search_is_fine_later(self, kind: str, message: str) -> None:
        app = App(VIDEOS, faults=Fault(kind, at=2, times=2))  # type: ignore[arg-type]
        first = ask(app, REQUEST)
        replies = [ask(app, REQUEST, **following(first)) for _ in range(3)]
        expected = (400, "invalid_params", message.format(first.data["search_id"]))
        assert [reply.error for reply in replies[:2]] == [expected] * 2
        assert ids(replies[2]) == IDS[20:40]

    @pytest.mark.parametrize("kind", ["expired-search", "slow-search", "slow-cursor"])
    def test_a_request_that_begins_a_search_is_not_struck(self, kind: str) -> None:
        app = App(VIDEOS, faults=Fault(kind))  # type: ignore[arg-type]
        assert [video["id"] for data in pages(app, REQUEST) for video in data["videos"]] == IDS


class TestPages:
    def test_a_short_page_has_half_and_the_rest_comes_later(self) -> None:
        app, reply = second_page(Fault("short", at=2))
        assert (ids(reply), reply.data["cursor"], reply.data["has_more"]) == (IDS[20:30], 40, True)
        assert ids(ask(app, REQUEST, **following(reply))) == IDS[30:50]

    def test_an_empty_page_is_not_the_last(self) -> None:
        app, reply = second_page(Fault("empty", at=2))
        assert (ids(reply), reply.data["cursor"], reply.data["has_more"]) == ([], 40, True)
        assert ids(ask(app, REQUEST, **following(reply))) == IDS[20:40]

    def test_an_empty_page_says_that_there_is_more_even_at_the_end(self) -> None:
        app = App([], faults=Fault("empty"))
        reply = ask(app, REQUEST)
        assert reply.data["has_more"]
        reply = ask(app, REQUEST, **following(reply))
        assert (ids(reply), reply.data["has_more"]) == ([], False)

    def test_a_page_repeats_some_of_the_one_before(self) -> None:
        app, reply = second_page(Fault("repeated", at=2))
        assert (ids(reply), reply.data["cursor"]) == (IDS[10:30], 40)
        assert ids(ask(app, REQUEST, **following(reply))) == IDS[30:50]

    def test_a_page_that_is_asked_for_again_is_the_same(self) -> None:
        for kind in ("short", "empty", "repeated"):
            app, reply = second_page(Fault(kind, at=2))  # type: ignore[arg-type]
            cursor, search_id = reply.data["cursor"] - 20, reply.data["search_id"]
            assert ids(ask(app, REQUEST, cursor=cursor, search_id=search_id)) == ids(reply)

    @pytest.mark.parametrize("kind", ["short", "empty", "repeated"])
    def test_random_videos_are_not_struck(self, kind: str) -> None:
        struck, undisturbed = App(VIDEOS, faults=Fault(kind)), App(VIDEOS)  # type: ignore[arg-type]
        replies = [ask(app, REQUEST, is_random=True).data for app in (struck, undisturbed)]
        assert replies[0]["videos"] == replies[1]["videos"]
        assert not replies[0]["has_more"]


class TestDocs:
    def test_every_kind_is_explained(self) -> None:
        page = Path(__file__).parents[2] / "docs" / "sandbox.md"
        assert re.findall(r"^\| `([a-z-]+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE) == [*KINDS]


class TestNothingIsLost:
    @pytest.mark.parametrize("kind", RECOVERABLE)
    def test_by_a_fault_that_strikes_again_and_again(self, kind: str) -> None:
        app = App(VIDEOS, faults=Fault(kind, at=2, every=5))  # type: ignore[arg-type]
        assert persist(app, REQUEST) == IDS

    @given(st.integers(0, 2**32), st.floats(0, 0.3), st.integers(5, 25))
    @settings(max_examples=30)
    def test_by_random_faults(self, seed: int, rate: float, count: int) -> None:
        app = App(VIDEOS, faults=Fault.random(seed, rate))
        assert persist(app, attrs.evolve(REQUEST, max_count=count)) == IDS
