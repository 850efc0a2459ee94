"""What the gateway is told of the model `auto`: its rules, and LiteLLM's strategies for them.

Sources: LiteLLM 1.106 `auto_router/complexity_router` (ComplexityRouterConfig) and the semantic
`auto_router/NAME` (AutoRouter).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.names import EMBEDDING_MODEL
from ralex_stack.render.serialize import to_json
from ralex_stack.routing.rules import AUTO, RULES_FILE, Rule, Rules

if TYPE_CHECKING:
    from ralex_stack.settings import Settings
    from ralex_stack.settings.routing import AutoSettings
    from ralex_stack.target import Target

_EMBEDDING_SECONDS = 60
"""For all examples at once, which take some seconds; the gateway's hook waits less for a prompt."""


def is_on(settings: Settings) -> bool:
    """Whether there is a model `auto`."""
    return settings.routing.auto.mode != "off"


def rules_of(settings: Settings) -> Rules:
    """The rules, as gateway and controller apply them."""
    auto = settings.routing.auto
    led = {tier.models[0]: name for name, tier in reversed(settings.tiers.items())}
    return Rules(
        mode=auto.mode,
        default_tier=auto.default_tier,
        tiers=auto.tiers,
        patterns=tuple(Rule(rule.intent, rule.pattern, rule.unless) for rule in auto.patterns)
        if auto.mode == "patterns"
        else (),
        served={**{f"tier:{name}": name for name in settings.tiers}, **led},
    )


def files(settings: Settings) -> dict[str, bytes]:
    """The file of rules, where there is a model `auto`."""
    return {RULES_FILE: to_json(rules_of(settings).to_json())} if is_on(settings) else {}


def callbacks(settings: Settings) -> list[str]:
    """The hook that applies them."""
    return ["ralex_stack.gateway.routing.routing"] if is_on(settings) else []


def aliases(settings: Settings) -> dict[str, str]:
    """LiteLLM has no strategy for patterns: what it lists as `auto` is the default tier."""
    if settings.routing.auto.mode != "patterns":
        return {}
    return {AUTO: settings.models_of(AUTO)[0]}


def models(settings: Settings, embedder: str | None) -> list[dict[str, Any]]:
    """Entries of LiteLLM's list of models; `embedder` is the URL of the embedding service."""
    auto = settings.routing.auto
    if auto.mode == "complexity":
        return [_entry(_complexity(auto))]
    if auto.mode == "intent":
        return [_entry(_intent(auto)), *([_embedder(embedder)] if embedder else [])]
    return []


def embedder_url(settings: Settings, target: Target) -> str | None:
    """Base URL of the embedding service, where there is one."""
    if settings.routing.auto.mode != "intent":
        return None
    return f"http://{target.address('embedder')}/v1"


def _entry(parameters: dict[str, Any]) -> dict[str, Any]:
    return {"model_name": AUTO, "litellm_params": parameters, "model_info": {"id": AUTO}}


def _complexity(auto: AutoSettings) -> dict[str, Any]:
    tiers = {grade.upper(): f"tier:{tier}" for grade, tier in auto.tiers.items()}
    return {
        "model": "auto_router/complexity_router",
        "complexity_router_config": {"tiers": tiers},
        "complexity_router_default_model": f"tier:{auto.default_tier}",
    }


def _intent(auto: AutoSettings) -> dict[str, Any]:
    routes = [
        {
            "name": name,
            "utterances": list(intent.examples),
            "score_threshold": auto.threshold,
        }
        for name, intent in auto.intents.items()
    ]
    return {
        "model": "auto_router/intent",
        # LiteLLM reads a text here.
        "auto_router_config": json.dumps({"routes": routes}),
        "auto_router_default_model": f"tier:{auto.default_tier}",
        "auto_router_embedding_model": EMBEDDING_MODEL,
    }


def _embedder(url: str) -> dict[str, Any]:
    return {
        "model_name": EMBEDDING_MODEL,
        "litellm_params": {
            "model": "openai/minilm",
            "api_base": url,
            "api_key": "none",
            "timeout": _EMBEDDING_SECONDS,
            "num_retries": 0,
        },
        # Without a colon, at which LiteLLM's usage-based strategy cuts ids.
        "model_info": {"id": EMBEDDING_MODEL.replace(":", "-"), "mode": "embedding"},
    }
