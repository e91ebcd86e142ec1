"""Faults: which calls of an app fail, and how each failure changes the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from random import Random
from typing import Any, Final, Literal, NoReturn, get_args

import attrs

from ..errors import Problem, ValidationError
from ..showing import in_python
from ..spec.values import as_day, day
from .responses import Answer, Environ, Refused, pause, whole
from .searches import Page, Search, Video

Kind = Literal[
    "rate-limit", "daily-quota", "server-error", "internal-error", "html", "not-json", "cut", "hung", "expired-token",
    "expired-search", "slow-search", "slow-cursor", "short", "empty", "repeated", "failing-days", "found-late",
    "odd-values", "approximate", "refused-field",
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

#: The kinds that change what the API has or accepts: for all calls, and in addition to any other fault.
STANDING: Final[tuple[Kind, ...]] = ("failing-days", "found-late", "odd-values", "approximate", "refused-field")

#: The kinds after which a client with any token still gets every video, whichever call they strike.
RECOVERABLE: Final[tuple[Kind, ...]] = (
    "server-error", "html", "not-json", "cut", "expired-search", "slow-search", "slow-cursor", "short", "empty",
    "repeated", "internal-error",
)  # fmt: skip

#: Options for some kinds only, and these kinds.
_OWN_OPTIONS: Final[dict[str, tuple[Kind, ...]]] = {
    "status": ("server-error", "internal-error", "daily-quota"),
    "retry_after": ("rate-limit",),
    "first": ("failing-days",),
    "last": ("failing-days",),
    "hours": ("found-late",),
    "field": ("refused-field",),
}

#: The statuses of kinds with several; the usual one is first.
_STATUSES: Final[dict[Kind, tuple[int, ...]]] = {
    "server-error": tuple(range(500, 600)),
    "internal-error": (400, 200),
    "daily-quota": (429, 200),
}


def _refuse(call: str, message: str) -> NoReturn:
    raise ValidationError([Problem("error", "range", "", message)], call)


def _given(value: object) -> str:
    """A value as written in a call."""
    if isinstance(value, date):
        value = str(value)
    return in_python(value)


def _kind(_: object, __: object, value: object) -> None:
    if not isinstance(value, str) or value not in KINDS:
        near = get_close_matches(value[:40], KINDS, 1) if isinstance(value, str) else ()
        meant = f"did you mean {near[0]!r}? The" if near else "the"
        _refuse(f"Fault({_given(value)})", f"there is no such kind; {meant} kinds are {', '.join(KINDS)}")


def _whole_number(least: int, optional: bool = False) -> Callable[[Fault, Any, object], None]:
    def check(fault: Fault, attribute: Any, value: object) -> None:
        if (value is None and optional) or (type(value) is int and value >= least):
            return
        wanted = f"a whole number, {least} or more" + (", or None" if optional else "")
        _refuse(f"Fault({fault.kind!r}, {attribute.name}={_given(value)})", f"give {wanted}")

    return check


def _text(fault: Fault, attribute: Any, value: object) -> None:
    if value is not None and not isinstance(value, str):
        _refuse(f"Fault({fault.kind!r}, {attribute.name}={_given(value)})", "give the name of a field")


def _usual_times(fault: Fault) -> int | None:
    return None if fault.kind in STANDING else 1


@attrs.frozen
class Fault:
    """A failure on some calls for videos that an app receives; the calls are numbered from 1.

    It strikes `times` calls, starting with number `at` (None: all calls from there), and again every `every` calls. The
    default is once; standing kinds strike all calls, in addition to other faults. `status` is for "server-error" (500
    to 599), "internal-error" (400, 200) and "daily-quota" (429, 200); `retry_after`, in seconds, for "rate-limit";
    `first` and `last`, UTC days that are both included, for "failing-days"; `hours` for "found-late"; `field` for
    "refused-field". Raises ValidationError for values that make no sense.

    >>> third_and_fourth = Fault("server-error", at=3, times=2)
    >>> [number for number in range(1, 10) if third_and_fourth.on(number)]
    [3, 4]
    >>> [number for number in range(1, 10) if Fault("html", at=2, every=3).on(number)]
    [2, 5, 8]
    """

    kind: Kind = attrs.field(validator=_kind)
    at: int = attrs.field(default=1, validator=_whole_number(1), kw_only=True)
    times: int | None = attrs.field(
        default=attrs.Factory(_usual_times, takes_self=True),
        validator=_whole_number(1, optional=True),
        kw_only=True,
    )
    every: int | None = attrs.field(default=None, validator=_whole_number(1, optional=True), kw_only=True)
    status: int | None = attrs.field(default=None, validator=_whole_number(200, optional=True), kw_only=True)
    retry_after: int | None = attrs.field(default=None, validator=_whole_number(0, optional=True), kw_only=True)
    first: date | None = attrs.field(default=None, converter=attrs.converters.optional(as_day), kw_only=True)
    last: date | None = attrs.field(default=None, converter=attrs.converters.optional(as_day), kw_only=True)
    hours: int | None = attrs.field(default=None, validator=_whole_number(1, optional=True), kw_only=True)
    field: str | None = attrs.field(default=None, validator=_text, kw_only=True)

    def __attrs_post_init__(self) -> None:
        name = f"Fault({self.kind!r}"
        if self.every is not None and (self.times is None or self.times > self.every):
            call = f"{name}, times={self.times}, every={self.every})"
            _refuse(call, "it would strike all calls; leave every out")
        for option, kinds in _OWN_OPTIONS.items():
            value = getattr(self, option)
            if value is not None and self.kind not in kinds:
                known = " and ".join(map(repr, kinds))
                _refuse(f"{name}, {option}={_given(value)})", f"{option} is for {known}; leave it out")
        if self.status is not None and self.status not in (statuses := _STATUSES[self.kind]):
            known = " or ".join(map(str, statuses)) if len(statuses) < 9 else f"from {statuses[0]} to {statuses[-1]}"
            _refuse(f"{name}, status={self.status})", f"give a status {known}")
        if self.kind == "failing-days" and self.first is None:
            _refuse(f"{name})", "give the first day and the last day, such as first='20230110', last='20230112'")
        if self.first and self.last and self.last < self.first:
            call = f"{name}, first={_given(self.first)}, last={_given(self.last)})"
            _refuse(call, "the last day is before the first; swap them")

    def on(self, number: int) -> Fault | None:
        """The fault, if it strikes the call with this number; otherwise None."""
        after = number - self.at
        if after >= 0 and self.every is not None:
            after %= self.every
        return self if after >= 0 and (self.times is None or after < self.times) else None

    @staticmethod
    def random(
        seed: int, rate: float = 0.1, kinds: Kind | Fault | Iterable[Kind | Fault] = RECOVERABLE
    ) -> RandomFaults:
        """Faults that strike at random, on the same calls for the same seed; `rate` is the share of calls, from 0 to 1.

        A kind may be a Fault, to set its `status` or `retry_after`; its `at`, `times` and `every` are ignored.

        >>> faults = Fault.random(seed=1, rate=0.2)
        >>> [(number, fault.kind) for number in range(1, 12) if (fault := faults.on(number))]
        [(2, 'repeated'), (5, 'internal-error')]
        """
        return RandomFaults(seed, rate, kinds)


def _faults(kinds: Kind | Fault | Iterable[Kind | Fault]) -> tuple[Fault, ...]:
    if isinstance(kinds, (str, Fault)):
        kinds = (kinds,)
    elif not isinstance(kinds, Iterable):
        _refuse(f"Fault.random(kinds={_given(kinds)})", "give kinds of faults, such as ['cut', 'html']")
    return tuple(kind if isinstance(kind, Fault) else Fault(kind) for kind in kinds)


@attrs.frozen
class RandomFaults:
    """The result of `Fault.random`."""

    seed: int
    rate: float
    kinds: tuple[Fault, ...] = attrs.field(converter=_faults)

    def __attrs_post_init__(self) -> None:
        if type(self.seed) is not int:
            _refuse(f"Fault.random({_given(self.seed)})", "give a whole number as the seed")
        if not isinstance(self.rate, (int, float)) or isinstance(self.rate, bool) or not 0 <= self.rate <= 1:
            _refuse(f"Fault.random(rate={_given(self.rate)})", "give the share of calls, from 0 to 1")
        if not self.kinds:
            _refuse("Fault.random(kinds=())", "give at least one kind")

    def on(self, number: int) -> Fault | None:
        """The fault that strikes the call with this number, or None."""
        random = Random(f"{self.seed}/{number}")  # noqa: S311  # it has to be the same every time
        if random.random() >= self.rate:
            return None
        return self.kinds[int(random.random() * len(self.kinds))]


def faults_on(faults: Iterable[Fault | RandomFaults], number: int) -> tuple[Fault, ...]:
    """The faults that strike the call with this number: the first that is not standing, and all that are."""
    struck = [fault for one in faults if (fault := one.on(number)) is not None]
    others = [fault for fault in struck if fault.kind not in STANDING]
    return (*others[:1], *(fault for fault in struck if fault.kind in STANDING))


def of_kind(struck: Iterable[Fault], *kinds: Kind) -> Fault | None:
    """The first of the faults with one of the kinds."""
    return next((fault for fault in struck if fault.kind in kinds), None)


# Faults that act before the request is checked


def at_once(struck: Iterable[Fault], environ: Environ) -> Answer | None:
    """The answer of a fault that is the same for any request, or Refused; None if there is no such fault."""
    return next((_AT_ONCE[fault.kind](fault, environ) for fault in struck if fault.kind in _AT_ONCE), None)


def _rate_limit(fault: Fault, _: Environ) -> Answer:
    headers = () if fault.retry_after is None else (("Retry-After", str(fault.retry_after)),)
    raise Refused("rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.", headers=headers)


def _daily_quota(fault: Fault, _: Environ) -> Answer:
    message = "The daily quota limit was exceeded. Please try again after 00:00 UTC."
    raise Refused("daily_quota_limit_exceeded", message, fault.status or 429)


def _internal_error(fault: Fault, _: Environ) -> Answer:
    raise Refused("internal_error", _SOMETHING_IS_WRONG, fault.status or _STATUSES[fault.kind][0])


_SOMETHING_IS_WRONG: Final = "Something is wrong. Please try again later."


def _html(_: Fault, __: Environ) -> Answer:
    page = b"<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>Gateway Time-out</body>\r\n</html>\r\n"
    return whole(page, "text/html", 504)


def _not_json(_: Fault, __: Environ) -> Answer:
    return whole(b'{"data": upstream connect error or disconnect', "application/json")


def _hung(_: Fault, environ: Environ) -> Answer:
    pause(environ, None)
    raise ConnectionAbortedError("the server closes")


_AT_ONCE: Final[dict[str, Callable[[Fault, Environ], Answer]]] = {
    "rate-limit": _rate_limit, "daily-quota": _daily_quota, "server-error": _internal_error,
    "internal-error": _internal_error, "html": _html, "not-json": _not_json, "hung": _hung,
}  # fmt: skip


# Standing faults: on requests, and on the videos that a search finds


def refuse(struck: Iterable[Fault], fields: Iterable[str], body: dict[str, Any]) -> None:
    """Refuse a request if a standing fault applies."""
    for fault in struck:
        if fault.kind == "refused-field" and (name := fault.field or "favourites_count") in fields:
            raise Refused("invalid_params", f"Invalid field: {name}")
        if fault.kind == "failing-days" and fault.first is not None:
            last = fault.last or fault.first
            if day(body["start_date"]) <= last and fault.first <= day(body["end_date"]):
                raise Refused("internal_error", _SOMETHING_IS_WRONG)


def found_by(struck: Iterable[Fault], found: Iterable[Video], now: datetime) -> list[Video | None]:
    """The videos that are old enough to be found."""
    late = of_kind(struck, "found-late")
    newest = math.inf if late is None else (now - timedelta(hours=late.hours or 48)).timestamp()
    return [video for video in found if video["create_time"] <= newest]


# Faults that act on a page, or on an answer

#: The kinds that change the pages of a search permanently: it gets another id, and so does the next search.
LASTING: Final[tuple[Kind, ...]] = ("short", "empty", "repeated")


def page(struck: Iterable[Fault], search: Search, cursor: int, count: int) -> Page:
    """A page of a search, after a fault has changed the page or the search."""
    kinds = {fault.kind for fault in struck}
    if "short" in kinds:
        kept = (len(search.page(cursor, count).videos) + 1) // 2
        search.insert_missing(cursor + kept, count - kept)
    elif "empty" in kinds:
        search.insert_missing(cursor, count)
    elif "repeated" in kinds:
        search.insert_repeated(cursor, count // 2)
    found = search.page(cursor, count)
    return attrs.evolve(found, has_more=True) if "empty" in kinds else found


def cut(answer: Answer) -> Answer:
    """The first half of an answer, with the Content-Length of the whole answer."""
    content = b"".join(answer.body)
    return attrs.evolve(answer, body=(content[: len(content) // 2],))
