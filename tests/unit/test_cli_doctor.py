"""The command `doctor`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from fakes import RecordingRunner

from ralex_stack.cli.main import cli
from ralex_stack.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordingRunner:
    """No docker at all."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return RecordingRunner().on("docker", error=EngineError("not found"))


def test_without_docker_the_remedy_is_told(runner: RecordingRunner) -> None:
    result = CliRunner().invoke(cli, ["doctor"], obj=runner)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("✗ docker client"))
    assert lines[at].endswith("there is no `docker` program")
    assert lines[at + 1].strip() == "next: run `make setup`, which obtains what is missing"
    assert lines[-1].startswith("1 error, ")


def test_as_json(runner: RecordingRunner) -> None:
    data = json.loads(CliRunner().invoke(cli, ["doctor", "--json"], obj=runner).stdout)
    assert data["ok"] is False
    (error,) = [finding for finding in data["findings"] if finding["level"] == "error"]
    assert error["check"] == "docker client"
    assert set(error) == {"check", "level", "found", "remedy", "code"}
    assert error["code"] == "program-missing"


def test_every_problem_of_the_settings_is_shown(runner: RecordingRunner, tmp_path: Path) -> None:
    (tmp_path / "ralex-stack.toml").write_text("[stck]\n[netwrk]\n")
    result = CliRunner().invoke(cli, ["doctor"], obj=runner)
    assert result.exit_code == 1
    assert "2 problems in the settings" in result.stdout
    assert "stck" in result.stdout
    assert "netwrk" in result.stdout
