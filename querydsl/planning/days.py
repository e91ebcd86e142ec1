"""An expression -> what is left of it on each day, once its own conditions on create_date are decided.

So the queries of a day depend on the expression alone, never on which other days are asked for. The work grows with the
stretches of days between which something changes, not with the days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import itemgetter

import attrs

from ..compiler.constraints import bounds, listing
from ..compiler.queries import compiled, refuse_constant
from ..language.expressions import And, Condition, Expression, Or, prefix
from ..requests.query import Query
from ..spec.value_sets import Spans, complement, meet, spans, value_set
from ..spec.values import DAYS
from ..tables import FIELDS, MAX_DAYS_APART

#: What an expression leaves on a day: True where it means every video of that day, False where it means none.
Rest = Expression | bool

#: What is left from a day on, until the next: by ordinal, in order, from the first day of the calendar.
_Changes = list[tuple[int, Rest]]


def rests(expression: Expression) -> dict[Rest, Spans]:
    """All that an expression leaves, each with its days of the whole calendar.

    >>> from querydsl import CreateDate, Hashtag
    >>> for rest in rests((Hashtag == "cat") & (CreateDate >= "20230101")):
    ...     print(rest)
    False
    Hashtag == 'cat'
    """
    changes = _changes(expression)
    found: dict[Rest, list[tuple[int, int]]] = {}
    known: dict[int, list[tuple[int, int]]] = {}  # by identity: to hash an expression is to walk through it
    for (first, rest), (after, _) in zip(changes, [*changes[1:], (DAYS.most + 1, False)], strict=True):
        if id(rest) not in known:
            known[id(rest)] = found.setdefault(rest, [])
        known[id(rest)].append((first, after - 1))
    return {rest: spans(pairs) for rest, pairs in found.items()}


def _changes(expression: Expression) -> _Changes:
    built: list[_Changes] = []
    for token in reversed(prefix(expression)):
        if isinstance(token, Condition):
            built.append(_of_condition(token))
            continue
        symbol, count = token
        parts = built[: -count - 1 : -1]
        del built[-count:]
        if symbol == "~":
            built.append([(first, not rest if isinstance(rest, bool) else ~rest) for first, rest in parts[0]])
        else:
            built.append(_of_group(And if symbol == "&" else Or, parts))
    [found] = built
    return found


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
    """What the parts leave together. A part that never changes is looked at once for each thing that they leave."""
    decisive = kind is Or  # what one part makes of the whole: "or" becomes true, "and" becomes false
    fixed = {n: changes[0][1] for n, changes in enumerate(parts) if len(changes) == 1}
    if decisive in fixed.values():
        return [(DAYS.least, decisive)]
    kept = {n: rest for n, rest in fixed.items() if not isinstance(rest, bool)}
    whole = _cached(lambda varying: _together(kind, {**kept, **varying}))
    moves = sorted(
        ((first, n, rest) for n, changes in enumerate(parts) if n not in fixed for first, rest in changes),
        key=itemgetter(0, 1),
    )
    deciding: set[int] = set()
    varying: dict[int, Expression] = {}
    found: _Changes = [] if moves else [(DAYS.least, whole({}))]
    for first, moved in groupby(moves, itemgetter(0)):
        for _, n, rest in moved:
            varying.pop(n, None)
            deciding.discard(n)
            if not isinstance(rest, bool):
                varying[n] = rest
            elif rest is decisive:
                deciding.add(n)
        now = decisive if deciding else whole(varying)
        if not found or now is not found[-1][1]:
            found.append((first, now))
    return found


def _together(kind: type[And | Or], terms: dict[int, Expression]) -> Rest:
    if not terms:
        return kind is And
    return kind(tuple(terms[n] for n in sorted(terms))) if len(terms) > 1 else next(iter(terms.values()))


def _cached(make: Callable[[dict[int, Expression]], Rest]) -> Callable[[dict[int, Expression]], Rest]:
    """The same object for the same terms: they are told apart by identity, which costs no walk."""
    made: dict[tuple[tuple[int, int], ...], Rest] = {}

    def cached(terms: dict[int, Expression]) -> Rest:
        key = tuple(sorted((n, id(term)) for n, term in terms.items()))
        if key not in made:
            made[key] = make(terms)
        return made[key]

    return cached


# Queries


@attrs.frozen
class Stretch:
    """Days that leave the same of an expression, and the queries that ask for it."""

    rest: Rest
    #: Each with its days: those asked for.
    queries: tuple[tuple[Query, Spans], ...]


def stretches(expression: Expression, asked: Spans, limit: int) -> list[Stretch]:
    """What is left of an expression on the days asked for, with its queries; nothing left: nothing.

    Raises NeedsSeveralQueries if a day takes more queries than the limit, and ValidationError for an expression that
    nothing, or everything, matches on any day.
    """
    found = []
    for rest, days in rests(expression).items():
        queries = rest if isinstance(rest, bool) else compiled(rest, limit) if days.overlaps(asked) else ()
        if isinstance(queries, bool):
            if days.is_full:
                refuse_constant(expression, queries)
            shares = _of_all_videos(days) if queries else []
        else:
            shares = [(query, days) for query in queries]
        clipped = ((query, meet([of_query, asked])) for query, of_query in shares)
        held = tuple((query, left) for query, left in clipped if isinstance(left, Spans) and not left.is_empty)
        if held:
            found.append(Stretch(rest, held))
    return found


def _of_all_videos(days: Spans) -> list[tuple[Query, Spans]]:
    """Queries for every video of some days, each with its days: a condition on create_date that covers them.

    It depends on no other days. Where the days begin and end the calendar, it leaves out the longest gap; a gap that no
    window spans parts them.
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
    """The queries in the order of their first days, each with all days on which it is asked."""
    days: dict[Query, list[tuple[int, int]]] = {}
    for stretch in found:
        for query, of_query in stretch.queries:
            days.setdefault(query, []).extend(of_query.spans)
    merged = [(query, spans(pairs)) for query, pairs in days.items()]
    return sorted(merged, key=lambda one: one[1].spans[0][0])
