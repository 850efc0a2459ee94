"""Where the settings of a command come from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ralex_stack.cli.discovery import Found, find
from ralex_stack.cli.main import cli
from ralex_stack.errors import SettingsError, StateError
from ralex_stack.host import is_trusted
from ralex_stack.state import DEFAULTS, Record, StateDirectory
from ralex_stack.topology import Choices

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    return {
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }


@pytest.fixture
def here(tmp_path: Path) -> Path:
    path = tmp_path / "projects" / "one" / "deep"
    path.mkdir(parents=True)
    return path


def settings(directory: Path, text: str = "") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "ralex-stack.toml"
    file.write_text(text)
    return file


def remember(tmp_path: Path, name: str, file: Path | None) -> None:
    record = Record(str(file) if file else DEFAULTS, Choices(), {})
    StateDirectory(tmp_path / "state" / "ralex-stack" / name).write(record)


def found(
    environment: Mapping[str, str], here: Path, *overrides: str, stack: str | None = None
) -> Found:
    return find(None, stack, overrides, environment, here, os.getuid())


def test_nothing_anywhere(environment: Mapping[str, str], here: Path) -> None:
    assert found(environment, here) == Found(None, ())


def test_the_nearest_file_upwards(environment: Mapping[str, str], here: Path) -> None:
    above = settings(here.parent.parent)
    assert found(environment, here).path == above
    nearer = settings(here.parent)
    assert found(environment, here).path == nearer
    own = settings(here)
    assert found(environment, here).path == own


def test_the_users_own_file_where_there_is_none_upwards(
    tmp_path: Path, environment: Mapping[str, str], here: Path
) -> None:
    own = settings(tmp_path / "config" / "ralex-stack")
    remember(tmp_path, "ralex", settings(tmp_path / "elsewhere"))
    assert found(environment, here).path == own


def test_the_recorded_file_where_there_is_no_other(
    tmp_path: Path, environment: Mapping[str, str], here: Path
) -> None:
    file = settings(tmp_path / "elsewhere")
    remember(tmp_path, "ralex", file)
    result = found(environment, here)
    assert result.path == file
    assert result.note == f"using {file}, which the stack `ralex` was brought up from"


def test_a_file_here_goes_before_the_recorded_one(
    tmp_path: Path, environment: Mapping[str, str], here: Path
) -> None:
    remember(tmp_path, "ralex", settings(tmp_path / "elsewhere"))
    own = settings(here, '[stack]\nname = "other"\n')
    assert found(environment, here) == Found(own, ())


def test_a_stack_of_defaults_needs_no_file(
    tmp_path: Path, environment: Mapping[str, str], here: Path
) -> None:
    remember(tmp_path, "ralex", None)
    assert found(environment, here) == Found(None, ())


@pytest.mark.parametrize("how", ["flag", "quoted flag", "variable"])
def test_the_name_that_is_asked_for_decides_which_record(
    tmp_path: Path, environment: Mapping[str, str], here: Path, how: str
) -> None:
    file = settings(tmp_path / "elsewhere")
    remember(tmp_path, "team", file)
    remember(tmp_path, "ralex", settings(tmp_path / "another"))
    if how == "variable":
        assert found({**environment, "RALEX_STACK__NAME": "team"}, here).path == file
    else:
        value = "team" if how == "flag" else '"team"'
        assert found(environment, here, f"stack.name={value}").path == file


def test_a_recorded_file_that_is_gone(
    tmp_path: Path, environment: Mapping[str, str], here: Path
) -> None:
    file = settings(tmp_path / "elsewhere")
    remember(tmp_path, "ralex", file)
    file.unlink()
    for stack in (None, "ralex"):
        with pytest.raises(SettingsError, match="is gone") as error:
            found(environment, here, stack=stack)
        assert str(file) in str(error.value)
        assert "--settings FILE" in error.value.hint


def test_a_stack_by_its_name(tmp_path: Path, environment: Mapping[str, str], here: Path) -> None:
    file = settings(tmp_path / "elsewhere")
    remember(tmp_path, "team", file)
    settings(here)
    assert found(environment, here, "a=b", stack="team") == Found(
        file, ("a=b", 'stack.name="team"')
    )


def test_a_stack_of_defaults_by_its_name(
    tmp_path: Path, environment: Mapping[str, str], here: Path
) -> None:
    remember(tmp_path, "team", None)
    settings(here)
    assert found(environment, here, stack="team") == Found(None, ('stack.name="team"',))


def test_a_stack_that_is_not_known(
    tmp_path: Path, environment: Mapping[str, str], here: Path
) -> None:
    remember(tmp_path, "one", None)
    remember(tmp_path, "two", None)
    for name in ("three", "../one", ""):
        with pytest.raises(StateError, match="was brought up by this user") as error:
            found(environment, here, stack=name)
        assert error.value.hint == "there are: one, two"


def test_a_named_file_goes_before_all(environment: Mapping[str, str], here: Path) -> None:
    settings(here)
    named = here / "named.toml"
    assert find(named, None, ("a=b",), environment, here, os.getuid()) == Found(named, ("a=b",))


@pytest.mark.parametrize("where", ["here", "above"])
@pytest.mark.parametrize("linked", [False, True])
def test_a_file_of_somebody_else_is_refused(
    environment: Mapping[str, str], here: Path, where: str, linked: bool
) -> None:
    file = settings(here if where == "here" else here.parent)
    if linked:
        file.rename(file.with_name("target.toml"))
        file.symlink_to(file.with_name("target.toml"))
    user = _somebody_else_than_the_owner(file)
    with pytest.raises(SettingsError, match="belongs to somebody else") as error:
        find(None, None, (), environment, here, user)
    assert error.value.hint == f"if you trust it, name it: `--settings {file}`"
    assert find(file, None, (), environment, here, user).path == file


def _somebody_else_than_the_owner(file: Path) -> int:
    """Root gives the file away, since root's files are trusted; others cannot and need not."""
    if os.getuid() != 0:
        return os.getuid() + 1
    os.chown(file, 4711, 4711, follow_symlinks=False)
    return 0


