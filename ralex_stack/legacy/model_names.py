"""Names of models: what old files call them, and what became of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ralex_stack.settings.defaults import MODELS

Status = Literal["known", "retired", "never", "unknown"]

OPENROUTER = "openrouter/"
CHEAP, STANDARD, SMART = (model.upstream or "" for model in MODELS.values())
"""What is suggested: the models that this release has by default, so that no name is invented."""

_VENDORS = (
    (r"gpt-|o[134](-|$)|chatgpt-", "openai"),
    (r"claude-", "anthropic"),
    (r"gemini-", "google"),
    (r"qwen", "qwen"),
    (r"deepseek-", "deepseek"),
    (r"mistral-|mixtral-", "mistralai"),
    (r"llama-", "meta-llama"),
    (r"glm-", "z-ai"),
    (r"kimi-", "moonshotai"),
    (r"grok-", "x-ai"),
)
"""How a name without a vendor begins → the vendor, as OpenRouter writes it."""


@dataclass(frozen=True)
class Fate:
    """What became of a model."""

    status: Status
    suggestion: str
    """What to write instead; empty where nothing needs to be."""
    note: str


def _gone(slugs: str, suggestion: str, note: str = "retired by its maker") -> dict[str, Fate]:
    return {slug: Fate("retired", suggestion, note) for slug in slugs.split()}


def _called(slug: str) -> str:
    return f"OpenRouter never had this name; it called the model {slug}, which is retired"


_ANTHROPIC_API = "a name of Anthropic's own API, never of OpenRouter; the model is retired"


def _never(slugs: str, suggestion: str, note: str) -> dict[str, Fate]:
    return {slug: Fate("never", suggestion, note) for slug in slugs.split()}


FATES: dict[str, Fate] = {
    **_gone("google/gemini-flash-1.5 google/gemini-flash-1.5-8b google/gemini-pro", CHEAP),
    **_gone("google/gemini-2.0-flash-001 google/gemini-2.0-flash-exp", CHEAP),
    **_gone("google/gemini-pro-1.5", SMART),
    **_gone("anthropic/claude-3-haiku anthropic/claude-3.5-haiku", CHEAP),
    **_gone("anthropic/claude-3-sonnet anthropic/claude-3.5-sonnet anthropic/claude-2", SMART),
    **_gone("anthropic/claude-3-opus anthropic/claude-3.7-sonnet", SMART),
    **_gone("openai/gpt-3.5-turbo", CHEAP),
    **_gone("openai/gpt-4 openai/gpt-4-turbo openai/o1-preview openai/o1-mini", SMART),
    **_gone("mistralai/mistral-7b-instruct-v0.2 mistralai/mistral-7b-instruct-v0.1", CHEAP),
    **_never("google/gemini-1.5-flash", CHEAP, _called("google/gemini-flash-1.5")),
    **_never("google/gemini-1.5-pro", SMART, _called("google/gemini-pro-1.5")),
    **_never("qwen/qwen-coder", STANDARD, "OpenRouter never had a model of this name"),
    **_never(
        "anthropic/claude-3-sonnet-20240229 anthropic/claude-3-opus-20240229 "
        "anthropic/claude-3-5-sonnet anthropic/claude-3-5-sonnet-20241022",
        SMART,
        _ANTHROPIC_API,
    ),
    **_never("anthropic/claude-3-haiku-20240307 anthropic/claude-3-5-haiku", CHEAP, _ANTHROPIC_API),
}
"""OpenRouter's name of a model → what became of it, as far as this release knows: after the dates
of retirement in LiteLLM 1.106's list of models, and the makers' announcements."""

KNOWN = frozenset((model.upstream or "").removeprefix(OPENROUTER) for model in MODELS.values())
"""What this release has tried; others may well exist."""


_MAKERS = {"gemini": "google", "mistral": "mistralai"}
"""LiteLLM's name of a maker's own API → the vendor, as OpenRouter writes it; others are alike."""


def fate_of(upstream: str) -> Fate | None:
    """What became of a model; none for one of another provider that is not known to be gone."""
    if not upstream.startswith(OPENROUTER):
        maker, _, name = upstream.partition("/")
        gone = FATES.get(f"{_MAKERS.get(maker, maker)}/{name}")
        return Fate("retired", gone.suggestion, "retired by its maker") if gone else None
    slug = upstream.removeprefix(OPENROUTER).removesuffix(":free")
    if slug in KNOWN:
        return Fate("known", "", "")
    note = "look for it at https://openrouter.ai/models"
    return FATES.get(slug, Fate("unknown", f"if it is gone, e.g. {_like(slug)}", note))


def _like(slug: str) -> str:
    small = re.search(r"flash|mini|nano|haiku|lite|\b[1-9]b\b|7b|8b|free", slug)
    return CHEAP if small else STANDARD


def upstream_of(text: str) -> str:
    """PROVIDER/MODEL for a model as old files write it; empty where it is none.

    What has no provider is of OpenRouter, and what has no vendor either is given the one that its
    name tells.
    """
    text = text.strip().removeprefix("openrouter,").strip()
    if not re.fullmatch(r"[A-Za-z0-9][\w./:-]*", text) or text.endswith("/"):
        return ""
    if text.startswith(OPENROUTER):
        rest = text.removeprefix(OPENROUTER)
        return text if "/" in rest or rest == "auto" else with_vendor(rest)
    return OPENROUTER + text if "/" in text else with_vendor(text)


def with_vendor(name: str) -> str:
    """The upstream of a name without a vendor; empty where the name does not tell it."""
    vendor = next((v for start, v in _VENDORS if re.match(start, name, re.IGNORECASE)), "")
    return f"{OPENROUTER}{vendor}/{name}" if vendor else ""


def name_of(upstream: str) -> str:
    """What the gateway calls a model: the last part of its name there."""
    last = upstream.rpartition("/")[2].lower().replace(":", "-")
    return re.sub(r"[^a-z0-9._-]+", "-", last).lstrip("._-")[:63] or "model"
