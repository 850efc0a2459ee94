"""Pure ASGI around LiteLLM's application: what clients get when calls fail.

One place sees all API paths alike, streamed or not, and whatever LiteLLM's hooks are not asked
about (its /v1/messages answers a spent budget without them). An answer passes as it comes; only
failures are read, and rewritten where a client could make nothing of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.apis import PATHS, Failure
from ralex_stack.gateway.call import CURRENT, Call
from ralex_stack.gateway.codes import SESSION_HELD, pointer
from ralex_stack.gateway.entries import SESSION_HEADER
from ralex_stack.gateway.exchange import Exchange
from ralex_stack.gateway.scoped_keys.keyring import KeyRefusedError
from ralex_stack.gateway.sessions import Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from ralex_stack.gateway.apis import ApiName
    from ralex_stack.gateway.exchange import App, Headers, Receive, Send
    from ralex_stack.gateway.keys import Key
    from ralex_stack.gateway.limits import Limits
    from ralex_stack.gateway.sessions import Fence

_SESSION_HEADERS = (SESSION_HEADER.encode(), b"x-litellm-session-id")
"""OpenCode's, and the one that LiteLLM documents for any client; the first that is there counts."""

_LONGEST_NAME = 128


class Failures:
    """The middleware; `find` tells whose a key is, from the headers of a request.

    It raises KeyRefusedError for one that is no longer good.

    `ended` is told of each call that was let through, once its client has what it gets.
    """

    def __init__(
        self,
        app: App,
        *,
        find: Callable[[Headers], Awaitable[Key | None]],
        limits: Limits,
        fence: Fence,
        ended: Callable[[Call], Awaitable[None]],
    ) -> None:
        self._app = app
        self._ended = ended
        self._find = find
        self._limits = limits
        self._fence = fence

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        api = PATHS.get(scope["path"]) if scope["type"] == "http" else None
        if api is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            call = await self._call(scope["headers"])
        except KeyRefusedError as error:
            nobody = Call("", False, Session("", ""))
            exchange = Exchange(api, nobody, self._limits, self._fence, receive, send)
            await exchange.refuse(Failure(error.status, str(error)))
            return
        if call is None:
            await self._app(scope, receive, send)
            return
        CURRENT.set(call)
        await self._serve(api, call, scope, receive, send)

    async def _serve(
        self,
        api: ApiName,
        call: Call,
        scope: MutableMapping[str, Any],
        receive: Receive,
        send: Send,
    ) -> None:
        exchange = Exchange(api, call, self._limits, self._fence, receive, send)
        reason = await self._fence.refusal(call.session)
        if reason is None:
            try:
                await exchange.run(self._app, scope)
            finally:
                await self._ended(call)
        else:
            await exchange.refuse(Failure(429, f"{reason}. {pointer(SESSION_HELD)}"))

    async def _call(self, headers: Headers) -> Call | None:
        key = await self._find(headers)
        if key is None:
            return None
        sent = dict(headers)
        given = next((sent[header] for header in _SESSION_HEADERS if sent.get(header)), b"")
        name = given.decode(errors="replace")[:_LONGEST_NAME]
        account: dict[str, str | None] = {"session": name} if name else {}
        is_opencode = key.policy.client == "opencode"
        session = Session(key.alias, name)
        return Call(key.alias, is_opencode, session, key.limits, account=account)
