"""Settings with models that fail, which the simulator plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness import Json

WITH_FALLBACK = (
    "rate-limited",
    "broken",
    "unavailable",
    "refused-key",
    "out-of-credit",
    "drops-connection",
    "breaks-off",
    "slow",
)
"""Names of the models, which are the simulator's names of the faults."""

_ASK = {"description": "Asks first", "prompt": "Work.", "permissions": {"bash": "ask"}}
_DENY = {
    "description": "Runs no scripts",
    "prompt": "Work.",
    "permissions": {"bash": {"*": "allow", "sh *": "deny"}},
}


def faulty_settings() -> Json:
    """Models, fallbacks, agents."""
    models = {name: _model(f"simulator/{name}") for name in WITH_FALLBACK}
    models["slow"]["parameters"] = {"stream_timeout": 1}
    models |= {
        "good": _model("z-ai/glm-4.6"),
        "first": _model("simulator/broken"),
        "lonely-refused": _model("simulator/refused-key"),
        "lonely-broken": _model("simulator/broken"),
        "poor": _model("z-ai/glm-4.6") | {"budget": {"limit": 0.000001}},
        "rare": _model("z-ai/glm-4.6") | {"limits": {"rpm": 2}},
        "embed": _model("openai/text-embedding-3-small") | {"mode": "embedding"},
    }
    return {
        "models": models,
        "tiers": {
            "cheap": {"models": ["good"]},
            "standard": {"models": ["good"]},
            "smart": {"models": ["first", "good"]},
        },
        "routing": {"fallbacks": {name: ["good"] for name in WITH_FALLBACK}, "retries": 1},
        "opencode": {"agents": {"asking": _ASK, "denying": _DENY}},
    }


def _model(name: str) -> Json:
    return {"upstream": f"openrouter/{name}", "price": {"input": 1, "output": 2}}
