"""Text -> expression: in the form of the field objects, or a plain form with documented names, and, or, not.

Python's own parser builds the tree; nothing is evaluated. A text means what a reader expects: a comparison binds
tightest, then `not` and `~`, then `and` and `&`, then `or` and `|`. A text that Python would group in another way is
refused.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any, Final, NoReturn

import attrs

from ..errors import ParseError, Problem, ValidationError
from ..showing import listing, shown
from ..spec import suggestions
from ..tables import FIELDS, LENGTHS, REGION_CODES
from .comparisons import COMPARISONS, GTE, LTE, Comparison
from .expressions import Condition, Expression, all_of, any_of, none_of
from .fields import FIELD_OBJECTS, Field
from .scanner import Source
from .value_lists import read_values

_NAMES: Final[dict[str, Field[Any]]] = {
    **FIELD_OBJECTS,
    **{field.title: FIELD_OBJECTS[name] for name, field in FIELDS.items()},
}
_GROUPS: Final[dict[str, Callable[..., Expression]]] = {"all_of": all_of, "any_of": any_of, "none_of": none_of}


def _sign(text: str) -> type[ast.cmpop]:
    """The name of a comparison's sign in Python's tree."""
    comparison = ast.parse(f"0 {text} 0", mode="eval").body
    assert isinstance(comparison, ast.Compare)
    return type(comparison.ops[0])


_BY_SIGN: Final = {_sign(one.sign): one for one in COMPARISONS.values()}
#: The methods of fields, with the number of their values; None means any number.
_METHODS: Final[dict[str, int | None]] = {**{name: one.values for name, one in COMPARISONS.items()}, "between": 2}

#: Precedence as a reader sees it: a higher level binds tighter.
_OR, _AND, _NOT, _COMPARISON = range(1, 5)


def parse(text: str, *, files: bool = False) -> Expression:
    """The expression that a text means, in the Python form or the plain form.

    `files` allows lists of values from files, as in `hashtag_name in @tags.txt`: one value per line, in UTF-8; the name
    is relative to the working directory. Blanks are removed, and `#` and `@` before a name. Empty lines are skipped,
    and lines that start with `#` and a blank. Do not allow it for texts of strangers.

    Raises ParseError, with line and column, for anything else: other Python, invalid values, and texts that Python
    would group in another way than they read.

    >>> parse('Region.in_("US", "JP") & ~Length == "SHORT"')
    Region.in_('US', 'JP') & ~(Length == 'SHORT')
    >>> parse('region_code in ("US", "JP") and not video_length == "SHORT"')
    Region.in_('US', 'JP') & ~(Length == 'SHORT')
    """
    if not isinstance(text, str):
        raise ParseError(f"{shown(text)} is not text", 1, 1)
    source = Source.of(text, files)
    return _Reader(source).read(source.tree())


@attrs.frozen
class _Pause:
    """A step of the walk that combines the last `count` expressions."""

    count: int
    combine: Callable[..., Expression]


@attrs.frozen
class _Reader:
    """Turns the tree of one text into its expression, without recursion."""

    source: Source

    def read(self, root: ast.expr) -> Expression:
        """The expression of a whole tree."""
        built: list[Expression] = []
        stack: list[ast.expr | _Pause] = [root]
        while stack:
            step = stack.pop()
            if isinstance(step, _Pause):
                terms = built[-step.count :]
                del built[-step.count :]
                built.append(step.combine(*terms))
                continue
            found = self._step(step)
            if isinstance(found, Expression):
                built.append(found)
            else:
                parts, combine = found
                stack.append(_Pause(len(parts), combine))
                stack += reversed(parts)
        [expression] = built
        return expression

    def _step(self, node: ast.expr) -> _Step:
        """A part of the tree: an expression, or the parts to read first and how to combine them."""
        if isinstance(node, ast.BoolOp):
            level, combine = (_OR, any_of) if isinstance(node.op, ast.Or) else (_AND, all_of)
            self._check_alone(node.values, level)
            for position, value in enumerate(node.values):
                self._check_operand(value, level, follows=position > 0)
            return node.values, combine
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.UnaryOp):
            if not isinstance(node.op, (ast.Not, ast.Invert)):
                self._refuse_value(node)
            self._check_operand(node.operand, _NOT, follows=True)
            return [node.operand], operator.invert
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Tuple) and node.elts:
            self._check_alone(node.elts, _OR)
            self.source.refuse_at(node.elts[-1], "a comma joins no conditions; write and, or or, between them")
        self._refuse_value(node)
        return None

    # Operators

    def _binary(self, node: ast.BinOp) -> _Step:
        level, combine = self._binary_operator(node)
        self._check_alone([node.left, node.right], level)
        self._check_operand(node.left, level, follows=False)
        self._check_operand(node.right, level, follows=True)
        return [node.left, node.right], combine

    def _binary_operator(self, node: ast.BinOp) -> tuple[int, Callable[[Expression, Expression], Expression]]:
        if isinstance(node.op, ast.BitAnd):
            return _AND, operator.and_
        if isinstance(node.op, ast.BitOr):
            return _OR, operator.or_
        self.source.refuse_at(node, "expressions are combined with &, | and ~, or and, or and not")
        return None

    def _check_alone(self, parts: Sequence[ast.expr], level: int) -> None:
        """Refuse a value without its field, as in `hashtag_name == "cat" or "dog"`."""
        at = next((place for place, part in enumerate(parts) if isinstance(part, ast.Constant)), None)
        if at is None:
            return
        alone = [*takewhile(lambda part: isinstance(part, ast.Constant), parts[at:])]
        spelling = self._with_field(parts[at - 1], alone, level) if at else None
        message = f"{self.source.written(alone[0])} stands alone; write {spelling or _WHOLE}"
        self.source.refuse_at(alone[0], message)

    def _with_field(self, before: ast.expr, alone: Sequence[ast.expr], level: int) -> str | None:
        """The spelling of a comparison and the values after it, if it has a field and one value."""
        if not isinstance(before, ast.Compare) or len(before.ops) > 1 or not isinstance(before.left, ast.Name):
            return None
        [sign], [value] = before.ops, before.comparators
        if not isinstance(value, ast.Constant):
            return None
        field, name = self._field(before.left), before.left.id
        if isinstance(sign, (ast.NotEq, ast.NotIn)):
            return f"{name} not in ({self._several([value, *alone])})"
        if not isinstance(sign, (ast.Eq, ast.In)):
            return None
        if level == _OR or not FIELDS[field.field_name].many_valued:
            return f"{name} in ({self._several([value, *alone])})"
        return " and ".join(f"{name} == {self.source.written(one)}" for one in (value, alone[0]))

    def _several(self, values: Sequence[ast.expr]) -> str:
        return ", ".join(map(self.source.written, values[:_SPELT_OUT])) + ", …" * (len(values) > _SPELT_OUT)

    def _check_operand(self, node: ast.expr, level: int, follows: bool) -> None:
        """Refuse what Python binds more loosely here than it reads: `not a & b`, `a | b and c`."""
        if self._level(node) >= level:
            return
        if self.source.is_opened_before(node) if follows else self.source.is_closed_after(node):
            return
        self.source.refuse_at(node, "Python would group this otherwise than it reads; put it in parentheses")

    def _level(self, node: ast.expr) -> int:
        if isinstance(node, ast.BoolOp):
            return _OR if isinstance(node.op, ast.Or) else _AND
        if isinstance(node, ast.BinOp):
            return _AND if isinstance(node.op, ast.BitAnd) else _OR
        if isinstance(node, ast.UnaryOp):
            return _NOT
        if isinstance(node, ast.Compare) and isinstance(node.left, (ast.BinOp, ast.UnaryOp)):
            return self._level(node.left)  # a pending expression: x & F == v reads as x & (F == v)
        return _COMPARISON

    # Comparisons

    def _comparison(self, node: ast.Compare) -> _Step:
        if len(node.ops) == 2:
            return self._between(node)
        if len(node.ops) > 2:
            self.source.refuse_at(node, f"more than one comparison at a time; {_EACH_IN_PARENTHESES}")
        [sign], [right] = node.ops, node.comparators
        comparison = self._by_sign(sign, node)
        if isinstance(right, ast.Name) and comparison.mirrored and not isinstance(node.left, (ast.BinOp, ast.Name)):
            return self._compared(self._field(right), comparison.mirrored, [self._value(node.left)], node.left)
        self._check_alternatives(node.left, sign, right)
        before, negated, field = self._pending(node.left)
        values = self._members(right, field) if comparison.values is None else [self._value(right)]
        compared = self._compared(field, comparison.method, values, right)
        if negated:
            compared = ~compared
        if not before:
            return compared

        def complete(*lefts: Expression) -> Expression:
            result = compared
            for left, (_, combine) in zip(reversed(lefts), reversed(before), strict=True):
                result = combine(left, result)
            return result

        return [left for left, _ in before], complete

    def _check_alternatives(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> None:
        """Refuse values that or joins, as in `hashtag_name == ("cat" or "dog")`."""
        words = {ast.Eq: "in", ast.In: "in", ast.NotEq: "not in", ast.NotIn: "not in"}
        if not isinstance(left, ast.Name) or type(sign) not in words:
            return
        values: list[ast.expr] = []
        part = right
        while isinstance(part, ast.BinOp) and isinstance(part.op, ast.BitOr):
            values.append(part.right)
            part = part.left
        several = part.values if isinstance(part, ast.BoolOp) and isinstance(part.op, ast.Or) else [part]
        values = [*several, *reversed(values)]
        if len(values) > 1 and all(isinstance(one, ast.Constant) for one in values):
            spelling = f"{left.id} {words[type(sign)]} ({self._several(values)})"
            self.source.refuse_at(right, f"for one of several values write {spelling}")

    def _by_sign(self, sign: ast.cmpop, node: ast.Compare) -> Comparison:
        found = _BY_SIGN.get(type(sign))
        if found is None:
            signs = listing(one.sign for one in COMPARISONS.values())
            self.source.refuse_at(node, f"fields are compared with {signs}")
        return found

    def _pending(self, node: ast.expr) -> tuple[list[_Before], bool, Field[Any]]:
        """The left side of a comparison: the expressions before the field, whether ~ is before it, and the field."""
        before: list[_Before] = []
        while isinstance(node, ast.BinOp):
            if self.source.is_closed_after(node):
                self.source.refuse_at(node, f"this is compared as a whole; {_EACH_IN_PARENTHESES}")
            level, combine = self._binary_operator(node)
            self._check_operand(node.left, level, follows=False)
            before.append((node.left, combine))
            node = node.right
        negated = False
        while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
            if self.source.is_closed_after(node):
                self.source.refuse_at(node, f"this is compared as a whole; {_EACH_IN_PARENTHESES}")
            negated = not negated
            node = node.operand
        if not isinstance(node, ast.Name):
            self.source.refuse_at(node, f"a comparison has a field on its left; {_EACH_IN_PARENTHESES}")
        return before, negated, self._field(node)

    def _between(self, node: ast.Compare) -> Expression:
        """`low <= field <= high`."""
        below, above = (self._by_sign(sign, node) for sign in node.ops)
        middle, last = node.comparators
        if isinstance(middle, ast.BinOp):
            self._value(middle)
        is_one_way = below.sign[0] == above.sign[0] in "<>"
        if not is_one_way or not isinstance(middle, ast.Name):
            message = "two comparisons at a time are read only as low <= field <= high"
            self.source.refuse_at(node, f"{message}; {_EACH_IN_PARENTHESES}")
        field = self._field(middle)
        first = self._value(node.left)
        if below is above is LTE:
            return self._compared(field, "between", [first, self._value(last)], node.left)
        if below is above is GTE:
            return self._compared(field, "between", [self._value(last), first], node.left)
        return all_of(
            self._compared(field, below.mirrored, [first], node.left),
            self._compared(field, above.method, [self._value(last)], last),
        )

    def _compared(self, field: Field[Any], method: str, values: Sequence[object], at: ast.expr) -> Expression:
        try:
            compared = getattr(field, method)(*values)
        except ValidationError as refusal:
            self.source.refuse_at(at, str(refusal), refusal.problems)
        except TypeError as refusal:  # the field has no order
            self.source.refuse_at(at, str(refusal))
        assert isinstance(compared, Expression)
        return compared

    # Calls

    def _call(self, node: ast.Call) -> _Step:
        if node.keywords:
            self.source.refuse_at(node.keywords[0].value, "arguments have no names here")
        starred = next((argument for argument in node.args if isinstance(argument, ast.Starred)), None)
        if starred is not None:
            self.source.refuse_at(starred, "a star unpacks nothing here; write the values themselves")
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            return self._method(node, node.func.attr, self._field(node.func.value))
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "Condition":
            return self._condition(node)
        if name not in _GROUPS:
            self.source.refuse_at(
                node, "only all_of(…), any_of(…), none_of(…) and the methods of fields are called here"
            )
        terms = node.args
        if len(terms) == 1 and isinstance(terms[0], (ast.List, ast.Tuple, ast.Set)):
            terms = terms[0].elts
        if not terms:
            self.source.refuse_at(node, f"{name}() has nothing to combine; give it at least one expression")
        return terms, _GROUPS[name]

    def _method(self, node: ast.Call, method: str, field: Field[Any]) -> Expression:
        if method not in _METHODS:
            meant = suggestions.nearest(method, tuple(_METHODS))
            hint = f"the nearest one is {meant} of" if meant else "it has"
            self.source.refuse_at(node, f"{field!r} has no method {shown(method)}; {hint} {', '.join(_METHODS)}")
        values: Sequence[object]
        count = _METHODS[method]
        if count is None:
            single = len(node.args) == 1 and isinstance(node.args[0], (ast.List, ast.Tuple, ast.Set))
            members = node.args[0] if single else ast.Tuple(node.args)
            values = self._members(members, field)
        elif len(node.args) != count:
            self.source.refuse_at(node, f"{field!r}.{method} takes {count} value{'s' * (count > 1)}")
        else:
            values = [self._value(argument) for argument in node.args]
        return self._compared(field, method, values, node)

    def _condition(self, node: ast.Call) -> Expression:
        listed = node.args[2] if len(node.args) == 3 else None
        if isinstance(listed, (ast.List, ast.Tuple)):
            members = listed.elts
        elif listed is not None and self.source.list_at(listed) is not None:
            members = [listed]
        else:
            self.source.refuse_at(node, "write Condition(field_name, operation, [values])")
        field_name, operation = (self._value(argument) for argument in node.args[:2])
        values = [value for member in members for value in self._plain(member)]
        try:
            return Condition(field_name, operation, values)  # type: ignore[arg-type]
        except ValidationError as refusal:
            self.source.refuse_at(node, str(refusal), refusal.problems)

    # Names and values

    def _field(self, node: ast.Name) -> Field[Any]:
        self._refuse_list(node)
        field = _NAMES.get(node.id)
        if field is not None:
            return field
        if node.id in REGION_CODES or node.id in LENGTHS:
            self.source.refuse_at(node, f'{node.id} is a value: put it in quotes, "{node.id}"')
        meant, hint = suggestions.field_name(node.id[:100])
        if meant is not None and node.id[0].isupper():
            hint = f"it is spelt {FIELDS[meant].title}"
        self.source.refuse_at(node, f"{shown(node.id)} is not a field; {hint}")
        return None

    def _members(self, node: ast.expr, field: Field[Any]) -> list[Any]:
        """The values after `in`: several in brackets, a single one, or a file of them."""
        members = node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else [node]
        values: list[Any] = []
        for member in members:
            found = self.source.list_at(member)
            if found is not None and found.path is not None:
                values += self._listed(found.path, member, field)
            else:
                values += self._plain(member)
        return values

    def _plain(self, node: ast.expr) -> list[Any]:
        """The values of a long list, or the single value of a part."""
        found = self.source.list_at(node)
        return [self._value(node)] if found is None or found.path is not None else found.values()

    def _listed(self, path: str, node: ast.expr, field: Field[Any]) -> list[str]:
        """The values of a file, each checked for the field."""
        try:
            listed = read_values(path, field.field_name)
        except ValidationError as refusal:
            self.source.refuse_at(node, str(refusal), refusal.problems)
        values = [value for _, value in listed]
        try:
            field.in_(values)
        except ValidationError:
            line, problems = next((line, found) for line, value in listed if (found := _problems(field, value)))
            self.source.refuse_at(node, f"{shown(path)}, line {line}: {problems[0]}", problems)
        return values

    def _value(self, node: ast.expr) -> object:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            number = node.operand.value
            if isinstance(number, int):
                return -number
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            self.source.refuse_at(node, _SEVERAL_VALUES)
        if isinstance(node, ast.Name):
            self._refuse_list(node)
            self.source.refuse_at(node, f'{shown(node.id)} is not a value: put texts in quotes, "{node.id[:40]}"')
        if isinstance(node, ast.Attribute):
            self.source.refuse_at(node, "a value is a text in quotes, or a number; a file of values is @tags.txt, say")
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitAnd, ast.BitOr)):
            self.source.refuse_at(node, f"& and | bind tighter than a comparison; {_EACH_IN_PARENTHESES}")
        if isinstance(node, ast.BoolOp):
            self.source.refuse_at(node, "a comma stands between two values, and no and or or")
        self.source.refuse_at(node, "a value is a text in quotes, or a number")
        return None

    def _refuse_list(self, node: ast.Name) -> None:
        """Refuse a list of values in a place that takes one."""
        found = self.source.list_at(node)
        if found is not None:
            in_file = "a file of values stands after in, as in hashtag_name in @tags.txt"
            self.source.refuse_at(node, _SEVERAL_VALUES if found.path is None else in_file)

    def _refuse_value(self, node: ast.expr) -> NoReturn:
        if isinstance(node, ast.Name):
            field = self._field(node)
            self.source.refuse_at(node, f'{node.id} is not compared with anything; write ({field!r} == "…")')
        if isinstance(node, ast.Constant):
            self.source.refuse_at(node, f"{self.source.written(node)} stands alone; write {_WHOLE}")
        self.source.refuse_at(node, "this is not part of an expression: it takes comparisons of fields, and, or, not")


def _problems(field: Field[Any], value: str) -> tuple[Problem, ...]:
    """The problems of a value for a field."""
    try:
        field.in_([value])
    except ValidationError as refusal:
        return refusal.problems
    return ()


#: A part before a pending field, and its operator.
_Before = tuple[ast.expr, Callable[[Expression, Expression], Expression]]
_Step = Expression | tuple[Sequence[ast.expr], Callable[..., Expression]]

_WHOLE: Final = 'the field with each value, as in region_code == "US"'
#: How many values a hint repeats.
_SPELT_OUT: Final = 5
_SEVERAL_VALUES: Final = "several values are given with in, or with .in_(…)"
_EACH_IN_PARENTHESES: Final = 'put parentheses round each comparison: (region_code == "US") & (…)'
