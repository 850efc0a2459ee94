"""What a sandbox needs in git directories, and what it may leave there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes import RecordingRunner
from repositories import git, repository, with_submodule

from ralex_stack import workspace
from ralex_stack.runner import SystemRunner

if TYPE_CHECKING:
    from pathlib import Path

runner = SystemRunner()

pytestmark = pytest.mark.usefixtures("git_of_nobody")


def test_what_was_put_there_is_taken_away_again(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    found = workspace.find(root, runner)
    workspace.release(found, RecordingRunner())
    assert not (root / ".git" / "commondir").exists()


def test_what_another_container_needs_stays(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    found = workspace.find(root, runner)
    used = RecordingRunner().on("docker", "ps", stdout="0123456789ab\n")
    workspace.release(found, used)
    (call,) = used.calls
    assert call.arguments[-1] == f"volume={root}/.git/commondir"
    assert (root / ".git" / "commondir").read_text() == ".\n"


def test_what_another_command_needs_stays(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    place = root / ".git" / "commondir"
    first, second = workspace.find(root, runner), workspace.find(root, runner)
    with workspace.held(first, RecordingRunner()):
        with workspace.held(second, RecordingRunner()):
            pass
        assert place.read_text() == ".\n"
    assert not place.exists()


def test_what_another_command_removed_is_there_again(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    found = workspace.find(root, runner)
    workspace.release(workspace.find(root, runner), RecordingRunner())
    with workspace.held(found, RecordingRunner()):
        assert (root / ".git" / "commondir").read_text() == ".\n"


def test_the_common_directory_of_a_worktree_stays(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    git(root, "worktree", "add", "--quiet", str(tmp_path / "w"))
    workspace.release(workspace.find(tmp_path / "w", runner), RecordingRunner())
    assert git(tmp_path / "w", "log", "--format=%s") == "first"


def test_a_nested_repository_put_into_the_index_is_told(tmp_path: Path) -> None:
    root = with_submodule(tmp_path)
    found = workspace.find(root, runner)
    before = workspace.redirections(found, runner)
    nested = repository(root / "nested")
    assert workspace.redirections(found, runner) == before
    git(root, "-c", "advice.addEmbeddedRepo=false", "add", "nested")
    after = workspace.redirections(found, runner)
    assert {path for path in after if after[path] != before.get(path)} == {nested / ".git"}


def test_a_submodule_that_points_elsewhere_now_is_told(tmp_path: Path) -> None:
    root = with_submodule(tmp_path)
    found = workspace.find(root, runner)
    before = workspace.redirections(found, runner)
    pointer = root / "parts" / "library" / ".git"
    pointer.write_text("gitdir: ../../evil\n")
    after = workspace.redirections(found, runner)
    assert {path for path in after if after[path] != before.get(path)} == {pointer}


def test_a_planted_common_directory_is_told_without_asking_git(tmp_path: Path) -> None:
    root = with_submodule(tmp_path)
    found = workspace.find(root, runner)
    planted = root / ".git" / "modules" / "parts" / "library" / "commondir"
    planted.write_text("/evil")
    watching = RecordingRunner()
    assert workspace.redirections(found, watching)[planted] == "/evil"
    assert watching.calls == []
