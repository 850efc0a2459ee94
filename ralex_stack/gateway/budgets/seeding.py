"""Counters made from the ledger: of limits that are new, and where Valkey's data were lost."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.accounts.stream import StreamHome, carry_all, locked
from ralex_stack.gateway.budgets.policy import NANO, STACK
from ralex_stack.gateway.budgets.scripts import script, text
from ralex_stack.gateway.budgets.store import COUNTED, ESTIMATES, LEDGER, OPEN

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from redis.asyncio import Redis

    from ralex_stack.gateway.accounts.home import Group, Home
    from ralex_stack.gateway.budgets.policy import Budgets, Counter

_FIELDS: dict[str, Group] = {"key": "key", "model": "model", "tier": "tier", "provider": "model"}
"""Scope of a limit → the field of accounts by which they concern it; none for the whole stack."""


class Seeding:
    """Raises redis.RedisError, or what the ledger's home raises, where one of them is away."""

    def __init__(self, budgets: Budgets, client: Redis, home: Home) -> None:
        self._budgets = budgets
        self._client: Any = client
        self._home = home
        self._seed = client.register_script(script("seed"))
        self._working = asyncio.Lock()

    async def seed(self, counter: Counter) -> None:
        """Make a counter of all that was spent and is held in its window, if it has not that."""
        async with self._working:
            if await self._is_whole(counter):
                return
            # Nothing goes on its way to its home meanwhile: it would be seen twice, or not at all.
            async with locked(self._client):
                await carry_all(self._client, self._home)
                await self._make(counter, await self._at_home(counter))

    async def seed_all(self, counters: Sequence[Counter]) -> None:
        """Those of them that are needed, before calls ask for them."""
        for counter in counters:
            await self.seed(counter)

    async def _is_whole(self, counter: Counter) -> bool:
        since = await self._client.hget(COUNTED, counter.limit_key)
        if since is None:
            return False
        own = await self._client.hget(counter.key, "since")
        if own is not None or await self._client.exists(counter.key):
            return text(own or b"") == text(since)
        return int(since) <= counter.starts_ms

    async def _at_home(self, counter: Counter) -> int:
        """Billionths of a dollar that the ledger's home has of it; the script reads the stream."""
        if isinstance(self._home, StreamHome):
            return 0
        field, values = self._concerned(counter)
        by: tuple[Group, ...] = (field,) if field else ()
        window = counter.window
        totals = await self._home.totals(by, window.start, window.end, "UTC")
        costs = (total.cost for total in totals if not field or total.group[0] in values)
        return round(sum(costs) * NANO)

    def _concerned(self, counter: Counter) -> tuple[Group | None, Collection[str | None]]:
        """The field of accounts, and its values, by which they count there."""
        limit = counter.limit
        if limit.scope == STACK:
            return None, ()
        if limit.scope != "provider":
            return _FIELDS[limit.scope], (limit.name,)
        models = self._budgets.models.items()
        return "model", [name for name, rates in models if limit.name in rates.providers]

    async def _make(self, counter: Counter, nano: int) -> None:
        field, values = self._concerned(counter)
        window = counter.window
        await self._seed(
            keys=[counter.key, COUNTED, OPEN, ESTIMATES, LEDGER],
            args=[
                counter.limit_key,
                int(time.time() * 1000),
                nano,
                counter.starts_ms,
                counter.ends_ms,
                _text(window.start),
                _text(window.end),
                field or "",
                json.dumps({str(value): True for value in values}),
                counter.forgotten_ms,
            ],
        )


def _text(moment: datetime) -> str:
    """As accounts have it, so that texts compare as times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
