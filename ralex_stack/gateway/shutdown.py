"""What LiteLLM would lose when it is told to stop: what the last second's calls cost.

LiteLLM 1.106 writes the spend of budgets to Valkey once a second (its budget_limiter.py), does not
when it ends, and has no setting and no hook for that: a budget that is spent a moment before a
restart would answer again after it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from ralex_stack.gateway.exchange import App, Receive, Send

PATIENCE_SECONDS = 4
"""A container that is told to stop has ten seconds in all."""


class Shutdown:
    """ASGI around LiteLLM's application: asks `settle` between its last call and its end."""

    def __init__(self, app: App, *, settle: Callable[[], Awaitable[None]]) -> None:
        self._app = app
        self._settle = settle

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the application."""

        async def told() -> MutableMapping[str, Any]:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await bounded(self._settle())
            return message

        await self._app(scope, told if scope["type"] == "lifespan" else receive, send)


async def bounded(settling: Awaitable[None]) -> None:
    """Wait for it for so long as a stop can last; what fails is told and stops nothing."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await settling
    except Exception as error:
        # Standard output has the account of calls, one JSON document a line.
        print(f"What the last calls cost may not be kept: {error!r}", file=sys.stderr, flush=True)
