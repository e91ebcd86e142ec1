"""Keeps secrets out of tracebacks that show the local variables of their frames.

Until the last call, a secret is a `Concealed` value, or text and bytes whose `repr` hides them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar

T = TypeVar("T")


class Concealed(Generic[T]):
    """A value that no text shows and nothing copies: it is not an attrs class, has no `vars`, and cannot be pickled.

    >>> Concealed("s3cret")
    Concealed(…)
    """

    __slots__ = ("_get",)

    def __init__(self, value: T) -> None:
        self._get: Callable[[], T] = lambda: value

    @property
    def value(self) -> T:
        """The value itself."""
        return self._get()

    def __repr__(self) -> str:
        return "Concealed(…)"

    def __eq__(self, other: object) -> bool:
        return self.value == other.value if isinstance(other, Concealed) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.value)

    def __copy__(self) -> Concealed[T]:
        return self

    def __deepcopy__(self, _: object) -> Concealed[T]:
        return self

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise _no_pickle()


def _no_pickle() -> TypeError:
    return TypeError("a secret is not pickled: give each process its own, from the environment")


class HiddenText(str):
    """A text that libraries can send; its `repr`, and that of its parts, hides it.

    >>> {"Authorization": HiddenText("Bearer s3cret")}
    {'Authorization': '…'}
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'…'"

    def __getitem__(self, at: Any) -> HiddenText:
        return HiddenText(super().__getitem__(at))  # programs that shorten long values show their beginning

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> HiddenBytes:
        """The bytes, hidden too."""
        return HiddenBytes(super().encode(encoding, errors))

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise _no_pickle()


class HiddenBytes(bytes):
    """Bytes with the same protection.

    >>> HiddenBytes(b"client_secret=s3cret")
    b'…'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'…'"

    def __getitem__(self, at: Any) -> Any:
        part = super().__getitem__(at)
        return HiddenBytes(part) if isinstance(part, bytes) else part

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise _no_pickle()


def out_of_sight(act: Callable[[], T]) -> T:
    """Call `act`. If it raises, the frames of `act` are removed from the traceback, since their variables have secrets.

    The same holds for the causes of the error, except for errors that the caller is already handling.

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
    """Remove the traceback from an exception and from its causes, up to those that were being handled before.

    Suppressed causes, which no traceback shows, are removed: they may have a text of the server.
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
