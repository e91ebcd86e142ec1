"""Reading the file that videos were kept in."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from ..errors import StoreError
from ..requests.request import Request
from ..tables import INT64_MAX
from ..videos import Video
from .columns import batches
from .export import export
from .file_format import as_path, body, check_version, failures

if TYPE_CHECKING:
    from ..frames.engines import Backend

_REQUEST: Final = "SELECT id FROM requests WHERE body = ?"
_FOUND_BY: Final = "SELECT video_id FROM found WHERE request_id IN ({})"


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
        with failures(self.path):
            if not self.path.exists() or self.path.stat().st_size == 0:
                raise StoreError(f"{self.path}: there is no such file, or it is empty; collect makes one")
            self._database = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)
            try:
                check_version(self.path, *map(self._pragma, ("application_id", "user_version")))
            except BaseException:
                self._database.close()
                raise

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

    def __len__(self) -> int:
        """The number of videos."""
        with failures(self.path):
            [count] = self._database.execute("SELECT count(*) FROM videos").fetchone()
        return int(count)

    def videos(self) -> Iterator[Video]:
        """All videos, in order of their ids, as they came."""
        with failures(self.path):
            for batch in batches(self._database, "raw"):
                for [raw] in batch:
                    yield Video.from_dict(json.loads(raw))

    def newest(self, count: int, requests: Request | Iterable[Request] | None = None) -> list[Video]:
        """At most `count` videos, the newest id first; with requests (a plan, say), of those that they have found.

        Raises TypeError for requests that are none.
        """
        where = "" if requests is None else f"WHERE id IN ({_FOUND_BY.format(self._numbers(requests))})"
        newest = f"SELECT raw FROM videos {where} ORDER BY id DESC LIMIT ?"  # noqa: S608  # numbers of ours
        limit = min(max(count, 0), INT64_MAX)
        with failures(self.path):
            return [Video.from_dict(json.loads(raw)) for [raw] in self._database.execute(newest, (limit,))]

    def _numbers(self, requests: Request | Iterable[Request]) -> str:
        """The numbers, in this file, of the requests that it has."""
        bodies = [(body(request),) for request in _checked(requests)]
        with failures(self.path):
            found = [self._database.execute(_REQUEST, one).fetchone() for one in bodies]
        return ", ".join(str(number) for row in found if row is not None for number in row)

    def frame(self, backend: Backend = "polars") -> Any:
        """All videos as a Polars or pandas DataFrame, a PyArrow Table, or a DuckDB relation.

        It has a column for each documented field: lists are lists, structs are JSON text. No video becomes a Python
        object on the way. Takes the extra `frames`, and the library itself. Raises StoreError without them.

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
        from .arrow import frame  # noqa: PLC0415  # an extra

        with failures(self.path):
            return frame(self.path, len(self), backend)

    def export(self, path: str | os.PathLike[str]) -> int:
        """Write all videos to a `.jsonl`, `.csv` or `.parquet` file, and return their number.

        JSON Lines has each video as it came; CSV and Parquet have a column for each documented field. The file is
        written beside the target and moved into place, so that it is complete or not there. Parquet takes the extra
        `parquet`. Raises StoreError for any other ending, and if the file cannot be written.
        """
        return export(self._database, self.path, as_path(path))


def _checked(requests: Request | Iterable[Request]) -> list[Request]:
    """The requests of a plan, of another iterable, or a single one; raises TypeError for anything else."""
    if isinstance(requests, Request):
        return [requests]
    given = [requests] if isinstance(requests, (str, bytes)) or not isinstance(requests, Iterable) else list(requests)
    wrong = [type(one).__name__ for one in given if not isinstance(one, Request)]
    if wrong:
        raise TypeError(f"newest takes requests, and got an object of the type {wrong[0]}: give a plan or its requests")
    return [one for one in given if isinstance(one, Request)]
