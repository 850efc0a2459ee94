"""What Prometheus and a collector learn of a real stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from harness import eventually
from monitored import COLLECTOR_KEY, LIMIT, PROMPT, firing, value, values

if TYPE_CHECKING:
    from monitored import Monitored

CALLS = 3
JOBS = {"prometheus", "gateway", "edge", "valkey", "opencode", "opencode-sessions"}


def calls_of(model: str, status: str) -> str:
    which = f'model="{model}",key="client",status="{status}"'
    return f"sum(ralex_gateway_calls_total{{{which}}}) or vector(0)"


def test_every_part_is_read(prometheus: httpx.Client) -> None:
    eventually(lambda: {labels["job"] for labels, up in values(prometheus, "up") if up} == JOBS)
    eventually(lambda: value(prometheus, 'redis_up{job="valkey"}') == 1)
    eventually(lambda: value(prometheus, 'probe_success{job="opencode"}') == 1)
    assert (value(prometheus, "sum(caddy_http_requests_total)") or 0) > 0
    statuses = {labels["status"]: n for labels, n in values(prometheus, "opencode_sessions")}
    assert statuses == {"busy": 0, "retry": 0}


def test_calls_are_counted_as_they_were(monitored: Monitored, prometheus: httpx.Client) -> None:
    before = value(prometheus, calls_of("main", "success")) or 0
    tokens = 'sum(ralex_gateway_tokens_total{{model="main",key="client",kind="{}"}}) or vector(0)'
    cost = 'sum(ralex_gateway_cost_usd_total{model="main",key="client"}) or vector(0)'
    kinds = ("prompt", "completion")
    told = [value(prometheus, tokens.format(kind)) or 0 for kind in kinds]
    paid = value(prometheus, cost) or 0
    answers = [monitored.ask("main") for _ in range(CALLS)]
    eventually(lambda: value(prometheus, calls_of("main", "success")) == before + CALLS)
    usage = [answer.raise_for_status().json()["usage"] for answer in answers]
    for kind, earlier in zip(kinds, told, strict=True):
        more = (value(prometheus, tokens.format(kind)) or 0) - earlier
        assert more == sum(each[f"{kind}_tokens"] for each in usage)
    spent = (value(prometheus, cost) or 0) - paid
    assert spent == pytest.approx(sum(each["cost"] for each in usage))


def test_a_streamed_answer_has_a_first_token(
    monitored: Monitored, prometheus: httpx.Client
) -> None:
    count = 'ralex_gateway_time_to_first_token_seconds_count{model="main"}'
    before = value(prometheus, count) or 0
    assert monitored.ask("main", stream=True).status_code == 200
    eventually(lambda: value(prometheus, count) == before + 1)
    assert value(prometheus, 'sum(ralex_gateway_requests_in_flight{api="chat"})') == 0


def test_failures_and_fallbacks_are_counted(monitored: Monitored, prometheus: httpx.Client) -> None:
    assert monitored.ask("broken").status_code == 200
    eventually(lambda: value(prometheus, calls_of("broken", "failure")) == 1)
    fallbacks = 'ralex_gateway_fallbacks_total{model="broken",by="main"}'
    eventually(lambda: value(prometheus, fallbacks) == 1)


def test_refusals_limits_and_their_alert(monitored: Monitored, prometheus: httpx.Client) -> None:
    eventually(lambda: value(prometheus, 'ralex_gateway_refusals_total{code="budget-spent"}') == 0)
    assert monitored.ask("spent").status_code == 402
    refusals = 'ralex_gateway_refusals_total{code="budget-spent"}'
    eventually(lambda: value(prometheus, refusals) == 1)
    status = 'sum(ralex_gateway_requests_total{api="chat",key="client",status="402"})'
    assert value(prometheus, status) == 1
    assert value(prometheus, 'ralex_gateway_budget_limit_usd{scope="stack"}') == LIMIT
    status_data = monitored.json("status")["budgets"]
    (stack_limit,) = [each for each in status_data if each["scope"] == "stack"]
    spent = 'ralex_gateway_budget_spent_usd{scope="stack"}'
    eventually(lambda: value(prometheus, spent) == pytest.approx(stack_limit["spent"]))
    eventually(lambda: "BudgetRefuses" in firing(prometheus))


@pytest.mark.parametrize(
    ("console", "shown"),
    [("overview", "$1000.0000"), ("gateway", "served by main"), ("sandbox", "<td>busy</td>")],
)
def test_consoles_show_numbers(prometheus: httpx.Client, console: str, shown: str) -> None:
    page = prometheus.get(f"/consoles/{console}.html").raise_for_status().text
    assert shown in page
    assert "error executing" not in page
    assert "<no value>" not in page
    for script in ("js/prom_console.js", "rickshaw/rickshaw.min.js", "d3/d3.min.js"):
        assert f"/classic/static/{script}" in page
        assert prometheus.get(f"/classic/static/{script}").status_code == 200


def test_prometheus_asks_for_a_password(monitored: Monitored) -> None:
    address = monitored.json("env", "--metrics")["PROMETHEUS_URL"]
    for login in (None, ("prometheus", monitored.credentials["OPENAI_API_KEY"])):
        for path in ("/", "/metrics", "/api/v1/query?query=up", "/consoles/overview.html"):
            assert httpx.get(address + path, auth=login).status_code == 401
    assert f"{address}/consoles/overview.html" in monitored.run("status").stdout


def test_metrics_are_closed_to_keys_and_to_the_sandbox(monitored: Monitored) -> None:
    secrets = monitored.secrets
    for key in (secrets["gateway_key_client"], secrets["gateway_master_key"]):
        bearer = {"Authorization": f"Bearer {key}"}
        assert httpx.get(f"{monitored.gateway}/metrics", headers=bearer).status_code == 404
        show = ("curl", "-s", "-o", "/dev/null", "-m", "5", "-w", "%{http_code}")
        inner = ("-H", f"Authorization: Bearer {key}", "http://edge-inner:8080/metrics")
        assert monitored.inside("opencode", *show, *inner) == "403"
        there = f"import httpx; print(httpx.get('http://127.0.0.1:4000/metrics', headers={bearer}))"
        assert "401" in monitored.inside("gateway", "python", "-c", there)
    for host in ("prometheus:9090", "edge-metrics:9180", "gateway:4000"):
        done = monitored.inside("opencode", *show, f"http://{host}/metrics", code=None)
        assert done == "000"


def test_the_sandbox_finds_no_credential_of_prometheus(monitored: Monitored) -> None:
    found = monitored.inside("opencode", "sh", "-c", "cat /run/secrets/*")
    for name in ("metrics_token", "prometheus_password"):
        assert monitored.secrets[name] not in found
    show = ("curl", "-s", "-o", "/dev/null", "-m", "5", "-w", "%{http_code}")
    door = "http://127.0.0.1:4099"
    assert monitored.inside("opencode", *show, f"{door}/session/status") == "401"
    login = ("-u", f"prometheus:{monitored.secrets['metrics_token']}")
    # What Prometheus may read, and what would be the end of the sandbox's password.
    assert monitored.inside("opencode", *show, *login, f"{door}/session/status") == "200"
    assert monitored.inside("opencode", *show, *login, f"{door}/session") == "404"
    assert monitored.inside("opencode", *show, *login, "http://127.0.0.1:4096/session") == "401"


def test_a_session_that_works_is_counted(monitored: Monitored, prometheus: httpx.Client) -> None:
    given = monitored.credentials
    login = (given["OPENCODE_SERVER_USERNAME"], given["OPENCODE_SERVER_PASSWORD"])
    with httpx.Client(base_url=monitored.opencode, auth=login, timeout=30) as server:
        session = server.post("/session", json={"title": "Slow"}).raise_for_status().json()["id"]
        prompt = {
            "model": {"providerID": "litellm", "modelID": "slow"},
            "parts": [{"type": "text", "text": "hi"}],
        }
        server.post(f"/session/{session}/prompt_async", json=prompt).raise_for_status()
    busy = 'opencode_sessions{status="busy"}'
    eventually(lambda: value(prometheus, f"max_over_time({busy}[5m])") == 1)
    eventually(lambda: value(prometheus, busy) == 0)
    calls = 'ralex_gateway_calls_total{model="slow",key="sandbox",status="success"}'
    eventually(lambda: (value(prometheus, f"sum({calls})") or 0) >= 1)


def test_no_secret_is_in_what_the_engine_shows(monitored: Monitored) -> None:
    for service in ("prometheus", "gateway", "edge", "opencode"):
        container = monitored.container(service)
        shown = json.dumps(container.attrs) + container.logs().decode()
        shown += json.dumps(container.top()["Processes"])
        for name, secret in monitored.secrets.items():
            assert secret.strip() not in shown, (service, name)


def test_prometheus_is_confined(monitored: Monitored) -> None:
    host = monitored.container("prometheus").attrs["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert monitored.inside("prometheus", "id", "-u").strip() == "10001"


def test_the_collector_is_told_of_calls_but_not_of_what_was_said(monitored: Monitored) -> None:
    answer = monitored.ask("main").raise_for_status()
    paths = {"/v1/traces", "/v1/metrics"}
    eventually(lambda: {each["path"] for each in monitored.collected()} == paths)
    collected = monitored.collected()
    assert {each["key"] for each in collected} == {COLLECTOR_KEY}
    told = json.dumps(collected)
    assert "gen_ai" in told
    log = monitored.container("gateway").logs(stdout=False).decode()
    assert "ended span" not in log
    said = answer.json()["choices"][0]["message"]["content"]
    for hidden in (PROMPT, said, *monitored.secrets.values()):
        assert hidden not in told


def test_an_alert_is_raised_for_what_is_stopped(
    monitored: Monitored, prometheus: httpx.Client
) -> None:
    down = {"GatewayDown": "gateway", "ValkeyDown": "valkey", "OpencodeDown": "opencode"}
    eventually(lambda: not firing(prometheus) & set(down))
    for service in down.values():
        monitored.container(service).stop()
    eventually(lambda: set(down) <= firing(prometheus))
    assert "EdgeDown" not in firing(prometheus)
    monitored.up()
    eventually(lambda: not firing(prometheus) & set(down))
