"""Requests as a script that sends them and follows their pages: in R, or in Python without this package.

The script prints each video as a line of JSON. The environment has the token and may have the host.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from ..errors import ValidationError, error
from ..tables import API_URL, QUERY_PATH
from .query import Query
from .request import Request


@attrs.frozen
class _Language:
    """How a language writes the parts of a request."""

    #: A list of values, and an object of members; `{}` is the place of their contents.
    array: str
    members: str
    #: A member, from its key and its value.
    member: str
    #: The syntax of a name, and of giving it a value.
    assign: str
    true: str
    false: str
    number: str = "{}"


_PYTHON: Final = _Language("[{}]", "{{{}}}", '"{}": {}', "{} = {}", "True", "False")
_R: Final = _Language("list({})", "list({})", "{} = {}", "{} <- {}", "TRUE", "FALSE", "{}L")


def python_script(requests: Sequence[Request]) -> str:
    """A script for Python 3.10 and later that needs nothing else.

    >>> from querydsl import Region, select
    >>> print(python_script(select("id").where(Region == "US").on("20230101").plan())[:75])
    # Ask the TikTok Research API for videos, and print each as a line of JSON.
    """
    return _script(_PYTHON_SCRIPT, requests, _PYTHON)


def r_script(requests: Sequence[Request]) -> str:
    """A script for R 4.1 and later with httr2. It prints ids as text, since a number in R would round them.

    Raises ValidationError for a value with a NUL character, which R cannot have in a text.
    """
    if any("\0" in value for request in requests for value in _values(request.query)):
        message = "a value has a NUL character, which no text in R can hold"
        raise ValidationError([error("text", "", message, "leave that value out, or write the script in Python")])
    return _script(_R_SCRIPT, requests, _R)


def _script(template: str, requests: Sequence[Request], language: _Language) -> str:
    [fields] = {request.fields for request in requests}
    filled = template.replace("{host}", API_URL).replace("{path}", QUERY_PATH).replace("{fields}", ",".join(fields))
    return filled.replace("{definitions}", _definitions(requests, language))


def _values(query: Query) -> Iterator[str]:
    for condition in (*query.and_, *query.or_, *query.not_):
        yield from condition.field_values


def _definitions(requests: Sequence[Request], language: _Language) -> str:
    """Each query once, as a named value, and the requests that use it."""
    names: dict[Query, str] = {}
    for request in requests:
        names.setdefault(request.query, f"query_{len(names) + 1}")
    lines = [language.assign.format(name, _query(query, language)) for query, name in names.items()]
    bodies = [_body(request, names[request.query], language) for request in requests]
    lines.append(language.assign.format("requests", _broken(language.array, bodies, "")))
    return "\n".join(lines)


def _query(query: Query, language: _Language) -> str:
    lists = []
    for key, conditions in query.to_dict().items():
        written = [_members(condition, language) for condition in conditions]
        lists.append(language.member.format(key, _broken(language.array, written, "  ")))
    return _broken(language.members, lists, "")


def _body(request: Request, query: str, language: _Language) -> str:
    others = {key: value for key, value in request.to_dict().items() if key != "query"}
    inner = [language.member.format("query", query), *_written(others, language)]
    return language.members.format(", ".join(inner))


def _members(members: dict[str, object], language: _Language) -> str:
    return language.members.format(", ".join(_written(members, language)))


def _written(members: dict[str, object], language: _Language) -> list[str]:
    return [language.member.format(key, _value(value, language)) for key, value in members.items()]


def _value(value: object, language: _Language) -> str:
    if isinstance(value, bool):
        return language.true if value else language.false
    if isinstance(value, int):
        return (language.number if value < _LONGEST_INTEGER_OF_R else "{}").format(value)
    if isinstance(value, str):
        return text_literal(value)
    assert isinstance(value, list)
    return language.array.format(", ".join(map(text_literal, value)))


_LONGEST_INTEGER_OF_R: Final = 2**31


def text_literal(text: str) -> str:
    r"""A text in ASCII, as both languages write it.

    >>> print(text_literal('"caf\u00e9"\n'))
    "\"caf\u00e9\"\n"
    """
    return '"' + "".join(map(_character, text)) + '"'


_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if " " <= character <= "~":
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _broken(around: str, parts: Sequence[str], margin: str) -> str:
    """The parts of a list or an object, each on its own line."""
    return around.format(f"\n{margin}  " + f",\n{margin}  ".join(parts) + f"\n{margin}")


_PYTHON_SCRIPT: Final = '''\
# Ask the TikTok Research API for videos, and print each as a line of JSON.
# Run it with the token in TIKTOK_ACCESS_TOKEN: python videos.py > videos.jsonl
import json
import os
import sys
import time
import urllib.error
import urllib.request

{definitions}

token = os.environ.get("TIKTOK_ACCESS_TOKEN") or sys.exit("set TIKTOK_ACCESS_TOKEN")
host = os.environ.get("TIKTOK_API_URL") or "{host}"
url = host.rstrip("/") + "{path}?fields={fields}"


def ask(body):
    """The data of one page; what may pass is tried again."""
    headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
    call = urllib.request.Request(url, json.dumps(body).encode(), headers)
    for wait in 1, 2, 4, 8, None:
        try:
            with urllib.request.urlopen(call, timeout=120) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            failure = f"{error.code} {error.read().decode(errors='replace')}"
            # a search_id can take some seconds to become valid
            passes = error.code == 429 or error.code >= 500 or (error.code == 400 and "search_id" in body)
        except OSError as error:
            failure, passes = str(error), True
        if wait is None or not passes:
            sys.exit(failure)
        time.sleep(wait)


for body in requests:
    while True:
        data = ask(body)
        for video in data.get("videos") or []:
            print(json.dumps(video))
        if not data.get("has_more") or body.get("is_random"):
            break
        body = {**body, "cursor": data["cursor"], "search_id": data["search_id"]}
'''

_R_SCRIPT: Final = """\
# Ask the TikTok Research API for videos, and print each as a line of JSON.
# Run it with the token in TIKTOK_ACCESS_TOKEN: Rscript videos.R > videos.jsonl
library(httr2)

{definitions}

token <- Sys.getenv("TIKTOK_ACCESS_TOKEN")
if (token == "") stop("set TIKTOK_ACCESS_TOKEN")
host <- Sys.getenv("TIKTOK_API_URL")
if (host == "") host <- "{host}"
url <- paste0(sub("/+$", "", host), "{path}?fields={fields}")

# The data of one page; what may pass is tried again.
ask <- function(body) {
  # a search_id can take some seconds to become valid
  passes <- function(answer) {
    status <- resp_status(answer)
    status == 429 || status >= 500 || (status == 400 && !is.null(body$search_id))
  }
  answer <- request(url) |>
    req_headers(Authorization = paste("Bearer", token)) |>
    req_body_json(body) |>
    req_timeout(120) |>
    req_retry(max_tries = 5, is_transient = passes) |>
    req_error(body = \\(answer) resp_body_string(answer)) |>
    req_perform()
  # ids have more digits than a number in R can hold, so they become texts
  jsonlite::fromJSON(resp_body_string(answer), simplifyVector = FALSE, bigint_as_char = TRUE)$data
}

for (body in requests) {
  repeat {
    data <- ask(body)
    for (video in data$videos) {
      line <- jsonlite::toJSON(video, auto_unbox = TRUE, null = "null", digits = NA)
      writeLines(line, useBytes = TRUE)
    }
    if (!isTRUE(data$has_more) || isTRUE(body$is_random)) break
    body$cursor <- data$cursor
    body$search_id <- data$search_id
  }
}
"""
