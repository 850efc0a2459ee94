"""What is done between the last call and the end of the gateway."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ralex_stack.gateway import shutdown
from ralex_stack.gateway.shutdown import Shutdown

LIFE = ["lifespan.startup", "lifespan.shutdown"]


def live(kind: str, messages: list[str], settle: Any, happened: list[str]) -> None:
    """Serve one scope of `kind` to an application that notes each message it is given."""
    waiting = iter(messages)

    async def receive() -> dict[str, str]:
        return {"type": next(waiting)}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for _ in messages:
            happened.append((await receive())["type"])

    asyncio.run(Shutdown(app, settle=settle)({"type": kind}, receive, lambda _: None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "messages", "expected"),
    [
        ("lifespan", LIFE, ["lifespan.startup", "settled", "lifespan.shutdown"]),
        ("http", ["http.request"], ["http.request"]),
    ],
)
def test_settles_after_the_last_call_and_before_the_end(
    kind: str, messages: list[str], expected: list[str]
) -> None:
    happened: list[str] = []

    async def settle() -> None:
        happened.append("settled")

    live(kind, messages, settle, happened)
    assert happened == expected


@pytest.mark.parametrize("reason", ["fails", "hangs"])
def test_ends_also_where_nothing_can_be_written(
    reason: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutdown, "PATIENCE_SECONDS", 0.01)
    happened: list[str] = []

    async def settle() -> None:
        if reason == "fails":
            raise ConnectionError("Valkey is gone")
        await asyncio.Event().wait()

    live("lifespan", LIFE, settle, happened)
    assert happened == LIFE
    told = capsys.readouterr()
    assert "What the last calls cost may not be kept" in told.err
    assert not told.out
