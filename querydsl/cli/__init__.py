"""The command `querydsl`: it reads arguments and files, calls the library, and prints.

`arguments` defines the arguments of each command, and `main` turns its result into an exit status. `compiling`,
`checking`, `sending`, `keeping` and `serving` are the commands. `completion` answers a shell. `terminal` reads files,
and prints text that is safe for a terminal.
"""

from .main import main

__all__ = ["main"]
