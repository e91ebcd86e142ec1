"""The expressions: a `Condition`, or conditions combined with `&`, `|` and `~`.

An expression is immutable and keeps the shape in which it was written. Nothing here recurses on its depth: a walk keeps
its own stack, and visits a shared part once. Pickling works on the flat `prefix` form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Final, NoReturn, TypeVar

import attrs

from .. import showing
from ..errors import Problem, ValidationError
from ..showing import in_python, shown
from ..spec.query_rules import condition_errors
from .comparisons import BY_OPERATION, condition_source
from .walks import folded

#: The most values or expressions taken from one iterable: an endless iterable is refused, not read for ever.
MAX_ITEMS: Final = 1_000_000

#: A group of more terms than this is written as all_of(...) or any_of(...): Python cannot parse longer chains.
_CHAINED = 16

T = TypeVar("T")


class Incomplete:
    """A field, or a pending expression: a comparison has to complete it before it can be used in an expression."""

    __slots__ = ()


class Expression:
    """A condition, or a combination of conditions: `select().where(...)` takes it, and `to_query` compiles it.

    Expressions combine with `&` (and), `|` (or) and `~` (not). They compare by structure with `==`, and can be hashed,
    copied and pickled. They have no truth value: `and`, `or`, `not`, `if` and chained comparisons raise TypeError.

    >>> from querydsl import Region, Length
    >>> Region.in_("US", "JP") & ~(Length == "SHORT")
    Region.in_('US', 'JP') & ~(Length == 'SHORT')
    """

    __slots__ = ()
    #: With this, NumPy leaves operators between its values and expressions to this class.
    __array_ufunc__ = None

    def __and__(self, other: Expression) -> Expression:
        return And((self, other)) if isinstance(other, Expression) else _no_operand(self, "&", other)

    def __or__(self, other: Expression) -> Expression:
        return Or((self, other)) if isinstance(other, Expression) else _no_operand(self, "|", other)

    def __rand__(self, other: NoReturn) -> NoReturn:
        beside_a_value(other, "&", self)

    def __ror__(self, other: NoReturn) -> NoReturn:
        beside_a_value(other, "|", self)

    def __invert__(self) -> Expression:
        return Not(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return self is other or _same(self, other)

    def __hash__(self) -> int:
        return folded(self, _written_parts, _hash_of)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"{brief(self)} has no truth value: write & for and, | for or, ~ for not, Field.between(a, b) for "
            "a <= Field <= b, Field.in_(a, b) for Field in (a, b)"
        )

    def __contains__(self, value: object) -> NoReturn:
        raise TypeError(f"{shown(value)} in {brief(self)}: for one of several values write Field.in_(...)")

    def __repr__(self) -> str:
        return _cut_source(self)

    def _repr_html_(self) -> str:
        return showing.code(_cut_source(self))

    def __copy__(self) -> Expression:
        return self

    def __deepcopy__(self, memo: object) -> Expression:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return from_prefix, (prefix(self),)


def taken(items: Iterable[T], subject: str) -> tuple[T, ...]:
    """The items of an iterable, read once. Raises ValidationError if there are more than MAX_ITEMS."""
    found = tuple(islice(items, MAX_ITEMS + 1))
    if len(found) > MAX_ITEMS:
        problem = Problem("error", "value-count", "", f"more than {MAX_ITEMS:,} of them", "give fewer")
        raise ValidationError([problem], subject)
    return found


def _plain(text: str) -> str:
    """A text as a plain str: a member of an enum equals its text, but has another hash."""
    return text if type(text) is str or not isinstance(text, str) else str.__str__(text)


def _values(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, (tuple, list)):
        values = tuple(given)
    elif isinstance(given, Iterable) and not isinstance(given, (str, bytes, dict)):
        values = taken(given, "Condition(…)")
    else:
        return given  # type: ignore[return-value]  # no list: the rule of conditions refuses it
    for value in values:
        if type(value) is not str:
            return tuple(map(_plain, values))
    return values


@attrs.frozen(eq=False, repr=False)
class Condition(Expression):
    """One condition, in the form of a document: values are text as sent.

    The field objects make conditions from dates, ints and other values. A `Condition` takes its parts unchanged, and
    raises ValidationError if the documentation does not allow them.

    >>> Condition("region_code", "IN", ["US", "JP"])
    Region.in_('US', 'JP')
    """

    field_name: str = attrs.field(converter=_plain)
    operation: str = attrs.field(converter=_plain)
    field_values: tuple[str, ...] = attrs.field(converter=_values)

    def __attrs_post_init__(self) -> None:
        problems = condition_errors(self.field_name, self.operation, self.field_values)
        if problems:
            source = condition_source(self.field_name, self.operation, self.field_values)
            raise ValidationError(problems, _cut(source))

    def __eq__(self, other: object) -> bool:
        if type(other) is Condition:
            return (
                self.field_name == other.field_name
                and self.operation == other.operation
                and self.field_values == other.field_values
            )
        return False if isinstance(other, Expression) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.field_name, self.operation, self.field_values))

    def __reduce__(self) -> tuple[object, ...]:
        return Condition, (self.field_name, self.operation, self.field_values)

    @property
    def parts(self) -> tuple[str, str, tuple[str, ...]]:
        """The field name, the operation and the values.

        >>> Condition("region_code", "EQ", ["US"]).parts
        ('region_code', 'EQ', ('US',))
        """
        return self.field_name, self.operation, self.field_values

    def to_dict(self) -> dict[str, object]:
        """The condition, as in a document."""
        return {"field_name": self.field_name, "operation": self.operation, "field_values": [*self.field_values]}


@attrs.frozen(eq=False, repr=False)
class Not(Expression):
    """The videos for which an expression does not hold."""

    term: Expression

    def __invert__(self) -> Expression:
        return self.term


@attrs.frozen(eq=False, repr=False)
class Group(Expression):
    """Several expressions combined with one operator: an `And` or an `Or`."""

    #: The expressions as they were combined. They are flattened only on demand, so a chain of operators takes linear
    #: time.
    parts: tuple[Expression, ...]

    @cached_property
    def terms(self) -> tuple[Expression, ...]:
        """The combined expressions, in the order written; none of them is a group of the same kind.

        Raises ValidationError if there are more than MAX_ITEMS, which is possible with shared objects.
        """
        terms = tuple(islice(_flat(self), MAX_ITEMS + 1))
        if len(terms) > MAX_ITEMS:
            raise _too_large("it combines")
        return terms

    @property
    def different(self) -> Sequence[Expression]:
        """The terms, without repeats of the same object: never more of them than there are objects."""
        kind, terms, seen = type(self), list[Expression](), set[int]()
        stack = [*reversed(self.parts)]
        while stack:
            part = stack.pop()
            if id(part) in seen:
                continue
            seen.add(id(part))
            if type(part) is kind:
                stack += reversed(part.parts)
            else:
                terms.append(part)
        return terms


def _flat(group: Group) -> Iterator[Expression]:
    """The terms of a group one by one."""
    kind, stack = type(group), [*reversed(group.parts)]
    while stack:
        part = stack.pop()
        if type(part) is kind:
            stack += reversed(part.parts)
        else:
            yield part


class And(Group):
    """The videos for which all of several expressions hold."""

    __slots__ = ()


class Or(Group):
    """The videos for which at least one of several expressions holds."""

    __slots__ = ()


def all_of(*terms: Expression | Iterable[Expression]) -> Expression:
    """Combine expressions so that all must hold. Takes several, or one iterable of them.

    Raises ValidationError if there are none.

    >>> from querydsl import Keyword
    >>> all_of(Keyword == word for word in ("cat", "dog"))
    (Keyword == 'cat') & (Keyword == 'dog')
    """
    return _combined(And, terms, "all_of")


def any_of(*terms: Expression | Iterable[Expression]) -> Expression:
    """Combine expressions so that at least one must hold. Takes several, or one iterable of them.

    Raises ValidationError if there are none.

    >>> from querydsl import Hashtag, Keyword
    >>> any_of(Hashtag == "cat", Keyword == "cat")
    (Hashtag == 'cat') | (Keyword == 'cat')
    """
    return _combined(Or, terms, "any_of")


def none_of(*terms: Expression | Iterable[Expression]) -> Expression:
    """Combine expressions so that none may hold. Takes several, or one iterable of them.

    Raises ValidationError if there are none.

    >>> from querydsl import Hashtag, Username
    >>> none_of(Hashtag == "ad", Username == "acme")
    ~((Hashtag == 'ad') | (Username == 'acme'))
    """
    return ~_combined(Or, terms, "none_of")


def _combined(kind: type[Group], given: tuple[object, ...], name: str) -> Expression:
    terms = given
    if len(given) == 1 and isinstance(given[0], Iterable) and not isinstance(given[0], (str, bytes, Incomplete)):
        terms = taken(given[0], f"{name}(…)")
    if not terms:
        hint = "give at least one expression"
        raise ValidationError([Problem("error", "empty-query", "", "there is nothing to combine", hint)], f"{name}()")
    checked = []
    for term in terms:
        if not isinstance(term, Expression):
            what = brief(term) if isinstance(term, Incomplete) else shown(term)
            raise TypeError(f"{name}({what}): it takes expressions, such as Region == 'US', or one iterable of them")
        checked.append(term)
    return checked[0] if len(checked) == 1 else kind(tuple(checked))


# Traps


def _no_operand(left: Expression, symbol: str, right: object) -> Expression:
    if isinstance(right, Incomplete):
        return NotImplemented  # type: ignore[no-any-return]  # a field completes itself
    raise TypeError(
        f"{written(left)} {symbol} {in_python(right)}: a value stands beside {symbol}, which binds tighter than a "
        f"comparison; put parentheses round each comparison: (…) {symbol} (Field == {in_python(right)})"
    )


def beside_a_value(value: object, symbol: str, right: object) -> NoReturn:
    """Refuse `value & right`: Python groups it like that because & and | bind tighter than a comparison."""
    rest = f"({brief(right)} == …)" if isinstance(right, Incomplete) else f"({brief(right)})"
    raise TypeError(
        f"{in_python(value)} {symbol} {written(right)}: a value stands beside {symbol}, which binds tighter than a "
        f"comparison; put parentheses round each comparison: (Field == {in_python(value)}) {symbol} {rest}"
    )


# Walks


_SYMBOLS: Final = {And: "&", Or: "|", Not: "~"}
_KINDS: Final[dict[str, type[Group]]] = {"&": And, "|": Or}

#: An item of `prefix`: a condition, or an operator with the number of its terms.
Token = Condition | tuple[str, int]


def prefix(expression: Expression) -> tuple[Token, ...]:
    """The flat form: each operator with its number of terms, followed by its terms in order.

    Raises ValidationError if there are more than MAX_ITEMS items, which is possible with shared parts.

    >>> from querydsl import Length, Region
    >>> prefix(~((Region == "US") | (Length == "MID")))
    (('~', 1), ('|', 2), Region == 'US', Length == 'MID')
    """
    tokens: list[Token] = []
    stack = [expression]
    while stack:
        node = stack.pop()
        if len(tokens) > MAX_ITEMS:
            raise _too_large("it has, written out,")
        if isinstance(node, Condition):
            tokens.append(node)
        elif isinstance(node, Group):
            tokens.append((_SYMBOLS[type(node)], len(node.terms)))
            stack += reversed(node.terms)
        else:
            assert isinstance(node, Not)
            tokens.append(("~", 1))
            stack.append(node.term)
    return tuple(tokens)


def from_prefix(tokens: tuple[Token, ...]) -> Expression:
    """The expression that has this `prefix`."""
    built: list[Expression] = []
    for token in reversed(tokens):
        if isinstance(token, Condition):
            built.append(token)
            continue
        symbol, count = token
        terms = tuple(reversed(built[-count:]))
        del built[-count:]
        built.append(~terms[0] if symbol == "~" else _KINDS[symbol](terms))
    [expression] = built
    return expression


def conditions(expression: Expression) -> Iterator[Condition]:
    """Every condition of an expression, in the order written; those of a shared part come once."""
    seen: set[int] = set()
    stack = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Condition):
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            assert isinstance(node, (Group, Not))
            stack += reversed(node.parts) if isinstance(node, Group) else [node.term]


def _written_parts(node: Expression) -> Sequence[Expression]:
    """The key for equality: the terms in order."""
    return node.terms if isinstance(node, Group) else [node.term] if isinstance(node, Not) else ()


def _hash_of(node: Expression, parts: list[int]) -> int:
    return hash(node) if isinstance(node, Condition) else hash((_SYMBOLS[type(node)], *parts))


def _same(one: Expression, other: Expression) -> bool:
    """Whether two expressions have the same structure: equal parts get the same number."""
    numbers: dict[object, int] = {}

    def numbered(node: Expression, parts: list[int]) -> int:
        name = node if isinstance(node, Condition) else (type(node), *parts)
        return numbers.setdefault(name, len(numbers))

    return folded(one, _written_parts, numbered) == folded(other, _written_parts, numbered)


def source(expression: Expression) -> str:
    """The Python source of an expression.

    Raises ValidationError if the source has more than MAX_ITEMS conditions, which is possible with shared parts.
    """
    if _leaves(expression) > MAX_ITEMS:
        raise _too_large("it has, written out,", brief(expression))
    return "".join(_pieces(expression))


def _cut_source(expression: Expression) -> str:
    """The source; for an expression that is too large to write out, its beginning and a note."""
    if _leaves(expression) <= MAX_ITEMS:
        return source(expression)
    return f"{_cut(_beginning(expression, _BEGINNING), _BEGINNING)} (more than {MAX_ITEMS:,} conditions, written out)"


#: How many characters are shown of an expression that is too large to write out.
_BEGINNING: Final = 500


def _leaves(expression: Expression) -> int:
    """The number of conditions in an expression, counting shared parts each time; at most MAX_ITEMS + 1."""
    return folded(expression, _parts, lambda _, counts: min(sum(counts) or 1, MAX_ITEMS + 1))


def _parts(node: Expression) -> Sequence[Expression]:
    return node.parts if isinstance(node, Group) else [node.term] if isinstance(node, Not) else ()


def _too_large(what: str, subject: str = "the expression") -> ValidationError:
    message = f"{what} more than {MAX_ITEMS:,} conditions"
    hint = "write what stands beside the same with one in_(...), or combine fewer"
    return ValidationError([Problem("error", "value-count", "", message, hint)], subject)


def _beginning(expression: Expression, most: int) -> str:
    """The source, or at least this many characters of its beginning."""
    found: list[str] = []
    length = 0
    for piece in _pieces(expression):
        found.append(piece)
        length += len(piece)
        if length > most:
            break
    return "".join(found)


def _pieces(expression: Expression) -> Iterator[str]:
    stack: list[Iterator[Expression | str]] = [iter([expression])]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
        elif isinstance(node, str):
            yield node
        elif isinstance(node, Condition):
            yield condition_source(node.field_name, node.operation, node.field_values)
        elif isinstance(node, Not):
            yield "~"
            stack.append(iter(_bracketed(node.term)))
        else:
            assert isinstance(node, Group)
            stack.append(_group_pieces(node))


def _group_pieces(group: Group) -> Iterator[Expression | str]:
    called = _is_called(group)
    if called:
        yield "all_of(" if type(group) is And else "any_of("
    for position, term in enumerate(_flat(group)):
        if position:
            yield ", " if called else f" {_SYMBOLS[type(group)]} "
        yield from [term] if called else _bracketed(term)
    if called:
        yield ")"


def _is_called(expression: Expression) -> bool:
    return isinstance(expression, Group) and len(tuple(islice(_flat(expression), _CHAINED + 1))) > _CHAINED


def _bracketed(term: Expression) -> list[Expression | str]:
    """A term as an operand: in brackets if an operator would split it."""
    whole = _is_called(term) or isinstance(term, Not) or (isinstance(term, Condition) and _is_written_as_call(term))
    return [term] if whole else ["(", term, ")"]


def _is_written_as_call(condition: Condition) -> bool:
    comparison = BY_OPERATION.get(condition.operation)
    return comparison is None or comparison.values is None


def brief(expression: object, most: int = 120) -> str:
    """The source of an expression, shortened for a message."""
    return _cut(_beginning(expression, most) if isinstance(expression, Expression) else repr(expression), most)


def written(operand: object) -> str:
    """An operand for a message: in brackets if an operator would split it."""
    if isinstance(operand, Expression):
        return f"({brief(operand)})" if len(_bracketed(operand)) > 1 else brief(operand)
    if isinstance(operand, Incomplete):
        return f"({brief(operand)})" if " " in repr(operand) else brief(operand)
    return in_python(operand)


def _cut(text: str, most: int = 120) -> str:
    return text if len(text) <= most else text[:most] + "…"
