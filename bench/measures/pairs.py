"""Requests per second of two stacks that differ in one thing, in turn: budgets, replicas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bench import load
from bench.figures import Figure, compared
from bench.load import Load
from bench.stack import made

if TYPE_CHECKING:
    from bench.stack import Stack

_PATH = "/v1/chat/completions"
_CONNECTIONS = 32
_WARM_UP_SECONDS = 2.0

_ENOUGH = 1_000_000
"""USD that no run spends: limits are counted, and none is reached."""
BUDGETS = tuple(
    f"budget.{whose}={_ENOUGH}"
    for whose in ("daily", "monthly", "models.glm.daily", "keys.client.daily")
)
TWO = ("gateway.replicas=2",)


def budgets(stack: Stack, rounds: int, seconds: float) -> list[Figure]:
    """With four limits on each call, against none."""
    return [_compared("budgets on : off", stack, BUDGETS, rounds, seconds)]


def replicas(stack: Stack, rounds: int, seconds: float) -> list[Figure]:
    """Two gateways against one, on the cores of this machine."""
    return [_compared("2 gateway replicas : 1", stack, TWO, rounds, seconds)]


def _compared(
    name: str, stack: Stack, settings: tuple[str, ...], rounds: int, seconds: float
) -> Figure:
    sent = Load(_CONNECTIONS, seconds)
    directory = stack.directory / "other"
    directory.mkdir(exist_ok=True)
    with made(directory) as other:
        other.up(*settings)
        sides = [(each.gateway + _PATH, each.key) for each in (other, stack)]
        for url, key in sides:
            load.send(url, key, replace(sent, seconds=_WARM_UP_SECONDS))
        outcomes = [[load.send(url, key, sent) for url, key in sides] for _ in range(rounds)]
    ours, theirs = ([outcome.rate for outcome in side] for side in zip(*outcomes, strict=True))
    return compared(f"{name}, {_CONNECTIONS} connections", "requests/s", ours, theirs)
