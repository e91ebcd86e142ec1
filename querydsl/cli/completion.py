"""Shell completion through argcomplete: commands, options, formats, files, and words of an expression."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable
from typing import Final

from ..tables import ALL_FIELDS, FIELDS

Completer = Callable[..., Iterable[str]]


def answer_shell(parser: argparse.ArgumentParser) -> None:
    """Answer a shell that asks for completions at its cursor, and end the process; otherwise do nothing."""
    if "_ARGCOMPLETE" not in os.environ:
        return
    try:
        import argcomplete  # noqa: PLC0415  # an extra
        from argcomplete.completers import ChoicesCompleter, FilesCompleter  # noqa: PLC0415  # an extra
    except ImportError:  # these commands are not run: they are being written
        raise SystemExit(1) from None
    _add_completers(parser, FilesCompleter)
    breaks = os.environ.get(_BREAKS, "")
    os.environ[_BREAKS] = breaks.replace("@", "")  # bash keeps an @ with its word, regardless of COMP_WORDBREAKS
    argcomplete.autocomplete(parser, always_complete_options="long", default_completer=ChoicesCompleter({}))


def _add_completers(parser: argparse.ArgumentParser, files: Callable[..., Completer]) -> None:
    """Give each argument its completer, which its metavar determines."""
    every_file = files()

    def expression(prefix: str, **given: object) -> Iterable[str]:
        file = _FILE.search(prefix)
        if file is None:
            return expression_words(prefix)
        return [prefix[: file.start(1)] + name for name in every_file(prefix=file[1], **given)]

    completers: dict[object, Completer] = {
        "EXPR": expression,
        "NAMES": field_lists,
        "FILE": every_file,
        "OUT": every_file,
        "FILE.db": files(("db",)),
        "FILE.jsonl": files(("jsonl",)),
        ("FIRST", "LAST"): lambda **_: ("today", "yesterday"),
    }
    for action in _actions(parser):
        if action.metavar in completers:
            action.completer = completers[action.metavar]  # type: ignore[attr-defined]


def _actions(parser: argparse.ArgumentParser) -> Iterable[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from command._actions


def field_lists(prefix: str, **_: object) -> list[str]:
    """Names of fields after those that are there, with commas.

    >>> field_lists("id,create")
    ['id,create_time']
    """
    before, comma, begun = prefix.rpartition(",")
    given = before.split(",")
    return [f"{before}{comma}{name}" for name in ALL_FIELDS if name.startswith(begun) and name not in given]


#: argcomplete reads the characters that end a word in the shell from this variable.
_BREAKS: Final = "_ARGCOMPLETE_COMP_WORDBREAKS"
_FILE: Final = re.compile(r"(?:\A|\s)@(\S*)\Z")
_WORD: Final = re.compile(r"\w*\Z")
_TITLES: Final = {field.title: field for field in FIELDS.values()}
_FIELD: Final = re.compile(rf"\b(?:{'|'.join([*FIELDS, *_TITLES])})\b")


def expression_words(prefix: str) -> list[str]:
    """An expression with its last word completed: a field, or a value of the last field if that has a table of them.

    A field comes with what may follow it: of several completions the shell takes what they begin with alike, and leaves
    the quotes round an expression open.

    >>> expression_words("region_code == 'JP' and user")
    ["region_code == 'JP' and username ==", "region_code == 'JP' and username in"]
    >>> expression_words('video_length in ("SHORT", "M')
    ['video_length in ("SHORT", "MID"']
    """
    word = "".join(_WORD.findall(prefix))
    before = prefix.removesuffix(word)
    if before.endswith(('"', "'")):
        fields = _FIELD.findall(before)
        values = (FIELDS.get(fields[-1]) or _TITLES[fields[-1]]).values if fields else ()
        known = [value + before[-1] for value in values]
    elif word[:1].isupper():
        known = [f"{title}{sign}" for title in _TITLES for sign in (" ==", ".in_(")]
    else:
        known = [f"{name} {sign}" for name in FIELDS for sign in ("==", "in")]
    return [before + one for one in known if one.startswith(word)]
