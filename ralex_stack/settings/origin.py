"""Where values come from, and how the sources are laid over each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ralex_stack.settings.problem import Path, Problem

Kind = Literal["default", "derived", "file", "environment", "flag"]


@dataclass(frozen=True)
class Origin:
    """Where one value comes from."""

    kind: Kind
    name: str = ""
    """The file, the variable or the flag."""
    line: int = 0
    """Line of the file, 0 where it is not from one."""

    def __str__(self) -> str:
        """As `config show --origin` names it."""
        if self.kind == "file":
            return f"{self.name}:{self.line}" if self.line else self.name
        if self.kind == "environment":
            return f"environment variable {self.name}"
        return f"flag {self.name}" if self.kind == "flag" else self.kind


DEFAULT = Origin("default")
DERIVED = Origin("derived")


@dataclass(frozen=True)
class Layer:
    """What one source says, where each of its values stands, and what could not be read."""

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[Path, Origin] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    digest: str = ""
    """SHA-256 of the file that was read."""


def overlay(below: Layer, above: Layer) -> Layer:
    """The two as one: tables are merged key by key, any other value replaces the one below."""
    return Layer(
        merge(below.data, above.data),
        {**below.origins, **above.origins},
        (*below.problems, *above.problems),
    )


def merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """A new dictionary with `above` over `below`, merged key by key."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = merge(old, value) if both and old is not None else value
    return merged


def leaves(data: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no table, and every empty table, with its path."""
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def origin_of(path: Path, origins: dict[Path, Origin]) -> Origin:
    """The origin of the value, or of the closest table around it of which anything was written."""
    for length in range(len(path), 0, -1):
        table = path[:length]
        # A variable or flag writes values only; a table is from where its first value is from.
        # A whole section has values from many places, so that none of them speaks for it.
        inner = (origin for place, origin in origins.items() if place[:length] == table)
        found = origins.get(table) or (next(inner, None) if length > 1 else None)
        if found is not None:
            return found
    return DEFAULT
