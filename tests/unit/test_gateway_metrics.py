"""What the gateway counts, and to whom it shows that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ralex_stack.gateway.budgets.policy import Budgets, Limit, Rates
from ralex_stack.gateway.budgets.store import Count
from ralex_stack.gateway.call import CURRENT, Call
from ralex_stack.gateway.metrics.labels import OTHER, First, Known
from ralex_stack.gateway.metrics.measured import Measured
from ralex_stack.gateway.metrics.series import MOST_KEYS, Series
from ralex_stack.gateway.sessions import Session

BUDGETS = Budgets(models={"glm": Rates(("openrouter",)), "big": Rates(())}, tiers={"cheap": "glm"})
ACCOUNT = {
    "key": "client",
    "model": "tier:cheap",
    "served": "glm",
    "fallback": None,
    "tier": "cheap",
    "status": "success",
    "error": None,
    "prompt_tokens": 10,
    "completion_tokens": 5,
    "cost": 0.25,
    "duration_seconds": 2.0,
    "first_token_seconds": 0.3,
}


def values(series: Series) -> dict[tuple[str, ...], float]:
    """(name, label values by the order of their names) → value, of all that is not 0."""
    families = text_string_to_metric_families(series.text().decode())
    samples = [sample for family in families for sample in family.samples]
    return {
        (s.name.removeprefix("ralex_gateway_"), *(s.labels[name] for name in sorted(s.labels))): (
            s.value
        )
        for s in samples
        if s.name.startswith("ralex_") and not s.name.endswith("_created") and s.value
    }


def test_a_call_is_counted_with_tokens_cost_and_times() -> None:
    series = Series(BUDGETS)
    series.account(ACCOUNT)
    found = values(series)
    assert found["calls_total", "client", "glm", "success", "cheap"] == 1
    assert found["tokens_total", "client", "prompt", "glm", "cheap"] == 10
    assert found["tokens_total", "client", "completion", "glm", "cheap"] == 5
    assert found["cost_usd_total", "client", "glm", "cheap"] == 0.25
    assert found["call_duration_seconds_sum", "glm"] == 2
    assert found["time_to_first_token_seconds_bucket", "0.5", "glm"] == 1
    assert ("time_to_first_token_seconds_bucket", "0.25", "glm") not in found


def test_a_failure_costs_nothing_and_is_named() -> None:
    series = Series(BUDGETS)
    series.account({**ACCOUNT, "status": "failure", "error": "429_RATE_LIMIT"})
    found = values(series)
    assert found["calls_total", "client", "glm", "failure", "cheap"] == 1
    assert found["provider_failures_total", "429_RATE_LIMIT", "glm"] == 1
    assert not [name for name, *_ in found if "cost" in name or "tokens" in name]


def test_a_fallback_is_counted_where_it_led() -> None:
    series = Series(BUDGETS)
    series.account({**ACCOUNT, "fallback": "big", "served": "big"})
    assert values(series)["fallbacks_total", "big", "tier:cheap"] == 1


def test_what_clients_make_up_makes_no_series() -> None:
    series = Series(BUDGETS)
    made_up = {"model": "x", "served": "x", "tier": "y", "status": "failure"}
    for number in range(MOST_KEYS + 50):
        series.account({**ACCOUNT, **made_up, "key": f"k{number}", "error": f"e{number}"})
    found = values(series)
    assert found["calls_total", OTHER, OTHER, "failure", OTHER] > 1
    assert len([name for name, *_ in found if name == "calls_total"]) <= MOST_KEYS + 1
    assert len([name for name, *_ in found if name == "provider_failures_total"]) <= 51


def test_labels_are_bounded() -> None:
    known, first = Known(["a"]), First(1)
    assert [known("a"), known("b"), known(None)] == ["a", OTHER, ""]
    assert [first("a"), first("b"), first("a"), first("")] == ["a", OTHER, "a", ""]


def test_limits_are_shown_as_valkey_counts_them() -> None:
    series = Series(BUDGETS)
    counts = [(Limit("model", "glm", "daily", 2.0), Count(500_000_000, 250_000_000))]
    series.budgets(counts, 7)
    found = values(series)
    assert found["budget_limit_usd", "glm", "model", "daily"] == 2
    assert found["budget_spent_usd", "glm", "model", "daily"] == 0.5
    assert found["budget_held_usd", "glm", "model", "daily"] == 0.25
    assert found["ledger_outbox",] == 7
    series.budgets([], None)
    assert not [name for name, *_ in values(series) if name.startswith("budget_")]


def ask(
    app: Any, series: Series, path: str, headers: Any = (), method: str = "POST"
) -> list[dict[str, Any]]:
    """What a client is sent."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def refresh() -> None:
        series.budgets([(Limit("stack", "stack", "daily", 3.0), Count(0, 0))], 0)

    measured = Measured(app, series=series, token="token-1", refresh=refresh)
    scope = {"type": "http", "path": path, "method": method, "headers": list(headers)}
    asyncio.run(measured(scope, None, send))  # type: ignore[arg-type]
    return sent


def answering(status: int, body: bytes = b"") -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        CURRENT.set(Call("sandbox", False, Session("sandbox", "")))
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body[:20], "more_body": True})
        await send({"type": "http.response.body", "body": body[20:]})

    return app


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"ralex-stack explain budget-spent", None),
        (402, b'{"error": "More: `ralex-stack explain budget-spent`."}', "budget-spent"),
        (500, b"More: `ralex-stack explain made-up`.", OTHER),
        (429, b"from the provider", ""),
    ],
)
def test_requests_are_counted_with_the_code_of_their_refusal(
    status: int, body: bytes, code: str | None
) -> None:
    series = Series(BUDGETS)
    ask(answering(status, body), series, "/v1/messages")
    found = values(series)
    assert found["requests_total", "messages", "sandbox", str(status)] == 1
    refusals = {key[1]: value for key, value in found.items() if key[0] == "refusals_total"}
    assert refusals == ({} if code is None else {code: 1})
    assert not [name for name, *_ in found if name == "requests_in_flight"]


def test_a_request_that_fails_is_no_longer_in_flight() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert values(series)["requests_in_flight", "chat"] == 1
        raise RuntimeError("broken")

    series = Series(BUDGETS)
    with pytest.raises(RuntimeError):
        ask(app, series, "/v1/chat/completions")
    assert values(series)["requests_total", "chat", "", "499"] == 1
    assert not [name for name, *_ in values(series) if name == "requests_in_flight"]


@pytest.mark.parametrize("header", [b"", b"Bearer ", b"Bearer sk-master", b"token-1"])
def test_metrics_are_for_who_has_their_token(header: bytes) -> None:
    sent = ask(None, Series(BUDGETS), "/metrics", [(b"authorization", header)], "GET")
    assert sent[0]["status"] == 401
    assert b"ralex_" not in sent[1]["body"]


def test_metrics_are_shown_as_they_are_now() -> None:
    headers = [(b"authorization", b"Bearer token-1")]
    start, body = ask(None, Series(BUDGETS), "/metrics", headers, "GET")
    assert start["status"] == 200
    assert b'ralex_gateway_budget_limit_usd{name="stack"' in body["body"]
    assert b"process_resident_memory_bytes" in body["body"]
