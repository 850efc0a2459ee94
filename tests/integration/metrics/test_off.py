"""A stack without metrics has nothing of them, and loads nothing for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from harness import Stack

UNUSED = (
    "google.protobuf",
    "opentelemetry.sdk",
    "prometheus_client",
    "ralex_stack.gateway.metrics",
)
PARTS = ("metrics", "telemetry", "alerts", "prometheus")


def test_nothing_of_it_exists(stack: Stack) -> None:
    names = [f"{stack.project}_{part}" for part in PARTS]
    networks = {network.name for network in stack.client.networks.list()}
    volumes = {volume.name for volume in stack.client.volumes.list()}
    assert not (networks | volumes) & set(names)
    assert "prometheus" not in stack.containers()
    bearer = {"Authorization": f"Bearer {stack.credentials['OPENAI_API_KEY']}"}
    assert httpx.get(f"{stack.gateway}/metrics", headers=bearer).status_code == 404
    for service in ("gateway", "edge", "opencode"):
        mounted = stack.inside(service, "ls", "/run/secrets").split()
        assert not [name for name in mounted if name.startswith("metrics")]
    assert stack.json("env", "--metrics", code=1)["code"] == "metrics-none"


def test_the_gateway_loads_nothing_for_it(stack: Stack) -> None:
    loaded = stack.probe("gateway", "imported")
    assert "litellm.proxy.proxy_server" in loaded
    assert not [name for name in loaded if name.startswith(UNUSED)]
