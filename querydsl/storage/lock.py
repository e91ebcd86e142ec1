"""A lock on a file, for one process and one collection at a time. It ends with the process, even after a crash."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final

from ..errors import StoreError
from .file_format import failures, real

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


#: The files that this process writes, by device and number, since a file can have several names.
_WRITTEN: Final[set[tuple[int, int]]] = set()
_CHANGING: Final = Lock()


class FileLock:
    """A lock on `path`: an empty file beside it, locked by the system. Raises StoreError if the lock is taken.

    `lock_all_names` locks a file with several names (hard links) under all of them, once it exists.
    """

    def __init__(self, path: Path) -> None:
        locked = real(path)
        self._path = path
        self._real = locked
        self._number: tuple[int, int] | None = None
        self._itself: int | None = None
        self._beside = locked.with_name(locked.name + "-lock")
        with failures(path):
            while True:
                self._file = os.open(self._beside, os.O_RDWR | os.O_CREAT, 0o666)
                try:
                    _lock(self._file)
                except (BlockingIOError, PermissionError):
                    os.close(self._file)
                    raise _in_use(path) from None
                except BaseException:
                    os.close(self._file)
                    raise
                if self._still_has_its_name():
                    return
                os.close(self._file)

    def _still_has_its_name(self) -> bool:
        """Whether the lock file is still there: its last owner may have removed it after we opened it."""
        try:
            return os.path.samestat(os.fstat(self._file), self._beside.stat())
        except FileNotFoundError:
            return False

    def lock_all_names(self) -> None:
        """Lock the file itself too. Raises StoreError if a collection writes to it under another name."""
        about = real(self._path).stat()
        with _CHANGING:
            if (about.st_dev, about.st_ino) in _WRITTEN:
                raise _in_use(self._path)
            _WRITTEN.add((about.st_dev, about.st_ino))
        self._number = (about.st_dev, about.st_ino)
        if sys.platform != "win32":  # such a lock would block readers
            self._itself = os.open(real(self._path), os.O_RDONLY)
            try:
                _lock(self._itself)
            except BlockingIOError:
                raise _in_use(self._path) from None

    def check_name(self) -> None:
        """Raise StoreError if the file was moved or removed: anything written would be lost."""
        try:
            about = self._real.stat()
        except FileNotFoundError:
            about = None
        if about is None or (about.st_dev, about.st_ino) != self._number:
            happened = "deleted or moved" if about is None else "replaced by another"
            message = f"{self._path}: the file was {happened} while it was collected into; nothing more is kept there"
            raise StoreError(f"{message}: leave the file in its place, and run it again")

    def release(self) -> None:
        """Release the lock."""
        if self._itself is not None:
            os.close(self._itself)
        if self._number is not None:
            with _CHANGING:
                _WRITTEN.discard(self._number)
        with suppress(PermissionError):  # Windows does not remove an open file; an empty file that stays does no harm
            if os.fstat(self._file).st_size == 0:  # a file with content belongs to another program
                self._beside.unlink(missing_ok=True)
        os.close(self._file)


def _in_use(path: Path) -> StoreError:
    return StoreError(f"{path}: another collection is writing to it; wait for that to end, or give another file")
