"""The command that serves the sandbox: makes an app from its options, and prints how to reach it."""

from __future__ import annotations

import argparse
import json
import os
import time
from difflib import get_close_matches
from typing import Any, Final

from ..errors import ValidationError
from ..sandbox import App, Fault, corpus, serve
from ..showing import count
from ..tables import API_URL
from .terminal import Failure, put, say, terminable

#: The options of a fault, and those that are texts instead of whole numbers.
_OPTIONS: Final = ("at", "times", "every", "status", "retry_after", "first", "last", "hours", "field")
_TEXTS: Final = ("first", "last", "field")
_KNOWN: Final = ", ".join(_OPTIONS)


def serve_sandbox(arguments: argparse.Namespace) -> int:
    """Serve the sandbox until it is interrupted."""
    faults: list[Fault] = []
    try:
        faults = [_fault(text) for text in arguments.faults]
    except (ValidationError, argparse.ArgumentTypeError) as failure:
        arguments.usage_error(f"argument --faults: {failure}")
    videos = _videos(arguments)
    seed = time.time_ns()  # each sandbox draws other random videos
    app = App(videos, quota=arguments.quota, latency=arguments.latency, faults=faults, seed=seed)
    try:
        with terminable(), serve(app, port=arguments.port) as url:
            put(url)
            for line in _said(url, len(videos)):
                say(line)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        say("querydsl: the sandbox has ended")
        return 130


def _said(url: str, videos: int) -> list[str]:
    """The settings with which other programs use the sandbox."""
    settings = {"TIKTOK_API_URL": url, "TIKTOK_ACCESS_TOKEN": "any"}
    if os.name == "nt":
        set_them = [f"  $env:{name} = '{value}'   (in cmd: set {name}={value})" for name, value in settings.items()]
    else:
        set_them = ["  export " + " ".join(f"{name}={value}" for name, value in settings.items())]
    return [
        f"The sandbox has {count(videos, 'video')}, and takes any token and any credentials.",
        "For the other commands of querydsl, and for Client.from_env():",
        *set_them,
        f"For other clients: put {url} in the place of {API_URL}",
        "Ctrl-C ends it.",
    ]


# Faults


def _fault(text: str) -> Fault:
    """The fault in a text such as "rate-limit:at=3,times=2".

    >>> _fault("rate-limit:at=3,times=2") == Fault("rate-limit", at=3, times=2)
    True
    """
    kind, _, options = text.partition(":")
    given = dict(_option(option) for option in options.split(",") if option)
    return Fault(kind, **given)  # type: ignore[arg-type]


def _option(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    if name not in _OPTIONS:
        near = get_close_matches(name[:40], _OPTIONS, 1)
        meant = f"did you mean {near[0]!r}? The" if near else "the"
        raise argparse.ArgumentTypeError(f"{text[:80]!r}: there is no such option; {meant} options are {_KNOWN}")
    if name in _TEXTS:
        return name, value
    if name == "times" and value == "all":
        return name, None
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise argparse.ArgumentTypeError(f"{text[:80]!r}: write a whole number, such as {name}=3")
    return name, int(value)


# Videos


def _videos(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """The videos of the given file, or made-up ones."""
    if arguments.corpus is None:
        return corpus(arguments.videos, 0, *(arguments.between or ()))
    if arguments.between is not None:
        arguments.usage_error("argument --between: it is for made-up videos; leave it out with --corpus")
    return _read(arguments.corpus)


def _read(file: str) -> list[dict[str, Any]]:
    try:
        with open(file, encoding="utf-8-sig") as lines:  # the name as given, even if it is not valid
            return [_video(line, f"{file}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    except OSError as failure:
        raise Failure(f"{file}: {failure.strerror}") from None
    except UnicodeDecodeError:
        raise Failure(f"{file}: this is not text in UTF-8") from None
    except ValueError:
        raise Failure(f"{file}: this is not the name of a file") from None


def _video(line: str, place: str) -> dict[str, Any]:
    try:
        video = json.loads(line)
    except (ValueError, RecursionError):
        video = None
    if not isinstance(video, dict):
        raise Failure(f"{place}: this is not a video as a JSON object on one line")
    return video
