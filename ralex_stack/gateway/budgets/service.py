"""The reservations of this process, and what goes on beside its calls."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.gateway.accounts.homes import home_of
from ralex_stack.gateway.accounts.stream import carry
from ralex_stack.gateway.budgets.estimates import Estimates, EstimateStore
from ralex_stack.gateway.budgets.policy import counters_of, load
from ralex_stack.gateway.budgets.reservations import Reservations
from ralex_stack.gateway.budgets.seeding import Seeding
from ralex_stack.gateway.budgets.store import Store
from ralex_stack.gateway.budgets.warnings import Warnings
from ralex_stack.gateway.budgets.webhook import Webhook
from ralex_stack.gateway.keys import load_keys
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG
from ralex_stack.gateway.valkey import connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WEBHOOK = "BUDGET_WEBHOOK"
"""Variable with the address that warnings are posted to."""

_SWEEP_SECONDS = 30
_CARRY_SECONDS = 1
_ASK_SECONDS = 1
_BEGIN_SECONDS = 1

_budgets = load(Path(os.environ.get(CONFIG, DEFAULT_CONFIG)))
_client = connect(_budgets.valkey, os.environ)
_home = home_of(_budgets, os.environ)
store = Store(_client)
_seeding = Seeding(_budgets, _client, _home)
_estimates = Estimates(_budgets, EstimateStore(_client))
_address = os.environ.get(WEBHOOK)
_warnings = Warnings(_budgets, store, Webhook(_address) if _address else None)

reservations = Reservations(_budgets, store, _seeding.seed, _warnings.crossed)
"""Of all calls of this process."""


async def work(longest_call: float) -> None:
    """For ever: take calls to the ledger's home, keep what is held for calls that are gone, and
    ask providers what calls cost of which nobody knows that.

    `longest_call`: seconds that no call takes.
    """
    await asyncio.gather(
        _done(_BEGIN_SECONDS, _begin),
        _again(_CARRY_SECONDS, lambda: carry(_client, _home)),
        _again(_ASK_SECONDS, _estimates.ask),
        _again(_SWEEP_SECONDS, lambda: reservations.sweep(longest_call)),
    )


async def _begin() -> None:
    """Make the counters of limits that are new; a call that comes before makes those it needs."""
    keys = {key.alias for key in load_keys(os.environ, {})}
    await store.forget_limits(_budgets, keys)
    await _seeding.seed_all(counters_of(_budgets.limits, datetime.now(UTC), _budgets.zone))


async def _again(seconds: float, action: Callable[[], Awaitable[object]]) -> None:
    """Do it again and again."""
    while True:
        await asyncio.sleep(seconds)
        await _done(seconds, action)


async def _done(seconds: float, action: Callable[[], Awaitable[object]]) -> None:
    """Do it; what cannot be done now is done later, and told once."""
    told = ""
    while True:
        try:
            await action()
        except Exception as error:
            if told != repr(error):
                told = repr(error)
                print(f"The ledger cannot be written for now: {told}", file=sys.stderr, flush=True)
            await asyncio.sleep(seconds)
        else:
            return
