"""Docker clients as they answer."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes import RecordingRunner

INFO: Mapping[str, Any] = {
    "ServerVersion": "26.1.5",
    "Driver": "overlay2",
    "NCPU": 2,
    "MemTotal": 8 * 1024**3,
    "OSType": "linux",
    "DockerRootDir": "/var/lib/docker",
    "Name": socket.gethostname(),
}


def client(runner: RecordingRunner, info: Mapping[str, Any]) -> RecordingRunner:
    """A `docker` with plugins whose engine says this of itself."""
    runner.on("docker", "--version", stdout="Docker version 28.2.2, build bea959c\n")
    runner.on("docker", "compose", "version", "--short", stdout="v2.26.1-4\n")
    runner.on("docker", "buildx", "version", stdout="github.com/docker/buildx 0.13.1+ds1 0.13.1\n")
    return runner.on("docker", "info", stdout=json.dumps(dict(info)), code=0 if info else 1)
