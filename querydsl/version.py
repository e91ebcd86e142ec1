"""The version of the package, in a module that imports nothing."""

from typing import Final

__version__ = "0.2.0"
#: The day of its release.
RELEASED: Final = "2026-11-26"

#: In SQLite's user_version. It grows when an older querydsl cannot read the file any more; a new Video field does not
#: change it, since each version reads the columns that it knows.
FILE_FORMAT: Final = 2
