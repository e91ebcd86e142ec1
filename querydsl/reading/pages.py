"""The parts of a report, as Markdown and as HTML. Any text in a part may be from outside, so it is escaped."""

from __future__ import annotations

import html
import re
from calendar import month_abbr, monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import attrs

from ..showing import one_line, printable
from .status import STATES, DayState, Span


@attrs.frozen
class Heading:
    """A heading; level 1 is the title."""

    level: int
    text: str


@attrs.frozen
class Paragraph:
    """A paragraph."""

    text: str


@attrs.frozen
class Code:
    """Source code of several lines, unchanged."""

    text: str


@attrs.frozen
class Table:
    """A table. The columns after the first `texts` ones are numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1


@attrs.frozen
class Bars:
    """Numbers of videos as bars, the highest first."""

    head: str
    rows: tuple[tuple[str, int], ...]


@attrs.frozen
class Calendar:
    """The days of a collection by state."""

    days: Mapping[DayState, tuple[Span, ...]]


@attrs.frozen
class Chart:
    """A picture as our own SVG, for wide and for narrow pages, with a table of the same numbers."""

    title: str
    wide: str | None
    narrow: str | None
    table: Table


Part = Heading | Paragraph | Code | Table | Bars | Calendar | Chart


# Markdown


def markdown(parts: Iterable[Part]) -> Iterator[str]:
    """The lines of a report in Markdown, with tables in GitHub's form."""
    for part in parts:
        yield from _MARKDOWN[type(part)](part)
        yield ""


