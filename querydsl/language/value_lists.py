"""Reads a file with one value per line, as in `hashtag_name in @tags.txt`, and keeps the line number of each value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from ..errors import ValidationError, error
from ..showing import shown
from ..spec.validation import NotText, decoded
from ..tables import FIELDS, ConditionField

#: Longer files are refused.
MAX_BYTES: Final = 16 * 1024 * 1024


class Listed(NamedTuple):
    """A value of a file."""

    line: int
    value: str


def read_values(path: str, field_name: str) -> list[Listed]:
    """The values for a field from a file with one per line, in UTF-8, or in UTF-16 with a byte order mark.

    Blanks around a value are removed, and `#` and `@` before a name. Empty lines are skipped, and lines that start with
    `#` and a blank. Raises ValidationError for a file that cannot be read, is too long, has no value, or begins with
    the header of a table.
    """
    field = FIELDS[field_name]
    lines = _text(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    listed = list(_listed(lines, is_name=bool(field.sigil)))
    if not listed:
        _refuse(path, "the file holds no value", "write one a line")
    first = lines[listed[0].line - 1].strip()
    if _is_header(first, field):
        message = f"line {listed[0].line}, {shown(first)}, is the header of a table"
        _refuse(path, message, "keep one column, without its header; a value that is spelt so goes further down")
    return listed


def _is_header(line: str, field: ConditionField) -> bool:
    """Whether the first cell of a line is the name of a field, as in a table of its values."""
    cell = _SEPARATOR.split(line, maxsplit=1)[0].strip("\"' ").lower()
    names = (field.name, field.title.lower(), field.video_field)
    return cell in names or cell.removesuffix("s") in names


_SEPARATOR: Final = re.compile("[,;\t]")


def _listed(lines: Sequence[str], is_name: bool) -> Iterator[Listed]:
    for number, line in enumerate(lines, 1):
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
        text = decoded(content).removeprefix("\ufeff")
    except NotText as failure:
        _refuse(path, f"the file is not text{failure.why}", failure.hint)
    if "\0" in text:
        _refuse(path, "the file is not text: it has a NUL character", "save it as UTF-8, with one value a line")
    return text


def _refuse(path: str, message: str, hint: str) -> NoReturn:
    raise ValidationError([error("text", "", f"{shown(path)}: {message}", hint)])
