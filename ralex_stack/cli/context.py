"""What all commands are given: where the settings are, and the stack they make."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ralex_stack.controller import Controller
    from ralex_stack.settings.load import Loaded

FILE_NAME = "ralex-stack.toml"


@dataclass(frozen=True)
class Context:
    """The options that all commands share."""

    settings_path: Path | None = None
    overrides: tuple[str, ...] = ()

    def find_settings(self) -> Path | None:
        """The settings file: the one named, else the nearest upwards, else the user's."""
        if self.settings_path is not None:
            return self.settings_path
        here = Path.cwd()
        for directory in (here, *here.parents):
            if (directory / FILE_NAME).is_file():
                return directory / FILE_NAME
        config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        own = Path(config) / "ralex-stack" / FILE_NAME
        return own if own.is_file() else None

    def load(self) -> Loaded:
        """The checked settings. Raises SettingsError."""
        from ralex_stack.settings.load import load

        return load(self.find_settings(), os.environ, self.overrides)

    def controller(self) -> Controller:
        """The stack of the settings. Raises SettingsError."""
        from ralex_stack.controller import Controller

        return Controller(self.load())
