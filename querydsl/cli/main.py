"""From arguments to an exit status: 0 done, 1 problems found or failed, 2 wrong usage, 130 interrupted.

Results go to stdout, everything else to stderr. A user never sees a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..errors import QueryDSLError
from .arguments import parser
from .completion import answer_shell
from .terminal import say, silence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace", line_buffering=True)  # keeps the two streams in step
    try:
        status = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        say("querydsl: interrupted")
        return 130
    except QueryDSLError as failure:
        say(f"querydsl: {failure}")
        return 1
    except OSError as failure:  # of standard output; `bytes_of` handles errors of reading
        silence(sys.stdout)
        if not isinstance(failure, BrokenPipeError):  # the reader needs no more, as with `| head`
            say(f"querydsl: standard output: {failure.strerror}")
        return 1
    except Exception as fault:  # a user sees no traceback, even for a bug of ours
        say(f"querydsl: this should not have happened, please report it: {type(fault).__name__}: {fault}")
        return 1
    return status


def _run(arguments: Sequence[str] | None) -> int:
    try:
        known = parser()
        answer_shell(known)
        parsed = known.parse_args(arguments)
        status: int = parsed.run(parsed)
    except SystemExit as ended:  # argparse has printed the help, or the error in the arguments
        return int(ended.code or 0)
    return status
