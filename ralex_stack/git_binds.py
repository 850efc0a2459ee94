"""What of a repository's git directories a sandbox gets, and how much of it is read-only.

What git runs or reads outside the container is read-only inside: a hook, a `core.fsmonitor` or a
`commondir` planted there would run on the host. Each git directory is a mount of its own, too, so
that it cannot be moved away and replaced.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.runner import Result, Runner

COMMON = "commondir"
HERE = ".\n"
_OF_ONE_REPOSITORY = frozenset(
    {"GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}
)


@dataclass(frozen=True)
class Bind:
    """A path of the host, mounted at the same path."""

    path: Path
    read_only: bool = False


def git(runner: Runner, path: Path, *arguments: str) -> Result:
    """Ask git about a directory, so that nothing which stands there is run."""
    trust = ["-c", "safe.directory=*", "-c", "core.fsmonitor=false"]
    # In a hook these name the repository of the caller, whatever the directory.
    environment = {name: v for name, v in os.environ.items() if name not in _OF_ONE_REPOSITORY}
    command = ["git", *trust, "-C", str(path), *arguments]
    return runner.run(command, check=False, environment=environment)


def path_of(result: Result) -> Path | None:
    """The path that git answered, without links."""
    answer = result.stdout.removesuffix("\n")
    return Path(os.path.realpath(answer)) if result.code == 0 and answer else None


def git_binds(runner: Runner, root: Path) -> list[Bind]:
    """Mounts for the git directories of a working tree; makes what is missing to be read-only.

    Raises WorkspaceError where they are not the working tree's own or cannot be protected.
    """
    ask = ("rev-parse", "--path-format=absolute")
    common = path_of(git(runner, root, *ask, "--git-common-dir"))
    own = path_of(git(runner, root, *ask, "--git-dir"))
    if common is None or own is None:
        raise WorkspaceError(
            f"git does not tell where the git directory of {root} is",
            hint="run `git status` there; it says what is wrong",
            code="workspace-git",
        )
    _check_whose(root, own, common, runner)
    binds: list[Bind] = []
    # A linked worktree's `.git` is a file that says where git looks: it must stay as it is.
    if (root / ".git").is_file():
        binds.append(Bind(root / ".git", read_only=True))
    per_worktree = git(runner, root, "config", "--bool", "extensions.worktreeConfig")
    with_config = per_worktree.stdout.strip() == "true"
    for directory in sorted({common, own, *_submodules(common)}):
        config = ("config", "--file", str(directory / "config"))
        elsewhere = git(runner, root, *config, "core.worktree").code == 0
        binds.append(Bind(directory))
        binds += _protected(directory, worktree_config=with_config, has_worktree=elsewhere)
    for directory in sorted(_in_place(common / "worktrees").glob("*")):
        binds += _protected_worktree(_in_place(directory), worktree_config=with_config)
    return list(dict.fromkeys(binds))


def _check_whose(root: Path, own: Path, common: Path, runner: Runner) -> None:
    """Raise WorkspaceError where a git directory outside the workspace may not be its own.

    In a directory that was no repository, a sandbox can plant a `.git` that leads to any other
    repository of the host; it cannot make that one lead back.
    """
    linked = own.parent == common / "worktrees"
    if (own == common or linked) and (
        own.is_relative_to(root) or _leads_to(own, runner, linked=linked) == root
    ):
        return
    raise WorkspaceError(
        f"{root / '.git'} leads to {common if own.is_relative_to(root) else own}, which does not "
        "lead back: a sandbox may have planted it, to get at that repository",
        hint=f"if it is yours: `git --git-dir {own} config core.worktree {root}`; else remove it",
        code="workspace-git",
    )


def _leads_to(own: Path, runner: Runner, *, linked: bool) -> Path | None:
    """The working tree that a git directory says is its own."""
    if linked:
        back = own / "gitdir"
        text = back.read_text(errors="replace").strip() if back.is_file() else ""
        return Path(os.path.realpath(own / text)).parent if text else None
    config = ("config", "--file", str(own / "config"))
    worktree = git(runner, own, *config, "core.worktree").stdout.removesuffix("\n")
    return Path(os.path.realpath(own / worktree)) if worktree else None


def _submodules(common: Path) -> Iterator[Path]:
    for config in sorted(_in_place(common / "modules").rglob("config")):
        if (config.parent / "HEAD").is_file():
            yield _in_place(config.parent)


def _in_place(directory: Path) -> Path:
    """The directory itself; WorkspaceError where a link, perhaps planted, leads out to another."""
    if os.path.realpath(directory) != str(directory):
        raise WorkspaceError(
            f"{directory} leads to {os.path.realpath(directory)}, which the sandbox would get at",
            hint="remove the symbolic link, or put what it points to in its place",
            code="workspace-git",
        )
    return directory


def _protected(directory: Path, *, worktree_config: bool, has_worktree: bool) -> Iterator[Bind]:
    """What of a git directory is read-only; it is made where git would take a planted one."""
    if not (directory / "config").exists():
        # The private directory of a linked worktree, which has other such files.
        return
    if not (directory / "hooks").exists():
        (directory / "hooks").mkdir()
        _give(directory / "hooks", directory)
    # git takes its configuration and hooks from where `commondir` points to, if it is there; a
    # dot points to where they are anyway. It also makes git ignore `core.worktree`.
    if not has_worktree:
        make(directory / COMMON, HERE)
    if worktree_config:
        make(directory / "config.worktree", "")
    for name in ("config", "config.worktree", COMMON, "hooks"):
        yield from _read_only(directory / name)


def _protected_worktree(directory: Path, *, worktree_config: bool) -> Iterator[Bind]:
    """What of a linked worktree's private directory is read-only."""
    if worktree_config:
        make(directory / "config.worktree", "")
    yield Bind(directory)
    for name in (COMMON, "config.worktree", "gitdir"):
        yield from _read_only(directory / name)


def _read_only(path: Path) -> Iterator[Bind]:
    if path.is_symlink():
        raise WorkspaceError(
            f"{path} is a symbolic link, which cannot be protected from the sandbox",
            hint="put what it points to in its place",
            code="workspace-git",
        )
    if path.exists():
        yield Bind(path, read_only=True)


def make(path: Path, content: str) -> None:
    """Make a file that is missing, of the directory's owner."""
    # Exclusively: through a link that was planted since, another file would be written.
    with suppress(FileExistsError), path.open("x") as file:
        file.write(content)
        owner = path.parent.stat()
        os.fchown(file.fileno(), owner.st_uid, owner.st_gid)


def _give(path: Path, like: Path) -> None:
    owner = like.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
