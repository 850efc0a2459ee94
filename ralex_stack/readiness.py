"""Whether the services that a turn needs work: one that is begun without them would only wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.errors import UnhealthyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ralex_stack.controller import Controller
    from ralex_stack.engines.docker import ContainerState

_NOT_NEEDED = frozenset({"opencode", "valkey", "cache", "egress"})
"""A turn has a container of its own, not the server's; and where Valkey or the way out is away,
models answer all the same."""


def require_working(controller: Controller) -> None:
    """Raise UnhealthyError, naming them, where services do not run, or are unhealthy."""
    applied = controller.state.applied()
    definitions = applied.bundle.services if applied else {}
    needed = {name for name, d in definitions.items() if "profiles" not in d} - _NOT_NEEDED
    ailing = ", ".join(_ailing(needed, controller.facts.containers()))
    if ailing:
        raise UnhealthyError(
            f"the stack `{controller.settings.stack.name}` does not work: {ailing}",
            hint="`ralex-stack up` mends it; `ralex-stack logs SERVICE` tells why",
        )


def _ailing(needed: Iterable[str], containers: Iterable[ContainerState]) -> Iterator[str]:
    found = {c.service: c for c in containers if not c.one_off}
    for name in sorted(needed):
        container = found.get(name)
        if container is None:
            yield f"{name} has no container"
        elif container.state != "running":
            yield f"{name} is {container.state}"
        elif container.health == "unhealthy":
            yield f"{name} is unhealthy"
