"""The tier of each session: chosen once, so that the provider's prompt cache stays of use."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.sessions import ask
from ralex_stack.routing.rules import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from ralex_stack.gateway.sessions import Session

KEPT_SECONDS = 7 * 24 * 3600
"""Longer than any provider keeps a prompt."""

MOST = 10_000
"""Sessions that a process remembers by itself, for when Valkey does not answer."""


class SessionTiers:
    """Routes of sessions: Valkey's for all replicas and across restarts, else this process's.

    `shared` gives LiteLLM's client of Valkey, or none.
    """

    def __init__(
        self, shared: Callable[[], Any], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._shared = shared
        self._clock = clock
        self._own: dict[str, tuple[Route, float]] = {}

    async def get(self, session: Session) -> Route | None:
        """The session's route; none where it has none yet, or no name."""
        if not session.name:
            return None
        key = _key(session)
        told = _route(await ask(self._shared(), "async_get_cache", key))
        route, ends = self._own.get(key, (None, 0.0))
        return told or (route if self._clock() < ends else None)

    async def first(self, session: Session, route: Route) -> Route:
        """Keep the session's first route, and return it: another gateway may have been first."""
        if not session.name:
            return route
        key = _key(session)
        value = asdict(route)
        store = self._shared()
        if await ask(store, "async_set_cache", key, value=value, ttl=KEPT_SECONDS, nx=True):
            self._remember(key, route)
        elif kept := _route(await ask(store, "async_get_cache", key)):
            self._remember(key, kept)
            return kept
        else:
            await self.put(session, route)
        return route

    async def put(self, session: Session, route: Route) -> None:
        """Keep the session's route from now on."""
        if not session.name:
            return
        key = _key(session)
        self._remember(key, route)
        value = asdict(route)
        await ask(self._shared(), "async_set_cache", key, value=value, ttl=KEPT_SECONDS)

    def _remember(self, key: str, route: Route) -> None:
        self._own.pop(key, None)
        while len(self._own) >= MOST:
            del self._own[next(iter(self._own))]
        self._own[key] = (route, self._clock() + KEPT_SECONDS)


def _route(told: Any) -> Route | None:
    try:
        return Route(**told) if isinstance(told, dict) else None
    except TypeError:
        return None


def _key(session: Session) -> str:
    return f"ralex-stack:tier:{session.alias}:{session.name}"
