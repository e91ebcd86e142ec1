"""The text of an expression: makes it safe for Python's parser, and finds the places in it for errors."""

from __future__ import annotations

import ast
import re
import threading
import warnings
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

import attrs

from ..errors import ParseError, Problem
from ..showing import LONGEST_SHOWN, one_line, shown
from ..spec.values import is_encodable

#: Limit for Python's parser, which takes gigabytes for longer texts.
MAX_CHARACTERS: Final = 500_000
#: The limit with long lists of values, which Python's parser does not see.
MAX_WITH_LISTS: Final = 5_000_000
#: Python's tokenizer takes as many in every version, and no more.
MAX_BRACKETS: Final = 200
#: Longer chains of operators or calls are refused: Python nests them, and 3.10 crashes on deep nesting.
MAX_CHAINED: Final = 4_000

#: A value as `repr` writes it, and a list in brackets that is long enough to bypass Python's parser. The list may be
#: complete, or end before (or start after) a value in another spelling.
_ESCAPE: Final = r"\\(?:[nrt'\"\\]|x[0-9a-f]{2}|u[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4})"
_PLAIN: Final = (
    rf"(?:'[^'\\\r\n]*(?:{_ESCAPE}[^'\\\r\n]*)*'" rf'|"[^"\\\r\n]*(?:{_ESCAPE}[^"\\\r\n]*)*"' r"|0|[1-9][0-9]{0,18})"
)
_LONG: Final = 100
_BLANK: Final = r"[ \t\r\n\f]*"
_LIST: Final = rf"(?<=[(\[{{,]){_BLANK}{_PLAIN}(?:{_BLANK},{_BLANK}{_PLAIN}){{{_LONG - 1},}}(?={_BLANK}[,)\]}}])"
_LISTS: Final = re.compile(_LIST)
_VALUES: Final = re.compile(_PLAIN)

#: The tokens to check before Python's parser sees the text: strings, comments, line breaks, brackets and operators. Two
#: more are dangers: f-strings, which contain code, and long numbers, which take quadratic time to read.
_SCANNED: Final = re.compile(
    rf"(?P<list>{_LIST})|"
    r"(?P<formatted>(?:[fF][rR]?|[rR][fF])(?=['\"]))|(?P<digits>[0-9][0-9_]{100,})|(?P<curly>[\u2018-\u201f])"
    r"|(?P<string>'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\Z)"
    r'|""\"[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:""\"|\Z)'
    r"|'[^'\\\r\n]*(?:\\[^\r\n][^'\\\r\n]*)*(?:'|(?P<torn>))"
    r'|"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*(?:"|(?P<torn_too>)))'
    r"|(?P<space>\#[^\r\n]*|(?:\\?[\r\n\f])+)|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<file>@(?:'[^'\r\n]*'|\"[^\"\r\n]*\"|[^\s'\"()\[\]{},]+))"
    r"|(?P<apart>,|\b(?:and|or)\b)|(?P<chained>[.|&^+*/%@~-]|<<|>>)",
    re.DOTALL,
)
#: What may stand between two strings that Python joins: blanks, comments, and the prefix of the second one.
_JOINS: Final = re.compile(r"(?:[ \t\r\n\f\\]|#[^\r\n]*(?=[\r\n]))*[rRbBuU]{0,2}")
_REFUSED: Final = {
    "formatted": "a text with an f before it holds code; leave the f out",
    "curly": "this quote is typographic, as text programs make them; write \" or '",
    "digits": "this number has far more digits than any id",
}

#: A hashtag without quotes, which reads as a comment.
_TAG: Final = re.compile(r"[ \t]*(#\w+)")
_IN_QUOTES: Final = 'a # starts a comment here; write the hashtag in quotes, without its #: "cat"'
_LINE_BREAKS: Final = re.compile(r"\r\n|\r|\n")
_FLAT_SPELLING: Final = "write any_of(…, …) and all_of(…, …) for long chains"

#: Python warns of these: unknown escapes, and a word that follows a number without a space.
_WARNED: Final = re.compile(r"\\|[0-9]\.?[a-zA-Z_]")
_SILENCE: Final = threading.Lock()  # the filters of warnings are shared by all threads


