"""What an answer that is no completion says, and the way out in terms of the settings. Pure.

The gateway explains each failure to OpenCode and to the test call, and names its entry in the
catalogue (`gateway/refusals.py`); which setting to change only the settings themselves tell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ralex_stack.answers import UPSTREAM_AWAY
from ralex_stack.gateway import codes
from ralex_stack.gateway.repeats import WORD_JOINER

if TYPE_CHECKING:
    from ralex_stack.settings import Settings

_LONGEST = 600
"""Characters of what was said that are shown."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, what to do next, and the entry in the catalogue; empty for an unknown one."""

    what: str
    hint: str
    code: str


def fault(said: str, model: str, settings: Settings) -> Fault:
    """Of a call of `model` (or `tier:NAME`).

    `said` is the body of the answer, or the message that OpenCode shows of it; empty where there
    was no answer.
    """
    text, code = codes.pointed(_message(said).replace(WORD_JOINER, ""))
    if not text:
        text, code = "no answer came in time", codes.PROVIDER_SILENT
    what, _, step = " ".join(text.split()).partition(" Next: ")
    return Fault(what[:_LONGEST], _hint(code, model, settings) or step or _LATER, code)


def _message(said: str) -> str:
    try:
        return str(json.loads(said)["error"]["message"])
    except (ValueError, LookupError, TypeError):
        return said


_LATER = "run the command again later; `ralex-stack logs gateway` tells more"
_AGAIN = "then run `ralex-stack up` again"


def _hint(code: str, model: str, settings: Settings) -> str:
    """The next step where the settings tell more of it than the gateway can."""
    name = settings.models_of(model)[0]
    deployment = settings.models[name].all_deployments[0]
    provider = f"providers.{deployment.provider}"
    reference = settings.providers[deployment.provider].api_key
    key = f"{reference} ({provider}.api_key)" if reference else f"`{provider}.api_key`"
    return {
        codes.PROVIDER_MODEL_UNKNOWN: f"correct `models.{name}.upstream` ({deployment.upstream}), "
        f"{_AGAIN}",
        codes.PROVIDER_REFUSED_KEY: f"put a key that is valid into {key}, {_AGAIN}",
        codes.PROVIDER_UNREACHABLE: f"check the network, a proxy, and `{provider}.api_base`, "
        f"{_AGAIN}",
        codes.PROVIDER_SILENT: "a local model may still be loading: run the command again; "
        f"otherwise check `{provider}.api_base` and whether the provider works",
        codes.BUDGET_SPENT: "choose another model, wait until the period is over, or raise "
        "`budget` or the limit of the model",
        UPSTREAM_AWAY: "run `ralex-stack up`, which starts what is missing",
    }.get(code, "")
