"""The alert rules, asked by promtool about series that are made up."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from samples import COMPOSE, SIMULATOR

from ralex_stack.render import render_services
from ralex_stack.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from monitored import Monitored

SETTINGS = {"metrics": {"enabled": True}, "routing": {"cache": {"enabled": True}}}

GATEWAY = {"job": "gateway", "instance": "10.0.0.2:4000"}
BUDGET = {"scope": "model", "name": "main", "window": "daily"}
TWICE = ({"instance": "a"}, {"instance": "b"})

UP: dict[str, dict[str, str]] = {
    "Gateway": {"__name__": "up", "job": "gateway"},
    "Edge": {"__name__": "up", "job": "edge"},
    "Valkey": {"__name__": "redis_up", "job": "valkey"},
    "Cache": {"__name__": "redis_up", "job": "cache"},
    "Opencode": {"__name__": "probe_success", "job": "opencode"},
}

Series = dict[str, str]


def series(name: str, values: str, /, **labels: str) -> Series:
    shown = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return {"series": f"{name}{{{shown}}}", "values": values}


def up(name: str, values: str) -> Series:
    labels = dict(UP[name])
    return series(labels.pop("__name__"), values, **labels)


def counter(name: str, step: int, /, **labels: str) -> Series:
    return series(f"ralex_gateway_{name}", f"0+{step}x60", **labels)


def budget(spent: float, limit: float) -> list[Series]:
    return [
        series(f"ralex_gateway_budget_{what}_usd", f"{value}x60", **BUDGET, **where)
        for what, value in (("spent", spent), ("limit", limit))
        for where in TWICE
    ]


def first_tokens(late: int) -> list[Series]:
    """Ten answers a minute, of which so many begin between 10 and 30 seconds."""
    name, where = "time_to_first_token_seconds_bucket", {"model": "main"}
    counts = {"1": 10 - late, "10": 10 - late, "30": 10, "+Inf": 10}
    return [counter(name, count, **where, le=le) for le, count in counts.items()]


def failing(name: str, failures: int, all_calls: int, /, **labels: str) -> list[Series]:
    bad, good = ("503", "200") if name == "requests_total" else ("failure", "success")
    return [
        counter(name, failures, **labels, status=bad),
        counter(name, all_calls - failures, **labels, status=good),
    ]


CASES: list[tuple[str, list[Series], list[Series]]] = [
    *((f"{name}Down", [up(name, "0x60")], [up(name, "1x60")]) for name in UP),
    # A container that is gone leaves no series at all.
    *((f"{name}Down", [up(name, "1x5 stale")], [up(name, "0x5 1x60")]) for name in UP),
    ("GatewayReplicaDown", [series("up", "0x60", **GATEWAY)], [series("up", "1x60", **GATEWAY)]),
    (
        "ValkeyCannotWrite",
        [series("redis_aof_last_write_status", "0x60", job="valkey")],
        [series("redis_aof_last_write_status", "1x60", job="valkey")],
    ),
    ("RequestsFail", failing("requests_total", 2, 10), failing("requests_total", 0, 10)),
    ("RequestsFail", failing("requests_total", 2, 10), failing("requests_total", 1, 10)),
    (
        "ProviderFails",
        failing("calls_total", 5, 10, model="main"),
        failing("calls_total", 1, 20, model="main"),
    ),
    ("AnswersBeginLate", first_tokens(late=3), first_tokens(late=0)),
    ("BudgetNearlySpent", budget(0.8, 1), budget(0.79, 1)),
    ("BudgetNearlySpent", budget(0.99, 1), budget(1, 1)),
    ("BudgetSpent", budget(1, 1), budget(0.99, 1)),
    # A limit of nothing closes a model, as it was meant to.
    ("BudgetSpent", budget(2, 1), budget(0, 0)),
    (
        "BudgetRefuses",
        [counter("refusals_total", 1, code="budget-spent")],
        [counter("refusals_total", 1, code="key-limited")],
    ),
    (
        "LedgerFallsBehind",
        [series("ralex_gateway_ledger_outbox", "0+100x60")],
        [series("ralex_gateway_ledger_outbox", "999x60")],
    ),
    (
        "VolumeNearlyFull",
        [
            series("ralex_gateway_ledger_volume_free_bytes", "9x60"),
            series("ralex_gateway_ledger_volume_size_bytes", "100x60"),
        ],
        [
            series("ralex_gateway_ledger_volume_free_bytes", "11x60"),
            series("ralex_gateway_ledger_volume_size_bytes", "100x60"),
        ],
    ),
]


def rules() -> Any:
    files = render_services(Settings.model_validate(SETTINGS), SIMULATOR, COMPOSE)
    return yaml.safe_load(files["prometheus"]["alerts.yaml"])


def firing(name: str) -> str:
    """1 where the alert is raised, else nothing; without labels, which are of no concern here."""
    return f'max(ALERTS{{alertname="{name}",alertstate="firing"}})'


def unit(name: str, given: list[Series], *, raised: bool) -> Any:
    expected = [{"labels": "{}", "value": 1}] if raised else []
    test = {"expr": firing(name), "eval_time": "30m", "exp_samples": expected}
    return {"interval": "1m", "input_series": given, "promql_expr_test": [test]}


def test_each_rule_has_a_case() -> None:
    names = {rule["alert"] for group in rules()["groups"] for rule in group["rules"]}
    assert {name for name, _, _ in CASES} == names


@pytest.fixture(scope="module")
def promtool(monitored: Monitored, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Asks promtool of the stack's own image about one test."""
    directory: Path = tmp_path_factory.mktemp("rules")
    (directory / "alerts.yaml").write_text(yaml.safe_dump(rules()))
    directory.chmod(0o755)
    image = monitored.container("prometheus").attrs["Config"]["Image"]
    mount = f"{directory}:/rules:ro"
    options = ["--rm", "--network", "none", "--entrypoint", "promtool", "--volume", mount]

    def run(*tests: Any) -> subprocess.CompletedProcess[str]:
        data = {"rule_files": ["alerts.yaml"], "evaluation_interval": "1m", "tests": list(tests)}
        (directory / "test.yaml").write_text(yaml.safe_dump(data))
        command = ["docker", "run", *options, image, "test", "rules", "/rules/test.yaml"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_rules_are_raised_where_they_must_be_and_nowhere_else(promtool: Any) -> None:
    units = [unit(name, bad, raised=True) for name, bad, _ in CASES]
    units += [unit(name, good, raised=False) for name, _, good in CASES]
    done = promtool(*units)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_refuses_what_is_not_so(promtool: Any) -> None:
    name, _, good = CASES[0]
    assert promtool(unit(name, good, raised=True)).returncode != 0
