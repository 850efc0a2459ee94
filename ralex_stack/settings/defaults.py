"""What an empty settings file stands for.

Prices and windows of the default models are those of OpenRouter's public list at the time of the
release; the cost that is counted is the one that OpenRouter reports with each answer.
"""

from __future__ import annotations

from ralex_stack.settings.models import Model, Price, Provider, Tier
from ralex_stack.settings.secret import SecretReference

OPENROUTER_NAME = "openrouter"
"""The entry of `providers` that is always there."""

OPENROUTER_ORIGIN = "https://openrouter.ai"

OPENROUTER_PATH = "/api/v1"
"""Path of OpenRouter's API at its host, and of the simulator that stands in for it."""

OPENROUTER = Provider(api_key=SecretReference(env="OPENROUTER_API_KEY"))

MODELS = {
    "gemini-flash-lite": Model(
        upstream="openrouter/google/gemini-2.5-flash-lite",
        title="Gemini 2.5 Flash Lite",
        context=1_048_576,
        output=65_535,
        price=Price(input=0.10, output=0.40),
    ),
    "glm": Model(
        upstream="openrouter/z-ai/glm-4.6",
        title="GLM 4.6",
        context=200_000,
        output=128_000,
        price=Price(input=0.60, output=2.20),
    ),
    "claude-sonnet": Model(
        upstream="openrouter/anthropic/claude-sonnet-4.5",
        title="Claude Sonnet 4.5",
        context=200_000,
        output=64_000,
        price=Price(input=3.0, output=15.0, cache_read=0.30, cache_write=3.75),
    ),
}

TIERS = {
    "cheap": Tier(models=("gemini-flash-lite",)),
    "standard": Tier(models=("glm", "gemini-flash-lite")),
    "smart": Tier(models=("claude-sonnet", "glm")),
}


def tiers_for(models: dict[str, Model]) -> dict[str, Tier]:
    """The tiers of the default models, or for others: by price, cheapest first."""
    if MODELS.keys() <= models.keys():
        return TIERS
    chat = [name for name, model in models.items() if model.mode == "chat"]
    if not chat:
        return {}
    ranked = sorted(chat, key=lambda name: _price(models[name]))
    return {
        "cheap": Tier(models=(ranked[0],)),
        "standard": Tier(models=(ranked[len(ranked) // 2],)),
        "smart": Tier(models=(ranked[-1],)),
    }


def _price(model: Model) -> float:
    """Dearest output price of the model's deployments, in USD per million tokens."""
    prices = [deployment.price for deployment in model.all_deployments]
    return max((price.output for price in prices if price), default=0.0)