def _tree(flat: str) -> ast.Expression:
    """Python's tree of a text, without Python's warnings."""
    if not _WARNED.search(flat):
        return ast.parse(flat, mode="eval")
    with _SILENCE, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(flat, mode="eval")


@attrs.frozen
class ValueList:
    """A long list of values, or the file that contains one."""

    text: str
    path: str | None = None

    def values(self) -> list[object]:
        """The values as written."""
        return [_value(written) for written in _VALUES.findall(self.text)]


def _value(written: str) -> object:
    if "\\" in written:
        return ast.literal_eval(written)
    return int(written) if written.isdigit() else written[1:-1]


@attrs.frozen
class Source:
    """A text, and the same text on one line for Python's parser, with each character in its place."""

    text: str
    flat: str
    #: The position in the text at which `flat` starts.
    start: int = 0
    #: `flat` in bytes, since Python's parser counts bytes.
    encoded: bytes = b""
    #: The long lists and the files of values, by their positions in `encoded`; `flat` has a name in place of each.
    lists: Mapping[int, ValueList] = attrs.field(factory=dict)

    @classmethod
    def of(cls, text: str, files: bool = False) -> Source:
        """The source of a text; `files` says whether it may name files of values."""
        source = cls(text, text)
        if len(text) > MAX_WITH_LISTS:
            source.refuse(0, f"the text is longer than {MAX_WITH_LISTS:,} characters")
        source._check_length(text)
        if not is_encodable(text):
            position = next(n for n, character in enumerate(text) if "\ud800" <= character <= "\udfff")
            source.refuse(position, "half a character (a lone surrogate) stands here; remove it")
        if "\0" in text:
            source.refuse(text.index("\0"), "a NUL character stands here; inside quotes write \\0")
        flat, lists = source._on_one_line(files)
        source._check_length(flat, sum(len(found.text) for _, found in lists))
        if not flat.strip():
            comment = (len(text) - len(text.lstrip())) % max(1, len(text))
            source.refuse(comment, 'the text is empty; write a condition, such as region_code == "US"')
        start = len(flat) - len(flat.lstrip())
        flat = flat.strip()
        places, offset, before = {}, 0, start
        for place, found in lists:
            offset += len(flat[before - start : place - start].encode())
            places[offset], before = found, place
        return cls(text, flat, start, flat.encode(), places)

    def _check_length(self, text: str, listed: int | None = None) -> None:
        """Refuse a text that is too long apart from its long lists, which have `listed` characters."""
        if listed is None:  # checked exactly once the text is scanned
            listed = sum(len(found[0]) for found in _LISTS.finditer(text)) if len(text) > MAX_CHARACTERS else 0
        if len(text) - listed > MAX_CHARACTERS:
            self.refuse(0, f"the text is longer than {MAX_CHARACTERS:,} characters")

    def _on_one_line(self, files: bool) -> tuple[str, list[tuple[int, ValueList]]]:
        """The text with spaces for line breaks and comments, and a name for each list; also the lists by position.

        Refuses texts that Python's parser cannot take.
        """
        pieces: list[str] = []
        lists: list[tuple[int, ValueList]] = []
        end = 0
        before: re.Match[str] | None = None  # the last string
        nesting = _Nesting()
        for found in _SCANNED.finditer(self.text):
            kind, place = found.lastgroup, found.start()
            if kind == "space":
                pieces += [self.text[end:place], " " * len(found[0])]
                end = found.end()
            elif kind in ("list", "file"):
                path = self._path(found, files) if kind == "file" else None
                lists.append((place, ValueList(found[0], path)))
                pieces += [self.text[end:place], "_".ljust(len(found[0]))]
                end = found.end()
            elif kind == "string":
                is_torn = found["torn"] is not None or found["torn_too"] is not None
                if is_torn or "\n" in found[0] or "\r" in found[0]:
                    self.refuse(place, "this text does not end on its line; for a line break inside write \\n")
                if before is not None and _JOINS.fullmatch(self.text, before.end(), place):
                    one, other = (shown(string[0].strip("'\"")) for string in (before, found))
                    self.refuse(place, f"a comma is missing between {one} and {other}")
                before = found
            else:
                wrong = _REFUSED.get(str(kind)) or nesting.follow(kind, place)
                if wrong:
                    self.refuse(place, wrong)
        if nesting.opened:
            self.refuse(nesting.opened[-1], "this bracket is never closed")
        return "".join([*pieces, self.text[end:]]), lists

    def _path(self, found: re.Match[str], files: bool) -> str:
        """The name of a file of values."""
        if not files:
            message = (
                f"{one_line(found[0])} names a file, and none is read here; programs allow it with parse(…, files=True)"
            )
            self.refuse(found.start(), message)
        path = found[0][1:]
        return path[1:-1] if path[0] in "'\"" else path

    def tree(self) -> ast.expr:
        """Python's tree of the text. Raises ParseError if Python cannot parse it."""
        try:
            return _tree(self.flat).body
        except SyntaxError as failure:
            self.refuse_syntax(failure)
        except (MemoryError, RecursionError):
            self.refuse(0, f"this is nested too deeply; {_FLAT_SPELLING}")
        except ValueError:
            self.refuse(0, "this holds a character that no expression has")

    def refuse(self, position: int, message: str, problems: Sequence[Problem] = ()) -> NoReturn:
        """Raise the ParseError for a position in the text."""
        begin = max(self.text.rfind("\n", 0, position), self.text.rfind("\r", 0, position)) + 1
        line = len(_LINE_BREAKS.findall(self.text, 0, begin)) + 1
        ending = _LINE_BREAKS.search(self.text, begin, begin + MAX_CHARACTERS)
        source_line = self.text[begin : ending.start() if ending else begin + MAX_CHARACTERS]
        raise ParseError(message, line, position - begin + 1, source_line, problems)

    def refuse_at(self, node: ast.AST, message: str, problems: Sequence[Problem] = ()) -> NoReturn:
        """Raise the ParseError for a part of the tree."""
        offset = len(self.encoded[: node.col_offset].decode())  # type: ignore[attr-defined]
        self.refuse(self.start + offset, message, problems)

    def refuse_syntax(self, failure: SyntaxError) -> NoReturn:
        """Raise the ParseError for a text that Python cannot parse."""
        if not failure.offset:
            end = self.start + len(self.flat)
            tag = _TAG.match(self.text, end) if self.flat.endswith(("=", " in")) else None
            self.refuse(tag.start(1) if tag else end, _IN_QUOTES if tag else "the expression breaks off here")
        position = min(failure.offset, len(self.flat)) - 1
        doubled = re.compile(r"&&|\|\|").search(self.flat, max(0, position - 1), position + 2)
        if doubled:
            position = doubled.start()
        before, rest = self.flat[:position], self.flat[position:]
        near = before[-_LONGEST_WORD:].rstrip()
        broken = (text for left, right, text in _BROKEN if left.search(near) and right.match(rest))
        capitals = re.match(r"(AND|OR|NOT|IN)\b", rest) or re.search(r"\b(NOT|AND|OR|IN)\s*$", before)
        if known := next(broken, None):
            message = known
        elif re.match(r"=(?!=)", rest) or "=='" in failure.msg:
            message = "a comparison is written with =="
        elif doubled or rest.startswith("!"):
            message = "write & or and, | or or, ~ or not"
        elif capitals:
            message = f"write {capitals[1].lower()} in small letters"
        elif rest.startswith("@"):
            message = "the name of a file stands straight after the @, as in hashtag_name in @tags.txt"
        elif failure.msg.startswith("leading zeros"):
            message = "put days and numbers that begin with 0 in quotes, as '20230131'"
        elif word := _OTHER_LANGUAGES.search(self.flat, 0, position + _LONGEST_WORD):
            message = f"there is no {word[1]}; {_INSTEAD[word[1].lower()]}"
            position = word.start(1)
        elif self._lacks_operator(position):
            message = "two conditions stand side by side; write and or or between them"
        elif "forgot a comma" in failure.msg:
            message = "in what begins here, and, or or a comma is missing between two parts"
        else:
            message = f"this is not an expression: {failure.msg.split(' (')[0]}"
        self.refuse(self.start + position, message)

    def _lacks_operator(self, position: int) -> bool:
        """Whether a word directly follows a value or a closing bracket."""
        before = self.flat[:position].rstrip()
        return before.endswith(("'", '"', ")", "]")) and self.flat[position].isalpha()

    def written(self, node: ast.expr) -> str:
        """A part as it was written, for a message."""
        text = one_line(self.encoded[node.col_offset : node.end_col_offset].decode())
        return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"

    def list_at(self, node: ast.expr) -> ValueList | None:
        """The list of values that a name replaces."""
        return self.lists.get(node.col_offset) if isinstance(node, ast.Name) else None

    def is_closed_after(self, node: ast.expr) -> bool:
        """Whether a closing bracket directly follows a part."""
        place = node.end_col_offset
        assert place is not None
        while self.encoded[place : place + 1].isspace():
            place += 1
        return self.encoded[place : place + 1] == b")"

    def is_opened_before(self, node: ast.expr) -> bool:
        """Whether an opening bracket is directly before a part."""
        place = node.col_offset
        while self.encoded[place - 1 : place].isspace():
            place -= 1
        return self.encoded[place - 1 : place] == b"("


