"""The access token: who may have one, how long it is valid, who fetches it, and how it is kept secret."""

from __future__ import annotations

import html
import json
import logging
import os
import re
from collections import deque
from collections.abc import Callable, Container
from datetime import datetime, timedelta
from os.path import commonprefix
from threading import Event
from typing import Any, Final
from urllib.parse import quote, quote_plus, urlencode

import attrs

from ..errors import CredentialsRefused, MissingCredentials, Problem, QueryDSLError, ValidationError, error
from ..tables import TOKEN_LIFETIME
from .concealing import Concealed, HiddenBytes, HiddenText
from .rate_limit import Turn
from .responses import Response, error_object, failure, told, undocumented
from .retry_policy import Failed

_LOG: Final = logging.getLogger("querydsl")

#: A token is renewed this long before it expires, because a request may take that long.
_EARLY: Final = timedelta(seconds=120)
_YEAR: Final = 365 * 86_400

#: How many first characters of a secret identify a part of it.
_TELLING: Final = 8
#: A text that appears in most messages, so it cannot be a secret.
_NO_SECRET: Final = 3
#: How many spellings of tokens are remembered, the newest ones; a token has up to five.
_TOKENS: Final = 20

#: The codes of RFC 6749, section 5.2. They are public words, so they are never redacted.
_DOCUMENTED: Final = (
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
)

_VARIABLES: Final = ("TIKTOK_ACCESS_TOKEN", "TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET")
#: The message for a user who has set nothing.
WHAT_TO_SET: Final = (
    "set TIKTOK_ACCESS_TOKEN, or TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET, in the environment; "
    "the sandbox (querydsl.sandbox) needs none"
)

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def checked_secret(value: object, name: str) -> str:
    """A secret that can be sent in a header, without surrounding spaces; the message never shows it."""
    problem = _problem(value)
    if problem is None:
        assert isinstance(value, str)
        return value.strip()
    del value  # a traceback may be printed with its local variables
    raise ValidationError([problem], name)


def _problem(value: object) -> Problem | None:
    if not isinstance(value, str):
        return error("type", "", "it is not text", "give it as a str")
    secret = value.strip()
    if not secret:
        return error("text", "", "it is blank", "the vendor's developer portal shows it")
    if not (secret.isascii() and secret.isprintable() and " " not in secret):
        return error("text", "", "it has characters that no token, key or secret has", "copy it again, on one line")
    return None


@attrs.frozen(repr=False, init=False)
class Credentials:
    """A client key with its secret, as in the vendor's developer portal; no text ever shows them.

    They cannot be pickled: each process reads its own from the environment.

    >>> Credentials("awkey", "s3cret")
    Credentials(…)
    """

    _client_key: Concealed[str]
    _client_secret: Concealed[str]

    def __init__(self, client_key: str, client_secret: str) -> None:
        given = Concealed((client_key, client_secret))
        del client_key, client_secret  # a traceback may be printed with its local variables
        key = Concealed(checked_secret(given.value[0], "client_key"))
        secret = Concealed(checked_secret(given.value[1], "client_secret"))
        self.__attrs_init__(key, secret)

    @property
    def client_key(self) -> str:
        """The client key; its `repr` hides it."""
        return HiddenText(self._client_key.value)

    @property
    def client_secret(self) -> str:
        """The client secret; its `repr` hides it."""
        return HiddenText(self._client_secret.value)

    def __repr__(self) -> str:
        return "Credentials(…)"

    def form(self) -> bytes:
        """The body that asks for a token."""
        fields = {
            "client_key": self.client_key,
            "client_secret": self.client_secret,
            "grant_type": "client_credentials",
        }
        return HiddenBytes(urlencode(fields).encode("ascii"))


def credentials_of(given: Concealed[object]) -> Credentials | Problem | None:
    """Credentials from the user's input (credentials, a pair or nothing), or what is wrong with it.

    Raises ValidationError for a key or a secret that cannot be valid.
    """
    if isinstance(given.value, (Credentials, type(None))):
        return given.value
    if isinstance(given.value, tuple) and len(given.value) == 2:
        return Credentials(*given.value)
    hint = "write Credentials(client_key, client_secret)"
    return error("type", "", "credentials is not made of a key and a secret", hint)


def from_environment(given: Container[str]) -> dict[str, Any]:
    """The token and the credentials in the environment, as options of a client, except for options that are given."""
    found = Concealed([os.environ.get(name) or None for name in _VARIABLES])
    has_token, has_key, has_secret = (value is not None for value in found.value)
    if not has_token and has_key != has_secret:
        missing = _VARIABLES[2] if has_key else _VARIABLES[1]
        raise MissingCredentials(f"{missing} is not set in the environment; {WHAT_TO_SET}")
    checked: dict[str, Concealed[Any]] = {}
    if has_key and has_secret and "credentials" not in given:
        checked["credentials"] = Concealed(tuple(checked_secret(found.value[at], _VARIABLES[at]) for at in (1, 2)))
    if has_token and "token" not in given:
        checked["token"] = Concealed(checked_secret(found.value[0], _VARIABLES[0]))
    return {name: option.value for name, option in checked.items()}


