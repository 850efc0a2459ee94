"""Load over HTTP: so many connections, each sending its next request when an answer is complete.

aiohttp, and not wrk, ab or the like, since the time to the first token is that of the first event
with a token in it, which these do not see. `capacity` in measures/gateway.py shows that it can
send many times more than what is measured takes.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.command import MeasureError
from bench.statistics import percentile

_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Load:
    """What is sent, and how long."""

    connections: int
    seconds: float
    stream: bool = False
    expected_status: int = 200


@dataclass(frozen=True)
class Outcome:
    """Of one load: requests per second, and milliseconds to what was waited for.

    That is the whole answer, or the first token of a streamed one.
    """

    rate: float
    p50: float
    p95: float


def send(url: str, key: str, load: Load) -> Outcome:
    """Send chat requests. Raises MeasureError for an answer of another status."""
    return asyncio.run(_send(url, key, load))


async def _send(url: str, key: str, load: Load) -> Outcome:
    connector = aiohttp.TCPConnector(limit=load.connections)
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    headers = {"Authorization": f"Bearer {key}"}
    waits: list[float] = []
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, headers=headers
    ) as session:
        started = time.perf_counter()
        until = started + load.seconds
        clients = [_client(session, url, load, until, waits) for _ in range(load.connections)]
        await asyncio.gather(*clients)
        took = time.perf_counter() - started
    ms = [wait * 1000 for wait in waits]
    return Outcome(len(waits) / took, percentile(ms, 50), percentile(ms, 95))


async def _client(
    session: aiohttp.ClientSession, url: str, load: Load, until: float, waits: list[float]
) -> None:
    body: dict[str, Any] = {
        "model": "glm",
        "messages": [{"role": "user", "content": "hello"}],
        "stream": load.stream,
    }
    while time.perf_counter() < until:
        started = time.perf_counter()
        first = None
        async with session.post(url, json=body) as answer:
            if answer.status != load.expected_status:
                raise MeasureError(f"{url}: {answer.status} {(await answer.text())[:300]}")
            if load.stream:
                first = await _first_token(answer)
            await answer.read()
        waits.append((first or time.perf_counter()) - started)


async def _first_token(answer: aiohttp.ClientResponse) -> float:
    """When the first event with a piece of the answer came. The one before names only the role."""
    async for line in answer.content:
        if line.startswith(b"data:") and b'"content":"' in line.replace(b'": "', b'":"'):
            if b'"content":""' in line.replace(b" ", b""):
                continue
            return time.perf_counter()
    raise MeasureError("a streamed answer held no token")
