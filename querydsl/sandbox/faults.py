"""Faults: what goes wrong, on which of the calls that an app receives, and what that does to the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from random import Random
from typing import Any, Final, Literal, NoReturn, get_args

import attrs

from ..errors import Problem, ValidationError
from ..showing import shown
from .responses import Answer, Environ, Refused, pause, whole
from .searches import Page, Search

Kind = Literal[
    "rate-limit", "server-error", "html", "not-json", "cut", "hung", "expired-token", "expired-search", "slow-search",
    "slow-cursor", "short", "empty", "repeated",
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

#: The kinds that cost a client with any token no video, whichever call they strike.
RECOVERABLE: Final[tuple[Kind, ...]] = (
    "server-error", "html", "not-json", "cut", "expired-search", "slow-search", "slow-cursor", "short", "empty",
    "repeated",
)  # fmt: skip


def _refuse(call: str, message: str) -> NoReturn:
    raise ValidationError([Problem("error", "range", "", message)], call)


def _given(value: object) -> str:
    """A value as it stands in a call."""
    return repr(value) if value is None or isinstance(value, bool) else shown(value)


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


@attrs.frozen
class Fault:
    """Something that goes wrong on some of the calls for videos that an app receives, which are numbered from 1.

    It strikes `times` calls, beginning with the number `at` (None: all from there), and again every `every` calls.
    `status` is for "server-error" (500 to 599); `retry_after`, in seconds, for "rate-limit". Raises ValidationError for
    values that make no sense.

    >>> third_and_fourth = Fault("server-error", at=3, times=2)
    >>> [number for number in range(1, 10) if third_and_fourth.on(number)]
    [3, 4]
    >>> [number for number in range(1, 10) if Fault("html", at=2, every=3).on(number)]
    [2, 5, 8]
    """

    kind: Kind = attrs.field(validator=_kind)
    at: int = attrs.field(default=1, validator=_whole_number(1), kw_only=True)
    times: int | None = attrs.field(default=1, validator=_whole_number(1, optional=True), kw_only=True)
    every: int | None = attrs.field(default=None, validator=_whole_number(1, optional=True), kw_only=True)
    status: int | None = attrs.field(default=None, validator=_whole_number(500, optional=True), kw_only=True)
    retry_after: int | None = attrs.field(default=None, validator=_whole_number(0, optional=True), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.every is not None and (self.times is None or self.times > self.every):
            fault = f"Fault({self.kind!r}, times={self.times}, every={self.every})"
            _refuse(fault, "it would strike all calls; leave every out and give times=None")
        for name, kind in (("status", "server-error"), ("retry_after", "rate-limit")):
            value = getattr(self, name)
            if value is not None and self.kind != kind:
                _refuse(f"Fault({self.kind!r}, {name}={value})", f"only {kind!r} has a {name}; leave it out")
        if self.status is not None and self.status > 599:
            _refuse(f"Fault({self.kind!r}, status={self.status})", "give a status from 500 to 599")

    def on(self, number: int) -> Fault | None:
        """The fault, if it strikes the call with that number; otherwise None."""
        after = number - self.at
        if after >= 0 and self.every is not None:
            after %= self.every
        return self if after >= 0 and (self.times is None or after < self.times) else None

    @staticmethod
    def random(
        seed: int, rate: float = 0.1, kinds: Kind | Fault | Iterable[Kind | Fault] = RECOVERABLE
    ) -> RandomFaults:
        """Faults that strike at random, the same calls for the same seed; `rate` is the share of calls, from 0 to 1.

        A kind may be given as a Fault, for its `status` or `retry_after`; its `at`, `times` and `every` do not count.

        >>> faults = Fault.random(seed=1, rate=0.2)
        >>> [(number, fault.kind) for number in range(1, 12) if (fault := faults.on(number))]
        [(2, 'empty'), (5, 'repeated')]
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
    """What `Fault.random` gives."""

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
        """The fault that strikes the call with that number, or None."""
        random = Random(f"{self.seed}/{number}")  # noqa: S311  # it has to be the same every time
        if random.random() >= self.rate:
            return None
        return self.kinds[int(random.random() * len(self.kinds))]


def first_on(faults: Iterable[Fault | RandomFaults], number: int) -> Fault | None:
    """The first of the faults that strikes the call with that number."""
    return next(filter(None, (fault.on(number) for fault in faults)), None)


# What a fault does before the request is looked at


def at_once(fault: Fault, environ: Environ) -> Answer | None:
    """The answer of a fault that answers any request alike, which may be Refused; None for other kinds."""
    answer = _AT_ONCE.get(fault.kind)
    return None if answer is None else answer(fault, environ)


def _rate_limit(fault: Fault, _: Environ) -> Answer:
    headers = () if fault.retry_after is None else (("Retry-After", str(fault.retry_after)),)
    raise Refused("rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.", headers=headers)


def _server_error(fault: Fault, _: Environ) -> Answer:
    raise Refused("internal_error", "Something is wrong. Please try again later.", status=fault.status)


def _html(_: Fault, __: Environ) -> Answer:
    page = b"<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>Gateway Time-out</body>\r\n</html>\r\n"
    return whole(page, "text/html", 504)


def _not_json(_: Fault, __: Environ) -> Answer:
    return whole(b'{"data": upstream connect error or disconnect', "application/json")


def _hung(_: Fault, environ: Environ) -> Answer:
    pause(environ, None)
    raise ConnectionAbortedError("the server closes")


_AT_ONCE: Final[dict[str, Callable[[Fault, Environ], Answer]]] = {
    "rate-limit": _rate_limit,
    "server-error": _server_error,
    "html": _html,
    "not-json": _not_json,
    "hung": _hung,
}


# What a fault does to a page, and to an answer

#: The kinds that change the pages of a search for good: the next search gets another id.
LASTING: Final = ("short", "empty", "repeated")


def page(fault: Fault | None, search: Search, cursor: int, count: int) -> Page:
    """A page of a search, after the fault has changed the page or the search."""
    kind = None if fault is None else fault.kind
    if kind == "short":
        kept = (len(search.page(cursor, count).videos) + 1) // 2
        search.insert_missing(cursor + kept, count - kept)
    elif kind == "empty":
        search.insert_missing(cursor, count)
    elif kind == "repeated":
        search.insert_repeated(cursor, count // 2)
    found = search.page(cursor, count)
    return attrs.evolve(found, has_more=True) if kind == "empty" else found


def cut(answer: Answer) -> Answer:
    """The first half of an answer, under the Content-Length of the whole."""
    content = b"".join(answer.body)
    return attrs.evolve(answer, body=(content[: len(content) // 2],))
