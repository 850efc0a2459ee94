"""The ledger in Valkey's stream: on its way to a home, or at home there."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.accounts.sqlite import SqliteHome
from ralex_stack.gateway.accounts.stream import StreamHome, carry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

Entry = tuple[bytes, dict[bytes, bytes]]


class Stream:
    """As much of a client of Valkey as is used, with one stream."""

    def __init__(self, *accounts: dict[str, Any]) -> None:
        self.entries: list[Entry] = [
            (str(place).encode(), {b"account": json.dumps(account).encode()})
            for place, account in enumerate(accounts)
        ]
        self.is_locked = False

    @asynccontextmanager
    async def lock(self, name: str, **how: Any) -> AsyncIterator[None]:
        self.is_locked = True
        yield
        self.is_locked = False

    async def xlen(self, name: str) -> int:
        return len(self.entries)

    async def xrange(self, name: str, min: str | bytes = "-", count: int = 0) -> list[Entry]:  # noqa: A002
        return self.entries[:count] if min == "-" else []

    async def xdel(self, name: str, *places: bytes) -> None:
        # Whoever makes a counter sees an account at home or on the way, never at both.
        assert self.is_locked
        self.entries = [entry for entry in self.entries if entry[0] not in places]


def account(identity: str, cost: float, *, estimated: bool = False) -> dict[str, Any]:
    time = "2026-11-24T12:00:00.000+00:00"
    return {"id": identity, "time": time, "cost": cost, "estimated": estimated}


ACCOUNTS = (account("a", 2.0, estimated=True), account("b", 1.0), account("a", 0.5))


def test_accounts_stay_in_the_stream_that_is_their_home() -> None:
    stream: Any = Stream(*ACCOUNTS)
    home = StreamHome(stream)
    assert asyncio.run(carry(stream, home)) == 0
    (total,) = asyncio.run(home.totals((), None, None, "UTC"))
    assert (total.calls, total.cost, total.estimated) == (2, 1.5, 0)


def test_accounts_leave_the_stream_for_another_home(tmp_path: Path) -> None:
    stream: Any = Stream(*ACCOUNTS)
    home = SqliteHome(tmp_path / "ledger.sqlite")
    assert asyncio.run(carry(stream, home)) == len(ACCOUNTS)
    assert stream.entries == []
    assert asyncio.run(carry(stream, home)) == 0
    (total,) = asyncio.run(home.totals((), None, None, "UTC"))
    assert (total.calls, total.cost, total.estimated) == (2, 1.5, 0)
