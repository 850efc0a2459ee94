"""One request and its answer: held to the limits, and ended with a reason where it fails."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway import apis, entries
from ralex_stack.gateway.apis import Failure
from ralex_stack.gateway.call import Outcome
from ralex_stack.gateway.refusals import BROKEN_OFF, final, final_event, spent_budget
from ralex_stack.gateway.repeats import FINAL_STATUS, made_final
from ralex_stack.gateway.streams import Progress

if TYPE_CHECKING:
    from ralex_stack.gateway.apis import ApiName
    from ralex_stack.gateway.call import Call
    from ralex_stack.gateway.limits import Limits
    from ralex_stack.gateway.sessions import Fence

Message = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

WAIT_STATUSES = (429, 503)
"""Statuses that tell a client to call again, and when."""

_CLOSING_SECONDS = 5
_REPLACED = (b"content-length", b"content-type", b"content-encoding", b"transfer-encoding")


class Exchange:
    """One request and its answer."""

    def __init__(
        self,
        api: ApiName,
        call: Call,
        limits: Limits,
        fence: Fence,
        receive: Receive,
        send: Send,
    ) -> None:
        self._api = api
        self._call = call
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
        self._model = "?"
        self._begun = self._over = False
        self._listening: asyncio.Task[None] | None = None
        """Hears that the client has left, once the whole request has come."""
        self._closed = asyncio.Event()
        """The client has left, or the application is to think so."""
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
            if self._listening is not None:
                self._listening.cancel()
        if self._begun and not self._over and not self._call.left:
            await self._give_up(BROKEN_OFF)

    async def _hang_up(self, answering: asyncio.Future[None]) -> None:
        """Answer the client, and have the application close its call to the provider.

        LiteLLM does that when it hears that the client has left; cancelled, it would forget a call
        whose first piece has not come.
        """
        await self._give_up(
            Failure(504, f"Nothing came from the provider for {self._limit:g} seconds")
        )
        if self._limit == self._limits.timeout:
            # What is not streamed may have been made all the time.
            self._call.outcome = Outcome.BROKEN
        if not self._begun:
            session = self._call.session.name or None
            account = entries.given_up(self._call.alias, self._model, session, self._limit)
            entries.write(account | self._call.account)
        self._closed.set()
        await asyncio.wait({answering}, timeout=_CLOSING_SECONDS)

    async def refuse(self, failure: Failure) -> None:
        """Answer without asking the application."""
        self._over = True
        if self._call.is_opencode:
            failure = Failure(FINAL_STATUS, made_final(failure.message))
        await self._answer(failure, [])

    async def _receive(self) -> Message:
        if self._listening is not None:
            # Not to wait once it is known is what Starlette's `is_disconnected` asks for.
            await self._closed.wait()
            return {"type": "http.disconnect"}
        message = await self._receive_from_client()
        self._request.append(message.get("body", b""))
        if not message.get("more_body", False):
            self._asked()
        self._wait()
        return message

    def _asked(self) -> None:
        """Keep of the whole request what matters here."""
        try:
            request = json.loads(b"".join(self._request))
        except (ValueError, RecursionError):
            request = None
        self._request.clear()
        if isinstance(request, dict):
            self._model = str(request.get("model", self._model))
            if request.get("stream"):
                self._limit = self._limits.idle_timeout
        self._listening = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        while (await self._receive_from_client())["type"] != "http.disconnect":
            pass
        if not self._over:
            self._call.left, self._call.outcome = True, Outcome.BROKEN
        self._closed.set()

    async def _send(self, message: Message) -> None:
        """Take a message of the application; a client that reads slowly is not the idle one."""
        if self._over:
            return
        self._deadline = math.inf
        if message["type"] == "http.response.start":
            self._start = {**message, "headers": [*message["headers"], *self._own_headers()]}
        elif message["type"] == "http.response.body":
            await self._body(message)
        else:
            await self._send_to_client(message)
        self._wait()

    def _own_headers(self) -> Headers:
        return [(name.encode(), value.encode()) for name, value in self._call.headers.items()]

    def _wait(self) -> None:
        self._deadline = time.monotonic() + self._limit

    def _remaining(self) -> float:
        """Seconds until the limit, or a look at it that no limit set meanwhile can come before."""
        limits = self._limits
        return min(self._deadline - time.monotonic(), limits.idle_timeout, limits.timeout)

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
        if self._call.is_opencode and apis.is_error_event(chunk):
            failure = final(apis.read(500, chunk.decode(errors="replace")), self._model)
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
        # LiteLLM tells of the upstream that failed, not why none was asked instead.
        without_room = self._call.no_room
        better = spent_budget(replace(failure, message=without_room) if without_room else failure)
        if better is None and not self._call.is_opencode:
            await self._as_it_is(headers, b"".join(self._failed or []))
            return
        failure = better or failure
        if self._call.is_opencode:
            failure = final(failure, self._model)
        self._over = True
        await self._answer(failure, headers)

    async def _as_it_is(self, headers: Headers, body: bytes) -> None:
        self._call.outcome = Outcome.REFUSED
        start = self._start or {}
        if start.get("status") in WAIT_STATUSES and b"retry-after" not in dict(headers):
            headers.append((b"retry-after", str(self._limits.retry_after).encode()))
        self._start = {**start, "headers": headers}
        await self._pass_on(body, more=False)

    async def _answer(self, failure: Failure, headers: Headers) -> None:
        self._call.outcome = Outcome.REFUSED
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
        if self._over or self._call.left:
            return
        self._over = True
        if self._progress is not None:
            told = self._progress.is_complete or self._progress.has_failed
            await self._account(broken=self._progress.has_failed or not told)
            await self._pass_on(b"" if told else self._last_event(failure), more=False)
        elif self._begun and self._failed is None:
            self._call.outcome = Outcome.BROKEN
            # Part of a plain answer is with the client: only closing tells that it is not whole.
            raise ConnectionAbortedError(failure.message)
        else:
            if self._call.is_opencode:
                failure = final(failure, self._model)
            await self._answer(failure, [])

    def _last_event(self, failure: Failure) -> bytes:
        if self._call.is_opencode:
            return final_event(self._api, final(failure, self._model))
        return apis.event(self._api, failure)

    async def _pass_on(self, chunk: bytes, *, more: bool) -> None:
        if self._start is not None:
            await self._send_to_client(self._start)
            self._start = None
        self._over |= not more
        message = {"type": "http.response.body", "body": chunk, "more_body": more}
        await self._send_to_client(message)

    async def _account(self, *, broken: bool) -> None:
        if broken:
            self._call.outcome = Outcome.BROKEN
        await (self._fence.broke_off if broken else self._fence.ended)(self._call.session)
