"""Warnings that a limit comes near: when they are told, and how they are posted."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import httpx
import pytest
from redis import ConnectionError as NoConnectionError

from ralex_stack.gateway.budgets.policy import NANO, Budgets, Limit
from ralex_stack.gateway.budgets.warnings import Warnings
from ralex_stack.gateway.budgets.webhook import Webhook

URL = "https://hooks.test/a-secret"
LIMIT = Limit("model", "glm", "daily", 10)
BUDGETS = Budgets(limits=(LIMIT,), warn_at=(0.5, 0.8))
WARNING = {"event": "budget"}


class Told:
    """Remembers in place of Valkey which parts were told."""

    def __init__(self, *, away: bool = False) -> None:
        self.names: set[str] = set()
        self.away = away

    async def first(self, name: str, seconds: int) -> bool:
        if self.away:
            raise NoConnectionError("nobody there")
        known = name in self.names
        self.names.add(name)
        return not known


class Receiver(httpx.AsyncBaseTransport):
    """Answers with these statuses one after the other, then with 204; 0 hangs, -1 breaks off."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.bodies: list[Any] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(json.loads(request.content))
        status = self.statuses.pop(0) if self.statuses else 204
        if status == 0:
            await asyncio.sleep(3600)
        if status == -1:
            raise httpx.ConnectError(f"no way to {URL}", request=request)
        return httpx.Response(status)


def webhook(receiver: Receiver, url: str = URL) -> Webhook:
    return Webhook(url, transport=receiver, try_seconds=0.05, pauses=(0, 0))


def crossing(
    capsys: pytest.CaptureFixture[str], store: object, *steps: float
) -> list[dict[str, Any]]:
    """The warnings in the log while a counter goes from one of these USD to the next."""

    async def count() -> None:
        warnings = Warnings(BUDGETS, store, None)  # type: ignore[arg-type]
        (counter,) = BUDGETS.counters(keys={"client"}, model="glm", tier=None)
        for before, now in itertools.pairwise(steps):
            warnings.crossed(counter, round(before * NANO), round(now * NANO))
        await asyncio.sleep(0.01)

    asyncio.run(count())
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("steps", "parts"),
    [
        ((0, 4.9), []),
        ((0, 5), [0.5]),
        ((0, 5, 6, 7.9), [0.5]),
        ((0, 5, 8, 9, 12), [0.5, 0.8]),
        ((0, 9), [0.8]),
    ],
)
def test_each_part_is_told_of_once_and_of_several_the_highest(
    capsys: pytest.CaptureFixture[str], steps: tuple[float, ...], parts: list[float]
) -> None:
    assert [told["part"] for told in crossing(capsys, Told(), *steps)] == parts


def test_two_gateways_tell_of_a_part_once(capsys: pytest.CaptureFixture[str]) -> None:
    store = Told()
    assert len(crossing(capsys, store, 0, 5)) == 1
    assert crossing(capsys, store, 0, 5) == []


def test_a_warning_says_what_is_spent_of_what_and_until_when(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (told,) = crossing(capsys, Told(), 0, 8.5)
    assert told.pop("time") < told.pop("ends")
    assert told == {
        "event": "budget",
        "scope": "model",
        "name": "glm",
        "window": "daily",
        "limit": 10,
        "spent": 8.5,
        "part": 0.8,
        "text": '80% of the daily limit of model "glm", $10 is spent',
    }


def test_without_valkey_it_is_told_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(crossing(capsys, Told(away=True), 0, 5)) == 1


@pytest.mark.parametrize(
    ("statuses", "tries", "said"),
    [
        ((), 1, ""),
        ((503, 429), 3, ""),
        ((-1, 0), 3, ""),
        ((0, 0, 0), 3, "TimeoutError"),
        ((500, 500, 500, 204), 3, "it answered 500"),
        ((404,), 1, "it answered 404"),
        ((302,), 1, "it answered 302"),
    ],
)
def test_a_webhook_is_tried_three_times_at_most(
    capsys: pytest.CaptureFixture[str], statuses: tuple[int, ...], tries: int, said: str
) -> None:
    receiver = Receiver(*statuses)
    asyncio.run(webhook(receiver).post(WARNING))
    assert receiver.bodies == [WARNING] * tries
    heard = capsys.readouterr().err
    assert said in heard
    assert bool(said) == bool(heard)
    assert "a-secret" not in heard


@pytest.mark.parametrize("url", ["hooks.test/a-secret", "ftp://x/a-secret", "http://[::1/a-secret"])
def test_what_is_no_address_is_told_without_it(
    capsys: pytest.CaptureFixture[str], url: str
) -> None:
    asyncio.run(Webhook(url).post(WARNING))
    heard = capsys.readouterr().err
    assert "The budget's webhook was not reached" in heard
    assert "a-secret" not in heard


def test_a_webhook_that_hangs_holds_up_nobody() -> None:
    receiver = Receiver(0)

    async def count() -> None:
        kept = Webhook(URL, transport=receiver, try_seconds=3600)
        warnings = Warnings(BUDGETS, Told(), kept)  # type: ignore[arg-type]
        (counter,) = BUDGETS.counters(keys={"client"}, model="glm", tier=None)
        warnings.crossed(counter, 0, 5 * NANO)
        await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(count(), 5))
    assert receiver.bodies[0]["part"] == 0.5
