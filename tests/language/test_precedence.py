"""No spelling without parentheses ever builds a query that differs from how it reads.

The spellings come from a grammar. Each is read by a reader that knows only how tightly things hold together to the eye;
then Python evaluates it with the real field objects, and `parse` takes it as text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import (
    CreateDate,
    Expression,
    Keyword,
    Length,
    ParseError,
    Region,
    ValidationError,
    all_of,
    any_of,
    none_of,
    parse,
)

# The grammar. A token is an operator or an operand: a field (F has an order, K has none), a value, or something
# complete, by itself or as the call of a method. Values and complete ones are numbered by their place, so that no two
# are equal.

Tokens = tuple[str, ...]

FIELDS = {"F": CreateDate, "K": Keyword}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
METHODS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "in": "in_", "not in": "not_in"}
ORDERS = {"<", "<=", ">", ">="}
PLACES = range(12)

VALUES = {f"v{place}": f"202301{place + 10}" for place in PLACES}
COMPLETE = {f"x{place}": Keyword.eq(f"x{place}") for place in PLACES}
CALLS = {f"F.in_(v{place})": CreateDate.in_(VALUES[f"v{place}"]) for place in PLACES}

#: The names of the operands in Python, and their spelling in text.
OBJECTS: dict[str, object] = {
    **FIELDS, **VALUES, **COMPLETE, "all_of": all_of, "any_of": any_of, "none_of": none_of,
}  # fmt: skip
TEXTS = {
    "F": "create_date",
    "K": "keyword",
    **{name: f'"{value}"' for name, value in VALUES.items()},
    **{name: f"({expression!r})" for name, expression in COMPLETE.items()},
    **{name: repr(expression) for name, expression in CALLS.items()},
}

#: All spellings with this number of operands, each with an optional prefix, and these operators between them.
GRAMMARS = {
    "one": (1, ["F", "K", "x", "v", "c"], ["", "~", "~ ~", "not", "not ~", "not not"], []),
    "two": (
        2,
        ["F", "K", "x", "v", "c"],
        ["", "~", "~ ~", "not", "not ~"],
        ["&", "|", "and", "or", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"],
    ),
    "three": (3, ["F", "x", "v"], ["", "~", "not"], ["&", "|", "and", "or", "==", "!=", "<", "in"]),
    "three, fields and methods": (3, ["F", "K", "x", "c", "v"], ["", "~"], ["&", "|", "and", "==", ">"]),
    "four": (4, ["F", "x", "v"], ["", "~"], ["&", "|", "and", "=="]),
    "five": (5, ["F", "x", "v"], [""], ["&", "|", "=="]),
}


def spellings(length: int, operands: list[str], prefixes: list[str], operators: list[str]) -> Iterator[Tokens]:
    """Every spelling that Python's own grammar takes, but for ~ before a value: `not` follows only and, or, nothing."""
    for between in product(operators, repeat=length - 1):
        choices = [
            [
                (*prefix.split(), named(operand, place))
                for prefix, operand in product(prefixes, operands)
                if (before in ("", "and", "or") or "not" not in prefix) and not (operand == "v" and "~" in prefix)
            ]
            for place, before in enumerate(("", *between))
        ]
        for chosen in product(*choices):
            yield joined(between, chosen)


def named(operand: str, place: int) -> str:
    return {"x": f"x{place}", "v": f"v{place}", "c": f"F.in_(v{place})"}.get(operand, operand)


def joined(between: Tokens, parts: tuple[Tokens, ...]) -> Tokens:
    tokens = parts[0]
    for operator, part in zip(between, parts[1:], strict=True):
        tokens += (operator, *part)
    return tokens


@st.composite
def long_spellings(draw: st.DrawFn) -> Tokens:
    """Up to eight comparisons and complete operands in a row, with any operators and prefixes between them."""
    whole = st.sampled_from([["x"], ["x"], ["c"], ["F", "==", "v"], ["F", "==", "v"], ["K", "!=", "v"], ["F"], ["v"]])
    prefixes = st.sampled_from([[], [], ["~"], ["not"]])
    parts = [
        (*draw(prefixes), *(named(token, place) for token in draw(whole))) for place in range(draw(st.integers(1, 8)))
    ]
    operators = st.sampled_from(["&", "|", "&", "|", "and", "or", "=="])
    between = [draw(st.sampled_from(["and", "or"]) if part[0] == "not" else operators) for part in parts[1:]]
    return joined(tuple(between), tuple(parts))


# How a spelling reads


def reading(tokens: Tokens) -> Expression | None:
    """How a spelling reads: a comparison binds tightest, then ~ and not, then & and and, then | and or."""
    for symbols, combined in (({"|", "or"}, any_of), ({"&", "and"}, all_of)):
        parts = split(tokens, symbols)
        if len(parts) > 1:
            terms = [term for part in parts if (term := reading(part)) is not None]
            return combined(terms) if len(terms) == len(parts) else None
    if tokens[0] in ("~", "not"):
        term = reading(tokens[1:])
        return None if term is None else ~term
    return comparison(tokens)


