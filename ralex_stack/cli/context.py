"""What all commands are given: where the settings are, and the stack they make."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.cli.output import Output

if TYPE_CHECKING:
    from ralex_stack.controller import Controller
    from ralex_stack.runner import Runner
    from ralex_stack.settings.load import Loaded


@dataclass(frozen=True)
class Context:
    """The options that all commands share."""

    settings_path: Path | None = None
    overrides: tuple[str, ...] = ()
    stack: str | None = None
    runner: Runner | None = None
    """Runs programs; where there is none, they are this machine's."""
    output: Output = field(default_factory=Output)

    def load(self) -> Loaded:
        """The checked settings. Raises SettingsError, and StateError for an unknown stack."""
        from ralex_stack.cli.discovery import find
        from ralex_stack.settings.load import load

        found = find(
            self.settings_path, self.stack, self.overrides, os.environ, Path.cwd(), os.getuid()
        )
        if found.note:
            self.output.say(f"note: {found.note}")
        return load(found.path, os.environ, found.overrides)

    def controller(self) -> Controller:
        """The stack of the settings. Raises SettingsError, and StateError for an unknown stack."""
        from ralex_stack.controller import Controller

        return Controller(self.load(), self.programs())

    def programs(self) -> Runner:
        """Runs programs, and tells of each where that is wanted."""
        from ralex_stack.runner import SystemRunner

        runner = self.runner or SystemRunner()
        if not self.output.verbose:
            return runner
        from ralex_stack.tracing import TracingRunner

        return TracingRunner(runner, self.output.trace)
