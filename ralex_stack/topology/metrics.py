"""Prometheus, and what the services that it reads need for that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ralex_stack.gateway.names import COLLECTOR
from ralex_stack.settings.base import Resources
from ralex_stack.topology.authorities import CA_BUNDLE, ca_mounts
from ralex_stack.topology.model import Attachment, Mount, Network, Probe, Service

if TYPE_CHECKING:
    from ralex_stack.settings import Settings
    from ralex_stack.settings.secret import SecretReference
    from ralex_stack.topology.model import Choices

SERVICE = "prometheus"
NETWORK = "metrics"

OTLP_HEADERS = "otlp_headers"
"""Name of the secret with the headers that a collector wants."""

_OUTSIDE, _TELEMETRY = "alerts", "telemetry"
_TOKEN = "metrics_token"  # noqa: S105 - a name
_READ_WITH = {"gateway": _TOKEN, "edge": _TOKEN, "opencode": f"{_TOKEN}_hash"}
"""Service → its secret by which it knows Prometheus; agents must not find the token itself."""


def prometheus(settings: Settings) -> Service:
    """Prometheus and the exporters that it needs, in one container.

    It reaches the gateway and Valkey on their own networks, the edge on one that it shares with
    nobody else, and OpenCode through the edge: it is not in the sandbox's network.
    """
    metrics = settings.metrics
    outside = _tells(settings)
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


def otlp_headers(settings: Settings) -> SecretReference | None:
    """Where the headers for the collector are, if one wants some."""
    otlp = settings.metrics.otlp
    return otlp.headers if otlp.endpoint else None


def exporting(settings: Settings, choices: Choices, gateway: Service) -> Service:
    """The gateway as it is where a collector is named."""
    endpoint = settings.metrics.otlp.endpoint
    if endpoint is None:
        return gateway
    authorities = [mount for mount in ca_mounts(choices) if mount not in gateway.mounts]
    trusted = {"SSL_CERT_FILE": CA_BUNDLE, "REQUESTS_CA_BUNDLE": CA_BUNDLE}
    environment = {
        **dict(gateway.environment),
        **(trusted if choices.ca_bundle is not None else {}),
        COLLECTOR: endpoint.rstrip("/"),
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_SERVICE_NAME": f"ralex-stack-{settings.stack.name}",
        "LITELLM_OTEL_INTEGRATION_ENABLE_METRICS": "true",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "NO_CONTENT",
        "OTEL_METRIC_EXPORT_INTERVAL": str(settings.metrics.interval * 1000),
    }
    return replace(
        gateway,
        environment=tuple(environment.items()),
        mounts=(*gateway.mounts, *authorities),
        networks=(*gateway.networks, Attachment(_TELEMETRY)),
        reaches_host=True,
    )


def networks(settings: Settings) -> tuple[Network, ...]:
    """The one of Prometheus and the edge, and the ways to an Alertmanager and a collector."""
    metrics = settings.metrics
    return (
        *([Network(NETWORK)] if metrics.enabled else []),
        *([Network(_OUTSIDE, internal=False)] if _tells(settings) else []),
        *([Network(_TELEMETRY, internal=False)] if metrics.otlp.endpoint else []),
    )


def _tells(settings: Settings) -> bool:
    """Whether an Alertmanager outside is told."""
    return settings.metrics.enabled and settings.metrics.alerts.alertmanager is not None


def _size(memory: str) -> str:
    """Docker's `2g` as Prometheus writes it, in the same powers of 1024."""
    return f"{memory[:-1]}{memory[-1].upper()}B"
