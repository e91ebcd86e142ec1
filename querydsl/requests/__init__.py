"""What is sent: `query`, the API's object of three lists, `request`, a body with its days, and `curl`, a request as a
command and back; `words`, `posix_shell` and `windows_shells` read a command as its shell does.
"""
