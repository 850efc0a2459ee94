"""The client of Valkey gives up in time, whatever Valkey does."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import TimeoutError  # noqa: A004

from ralex_stack.gateway.valkey import connect

LATE_SECONDS = 60


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def asked_of_one_that_hangs() -> None:
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = connect(f"127.0.0.1:{port}", {}, patience=0.3)
        try:
            async with asyncio.timeout(LATE_SECONDS):
                await client.get("anything")
        finally:
            await client.aclose()


def test_one_that_hangs_is_not_waited_for() -> None:
    with pytest.raises(TimeoutError, match=r"does not answer within 0\.3 s"):
        asyncio.run(asked_of_one_that_hangs())
