"""Limits on what calls cost hold, whatever happens to calls, gateway and Valkey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness import eventually
from observe import healthy
from spending import CROWD_LIMIT, CROWDS, DEAREST

if TYPE_CHECKING:
    from spending import Spending


@pytest.mark.parametrize(("model", "stream"), [(CROWDS[0], False), (CROWDS[1], True)])
def test_fifty_clients_at_once_do_not_pass_a_limit(
    spending: Spending, model: str, stream: bool, record_property: pytest.RecordProperty
) -> None:
    before = spending.calls(model)
    answers, served = spending.crowd(model, stream=stream)
    assert {answer.status_code for answer in answers} == {200}
    spent = spending.spent("model", model)
    eventually(lambda: spending.calls(model) == before + served)
    total = spending.total(model)["cost"]
    record_property("worst case", f"${spent:.4f} of ${CROWD_LIMIT:.4f}")
    print(f"worst case: {served} calls served, ${spent:.4f} of ${CROWD_LIMIT:.4f} spent")
    assert spent == pytest.approx(total)
    assert CROWD_LIMIT - DEAREST < spent <= CROWD_LIMIT


@pytest.mark.parametrize("path", ["chat/completions", "messages", "responses"])
@pytest.mark.parametrize("stream", [False, True])
def test_each_api_is_counted_once_and_in_full(spending: Spending, path: str, stream: bool) -> None:
    spent, before = spending.spent("stack", "stack"), spending.total("main")
    answer = spending.ask("main", path, stream=stream)
    assert answer.status_code == 200, answer.text
    eventually(lambda: spending.calls("main") == before["calls"] + 1)
    after = spending.total("main")
    assert after["completion_tokens"] > before["completion_tokens"]
    cost = after["cost"] - before["cost"]
    assert cost > 0
    assert spending.spent("stack", "stack") == pytest.approx(spent + cost)


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


@pytest.mark.parametrize("models", ["main,small", ["main", "small"]])
@pytest.mark.parametrize("path", ["chat/completions", "messages", "responses"])
def test_several_models_at_once_go_round_no_limit(
    spending: Spending, models: str, path: str
) -> None:
    spending.forget()
    answer = spending.ask(models, path, prompt="hi")
    assert answer.status_code == 400
    assert spending.journal() == []


def test_the_commands_tell_what_was_spent_and_what_is_left(spending: Spending) -> None:
    before = spending.spent("stack", "stack"), spending.calls("small")
    assert spending.ask("small").status_code == 200
    eventually(lambda: spending.calls("small") > before[1])

    def told() -> bool:
        rows = spending.json("spend", "--by", "model")
        return {row["model"]: row["calls"] for row in rows}["small"] == spending.calls("small")

    # Calls of other tests may still be on their way to the ledger.
    eventually(told)
    limits = {(each["scope"], each["name"]): each for each in spending.json("status")["budgets"]}
    assert limits[("stack", "stack")]["limit"] == 1000
    assert limits[("stack", "stack")]["spent"] > before[0]
    assert limits[("stack", "stack")]["spent"] == pytest.approx(spending.spent("stack", "stack"))
    shown = spending.run("spend", "--since", "1d").stdout
    assert "small" in shown
    assert "in all" in shown


def test_a_fallback_counts_for_the_model_that_answers(spending: Spending) -> None:
    calls, broken = spending.calls("main"), spending.calls("broken")
    assert spending.ask("tier:smart").status_code == 200
    eventually(lambda: spending.calls("main") == calls + 1)
    assert spending.calls("broken") == broken
    assert spending.totals("tier", "model")[("smart", "main")]["calls"] >= 1
    assert spending.counted("stack", "stack")[1] == 0


def test_what_a_provider_says_of_a_model_without_a_price_counts(spending: Spending) -> None:
    spent, before = spending.spent("stack", "stack"), spending.total("unpriced")["cost"]
    assert spending.ask("unpriced").status_code == 200
    eventually(lambda: spending.calls("unpriced") > 0)
    cost = spending.total("unpriced")["cost"] - before
    assert cost > 0
    assert spending.spent("stack", "stack") == pytest.approx(spent + cost)


def test_what_fails_costs_nothing(spending: Spending) -> None:
    spent = spending.spent("stack", "stack")
    assert spending.ask("broken").status_code == 500
    assert spending.spent("stack", "stack") == pytest.approx(spent)


def test_what_a_client_hangs_up_on_counts_as_held(spending: Spending) -> None:
    before, spent = spending.total("long"), spending.spent("stack", "stack")
    pieces = spending.chunks("long", "count to 2000")
    assert "1" in next(pieces)
    held = spending.counted("stack", "stack")[1]
    assert held > 0
    pieces.close()

    eventually(lambda: spending.calls("long") == before["calls"] + 1)
    after = spending.total("long")
    assert after["estimated"] - before["estimated"] == pytest.approx(held)
    assert spending.spent("stack", "stack") == pytest.approx(spent + held)


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
    spending.spend_up(CROWDS[0])
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
