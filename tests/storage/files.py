"""What is in a file, and in a folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from querydsl.collecting.wants import asking
from querydsl.ledger.days import from_text, to_text, union
from querydsl.ledger.recovery import Job
from querydsl.storage import catalogue
from querydsl.storage.columns import COLUMNS
from querydsl.storage.rows import Row
from querydsl.storage.searches import Target
from querydsl.storage.writer import Added, Arrived, Writer


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(statement).fetchall()


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """All files of a folder, with their contents."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The contents of a collection, independent of its windows and runs."""
    columns = ", ".join(COLUMNS)
    return {
        "videos": rows(path, f"SELECT {columns}, raw FROM videos ORDER BY id"),
        "found": rows(path, f"SELECT DISTINCT video_id, key {_FOUND} ORDER BY 1, 2"),
        "counts": rows(
            path, "SELECT name, day, videos FROM counts JOIN collections ON id = collection_id ORDER BY 1, 2"
        ),
        "days": [(state, key, days(path, state, key)) for state in ("done", "failed", "open") for [key] in _keys(path)],
        "unreadable": rows(path, "SELECT DISTINCT raw FROM unreadable ORDER BY raw"),
    }


_FOUND = "FROM found JOIN searches ON searches.id = found.search_id JOIN queries ON queries.id = searches.query_id"


def _keys(path: Path) -> list[tuple[Any, ...]]:
    return rows(path, "SELECT key FROM queries ORDER BY key")


def days(path: Path, state: str, key: str) -> str:
    """The days of a query in searches of one state."""
    statement = "SELECT days FROM searches JOIN queries ON queries.id = query_id WHERE state = '{}' AND key = '{}'"
    return to_text(union(from_text(text) for [text] in rows(path, statement.format(state, key))))


def pages(path: Path) -> int:
    """How many pages were stored."""
    [[number]] = rows(path, "SELECT sum(pages) FROM searches")
    return number


class Keeper:
    """Writes pages of one request into a file, as a collection does."""

    def __init__(self, writer: Writer, plan: Any, name: str | None = None) -> None:
        self.writer = writer
        self.asked = asking(plan)
        with writer.transaction() as database:
            is_checked = self.asked.expression is not None
            self.collection = catalogue.begin(
                database, name, self.asked.text, self.asked.fields, NOW, is_checked=is_checked
            )
            self.targets = [
                Target(want, catalogue.query_number(database, want.rest), self.collection.id)
                for want in self.asked.wants
            ]
            catalogue.ask(database, self.collection.id, self.targets)
            writer.watch(self.collection, self.asked.days, {})
        self.jobs = [Job(number, target.want.days) for number, target in enumerate(self.targets)]

    def add(self, videos: Iterable[Row], cursor: int | None = None, number: int = 0, **given: Any) -> Added:
        """Store a page; without a cursor, it is the last one."""
        job = self.jobs[number]
        page = Arrived(
            [*videos],
            cursor,
            None if cursor is None else "77",
            is_last=cursor is None,
            now=given.pop("now", NOW),
            began=NOW if job.row is None else None,
        )
        job.calls += 1
        job.pages += 1
        return self.writer.add(self.targets[number], job, page, **given)


#: The time at which the files of tests are written.
NOW = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)


def fill(path: Path, videos: Iterable[Row], plan: Any, name: str | None = None) -> None:
    """Make a file with these videos, as if the plan had found them."""
    with Writer(path, "this computer") as writer:
        Keeper(writer, plan, name).add(videos)
