"""The choice of a tier for a prompt, by the rules or by LiteLLM's own strategies."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ralex_stack.routing import decisions
from ralex_stack.routing.rules import AUTO, LONGEST, Route, Rules, by_patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

CHOICE_SECONDS = 2.0
"""What a choice may take: a tier that fits less well is better than a user who waits."""


async def choose(rules: Rules, router: Any, prompt: str) -> Route:
    """The route of a prompt; the default tier where the choice fails."""
    if not prompt:
        return Route(rules.default_tier, None, "nothing is asked")
    if rules.mode == "patterns":
        return by_patterns(rules, prompt)
    try:
        async with asyncio.timeout(CHOICE_SECONDS):
            return decisions.read(rules, await decision(router, prompt))
    except Exception as error:
        return decisions.failed(rules, type(error).__name__)


async def decision(router: Any, prompt: str) -> Mapping[str, Any] | None:
    """What LiteLLM's strategy says of a prompt, as its router would ask it."""
    messages = [{"role": "user", "content": prompt[:LONGEST]}]
    answer = await router.async_pre_routing_hook(model=AUTO, request_kwargs={}, messages=messages)
    return answer.routing_decision if answer is not None else None
