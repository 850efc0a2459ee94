"""The connection to Valkey of what the stack adds to LiteLLM.

Not LiteLLM's own: that gives up at once, and for a while, when Valkey is restarted.
"""

from __future__ import annotations

import asyncio
import builtins
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError  # noqa: A004

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSWORD = "VALKEY_PASSWORD"  # noqa: S105
"""Variable that holds it."""

_PATIENCE_SECONDS = 10.0
"""Valkey is back by then where it was restarted."""
_TRIES = 14
"""With the pauses between them, as long as that where Valkey refuses to be connected to."""


class Patience(Retry):
    """Tries again for so many seconds, and no longer where Valkey hangs and each try waits too."""

    def __init__(self, seconds: float) -> None:
        super().__init__(ExponentialBackoff(cap=1, base=0.05), retries=_TRIES)
        self._seconds = seconds

    async def call_with_retry(self, *args: Any, **options: Any) -> Any:
        """What Valkey answers. Raises redis.exceptions.TimeoutError where that takes too long."""
        try:
            async with asyncio.timeout(self._seconds):
                return await super().call_with_retry(*args, **options)
        except builtins.TimeoutError as error:
            raise TimeoutError(f"Valkey does not answer within {self._seconds:g} s") from error


def connect(
    address: str, environ: Mapping[str, str], *, patience: float = _PATIENCE_SECONDS
) -> Redis:
    """A client of HOST:PORT, which connects when it is first used.

    `patience` is how many seconds a command waits for Valkey.
    """
    host, _, port = address.rpartition(":")
    return Redis(
        host=host,
        port=int(port),
        password=environ.get(PASSWORD),
        socket_timeout=2,
        socket_connect_timeout=2,
        retry=Patience(patience),
        retry_on_error=[ConnectionError, TimeoutError, BusyLoadingError],
    )
