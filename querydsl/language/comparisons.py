"""The comparisons of fields: for each, the method of a field, Python's sign, and the operation that it becomes."""

from __future__ import annotations

from typing import Final

import attrs

from ..showing import shown
from ..showing import source as quoted
from ..spec.values import selects_nothing
from ..tables import FIELDS, VALUES_TAKEN, Operation


@attrs.frozen
class Comparison:
    """One way to compare a field with values."""

    #: The method of a field.
    method: str
    #: The sign in Python.
    sign: str
    #: The operation of the condition.
    operation: Operation
    #: The method that means the same with the two sides swapped; "" if Python has none.
    mirrored: str = ""
    #: Whether the comparison is the negation of the condition.
    is_negated: bool = False

    @property
    def values(self) -> int | None:
        """How many values it takes; None means any number."""
        return VALUES_TAKEN[self.operation]


EQ: Final = Comparison("eq", "==", "EQ", mirrored="eq")
NE: Final = Comparison("ne", "!=", "EQ", mirrored="ne", is_negated=True)
LT: Final = Comparison("lt", "<", "LT", mirrored="gt")
LTE: Final = Comparison("lte", "<=", "LTE", mirrored="gte")
GT: Final = Comparison("gt", ">", "GT", mirrored="lt")
GTE: Final = Comparison("gte", ">=", "GTE", mirrored="lte")
IN: Final = Comparison("in_", "in", "IN")
NOT_IN: Final = Comparison("not_in", "not in", "IN", is_negated=True)

#: All comparisons, by method.
COMPARISONS: Final = {one.method: one for one in (EQ, NE, LT, LTE, GT, GTE, IN, NOT_IN)}


#: For each operation, the comparison that shows it. An operation without one is shown as a `Condition`.
BY_OPERATION: Final[dict[str, Comparison]] = {one.operation: one for one in COMPARISONS.values() if not one.is_negated}


def condition_source(field_name: object, operation: object, values: object) -> str:
    """The source of a condition; in an error about an invalid one, the parts that identify it."""
    field = FIELDS.get(field_name) if isinstance(field_name, str) else None
    if field is not None and isinstance(values, (tuple, list)) and isinstance(operation, str):
        written = [quoted(str.__str__(value)) if isinstance(value, str) else shown(value) for value in values]
        comparison = BY_OPERATION.get(operation)
        if comparison is not None and comparison.values is None and len(set(written)) == len(written):
            return f"{field.title}.{comparison.method}({', '.join(written)})"
        if comparison is not None and comparison.values == len(values):
            if selects_nothing(field, operation, values[0]):
                return f"Condition({field_name!r}, {operation!r}, ({written[0]},))"
            return f"{field.title} {comparison.sign} {written[0]}"
        return f"Condition({field_name!r}, {operation!r}, ({', '.join(written)}{',' if len(written) == 1 else ''}))"
    return f"Condition({shown(field_name)}, {shown(operation)}, {shown(values)})"
