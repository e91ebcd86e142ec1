"""What is in a file, and in a folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(statement).fetchall()


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """All that a folder has, with what is in it."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What a collection comes to: the same, however it came about."""
    return {
        "videos": rows(path, "SELECT * FROM videos ORDER BY id"),
        "found": rows(path, "SELECT video_id, body FROM found JOIN requests ON id = request_id ORDER BY 1, 2"),
        "requests": rows(path, "SELECT body, state, videos FROM requests ORDER BY body"),
    }


def pages(path: Path) -> list[tuple[str, int]]:
    """How many pages of each request were kept."""
    return rows(path, "SELECT body, pages FROM requests ORDER BY body")
