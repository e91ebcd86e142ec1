"""An expression -> its *rest* on each day: what is left once its own conditions on create_date are decided.

So the queries of a day depend on the expression alone, never on the other days asked for. The work grows with the
number of changes from day to day, not with the number of days.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import attrs

from ..compiler.constraints import bounds, listing
from ..compiler.queries import compiled, matches_everything, refuse_constant
from ..language.expressions import And, Condition, Expression, Group, Not, Or
from ..language.walks import folded
from ..requests.query import Query
from ..spec.value_sets import Spans, complement, meet, spans, value_set
from ..spec.values import DAYS
from ..tables import FIELDS, MAX_DAYS_APART

#: The rest of an expression on a day: True means every video of that day, False means none.
Rest = Expression | bool

#: The queries of a rest, or a constant.
Means = tuple[Query, ...] | bool

#: Rests by the ordinal of their first day, in order; each is valid until the next one. They cover the whole calendar.
_Changes = list[tuple[int, Rest]]


def rests(expression: Expression) -> dict[Rest, Spans]:
    """All rests of an expression, each with its days of the whole calendar.

    >>> from querydsl import CreateDate, Hashtag
    >>> for rest in rests((Hashtag == "cat") & (CreateDate >= "20230101")):
    ...     print(rest)
    False
    Hashtag == 'cat'
    """
    changes = _changes(expression)
    found: dict[Rest, list[tuple[int, int]]] = {}
    known: dict[int, list[tuple[int, int]]] = {}  # compared by identity: a hash would walk through the expression
    for (first, rest), (after, _) in zip(changes, [*changes[1:], (DAYS.most + 1, False)], strict=True):
        if id(rest) not in known:
            known[id(rest)] = found.setdefault(rest, [])
        known[id(rest)].append((first, after - 1))
    return {rest: spans(pairs) for rest, pairs in found.items()}


def _changes(expression: Expression) -> _Changes:
    return folded(expression, _parts_of, _of_parts)


def _parts_of(node: Expression) -> Sequence[Expression]:
    return node.terms if isinstance(node, Group) else [node.term] if isinstance(node, Not) else ()


def _of_parts(node: Expression, parts: list[_Changes]) -> _Changes:
    if isinstance(node, Condition):
        return _of_condition(node)
    if isinstance(node, Not):
        return [(first, not rest if isinstance(rest, bool) else ~rest) for first, rest in parts[0]]
    return _of_group(And if isinstance(node, And) else Or, parts)


def _of_condition(condition: Condition) -> _Changes:
    if condition.field_name != "create_date":
        return [(DAYS.least, condition)]
    allowed = value_set(FIELDS["create_date"], condition.operation, condition.field_values)
    assert isinstance(allowed, Spans)
    found: _Changes = [] if allowed.spans and allowed.spans[0][0] == DAYS.least else [(DAYS.least, False)]
    for first, last in allowed.spans:
        found += [(first, True), (last + 1, False)]
    return found if found[-1][0] <= DAYS.most else found[:-1]


def _of_group(kind: type[And | Or], parts: Sequence[_Changes]) -> _Changes:
    """The rests of a group from those of its parts. A part that never changes is visited once for each combination.

    Where the other parts have no effect, the changes of the longest part are copied without looking at them. So deeply
    nested groups cost little more than the changes that each of them adds.
    """
    decisive = kind is Or  # what one part can decide for the whole: "or" becomes true, "and" becomes false
    fixed = {n: changes[0][1] for n, changes in enumerate(parts) if len(changes) == 1}
    if decisive in fixed.values():
        return [(DAYS.least, decisive)]
    kept = {n: rest for n, rest in fixed.items() if not isinstance(rest, bool)}
    whole = _cached(lambda varying: _together(kind, {**kept, **varying}))
    moving = {n: changes for n, changes in enumerate(parts) if n not in fixed}
    if not moving:
        return [(DAYS.least, whole({}))]
    most = max(moving, key=lambda n: len(moving[n]))
    longest = moving.pop(most)
    found: _Changes = []
    for first, after, terms in _pieces(moving, decisive):
        if terms is None:
            piece: _Changes = [(first, decisive)]
        else:
            piece = _between(longest, first, after)
            if terms or kept:
                piece = [
                    (begin, rest)
                    if rest is decisive
                    else (begin, whole(terms if isinstance(rest, bool) else {**terms, most: rest}))
                    for begin, rest in piece
                ]
        found += piece[1:] if found and piece[0][1] is found[-1][1] else piece
    return found


def _pieces(parts: Mapping[int, _Changes], decisive: bool) -> Iterator[tuple[int, int, dict[int, Expression] | None]]:
    """Spans of days without a change, each with its end and the rests of the parts; None if one decides the whole."""
    moves = ((first, n, rest) for n, changes in parts.items() for first, rest in changes)
    by_day = [(day, [*moved]) for day, moved in groupby(sorted(moves, key=itemgetter(0, 1)), itemgetter(0))]
    by_day = by_day or [(DAYS.least, [])]
    deciding: set[int] = set()
    terms: dict[int, Expression] = {}
    for (first, moved), (after, _) in zip(by_day, [*by_day[1:], (DAYS.most + 1, [])], strict=True):
        for _, n, rest in moved:
            terms.pop(n, None)
            deciding.discard(n)
            if not isinstance(rest, bool):
                terms[n] = rest
            elif rest is decisive:
                deciding.add(n)
        yield first, after, None if deciding else terms


def _between(changes: _Changes, first: int, after: int) -> _Changes:
    """The changes within a span of days, starting with the rest of its first day."""
    begin = bisect_right(changes, first, key=itemgetter(0))
    end = bisect_left(changes, after, lo=begin, key=itemgetter(0))
    return [(first, changes[begin - 1][1]), *changes[begin:end]]


def _together(kind: type[And | Or], terms: dict[int, Expression]) -> Rest:
    if not terms:
        return kind is And
    return kind(tuple(terms[n] for n in sorted(terms))) if len(terms) > 1 else next(iter(terms.values()))


def _cached(make: Callable[[dict[int, Expression]], Rest]) -> Callable[[dict[int, Expression]], Rest]:
    """The same object for the same terms. Terms are compared by identity, which needs no walk."""
    made: dict[tuple[tuple[int, int], ...], Rest] = {}

    def cached(terms: dict[int, Expression]) -> Rest:
        key = tuple(sorted((n, id(term)) for n, term in terms.items()))
        if key not in made:
            made[key] = make(terms)
        return made[key]

    return cached


# Queries


#: The same for two queries that ask for the same: their lists as sets of conditions, of sets of values.
_Key = tuple[frozenset[tuple[str, str, frozenset[str]]], ...]


@attrs.frozen
class Stretch:
    """Days with the same rest, and the queries that ask for it."""

    #: The first of several rests that mean the same.
    rest: Rest
    #: Each query with its days: those asked for.
    queries: tuple[tuple[Query, Spans], ...]


def stretches(
    expression: Expression, asked: Spans, limit: int, ask: Callable[[Expression, int], Means] = compiled
) -> list[Stretch]:
    """The rests of the expression on the days asked for, with their queries; empty if nothing is left.

    `ask` gives the queries of a rest: `compiled`, or `wider`. Rests with the same queries are merged. Raises
    NeedsSeveralQueries if a day takes more queries than the limit, and ValidationError if the expression matches every
    video of every day, or none at all.
    """
    found = []
    for one in _meanings(expression, asked, limit, ask):
        days = _all(one.parts)
        if isinstance(one.means, bool) and days.is_full:
            refuse_constant(expression, one.means)
        if isinstance(one.means, bool):
            shares = _of_all_videos(days) if one.means else []
        else:
            shares = [(query, days) for query in one.means]
        clipped = ((query, meet([of_query, asked])) for query, of_query in shares)
        held = tuple((query, left) for query, left in clipped if isinstance(left, Spans) and not left.is_empty)
        if held:
            found.append(Stretch(one.rest, held))
    return found


class _Meaning(NamedTuple):
    """Rests that mean the same: the first one, its queries or a constant, and the days of each."""

    rest: Rest
    means: Means
    parts: list[Spans]


def _meanings(
    expression: Expression, asked: Spans, limit: int, ask: Callable[[Expression, int], Means]
) -> Iterable[_Meaning]:
    """Group the rests of the days asked for by meaning; "every video" and "none" come with all days of the calendar.

    A query for every video is a condition on its days, and must not depend on the days asked for. So if one is asked,
    the rests of all other days are needed too.
    """
    left = rests(expression)
    found: dict[bool | frozenset[_Key], _Meaning] = {}
    others = []
    for rest, days in left.items():
        if not isinstance(rest, bool) and not days.overlaps(asked):
            others.append((rest, days))
            continue
        means = rest if isinstance(rest, bool) else ask(rest, limit)
        key = means if isinstance(means, bool) else frozenset(map(_key, means))
        found.setdefault(key, _Meaning(rest, means, [])).parts.append(days)
    if True in found and any(days.overlaps(asked) for days in found[True].parts):
        found[True].parts.extend(days for rest, days in others if matches_everything(rest, limit))
    return found.values()


def _key(query: Query) -> _Key:
    return tuple(
        frozenset(
            (one.field_name, "IN" if one.operation == "EQ" else one.operation, frozenset(one.field_values))
            for one in conditions
        )
        for conditions in (query.and_, query.or_, query.not_)
    )


def _all(parts: Sequence[Spans]) -> Spans:
    return parts[0] if len(parts) == 1 else spans(pair for part in parts for pair in part.spans)


def _of_all_videos(days: Spans) -> list[tuple[Query, Spans]]:
    """Queries for every video of some days, each with its days: a condition on create_date that covers them.

    They do not depend on other days. If the days start and end the calendar, the query leaves out the longest gap. A
    gap that is longer than a window splits the query.
    """
    if not days.hull().is_full:
        return [(Query(bounds("create_date", days.hull())), days)]
    gaps = complement(days)
    assert isinstance(gaps, Spans)
    first, last = max(gaps.spans, key=lambda gap: gap[1] - gap[0])
    gap = days.only((first, last))
    if last - first + 1 < MAX_DAYS_APART:
        return [(Query(not_=[listing("create_date", gap.texts())]), days)]
    sides = (days.only((DAYS.least, first - 1)), days.only((last + 1, DAYS.most)))
    return [(Query(bounds("create_date", side)), _within(days, side)) for side in sides]


def _within(days: Spans, side: Spans) -> Spans:
    left = meet([days, side])
    assert isinstance(left, Spans)
    return left


def by_query(found: Iterable[Stretch]) -> list[tuple[Query, Spans]]:
    """The queries in the order of their first days, each with all of its days."""
    days: dict[_Key, tuple[Query, list[tuple[int, int]]]] = {}
    for stretch in found:
        for query, of_query in stretch.queries:
            days.setdefault(_key(query), (query, []))[1].extend(of_query.spans)
    merged = [(query, spans(pairs)) for query, pairs in days.values()]
    return sorted(merged, key=lambda one: one[1].spans[0][0])
