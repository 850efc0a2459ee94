"""The commands on a stack, against a stand-in of the engine."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from fakes import FakeEngine, RecordingRunner, container

from ralex_stack.cli.main import cli
from ralex_stack.errors import (
    EngineError,
    LockedError,
    RalexError,
    Refused,
    SecretError,
    WorkspaceError,
)
from ralex_stack.state import StateDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMPLETION = '{"choices": [{}]}'
KEY = "sk-or-v1-0123456789abcdef"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with FakeEngine(tmp_path / "engine.sock") as made:
        yield made


@pytest.fixture
def runner(engine: FakeEngine) -> RecordingRunner:
    return engine.runner().on("exec", "curl", stdout=COMPLETION).on("git", "rev-parse", code=128)


@pytest.fixture
def state(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / "state" / "ralex-stack" / "ralex")


def call(runner: RecordingRunner, *arguments: str, stdin: str | None = None) -> Result:
    """The result; errors of the program are raised."""
    result = CliRunner().invoke(cli, arguments, obj=runner, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def up(runner: RecordingRunner) -> None:
    assert call(runner, "up").exit_code == 0


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
    runner: RecordingRunner, engine: FakeEngine
) -> None:
    result = call(runner, "status")
    assert (result.exit_code, "is not up" in result.stdout) == (1, True)
    up(runner)
    assert call(runner, "status").exit_code == 0
    engine.containers[0]["State"]["Health"]["Status"] = "unhealthy"
    assert call(runner, "status").exit_code == 1
    data = json.loads(call(runner, "status", "--json").stdout)
    assert {service["memory"] for service in data["services"]} == {700}


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
    runner: RecordingRunner, engine: FakeEngine, state: StateDirectory
) -> None:
    up(runner)
    engine.volumes = {"ralex_valkey": {"com.docker.compose.project": "ralex"}}
    assert "ralex is down\n" in call(runner, "down").stderr
    assert engine.containers == []
    assert engine.volumes
    assert state.record() is not None


def test_down_with_volumes_asks_and_names_them(
    runner: RecordingRunner, engine: FakeEngine, state: StateDirectory
) -> None:
    up(runner)
    engine.volumes = {"ralex_valkey": {"com.docker.compose.project": "ralex"}}
    with pytest.raises(Refused, match="removes for good: ralex_valkey") as error:
        call(runner, "down", "--volumes")
    assert "--yes" in error.value.hint
    assert engine.volumes
    assert engine.containers
    assert "its data is gone" in call(runner, "down", "--volumes", "--yes").stderr
    assert not engine.volumes
    assert state.record() is None
    assert not state.store.directory.exists()


def test_down_of_a_stack_whose_state_is_gone(runner: RecordingRunner, engine: FakeEngine) -> None:
    engine.containers = [container("edge")]
    assert call(runner, "down").exit_code == 0
    assert engine.containers == []


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


def events(*found: dict[str, Any]) -> str:
    return "\n".join(json.dumps(event) for event in found)


DONE = events({"type": "text", "sessionID": "ses_1", "part": {"text": "done"}})
REFUSED = events(
    {
        "type": "tool_use",
        "part": {
            "tool": "bash",
            "state": {"input": {"command": "rm"}, "error": "The user rejected permission"},
        },
    }
)


def test_run_works_on_this_directory(runner: RecordingRunner, tmp_path: Path) -> None:
    up(runner)
    runner.on("compose", "run", stdout=DONE)
    result = call(runner, "run", "create hello.py")
    assert (result.exit_code, result.stdout) == (0, "done\n")
    (made,) = runner.asked("compose", "run")
    assert made.stdin == "create hello.py"
    assert made.has(["--rm", "--no-TTY", "--workdir", str(tmp_path / "here"), "workspace"])
    assert made.arguments[-4:] == ("opencode", "run", "--format", "json")
    assert len(runner.asked("docker", "rm", "--force")) == 1


def test_run_takes_prompt_directory_model_and_agent(
    runner: RecordingRunner, tmp_path: Path
) -> None:
    up(runner)
    (tmp_path / "project").mkdir()
    runner.on("compose", "run", stdout=DONE)
    options = ["--dir", str(tmp_path / "project"), "--model", "tier:smart", "--agent", "build"]
    result = call(runner, "run", "-", *options, "--continue", "--json", stdin="from a pipe\n")
    (made,) = runner.asked("compose", "run")
    assert made.stdin == "from a pipe\n"
    assert made.has(["--workdir", str(tmp_path / "project"), "--agent", "build", "--continue"])
    assert made.arguments[made.arguments.index("--model") + 1].endswith("tier:smart")
    assert json.loads(result.stdout)["text"] == "done"


@pytest.mark.parametrize(
    ("stdout", "code", "said"),
    [
        (REFUSED, 0, "a permission was refused: bash: rm"),
        ("", 0, "without an answer"),
        (DONE, 2, "code 2"),
    ],
)
def test_run_ends_with_1_where_the_turn_failed(
    runner: RecordingRunner, stdout: str, code: int, said: str
) -> None:
    up(runner)
    runner.on("compose", "run", stdout=stdout, code=code)
    result = call(runner, "run", "hi")
    assert result.exit_code == 1
    assert said in result.stderr
    data = json.loads(call(runner, "run", "hi", "--json").stdout)
    assert data["ok"] is False
    assert said in data["problem"]


def test_run_refuses_before_anything_is_started(runner: RecordingRunner, tmp_path: Path) -> None:
    up(runner)
    (tmp_path / "home").mkdir()
    with pytest.raises(WorkspaceError, match="too wide"):
        call(runner, "run", "hi", "--dir", str(tmp_path / "home"))
    with pytest.raises(WorkspaceError, match="not a directory"):
        call(runner, "run", "hi", "--dir", "none")
    with pytest.raises(RalexError, match="there is no model `tier:smrt`") as error:
        call(runner, "run", "hi", "--model", "tier:smrt")
    assert "nearest: tier:smart" in error.value.hint
    assert call(runner, "run", " ").exit_code == 2
    assert not runner.asked("compose", "run")


def test_code_needs_a_terminal(runner: RecordingRunner) -> None:
    up(runner)
    with pytest.raises(WorkspaceError, match="needs a terminal") as error:
        call(runner, "code")
    assert "ralex-stack run" in error.value.hint


def test_render_to_a_directory(runner: RecordingRunner, tmp_path: Path) -> None:
    result = call(runner, "render", "--out", str(tmp_path / "out"), "--no-secrets")
    assert "docker compose up --wait" in result.stderr
    assert (tmp_path / "out" / "compose.yaml").read_text() == call(runner, "render").stdout
    assert not (tmp_path / "state").exists()


def test_models(runner: RecordingRunner) -> None:
    rows = json.loads(call(runner, "models", "--json").stdout)
    assert "tier:cheap" in {row["name"] for row in rows}
    assert "tier:cheap" in call(runner, "models").stdout
