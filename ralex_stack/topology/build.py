"""From Settings and Choices to the Stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.topology import embedder
from ralex_stack.topology.database import (
    database_networks,
    database_services,
    with_database,
)
from ralex_stack.topology.egress import egress, egress_networks
from ralex_stack.topology.model import Network, Stack
from ralex_stack.topology.services import (
    cache,
    edge,
    gateway,
    opencode,
    simulator,
    valkey,
    workspace,
)

if TYPE_CHECKING:
    from ralex_stack.settings import Settings
    from ralex_stack.topology.model import Choices, Service


def build(settings: Settings, choices: Choices) -> Stack:
    """The stack that the settings describe."""
    services = [valkey()]
    if settings.routing.cache.enabled:
        services.append(cache(settings))
    if choices.simulates:
        services.append(simulator(settings, choices))
    if embedder.is_needed(settings):
        services.append(embedder.embedder())
    services += database_services(settings)
    services.append(with_database(settings, gateway(settings, choices)))
    if settings.sandbox.egress.mode == "allowlist":
        services.append(egress())
    if "opencode" in settings.stack.profiles:
        services.append(opencode(settings, choices))
    services += [workspace(settings, choices), edge(settings)]
    return Stack(
        name=settings.stack.name,
        services=tuple(services),
        networks=(
            Network("front", internal=False),
            Network("sandbox"),
            Network("backend"),
            Network("state"),
            # Two names: Compose does not change a network that exists.
            *([Network("upstream")] if choices.simulates else []),
            *([Network("internet", internal=False)] if _goes_out(services) else []),
            *embedder.networks(settings),
            *egress_networks(settings.sandbox.egress.mode),
            *database_networks(settings),
        ),
        volumes=_volumes(services),
    )


def _goes_out(services: list[Service]) -> bool:
    """Whether something is called outside: a provider, or a webhook."""
    return any(place.network == "internet" for each in services for place in each.networks)


def _volumes(services: list[Service]) -> tuple[str, ...]:
    return tuple(sorted({m.source for s in services for m in s.mounts if m.kind == "volume"}))
