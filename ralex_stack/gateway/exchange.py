"""One request and its answer: held to the limits, and ended with a reason where it fails."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway import apis, entries
from ralex_stack.gateway.apis import Failure
from ralex_stack.gateway.refusals import final, final_event, spent_budget
from ralex_stack.gateway.repeats import FINAL_STATUS, made_final
from ralex_stack.gateway.streams import Progress

if TYPE_CHECKING:
    from ralex_stack.gateway.apis import ApiName
    from ralex_stack.gateway.limits import Limits
    from ralex_stack.gateway.sessions import Fence, Session

Message = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

WAIT_STATUSES = (429, 503)
"""Statuses that tell a client to call again, and when."""

BROKEN_OFF = Failure(502, "the provider ended the answer without saying that it is complete")

_CLOSING_SECONDS = 5
_STREAMED = re.compile(rb'"stream":\s*true')
_REPLACED = (b"content-length", b"content-type", b"content-encoding", b"transfer-encoding")


@dataclass(frozen=True)
class Caller:
    """Who calls: alias of the key, program, and session where the client names one."""

    alias: str
    is_opencode: bool
    session: Session | None


class Exchange:
    """One request and its answer."""

    def __init__(
        self,
        api: ApiName,
        caller: Caller,
        limits: Limits,
        fence: Fence,
        receive: Receive,
        send: Send,
    ) -> None:
        self._api = api
        self._caller = caller
        self._limits = limits
        self._fence = fence
        self._receive_from_client = receive
        self._send_to_client = send
        self._request: list[bytes] = []
        self._start: Message | None = None
        """The head of the answer, held back until its body begins."""
        self._failed: list[bytes] | None = None
        """The body of a failure, which is sent when it is whole."""
        self._progress: Progress | None = None
        self._asked = self._begun = self._over = self._left = False
        self._hung_up = asyncio.Event()
        self._limit = limits.timeout
        """Seconds without a message of the application."""
        self._deadline = math.inf

    async def run(self, app: App, scope: MutableMapping[str, Any]) -> None:
        """Let the application answer, within the limits."""
        answering = asyncio.ensure_future(app(scope, self._receive, self._send))
        try:
            while not answering.done():
                await asyncio.wait({answering}, timeout=self._remaining())
                if not answering.done() and self._remaining() <= 0:
                    await self._hang_up(answering)
                    return
            await answering
        except Exception as error:
            await self._give_up(Failure(500, f"The gateway failed: {type(error).__name__}"))
            raise
        finally:
            answering.cancel()
        if self._begun and not self._over and not self._left:
            await self._give_up(BROKEN_OFF)

    async def _hang_up(self, answering: asyncio.Future[None]) -> None:
        """Answer the client, and have the application close its call to the provider.

        LiteLLM does that when it hears that the client has left; cancelled, it would forget a call
        whose first piece has not come.
        """
        await self._give_up(
            Failure(504, f"Nothing came from the provider for {self._limit:g} seconds")
        )
        if not self._begun:
            session = self._caller.session.name if self._caller.session else None
            entries.write(entries.given_up(self._caller.alias, self._model(), session, self._limit))
        self._hung_up.set()
        await asyncio.wait({answering}, timeout=_CLOSING_SECONDS)

    async def refuse(self, failure: Failure) -> None:
        """Answer without asking the application."""
        self._over = True
        if self._caller.is_opencode:
            failure = Failure(FINAL_STATUS, made_final(failure.message))
        await self._answer(failure, [])

    async def _receive(self) -> Message:
        if self._asked:
            return await self._until_left()
        message = await self._receive_from_client()
        self._asked = not message.get("more_body", False)
        body = message.get("body", b"")
        self._request.append(body)
        if _STREAMED.search(body):
            self._limit = self._limits.idle_timeout
        self._wait()
        return message

    async def _until_left(self) -> Message:
        """What the application hears once it has the request: that the client has left."""
        client = asyncio.ensure_future(self._receive_from_client())
        hung_up = asyncio.ensure_future(self._hung_up.wait())
        try:
            await asyncio.wait({client, hung_up}, return_when=asyncio.FIRST_COMPLETED)
            if not client.done():
                return {"type": "http.disconnect"}
            message = client.result()
            self._left = message["type"] == "http.disconnect"
            return message
        finally:
            client.cancel()
            hung_up.cancel()

    async def _send(self, message: Message) -> None:
        """Take a message of the application; a client that reads slowly is not the idle one."""
        if self._hung_up.is_set():
            return
        self._deadline = math.inf
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            await self._body(message)
        else:
            await self._send_to_client(message)
        self._wait()

    def _wait(self) -> None:
        self._deadline = time.monotonic() + self._limit

    def _remaining(self) -> float:
        """Seconds until the limit, or until it is looked at again: it changes with the request."""
        return min(self._deadline - time.monotonic(), self._limits.idle_timeout)

    async def _body(self, message: Message) -> None:
        chunk, more = message.get("body", b""), message.get("more_body", False)
        if not self._begun:
            self._begin(chunk)
        if self._failed is not None:
            self._failed.append(chunk)
            if not more:
                await self._tell()
            return
        if self._progress is not None:
            chunk = await self._watched(chunk, self._progress, more=more)
        await self._pass_on(chunk, more=more)

    def _begin(self, chunk: bytes) -> None:
        """Decide by head and first piece whether this is a failure, a stream or a plain answer."""
        self._begun = True
        start = self._start or {"status": 500, "headers": []}
        streamed = dict(start["headers"]).get(b"content-type", b"").startswith(b"text/event-stream")
        if start["status"] >= 400 or (streamed and apis.is_error_event(chunk)):
            self._failed = []
        elif streamed:
            self._progress = Progress(self._api)

    async def _watched(self, chunk: bytes, progress: Progress, *, more: bool) -> bytes:
        """A piece of a stream as the client gets it."""
        progress.feed(chunk)
        if self._caller.is_opencode and apis.is_error_event(chunk):
            failure = final(apis.read(500, chunk.decode(errors="replace")), self._model())
            chunk = final_event(self._api, failure)
        if more:
            return chunk
        broke_off = progress.breaks_off
        await self._account(broken=broke_off or progress.has_failed)
        return chunk + self._last_event(BROKEN_OFF) if broke_off else chunk

    async def _tell(self) -> None:
        """Answer with the failure that the application told: as it is, or in better words."""
        body = b"".join(self._failed or [])
        start = self._start or {}
        headers = list(start.get("headers", []))
        if dict(headers).get(b"content-encoding") == b"gzip":
            body = gzip.decompress(body)
        failure = apis.read(start.get("status", 500), body.decode(errors="replace"))
        better = spent_budget(failure)
        if better is None and not self._caller.is_opencode:
            await self._as_it_is(headers, b"".join(self._failed or []))
            return
        failure = better or failure
        if self._caller.is_opencode:
            failure = final(failure, self._model())
        self._over = True
        await self._answer(failure, headers)

    async def _as_it_is(self, headers: Headers, body: bytes) -> None:
        start = self._start or {}
        if start.get("status") in WAIT_STATUSES and b"retry-after" not in dict(headers):
            headers.append((b"retry-after", str(self._limits.retry_after).encode()))
        self._start = {**start, "headers": headers}
        await self._pass_on(body, more=False)

    async def _answer(self, failure: Failure, headers: Headers) -> None:
        body = apis.body(self._api, failure)
        kept = [(name, value) for name, value in headers if name.lower() not in _REPLACED]
        kept += [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        if failure.status in WAIT_STATUSES and b"retry-after" not in dict(kept):
            kept.append((b"retry-after", str(self._limits.retry_after).encode()))
        start = {"type": "http.response.start", "status": failure.status, "headers": kept}
        await self._send_to_client(start)
        await self._send_to_client({"type": "http.response.body", "body": body})

    async def _give_up(self, failure: Failure) -> None:
        """End an answer that the application did not end."""
        if self._over or self._left:
            return
        self._over = True
        if self._progress is not None:
            await self._account(broken=True)
            await self._pass_on(self._last_event(failure), more=False)
        elif self._begun and self._failed is None:
            # Part of a plain answer is with the client: only closing tells that it is not whole.
            raise ConnectionAbortedError(failure.message)
        else:
            if self._caller.is_opencode:
                failure = final(failure, self._model())
            await self._answer(failure, [])

    def _last_event(self, failure: Failure) -> bytes:
        if self._caller.is_opencode:
            return final_event(self._api, final(failure, self._model()))
        return apis.event(self._api, failure)

    async def _pass_on(self, chunk: bytes, *, more: bool) -> None:
        if self._start is not None:
            await self._send_to_client(self._start)
            self._start = None
        self._over |= not more
        message = {"type": "http.response.body", "body": chunk, "more_body": more}
        await self._send_to_client(message)

    async def _account(self, *, broken: bool) -> None:
        if self._caller.session is None:
            return
        await (self._fence.broke_off if broken else self._fence.ended)(self._caller.session)

    def _model(self) -> str:
        try:
            return str(json.loads(b"".join(self._request))["model"])
        except (ValueError, KeyError, TypeError):
            return "?"
