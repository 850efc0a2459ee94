"""What is held for a call: from before it is made until what it cost is known."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from redis import RedisError

from ralex_stack.gateway.budgets.policy import NANO
from ralex_stack.gateway.budgets.store import Estimate, Incomplete
from ralex_stack.gateway.call import CURRENT, Outcome, Reservation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from ralex_stack.gateway.budgets.policy import Budgets, Counter
    from ralex_stack.gateway.budgets.store import NoRoom, Store
    from ralex_stack.gateway.call import Call


_WAITING = 10_000
"""Settlements that are kept while Valkey does not answer."""


class _Settlement(NamedTuple):
    """What a call cost, in billionths of a dollar."""

    identity: str
    nano: int | None
    """None: what was held for it, which nobody remembers."""
    account: str
    """For the ledger; empty for a call that nothing came of."""
    counters: tuple[Counter, ...] = ()
    """Where it counts; none where nobody waits for a warning."""
    estimate: Estimate | None = None
    """None: that is what it cost."""
    was_held: bool = True


class SpentError(Exception):
    """No limit may be passed, and one has no room for the call."""


class UncountedError(Exception):
    """Whether there is room cannot be known: Valkey does not answer."""


class Reservations:
    """Of all calls of this gateway.

    `seed` makes a counter of all that was spent in its window, `crossed` is told what a counter
    held before and holds now.
    """

    def __init__(
        self,
        budgets: Budgets,
        store: Store,
        seed: Callable[[Counter], Awaitable[None]],
        crossed: Callable[[Counter, int, int], None] = lambda *_: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.budgets = budgets
        self._store = store
        self._seed = seed
        self._crossed = crossed
        self._clock = clock
        self._waiting: deque[_Settlement] = deque(maxlen=_WAITING)
        self._settling: set[asyncio.Task[None]] = set()

    async def hold(self, call: Call, model: str, tier: str | None) -> None:
        """Hold the most that the call can cost at a model, in place of what is held for it now.

        Nothing is held where it costs nothing or no limit applies. Raises SpentError where a limit
        has no room for it, UncountedError where that cannot be known.
        """
        call.no_room = call.generation = None
        rates = self.budgets.models.get(model)
        if rates is None or call.size is None:
            return
        nano = call.size.nano(rates)
        counters = self.budgets.counters(
            keys=call.key_names, model=model, tier=tier, further=call.limits, now=self._clock()
        )
        if nano == 0 or not counters:
            await self._release(call)
            return
        identity = call.reservation.identity if call.reservation else uuid4().hex
        account = _account(call, identity, model, tier, nano)
        full = await self._reserve(identity, nano, counters, json.dumps(account))
        if full is not None:
            call.reservation = None
            raise SpentError(refusal(full, nano, self.budgets))
        call.reservation = Reservation(identity, model, tier, nano, account, counters)

    async def _keep(self, call: Call, held: Reservation) -> None:
        """Count what is held for a call: it cost that at most, and nobody knows more for now."""
        written, estimate = json.dumps(held.account), self._estimate(call, held.model)
        await self._settle(_Settlement(held.identity, held.nano, written, held.counters, estimate))

    async def _release(self, call: Call) -> None:
        held, call.reservation = call.reservation, None
        if held is not None:
            await self._settle(_Settlement(held.identity, 0, ""))

    async def _reserve(
        self, identity: str, nano: int, counters: Sequence[Counter], account: str
    ) -> NoRoom | None:
        try:
            for _ in range(len(counters) + 1):
                told = await self._store.reserve(identity, nano, counters, account)
                if not isinstance(told, Incomplete):
                    return told
                await self._seed(told.counter)
        except Exception as error:
            # Of Valkey, or of the ledger's home, which can be of any kind.
            raise unknown(error, counters) from error
        raise unknown(None, counters)

    def hear(self, generation: str) -> None:
        """The answer of this context's call has that id at its provider."""
        call = CURRENT.get()
        if call is None or call.generation == generation:
            return
        call.generation = generation
        held = call.reservation
        if held is not None and self.budgets.records_of(held.model):
            self._go_on(self._hear(held.identity, generation))

    async def _hear(self, identity: str, generation: str) -> None:
        # Needed only where this gateway dies.
        with suppress(RedisError):
            await self._store.hear(identity, generation)

    async def ended(self, call: Call) -> None:
        """The client has what it gets; of an answer that is whole, `settle` tells the cost."""
        held = call.reservation
        if call.outcome is Outcome.ANSWERED or held is None:
            return
        call.reservation, call.settled = None, True
        if call.outcome is Outcome.REFUSED:
            await self._settle(_Settlement(held.identity, 0, ""))
        else:
            await self._keep(call, held)

    def settle(self, call: Call | None, account: Mapping[str, Any]) -> None:
        """The call cost what its account says; into the ledger with it, once.

        Goes on by itself: LiteLLM ends callbacks that take long. `settled` waits for it.
        """
        if call is not None and call.settled:
            return
        held = call.reservation if call else None
        if call is not None:
            call.reservation, call.settled = None, True
        identity = held.identity if held else uuid4().hex
        settlement = _Settlement(
            identity,
            round(account["cost"] * NANO),
            json.dumps({"id": identity, **account}),
            held.counters if held else self._counters_of(call, account),
            self._estimate(call, account["served"]) if call and account.get("estimated") else None,
            was_held=held is not None,
        )
        self._go_on(self._settle(settlement))

    def _estimate(self, call: Call, model: str) -> Estimate:
        """With the id to ask about the answer, where a provider of the model tells what it cost."""
        return Estimate(call.generation if self.budgets.records_of(model) else None)

    def _go_on(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    def _counters_of(self, call: Call | None, account: Mapping[str, Any]) -> tuple[Counter, ...]:
        """Where a call counts that cost something without a price, so that nothing was held."""
        if call is None or not (account["cost"] or account.get("estimated")):
            return ()
        return self.budgets.counters(
            keys=call.key_names, model=account["served"], tier=call.tier, further=call.limits
        )

    async def settled(self) -> None:
        """Wait until all that `settle` was told of is written, or cannot be for now."""
        while self._settling:
            await asyncio.wait(self._settling)

    async def sweep(self, seconds: float) -> None:
        """Write what could not be written, and keep what is held for longer than any call takes.

        Raises RedisError where Valkey does not answer; nothing is lost then.
        """
        while self._waiting:
            await self._write(self._waiting[0])
            self._waiting.popleft()
        for identity, account in await self._store.forgotten(seconds):
            await self._write(_Settlement(identity, None, account, estimate=Estimate(None)))

    async def _settle(self, settlement: _Settlement) -> None:
        try:
            await self._write(settlement)
        except RedisError:
            self._waiting.append(settlement)

    async def _write(self, settlement: _Settlement) -> None:
        identity, nano, account, counters, estimate, was_held = settlement
        if not was_held:
            await self._store.record(identity, nano or 0, account, counters, estimate)
            return
        spent = await self._store.settle(identity, nano, account, estimate)
        for counter in counters:
            if nano and counter.key in spent:
                self._crossed(counter, spent[counter.key] - nano, spent[counter.key])


def _account(call: Call, identity: str, model: str, tier: str | None, nano: int) -> dict[str, Any]:
    """What the ledger says of the call, should nobody know more."""
    return {
        "event": "call",
        "id": identity,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "key": call.alias,
        "session": call.session.name or None,
        "model": model,
        "tier": tier,
        "cost": nano / NANO,
        "estimated": True,
        "status": "unknown",
    }


def unknown(error: Exception | None, counters: Sequence[Counter]) -> UncountedError:
    """Why a call is not made, of which nobody knows whether there is room for it."""
    limited = {str(each.limit) for each in counters if each.limit.usd is not None}
    limits = ", ".join(sorted(limited)) or "a count of what the key spends"
    away = "Valkey" if isinstance(error, RedisError) else "the ledger's home"
    why = f"{away} does not answer ({type(error).__name__})"
    if error is None:
        why = "Valkey does not keep what is counted (its clock may be another)"
    return UncountedError(
        f"The gateway cannot know whether there is room in the budget: {why}, and there is "
        f"{limits}."
    )


def refusal(told: NoRoom, nano: int, budgets: Budgets) -> str:
    """Why a call is refused, in figures that its user can do something with."""
    counter = told.counter
    left = max(0, counter.nano - told.count.spent - told.count.held)
    ends = counter.window.end.astimezone(budgets.zone)
    held = f" ({_usd(told.count.held)} is held for calls in flight)" if told.count.held else ""
    return (
        f"There is {_usd(left)} left of {counter.limit}{held} "
        f"until {ends:%Y-%m-%d %H:%M} {budgets.zone}, and this call may cost {_usd(nano)}"
    )


def _usd(nano: int) -> str:
    return f"${nano / NANO:.4f}"
