"""LiteLLM hook for what clients see and send: listed models, keys of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import HTTPException
from litellm.integrations.custom_logger import CustomLogger

from ralex_stack.gateway.codes import MODEL_NOT_SERVED, OWN_KEY_REFUSED, pointer
from ralex_stack.gateway.keys import MASTER
from ralex_stack.gateway.names import EMBEDDING_MODEL, WARM_UP_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CREDENTIALS = frozenset({"api_key", "headers", "extra_headers", "user_config"})
"""Parameters of a request with which LiteLLM overrides a deployment's key; with the last it makes a
router of the client's own, which reads keys from the gateway's environment."""

FALLBACKS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
"""Parameters of a request that may hold further requests."""

OWN_KEY = (
    "The request holds `api_key`, `headers`, `extra_headers` or `user_config`. The gateway calls "
    "providers with the stack's keys alone: leave it out, or change the provider's key in the "
    "settings. " + pointer(OWN_KEY_REFUSED)
)

OWN_MODELS = (WARM_UP_MODEL, EMBEDDING_MODEL)
"""Models that the gateway calls itself: for its health check, and to compare prompts."""

NOT_SERVED = (
    "Invalid model name passed in model={}. It is the gateway's own: "
    "choose another model (`ralex-stack models` lists them). " + pointer(MODEL_NOT_SERVED)
)


ONE_MODEL = (
    "The request names several models, with commas or in a list. Name one: budgets, sessions and "
    "the ledger know a call by its model. " + pointer(MODEL_NOT_SERVED)
)


class Policy(CustomLogger):  # type: ignore[misc]
    """Narrows what clients are told; LiteLLM does the routing and counting itself."""

    async def async_filter_listed_models(
        self, user_api_key_dict: Any, model_names: Sequence[str]
    ) -> Sequence[str]:
        """Keep the gateway's own models, which are for no client, out of the listings."""
        return [name for name in model_names if name not in OWN_MODELS]

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> None:
        """Refuse a key of the client's own, whose calls another account pays, and own models."""
        further = [data.get(name) for name in FALLBACKS]
        parts = [data, *(part for value in further for part in tables(value))]
        if any(CREDENTIALS & part.keys() for part in parts):
            raise HTTPException(status_code=400, detail=OWN_KEY)
        named = str([data.get("model"), further])
        own = next((name for name in OWN_MODELS if name in named), None)
        if own is not None and not is_master(user_api_key_dict):
            raise HTTPException(status_code=400, detail=NOT_SERVED.format(own))
        # The administrator may: past the edge's door for it, budgets are not in force anyway.
        if is_several(data.get("model")) and not is_master(user_api_key_dict):
            raise HTTPException(status_code=400, detail=ONE_MODEL)


def is_several(model: Any) -> bool:
    """Whether a request names more than one model: LiteLLM would call them all."""
    return "," in model if isinstance(model, str) else model is not None


def is_master(identity: Any) -> bool:
    """Whether the master key was presented, with which the health check calls."""
    return bool(identity.key_alias == MASTER)


def tables(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every table in the value, however deep."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from tables(item)


policy = Policy()
