"""A stack that is measured: by Prometheus, and by a collector that the tests make."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import containers
import httpx
from containers import PROBES
from harness import Json, Stack, free_port
from testcontainers.core.container import DockerContainer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker.models.containers import Container

PRICE = {"input": 1, "output": 10}
LIMIT = 1000
PROMPT = "a-prompt-that-nobody-may-see"
COLLECTOR_KEY = "collector-key-of-the-tests"
INTERVAL = 1


def settings(headers: Path) -> Json:
    """A model that answers, one that does not and has a fallback, and one that may cost nothing."""
    main = {"upstream": "openrouter/simulator/any", "price": PRICE, "output": 100}
    return {
        "models": {
            "main": main,
            "broken": {**main, "upstream": "openrouter/simulator/broken"},
            "spent": main,
            "slow": {**main, "upstream": "openrouter/simulator/slow"},
        },
        "tiers": {tier: {"models": ["main"]} for tier in ("cheap", "standard", "smart")},
        "routing": {"retries": 0, "allowed_fails": 1000, "fallbacks": {"broken": ["main"]}},
        "budget": {"daily": LIMIT, "models": {"spent": {"daily": 0}}},
        "gateway": {"expose_admin": True},
        "network": {"prometheus_port": free_port()},
        "metrics": {
            "enabled": True,
            "interval": INTERVAL,
            "alerts": {"after": INTERVAL},
            "otlp": {
                "endpoint": "http://collector:4318",
                "headers": {"file": str(headers)},
            },
        },
    }


class Monitored(Stack):
    """What Prometheus and the collector know of it."""

    collector: Container

    def ask(
        self, model: str, *, stream: bool = False, path: str = "chat/completions"
    ) -> httpx.Response:
        """A call with the clients' key."""
        body: Json = {"model": model, "stream": stream, "max_tokens": 50}
        return httpx.post(
            f"{self.gateway}/v1/{path}",
            headers={"Authorization": f"Bearer {self.credentials['OPENAI_API_KEY']}"},
            json={**body, "messages": [{"role": "user", "content": PROMPT}]},
            timeout=60,
        )

    @property
    def prometheus(self) -> httpx.Client:
        """A client of Prometheus, as `env` describes it."""
        given = self.json("env", "--metrics")
        login = (given["PROMETHEUS_USERNAME"], given["PROMETHEUS_PASSWORD"])
        return httpx.Client(base_url=given["PROMETHEUS_URL"], auth=login, timeout=30)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """With a collector there, of the gateway's own image."""
        made = DockerContainer(
            self.container("gateway").attrs["Config"]["Image"],
            entrypoint=["python", "-u", "-c", (PROBES / "collector.py").read_text(), "4318"],
        )
        with made:
            self.collector = made.get_wrapped_container()
            outside = self.client.networks.get(f"{self.project}_telemetry")
            outside.connect(self.collector, aliases=["collector"])
            yield

    def collected(self) -> list[Json]:
        """All that the collector was sent: path, key and message of each."""
        script = (
            "import urllib.request as r; print(r.urlopen('http://127.0.0.1:4318').read().decode())"
        )
        found: list[Json] = json.loads(
            containers.inside(self.collector, "python", "-c", script).stdout
        )
        return found


def values(prometheus: httpx.Client, expression: str) -> list[tuple[Json, float]]:
    """Labels and value of each series that an expression gives."""
    answer = prometheus.get("/api/v1/query", params={"query": expression})
    data: Any = answer.raise_for_status().json()["data"]["result"]
    return [(series["metric"], float(series["value"][1])) for series in data]


def value(prometheus: httpx.Client, expression: str) -> float | None:
    """The one value that an expression gives, if any."""
    found = values(prometheus, expression)
    assert len(found) < 2, found
    return found[0][1] if found else None


def firing(prometheus: httpx.Client) -> set[str]:
    """Names of the alerts that are raised."""
    alerts = prometheus.get("/api/v1/alerts").raise_for_status().json()["data"]["alerts"]
    return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}
