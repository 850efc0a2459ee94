"""The other modes of `auto`, and LiteLLM's strategies, on the same stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import asking
import httpx
import pytest
from asking import DEBUG, FORMAT, ask, send, tier_of
from harness import models_asked, new_session

if TYPE_CHECKING:
    from harness import Stack

THINK = "think through the pros and cons step by step: which of the two designs is better"

PATTERNS = {FORMAT: "cheap", DEBUG: "smart", "hello": "standard"}
COMPLEXITY = {"hi": "cheap", THINK: "smart"}


class Case(NamedTuple):
    """A mode of `auto` with the tiers of prompts, and a strategy to try with it."""

    mode: str
    strategy: str
    tiers: dict[str, str]


CASES = (
    Case("patterns", "cost-based-routing", PATTERNS),
    Case("complexity", "latency-based-routing", COMPLEXITY),
    Case("off", "least-busy", {}),
    Case("off", "usage-based-routing-v2", {}),
)

CALLS = 8


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case.mode}, {case.strategy}")
def case(routed: Stack, request: pytest.FixtureRequest) -> Case:
    """The stack in another mode, and with another strategy."""
    wanted: Case = request.param
    routed.configure(asking.settings(wanted.mode, wanted.strategy))
    routed.up()
    return wanted


def test_each_mode_routes(routed: Stack, case: Case) -> None:
    assert {prompt: tier_of(ask(routed, prompt)) for prompt in case.tiers} == case.tiers


def test_the_embedder_is_there_only_where_it_is_needed(routed: Stack, case: Case) -> None:
    assert "embedder" not in routed.containers(), case


def test_auto_is_a_model_where_it_is_not_off(routed: Stack, case: Case) -> None:
    headers = {"Authorization": f"Bearer {routed.credentials['OPENAI_API_KEY']}"}
    listed = httpx.get(f"{routed.gateway}/v1/models", headers=headers, timeout=30).json()["data"]
    assert ("auto" in [model["id"] for model in listed]) == (case.mode != "off")
    if case.mode == "off":
        assert send(routed, "hi").status_code == 400


def test_each_strategy_has_deployments_answer(routed: Stack, case: Case) -> None:
    routed.forget()

    for _ in range(CALLS):
        ask(routed, "hello", model="split")

    asked = models_asked(routed.journal())
    assert len(asked) == CALLS
    assert set(asked) <= {"test/dear", "test/low"}
    if case.strategy == "cost-based-routing":
        assert set(asked) == {"test/low"}


def test_a_deployment_that_fails_is_rested(routed: Stack, case: Case) -> None:
    """Cost-based routing would ask the broken one each time: it is by far the cheapest."""
    routed.forget()

    for _ in range(CALLS):
        ask(routed, "hello", model="resting")

    asked = models_asked(routed.journal())
    assert asked.count("test/well") == CALLS
    assert asked.count("simulator/broken") <= 2
    if case.strategy == "cost-based-routing":
        assert "simulator/broken" in asked


def test_a_limit_of_tokens_a_minute_holds(routed: Stack, case: Case) -> None:
    statuses = [send(routed, "hello", model="narrow").status_code for _ in range(3)]
    assert set(statuses) <= {200, 429}
    assert 429 in statuses


def test_a_stream_that_breaks_after_its_first_words_passes_the_error_on(
    routed: Stack, case: Case
) -> None:
    routed.forget()

    # In a session of its own: the gateway pauses one whose answers break off again and again.
    text = send(routed, "hello", model="late", session=new_session(), stream=True).text

    assert '"content":"This' in text.replace('": "', '":"')
    assert '"error"' in text
    assert models_asked(routed.journal()) == ["simulator/breaks-late"]
