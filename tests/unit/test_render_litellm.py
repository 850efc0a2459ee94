"""The gateway's configuration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from samples import COMPOSE, PROCESS, REAL, RECORD, SEVERAL, SIMULATOR, settings

from ralex_stack.gateway.limits import Limits, load_limits
from ralex_stack.gateway.names import WARM_UP_MODEL
from ralex_stack.render import litellm
from ralex_stack.topology import Choices, provider_references, provider_secret

if TYPE_CHECKING:
    from pathlib import Path


def config(data: dict[str, Any], choices: Choices = REAL) -> dict[str, Any]:
    files = litellm.render(settings(data), choices, COMPOSE)
    loaded = yaml.safe_load(files["litellm.yaml"])
    assert isinstance(loaded, dict)
    return loaded


def parameters(data: dict[str, Any], choices: Choices = REAL) -> dict[str, dict[str, Any]]:
    """Id of a deployment → what LiteLLM is given for it, but for the health check's."""
    given = {
        m["model_info"]["id"]: m["litellm_params"] for m in config(data, choices)["model_list"]
    }
    # Ids have no colon: LiteLLM's usage-based strategy cuts them there.
    assert given.pop(WARM_UP_MODEL.replace(":", "-"))["mock_response"] == "ready"
    assert not any(":" in name for name in given)
    return given


def one_model(**fields: Any) -> dict[str, Any]:
    return {"models": {"one": {"upstream": "openrouter/a/b", **fields}}}


PRICE = {"input": 0.1, "output": 0.4}


@pytest.mark.parametrize(
    ("deployment", "upstream", "key", "base"),
    [
        ("fast-1", "openai/qwen3", "none", "http://host.docker.internal:8000/v1"),
        ("strong-1", "openai/gpt-5", "os.environ/PROVIDER_OPENAI_API_KEY", None),
        ("strong-2", "openrouter/openai/gpt-5", "os.environ/PROVIDER_OPENROUTER_API_KEY", None),
    ],
)
def test_real_upstreams(deployment: str, upstream: str, key: str, base: str | None) -> None:
    given = parameters(SEVERAL)[deployment]
    assert (given["model"], given["api_key"], given.get("api_base")) == (upstream, key, base)


def test_keys_are_named_as_the_secrets_that_the_gateway_is_given() -> None:
    variables = {
        p["api_key"].removeprefix("os.environ/")
        for p in parameters(SEVERAL).values()
        if p["api_key"].startswith("os.environ/")
    }
    assert variables == {name.upper() for name in provider_references(settings(SEVERAL))}
    assert provider_secret("openai").upper() in variables


def test_recording_stands_between_the_gateway_and_openrouter_alone() -> None:
    real, recorded = parameters(SEVERAL), parameters(SEVERAL, RECORD)
    assert recorded.pop("strong-2") == {
        **real.pop("strong-2"),
        "api_base": "http://simulator:4010/api/v1",
    }
    assert recorded == real


def test_the_simulator_stands_in_for_every_provider() -> None:
    given = parameters(SEVERAL, SIMULATOR)
    assert {p["api_base"] for p in given.values()} == {"http://simulator:4010/api/v1"}
    assert {p["api_key"] for p in given.values()} == {litellm.SIMULATED_KEY}
    assert {name: p["model"] for name, p in given.items()} == {
        "fast-1": "openrouter/local/qwen3",
        "strong-1": "openrouter/openai/gpt-5",
        "strong-2": "openrouter/openai/gpt-5",
        "embed-1": "openrouter/openai/text-embedding-3-small",
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"limits": {"rpm": 5, "tpm": 900}}, {"rpm": 5, "tpm": 900}),
        ({"parameters": {"temperature": 0.2}}, {"temperature": 0.2}),
        (
            {"parameters": {"model": "openai/other", "api_key": "other"}},
            {"model": "openrouter/a/b", "api_key": "os.environ/PROVIDER_OPENROUTER_API_KEY"},
        ),
    ],
)
def test_settings_of_a_model_reach_litellm(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert expected.items() <= parameters(one_model(**fields))["one-1"].items()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"price": PRICE}, {"input_cost_per_token": 1e-07, "output_cost_per_token": 4e-07}),
        ({}, {"input_cost_per_token": 0, "output_cost_per_token": 0}),
        (
            {"price": {**PRICE, "cache_read": 0.03, "cache_write": 3.75}},
            {"cache_read_input_token_cost": 3e-08, "cache_creation_input_token_cost": 3.75e-06},
        ),
    ],
)
@pytest.mark.parametrize(
    ("strategy", "place", "other"),
    [
        ("simple-shuffle", "model_info", "litellm_params"),
        ("cost-based-routing", "litellm_params", "model_info"),
    ],
)
def test_prices_stand_where_litellm_looks_for_them(
    fields: dict[str, Any], expected: dict[str, Any], strategy: str, place: str, other: str
) -> None:
    data = {**one_model(**fields), "routing": {"strategy": strategy}}
    entry = config(data)["model_list"][0]
    assert expected.items() <= entry[place].items()
    assert not any("cost" in key for key in entry[other])


