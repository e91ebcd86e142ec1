"""Requests -> the API's answers, over HTTP: tokens, retries, paging.

`answers` reads what the API sends, `patience` says what to do after a failure, `paging` how a search is followed: no
I/O in any of them. `transport` posts over urllib3, `tokens` keeps the access token, and `client` puts them together.
"""

from __future__ import annotations

from .client import Client
from .tokens import Credentials

__all__ = ["Client", "Credentials"]
