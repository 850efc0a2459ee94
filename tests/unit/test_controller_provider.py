"""Which provider is chosen, and with which keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from controllers import up

from ralex_stack.errors import SecretError

if TYPE_CHECKING:
    from controllers import Make

    from ralex_stack.controller import Controller
    from ralex_stack.topology import ProviderChoice

KEY = "sk-or-v1-0123456789abcdef"
SET = {"OPENROUTER_API_KEY": KEY}
TWO = """
[providers.anthropic]
api_key = { env = "ANTHROPIC_API_KEY" }
[models.claude]
upstream = "anthropic/claude"
price = { input = 3, output = 15 }
[models.glm]
upstream = "openrouter/z-ai/glm-4.6"
price = { input = 1, output = 2 }
"""


def provider_of(controller: Controller) -> ProviderChoice:
    return controller.prepare().wanted.choices.provider


@pytest.mark.parametrize(
    ("wanted", "environment", "chosen"),
    [
        ("auto", {}, "simulator"),
        ("auto", SET, "real"),
        ("auto", {"OPENROUTER_API_KEY": " "}, "simulator"),
        ("simulator", SET, "simulator"),
        ("real", SET, "real"),
    ],
)
def test_at_first(make: Make, wanted: str, environment: dict[str, str], chosen: str) -> None:
    assert provider_of(make(f'[stack]\nprovider = "{wanted}"', environment)) == chosen


def test_real_without_a_key(make: Make) -> None:
    with pytest.raises(SecretError, match="environment variable OPENROUTER_API_KEY") as error:
        make('[stack]\nprovider = "real"').prepare()
    assert "simulator" in error.value.hint


@pytest.mark.parametrize("present", ["OPENROUTER_API_KEY", "ANTHROPIC_API_KEY"])
def test_some_keys_only(make: Make, present: str) -> None:
    other = ({"OPENROUTER_API_KEY", "ANTHROPIC_API_KEY"} - {present}).pop()
    with pytest.raises(SecretError) as error:
        make(TWO, {present: KEY}).prepare()
    assert other in str(error.value)
    assert present not in str(error.value)
    assert KEY not in str(error.value)


def test_no_keys_at_all(make: Make) -> None:
    assert provider_of(make(TWO)) == "simulator"


def test_a_key_that_is_unset_later_stays_with_a_warning(make: Make) -> None:
    assert up(make("", SET)).warnings == ()
    prepared = up(make())
    assert prepared.wanted.choices.provider == "real"
    assert not prepared.plan.changes
    assert prepared.warnings == (
        "environment variable OPENROUTER_API_KEY gives no key now; the stored one stays in use",
    )
    assert make().secret("provider_openrouter_api_key") == KEY


def test_one_of_two_keys_unset_later(make: Make) -> None:
    both = {"OPENROUTER_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}
    up(make(TWO, both))
    prepared = make(TWO, {"OPENROUTER_API_KEY": KEY}).prepare()
    assert prepared.wanted.choices.provider == "real"
    assert len(prepared.warnings) == 1
    assert "ANTHROPIC_API_KEY" in prepared.warnings[0]


def test_a_changed_key_restarts_the_gateway(make: Make) -> None:
    up(make("", SET))
    plan = make("", {"OPENROUTER_API_KEY": f"{KEY}x"}).prepare().plan
    changed = {a.service: a for a in plan.actions if a.kind != "keep"}
    assert changed["gateway"].reasons == ("secret provider_openrouter_api_key changed",)
    assert set(changed) == {"gateway"}


def test_from_simulator_to_real_needs_a_yes(make: Make) -> None:
    up(make())
    (question,) = make("", SET).prepare().plan.confirmations
    assert "simulator → real" in question
    assert "cost money" in question


def test_from_real_to_simulator_needs_a_yes(make: Make) -> None:
    up(make("", SET))
    simulator = '[stack]\nprovider = "simulator"'
    (question,) = make(simulator, SET).prepare().plan.confirmations
    assert "real → simulator" in question


def test_the_simulators_stack_is_given_no_key(make: Make) -> None:
    controller = make('[stack]\nprovider = "simulator"', SET)
    up(controller)
    assert controller.state.store.get("provider_openrouter_api_key") is None


def test_a_provider_without_a_key_is_real(make: Make) -> None:
    local = (
        '[providers.local]\nprefix = "openai"\npaid = false\n'
        'api_base = "http://host.docker.internal:8000/v1"\n'
        '[models.qwen]\nupstream = "local/qwen3"\n'
    )
    assert provider_of(make(local)) == "real"
