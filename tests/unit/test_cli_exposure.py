"""Commands where a sandbox could have written the settings, on a stand-in of the engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from commands import call, up

from ralex_stack.errors import RalexError, Refused, SettingsError

if TYPE_CHECKING:
    from fakes import RecordingRunner

FILE = Path("ralex-stack.toml")
MARKER = "planted-command"
PLANTED = f'[providers.openrouter]\napi_key = {{ command = "{MARKER}" }}\n'
DONE = json.dumps({"type": "text", "sessionID": "ses_1", "part": {"text": "done"}})


@pytest.fixture
def visited(runner: RecordingRunner) -> RecordingRunner:
    """A sandbox was given this directory."""
    up(runner)
    runner.on("compose", "run", stdout=DONE)
    assert call(runner, "run", "hi").exit_code == 0
    runner.calls.clear()
    return runner


@pytest.fixture
def planted(visited: RecordingRunner) -> RecordingRunner:
    FILE.write_text(PLANTED)
    return visited.on(MARKER, stdout="sk-or-v1-0123456789abcdef")


ACTING = [
    ["plan"],
    ["render"],
    ["status"],
    ["logs"],
    ["env"],
    ["restart"],
    ["down"],
    ["run", "hi"],
    ["code"],
]


@pytest.mark.parametrize("arguments", ACTING, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("where", [".", "below"])
def test_a_planted_file_is_refused_before_anything_is_run(
    planted: RecordingRunner, arguments: list[str], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(where).mkdir(exist_ok=True)
    monkeypatch.chdir(where)
    with pytest.raises(SettingsError) as error:
        call(planted, *arguments)
    assert error.value.code == "settings-exposed"
    assert planted.calls == []


def test_doctor_tells_it_and_resolves_nothing(planted: RecordingRunner) -> None:
    result = call(planted, "doctor", "--json")
    assert result.exit_code == 1
    codes = {finding["code"] for finding in json.loads(result.stdout)["findings"]}
    assert "settings-exposed" in codes
    assert planted.asked(MARKER) == []


def test_home_says_what_to_do(planted: RecordingRunner) -> None:
    shown = call(planted).stdout
    assert "ralex-stack explain settings-exposed" in shown
    assert "ralex-stack up " in shown
    assert "ralex-stack validate" not in shown


@pytest.mark.parametrize(
    "arguments", [["validate"], ["config", "show"], ["schema"], ["models"], ["explain", "declined"]]
)
def test_what_only_reads_goes_on(planted: RecordingRunner, arguments: list[str]) -> None:
    assert call(planted, *arguments).exit_code == 0
    assert planted.calls == []


def test_up_asks_and_remembers(planted: RecordingRunner) -> None:
    with pytest.raises(Refused, match="a sandbox could have written it") as error:
        call(planted, "up")
    assert (error.value.code, planted.calls) == ("agreement-needed", [])
    assert call(planted, "up", "--yes").exit_code == 0
    assert planted.asked(MARKER)
    assert call(planted, "plan").exit_code == 0
    FILE.write_text(PLANTED + "# changed\n")
    with pytest.raises(SettingsError):
        call(planted, "plan")


def test_a_file_that_is_named_is_taken_for_one_command(planted: RecordingRunner) -> None:
    assert call(planted, "--settings", str(FILE), "plan").exit_code == 0
    with pytest.raises(SettingsError):
        call(planted, "plan")
    assert call(planted, "--settings", str(FILE), "up", "--yes").exit_code == 0
    assert call(planted, "plan").exit_code == 0


def test_a_recorded_file_is_not_taken_from_elsewhere_either(
    runner: RecordingRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FILE.write_text("")
    up(runner)
    runner.on("compose", "run", stdout=DONE)
    assert call(runner, "run", "hi").exit_code == 0
    FILE.write_text(PLANTED)
    monkeypatch.chdir(tmp_path)
    for arguments in (["plan"], ["--stack", "ralex", "plan"]):
        with pytest.raises(SettingsError, match=r"here/ralex-stack\.toml is new or changed"):
            call(runner, *arguments)


def test_the_ordinary_flow_asks_nothing(runner: RecordingRunner) -> None:
    runner.on("compose", "run", stdout=DONE)
    assert call(runner, "init").exit_code == 0
    for _ in range(2):
        up(runner)
        assert call(runner, "run", "hi").exit_code == 0
    FILE.write_text(FILE.read_text() + "# the user's\n")
    with pytest.raises(RalexError):
        call(runner, "up")
    assert call(runner, "up", "--yes").exit_code == 0
    up(runner)


def test_what_init_writes_is_agreed_to(visited: RecordingRunner) -> None:
    assert call(visited, "init").exit_code == 0
    up(visited)


def test_the_file_of_another_directory_is_the_users_when_it_is_given(
    runner: RecordingRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    up(runner)
    runner.on("compose", "run", stdout=DONE)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / FILE).touch()
    assert call(runner, "run", "hi", "--dir", str(tmp_path / "other")).exit_code == 0
    (made,) = runner.asked("compose", "run")
    file = tmp_path / "other" / FILE
    assert made.has(["--volume", f"{file}:{file}:ro"])
    monkeypatch.chdir(tmp_path / "other")
    assert call(runner, "plan").exit_code == 0


@pytest.mark.parametrize("command", ["up", "render"])
def test_the_directory_of_the_server_is_given_to_a_sandbox(
    runner: RecordingRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "served").mkdir()
    given = ["--set", f"workspace.path={tmp_path / 'served'}"]
    options = ["--out", str(tmp_path / "out"), "--no-secrets"] if command == "render" else ["--yes"]
    assert call(runner, *given, command, *options).exit_code == 0
    monkeypatch.chdir(tmp_path / "served")
    FILE.write_text(PLANTED)
    with pytest.raises(SettingsError, match="a sandbox could have written it"):
        call(runner, "plan")


def test_the_plan_tells_whose_settings_take_over(runner: RecordingRunner) -> None:
    up(runner)
    FILE.write_text("")
    told = call(runner, "plan").stderr
    assert "was brought up without a settings file; the settings are now those of" in told
    assert str(FILE.resolve()) in told


def test_doctor_runs_nothing_for_the_keys_of_a_foreign_stack(
    runner: RecordingRunner, tmp_path: Path
) -> None:
    FILE.write_text("")
    up(runner)
    (tmp_path / "other.toml").write_text(PLANTED)
    result = call(runner, "--settings", str(tmp_path / "other.toml"), "doctor", "--json")
    codes = {finding["code"] for finding in json.loads(result.stdout)["findings"]}
    assert "state-foreign" in codes
    assert runner.asked(MARKER) == []