_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def _text(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", one_line(text))


def _heading(part: Heading) -> Iterator[str]:
    yield f"{'#' * part.level} {_text(part.text)}"


def _paragraph(part: Paragraph) -> Iterator[str]:
    yield _text(part.text)


def _code(part: Code) -> Iterator[str]:
    longest = max((len(run) for run in re.findall("`+", part.text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield fence
    yield printable(part.text)
    yield fence


def _table(part: Table) -> Iterator[str]:
    yield _row(part.head)
    yield _row(["---"] * part.texts + ["---:"] * (len(part.head) - part.texts), as_is=True)
    for row in part.rows:
        yield _row(row)


def _row(cells: Sequence[str], *, as_is: bool = False) -> str:
    return f"| {' | '.join(cells if as_is else map(_text, cells))} |"


def _bars(part: Bars) -> Iterator[str]:
    yield from _table(Table((part.head, "Videos"), tuple((name, f"{count:,}") for name, count in part.rows)))


def _calendar(part: Calendar) -> Iterator[str]:
    months: dict[str, dict[DayState, int]] = {}
    for day, state in _states(part):
        of_month = months.setdefault(f"{day:%Y-%m}", {})
        of_month[state] = of_month.get(state, 0) + 1
    known = [state for state in STATES if part.days.get(state)]
    rows = [(month, *(f"{counts.get(state, 0)}" for state in known)) for month, counts in sorted(months.items())]
    yield from _table(Table(("Month", *known), tuple(rows)))


def _states(part: Calendar) -> Iterator[tuple[date, DayState]]:
    for state in STATES:
        for first, last in part.days.get(state, ()):
            for ordinal in range(first.toordinal(), last.toordinal() + 1):
                yield date.fromordinal(ordinal), state


def _chart(part: Chart) -> Iterator[str]:
    yield from _table(part.table)


_MARKDOWN: Final[dict[type, Callable[[Any], Iterator[str]]]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Code: _code,
    Table: _table,
    Bars: _bars,
    Calendar: _calendar,
    Chart: _chart,
}


# HTML


def page(parts: Iterable[Part]) -> Iterator[str]:
    """The lines of a report as one HTML page that loads nothing: no script, no font, no external picture."""
    first, *rest = parts
    yield _HEAD.replace("TITLE", _escaped(first.text if isinstance(first, Heading) else ""))
    for part in (first, *rest):
        yield from _HTML[type(part)](part)
    yield "</main></body></html>"


def _escaped(text: str) -> str:
    return html.escape(printable(text))


def _html_heading(part: Heading) -> Iterator[str]:
    yield f"<h{part.level}>{_escaped(part.text)}</h{part.level}>"


def _html_paragraph(part: Paragraph) -> Iterator[str]:
    yield f"<p>{_escaped(part.text)}</p>"


def _html_code(part: Code) -> Iterator[str]:
    yield f"<pre tabindex='0'>{_escaped(part.text)}</pre>"


def _html_table(part: Table) -> Iterator[str]:
    yield "<div class='wide' tabindex='0'><table><thead><tr>"
    yield "".join(f"<th{_side(part, place)}>{_escaped(cell)}</th>" for place, cell in enumerate(part.head))
    yield "</tr></thead><tbody>"
    for row in part.rows:
        yield f"<tr>{''.join(f'<td{_side(part, place)}>{_escaped(cell)}</td>' for place, cell in enumerate(row))}</tr>"
    yield "</tbody></table></div>"


def _side(part: Table, place: int) -> str:
    return " class='number'" if place >= part.texts else ""


def _html_bars(part: Bars) -> Iterator[str]:
    most = max((count for _, count in part.rows), default=1)
    yield f"<table class='bars'><thead><tr><th>{_escaped(part.head)}</th><th colspan='2'>Videos</th></tr></thead>"
    yield "<tbody>"
    for name, count in part.rows:
        width = f"{100 * count / most:.1f}"
        bar = f"<span class='bar' style='width:{width}%'></span>"
        yield f"<tr><th scope='row'>{_escaped(name)}</th><td class='number'>{count:,}</td><td>{bar}</td></tr>"
    yield "</tbody></table>"


#: The class of a state in the page, and a sign for readers who cannot see colours.
_SIGNS: Final[dict[DayState, tuple[str, str]]] = {
    "failed": ("failed", "×"),
    "to ask": ("toask", "?"),
    "unsettled": ("unsettled", "~"),
    "done": ("done", ""),
    "not begun": ("ahead", ""),
}


def _html_calendar(part: Calendar) -> Iterator[str]:
    states = dict(_states(part))
    yield "<p class='legend'>"
    for state in STATES:
        if part.days.get(state):
            name, sign = _SIGNS[state]
            yield f"<span><i class='{name}'>{sign}</i> {state}</span>"
    yield "</p><div class='calendar'>"
    for month in sorted({(day.year, day.month) for day in states}):
        yield from _month(*month, states)
    yield "</div>"


def _month(year: int, month: int, states: Mapping[date, DayState]) -> Iterator[str]:
    before, days = monthrange(year, month)
    yield f"<table><caption>{month_abbr[month]} {year}</caption>"
    cells = ["<td></td>"] * before + [_cell(date(year, month, day), states) for day in range(1, days + 1)]
    for start in range(0, len(cells), 7):
        yield f"<tr>{''.join(cells[start : start + 7])}</tr>"
    yield "</table>"


def _cell(day: date, states: Mapping[date, DayState]) -> str:
    state = states.get(day)
    if state is None:
        return "<td class='none'></td>"
    name, sign = _SIGNS[state]
    return f"<td class='{name}' title='{day}: {state}'>{sign or day.day}</td>"


def _html_chart(part: Chart) -> Iterator[str]:
    if part.wide is not None and part.narrow is not None:
        yield f"<figure><div class='on-wide'>{part.wide}</div><div class='on-narrow'>{part.narrow}</div>"
        yield f"<figcaption>{_escaped(part.title)}</figcaption></figure>"
    yield "<details><summary>The numbers</summary>"
    yield from _html_table(part.table)
    yield "</details>"


_HTML: Final[dict[type, Callable[[Any], Iterator[str]]]] = {
    Heading: _html_heading,
    Paragraph: _html_paragraph,
    Code: _html_code,
    Table: _html_table,
    Bars: _html_bars,
    Calendar: _html_calendar,
    Chart: _html_chart,
}

_HEAD: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>TITLE</title>
<style>
:root { color-scheme: light dark; --text: #1c1e21; --quiet: #5b6068; --page: #fff; --line: #d8dbe0; --panel: #f4f5f7;
  --done: #b7dfc8; --failed: #b54a00; --failed-text: #fff; --unsettled: #f5e08a; --toask: #dfe3e8; --bar: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e7ea; --quiet: #a5abb5; --page: #14161a; --line: #363b44;
  --panel: #1e2127; --done: #1f6b45; --failed: #e5702a; --failed-text: #14161a; --unsettled: #7a6512; --toask: #3a404a;
  --bar: #56b4e9; } }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
p { max-width: 44rem; }
pre { background: var(--panel); padding: .75rem; border-radius: 6px; overflow-x: auto; white-space: pre-wrap; }
.wide { overflow-x: auto; max-height: 30rem; }
table { border-collapse: collapse; font-size: .9rem; overflow-wrap: normal; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bars { width: 100%; table-layout: fixed; } .bars th { width: 40%; font-weight: normal; overflow-wrap: anywhere; }
.bars .number { width: 4.5rem; }
.bar { display: inline-block; height: .8rem; background: var(--bar); border-radius: 2px; }
.legend span { display: inline-block; margin-right: 1.2rem; } .legend i { display: inline-block; width: 1.2rem;
  height: 1.2rem; line-height: 1.2rem; text-align: center; border-radius: 3px; font-style: normal; font-size: .8rem; }
.calendar { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.calendar table { border-collapse: separate; border-spacing: 2px; }
.calendar caption { text-align: left; color: var(--quiet); font-size: .8rem; }
.calendar td { width: 1.2rem; height: 1.2rem; padding: 0; border: 0; border-radius: 3px; text-align: center;
  font-size: .65rem; vertical-align: middle; }
.done { background: var(--done); } .failed { background: var(--failed); color: var(--failed-text); }
.unsettled { background: var(--unsettled); } .toask { background: var(--toask); }
.ahead { outline: 1px solid var(--line); outline-offset: -1px; }
figure { margin: 0; } figure svg { width: 100%; height: auto; color: var(--text); } .on-narrow { display: none; }
figcaption { color: var(--quiet); font-size: .9rem; }
@media (max-width: 40rem) { .on-wide { display: none; } .on-narrow { display: block; } }
</style>
</head>
<body><main>"""
