"""LiteLLM as it starts by default: from the gateway's image, without what the stack adds."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.command import MeasureError
from ralex_stack.ports import GATEWAY, SIMULATOR
from ralex_stack.render.serialize import to_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient
    from docker.models.containers import Container
    from docker.models.networks import Network

    from bench.stack import Stack

_READY_SECONDS = 60
_CONFIG = {
    "model_list": [
        {
            "model_name": "glm",
            "litellm_params": {
                "model": "openrouter/z-ai/glm-4.6",
                "api_base": f"http://simulator:{SIMULATOR}/api/v1",
                "api_key": "none",
            },
        }
    ]
}
"""One model and nothing else: no hook runs, nothing is kept. It starts with a master key only."""


@contextmanager
def network(client: DockerClient, stack: Stack) -> Iterator[Network]:
    """The stack's network that the host reaches, with the simulator on it as long as needed."""
    found = client.networks.get(f"{stack.project}_front")
    simulator = container(client, stack, "simulator")
    found.connect(simulator, aliases=["simulator"])
    try:
        yield found
    finally:
        found.disconnect(simulator)


def container(client: DockerClient, stack: Stack, service: str) -> Container:
    """A service's container."""
    return client.containers.get(f"{stack.project}-{service}-1")


def address(client: DockerClient, stack: Stack, network: Network) -> str:
    """The simulator, straight."""
    networks = container(client, stack, "simulator").attrs["NetworkSettings"]["Networks"]
    return f"http://{networks[network.name]['IPAddress']}:{SIMULATOR}/api"


@contextmanager
def running(
    client: DockerClient, stack: Stack, network: Network, directory: Path, key: str
) -> Iterator[str]:
    """The address of a ready LiteLLM with this key and the limits that the stack's gateway has."""
    config = directory / "litellm.yaml"
    config.write_bytes(to_yaml(_CONFIG))
    gateway = container(client, stack, "gateway")
    limits = gateway.attrs["HostConfig"]
    started = client.containers.run(
        gateway.attrs["Config"]["Image"],
        ["--config", "/config.yaml", "--port", str(GATEWAY)],
        entrypoint="litellm",
        name=f"{stack.project}-plain-litellm",
        # What the image adds to LiteLLM.
        environment={"PYTHONPATH": "", "PYTHON_GC_THRESHOLD": "", "LITELLM_MASTER_KEY": key},
        volumes={str(config): {"bind": "/config.yaml", "mode": "ro"}},
        network=network.name,
        ports={f"{GATEWAY}/tcp": ("127.0.0.1", 0)},
        nano_cpus=limits["NanoCpus"],
        mem_limit=limits["Memory"],
        detach=True,
    )
    try:
        started.reload()
        port = started.attrs["NetworkSettings"]["Ports"][f"{GATEWAY}/tcp"][0]["HostPort"]
        _wait(f"http://127.0.0.1:{port}/health/liveliness")
        yield f"http://127.0.0.1:{port}"
    finally:
        started.remove(force=True, v=True)


def _wait(url: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - an address of our own
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    raise MeasureError(f"{url} did not answer within {_READY_SECONDS} s")
