"""Reservations and counters in Valkey, each change of them in one piece.

A counter holds what calls of its window have cost and what is held for those in flight. So what is
never settled, because a gateway died, stays counted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from ralex_stack.gateway.budgets.policy import Counter

OPEN = "reservations"
"""Sorted set of the ids of what is held, by when it was."""

LEDGER = "ledger"
"""Stream of accounts of calls on their way to the ledger's home."""

_KEPT = timedelta(days=7)
"""After a window has ended: calls that began in it are settled in it."""


def _script(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


class Count(NamedTuple):
    """Of one counter, in billionths of a dollar: what calls cost, and what is held for others."""

    spent: int
    held: int


@dataclass(frozen=True)
class NoRoom:
    """A counter has no room for an amount, so that none holds it."""

    counter: Counter
    count: Count


class Store:
    """Raises redis.RedisError where Valkey does not answer."""

    def __init__(self, client: Redis) -> None:
        self._client: Any = client
        self._reserve = client.register_script(_script("reserve.lua"))
        self._settle = client.register_script(_script("settle.lua"))

    async def reserve(
        self, identity: str, nano: int, counters: Sequence[Counter], account: str
    ) -> NoRoom | None:
        """Hold an amount for a call in each counter, in place of what was held for it before.

        Returns the first counter without room; nothing is held then.
        """
        limits = [(each.nano, _gone(each)) for each in counters]
        keys = [_reservation(identity), OPEN, *(each.key for each in counters)]
        told = await self._reserve(
            keys=keys,
            args=[
                identity,
                nano,
                int(time.time() * 1000),
                account,
                *(value for pair in limits for value in pair),
            ],
        )
        fits, *numbers = (int(value) for value in told)
        return None if fits else NoRoom(counters[numbers[0] - 1], Count(*numbers[1:]))

    async def settle(self, identity: str, nano: int | None, account: str) -> dict[str, int]:
        """Count `nano` instead of what was held (none: that), and put the account into the ledger.

        Returns the counters and what each has spent now; none where it was settled before, and
        nothing was done.
        """
        told = await self._settle(
            keys=[_reservation(identity), OPEN, LEDGER],
            args=[identity, "" if nano is None else nano, account],
        )
        texts = [_text(value) for value in told or ()]
        return {key: int(spent) for key, spent in zip(texts[::2], texts[1::2], strict=True)}

    async def record(self, account: str, nano: int, counters: Sequence[Counter]) -> None:
        """Count a call that nothing was held for, and put its account into the ledger."""
        async with self._client.pipeline(transaction=True) as changes:
            for counter in counters:
                changes.hincrby(counter.key, "spent", nano)
                changes.pexpireat(counter.key, _gone(counter))
            changes.xadd(LEDGER, {"account": account})
            await changes.execute()

    async def forgotten(self, seconds: float) -> list[tuple[str, str]]:
        """Id and account of what is held for longer: who was to settle it is gone."""
        last = (time.time() - seconds) * 1000
        found = []
        for identity in await self._client.zrangebyscore(OPEN, 0, last, start=0, num=1000):
            name = _text(identity)
            account = await self._client.hget(_reservation(name), "account")
            found.append((name, _text(account or b"{}")))
        return found

    async def counts(self, counters: Sequence[Counter]) -> list[Count]:
        """What is counted in each."""
        found = []
        for counter in counters:
            spent, held = await self._client.hmget(counter.key, "spent", "held")
            found.append(Count(int(spent or 0), int(held or 0)))
        return found

    async def outbox(self) -> int:
        """How many accounts wait to be carried to the ledger's home."""
        return int(await self._client.xlen(LEDGER))

    async def first(self, name: str, seconds: int) -> bool:
        """Whether nobody asked this of that name before, within the time."""
        return bool(await self._client.set(f"told:{name}", 1, nx=True, ex=seconds))


def _gone(counter: Counter) -> int:
    """When Valkey may forget it, in ms."""
    return int((counter.window.end + _KEPT).timestamp() * 1000)


def _reservation(identity: str) -> str:
    return f"reservation:{identity}"


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
