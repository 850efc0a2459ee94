"""Limits on what calls cost hold, whatever happens to calls, gateway and Valkey."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from harness import eventually
from observe import healthy
from spending import COST, CROWD_LIMIT, CROWDS

if TYPE_CHECKING:
    from spending import Spending

CLIENTS = 50
ROUNDS = 2


@pytest.mark.parametrize(("model", "stream"), [(CROWDS[0], False), (CROWDS[1], True)])
def test_fifty_clients_at_once_do_not_pass_a_limit(
    spending: Spending, model: str, stream: bool, record_property: pytest.RecordProperty
) -> None:
    before = spending.calls(model)
    with ThreadPoolExecutor(CLIENTS) as threads:
        answers = list(
            threads.map(lambda _: spending.ask(model, stream=stream), range(CLIENTS * ROUNDS))
        )
    served = [answer for answer in answers if "x-ralex-downgraded" not in answer.headers]
    assert {answer.status_code for answer in answers} == {200}
    spent = spending.spent("model", model)
    eventually(lambda: spending.calls(model) == before + len(served))
    total = spending.totals("model")[(model,)]["cost"]
    record_property("worst case", f"${spent:.4f} of ${CROWD_LIMIT:.4f}")
    print(f"worst case: {len(served)} calls served, ${spent:.4f} of ${CROWD_LIMIT:.4f} spent")
    assert spent == pytest.approx(total)
    assert CROWD_LIMIT / 2 < spent <= CROWD_LIMIT


@pytest.mark.parametrize("path", ["chat/completions", "messages", "responses"])
@pytest.mark.parametrize("stream", [False, True])
def test_each_api_is_counted_once_and_in_full(spending: Spending, path: str, stream: bool) -> None:
    spent, calls = spending.spent("stack", "stack"), spending.calls("main")
    answer = spending.ask("main", path, stream=stream)
    assert answer.status_code == 200, answer.text
    eventually(lambda: spending.calls("main") == calls + 1)
    assert spending.spent("stack", "stack") == pytest.approx(spent + COST)


@pytest.mark.parametrize("path", ["chat/completions", "messages", "responses"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_spent_limit_refuses_on_each_api_and_asks_no_provider(
    spending: Spending, path: str, stream: bool
) -> None:
    spending.forget()
    answer = spending.ask("spent", path, stream=stream, prompt="hi")
    assert answer.status_code == 402
    assert "retry-after" not in answer.headers
    message = answer.json()["error"]["message"]
    assert '$0.0000 left of the daily limit of model "spent", $0' in message
    assert "Europe/Berlin" in message
    assert spending.journal() == []


def test_a_fallback_counts_for_the_model_that_answers(spending: Spending) -> None:
    calls, broken = spending.calls("main"), spending.calls("broken")
    assert spending.ask("tier:smart").status_code == 200
    eventually(lambda: spending.calls("main") == calls + 1)
    assert spending.calls("broken") == broken
    assert spending.totals("tier", "model")[("smart", "main")]["calls"] >= 1
    assert spending.counted("stack", "stack")[1] == 0


def test_what_fails_costs_nothing(spending: Spending) -> None:
    spent = spending.spent("stack", "stack")
    assert spending.ask("broken").status_code == 500
    assert spending.spent("stack", "stack") == pytest.approx(spent)


@pytest.mark.parametrize("ends", ["client hangs up", "provider breaks off"])
def test_what_nobody_knows_the_cost_of_counts_as_held(spending: Spending, ends: str) -> None:
    model = "long" if ends == "client hangs up" else "breaks-off"
    before = spending.totals("model").get((model,), {"calls": 0, "estimated": 0})
    spent = spending.spent("stack", "stack")
    pieces = spending.chunks(model, "count to 2000" if model == "long" else "hello")
    if model == "long":
        assert "1" in next(pieces)
        assert spending.counted("stack", "stack")[1] > 0
        pieces.close()
    else:
        assert list(pieces)

    eventually(lambda: spending.calls(model) == before["calls"] + 1)
    after = spending.totals("model")[(model,)]
    added = after["estimated"] - before["estimated"]
    assert added > 0
    assert after["cost"] == pytest.approx(after["estimated"])
    assert spending.spent("stack", "stack") == pytest.approx(spent + added)


def test_at_the_limit_a_cheaper_tier_answers(spending: Spending) -> None:
    answers = [spending.ask("tier:scarce") for _ in range(4)]
    assert {answer.status_code for answer in answers} == {200}
    told = [answer.headers.get("x-ralex-downgraded") for answer in answers]
    assert told[0] is None
    assert told[-1] == "tier:scarce to tier:cheap"
    assert spending.spent("tier", "scarce") <= 0.004


def test_a_call_that_a_gateway_dies_under_stays_counted(spending: Spending) -> None:
    pieces = spending.chunks("long", "count slowly to 100")
    assert next(pieces)
    spent, held = spending.counted("stack", "stack")
    assert held > 0
    spending.container("gateway").kill()
    pieces.close()
    spending.container("gateway").start()
    eventually(lambda: healthy(spending, "gateway"))
    assert spending.counted("stack", "stack") == pytest.approx((spent, held))


@pytest.mark.parametrize("service", ["gateway", "valkey"])
def test_what_was_spent_outlives_a_restart(spending: Spending, service: str) -> None:
    assert spending.ask("main").status_code == 200
    eventually(lambda: spending.counted("model", CROWDS[0]))
    before = spending.counted("model", CROWDS[0]), spending.calls("main")
    spending.container(service).restart()
    eventually(lambda: healthy(spending, service))
    assert spending.counted("model", CROWDS[0]) == before[0]
    eventually(lambda: spending.calls("main") >= before[1])
    assert spending.ask(CROWDS[0]).headers["x-ralex-downgraded"]


def test_without_valkey_what_a_limit_concerns_is_refused(spending: Spending) -> None:
    spending.container("valkey").stop(timeout=0)
    try:
        answer = spending.ask("main", prompt="hi")
    finally:
        spending.container("valkey").start()
        eventually(lambda: healthy(spending, "valkey"))
    assert answer.status_code == 503
    assert "explain budget-unknown" in answer.json()["error"]["message"]
    assert spending.ask("main", prompt="hi").status_code == 200
