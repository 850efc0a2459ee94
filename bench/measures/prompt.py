"""A prompt through the whole stack, against OpenCode straight at the simulator."""

from __future__ import annotations

import itertools
import json
import os
from typing import TYPE_CHECKING

from bench.command import MeasureError, in_turn, run
from bench.figures import Figure, compared
from bench.measures.start import PROMPT, carry_out
from bench.plain_litellm import container
from ralex_stack.ports import SIMULATOR

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient

    from bench.stack import Stack

_CONFIG = {
    "model": "simulator/glm",
    "small_model": "simulator/glm",
    "enabled_providers": ["simulator"],
    "provider": {
        "simulator": {
            "npm": "@ai-sdk/openai-compatible",
            "options": {"baseURL": f"http://simulator:{SIMULATOR}/v1", "apiKey": "none"},
            "models": {"glm": {"tool_call": True}},
        }
    },
}


def measure(client: DockerClient, stack: Stack, repeats: int) -> list[Figure]:
    """The same prompt to the same OpenCode, each time in a new directory."""
    numbers = itertools.count()

    def ours() -> None:
        carry_out(stack, stack.directory / f"prompt-{next(numbers)}")

    def theirs() -> None:
        _straight(client, stack, stack.directory / f"prompt-{next(numbers)}")

    through, straight = in_turn([ours, theirs], repeats)
    return [compared("run : OpenCode straight at the simulator", "s", through, straight)]


def _straight(client: DockerClient, stack: Stack, directory: Path) -> None:
    """One container of the same image, on the simulator's network."""
    directory.mkdir()
    image = container(client, stack, "opencode").attrs["Config"]["Image"]
    options = [
        *("--rm", "--init", "--network", f"{stack.project}_upstream"),
        *("--user", f"{os.getuid()}:{os.getgid()}", "--name", f"{stack.project}-straight"),
        *("--volume", f"{directory}:/workspace", "--tmpfs", "/data:mode=1777"),
        *("--env", f"OPENCODE_CONFIG_CONTENT={json.dumps(_CONFIG)}"),
    ]
    run(["docker", "run", *options, image, "opencode", "run", PROMPT])
    if not (directory / "hello.py").is_file():
        raise MeasureError("OpenCode straight at the simulator did not write the file")
