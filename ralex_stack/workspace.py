"""Directories of the host in one-off OpenCode containers.

The repository's top level is mounted at its own path. What git runs or reads outside the container
is read-only inside: a hook or a `core.hooksPath` planted there would run on the host. Each git
directory is a mount of its own, too, so that it cannot be moved away and replaced.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.errors import WorkspaceError
from ralex_stack.host import is_too_wide, owner_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.runner import Runner


@dataclass(frozen=True)
class Bind:
    """A path of the host, mounted at the same path."""

    path: Path
    read_only: bool = False


@dataclass(frozen=True)
class Workspace:
    """A directory to work in, as the container sees it."""

    directory: Path
    owner: str
    """uid:gid that OpenCode runs as."""
    binds: tuple[Bind, ...]

    @property
    def data_volume(self) -> str:
        """The volume with the owner's sessions."""
        return f"data-{self.owner.partition(':')[0]}"

    def run_options(self, volume: str) -> list[str]:
        """Options for `docker compose run`; `volume` is the full name of the data volume."""
        options = ["--user", self.owner, "--workdir", str(self.directory)]
        options += ["--volume", f"{volume}:/data"]
        for bind in self.binds:
            mode = ":ro" if bind.read_only else ""
            options += ["--volume", f"{bind.path}:{bind.path}{mode}"]
        return options


def find(directory: Path, runner: Runner) -> Workspace:
    """The workspace of a directory. Raises WorkspaceError where it can be none."""
    path = Path(os.path.realpath(directory))
    if not path.is_dir():
        raise WorkspaceError(f"{directory} is not a directory", hint="name one that exists")
    top = _git(runner, path, "--show-toplevel")
    root = top or path
    if is_too_wide(root):
        raise WorkspaceError(
            f"{root} is too wide for a workspace: the sandbox could change all of it",
            hint="name the directory of one project",
        )
    if ":" in str(root):
        raise WorkspaceError(
            f"{root} has a colon in it, which Docker cannot mount", hint="rename the directory"
        )
    binds = [Bind(root)]
    if top is not None:
        binds += _git_binds(runner, path, root)
    return Workspace(path, owner_of(root), tuple(binds))


def _git(runner: Runner, path: Path, question: str) -> Path | None:
    """An answer of `git rev-parse`, None outside of repositories."""
    result = runner.run(
        [
            "git",
            "-c",
            "safe.directory=*",
            "-C",
            str(path),
            "rev-parse",
            "--path-format=absolute",
            question,
        ],
        check=False,
    )
    answer = result.stdout.strip()
    return Path(answer) if result.code == 0 and answer else None


def _git_binds(runner: Runner, path: Path, root: Path) -> list[Bind]:
    common = _git(runner, path, "--git-common-dir")
    own = _git(runner, path, "--git-dir")
    if common is None or own is None:
        return []
    directories = {common, own, *_submodules(common)}
    binds: list[Bind] = []
    # A linked worktree's `.git` is a file that says where git looks: it must stay as it is.
    if (root / ".git").is_file():
        binds.append(Bind(root / ".git", read_only=True))
    for directory in sorted(directories):
        binds += [Bind(directory), *_protected(directory)]
    return binds


def _submodules(common: Path) -> Iterator[Path]:
    for config in sorted((common / "modules").rglob("config")):
        if (config.parent / "HEAD").is_file():
            yield config.parent


def _protected(directory: Path) -> Iterator[Bind]:
    """What of a git directory is read-only; hooks are made where there are none yet."""
    config = directory / "config"
    if not config.exists():
        # The private directory of a linked worktree has neither.
        return
    hooks = directory / "hooks"
    if not hooks.exists():
        hooks.mkdir()
        os.chown(hooks, directory.stat().st_uid, directory.stat().st_gid)
    for path in (config, directory / "config.worktree", hooks):
        if path.is_symlink():
            raise WorkspaceError(
                f"{path} is a symbolic link, which cannot be protected from the sandbox",
                hint="put what it points to in its place",
            )
        if path.exists():
            yield Bind(path, read_only=True)
