"""Real stacks for tests: the command as a user runs it, and what can be read from outside."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import containers
import docker
import tomli_w

from ralex_stack.render.compose import project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from docker import DockerClient
    from docker.models.containers import Container

COMMAND = str(Path(sys.executable).with_name("ralex-stack"))
SIMULATOR = "http://127.0.0.1:4010"

PATIENCE_SECONDS = 60

Json = dict[str, Any]
Found = TypeVar("Found")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def eventually(found: Callable[[], Found]) -> Found:
    """The first true answer; fails where there is none for a long time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := found()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.2)
    return answer


def clean_environment(state: Path) -> dict[str, str]:
    """The caller's environment without keys and settings of his own, with a home for state."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RALEX_", "COMPOSE_", "GIT_", "XDG_")) and "API_KEY" not in name
    }
    state.mkdir(parents=True, exist_ok=True)
    git = state / "gitconfig"
    git.write_text("[user]\n\tname = Ada Lovelace\n\temail = ada@example.com\n")
    return {
        **kept,
        "XDG_STATE_HOME": str(state / "state"),
        "XDG_CONFIG_HOME": str(state / "config"),
        "GIT_CONFIG_GLOBAL": str(git),
        "GIT_CONFIG_SYSTEM": os.devnull,
    }


def docker_client() -> DockerClient:
    """A client of the engine that the `docker` program uses."""
    inspected = subprocess.run(
        ["docker", "context", "inspect"], capture_output=True, text=True, check=True
    )
    host = json.loads(inspected.stdout)[0]["Endpoints"]["docker"]["Host"]
    return docker.DockerClient(base_url=host, timeout=120)


@dataclass
class Stack:
    """A stack of its own name, ports and state, used through the command line."""

    directory: Path
    client: DockerClient
    settings: Json = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:8]}")
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    """Of the gateway's API and of the OpenCode server."""

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.environment = clean_environment(self.directory / "home")
        self.configure(self.settings)

    @property
    def file(self) -> Path:
        return self.directory / "ralex-stack.toml"

    @property
    def project(self) -> str:
        return project_name(self.name)

    @property
    def state(self) -> Path:
        return Path(self.environment["XDG_STATE_HOME"]) / "ralex-stack" / self.name

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def opencode(self) -> str:
        return f"http://127.0.0.1:{self.ports[1]}"

    def move(self) -> None:
        """Choose other ports for the settings file; the next `up` uses them."""
        self.ports = (free_port(), free_port())
        self.configure(self.settings)

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Write the settings file, with name and ports of this stack unless they are given."""
        self.settings = dict(settings)
        own: Json = {
            "stack": {"name": self.name},
            "network": {"gateway_port": self.ports[0], "opencode_port": self.ports[1]},
        }
        for section, values in settings.items():
            own[section] = {**own.get(section, {}), **values}
        self.file.write_text(tomli_w.dumps(own))

    def arguments(self, *arguments: str | Path) -> list[str]:
        return [COMMAND, "--settings", str(self.file), *map(str, arguments)]

    def run(
        self,
        *arguments: str | Path,
        code: int | None = 0,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the command and require its exit code (None: any)."""
        done = subprocess.run(
            self.arguments(*arguments),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=cwd or self.directory,
            env={**self.environment, **(environment or {})},
            check=False,
        )
        shown = f"{arguments} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert code is None or done.returncode == code, shown
        return done

    def tell(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        within: float,
        own_session: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """A command line with all that it says on standard output, as on a screen."""
        return subprocess.run(
            arguments,
            env={**self.environment, **environment},
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=own_session,
            timeout=within,
            check=False,
        )

    def json(self, *arguments: str | Path, code: int | None = 0, cwd: Path | None = None) -> Json:
        """What the command prints with --json."""
        data: Json = json.loads(self.run(*arguments, "--json", code=code, cwd=cwd).stdout)
        return data

    def up(self) -> None:
        self.run("up", "--yes")
        self.__dict__.pop("credentials", None)

    @cached_property
    def credentials(self) -> dict[str, str]:
        """What `ralex-stack env` gives to clients."""
        return self.json("env")

    @property
    def secrets(self) -> dict[str, str]:
        """Every secret that the stack keeps, the bcrypt hash included."""
        found = (self.state / "project" / "secrets").iterdir()
        return {path.name: path.read_text() for path in found if path.suffix != ".new"}

    def containers(self, *, one_off: bool = False) -> dict[str, Container]:
        """Service → container, one that runs if there is any."""
        labels = [f"com.docker.compose.project={self.project}"]
        found = self.client.containers.list(
            all=True, ignore_removed=True, filters={"label": labels}
        )
        return {
            c.labels["com.docker.compose.service"]: c
            for c in sorted(found, key=lambda container: container.status == "running")
            if (c.labels.get("com.docker.compose.oneoff") == "True") == one_off
        }

    def container(self, service: str) -> Container:
        return self.containers()[service]

    def replicas(self, service: str) -> list[Container]:
        """All containers of a service, by name."""
        labels = [
            f"com.docker.compose.project={self.project}",
            f"com.docker.compose.service={service}",
        ]
        found = self.client.containers.list(
            all=True, ignore_removed=True, filters={"label": labels}
        )
        return sorted(found, key=lambda container: str(container.name))

    def inside(self, service: str, *arguments: str, stdin: str = "", code: int | None = 0) -> str:
        """What a program prints inside a running service, as the service's own user."""
        return containers.inside(self.container(service), *arguments, stdin=stdin, code=code).stdout

    def probe(self, service: str, script: str, *arguments: str, data: object = None) -> Any:
        """What one of the scripts in probes/ finds out inside a service; `data` is its input."""
        return containers.probe(self.container(service), script, *arguments, data=data)

    def simulator(self, path: str, method: str = "GET", body: object = None) -> Any:
        """An answer of the simulator's control API, which only its own network reaches."""
        script = (
            "const [url, method, body] = process.argv.slice(1);"
            "const headers = {'content-type': 'application/json'};"
            "fetch(url, {method, headers, body: body || undefined})"
            ".then(r => r.text()).then(t => process.stdout.write(t))"
        )
        text = "" if body is None else json.dumps(body)
        answer = self.inside("simulator", "node", "-e", script, SIMULATOR + path, method, text)
        return json.loads(answer) if answer else None

    def journal(self) -> list[Json]:
        """All requests that the simulator was sent since the last `forget`, oldest first."""
        found: list[Json] = self.simulator("/__aimock/journal?limit=1000")
        return sorted(found, key=lambda entry: entry["timestamp"])

    def forget(self) -> None:
        """Empty the simulator's journal."""
        self.simulator("/__aimock/reset/journal", "POST")

    def ledger(self, session: str | None = None) -> list[Json]:
        """The gateway's account of calls, oldest first."""
        log = self.container("gateway").logs(stderr=False).decode()
        lines = [line for line in log.splitlines() if line.startswith('{"event":"call"')]
        return [e for e in map(json.loads, lines) if session in (None, e["session"])]

    def accounts(self, session: str, number: int) -> list[Json]:
        """The account of a session's calls, which is written a moment after the answers."""
        eventually(lambda: len(self.ledger(session)) >= number)
        return self.ledger(session)

    def remove(self) -> None:
        """Take away all of it, also what a failed test left."""
        for container in self.client.containers.list(
            all=True, filters={"label": f"com.docker.compose.project={self.project}"}
        ):
            container.remove(force=True, v=True)
        self.run("down", "--volumes", "--yes", code=None)


def give(stack: Stack, path: Path, owner: int) -> None:
    """Change the owner of a directory and all that is in it, whoever runs the tests."""
    image = stack.container("opencode").attrs["Config"]["Image"]
    stack.client.containers.run(
        image,
        ["-R", f"{owner}:{owner}", str(path)],
        entrypoint="chown",
        user="0:0",
        volumes=[f"{path}:{path}"],
        remove=True,
    )


def new_session() -> str:
    """A value for the header `x-session-id`, by which calls are found in the ledger."""
    return f"ses_{uuid.uuid4().hex}"


def models_asked(journal: Sequence[Json]) -> list[str]:
    """Upstream models in the order in which they were asked."""
    return [entry["body"]["model"] for entry in journal]
