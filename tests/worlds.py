"""A second, deliberately simple implementation of expressions and queries, and every video that conditions can tell
apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import chain, combinations, product

from querydsl import Condition, Expression, Query
from querydsl.language.expressions import And, Not, Or, conditions

SECONDS = {"SHORT": 5, "MID": 30, "LONG": 100, "EXTRA_LONG": 400}


def holds(expression: Expression, video: dict[str, object]) -> bool:
    """Whether an expression holds for a video, evaluated directly."""
    if isinstance(expression, Condition):
        return any(
            meets(expression.field_name, expression.operation, value, video) for value in expression.field_values
        )
    if isinstance(expression, Not):
        return not holds(expression.term, video)
    if isinstance(expression, And):
        return all(holds(term, video) for term in expression.terms)
    assert isinstance(expression, Or)
    return any(holds(term, video) for term in expression.terms)


def selects(query: Query, video: dict[str, object]) -> bool:
    """Whether a query selects a video: all of `and`, at least one of `or` (unless it is empty), none of `not`."""
    return (
        all(holds(condition, video) for condition in query.and_)
        and (not query.or_ or any(holds(condition, video) for condition in query.or_))
        and not any(holds(condition, video) for condition in query.not_)
    )


def meets(field: str, operation: str, value: str, video: dict[str, object]) -> bool:
    if field == "create_date":
        day = datetime.fromtimestamp(video["create_time"], timezone.utc).strftime("%Y%m%d")  # type: ignore[arg-type]
        return {
            "EQ": day == value, "IN": day == value, "GT": day > value, "GTE": day >= value, "LT": day < value,
            "LTE": day <= value,
        }[operation]  # fmt: skip
    if field in ("view_count", "comment_count"):
        count, number = video[field], int(value)
        assert isinstance(count, int)
        return {
            "EQ": count == number, "IN": count == number, "GT": count > number, "GTE": count >= number,
            "LT": count < number, "LTE": count <= number,
        }[operation]  # fmt: skip
    if field == "video_length":
        seconds = video["video_duration"]
        assert isinstance(seconds, int)
        return value == (
            "SHORT" if seconds < 15 else "MID" if seconds <= 60 else "LONG" if seconds <= 300 else "EXTRA_LONG"
        )
    if field == "hashtag_name":
        return small(value) in video["hashtag_names"]  # type: ignore[operator]
    if field == "keyword":
        description = small(str(video["video_description"]))
        return small(value).replace("ς", "σ") in description.replace("ς", "σ")
    if field == "effect_id":
        return value in video["effect_ids"]  # type: ignore[operator]
    return value == str(video["id" if field == "video_id" else field])


def small(text: str) -> str:
    """A text in lower case, character by character: if the lower case has two characters, the first one is used."""
    return "".join(character.lower()[0] for character in text)


def distinguishable(*expressions: Expression) -> Iterator[dict[str, object]]:
    """Every video that the conditions can tell apart, and some that they cannot."""
    named: dict[str, set[str]] = {}
    for condition in chain.from_iterable(map(conditions, expressions)):
        named.setdefault(condition.field_name, set()).update(condition.field_values)
    choices = [list(_choices(field, sorted(values))) for field, values in named.items()]
    for parts in product(*choices):
        yield dict(chain.from_iterable(part.items() for part in parts))


def _choices(field: str, values: list[str]) -> Iterator[dict[str, object]]:  # noqa: PLR0912  # a case a field
    if field == "create_date":
        named = [datetime.strptime(value, "%Y%m%d").replace(tzinfo=timezone.utc) for value in values]
        days = {day + timedelta(shift) for day in named for shift in (-1, 0, 1)}
        for day in sorted(days):
            yield {"create_time": int(day.timestamp()) + 3600}
    elif field in ("view_count", "comment_count"):
        for number in sorted({int(value) + shift for value in values for shift in (-1, 0, 1)} | {0}):
            if number >= 0:
                yield {field: number}
    elif field == "video_length":
        for seconds in SECONDS.values():
            yield {"video_duration": seconds}
    elif field == "hashtag_name":
        for some in _subsets(values):
            yield {"hashtag_names": [small(value) for value in some]}
    elif field == "effect_id":
        for some in _subsets(values):
            yield {"effect_ids": list(some)}
    elif field == "keyword":
        for some in _subsets(values):
            yield {"video_description": " ".join(some)}
    elif field == "region_code":
        yield from (
            {"region_code": value}
            for value in [
                *values,
                next(c for c in ("US", "FR", "JP", "BR", "DE", "IT", "ES", "PL", "SE") if c not in values),
            ]
        )
    else:
        key = "id" if field == "video_id" else field
        others = ["other"] if field == "username" else ["987654321"]
        yield from ({key: value if field == "username" else int(value)} for value in [*values, *others])


def _subsets(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    given = list(values)
    return chain.from_iterable(combinations(given, size) for size in range(len(given) + 1))
