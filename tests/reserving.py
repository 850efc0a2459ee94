"""Budgets, and calls that are held for in them, without Valkey."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ralex_stack.gateway.budgets.estimate import Size
from ralex_stack.gateway.budgets.policy import Budgets, Limit, Rates, Records
from ralex_stack.gateway.call import Call, Outcome
from ralex_stack.gateway.sessions import Session

if TYPE_CHECKING:
    from ralex_stack.gateway.budgets.reservations import Reservations

DEAR = Rates(("p",), output=0.01, longest_answer=100)
"""A dollar a call."""
BUDGETS = Budgets(
    limits=(
        Limit("stack", "stack", "daily", 5),
        Limit("model", "dear", "monthly", 3),
        Limit("tier", "smart", "hourly", 2),
        Limit("key", "sandbox", "daily", 1.5),
    ),
    models={"dear": DEAR, "other": DEAR, "local": Rates(("q",))},
    records={"p": Records("http://p")},
)


def call(alias: str = "client", outcome: Outcome = Outcome.ANSWERED) -> Call:
    size = Size(prompt=0, answer=None)
    return Call(alias, False, Session(alias, "s"), size=size, outcome=outcome)


def call_with(*limits: Limit) -> Call:
    made = call("ci")
    made.limits = limits
    return made


def settle(reservations: Reservations, made: Call | None, cost: float) -> None:
    async def wait() -> None:
        reservations.settle(made, {"cost": cost, "served": "local"})
        await reservations.settled()

    asyncio.run(wait())


def hold(reservations: Reservations, made: Call, model: str, tier: str | None = None) -> Call:
    asyncio.run(reservations.hold(made, model, tier))
    return made
