"""The exceptions of ralex-stack: every one says what, where, why and what to do next.

RalexError
├── SettingsError       the settings file, environment or flags do not make a valid stack
├── SecretError         a secret reference cannot be resolved
├── StateError          the state directory is foreign, damaged or locked
│   └── LockedError     another command holds the stack
├── CommandError        a program that was run ended with an error
├── EngineError         the container engine is missing, unreachable or failed
│   ├── UnhealthyError  a service did not become healthy
│   └── SilentError     a program printed nothing in time
├── WorkspaceError      a directory cannot be used as a workspace
└── Refused             the user did not agree, or agreement could not be asked for
"""

from __future__ import annotations


class RalexError(Exception):
    """Root of all errors shown to the user.

    `hint` is the next thing to do, or empty; `code` that of an entry in the catalogue, by default
    the class's own.
    """

    exit_code = 1
    code = ""

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code or self.code


class SettingsError(RalexError):
    """The settings do not make a valid stack; the message lists every problem, one a line."""

    exit_code = 2
    code = "settings-invalid"


class SecretError(RalexError):
    """A secret reference cannot be resolved; the message never contains a value."""


class StateError(RalexError):
    """The state directory is foreign, damaged or locked."""


class LockedError(StateError):
    """Another command holds the stack; the message names it."""

    code = "stack-held"


class CommandError(RalexError):
    """A program ended with an error; carries its arguments, return code and output."""

    code = "program-failed"

    def __init__(self, arguments: tuple[str, ...], code: int, stdout: str, stderr: str) -> None:
        tail = "\n".join((stderr or stdout).strip().splitlines()[-20:])
        super().__init__(f"`{' '.join(arguments[:4])} …` ended with code {code}:\n{tail}")
        self.arguments = arguments
        self.returned = code
        self.stdout = stdout
        self.stderr = stderr


class EngineError(RalexError):
    """The container engine is missing, unreachable or failed."""


class UnhealthyError(EngineError):
    """A service did not become healthy; the message carries state and last log lines."""

    code = "service-unhealthy"


class SilentError(EngineError):
    """A program printed nothing in time."""

    code = "program-hangs"


class WorkspaceError(RalexError):
    """A directory cannot be used as a workspace."""


class Refused(RalexError):  # noqa: N818 - a decision of the user, not an error of the program
    """The user did not agree, or agreement could not be asked for."""
