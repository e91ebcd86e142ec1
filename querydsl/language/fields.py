"""The nine fields, whose comparisons make conditions.

In Python `~` and `&` bind tighter than `==`, so `x & ~Length == "SHORT"` is `(x & ~Length) == "SHORT"`. That is why a
field can be *pending*: it remembers what stood before it, and the comparison completes the whole. Where no
comparison could complete it to what it reads like, it is a TypeError that shows the right spelling.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, Generic, NoReturn, TypeVar

import attrs

from ..errors import Problem, ValidationError
from ..showing import shown
from ..spec.values import ACCEPTS, as_text
from ..tables import FIELDS, ConditionField, LengthName, RegionCode
from .expressions import (
    NO_DAY,
    Condition,
    Expression,
    Incomplete,
    Not,
    beside_a_value,
    brief,
    taken,
    valid_condition,
    written,
)

#: What a field is compared with.
V = TypeVar("V")


@attrs.frozen(eq=False, repr=False)
class Field(Incomplete, Generic[V]):
    """A condition field: compare it, and there is an expression.

    The nine fields are there already: `CreateDate`, `Username`, `Region`, `VideoId`, `Hashtag`, `Keyword`, `MusicId`,
    `EffectId` and `Length`. Every comparison raises ValidationError for a value outside the documented table.

    >>> Region == "US"
    Region == 'US'
    >>> (Hashtag == "cats") & ~Length == "SHORT"
    (Hashtag == 'cats') & ~(Length == 'SHORT')
    """

    _documented: ConditionField
    #: Whether a ~ stands directly before the field, in a pending expression.
    _negated: bool = False
    #: What stands before the field, in a pending expression, with the operators: the nearest first.
    _before: tuple[tuple[Expression, str], ...] = ()

    #: NumPy leaves operators between its values and ours to us.
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
        raise self._unordered("<", value)

    def __le__(self, value: NoReturn) -> Expression:
        raise self._unordered("<=", value)

    def __gt__(self, value: NoReturn) -> Expression:
        raise self._unordered(">", value)

    def __ge__(self, value: NoReturn) -> Expression:
        raise self._unordered(">=", value)

    lt, lte, gt, gte = __lt__, __le__, __gt__, __ge__

    def between(self, first: NoReturn, last: NoReturn) -> Expression:  # noqa: ARG002
        raise self._unordered("between", first)

    def eq(self, value: V) -> Expression:
        """What has this value, as `Region == "US"`.

        >>> Region.eq("US")
        Region == 'US'
        """
        return self._complete(self._compared("EQ", "==", value))

    __eq__ = eq  # type: ignore[assignment]

    def ne(self, value: V) -> Expression:
        """What does not have this value, as `Region != "US"`.

        >>> Region.ne("US")
        ~(Region == 'US')
        """
        return self._complete(Not(self._compared("EQ", "!=", value)))

    __ne__ = ne  # type: ignore[assignment]

    def in_(self, *values: V | Iterable[V]) -> Expression:
        """What has one of the values: several, or one iterable of them. Repeats are dropped; none is an error.

        >>> Region.in_("US", "JP", "US")
        Region.in_('US', 'JP')
        """
        return self._complete(self._one_of("in_", values))

    def not_in(self, *values: V | Iterable[V]) -> Expression:
        """What has none of the values.

        >>> Region.not_in(["US", "JP"])
        ~Region.in_('US', 'JP')
        """
        return self._complete(Not(self._one_of("not_in", values)))

    def _compared(self, operation: str, symbol: str, value: object) -> Condition:
        documented = self._documented
        try:
            text = as_text(documented, value)
            if ACCEPTS[documented.name](text):
                return valid_condition(documented.name, operation, (text,))
            self._refuse_expressions(symbol, value)
            return Condition(documented.name, operation, (text,))
        except ValidationError as refusal:
            raise ValidationError(refusal.problems, self._spelling(symbol, shown(value))) from None

    def _one_of(self, method: str, given: tuple[object, ...]) -> Condition:
        documented = self._documented
        values = given
        if len(given) == 1 and isinstance(given[0], Iterable) and not isinstance(given[0], (str, bytes, Incomplete)):
            values = taken(given[0], self._spelling(method, "…"))
        try:
            texts = [as_text(documented, value) for value in values]
            if texts and all(map(ACCEPTS[documented.name], texts)):
                return valid_condition(documented.name, "IN", tuple(dict.fromkeys(texts)))
            return Condition(documented.name, "IN", texts)
        except ValidationError as refusal:
            for value in values:
                self._refuse_expressions(method, value)
            raise ValidationError(refusal.problems, refusal.subject or self._spelling(method, "…")) from None

    def _spelling(self, symbol: str, value: str) -> str:
        """A comparison as it is written in Python."""
        title = self._documented.title
        return f"{title}.{symbol}({value})" if symbol.isidentifier() else f"{title} {symbol} {value}"

    # Traps

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
        """How a comparison would complete the field, for a message."""
        compared = f"{'~' if self._negated else ''}({self._documented.title} == …)"
        return f"… {self._before[-1][1]} {compared}" if self._before else compared

    def _unordered(self, symbol: str, value: object) -> TypeError:
        title = self._documented.title
        return TypeError(
            f"{self._spelling(symbol, written(value))}: only CreateDate and Length have an order; "
            f"for several values use {title}.in_(...)"
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
        raise TypeError(f"{shown(value)} in {title}: write {title} == {shown(value)}, or {title}.in_(...) for several")

    def __iter__(self) -> NoReturn:
        raise TypeError(f"{brief(self)} has no values to go through: write {self._documented.title}.in_(...)")


class OrderedField(Field[V]):
    """A field whose values have an order: days, and lengths.

    >>> CreateDate >= "2023-01-31"
    CreateDate >= '20230131'
    >>> Length > "SHORT"
    Length.in_('MID', 'LONG', 'EXTRA_LONG')
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
        """What is below the value, as `CreateDate < "20230131"`.

        >>> Length.lt("LONG")
        Length.in_('SHORT', 'MID')
        """
        return self._complete(self._beyond("LT", "<", value))

    def lte(self, value: V) -> Expression:
        """What is the value or below, as `CreateDate <= "20230131"`.

        >>> Length.lte("SHORT")
        Length.in_('SHORT')
        """
        return self._complete(self._beyond("LTE", "<=", value))

    def gt(self, value: V) -> Expression:
        """What is above the value, as `CreateDate > "20230131"`.

        >>> CreateDate.gt(date(2023, 1, 31))
        CreateDate > '20230131'
        """
        return self._complete(self._beyond("GT", ">", value))

    def gte(self, value: V) -> Expression:
        """What is the value or above, as `CreateDate >= "20230131"`.

        >>> Length.gte("LONG")
        Length.in_('LONG', 'EXTRA_LONG')
        """
        return self._complete(self._beyond("GTE", ">=", value))

    def between(self, first: V, last: V) -> Expression:
        """What lies between the two values, both included. Raises ValidationError if they are swapped.

        >>> CreateDate.between("20230101", "20230131")
        (CreateDate >= '20230101') & (CreateDate <= '20230131')
        >>> Length.between("MID", "LONG")
        Length.in_('MID', 'LONG')
        """
        documented = self._documented
        low, high = self._beyond("GTE", ">=", first), self._beyond("LTE", "<=", last)
        if documented.form == "day":
            swapped = low.field_values > high.field_values
            both: Expression = low & high
        else:
            among = [value for value in low.field_values if value in high.field_values]
            swapped = not among
            both = Condition(documented.name, "IN", among) if among else low
        if swapped:
            message, hint = "the first value is after the last", "swap the two"
            subject = f"{documented.title}.between({shown(first)}, {shown(last)})"
            raise ValidationError([Problem("error", documented.code, "", message, hint)], subject)
        return self._complete(both)

    def _beyond(self, operation: str, symbol: str, value: object) -> Condition:
        """The condition of one side; what no value can meet is refused."""
        documented = self._documented
        compared = self._compared("EQ", symbol, value)
        [text] = compared.field_values
        if documented.form in ("day", "count"):
            nothing = NO_DAY.get(operation) == text
            values: tuple[str, ...] = (text,)
        else:
            place = documented.values.index(text)
            first = {"LT": 0, "LTE": 0, "GT": place + 1, "GTE": place}[operation]
            last = {"LT": place, "LTE": place + 1, "GT": None, "GTE": None}[operation]
            values = documented.values[first:last]
            nothing = not values
            operation = "IN"
        if nothing:
            subject = f"{documented.title} {symbol} {shown(value)}"
            hint = f"write {documented.title} {symbol}= {text!r} or == {text!r}"
            raise ValidationError([Problem("error", documented.code, "", "nothing lies there", hint)], subject)
        return Condition(documented.name, operation, values)


#: The day a video was created, in UTC; takes dates, moments, `"YYYYMMDD"` and `"YYYY-MM-DD"`, and has an order.
CreateDate: Final[OrderedField[date | str]] = OrderedField(FIELDS["create_date"])
#: The username of the creator, without the @.
Username: Final[Field[str]] = Field(FIELDS["username"])
#: The country in which the creator registered, as one of the documented codes.
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
#: How often the video was viewed, when it is asked for.
ViewCount: Final[OrderedField[int | str]] = OrderedField(FIELDS["view_count"])
#: How many comments the video had, when it is asked for.
CommentCount: Final[OrderedField[int | str]] = OrderedField(FIELDS["comment_count"])

#: The field objects by documented name.
FIELD_OBJECTS: Final[dict[str, Field[object]]] = {
    field.field_name: field  # type: ignore[misc]
    for field in (
        CreateDate,
        Username,
        Region,
        VideoId,
        Hashtag,
        Keyword,
        MusicId,
        EffectId,
        Length,
        ViewCount,
        CommentCount,
    )
}
