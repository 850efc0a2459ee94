"""Whether the stack is whole, and the services that a turn needs work: it would only wait."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ralex_stack.errors import UnhealthyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ralex_stack.controller import Controller
    from ralex_stack.engines.docker import ContainerState
    from ralex_stack.plan import State

_NOT_NEEDED = frozenset({"opencode", "valkey", "cache", "egress", "postgres", "migrate"})
"""A turn has a container of its own, not the server's, and a key that is in no database; and where
Valkey or the way out is away, models answer all the same."""


def missing_services(
    applied: State | None, containers: Iterable[ContainerState]
) -> tuple[str, ...]:
    """Services that were brought up and have no container any more, sorted."""
    started = applied.bundle.started if applied else frozenset()
    return tuple(sorted(started - {c.service for c in containers if not c.one_off}))


class Replicas(NamedTuple):
    """The containers of a service that has several."""

    well: int
    wanted: int


def replicas(applied: State | None, containers: Iterable[ContainerState]) -> dict[str, Replicas]:
    """Service → how many containers work, for services that are to have several, sorted."""
    well = Counter(c.service for c in containers if not c.one_off and c.well)
    wanted = applied.bundle.replicas if applied else {}
    several = sorted(name for name, count in wanted.items() if count > 1)
    return {name: Replicas(well[name], wanted[name]) for name in several}


def require_working(controller: Controller) -> None:
    """Raise UnhealthyError, naming them, where services do not run, or are unhealthy."""
    ailing = _ailing(controller.state.applied(), controller.facts.containers())
    told = [f"{name} {how}" for name, how in sorted(ailing.items()) if name not in _NOT_NEEDED]
    if told:
        raise UnhealthyError(
            f"the stack `{controller.settings.stack.name}` does not work: {', '.join(told)}",
            hint="`ralex-stack up` mends it; `ralex-stack logs SERVICE` tells why",
        )


def _ailing(applied: State | None, containers: Iterable[ContainerState]) -> dict[str, str]:
    """Service → what ails it."""
    from ralex_stack.plan import COMPLETED

    services = [
        c for c in containers if not c.one_off and applied and c.service in applied.bundle.started
    ]
    ailing = dict.fromkeys(missing_services(applied, services), "has no container")
    serve = {c.service for c in services if c.state == "running" and c.health != "unhealthy"}
    for container in services:
        if container.service in serve:
            continue
        if container.state not in ("running", COMPLETED):
            ailing[container.service] = f"is {container.state}"
        elif container.health == "unhealthy":
            ailing[container.service] = "is unhealthy"
    return ailing
