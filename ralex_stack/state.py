"""What is remembered of a stack between commands, in `$XDG_STATE_HOME/ralex-stack/NAME`."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from ralex_stack.bundle import PROJECT_FILE, Bundle
from ralex_stack.errors import LockedError, StateError
from ralex_stack.files import write_atomically
from ralex_stack.plan import State
from ralex_stack.secrets.store import SecretStore
from ralex_stack.topology import Choices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VERSION = 1
DEFAULTS = "defaults"
"""What is recorded in place of a settings file where there is none."""


def state_home(environment: Mapping[str, str]) -> Path:
    """Directory of the state of all stacks."""
    base = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "ralex-stack"


@dataclass(frozen=True)
class Record:
    """What was last applied."""

    settings: str
    """Path of the settings file that the stack belongs to, or `defaults`."""
    choices: Choices
    secrets: Mapping[str, str]
    """Secret → keyed digest."""


class StateDirectory:
    """The state of one stack. Reading never writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.project = path / "project"
        self.store = SecretStore(self.project / "secrets")

    def record(self) -> Record | None:
        """What was last applied, or None. Raises StateError for a damaged or foreign file."""
        file = self.path / "state.json"
        try:
            data = json.loads(file.read_text())
            if data["version"] != _VERSION:
                raise StateError(
                    f"{file} has version {data['version']}, this program writes {_VERSION}",
                    hint="use the version of ralex-stack that wrote it",
                )
            return Record(data["settings"], Choices(**data["choices"]), dict(data["secrets"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StateError(
                f"{file} cannot be read: {error}",
                hint=f"move it away and run `ralex-stack up`: credentials in {self.project} and "
                "data in volumes are kept",
            ) from None

    def write(self, record: Record) -> None:
        """Remember what is being applied."""
        data: dict[str, Any] = {"version": _VERSION, **asdict(record)}
        write_atomically(self.path / "state.json", json.dumps(data, indent=2).encode(), mode=0o600)

    def claim(self, settings: str) -> None:
        """Raise StateError if the stack belongs to another settings file.

        A stack that was started without a file may be taken over by one.
        """
        record = self.record()
        if record is not None and record.settings not in (settings, DEFAULTS):
            name = self.path.name
            raise StateError(
                f"the stack `{name}` belongs to {record.settings}, not to {settings}",
                hint=f"give this one another name (`[stack] name = …`), or end the other with "
                f"`ralex-stack --settings {record.settings} down`",
            )

    def applied(self) -> State | None:
        """What was last applied, with its files, or None."""
        record = self.record()
        if record is None or not (self.project / PROJECT_FILE).is_file():
            return None
        return State(self._bundle(), record.choices, record.secrets)

    def _bundle(self) -> Bundle:
        """The files in force: those that the project's file names."""
        project = Bundle({PROJECT_FILE: (self.project / PROJECT_FILE).read_bytes()})
        files = dict(project.files)
        for directory in project.config_directories:
            for path in sorted((self.project / directory).rglob("*")):
                if path.is_file():
                    files[str(path.relative_to(self.project))] = path.read_bytes()
        return Bundle(files)

    def install(self, bundle: Bundle) -> None:
        """Put the bundle's files in force: new directories first, the project's file last."""
        for path, content in bundle.files.items():
            if path != PROJECT_FILE and not _same(self.project / path, content):
                write_atomically(self.project / path, content)
        write_atomically(self.project / PROJECT_FILE, bundle.files[PROJECT_FILE])

    def forget(self) -> None:
        """Remove what is remembered: record, credentials, rendered files. The lock stays."""
        (self.path / "state.json").unlink(missing_ok=True)
        shutil.rmtree(self.project, ignore_errors=True)

    def digest_key(self) -> bytes:
        """The key of this stack's digests of secrets; made at the first call."""
        file = self.path / "digest.key"
        if not file.exists():
            write_atomically(file, secrets.token_bytes(32), mode=0o600)
        return file.read_bytes()

    @contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """Hold the stack; raises LockedError, naming the holder, if another command does."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        holder = self.path / "holder.json"
        lock = FileLock(str(self.path / "lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise LockedError(
                f"the stack `{self.path.name}` is held by {_describe(holder)}",
                hint="wait until it has ended, then run the command again",
            ) from None
        try:
            data = {"command": command, "pid": os.getpid(), "since": time.time()}
            write_atomically(holder, json.dumps(data).encode())
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()


def _describe(holder: Path) -> str:
    try:
        data = json.loads(holder.read_text())
        since = time.strftime("%H:%M:%S", time.localtime(data["since"]))
        return f"`ralex-stack {data['command']}` (process {data['pid']}, since {since})"
    except (OSError, ValueError, KeyError) as error:
        print(f"note: {holder} cannot be read: {error}", file=sys.stderr)
        return "another command"


def _same(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False
