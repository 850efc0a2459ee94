"""Who answers calls: the providers of the settings, or the simulator in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.errors import SecretError
from ralex_stack.topology import provider_references

if TYPE_CHECKING:
    from ralex_stack.secrets.given import Given
    from ralex_stack.settings import Settings
    from ralex_stack.topology import ProviderChoice


def choose(settings: Settings, keys: Given) -> ProviderChoice:
    """By the settings, and by which keys of providers there are.

    Raises SecretError where the settings want the providers and a key is missing.
    """
    wanted = settings.stack.provider
    there_are_some = keys.found or keys.kept
    if wanted == "simulator" or (wanted == "auto" and keys.missing and not there_are_some):
        return "simulator"
    if keys.missing:
        references = provider_references(settings)
        places = ", ".join(
            f"{settings.providers[references[name]].api_key} (providers.{references[name]})"
            for name in keys.missing
        )
        raise SecretError(
            f"no key found for: {places}",
            hint='set it, or `stack.provider = "simulator"` to work without providers',
            code="provider-key-missing",
        )
    return "record" if wanted == "record" else "real"
