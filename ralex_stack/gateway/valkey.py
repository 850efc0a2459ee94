"""The connection to Valkey of what the stack adds to LiteLLM.

Not LiteLLM's own: that gives up at once, and for a while, when Valkey is restarted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError  # noqa: A004

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSWORD = "VALKEY_PASSWORD"  # noqa: S105
"""Variable that holds it."""

_TRIES = 14
"""With the pauses between them, ten seconds: Valkey is back by then where it was restarted."""


def connect(address: str, environ: Mapping[str, str]) -> Redis:
    """A client of HOST:PORT. It connects when it is first used, and waits for Valkey to be back."""
    host, _, port = address.rpartition(":")
    return Redis(
        host=host,
        port=int(port),
        password=environ.get(PASSWORD),
        socket_timeout=2,
        socket_connect_timeout=2,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), retries=_TRIES),
        retry_on_error=[ConnectionError, TimeoutError, BusyLoadingError],
    )
