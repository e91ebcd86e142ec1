"""A report on a file, for people: what was asked, how complete it is, what came, and a paragraph for a paper."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import attrs

from ..errors import StoreError
from ..language.expressions import Condition
from ..requests.query import Query
from ..showing import count
from ..storage.file_format import moment_text
from ..tables import THIS_COMPUTER
from ..version import RELEASED, __version__
from . import charts
from .counting import Counts
from .export import in_place
from .pages import Bars, Calendar, Chart, Code, Heading, Paragraph, Part, Table, markdown, page
from .status import STATES, CollectionStatus, DayState, Failure, Span, causes

#: Up to this number, each day has a row in a table; above, each month has one.
_DAYS_IN_TABLE: Final = 92
#: The most days, or weeks, in a chart.
_STEPS_IN_CHART: Final = 400
#: How many failures and values are listed.
_SPELT_OUT: Final = 100
_VALUES: Final = 30
#: How many characters of an expression a sentence shows.
_LONGEST: Final = 300


@attrs.frozen
class Collected:
    """A collection of a file: the state of its days, its queries, and its videos."""

    status: CollectionStatus
    #: Whether a user wrote its expression, instead of a list of requests.
    is_expression: bool
    #: Whether wider queries were asked, which find more than its expression selects.
    is_wider: bool
    #: None means every video of the days.
    queries: tuple[Query | None, ...]
    counts: Counts


def report(
    file: str, origin: str, now: datetime, collections: Sequence[Collected], *, has_charts: bool
) -> Iterator[Part]:
    """The parts of the report on a file, at a given moment; a report without charts has their numbers."""
    yield Heading(1, f"Report on {file}")
    yield Paragraph(
        f"As of {moment_text(now)}, by querydsl {__version__}. The videos come from {_source(origin)}. "
        "All days and times are UTC."
    )
    if not collections:
        yield Paragraph("Nothing was collected yet.")
    for number, one in enumerate(collections, 1):
        has_name = one.status.name != one.status.expression
        yield Heading(2, one.status.name if has_name else f"Collection {number}")
        yield from _asked(one)
        yield from _completeness(one.status)
        yield from _videos(one, has_charts=has_charts)
        yield from _paper(one, origin)


def write(target: Path, source: Path, parts: Iterable[Part]) -> None:
    """Write a report in the format of a file's ending: to a temporary file, which then replaces the target."""
    lines = _WRITERS.get(target.suffix.lower())
    if lines is None:
        raise StoreError(f"{target}: the name has to end in {' or '.join(_WRITERS)}, which says how to write it")
    with in_place(target, source) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines(parts))


_WRITERS: Final[Mapping[str, Callable[[Iterable[Part]], Iterator[str]]]] = {".md": markdown, ".html": page}


def _asked(one: Collected) -> Iterator[Part]:
    found = one.status
    yield Heading(3, "What was asked")
    yield Code(found.expression)
    yield Paragraph(f"Days: {_days(_all_days(found))}. Fields: {', '.join(found.fields)}.")
    rows = [(f"{number}", in_words(query)) for number, query in enumerate(one.queries[:_SPELT_OUT], 1)]
    yield Table(("Query", "It finds a video if"), tuple(rows), texts=2)
    if len(one.queries) > _SPELT_OUT:
        yield Paragraph(f"And {len(one.queries) - _SPELT_OUT:,} more queries; all of them stand below.")
    asked = f" They were sent from {found.first_asked} to {found.last_asked}." if found.first_asked else ""
    yield Paragraph(f"This took {count(found.calls, 'call')} so far.{asked}")


