"""What is sent: `query`, the API's object of three lists, `request`, a body with its days, `curl`, a request as a
command and back, and `scripts`, requests as programs; `words`, `posix_shell` and `windows_shells` read a command as its
shell does.
"""
