"""Which settings files a sandbox could have written, and what of them the user agreed to.

Settings run commands, choose mounts and open the way out, and a sandbox writes its directories as
their owner: who owns a file there says nothing. So what was ever given to a sandbox is remembered
in `$XDG_STATE_HOME/ralex-stack/exposed.json`, with a digest of each settings file agreed to.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ralex_stack.errors import SettingsError, StateError
from ralex_stack.files import digest_of, locked, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_VERSION = 1
_MOST_LINKS = 40
"""That Linux follows in one path."""


@dataclass(frozen=True)
class _Known:
    """What is remembered."""

    roots: tuple[str, ...] = ()
    """Directories that were given to a sandbox, sorted."""
    agreed: Mapping[str, str] = field(default_factory=dict)
    """Place of a settings file → SHA-256 of the content that was agreed to."""

    def root_of(self, path: Path) -> str | None:
        """The directory by which a sandbox can choose what stands in a file."""
        places = _places(path)
        return next((r for r in self.roots if any(p.is_relative_to(r) for p in places)), None)

    def agrees(self, path: Path, digest: str) -> bool:
        return all(self.agreed.get(str(place)) == digest for place in _places(path))

    def agreeing(self, path: Path, digest: str) -> _Known:
        return replace(self, agreed={**self.agreed, **{str(p): digest for p in _places(path)}})


class Exposure:
    """What is remembered for all stacks of a user. Reading never writes."""

    def __init__(self, home: Path) -> None:
        self.file = home / "exposed.json"

    def doubt(self, path: Path | None, digest: str) -> str | None:
        """Why a settings file with this content needs the user's agreement; None if it does not."""
        if path is None:
            return None
        known = self._read()
        root = known.root_of(path)
        if root is None or known.agrees(path, digest):
            return None
        return (
            f"{path} is new or changed, and a sandbox could have written it: it was given {root}. "
            "Settings can run commands on this machine and open the sandbox"
        )

    def require_agreed(self, path: Path | None, digest: str) -> None:
        """Raise SettingsError where a sandbox could have written what the user never agreed to."""
        doubt = self.doubt(path, digest)
        if doubt:
            raise SettingsError(
                doubt,
                hint="look at it; `ralex-stack up` asks whether to take it, and "
                f"`--settings {path}` takes it for one command",
                code="settings-exposed",
            )

    def agree(self, path: Path, digest: str) -> None:
        """Remember that the user agreed to this content of a settings file."""
        with self._changing() as known:
            self._write(known, known.agreeing(path, digest))

    def expose(self, roots: Iterable[Path], files: Iterable[Path]) -> None:
        """Remember directories, before a sandbox is given them.

        Settings files among `files` that no sandbox could write until now are the user's.
        """
        with self._changing() as known:
            after = replace(known, roots=tuple(sorted({*known.roots, *map(str, roots)})))
            for file in files:
                if known.root_of(file) is None and after.root_of(file) and os.access(file, os.R_OK):
                    after = after.agreeing(file, digest_of(file.read_bytes()))
            self._write(known, after)

    @contextmanager
    def _changing(self) -> Iterator[_Known]:
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self.file.parent, fcntl.LOCK_EX):
            yield self._read()

    def _read(self) -> _Known:
        try:
            data = json.loads(self.file.read_text(encoding="utf-8"))
            if data["version"] != _VERSION:
                raise ValueError(f"version {data['version']}, not {_VERSION}")
            return _Known(tuple(map(str, data["roots"])), dict(data["agreed"]))
        except FileNotFoundError:
            return _Known()
        except (ValueError, KeyError, TypeError) as error:
            raise StateError(
                f"{self.file} is damaged: {type(error).__name__}: {error}",
                hint="look at the settings files in directories that a sandbox was given, then "
                "move this file away: it tells which these are",
                code="state-damaged",
            ) from None

    def _write(self, before: _Known, after: _Known) -> None:
        if after != before:
            data = {"version": _VERSION, **asdict(after)}
            write_atomically(self.file, json.dumps(data, indent=2).encode(), mode=0o600)


def _places(path: Path) -> frozenset[Path]:
    """Where a file is, and every link on the way: who could write one of them chose the file."""
    step = Path(os.path.normpath(path.absolute()))
    places = {step, Path(os.path.realpath(path))}
    for _ in range(_MOST_LINKS):
        step = Path(os.path.realpath(step.parent)) / step.name
        places.add(step)
        if not step.is_symlink():
            break
        step = step.parent / step.readlink()
    return frozenset(places)
