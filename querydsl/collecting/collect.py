"""Running a plan into a file: which request is next, who asks for it, and how it ends."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread
from typing import Final

import attrs

from ..client.client import Client
from ..client.retry_policy import Stopped
from ..errors import BudgetSpent, error, raise_errors
from ..planning.requests_of import requests_of, with_id
from ..requests.request import Request
from ..showing import shown
from .rows import row
from .writer import Added, Task, Writer

_MOST_WORKERS: Final = 64
#: Seconds that an interrupted collection waits for the pages in flight.
_LAST_WAIT: Final = 2.0


@attrs.frozen
class Progress:
    """How far a collection is."""

    requests_done: int
    #: Requests of the plan; each may take many pages.
    requests: int
    #: Videos that the plan has found so far.
    videos: int
    #: Calls that the client has made since this run began, those that failed included.
    calls: int


@attrs.frozen
class Summary:
    """The result of a collection."""

    #: Requests of the plan.
    requests: int
    #: Videos that the plan has found, in this run or earlier.
    videos: int
    #: Videos that the file did not have before this run.
    new_videos: int
    #: Calls that the client has made since this run began, those that failed included.
    calls: int
    #: False where the client's `max_calls` ended the run: run again, it goes on.
    finished: bool
    #: How many of the values that came in this run were not of their documented type; a video without a readable id
    #: counts as one. The file keeps them as they came.
    odd: int = 0


def collect(
    plan: Request | Iterable[Request],
    into: str | os.PathLike[str],
    *,
    client: Client,
    workers: int = 1,
    progress: Callable[[Progress], object] | None = None,
) -> Summary:
    """Send all requests of a plan, and keep every video in a SQLite file.

    Run again, it goes on where it was, however it ended; what another plan asked for already is not asked for again.
    `workers` searches run side by side. `progress` is called after each page. When the client's `max_calls` are spent,
    the summary is not `finished`; everything else that ends a collection early is raised: what `Client.send` raises,
    and StoreError for the file. `id` is asked for even when `fields` leaves it out.

    >>> import tempfile
    >>> from querydsl import Client, Region, select
    >>> from querydsl.sandbox import App, corpus, serve
    >>> plan = select().where(Region == "JP").between("20230101", "20230131").plan()
    >>> with tempfile.TemporaryDirectory() as folder, serve(App(corpus(1000))) as url:
    ...     with Client(token="any", base_url=url) as client:
    ...         first = collect(plan, f"{folder}/japan.db", client=client)
    ...         again = collect(plan, f"{folder}/japan.db", client=client)
    >>> first.finished, first.videos == first.new_videos, again.new_videos, again.calls
    (True, True, 0, 0)
    """
    if type(workers) is not int or not 1 <= workers <= _MOST_WORKERS:
        message = f"workers={shown(workers)} is out of range"
        raise_errors([error("range", "", message, f"give a whole number from 1 to {_MOST_WORKERS}")], "collect")
    requests = [*map(with_id, requests_of(plan, "collect"))]
    with Writer(into, client.origin) as writer:
        tasks, known = writer.begin(requests)
        run = _Run(client, writer, tasks, known, progress)
        if workers == 1:
            run.work()
        else:
            run.work_together(workers)
        return run.summary()


class _Run:
    """One run of a collection. Its workers share it."""

    def __init__(
        self,
        client: Client,
        writer: Writer,
        tasks: list[Task],
        known: int,
        progress: Callable[[Progress], object] | None,
    ) -> None:
        self._client = client
        self._writer = writer
        self._waiting = deque(task for task in tasks if not task.done)
        self._requests = len(tasks)
        self._done = len(tasks) - len(self._waiting)
        self._videos = known
        self._new_videos = 0
        self._odd = 0
        self._calls_before = client.calls
        self._progress = progress
        self._counting = Lock()
        self._stop = Event()
        #: Whether threads do the work. A single worker is stopped by nobody, so it can sleep: on some systems a wait
        #: for an event cannot be interrupted.
        self._threaded = False
        self._finished = True
        self._failure: BaseException | None = None

    def work_together(self, workers: int) -> None:
        """Work in several threads; the first failure ends all, and is raised."""
        self._threaded = True
        threads = [Thread(target=self._work_in_thread, daemon=True) for _ in range(min(workers, len(self._waiting)))]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)  # on some systems a wait without end cannot be interrupted
        except BaseException:
            self._stop.set()
            for thread in threads:
                thread.join(_LAST_WAIT / len(threads))
            raise
        if self._failure is not None:
            raise self._failure

    def _work_in_thread(self) -> None:
        try:
            self.work()
        except BaseException as failure:
            self._failure = self._failure or failure
            self._stop.set()

    def work(self) -> None:
        """Take one request after the other, until none is waiting."""
        try:
            while self._waiting and not self._stop.is_set():
                try:
                    task = self._waiting.popleft()
                except IndexError:  # another worker took the last one
                    return
                self._follow(task)
        except BudgetSpent:
            self._finished = False
            self._stop.set()
        except Stopped:
            pass  # the worker that stopped the others reports why

    def _follow(self, task: Task) -> None:
        steps = self._client.steps(task.request, row, task.place, self._stop if self._threaded else None)
        step = next(steps, None)
        while step is not None:
            added = self._writer.add(task, step.answer.videos, step.place)
            self._count(added, sum(one.odd for one in step.answer.videos), step.place is None)
            try:
                step = steps.send(added.found)
            except StopIteration:
                return

    def _count(self, added: Added, odd: int, done: bool) -> None:
        with self._counting:
            self._done += done
            self._videos += added.plan
            self._new_videos += added.file
            self._odd += odd
            if self._progress is not None:
                self._progress(Progress(self._done, self._requests, self._videos, self._sent()))

    def _sent(self) -> int:
        return self._client.calls - self._calls_before

    def summary(self) -> Summary:
        """The result so far."""
        return Summary(self._requests, self._videos, self._new_videos, self._sent(), self._finished, self._odd)
