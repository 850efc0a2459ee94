"""Settings, states and facts that tests of several modules start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.plan import COMPLETED, ContainerFact, State, secrets_digest
from ralex_stack.render import render_compose
from ralex_stack.render.compose import CONFIG_LABEL
from ralex_stack.settings import Settings
from ralex_stack.target import ComposeTarget, ProcessTarget
from ralex_stack.topology import Choices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.topology import ProviderChoice

IMAGES = (
    "gateway",
    "gateway-database",
    "postgres",
    "prometheus",
    "embedder",
    "opencode",
    "valkey",
    "edge",
    "egress",
    "simulator",
)

COMPOSE = ComposeTarget({image: f"ralex-stack/{image}:0123456789ab" for image in IMAGES})

PROCESS = ProcessTarget(
    root="/run/ralex-stack",
    ports={
        "gateway": 20001,
        "opencode": 20002,
        "valkey": 20003,
        "cache": 20004,
        "simulator": 20005,
        "embedder": 20011,
        "edge-inner": 20006,
        "egress-inner": 20010,
        "edge-gateway": 20007,
        "edge-opencode": 20008,
        "edge-health": 20009,
        "edge-admin": 20011,
        "edge-prometheus": 20012,
        "edge-metrics": 20013,
        "opencode-metrics": 20014,
        "prometheus": 20015,
    },
)

SIMULATOR = Choices()
REAL = Choices(provider="real")
RECORD = Choices(provider="record")

SEVERAL: dict[str, Any] = {
    "providers": {
        "openai": {"api_key": {"env": "OPENAI_API_KEY"}},
        "local": {
            "prefix": "openai",
            "api_base": "http://host.docker.internal:8000/v1",
            "paid": False,
        },
    },
    "models": {
        "fast": {"upstream": "local/qwen3", "context": 32768, "output": 4096},
        "strong": {
            "deployments": [
                {"upstream": "openai/gpt-5", "weight": 3},
                {"upstream": "openrouter/openai/gpt-5", "limits": {"rpm": 20}},
            ],
            "price": {"input": 1.25, "output": 10, "cache_read": 0.125},
            "limits": {"rpm": 60, "tpm": 200000},
            "reasoning": True,
        },
        "embed": {
            "upstream": "openai/text-embedding-3-small",
            "mode": "embedding",
            "price": {"input": 0.02, "output": 0},
        },
    },
    "tiers": {
        "cheap": {"models": ["fast"]},
        "standard": {"models": ["fast", "strong"]},
        "smart": {"models": ["strong"]},
    },
}
"""Settings with two providers beside OpenRouter, one of them a local server without a key."""


def settings(data: Mapping[str, Any] | None = None) -> Settings:
    """Settings from what a file would hold."""
    return Settings.model_validate(dict(data or {}))


def state(
    data: Mapping[str, Any] | None = None,
    *,
    provider: ProviderChoice = "simulator",
    secrets: Mapping[str, str] | None = None,
) -> State:
    """The state that settings stand for, on containers."""
    return state_of(settings(data), provider=provider, secrets=secrets)


def state_of(
    given: Settings,
    *,
    provider: ProviderChoice = "simulator",
    secrets: Mapping[str, str] | None = None,
) -> State:
    """The state that settings stand for, on containers."""
    choices = Choices(provider=provider)
    return State(render_compose(given, choices, COMPOSE), choices, secrets or {})


def facts_of(applied: State) -> tuple[ContainerFact, ...]:
    """Facts as they are after a state was applied: all is healthy, and jobs are done."""
    return tuple(
        ContainerFact(
            service=name,
            state=COMPLETED if name in applied.bundle.jobs else "running",
            healthy=None if name in applied.bundle.jobs else True,
            config=definition["labels"][CONFIG_LABEL],
            secrets=secrets_digest(definition.get("secrets", ()), applied.secrets),
            image=definition["image"],
        )
        for name, definition in applied.bundle.services.items()
        if "profiles" not in definition
    )
