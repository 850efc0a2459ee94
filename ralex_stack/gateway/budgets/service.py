"""The reservations of this process: its budgets, and its connection to Valkey."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError  # noqa: A004

from ralex_stack.gateway.budgets.policy import load
from ralex_stack.gateway.budgets.reservations import Reservations
from ralex_stack.gateway.budgets.store import Store
from ralex_stack.gateway.budgets.warnings import Warnings
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSWORD = "VALKEY_PASSWORD"  # noqa: S105
WEBHOOK = "BUDGET_WEBHOOK"

_TRIES = 14
"""With the pauses between them, ten seconds: Valkey is back by then where it was restarted."""


def connect(address: str, password: str | None) -> Redis:
    """A client that waits for Valkey to come back, and connects when it is first used."""
    host, _, port = address.rpartition(":")
    return Redis(
        host=host,
        port=int(port),
        password=password,
        socket_timeout=2,
        socket_connect_timeout=2,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), retries=_TRIES),
        retry_on_error=[ConnectionError, TimeoutError, BusyLoadingError],
    )


def start(environ: Mapping[str, str]) -> Reservations:
    """Raises BudgetsError where the file of budgets cannot be read."""
    budgets = load(Path(environ.get(CONFIG, DEFAULT_CONFIG)))
    store = Store(connect(budgets.valkey, environ.get(PASSWORD)))
    return Reservations(budgets, store, Warnings(budgets, store, environ.get(WEBHOOK)).crossed)


reservations = start(os.environ)

_SWEEP_SECONDS = 30


async def keep_sweeping(seconds: float) -> None:
    """For ever: see Reservations.sweep, to which `seconds` go."""
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        # Valkey does not answer: the next time.
        with suppress(RedisError):
            await reservations.sweep(seconds)
