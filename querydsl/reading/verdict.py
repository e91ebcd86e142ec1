"""Whether an expression holds for a video as it came: the API matches approximately."""

from __future__ import annotations

from typing import Any

from ..errors import QueryDSLError
from ..language.expressions import Expression
from ..matching.predicate import matcher
from ..storage.counts import Predicate


def predicate_of(expression: Expression) -> Predicate:
    """Whether an expression holds for a video; where that cannot be told, it does: the API has found the video.

    >>> from querydsl import Region
    >>> holds = predicate_of(Region == "US")
    >>> holds({"region_code": "US"}), holds({"region_code": "JP"}), holds({})
    (True, False, True)
    """
    holds = matcher(expression)

    def predicate(received: dict[str, Any]) -> bool:
        try:
            return holds(received)
        except QueryDSLError:
            return True

    return predicate