def _completeness(found: CollectionStatus) -> Iterator[Part]:
    yield Heading(3, "How complete it is")
    rows = [(state, f"{found.count(state):,}", _MEANING[state]) for state in STATES if found.days[state]]
    yield Table(("State", "Days", "Means"), tuple(rows), texts=3)
    yield Calendar(found.days)
    for note in found.notes:
        yield Paragraph(f"Note: {note}.")
    if found.failures:
        yield Heading(3, "What failed")
        failed = [*_failed(found)]
        yield Table(("Days", "Query", "Error", "log_id"), tuple(failed[:_SPELT_OUT]), texts=4)
        if len(failed) > _SPELT_OUT:
            yield Paragraph(f"And {len(failed) - _SPELT_OUT:,} more: querydsl status --format json has all.")
        yield Paragraph("A later run asks these days again. The vendor's support asks for the log_id of an answer.")


def _failed(found: CollectionStatus) -> Iterator[tuple[str, ...]]:
    """A row for the days of a query that failed for the same reason."""
    by_query: dict[Query | None, list[Failure]] = {}
    for one in found.failures:
        by_query.setdefault(one.query, []).append(one)
    for query, failures in by_query.items():
        for cause in causes(failures):
            more = f" and {len(cause.log_ids) - _LOG_IDS:,} more" if len(cause.log_ids) > _LOG_IDS else ""
            yield _days(cause.days), in_words(query), cause.error, ", ".join(cause.log_ids[:_LOG_IDS]) + more


_LOG_IDS: Final = 3

_MEANING: Final = {
    "failed": "was asked, and failed",
    "to ask": "was not asked yet, or not to its end",
    "unsettled": "was asked less than 48 hours after its end; videos may still appear",
    "done": "was asked 48 hours or more after its end",
    "not begun": "lies ahead",
}


# The videos


def _videos(one: Collected, *, has_charts: bool) -> Iterator[Part]:
    counts = one.counts
    yield Heading(3, "The videos")
    yield Paragraph(f"{count(counts.videos, 'video')}.{_unmatched(one)}{_undated(counts)}")
    if counts.days:
        yield from _by_day(one.status, counts, has_charts=has_charts)
    for title, head, rows in (
        ("Hashtags of most videos", "Hashtag", counts.hashtags),
        ("Creators of most videos", "Creator", counts.creators),
    ):
        if rows:
            yield Heading(4, title)
            yield Bars(head, rows)


def _why(one: Collected) -> str:
    """Why there are videos that do not meet the expression."""
    return "wider queries find more" if one.is_wider else "the API matches approximately"


def _unmatched(one: Collected) -> str:
    counts = one.counts
    if not counts.unmatched:
        return ""
    came = "video came" if counts.unmatched == 1 else "videos came"
    return (
        f" {counts.unmatched:,} more {came} although the expression does not hold for them: "
        f"{_why(one)}. They are kept in the file, and left out here and in exports of the collection."
    )


def _undated(counts: Counts) -> str:
    return f" {count(counts.undated, 'video')} without a time of creation." if counts.undated else ""


def _by_day(found: CollectionStatus, counts: Counts, *, has_charts: bool) -> Iterator[Part]:
    missing = _joined(span for state in ("failed", "to ask") for span in found.days.get(state, ()))
    asked = [*missing, *found.days.get("unsettled", ()), *found.days.get("done", ())]
    first = min([*counts.days, *(start for start, _ in asked)])
    last = max([*counts.days, *(end for _, end in asked)])
    name, starts = _steps(first, last)
    wide = narrow = None
    if has_charts and charts.has_charts():
        edges = [*starts, last + timedelta(days=1)]
        wide, narrow = charts.by_step(edges, f"videos a {name}", _series(counts, starts), missing)
    in_table = [*_daily(first, last)] if (last - first).days < _DAYS_IN_TABLE else [*_monthly(first, last)]
    series = _series(counts, in_table)
    columns = [[f"{videos:,}" for videos in column] for column in series.values()]
    if missing:  # so that 0 videos does not look like an answer
        series["days missing"] = _missing_in(missing, in_table)
        columns.append([f"{days}" if days else "" for days in series["days missing"]])
    rows = [*zip(map(str, in_table), *columns, strict=True)]
    is_daily = len(in_table) == (last - first).days + 1
    unit = "Day" if is_daily else "From"
    if wide is None:
        name = "day" if is_daily else "month"
    yield Heading(4, f"By {name} and region")
    yield Chart(f"Videos a {name} by region", wide, narrow, Table((unit, *series), tuple(rows)))
    if has_charts and wide is None:
        yield Paragraph("The chart is left out: matplotlib is not installed (pip install 'querydsl[report]').")


