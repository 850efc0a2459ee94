"""Facts about containers, read with the Docker SDK: states, health, statistics."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ralex_stack.engines import failures
from ralex_stack.errors import EngineError
from ralex_stack.host import engine_data
from ralex_stack.plan import COMPLETED, ContainerFact
from ralex_stack.render.compose import CONFIG_LABEL, SECRETS_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient
    from docker.models.containers import Container

    from ralex_stack.runner import Runner

_GREETS_WITHIN = 15
"""Seconds that the engine has to answer at all."""
_LOOKED_THROUGH = 200
"""Lines of the gateway's log in which the last call is looked for."""
_ANSWERS_WITHIN = 60
"""Seconds for anything it is asked then."""

PROJECT_LABEL = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"
_ONE_OFF = "com.docker.compose.oneoff"
_DIRECTORY = "com.docker.compose.project.working_dir"


@dataclass(frozen=True)
class ContainerState:
    """A container of the stack as the engine sees it."""

    service: str
    name: str
    state: str
    health: str
    image: str
    started: str
    ports: tuple[str, ...]
    one_off: bool
    restarts: int
    check: str = ""
    """What its last health check printed, where that failed; long before it is unhealthy."""

    @property
    def well(self) -> bool:
        """Whether it runs, and is healthy as far as it is checked; or is a job that is done."""
        if self.state == COMPLETED:
            return True
        return self.state == "running" and self.health in ("healthy", "")


class DockerFacts:
    """Reads one project's facts. All methods raise EngineError when the engine does not answer."""

    def __init__(self, runner: Runner, project: str) -> None:
        self.runner = runner
        self.project = project
        self.timeout = _ANSWERS_WITHIN
        """Seconds that the engine has to answer."""
        self._version: str | None = None
        """Of its API, once it was asked: each client would ask again."""

    @contextmanager
    def client(self) -> Iterator[DockerClient]:
        """The SDK's client for the engine that the `docker` program uses, its context included."""
        import docker
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        try:
            # At first asks for the version, which an engine that works at all answers at once.
            client = docker.DockerClient(
                base_url=self._host,
                version=self._version,
                timeout=min(self.timeout, _GREETS_WITHIN),
            )
        except DockerException as error:
            raise failures.unreachable(self._host, error) from None
        self._version = client.api.api_version
        client.api.timeout = self.timeout
        try:
            yield client
        except DockerException as error:
            raise EngineError(
                f"the Docker engine refused: {error}",
                hint="`ralex-stack doctor` tells more",
                code="engine-refused",
            ) from None
        except RequestException as error:
            raise failures.unreachable(self._host, error) from None
        finally:
            client.close()

    @cached_property
    def _host(self) -> str:
        result = self.runner.run(["docker", "context", "inspect"], check=False, within=self.timeout)
        try:
            host = json.loads(result.stdout)[0]["Endpoints"]["docker"]["Host"]
        except (ValueError, LookupError, TypeError):
            raise EngineError(
                f"`docker context inspect` gives no address: {result.stderr.strip()}",
                hint="check DOCKER_HOST and `docker context ls`",
                code="engine-unreachable",
            ) from None
        return str(host)

    def containers(self) -> tuple[ContainerState, ...]:
        """All containers of the project, by service."""
        with self.client() as client:
            states = [_state(container) for container in self._list(client)]
        return tuple(sorted(states, key=lambda s: (s.one_off, s.service, s.name)))

    def facts(self) -> tuple[ContainerFact, ...]:
        """What a plan needs to know about the services' containers."""
        with self.client() as client:
            return tuple(
                ContainerFact(
                    service=c.labels.get(_SERVICE, ""),
                    state=_status(c),
                    healthy=_healthy(c),
                    config=c.labels.get(CONFIG_LABEL, ""),
                    secrets=c.labels.get(SECRETS_LABEL, ""),
                    image=c.attrs["Config"]["Image"],
                    name=c.name or "",
                )
                for c in self._list(client)
                if c.labels.get(_ONE_OFF) != "True"
            )

    def mounted(self, directory: Path) -> frozenset[str]:
        """Paths below a directory of the host that containers have mounted, relative to it."""
        places = (directory, directory.resolve())
        with self.client() as client:
            sources = [
                Path(mount.get("Source", ""))
                for container in self._list(client)
                for mount in container.attrs.get("Mounts") or ()
            ]
        return frozenset(
            str(source.relative_to(place))
            for source in sources
            for place in places
            if source.is_relative_to(place)
        )

    def directories(self) -> frozenset[Path]:
        """Where the project's files were when its containers were made."""
        with self.client() as client:
            found = [container.labels.get(_DIRECTORY, "") for container in self._list(client)]
        return frozenset(Path(directory).resolve() for directory in found if directory)

    def missing_images(self, references: set[str]) -> frozenset[str]:
        """Those of the image references that the engine does not have."""
        from docker.errors import ImageNotFound

        missing = set()
        with self.client() as client:
            for reference in references:
                try:
                    client.images.get(reference)
                except ImageNotFound:
                    missing.add(reference)
        return frozenset(missing)

    def ensure_volume(self, name: str) -> str:
        """Full name of a volume of the project, made with Compose's labels where it is missing."""
        from docker.errors import NotFound

        full = f"{self.project}_{name}"
        labels = {PROJECT_LABEL: self.project, "com.docker.compose.volume": name}
        with self.client() as client:
            try:
                client.volumes.get(full)
            except NotFound:
                client.volumes.create(full, labels=labels)
        return full

    def volumes(self) -> tuple[str, ...]:
        """Full names of the project's volumes, sorted."""
        with self.client() as client:
            found = client.volumes.list(filters={"label": f"{PROJECT_LABEL}={self.project}"})
            return tuple(sorted(volume.name for volume in found))

    def remove_volumes(self) -> None:
        """Remove the project's volumes and all that is in them."""
        with self.client() as client:
            for name in self.volumes():
                client.volumes.get(name).remove()

    def publisher(self, port: int) -> str:
        """Name of the container, of whatever project, that publishes a port; empty if none does."""
        with self.client() as client:
            found = client.containers.list(ignore_removed=True, filters={"publish": str(port)})
            return next((container.name or "" for container in found), "")

    def data_root(self) -> Path | None:
        """Where the engine keeps images and volumes, if that is on this machine."""
        with self.client() as client:
            return engine_data(client.info())

    def log_tail(self, name: str, lines: int = 15) -> str:
        """The last log lines of a container and what its health check last printed."""
        with self.client() as client:
            for container in self._list(client):
                if container.name == name:
                    text = container.logs(tail=lines).decode(errors="replace")
                    last = str(_last_check(container).get("Output", "")).strip()
                    return text + (f"health check: {last}\n" if last else "")
        return ""

    def last_call(self) -> dict[str, Any] | None:
        """The gateway's account of the last call, as `ralex_stack.gateway.entries` writes it."""
        with self.client() as client:
            logs = [
                container.logs(tail=_LOOKED_THROUGH).decode(errors="replace")
                for container in self._list(client)
                if container.labels.get(_SERVICE) == "gateway"
            ]
        lines = [line for log in logs for line in log.splitlines()]
        accounts = [json.loads(line) for line in lines if line.startswith('{"event":"call"')]
        return max(accounts, key=lambda account: account["time"], default=None)

    def memory(self) -> dict[str, int]:
        """Container → memory in use, in bytes, without the page cache."""
        usage = {}
        with self.client() as client:
            for container in self._list(client):
                if container.status == "running":
                    stats: Any = container.stats(stream=False, one_shot=True)
                    memory = stats.get("memory_stats", {})
                    cached = memory.get("stats", {}).get("inactive_file", 0)
                    usage[container.name or ""] = memory.get("usage", 0) - cached
        return usage

    def _list(self, client: DockerClient) -> list[Container]:
        # One that ends in between is none of ours any more, and no error.
        return list(
            client.containers.list(
                all=True, ignore_removed=True, filters={"label": f"{PROJECT_LABEL}={self.project}"}
            )
        )


