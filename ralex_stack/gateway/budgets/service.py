"""The reservations of this process, and what goes on beside its calls."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.gateway.accounts.homes import home_of
from ralex_stack.gateway.accounts.stream import carry
from ralex_stack.gateway.budgets.policy import load
from ralex_stack.gateway.budgets.reservations import Reservations
from ralex_stack.gateway.budgets.store import Store
from ralex_stack.gateway.budgets.warnings import Warnings
from ralex_stack.gateway.names import CONFIG, DEFAULT_CONFIG
from ralex_stack.gateway.valkey import connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WEBHOOK = "BUDGET_WEBHOOK"
"""Variable with the address that warnings are posted to."""

_SWEEP_SECONDS = 30
_CARRY_SECONDS = 1

_budgets = load(Path(os.environ.get(CONFIG, DEFAULT_CONFIG)))
_client = connect(_budgets.valkey, os.environ)
store = Store(_client)
_warnings = Warnings(_budgets, store, os.environ.get(WEBHOOK))

reservations = Reservations(_budgets, store, _warnings.crossed)
"""Of all calls of this process."""


async def work(longest_call: float) -> None:
    """For ever: take calls to the ledger's home, and keep what is held for calls that are gone.

    `longest_call`: seconds that no call takes.
    """
    home = home_of(_budgets, os.environ)
    await asyncio.gather(
        _again(_CARRY_SECONDS, lambda: carry(_client, home)),
        _again(_SWEEP_SECONDS, lambda: reservations.sweep(longest_call)),
    )


async def _again(seconds: float, action: Callable[[], Awaitable[object]]) -> None:
    """Do it again and again; what cannot be done now is done later, and told once."""
    told = ""
    while True:
        await asyncio.sleep(seconds)
        try:
            await action()
            told = ""
        except Exception as error:
            if told != repr(error):
                told = repr(error)
                print(f"The ledger cannot be written for now: {told}", file=sys.stderr, flush=True)
