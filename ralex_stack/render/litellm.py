"""The configuration of the LiteLLM proxy.

Key names and their effects: LiteLLM 1.106 `proxy_config.yaml`. LiteLLM ignores misspelled keys
silently, so everything here comes from checked settings and is tested against the real proxy.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ralex_stack.render import routing
from ralex_stack.render.budgets import budgets
from ralex_stack.render.records import simulator_base
from ralex_stack.render.serialize import to_json, to_yaml
from ralex_stack.settings.defaults import OPENROUTER_NAME
from ralex_stack.topology import provider_secret

if TYPE_CHECKING:
    from ralex_stack.settings import Settings
    from ralex_stack.settings.models import Deployment, Model, Price
    from ralex_stack.target import Target
    from ralex_stack.topology import Choices

_WARM_UP = {
    "model_name": "ralex-stack:warm-up",
    "litellm_params": {
        "model": "litellm_proxy/warm-up",
        "api_key": "none",
        "mock_response": "ready",
    },
    # Without a colon, at which LiteLLM's usage-based strategy cuts ids.
    "model_info": {"id": "ralex-stack-warm-up"},
}
"""What the gateway's health check asks before the first user does; answered by itself."""

SIMULATED_KEY = "simulator"
"""The simulator takes any key; this one is no secret."""


def render(settings: Settings, choices: Choices, target: Target) -> dict[str, bytes]:
    """Files of the gateway's configuration directory."""
    return {
        "litellm.yaml": to_yaml(_config(settings, choices, target)),
        "keys.json": to_json(_keys(settings)),
        "limits.json": to_json(_limits(settings)),
        "budgets.json": to_json(budgets(settings, choices, target)),
        **routing.files(settings),
    }


def _keys(settings: Settings) -> dict[str, Any]:
    """Limits of the stack's own keys, read by the gateway's authentication hook."""
    return {
        "client": _without_none(rpm=settings.gateway.client_limit_rpm),
        "sandbox": _without_none(rpm=settings.gateway.sandbox_limit_rpm, client="opencode"),
    }


def _limits(settings: Settings) -> dict[str, Any]:
    """What the gateway's middleware holds calls to; the fields of `gateway.limits.Limits`."""
    return {
        "timeout": settings.routing.timeout,
        "idle_timeout": settings.routing.idle_timeout,
        "retry_after": math.ceil(settings.routing.cooldown),
        "session_rpm": settings.gateway.session_limit_rpm,
    }


def _config(settings: Settings, choices: Choices, target: Target) -> dict[str, Any]:
    return {
        "model_list": _model_list(settings, choices, target),
        "router_settings": _router(settings, choices, target),
        "litellm_settings": _litellm(settings, target),
        **_exported(settings),
        "general_settings": {
            "master_key": "os.environ/LITELLM_MASTER_KEY",
            "custom_auth": "ralex_stack.gateway.auth.authenticate",
            # Without these two LiteLLM skips roles and model lists where keys come from a hook.
            "custom_auth_run_common_checks": True,
            "disable_spend_logs": not settings.gateway.has_database,
            **_shared_limits(settings, target),
        },
    }


def _shared_limits(settings: Settings, target: Target) -> dict[str, Any]:
    """Limits of keys are counted in Valkey where there are several gateways.

    Without it LiteLLM counts the requests and tokens of a key in each by itself, or in the cache
    of answers where there is one. A single gateway need not ask Valkey for each call.
    """
    if settings.gateway.replicas == 1:
        return {}
    return {"coordination_redis": _valkey(target)}


def _valkey(target: Target) -> dict[str, Any]:
    host, _, port = target.address("valkey").partition(":")
    return {"host": host, "port": int(port), "password": "os.environ/VALKEY_PASSWORD"}


def _exported(settings: Settings) -> dict[str, Any]:
    """What LiteLLM leaves out of the spans that it exports: prompts and answers."""
    if settings.metrics.otlp.endpoint is None:
        return {}
    return {"callback_settings": {"otel": {"message_logging": False}}}


def _model_list(settings: Settings, choices: Choices, target: Target) -> list[dict[str, Any]]:
    deployments = [
        _deployment(settings, choices, target, name, model, number, deployment)
        for name, model in settings.models.items()
        for number, deployment in enumerate(model.all_deployments, 1)
    ]
    auto = routing.models(settings, routing.embedder_url(settings, target))
    return [*deployments, *auto, _WARM_UP]


def _deployment(
    settings: Settings,
    choices: Choices,
    target: Target,
    name: str,
    model: Model,
    number: int,
    deployment: Deployment,
) -> dict[str, Any]:
    where = _where(settings, choices, target, deployment)
    parameters = {
        **model.parameters,
        **where,
        **_without_none(
            rpm=deployment.limits.rpm,
            tpm=deployment.limits.tpm,
            weight=deployment.weight if deployment.weight != 1 else None,
            num_retries=_retries(settings, name),
        ),
    }
    info = {
        # LiteLLM keeps spend under the id: it must not depend on the order of other models.
        "id": f"{name}-{number}",
        "mode": model.mode,
        "max_input_tokens": model.context,
        "max_output_tokens": model.output,
    }
    # Prices beside the parameters make LiteLLM rebuild its table of all models in every call, but
    # this is the only place where the strategy by cost looks for them.
    by_cost = settings.routing.strategy == "cost-based-routing"
    (parameters if by_cost else info).update(_prices(deployment.price))
    return {"model_name": name, "litellm_params": parameters, "model_info": info}


