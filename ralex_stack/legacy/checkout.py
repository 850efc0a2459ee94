"""Reading a checkout from the disk: an edge, which changes nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ralex_stack.errors import SettingsError
from ralex_stack.legacy.decoding import decoded
from ralex_stack.legacy.kinds import kind_of
from ralex_stack.legacy.masking import certain_keys, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.legacy.node import Place

_MAX_BYTES = 1 << 20
"""Of a file: many times what those of old Ralex had."""
_MOST_FILES = 50_000
_OTHERS = frozenset(
    {
        *("node_modules", "site-packages", "venv", ".venv", ".git", "__pycache__"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", "mcp-servers", "put-aside"),
    }
)
"""Directories of other programs, and the one in which an import puts texts aside."""
_GIT_CONFIGURATION = ".git/config"
"""Read for keys alone: addresses of remotes have passwords in them."""
_CONFIGURATION = frozenset({".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf"})


@dataclass
class Checkout:
    """What a directory holds."""

    files: dict[str, bytes] = field(default_factory=dict)
    """Files of a known kind, by path with `/`."""
    unread: dict[str, str] = field(default_factory=dict)
    """Files that may hold settings and were not read → why."""
    others: list[str] = field(default_factory=list)
    """Further files, such as code and documents, which were looked through for keys."""
    skipped: list[str] = field(default_factory=list)
    """Directories that were not looked into."""
    keys: list[tuple[str, Place]] = field(default_factory=list)
    """Keys in files of no known kind."""


def read_checkout(root: Path) -> Checkout:
    """Read all files below a directory. Raises SettingsError where it is no checkout."""
    if not root.is_dir():
        raise SettingsError(
            f"{root}: {'is no directory' if root.exists() else 'there is no such directory'}",
            hint="name the directory of the old Ralex checkout",
            code="import-unreadable",
        )
    checkout = Checkout()
    for count, path in enumerate(_paths(root, checkout), 1):
        if count > _MOST_FILES:
            raise SettingsError(
                f"{root} holds more than {_MOST_FILES} files: this is no checkout of Ralex",
                hint="name the directory of the checkout itself",
                code="import-unreadable",
            )
        _look_at(path, _name(path, root), checkout)
    if not checkout.files:
        raise SettingsError(
            f"{root}: no file of old Ralex was found",
            hint="name the directory of the checkout itself; docs/import.md lists what is read",
            code="import-unreadable",
        )
    return checkout


def _paths(root: Path, checkout: Checkout) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        name = _name(Path(str(error.filename)), root)
        checkout.unread[name] = f"cannot be read: {error.strerror}"

    for directory, below, names in os.walk(root, onerror=unreadable):
        skipped = [name for name in below if name in _OTHERS or Path(directory, name).is_symlink()]
        below[:] = sorted(name for name in below if name not in skipped)
        checkout.skipped += [
            _name(Path(directory, name), root) for name in sorted(skipped) if name != ".git"
        ]
        yield from (Path(directory, name) for name in sorted(names))
        if ".git" in skipped:
            yield Path(directory, _GIT_CONFIGURATION)


def _name(path: Path, root: Path) -> str:
    """The path in the checkout; names that are not UTF-8 are made readable."""
    relative = path.relative_to(root).as_posix()
    return os.fsencode(relative).decode("utf-8", errors="replace")


def _look_at(path: Path, name: str, checkout: Checkout) -> None:
    kind = kind_of(name)
    raw, reason = _read(path)
    if name.endswith(_GIT_CONFIGURATION):
        checkout.keys += certain_keys(decoded(raw or b"")[0], shown_path(name), passwords=True)
        return
    if kind is not None and raw is not None:
        checkout.files[name] = raw
        return
    text = decoded(raw)[0] if raw is not None else ""
    checkout.keys += certain_keys(text, shown_path(name))
    if raw is None or (raw and not text):
        checkout.unread[name] = reason or "is binary"
    elif path.suffix in _CONFIGURATION or path.name.startswith(".env"):
        checkout.unread[name] = "no settings are known in a file of this name"
    else:
        checkout.others.append(name)


def _read(path: Path) -> tuple[bytes | None, str]:
    try:
        if path.is_symlink():
            return None, "is a symbolic link: what it leads to is read where it stands"
        if not path.is_file():
            return None, "is no regular file"
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        return None, f"cannot be read: {error.strerror}"
    if len(raw) > _MAX_BYTES:
        return None, f"is larger than {_MAX_BYTES >> 20} MiB"
    return raw, ""


def paths_as_told(checkout: Checkout) -> dict[str, Any]:
    """What was not read, with names as people may read them."""
    unread = sorted(checkout.unread.items())
    return {
        "not_read": [{"path": shown_path(name), "why": why} for name, why in unread],
        "other_files": [shown_path(name) for name in sorted(checkout.others)],
        "skipped_directories": [shown_path(name) for name in sorted(checkout.skipped)],
    }