#: What stands before the place of a syntax error, what stands there, and what to write.
_BROKEN: Final = tuple(
    (re.compile(rf"(?:{left})\Z"), re.compile(right), text)
    for left, right, text in (
        (r"", r"<>", "unequal is written !="),
        (r"<", r">", "unequal is written !="),
        (r"", r";", "a ; joins no conditions; write and, or or, between them"),
        (r"\w", r":", "a comparison is written with =="),
        (r"\.", r"in\b", "in is a word of Python, so the method is .in_(…)"),
        (
            r"\b(?:and|or|not)|[&|~]",
            r"[<>]|[=!]=|(?:not\s+)?in\b",
            "a comparison has a field on its left: write it each time, as in view_count > 5 and view_count < 9",
        ),
        (r"[\w)]\s+not", r"['\"\[(]", "unequal is written !=, and none of several not in"),
    )
)

#: Operators of other query languages, and what to write here.
_INSTEAD: Final = {
    "contains": "write ==, for a keyword matches any part of the description",
    "like": "write ==, for a keyword matches any part of the description",
    "equals": "write ==",
    "eq": "write ==",
    "xor": "write (a and not b) or (b and not a)",
    "between": "write two comparisons, as in '20230101' <= create_date <= '20230131'",
}
_OTHER_LANGUAGES: Final = re.compile(rf"(?<=[\w'\")\]]) +({'|'.join(_INSTEAD)}) +(?=['\"\w(~])", re.IGNORECASE)
_LONGEST_WORD: Final = 12


