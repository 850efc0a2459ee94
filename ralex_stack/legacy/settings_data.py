"""The data of the settings file, from the values that won."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ralex_stack.legacy.budget import budget_settings
from ralex_stack.legacy.model_names import fate_of
from ralex_stack.legacy.prompts import opencode_prompts
from ralex_stack.legacy.routing import AutomaticRouting, automatic_routing, tier_of_intent
from ralex_stack.settings.defaults import MODELS, OPENROUTER_NAME, OPENROUTER_PATH
from ralex_stack.settings.load import problems_of
from ralex_stack.settings.validation import without

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.legacy.masking import Secret
    from ralex_stack.legacy.resolve import Resolved
    from ralex_stack.settings.problem import Path

_OPENROUTER_BASE = f"https://openrouter.ai{OPENROUTER_PATH}"
_LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1"})  # noqa: S104 - names of a host
_HOST = "host.docker.internal"
"""The machine that runs the stack, as seen from its containers."""
_OWN_PREFIXES = frozenset(
    {
        *("anthropic", "azure", "deepseek", "gemini", "groq", "mistral"),
        *("ollama", "ollama_chat", "openai", "vertex_ai", "xai"),
    }
)
"""Providers that LiteLLM knows by the name that old files used."""
_PARAMETERS = ("temperature", "top_p")
_TIER_ORDER = ("cheap", "standard", "smart")


@dataclass
class Built:
    """The data, and what there is to say of it."""

    data: dict[str, Any]
    comments: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    """Table of the settings → what stands above it."""
    refused: dict[Path, str] = field(default_factory=dict)
    """What the settings do not allow → why."""
    asked_for: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Command → what it asked for one by one."""
    without_price: list[str] = field(default_factory=list)
    routing: AutomaticRouting = field(default_factory=AutomaticRouting)


def build(resolved: Resolved, secrets: list[Secret], directory: str) -> Built:
    """The sections in the order of the settings file; what they do not allow is taken out.

    `directory` is where the secrets are kept.
    """
    built = Built({})
    models = _models(resolved, built)
    tiers = _tiers(resolved, models)
    names = frozenset(tiers) | frozenset(_TIER_ORDER)
    built.routing = automatic_routing(resolved, names, models)
    prompts, built.asked_for = opencode_prompts(resolved, names)
    opencode = {
        **{key: resolved.value("opencode", key) for key in ("model", "small_model")},
        **prompts,
        "mcp": {name: {**w.value, "enabled": False} for (name,), w in resolved.below("mcp")},
    }
    data = {
        "providers": _providers(resolved, models, secrets, directory),
        "models": models,
        "tiers": tiers,
        "routing": {**_routing(resolved), "auto": built.routing.section},
        "budget": budget_settings(resolved),
        "opencode": opencode,
        "network": {key: w.value for (key,), w in resolved.below("network")},
    }
    built.data = _accepted(_without_empty(data), built.refused)
    return built


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    inner = {k: _without_empty(v) if isinstance(v, dict) else v for k, v in value.items()}
    return {key: item for key, item in inner.items() if item not in (None, {}, [])}


def _accepted(data: dict[str, Any], refused: dict[Path, str]) -> dict[str, Any]:
    """The data without what the settings refuse, which is noted."""
    problems, before = problems_of(data), None
    while problems and data:
        if data == before:
            # What is wrong is not in the data: nothing of it can be relied on.
            refused[()] = problems[0].message
            return {}
        before = data
        for problem in problems:
            cut = _cut(problem.at, "not given" in problem.message)
            refused.setdefault(cut, problem.message)
            data = without(data, cut) if cut else {}
        data = _without_empty(data)
        problems = problems_of(data)
    return data


def _cut(path: Path, missing: bool) -> Path:
    """What to take out for a problem: never an element of a list, and no half of a model."""
    if path[:1] in (("models",), ("providers",)) or path[:2] == ("opencode", "mcp"):
        return path[: 3 if path[:1] == ("opencode",) else 2]
    if missing:
        return path[:-1]
    end = next((at for at, part in enumerate(path) if isinstance(part, int)), len(path))
    return path[:end]


