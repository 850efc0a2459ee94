"""Calls of the model `auto` become calls of `tier:NAME`: once per session, by what is asked.

LiteLLM's own strategies decide where they can (modes `complexity` and `intent`), but afresh in each
request and by its last message: the tier of a conversation, and its prompt cache, would change with
each of its rounds. So they are asked here, before LiteLLM's router is, for all APIs alike.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.choosing import choose, decision
from ralex_stack.gateway.names import TIER_HEADER, WARM_UP_MODEL
from ralex_stack.routing.conversation import first_prompt
from ralex_stack.routing.rules import AUTO, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ralex_stack.gateway.call import Call
    from ralex_stack.gateway.session_tiers import SessionTiers
    from ralex_stack.routing.rules import Rules

INTENT_HEADER = "x-ralex-intent"

NAMED = "asked for by name"

WARM_UP_SECONDS = 8.0
"""Two of these fit into what the health check waits for its two requests."""
RETRY_SECONDS = 2.0


class Auto:
    """Rewrites calls; `router` gives LiteLLM's router."""

    def __init__(self, rules: Rules, tiers: SessionTiers, router: Callable[[], Any]) -> None:
        self._rules = rules
        self._tiers = tiers
        self._router = router
        self._warming: asyncio.Future[None] | None = None

    async def apply(self, call: Call, data: dict[str, Any]) -> None:
        """Put the tier in the place of `auto`, or note the tier that was asked for by name."""
        model = data.get("model")
        if model == AUTO:
            route = await self._route(call, data)
            data["model"] = f"tier:{route.tier}"
            _tell(call, route)
        elif model == WARM_UP_MODEL:
            await self._warm_up()
        elif (tier := self._rules.served.get(str(model))) and not is_side_call(call, data):
            await self._follow(call, tier)

    async def _route(self, call: Call, data: Mapping[str, Any]) -> Route:
        kept = await self._tiers.get(call.session)
        # Settings may have changed since, and a tier be gone.
        if kept is not None and f"tier:{kept.tier}" in self._rules.served:
            return Route(kept.tier, kept.intent, f"session: {kept.reason}")
        route = await choose(self._rules, self._router(), first_prompt(data))
        if is_side_call(call, data):
            return route
        if kept is None:
            return await self._tiers.first(call.session, route)
        await self._tiers.put(call.session, route)
        return route

    async def _follow(self, call: Call, tier: str) -> None:
        """Stay on a tier that the user chose, for when the session is back on `auto`."""
        kept = await self._tiers.get(call.session)
        if kept is None or kept.tier != tier:
            await self._tiers.put(call.session, Route(tier, None, NAMED))

    async def _warm_up(self) -> None:
        """Have all examples embedded before a user asks; the health check waits a while for it."""
        if self._rules.mode == "intent":
            self._warming = self._warming or asyncio.ensure_future(self._embed_examples())
            await asyncio.wait({self._warming}, timeout=WARM_UP_SECONDS)

    async def _embed_examples(self) -> None:
        """Until it is done: the embedder may be there later than the gateway."""
        while True:
            try:
                await decision(self._router(), "warm up")
            except Exception:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return


def is_side_call(call: Call, data: Mapping[str, Any]) -> bool:
    """Whether OpenCode asks something of its own, such as a title: that has no tools."""
    return call.is_opencode and not data.get("tools")


def _tell(call: Call, route: Route) -> None:
    call.headers[TIER_HEADER] = route.tier
    if route.intent is not None:
        call.headers[INTENT_HEADER] = route.intent
    call.account.update(tier=route.tier, intent=route.intent, route=route.reason)
