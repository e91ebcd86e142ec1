"""The command `querydsl`: it reads arguments and files, calls the library, and prints.

`arguments` says what each command takes, `main` turns how it ends into an exit status, `compiling`, `checking`,
`sending`, `keeping` and `serving` are the commands, `completion` answers a shell, and `terminal` reads
files and prints what cannot break a terminal.
"""

from .main import main

__all__ = ["main"]