def _status(container: Container) -> str:
    """Its status in the engine's words, but `completed` for a job that ended well.

    All other services are started again whenever they end.
    """
    policy = container.attrs.get("HostConfig", {}).get("RestartPolicy", {}).get("Name")
    ended_well = container.status == "exited" and container.attrs["State"].get("ExitCode") == 0
    return COMPLETED if ended_well and policy == "no" else str(container.status)


def _last_check(container: Container) -> dict[str, Any]:
    checks: list[dict[str, Any]] = container.attrs["State"].get("Health", {}).get("Log") or [{}]
    return checks[-1]


def _failed_check(container: Container) -> str:
    # One that starts has not failed yet.
    last = _last_check(container) if _healthy(container) is not None else {}
    return str(last.get("Output", "")).strip() if last.get("ExitCode") else ""


def _healthy(container: Container) -> bool | None:
    status = container.attrs["State"].get("Health", {}).get("Status", "")
    return {"healthy": True, "unhealthy": False}.get(status)


def _state(container: Container) -> ContainerState:
    bindings = container.attrs["NetworkSettings"].get("Ports") or {}
    ports = {
        f"{binding['HostIp']}:{binding['HostPort']}"
        for found in bindings.values()
        for binding in found or ()
    }
    return ContainerState(
        service=container.labels.get(_SERVICE, ""),
        name=container.name or "",
        state=_status(container),
        health=container.attrs["State"].get("Health", {}).get("Status", ""),
        image=container.attrs["Config"]["Image"],
        started=container.attrs["State"].get("StartedAt", ""),
        ports=tuple(sorted(ports)),
        one_off=container.labels.get(_ONE_OFF) == "True",
        restarts=int(container.attrs.get("RestartCount", 0)),
        check=_failed_check(container),
    )
