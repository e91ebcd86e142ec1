"""Input and output of the command: reads files, and prints text that is safe for a terminal."""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any, BinaryIO, Final, TextIO

from ..errors import QueryDSLError
from ..showing import columns, one_line, printable

#: Longer files are refused: no request is that long.
MAX_BYTES = 64 * 1024 * 1024


class Failure(QueryDSLError):
    """An error that ends the command with status 1."""


class Unread(Failure):
    """A file that cannot be read, or is not text."""


def bytes_of(file: str) -> bytes:
    """The contents of a file; `-` is standard input."""
    with _failing(file), _opened(file) as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Unread(f"{one_line(file)}: longer than {MAX_BYTES:,} bytes")
    return content


def lines_of(file: str) -> Iterator[str | bytes]:
    """The lines of a file of any size, one by one: bytes of UTF-8, which may be invalid, and text of UTF-16 and UTF-32.

    Of a line that is longer than any document, only the beginning is given; this is too long as well.
    """
    number = 0
    with _failing(file), _opened(file) as stream:
        head = stream.read(4)
        encoding = json.detect_encoding(head)
        content = io.BufferedReader(_Continued(head.removeprefix(codecs.BOM_UTF8), stream), 1 << 16)
        is_bytes = encoding.startswith("utf-8")
        lines = content if is_bytes else io.TextIOWrapper(content, encoding, errors="surrogatepass", newline="\n")
        end: Any = b"\n" if is_bytes else "\n"
        longest = MAX_BYTES if is_bytes else MAX_BYTES // 4
        try:
            while line := lines.readline(longest + 1):
                yield line
                number += 1
                while len(line) > 1 << 16 and not line.endswith(end):  # the rest of an endless line is dropped
                    line = lines.readline((1 << 16) + 1)
        except UnicodeDecodeError:
            message = f"line {number + 1:,} or what follows is not {encoding.upper()}; save the file as UTF-8"
            raise Unread(f"{one_line(file)}: {message}") from None


class _Continued(io.RawIOBase):
    """A stream whose beginning was already read."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is available: do not wait until a slow pipe fills the buffer."""
        content = self._head or self._stream.read1(len(buffer))  # type: ignore[attr-defined]
        self._head = b""
        buffer[: len(content)] = content
        return len(content)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file != "-":
        with Path(file).open("rb") as stream:
            yield stream
    elif sys.stdin is not None:
        yield sys.stdin.buffer
    else:
        raise Unread("-: standard input is closed")


@contextmanager
def _failing(file: str) -> Iterator[None]:
    """Turn an error into a message with the file and the reason."""
    try:
        yield
    except OSError as failure:
        raise Unread(f"{one_line(file) or '.'}: {failure.strerror}") from None
    except ValueError:
        raise Unread(f"{one_line(file)}: this is not the name of a file") from None


# Width


def width() -> int | None:
    """The width of the terminal in columns; None if standard output is not a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None


def _columns(text: str) -> int:
    """How many columns a text takes, counted by the extra `cli` if it is installed."""
    try:
        from rich.cells import cell_len  # noqa: PLC0415  # an extra
    except ImportError:
        return columns(text)
    return cell_len(text)


def fitting(text: str, most: int) -> str:
    """The beginning of a text that fits into a number of columns, measured by the extra `cli` if it is installed."""
    try:
        from rich.cells import cell_len, set_cell_size  # noqa: PLC0415  # an extra
    except ImportError:
        ends = accumulate(map(columns, text))
        return "".join(one for one, end in zip(text, ends, strict=True) if end <= most)
    cut = text if cell_len(text) <= most else set_cell_size(text, most)
    return cut if text.startswith(cut) else cut[:-1]  # half of a wide character is shown as a blank


def aligned(texts: Sequence[str]) -> list[str]:
    """Texts padded with blanks to the same width."""
    widths = [_columns(text) for text in texts]
    return [text + " " * (max(widths) - width) for text, width in zip(texts, widths, strict=True)]


#: The greatest width of a cell, the least width to which it is cut, and how many first cells stay whole (id and time).
_WIDEST: Final = 50
_NARROWEST: Final = 12
_WHOLE: Final = 2


def table(rows: Sequence[Sequence[str]], most: int | None = None) -> list[str]:
    """A header and its rows as lines of limited width, without empty columns.

    Long cells are cut first. If that is not enough, columns are left out from the right, except the last one.
    """
    short = [[fitting(one_line(_LINE_END.sub(" ", cell)), _WIDEST) for cell in row] for row in rows]
    shown = [column for column in zip(*short, strict=True) if any(column[1:])]
    lines = _lined_up(shown, _WIDEST)
    while most is not None and max(map(_columns, lines)) > most:
        caps = (_lined_up(shown, cap) for cap in range(_WIDEST, _NARROWEST - 1, -1))
        lines = next((some for some in caps if max(map(_columns, some)) <= most), [])
        if not lines and len(shown) <= _WHOLE + 1:
            return [fitting(line, most).rstrip() for line in _lined_up(shown, _NARROWEST)]
        if not lines:
            del shown[-2]
            lines = _lined_up(shown, _WIDEST)
    return lines


def _lined_up(shown: Sequence[Sequence[str]], cap: int) -> list[str]:
    cut = [column if n < _WHOLE else [fitting(cell, cap) for cell in column] for n, column in enumerate(shown)]
    return ["  ".join(row).rstrip() for row in zip(*map(aligned, cut), strict=True)]


_LINE_END: Final = re.compile("[\r\n\u2028\u2029]")


def wrapped(line: str, most: int | None) -> Iterator[str]:
    """Split a line into lines of limited width, at blanks if possible; all lines after the first are indented."""
    if most is None or (_columns(line[: 8 * most]) <= most and len(line) <= 8 * most):
        yield line
        return
    start = len(line) - len(line.lstrip(" "))
    margin, before = " " * min(start + 4, most // 2), ""
    at = 0
    while at < len(line):
        piece = fitting(line[at : at + 8 * most], max(most - len(before), 1)) or line[at]
        end = at + len(piece)
        blank = line.rfind(" ", max(at, start) + 1, end + 1)
        if end < len(line) and blank > at:
            end = blank
        yield before + line[at:end].rstrip(" ")
        before = margin
        at = end
        while line[at : at + 1] == " ":
            at += 1


# Printing


def put_lines(lines: Iterable[str]) -> None:
    """Print lines: split to the width of a terminal, or whole if standard output is not a terminal."""
    most = width()
    for line in lines:
        for piece in wrapped(one_line(line), most):
            put(piece)


def put(text: str, end: str = "\n") -> None:
    if sys.stdout is None:
        raise Failure("standard output is closed")
    sys.stdout.write(printable(text) + end)


def say(text: str) -> None:
    try:
        if sys.stderr is not None:
            sys.stderr.write(printable(text) + "\n")
            sys.stderr.flush()
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Send the output that Python flushes at exit nowhere, because it has no reader."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


# Signals

#: Termination signals; on Windows also Ctrl-Break and closing the window.
_ENDING: Final = [getattr(signal, name) for name in ("SIGTERM", "SIGBREAK") if hasattr(signal, name)]


@contextmanager
def terminable() -> Iterator[None]:
    """Let a termination signal interrupt the process as Ctrl-C does, so that it ends in order and says so."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if current_thread() is not main_thread():  # only the main thread can catch a signal
        yield
        return
    before = {number: signal.signal(number, interrupt) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
