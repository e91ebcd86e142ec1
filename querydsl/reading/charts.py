"""The videos of a collection by day and region as an SVG picture, drawn by matplotlib (extra `report`)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from ..moments import EPOCH

#: Colours that people with colour blindness can distinguish (Okabe and Ito), on white and on black.
_COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c8c")
#: How many regions have a colour of their own; the others are merged.
REGIONS: Final = len(_COLOURS) - 1
#: The size in inches, at 72 points each.
_WIDE, _NARROW = (9.0, 3.6), (4.6, 3.6)
#: A placeholder colour for text and lines; the page's own colour replaces it.
_INK: Final = "#010203"


def has_charts() -> bool:
    """Whether matplotlib is installed."""
    try:
        import matplotlib as mpl  # noqa: PLC0415  # an extra
    except ImportError:
        return False
    return mpl is not None


def by_step(
    edges: Sequence[date],
    label: str,
    series: Mapping[str, Sequence[int]],
    missing: Sequence[tuple[date, date]] = (),
) -> tuple[str, str]:
    """A stacked area of each series, as SVG for a wide page and for a narrow one.

    `edges` are the first days of the steps, and the day after the last one. Spans of days that are `missing` are
    shaded, so that they do not look like days without videos. Text and lines have no colour of their own: they take
    that of the page, so the picture is readable on dark pages too.
    """
    return _drawn(edges, label, series, missing, _WIDE), _drawn(edges, label, series, missing, _NARROW)


def _drawn(
    edges: Sequence[date],
    label: str,
    series: Mapping[str, Sequence[int]],
    missing: Sequence[tuple[date, date]],
    size: tuple[float, float],
) -> str:
    import matplotlib as mpl  # noqa: PLC0415  # an extra
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, DayLocator  # noqa: PLC0415  # an extra
    from matplotlib.figure import Figure  # noqa: PLC0415  # an extra
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  # an extra

    settings = {"svg.fonttype": "none", "svg.hashsalt": "querydsl", "font.family": "sans-serif", "font.size": 9}
    with mpl.rc_context({**settings, "text.color": _INK, "axes.labelcolor": _INK}):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        numbers = [_number(edge) for edge in edges]
        # a step is as wide as its days, so that a single day is visible
        sides = [side for pair in pairwise(numbers) for side in pair]
        values = [[count for count in counts for _ in range(2)] for counts in series.values()]
        axes.stackplot(sides, values, labels=list(series), colors=_COLOURS, linewidth=0)
        for number, (first, last) in enumerate(missing):
            name = "missing" if number == 0 else None
            axes.axvspan(_number(first), _number(last) + 1, color=_INK, alpha=0.2, linewidth=0, label=name)
        most = 6 if size is _WIDE else 4
        # for less than five ticks, the automatic locator finds no interval
        locator = DayLocator() if numbers[-1] - numbers[0] <= most else AutoDateLocator(maxticks=most)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_ylim(bottom=0)
        axes.margins(x=0)
        axes.set_ylabel(label)
        axes.tick_params(colors=_INK)
        for place, spine in axes.spines.items():
            spine.set_visible(place in ("left", "bottom"))
            spine.set_color(_INK)
        figure.legend(loc="outside upper left", ncols=7 if size is _WIDE else 4, frameon=False)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(out.getvalue())


def _number(day: date) -> int:
    """The number by which matplotlib knows a day."""
    return day.toordinal() - EPOCH.toordinal()


def _inline(svg: str) -> str:
    """An SVG document as a part of a page: without its heading, in the colours of the page, scaled to its place."""
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    for pattern, instead in _SMALLER:
        svg = pattern.sub(instead, svg)
    return svg.replace("<svg", "<svg role='img' aria-label='Videos a day by region'", 1)


#: What a page does not need: comments in the picture, its size in points (the place decides its width), names that
#: would occur twice on a page with two pictures, and more than one digit after the point.
_SMALLER: Final = (
    (re.compile("<metadata>.*?</metadata>", re.DOTALL), ""),
    (re.compile(r'(?<=<svg )(?:(width|height)="[^"]*" ?)|(?: (?:width|height)="[^"]*pt")'), ""),
    (re.compile('<g id="[^"]*">'), "<g>"),
    (re.compile(r"(\d\.\d)\d+"), r"\1"),
)
