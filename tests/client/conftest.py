from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import attrs
import pytest

from querydsl import Client

from .server import Script, Server, scripted


@attrs.frozen
class Talk:
    """A client, its server, and the pauses that it makes."""

    client: Client
    server: Server
    pauses: list[float]

    @property
    def counts(self) -> tuple[int, int]:
        """The queries that the client has counted, and those that the server has received."""
        return self.client.calls, len(self.server.queries)


@pytest.fixture
def talk() -> Iterator[Callable[..., Talk]]:
    """Starts a client against a server that follows a script; the client never sleeps."""
    with ExitStack() as stack:

        def begin(script: Script = (), tokens: Script = (), **options: Any) -> Talk:
            server = stack.enter_context(scripted(script, tokens))
            pauses: list[float] = []
            if "credentials" not in options:
                options.setdefault("token", "clt.given")
            client = Client(**{"base_url": server.url, "sleep": pauses.append, **options})
            return Talk(stack.enter_context(client), server, pauses)

        yield begin


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Sets an environment variable; at first, none of those that a client reads is set."""
    for name in ("TIKTOK_ACCESS_TOKEN", "TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET", "TIKTOK_API_URL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv
