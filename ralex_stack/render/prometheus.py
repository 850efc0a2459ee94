"""The configuration of Prometheus and of the prober beside it.

Keys: Prometheus 2.53, `configuration/configuration` of its documentation; blackbox exporter 0.26,
`CONFIGURATION.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ralex_stack import ports
from ralex_stack.render import alerts
from ralex_stack.render.serialize import to_yaml

if TYPE_CHECKING:
    from ralex_stack.settings import Settings
    from ralex_stack.target import Listener, Target

USER = "prometheus"
"""Of its own API, and what OpenCode's door knows it by."""

_SECRETS = "/run/secrets"
_TOKEN = f"{_SECRETS}/metrics_token"
_HEALTH = "/global/health"
_PATIENCE_SECONDS = 10


def render(settings: Settings, target: Target) -> dict[str, bytes]:
    """Files of Prometheus' configuration directory."""
    return {
        "prometheus.yaml": to_yaml(_config(settings, target)),
        "alerts.yaml": to_yaml(alerts.rules(settings)),
        "prober.yaml": to_yaml(_PROBER),
    }


def _config(settings: Settings, target: Target) -> dict[str, Any]:
    metrics = settings.metrics
    config: dict[str, Any] = {
        "global": {
            "scrape_interval": f"{metrics.interval}s",
            "scrape_timeout": f"{min(metrics.interval, _PATIENCE_SECONDS)}s",
            "evaluation_interval": f"{metrics.interval}s",
            "external_labels": {"stack": settings.stack.name},
        },
        "rule_files": ["alerts.yaml"],
        "scrape_configs": list(_jobs(settings, target)),
    }
    if metrics.alerts.alertmanager is not None:
        told = {"static_configs": [{"targets": [metrics.alerts.alertmanager]}]}
        config["alerting"] = {"alertmanagers": [told]}
    return config


def _jobs(settings: Settings, target: Target) -> list[dict[str, Any]]:
    own = {"username": USER, "password_file": f"{_SECRETS}/prometheus_password"}
    shown = {"authorization": {"credentials_file": _TOKEN}}
    jobs = [
        {"job_name": "prometheus", "basic_auth": own, **_at(f"localhost:{ports.PROMETHEUS}")},
        {"job_name": "gateway", **shown, **_each(target, "gateway")},
        {"job_name": "edge", **shown, **_at(target.address("edge-metrics"))},
        _valkey(target, "valkey"),
    ]
    if settings.routing.cache.enabled:
        jobs.append(_valkey(target, "cache"))
    if "opencode" in settings.stack.profiles:
        health = f"http://{target.address('edge-metrics')}{_HEALTH}"
        jobs.append(_through("opencode", "/probe", ports.PROBER, health))
        jobs[-1]["params"] = {"module": ["opencode"]}
        sessions = f"http://{target.address('edge-metrics')}"
        jobs.append(_through("opencode-sessions", "/sessions", ports.SESSIONS_EXPORTER, sessions))
    return jobs


def _at(address: str) -> dict[str, Any]:
    return {"static_configs": [{"targets": [address]}]}


def _each(target: Target, listener: Listener) -> dict[str, Any]:
    """Every replica of a service; its name leads to the addresses of all."""
    address = target.address(listener)
    if target.kind == "process":
        return _at(address)
    host, _, port = address.partition(":")
    found = {"names": [host], "type": "A", "port": int(port), "refresh_interval": "5s"}
    return {"dns_sd_configs": [found]}


def _valkey(target: Target, listener: Listener) -> dict[str, Any]:
    address = f"redis://{target.address(listener)}"
    return _through(listener, "/scrape", ports.VALKEY_EXPORTER, address)


def _through(job: str, path: str, port: int, target: str) -> dict[str, Any]:
    """A target that an exporter in Prometheus' own container asks."""
    return {
        "job_name": job,
        "metrics_path": path,
        **_at(target),
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": f"localhost:{port}"},
        ],
    }


_PROBER = {
    "modules": {
        "opencode": {
            "prober": "http",
            "timeout": f"{_PATIENCE_SECONDS}s",
            "http": {
                # OpenCode answers 200 to any path.
                "fail_if_body_not_matches_regexp": ['"healthy":true'],
                "basic_auth": {"username": USER, "password_file": _TOKEN},
                "follow_redirects": False,
                "preferred_ip_protocol": "ip4",
            },
        }
    }
}
