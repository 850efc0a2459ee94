"""What a sandbox may have left to get at other directories of the host the next time."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from ralex_stack import workspace
from ralex_stack.errors import WorkspaceError
from ralex_stack.runner import SystemRunner

if TYPE_CHECKING:
    from pathlib import Path

runner = SystemRunner()


@pytest.fixture(autouse=True)
def _git_of_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def repository(path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(path)], check=True, capture_output=True)
    return path


@pytest.mark.parametrize("place", ["worktrees", "modules", "worktrees/x", "modules/x"])
def test_a_link_out_of_a_git_directory(tmp_path: Path, place: str) -> None:
    root, other = repository(tmp_path / "r"), repository(tmp_path / "other")
    (root / ".git" / place).parent.mkdir(exist_ok=True)
    (root / ".git" / place).symlink_to(other, target_is_directory=True)
    if place == "modules/x":
        # Nothing in it is looked at, so nothing of it is mounted.
        assert not [b for b in workspace.find(root, runner).binds if "modules" in str(b.path)]
    else:
        with pytest.raises(WorkspaceError, match=f"{place} leads to {other}"):
            workspace.find(root, runner)


def test_a_file_that_leads_to_another_repository(tmp_path: Path) -> None:
    other = repository(tmp_path / "other")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / ".git").write_text(f"gitdir: {other}/.git\n")
    with pytest.raises(WorkspaceError, match=r"other/\.git, which does not lead back"):
        workspace.find(tmp_path / "plain", runner)


def test_a_link_that_leads_to_another_repository(tmp_path: Path) -> None:
    other = repository(tmp_path / "other")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / ".git").symlink_to(other / ".git", target_is_directory=True)
    with pytest.raises(WorkspaceError, match=r"other/\.git, which does not lead back"):
        workspace.find(tmp_path / "plain", runner)


def test_a_git_directory_that_shares_another_ones(tmp_path: Path) -> None:
    other, root = repository(tmp_path / "other"), repository(tmp_path / "r")
    (root / ".git" / "commondir").write_text(f"{other}/.git\n")
    with pytest.raises(WorkspaceError, match=r"other/\.git, which does not lead back"):
        workspace.find(root, runner)


def test_a_worktree_of_a_repository_that_does_not_know_it(tmp_path: Path) -> None:
    other = repository(tmp_path / "other")
    private = other / ".git" / "worktrees" / "w"
    private.mkdir(parents=True)
    (private / "HEAD").write_text("ref: refs/heads/main\n")
    (private / "commondir").write_text("../..\n")
    (private / "gitdir").write_text(f"{tmp_path}/elsewhere/.git\n")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / ".git").write_text(f"gitdir: {private}\n")
    with pytest.raises(WorkspaceError, match="worktrees/w, which does not lead back"):
        workspace.find(tmp_path / "w", runner)
