"""Reading the file that videos were kept in."""

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
from ..storage.file_format import Damaged, as_path, check_version, failures, undecodable
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
    """A file that `collect` has made, to read; a context manager.

    Raises StoreError for a file that is not there, another's, or of a newer version. A collection may go on meanwhile.

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
        """Raise what goes wrong with the file as a StoreError, which names the row if one is damaged."""
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
        """The names of the collections, the oldest first; one that nobody has named has its expression for a name."""
        with self._reading():
            return tuple(one.name for one in catalogue.collections(self._database))

    def status(self, now: datetime | None = None, *, name: str | None = None) -> Status:
        """What the file has: for each collection its days in each state, failures, calls, videos and times.

        With a name, of that collection alone; raises StoreError for one that the file does not have. It is as of `now`
        (an aware moment), which is this moment unless given: a day that lies ahead is not begun.

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
        """All videos in order of their ids, as they came; with a name, those of that collection.

        Those are the videos of its days for which its expression holds. What only a wider query has found, and no
        collection selects, is left out, here and in all that is read or written. Raises StoreError for a name that no
        collection has.
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
        """The condition in SQL for the videos of a collection; for those of all collections without a name."""
        if name is not None:
            return self._selected_by(catalogue.named(self._database, name))
        known = catalogue.collections(self._database)
        wider = [one for one in known if catalogue.asks_wider(self._database, one.id)]
        if not wider:
            return "TRUE"  # whatever came was asked for
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
        """What says of a video, by its columns, what it is to a collection."""
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
                self._damage = damage  # SQLite says only that a function raised something
                raise

        return verdict

    def frame(self, backend: Backend = "polars", name: str | None = None) -> Any:
        """All videos as a Polars or pandas DataFrame, a PyArrow Table, or a DuckDB relation.

        With a name, those of that collection. It has a column for each documented field: lists are lists, structs are
        JSON text. No video becomes a Python object on the way. Takes the extra `frames`, and the library itself. Raises
        StoreError without them.

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

        JSON Lines has each video as it came; CSV and Parquet have a column for each documented field. With `ids="text"`
        no reader rounds the ids: they are text, in CSV with `id_` before the digits. With `guard`, a cell of a CSV file
        that a spreadsheet would take for a formula begins with an apostrophe.

        The file is written beside the target and moved into place, so that it is complete or not there; it has the
        rights that the target had. Parquet takes the extra `parquet`. Raises StoreError for any other ending, and if
        the file cannot be written.
        """
        with self._reading():
            chosen = attrs.evolve(self._videos(name), ids_are_text=checked_ids(ids), guard=guard)
            return export(chosen, as_path(path))

    def _videos(self, name: str | None) -> Videos:
        return Videos(self._database, self.path, self._where(name))

    def report(self, path: str | os.PathLike[str], name: str | None = None, *, now: datetime | None = None) -> None:
        """Write for people what the file has: as Markdown (`.md`), or as an HTML page that loads nothing (`.html`).

        For each collection, or that of a name: what was asked, in words; the days by state; what failed, and why; the
        videos by day and region; the hashtags and creators of most videos; a paragraph for a methods section. It is as
        of `now` (an aware moment), which is this moment unless given. The page has a chart if matplotlib is installed
        (extra `report`), and says so if it is not. Raises StoreError for any other ending, for a name that no
        collection has, and if the file cannot be written.

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
            write(as_path(path), self.path, report(self.path.name, found.origin, moment, collected))


def _found_by(collection: catalogue.Collection) -> str:
    """The condition in SQL for the videos that the queries of a collection have found."""
    return f"EXISTS ({counts.FOUND_BY.format(collection.id)} AND video_id = videos.id)"


def _video(number: int, raw: str) -> Video:
    return Video.from_dict(read_video(number, raw))


def rename(path: str | os.PathLike[str], old: str, new: str) -> None:
    """Give a collection of a file another name.

    Raises StoreError for a name that no collection has, for one that another has, and for a file that is in use.
    """
    Store(path).close()  # refuses what is no such file
    with Writer(path, None) as writer, writer.transaction() as database:
        catalogue.rename(database, old, new)
