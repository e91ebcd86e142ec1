"""How a field is compared with values: each method of a field, Python's sign for it, and the operation it becomes."""

from __future__ import annotations

from typing import Final

import attrs

from ..tables import VALUES_TAKEN, Operation


@attrs.frozen
class Comparison:
    """One way to compare a field with values."""

    #: The method of a field.
    method: str
    #: Python's sign for the same.
    sign: str
    #: What the condition says.
    operation: Operation
    #: The method that says the same with the two sides swapped; "" where Python has none.
    mirrored: str = ""
    #: Whether the comparison holds where the condition does not.
    is_negated: bool = False

    @property
    def values(self) -> int | None:
        """How many values it takes; None: any number."""
        return VALUES_TAKEN[self.operation]


EQ: Final = Comparison("eq", "==", "EQ", mirrored="eq")
NE: Final = Comparison("ne", "!=", "EQ", mirrored="ne", is_negated=True)
LT: Final = Comparison("lt", "<", "LT", mirrored="gt")
LTE: Final = Comparison("lte", "<=", "LTE", mirrored="gte")
GT: Final = Comparison("gt", ">", "GT", mirrored="lt")
GTE: Final = Comparison("gte", ">=", "GTE", mirrored="lte")
IN: Final = Comparison("in_", "in", "IN")
NOT_IN: Final = Comparison("not_in", "not in", "IN", is_negated=True)

#: All comparisons, by the method.
COMPARISONS: Final = {one.method: one for one in (EQ, NE, LT, LTE, GT, GTE, IN, NOT_IN)}


#: For each operation, the comparison that is written for it. One that is not here is written as a `Condition`.
BY_OPERATION: Final[dict[str, Comparison]] = {one.operation: one for one in COMPARISONS.values() if not one.is_negated}
