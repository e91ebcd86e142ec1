"""Expression -> one query that every video of the expression meets. It finds more videos, and may take far fewer calls.

*Facts* follow from an expression: constraints that hold for each of its videos, and clauses, of which at least one
constraint holds. S, T and U are constraints on one field; c and d are on any field:

    (S & c) & (T & d)    implies    S & T, c, d
    (S & c) | (T & d)    implies    S | T, and the clause c | d
    S | T                implies    any of S + T; none of S common to T

Parts that all alternatives of an "or" share stay as they are. A query has room for all constraints and one clause.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ..compiler.constraints import Constraint, conjoined, constraint, disjoined, fits_and, fits_or, implies
from ..compiler.queries import compiled, order_of, query_of
from ..compiler.terms import Term
from ..errors import NeedsSeveralQueries
from ..language.expressions import Condition, Expression
from ..language.negation import negation_normal_form
from ..requests.query import Query
from ..spec.value_sets import Spans
from ..tables import FIELDS

#: Constraints of which at least one must hold.
_Clause = tuple[Constraint, ...]


class _Facts(NamedTuple):
    """What holds for each video of an expression: the constraints, and at least one constraint of each clause."""

    constraints: tuple[Constraint, ...] = ()
    clauses: tuple[_Clause, ...] = ()


#: How many clauses of an "and" are kept; a query has room for one.
_CLAUSES: Final = 8


def wider(expression: Expression, limit: int) -> tuple[Query, ...] | bool:
    """The expression's own queries if it takes one, or a constant, as `compiled` gives them; otherwise one wider query.

    If no usable query follows from the expression, the result is its own queries. Raises NeedsSeveralQueries if these
    are more than the limit.

    >>> from querydsl import Hashtag, Username
    >>> accounts = ((Username == "ann") & (Hashtag == "a")) | ((Username == "bob") & (Hashtag == "b"))
    >>> wider(accounts, 100)
    (Query(and_=(Username.in_('ann', 'bob'), Hashtag.in_('a', 'b')), or_=(), not_=()),)
    """
    try:
        exact = compiled(expression, limit)
    except NeedsSeveralQueries:
        one = _one(expression)
        if one is None:
            raise
        return (one,)
    if isinstance(exact, bool) or len(exact) == 1:
        return exact
    one = _one(expression)
    return exact if one is None else (one,)


def _one(expression: Expression) -> Query | None:
    """The one query that each video of an expression meets; None if it would have no condition."""
    facts = negation_normal_form(expression, _leaf, lambda kind, parts: (_all if kind == "&" else _any)(parts))
    if facts is None:
        return None
    held = conjoined(fitting for one in facts.constraints for fitting in _fitting(one)) or []
    clauses = [clause for clause in facts.clauses if all(map(fits_or, clause)) and not _follows(clause, held)]
    term = Term(tuple(held), min(clauses, key=_breadth, default=()))
    asks = term.clause or any(_breadth([one]) < _NEARLY_ALL for one in held)
    return query_of(term, order_of(expression)) if asks else None


def _leaf(condition: Condition, positive: bool) -> _Facts | None:
    given = constraint(condition, positive)
    merged = conjoined([given])
    return None if merged is None else _Facts(tuple(merged))


def _all(parts: Sequence[_Facts | None]) -> _Facts | None:
    """The facts that follow if all the parts hold; None if no video can meet them all."""
    facts = [part for part in parts if part is not None]
    if len(facts) < len(parts):
        return None
    merged = conjoined(one for part in facts for one in part.constraints)
    if merged is None:
        return None
    clauses = dict.fromkeys(clause for part in facts for clause in part.clauses)
    return _Facts(tuple(merged), tuple(sorted(clauses, key=_breadth)[:_CLAUSES]))


def _any(parts: Sequence[_Facts | None]) -> _Facts | None:
    """The facts that follow if any of the parts holds; None if no video can meet one."""
    facts = [part for part in parts if part is not None]
    if len(facts) < 2:
        return facts[0] if facts else None
    by_field = [_by_field(part) for part in facts]
    shared = [field for field in by_field[0] if all(field in fields for fields in by_field)]
    found = [one for field in shared for one in _joined(field, [fields[field] for fields in by_field])]
    clause = _clause(facts)
    if len(clause) == 1:
        found = conjoined([*found, *clause]) or found
    common = [one for one in facts[0].clauses if all(one in part.clauses for part in facts[1:])]
    return _Facts(tuple(found), tuple(dict.fromkeys([*common, *([clause] if len(clause) > 1 else [])])))


def _by_field(facts: _Facts) -> dict[str, list[Constraint]]:
    found: dict[str, list[Constraint]] = {}
    for one in facts.constraints:
        found.setdefault(one.field, []).append(one)
    return found


def _joined(field: str, groups: list[list[Constraint]]) -> list[Constraint]:
    """The constraint that follows if any of several groups of constraints on one field holds."""
    if not FIELDS[field].many_valued:
        return disjoined(one for group in groups for one in group) or []
    found = []
    absent = [[one.values for one in group if not one.positive] for group in groups]
    if all(absent) and (never := frozenset.intersection(*(values for sets in absent for values in sets))):  # type: ignore[arg-type]
        found.append(Constraint(field, never, positive=False))
    carried = [dict.fromkeys(one for one in group if one.positive) for group in groups]
    common = [one for one in carried[0] if all(one in others for others in carried)]
    others = [[one for one in group if one not in common] for group in carried]
    if all(others):
        found += disjoined(min(group, key=lambda one: _breadth([one])) for group in others) or []
    return [*common, *found]


def _clause(facts: Sequence[_Facts]) -> _Clause:
    """The narrowest clauses of the parts, joined into one; empty if a part has none."""
    chosen: list[Constraint] = []
    for part in facts:
        clauses = [*part.clauses, *((one,) for one in part.constraints if fits_or(one))]
        if not clauses:
            return ()
        chosen += min(clauses, key=_breadth)
    return tuple(disjoined(chosen) or ())


def _fitting(given: Constraint) -> list[Constraint]:
    """A constraint in a form that the list "and" can hold: spans with long gaps become one span."""
    if fits_and(given):
        return [given]
    assert isinstance(given.values, Spans)
    return [given._replace(values=given.values.hull())]


def _follows(clause: _Clause, held: Iterable[Constraint]) -> bool:
    """Whether the constraints already imply a clause, so that it can be dropped."""
    return any(one.field == other.field and implies(one, other) for one in held for other in clause)


#: Rough weights of how many videos a constraint on one value lets through, by how the value is compared: an account or
#: an id is rarer than a hashtag, a hashtag is rarer than a word, and a region has very many videos.
_BREADTHS: Final = {"among": 10, "name among": 10, "part": 50}
_OF_A_TABLE: Final = 5_000
_OF_AN_ORDER: Final = 10_000
_NEARLY_ALL: Final = 10_000_000


def _breadth(clause: Iterable[Constraint]) -> int:
    """A rough weight of how many videos meet one of some constraints, to compare clauses."""
    return sum(map(_share, clause))


def _share(given: Constraint) -> int:
    field, values = FIELDS[given.field], given.values
    if isinstance(values, Spans):
        return _OF_AN_ORDER
    if isinstance(values, frozenset):
        return len(values) * _BREADTHS.get(field.compared, 10) if given.positive else _NEARLY_ALL
    if values.excluded:
        return _NEARLY_ALL
    return len(values.texts) * (1 if values.table is None else _OF_A_TABLE)
