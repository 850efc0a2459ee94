"""What differs between worlds: addresses, ports, paths. Chosen before rendering."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ralex_stack import ports

if TYPE_CHECKING:
    from collections.abc import Mapping

Listener = Literal[
    "gateway",
    "opencode",
    "valkey",
    "cache",
    "simulator",
    "embedder",
    "edge-inner",
    "egress-inner",
    "edge-metrics",
    "opencode-metrics",
    "prometheus",
]
"""What other services connect to."""

Door = Literal[
    "edge-gateway",
    "edge-admin",
    "edge-opencode",
    "edge-prometheus",
    "edge-metrics",
    "edge-inner",
    "edge-health",
]
"""What the edge listens on."""

_PORTS: Mapping[str, int] = {
    "gateway": ports.GATEWAY,
    "opencode": ports.OPENCODE,
    "valkey": ports.VALKEY,
    "cache": ports.VALKEY,
    "simulator": ports.SIMULATOR,
    "embedder": ports.EMBEDDER,
    "edge-inner": ports.EDGE_INNER,
    "egress-inner": ports.EGRESS,
    "edge-metrics": ports.EDGE_METRICS,
    "opencode-metrics": ports.OPENCODE_METRICS,
    "prometheus": ports.PROMETHEUS,
}

_HOSTS: Mapping[str, str] = {"opencode-metrics": "opencode"}
"""Listeners that are not called as their host is."""

_DOORS: Mapping[Door, str] = {
    "edge-gateway": f"edge-outer:{ports.GATEWAY}",
    "edge-admin": f"edge-outer:{ports.ADMIN}",
    "edge-opencode": f"edge-outer:{ports.OPENCODE}",
    "edge-prometheus": f"edge-outer:{ports.PROMETHEUS}",
    "edge-metrics": f"edge-metrics:{ports.EDGE_METRICS}",
    "edge-inner": f"edge-inner:{ports.EDGE_INNER}",
    "edge-health": f"127.0.0.1:{ports.EDGE_HEALTH}",
}


@dataclass(frozen=True)
class ComposeTarget:
    """Containers on networks of their own, under the names of their services."""

    images: Mapping[str, str] = field(default_factory=dict)
    """Target of the Dockerfile → image reference; `opencode` may be an extended image."""
    kind: Literal["compose"] = "compose"

    def address(self, listener: Listener) -> str:
        """HOST:PORT under which other services reach a listener."""
        return f"{_HOSTS.get(listener, listener)}:{_PORTS[listener]}"

    def bind(self, door: Door) -> str:
        """HOST:PORT that the edge listens on; the names differ by network, so do the addresses."""
        return _DOORS[door]

    def config(self, service: str) -> str:
        """Directory in which a service finds its configuration."""
        return "/etc/ralex-stack"


@dataclass(frozen=True)
class ProcessTarget:
    """Plain processes of one machine, all on its loopback."""

    root: str
    """Directory of the stack's rendered files, absolute."""
    ports: Mapping[str, int]
    """Listener or door → port that it was given on this machine."""
    kind: Literal["process"] = "process"

    def address(self, listener: Listener) -> str:
        """HOST:PORT under which other services reach a listener."""
        return f"127.0.0.1:{self.ports[listener]}"

    def bind(self, door: Door) -> str:
        """HOST:PORT that the edge listens on."""
        return f"127.0.0.1:{self.ports[door]}"

    def config(self, service: str) -> str:
        """Directory in which a service finds its configuration."""
        return f"{self.root}/{service}"


Target = ComposeTarget | ProcessTarget
