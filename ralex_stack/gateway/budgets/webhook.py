"""Where warnings are posted to, which may hang or fail: few tries, and no call waits for them."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TRY_SECONDS = 10.0
"""For a whole try, as httpx limits only what is between two pieces of an answer."""

PAUSES = (1.0, 5.0)
"""Seconds before the further tries."""

BUSY = 429


class Webhook:
    """An address, which is a secret: no message has it."""

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        try_seconds: float = TRY_SECONDS,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._url = url
        self._transport = transport
        self._try_seconds = try_seconds
        self._pauses = pauses

    async def post(self, body: Mapping[str, Any]) -> None:
        """Deliver it; what may pass is tried again, and what is given up is told in the log."""
        for pause in (*self._pauses, None):
            failure, passes = await self._tried(body)
            if failure is None:
                return
            if pause is None or not passes:
                break
            await asyncio.sleep(pause)
        print(f"The budget's webhook was not reached: {failure}", file=sys.stderr, flush=True)

    async def _tried(self, body: Mapping[str, Any]) -> tuple[str | None, bool]:
        """Why it was not delivered, if so, and whether that may be otherwise in a moment."""
        try:
            async with asyncio.timeout(self._try_seconds):
                status = await self._status(body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            # Its text may have the address.
            wrong = isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol)
            return type(error).__name__, not wrong
        if httpx.codes.is_success(status):
            return None, False
        return f"it answered {status}", status == BUSY or status >= 500

    async def _status(self, body: Mapping[str, Any]) -> int:
        """What is answered besides is not read: it may be long."""
        async with (
            httpx.AsyncClient(transport=self._transport, timeout=self._try_seconds) as client,
            client.stream("POST", self._url, json=body) as answer,
        ):
            return answer.status_code
