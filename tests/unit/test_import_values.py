"""What old values become, which file wins, and what is told of the rest."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from old_checkouts import ERAS, FIRST_ERA, LATER_ERA, LITELLM_ERA, encoded

from ralex_stack.legacy.env_document import read_env
from ralex_stack.legacy.importing import Imported, import_files
from ralex_stack.legacy.json_document import read_json
from ralex_stack.legacy.kinds import kind_of
from ralex_stack.legacy.node import leaves
from ralex_stack.legacy.read_files import read_files
from ralex_stack.legacy.shell_document import read_shell
from ralex_stack.legacy.yaml_document import read_yaml
from ralex_stack.settings.load import problems_of

TIERS = '{"tiers": {"cheap": [{"name": "openai/gpt-x", "cost_per_token": 0.1}]}}'


def imported(files: dict[str, str]) -> Imported:
    return import_files(encoded(files), "/secrets")


def data(result: Imported) -> dict[str, Any]:
    return tomllib.loads(result.settings)


@pytest.fixture(params=ERAS, scope="module")
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_settings_of_every_era_are_valid(era: str) -> None:
    found = data(imported(dict(ERAS[era])))
    assert found
    assert problems_of(found) == []


def test_every_value_of_every_file_is_told(era: str) -> None:
    report = imported(dict(ERAS[era])).report
    told = {entry.said.place for entry in [*report.taken, *report.dropped, *report.put_aside]}
    told |= {place for entry in report.taken for place in entry.also}
    told |= {said.place for entry in report.conflicts for said in (entry.taken, *entry.lost)}
    assert {place.file for place in told} >= {entry.path for entry in report.files}
    assert all(entry.why for entry in [*report.dropped, *report.conflicts])


def test_no_value_is_lost_silently(era: str) -> None:
    reading = read_files(encoded(ERAS[era]))
    accounted = {place for claim in reading.claims for place in claim.covers}
    accounted |= {dropped.place for dropped in reading.dropped}
    formats = {"json": read_json, "yaml": read_yaml, "env": read_env, "shell": read_shell}
    for path, text in ERAS[era].items():
        kind = kind_of(path)
        if kind is not None and kind.format in formats:
            root = formats[kind.format](text, path).root
            assert root is not None
            assert {node.place for _, node in leaves(root)} <= accounted


def test_prices_that_contradict_each_other_are_told() -> None:
    prices = """model_list:
- model_name: cheap
  litellm_params: {model: openrouter/mistralai/mistral-7b-instruct-v0.2}
  model_info: {cost_per_token: 0.000002}
