"""The commands on a stack, against a stand-in of the engine."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import pytest
from commands import call, up
from fake_engine import FakeEngine, container

from ralex_stack.errors import (
    EngineError,
    LockedError,
    Refused,
    SecretError,
)
from ralex_stack.state import StateDirectory

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import RecordingRunner

KEY = "sk-or-v1-0123456789abcdef"


@pytest.fixture
def state(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / "state" / "ralex-stack" / "ralex")


def test_up_ends_with_a_table_of_what_runs_where(runner: RecordingRunner) -> None:
    result = call(runner, "up")
    assert result.exit_code == 0
    assert "5 to create." in result.stderr
    assert "went through the whole chain" in result.stderr
    for part in ("gateway", "running healthy", "127.0.0.1:4000", "ralex-stack run", "SIMULATOR"):
        assert part in result.stdout


def test_up_as_json(runner: RecordingRunner) -> None:
    data = json.loads(call(runner, "up", "--json").stdout)
    assert data["name"] == "ralex"
    assert data["provider"] == "simulator"
    assert data["plan"]["changes"] is True
    assert {service["health"] for service in data["services"]} == {"healthy"}
    assert data["urls"] == {
        "gateway": "http://127.0.0.1:4000",
        "opencode": "http://127.0.0.1:4096",
    }


def test_a_second_up_shows_no_plan_and_changes_nothing(runner: RecordingRunner) -> None:
    up(runner)
    result = call(runner, "up")
    assert result.exit_code == 0
    assert "to create" not in result.stderr
    assert len(runner.asked("compose", "up", "--no-deps")) == 1


def test_up_from_the_simulator_to_a_provider_asks_first(
    runner: RecordingRunner, state: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    up(runner)
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    with pytest.raises(Refused, match="cost money") as error:
        call(runner, "up")
    assert "--yes" in error.value.hint
    assert state.store.get("provider_openrouter_api_key") is None
    assert call(runner, "up", "--yes").exit_code == 0
    assert state.store.get("provider_openrouter_api_key") == KEY


def test_no_command_prints_a_credential(
    runner: RecordingRunner, state: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    shown = [call(runner, *words) for words in (["plan"], ["up"], ["status", "--json"], ["render"])]
    values = [state.store.get(path.name) or "" for path in state.store.directory.iterdir()]
    assert KEY in values
    for result in shown:
        assert not [value for value in values if value in result.output]


@pytest.mark.parametrize("command", ["up", "down", "restart"])
def test_a_stack_that_is_held_is_left_alone(
    runner: RecordingRunner, state: StateDirectory, command: str
) -> None:
    up(runner)
    before = len(runner.asked("docker", "compose"))
    with state.lock("up"), pytest.raises(LockedError, match="held by `ralex-stack up`"):
        call(runner, command)
    assert len(runner.asked("docker", "compose")) == before


def test_plan(runner: RecordingRunner) -> None:
    assert "5 to create." in call(runner, "plan").stdout
    assert call(runner, "plan", "--detailed-exitcode").exit_code == 2
    up(runner)
    result = call(runner, "plan", "--detailed-exitcode", "--json")
    assert (result.exit_code, json.loads(result.stdout)["changes"]) == (0, False)


def test_status_ends_with_1_where_something_is_not_healthy(
    runner: RecordingRunner, command_engine: FakeEngine
) -> None:
    result = call(runner, "status")
    assert (result.exit_code, "is not up" in result.stdout) == (1, True)
    up(runner)
    assert call(runner, "status").exit_code == 0
    command_engine.containers[0]["State"]["Health"]["Status"] = "unhealthy"
    assert call(runner, "status").exit_code == 1
    data = json.loads(call(runner, "status", "--json").stdout)
    assert {service["memory"] for service in data["services"]} == {700}


def test_status_ends_with_1_where_a_service_has_no_container(
    runner: RecordingRunner, command_engine: FakeEngine
) -> None:
    up(runner)
    there = command_engine.containers
    command_engine.containers = [c for c in there if c["Id"] != "ralex-gateway-1"]
    result = call(runner, "status")
    assert result.exit_code == 1
    (row,) = [line for line in result.stdout.splitlines() if " no container " in line]
    assert " gateway " in row
    assert json.loads(call(runner, "status", "--json").stdout)["missing"] == ["gateway"]


def test_addresses_are_those_that_were_applied(runner: RecordingRunner) -> None:
    call(runner, "--set", "network.gateway_port=4400", "up")
    assert json.loads(call(runner, "status", "--json").stdout)["urls"]["gateway"].endswith(":4400")
    environment = json.loads(call(runner, "env", "--json").stdout)
    assert environment["OPENAI_BASE_URL"] == "http://127.0.0.1:4400/v1"


def test_env_is_what_a_shell_reads(runner: RecordingRunner, state: StateDirectory) -> None:
    with pytest.raises(SecretError, match="has no gateway_key_client yet"):
        call(runner, "env")
    up(runner)
    data = json.loads(call(runner, "env", "--json").stdout)
    lines = [shlex.split(line) for line in call(runner, "env").stdout.splitlines()]
    assert [line[0] for line in lines] == ["export"] * len(data)
    assert dict(line[1].split("=", 1) for line in lines) == data
    assert (
        data["OPENAI_API_KEY"] == data["ANTHROPIC_API_KEY"] == state.store.get("gateway_key_client")
    )
    assert data["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:4000"


def test_down_keeps_the_data(
    runner: RecordingRunner, command_engine: FakeEngine, state: StateDirectory
) -> None:
    up(runner)
    command_engine.volumes = {"ralex_valkey": {"com.docker.compose.project": "ralex"}}
    assert "ralex is down\n" in call(runner, "down").stderr
    assert command_engine.containers == []
    assert command_engine.volumes
    assert state.record() is not None


def test_down_with_volumes_asks_and_names_them(
    runner: RecordingRunner, command_engine: FakeEngine, state: StateDirectory
) -> None:
    up(runner)
    command_engine.volumes = {"ralex_valkey": {"com.docker.compose.project": "ralex"}}
    with pytest.raises(Refused, match="removes for good: ralex_valkey") as error:
        call(runner, "down", "--volumes")
    assert "--yes" in error.value.hint
    assert command_engine.volumes
    assert command_engine.containers
    assert "its data is gone" in call(runner, "down", "--volumes", "--yes").stderr
    assert not command_engine.volumes
    assert state.record() is None
    assert not state.store.directory.exists()


def test_down_of_a_stack_whose_state_is_gone(
    runner: RecordingRunner, command_engine: FakeEngine
) -> None:
    command_engine.containers = [container("edge")]
    assert call(runner, "down").exit_code == 0
    assert command_engine.containers == []


def test_restart_and_logs(runner: RecordingRunner) -> None:
    up(runner)
    assert "restarted: gateway" in call(runner, "restart", "gateway").stderr
    assert "restarted: all services" in call(runner, "restart").stderr
    runner.on("logs", code=3)
    assert call(runner, "logs", "--tail", "5", "edge").exit_code == 3


@pytest.mark.parametrize(
    "arguments", [["restart"], ["logs"], ["run", "hi"], ["restart", "nothing"]]
)
def test_what_needs_a_running_stack(runner: RecordingRunner, arguments: list[str]) -> None:
    with pytest.raises(EngineError, match="is not up") as error:
        call(runner, *arguments)
    assert error.value.hint == "run `ralex-stack up`"


def test_render_to_a_directory(runner: RecordingRunner, tmp_path: Path) -> None:
    result = call(runner, "render", "--out", str(tmp_path / "out"), "--no-secrets")
    assert "docker compose up --wait" in result.stderr
    assert (tmp_path / "out" / "compose.yaml").read_text() == call(runner, "render").stdout
    assert not (tmp_path / "state").exists()


def test_models(runner: RecordingRunner) -> None:
    rows = json.loads(call(runner, "models", "--json").stdout)
    assert "tier:cheap" in {row["name"] for row in rows}
    assert "tier:cheap" in call(runner, "models").stdout
