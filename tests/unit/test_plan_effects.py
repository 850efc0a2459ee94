"""What a plan tells of models, tiers, budgets, ports and the provider."""

from __future__ import annotations

from typing import Any

import pytest
from samples import SEVERAL, facts_of, state

from ralex_stack.plan import Plan, make_plan


def texts(plan: Plan) -> list[str]:
    return [effect.text for effect in plan.effects]


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("simulator", "real", "cost money"),
        ("real", "simulator", "nothing is charged"),
        ("simulator", "record", "recorded"),
        ("real", "record", "recorded"),
        ("record", "real", "cost money"),
        ("record", "simulator", "nothing is charged"),
    ],
)
def test_going_between_providers_needs_a_yes(before: Any, after: Any, word: str) -> None:
    applied = state(provider=before)
    plan = make_plan(state(provider=after), applied, facts_of(applied))
    (confirmation,) = plan.confirmations
    assert confirmation.startswith(f"provider: {before} → {after}")
    assert word in confirmation
    kinds = {action.service: action.kind for action in plan.actions}
    assert kinds["simulator"] == (
        "remove" if after == "real" else "create" if before == "real" else "change"
    )
    assert kinds["gateway"] == "change"
    assert kinds["edge"] == "keep"


GLM = {"upstream": "openrouter/z-ai/glm-4.6", "price": {"input": 1, "output": 2}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            {"models": {"glm": GLM}},
            {"models": {"glm": {**GLM, "upstream": "openrouter/z-ai/glm-5"}}},
            ["model glm: upstream openrouter/z-ai/glm-4.6 → openrouter/z-ai/glm-5"],
        ),
        (
            {"models": {"glm": GLM}},
            {"models": {"glm": {**GLM, "price": {"input": 0.5, "output": 2, "cache_read": 0.1}}}},
            [
                "model glm: input price $1/M tokens → $0.5/M tokens",
                "model glm: cache read price none → $0.1/M tokens",
            ],
        ),
        (
            {"models": {"glm": GLM}},
            {"models": {"glm": GLM}, "budget": {"models": {"glm": {"weekly": 3}}}},
            ["budget of model glm: added: weekly $3"],
        ),
        (
            {"models": {"glm": GLM}},
            {"models": {"glm": GLM, "new": GLM}, "tiers": {"smart": {"models": ["glm"]}}},
            [
                "model new: added: upstream openrouter/z-ai/glm-4.6, input price $1/M tokens, "
                "output price $2/M tokens",
                "tier standard: glm → new",
            ],
        ),
        (
            {"models": {"glm": GLM, "old": GLM}},
            {"models": {"glm": GLM}},
            ["model old: removed", "tier standard: old → glm", "tier smart: old → glm"],
        ),
        (
            {"budget": {"daily": 10}},
            {"budget": {"daily": 20, "monthly": 200}},
            [
                "budget of the stack: daily $10 → $20",
                "budget of the stack: monthly none → $200",
            ],
        ),
        (
            {"budget": {"daily": 10}},
            {},
            ["budget of the stack: removed"],
        ),
        (
            {},
            {"tiers": {"cheap": {"models": ["glm", "gemini-flash-lite"]}}},
            ["tier cheap: gemini-flash-lite → glm, gemini-flash-lite"],
        ),
        (
            {},
            {"routing": {"fallbacks": {"glm": ["claude-sonnet"]}}},
            ["fallbacks of glm: added: claude-sonnet"],
        ),
        (
            {},
            {"network": {"bind": "0.0.0.0", "opencode_port": 4097}},  # noqa: S104
            [
                "port of gateway: 127.0.0.1:4000 → 0.0.0.0:4000 (open to the network, without TLS)",
                "port of opencode: 127.0.0.1:4096 → 0.0.0.0:4097 "
                "(open to the network, without TLS)",
            ],
        ),
    ],
)
def test_effects_on_users(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    applied = state(before)
    plan = make_plan(state(after), applied, facts_of(applied))
    assert sorted(texts(plan)) == sorted(expected)
    assert plan.confirmations == ()


def test_deployments_of_a_model_are_told_apart() -> None:
    plan = make_plan(state(SEVERAL), None, ())
    models = [text.partition(": added")[0] for text in texts(plan) if text.startswith("model ")]
    assert models == ["model fast", "model strong", "model strong (strong-2)", "model embed"]
