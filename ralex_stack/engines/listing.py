"""A project's containers by name, as the `docker` program lists them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ralex_stack.engines.docker import PROJECT_LABEL

if TYPE_CHECKING:
    from ralex_stack.runner import Runner

_WITHIN = 120
"""Seconds for an engine that may be busy removing containers."""


def listed(runner: Runner, project: str) -> list[list[str]]:
    """Name and service of each container of a project."""
    filters = ["--filter", f"label={PROJECT_LABEL}={project}"]
    form = '{{.Names}} {{.Label "com.docker.compose.service"}}'
    told = runner.run(["docker", "ps", "--all", *filters, "--format", form], within=_WITHIN)
    return [line.split() for line in told.stdout.splitlines()]


def counts(runner: Runner, project: str) -> Counter[str]:
    """Service → how many containers it has."""
    return Counter(service for _, service in listed(runner, project))


def names(runner: Runner, project: str, service: str) -> list[str]:
    """Names of a service's containers."""
    return sorted(name for name, owner in listed(runner, project) if owner == service)
