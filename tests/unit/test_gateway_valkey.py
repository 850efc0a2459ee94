"""The client of Valkey gives up in time, whatever Valkey does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import TimeoutError  # noqa: A004

from ralex_stack.gateway.valkey import connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from redis.asyncio import Redis

LATE_SECONDS = 60


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def command(client: Redis) -> None:
    await client.get("anything")


async def several(client: Redis) -> None:
    async with client.pipeline(transaction=True) as pipeline:
        pipeline.get("anything")
        await pipeline.execute()


async def asked_of_one_that_hangs(ask: Callable[[Redis], Awaitable[None]]) -> None:
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = connect(f"127.0.0.1:{port}", {}, patience=0.3)
        try:
            async with asyncio.timeout(LATE_SECONDS):
                await ask(client)
        finally:
            await client.aclose()


@pytest.mark.parametrize("ask", [command, several])
def test_one_that_hangs_is_not_waited_for(ask: Callable[[Redis], Awaitable[None]]) -> None:
    with pytest.raises(TimeoutError, match=r"does not answer within 0\.3 s"):
        asyncio.run(asked_of_one_that_hangs(ask))
