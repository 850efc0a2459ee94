"""What providers tell afterwards of calls whose cost nobody knew."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from ralex_stack.gateway.budgets.estimates import Estimates, Waiting, read_record
from ralex_stack.gateway.budgets.policy import NANO, Budgets, Rates, Records

BUDGETS = Budgets(
    models={
        "dear": Rates(("local", "openrouter", "reseller")),
        "local": Rates(("local",)),
    },
    records={
        "openrouter": Records("https://openrouter.ai/api/v1", "KEY_OPENROUTER"),
        "reseller": Records("http://reseller:8000/v1"),
    },
)
ACCOUNT = {"id": "a", "model": "tier:smart", "served": "dear", "cost": 1.0, "estimated": True}
DATA = {"id": "gen-1", "total_cost": 0.25, "tokens_prompt": 90, "native_tokens_prompt": 100}


class Queue:
    """EstimateStore without Valkey."""

    def __init__(self, *waiting: Waiting) -> None:
        self.waiting = list(waiting)
        self.amended: list[tuple[str, int, Any]] = []

    async def claim(self) -> list[Waiting]:
        return self.waiting

    async def amend(self, identity: str, nano: int, account: str) -> bool:
        self.amended.append((identity, nano, json.loads(account)))
        return True


def ask(
    queue: Queue, answers: dict[str, httpx.Response | Exception], budgets: Budgets = BUDGETS
) -> list[httpx.Request]:
    """Ask once; by host, what is answered. Returns what was asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = answers[request.url.host]
        if isinstance(found, Exception):
            raise found
        return found

    environ, transport = {"KEY_OPENROUTER": "sk-or-1"}, httpx.MockTransport(answer)
    estimates = Estimates(budgets, queue, environ, transport)  # type: ignore[arg-type]
    asyncio.run(estimates.ask())
    return asked


def waiting(account: dict[str, Any] = ACCOUNT) -> Waiting:
    return Waiting("a", "gen-1", account, NANO)


def test_the_account_is_amended_with_what_the_provider_says() -> None:
    queue = Queue(waiting())
    (asked,) = ask(queue, {"openrouter.ai": httpx.Response(200, json={"data": DATA})})
    assert str(asked.url) == "https://openrouter.ai/api/v1/generation?id=gen-1"
    assert asked.headers["authorization"] == "Bearer sk-or-1"
    ((identity, nano, account),) = queue.amended
    assert (identity, nano) == ("a", NANO // 4)
    tokens = {"prompt_tokens": 100, "completion_tokens": 0}
    assert account == {**ACCOUNT, **tokens, "cost": 0.25, "estimated": False, "estimate": 1.0}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(401, json={"error": {"message": "no"}}),
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"data": None}),
        httpx.Response(200, json={"data": {"id": "gen-1"}}),
        httpx.Response(200, json={"data": {**DATA, "total_cost": -1}}),
        httpx.Response(200, text='{"data": {"total_cost": NaN}}'),
        httpx.ConnectError("away"),
    ],
    ids=lambda answer: f"{getattr(answer, 'status_code', 'none')}",
)
def test_another_provider_of_the_model_is_asked_where_one_does_not_tell(
    answer: httpx.Response | Exception,
) -> None:
    queue = Queue(waiting())
    known = httpx.Response(200, json={"data": DATA})
    asked = ask(queue, {"openrouter.ai": answer, "reseller": known})
    assert [request.url.host for request in asked] == ["openrouter.ai", "reseller"]
    assert "authorization" not in asked[1].headers
    assert [nano for _, nano, _ in queue.amended] == [NANO // 4]


def test_where_nobody_tells_it_stays_an_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    queue = Queue(waiting(), waiting())
    ask(queue, {"openrouter.ai": httpx.Response(401), "reseller": httpx.Response(404)})
    assert queue.amended == []
    told = capsys.readouterr().err
    assert told == "https://openrouter.ai/api/v1/generation does not tell what a call cost: 401\n"


def test_models_of_other_providers_are_not_asked_about() -> None:
    assert ask(Queue(waiting({**ACCOUNT, "served": "local"})), {}) == []
    assert ask(Queue(waiting()), {}, Budgets(models=BUDGETS.models)) == []


@pytest.mark.parametrize(
    ("more", "tokens"),
    [
        ({"tokens_completion": 4}, (100, 4)),
        ({"tokens_completion": 4, "native_tokens_completion": 5}, (100, 5)),
        ({"native_tokens_prompt": None}, (90, 0)),
    ],
)
def test_tokens_are_those_that_are_paid_for(more: dict[str, Any], tokens: tuple[int, int]) -> None:
    record = read_record({"data": {**DATA, **more}})
    assert (record.prompt_tokens, record.completion_tokens) == tokens
