"""The stream in Valkey that every account goes through, and which can be its home as well."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ralex_stack.gateway.accounts.home import Account, Group, Total, totals_of
from ralex_stack.gateway.budgets.store import LEDGER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from redis.asyncio import Redis

    from ralex_stack.gateway.accounts.home import Home

_PAGE = 500
_LOCK_SECONDS = 20


class StreamHome:
    """See Home; raises redis.RedisError where Valkey does not answer."""

    def __init__(self, client: Redis) -> None:
        self._client: Any = client

    async def append(self, accounts: Sequence[Account]) -> None:
        """Nothing to do: that is where they come from."""

    async def totals(
        self, by: Sequence[Group], since: datetime | None, until: datetime | None, zone: str
    ) -> list[Total]:
        """See Home.totals."""
        found: dict[str, Account] = {}
        async for _, account in pages(self._client):
            if (since is None or account.time >= since) and (until is None or account.time < until):
                known = found.get(account.id)
                if known is None or account.takes_place_of(known):
                    found[account.id] = account
        return totals_of(found.values(), by, ZoneInfo(zone))


async def pages(client: Any) -> AsyncIterator[tuple[bytes, Account]]:
    """Place in the stream and account, oldest first; what is no account is passed over."""
    first = "-"
    while page := await client.xrange(LEDGER, min=first, count=_PAGE):
        for place, values in page:
            account = _account(values)
            if account is not None:
                yield place, account
        first = b"(" + page[-1][0]


def _account(values: dict[bytes, bytes]) -> Account | None:
    try:
        return Account.read(json.loads(values[b"account"]))
    except (ValueError, KeyError, TypeError):
        return None


def locked(client: Any) -> Any:
    """Keeps others from moving accounts. Raises redis.exceptions.LockError after some seconds."""
    return client.lock("ledger-lock", timeout=_LOCK_SECONDS, blocking_timeout=_LOCK_SECONDS)


async def carry(client: Any, home: Home) -> int:
    """Move accounts from the stream to their home. Returns how many.

    They go from the stream when they are at home: what dies in between does it again. Where the
    stream is their home, they stay.
    """
    if not await client.xlen(LEDGER):
        return 0
    async with locked(client):
        return await _carry(client, home)


async def carry_all(client: Any, home: Home) -> None:
    """Move all accounts to their home; for who has it `locked`."""
    while await _carry(client, home) == _PAGE:
        pass


async def _carry(client: Any, home: Home) -> int:
    if isinstance(home, StreamHome):
        return 0
    page = await client.xrange(LEDGER, count=_PAGE)
    accounts = [account for _, values in page if (account := _account(values)) is not None]
    if page:
        await home.append(accounts)
        await client.xdel(LEDGER, *(place for place, _ in page))
    return len(page)
