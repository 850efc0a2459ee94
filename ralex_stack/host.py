"""What this machine says of itself and its user."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ralex_stack.runner import Runner


def git_identity(runner: Runner) -> tuple[str | None, str | None]:
    """user.name and user.email of the host's git, each None where it is not set."""
    name, email = (_git_config(runner, key) for key in ("user.name", "user.email"))
    return name, email


def _git_config(runner: Runner, key: str) -> str | None:
    result = runner.run(["git", "config", "--global", "--get", key], check=False)
    return result.stdout.strip() or None


def owner_of(path: Path) -> str:
    """uid:gid of a path's owner. Raises OSError."""
    status = path.stat()
    return f"{status.st_uid}:{status.st_gid}"


def is_too_wide(path: Path) -> bool:
    """Whether a directory is no project but the home or something that holds it."""
    home = Path(os.path.realpath(Path.home()))
    return path == home or path in home.parents
