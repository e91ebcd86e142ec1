"""The access token: who may have one, how long it lasts, and keeping it out of sight."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import attrs

from ..errors import CredentialsRefused
from ..rules import error, raise_errors
from ..tables import TOKEN_LIFETIME
from .answers import Response, error_object, failure, undocumented
from .patience import Failed

#: A token is renewed so long before it expires: a request may take as long.
_EARLY: Final = timedelta(seconds=120)
_YEAR: Final = 365 * 86_400
_LONGEST: Final = 1_000

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def checked_secret(value: object, name: str) -> str:
    """A secret that can be sent in a header, without the space around it; the message never shows it."""
    if not isinstance(value, str):
        raise_errors([error("type", "", "it is not text", "give it as a str")], name)
    assert isinstance(value, str)
    secret = value.strip()
    if not secret:
        raise_errors([error("text", "", "it is blank", "the vendor's developer portal shows it")], name)
    if not (secret.isascii() and secret.isprintable() and " " not in secret):
        message = "it has characters that no token, key or secret has"
        raise_errors([error("text", "", message, "copy it again, on one line")], name)
    return secret


@attrs.frozen(repr=False)
class Credentials:
    """A client key with its secret, as the vendor's developer portal shows them; they never appear in a text.

    >>> Credentials("awkey", "s3cret")
    Credentials(…)
    """

    client_key: str
    client_secret: str

    def __attrs_post_init__(self) -> None:
        for name in ("client_key", "client_secret"):
            object.__setattr__(self, name, checked_secret(getattr(self, name), name))

    def __repr__(self) -> str:
        return "Credentials(…)"

    def form(self) -> bytes:
        """The body that asks for a token."""
        fields = {
            "client_key": self.client_key,
            "client_secret": self.client_secret,
            "grant_type": "client_credentials",
        }
        return urlencode(fields).encode("ascii")


@attrs.frozen(repr=False)
class Token:
    """An access token, and until when to use it: an aware moment, or None where that is not known."""

    text: str
    until: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Whether it can be used still."""
        return self.until is None or now < self.until


def read_token(response: Response, now: datetime, redact: Callable[[str], str]) -> Token:
    """The token that a response of the token endpoint holds; raises Failed for everything else."""
    try:
        document = json.loads(response.body)
        if not isinstance(document, dict):
            raise ValueError("it is not an object")
        refusal = document.get("error")
        if isinstance(refusal, str) and response.status < 500 and response.status != 429:
            raise Failed(_refused(document, response.status, redact), "final")
        if refusal is not None:
            error = error_object(refusal)
            if error["code"] != "ok":
                raise failure(response, error, redact)
        token = checked_secret(document.get("access_token"), "access_token")
    except (ValueError, RecursionError) as reason:
        raise undocumented(response, str(reason), redact) from None
    seconds = document.get("expires_in")
    lasts = timedelta(seconds=seconds if type(seconds) is int and 0 < seconds < _YEAR else TOKEN_LIFETIME)
    return Token(token, now + lasts - min(_EARLY, lasts / 10))


def _refused(document: dict[str, object], status: int, redact: Callable[[str], str]) -> CredentialsRefused:
    code, message, log_id = (
        redact(value)[:_LONGEST] if isinstance(value := document.get(key), str) else ""
        for key in ("error", "error_description", "log_id")
    )
    return CredentialsRefused(code, message, status, log_id or None)
