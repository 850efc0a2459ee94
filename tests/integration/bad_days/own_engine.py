"""A Docker engine of the test's own, in a container, which it may restart."""

from __future__ import annotations

import os
import subprocess
import uuid
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import docker
from harness import eventually

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from docker import DockerClient
    from docker.models.containers import Container

ROOT = Path(__file__).parents[3]
IMAGE = "ralex-stack-test/engine"
AUTHORITIES = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))


class OwnEngine:
    """Listens at a socket in `directory`, which it sees at the same path, for mounts from there."""

    def __init__(self, holder: Container, directory: Path) -> None:
        self.holder = holder
        self.socket = directory / "docker.sock"

    @cached_property
    def client(self) -> DockerClient:
        """Of use while it runs, also after another start."""
        return docker.DockerClient(base_url=f"unix://{self.socket}", timeout=120)

    def start(self) -> None:
        """Wait until it answers."""
        self.holder.start()
        asked = ["docker", "--host", f"unix://{self.socket}", "version"]
        eventually(lambda: self.holder.exec_run(asked).exit_code == 0)

    def stop(self) -> None:
        """End the engine, and all that runs in it, as a machine that is switched off."""
        self.holder.stop(timeout=60)

    def load(self, host: DockerClient, images: Collection[str]) -> None:
        for image in images:
            self.client.images.load(host.images.get(image).save(named=image))


@contextmanager
def own_engine(host: DockerClient, directory: Path) -> Iterator[OwnEngine]:
    """An engine that begins with no image; its data goes with it."""
    _build()
    directory.mkdir(parents=True, exist_ok=True)
    name = f"test-engine-{uuid.uuid4().hex[:8]}"
    holder = host.containers.create(
        IMAGE,
        ["dockerd", "--host", f"unix://{directory}/docker.sock"],
        name=name,
        init=True,
        privileged=True,
        volumes=[f"{directory}:{directory}", f"{name}:/var/lib/docker"],
        # Where the engine notes its process id, which would be another one's after a restart.
        tmpfs={"/run": ""},
    )
    made = OwnEngine(holder, directory)
    try:
        made.start()
        yield made
        made.client.close()
    finally:
        holder.remove(force=True, v=True)
        host.volumes.get(name).remove(force=True)


def _build() -> None:
    trusted = ["--secret", f"id=ca,src={AUTHORITIES}"] if AUTHORITIES.is_file() else []
    file = Path(__file__).with_name("engine") / "Dockerfile"
    command = ["docker", "buildx", "build", "--load", "--tag", IMAGE, "--file", str(file)]
    context = ROOT / "stack" / "base" / "build"
    subprocess.run([*command, *trusted, str(context)], check=True, capture_output=True)
