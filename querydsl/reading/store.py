"""Reads a collection file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import attrs

from .. import showing
from ..errors import StoreError
from ..ledger import days as spans
from ..matching.verdict import predicate_of
from ..storage import catalogue, counts
from ..storage.columns import batches
from ..storage.file_format import Damaged, as_path, check_version, failures, roll_back, undecodable
from ..storage.file_format import uri as file_uri
from ..storage.pages import day_of, read_video
from ..storage.writer import Writer
from ..tables import INT64_MAX
from ..videos import Video
from .counting import OTHER, SELECTED, UNMATCHED, Verdict, counted
from .export import Ids, Videos, checked_ids, export
from .status import Status, queries_of, status

if TYPE_CHECKING:
    from ..frames.engines import Backend


class Store:
    """A file made by `collect`, for reading; a context manager.

    Raises StoreError if the file does not exist, belongs to another program, or is of a newer version. A collection may
    run at the same time.

    >>> import tempfile
    >>> from querydsl import Client, Region, collect, select
    >>> from querydsl.sandbox import App, corpus, serve
    >>> plan = select("id", "region_code").where(Region == "JP").between("20230101", "20230131").plan()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with serve(App(corpus(1000))) as url, Client(token="any", base_url=url) as client:
    ...         summary = collect(plan, f"{folder}/japan.db", client=client)
    ...     with Store(f"{folder}/japan.db") as store:
    ...         len(store) == summary.videos, {video.region_code for video in store.videos()}
    (True, {'JP'})
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = as_path(path)
        self._damage: Damaged | None = None
        with failures(self.path):
            roll_back(self.path)
            if not self.path.exists() or self.path.stat().st_size == 0:
                raise StoreError(f"{self.path}: there is no such file, or it is empty; collect makes one")
            self._database = sqlite3.connect(file_uri(self.path.absolute()), uri=True)
            try:
                check_version(self.path, *map(self._pragma, ("application_id", "user_version")))
            except BaseException:
                self._database.close()
                raise

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn errors of the file into StoreError, which names a damaged row."""
        try:
            with failures(self.path):
                yield
        except StoreError as error:
            damage, self._damage = self._damage, None
            if damage is None and error.__cause__ is not None and not isinstance(error.__cause__, OSError):
                damage = undecodable(self.path)
            if damage is None:
                raise
            with failures(self.path):
                raise damage from None

    def _pragma(self, name: str) -> int:
        [value] = self._database.execute(f"PRAGMA {name}").fetchone()
        return int(value)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    def _repr_html_(self) -> str:
        return showing.code(repr(self)) + self.status()._repr_html_()

    def __len__(self) -> int:
        """The number of videos."""
        with self._reading():
            [count] = self._database.execute("SELECT count(*) FROM videos").fetchone()
        return int(count)

    def collections(self) -> tuple[str, ...]:
        """The names of the collections, the oldest first; the name of an unnamed one is its expression."""
        with self._reading():
            return tuple(one.name for one in catalogue.collections(self._database))

    def status(self, now: datetime | None = None, *, name: str | None = None) -> Status:
        """The state of the file: for each collection its days in each state, failures, calls, videos and times.

        With a name, only of that collection; raises StoreError if the file does not have it. The state is as of `now`
        (an aware moment; the default is the present): a day that lies ahead is not begun.

        >>> import tempfile
        >>> from querydsl import Client, Region, collect, select
        >>> from querydsl.sandbox import App, corpus, serve
        >>> plan = select("id").where(Region == "JP").between("20230101", "20230131").plan()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with serve(App(corpus(1000))) as url, Client(token="any", base_url=url) as client:
        ...         summary = collect(plan, f"{folder}/japan.db", client=client, name="japan")
        ...     with Store(f"{folder}/japan.db") as store:
        ...         [japan] = store.status().collections
        >>> japan.name, japan.count("done"), japan.failures
        ('japan', 31, ())
        """
        with self._reading():
            only = None if name is None else catalogue.named(self._database, name)
            return status(self._database, datetime.now(timezone.utc) if now is None else now, only)

    def videos(self, name: str | None = None) -> Iterator[Video]:
        """All videos ordered by id, as received; with a name, those of that collection.

        These are the videos of its days for which its expression holds. Videos that only a wider query has found, and
        no collection selects, are left out here and in all other results. Raises StoreError if no collection has the
        name.
        """
        with self._reading():
            for batch in batches(self._database, "id, raw", self._where(name)):
                for number, raw in batch:
                    yield _video(number, raw)

    def newest(self, count: int, name: str | None = None) -> list[Video]:
        """At most `count` videos, the newest id first; with a name, of that collection."""
        with self._reading():
            where = self._where(name)
            newest = f"SELECT id, raw FROM videos WHERE {where} ORDER BY id DESC LIMIT ?"  # noqa: S608  # of ours
            limit = min(max(count, 0), INT64_MAX)
            return [_video(number, raw) for number, raw in self._database.execute(newest, (limit,))]

    def _where(self, name: str | None) -> str:
        """The condition in SQL for the videos of a collection, or of all collections without a name."""
        if name is not None:
            return self._selected_by(catalogue.named(self._database, name))
        known = catalogue.collections(self._database)
        wider = [one for one in known if catalogue.asks_wider(self._database, one.id)]
        if not wider:
            return "TRUE"  # every received video was asked for
        others = ", ".join(str(one.id) for one in known if one not in wider)
        of_others = f"EXISTS ({counts.FOUND_BY.format(others)} AND video_id = videos.id)"
        return f"({' OR '.join([of_others, *map(self._selected_by, wider)])})"

    def _selected_by(self, collection: catalogue.Collection) -> str:
        """The condition in SQL for the videos of a collection: found by it, of its days, selected by its expression."""
        verdict = self._verdict(collection)

        def is_in(number: int, create_time: int | None, raw: str) -> bool:
            return verdict(number, create_time, raw) == SELECTED

        self._database.create_function(f"is_in_{collection.id}", 3, is_in)
        return f"({_found_by(collection)} AND is_in_{collection.id}(id, create_time, raw))"

    def _verdict(self, collection: catalogue.Collection) -> Verdict:
        """The function that decides, from the columns of a video, its relation to a collection."""
        days = {day for one in catalogue.asked(self._database, collection.id) for day in spans.each(one.days)}
        expression = catalogue.expression_of(collection)
        holds = None if expression is None else predicate_of(expression)

        def verdict(number: int, create_time: int | None, raw: str) -> int:
            try:
                day = day_of(number, create_time)
                if day is not None and day not in days:
                    return OTHER
                return SELECTED if holds is None or holds(read_video(number, raw)) else UNMATCHED
            except Damaged as damage:
                self._damage = damage  # SQLite's message does not contain the error of a function
                raise

        return verdict

    def frame(self, backend: Backend = "polars", name: str | None = None) -> Any:
        """All videos as a Polars or pandas DataFrame, a PyArrow Table, or a DuckDB relation.

        With a name, those of that collection. There is a column for each documented field, and `extra` for all other
        values: lists are lists, structs are JSON text. No video becomes a Python object on the way. Needs the extra
        `frames` and the library itself; raises StoreError without them.

        >>> import tempfile
        >>> from querydsl import Client, Region, collect, select
        >>> from querydsl.sandbox import App, corpus, serve
        >>> plan = select("id", "hashtag_names").where(Region == "JP").on("20230101").plan()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with serve(App(corpus(1000))) as url, Client(token="any", base_url=url) as client:
        ...         summary = collect(plan, f"{folder}/japan.db", client=client)
        ...     with Store(f"{folder}/japan.db") as store:
        ...         table = store.frame("pyarrow")
        >>> table.num_rows == summary.videos, table.schema.field("hashtag_names").type
        (True, ListType(list<item: string>))
        """
        try:
            from .arrow import frame  # noqa: PLC0415  # an extra

            with self._reading():
                return frame(self._database, self.path, backend, self._videos(name).numbers())
        except ImportError as missing:
            raise StoreError(f"dataframes take {missing.name}: pip install 'querydsl[frames]'") from None

    def export(
        self, path: str | os.PathLike[str], name: str | None = None, *, ids: Ids = "number", guard: bool = False
    ) -> int:
        """Write all videos to a `.jsonl`, `.csv` or `.parquet` file, and return their number.

        With a name, those of that collection.

        JSON Lines has each video as received; CSV and Parquet have a column for each documented field, and `extra` for
        all other values. With `ids="text"` no reader rounds ids: they are text, with `id_` before them in CSV.
        With `guard`, a cell of a CSV file that a spreadsheet would take for a formula starts with an apostrophe.

        The target is replaced only once the new file is complete, and keeps its permissions. Parquet needs the extra
        `parquet`. Raises StoreError for any other ending, and if the file cannot be written.
        """
        with self._reading():
            chosen = attrs.evolve(self._videos(name), ids_are_text=checked_ids(ids), guard=guard)
            return export(chosen, as_path(path))

    def _videos(self, name: str | None) -> Videos:
        return Videos(self._database, self.path, self._where(name))

    def report(self, path: str | os.PathLike[str], name: str | None = None, *, now: datetime | None = None) -> None:
        """Write a report on the file for people: as Markdown (`.md`), or as an HTML page that loads nothing (`.html`).

        It covers each collection, or only the one with the name. It has: what was asked, in words; the days by state;
        what failed, and why; the videos by day and region; the hashtags and creators with most videos; a paragraph for
        a methods section. It is as of `now` (an aware moment; the default is the present). The page has a chart if
        matplotlib is installed (extra `report`), and says so if it is not. Raises StoreError for any other ending, for
        an unknown name, and if the file cannot be written.

        >>> import tempfile
        >>> from pathlib import Path
        >>> from querydsl import Client, Region, collect, select
        >>> from querydsl.sandbox import App, corpus, serve
        >>> plan = select("id", "region_code").where(Region == "JP").between("20230101", "20230131").plan()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with serve(App(corpus(1000))) as url, Client(token="any", base_url=url) as client:
        ...         summary = collect(plan, f"{folder}/japan.db", client=client, name="japan")
        ...     with Store(f"{folder}/japan.db") as store:
        ...         store.report(f"{folder}/japan.md")
        ...     Path(folder, "japan.md").read_text().splitlines()[0]
        '# Report on japan.db'
        """
        from .report import Collected, report, write  # noqa: PLC0415  # most readers of a file want none

        with self._reading():
            moment = datetime.now(timezone.utc) if now is None else now
            found = self.status(moment, name=name)
            known = {one.name: one for one in catalogue.collections(self._database)}
            collected = [
                Collected(
                    one,
                    known[one.name].is_checked,
                    catalogue.asks_wider(self._database, known[one.name].id),
                    queries_of(self._database, known[one.name]),
                    counted(self._database, _found_by(known[one.name]), self._verdict(known[one.name])),
                )
                for one in found.collections
            ]
            target = as_path(path)
            is_page = target.suffix.lower() == ".html"
            write(target, self.path, report(self.path.name, found.origin, moment, collected, has_charts=is_page))


def _found_by(collection: catalogue.Collection) -> str:
    """The condition in SQL for the videos that the queries of a collection have found."""
    return f"EXISTS ({counts.FOUND_BY.format(collection.id)} AND video_id = videos.id)"


def _video(number: int, raw: str) -> Video:
    return Video.from_dict(read_video(number, raw))


def rename(path: str | os.PathLike[str], old: str, new: str) -> None:
    """Rename a collection of a file.

    Raises StoreError if no collection has the old name, if another one has the new name, and if the file is in use.
    """
    Store(path).close()  # raises an error for any other file
    with Writer(path, None) as writer, writer.transaction() as database:
        catalogue.rename(database, old, new)
