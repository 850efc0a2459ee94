"""One service restarts under running calls: what was in flight goes on or fails with a reason.

A restart without time to end (`timeout=0`) is what a crash looks like to all others.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from harness import eventually, new_session
from observe import healthy, lives, renewed, server, spend

from ralex_stack.gateway.sessions import BROKEN_LIMIT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from fake_provider import Outage

SERVICES = {"valkey", "gateway", "opencode", "edge"}
HELLO = "say hello"


def stream(outage: Outage, model: str = "slow", session: str | None = None) -> str:
    """Status and text that a client has read of a stream when it ended, or broke."""
    seen = ""
    request = {"model": model, "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    key = outage.credentials["OPENAI_API_KEY"]
    with httpx.stream(
        "POST",
        f"{outage.gateway}/v1/chat/completions",
        headers={"Authorization": f"Bearer {key}", "x-session-id": session or new_session()},
        json=request,
        timeout=60,
    ) as response:
        try:
            for piece in response.iter_text():
                seen += piece
        except httpx.RemoteProtocolError:
            seen += "BROKEN"
    return f"{response.status_code} {seen}"


@contextmanager
def running(outage: Outage) -> Iterator[Future[str]]:
    """A stream that is in flight."""
    before = len(outage.calls("slow"))
    with ThreadPoolExecutor() as threads:
        future = threads.submit(stream, outage)
        eventually(lambda: len(outage.calls("slow")) > before)
        yield future


def restarted(outage: Outage, service: str) -> None:
    """Restart one service as a crash would, and require that nothing else notices."""
    before = lives(outage)
    outage.container(service).restart(timeout=0)
    assert renewed(before, lives(outage)) == {service}


def complete(seen: str) -> bool:
    return seen.startswith("200") and '"finish_reason":"stop"' in seen and "BROKEN" not in seen


def test_a_gateway_that_is_told_to_stop_ends_what_is_in_flight(outage: Outage) -> None:
    with running(outage) as future:
        before = lives(outage)
        outage.container("gateway").restart(timeout=20)
        assert complete(future.result())

    assert renewed(before, lives(outage)) == {"gateway"}
    assert complete(stream(outage, "good"))


def test_a_gateway_that_crashes_breaks_streams_and_lets_new_calls_wait(outage: Outage) -> None:
    stormy = new_session()
    # A gateway that has only just started may give up on its first words with Valkey.
    assert complete(stream(outage, "good", stormy))
    for _ in range(BROKEN_LIMIT):
        stream(outage, "no-end", stormy)

    with running(outage) as future:
        restarted(outage, "gateway")
        waited = stream(outage, "good")

    assert future.result().endswith("BROKEN")
    assert complete(waited)
    # Valkey keeps what a gateway has counted, for the next one and for others.
    assert stream(outage, "good", stormy).startswith("429")


@pytest.mark.timeout(120)
def test_a_prompt_outlives_a_gateway(outage: Outage, repo: Path) -> None:
    before = len(outage.calls("slow"))
    with ThreadPoolExecutor() as threads:
        prompt: Future[subprocess.CompletedProcess[str]] = threads.submit(
            outage.run, "run", HELLO, "--dir", repo, "--model", "slow"
        )
        eventually(lambda: len(outage.calls("slow")) > before)
        restarted(outage, "gateway")
        assert "half an answer" in prompt.result().stdout

    assert len(outage.calls("slow")) == before + 2


def test_calls_go_on_while_valkey_is_away(outage: Outage) -> None:
    assert complete(stream(outage, "metered"))
    spent = spend(outage, "model:metered")
    assert spent > 0
    before = lives(outage)
    with running(outage) as future:
        outage.container("valkey").stop(timeout=0)
        during = [stream(outage, "good") for _ in range(3)]
        outage.container("valkey").start()
        assert complete(future.result())

    assert all(complete(seen) for seen in during)
    assert renewed(before, lives(outage)) == {"valkey"}
    eventually(lambda: healthy(outage, "valkey"))
    assert spend(outage, "model:metered") == spent
    assert complete(stream(outage, "metered"))
    assert spend(outage, "model:metered") > spent


def test_the_edge_breaks_what_passes_it_and_nothing_else(outage: Outage) -> None:
    with running(outage) as future:
        restarted(outage, "edge")
        assert future.result().endswith("BROKEN")

    eventually(lambda: healthy(outage, "edge"))
    assert complete(stream(outage, "good"))


def test_a_server_comes_back_with_its_sessions(outage: Outage) -> None:
    with server(outage) as client, running(outage) as future:
        session = client.post("/session", json={}).raise_for_status().json()["id"]
        restarted(outage, "opencode")
        # It waits at the door until the server is there again.
        again = client.get(f"/session/{session}").raise_for_status().json()
        assert complete(future.result())

    assert again["id"] == session


def refused(outage: Outage, repo: Path, service: str) -> None:
    """Require that no prompt is begun without the service."""
    done = outage.run("run", HELLO, "--dir", repo, code=1)
    assert f"does not work: {service} is exited" in done.stderr
    assert "ralex-stack up" in done.stderr


def test_without_an_edge_work_does_not_begin(outage: Outage, repo: Path) -> None:
    outage.container("edge").stop(timeout=0)
    try:
        refused(outage, repo, "edge")
    finally:
        outage.container("edge").start()
        eventually(lambda: healthy(outage, "edge"))


@pytest.mark.long
@pytest.mark.timeout(120)
def test_without_a_gateway_opencode_is_told_so_and_work_does_not_begin(
    outage: Outage, repo: Path
) -> None:
    outage.container("gateway").stop(timeout=0)
    try:
        refused(outage, repo, "gateway")
        status, body = outage.inner("good")
    finally:
        outage.container("gateway").start()
        eventually(lambda: healthy(outage, "gateway"))

    assert status == 424
    assert "ralex-stack: the gateway cannot be reached" in body
