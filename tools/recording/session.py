"""Types commands into a shell on a terminal, and keeps what it shows, with times."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pexpect

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COLUMNS, ROWS = 100, 30
PROMPT = "\x1b[1;32m$\x1b[0m "
_SHOWN_PROMPT = "$\x1b[0m "
_COMMAND_ENDS_WITHIN = 1500
_READ_EVERY = 0.05


@dataclass(frozen=True)
class Output:
    """Something that the terminal was sent, and when: seconds from the start."""

    at: float
    text: str


@dataclass
class Session:
    """A shell on a terminal of a fixed size."""

    directory: Path
    environment: Mapping[str, str]
    outputs: list[Output] = field(default_factory=list)

    def __enter__(self) -> Session:
        """Start the shell; what is kept begins with its prompt."""
        self._shell = pexpect.spawn(
            "/bin/bash",
            ["--norc", "--noprofile"],
            cwd=str(self.directory),
            env={**self.environment, "PS1": PROMPT, "TERM": "xterm-256color"},
            encoding="utf-8",
            dimensions=(ROWS, COLUMNS),
        )
        self._shell.setecho(True)
        self._began = time.monotonic()
        self._until_prompt()
        # Brackets around what is pasted are for real terminals only.
        self._shell.sendline("bind 'set enable-bracketed-paste off'; clear")
        self._until_prompt(echo=True)
        self.outputs.clear()
        self._keep(PROMPT)
        return self

    def __exit__(self, *_: object) -> None:
        """End the shell, and what still runs in it."""
        self._shell.close(force=True)

    def type(self, command: str) -> None:
        """Type a command and wait until it has ended; raises TimeoutError where it does not."""
        self._keep(command + "\r\n")
        self._shell.sendline(command)
        self._until_prompt(echo=True)

    def _until_prompt(self, *, echo: bool = False) -> None:
        """Keep what comes until the prompt; the first line is left out where it is the echo."""
        deadline = time.monotonic() + _COMMAND_ENDS_WITHIN
        seen = ""
        while not seen.endswith(_SHOWN_PROMPT):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no prompt after: {seen[-500:]}")
            with suppress(pexpect.TIMEOUT):
                text = self._shell.read_nonblocking(4096, timeout=_READ_EVERY)
                if echo:
                    _, end, text = text.partition("\n")
                    echo = not end
                self._keep(text)
                seen = (seen + text)[-4096:]

    def _keep(self, text: str) -> None:
        self.outputs.append(Output(time.monotonic() - self._began, text))
