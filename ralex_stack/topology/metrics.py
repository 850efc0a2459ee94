"""Prometheus, and what the services that it reads need for that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ralex_stack.settings.base import Resources
from ralex_stack.topology.model import Attachment, Mount, Network, Probe, Service

if TYPE_CHECKING:
    from ralex_stack.settings import Settings

SERVICE = "prometheus"
NETWORK = "metrics"

_OUTSIDE = "alerts"
_TOKEN = "metrics_token"  # noqa: S105 - a name
_READ_WITH = {"gateway": _TOKEN, "edge": _TOKEN, "opencode": f"{_TOKEN}_hash"}
"""Service → its secret by which it knows Prometheus; agents must not find the token itself."""


def prometheus(settings: Settings) -> Service:
    """Prometheus and the exporters that it needs, in one container.

    It reaches the gateway and Valkey on their own networks, the edge on one that it shares with
    nobody else, and OpenCode through the edge: it is not in the sandbox's network.
    """
    metrics = settings.metrics
    outside = metrics.alerts.alertmanager is not None
    return Service(
        name=SERVICE,
        image=SERVICE,
        command=(
            f"--storage.tsdb.retention.time={metrics.retention_days}d",
            f"--storage.tsdb.retention.size={_size(metrics.retention_size)}",
            f"--web.external-url=http://127.0.0.1:{settings.network.prometheus_port}/",
        ),
        resources=Resources(memory="512m", cpus=1, pids=128),
        networks=(
            Attachment("backend"),
            Attachment("state"),
            Attachment(NETWORK),
            *([Attachment(_OUTSIDE)] if outside else []),
        ),
        mounts=(Mount("prometheus", "/data"),),
        secrets=(_TOKEN, "prometheus_password", "prometheus_password_hash", "valkey_password"),
        probe=Probe(("health",)),
        reaches_host=outside,
    )


def read(service: Service) -> Service:
    """A service as it is where Prometheus reads it."""
    secret = _READ_WITH.get(service.name)
    if secret is None:
        return service
    at_the_edge = (Attachment(NETWORK, ("edge-metrics",)),) if service.name == "edge" else ()
    return replace(
        service,
        secrets=tuple(sorted((*service.secrets, secret))),
        networks=(*service.networks, *at_the_edge),
    )


def networks(settings: Settings) -> tuple[Network, ...]:
    """The network of Prometheus and the edge, and the way to an Alertmanager."""
    if not settings.metrics.enabled:
        return ()
    outside = settings.metrics.alerts.alertmanager is not None
    return (Network(NETWORK), *([Network(_OUTSIDE, internal=False)] if outside else []))


def _size(memory: str) -> str:
    """Docker's `2g` as Prometheus writes it, in the same powers of 1024."""
    return f"{memory[:-1]}{memory[-1].upper()}B"
