"""Telling that a limit comes near: in the gateway's log, and to a webhook."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from redis import RedisError

from ralex_stack.gateway.budgets.policy import NANO

if TYPE_CHECKING:
    from ralex_stack.gateway.budgets.policy import Budgets, Counter
    from ralex_stack.gateway.budgets.store import Store
    from ralex_stack.gateway.budgets.webhook import Webhook


class Warnings:
    """Of one gateway; of several, the one that a limit's part is reached in first tells of it."""

    def __init__(self, budgets: Budgets, store: Store, webhook: Webhook | None) -> None:
        self._budgets = budgets
        self._store = store
        self._webhook = webhook
        self._telling: set[asyncio.Task[None]] = set()

    def crossed(self, counter: Counter, before: int, now: int) -> None:
        """A counter held `before` and holds `now`, in billionths of a dollar; nobody waits."""
        reached = [part for part in self._budgets.warn_at if before < part * counter.nano <= now]
        if reached:
            task = asyncio.create_task(self._tell(counter, max(reached), now))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, counter: Counter, part: float, now: int) -> None:
        seconds = int((counter.window.end - counter.window.start).total_seconds())
        try:
            if not await self._store.first(f"{counter.key}:{part:g}", seconds):
                return
        except RedisError:
            # Told twice is better than never.
            pass
        warning = self._warning(counter, part, now)
        print(json.dumps(warning), flush=True)
        if self._webhook:
            await self._webhook.post(warning)

    def _warning(self, counter: Counter, part: float, now: int) -> dict[str, Any]:
        limit = counter.limit
        return {
            "event": "budget",
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "scope": limit.scope,
            "name": limit.name,
            "window": limit.window,
            "limit": limit.usd,
            "spent": round(now / NANO, 6),
            "part": part,
            "ends": counter.window.end.astimezone(self._budgets.zone).isoformat(),
            # What chat services show of a webhook's body.
            "text": f"{part:.0%} of {limit} is spent",
        }
