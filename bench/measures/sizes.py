"""Images and memory: what the stack takes while nobody uses it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.figures import Aim, Figure

if TYPE_CHECKING:
    from docker import DockerClient

    from bench.stack import Stack

_MB = 1_000_000
_OVER_BASE_MB = 100
_OVER_BASE = ("edge", "simulator", "valkey", "opencode", "egress")


def images(client: DockerClient, stack: Stack, base: str) -> list[Figure]:
    """The gateway's image as a whole, the others over the base image they all share."""
    stack.up("sandbox.egress.mode=allowlist")
    sizes = {
        state.service: client.images.get(state.image).attrs["Size"] / _MB
        for state in stack.facts.containers()
    }
    of_base = client.images.get(base).attrs["Size"] / _MB
    over = [
        Figure(f"image {name}, over the base", "MB", sizes[name] - of_base, aim=_over_base())
        for name in _OVER_BASE
    ]
    return [
        Figure("image gateway", "MB", sizes["gateway"], aim=Aim(500, "value")),
        *over,
        Figure("image base", "MB", of_base),
    ]


def _over_base() -> Aim:
    return Aim(_OVER_BASE_MB, "value")


def memory(stack: Stack, rest_seconds: float) -> list[Figure]:
    """What `docker stats` counts for each service, after a rest; the page cache is left out."""
    time.sleep(rest_seconds)
    services = {state.name: state.service for state in stack.facts.containers()}
    found = sorted(stack.facts.memory().items())
    used = {services[name]: size / _MB for name, size in found}
    return [
        Figure("memory of the idle stack", "MB", sum(used.values()), aim=Aim(600, "value")),
        *(Figure(f"memory of {name}, idle", "MB", size) for name, size in used.items()),
    ]