def used_models(resolved: Resolved) -> list[str]:
    """Models that something uses, or that clients called by name; in the order of the files."""
    used = {name for _, winner in resolved.below("tier") for name in winner.value}
    used |= {winner.value for _, winner in resolved.below("opencode")}
    for (first,), winner in resolved.below("fallback"):
        used |= {first, *winner.value}
    used |= {slot[0] for slot, _ in resolved.below("model") if slot[1] == "named"}
    return [s[0] for s, _ in resolved.below("model") if s[1] == "upstream" and s[0] in used]


def _models(resolved: Resolved, built: Built) -> dict[str, Any]:
    models = {}
    default = resolved.value("opencode", "model")
    for name in used_models(resolved):
        upstream = str(resolved.value("model", name, "upstream"))
        extra = "default" if name == default else ""
        models[name] = _model(resolved, built, name, upstream, extra)
        fate = fate_of(upstream)
        if fate and fate.status in ("retired", "never"):
            built.comments["models", name] = [
                f"{fate.note[0].upper()}{fate.note[1:]}. A suggestion, no more:",
                f'upstream = "{fate.suggestion}"',
            ]
    return models


def _model(
    resolved: Resolved, built: Built, name: str, upstream: str, default: str
) -> dict[str, Any]:
    def said(part: str) -> Any:
        own = resolved.value("model", name, part)
        return own if own is not None or not default else resolved.value(default, part)

    known = next((model for model in MODELS.values() if model.upstream == upstream), None)
    price = resolved.value("price", upstream)
    if price is None and not upstream.endswith(":free") and known is None:
        built.without_price.append(name)
    own = known.price.model_dump(exclude_none=True) if known and known.price else None
    given = {"input": price[0], "output": price[1]} if price else own
    return {
        "upstream": upstream,
        "mode": said("mode") if said("mode") != "chat" else None,
        "context": said("context") or (known.context if known else None),
        "output": said("output") or (known.output if known else None),
        "price": given or {"input": 0.0, "output": 0.0},
        "parameters": {part: said(part) for part in _PARAMETERS if said(part) is not None},
    }


def _tiers(resolved: Resolved, models: Mapping[str, Any]) -> dict[str, Any]:
    """The tiers that are named, and one for each model that a pattern leads to."""
    found = {name: {"models": winner.value} for (name,), winner in resolved.below("tier")}
    for _, rule in resolved.below("rule"):
        tier = tier_of_intent(resolved, rule.value["intent"])
        if tier in models and tier not in _TIER_ORDER:
            found.setdefault(tier, {"models": [tier]})
    first = {name: found[name] for name in _TIER_ORDER if name in found}
    return {**first, **found}


def _providers(
    resolved: Resolved, models: Mapping[str, Any], secrets: list[Secret], directory: str
) -> dict[str, Any]:
    """Providers that a model is of; OpenRouter's address is left out where it is the usual one."""
    used = {str(model["upstream"]).partition("/")[0] for model in models.values()}
    # The key that old Ralex had is wanted with the default models, too.
    used.add(OPENROUTER_NAME)
    return {name: _provider(resolved, name, secrets, directory) for name in sorted(used)}


def _provider(
    resolved: Resolved, name: str, secrets: list[Secret], directory: str
) -> dict[str, Any]:
    key, base = (resolved.value("provider", name, part) for part in ("api_key", "api_base"))
    if key and "secret" in key:
        key = {"file": f"{directory}/{secrets[key['secret']].name}"}
    if name == OPENROUTER_NAME:
        return {"api_key": key, "api_base": base if base != _OPENROUTER_BASE else None}
    local = bool(base) and (urlsplit(base).hostname or "") in _LOCAL
    if local:
        base = base.replace(urlsplit(base).hostname, _HOST, 1)
    prefix = None if name in _OWN_PREFIXES or not base else "openai"
    provider = {"prefix": prefix, "api_key": key, "api_base": base}
    return {**provider, "paid": not local}


def _routing(resolved: Resolved) -> dict[str, Any]:
    fallbacks = {name: winner.value for (name,), winner in resolved.below("fallback")}
    return {**{k: w.value for (k,), w in resolved.below("routing")}, "fallbacks": fallbacks}
