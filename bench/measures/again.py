"""A second `up`, which changes nothing, against Compose on the same project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.command import MeasureError, in_turn, run
from bench.figures import Aim, Figure, compared
from ralex_stack.engines.compose import ComposeEngine
from ralex_stack.host import state_home
from ralex_stack.runner import SystemRunner

if TYPE_CHECKING:
    from bench.stack import Stack


def measure(stack: Stack, repeats: int) -> list[Figure]:
    """Raises MeasureError where a container was made anew."""
    directory = state_home(stack.environment) / stack.name / "project"
    engine = ComposeEngine(SystemRunner(), directory, stack.facts)
    plain = engine.command("up", "--detach")
    before = _started(stack)
    ours, theirs, waiting = in_turn(
        [
            stack.up,
            lambda: run(plain, environment=stack.environment),
            lambda: run([*plain, "--wait"], environment=stack.environment),
        ],
        repeats,
    )
    if _started(stack) != before:
        raise MeasureError("a second `up` restarted containers")
    return [
        compared("up again : docker compose up -d", "s", ours, theirs, Aim(2)),
        compared("up again : docker compose up -d --wait", "s", ours, waiting),
    ]


def _started(stack: Stack) -> dict[str, str]:
    return {state.name: state.started for state in stack.facts.containers()}
