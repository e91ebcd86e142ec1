"""What the file keeps of a run until it ends, so that a run that continues it after a kill asks the same. No I/O.

The rows of the searches tell most of it. Here is the rest: the windows that the run began with, its counts, and the
state of its probes and recoveries. So a kill costs no more calls than those on their way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from ..tables import INT64_MAX
from . import days as spans
from .days import Days

#: Some days of each want, by its index.
DaysOfWants = tuple[tuple[int, Days], ...]


@attrs.frozen
class Windows:
    """The days that a run began with: the same days are cut into the same windows after a kill."""

    #: Days never asked, and unsettled days.
    fresh: DaysOfWants = ()
    due: DaysOfWants = ()
    #: The windows of days that failed in an earlier run, in their order.
    late: DaysOfWants = ()

    def to_text(self, queries: Sequence[int]) -> str:
        """The form of the file: `queries` has the number of each want's query."""
        return json.dumps([_to_values(days, queries) for days in (self.fresh, self.due, self.late)])

    @classmethod
    def from_text(cls, text: str, wants: Mapping[int, int]) -> Windows:
        """The windows in a text of `to_text`; `wants` has the index of each query's want.

        Queries without a want are left out. Raises ValueError, TypeError or KeyError for any other text.
        """
        fresh, due, late = json.loads(text)
        return cls(*(_from_values(values, wants) for values in (fresh, due, late)))


@attrs.frozen
class RecoveryState:
    """What the rows of its parts do not tell of a recovery that has started."""

    want: int
    #: The row of the window.
    root: int
    error: str
    late: bool
    #: The days to ask if one of the probes answers, and the probes without an answer so far.
    rest: Days = spans.NONE
    probes: tuple[int, ...] = ()
    #: How many parts in a row failed, and whether anything of the window has answered.
    failures: int = 0
    answered: bool = False


@attrs.frozen
class RunState:
    """The counts of a run, its probes, and its recoveries."""

    #: All calls, and those that failed on days of earlier runs.
    calls: int = 0
    late_calls: int = 0
    #: How many searches in a row ended without a page.
    silent: int = 0
    answered: bool = False
    #: The probes without an answer so far: the want, and the day; for a search that is asked whole, 0 and its row, or
    #: 0 if it has none. None if there is no probing.
    probes: tuple[tuple[int, int, int], ...] | None = None
    #: By want, the number of windows that the API refused.
    refused: tuple[tuple[int, int], ...] = ()
    #: The place of the late window that is next.
    next_late: int = 0
    #: The recoveries that have started.
    recoveries: tuple[RecoveryState, ...] = ()

    def to_text(self, queries: Sequence[int]) -> str:
        """The form of the file: `queries` has the number of each want's query."""
        values = {
            **{name: getattr(self, name) for name in _COUNTS},
            "probes": self.probes and [(queries[want], *place) for want, *place in self.probes],
            "refused": [(queries[want], number) for want, number in self.refused],
            "recoveries": [
                {**attrs.asdict(one), "want": queries[one.want], "rest": spans.to_text(one.rest)}
                for one in self.recoveries
            ],
        }
        return json.dumps(values)

    @classmethod
    def from_text(cls, text: str, wants: Mapping[int, int]) -> RunState:
        """The state in a text of `to_text`; `wants` has the index of each query's want.

        Queries without a want are left out. Raises ValueError, TypeError or KeyError for any other text.
        """
        values = json.loads(text)
        probes = values["probes"]
        return cls(
            **{name: _whole(values[name]) for name in _COUNTS},
            probes=None
            if probes is None
            else tuple((wants[q], _whole(d), _whole(r)) for q, d, r in probes if q in wants),
            refused=tuple((wants[query], _whole(number)) for query, number in values["refused"] if query in wants),
            recoveries=tuple(_recovery(one, wants) for one in values["recoveries"] if one["want"] in wants),
        )


_COUNTS: Final = ("calls", "late_calls", "silent", "answered", "next_late")


def _recovery(values: dict[str, Any], wants: Mapping[int, int]) -> RecoveryState:
    probes = tuple(map(_whole, values["probes"]))
    numbers = {name: _whole(values[name]) for name in ("root", "late", "failures", "answered")}
    rest, error = spans.from_text(values["rest"]), str(values["error"])
    return RecoveryState(want=wants[values["want"]], error=error, rest=rest, probes=probes, **numbers)


def _whole(value: object) -> Any:
    """A number from 0 on, or a truth value, as it is."""
    if not isinstance(value, int) or not 0 <= value <= INT64_MAX:
        raise TypeError(f"{value!r} is not a whole number from 0 on")
    return value


def _to_values(days: DaysOfWants, queries: Sequence[int]) -> list[tuple[int, str]]:
    return [(queries[want], spans.to_text(some)) for want, some in days]


def _from_values(values: list[tuple[int, str]], wants: Mapping[int, int]) -> DaysOfWants:
    return tuple((wants[query], spans.from_text(text)) for query, text in values if query in wants)
