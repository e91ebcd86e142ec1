"""The fewest queries whose union is exactly an expression, proven by a SAT solver, without the compiler.

A query holds in a row if, for each field, the row's choice is allowed, and one alternative holds (where there are any):

- a field with one value allows some of its kinds; of days a range, or what takes at most 31 listed days;
- a field with several values forbids some, and asks for "any of" as often as it likes: any monotone function;
- an alternative is one kind, or days before or since a cut; "any other value" of an open field is none.

`k` queries are enough if a solver finds choices for which each wanted row is in a query, and no other row is. The
solver gets rows only after its last answer was wrong in them. If no query can hold two of n rows together, they need n
queries: the rows are then assigned to different queries from the start.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations, count

from .realistic import Row, Values, World

#: Conflicts after which the solver gives up.
MOST_CONFLICTS = 200_000
#: The most days that a query may list.
MOST_LISTED = 31
#: How many of the rows with a wrong answer go to the solver at once.
_AT_ONCE = 24


class NotProven(Exception):
    """The solver gave up."""


def optimum(world: World, enough: int) -> int:
    """The fewest queries; `enough` is a number that is known to be enough."""
    meant = world.meant()
    others = [row for row in world.rows() if row not in meant]
    apart = _apart(world, sorted(meant), others, enough)
    for fewer in range(enough - 1, len(apart) - 1, -1):
        if not _Queries(world, fewer).can_be(sorted(meant), others, apart):
            return fewer + 1
    return len(apart)


def _apart(world: World, meant: Sequence[Row], others: Sequence[Row], most: int) -> list[Row]:
    """Rows of which no query holds in two."""
    pair = _Queries(world, 1)
    best: list[Row] = []
    for seed in range(4):
        order = random.Random(seed).sample(meant, len(meant))
        # rows with few carried values are hardest to combine
        order.sort(key=lambda row: sum(choice.bit_count() for choice in row) if seed % 2 else 0)
        found: list[Row] = []
        for row in order[:400]:
            if all(not pair.holds_both(row, other, others) for other in found):
                found.append(row)
        best = max(best, found, key=len)
        if len(best) >= most:
            break
    return best


class _Queries:
    """The given number of queries, as variables of a solver."""

    def __init__(self, world: World, number: int) -> None:
        from pysat.solvers import Solver  # noqa: PLC0415  # the extra bench alone has it

        self._world = world
        self._number = number
        self._solver = Solver(name="glucose4")
        self._new = count(1).__next__
        self._outside: set[Row] = set()
        self._inside: dict[Row, list[int]] = {}
        self._allowed = [[self._allowing(values) for values in world.fields] for _ in range(number)]
        self._asked = [[self._alternatives(values) for values in world.fields] for _ in range(number)]
        self._plain = [self._new() for _ in range(number)]

    def _allowing(self, values: Values) -> tuple[dict[int, int], dict[int, int]]:
        """A variable for each allowed choice, and for each forbidden value."""
        allowed = {choice: self._new() for choice in values.choices}
        if not values.many:
            if values.field == "create_date":
                for wrong in _no_days_of_a_query(values):
                    self._solver.add_clause([-var if n in wrong else var for n, var in allowed.items()])
            return allowed, {}
        forbidden = {n: self._new() for n in range(len(values.kinds))}
        for choice in values.choices:
            for n in forbidden:
                if not choice >> n & 1:
                    self._solver.add_clause([-allowed[choice], allowed[choice | 1 << n]])
        return allowed, forbidden

    def _alternatives(self, values: Values) -> list[tuple[frozenset[int], int]]:
        """The choices for which an alternative holds, and the variable that turns it on."""
        last = len(values.kinds) - 1
        if values.many:
            sets = [[choice for choice in values.choices if choice >> n & 1] for n in range(last + 1)]
        elif values.field == "create_date":
            sets = [[*range(n)] for n in range(1, last + 1)] + [[*range(n, last + 1)] for n in range(1, last + 1)]
            sets += [[n] for n, piece in enumerate(values.kinds) if _length(piece) <= MOST_LISTED]
        else:
            is_open = values.field == "username"
            sets = [[n] for n, kind in enumerate(values.kinds) if kind is not None or not is_open]
        return [(frozenset(some), self._new()) for some in sets]

    def _conditions(self, query: int, row: Row) -> Iterator[int]:
        """Variables that must all be true for a row to be allowed."""
        for values, choice, (allowed, forbidden) in zip(self._world.fields, row, self._allowed[query], strict=True):
            yield allowed[choice]
            if values.many:
                yield from (-var for n, var in forbidden.items() if choice >> n & 1)

    def _met(self, query: int, row: Row) -> list[int]:
        """Variables of which one must be true for a row to meet an alternative."""
        asked = zip(row, self._asked[query], strict=True)
        return [self._plain[query], *(var for choice, sets in asked for some, var in sets if choice in some)]

    def _leave_out(self, row: Row) -> None:
        self._outside.add(row)
        for query in range(self._number):
            not_allowed = [-var for var in self._conditions(query, row)]
            for var in self._met(query, row):
                self._solver.add_clause([*not_allowed, -var])

    def _held(self, row: Row) -> list[int]:
        """For each query, the variable for "it holds in this row"."""
        if row not in self._inside:
            self._inside[row] = [self._new() for _ in range(self._number)]
            for query, held in enumerate(self._inside[row]):
                for var in self._conditions(query, row):
                    self._solver.add_clause([-held, var])
                self._solver.add_clause([-held, *self._met(query, row)])
        return self._inside[row]

    def _solved(self, assumptions: Sequence[int] = ()) -> set[int] | None:
        self._solver.conf_budget(MOST_CONFLICTS)
        answer = self._solver.solve_limited(assumptions=list(assumptions))
        if answer is None:
            raise NotProven
        return set(self._solver.get_model()) if answer else None

    def _is_in(self, query: int, row: Row, true: set[int]) -> bool:
        return any(var in true for var in self._met(query, row)) and all(
            var in true for var in self._conditions(query, row)
        )

    def _found(self, row: Row, true: set[int]) -> bool:
        return any(self._is_in(query, row, true) for query in range(self._number))

    def holds_both(self, one: Row, two: Row, others: Sequence[Row]) -> bool:
        """Whether one query can hold in both rows, and in no unwanted row."""
        assumptions = [*self._held(one), *self._held(two)]
        while (true := self._solved(assumptions)) is not None:
            wrong = [row for row in others if row not in self._outside and self._found(row, true)][:_AT_ONCE]
            if not wrong:
                return True
            for row in wrong:
                self._leave_out(row)
        return False

    def can_be(self, meant: Sequence[Row], others: Sequence[Row], apart: Sequence[Row]) -> bool:
        """Whether the queries can together hold in exactly the wanted rows."""
        for query, row in enumerate(apart):
            self._solver.add_clause([self._held(row)[query]])
        while (true := self._solved()) is not None:
            wrong = [row for row in others if self._found(row, true)][:_AT_ONCE]
            missing = [row for row in meant if not self._found(row, true)]
            for row in wrong:
                self._leave_out(row)
            for row in missing[:: max(1, len(missing) // _AT_ONCE)]:
                self._solver.add_clause(self._held(row))
            if not wrong and not missing:
                return True
        return False


def _no_days_of_a_query(values: Values) -> Iterator[tuple[int, ...]]:
    """The choices of day ranges that no query can express: neither a range, nor a short list."""
    lengths = [_length(piece) for piece in values.kinds]
    for size in range(1, len(lengths)):
        for some in combinations(range(len(lengths)), size):
            gap = [n for n in range(some[0], some[-1]) if n not in some]
            if gap and min(sum(lengths[n] for n in gap), sum(lengths[n] for n in some)) > MOST_LISTED:
                yield some


def _length(piece: tuple[object, object]) -> int:
    first, last = piece
    return (last - first).days + 1  # type: ignore[operator]
