"""Directories of the host in one-off OpenCode containers.

The repository's top level is mounted at its own path.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.errors import WorkspaceError
from ralex_stack.files import locked
from ralex_stack.git_binds import COMMON, HERE, Bind, git, git_binds, make, path_of
from ralex_stack.host import holds_credentials, is_too_wide, owner_of
from ralex_stack.settings.sources import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ralex_stack.runner import Runner

_GITLINK = "160000"
_ANSWERED_WITHIN = 60
"""Seconds that the engine has to tell who uses a file."""
_HARMLESS = frozenset({".", "../.."})


@dataclass(frozen=True)
class Workspace:
    """A directory to work in, as the container sees it."""

    directory: Path
    root: Path
    """The repository's top level, the directory itself where it is in none."""
    owner: str
    """uid:gid that OpenCode runs as."""
    binds: tuple[Bind, ...]

    @property
    def mounts(self) -> tuple[tuple[str, bool], ...]:
        """Path → whether it is read-only."""
        return tuple((str(bind.path), bind.read_only) for bind in self.binds)

    @property
    def data_volume(self) -> str:
        """The volume with the owner's sessions."""
        return f"data-{self.owner.partition(':')[0]}"

    def run_options(self, volume: str) -> list[str]:
        """Options for `docker compose run`; `volume` is the full name of the data volume."""
        options = ["--user", self.owner, "--workdir", str(self.directory)]
        options += ["--volume", f"{volume}:/data"]
        for path, read_only in self.mounts:
            options += ["--volume", f"{path}:{path}{':ro' if read_only else ''}"]
        return options


def find(directory: Path, runner: Runner) -> Workspace:
    """The workspace of a directory. Raises WorkspaceError where it can be none.

    Makes what is missing of the files that have to be read-only in the sandbox.
    """
    path = Path(os.path.realpath(directory))
    if not path.is_dir():
        raise WorkspaceError(
            f"{directory} is not a directory", hint="name one that exists", code="workspace-missing"
        )
    top = path_of(git(runner, path, "rev-parse", "--path-format=absolute", "--show-toplevel"))
    root = top or path
    _check(root, runner, in_repository=top is not None)
    binds = [Bind(root)]
    if top is not None:
        binds += git_binds(runner, root)
    binds += _settings(root, path)
    return Workspace(path, root, owner_of(root), tuple(binds))


def _check(root: Path, runner: Runner, *, in_repository: bool) -> None:
    if is_too_wide(root):
        raise WorkspaceError(
            f"{root} is too wide for a workspace: the sandbox could change all of it",
            hint="name the directory of one project",
            code="workspace-unsafe",
        )
    if holds_credentials(root, os.environ):
        raise WorkspaceError(
            f"{root} holds credentials of a stack, which the sandbox could read",
            hint="name the directory of one project, or move the state with XDG_STATE_HOME",
            code="workspace-unsafe",
        )
    if ":" in str(root):
        raise WorkspaceError(
            f"{root} has a colon in it, which Docker cannot mount",
            hint="rename the directory",
            code="workspace-unmountable",
        )
    if not in_repository and git(runner, root, "rev-parse", "--git-dir").code == 0:
        raise WorkspaceError(
            f"{root} belongs to a git directory, which holds what git runs outside the sandbox",
            hint="name the directory of the working tree",
            code="workspace-git",
        )


def _settings(*directories: Path) -> list[Bind]:
    """Settings files of this program, which the sandbox must not change; exposure.py has the rest.

    A symbolic link is left out: what it points to is not to be mounted.
    """
    files = dict.fromkeys(directory / FILE_NAME for directory in directories)
    return [Bind(f, read_only=True) for f in files if f.is_file() and not f.is_symlink()]


def redirections(workspace: Workspace, runner: Runner) -> Mapping[Path, str]:
    """Where git of this machine is sent to other configuration, and so to what it runs.

    By `commondir`, and by repositories that the index names: `git status` goes into these. Neither
    can be closed to a sandbox that has to commit, so what changed there is told afterwards.
    """
    files = [bind.path / COMMON for bind in workspace.binds[1:] if bind.path.is_dir()]
    found = {path: _stands_in(path) for path in files if path.exists()}
    if any(path.name == COMMON and text not in _HARMLESS for path, text in found.items()):
        return found
    listed = git(runner, workspace.root, "ls-files", "--stage", "-z").stdout.split("\0")
    entries = [entry.partition("\t")[2] for entry in listed if entry.startswith(_GITLINK)]
    nested = [workspace.root / entry / ".git" for entry in entries]
    return found | {path: _stands_in(path) for path in nested}


def _stands_in(path: Path) -> str:
    if path.is_file():
        return path.read_text(errors="replace").strip()
    return "a directory" if path.exists() else ""


@contextmanager
def held(workspace: Workspace, runner: Runner) -> Iterator[None]:
    """Keep what has to be there for the sandbox: where it is missing, Docker makes a directory."""
    try:
        with ExitStack() as locks:
            for path in _common_files(workspace):
                locks.enter_context(locked(path.parent, fcntl.LOCK_SH))
                make(path, HERE)
            yield
    finally:
        release(workspace, runner)


def release(workspace: Workspace, runner: Runner) -> None:
    """Remove what only had to be there for the sandbox, unless another one still needs it."""
    for path in _common_files(workspace):
        try:
            with locked(path.parent, fcntl.LOCK_EX | fcntl.LOCK_NB):
                _remove_unused(path, runner)
        except BlockingIOError:
            # Another command works on the repository, and removes it in the end.
            continue


def _remove_unused(path: Path, runner: Runner) -> None:
    if not path.is_file() or path.read_text(errors="replace") != HERE:
        return
    # The container of a command that was killed may still be there.
    ask = ["docker", "ps", "--quiet", "--filter", f"volume={path}"]
    users = runner.run(ask, check=False, within=_ANSWERED_WITHIN)
    if not users.stdout.strip():
        path.unlink()


def _common_files(workspace: Workspace) -> list[Path]:
    return [bind.path for bind in workspace.binds if bind.path.name == COMMON]
