"""What holds for any settings: rendering and planning."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import COMPOSE, PROCESS, REAL, SEVERAL, SIMULATOR, facts_of, state, state_of
from strategies import all_settings, documents

from ralex_stack.plan import make_plan
from ralex_stack.render import render_compose, render_services
from ralex_stack.settings import Settings
from ralex_stack.settings.check import check
from ralex_stack.settings.secret import looks_like_key
from ralex_stack.topology import build

if TYPE_CHECKING:
    from ralex_stack.plan import State
    from ralex_stack.topology import Choices

TESTS = Path(__file__).parent.parent
CHOICES = st.sampled_from([SIMULATOR, REAL])
some = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def changed_services(wanted: State, applied: State) -> set[str]:
    plan = make_plan(wanted, applied, facts_of(applied))
    return {action.service for action in plan.actions if action.kind != "keep"}


@given(all_settings())
@some
def test_the_strategy_makes_valid_settings(given_settings: Settings) -> None:
    assert check(given_settings) == []


@given(all_settings(), CHOICES)
@some
def test_the_same_settings_give_the_same_bytes(given_settings: Settings, choices: Choices) -> None:
    again = Settings.model_validate(given_settings.model_dump())
    for one, other in ((given_settings, given_settings), (given_settings, again)):
        assert (
            render_compose(one, choices, COMPOSE).files
            == render_compose(other, choices, COMPOSE).files
        )
        assert render_services(one, choices, PROCESS) == render_services(other, choices, PROCESS)


@given(all_settings(), CHOICES)
@some
def test_no_secret_is_rendered(given_settings: Settings, choices: Choices) -> None:
    files = render_compose(given_settings, choices, COMPOSE).files
    text = b"\n".join(files.values()).decode()
    # Not even where it comes from: what is rendered goes into containers.
    for reference in ("SOME_KEY", "keys/private", "pass show private", "OPENROUTER_API_KEY"):
        assert not re.search(rf"(?<![A-Z_]){re.escape(reference)}", text)
    literals = [token for token in re.split(r"[\s\"',:=\[\]{}]+", text) if looks_like_key(token)]
    assert literals == []


@given(all_settings(), CHOICES)
@some
def test_what_was_applied_needs_no_change(given_settings: Settings, choices: Choices) -> None:
    applied = state_of(given_settings, provider=choices.provider)
    plan = make_plan(applied, applied, facts_of(applied))
    assert not plan.changes
    assert plan.effects == ()


@given(all_settings(), all_settings())
@some
def test_applying_a_plan_leaves_nothing_to_do(one: Settings, other: Settings) -> None:
    applied, wanted = state_of(one), state_of(other)
    plan = make_plan(wanted, applied, facts_of(applied))
    for action in plan.actions:
        assert bool(action.reasons) is (action.kind != "keep"), action
    assert not make_plan(wanted, wanted, facts_of(wanted)).changes


ALL_SANDBOXES = {"opencode", "workspace"}
CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "gateway port": ({"network": {"gateway_port": 65432}}, {"edge"}),
    "address": ({"network": {"bind": "127.0.0.2"}}, {"edge"}),
    "administration": ({"gateway": {"expose_admin": True}}, {"edge"}),
    "limit of clients": ({"gateway": {"client_limit_rpm": 7}}, {"gateway"}),
    "log level": ({"gateway": {"log_level": "WARNING"}}, {"gateway"}),
    "memory of the gateway": ({"gateway": {"resources": {"memory": "3g"}}}, {"gateway"}),
    "time limit": ({"routing": {"timeout": 1234}}, {"gateway"}),
    "strategy": ({"routing": {"strategy": "cost-based-routing"}}, {"gateway"}),
    "budget of all": ({"budget": {"daily": 1234}}, {"gateway"}),
    "memory of sandboxes": ({"sandbox": {"resources": {"memory": "5g"}}}, ALL_SANDBOXES),
    "instructions": ({"opencode": {"instructions": "Be brief."}}, ALL_SANDBOXES),
    "permissions": ({"opencode": {"permissions": {"bash": "ask"}}}, ALL_SANDBOXES),
    "workspace": ({"workspace": {"path": "/srv/other"}}, {"opencode"}),
}


def with_change(data: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = dict(data)
    for key, value in change.items():
        old = merged.get(key)
        merged[key] = with_change(old or {}, value) if isinstance(value, dict) else value
    return merged


@pytest.mark.parametrize(("change", "concerned"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("data", [{}, SEVERAL], ids=["empty", "several"])
def test_a_change_concerns_exactly_its_services(
    data: dict[str, Any], change: dict[str, Any], concerned: set[str]
) -> None:
    assert changed_services(state(with_change(data, change)), state(data)) == concerned


@given(documents(), st.sampled_from(sorted(CHANGES)))
@some
def test_a_change_never_concerns_other_services(data: dict[str, Any], name: str) -> None:
    change, concerned = CHANGES[name]
    wanted, applied = state(with_change(data, change)), state(data)
    assert changed_services(wanted, applied) <= concerned


@given(documents(), st.data())
@some
def test_a_price_concerns_the_gateway_and_sandboxes(data: dict[str, Any], draw: Any) -> None:
    name = draw.draw(st.sampled_from(sorted(data["models"])))
    price = {"models": {name: {"price": {"input": 1234}}}}
    changed = changed_services(state(with_change(data, price)), state(data))
    services = {
        service.name for service in build(Settings.model_validate(data), SIMULATOR).services
    }
    assert changed == {"gateway"} | (ALL_SANDBOXES & services)


@given(documents())
@some
def test_the_cache_can_be_added_and_removed(data: dict[str, Any]) -> None:
    without = state(with_change(data, {"routing": {"cache": {"enabled": False}}}))
    with_cache = state(with_change(data, {"routing": {"cache": {"enabled": True}}}))
    reading = {"prometheus"} & set(without.bundle.services)
    for wanted, applied in ((with_cache, without), (without, with_cache)):
        assert changed_services(wanted, applied) == {"gateway", "cache"} | reading


PRINT_DIGEST = """
import samples
from ralex_stack.render import render_compose
print(render_compose(samples.settings(samples.SEVERAL), samples.REAL, samples.COMPOSE).digest)
"""


def test_rendering_does_not_depend_on_the_order_of_hashes() -> None:
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    digests = {
        subprocess.run(
            [sys.executable, "-c", PRINT_DIGEST],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": path},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("0", "1", "4711")
    }
    assert digests == {state(SEVERAL, provider="real").bundle.digest}
