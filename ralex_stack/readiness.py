"""Whether work can begin: OpenCode calls for a minute before it says that nobody answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.errors import UnhealthyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ralex_stack.engines.docker import ContainerState

WAY_TO_MODELS = ("edge", "gateway")
"""Services that each call of a sandbox passes."""


def require_way_to_models(containers: Iterable[ContainerState]) -> None:
    """Raise UnhealthyError where a service on the way to the models does not run."""
    states = {found.service: found.state for found in containers if not found.one_off}
    away = [
        f"{service} ({states.get(service, 'not there')})"
        for service in WAY_TO_MODELS
        if states.get(service) != "running"
    ]
    if away:
        raise UnhealthyError(
            f"no model can be reached: not running: {', '.join(away)}",
            hint="`ralex-stack up` starts what is missing; where it restarts, repeat this then",
        )
