"""Any sequence of runs against a correct API: plans, fields, windows, rounds, budgets, kills, and events of the API."""

from __future__ import annotations

import io
import json
import sqlite3
import tempfile
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from querydsl import Client, Hashtag, RateLimitExceeded, Region, Store, collect, matches, select
from querydsl.ledger import days as spans
from querydsl.ledger.rests import Rest, pieces
from querydsl.ledger.standing import Fields, standing, utc_day
from querydsl.requests.query import Query
from querydsl.sandbox import App, Fault, corpus, serve
from querydsl.storage.searches import Target, read
from querydsl.tables import ALL_FIELDS

from ..ledger.model import want

FIRST = date(2023, 1, 1)
DAYS = 50
VIDEOS = corpus(250, start=FIRST, end=FIRST + timedelta(days=DAYS - 1))
#: One plan has two queries; another plan has one of them too.
EXPRESSIONS = [Region.in_("US", "JP", "ID"), Hashtag == "fyp", Region.in_("US", "JP", "ID") | (Hashtag == "fyp")]
FIELDS = [("id",), ("id", "username"), ()]
PAGE = 5


def day(number):
    return FIRST + timedelta(days=number)


class Killed(BaseException):
    """The process is gone."""


class Api:
    """The sandbox over all runs: it records which searches were started, and can forget them."""

    def __init__(self):
        self.calls = 0
        self.begun = []
        self._epoch = 0
        self._apps = {}

    def forget(self):
        self._epoch += 1

    def at(self, now, bad, quota):
        """The WSGI app at a given time, with failing days."""
        late = Fault("found-late", hours=47)
        app = App(VIDEOS, now=lambda: now, faults=[late, *bad], quota=quota)
        return lambda environ, start: self._answer(app, environ, start)

    def _answer(self, app, environ, start):
        content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        body = json.loads(content)
        self.calls += 1
        search_id = body.get("search_id")
        if search_id is None:
            self.begun.append(body)
        else:
            epoch, body["search_id"] = search_id.split("-")
            if int(epoch) < self._epoch:
                return _said(start, "400 Bad Request", "invalid_params", f"Search Id {search_id} is invalid or expired")
        sent = json.dumps(body).encode()
        environ |= {"wsgi.input": io.BytesIO(sent), "CONTENT_LENGTH": str(len(sent))}
        head = []
        answer = json.loads(b"".join(app(environ, lambda *given: head.extend(given))))
        if answer["data"].get("search_id"):
            answer["data"]["search_id"] = f"{self._epoch}-{answer['data']['search_id']}"
        return _sent(start, head[0], answer)


def _said(start, status, code, message):
    return _sent(start, status, {"data": {}, "error": {"code": code, "message": message, "log_id": "1"}})


def _sent(start, status, answer):
    content = json.dumps(answer).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]


def sent_days(body):
    """The queries in a body, without days, and the days of each."""
    first, last = (datetime.strptime(body[name], "%Y%m%d").toordinal() for name in ("start_date", "end_date"))
    return [
        (rest.key, {*spans.each(days)})
        for rest, days in pieces(Query.from_dict(body["query"]), spans.span(first, last))
    ]


