"""What the gateway does beside answering calls: from its start, and before its end."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, MutableMapping

    from ralex_stack.gateway.exchange import App, Receive, Send

PATIENCE_SECONDS = 4
"""A container that is told to stop has ten seconds in all."""


class Life:
    """ASGI around LiteLLM's application, which has no hook for either.

    `work` goes on as long as it lives; `end` is waited for after its last call.
    """

    def __init__(
        self,
        app: App,
        *,
        work: Callable[[], Coroutine[Any, Any, None]],
        end: Callable[[], Awaitable[None]],
    ) -> None:
        self._app = app
        self._work = work
        self._end = end

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the application."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        working = asyncio.create_task(self._work())

        async def told() -> MutableMapping[str, Any]:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                working.cancel()
                await bounded(self._end())
            return message

        try:
            await self._app(scope, told, send)
        finally:
            working.cancel()


async def bounded(ending: Awaitable[None]) -> None:
    """Wait for it for so long as a stop can last; what fails is told and stops nothing."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await ending
    except Exception as error:
        # Standard output has the account of calls, one JSON document a line.
        print(f"What the last calls cost may not be kept: {error!r}", file=sys.stderr, flush=True)
