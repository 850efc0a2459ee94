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
        """The checked settings, to be looked at: a sandbox may have written them.

        Raises SettingsError, and StateError for an unknown stack.
        """
        from ralex_stack.cli.discovery import find
        from ralex_stack.settings.load import load

        found = find(
            self.settings_path, self.stack, self.overrides, os.environ, Path.cwd(), os.getuid()
        )
        if found.note:
            self.output.say(f"note: {found.note}")
        return load(found.path, os.environ, found.overrides)

    def trusted(self) -> Loaded:
        """The checked settings, to be acted on.

        Raises as `load`, and SettingsError for a file that was found where a sandbox writes, and
        that the user did not agree to.
        """
        from ralex_stack.exposure import Exposure
        from ralex_stack.host import state_home

        loaded = self.load()
        if self.settings_path is None:
            Exposure(state_home(os.environ)).require_agreed(loaded.path, loaded.digest)
        return loaded

    def agreed(self, *, yes: bool) -> Loaded:
        """The checked settings, to be acted on; the user is asked where `trusted` raises.

        Raises as `load`, and Refused.
        """
        from ralex_stack.cli.ask import agree
        from ralex_stack.exposure import Exposure
        from ralex_stack.host import state_home

        exposure, loaded = Exposure(state_home(os.environ)), self.load()
        doubt = exposure.doubt(loaded.path, loaded.digest)
        if loaded.path and doubt:
            # Who names a file has agreed to it.
            agree(f"{doubt}. Take it?", yes=yes or self.settings_path is not None)
            exposure.agree(loaded.path, loaded.digest)
        return loaded

    def controller(self, loaded: Loaded | None = None) -> Controller:
        """The stack of the settings, by default of those that are trusted. Raises as `trusted`."""
        from ralex_stack.controller import Controller

        return Controller(loaded or self.trusted(), self.programs())

    def programs(self) -> Runner:
        """Runs programs, and tells of each where that is wanted."""
        from ralex_stack.runner import SystemRunner

        runner = self.runner or SystemRunner()
        if not self.output.verbose:
            return runner
        from ralex_stack.tracing import TracingRunner

        return TracingRunner(runner, self.output.trace)
