"""The gateway through the edge, against LiteLLM started with its defaults.

Both, and the simulator straight, answer in turn; what they add is what they take beyond that.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench import load, plain_litellm
from bench.figures import Aim, Figure, compared
from bench.load import Load, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from docker import DockerClient

    from bench.stack import Stack

_PATH = "/v1/chat/completions"
_WARM_UP_SECONDS = 2.0


@dataclass(frozen=True)
class Side:
    """Where requests go, and with which key."""

    address: str
    key: str

    def send(self, sent: Load) -> Outcome:
        """Send the load there."""
        return load.send(self.address + _PATH, self.key, sent)


def measure(
    client: DockerClient, stack: Stack, directory: Path, rounds: int, seconds: float
) -> list[Figure]:
    """Plain and streamed answers, over one connection and over 32."""
    key = f"sk-{secrets.token_urlsafe(24)}"
    with (
        plain_litellm.network(client, stack) as network,
        plain_litellm.running(client, stack, network, directory, key) as plain,
    ):
        sides = {
            "ours": Side(stack.gateway, stack.key),
            "theirs": Side(plain, key),
            "straight": Side(plain_litellm.address(client, stack, network), "none"),
        }
        return [
            figure
            for stream in (False, True)
            for connections in (1, 32)
            for figure in _compare(sides, Load(connections, seconds, stream), rounds)
        ] + [_capacity(stack, seconds)]


def _compare(sides: Mapping[str, Side], sent: Load, rounds: int) -> list[Figure]:
    for side in sides.values():
        side.send(replace(sent, seconds=_WARM_UP_SECONDS))
    found: dict[str, list[Outcome]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            found[name].append(side.send(sent))
    return figures(_title(sent), found)


def _title(sent: Load) -> str:
    kind = "first token" if sent.stream else "answer"
    return f"{kind}, {sent.connections} connection{'s' if sent.connections > 1 else ''}"


def figures(title: str, found: Mapping[str, Sequence[Outcome]]) -> list[Figure]:
    """From the outcomes of ours, theirs and straight, round by round."""

    def added(side: str, percent: str) -> list[float]:
        pairs = zip(found[side], found["straight"], strict=True)
        return [getattr(one, percent) - getattr(straight, percent) for one, straight in pairs]

    def rates(side: str) -> list[float]:
        return [outcome.rate for outcome in found[side]]

    return [
        compared(f"gateway : LiteLLM, {title}", "requests/s", rates("ours"), rates("theirs")),
        compared(f"added at p50, {title}", "ms", added("ours", "p50"), added("theirs", "p50")),
        compared(
            f"added at p95, {title}", "ms", added("ours", "p95"), added("theirs", "p95"), Aim(1)
        ),
    ]


def _capacity(stack: Stack, seconds: float) -> Figure:
    """What the load generator can send: to a closed path, which the edge answers by itself."""
    sent = Load(32, seconds, expected_status=404)
    outcome = load.send(f"{stack.gateway}/closed", "none", sent)
    return Figure("load generator, to a path that the edge refuses", "requests/s", outcome.rate)
