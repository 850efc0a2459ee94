"""What this machine says of itself and its user."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.errors import EngineError, StateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ralex_stack.runner import Runner

_SYSTEM = frozenset(
    {
        *("/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/proc", "/root", "/run"),
        *("/sbin", "/sys", "/tmp", "/usr", "/var"),  # noqa: S108 - the places themselves
    }
)


def home() -> Path:
    """The user's home directory. Raises StateError for a user without one."""
    try:
        return Path.home()
    except RuntimeError:
        raise StateError(
            f"user {os.getuid()} has no home directory",
            hint="set HOME to a directory of yours",
            code="no-home",
        ) from None


def state_home(environment: Mapping[str, str]) -> Path:
    """Directory of the state of all stacks; a relative XDG_STATE_HOME is ignored, as XDG says."""
    base = Path(environment.get("XDG_STATE_HOME", ""))
    return (base if base.is_absolute() else home() / ".local" / "state") / "ralex-stack"


def config_home(environment: Mapping[str, str]) -> Path:
    """Directory of the user's own settings; a relative XDG_CONFIG_HOME is ignored."""
    base = Path(environment.get("XDG_CONFIG_HOME", ""))
    return (base if base.is_absolute() else home() / ".config") / "ralex-stack"


def git_identity(runner: Runner) -> tuple[str | None, str | None]:
    """user.name and user.email of the host's git, each None where it is not set."""
    try:
        name, email = (_git_config(runner, key) for key in ("user.name", "user.email"))
    except EngineError:
        return None, None
    return name, email


def _git_config(runner: Runner, key: str) -> str | None:
    result = runner.run(["git", "config", "--global", "--get", key], check=False)
    return result.stdout.strip() or None


def owner_of(path: Path) -> str:
    """uid:gid of a path's owner. Raises OSError."""
    status = path.stat()
    return f"{status.st_uid}:{status.st_gid}"


def is_too_wide(path: Path) -> bool:
    """Whether a directory is no project but the home, what holds it, or one of the system."""
    own = Path(os.path.realpath(home()))
    return path == own or path in own.parents or str(path) in _SYSTEM


def holds_credentials(path: Path, environment: Mapping[str, str]) -> bool:
    """Whether a directory lies in the state of the stacks, or the other way round."""
    state = Path(os.path.realpath(state_home(environment)))
    return state.is_relative_to(path) or path.is_relative_to(state)


def is_trusted(owner: int, user: int, environment: Mapping[str, str]) -> bool:
    """Whether what `owner` wrote may run commands: the user, root, or who became root by sudo."""
    by_sudo = user == 0 and environment.get("SUDO_UID") == str(owner)
    return owner in (user, 0) or by_sudo


def engine_data(info: Mapping[str, Any]) -> Path | None:
    """Where an engine that says this of itself keeps images, if that is on this machine."""
    root = Path(str(info.get("DockerRootDir", "")))
    return root if info.get("Name") == socket.gethostname() and root.is_absolute() else None
