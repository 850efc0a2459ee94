"""`ralex-stack` alone, by the state that it finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from commands import call, up
from fakes import RecordingRunner

from ralex_stack.cli.home import Found, Problem, next_steps
from ralex_stack.errors import EngineError

if TYPE_CHECKING:
    from fake_engine import FakeEngine


def home(runner: RecordingRunner, *arguments: str) -> str:
    result = call(runner, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def state(runner: RecordingRunner) -> tuple[str, str]:
    """State and code of the problem, from the JSON."""
    data = json.loads(home(runner, "--json"))
    return data["state"], (data["problem"] or {"code": ""})["code"]


def test_no_engine(command_engine: FakeEngine, runner: RecordingRunner) -> None:
    command_engine.silent = True
    shown = home(runner)
    assert "the Docker engine does not answer" in shown
    assert "make setup" in shown
    assert "ralex-stack doctor" in shown
    assert state(runner) == ("problem", "engine-unreachable")


def test_no_docker_program(command_engine: FakeEngine) -> None:
    missing = EngineError("not found", hint="run `make setup`", code="program-missing")
    runner = RecordingRunner().on("docker", error=missing)
    assert "next: run `make setup`" in home(runner)
    assert state(runner) == ("problem", "program-missing")


def test_settings_that_are_broken(runner: RecordingRunner) -> None:
    Path("ralex-stack.toml").write_text("[stck]\n")
    shown = home(runner)
    assert 'did you mean "stack"' in shown
    assert "ralex-stack validate" in shown
    assert state(runner) == ("problem", "settings-invalid")


def test_many_problems_fit_on_a_screen(runner: RecordingRunner) -> None:
    Path("ralex-stack.toml").write_text("".join(f"[wrong{n}]\n" for n in range(50)))
    shown = home(runner)
    assert len(shown.splitlines()) < 16
    assert "  … and 44 more" in shown


def test_a_damaged_state(runner: RecordingRunner, tmp_path: Path) -> None:
    up(runner)
    (tmp_path / "state" / "ralex-stack" / "ralex" / "state.json").write_text("{")
    assert state(runner) == ("problem", "state-damaged")


def test_not_up(runner: RecordingRunner) -> None:
    shown = home(runner)
    assert shown.startswith("The stack ralex is not up.\n")
    assert "  ralex-stack up " in shown
    assert "  ralex-stack init " in shown
    assert state(runner) == ("down", "")


def test_up_with_the_simulator(runner: RecordingRunner) -> None:
    up(runner)
    shown = home(runner)
    assert shown.startswith("✓ The stack ralex is up: 5 services healthy")
    assert "the bundled simulator" in shown
    assert "OPENROUTER_API_KEY" in shown
    assert "http://127.0.0.1:4000/v1" in shown
    assert state(runner) == ("up", "")


def test_not_healthy(command_engine: FakeEngine, runner: RecordingRunner) -> None:
    up(runner)
    (gateway,) = [c for c in command_engine.containers if c["Id"] == "ralex-gateway-1"]
    gateway["State"]["Health"] = {"Status": "unhealthy"}
    shown = home(runner)
    assert "not healthy: gateway\n" in shown
    assert "  ralex-stack logs gateway " in shown
    assert state(runner) == ("unhealthy", "")


def test_a_service_without_a_container(command_engine: FakeEngine, runner: RecordingRunner) -> None:
    up(runner)
    there = command_engine.containers
    command_engine.containers = [c for c in there if c["Id"] != "ralex-gateway-1"]
    shown = home(runner)
    assert "not healthy: gateway (no container)\n" in shown
    assert "logs gateway" not in shown
    assert state(runner) == ("unhealthy", "")


def test_settings_that_have_changed(runner: RecordingRunner) -> None:
    up(runner)
    assert "settings have changed" not in home(runner)
    Path("ralex-stack.toml").write_text("[routing]\nretries = 5\n")
    assert "  ralex-stack plan " in (shown := home(runner))
    assert "settings have changed" in shown


def test_other_stacks_are_told(runner: RecordingRunner) -> None:
    up(runner)
    Path("ralex-stack.toml").write_text('[stack]\nname = "second"\n')
    assert "another stack of yours: ralex" in home(runner)


@pytest.mark.parametrize("provider", ["real", "record"])
def test_real_providers_need_no_advice_on_keys(provider: str) -> None:
    commands = [step.command for step in next_steps(Found("up", "ralex", provider=provider))]
    assert not any("OPENROUTER" in command for command in commands)


def test_each_problem_leads_to_its_entry() -> None:
    found = Found("problem", problem=Problem("full", "make room", "disk-full"))
    assert "ralex-stack explain disk-full" in [step.command for step in next_steps(found)]
