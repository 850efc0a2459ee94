"""A stack of its own name, ports and state, which is gone in the end."""

from __future__ import annotations

import json
import os
import socket
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bench.command import run
from ralex_stack.engines.docker import DockerFacts
from ralex_stack.render.compose import project_name
from ralex_stack.runner import SystemRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = Path(sys.executable).with_name("ralex-stack")


@dataclass(frozen=True)
class Stack:
    """Used through the command line, as a user does. It answers on 127.0.0.1 alone."""

    directory: Path
    """For its state and whatever is written for it."""
    name: str
    gateway_port: int
    opencode_port: int

    @property
    def project(self) -> str:
        """Its Compose project."""
        return project_name(self.name)

    @property
    def gateway(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self.gateway_port}"

    @cached_property
    def facts(self) -> DockerFacts:
        """What the engine says of it."""
        return DockerFacts(SystemRunner(), self.project)

    @cached_property
    def environment(self) -> dict[str, str]:
        """The caller's, without keys and settings of his own."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RALEX_", "COMPOSE_")) and "API_KEY" not in name
        }
        places = {"XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config"}
        return {**kept, **{name: str(self.directory / place) for name, place in places.items()}}

    def arguments(self, *arguments: str | Path) -> list[str | Path]:
        """The command on this stack; without a settings file, so all else is the default."""
        settings = (
            f"stack.name={self.name}",
            f"network.gateway_port={self.gateway_port}",
            f"network.opencode_port={self.opencode_port}",
        )
        return [COMMAND, *(part for each in settings for part in ("--set", each)), *arguments]

    def run(self, *arguments: str | Path) -> str:
        """What the command prints."""
        # From the root: no settings file is found on the way up.
        return run(self.arguments(*arguments), environment=self.environment, directory=Path("/"))

    def json(self, *arguments: str | Path) -> Any:
        """What the command prints with --json."""
        return json.loads(self.run(*arguments, "--json"))

    @property
    def key(self) -> str:
        """The key of clients."""
        return str(self.json("env")["OPENAI_API_KEY"])

    def up(self, *settings: str) -> None:
        """Bring it up, or see that it is; `settings` are of the form PATH=VALUE."""
        self.run(*(part for each in settings for part in ("--set", each)), "up", "--yes")

    def remove(self) -> None:
        """Take away containers, networks, volumes and state."""
        self.run("down", "--volumes", "--yes")


@contextmanager
def made(directory: Path) -> Iterator[Stack]:
    """A stack that is not up yet; whatever of it is there in the end is removed."""
    stack = Stack(directory, f"bench-{uuid4().hex[:8]}", *_free_ports())
    try:
        yield stack
    finally:
        stack.remove()


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])
