"""Whether to keep a video that the API has returned: the API matches approximately, and a wider query finds more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import QueryDSLError
from ..language.expressions import Expression
from .predicate import matcher


def predicate_of(expression: Expression) -> Callable[[Any], bool]:
    """A predicate for returned videos. If it cannot decide, it is true: the API has found the video.

    >>> from querydsl import Region
    >>> holds = predicate_of(Region == "US")
    >>> holds({"region_code": "US"}), holds({"region_code": "JP"}), holds({})
    (True, False, True)
    """
    holds = matcher(expression)

    def predicate(received: Any) -> bool:
        try:
            return holds(received)
        except QueryDSLError:
            return True

    return predicate