class AnyRuns(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "videos.db"
        self.api = Api()
        self.now = datetime(2023, 2, 10, 12, tzinfo=timezone.utc)
        self.bad = []
        self.kills = self.videos = 0
        self.wanted = set()

    def teardown(self):
        if hasattr(self, "_folder"):
            self.comes_to_everything()
            self._folder.cleanup()

    # Events

    @rule(
        which=st.integers(0, 2),
        span=st.tuples(st.integers(0, DAYS - 1), st.integers(0, DAYS - 1)).map(sorted),
        options=st.fixed_dictionaries(
            {
                "fields": st.integers(0, 2),
                "window": st.sampled_from([1, 7, 31]),
                "again": st.sampled_from([False, False, False, True]),
                "workers": st.sampled_from([1, 1, 3]),
            }
        ),
        ends=st.one_of(
            st.just({}),
            st.integers(1, 25).map(lambda number: {"max_calls": number}),
            st.integers(1, 25).map(lambda number: {"quota": number}),
            st.integers(1, 60).map(lambda number: {"killed_at": number}),
        ),
    )
    def run(self, which, span, options, ends):
        self.collect(which, span, **{**options, **ends, **({"workers": 1} if "killed_at" in ends else {})})

    @rule()
    def forget(self):
        self.api.forget()

    @rule(span=st.tuples(st.integers(0, DAYS - 1), st.integers(0, 12)))
    def days_fail(self, span):
        first, more = span
        self.bad = [Fault("failing-days", first=f"{day(first):%Y%m%d}", last=f"{day(first + more):%Y%m%d}")]

    @precondition(lambda self: self.bad)
    @rule()
    def days_are_well_again(self):
        self.bad = []

    @rule(hours=st.sampled_from([1, 13, 24, 60, -30]))
    def the_clock_steps(self, hours):
        self.now += timedelta(hours=hours)

    # Invariants

    def collect(
        self, which, span, *, fields=0, window=31, again=False, workers=1, quota=None, killed_at=None, max_calls=None
    ):
        chosen = select(*FIELDS[fields]).where(EXPRESSIONS[which]).between(*map(day, span))
        plan = chosen.max_count(PAGE).windows(days=window).plan()
        done, in_round, begun = self.done(fields, which), again or self.has_round(), len(self.api.begun)
        moments = iter(range(killed_at or 0))

        def now():
            if killed_at is not None and next(moments, None) is None:
                raise Killed
            return self.now

        self.wanted.add((which, *span))
        try:
            with serve(self.api.at(self.now, self.bad, quota)) as url:
                with Client(
                    "any", base_url=url, attempts=2, sleep=lambda _: None, now=now, max_calls=max_calls
                ) as client:
                    return collect(plan, self.path, client=client, workers=workers, again=again)
        except Killed:
            self.kills += 1
        except RateLimitExceeded:
            pass
        finally:
            for body in self.api.begun[begun:]:
                for key, asked in sent_days(body):
                    assert in_round or not asked & done.get(key, set()), "a day that is done is not asked again"

    def has_round(self):
        return bool(self.rows("SELECT 1 FROM collections WHERE round_after IS NOT NULL"))

    def rows(self, statement):
        if not self.path.exists():
            return []
        with closing(sqlite3.connect(self.path)) as database:
            return database.execute(statement).fetchall()

    def stands(self, wanted):
        """The state of all days of each query, for given fields."""
        found = {}
        if not self.path.exists():
            return found
        with closing(sqlite3.connect(self.path)) as database:
            for number, key, text in database.execute("SELECT id, key, query FROM queries").fetchall():
                one = Target(want(0, 0), number, 0)
                first = FIRST.toordinal()
                asked = spans.span(first, first + DAYS - 1)
                found[Rest.from_text(text)] = key, standing(asked, read(database, one), wanted, utc_day(self.now))
        return found

    def done(self, fields, which):
        names = FIELDS[fields]
        read_by = {0: {"region_code"}, 1: {"hashtag_names"}, 2: {"region_code", "hashtag_names"}}[which]
        every = {"id", "create_time", *names, *read_by} if names else {*VIDEOS[0]}
        wanted = Fields(frozenset(every if names else ALL_FIELDS), named=bool(names))
        return {key: {*spans.each(stood.done)} for key, stood in self.stands(wanted).values()}

    @invariant()
    def every_video_of_a_day_that_is_done_is_here(self):
        anything = Fields(frozenset({"id"}))
        for rest, (key, stood) in self.stands(anything).items():
            found = self.rows(
                "SELECT video_id FROM found JOIN searches ON searches.id = found.search_id "
                f"JOIN queries ON queries.id = query_id WHERE key = '{key}'"
            )
            here, days = {number for [number] in found}, {*spans.each(stood.done)}
            expression = rest.query.to_expression()
            assert {video["id"] for video in VIDEOS if _day(video) in days and matches(expression, video)} <= here

    @invariant()
    def each_day_asked_for_is_in_one_state(self):
        if not self.path.exists():
            return
        with Store(self.path) as store:
            for one in store.status(self.now).collections:
                days = [
                    number
                    for state in one.days.values()
                    for first, last in state
                    for number in range(first.toordinal(), last.toordinal() + 1)
                ]
                assert len(days) == len({*days})
                assert len([*store.videos(one.name)]) == one.videos
            videos = len(store)
        assert videos >= self.videos, "no video is lost"
        self.videos = videos

    @invariant()
    def every_call_is_counted_but_those_in_flight_at_a_kill(self):
        [[counted]] = self.rows("SELECT total(calls) FROM searches") or [[0]]
        assert self.api.calls - self.kills <= counted <= self.api.calls

    def comes_to_everything(self):
        self.bad, self.now = [], datetime(2024, 1, 1, tzinfo=timezone.utc)
        for which, first, last in sorted(self.wanted):
            for _ in range(3):
                summary = self.collect(which, (first, last))
            assert summary.finished
            assert summary.calls == 0
            meant = {
                video["id"]
                for video in VIDEOS
                if day(first).toordinal() <= _day(video) <= day(last).toordinal() and matches(EXPRESSIONS[which], video)
            }
            with Store(self.path) as store:
                assert meant <= {video.id for video in store.videos(repr(EXPRESSIONS[which]))}


def _day(video):
    return datetime.fromtimestamp(video["create_time"], timezone.utc).toordinal()


TestAnyRuns = AnyRuns.TestCase
TestAnyRuns.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