def split(tokens: Tokens, symbols: set[str]) -> list[Tokens]:
    parts: list[Tokens] = [()]
    for token in tokens:
        if token in symbols:
            parts.append(())
        else:
            parts[-1] += (token,)
    return parts


def comparison(tokens: Tokens) -> Expression | None:
    """A field with a value, a value on each side of a field, or an expression alone; nothing else compares."""
    match tokens:
        case (whole,):
            return {**COMPLETE, **CALLS}.get(whole)
        case (field, symbol, value) if field in FIELDS and value in VALUES and symbol in METHODS:
            return compared(field, symbol, value)
        case (value, symbol, field) if field in FIELDS and value in VALUES and symbol in MIRRORED:
            return compared(field, MIRRORED[symbol], value)
        case (low, first, field, second, high) if field in FIELDS and {low, high} <= VALUES.keys():
            if {first, second} <= {"<", "<="} or {first, second} <= {">", ">="}:
                ends = compared(field, MIRRORED[first], low), compared(field, second, high)
                return all_of(*ends) if None not in ends else None
    return None


def compared(field: str, symbol: str, value: str) -> Expression | None:
    if symbol in ORDERS and FIELDS[field] is not CreateDate:
        return None
    return getattr(FIELDS[field], METHODS[symbol])(VALUES[value])


# The result in Python


def outcome(source: str) -> object:
    """The result in Python, or the error with which the objects refuse it."""
    try:
        return eval(source, dict(OBJECTS))
    except (TypeError, ValidationError) as refusal:
        return refusal


def built(source: str) -> Expression | None:
    made = outcome(source)
    return made if isinstance(made, Expression) else None


def readings(tokens: Tokens) -> Iterator[Expression | None]:
    """How a spelling reads, also if Python cannot tell it from another one, or does not ask our objects."""
    yield reading(tokens)
    # Python asks the right side of `v == x & F` for its `==`, and so does `x & F == v`.
    if tokens[0] in VALUES and len(tokens) > 2 and tokens[1] in MIRRORED:
        yield reading((*tokens[2:], MIRRORED[tokens[1]], tokens[0]))
    # Values have a truth value of their own, and so has `x != y`, which compares structures. From `v and z`, and from
    # `x != y and z`, Python keeps the last part. The same holds for a chain, which Python reads as `v < w and w < F`.
    first, *_, last = asked_in_turn(tokens)
    if last != tokens and isinstance(outcome(" ".join(first)), (str, bool)):
        yield from readings(last)


def asked_in_turn(tokens: Tokens) -> list[Tokens]:
    """The parts whose truth value Python takes one after the other: between `and` and `or`, and in a chain."""
    *before, last = split(tokens, {"and", "or"})
    signs = [place for place, token in enumerate(last) if token in METHODS]
    edges = [-1, *signs, len(last)]
    links = [last[start + 1 : end] for start, end in zip(edges, edges[2:], strict=False)]
    return [*before, *(links or [last])]