@attrs.define
class _Nesting:
    """An upper bound on the depth of Python's tree, counted while scanning the text."""

    #: The positions of the open brackets.
    opened: list[int] = attrs.field(factory=list)
    #: Within these brackets: the length of the chain since the last comma, `and` or `or`, and of the longest one
    #: before.
    _chained: int = 0
    _longest: int = 0
    #: The same for the enclosing brackets.
    _around: list[tuple[int, int]] = attrs.field(factory=list)

    def follow(self, kind: str | None, place: int) -> str:
        """Count one token; returns the error, or ""."""
        if kind == "open":
            self.opened.append(place)
            self._around.append((self._chained, self._longest))
            self._chained = self._longest = 0
        elif kind == "close":
            if not self.opened:
                return "this bracket closes nothing"
            self.opened.pop()
            inside = max(self._chained, self._longest)
            self._chained, self._longest = self._around.pop()
            self._chained += inside + 1
        elif kind == "apart":
            self._chained, self._longest = 0, max(self._chained, self._longest)
        else:
            self._chained += 1
        if len(self.opened) > MAX_BRACKETS:
            return f"more than {MAX_BRACKETS} brackets are open here"
        if self._chained > MAX_CHAINED:
            return f"more than {MAX_CHAINED:,} operators in one chain; {_FLAT_SPELLING}"
        return ""
