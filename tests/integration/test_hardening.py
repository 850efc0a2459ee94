"""What every container may do, and what the engine shows of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness import Stack


def test_only_the_edge_publishes_ports_and_only_on_the_loopback(stack: Stack) -> None:
    published = {
        service: container.attrs["NetworkSettings"]["Ports"]
        for service, container in stack.containers().items()
    }
    bound = {
        service: sorted(
            (binding["HostIp"], int(binding["HostPort"]))
            for b in ports.values()
            for binding in b or ()
        )
        for service, ports in published.items()
    }

    assert bound.pop("edge") == sorted(("127.0.0.1", port) for port in stack.ports)
    assert set(bound) == {"gateway", "opencode", "valkey", "simulator"}
    assert not any(bound.values())


@pytest.mark.parametrize("service", ["gateway", "opencode", "valkey", "simulator", "edge"])
def test_every_service_is_confined(stack: Stack, service: str) -> None:
    host = stack.container(service).attrs["HostConfig"]
    status = dict(
        line.split(":", 1) for line in stack.inside(service, "cat", "/proc/1/status").splitlines()
    )

    assert {status[name].strip() for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Uid"].split() == ["10001"] * 4
    assert status["Gid"].split() == ["10001"] * 4
    assert host["ReadonlyRootfs"] is True
    assert host["Memory"] > 0
    assert host["MemorySwap"] == host["Memory"]
    assert host["NanoCpus"] > 0
    assert host["PidsLimit"] > 0
    assert host["Privileged"] is False
    assert host["LogConfig"] == {
        "Type": "json-file",
        "Config": {"max-file": "3", "max-size": "10m"},
    }
    refused = stack.inside(service, "sh", "-c", "echo x > /written 2>&1 || echo refused")
    assert refused.strip().endswith("refused")


def test_no_secret_is_in_what_the_engine_shows(stack: Stack) -> None:
    shown = {
        service: json.dumps(container.attrs) + container.logs().decode()
        for service, container in stack.containers().items()
    }
    project = stack.state / "project"
    files = [p for p in project.rglob("*") if p.is_file() and p.parent.name != "secrets"]
    shown |= {str(path): path.read_text() for path in files}

    found = [
        (place, name)
        for place, text in shown.items()
        for name, value in stack.secrets.items()
        if value in text
    ]
    assert len(shown) > 10
    assert found == []
