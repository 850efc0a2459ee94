"""Services that run to their end before others start: what waits for them, and how they ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ralex_stack.bundle import PROJECT_FILE, Bundle
from ralex_stack.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ralex_stack.engines.docker import DockerFacts
    from ralex_stack.runner import Runner

_ENDS_WITHIN = 1800
"""Seconds that a job has: on a database that is full, an index takes minutes."""
_SHOWN_OF_LOGS = 12


@dataclass(frozen=True)
class Order:
    """In which order services are made or started."""

    first: tuple[str, ...]
    jobs: tuple[str, ...]
    """To be run to their end then."""
    then: tuple[str, ...]


def order(bundle: Bundle, named: Sequence[str]) -> Order:
    """The order for some services.

    A job is run whenever something that comes after it is made or started, even where it ran
    before: what it works on may be new.
    """
    jobs = bundle.jobs
    due = [job for job, after in jobs.items() if job in named or after & set(named)]
    held = {service for job in due for service in jobs[job]}
    return Order(
        tuple(name for name in named if name not in held and name not in due),
        tuple(due),
        tuple(name for name in named if name in held),
    )


def wait_for_end(runner: Runner, facts: DockerFacts, job: str, container: str) -> None:
    """Wait until a job has ended. Raises EngineError with its last lines where it failed."""
    result = runner.run(["docker", "wait", container], within=_ENDS_WITHIN)
    if result.stdout.strip() == "0":
        return
    lines = facts.log_tail(container, _SHOWN_OF_LOGS).strip()
    raise EngineError(
        f"{job} failed, so what comes after it was left as it was\n{lines}",
        hint=f"`ralex-stack logs {job}` shows all of it; `ralex-stack up` tries again",
        code="migration-failed",
    )


def lasting(project: Path) -> tuple[str, ...]:
    """Services of a project's file whose health is waited for; none where all are.

    Compose takes the end of a job for a failure.
    """
    bundle = Bundle({PROJECT_FILE: project.read_bytes()} if project.is_file() else {})
    jobs = bundle.jobs
    return tuple(sorted(bundle.started - jobs.keys())) if jobs else ()
