"""Where the settings of a command come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.errors import SettingsError, StateError
from ralex_stack.host import config_home, is_trusted, state_home
from ralex_stack.settings.root import StackSettings
from ralex_stack.settings.sources import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT_STACK = str(StackSettings.model_fields["name"].default)


@dataclass(frozen=True)
class Found:
    """The settings to load."""

    path: Path | None
    overrides: tuple[str, ...]
    note: str = ""
    """What the user should know of where they were found."""


def find(
    named: Path | None,
    stack: str | None,
    overrides: tuple[str, ...],
    environment: Mapping[str, str],
    here: Path,
    user: int,
) -> Found:
    """The settings file named, or that of the stack named, else the one found.

    A file is looked for here and upwards, then among the user's own settings, then in what is
    recorded of the stack: so a stack is at hand in every directory. `user` is the caller's id.
    Raises SettingsError for a file of somebody else's, StateError for a stack that is not known.
    """
    if named is not None:
        return Found(named, overrides)
    if stack is not None:
        return _of_stack(stack, overrides, environment)
    path = _above(here, environment, user)
    own = config_home(environment) / FILE_NAME
    if path is None and own.is_file():
        path = own
    return Found(path, overrides) if path else _recorded(overrides, environment)


def _above(here: Path, environment: Mapping[str, str], user: int) -> Path | None:
    for directory in (here, *here.parents):
        path = directory / FILE_NAME
        if path.is_file():
            # Of a symbolic link, too: who made it chose the file.
            owners = {path.stat().st_uid, path.lstat().st_uid}
            if not all(is_trusted(owner, user, environment) for owner in owners):
                raise SettingsError(
                    f"{path} belongs to somebody else, and settings can run commands",
                    hint=f"if you trust it, name it: `--settings {path}`",
                    code="settings-untrusted",
                )
            return path
    return None


def _of_stack(name: str, overrides: tuple[str, ...], environment: Mapping[str, str]) -> Found:
    from ralex_stack.state import recorded

    home = state_home(environment)
    if name not in recorded(home):
        raise StateError(
            f"no stack `{name}` was brought up by this user",
            hint=f"there are: {', '.join(recorded(home)) or 'none'}",
            code="stack-unknown",
        )
    return Found(_recorded_path(name, home), (*overrides, f'stack.name="{name}"'))


def _recorded(overrides: tuple[str, ...], environment: Mapping[str, str]) -> Found:
    name = _name(overrides, environment)
    path = _recorded_path(name, state_home(environment))
    note = f"using {path}, which the stack `{name}` was brought up from" if path else ""
    return Found(path, overrides, note)


def _name(overrides: tuple[str, ...], environment: Mapping[str, str]) -> str:
    given = [text.partition("=") for text in overrides]
    names = [value.strip(" \"'") for key, _, value in given if key.strip() == "stack.name"]
    return names[-1] if names else environment.get("RALEX_STACK__NAME", _DEFAULT_STACK)


def _recorded_path(name: str, home: Path) -> Path | None:
    from ralex_stack.state import DEFAULTS, StateDirectory

    record = StateDirectory(home / name).record()
    if record is None or record.settings == DEFAULTS:
        return None
    path = Path(record.settings)
    if not path.is_file():
        raise SettingsError(
            f"{path}, which the stack `{name}` was brought up from, is gone",
            hint="put it back, or name the file that takes its place: `--settings FILE`",
            code="settings-gone",
        )
    return path
