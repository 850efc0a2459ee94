"""Directories of the host in one-off OpenCode containers.

The repository's top level is mounted at its own path. What git runs or reads outside the container
is read-only inside: a hook, a `core.fsmonitor` or a `commondir` planted there would run on the
host. Each git directory is a mount of its own, too, so that it cannot be moved away and replaced.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.errors import WorkspaceError
from ralex_stack.host import is_too_wide, owner_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ralex_stack.runner import Result, Runner

_GITLINK = "160000"
_COMMON = "commondir"
_HERE = ".\n"
_HARMLESS = frozenset({".", "../.."})


@dataclass(frozen=True)
class Bind:
    """A path of the host, mounted at the same path."""

    path: Path
    read_only: bool = False


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
    """The workspace of a directory. Raises WorkspaceError where it can be none.

    Makes what is missing of the files that have to be read-only in the sandbox.
    """
    path = Path(os.path.realpath(directory))
    if not path.is_dir():
        raise WorkspaceError(f"{directory} is not a directory", hint="name one that exists")
    top = _path(_git(runner, path, "rev-parse", "--path-format=absolute", "--show-toplevel"))
    root = top or path
    _check(root, runner, in_repository=top is not None)
    binds = [Bind(root)]
    if top is not None:
        binds += _git_binds(runner, root)
    return Workspace(path, root, owner_of(root), tuple(binds))


def _check(root: Path, runner: Runner, *, in_repository: bool) -> None:
    if is_too_wide(root):
        raise WorkspaceError(
            f"{root} is too wide for a workspace: the sandbox could change all of it",
            hint="name the directory of one project",
        )
    if ":" in str(root):
        raise WorkspaceError(
            f"{root} has a colon in it, which Docker cannot mount", hint="rename the directory"
        )
    if not in_repository and _git(runner, root, "rev-parse", "--git-dir").code == 0:
        raise WorkspaceError(
            f"{root} belongs to a git directory, which holds what git runs outside the sandbox",
            hint="name the directory of the working tree",
        )


def redirections(workspace: Workspace, runner: Runner) -> Mapping[Path, str]:
    """Where git of this machine is sent to other configuration, and so to what it runs.

    By `commondir`, and by repositories that the index names: `git status` goes into these. Neither
    can be closed to a sandbox that has to commit, so what changed there is told afterwards.
    """
    files = [bind.path / _COMMON for bind in workspace.binds[1:] if bind.path.is_dir()]
    found = {path: _stands_in(path) for path in files if path.exists()}
    if any(path.name == _COMMON and text not in _HARMLESS for path, text in found.items()):
        return found
    listed = _git(runner, workspace.root, "ls-files", "--stage", "-z").stdout.split("\0")
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
                locks.enter_context(_locked(path.parent, fcntl.LOCK_SH))
                _make(path, _HERE)
            yield
    finally:
        release(workspace, runner)


def release(workspace: Workspace, runner: Runner) -> None:
    """Remove what only had to be there for the sandbox, unless another one still needs it."""
    for path in _common_files(workspace):
        try:
            with _locked(path.parent, fcntl.LOCK_EX | fcntl.LOCK_NB):
                _remove_unused(path, runner)
        except BlockingIOError:
            # Another command works on the repository, and removes it in the end.
            continue


def _remove_unused(path: Path, runner: Runner) -> None:
    if not path.is_file() or path.read_text(errors="replace") != _HERE:
        return
    # The container of a command that was killed may still be there.
    users = runner.run(["docker", "ps", "--quiet", "--filter", f"volume={path}"], check=False)
    if not users.stdout.strip():
        path.unlink()


def _common_files(workspace: Workspace) -> list[Path]:
    return [bind.path for bind in workspace.binds if bind.path.name == _COMMON]


@contextmanager
def _locked(directory: Path, operation: int) -> Iterator[None]:
    """A lock between commands on this machine; the system frees that of one that was killed."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, operation)
        yield
    finally:
        os.close(descriptor)


def _git(runner: Runner, path: Path, *arguments: str) -> Result:
    trust = ["-c", "safe.directory=*", "-c", "core.fsmonitor=false"]
    return runner.run(["git", *trust, "-C", str(path), *arguments], check=False)


def _path(result: Result) -> Path | None:
    answer = result.stdout.removesuffix("\n")
    return Path(os.path.realpath(answer)) if result.code == 0 and answer else None


def _git_binds(runner: Runner, root: Path) -> list[Bind]:
    ask = ("rev-parse", "--path-format=absolute")
    common = _path(_git(runner, root, *ask, "--git-common-dir"))
    own = _path(_git(runner, root, *ask, "--git-dir"))
    if common is None or own is None:
        raise WorkspaceError(
            f"git does not tell where the git directory of {root} is",
            hint="run `git status` there; it says what is wrong",
        )
    _check_whose(root, own, common, runner)
    binds: list[Bind] = []
    # A linked worktree's `.git` is a file that says where git looks: it must stay as it is.
    if (root / ".git").is_file():
        binds.append(Bind(root / ".git", read_only=True))
    per_worktree = _git(runner, root, "config", "--bool", "extensions.worktreeConfig")
    with_config = per_worktree.stdout.strip() == "true"
    for directory in sorted({common, own, *_submodules(common)}):
        config = ("config", "--file", str(directory / "config"))
        elsewhere = _git(runner, root, *config, "core.worktree").code == 0
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
    )


def _leads_to(own: Path, runner: Runner, *, linked: bool) -> Path | None:
    """The working tree that a git directory says is its own."""
    if linked:
        back = own / "gitdir"
        text = back.read_text(errors="replace").strip() if back.is_file() else ""
        return Path(os.path.realpath(own / text)).parent if text else None
    config = ("config", "--file", str(own / "config"))
    worktree = _git(runner, own, *config, "core.worktree").stdout.removesuffix("\n")
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
        _make(directory / _COMMON, _HERE)
    if worktree_config:
        _make(directory / "config.worktree", "")
    for name in ("config", "config.worktree", _COMMON, "hooks"):
        yield from _read_only(directory / name)


def _protected_worktree(directory: Path, *, worktree_config: bool) -> Iterator[Bind]:
    """What of a linked worktree's private directory is read-only."""
    if worktree_config:
        _make(directory / "config.worktree", "")
    yield Bind(directory)
    for name in (_COMMON, "config.worktree", "gitdir"):
        yield from _read_only(directory / name)


def _read_only(path: Path) -> Iterator[Bind]:
    if path.is_symlink():
        raise WorkspaceError(
            f"{path} is a symbolic link, which cannot be protected from the sandbox",
            hint="put what it points to in its place",
        )
    if path.exists():
        yield Bind(path, read_only=True)


def _make(path: Path, content: str) -> None:
    # Exclusively: through a link that was planted since, another file would be written.
    with suppress(FileExistsError), path.open("x") as file:
        file.write(content)
        owner = path.parent.stat()
        os.fchown(file.fileno(), owner.st_uid, owner.st_gid)


def _give(path: Path, like: Path) -> None:
    owner = like.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
