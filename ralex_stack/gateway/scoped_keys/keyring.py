"""All keys that a gateway knows: the stack's own, and the scoped ones as Valkey has them."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from redis.exceptions import RedisError

from ralex_stack.gateway.codes import KEY_EXPIRED, KEY_REVOKED, KEYS_UNREADABLE, pointer
from ralex_stack.gateway.keys import Key, find
from ralex_stack.gateway.repeats import made_final
from ralex_stack.gateway.scoped_keys.key import PREFIX, ScopedKey, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FRESH_SECONDS = 1.0
"""For so long Valkey is not asked again: a key that is revoked is good for as long at most."""

UNKNOWN_SECONDS = 0.1
"""For so long at most a key that was just made is unknown."""

_PATIENCE_SECONDS = 5
"""A Valkey that is restarted is back by then; one that hangs is waited for no longer."""

_AWAY = (
    "The gateway cannot look this key up: Valkey, where such keys are kept, does not answer. "
    + pointer(KEYS_UNREADABLE)
)


class KeyRefusedError(Exception):
    """A key that is or may be the stack's, and is not good now; the message is for its user."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Kept(Protocol):
    """Scoped keys where they are kept; raises redis.RedisError where that does not answer."""

    async def version(self) -> bytes | None:
        """Changes whenever the keys do."""
        ...

    async def by_digest(self) -> Mapping[str, ScopedKey]:
        """All keys, also those that were revoked."""
        ...


class Keyring:
    """Finds keys. Whatever is presented how often, Valkey is asked once a second at most, and ten
    times for keys that are unknown.

    A scoped key is found by its digest in a table. How long that takes tells how digests compare,
    which nobody can steer to that of a key: no comparison in constant time is needed.
    """

    def __init__(
        self, own: Iterable[Key], kept: Kept, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._own = tuple(own)
        self._kept = kept
        self._clock = clock
        self._asking = asyncio.Lock()
        self._asked: float | None = None
        self._away = False
        self._version: bytes | None = None
        self._known: Mapping[str, ScopedKey] = {}

    async def find(self, presented: str) -> Key | None:
        """The key that was presented, or none. Raises KeyRefusedError."""
        own = find(presented, self._own)
        if own is not None or not presented.startswith(PREFIX):
            return own
        name = digest(presented)
        found = (await self._current(FRESH_SECONDS)).get(name)
        if found is None:
            found = (await self._current(UNKNOWN_SECONDS)).get(name)
        if found is None:
            return None
        _require_active(found)
        return Key(found.alias, presented, found.policy, found.limits)

    async def _current(self, seconds: float) -> Mapping[str, ScopedKey]:
        """All keys as Valkey had them that long ago at most."""
        async with self._asking:
            if self._asked is None or self._clock() >= self._asked + seconds:
                await self._ask()
                self._asked = self._clock()
        if self._away:
            raise KeyRefusedError(503, _AWAY)
        return self._known

    async def _ask(self) -> None:
        """Who waits meanwhile gets the same answer, also where there is none."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                version = await self._kept.version()
                if version != self._version:
                    self._known = await self._kept.by_digest()
                    # Asked for first: what changes in between is seen the next time.
                    self._version = version
            self._away = False
        except (RedisError, TimeoutError):
            self._away = True


def _require_active(key: ScopedKey) -> None:
    """Raise KeyRefusedError where it has expired or was revoked, in words no client repeats for."""
    told = {
        "expired": ("expired", key.expires, KEY_EXPIRED),
        "revoked": ("was revoked", key.revoked, KEY_REVOKED),
    }.get(key.state(datetime.now(UTC)))
    if told is None:
        return
    ended, when, code = told
    message = (
        f'Authentication failed: the key "{key.alias}" {ended} at {when:%Y-%m-%d %H:%M} UTC. Ask '
        f"whoever runs the stack for another (`ralex-stack keys create`). {pointer(code)}"
    )
    raise KeyRefusedError(401, made_final(message))