def _series(counts: Counts, starts: Sequence[date]) -> dict[str, list[int]]:
    """The number of videos per step in the regions with most videos, and in all others together."""
    regions = counts.regions()
    named = [*regions][: charts.REGIONS]
    names = {code: code or "no region" for code in named}
    others = f"{len(regions) - len(named)} others" if len(regions) > len(named) else None
    series = {name: [0] * len(starts) for name in (*names.values(), *([others] if others else []))}
    for day, by_region in counts.days.items():
        place = bisect_right(starts, day) - 1
        for code, videos in by_region.items():
            series[names.get(code) or f"{others}"][place] += videos
    return series


def _missing_in(missing: Iterable[Span], starts: Sequence[date]) -> list[int]:
    """The number of missing days per step."""
    found = [0] * len(starts)
    for first, last in missing:
        for day in _daily(first, last):
            found[bisect_right(starts, day) - 1] += 1
    return found


def _steps(first: date, last: date) -> tuple[str, list[date]]:
    """The steps of a chart, limited in number: their name, and the first day of each."""
    days = (last - first).days + 1
    if days <= _STEPS_IN_CHART:
        return "day", [*_daily(first, last)]
    if days <= 7 * _STEPS_IN_CHART:
        return "week", [*_daily(first, last)][::7]
    return "month", [*_monthly(first, last)]