@pytest.mark.parametrize(
    ("user", "owner", "sudo", "trusted"),
    [
        (1000, 1000, None, True),
        (1000, 0, None, True),
        (1000, 1001, None, False),
        (0, 0, None, True),
        (0, 1000, None, False),
        (0, 1000, "1000", True),
        (0, 1000, "1001", False),
        (0, 1000, "x", False),
        (1000, 1001, "1001", False),
    ],
)
def test_who_is_trusted(user: int, owner: int, sudo: str | None, trusted: bool) -> None:
    environment = {"SUDO_UID": sudo} if sudo else {}
    assert is_trusted(owner, user, environment) == trusted


@pytest.fixture
def surroundings(
    environment: Mapping[str, str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("RALEX_SETTINGS", raising=False)
    monkeypatch.chdir(here)


@pytest.mark.usefixtures("surroundings")
def test_the_command_tells_where_it_found_its_settings(tmp_path: Path) -> None:
    file = settings(tmp_path / "elsewhere")
    remember(tmp_path, "ralex", file)
    result = CliRunner().invoke(cli, ["validate"])
    assert result.exit_code == 0
    assert result.stderr.startswith(f"note: using {file}, which")
    assert result.stdout.startswith(f"{file}: valid")


@pytest.mark.usefixtures("surroundings")
def test_a_stack_and_a_file_exclude_each_other(here: Path) -> None:
    file = settings(here)
    result = CliRunner().invoke(cli, ["--stack", "x", "--settings", str(file), "validate"])
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


@pytest.mark.usefixtures("surroundings")
def test_a_stack_goes_before_the_file_of_the_environment(tmp_path: Path, here: Path) -> None:
    remember(tmp_path, "team", None)
    environment = {"RALEX_SETTINGS": str(settings(here, "broken"))}
    arguments = ["--stack", "team", "config", "show", "stack.name"]
    result = CliRunner().invoke(cli, arguments, env=environment)
    assert result.stdout == '[stack]\nname = "team"\n'