class Secrets:
    """The secrets that must not be shown; it removes them from texts of the server."""

    def __init__(self, *lasting: str) -> None:
        self._lasting = tuple(spelling for secret in lasting for spelling in _spellings(secret))
        self._tokens: deque[HiddenText] = deque(maxlen=_TOKENS)

    def add(self, token: str) -> None:
        """Hide another token; the oldest ones are forgotten, because they have expired."""
        if token not in self._tokens:
            self._tokens.extend(_spellings(token))

    def are_in(self, text: str) -> bool:
        """Whether a text is a secret, or contains the beginning of one. Short parts occur by chance, so they do not
        count.

        >>> [Secrets("clt.12345678", "id").are_in(text) for text in ("1clt.12345", "id", "pid", "7311")]
        [True, True, False, False]
        """
        secrets = (*self._lasting, *self._tokens)
        return any(text == secret or (len(secret) >= _TELLING and secret[:_TELLING] in text) for secret in secrets)

    def redact(self, text: str) -> str:
        """A text of the server with each secret in it replaced by ***.

        A secret that is short enough to be part of other words is replaced only where it stands alone. One of up to
        three characters is not replaced.

        >>> Secrets("s3cret/and/long").redact("client_secret=s3cret%2Fand%2Flong, 's3cret/and/l…'")
        "client_secret=***, '***…'"
        >>> Secrets("a", "any").redact("many a video for any token")
        'many a video for any token'
        """
        secrets = sorted((*self._lasting, *self._tokens), key=len, reverse=True)
        for secret in secrets:
            if len(secret) >= _TELLING:
                text = text.replace(secret, "***")
            elif len(secret) > _NO_SECRET:
                text = _alone(secret).sub("***", text)
        for secret in secrets:
            if len(secret) >= _TELLING:
                text = _without_beginning(text, secret)
        return text


def _alone(secret: str) -> re.Pattern[str]:
    """A pattern for a secret that is not part of a longer word."""
    begin, end = ("(?<![^\\W_])" if secret[0].isalnum() else "", "(?![^\\W_])" if secret[-1].isalnum() else "")
    return re.compile(f"{begin}{re.escape(secret)}{end}")


def _spellings(secret: str) -> set[HiddenText]:
    """A secret as it is, and in the spellings of URLs and HTML."""
    quoted = quote_plus(secret)
    lower = re.sub("%..", lambda code: code[0].lower(), quoted)
    return set(map(HiddenText, (secret, quoted, lower, quote(secret), html.escape(secret))))


def _without_beginning(text: str, secret: str) -> str:
    """A text without the first part of a secret, which is left over where a message was cut."""
    first, *others = text.split(secret[:_TELLING])
    rest = secret[_TELLING:]
    left = (other[len(commonprefix([other, rest])) :] for other in others)  # noqa: RUF071  # texts, no paths
    return "***".join([first, *left])


@attrs.frozen(repr=False)
class Token:
    """An access token, and the moment (aware) until which it is used; None if that is not known."""

    text: str = attrs.field(converter=HiddenText)
    until: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return self.until is None or now < self.until


def read_token(response: Response, now: datetime, redact: Callable[[str], str]) -> Token:
    """The token in a response of the token endpoint; raises Failed for everything else."""
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
        told(value, redact) if isinstance(value := document.get(key), str) else ""
        for key in ("error", "error_description", "log_id")
    )
    if document["error"] in _DOCUMENTED:
        code = str(document["error"])
    return CredentialsRefused(code, message, status, log_id or None)


#: Fetches a token; raises Stopped once the event is set.
Fetch = Callable[[Event | None], Token]


class TokenSource:
    """The token of a client. Threads share it: one fetches, and the others wait for its result.

    Without `fetch`, the given token is used at any age.
    """

    def __init__(self, token: Token | None, fetch: Fetch | None, now: Callable[[], datetime]) -> None:
        self._token = token
        self._fetch = fetch
        self._now = now
        self._turn = Turn()

    @property
    def can_renew(self) -> bool:
        """Whether a refused token can be replaced."""
        return self._fetch is not None

    def get(self, stop: Event | None) -> Token:
        """A token that can be used, fetched if necessary. Raises the errors of fetching, and Stopped."""
        while True:
            token = self._usable()
            if token is not None:
                return token
            if self._turn.take():
                return self._renewed(stop)
            self._turn.wait(stop)

    def drop(self, refused: Token) -> None:
        """Forget a token that was refused, unless another thread has renewed it."""
        if self._token is refused:
            self._token = None

    def _usable(self) -> Token | None:
        token = self._token
        return token if token is not None and (self._fetch is None or token.is_fresh(self._now())) else None

    def _renewed(self, stop: Event | None) -> Token:
        """Fetch a token while this thread has the turn."""
        failure = None
        try:
            token = self._usable()  # another thread may have just ended its turn
            if token is None:
                assert self._fetch is not None
                if self._token is not None:
                    _LOG.info("the access token is about to expire; getting a new one")
                token = self._token = self._fetch(stop)
            return token
        except QueryDSLError as error:
            failure = error
            raise
        finally:
            self._turn.end(failure)