def _daily(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def _monthly(first: date, last: date) -> Iterator[date]:
    yield first
    for month in range(first.year * 12 + first.month, last.year * 12 + last.month):
        yield date(month // 12, month % 12 + 1, 1)


# In words


def in_words(query: Query | None) -> str:
    """What a query asks for, as part of a sentence.

    >>> from querydsl import Length, Region, to_query
    >>> in_words(to_query(Region.in_("US", "JP") & ~(Length == "SHORT")))
    'region_code is one of US, JP; not: video_length is SHORT'
    """
    if query is None:
        return "it is of these days"
    parts = [_condition(one) for one in query.and_]
    if query.or_:
        parts.append(f"at least one of these holds: {' / '.join(map(_condition, query.or_))}")
    parts += [f"not: {_condition(one)}" for one in query.not_]
    return "; ".join(parts)


def _condition(one: Condition) -> str:
    values = ", ".join(one.field_values[:_VALUES])
    more = len(one.field_values) - _VALUES
    if one.operation not in _OPERATIONS:
        raise NotImplementedError(f"a report has no words for the operation {one.operation!r} yet")
    return f"{one.field_name} {_OPERATIONS[one.operation]} {values}{f' and {more:,} more' if more > 0 else ''}"


_OPERATIONS: Final[Mapping[str, str]] = {
    "EQ": "is",
    "IN": "is one of",
    "GT": "is more than",
    "GTE": "is at least",
    "LT": "is less than",
    "LTE": "is at most",
}


def _all_days(found: CollectionStatus) -> list[Span]:
    """The days of a collection, in any state."""
    return _joined(span for spans in found.days.values() for span in spans)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order; adjacent ones are merged."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + timedelta(days=1):
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _days(spans: Sequence[Span], most: int = _VALUES) -> str:
    told = [f"{first}" if first == last else f"{first} to {last}" for first, last in spans[:most]]
    more = len(spans) - most
    return ", ".join(told) + (f" and {count(more, 'more span')}" if more > 0 else "")


# In a paper


def _paper(one: Collected, origin: str) -> Iterator[Part]:
    yield Heading(3, "For a methods section")
    yield Paragraph(" ".join(_methods(one, origin)))
    yield Heading(3, "How to cite")
    yield Paragraph(
        f"The querydsl authors ({RELEASED[:4]}). querydsl: a query builder for the TikTok Research API "
        f"(version {__version__}) [Computer software]."
    )
    yield Heading(3, "The queries as they were sent")
    yield Paragraph("Each request adds its first and last day to one of these.")
    for number, query in enumerate(one.queries, 1):
        body = "every video, by a condition on create_date" if query is None else query.to_json()
        yield Code(f"{number}: {body}")


def _methods(one: Collected, origin: str) -> Iterator[str]:
    found, counts = one.status, one.counts
    spans = _all_days(found)
    asked = _between(found.first_asked, found.last_asked)
    created = f"were created from {spans[0][0]} to {spans[-1][1]} (UTC)" if spans else "match it"
    if counts.videos or counts.unmatched or found.days["done"] or found.days["unsettled"]:
        yield f"{asked} we collected videos that {created}, from {_source(origin)}."
    else:
        yield f"{asked} we asked for videos that {created}, from {_source(origin)}; no day is here to its end."
    queries = count(len(one.queries), "query", "queries")
    sent = f"which sent {queries}"
    if one.is_expression:
        meaning = "a wider meaning" if one.is_wider else "exactly the same meaning"
        sent = f"which compiled the expression {_brief(found.expression)} to {queries} with {meaning}"
    yield f"We used querydsl {__version__}, {sent}."
    total, done = sum(found.count(state) for state in STATES), found.count("done")
    complete = f"{done:,} {'is' if done == 1 else 'are'} complete: asked 48 hours or more after their end"
    states = [f"Of {count(total, 'day')}, {complete if done else 'none is complete'}", *_incomplete(found)]
    yield f"{'; '.join(states)}."
    selected = " that match the expression" if one.is_expression else ""
    yield f"The collection has {count(counts.videos, 'video')}{selected}."
    if counts.unmatched:
        yield (
            f"{count(counts.unmatched, 'further video')} of these days came although the expression does not hold for "
            f"{'it' if counts.unmatched == 1 else 'them'} ({_why(one)}); we left "
            f"{'it' if counts.unmatched == 1 else 'them'} out."
        )
    yield "Counts of views, likes, comments and shares are as of the time of asking."
    for note in found.notes:
        yield f"Note: {note}."


def _source(origin: str) -> str:
    if origin == THIS_COMPUTER:
        return "a sandbox on this computer, which makes them up"
    return f"the TikTok Research API ({origin})"


def _incomplete(found: CollectionStatus) -> Iterator[str]:
    """The days that are not complete, by state, with the dates of those that are missing."""
    for state, said in _SAID.items():
        spans, days = found.days[state], found.count(state)
        if spans:
            dates = f" ({_days(spans, _SPANS)})" if state in ("failed", "to ask") else ""
            yield f"{count(days, 'day')} {said[days != 1]}{dates}{_EFFECT.get(state, '')}"


#: How many spans of missing days a sentence shows.
_SPANS: Final = 5
#: For one day, and for several.
_SAID: Final[Mapping[DayState, tuple[str, str]]] = {
    "failed": ("failed", "failed"),
    "to ask": ("is not asked to its end yet", "are not asked to their end yet"),
    "unsettled": ("was asked less than 48 hours after its end", "were asked less than 48 hours after their end"),
    "not begun": ("lies ahead", "lie ahead"),
}
_EFFECT: Final[Mapping[DayState, str]] = {"unsettled": ", so videos may be missing"}


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… (given in full above)"


def _between(first: str | None, last: str | None) -> str:
    if first is None or last is None:
        return "So far"
    return f"On {first[:10]}" if first[:10] == last[:10] else f"Between {first[:10]} and {last[:10]}"
