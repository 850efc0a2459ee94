"""The commands about settings, as a user calls them."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from ralex_stack.cli.main import cli
from ralex_stack.errors import RalexError, SettingsError
from ralex_stack.settings import Settings
from ralex_stack.settings.load import effective
from ralex_stack.settings.schema import json_schema

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_validate_counts_what_is_there(here: Path) -> None:
    (here / "ralex-stack.toml").write_text("", encoding="utf-8")
    result = call("validate")
    assert result.exit_code == 0
    assert result.output == f"{here / 'ralex-stack.toml'}: valid (3 models, 3 tiers).\n"


def test_validate_works_without_a_file(here: Path) -> None:
    assert "defaults" in call("validate").output


def test_validate_fails_with_every_problem(here: Path) -> None:
    result = call("--set", "network.prot=1", "--set", "budget.daily=-1", "validate")
    assert isinstance(result.exception, SettingsError)
    assert result.exception.exit_code == 2
    assert str(result.exception).startswith("2 problems")


def test_validate_as_json_lists_every_problem(here: Path) -> None:
    (here / "ralex-stack.toml").write_text("[network]\ngatway_port = 1\n", encoding="utf-8")
    result = call("validate", "--json")
    assert result.exit_code == 2
    answer = json.loads(result.output)
    assert answer["valid"] is False
    [problem] = answer["problems"]
    assert problem == {
        "path": "network.gatway_port",
        "message": "unknown key",
        "allowed": ["admin_port", "bind", "gateway_port", "opencode_port", "prometheus_port"],
        "nearest": "gateway_port",
        "origin": f"{here / 'ralex-stack.toml'}:2",
        "line": 2,
    }


def test_validate_as_json_tells_of_a_missing_file(here: Path) -> None:
    result = call("--settings", "none.toml", "validate", "--json")
    assert result.exit_code == 2
    [problem] = json.loads(result.output)["problems"]
    assert "no such settings file" in problem["message"]


def test_validate_as_json_of_valid_settings(here: Path) -> None:
    result = call("validate", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output) == {"valid": True, "problems": [], "warnings": []}


def test_validate_warns_of_a_variable_that_is_no_setting(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RALEX_NETWRK", "x")
    assert "did you mean RALEX_NETWORK?" in call("validate").stderr


def test_config_show_is_the_whole_file(here: Path) -> None:
    assert tomllib.loads(call("config", "show").output) == effective(Settings())
    assert json.loads(call("config", "show", "--json").output) == effective(Settings())


def test_config_show_of_some_paths(here: Path) -> None:
    result = call("config", "show", "network.bind", "routing.cache")
    shown = tomllib.loads(result.output)
    assert shown["network"] == {"bind": "127.0.0.1"}
    assert shown["routing"].keys() == {"cache"}


def test_config_show_names_origins(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "ralex-stack.toml").write_text("[network]\ngateway_port = 1\n", encoding="utf-8")
    monkeypatch.setenv("RALEX_NETWORK__OPENCODE_PORT", "2")
    result = call("--set", "network.bind=127.0.0.2", "config", "show", "--origin", "network")
    lines = [line.split(maxsplit=1) for line in result.output.splitlines()]
    assert {name: " ".join(rest.split()) for name, rest in lines} == {
        "network.bind": 'flag --set network.bind "127.0.0.2"',
        "network.gateway_port": f"{here / 'ralex-stack.toml'}:2 1",
        "network.opencode_port": "environment variable RALEX_NETWORK__OPENCODE_PORT 2",
        "network.admin_port": "default 4001",
        "network.prometheus_port": "default 9090",
    }
    as_json = json.loads(call("config", "show", "--origin", "--json", "network.bind").output)
    assert as_json == [{"path": "network.bind", "value": "127.0.0.1", "origin": "default"}]


def test_config_show_gives_references_and_no_secrets(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-v1-secret")
    output = call("config", "show", "--origin", "providers").output
    assert "OPENROUTER_API_KEY" in output
    assert "sk-or-v1-secret" not in output


def test_config_show_of_no_such_path_names_the_nearest(here: Path) -> None:
    result = call("config", "show", "network.gatway_port")
    assert isinstance(result.exception, SettingsError)
    assert 'did you mean "network.gateway_port"?' in str(result.exception)


def test_schema_is_printed_as_json(here: Path) -> None:
    assert json.loads(call("schema").output) == json_schema()


def test_init_writes_a_valid_file_and_its_schema(here: Path) -> None:
    result = call("init")
    assert result.exit_code == 0
    assert "ralex-stack up" in result.output
    assert call("validate").exit_code == 0
    assert json.loads((here / "ralex-stack.schema.json").read_text()) == json_schema()


def test_init_replaces_nothing_unless_forced(here: Path) -> None:
    path = here / "ralex-stack.toml"
    path.write_text("# mine\n", encoding="utf-8")
    refused = call("init")
    assert isinstance(refused.exception, RalexError)
    assert "--force" in refused.exception.hint
    assert path.read_text(encoding="utf-8") == "# mine\n"
    assert call("init", "--force").exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("#:schema")


def test_init_writes_into_a_directory_or_a_named_file(here: Path) -> None:
    (here / "sub").mkdir()
    assert call("init", "sub").exit_code == 0
    assert (here / "sub" / "ralex-stack.toml").is_file()
    assert call("init", "other.toml").exit_code == 0
    assert (here / "other.toml").is_file()


def test_init_tells_where_it_cannot_write(here: Path) -> None:
    (here / "file").write_text("", encoding="utf-8")
    result = call("init", "file/ralex-stack.toml")
    assert isinstance(result.exception, SettingsError)
    assert "cannot be written" in str(result.exception)


@pytest.mark.parametrize("package", ["pydantic", "pydantic_settings", "docker", "rich", "httpx"])
def test_the_command_line_starts_without_heavy_packages(package: str) -> None:
    program = f"import sys, ralex_stack.cli.main; sys.exit({package!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
