"""Where scoped keys are kept: what `ralex-stack keys` needs of it, and the home in Valkey."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from redis.exceptions import WatchError

from ralex_stack.gateway.budgets.policy import NANO, counters_of
from ralex_stack.gateway.budgets.store import Store
from ralex_stack.gateway.scoped_keys.key import ScopedKey, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from redis.asyncio import Redis

KEYS = "keys"
"""Hash: digest of a key → what is kept of it."""

VERSION = "keys:version"
"""Another text after each change of the keys."""

_REMEMBERED = timedelta(days=90)
"""For how long one that was revoked is told so; after that it is unknown."""

_DISK_MILLISECONDS = 3000

Kept = dict[str, ScopedKey]
"""By digest."""


class AliasTakenError(Exception):
    """A key of that alias is there."""


class AliasUnknownError(Exception):
    """No key has that alias; `known` are those that there are."""

    def __init__(self, known: list[str]) -> None:
        super().__init__()
        self.known = known


class Home(Protocol):
    """Where keys are kept."""

    async def create(self, digest: str, key: ScopedKey) -> ScopedKey:
        """Keep a key. Raises AliasTakenError; an alias that was revoked is free again."""
        ...

    async def keys(self) -> list[ScopedKey]:
        """All that are not revoked, by alias."""
        ...

    async def revoke(self, alias: str) -> ScopedKey:
        """End a key for good. Raises AliasUnknownError."""
        ...

    async def limit(self, alias: str, budget: Mapping[str, float]) -> ScopedKey:
        """Set the limits of the windows that are named; 0 removes one. Raises AliasUnknownError."""
        ...

    async def spent(self, key: ScopedKey) -> dict[str, float]:
        """Window → USD that are spent in it so far."""
        ...


class ValkeyHome:
    """See Home; raises redis.RedisError where Valkey does not answer or cannot write."""

    def __init__(self, client: Redis, zone: tzinfo = UTC) -> None:
        self._client: Any = client
        self._counters = Store(client)
        self._zone = zone

    async def version(self) -> bytes | None:
        """Changes whenever the keys do."""
        found: bytes | None = await self._client.get(VERSION)
        return found

    async def by_digest(self) -> Kept:
        """All keys, also those that were revoked; what is no key is passed over."""
        return _parsed(await self._client.hgetall(KEYS))

    async def create(self, digest: str, key: ScopedKey) -> ScopedKey:
        """See Home.create."""

        def added(kept: Kept) -> Kept:
            if any(each.alias == key.alias for each in _standing(kept).values()):
                raise AliasTakenError
            return {digest: key}

        return await self._change(added)

    async def keys(self) -> list[ScopedKey]:
        """See Home.keys."""
        return sorted(_standing(await self.by_digest()).values(), key=lambda key: key.alias)

    async def revoke(self, alias: str) -> ScopedKey:
        """See Home.revoke."""
        now = datetime.now(UTC)
        return await self._change(_changing(alias, lambda key: replace(key, revoked=now)))

    async def limit(self, alias: str, budget: Mapping[str, float]) -> ScopedKey:
        """See Home.limit."""

        def limited(key: ScopedKey) -> ScopedKey:
            both = {**key.budget, **budget}
            return replace(key, budget={window: usd for window, usd in both.items() if usd})

        return await self._change(_changing(alias, limited))

    async def spent(self, key: ScopedKey) -> dict[str, float]:
        """See Home.spent."""
        counters = counters_of(key.limits, datetime.now(UTC), self._zone)
        counts = await self._counters.counts(counters)
        return {
            each.limit.window: count.spent / NANO
            for each, count in zip(counters, counts, strict=True)
        }

    async def _change(self, change: Callable[[Kept], Kept]) -> ScopedKey:
        """Keep what one entry is changed to, unless another command changes them meanwhile."""
        async with self._client.pipeline(transaction=True) as pipeline:
            while True:
                try:
                    await pipeline.watch(KEYS)
                    kept = _parsed(await pipeline.hgetall(KEYS))
                    ((digest, key),) = change(kept).items()
                    pipeline.multi()
                    if old := _long_revoked(kept):
                        pipeline.hdel(KEYS, *old)
                    pipeline.hset(KEYS, digest, json.dumps(key.to_data()))
                    pipeline.set(VERSION, uuid4().hex)
                    await pipeline.execute()
                    break
                except WatchError:
                    continue
        # Valkey itself goes to the disk once a second: no revocation may be lost that was told of.
        await self._client.execute_command("WAITAOF", 1, 0, _DISK_MILLISECONDS)
        return key


def _parsed(found: Mapping[bytes, bytes]) -> Kept:
    read = {digest.decode(): parse(text) for digest, text in found.items()}
    return {digest: key for digest, key in read.items() if key is not None}


def _standing(kept: Kept) -> Kept:
    return {digest: key for digest, key in kept.items() if key.revoked is None}


def _long_revoked(kept: Kept) -> list[str]:
    before = datetime.now(UTC) - _REMEMBERED
    return [digest for digest, key in kept.items() if key.revoked and key.revoked < before]


def _changing(alias: str, change: Callable[[ScopedKey], ScopedKey]) -> Callable[[Kept], Kept]:
    def changed(kept: Kept) -> Kept:
        standing = _standing(kept)
        for digest, key in standing.items():
            if key.alias == alias:
                return {digest: change(key)}
        raise AliasUnknownError(sorted(key.alias for key in standing.values()))

    return changed
