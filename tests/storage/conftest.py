"""A file in memory."""

from __future__ import annotations

import sqlite3

import pytest

from querydsl.storage.file_format import SCHEMA


@pytest.fixture
def database():
    database = sqlite3.connect(":memory:")
    for statement in SCHEMA:
        database.execute(statement)
    yield database
    database.close()