class WordsAsFunctions(ast.NodeTransformer):
    """Python's own grouping, with the meaning that and, or, not and `in` have in text."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        return call(ast.Name("any_of" if isinstance(node.op, ast.Or) else "all_of", ast.Load()), *node.values)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return call(ast.Name("none_of", ast.Load()), node.operand) if isinstance(node.op, ast.Not) else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        pairs = []
        for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            if isinstance(operator, (ast.In, ast.NotIn)):
                method = "in_" if isinstance(operator, ast.In) else "not_in"
                pairs.append(call(ast.Attribute(left, method, ast.Load()), right))
            else:
                pairs.append(ast.Compare(left, [operator], [right]))
        return pairs[0] if len(pairs) == 1 else call(ast.Name("all_of", ast.Load()), *pairs)


def call(function: ast.expr, *arguments: ast.expr) -> ast.Call:
    return ast.Call(function, list(arguments), [])


def grouped_by_python(tokens: Tokens) -> Expression | None:
    """What a spelling would build if objects could define and, or, not, `in` and chains."""
    tree = ast.unparse(WordsAsFunctions().visit(ast.parse(" ".join(tokens), mode="eval")))
    try:
        return built(tree)
    except AttributeError:
        return None


def parsed(tokens: Tokens) -> Expression | None:
    try:
        return parse(" ".join(TEXTS.get(token, token) for token in tokens))
    except ParseError:
        return None


def is_safe(tokens: Tokens) -> bool:
    """Whether Python builds what the spelling reads like, or raises an error."""
    expression = built(" ".join(tokens))
    return expression is None or expression in readings(tokens)


def is_safe_as_text(tokens: Tokens) -> bool:
    """Whether `parse` accepts exactly the spellings that Python groups as they read, and reads them like that."""
    reads = reading(tokens)
    return parsed(tokens) == (reads if reads is not None and grouped_by_python(tokens) == reads else None)


@pytest.mark.parametrize("grammar", GRAMMARS.values(), ids=GRAMMARS)
class TestEverySpelling:
    def test_python_builds_what_it_reads_like_or_nothing(self, grammar):
        assert [" ".join(tokens) for tokens in spellings(*grammar) if not is_safe(tokens)] == []

    def test_text_is_taken_where_python_groups_it_as_it_reads(self, grammar):
        assert [" ".join(tokens) for tokens in spellings(*grammar) if not is_safe_as_text(tokens)] == []


@pytest.mark.parametrize(
    ("name", "spelling"),
    [("three", "x0 & ~ F == v2"), ("four", "x0 | x1 & F == v3"), ("five", "x0 | x1 & x2 | F == v4")],
)
def test_the_grammars_hold_what_works(name, spelling):
    assert spelling in map(" ".join, spellings(*GRAMMARS[name]))
    assert built(spelling) is not None


class TestLongSpellings:
    @given(long_spellings())
    def test_python_builds_what_it_reads_like_or_nothing(self, tokens):
        assert is_safe(tokens)

    @given(long_spellings())
    def test_text_is_taken_where_python_groups_it_as_it_reads(self, tokens):
        assert is_safe_as_text(tokens)


US, CAT = Region == "US", Keyword == "cat"
NAMES = {"US": US, "CAT": CAT, "CreateDate": CreateDate, "Keyword": Keyword, "Length": Length, "Region": Region}
EACH = "put parentheses round each comparison:"
NO_TRUTH = (
    "Region == 'US' has no truth value: write & for and, | for or, ~ for not, "
    "Field.between(a, b) for a <= Field <= b, Field.in_(a, b) for Field in (a, b)"
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("US & ~Length == 'SHORT'", US & ~(Length == "SHORT")),
        ("US | Length == 'SHORT'", US | (Length == "SHORT")),
        ("US & Length != 'SHORT'", US & ~(Length == "SHORT")),
        ("US & ~~Length > 'SHORT'", US & (Length > "SHORT")),
        ("US | CAT & Length == 'SHORT'", US | (CAT & (Length == "SHORT"))),
        ("US & CAT | ~Length == 'SHORT'", (US & CAT) | ~(Length == "SHORT")),
        ("~US & ~CreateDate <= '20230131'", ~US & ~(CreateDate <= "20230131")),
        ("US & ~Length.in_('SHORT')", US & ~Length.in_("SHORT")),
        ("~Length == 'SHORT'", ~(Length == "SHORT")),
        ("'SHORT' == Length", Length == "SHORT"),
    ],
)
def test_unambiguous_spellings_work_as_they_read(written, read):
    assert eval(written, dict(NAMES)) == read


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("US and CAT", NO_TRUTH),
        ("not US", NO_TRUTH),
        ("1 if US else 2", NO_TRUTH),
        (
            "'20230101' < CreateDate < '20230131'",
            NO_TRUTH.replace("Region == 'US'", "CreateDate > '20230101'"),
        ),
        (
            "Region == 'US' & Length == 'SHORT'",
            "'US' & Length: a value stands beside &, which binds tighter than a comparison; "
            f"{EACH} (Field == 'US') & (Length == …)",
        ),
        (
            "Region == 'US' | CAT",
            "'US' | (Keyword == 'cat'): a value stands beside |, which binds tighter than a comparison; "
            f"{EACH} (Field == 'US') | (Keyword == 'cat')",
        ),
        (
            "US | 'JP'",
            "(Region == 'US') | 'JP': a value stands beside |, which binds tighter than a comparison; "
            f"{EACH} (…) | (Field == 'JP')",
        ),
        (
            "~Length & US == 'SHORT'",
            "~Length & (Region == 'US'): & binds tighter than a comparison, and Length is not compared yet; "
            f"{EACH} ~(Length == …) & (…)",
        ),
        (
            "US | Length & CAT == 'SHORT'",
            "Length & (Keyword == 'cat'): & binds tighter than a comparison, and Length is not compared yet; "
            f"{EACH} (Length == …) & (…)",
        ),
        (
            "US & Length | CAT",
            "(Region == 'US') & Length | (Keyword == 'cat'): | binds tighter than a comparison, and Length is not "
            f"compared yet; {EACH} … & (Length == …) | (…)",
        ),
        (
            "US | Length == CAT",
            f"Length == (Keyword == 'cat'): a field is compared with values; {EACH} (Length == …) & (…)",
        ),
    ],
    ids=lambda text: text[:36],
)
def test_a_trap_shows_the_right_spelling(written, error):
    with pytest.raises(TypeError) as refusal:
        eval(written, dict(NAMES))
    assert str(refusal.value) == error


def test_the_mirrored_trap_is_read_as_a_pending_comparison():
    assert ("SHORT" == US & Length) == (US & (Length == "SHORT"))
