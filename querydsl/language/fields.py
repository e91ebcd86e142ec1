"""The field objects, whose comparisons make conditions.

In Python `~` and `&` bind tighter than `==`, so `x & ~Length == "SHORT"` is `(x & ~Length) == "SHORT"`. That is why a
field can be *pending*: it remembers what stands before it, and the comparison completes the whole. If no comparison
could complete it as it reads, it raises a TypeError that shows the right spelling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, TypeVar

import attrs

from ..errors import Problem, ValidationError
from ..showing import in_python, listing, shown
from ..spec.values import ACCEPTS, FLOAT_EXACT, SCALES, as_text, fault, selects_nothing
from ..tables import FIELDS, ConditionField, LengthName, RegionCode
from .comparisons import EQ, GT, GTE, IN, LT, LTE, NE, NOT_IN, Comparison
from .expressions import (
    Condition,
    Expression,
    Incomplete,
    Not,
    beside_a_value,
    brief,
    taken,
    written,
)

#: The values that a field is compared with.
V = TypeVar("V")


@attrs.frozen(eq=False, repr=False)
class Field(Incomplete, Generic[V]):
    """A condition field: compare it with a value to get an expression.

    There is an object for each documented field, such as `Region`; make no others. Every comparison raises
    ValidationError for a value outside the documented table.

    >>> Region == "US"
    Region == 'US'
    >>> (Hashtag == "cats") & ~Length == "SHORT"
    (Hashtag == 'cats') & ~(Length == 'SHORT')
    """

    _documented: ConditionField
    #: In a pending expression: whether a ~ stands directly before the field.
    _negated: bool = False
    #: In a pending expression: the expressions before the field, with their operators, the nearest first.
    _before: tuple[tuple[Expression, str], ...] = ()

    #: With this, NumPy leaves operators between its values and fields to this class.
    __array_ufunc__ = None

    @property
    def field_name(self) -> str:
        """The documented name.

        >>> Region.field_name
        'region_code'
        """
        return self._documented.name

    def __repr__(self) -> str:
        text, inner = ("~" if self._negated else "") + self._documented.title, ""
        for left, symbol in self._before:
            right = f"({text})" if inner == "|" and symbol == "&" else text
            text, inner = f"{written(left)} {symbol} {right}", symbol
        return text

    # Combining: a field is pending until it is compared

    def __rand__(self, left: Expression) -> Field[V]:
        return self._after(left, "&")

    def __ror__(self, left: Expression) -> Field[V]:
        return self._after(left, "|")

    def __invert__(self) -> Field[V]:
        if self._before:
            raise TypeError(f"~({brief(self)}): nothing is compared yet; write {self._completed()}")
        return attrs.evolve(self, negated=not self._negated)

    def __and__(self, right: NoReturn) -> NoReturn:
        self._stands_left("&", right)

    def __or__(self, right: NoReturn) -> NoReturn:
        self._stands_left("|", right)

    def _after(self, left: object, symbol: str) -> Field[V]:
        if not isinstance(left, Expression):
            beside_a_value(left, symbol, self)
        return attrs.evolve(self, before=(*self._before, (left, symbol)))

    def _complete(self, comparison: Expression) -> Expression:
        if not self._before and not self._negated:
            return comparison
        result = ~comparison if self._negated else comparison
        for left, symbol in self._before:
            result = left & result if symbol == "&" else left | result
        return result

    # Comparing

    def __lt__(self, value: NoReturn) -> Expression:
        raise self._unordered(LT, value)

    def __le__(self, value: NoReturn) -> Expression:
        raise self._unordered(LTE, value)

    def __gt__(self, value: NoReturn) -> Expression:
        raise self._unordered(GT, value)

    def __ge__(self, value: NoReturn) -> Expression:
        raise self._unordered(GTE, value)

    lt, lte, gt, gte = __lt__, __le__, __gt__, __ge__

    def between(self, first: NoReturn, last: NoReturn) -> Expression:
        raise self._without_order(f"{self._documented.title}.between({written(first)}, {written(last)})")

    def eq(self, value: V) -> Expression:
        """Videos that have this value, as in `Region == "US"`.

        >>> Region.eq("US")
        Region == 'US'
        """
        return self._complete(self._compared(EQ, value))

    __eq__ = eq  # type: ignore[assignment]

    def ne(self, value: V) -> Expression:
        """Videos that do not have this value, as in `Region != "US"`.

        >>> Region.ne("US")
        ~(Region == 'US')
        """
        return self._complete(Not(self._compared(NE, value)))

    __ne__ = ne  # type: ignore[assignment]

    def in_(self, *values: V | Iterable[V]) -> Expression:
        """Videos that have one of the values: give several, or one iterable. Repeats are dropped; no value is an error.

        >>> Region.in_("US", "JP", "US")
        Region.in_('US', 'JP')
        """
        return self._complete(self._one_of(IN, values))

    def not_in(self, *values: V | Iterable[V]) -> Expression:
        """Videos that have none of the values.

        >>> Region.not_in(["US", "JP"])
        ~Region.in_('US', 'JP')
        """
        return self._complete(Not(self._one_of(NOT_IN, values)))

    def _compared(self, comparison: Comparison, value: object) -> Condition:
        return _of_accepted_values(self._documented.name, comparison.operation, (self._text(comparison, value),))

    def _text(self, comparison: Comparison, value: object) -> str:
        """A value, as it is sent."""
        documented = self._documented
        try:
            text = as_text(documented, value)
            if ACCEPTS[documented.name](text):
                return text  # type: ignore[no-any-return]
            self._refuse_expressions(comparison.sign, value)
            problems = [fault(documented, text).below("/field_values/0")]
            hint = self._python_hint(value)
            problems = [attrs.evolve(problem, hint=hint) for problem in problems] if hint else problems
        except ValidationError as refusal:
            problems = [*refusal.problems]
        if value is None or isinstance(value, bool):
            problems = [attrs.evolve(problem, message=f"{value} is not text") for problem in problems]
        raise ValidationError(problems, self._spelling(comparison.sign, in_python(value)))

    def _python_hint(self, value: object) -> str | None:
        """What to write in Python instead, where the hint for a document differs."""
        documented = self._documented
        if isinstance(value, (list, tuple, set, frozenset)):
            return f"for several values write {documented.title}.in_(…)"
        if documented.form in ("id", "count") and isinstance(value, (float, bool)):
            if isinstance(value, float) and value.is_integer() and abs(value) < FLOAT_EXACT:
                return f"write {int(value)}"
            lost = (
                ": a float has lost its last digits" if isinstance(value, float) and abs(value) >= FLOAT_EXACT else ""
            )
            return f"write a whole number, such as {documented.example}{lost}"
        return None

    def _one_of(self, comparison: Comparison, given: tuple[object, ...]) -> Condition:
        method = comparison.method
        documented = self._documented
        values = given
        if len(given) == 1 and isinstance(given[0], Iterable) and not isinstance(given[0], (str, bytes, Incomplete)):
            values = taken(given[0], self._spelling(method, "…"))
        try:
            texts = [as_text(documented, value) for value in values]
            if texts and all(map(ACCEPTS[documented.name], texts)):
                return _of_accepted_values(documented.name, comparison.operation, tuple(dict.fromkeys(texts)))
            return Condition(documented.name, comparison.operation, texts)
        except ValidationError as refusal:
            for value in values:
                self._refuse_expressions(method, value)
            raise ValidationError(refusal.problems, refusal.subject or self._spelling(method, "…")) from None

    def _spelling(self, symbol: str, value: str) -> str:
        """A comparison, as written in Python."""
        title = self._documented.title
        return f"{title}.{symbol}({value})" if symbol.isidentifier() else f"{title} {symbol} {value}"

    # Traps

    if not TYPE_CHECKING:  # without this, a type checker reports by itself that the method does not exist

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):  # Python and notebooks look these names up
                raise AttributeError(name)
            raise AttributeError(f"{self._documented.title} has no {name!r}; {_instead_of(name, self._documented)}")

    def _refuse_expressions(self, symbol: str, value: object) -> None:
        if isinstance(value, (Expression, Incomplete)):
            given = brief(value) if symbol.isidentifier() else written(value)
            raise TypeError(
                f"{self._spelling(symbol, given)}: a field is compared with values; "
                f"put parentheses round each comparison: ({self._documented.title} == …) & (…)"
            )

    def _stands_left(self, symbol: str, right: object) -> NoReturn:
        raise TypeError(
            f"{brief(self)} {symbol} {written(right)}: {symbol} binds tighter than a comparison, and "
            f"{self._documented.title} is not compared yet; "
            f"put parentheses round each comparison: {self._completed()} {symbol} (…)"
        )

    def _completed(self) -> str:
        """How a comparison could complete the field, for a message."""
        compared = f"{'~' if self._negated else ''}({self._documented.title} == …)"
        return f"… {self._before[-1][1]} {compared}" if self._before else compared

    def _unordered(self, comparison: Comparison, value: object) -> TypeError:
        return self._without_order(self._spelling(comparison.sign, written(value)))

    def _without_order(self, spelling: str) -> TypeError:
        ordered = listing(field.title for field in FIELDS.values() if field.is_ordered)
        return TypeError(
            f"{spelling}: only {ordered} have an order; for several values use {self._documented.title}.in_(...)"
        )

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"{brief(self)} has no truth value: write & for and, | for or, ~ for not, "
            f"with parentheses round each comparison: ({self._documented.title} == …) & (…)"
        )

    def __hash__(self) -> NoReturn:
        raise TypeError(
            f"{brief(self)} in a set, or as a key: for one of several values write {self._documented.title}.in_(...)"
        )

    def __contains__(self, value: object) -> NoReturn:
        title = self._documented.title
        raise TypeError(
            f"{in_python(value)} in {title}: write {title} == {in_python(value)}, or {title}.in_(...) for several"
        )

    def __iter__(self) -> NoReturn:
        raise TypeError(f"{brief(self)} has no values to go through: write {self._documented.title}.in_(...)")


class OrderedField(Field[V]):
    """A field whose values have an order: days, lengths and counts.

    >>> CreateDate >= "2023-01-31"
    CreateDate >= '20230131'
    >>> Length > "SHORT"
    Length.in_('MID', 'LONG', 'EXTRA_LONG')
    >>> ViewCount > 1000
    ViewCount > '1000'
    """

    __slots__ = ()

    def __lt__(self, value: V) -> Expression:
        return self.lt(value)

    def __le__(self, value: V) -> Expression:
        return self.lte(value)

    def __gt__(self, value: V) -> Expression:
        return self.gt(value)

    def __ge__(self, value: V) -> Expression:
        return self.gte(value)

    def lt(self, value: V) -> Expression:
        """Videos below the value, as in `CreateDate < "20230131"`.

        >>> Length.lt("LONG")
        Length.in_('SHORT', 'MID')
        """
        return self._complete(self._beyond(LT, value))

    def lte(self, value: V) -> Expression:
        """Videos at or below the value, as in `CreateDate <= "20230131"`.

        >>> Length.lte("SHORT")
        Length.in_('SHORT')
        """
        return self._complete(self._beyond(LTE, value))

    def gt(self, value: V) -> Expression:
        """Videos above the value, as in `CreateDate > "20230131"`.

        >>> CreateDate.gt(date(2023, 1, 31))
        CreateDate > '20230131'
        """
        return self._complete(self._beyond(GT, value))

    def gte(self, value: V) -> Expression:
        """Videos at or above the value, as in `CreateDate >= "20230131"`.

        >>> Length.gte("LONG")
        Length.in_('LONG', 'EXTRA_LONG')
        """
        return self._complete(self._beyond(GTE, value))

    def between(self, first: V, last: V) -> Expression:
        """Videos between the two values, both included. Raises ValidationError if they are swapped.

        >>> CreateDate.between("20230101", "20230131")
        (CreateDate >= '20230101') & (CreateDate <= '20230131')
        >>> Length.between("MID", "LONG")
        Length.in_('MID', 'LONG')
        """
        documented = self._documented
        low, high = self._beyond(GTE, first), self._beyond(LTE, last)
        if documented.in_order:
            among = [value for value in low.field_values if value in high.field_values]
            is_swapped = not among
        else:
            number = documented.by_form(SCALES, "the order of values").number
            is_swapped = number(low.field_values[0]) > number(high.field_values[0])
        if is_swapped:
            message, hint = "the first value is after the last", "swap the two"
            subject = f"{documented.title}.between({in_python(first)}, {in_python(last)})"
            raise ValidationError([Problem("error", documented.code, "", message, hint)], subject)
        return self._complete(Condition(documented.name, "IN", among) if documented.in_order else low & high)

    def _beyond(self, comparison: Comparison, value: object) -> Condition:
        """The condition for one side. Raises ValidationError if no value can meet it."""
        documented, sign = self._documented, comparison.sign
        text = self._text(comparison, value)
        operation: str = comparison.operation
        values: tuple[str, ...] = (text,)
        if documented.in_order:
            operation, values = "IN", _SIDES[operation](documented.values, documented.values.index(text))
        if not values or selects_nothing(documented, operation, text):
            subject = f"{documented.title} {sign} {shown(value)}"
            hint = f"write {documented.title} {sign}= {text!r} or == {text!r}"
            raise ValidationError([Problem("error", documented.code, "", "nothing lies there", hint)], subject)
        return Condition(documented.name, operation, values)


def _instead_of(name: str, documented: ConditionField) -> str:
    """What to write in place of a method that other libraries have."""
    if name in ("contains", "like", "ilike", "startswith", "match"):
        return "a text is compared as a whole, and Keyword == 'cat' finds any part of the description"
    if name in ("isin", "is_in"):
        return f"write {documented.title}.in_(...)"
    return "its methods are eq, ne, in_ and not_in" + (", lt, lte, gt, gte, between" * documented.is_ordered)


def _of_accepted_values(field_name: str, operation: str, values: tuple[str, ...]) -> Condition:
    """Make a condition from an operation and values that are already checked."""
    condition = _new(Condition)
    _put(condition, "field_name", field_name)
    _put(condition, "operation", operation)
    _put(condition, "field_values", values)
    return condition


_new, _put = object.__new__, object.__setattr__


#: For each operation, the part of a closed table on that side of a position.
_SIDES: Final[dict[str, Callable[[tuple[str, ...], int], tuple[str, ...]]]] = {
    "LT": lambda table, place: table[:place],
    "LTE": lambda table, place: table[: place + 1],
    "GT": lambda table, place: table[place + 1 :],
    "GTE": lambda table, place: table[place:],
}

#: The day a video was created, in UTC. Takes dates, moments, `"YYYYMMDD"` and `"YYYY-MM-DD"`, and has an order.
CreateDate: Final[OrderedField[date | str]] = OrderedField(FIELDS["create_date"])
#: The username of the creator, without the @.
Username: Final[Field[str]] = Field(FIELDS["username"])
#: The country in which the creator registered, as a documented code.
Region: Final[Field[RegionCode]] = Field(FIELDS["region_code"])
#: The id of the video, as an int or in digits.
VideoId: Final[Field[int | str]] = Field(FIELDS["video_id"])
#: A hashtag of the video, without the #. A video can have several.
Hashtag: Final[Field[str]] = Field(FIELDS["hashtag_name"])
#: Any part of the description, whatever the case.
Keyword: Final[Field[str]] = Field(FIELDS["keyword"])
#: The id of the music, as an int or in digits.
MusicId: Final[Field[int | str]] = Field(FIELDS["music_id"])
#: The id of an effect, as an int or in digits; 0 is one. A video can have several.
EffectId: Final[Field[int | str]] = Field(FIELDS["effect_id"])
#: How long the video is: SHORT < MID < LONG < EXTRA_LONG.
Length: Final[OrderedField[LengthName]] = OrderedField(FIELDS["video_length"])

#: The number of views at the time of the call: an int or digits. It has an order.
ViewCount: Final[OrderedField[int | str]] = OrderedField(FIELDS["view_count"])
#: The number of comments at the time of the call: an int or digits. It has an order.
CommentCount: Final[OrderedField[int | str]] = OrderedField(FIELDS["comment_count"])


def field_objects(names: Mapping[str, object]) -> dict[str, Field[Any]]:
    """The field objects among the values of a module, by documented name.

    Raises NotImplementedError for a documented field that has no object, or an object with other comparisons.
    """
    made = {value.field_name: value for name, value in names.items() if isinstance(value, Field)}
    for name, documented in FIELDS.items():
        if name not in made:
            raise NotImplementedError(f"{documented.title}, the object for the field {name}, is missing")
        if isinstance(made[name], OrderedField) is not documented.is_ordered:
            kind = "an OrderedField" if documented.is_ordered else "a plain Field"
            raise NotImplementedError(f"{documented.title} has to be {kind}: it takes {sorted(documented.operations)}")
    return made


#: The field objects by documented name.
FIELD_OBJECTS: Final = field_objects(globals())
