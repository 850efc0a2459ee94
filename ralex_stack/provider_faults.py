"""What an answer of the gateway that is no completion says of the provider, and the way out. Pure.

Texts and status codes: LiteLLM 1.8x, which passes on what providers say; OpenRouter's answers to a
key that is refused (401), credit that is spent (402) and a model that does not exist (400).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ralex_stack.settings import Settings

_ABOUT_FALLBACKS = re.compile(r"\s*LiteLLM: model group .*", re.DOTALL)
_CLASSES = re.compile(r"^(?:(?:litellm\.)?\w+(?:Error|Exception)(?:: | - ))+")
_LONGEST = 400
"""Characters of what a provider said that are shown."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, and what to do next."""

    what: str
    hint: str


_MODEL = "the provider does not know the model"
_KEY = "the provider refused the key"
_CREDIT = "the provider's credit or a budget of the stack is spent"
_LIMIT = "a limit on calls is reached"
_TIME = "no answer came in time"
_CONNECTION = "the provider cannot be reached"
_BROKEN = "the provider failed"

# In this order: what a status code says in general is told more exactly by the text.
_SIGNS: Mapping[str, re.Pattern[str]] = {
    _MODEL: re.compile(
        r"not a valid model|model_not_found|no endpoints found|model .*(does not exist|not found)",
        re.IGNORECASE,
    ),
    _TIME: re.compile(r"time(d )?[ -]?out\b", re.IGNORECASE),
    _CONNECTION: re.compile(
        r"cannot connect|APIConnectionError|connection (error|refused|reset)|server disconnected|"
        r"name or service not known|name resolution|certificate verify failed",
        re.IGNORECASE,
    ),
    _KEY: re.compile(
        r"AuthenticationError|no auth credentials|invalid api key|PermissionDenied", re.IGNORECASE
    ),
    _CREDIT: re.compile(r"insufficient credits|budget", re.IGNORECASE),
    _LIMIT: re.compile(r"RateLimitError|too many requests", re.IGNORECASE),
}
_STATUS: Mapping[int, str] = {
    0: _TIME,
    401: _KEY,
    402: _CREDIT,
    403: _KEY,
    404: _MODEL,
    408: _TIME,
    429: _LIMIT,
    504: _TIME,
}


def fault(said: str, status: int | None, model: str, settings: Settings) -> Fault:
    """Of a call of `model` (or `tier:NAME`); `status` 0 is no answer, None an unknown one."""
    text = message(said)
    own = _ABOUT_FALLBACKS.sub("", said)
    signs = (what for what, sign in _SIGNS.items() if sign.search(own))
    what = next(signs, "") or _STATUS.get(-1 if status is None else status, _BROKEN)
    return Fault(f"{what}: {text}" if text else what, _hint(what, model, settings))


def message(said: str) -> str:
    """What the provider itself said, of an answer of the gateway; short, on one line."""
    try:
        found = json.loads(said)["error"]["message"]
    except (ValueError, LookupError, TypeError):
        found = said
    text = _CLASSES.sub("", _ABOUT_FALLBACKS.sub("", str(found))).strip()
    # LiteLLM passes on the JSON of a provider inside of its own.
    return message(text) if text != said else " ".join(text.split())[:_LONGEST]


def _hint(what: str, model: str, settings: Settings) -> str:
    name = settings.models_of(model)[0]
    deployment = settings.models[name].all_deployments[0]
    provider = settings.providers[deployment.provider]
    reference = provider.api_key
    key = f"{reference} (providers.{deployment.provider}.api_key)" if reference else "its key"
    again = "then run `ralex-stack up` again"
    return {
        _MODEL: f"correct `models.{name}.upstream` ({deployment.upstream}), {again}",
        _KEY: f"put a key that is valid into {key}, {again}",
        _CREDIT: "add credit at the provider, or raise `budget.limit` or the limit of the model",
        _LIMIT: "wait a minute, and run the command again",
        _TIME: "a local model may still be loading: run the command again; otherwise check "
        f"`providers.{deployment.provider}.api_base` and whether the provider works",
        _CONNECTION: "check the network, a proxy, and "
        f"`providers.{deployment.provider}.api_base`, {again}",
        _BROKEN: "run the command again later; `ralex-stack logs gateway` tells more",
    }[what]
