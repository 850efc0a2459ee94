"""What stands in the way of a change: paused containers, and what a killed Compose left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ralex_stack.engines import listing
from ralex_stack.engines.docker import PROJECT_LABEL

if TYPE_CHECKING:
    from ralex_stack.runner import Runner

_REPLACEMENT = re.compile(r"[0-9a-f]{12}_")
"""How Compose begins the name of a container that takes another's place, until it has it."""
_WITHIN = 120
"""Seconds for the engine to remove containers, each of which has 15 to end."""


def unpause(runner: Runner, project: str) -> bool:
    """Let go on what was paused: such a container can be neither stopped nor made anew.

    Returns whether there was any.
    """
    filters = [f"label={PROJECT_LABEL}={project}", "status=paused"]
    options = [part for each in filters for part in ("--filter", each)]
    paused = runner.run(["docker", "ps", "--quiet", *options], within=_WITHIN)
    if names := paused.stdout.split():
        runner.run(["docker", "unpause", *names], check=False, within=_WITHIN)
    return bool(names)


def remove_half_made(runner: Runner, project: str) -> list[str]:
    """Remove what a killed Compose was replacing, and the replacement; returns the services.

    The engine goes on ending the old container. Compose would keep it, and then see it end.
    """
    containers = listing.listed(runner, project)
    replaced = {_final(name) for name, _ in containers if _REPLACEMENT.match(name)}
    halves = [(name, service) for name, service in containers if _final(name) in replaced]
    if halves:
        names = [name for name, _ in halves]
        runner.run(["docker", "rm", "--force", *names], within=_WITHIN)
    return sorted({service for _, service in halves})


def _final(name: str) -> str:
    return _REPLACEMENT.sub("", name, count=1)
