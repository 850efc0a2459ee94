"""What each key of the old files becomes, or why it is dropped: what `table.toml` says."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ralex_stack.legacy.node import KeyPath

Take = Literal["amount", "threshold", "number", "count", "model", "text", "structured"]

_READ_ALIKE = {"env-example": "env"}


@dataclass(frozen=True)
class Row:
    """One key: `*` in it stands for any name, `[]` for each element, `**` for any keys."""

    kind: str
    """Of file."""
    key: str
    becomes: str = ""
    """The setting, or empty where it is dropped."""
    take: Take = "structured"
    slot: str = ""
    """Where its value competes with those of other files; empty for parts of larger things."""
    note: str = ""
    """What changes on the way."""
    dropped: str = ""
    """Why it becomes nothing."""


@cache
def table() -> tuple[Row, ...]:
    """All rows, in order."""
    text = Path(__file__).with_name("table.toml").read_text(encoding="utf-8")
    return tuple(
        _row(kind, key, fields)
        for kind, keys in tomllib.loads(text).items()
        for key, fields in keys.items()
    )


def _row(kind: str, key: str, fields: dict[str, Any]) -> Row:
    row = Row(kind, key, **fields)
    alone = row.take != "structured" and not row.slot
    return replace(row, slot=row.becomes) if alone else row


def row_of(kind: str, path: KeyPath) -> Row | None:
    """The first row for a key of a kind of file, none where the key is not known."""
    return next((row for row in rows(kind) if fits(tuple(row.key.split(".")), path)), None)


@cache
def rows(kind: str) -> tuple[Row, ...]:
    """The rows of a kind of file."""
    return tuple(row for row in table() if row.kind == _READ_ALIKE.get(kind, kind))


def fits(pattern: KeyPath, path: KeyPath) -> bool:
    """Whether keys are those of a row."""
    if not pattern:
        return not path
    head, rest = pattern[0], pattern[1:]
    if head == "**":
        return any(fits(rest, path[skip:]) for skip in range(len(path) + 1))
    return bool(path) and _fits_one(head, path[0]) and fits(rest, path[1:])


def _fits_one(pattern: str, key: str) -> bool:
    before, star, behind = pattern.partition("*")
    if not star:
        return pattern == key
    return len(key) >= len(before) + len(behind) and key.startswith(before) and key.endswith(behind)
