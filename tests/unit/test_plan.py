"""Plans from wanted and applied states and facts on containers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from samples import COMPOSE, SEVERAL, facts_of, state

from ralex_stack.bundle import PROJECT_FILE, Bundle
from ralex_stack.plan import Action, ContainerFact, Plan, State, make_plan, secrets_digest

SECRETS = {
    "gateway_key_client": "aaa",
    "gateway_key_sandbox": "bbb",
    "valkey_password": "ccc",
}
EMPTY = state(secrets=SECRETS)


def kinds(plan: Plan) -> dict[str, str]:
    return {action.service: action.kind for action in plan.actions}


def plan_from_empty(data: dict[str, Any]) -> Plan:
    """The plan from applied defaults to these settings."""
    return make_plan(state(data, secrets=SECRETS), EMPTY, facts_of(EMPTY))


def reasons(plan: Plan, service: str) -> tuple[str, ...]:
    action = plan.action(service)
    assert action is not None
    return action.reasons


def texts(plan: Plan) -> list[str]:
    return [effect.text for effect in plan.effects]


def with_fact(service: str, **changes: Any) -> tuple[ContainerFact, ...]:
    return tuple(replace(f, **changes) if f.service == service else f for f in facts_of(EMPTY))


def test_a_first_start_creates_everything_but_the_pattern_of_workspaces() -> None:
    plan = make_plan(EMPTY, None, ())
    assert plan.changes
    assert set(kinds(plan).values()) == {"create"}
    assert list(kinds(plan)) == ["valkey", "simulator", "gateway", "opencode", "edge"]
    assert plan.confirmations == ()
    assert "port of gateway: added: 127.0.0.1:4000" in texts(plan)
    assert any(text.startswith("provider: simulator") for text in texts(plan))


def test_nothing_is_done_where_all_is_as_wanted() -> None:
    plan = make_plan(EMPTY, EMPTY, facts_of(EMPTY))
    assert not plan.changes
    assert set(kinds(plan).values()) == {"keep"}
    assert plan.effects == ()


def test_containers_as_wanted_are_kept_even_where_the_state_was_lost() -> None:
    assert not make_plan(EMPTY, None, facts_of(EMPTY)).changes


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"state": "exited"}, "start", "its container is exited"),
        ({"state": "created", "healthy": None}, "start", "its container is created"),
        ({"healthy": False}, "restart", "it is unhealthy"),
        ({"state": "paused", "healthy": False}, "unpause", "its container is paused"),
        ({"healthy": None}, "keep", None),
        ({"config": "other"}, "change", "its container was made from another configuration"),
        ({"config": ""}, "change", "its container was made from another configuration"),
        (
            {"config": "other", "image": "old:1"},
            "change",
            f"image: old:1 → {COMPOSE.images['gateway']}",
        ),
        ({"secrets": ""}, "restart", "its container was made with other secrets"),
        ({"secrets": "", "state": "exited"}, "restart", None),
        ({"config": "", "secrets": "", "state": "exited"}, "change", None),
    ],
)
def test_facts_on_a_container_decide(
    changes: dict[str, Any], kind: str, reason: str | None
) -> None:
    plan = make_plan(EMPTY, EMPTY, with_fact("gateway", **changes))
    assert kinds(plan)["gateway"] == kind
    assert {k for name, k in kinds(plan).items() if name != "gateway"} == {"keep"}
    assert plan.changes is (kind != "keep")
    if reason is not None:
        assert reason in reasons(plan, "gateway")


def test_a_missing_container_is_created_again() -> None:
    facts = tuple(fact for fact in facts_of(EMPTY) if fact.service != "valkey")
    plan = make_plan(EMPTY, EMPTY, facts)
    assert kinds(plan)["valkey"] == "create"


def test_a_service_that_is_no_longer_wanted_is_removed() -> None:
    plan = plan_from_empty({"stack": {"profiles": []}})
    assert kinds(plan)["opencode"] == "remove"
    assert plan.actions[-1] == Action("opencode", "remove", ("no longer part of the stack",))
    assert "port of opencode: removed" in texts(plan)


@pytest.mark.parametrize(
    ("secret", "concerned"),
    [
        ("gateway_key_client", {"gateway"}),
        ("gateway_key_sandbox", {"gateway", "edge"}),
        ("valkey_password", {"gateway", "valkey"}),
    ],
)
def test_a_rotated_secret_restarts_whoever_has_it(secret: str, concerned: set[str]) -> None:
    wanted = state(secrets={**SECRETS, secret: "new"})
    plan = make_plan(wanted, EMPTY, facts_of(EMPTY))
    assert {name for name, kind in kinds(plan).items() if kind == "restart"} == concerned
    assert {k for name, k in kinds(plan).items() if name not in concerned} == {"keep"}
    for service in concerned:
        assert reasons(plan, service) == (f"secret {secret} changed",)


def test_digests_of_secrets_do_not_depend_on_order() -> None:
    assert secrets_digest(["a", "b"], {"a": "1", "b": "2"}) == secrets_digest(
        ["b", "a"], {"b": "2", "a": "1", "c": "3"}
    )


@pytest.mark.parametrize(
    ("names", "digests"),
    [(["a"], {}), (["a"], {"a": "2"}), (["a", "b"], {"a": "1"}), ([], {"a": "1"})],
)
def test_digests_of_secrets_tell_them_apart(names: list[str], digests: dict[str, str]) -> None:
    digest = secrets_digest(names, digests)
    assert digest != secrets_digest(["a"], {"a": "1"})
    assert len(digest) == 12


@pytest.mark.parametrize(
    ("data", "changed", "service", "reason"),
    [
        (
            {"network": {"gateway_port": 5000}},
            {"edge"},
            "edge",
            "ports: removed 127.0.0.1:4000:4000, added 127.0.0.1:5000:4000",
        ),
        (
            {"sandbox": {"resources": {"memory": "2g", "pids": 1024}}},
            {"opencode", "workspace"},
            "opencode",
            "mem_limit: 4g → 2g",
        ),
        (
            {"routing": {"retries": 5}},
            {"gateway"},
            "gateway",
            "litellm.yaml: model_list.gemini-flash-lite.litellm_params.num_retries: 2 → 5",
        ),
        (
            {"routing": {"fallbacks": {"glm": ["claude-sonnet"]}}},
            {"gateway"},
            "gateway",
            'litellm.yaml: litellm_settings.fallbacks.glm: added (["claude-sonnet"])',
        ),
        (
            {"gateway": {"sandbox_limit_rpm": 5}},
            {"gateway"},
            "gateway",
            "keys.json: sandbox.rpm: 600 → 5",
        ),
        (
            {"opencode": {"instructions": "Be brief."}},
            {"opencode", "workspace"},
            "opencode",
            "opencode/AGENTS.md: added",
        ),
    ],
)
def test_a_change_of_settings_is_told_by_key(
    data: dict[str, Any], changed: set[str], service: str, reason: str
) -> None:
    plan = plan_from_empty(data)
    assert {name for name, kind in kinds(plan).items() if kind != "keep"} == changed
    assert reason in reasons(plan, service)


def test_models_are_compared_by_name() -> None:
    before = state(SEVERAL)
    models = dict(reversed(SEVERAL["models"].items()))
    models["strong"] = {**models["strong"], "price": {"input": 2, "output": 10}}
    plan = make_plan(state({**SEVERAL, "models": models}), before, facts_of(before))
    gateway = [line for line in reasons(plan, "gateway") if "model_list" in line]
    keys = {line.split(": ")[1] for line in gateway}
    assert keys == {
        f"model_list.{name}.model_info.{key}"
        for name in ("strong", "strong#2")
        for key in ("input_cost_per_token", "cache_read_input_token_cost")
    }


def test_a_change_of_order_alone_is_told() -> None:
    before = state(SEVERAL)
    models = dict(reversed(SEVERAL["models"].items()))
    plan = make_plan(state({**SEVERAL, "models": models}), before, facts_of(before))
    assert reasons(plan, "gateway") == ("litellm.yaml: only the order of entries changed",)
    assert plan.effects == ()


def test_long_values_are_shortened() -> None:
    long = {"opencode": {"mcp": {"one": {"url": "https://example.com/" + "a" * 200}}}}
    other = {"opencode": {"mcp": {"one": {"url": "https://example.com/" + "b" * 200}}}}
    before = state(long)
    plan = make_plan(state(other), before, facts_of(before))
    (line,) = reasons(plan, "opencode")
    assert line.startswith("opencode/opencode.json: mcp.one.url: https://example.com/aaa")
    assert len(line) < 180


def test_a_changed_pattern_leaves_running_workspaces_alone() -> None:
    plan = plan_from_empty({"sandbox": {"resources": {"memory": "2g", "pids": 1024}}})
    assert kinds(plan)["workspace"] == "change"
    assert "running ones keep the old configuration" in reasons(plan, "workspace")[-1]


def test_only_missing_images_that_are_wanted_are_built() -> None:
    images = COMPOSE.images
    missing = frozenset({images["simulator"], images["edge"], "other:1"})
    plan = make_plan(EMPTY, EMPTY, facts_of(EMPTY), missing)
    assert plan.builds == (images["edge"], images["simulator"])
    assert plan.changes
    real = make_plan(state(provider="real"), None, (), missing)
    assert real.builds == (images["edge"],)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"a: [", b"\xff"])
def test_damaged_files_of_the_applied_state_do_not_stop_a_plan(content: bytes) -> None:
    files = {
        path: content if path.endswith("litellm.yaml") else data
        for path, data in EMPTY.bundle.files.items()
    }
    applied = State(Bundle(files), EMPTY.choices, EMPTY.secrets)
    facts = with_fact("gateway", config="other")
    plan = make_plan(EMPTY, applied, facts)
    assert kinds(plan)["gateway"] == "change"
    assert any(line.startswith("litellm.yaml: ") for line in reasons(plan, "gateway"))


def test_a_lost_project_file_counts_as_no_definitions() -> None:
    files = {path: data for path, data in EMPTY.bundle.files.items() if path != PROJECT_FILE}
    applied = State(Bundle(files), EMPTY.choices, EMPTY.secrets)
    plan = make_plan(EMPTY, applied, facts_of(EMPTY))
    assert set(kinds(plan).values()) == {"keep"}


def test_a_plan_is_data() -> None:
    applied = state(provider="real")
    plan = make_plan(EMPTY, applied, facts_of(applied), frozenset(COMPOSE.images.values()))
    data = json.loads(json.dumps(plan.to_json()))
    assert data["changes"] is True
    assert data["confirmations"] == list(plan.confirmations)
    needed = {definition["image"] for definition in EMPTY.bundle.services.values()}
    assert data["builds"] == sorted(needed)
    assert {a["service"]: a["kind"] for a in data["actions"]} == kinds(plan)
    assert data["effects"][0] == {
        "subject": "provider",
        "text": plan.confirmations[0],
        "needs_yes": True,
    }