"""
    result = imported({**FIRST_ERA, "litellm.yaml": prices})
    assert data(result)["models"]["cheap"]["price"] == {"input": 2.0, "output": 2.0}
    [conflict] = [c for c in result.report.conflicts if c.setting.endswith(".price")]
    assert conflict.taken.place.file == "litellm.yaml"
    assert [(said.value, said.place.file) for said in conflict.lost] == [
        ([0.15, 0.15], "config/model_tiers.json")
    ]


def test_the_first_era() -> None:
    found = data(imported(FIRST_ERA))
    mistral = found["models"]["mistral-7b-instruct-v0.2"]
    assert mistral["upstream"] == "openrouter/mistralai/mistral-7b-instruct-v0.2"
    assert mistral["price"] == {"input": 0.15, "output": 0.15}
    assert mistral["parameters"] == {"temperature": 0.7}
    assert mistral["output"] == 1024
    assert found["opencode"]["model"] == "mistral-7b-instruct-v0.2"
    assert found["budget"] == {"daily": 5.0}
    assert found["tiers"] == {
        "cheap": {"models": ["mistral-7b-instruct-v0.2"]},
        "standard": {"models": ["gemini-1.5-flash"]},
        "smart": {"models": ["claude-3-sonnet-20240229"]},
    }


def test_settings_of_the_nested_shape_are_taken_and_the_rest_is_dropped() -> None:
    text = """{
        "model": {"default_model": "gpt-4o"}, "limits": {"daily_limit": "$2.5"},
        "code_execution": {"timeout": 3}, "x": 1
    }"""
    result = imported({"config/settings.json": text})
    found = data(result)
    assert found["budget"]["daily"] == 2.5
    assert found["models"]["gpt-4o"]["upstream"] == "openrouter/openai/gpt-4o"
    assert {entry.said.key for entry in result.report.dropped} == {"code_execution.timeout", "x"}


def test_litellm_names_stay_and_its_roles_become_tiers() -> None:
    found = data(imported({"litellm_config.yaml": LITELLM_ERA["litellm_budget_config.yaml"]}))
    assert found["tiers"] == {name: {"models": [name]} for name in ("cheap", "smart", "yolo")}
    assert found["models"]["cheap"]["upstream"] == "openrouter/google/gemini-flash-1.5"
    assert found["models"]["smart"]["upstream"] == "openrouter/anthropic/claude-3.5-sonnet"
    assert found["models"]["yolo"]["price"] == {"input": 0.0, "output": 0.0}
    assert found["routing"]["fallbacks"] == {"cheap": ["smart"]}
    assert found["providers"] == {"openrouter": {"api_key": {"env": "OPENROUTER_API_KEY"}}}
    assert found["network"] == {"gateway_port": 4100}


def test_a_line_that_cannot_be_read_costs_no_other() -> None:
    report = imported(LITELLM_ERA).report
    told = [f"{problem.place}: {problem.message}" for problem in report.problems]
    assert any(t.startswith("litellm_budget_config.yaml:30:26: mapping values") for t in told)
    assert any("a line `EOF`" in t for t in told)
    patterns = [p["pattern"] for p in report.routing_auto["patterns"]]
    assert patterns == ["fix|typo", "refactor"]


def test_conflicts_tell_who_won_and_why() -> None:
    report = imported(LITELLM_ERA).report
    by_setting = {entry.setting: entry for entry in report.conflicts}
    budget = by_setting["budget.daily"]
    assert (budget.taken.value, budget.taken.place.file) == (5.0, ".env")
    assert {said.value for said in budget.lost} == {7.5, 3.0}
    assert budget.why == "the environment held over the files"
    cheap = by_setting["models.cheap.upstream"]
    assert cheap.taken.place.file == "litellm_budget_config.yaml"
    assert cheap.lost[0].place.file == "Old Ralex/litellm_config.yaml"
    assert cheap.why.startswith("its file is nearest to the top")
    assert by_setting["tiers.cheap.models"].taken.value == ["cheap"]


def test_each_window_keeps_its_budget() -> None:
    found = data(imported({".env": "WEEKLY_COST_BUDGET=25\nDAILY_COST_BUDGET=4"}))
    assert found["budget"] == {"daily": 4.0, "weekly": 25.0}


@pytest.mark.parametrize(
    ("threshold", "warn_at"), [("4.00", [0.8]), ("0.5", [0.5]), ("9", None), ("0", None)]
)
def test_a_threshold_becomes_a_part_of_the_daily_limit(
    threshold: str, warn_at: list[float] | None
) -> None:
    text = (
        f"litellm_settings:\n  budget_manager: {{daily_limit: 5.0, alert_threshold: {threshold}}}\n"
    )
    found = data(imported({"litellm_config.yaml": text}))
    assert found["budget"].get("warn_at") == warn_at


def test_thresholds_of_alerts_are_parts_of_the_daily_limit() -> None:
    text = """general_settings:
  max_budget: 5.0
  budget_alerts:
    - {threshold: 2.5, action: log, message: half}
    - {threshold: 4.8, action: log}
    - {threshold: 5.0, action: block}
