"""The commands that check documents, and print what they are checked by."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence

import attrs

from ..errors import Problem
from ..showing import count, laid_out, one_line
from ..spec.query_rules import MAX_PROBLEMS
from ..spec.schema import json_schema
from ..spec.validation import validate
from .terminal import Failure, bytes_of, put, say


def print_schema(arguments: argparse.Namespace) -> int:
    """Print the JSON Schema of a document."""
    put(laid_out(json_schema(arguments.kind)))
    return 0


@attrs.frozen
class _Finding:
    """A problem, with the file and, in JSON Lines, the line that has it."""

    file: str
    line: int | None
    problem: Problem

    def __str__(self) -> str:
        place = f"{_place(self.file, self.line)}:{self.problem.path}"
        hint = f" ({self.problem.hint})" if self.problem.hint is not None else ""
        return f"{place}: {self.problem.severity}[{self.problem.code}] {self.problem.message}{hint}".replace("\n", " ")

    def to_dict(self) -> dict[str, object]:
        return {"file": self.file, "line": self.line, **attrs.asdict(self.problem)}


def _place(file: str, line: int | None) -> str:
    return one_line(file) if line is None else f"{one_line(file)}:{line}"


def check(arguments: argparse.Namespace) -> int:
    """Validate documents, and print their problems."""
    findings: list[_Finding] = []
    unread = 0
    for file in arguments.files:
        try:
            content = bytes_of(file)
        except Failure as failure:
            say(f"querydsl: {failure}")
            unread += 1
            continue
        for line, problems in _problems(content, arguments.lines):
            found = [_Finding(file, line, problem) for problem in problems]
            findings += found
            if arguments.format == "text":
                for finding in found:
                    put(str(finding))
            if len(found) >= MAX_PROBLEMS:
                say(f"querydsl: {_place(file, line)}: these are its first {len(found):,} problems; there may be more")
    if arguments.format == "json":
        put(laid_out([finding.to_dict() for finding in findings]))
    errors = sum(finding.problem.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    not_read = f", {unread:,} not read" if unread else ""
    say(f"{count(len(arguments.files), 'file')}: {count(errors, 'error')}, {count(warnings, 'warning')}{not_read}")
    return 1 if errors or unread or (arguments.strict and warnings) else 0


def _problems(content: bytes, lines: bool) -> Iterable[tuple[int | None, Sequence[Problem]]]:
    """The problems of each document, with its line in JSON Lines."""
    if not lines:
        yield None, validate(content)
        return
    for number, line in enumerate(_lines(content), 1):
        if line.strip():
            yield number, validate(line)


def _lines(content: bytes) -> Sequence[str | bytes]:
    """The lines of a file; of what is no UTF-8 the bytes, each for `validate` to judge, so that one spoils no other."""
    encoding = json.detect_encoding(content)
    try:
        return content.decode(encoding).split("\n")
    except UnicodeDecodeError:
        return content.split(b"\n")
