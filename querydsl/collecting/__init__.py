"""A plan -> a SQLite file with every video, and that file -> videos, JSON Lines, CSV, Parquet.

`format` is the file, `held` who has it, `writer` the one that writes it, `collection` what runs a plan into it; `store`
reads it, `export` writes other files from it, and `arrow` makes frames of it.
"""

from __future__ import annotations

from .collection import Progress, Summary, collect
from .store import Store

__all__ = ["Progress", "Store", "Summary", "collect"]
