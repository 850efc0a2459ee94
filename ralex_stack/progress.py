"""What long steps tell meanwhile. Engines tell it, the command line shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """A part of the work begins, and the one before has ended."""

    text: str
    note: str = ""
    """What to know of it, e.g. where its log is."""


@dataclass(frozen=True)
class BuildStep:
    """A stage of a build is at one of its steps, or has done the last one."""

    stage: str
    step: int
    steps: int
    done: bool = False


@dataclass(frozen=True)
class ServiceState:
    """A service's container has come to be in another state."""

    service: str
    state: str
    """`created`, `starting`, `healthy`, `unhealthy`, `removed`, or the engine's word."""


Event = Phase | BuildStep | ServiceState
Listener = Callable[[Event], None]


def nobody(event: Event) -> None:
    """The listener where nobody wants to know."""
