"""Reads a file with one value per line, as in `hashtag_name in @tags.txt`, and keeps the line number of each value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from ..errors import ValidationError, error
from ..showing import shown
from ..tables import FIELDS

#: Longer files are refused.
MAX_BYTES: Final = 16 * 1024 * 1024


class Listed(NamedTuple):
    """A value of a file."""

    line: int
    value: str


def read_values(path: str, field_name: str) -> list[Listed]:
    """The values for a field from a file with one per line, in UTF-8, or in UTF-16 with a byte order mark.

    Blanks around a value are removed, and `#` and `@` before a name. Empty lines are skipped, and lines that start with
    `#` and a blank. Raises ValidationError for a file that cannot be read, is too long or has no value.
    """
    listed = list(_listed(_text(path), is_name=bool(FIELDS[field_name].sigil)))
    if not listed:
        _refuse(path, "the file holds no value", "write one a line")
    return listed


def _listed(text: str, is_name: bool) -> Iterator[Listed]:
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        value = line.strip()
        if value == "#" or (value.startswith("#") and value[1].isspace()):
            continue
        if is_name:
            value = value.lstrip("#@").lstrip()
        if value:
            yield Listed(number, value)


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as failure:
        _refuse(path, str(failure.strerror), "a name is relative to the folder that the command runs in")
    if len(content) > MAX_BYTES:
        _refuse(path, f"the file is longer than {MAX_BYTES:,} bytes", "split it")
    try:
        return content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError as failure:
        _refuse(path, f"the file is not text: byte {failure.start + 1} is wrong", "save it as UTF-8")


def _refuse(path: str, message: str, hint: str) -> NoReturn:
    raise ValidationError([error("text", "", f"{shown(path)}: {message}", hint)])