"""
    result = imported({"litellm.yaml": text})
    assert data(result)["budget"] == {"daily": 5.0, "warn_at": [0.5, 0.96]}
    [taken] = [t for t in result.report.taken if t.setting == "budget.warn_at"]
    assert taken.note == "without those that are not below the limit"
    assert {d.said.key.rpartition(".")[2] for d in result.report.dropped} == {"action", "message"}


def test_a_threshold_that_fits_no_limit_is_told() -> None:
    report = imported({"litellm.yaml": "budget_alerts: [{threshold: 9}]"}).report
    [dropped] = report.dropped
    assert dropped.why.startswith("none is below a daily limit")


def test_the_price_of_a_model_that_nothing_uses_is_told_by_its_name() -> None:
    files = {".env": "COST_TIER_CHEAP=z-ai/glm-4.6", "a/model_tiers.json": TIERS}
    report = imported(files).report
    [dropped] = [d for d in report.dropped if "price" in d.why]
    assert dropped.why.endswith("(models.gpt-x.price)")


def test_a_fallback_of_the_environment_is_that_of_its_default_model() -> None:
    found = data(imported({".env.example": LITELLM_ERA[".env.example"]}))
    assert found["opencode"]["model"] == "glm-4.6"
    assert found["routing"]["fallbacks"] == {"glm-4.6": ["claude-3.5-sonnet"]}


def test_copies_are_read_once() -> None:
    text = LITELLM_ERA["Old Ralex/litellm_config.yaml"]
    names = ("litellm_config.yaml", "a/litellm_config.yaml", "Old Ralex/b/litellm_config.yaml")
    report = imported(dict.fromkeys(names, text)).report
    assert [entry.outcome for entry in report.files][1:] == ["same as litellm_config.yaml"] * 2
    assert report.conflicts == []


def test_the_later_era() -> None:
    found = data(imported(LATER_ERA))
    assert found["models"]["claude-cheap"]["upstream"] == "openrouter/openai/gpt-5-nano"
    assert found["models"]["fast"]["price"] == {"input": 0.1, "output": 0.4}
    assert found["models"]["think"]["upstream"] == "openrouter/anthropic/claude-sonnet-4.5"
    assert found["opencode"]["model"] == "glm-4.6"
    assert found["opencode"]["small_model"] == "qwen-coder"
    assert found["routing"]["fallbacks"] == {"claude-3-5-sonnet": ["glm-4.6", "unheard-of"]}
    assert found["budget"]["daily"] == 2.0
    assert found["opencode"]["mcp"] == {
        "files": {"command": ["node", "/Users/somebody/server.js"], "enabled": False},
        "github": {"command": ["npx", "gh"], "environment": {"MODE": "ro"}, "enabled": False},
    }


def test_a_local_server_is_reached_from_the_containers_and_costs_nothing() -> None:
    litellm = """model_list:
- model_name: m
  litellm_params: {model: own/m, api_base: "http://127.0.0.1:1/v1/"}
"""
    found = imported({"litellm.yaml": litellm})
    own = data(found)["providers"]["own"]
    assert own == {
        "prefix": "openai",
        "api_base": "http://host.docker.internal:1/v1",
        "paid": False,
    }


def test_what_the_settings_refuse_is_told() -> None:
    text = """router_settings: {routing_strategy: cheapest, num_retries: 99}
proxy_settings: {port: 99999}
"""
    result = imported({"litellm_config.yaml": text})
    dropped = {d.said.key: d.why for d in result.report.dropped}
    assert dropped.keys() == {
        "router_settings.routing_strategy",
        "router_settings.num_retries",
        "proxy_settings.port",
    }
    assert all(why.startswith("the settings do not take it") for why in dropped.values())


def test_what_the_settings_refuse_wins_over_nothing() -> None:
    files = {
        "litellm.yaml": "router_settings: {routing_strategy: cost-optimization}",
        "a/litellm.yaml": "router_settings: {routing_strategy: cost-based-routing}",
    }
    result = imported(files)
    assert data(result)["routing"] == {"strategy": "cost-based-routing"}
    assert result.report.conflicts == []
    assert [d.said.place.file for d in result.report.dropped] == ["litellm.yaml"]


def test_nothing_found_is_an_empty_file() -> None:
    result = imported({})
    assert data(result) == {}
    assert result.report.files == []


def test_files_that_are_no_tables_are_told() -> None:
    report = imported({"config/prompts.json": "[1]", "litellm.yaml": "x"}).report
    assert len([p for p in report.problems if "is a table, and this is none" in p.message]) == 2


def test_nothing_of_a_file_steers_a_terminal() -> None:
    text = r'{"\u001b[2J": 1, "default_model": "x\u001b[2J"}'
    report = imported({"config/settings.json": text}).report
    assert len(report.dropped) == 2
    assert all(entry.said.key.isprintable() for entry in report.dropped)
    assert "\x1b" not in json.dumps(report.as_dict()["dropped"])
