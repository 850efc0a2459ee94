"""What the controller takes from the host."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from controllers import up
from fakes import RecordingRunner

from ralex_stack.controller import Controller
from ralex_stack.errors import (
    EngineError,
    SettingsError,
    WorkspaceError,
)
from ralex_stack.runner import SystemRunner
from ralex_stack.settings.load import load
from ralex_stack.topology import build

if TYPE_CHECKING:
    from pathlib import Path

    from controllers import Make
    from fake_engine import FakeEngine

KEY = "sk-or-v1-0123456789abcdef"
SET = {"OPENROUTER_API_KEY": KEY}


def test_the_name_on_commits_is_the_settings_or_the_hosts(make: Make) -> None:
    controller = make()
    runner = controller.runner
    assert isinstance(runner, RecordingRunner)
    runner.on("git", "user.name", stdout="Ada\n").on("git", "user.email", stdout="a@b.c\n")
    choices = controller.choices()
    assert (choices.author_name, choices.author_email) == ("Ada", "a@b.c")
    own = make('[workspace]\nauthor_name = "Bot"\nauthor_email = "bot@b.c"').choices()
    assert (own.author_name, own.author_email) == ("Bot", "bot@b.c")


def test_without_git_the_name_is_the_stacks(make: Make) -> None:
    controller = make()
    runner = controller.runner
    assert isinstance(runner, RecordingRunner)
    runner.on("git", error=EngineError("not found"))
    assert controller.choices().author_name == "ralex-stack"


def test_the_server_runs_as_the_owner_of_its_workspace(make: Make, tmp_path: Path) -> None:
    place = tmp_path / "project"
    place.mkdir()
    controller = make(f'[workspace]\npath = "{place}"')
    runner = controller.runner
    assert isinstance(runner, RecordingRunner)
    runner.on("git", "rev-parse", code=128)
    status = place.stat()
    choices = controller.choices()
    assert choices.owner == f"{status.st_uid}:{status.st_gid}"
    assert choices.workspace == ((str(place), False),)


def test_what_git_runs_is_closed_to_the_server_too(make: Make, tmp_path: Path) -> None:
    place = tmp_path / "project"
    subprocess.run(["git", "init", "--quiet", str(place)], check=True, capture_output=True)
    loaded = make(f'[workspace]\npath = "{place}"').loaded
    choices = Controller(loaded, SystemRunner()).choices()
    assert dict(choices.workspace) == {
        str(place): False,
        f"{place}/.git": False,
        f"{place}/.git/config": True,
        f"{place}/.git/commondir": True,
        f"{place}/.git/hooks": True,
    }
    (server,) = [s for s in build(loaded.settings, choices).services if s.name == "opencode"]
    mounts = {m.target: m.read_only for m in server.mounts if m.kind == "host"}
    assert mounts == dict(choices.workspace)


def test_a_workspace_that_is_too_wide(make: Make) -> None:
    with pytest.raises(WorkspaceError, match="/etc is too wide"):
        make('[workspace]\npath = "/etc"').prepare()


@pytest.mark.parametrize("path", ["/no/such/directory", "relative", "~/x"])
def test_a_workspace_that_cannot_be_mounted(make: Make, path: str) -> None:
    with pytest.raises(SettingsError, match=r"workspace\.path") as error:
        make(f'[workspace]\npath = "{path}"').prepare()
    assert error.value.hint


def test_a_bundle_of_authorities_that_is_not_there(make: Make) -> None:
    with pytest.raises(SettingsError, match=r"images\.ca: .*/none\.pem is not a file"):
        make('[images]\nca = "none.pem"').prepare()


def test_without_a_file_the_defaults_are_what_is_recorded(
    engine: FakeEngine, tmp_path: Path
) -> None:
    controller = Controller(load(None, {}), engine.runner())
    controller.environment = {"XDG_STATE_HOME": str(tmp_path)}
    assert str(controller.base) == os.getcwd()  # noqa: PTH109 - what the shell calls it
    up(controller)
    record = controller.state.record()
    assert record is not None
    assert record.settings == "defaults"
