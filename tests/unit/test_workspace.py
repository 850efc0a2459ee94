"""What of a directory the sandbox sees, with real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import RecordingRunner
from repositories import git, repository, with_submodule

from ralex_stack import workspace
from ralex_stack.errors import EngineError, WorkspaceError
from ralex_stack.runner import SystemRunner

runner = SystemRunner()

pytestmark = pytest.mark.usefixtures("git_of_nobody")


def binds(found: workspace.Workspace, base: Path) -> dict[str, str]:
    return {
        str(bind.path.relative_to(base)): "ro" if bind.read_only else "rw" for bind in found.binds
    }


def test_a_directory_in_no_repository(tmp_path: Path) -> None:
    path = tmp_path / "plain" / "deep"
    path.mkdir(parents=True)
    found = workspace.find(path, runner)
    assert (found.directory, found.root) == (path, path)
    assert binds(found, tmp_path) == {"plain/deep": "rw"}


def test_a_repository_is_seen_whole_from_any_directory_of_it(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    (root / "a" / "b").mkdir(parents=True)
    found = workspace.find(root / "a" / "b", runner)
    assert (found.directory, found.root) == (root / "a" / "b", root)
    assert binds(found, tmp_path) == {
        "r": "rw",
        "r/.git": "rw",
        "r/.git/config": "ro",
        "r/.git/commondir": "ro",
        "r/.git/hooks": "ro",
    }


def test_git_works_as_before_with_what_was_put_there(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    workspace.find(root, runner)
    (root / "file").write_text("x")
    git(root, "add", "file")
    git(root, "commit", "--quiet", "--message", "second")
    git(root, "worktree", "add", "--quiet", str(tmp_path / "w"))
    assert git(root, "status", "--porcelain") == ""
    assert git(tmp_path / "w", "log", "--format=%s") == "second\nfirst"
    git(root, "gc", "--quiet")
    git(root, "fsck")


def test_a_common_directory_planted_in_the_sandbox_would_run_programs_outside(
    tmp_path: Path,
) -> None:
    """Why `commondir` is closed: with it open, any git command runs what the sandbox wrote."""
    root = repository(tmp_path / "r")
    git(tmp_path, "clone", "--quiet", "--bare", str(root), str(root / "evil"))
    git(root / "evil", "config", "core.bare", "false")
    git(root / "evil", "config", "core.fsmonitor", f"touch {tmp_path}/ran; false")
    (root / ".git" / "commondir").write_text("../evil\n")
    git(root, "status")
    assert (tmp_path / "ran").exists()


def test_hooks_are_made_where_there_are_none(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    for hook in (root / ".git" / "hooks").iterdir():
        hook.unlink()
    (root / ".git" / "hooks").rmdir()
    assert binds(workspace.find(root, runner), root)[".git/hooks"] == "ro"
    assert (root / ".git" / "hooks").is_dir()


def test_the_configuration_of_worktrees_is_closed_where_git_reads_it(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    git(root, "worktree", "add", "--quiet", str(tmp_path / "w"))
    assert "r/.git/config.worktree" not in binds(workspace.find(root, runner), tmp_path)
    git(root, "config", "extensions.worktreeConfig", "true")
    found = binds(workspace.find(root, runner), tmp_path)
    assert found["r/.git/config.worktree"] == "ro"
    assert found["r/.git/worktrees/w/config.worktree"] == "ro"


@pytest.mark.parametrize("asked", ["r", "w"])
def test_a_linked_worktree_and_its_repository(tmp_path: Path, asked: str) -> None:
    root = repository(tmp_path / "r")
    git(root, "worktree", "add", "--quiet", str(tmp_path / "w"))
    found = binds(workspace.find(tmp_path / asked, runner), tmp_path)
    assert found == {
        asked: "rw",
        **({"w/.git": "ro"} if asked == "w" else {}),
        "r/.git": "rw",
        "r/.git/config": "ro",
        "r/.git/commondir": "ro",
        "r/.git/hooks": "ro",
        "r/.git/worktrees/w": "rw",
        "r/.git/worktrees/w/commondir": "ro",
        "r/.git/worktrees/w/gitdir": "ro",
    }


def test_git_directories_of_submodules(tmp_path: Path) -> None:
    root = with_submodule(tmp_path)
    found = binds(workspace.find(root, runner), root)
    own = ".git/modules/parts/library"
    assert {path: mode for path, mode in found.items() if path.startswith(own)} == {
        own: "rw",
        f"{own}/config": "ro",
        f"{own}/hooks": "ro",
    }
    assert git(root / "parts" / "library", "status", "--porcelain") == ""


def test_a_submodule_is_a_workspace_of_its_own(tmp_path: Path) -> None:
    root = with_submodule(tmp_path)
    found = workspace.find(root / "parts" / "library", runner)
    assert found.root == root / "parts" / "library"
    assert binds(found, root) == {
        "parts/library": "rw",
        "parts/library/.git": "ro",
        ".git/modules/parts/library": "rw",
        ".git/modules/parts/library/config": "ro",
        ".git/modules/parts/library/hooks": "ro",
    }


def test_a_git_directory_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    git(tmp_path, "init", "--quiet", "--separate-git-dir", str(tmp_path / "data.git"), "w")
    with pytest.raises(WorkspaceError, match=r"data\.git, which does not lead back"):
        workspace.find(tmp_path / "w", runner)
    git(tmp_path / "w", "config", "core.worktree", str(tmp_path / "w"))
    found = binds(workspace.find(tmp_path / "w", runner), tmp_path)
    assert found["w/.git"] == "ro"
    assert found["data.git"] == "rw"
    assert (found["data.git/config"], found["data.git/hooks"]) == ("ro", "ro")


def test_a_symbolic_link_leads_to_the_real_directory(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    (tmp_path / "link").symlink_to(root, target_is_directory=True)
    found = workspace.find(tmp_path / "link", runner)
    assert (found.directory, found.root) == (root, root)


@pytest.mark.parametrize("name", ["config", "hooks", "commondir"])
def test_a_symbolic_link_in_place_of_what_must_be_closed(tmp_path: Path, name: str) -> None:
    root = repository(tmp_path / "r")
    place = root / ".git" / name
    elsewhere = tmp_path / "elsewhere"
    if place.exists():
        place.rename(elsewhere)
    place.symlink_to(elsewhere)
    if name == "commondir":
        elsewhere.write_text(".\n")
    with pytest.raises(WorkspaceError, match=f"{name} is a symbolic link"):
        workspace.find(root, runner)


@pytest.mark.parametrize("inside", [".git", ".git/hooks", ".git/objects"])
def test_a_git_directory_is_no_workspace(tmp_path: Path, inside: str) -> None:
    root = repository(tmp_path / "r")
    with pytest.raises(WorkspaceError, match="belongs to a git directory") as error:
        workspace.find(root / inside, runner)
    assert "working tree" in error.value.hint


def test_a_bare_repository_is_no_workspace(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare")
    with pytest.raises(WorkspaceError, match="belongs to a git directory"):
        workspace.find(tmp_path / "bare", runner)


def test_the_home_directory_and_what_is_above_it_are_too_wide(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    for path in (tmp_path / "home", tmp_path, tmp_path.parent):
        with pytest.raises(WorkspaceError, match="is too wide") as error:
            workspace.find(path, runner)
        assert "one project" in error.value.hint


@pytest.mark.parametrize("path", ["/", "/etc", "/usr", "/tmp"])  # noqa: S108 - the place is meant
def test_directories_of_the_system_are_no_project(path: str) -> None:
    with pytest.raises(WorkspaceError, match=f"{path} is too wide"):
        workspace.find(Path(path), runner)


@pytest.mark.parametrize("path", ["state", "state/ralex-stack", "state/ralex-stack/s/project"])
def test_the_state_of_stacks_stays_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / path).mkdir(parents=True)
    with pytest.raises(WorkspaceError, match="holds credentials"):
        workspace.find(tmp_path / path, runner)


def test_a_repository_at_home_is_too_wide_from_below(tmp_path: Path) -> None:
    home = repository(tmp_path / "home")
    (home / "project").mkdir()
    with pytest.raises(WorkspaceError, match=f"{home} is too wide"):
        workspace.find(home / "project", runner)


def test_the_repository_of_a_hook_that_calls_is_not_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, root = repository(tmp_path / "other"), repository(tmp_path / "r")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert set(binds(workspace.find(root, runner), tmp_path)) >= {"r", "r/.git"}


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_what_is_no_directory(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match=f"{kind} is not a directory"):
        workspace.find(tmp_path / kind, runner)


def test_a_colon_cannot_be_mounted(tmp_path: Path) -> None:
    (tmp_path / "a:b").mkdir()
    with pytest.raises(WorkspaceError, match="colon"):
        workspace.find(tmp_path / "a:b", runner)


def test_without_git_no_repository_is_opened_unprotected(tmp_path: Path) -> None:
    missing = RecordingRunner().on("git", error=EngineError("no git"))
    with pytest.raises(EngineError):
        workspace.find(tmp_path, missing)


def test_options_of_the_container(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    found = workspace.find(root, runner)
    options = found.run_options("ralex_data-0")
    owner = f"{root.stat().st_uid}:{root.stat().st_gid}"
    assert options[:6] == [
        "--user",
        owner,
        "--workdir",
        str(root),
        "--volume",
        "ralex_data-0:/data",
    ]
    assert f"{root}:{root}" in options
    assert f"{root}/.git/config:{root}/.git/config:ro" in options
    assert found.data_volume == f"data-{root.stat().st_uid}"


def test_settings_files_are_read_only_at_the_top_and_at_the_place_of_work(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    (root / "a" / "b").mkdir(parents=True)
    for directory in (root, root / "a", root / "a" / "b"):
        (directory / "ralex-stack.toml").touch()
    found = binds(workspace.find(root / "a" / "b", runner), tmp_path)
    settings = {path: mode for path, mode in found.items() if path.endswith(".toml")}
    assert settings == {"r/ralex-stack.toml": "ro", "r/a/b/ralex-stack.toml": "ro"}


def test_a_settings_file_that_is_a_link_is_not_mounted(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "secret").touch()
    (tmp_path / "plain" / "ralex-stack.toml").symlink_to(tmp_path / "secret")
    assert binds(workspace.find(tmp_path / "plain", runner), tmp_path) == {"plain": "rw"}
