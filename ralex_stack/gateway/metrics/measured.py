"""ASGI around the gateway: each request is counted as its client sees it, and all can be read."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.apis import PATHS
from ralex_stack.gateway.call import CURRENT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from ralex_stack.gateway.exchange import App, Receive, Send
    from ralex_stack.gateway.metrics.series import Series

PATH = "/metrics"

_READ_OF_A_REFUSAL = 8_192
_GONE = 499
"""What is counted where the client left before it had an answer; nginx has the number so."""


class Measured:
    """`refresh` takes over what is counted elsewhere, before the series are read."""

    def __init__(
        self, app: App, *, series: Series, token: str, refresh: Callable[[], Awaitable[None]]
    ) -> None:
        self._app = app
        self._series = series
        self._credential = f"Bearer {token}".encode()
        self._refresh = refresh

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"] == PATH:
            await self._show(scope, send)
            return
        api = PATHS.get(scope["path"]) if scope["type"] == "http" else None
        if api is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        await self._count(api, scope, receive, send)

    async def _count(
        self, api: str, scope: MutableMapping[str, Any], receive: Receive, send: Send
    ) -> None:
        status, refusal = _GONE, b""

        async def heard(message: MutableMapping[str, Any]) -> None:
            nonlocal status, refusal
            if message["type"] == "http.response.start":
                status = message["status"]
            elif status >= 400 and len(refusal) < _READ_OF_A_REFUSAL:
                refusal += message.get("body", b"")
            await send(message)

        self._series.began(api)
        try:
            await self._app(scope, receive, heard)
        finally:
            # Set in this task by the middleware inside; other requests have tasks of their own.
            call = CURRENT.get()
            self._series.ended(api, call.alias if call else None, status, refusal)

    async def _show(self, scope: MutableMapping[str, Any], send: Send) -> None:
        given = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(given, self._credential):
            await _answer(send, 401, b"the stack's own token for metrics is needed\n")
            return
        await self._refresh()
        await _answer(send, 200, self._series.text())


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
