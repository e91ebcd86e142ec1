"""Writes the pages of the reference that come from the package itself: its tables, and its command.

Run it from anywhere after a change of either; until then a test fails.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from querydsl import tables
from querydsl.cli.arguments import parser
from querydsl.spec.countries import COUNTRIES

REFERENCE = Path(__file__).parent / "reference"


def main() -> None:
    """Write all generated pages."""
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """The generated pages by name."""
    return {"tables.md": "\n".join(_tables()) + "\n", "command.md": "\n".join(_command()) + "\n"}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""


def _codes(words: Iterable[str]) -> str:
    return " ".join(f"`{word}`" for word in words)


def _tables() -> Iterator[str]:
    yield "# Tables"
    yield ""
    yield "What the vendor documents. In the package it is data, in `querydsl.tables`, which all checks read."
    yield ""
    yield "## Condition fields"
    yield ""
    yield from _table(
        ("Object", "`field_name`", "What it is", "Operations", "Values", "Example"),
        (
            (
                f"`{field.title}`",
                f"`{field.name}`",
                field.description + (". A video can have several" if field.many_valued else ""),
                _codes(operation for operation in tables.OPERATIONS if operation in field.operations),
                _values(field),
                f"`{field.example}`",
            )
            for field in tables.FIELDS.values()
        ),
    )
    yield "## Operations"
    yield ""
    yield f"{_codes(tables.OPERATIONS)}. `IN` takes any number of values from one on, each of the others takes one."
    yield ""
    yield "## Region codes"
    yield ""
    yield f"{len(tables.REGION_CODES)} codes. The hints know the names and the other codes too: write any of them, and"
    yield "`querydsl check` names the region code."
    yield ""
    yield from _table(
        ("Code", "Country", "ISO 3166, three letters", "Also written"),
        (
            (f"`{code}`", name, f"`{three_letters}`", ", ".join(others))
            for code, (name, three_letters, *others) in sorted(COUNTRIES.items())
        ),
    )
    yield "## Lengths"
    yield ""
    yield from _table(
        ("Value", "Seconds"),
        (
            (f"`{name}`", f"{first} to {last}" if last is not None else f"{first} and more")
            for name, (first, last) in tables.LENGTH_SECONDS.items()
        ),
    )
    yield "## Fields of a Video Object"
    yield ""
    yield "What the parameter `fields` chooses from:"
    yield ""
    yield from _table(
        ("Field", "Type", "What it is"),
        ((f"`{field.name}`", f"`{field.type}`", field.description) for field in tables.VIDEO_FIELDS.values()),
    )
    older = (f"`{name}` for `{today}`" for name, today in tables.OLDER_VIDEO_FIELDS.items())
    yield f"Older names are taken, with a warning, and today's are sent: {', '.join(older)}."
    yield ""
    yield "## Requests and limits"
    yield ""
    yield f"The keys of a request: {_codes(tables.REQUEST_KEYS)}. Required are {_codes(tables.REQUIRED_REQUEST_KEYS)}."
    yield ""
    yield from _table(
        ("Limit", "Value"),
        (
            ("`end_date` after `start_date`, at most", f"{tables.MAX_DAYS_APART} days"),
            ("`max_count`", f"1 to {tables.MAX_COUNT}; the API takes {tables.DEFAULT_COUNT} where it is left out"),
            ("`cursor`, ids", f"up to {tables.INT64_MAX}"),
            ("Requests a day", f"{tables.DAILY_CALLS:,}"),
            ("Videos a day", f"{tables.DAILY_VIDEOS:,}"),
            ("A new video is found after, at most", f"{24 * tables.LAG_DAYS} hours"),
        ),
    )
    yield f"The endpoint is `POST {tables.API_URL}{tables.QUERY_PATH}`. Tokens come from"
    yield f"`POST {tables.API_URL}{tables.TOKEN_PATH}`, and are good for {tables.TOKEN_LIFETIME:,} seconds."
    yield ""
    yield "## Errors of the API"
    yield ""
    yield "The codes in its answers. A success has the code `ok`."
    yield ""
    yield from _table(
        ("Code", "HTTP status"), ((f"`{code}`", str(status)) for code, status in tables.API_ERRORS.items())
    )


def _values(field: tables.ConditionField) -> str:
    known = {
        "day": "a day of the calendar, `YYYYMMDD`",
        "text": "text that is not blank" + (f" and does not begin with `{field.sigil}`" if field.sigil else ""),
        "id": (digits := f"digits, from {field.minimum} to int64, without leading zeros"),
        "count": digits,
        "table": _codes(field.values) if len(field.values) < 10 else "a [region code](#region-codes)",
    }
    return field.by_form(known, "docs/generate.py")


def _command() -> Iterator[str]:
    yield "# Command"
    yield ""
    yield "`querydsl`, or `python -m querydsl`. [The command](../command.md) shows it at work."
    yield ""
    whole = parser()
    yield from _options(whole)
    for name, command in commands(whole).items():
        yield f"## querydsl {name}"
        yield ""
        yield str(command.description)
        yield ""
        yield from _options(command)
    yield "## Exit status"
    yield ""
    yield str(whole.epilog)


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The subcommands, by name."""
    [found] = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(found.choices)


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield from _table(
        ("Argument", "What it says"),
        (
            (_codes([_spelling(action)]), _sentence(action.help or ""))
            for action in parser._actions
            if not isinstance(action, argparse._SubParsersAction)
        ),
    )


def _spelling(action: argparse.Action) -> str:
    """The spelling of an argument: `--max-count N`."""
    names = ", ".join(action.option_strings)
    metavar = action.metavar or (" | ".join(map(str, action.choices)) if action.choices else "")
    values = " ".join(metavar) if isinstance(metavar, tuple) else metavar
    if not names:
        return {"+": f"{values}…", "?": f"[{values}]"}.get(str(action.nargs), values)
    return f"{names} {values}".strip()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    main()
