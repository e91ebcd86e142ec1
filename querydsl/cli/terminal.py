"""Where the command meets its terminal: reading files, and printing what cannot break it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TextIO

from ..errors import QueryDSLError
from ..showing import columns, one_line, printable

#: Files longer than this are refused: no request is as long.
MAX_BYTES = 64 * 1024 * 1024


class Failure(QueryDSLError):
    """What ends the command with status 1."""


def bytes_of(file: str) -> bytes:
    try:
        if file != "-":
            with Path(file).open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
        elif sys.stdin is not None:
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            raise Failure("-: standard input is closed")
    except OSError as failure:
        raise Failure(f"{one_line(file) or '.'}: {failure.strerror}") from None
    except ValueError:
        raise Failure(f"{one_line(file)}: this is not the name of a file") from None
    if len(content) > MAX_BYTES:
        raise Failure(f"{one_line(file)}: longer than {MAX_BYTES:,} bytes")
    return content


def fitting(text: str, most: int) -> str:
    """As much of a text as fits into so many columns, counted by the extra `cli` where it is installed."""
    try:
        from rich.cells import cell_len, set_cell_size  # noqa: PLC0415  # an extra
    except ImportError:
        ends = accumulate(map(columns, text))
        return "".join(one for one, end in zip(text, ends, strict=True) if end <= most)
    return text if cell_len(text) <= most else set_cell_size(text, most)


def aligned(texts: Sequence[str]) -> list[str]:
    """Texts with blanks after them, so that all take as many columns."""
    try:
        from rich.cells import cell_len  # noqa: PLC0415  # an extra

        widths = [cell_len(text) for text in texts]
    except ImportError:
        widths = [columns(text) for text in texts]
    return [text + " " * (max(widths) - width) for text, width in zip(texts, widths, strict=True)]


def put(text: str) -> None:
    if sys.stdout is None:
        raise Failure("standard output is closed")
    sys.stdout.write(printable(text) + "\n")


def say(text: str) -> None:
    try:
        if sys.stderr is not None:
            sys.stderr.write(printable(text) + "\n")
            sys.stderr.flush()
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Let what Python flushes at exit go nowhere: nobody listens any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: `1 video`, `2 videos`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
