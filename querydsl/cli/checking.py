"""The commands that check documents, and print the schema of valid ones."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator

import attrs

from ..errors import Problem, ValidationError
from ..requests import curl
from ..showing import count, laid_out, one_line
from ..spec.query_rules import MAX_PROBLEMS
from ..spec.schema import json_schema
from ..spec.validation import NotText, decoded, examined, validate_fields
from .terminal import Failure, Unread, bytes_of, lines_of, put, say


def print_schema(arguments: argparse.Namespace) -> int:
    """Print the JSON Schema of a document."""
    put(laid_out(json_schema(arguments.kind)))
    return 0


@attrs.frozen
class _Finding:
    """A problem with its file and, for JSON Lines, its line."""

    file: str
    line: int | None
    problem: Problem

    def __str__(self) -> str:
        place = f"{_place(self.file, self.line)}:{one_line(self.problem.path)}"
        hint = f" ({self.problem.hint})" if self.problem.hint is not None else ""
        return f"{place}: {self.problem.severity}[{self.problem.code}] {self.problem.message}{hint}".replace("\n", " ")

    def to_dict(self) -> dict[str, object]:
        return {"file": self.file, "line": self.line, **attrs.asdict(self.problem)}


def _place(file: str, line: int | None) -> str:
    return one_line(file) if line is None else f"{one_line(file)}:{line}"


def check(arguments: argparse.Namespace) -> int:
    """Validate documents, and print their problems as they are found."""
    severities: Counter[str] = Counter()
    with _Teller(arguments.format) as teller:
        unread = sum(not _check_file(file, arguments.lines, teller, severities) for file in arguments.files)
    errors, warnings = severities["error"], severities["warning"]
    not_read = f", {unread:,} not read" if unread else ""
    say(f"{count(len(arguments.files), 'file')}: {count(errors, 'error')}, {count(warnings, 'warning')}{not_read}")
    return 1 if errors or unread or (arguments.strict and warnings) else 0


def _check_file(file: str, lines: bool, teller: _Teller, severities: Counter[str]) -> bool:
    """Print and count the problems of a file; returns whether the file could be read."""
    try:
        for line, content in _documents(file, lines):
            problems, has_more = _examined(content)
            for problem in problems:
                teller.tell(_Finding(file, line, problem))
                severities[problem.severity] += 1
            if has_more:
                place = _place(file, line)
                say(f"querydsl: {place}: these are its first {MAX_PROBLEMS:,} problems; there may be more")
    except Unread as failure:
        say(f"querydsl: {failure}")
        return False
    return True


def _examined(content: str | bytes) -> tuple[list[Problem], bool]:
    """The problems of JSON, or of the request in a curl command, and whether there are more.

    The pointers are into the JSON, for a curl command into its body; what is wrong elsewhere in the command has the
    pointer to the whole.
    """
    try:
        text = content if isinstance(content, str) else decoded(content)
    except NotText:
        return examined(content)
    if not curl.is_command(text):
        return examined(content)
    try:
        body, fields = curl.read(text)
    except ValidationError as refusal:
        return [*refusal.problems], False
    problems, has_more = examined(body, "request")
    of_url = [
        attrs.evolve(one, path="", message=f"fields in the URL: {one.message}") for one in validate_fields(fields)
    ]
    return [*of_url, *problems], has_more


def _documents(file: str, lines: bool) -> Iterator[tuple[int | None, str | bytes]]:
    """The documents of a file; for JSON Lines, each with its line."""
    if not lines:
        yield None, bytes_of(file)
        return
    for number, line in enumerate(lines_of(file), 1):
        if line.strip():
            yield number, line


class _Teller:
    """Prints findings as they come: one line each, or one JSON array, which is complete even after an early end."""

    def __init__(self, form: str) -> None:
        self._is_json = form == "json"
        self._told = False

    def __enter__(self) -> _Teller:
        return self

    def tell(self, finding: _Finding) -> None:
        if self._is_json:
            put((",\n  " if self._told else "[\n  ") + laid_out(finding.to_dict(), "  "), end="")
        else:
            put(str(finding))
        self._told = True

    def __exit__(self, kind: object, failure: BaseException | None, trace: object) -> None:
        if self._is_json and not isinstance(failure, (OSError, Failure)):  # the output has no reader
            put("\n]" if self._told else "[]")
