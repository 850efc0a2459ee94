"""What the gateway does beside answering, and between its last call and its end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ralex_stack.gateway import life
from ralex_stack.gateway.life import Life

LIFE = ["lifespan.startup", "lifespan.shutdown"]


def live(kind: str, messages: list[str], end: Any, happened: list[str]) -> None:
    """Serve one scope of `kind` to an application that notes each message it is given."""
    waiting = iter(messages)

    async def receive() -> dict[str, str]:
        return {"type": next(waiting)}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for _ in messages:
            happened.append((await receive())["type"])
            await asyncio.sleep(0)

    async def send(message: Any) -> None:
        raise AssertionError(message)

    async def work() -> None:
        happened.append("work began")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            happened.append("work ended")

    asyncio.run(Life(app, work=work, end=end)({"type": kind}, receive, send))


@pytest.mark.parametrize(
    ("kind", "messages", "expected"),
    [
        (
            "lifespan",
            LIFE,
            ["lifespan.startup", "work began", "work ended", "settled", "lifespan.shutdown"],
        ),
        ("http", ["http.request"], ["http.request"]),
    ],
)
def test_works_as_long_as_it_lives_and_ends_after_the_last_call(
    kind: str, messages: list[str], expected: list[str]
) -> None:
    happened: list[str] = []

    async def end() -> None:
        await asyncio.sleep(0)
        happened.append("settled")

    live(kind, messages, end, happened)
    assert happened == expected


@pytest.mark.parametrize("reason", ["fails", "hangs"])
def test_ends_also_where_nothing_can_be_written(
    reason: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(life, "PATIENCE_SECONDS", 0.01)
    happened: list[str] = []

    async def end() -> None:
        if reason == "fails":
            raise ConnectionError("Valkey is gone")
        await asyncio.Event().wait()

    live("lifespan", LIFE, end, happened)
    assert "lifespan.shutdown" in happened
    told = capsys.readouterr()
    assert "What the last calls cost may not be kept" in told.err
    assert not told.out
