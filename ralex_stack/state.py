"""What is remembered of a stack between commands, in `$XDG_STATE_HOME/ralex-stack/NAME`."""

from __future__ import annotations

import json
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import yaml

from ralex_stack.bundle import PROJECT_FILE, Bundle
from ralex_stack.errors import StateError
from ralex_stack.files import write_atomically
from ralex_stack.lock import hold
from ralex_stack.plan import State
from ralex_stack.secrets.store import SecretStore
from ralex_stack.topology import Choices, ProviderChoice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_VERSION = 1
_KEY_BYTES = 32
DEFAULTS = "defaults"
"""What is recorded in place of a settings file where there is none."""
_LOCK_FILES = frozenset({"lock", "holder.json"})


@dataclass(frozen=True)
class Record:
    """What was last applied."""

    settings: str
    """Path of the settings file that the stack belongs to, or `defaults`."""
    choices: Choices
    secrets: Mapping[str, str]
    """Secret → keyed digest."""


def recorded(home: Path) -> tuple[str, ...]:
    """Names of the stacks that were brought up and not forgotten, sorted."""
    return tuple(sorted(file.parent.name for file in home.glob("*/state.json")))


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
            return _record(file, json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateError(
                f"{file} cannot be read: {error.strerror}",
                hint=f"move it away if it is no file, and check who owns {self.path}, or set "
                "XDG_STATE_HOME to a directory of yours",
                code="state-unreadable",
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StateError(
                f"{file} is damaged: {type(error).__name__}: {error}",
                hint=f"move it away and run `ralex-stack up`: credentials in {self.project} and "
                "data in volumes are kept",
                code="state-damaged",
            ) from None

    def write(self, record: Record) -> None:
        """Remember what is being applied."""
        data: dict[str, Any] = {"version": _VERSION, **asdict(record)}
        self._make()
        write_atomically(self.path / "state.json", json.dumps(data, indent=2).encode(), mode=0o600)

    def claim(self, settings: str) -> str | None:
        """Raise StateError if the stack belongs to another settings file.

        A stack that was started without a file, or whose file is gone, may be taken over by
        another one; the warning about it is returned.
        """
        record = self.record()
        if record is None or record.settings == settings:
            return None
        name = self.path.name
        if record.settings == DEFAULTS:
            return f"the stack `{name}` was brought up without a settings file"
        if not Path(record.settings).exists():
            return f"{record.settings}, which the stack `{name}` was brought up from, is gone"
        raise StateError(
            f"the stack `{name}` belongs to {record.settings}, not to {settings}",
            hint="give this one another name (`[stack] name = …`), or end the other with "
            f"`ralex-stack --settings {record.settings} down --volumes`",
            code="state-foreign",
        )

    def applied(self) -> State | None:
        """What was last applied, with its files, or None. Raises StateError for damaged files."""
        record = self.record()
        if record is None or not (self.project / PROJECT_FILE).is_file():
            return None
        try:
            return State(self._bundle(), record.choices, record.secrets)
        except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise StateError(
                f"{self.project / PROJECT_FILE} is damaged: {type(error).__name__}",
                hint="remove this file and run `ralex-stack up`, which writes it anew",
                code="state-damaged",
            ) from None

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
        self._make()
        for path, content in bundle.files.items():
            if path != PROJECT_FILE and not _same(self.project / path, content):
                write_atomically(self.project / path, content)
        write_atomically(self.project / PROJECT_FILE, bundle.files[PROJECT_FILE])

    def prune(self, keep: Iterable[str]) -> None:
        """Remove configuration directories but those named, such as `services/edge/0123456789ab`.

        The caller names those of the bundle in force and all that containers have mounted.
        """
        kept = set(keep)
        for directory in (self.project / "services").glob("*/*"):
            if str(directory.relative_to(self.project)) not in kept:
                shutil.rmtree(directory)
        for directory in (self.project / "services").glob("*"):
            if not any(directory.iterdir()):
                directory.rmdir()

    def forget(self) -> None:
        """Remove all that is remembered: record, credentials, rendered files; not the lock."""
        for path in self.path.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name not in _LOCK_FILES:
                path.unlink()

    def digest_key(self) -> bytes:
        """The key of this stack's digests of secrets; made at the first call."""
        key = self.known_digest_key()
        if key is None:
            key = secrets.token_bytes(_KEY_BYTES)
            self._make()
            write_atomically(self.path / "digest.key", key, mode=0o600)
        return key

    def known_digest_key(self) -> bytes | None:
        """The key of this stack's digests of secrets, or None where there is none, or a part."""
        try:
            key = (self.path / "digest.key").read_bytes()
        except FileNotFoundError:
            return None
        return key if len(key) == _KEY_BYTES else None

    @contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """Hold the stack; raises LockedError, naming the holder, if another command does."""
        self._make()
        with hold(self.path, command):
            yield

    def _make(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _record(file: Path, data: dict[str, Any]) -> Record:
    if data["version"] != _VERSION:
        raise StateError(
            f"{file} has version {data['version']}, this program writes {_VERSION}",
            hint="use the version of ralex-stack that wrote it",
            code="state-version",
        )
    record = Record(data["settings"], _choices(data["choices"]), dict(data["secrets"]))
    texts = [record.settings, *record.secrets, *record.secrets.values()]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text is expected")
    if record.choices.provider not in get_args(ProviderChoice):
        raise ValueError(f"no such provider: {record.choices.provider}")
    return record


def _choices(data: dict[str, Any]) -> Choices:
    # JSON has no tuples.
    workspace = tuple((str(path), bool(closed)) for path, closed in data.get("workspace", ()))
    return Choices(**{**data, "workspace": workspace})


def _same(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False
