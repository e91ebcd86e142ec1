"""The commands that read a file: its state day by day, a report, and exports."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from ..ledger import days as spans
from ..reading.status import STATES, CollectionStatus, Span, Status, causes
from ..reading.store import Store, rename
from ..showing import count, one_line
from ..storage.file_format import has_journal
from .terminal import put, put_lines, say

#: How many spans of days, and failures, are listed for each collection.
_SPELT_OUT = 20
#: How much of an expression is printed, in characters: about two lines.
_LONGEST = 160


def show_status(arguments: argparse.Namespace) -> int:
    """Print the state of a file: what it has, what is missing and why; or rename a collection."""
    if arguments.rename is not None:
        rename(arguments.file, *arguments.rename)
        return 0
    with Store(arguments.file) as store:
        found = store.status(name=arguments.name)
    if arguments.format == "json":
        put(json.dumps(found.to_dict(), indent=2))
    else:
        put_lines(_lines(arguments.file, found))
    if has_journal(Path(arguments.file)):
        say(
            f"querydsl: {one_line(arguments.file)}: a collection is writing to it, or was killed: its newest pages are "
            f"in {one_line(arguments.file)}-wal. To copy the file, let the collection end, or run it again, first"
        )
    return 0


def _lines(file: str, found: Status) -> Iterator[str]:
    apart = f", and {count(found.unreadable, 'object')} without a readable id" if found.unreadable else ""
    yield f"{file}: {count(found.videos, 'video')} from {found.origin}{apart}"
    for collection in found.collections:
        yield ""
        yield from _collection(collection)


def _collection(found: CollectionStatus) -> Iterator[str]:
    yield _short(found.name)
    if found.name != found.expression:
        yield f"  {_short(found.expression)}"
    asked = f", asked {found.first_asked} to {found.last_asked}" if found.first_asked else ""
    yield f"  {count(found.videos, 'video')}, {count(found.calls, 'call')}{asked}"
    if found.round_begun is not None:
        yield f"  everything is being asked for once more, since {found.round_begun}"
    for state in STATES:
        if found.days[state]:
            yield f"  {state:<9}  {count(found.count(state), 'day'):>9}  {spelt_out(found.days[state])}"
    why = causes(found.failures)
    for cause in why[:_SPELT_OUT]:
        yield f"  failed: {spelt_out(cause.days)}: {cause.error}"
    if len(why) > _SPELT_OUT:
        yield f"  and {len(why) - _SPELT_OUT:,} other errors: --format json has all"
    for note in found.notes:
        yield f"  note: {note}"


def _short(expression: str) -> str:
    """The beginning of a long expression, which may have thousands of values."""
    if len(expression) <= _LONGEST:
        return expression
    return f"{expression[:_LONGEST]}… ({len(expression):,} characters: --format json has all)"


def spelt_out(spans: tuple[Span, ...]) -> str:
    """Spans of days in words."""
    texts = [str(first) if first == last else f"{first} to {last}" for first, last in spans[:_SPELT_OUT]]
    more = f", and {len(spans) - _SPELT_OUT:,} more" if len(spans) > _SPELT_OUT else ""
    return ", ".join(texts) + more


def report_file(arguments: argparse.Namespace) -> int:
    """Write a report on a file for people."""
    with Store(arguments.file) as store:
        store.report(arguments.out, name=arguments.name)
    put(f"{arguments.out}: written")
    return 0


def _missing(found: Status) -> str:
    """How many days have failed or are still to ask, in words; a day of several collections counts once."""
    failed, to_ask = (
        spans.union(
            spans.span(first.toordinal(), last.toordinal())
            for collection in found.collections
            for first, last in collection.days[state]
        )
        for state in ("failed", "to ask")
    )
    told = [f"{count(spans.count(failed), 'day')} failed"] if failed.spans else []
    if to_ask.spans:
        days = spans.count(to_ask)
        told.append(f"{count(days, 'day')} {'is' if days == 1 else 'are'} still to ask")
    return " and ".join(told)


def export_file(arguments: argparse.Namespace) -> int:
    """Export the videos of a file to another file."""
    with Store(arguments.file) as store:
        written = store.export(arguments.out, name=arguments.name, ids=arguments.ids, guard=arguments.guard)
        found = store.status(name=arguments.name)
    put(f"{arguments.out}: {count(written, 'video')}")
    missing = _missing(found)
    if missing:
        say(f"querydsl: {missing}: querydsl status {arguments.file} says which")
    return 0
