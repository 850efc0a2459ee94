"""Settings with models that fail, which the simulator plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness import Json

FAULTS = {
    "rate-limited": "simulator/rate-limited",
    "broken": "simulator/broken",
    "unavailable": "simulator/unavailable",
    "refused-key": "simulator/refused-key",
    "out-of-credit": "simulator/out-of-credit",
    "drops-connection": "simulator/drops-connection",
    "breaks-off": "simulator/breaks-off",
    "slow": "simulator/slow",
}
"""Models that have a fallback → the upstream that plays the fault."""

_ASK = {"description": "Asks first", "prompt": "Work.", "permissions": {"bash": "ask"}}
_DENY = {
    "description": "Runs no scripts",
    "prompt": "Work.",
    "permissions": {"bash": {"*": "allow", "sh *": "deny"}},
}


def faulty_settings() -> Json:
    """Models, fallbacks, agents."""
    models = {name: _model(upstream) for name, upstream in FAULTS.items()}
    models["slow"]["parameters"] = {"stream_timeout": 1}
    models |= {
        "good": _model("z-ai/glm-4.6"),
        "first": _model("simulator/broken"),
        "lonely-refused": _model("simulator/refused-key"),
        "lonely-out": _model("simulator/out-of-credit"),
        "lonely-broken": _model("simulator/broken"),
        "poor": _model("z-ai/glm-4.6") | {"output": 16},
        "rare": _model("z-ai/glm-4.6") | {"limits": {"rpm": 2}},
        "embed": _model("openai/text-embedding-3-small") | {"mode": "embedding"},
    }
    return {
        "models": models,
        # For a few short calls.
        "budget": {"models": {"poor": {"daily": 0.001}}},
        "tiers": {
            "cheap": {"models": ["good"]},
            "standard": {"models": ["good"]},
            "smart": {"models": ["first", "good"]},
        },
        "routing": {"fallbacks": {name: ["good"] for name in FAULTS}, "retries": 1},
        "opencode": {"agents": {"asking": _ASK, "denying": _DENY}},
    }


def _model(name: str) -> Json:
    return {"upstream": f"openrouter/{name}", "price": {"input": 1, "output": 2}}
