"""What the gateway needs to keep the budgets; read by `gateway/budgets/policy.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.render.records import records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.settings import Settings
    from ralex_stack.settings.budget import Allowance
    from ralex_stack.settings.models import Model
    from ralex_stack.target import Target
    from ralex_stack.topology import Choices

_STACK = "stack"


def budgets(settings: Settings, choices: Choices, target: Target) -> dict[str, Any]:
    """The limits, and what models cost at most, in USD per token."""
    return {
        "limits": list(_limits(settings)),
        "models": {name: _rates(model) for name, model in sorted(settings.models.items())},
        "tiers": {name: settings.tiers[name].models[0] for name in _by_price(settings)},
        "at_limit": settings.budget.at_limit,
        "warn_at": sorted(set(settings.budget.warn_at)),
        "time_zone": settings.budget.time_zone,
        "ledger": settings.gateway.ledger_home,
        "records": records(settings, choices, target),
        "valkey": target.address("valkey"),
    }


def _limits(settings: Settings) -> Iterator[dict[str, Any]]:
    budget = settings.budget
    scopes: dict[str, dict[str, Allowance]] = {
        _STACK: {_STACK: budget},
        "provider": budget.providers,
        "model": budget.models,
        "tier": budget.tiers,
        "key": budget.keys,
    }
    for scope, named in scopes.items():
        for name, allowance in named.items():
            for window, usd in allowance.limits.items():
                yield {"scope": scope, "name": name, "window": window, "usd": usd}


def _rates(model: Model) -> dict[str, Any]:
    """The dearest of its deployments, as LiteLLM may choose any."""
    prices = [each.price for each in model.all_deployments if each.price is not None]
    dearest_input = max((max(price.input, price.cache_write or 0) for price in prices), default=0.0)
    dearest_output = max((price.output for price in prices), default=0.0)
    return {
        "providers": sorted({each.provider for each in model.all_deployments}),
        "input": dearest_input / 1_000_000,
        # An embedding has no answer that is paid for.
        "output": 0 if model.mode == "embedding" else dearest_output / 1_000_000,
        "longest_answer": model.output,
        "context": model.context,
    }


def _by_price(settings: Settings) -> list[str]:
    """Tiers of which the first costs least, by a prompt and an answer of the same length."""

    def price(tier: str) -> float:
        rates = _rates(settings.models[settings.tiers[tier].models[0]])
        return float(rates["input"] + rates["output"])

    return sorted(settings.tiers, key=price)
