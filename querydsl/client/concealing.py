"""Keeping secrets out of a traceback that is printed with the local variables of its frames."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")


@attrs.frozen(repr=False)
class Concealed(Generic[T]):
    """A value that no text shows.

    >>> Concealed("s3cret")
    Concealed(…)
    """

    value: T

    def __repr__(self) -> str:
        return "Concealed(…)"


def out_of_sight(act: Callable[[], T]) -> T:
    """What `act` returns. What it raises has lost the frames of `act`, for their variables hold secrets.

    So have its causes, but not what the caller is handling already.

    >>> import traceback
    >>> def fail():
    ...     secret = "s3cret"
    ...     raise OSError("no luck")
    >>> try:
    ...     out_of_sight(fail)
    ... except OSError as failure:
    ...     print([frame.name for frame in traceback.extract_tb(failure.__traceback__)][1:])
    ['out_of_sight']
    """
    handled = sys.exc_info()[1]
    try:
        return act()
    except BaseException as failure:
        _forget_frames(failure, handled)
        raise failure.with_traceback(None)  # noqa: B904  # it is the same exception


def _forget_frames(failure: BaseException, handled: BaseException | None) -> None:
    """Take the traceback from an exception and from all that led to it, up to what was handled before.

    What no traceback shows, for it was suppressed, is forgotten: a text of the server may be in it.
    """
    found: list[BaseException | None] = [failure]
    seen = {id(None), id(handled)}
    while found:
        one = found.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            if one.__suppress_context__:
                one.__context__ = None
            found += [one.__cause__, one.__context__]
