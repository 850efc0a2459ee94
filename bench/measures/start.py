"""From built images to a stack that works."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from bench.command import MeasureError
from bench.figures import Aim, Figure, compared

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient

    from bench.stack import Stack

PROMPT = "create hello.py that prints hello"
"""The simulator has an answer to it that writes a file."""


def measure(client: DockerClient, stack: Stack, repeats: int) -> list[Figure]:
    """Bring the stack up without state or volumes, and have it carry out a prompt.

    Images that are missing are built before. The stack of the last round stays up.
    """
    stack.up()
    healthy, tested, prompted = [], [], []
    for number in range(repeats):
        stack.remove()
        started = time.time()
        stack.up()
        tested.append(time.time() - started)
        carry_out(stack, stack.directory / f"first-prompt-{number}")
        prompted.append(time.time() - started)
        healthy.append(_healthy_at(client, stack) - started)
    return [
        compared("up to healthy", "s", healthy, aim=Aim(10, "value")),
        compared("up to a tested call and the prompt back", "s", tested),
        compared("up to the first completed prompt", "s", prompted, aim=Aim(15, "value")),
    ]


def carry_out(stack: Stack, directory: Path) -> None:
    """Have OpenCode write a file into a new directory. Raises MeasureError where it did not."""
    directory.mkdir()
    stack.run("run", PROMPT, "--dir", directory)
    if not (directory / "hello.py").is_file():
        raise MeasureError("the prompt was carried out without the file that it asks for")


def _healthy_at(client: DockerClient, stack: Stack) -> float:
    """When the last service's first probe succeeded, as the engine noted it: seconds of the epoch.

    It keeps the last five probes, which a stack that has just come up does not exceed.
    """
    ends = []
    for container in client.containers.list(
        filters={"label": f"com.docker.compose.project={stack.project}"}
    ):
        probes = container.attrs["State"]["Health"]["Log"]
        ends.append(min(_time(probe["End"]) for probe in probes if probe["ExitCode"] == 0))
    return max(ends)


def _time(text: str) -> float:
    # Nanoseconds, which datetime does not read.
    whole, _, rest = text.partition(".")
    zone = "+00:00" if rest.endswith("Z") else rest[-6:]
    return datetime.fromisoformat(f"{whole}.{rest[:6]}{zone}").timestamp()
