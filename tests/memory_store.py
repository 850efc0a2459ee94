"""Counters and reservations without Valkey."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from redis import ConnectionError as NoConnectionError

from ralex_stack.gateway.budgets.policy import NANO
from ralex_stack.gateway.budgets.store import Count, Estimate, Incomplete, NoRoom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ralex_stack.gateway.budgets.policy import Counter


class MemoryStore:
    """What the scripts in Valkey do, for one at a time; tests/integration has those themselves."""

    def __init__(self) -> None:
        self.counters: dict[str, int] = {}
        self.held: dict[str, tuple[int, list[str], str]] = {}
        self.ledger: list[dict[str, Any]] = []
        self.away = False
        self.incomplete: set[str] = set()
        """Counters that do not have all that was spent."""
        self.heard: dict[str, str] = {}
        self.estimates: dict[str, str] = {}
        """Id of a call → its provider's."""

    def _answer(self) -> None:
        if self.away:
            raise NoConnectionError("nobody there")

    async def reserve(
        self, identity: str, nano: int, counters: Sequence[Counter], account: str
    ) -> NoRoom | Incomplete | None:
        self._answer()
        for counter in counters:
            if counter.key in self.incomplete:
                return Incomplete(counter)
        self._give_back(identity, 0)
        for counter in counters:
            if self.counters.get(counter.key, 0) + nano > counter.nano:
                return NoRoom(counter, Count(0, self.counters.get(counter.key, 0)))
        for counter in counters:
            self.counters[counter.key] = self.counters.get(counter.key, 0) + nano
        self.held[identity] = (nano, [each.key for each in counters], account)
        return None

    def _give_back(self, identity: str, nano: int | None) -> int | None:
        if identity not in self.held:
            return None
        held, keys, _ = self.held.pop(identity)
        for key in keys:
            self.counters[key] += (held if nano is None else nano) - held
        return held

    async def seed(self, counter: Counter) -> None:
        self.incomplete.discard(counter.key)

    async def hear(self, identity: str, generation: str) -> None:
        if identity in self.held:
            self.heard[identity] = generation

    async def settle(
        self, identity: str, nano: int | None, account: str, estimate: Estimate | None = None
    ) -> dict[str, int]:
        self._answer()
        _, keys, _ = self.held.get(identity, (0, [], ""))
        held = self._give_back(identity, nano)
        if held is not None and account:
            self._write(identity, account, estimate)
        return {key: self.counters[key] for key in keys}

    def _write(self, identity: str, account: str, estimate: Estimate | None) -> None:
        self.ledger.append(json.loads(account))
        generation = estimate and (estimate.generation or self.heard.get(identity))
        if generation:
            self.estimates[identity] = generation

    async def record(
        self,
        identity: str,
        nano: int,
        account: str,
        counters: Sequence[Counter],
        estimate: Estimate | None = None,
    ) -> None:
        self._answer()
        for counter in counters:
            self.counters[counter.key] = self.counters.get(counter.key, 0) + nano
        self._write(identity, account, estimate)

    async def forgotten(self, seconds: float) -> list[tuple[str, str]]:
        self._answer()
        return [(identity, account) for identity, (_, _, account) in self.held.items()]

    @property
    def spent(self) -> dict[str, float]:
        """Scope and name → dollars."""
        return {":".join(k.split(":")[1:3]): v / NANO for k, v in self.counters.items() if v}