@pytest.mark.parametrize("key", ["rpm", "tpm", "weight"])
def test_what_is_not_set_is_not_rendered(key: str) -> None:
    assert key not in parameters(one_model())["one-1"]


def test_deployments_inherit_limits_and_keep_their_own() -> None:
    given = parameters(SEVERAL)
    assert (given["strong-1"]["rpm"], given["strong-1"]["tpm"]) == (60, 200000)
    assert (given["strong-2"]["rpm"], given["strong-2"]["tpm"]) == (20, 200000)
    assert given["strong-1"]["weight"] == 3


def test_spend_stays_with_a_deployment_when_other_models_come_and_go() -> None:
    more = {**SEVERAL, "models": {"another": SEVERAL["models"]["fast"], **SEVERAL["models"]}}
    assert parameters(SEVERAL).items() <= parameters(more).items()


def test_tiers_are_aliases_with_fallbacks() -> None:
    rendered = config({"routing": {"fallbacks": {"glm": ["claude-sonnet"]}}})
    assert rendered["router_settings"]["model_group_alias"] == {
        "tier:cheap": "gemini-flash-lite",
        "tier:standard": "glm",
        "tier:smart": "claude-sonnet",
    }
    assert rendered["litellm_settings"]["fallbacks"] == [
        {"glm": ["claude-sonnet"]},
        {"tier:standard": ["gemini-flash-lite"]},
        {"tier:smart": ["glm"]},
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {"client": {}, "sandbox": {"rpm": 600, "client": "opencode"}}),
        ({"gateway": {"client_limit_rpm": 3, "sandbox_limit_rpm": None}}, {"client": {"rpm": 3}}),
    ],
)
def test_limits_of_keys(data: dict[str, Any], expected: dict[str, Any]) -> None:
    keys = json.loads(litellm.render(settings(data), REAL, COMPOSE)["keys.json"])
    assert keys == {"client": {}, "sandbox": {"client": "opencode"}, **expected}


def test_the_limits_are_those_that_the_gateway_reads(tmp_path: Path) -> None:
    data = {"routing": {"idle_timeout": 9, "cooldown": 1.5}, "gateway": {"session_limit_rpm": 0}}
    files = litellm.render(settings(data), REAL, COMPOSE)
    (tmp_path / "limits.json").write_bytes(files["limits.json"])
    limits = load_limits(tmp_path / "litellm.yaml")
    assert limits == Limits(timeout=600, idle_timeout=9, retry_after=2, session_rpm=None)


def test_a_provider_that_hangs_is_given_up_once() -> None:
    router = config({"routing": {"stream_timeout": 5}})["router_settings"]
    assert router["stream_timeout"] == 5
    assert router["retry_policy"] == {"TimeoutErrorRetries": 0}


@pytest.mark.parametrize(
    ("limits", "enforced"), [({}, False), ({"rpm": 5}, True), ({"tpm": 900}, True)]
)
def test_limits_of_deployments_are_asked_for_only_where_there_are_some(
    limits: dict[str, int], enforced: bool
) -> None:
    checks = config(one_model(limits=limits))["router_settings"].get("optional_pre_call_checks")
    assert checks == (["enforce_model_rate_limits"] if enforced else None)


def test_the_cache_is_offered_only_where_it_is_enabled() -> None:
    assert "cache" not in config({})["litellm_settings"]
    enabled = config({"routing": {"cache": {"enabled": True, "ttl": 60}}})["litellm_settings"]
    assert enabled["cache"] is True
    assert enabled["cache_params"]["host"] == "cache"
    assert enabled["cache_params"]["mode"] == "default_off"
    assert enabled["cache_params"]["ttl"] == 60


def test_addresses_come_from_the_target() -> None:
    data = {"routing": {"cache": {"enabled": True}}}
    files = litellm.render(settings(data), SIMULATOR, PROCESS)
    rendered = yaml.safe_load(files["litellm.yaml"])
    router, cache = rendered["router_settings"], rendered["litellm_settings"]["cache_params"]
    assert (router["redis_host"], router["redis_port"]) == ("127.0.0.1", 20003)
    assert (cache["host"], cache["port"]) == ("127.0.0.1", 20004)
    bases = {
        model["litellm_params"]["api_base"]
        for model in rendered["model_list"]
        if "mock_response" not in model["litellm_params"]
    }
    assert bases == {"http://127.0.0.1:20005/api/v1"}


def test_every_call_is_authenticated() -> None:
    general = config({})["general_settings"]
    assert general["custom_auth"] == "ralex_stack.gateway.auth.authenticate"
    assert general["master_key"].startswith("os.environ/")
