"""Values of labels, of which there are only so many: each new one is a series for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

OTHER = "other"


class Known:
    """Names that are known beforehand, and whatever else comes as `other`."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def __call__(self, name: str | None) -> str:
        """The value for a name; empty for none."""
        return name if name in self._names else OTHER if name else ""


class First:
    """The first names that come, up to a number, and whatever comes later as `other`."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._names: set[str] = set()

    def __call__(self, name: str | None) -> str:
        """The value for a name; empty for none."""
        if not name or name in self._names:
            return name or ""
        if len(self._names) >= self._number:
            return OTHER
        self._names.add(name)
        return name
