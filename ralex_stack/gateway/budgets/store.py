"""Reservations and counters in Valkey, each change of them in one piece.

A counter holds what calls of its window have cost and what is held for those in flight. So what is
never settled, because a gateway died, stays counted. One that does not have all that was spent in
its window, because its limit is new or Valkey's data were lost, is made anew by `seeding`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ralex_stack.gateway import virtual
from ralex_stack.gateway.budgets.policy import counters_of
from ralex_stack.gateway.budgets.scripts import script, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from redis.asyncio import Redis

    from ralex_stack.gateway.budgets.policy import Budgets, Counter

OPEN = "reservations"
"""Sorted set of the ids of what is held, by when it was."""

LEDGER = "ledger"
"""Stream of accounts of calls on their way to the ledger's home."""

COUNTED = "counted-since"
"""Hash of limits: the time in ms since when every call that concerns them is counted."""

ESTIMATES = "estimates"
"""Sorted set of the ids of calls whose cost a provider will tell, by when it is asked."""

FIRST_QUESTION_MS = 2_000
"""OpenRouter has its record of an answer some seconds after it."""


class Count(NamedTuple):
    """Of one counter, in billionths of a dollar: what calls cost, and what is held for others."""

    spent: int
    held: int


@dataclass(frozen=True)
class NoRoom:
    """A counter has no room for an amount, so that none holds it."""

    counter: Counter
    count: Count


@dataclass(frozen=True)
class Incomplete:
    """A counter does not have all that was spent in its window; nothing was done."""

    counter: Counter


@dataclass(frozen=True)
class Estimate:
    """That nobody knows what a call cost, and by which id its provider does, if that is known."""

    generation: str | None


class Store:
    """Raises redis.RedisError where Valkey does not answer."""

    def __init__(self, client: Redis) -> None:
        self._client: Any = client
        self._reserve = client.register_script(script("reserve"))
        self._settle = client.register_script(script("settle"))
        self._record = client.register_script(script("record"))
        self._hear = client.register_script(script("hear"))

    async def reserve(
        self, identity: str, nano: int, counters: Sequence[Counter], account: str
    ) -> NoRoom | Incomplete | None:
        """Hold an amount for a call in each counter, in place of what was held for it before.

        Returns the first counter without room; nothing is held then.
        """
        limits = [
            (each.nano, each.forgotten_ms, each.starts_ms, each.limit_key) for each in counters
        ]
        told = await self._reserve(
            keys=[_reservation(identity), OPEN, COUNTED, *(each.key for each in counters)],
            args=[
                identity,
                nano,
                _now_ms(),
                account,
                *(value for each in limits for value in each),
            ],
        )
        fits, *numbers = (int(value) for value in told)
        if fits < 0:
            return Incomplete(counters[numbers[0] - 1])
        return None if fits else NoRoom(counters[numbers[0] - 1], Count(*numbers[1:]))

    async def hear(self, identity: str, generation: str) -> None:
        """Keep a provider's id of the answer beside what is held for it, if it still is."""
        await self._hear(keys=[_reservation(identity)], args=[generation])

    async def settle(
        self, identity: str, nano: int | None, account: str, estimate: Estimate | None = None
    ) -> dict[str, int]:
        """Count `nano` instead of what was held (none: that), and put the account into the ledger.

        An estimate is asked about later, where its id is known, or `hear` was told of it.
        Returns the counters and what each has spent now; none where it was settled before, and
        nothing was done.
        """
        told = await self._settle(
            keys=[_reservation(identity), OPEN, LEDGER, ESTIMATES, estimate_key(identity)],
            args=[identity, "" if nano is None else nano, account, *_asked_about(estimate)],
        )
        texts = [text(value) for value in told or ()]
        return {key: int(spent) for key, spent in zip(texts[::2], texts[1::2], strict=True)}

    async def record(
        self,
        identity: str,
        nano: int,
        account: str,
        counters: Sequence[Counter],
        estimate: Estimate | None = None,
    ) -> None:
        """Count a call that nothing was held for, and put its account into the ledger."""
        await self._record(
            keys=[LEDGER, ESTIMATES, estimate_key(identity), *(each.key for each in counters)],
            args=[
                identity,
                nano,
                account,
                *_asked_about(estimate),
                *(each.forgotten_ms for each in counters),
            ],
        )

    async def forgotten(self, seconds: float) -> list[tuple[str, str]]:
        """Id and account of what is held for longer: who was to settle it is gone."""
        last = (time.time() - seconds) * 1000
        found = []
        for identity in await self._client.zrangebyscore(OPEN, 0, last, start=0, num=1000):
            name = text(identity)
            account = await self._client.hget(_reservation(name), "account")
            found.append((name, text(account or b"{}")))
        return found

    async def counts(self, counters: Sequence[Counter]) -> list[Count]:
        """What is counted in each."""
        found = []
        for counter in counters:
            spent, held = await self._client.hmget(counter.key, "spent", "held")
            found.append(Count(int(spent or 0), int(held or 0)))
        return found

    async def forget_limits(self, budgets: Budgets, keys: Collection[str]) -> None:
        """What concerns limits that the budgets do not have is counted no more; see `outdated`."""
        names = [text(name) for name in await self._client.hkeys(COUNTED)]
        for name in outdated(names, budgets, keys):
            await self._client.hdel(COUNTED, name)

    async def outbox(self) -> int:
        """How many accounts wait to be carried to the ledger's home."""
        return int(await self._client.xlen(LEDGER))

    async def first(self, name: str, seconds: int) -> bool:
        """Whether nobody asked this of that name before, within the time."""
        return bool(await self._client.set(f"told:{name}", 1, nx=True, ex=seconds))


def outdated(names: Iterable[str], budgets: Budgets, keys: Collection[str]) -> list[str]:
    """Names of limits, as `Counter.limit_key` has them, that nothing is counted for any more.

    `keys`: names of the stack's own keys. Those and virtual keys have only the limits of the
    budgets; scoped keys are always counted, in the time zone of the budgets.
    """
    now = counters_of(budgets.limits, datetime.now(UTC), budgets.zone)
    kept = {counter.limit_key for counter in now}
    return [name for name in names if name not in kept and not _is_of_scoped(name, budgets, keys)]


def _is_of_scoped(limit: str, budgets: Budgets, keys: Collection[str]) -> bool:
    scope, _, rest = limit.partition(":")
    owner, _, zone = rest.rsplit(":", 2)
    others = owner in keys or owner.startswith(virtual.PREFIX)
    return scope == "key" and not others and zone == str(budgets.zone)


def _asked_about(estimate: Estimate | None) -> tuple[int | str, ...]:
    """For a script: the time, when the provider is asked, and for what."""
    now = _now_ms()
    if estimate is None:
        return now, "", ""
    return now, now + FIRST_QUESTION_MS, estimate.generation or ""


def _now_ms() -> int:
    return int(time.time() * 1000)


def _reservation(identity: str) -> str:
    return f"reservation:{identity}"


def estimate_key(identity: str) -> str:
    """Valkey's name for what is known of a call whose cost is not; `claim.lua` knows it as well."""
    return f"estimate:{identity}"
