"""Values of old files, each with its place."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 40
"""Of nesting; what is deeper is told and left out: no settings are."""

Scalar = str | int | float | bool | None
KeyPath = tuple[str, ...]


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands; lines and columns count from 1, 0 where there are none."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """As compilers write it: `FILE:LINE:COLUMN`."""
        parts = [self.file, *(str(part) for part in (self.line, self.column) if part)]
        return ":".join(parts)


@dataclass(frozen=True)
class Node:
    """A value with its place: a scalar, a table of nodes or a list of nodes."""

    value: Scalar | dict[str, Node] | list[Node]
    place: Place

    def at(self, *keys: str) -> Node | None:
        """The node below these keys, none where there is none."""
        node: Node | None = self
        for key in keys:
            node = node.table.get(key) if node else None
        return node

    @property
    def table(self) -> dict[str, Node]:
        """Its entries; empty where it is no table."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def elements(self) -> list[Node]:
        """Its elements; empty where it is no list."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str:
        """Its text without blanks around; empty where it is none."""
        return self.value.strip() if isinstance(self.value, str) else ""

    @property
    def number(self) -> float | None:
        """A finite number that is not negative, also when it is written as a text."""
        value = self.value
        if isinstance(value, str):
            try:
                value = float(value.strip().lstrip("$"))
            except ValueError:
                return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) and number >= 0 else None


@dataclass(frozen=True)
class Problem:
    """What is wrong in a file, and what was done about it."""

    place: Place
    message: str
    repaired: bool = False


@dataclass(frozen=True)
class Document:
    """What could be read of a file, and what was wrong in it."""

    root: Node | None
    problems: list[Problem] = field(default_factory=list)


def leaves(node: Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Node]]:
    """Every scalar, and every table or list that is empty, with its keys; `[]` is an element."""
    below: list[tuple[str, Node]] = [*node.table.items()]
    below += [("[]", element) for element in node.elements]
    if not below:
        yield path, node
    for key, child in below:
        yield from leaves(child, (*path, key))


def plain(node: Node) -> Any:
    """The value without places."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value
