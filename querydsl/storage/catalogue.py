"""The collections of a file: their names, what each asks for, its rounds, and the counters of its current run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import attrs

from ..errors import ValidationError
from ..language.expressions import Expression
from ..language.parser import parse
from ..ledger import days as spans
from ..ledger.agenda import Want
from ..ledger.days import Days
from ..ledger.rests import Rest
from ..ledger.run_state import RunState, Windows
from ..ledger.standing import Fields
from ..showing import source
from ..spec.values import is_encodable
from . import searches
from .file_format import Damaged, Refused, moment_text
from .searches import Target, fields_of, fields_text, read_days, read_rest


@attrs.frozen
class Collection:
    """A collection in the file."""

    id: int
    name: str
    expression: str
    #: Whether a user wrote the expression; then each video is checked against it.
    is_checked: bool
    fields: Fields
    begun_at: str
    #: While a round is open, searches up to this number do not count.
    round_after: int | None
    round_begun_at: str | None


def expressions(database: sqlite3.Connection, own: int) -> dict[int, Expression | None]:
    """The expressions of the user's collections, by number; damaged ones are left out."""
    return {one.id: expression_of(one) for one in collections(database) if one.id == own or _can_be_read(one)}


def _can_be_read(collection: Collection) -> bool:
    try:
        expression_of(collection)
    except Damaged:
        return False
    return True


def expression_of(collection: Collection) -> Expression | None:
    """The expression that each video of a collection is checked against; None if there is none."""
    if not collection.is_checked:
        return None
    try:
        return parse(collection.expression)
    except ValidationError as reason:
        raise Damaged("collections", collection.id, reason) from None


_COLUMNS: Final = "id, name, expression, is_checked, fields, begun_at, round_after, round_begun_at"


def collections(database: sqlite3.Connection) -> list[Collection]:
    """All collections, the oldest first."""
    rows = database.execute(f"SELECT {_COLUMNS} FROM collections ORDER BY id").fetchall()  # noqa: S608  # names of ours
    return [_collection(*row) for row in rows]


def _collection(  # noqa: PLR0917  # a row
    number: int,
    name: str,
    expression: str,
    is_checked: int,
    fields: str,
    begun_at: str,
    after: int | None,
    at: str | None,
) -> Collection:
    texts = {"name": name, "expression": expression, "begun_at": begun_at, "round_begun_at": at or ""}
    wrong = [f"{column} is {value!r}" for column, value in texts.items() if not isinstance(value, str)]
    if after is not None and not isinstance(after, int):
        wrong.append(f"round_after is {after!r}")
    if not isinstance(number, int) or number < 1:
        wrong.append(f"id is {number!r}")
    if wrong:
        raise Damaged("collections", number, ", ".join(wrong))
    read = fields_of("collections", number, fields)
    return Collection(number, name, expression, bool(is_checked), read, begun_at, after, at)


def named(database: sqlite3.Connection, name: str) -> Collection:
    """The collection with a name; raises Refused, with the existing names, if there is none."""
    known = collections(database)
    for collection in known:
        if collection.name == name:
            return collection
    names = ", ".join(source(collection.name) for collection in known) or "none"
    raise Refused(f"there is no collection {source(name)} in the file; there are: {names}")


def name_fault(name: object) -> str | None:
    """What to give in place of something that cannot name a collection; None for a name."""
    if not isinstance(name, str) or not name.strip():
        return "give a text that is not blank"
    return None if is_encodable(name) else "it has half a character (a lone surrogate); remove it"


def rename(database: sqlite3.Connection, old: str, new: str) -> None:
    """Rename a collection; raises Refused for a name that is taken, or not valid."""
    collection = named(database, old)
    fix = name_fault(new)
    if fix is not None:
        raise Refused(f"{source(new)} is not a name for a collection: {fix}")
    if any(other.name == new and other.id != collection.id for other in collections(database)):
        raise Refused(f"another collection in the file has the name {source(new)}; give a name that is free")
    database.execute("UPDATE collections SET name = ?, named = 1 WHERE id = ?", (new, collection.id))


