"""What the settings of metrics make of a stack."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml
from samples import COMPOSE, PROCESS, SIMULATOR

from ralex_stack.render import render_compose, render_services
from ralex_stack.settings import Settings
from ralex_stack.topology import build

ON: dict[str, Any] = {"metrics": {"enabled": True}}
EXPORTER = Path(__file__).parents[2] / "stack" / "prometheus" / "sessions.py"


def rendered(data: dict[str, Any], target: Any = COMPOSE) -> dict[str, Any]:
    files = render_services(Settings.model_validate(data), SIMULATOR, target)
    return {name: yaml.safe_load(text) for name, text in files["prometheus"].items()}


def jobs(data: dict[str, Any], target: Any = COMPOSE) -> dict[str, Any]:
    found = rendered(data, target)["prometheus.yaml"]["scrape_configs"]
    return {job["job_name"]: job for job in found}


def alert_names(data: dict[str, Any]) -> set[str]:
    groups = rendered(data)["alerts.yaml"]["groups"]
    return {rule["alert"] for group in groups for rule in group["rules"]}


def test_nothing_of_it_is_there_by_default() -> None:
    project = render_compose(Settings(), SIMULATOR, COMPOSE).files["compose.yaml"].decode()
    caddy = render_services(Settings(), SIMULATOR, COMPOSE)["edge"]["caddy.json"].decode()
    for text in (project, caddy):
        assert "metrics" not in text
        assert "prometheus" not in text


def test_only_prometheus_and_the_edge_are_in_its_network() -> None:
    stack = build(Settings.model_validate(ON), SIMULATOR)
    inside = {s.name for s in stack.services for a in s.networks if a.network == "metrics"}
    assert inside == {"prometheus", "edge"}
    networks = {a.network for a in stack.service("prometheus").networks}
    assert networks == {"backend", "state", "metrics"}
    assert all(n.internal for n in stack.networks if n.name in networks)


def test_the_sandbox_holds_no_more_than_a_hash() -> None:
    stack = build(Settings.model_validate(ON), SIMULATOR)
    assert "metrics_token_hash" in stack.service("opencode").secrets
    assert "metrics_token" not in stack.service("opencode").secrets
    assert stack.service("workspace").secrets == ()


def test_prometheus_is_published_on_this_machine_alone() -> None:
    stack = build(
        Settings.model_validate({**ON, "network": {"bind": "0.0.0.0", "prometheus_port": 9999}}),  # noqa: S104
        SIMULATOR,
    )
    (port,) = [p for p in stack.service("edge").published if p.port == 9090]
    assert (port.published, port.local) == (9999, True)


def test_an_alertmanager_gets_a_way_out() -> None:
    data = {"metrics": {"enabled": True, "alerts": {"alertmanager": "alerts.example.org:9093"}}}
    stack = build(Settings.model_validate(data), SIMULATOR)
    assert "alerts" in {a.network for a in stack.service("prometheus").networks}
    (told,) = rendered(data)["prometheus.yaml"]["alerting"]["alertmanagers"]
    assert told == {"static_configs": [{"targets": ["alerts.example.org:9093"]}]}


def test_each_replica_of_the_gateway_is_found_by_its_name() -> None:
    (found,) = jobs(ON)["gateway"]["dns_sd_configs"]
    assert found == {"names": ["gateway"], "type": "A", "port": 4000, "refresh_interval": "5s"}
    assert jobs(ON, PROCESS)["gateway"]["static_configs"] == [{"targets": ["127.0.0.1:20001"]}]


@pytest.mark.parametrize(
    ("data", "job", "alert"),
    [
        ({"routing": {"cache": {"enabled": True}}}, "cache", "CacheDown"),
        ({"stack": {"profiles": ["opencode"]}}, "opencode", "OpencodeDown"),
    ],
)
def test_what_does_not_run_is_not_missed(data: dict[str, Any], job: str, alert: str) -> None:
    without = {**ON, "stack": {"profiles": []}}
    assert job not in jobs(without)
    assert alert not in alert_names(without)
    assert job in jobs({**ON, **data})
    assert alert in alert_names({**ON, **data})


def test_the_edge_passes_no_metrics_to_who_may_have_all_paths() -> None:
    data = {**ON, "gateway": {"expose_admin": True}}
    files = render_services(Settings.model_validate(data), SIMULATOR, COMPOSE)
    servers = json.loads(files["edge"]["caddy.json"])["apps"]["http"]["servers"]
    first = servers["gateway"]["routes"][0]
    assert first["match"] == [{"path": ["/metrics"]}]
    assert first["handle"][0]["status_code"] == 404


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        ("{}", ["busy 0", "retry 0"]),
        (
            '{"a": {"type": "busy"}, "b": {"type": "busy"}, "c": {"type": "new"}, "d": 1}',
            ["busy 2", "retry 0", "other 2"],
        ),
    ],
)
def test_sessions_are_counted_by_status(answer: str, lines: list[str]) -> None:
    text = runpy.run_path(str(EXPORTER))["text"](answer)
    expected = [f'opencode_sessions{{status="{s}"}} {n}' for s, n in map(str.split, lines)]
    assert text.splitlines()[1:] == expected


def test_an_answer_that_is_no_map_is_refused() -> None:
    with pytest.raises(ValueError, match="no map"):
        runpy.run_path(str(EXPORTER))["text"]("[]")


def exporting(**otlp: Any) -> Settings:
    given = {"endpoint": "https://collector.example.org/", **otlp}
    return Settings.model_validate({"metrics": {"otlp": given}})


def test_a_collector_is_told_without_prometheus() -> None:
    settings = exporting(headers={"env": "OTLP_HEADERS"})
    stack = build(settings, SIMULATOR)
    gateway = stack.service("gateway")
    assert ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example.org") in gateway.environment
    assert "otlp_headers" in gateway.secrets
    assert "telemetry" in {a.network for a in gateway.networks}
    assert [n.internal for n in stack.networks if n.name == "telemetry"] == [False]
    assert "prometheus" not in {service.name for service in stack.services}


def test_prompts_and_answers_are_not_told() -> None:
    files = render_services(exporting(), SIMULATOR, COMPOSE)["gateway"]
    config = yaml.safe_load(files["litellm.yaml"])
    assert config["litellm_settings"]["callbacks"][-1] == "otel"
    assert config["callback_settings"] == {"otel": {"message_logging": False}}


@pytest.mark.parametrize(
    "endpoint", ["collector:4318", "grpc://c:4317", "http://user:word@c:4318", "http://c/?key=x"]
)
def test_an_address_that_is_none_of_a_collector_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        exporting(endpoint=endpoint)


def test_headers_without_a_collector_are_refused() -> None:
    with pytest.raises(ValueError, match="name the collector"):
        exporting(endpoint=None, headers={"env": "OTLP_HEADERS"})
