"""Choices that the machine makes: who commits, who owns the server's directory, whom to trust."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ralex_stack.engines import images
from ralex_stack.errors import SettingsError
from ralex_stack.host import git_identity
from ralex_stack.workspace import find as find_workspace

if TYPE_CHECKING:
    from ralex_stack.runner import Runner
    from ralex_stack.settings import Settings


def host_choices(settings: Settings, base: Path, runner: Runner) -> dict[str, Any]:
    """Fields of Choices that depend on the machine. Raises SettingsError, WorkspaceError."""
    workspace = settings.workspace
    name, email = git_identity(runner)
    chosen: dict[str, Any] = {}
    if workspace.author_name or name:
        chosen["author_name"] = workspace.author_name or name or ""
    if workspace.author_email or email:
        chosen["author_email"] = workspace.author_email or email or ""
    if workspace.path is not None:
        chosen |= _server_workspace(workspace.path, runner)
    bundle = images.ca_bundle(settings, base)
    if bundle is not None:
        chosen["ca_bundle"] = str(bundle)
    return chosen


def _server_workspace(path: str, runner: Runner) -> dict[str, Any]:
    """Owner and mounts of the long-lived server's directory, closed as those of `run` are."""
    if not Path(path).is_absolute() or not Path(path).is_dir():
        raise SettingsError(
            f"workspace.path: {path} is not the absolute path of a directory",
            hint="name one that exists, from the root of the file system on",
            code="setting-path",
        )
    found = find_workspace(Path(path), runner)
    return {"owner": found.owner, "workspace": found.mounts}
