"""What is wrong with the settings: one value per problem, and the error that carries them all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ralex_stack.errors import SettingsError
from ralex_stack.settings.secret import looks_like_key

if TYPE_CHECKING:
    from collections.abc import Iterable

Path = tuple[str | int, ...]
"""Where a value is: keys of tables and indices of arrays, from the top."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MASK = "(hidden: looks like a secret)"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where, what is allowed, and the nearest valid name."""

    at: Path
    """Where the value is or should be; empty for the file as a whole."""
    message: str
    allowed: tuple[str, ...] = ()
    nearest: str | None = None
    origin: str = ""
    """The file with line, the environment variable or the flag; empty for defaults."""
    line: int = 0
    """Line of the settings file, 0 where it is not from the file."""

    @property
    def path(self) -> str:
        """Dotted path as in TOML."""
        return dotted(self.at)

    def __str__(self) -> str:
        """One line: `FILE:LINE: PATH: what is wrong; did you mean X? Allowed: …`."""
        where = ": ".join(part for part in (self.origin, self.path) if part)
        text = f"{where}: {self.message}" if where else self.message
        if self.nearest is not None:
            text += f'; did you mean "{self.nearest}"?'
        if self.allowed:
            text += f" (allowed: {', '.join(self.allowed)})"
        return text

    def as_dict(self) -> dict[str, object]:
        """The problem as JSON has it; `line` is null where there is none."""
        return {
            "path": self.path,
            "message": self.message,
            "allowed": list(self.allowed),
            "nearest": self.nearest,
            "origin": self.origin,
            "line": self.line or None,
        }


class InvalidSettingsError(SettingsError):
    """The settings are not valid; `problems` holds every one of them, by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=_order))
        count = len(self.problems)
        title = "1 problem" if count == 1 else f"{count} problems"
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(
            f"{title} in the settings:\n{lines}",
            hint="Correct them and run `ralex-stack validate`; "
            "`ralex-stack init` writes a file with every setting explained.",
        )


def _order(problem: Problem) -> tuple[object, ...]:
    return (problem.line, problem.path, problem.message)


def dotted(path: Path) -> str:
    """The path as TOML writes it, names with dots in quotes, likely secrets hidden."""
    return ".".join(_segment(part) for part in path)


def _segment(part: str | int) -> str:
    text = shown(str(part))
    return text if _BARE.fullmatch(text) else '"' + text.replace('"', '\\"') + '"'


def shown(text: str) -> str:
    """The text for a message: on one line, short, and never one that looks like a secret."""
    if looks_like_key(text):
        return _MASK
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= 80 else line[:79] + "…"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The valid name that is most like a wrong one, if any is."""
    close = get_close_matches(name.lower(), sorted(names), n=1, cutoff=0.6)
    return close[0] if close else None
