"""What LiteLLM, OpenCode and the gateway's hook are told of the model `auto`, mode by mode."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from samples import COMPOSE, SIMULATOR, settings

from ralex_stack.render import litellm, opencode
from ralex_stack.topology import build

if TYPE_CHECKING:
    from collections.abc import Mapping

MODES = ("off", "complexity", "intent", "patterns")
HOOK = "ralex_stack.gateway.routing.routing"


def given(mode: str, **auto: Any) -> Mapping[str, Any]:
    """The gateway's files, read."""
    files = litellm.render(
        settings({"routing": {"auto": {"mode": mode, **auto}}}), SIMULATOR, COMPOSE
    )
    return {
        name: yaml.safe_load(text) if name.endswith(".yaml") else json.loads(text)
        for name, text in files.items()
    }


def entries(mode: str, **auto: Any) -> dict[str, Any]:
    models = given(mode, **auto)["litellm.yaml"]["model_list"]
    return {model["model_name"]: model for model in models}


@pytest.mark.parametrize("mode", MODES)
def test_the_hook_and_its_rules_are_there_where_auto_is(mode: str) -> None:
    files = given(mode)
    assert (HOOK in files["litellm.yaml"]["litellm_settings"]["callbacks"]) == (mode != "off")
    assert ("routing.json" in files) == (mode != "off")


def test_grades_become_tiers() -> None:
    entry = entries("complexity", complexity={"medium": "cheap"})["auto"]["litellm_params"]
    assert entry["model"] == "auto_router/complexity_router"
    assert entry["complexity_router_config"]["tiers"] == {
        "SIMPLE": "tier:cheap",
        "MEDIUM": "tier:cheap",
        "COMPLEX": "tier:smart",
        "REASONING": "tier:smart",
    }


def test_intents_become_routes_with_the_threshold_and_the_embedder() -> None:
    found = entries("intent", threshold=0.7)
    parameters = found["auto"]["litellm_params"]
    routes = json.loads(parameters["auto_router_config"])["routes"]
    assert {route["score_threshold"] for route in routes} == {0.7}
    assert {"generate", "explain"} < {route["name"] for route in routes}
    embedder = found[parameters["auto_router_embedding_model"]]
    assert embedder["litellm_params"]["api_base"] == "http://embedder:8090/v1"
    # LiteLLM's usage-based strategy cuts ids at a colon.
    assert ":" not in embedder["model_info"]["id"]


def test_litellm_takes_auto_for_the_default_tier_where_patterns_decide() -> None:
    files = given("patterns", default_tier="smart")
    aliases = files["litellm.yaml"]["router_settings"]["model_group_alias"]
    assert aliases["auto"] == "claude-sonnet"
    assert "auto" not in entries("patterns")
    assert files["routing.json"]["patterns"][0]["intent"] == "explain"


@pytest.mark.parametrize("mode", MODES)
def test_opencode_offers_auto_with_what_all_its_tiers_can_do(mode: str) -> None:
    files = opencode.render(settings({"routing": {"auto": {"mode": mode}}}), SIMULATOR, COMPOSE)
    models = json.loads(files["opencode/opencode.json"])["provider"]["litellm"]["models"]
    assert ("auto" in models) == (mode != "off")
    if mode != "off":
        assert models["auto"]["limit"] == {"context": 200_000, "output": 64_000}


@pytest.mark.parametrize("mode", MODES)
def test_the_embedder_stands_alone_with_the_gateway_where_it_is_needed(mode: str) -> None:
    stack = build(settings({"routing": {"auto": {"mode": mode}}}), SIMULATOR)
    on_it = [
        service.name
        for service in stack.services
        if "embeddings" in [place.network for place in service.networks]
    ]
    assert on_it == (["embedder", "gateway"] if mode == "intent" else [])
    assert [n.internal for n in stack.networks if n.name == "embeddings"] == (
        [True] if mode == "intent" else []
    )
