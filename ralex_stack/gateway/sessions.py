"""A fence around each session of a client: no storm of requests reaches a provider.

OpenCode goes on with a session, without end, while answers come without `finish_reason`. LiteLLM
makes an end of its own for most of those, but not for all, and costs count all the same.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from ralex_stack.gateway.limits import Limits

WINDOW_SECONDS = 60
BROKEN_LIMIT = 3
"""Answers in a row, within a window, that broke off: after that a session has to pause."""

SHARED_TIMEOUT_SECONDS = 0.25
"""A store that is slower is done without: what it counts is not worth a user's time."""


@dataclass(frozen=True)
class Session:
    """A session of one key, by the client's own name for it.

    Without a name it stands for all of the key that have none: their broken answers are counted as
    one session's, but not their requests, which may be of many.
    """

    alias: str
    name: str


class Counters:
    """Counts that end a window after they began: Valkey's for all replicas, else this process's.

    `shared` gives LiteLLM's client of Valkey, or none. Where Valkey does not answer, each replica
    counts by itself.
    """

    def __init__(
        self, shared: Callable[[], Any], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._shared = shared
        self._clock = clock
        self._own: dict[str, tuple[int, float]] = {}

    async def add(self, key: str) -> int:
        """Count one more; returns how many there are."""
        count = self._count(key) + 1
        ends = self._own[key][1] if count > 1 else self._clock() + WINDOW_SECONDS
        self._own[key] = (count, ends)
        told = await self._ask("async_increment", key, value=1, ttl=WINDOW_SECONDS)
        return max(count, int(told or 0))

    async def read(self, key: str) -> int:
        """How many there are."""
        told = await self._ask("async_get_cache", key)
        return max(self._count(key), int(told or 0))

    async def clear(self, key: str) -> None:
        """Begin again at none."""
        self._own.pop(key, None)
        await self._ask("async_delete_cache", key)

    def _count(self, key: str) -> int:
        """This process's count; those whose time is over go, lest they pile up."""
        now = self._clock()
        for old in [name for name, (_, ends) in self._own.items() if ends <= now]:
            del self._own[old]
        return self._own.get(key, (0, 0.0))[0]

    async def _ask(self, method: str, key: str, **arguments: Any) -> Any:
        return await ask(self._shared(), method, key, **arguments)


async def ask(store: Any, method: str, key: str, **arguments: Any) -> Any:
    """What LiteLLM's client of Valkey answers; none where there is no store, or it is not well."""
    if store is None:
        return None
    try:
        async with asyncio.timeout(SHARED_TIMEOUT_SECONDS):
            return await getattr(store, method)(key, **arguments)
    except Exception:
        return None


class Fence:
    """Counts the requests of sessions and the answers that broke off."""

    def __init__(self, limits: Limits, counters: Counters) -> None:
        self._limits = limits
        self._counters = counters

    async def refusal(self, session: Session) -> str | None:
        """Why a further request of the session is refused, or none; the request is counted."""
        requests, broken = await asyncio.gather(
            self._requests(session),
            self._counters.read(_key("broken", session)),
        )
        if broken >= BROKEN_LIMIT:
            return (
                f"The last {broken} answers {_of(session)} broke off, so the gateway lets it call "
                f"no model for up to {WINDOW_SECONDS} seconds. Choose another model, or go on later"
            )
        limit = self._limits.session_rpm
        if limit is not None and requests > limit:
            return (
                f"This session made more than {limit} requests within {WINDOW_SECONDS} seconds. "
                "Go on later, or raise `gateway.session_limit_rpm` in the settings"
            )
        return None

    async def _requests(self, session: Session) -> int:
        return await self._counters.add(_key("requests", session)) if session.name else 0

    async def broke_off(self, session: Session) -> None:
        """Count an answer that broke off."""
        await self._counters.add(_key("broken", session))

    async def ended(self, session: Session) -> None:
        """An answer came to its end: those before it are forgiven."""
        await self._counters.clear(_key("broken", session))


def _of(session: Session) -> str:
    return "of this session" if session.name else "with this key and no name of a session"


def _key(what: str, session: Session) -> str:
    return f"ralex-stack:{what}:{session.alias}:{session.name}"
