"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]

SETUP = "run `make setup`, which obtains what is missing"
UP = "run `ralex-stack up`"


@dataclass(frozen=True)
class Finding:
    """What one check found; the remedy is empty where all is well."""

    check: str
    level: Level
    found: str
    remedy: str = ""
    code: str = ""
    """The finding's entry in the catalogue; empty where all is well."""


def gib(size: int) -> str:
    """A size in bytes as text."""
    return f"{size / 1024**3:.1f} GiB"