def begin(
    database: sqlite3.Connection, name: str | None, expression: str, fields: Fields, now: datetime, *, is_checked: bool
) -> Collection:
    """The collection with a name, or without a name the one with an expression; a new one if there is none.

    Raises Refused for the name of a collection with another expression.
    """
    if name is None:
        found = "SELECT name FROM collections WHERE expression = ? ORDER BY named, id LIMIT 1"
        row = database.execute(found, (expression,)).fetchone()
        known = expression if row is None else row[0]
    else:
        known = name
    had = next((one for one in collections(database) if one.name == known), None)
    if had is None:
        values = (known, name is not None, expression, is_checked, fields_text(fields), moment_text(now))
        database.execute(
            "INSERT INTO collections (name, named, expression, is_checked, fields, begun_at) VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )
        return named(database, known)
    if had.expression != expression:
        asks = f"asks for {_brief(had.expression)}, not for {_brief(expression)}"
        raise Refused(f"the collection {source(known)} in the file {asks}; give another name, or another file")
    database.execute("UPDATE collections SET fields = ? WHERE id = ?", (fields_text(fields), had.id))
    return attrs.evolve(had, fields=fields)


_LONGEST: Final = 200


def _brief(expression: str) -> str:
    return expression if len(expression) <= _LONGEST else f"{expression[:_LONGEST]}…"


def origin(database: sqlite3.Connection) -> str:
    """The origin of the videos in the file."""
    row = database.execute("SELECT host FROM origin").fetchone()
    if row is None or not isinstance(row[0], str):
        raise Damaged("origin", 1, "it is not there" if row is None else f"host is {row[0]!r}")
    return row[0]


def forgets(database: sqlite3.Connection) -> bool:
    """Whether the API did not know the last search that a run wanted to continue."""
    [value] = database.execute("SELECT forgets FROM origin").fetchone()
    return bool(value)


# What is asked for


def query_number(database: sqlite3.Connection, rest: Rest) -> int:
    """The number of a query in the file; the query is added if it is new."""
    database.execute("INSERT OR IGNORE INTO queries (key, query) VALUES (?, ?)", (rest.key, rest.text))
    [number] = database.execute("SELECT id FROM queries WHERE key = ?", (rest.key,)).fetchone()
    return int(number)


@attrs.frozen
class Asked:
    """Days of a query that a collection asks for, or samples of them."""

    query: int
    days: Days
    draws: int
    max_count: int | None


def asked(database: sqlite3.Connection, collection: int) -> list[Asked]:
    """Everything that a collection asks for."""
    statement = "SELECT rowid, query_id, days, draws, max_count FROM asked WHERE collection_id = ? ORDER BY rowid"
    found = [_asked(*row) for row in database.execute(statement, (collection,)).fetchall()]
    return [one for one in found if one.days.spans]  # a query without days stays: it has videos


def _asked(number: int, query: int, days: str, draws: int, max_count: int | None) -> Asked:
    for column, value in (("query_id", query), ("draws", draws), ("max_count", max_count or 0)):
        if not isinstance(value, int):
            raise Damaged("asked", number, f"{column} is {value!r}")
    return Asked(query, read_days("asked", number, days), draws, max_count)


def ask(database: sqlite3.Connection, collection: int, targets: Iterable[Target]) -> Days:
    """Add the wants of a run to what its collection asks for; returns new days that others may have asked."""
    had = asked(database, collection)
    known = []
    for target in targets:
        want, query = target.want, target.query
        if want.draws:
            _ask_samples(database, target, had)
        old = spans.union(one.days for one in had if one.query == query and one.draws == 0)
        new = spans.minus(want.days, old)
        if not new.spans:
            continue
        if searches.found_near(database, [query], new):
            known.append(new)
        if not want.draws:
            database.execute(
                "DELETE FROM asked WHERE collection_id = ? AND query_id = ? AND draws = 0", (collection, query)
            )
            text = spans.to_text(spans.union([old, new]))
            database.execute("INSERT INTO asked VALUES (?, ?, ?, 0, NULL)", (collection, query, text))
    return spans.union(known)


def ask_no_more(database: sqlite3.Connection, collection: int, queries: Iterable[int], days: Days) -> None:
    """Remove days from some queries of a collection; videos that they have found stay in the collection."""
    for query in queries:
        for one in asked(database, collection):
            if one.query == query and not one.draws:
                text = spans.to_text(spans.minus(one.days, days))
                values = (text, collection, query)
                database.execute(
                    "UPDATE asked SET days = ? WHERE collection_id = ? AND query_id = ? AND draws = 0", values
                )


def _ask_samples(database: sqlite3.Connection, target: Target, had: Sequence[Asked]) -> None:
    want = target.want
    same = (target.collection, target.query, spans.to_text(want.days), want.max_count)
    draws = [
        one.draws
        for one in had
        if one.draws and (one.query, one.days, one.max_count) == (target.query, want.days, want.max_count)
    ]
    where = "collection_id = ? AND query_id = ? AND days = ? AND max_count IS ? AND draws > 0"
    database.execute(f"DELETE FROM asked WHERE {where}", same)  # noqa: S608  # names of ours
    values = (*same[:3], max([want.draws, *draws]), want.max_count)
    database.execute("INSERT INTO asked VALUES (?, ?, ?, ?, ?)", values)


def whole(database: sqlite3.Connection, collection: Collection, targets: Sequence[Target]) -> list[Target]:
    """The targets of a round: everything that the collection asks for, not only the days of one plan."""
    longest = max((target.want.longest for target in targets), default=1)
    found = []
    for one in asked(database, collection.id):
        [text] = database.execute("SELECT query FROM queries WHERE id = ?", (one.query,)).fetchone()
        near = [
            target.want
            for target in targets
            if target.query == one.query and bool(target.want.draws) == bool(one.draws)
        ]
        want = Want(
            read_rest("queries", one.query, text),
            one.days,
            collection.fields,
            near[0].longest if near else longest,
            one.max_count if one.draws else near[0].max_count if near else targets[0].want.max_count,
            near[0].bridges if near else spans.NONE,
            one.draws,
        )
        found.append(Target(want, one.query, collection.id))
    return found


def open_round(database: sqlite3.Connection, collection: Collection, now: datetime) -> Collection:
    """Start to ask for everything once more, unless such a round is already open."""
    if collection.round_after is not None:
        return collection
    [last] = database.execute("SELECT coalesce(max(id), 0) FROM searches").fetchone()
    values = (last, moment_text(now), collection.id)
    database.execute("UPDATE collections SET round_after = ?, round_begun_at = ? WHERE id = ?", values)
    end_run(database, collection.id)
    return attrs.evolve(collection, round_after=last, round_begun_at=moment_text(now))


def close_round(database: sqlite3.Connection, collection: int) -> None:
    """The round is complete."""
    statement = "UPDATE collections SET round_after = NULL, round_begun_at = NULL WHERE id = ?"
    database.execute(statement, (collection,))


# A run that has not ended normally


def run(database: sqlite3.Connection, collection: int, targets: Sequence[Target]) -> tuple[Windows, RunState]:
    """What the last run of a collection has left for the next one: its windows and its state, for some targets."""
    row = database.execute("SELECT windows, state FROM run WHERE collection_id = ?", (collection,)).fetchone()
    if row is None:
        return Windows(), RunState()
    wants = {target.query: number for number, target in enumerate(targets) if not target.want.draws}
    windows, state = row
    try:
        began = Windows() if windows is None else Windows.from_text(windows, wants)
        return began, RunState.from_text(state, wants)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as reason:
        raise Damaged("run", collection, reason) from None


def begin_run(
    database: sqlite3.Connection, collection: int, windows: Windows, state: RunState, targets: Iterable[Target]
) -> None:
    """Store what a run begins with."""
    queries = [target.query for target in targets]
    values = (collection, windows.to_text(queries), state.to_text(queries))
    database.execute("INSERT OR REPLACE INTO run VALUES (?, ?, ?)", values)


def keep_state(database: sqlite3.Connection, collection: int, state: str | None) -> None:
    """Store the state of a run, for the run that continues if this one is killed."""
    if state is not None:
        database.execute("UPDATE run SET state = ? WHERE collection_id = ?", (state, collection))


def end_run(database: sqlite3.Connection, collection: int, left: str | None = None) -> None:
    """A run has ended; `left` is a state with the recoveries that the next run continues."""
    if left is None:
        database.execute("DELETE FROM run WHERE collection_id = ?", (collection,))
    else:
        database.execute("UPDATE run SET windows = NULL, state = ? WHERE collection_id = ?", (left, collection))


# The compiled queries of an expression


def compiled(database: sqlite3.Connection, collection: int, rest: str) -> list[Rest] | None:
    """The queries of a rest of the expression, as compiled when the collection first asked it."""
    found = "SELECT queries FROM compiled WHERE collection_id = ? AND rest = ?"
    row = database.execute(found, (collection, rest)).fetchone()
    if row is None:
        return None
    place = f"({collection}, {rest!r})"
    try:
        texts = json.loads(row[0])
        if not isinstance(texts, list) or not texts:
            raise TypeError(f"queries is {row[0]!r}")
    except (ValueError, TypeError) as reason:
        raise Damaged("compiled", place, reason) from None
    return [read_rest("compiled", place, text) for text in texts]


#: A prefix for the text of a rest whose stored queries are the wider ones.
WIDER: Final = "wider: "


def asks_wider(database: sqlite3.Connection, collection: int) -> bool:
    """Whether a collection has asked wider queries: these find videos that its expression does not select."""
    found = "SELECT 1 FROM compiled WHERE collection_id = ? AND substr(rest, 1, ?) = ? LIMIT 1"
    return database.execute(found, (collection, len(WIDER), WIDER)).fetchone() is not None


def remember_compiled(database: sqlite3.Connection, collection: int, rest: str, queries: Iterable[Rest]) -> None:
    """Store them for later runs: otherwise a better compiler would ask everything again."""
    texts = json.dumps([query.text for query in queries])
    database.execute("INSERT OR IGNORE INTO compiled VALUES (?, ?, ?)", (collection, rest, texts))
