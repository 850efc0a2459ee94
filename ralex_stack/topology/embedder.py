"""The service that turns prompts into vectors, for mode `intent` of the model `auto`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ralex_stack.ports import EMBEDDER
from ralex_stack.settings.base import Resources
from ralex_stack.topology.model import Attachment, Network, Probe, Service

if TYPE_CHECKING:
    from ralex_stack.settings import Settings

SERVICE = "embedder"
NETWORK = "embeddings"


def is_needed(settings: Settings) -> bool:
    """Whether the model `auto` compares prompts with examples."""
    return settings.routing.auto.mode == "intent"


def embedder() -> Service:
    """On a network with the gateway alone; it keeps nothing and calls nobody."""
    return Service(
        name=SERVICE,
        image="embedder",
        resources=Resources(memory="512m", cpus=1, pids=64),
        networks=(Attachment(NETWORK),),
        probe=Probe(("http-probe", str(EMBEDDER), "/health")),
    )


def networks(settings: Settings) -> tuple[Network, ...]:
    """The network that it shares with the gateway."""
    return (Network(NETWORK),) if is_needed(settings) else ()


def attachments(settings: Settings) -> tuple[Attachment, ...]:
    """The gateway's place in it."""
    return (Attachment(NETWORK),) if is_needed(settings) else ()
