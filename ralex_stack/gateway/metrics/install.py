"""Metrics put around and into the gateway of this process."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from redis import RedisError

from ralex_stack.gateway import entries
from ralex_stack.gateway.accounts.homes import FILE
from ralex_stack.gateway.budgets.policy import counters_of
from ralex_stack.gateway.metrics.measured import Measured
from ralex_stack.gateway.metrics.series import Series

if TYPE_CHECKING:
    from ralex_stack.gateway.budgets.policy import Budgets
    from ralex_stack.gateway.budgets.store import Store

_PATIENCE_SECONDS = 2
"""Prometheus waits longer for all the other series."""


def install(app: Any, budgets: Budgets, store: Store, token: str) -> None:
    """Count what `app` answers and the ledger is told; goes around what was added before."""
    series = Series(budgets)
    entries.listeners.append(series.account)

    async def refresh() -> None:
        if FILE.parent.exists():
            disk = shutil.disk_usage(FILE.parent)
            series.volume(disk.total, disk.free)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                counters = counters_of(budgets.limits, datetime.now(UTC), budgets.zone)
                counts = await store.counts(counters)
                # Where Valkey is the ledger's home nothing leaves it.
                outbox = None if budgets.ledger == "valkey" else await store.outbox()
        except (RedisError, TimeoutError):
            series.budgets([], None)
        else:
            limits = (counter.limit for counter in counters)
            series.budgets(zip(limits, counts, strict=True), outbox)

    app.add_middleware(Measured, series=series, token=token, refresh=refresh)
