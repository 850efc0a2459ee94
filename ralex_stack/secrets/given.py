"""Secrets that the settings refer to: which of them are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ralex_stack.secrets.store import SecretStore
    from ralex_stack.settings.secret import SecretReference


@dataclass(frozen=True)
class Given:
    """By name of the secret."""

    found: dict[str, str] = field(default_factory=dict)
    """What resolves now, with its value."""
    kept: list[str] = field(default_factory=list)
    """What is only stored, from before."""
    missing: list[str] = field(default_factory=list)


def look(
    references: Mapping[str, SecretReference],
    resolve: Callable[[SecretReference], str | None],
    store: SecretStore,
) -> Given:
    """Resolve what can be resolved. Raises SecretError where that fails."""
    given = Given()
    for name, reference in references.items():
        value = resolve(reference)
        if value:
            given.found[name] = value
        elif store.get(name) is not None:
            given.kept.append(name)
        else:
            given.missing.append(name)
    return given
