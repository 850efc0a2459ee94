"""Where providers tell afterwards what an answer cost; read by `gateway/budgets/policy.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack.settings.defaults import OPENROUTER_NAME, OPENROUTER_ORIGIN, OPENROUTER_PATH
from ralex_stack.topology import provider_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.settings import Settings
    from ralex_stack.target import Target
    from ralex_stack.topology import Choices


def records(settings: Settings, choices: Choices, target: Target) -> dict[str, dict[str, Any]]:
    """Provider → base URL, and the gateway's variable with the key (none: no key is wanted)."""
    return dict(_records(settings, choices, target))


def _records(
    settings: Settings, choices: Choices, target: Target
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in sorted(settings.used_providers):
        provider = settings.providers[name]
        speaks_openrouter = settings.prefix_of(name) == OPENROUTER_NAME
        told = provider.generation_records
        base = provider.api_base or (_openrouter() if speaks_openrouter else None)
        if not (speaks_openrouter if told is None else told) or base is None:
            continue
        key = provider_secret(name).upper() if provider.api_key else None
        if choices.provider == "simulator":
            base, key = simulator_base(target), None
        elif choices.provider == "record" and name == OPENROUTER_NAME:
            base = simulator_base(target)
        yield name, {"base": base.rstrip("/"), "key": key}


def simulator_base(target: Target) -> str:
    """Base URL of the simulator, which stands where OpenRouter would."""
    return f"http://{target.address('simulator')}{OPENROUTER_PATH}"


def _openrouter() -> str:
    return OPENROUTER_ORIGIN + OPENROUTER_PATH
