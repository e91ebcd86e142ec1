"""Queries and requests, and the forms in which they are sent.

`query` is the API's object of three lists, and `request` a body with its days. `curl` writes a request as a command and
reads commands; `words`, `posix_shell` and `windows_shells` split a command into words as its shell does. `scripts`
writes requests as programs.
"""
