"""Which tiers may answer in place of one whose limit has no room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.gateway.budgets.policy import TIER_PREFIX
from ralex_stack.gateway.keys import ALL_MODELS
from ralex_stack.gateway.names import TIER_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ralex_stack.gateway.budgets.policy import Budgets
    from ralex_stack.gateway.call import Call


def cheaper_tiers(call: Call, model: str, budgets: Budgets) -> Iterator[str]:
    """Names of tiers at which the call may cost less than at a model, the dearest first."""
    rates, size = budgets.models.get(model), call.size
    if not budgets.downgrades or rates is None or size is None:
        return
    for tier, serving in reversed(list(budgets.tiers.items())):
        other = budgets.models.get(serving)
        if other is not None and size.nano(other) < size.nano(rates):
            yield TIER_PREFIX + tier


def may_use(call: Call, identity: Any, tier: str) -> bool:
    """Whether a tier may answer a key; LiteLLM has checked only what was asked for.

    Where that was `auto`, any tier may.
    """
    allowed: Sequence[str] = getattr(identity, "models", None) or (ALL_MODELS,)
    return ALL_MODELS in allowed or tier in allowed or TIER_HEADER in call.headers