def _prices(price: Price | None) -> dict[str, Any]:
    """USD per token; without a price, what the provider itself says of a call's cost counts."""
    return _without_none(
        input_cost_per_token=_per_token(price.input) if price else 0.0,
        output_cost_per_token=_per_token(price.output) if price else 0.0,
        cache_read_input_token_cost=_per_token(price.cache_read if price else None),
        cache_creation_input_token_cost=_per_token(price.cache_write if price else None),
    )


def _where(
    settings: Settings, choices: Choices, target: Target, deployment: Deployment
) -> dict[str, Any]:
    if choices.provider == "simulator":
        return _simulated(deployment, target)
    where = _real(settings, deployment)
    if choices.provider == "record" and deployment.provider == OPENROUTER_NAME:
        return {**where, "api_base": simulator_base(target)}
    return where


def _simulated(deployment: Deployment, target: Target) -> dict[str, Any]:
    """Every provider is answered by the simulator, which speaks OpenRouter's dialect."""
    openrouter = deployment.provider == OPENROUTER_NAME
    model = deployment.upstream_model if openrouter else deployment.upstream
    return {
        "model": f"openrouter/{model}",
        "api_base": simulator_base(target),
        "api_key": SIMULATED_KEY,
    }


def _real(settings: Settings, deployment: Deployment) -> dict[str, Any]:
    provider = settings.providers[deployment.provider]
    key = f"os.environ/{provider_secret(deployment.provider).upper()}"
    return {
        "model": f"{settings.prefix_of(deployment.provider)}/{deployment.upstream_model}",
        **_without_none(api_base=provider.api_base),
        # LiteLLM's OpenAI client refuses to start without a key, even where none is wanted.
        "api_key": key if provider.api_key else "none",
    }


def _router(settings: Settings, choices: Choices, target: Target) -> dict[str, Any]:
    how = settings.routing
    return {
        "routing_strategy": how.strategy,
        # Set for each deployment instead.
        "num_retries": 0,
        # A provider that hung once would hang again: who waits is told, or a fallback is asked.
        "retry_policy": {"TimeoutErrorRetries": 0},
        # LiteLLM knows this one here only, and ignores it among its own settings.
        "stream_timeout": how.stream_timeout,
        "allowed_fails": how.allowed_fails,
        "cooldown_time": how.cooldown,
        **_enforced_limits(settings),
        **{f"redis_{name}": value for name, value in _valkey(target).items()},
        **_aliases(settings),
    }


def _enforced_limits(settings: Settings) -> dict[str, Any]:
    """Without it rpm and tpm are only weights; with it each call asks Valkey, so only if needed."""
    limits = [d.limits for model in settings.models.values() for d in model.all_deployments]
    if any(limit.rpm or limit.tpm for limit in limits):
        return {"optional_pre_call_checks": ["enforce_model_rate_limits"]}
    return {}


def _retries(settings: Settings, name: str) -> int:
    """None where a fallback is ready: LiteLLM would wait seconds before it turns to that."""
    tiers = {tier.models[0] for tier in settings.tiers.values() if len(tier.models) > 1}
    return 0 if name in tiers or settings.routing.fallbacks.get(name) else settings.routing.retries


def _aliases(settings: Settings) -> dict[str, Any]:
    tiers = {f"tier:{name}": tier.models[0] for name, tier in settings.tiers.items()}
    aliases = {**routing.aliases(settings), **tiers}
    return {"model_group_alias": aliases} if aliases else {}


def fallbacks(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Model name or `tier:NAME` → models tried after it, in order."""
    explicit = {name: models for name, models in settings.routing.fallbacks.items() if models}
    tiers = {f"tier:{name}": tier.models[1:] for name, tier in settings.tiers.items()}
    return {**explicit, **{name: models for name, models in tiers.items() if models}}


def _litellm(settings: Settings, target: Target) -> dict[str, Any]:
    result: dict[str, Any] = {
        "drop_params": True,
        "request_timeout": settings.routing.timeout,
        "enable_post_custom_auth_checks": True,
        "callbacks": [
            "ralex_stack.gateway.ledger.ledger",
            "ralex_stack.gateway.policy.policy",
            *routing.callbacks(settings),
            # Last: what is refused is not counted, and it counts where it goes.
            "ralex_stack.gateway.budgets.hook.budgeting",
            *(["otel"] if settings.metrics.otlp.endpoint else []),
        ],
        "fallbacks": [{name: list(models)} for name, models in fallbacks(settings).items()],
    }
    if settings.routing.cache.enabled:
        host, _, port = target.address("cache").partition(":")
        result["cache"] = True
        result["cache_params"] = {
            "type": "redis",
            "host": host,
            "port": int(port),
            "password": "os.environ/VALKEY_PASSWORD",
            "ttl": settings.routing.cache.ttl,
            "mode": "default_off",
        }
    return result


def _per_token(per_million: float | None) -> float | None:
    """USD per million tokens → USD per token, without the noise of binary fractions."""
    return None if per_million is None else float(f"{per_million / 1_000_000:.12g}")


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
